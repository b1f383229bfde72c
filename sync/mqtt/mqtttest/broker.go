// Package mqtttest is a broker for tests: it speaks MQTT 3.1.1 at QoS 1, and
// misbehaves as it is told.
package mqtttest

import (
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// Message is a publication that a client sent, or its will.
type Message struct {
	Conn    int // which connection it came on, from 1
	Topic   string
	Payload []byte
	Retain  bool
	Will    bool // the broker's doing: the client had gone without goodbye
}

// Verdict is what the broker does with a publication.
type Verdict int

// The verdicts.
const (
	Acknowledge Verdict = iota
	Withhold            // say nothing, for ever
	Hang                // drop the connection instead
	Deafen              // acknowledge nothing and read nothing from now on
)

// Broker is the broker. Set its functions before the first client connects;
// they are called on the connection's goroutine, in the order of arrival.
type Broker struct {
	// Judge sees every publication and every will. Nil acknowledges all.
	Judge func(Message) Verdict
	// Acked hears of each acknowledgement that a client sends, by message id.
	Acked func(id uint16)
	// Deny refuses a subscription.
	Deny func(filter string) bool
	// Mute accepts connections and never says a word.
	Mute bool

	mu       sync.Mutex
	listener net.Listener // nil: none
	conns    []*conn
	retained []Message // one a topic, in the order of their first coming
	count    int
	closed   bool
	serving  sync.WaitGroup
}

// Listen serves on a port of its own until the test ends, and returns the
// broker's URL.
func (b *Broker) Listen(t testing.TB) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.serving.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			b.Serve(c)
		}
	})
	b.mu.Lock()
	b.listener = l
	b.mu.Unlock()
	t.Cleanup(b.Close)
	return "tcp://" + l.Addr().String()
}

// Serve begins to serve one client and returns at once.
func (b *Broker) Serve(nc net.Conn) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		_ = nc.Close()
		return
	}
	b.count++
	c := &conn{
		broker: b, number: b.count, net: nc,
		out: make(chan packets.ControlPacket, 1024), dropped: make(chan struct{}), gone: make(chan struct{}),
	}
	b.conns = append(b.conns, c)
	b.serving.Go(c.read)
	b.serving.Go(c.write)
}

// Close stops listening, drops every connection and waits until all is still.
func (b *Broker) Close() {
	b.mu.Lock()
	b.closed = true
	if b.listener != nil {
		_ = b.listener.Close()
	}
	b.mu.Unlock()
	b.Drop()
	b.serving.Wait()
}

// Drop breaks every connection, without a word.
func (b *Broker) Drop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range b.conns {
		c.drop.Do(func() { close(c.dropped) })
		_ = c.net.Close()
	}
}

// Connections is how many connections there have been.
func (b *Broker) Connections() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.count
}

// Living is how many connections there are.
func (b *Broker) Living() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return len(b.conns)
}

// Subscriptions are the filters of every living connection.
func (b *Broker) Subscriptions() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var all []string
	for _, c := range b.conns {
		all = append(all, c.filters...)
	}
	return all
}

// matches reports whether a topic is one of a filter. Of the wildcards it knows
// +.
func matches(filter, topic string) bool {
	f, t := strings.Split(filter, "/"), strings.Split(topic, "/")
	return slices.EqualFunc(f, t, func(f, t string) bool { return f == "+" || f == t })
}

// Publish sends a message to whoever subscribes to its topic. A retained one is
// kept, and sent with its retained flag to who subscribes later.
func (b *Broker) Publish(topic string, payload []byte, retain bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if retain {
		m := Message{Topic: topic, Payload: payload}
		if i := slices.IndexFunc(b.retained, func(m Message) bool { return m.Topic == topic }); i >= 0 {
			b.retained[i] = m
		} else {
			b.retained = append(b.retained, m)
		}
	}
	for _, c := range b.conns {
		if slices.ContainsFunc(c.filters, func(filter string) bool { return matches(filter, topic) }) {
			c.deliver(topic, payload, false)
		}
	}
}

func (b *Broker) judge(m Message) Verdict {
	if b.Judge == nil {
		return Acknowledge
	}
	return b.Judge(m)
}

// conn is one client.
type conn struct {
	broker *Broker
	number int
	net    net.Conn
	out    chan packets.ControlPacket
	will   *Message

	drop    sync.Once
	dropped chan struct{} // closed by the broker's Drop
	gone    chan struct{} // closed when nothing more is read

	filters []string // of the broker's mutex
	id      uint16   // likewise
}

// read serves what the client sends until it goes.
func (c *conn) read() {
	clean := c.serve()
	close(c.gone)
	_ = c.net.Close()
	c.broker.mu.Lock()
	c.broker.conns = slices.DeleteFunc(c.broker.conns, func(o *conn) bool { return o == c })
	c.broker.mu.Unlock()
	if c.will != nil && !clean {
		c.broker.judge(*c.will)
	}
}

// serve reports whether the client said goodbye.
func (c *conn) serve() (clean bool) {
	for {
		packet, err := packets.ReadPacket(c.net)
		if err != nil {
			return false
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			if p.WillFlag {
				c.will = &Message{Conn: c.number, Topic: p.WillTopic, Payload: p.WillMessage, Retain: p.WillRetain, Will: true}
			}
			if !c.broker.Mute {
				c.send(packets.NewControlPacket(packets.Connack))
			}
		case *packets.SubscribePacket:
			c.subscribe(p)
		case *packets.PublishPacket:
			switch c.broker.judge(Message{Conn: c.number, Topic: p.TopicName, Payload: p.Payload, Retain: p.Retain}) {
			case Acknowledge:
				ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
				ack.MessageID = p.MessageID
				c.send(ack)
			case Withhold:
			case Hang:
				return false
			case Deafen:
				<-c.dropped
				return false
			}
		case *packets.PubackPacket:
			if c.broker.Acked != nil {
				c.broker.Acked(p.MessageID)
			}
		case *packets.PingreqPacket:
			c.send(packets.NewControlPacket(packets.Pingresp))
		case *packets.DisconnectPacket:
			return true
		}
	}
}

func (c *conn) subscribe(p *packets.SubscribePacket) {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	ack.MessageID = p.MessageID
	for _, f := range p.Topics {
		if c.broker.Deny != nil && c.broker.Deny(f) {
			ack.ReturnCodes = append(ack.ReturnCodes, 0x80)
			continue
		}
		ack.ReturnCodes = append(ack.ReturnCodes, 1)
		if !slices.Contains(c.filters, f) {
			c.filters = append(c.filters, f)
		}
	}
	c.send(ack)
	for _, m := range c.broker.retained {
		if slices.Contains(p.Topics, m.Topic) && slices.Contains(c.filters, m.Topic) {
			c.deliver(m.Topic, m.Payload, true)
		}
	}
}

// deliver is called with the broker's mutex held.
func (c *conn) deliver(topic string, payload []byte, retained bool) {
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	c.id++
	p.Qos, p.MessageID, p.TopicName, p.Payload, p.Retain = 1, c.id, topic, payload, retained
	c.send(p)
}

func (c *conn) send(p packets.ControlPacket) {
	select {
	case c.out <- p:
	case <-c.gone:
	}
}

func (c *conn) write() {
	for {
		select {
		case p := <-c.out:
			if err := p.Write(c.net); err != nil {
				_ = c.net.Close() // then reading ends, too
			}
		case <-c.gone:
			return
		}
	}
}
