// Package mqtt is the connection to a broker, MQTT 3.1.1 by paho.
//
// A [Conn] is one connection and nothing more: it never reconnects, and a
// publish succeeds only when this connection's broker has acknowledged it.
// paho's own reconnecting completes publishes that nobody acknowledged, so it
// is off; callers [Dial] again, waiting as [Backoff] says.
package mqtt

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"sync"
	"time"

	paho "github.com/eclipse/paho.mqtt.golang"
)

const (
	keepAlive      = 30 * time.Second
	pingTimeout    = 10 * time.Second
	writeTimeout   = 10 * time.Second
	connectTimeout = 15 * time.Second
	quiesce        = 250 // ms for a DISCONNECT to leave
	qos            = 1
)

// ErrClosed is the error of a connection that was closed by [Conn.Close].
var ErrClosed = errors.New("mqtt connection closed")

// Message is a publication at QoS 1.
type Message struct {
	Topic   string
	Payload []byte
	Retain  bool

	ack func()
}

// Ack tells the broker that a received message has been dealt with. It does
// nothing unless the connection has ManualAck.
func (m Message) Ack() {
	if m.ack != nil {
		m.ack()
	}
}

// Options say where to connect and as whom.
type Options struct {
	URL      string // tcp://host:port or tls://host:port
	ClientID string
	Username string
	Password string
	TLS      *tls.Config // for tls://; nil is the system's defaults
	Will     *Message    // published by the broker when the connection breaks

	// OnMessage receives what is subscribed to, in the broker's order, each
	// message when it has returned from the one before. Nothing else comes in
	// meanwhile, no acknowledgement either: it must return soon, and not wait for
	// this connection. The broker is told then or, with ManualAck, only by
	// Message.Ack: for a receiver that acknowledges what it has stored.
	OnMessage func(Message)
	ManualAck bool

	Dial func(ctx context.Context, network, address string) (net.Conn, error) // for tcp://; nil: net.Dialer's
}

// Conn is a connection to a broker. It ends once, and Done tells.
type Conn struct {
	client paho.Client
	done   chan struct{}
	end    sync.Once
	err    error
}

// Dial connects. It gives up when ctx ends, or after 15 s.
func Dial(ctx context.Context, o Options) (*Conn, error) {
	c := &Conn{done: make(chan struct{})}
	p := paho.NewClientOptions().
		AddBroker(o.URL).
		SetClientID(o.ClientID).
		SetUsername(o.Username).
		SetPassword(o.Password).
		SetProtocolVersion(4).
		SetCleanSession(true).
		SetAutoReconnect(false).
		SetConnectRetry(false).
		SetOrderMatters(true). // or old watermarks would overtake new ones
		SetAutoAckDisabled(o.ManualAck).
		SetKeepAlive(keepAlive).
		SetPingTimeout(pingTimeout).
		SetWriteTimeout(writeTimeout).
		SetConnectTimeout(connectTimeout).
		SetConnectionLostHandler(func(_ paho.Client, err error) { c.finish(err) }).
		SetCustomOpenConnectionFn(func(u *url.URL, _ paho.ClientOptions) (net.Conn, error) {
			return open(ctx, u, o)
		})
	if o.Will != nil {
		p.SetBinaryWill(o.Will.Topic, o.Will.Payload, qos, o.Will.Retain)
	}
	if o.OnMessage != nil {
		p.SetDefaultPublishHandler(func(_ paho.Client, m paho.Message) {
			msg := Message{Topic: m.Topic(), Payload: m.Payload(), Retain: m.Retained()}
			if o.ManualAck {
				msg.ack = m.Ack
			}
			o.OnMessage(msg)
		})
	}
	c.client = paho.NewClient(p)
	token := c.client.Connect()
	select {
	case <-token.Done():
	case <-ctx.Done():
		c.client.Disconnect(0)
		return nil, fmt.Errorf("connect to %s: %w", o.URL, ctx.Err())
	}
	if err := token.Error(); err != nil {
		return nil, fmt.Errorf("connect to %s: %w", o.URL, err)
	}
	return c, nil
}

// open dials u and bounds every later write: paho's pings have no deadline of
// their own, so a half-open link would look open for ever.
func open(ctx context.Context, u *url.URL, o Options) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	dial := o.Dial
	if dial == nil {
		dial = new(net.Dialer).DialContext
	}
	var raw net.Conn
	var err error
	switch u.Scheme {
	case "tcp", "mqtt":
		raw, err = dial(ctx, "tcp", u.Host)
	case "tls", "ssl", "mqtts":
		raw, err = (&tls.Dialer{Config: o.TLS}).DialContext(ctx, "tcp", u.Host)
	default:
		return nil, fmt.Errorf("broker url has scheme %q, want tcp or tls", u.Scheme)
	}
	if err != nil {
		return nil, err
	}
	return deadlined{newBounded(raw)}, nil
}

type deadlined struct{ net.Conn }

func (d deadlined) Write(p []byte) (int, error) {
	if err := d.Conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return 0, err
	}
	return d.Conn.Write(p)
}

// SetWriteDeadline does nothing: paho clears the deadline after each
// publication, and that of a ping which is being written meanwhile with it.
func (deadlined) SetWriteDeadline(time.Time) error { return nil }

func (c *Conn) finish(err error) {
	c.end.Do(func() {
		c.err = err
		close(c.done)
	})
}

// Done is closed when the connection has ended.
func (c *Conn) Done() <-chan struct{} { return c.done }

// Err says why the connection ended; nil while it lives.
func (c *Conn) Err() error {
	select {
	case <-c.done:
		return c.err
	default:
		return nil
	}
}

// Close says goodbye to the broker, which then publishes no will.
func (c *Conn) Close() {
	c.finish(ErrClosed)
	c.client.Disconnect(quiesce)
}

// Subscribe asks for the topics of filters at QoS 1, each by itself, and returns
// when the broker has granted them.
func (c *Conn) Subscribe(ctx context.Context, filters ...string) error {
	tokens := make([]paho.Token, len(filters))
	for i, f := range filters {
		tokens[i] = c.hand(func() paho.Token { return c.client.Subscribe(f, qos, nil) })
	}
	for i, f := range filters {
		if err := c.wait(ctx, tokens[i]); err != nil {
			return fmt.Errorf("subscribe to %q: %w", f, err)
		}
		if granted := tokens[i].(*paho.SubscribeToken).Result()[f]; granted > 2 {
			return fmt.Errorf("subscribe to %q: the broker refused", f)
		}
	}
	return nil
}

// Receipt is a publication under way.
type Receipt struct {
	conn  *Conn
	token paho.Token // nil: the connection ended before it took the message
}

// Send hands a message to the connection. It returns when the connection has
// begun to write it, failed to for 10 s, or ended.
func (c *Conn) Send(m Message) Receipt {
	return Receipt{c, c.hand(func() paho.Token { return c.client.Publish(m.Topic, qos, m.Retain, m.Payload) })}
}

// hand hands paho something to write. It returns nil where the connection ends
// before it is taken: paho would go on offering it for 10 s.
func (c *Conn) hand(something func() paho.Token) paho.Token {
	taken := make(chan paho.Token, 1)
	go func() { taken <- something() }()
	select {
	case token := <-taken:
		return token
	case <-c.done:
		return nil
	}
}

// Wait returns nil when the broker has acknowledged the message on a
// connection that still lives, and an error when that will never be known.
func (r Receipt) Wait(ctx context.Context) error { return r.conn.wait(ctx, r.token) }

// Publish sends a message and waits for the broker's acknowledgement.
func (c *Conn) Publish(ctx context.Context, m Message) error {
	if err := c.Send(m).Wait(ctx); err != nil {
		return fmt.Errorf("publish to %s: %w", m.Topic, err)
	}
	return nil
}

// wait waits for what was handed to paho; nil: it was never taken.
func (c *Conn) wait(ctx context.Context, token paho.Token) error {
	if token == nil {
		return c.Err()
	}
	select {
	case <-token.Done():
	case <-c.done:
		return c.err
	case <-ctx.Done():
		return ctx.Err()
	}
	if err := c.Err(); err != nil {
		return err
	}
	return token.Error()
}
