// Package broker is an MQTT broker within the process, for the demo and for a
// chain that wants none of its own.
//
//	b, err := broker.Start(broker.Config{Listen: "127.0.0.1:1883", Chain: "demo", OnPublish: office.Ingest})
//
// A publication is acknowledged after OnPublish returned nil, so that here a
// PUBACK means stored. Retained messages are kept in memory only.
//
// It is made of mochi-mqtt, whose edges decided some of what follows:
//
//   - Only packets.ErrRejectPacket withholds a PUBACK. After any other error of
//     a hook a client of MQTT 3.1.1 gets one.
//   - A will does not pass OnPublish; it is handed on from OnWillSent.
//   - Deliveries at QoS 1 share one table of packet ids with receptions: a
//     publication that comes in under the id of one that goes out drops the
//     latter for good, and the table's read lock is taken twice, which blocks
//     for ever when a writer waits in between. So subscriptions are granted
//     QoS 0. A lost connection loses no more than it does with QoS 1 and a
//     clean session: what is retained is sent again with the next subscription.
package broker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"net"

	mochi "github.com/mochi-mqtt/server/v2"
	"github.com/mochi-mqtt/server/v2/listeners"

	"sourire/device/tap"
)

// maxPacket is the largest packet that is read, in bytes; the connection of a
// client that announces a larger one is closed.
const maxPacket = 256 << 10

// Config is what a broker needs.
type Config struct {
	Listen   string       // host:port
	Listener net.Listener // instead of Listen, where one is given
	Chain    string       // clients publish to topics of its terminals only

	// OnPublish takes a publication of a client in. It is called concurrently,
	// in the order of arrival for each client; ctx ends with the broker. After
	// an error the client gets no PUBACK, and nobody gets the message.
	OnPublish func(ctx context.Context, topic string, payload []byte) error

	Log *slog.Logger // slog.Default
}

// Broker is a running broker.
type Broker struct {
	server  *mochi.Server
	hook    *hook
	address string
	cancel  context.CancelFunc
}

// Start listens and serves until [Broker.Close].
func Start(c Config) (*Broker, error) {
	if !tap.ValidID(c.Chain) {
		return nil, fmt.Errorf("start broker: chain %.40q is not a legal id", c.Chain)
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	ln, err := c.Listener, error(nil)
	if ln == nil {
		ln, err = net.Listen("tcp", c.Listen)
	}
	if err != nil {
		return nil, fmt.Errorf("start broker: %w", err)
	}
	limits := mochi.NewDefaultServerCapabilities()
	limits.MaximumPacketSize = maxPacket
	limits.ReceiveMaximum = math.MaxUint16
	limits.MaximumMessageExpiryInterval = 0 // keep retained messages for longer than a day
	server := mochi.New(&mochi.Options{
		Capabilities: limits,
		InlineClient: true,
		Logger:       slog.New(slog.DiscardHandler), // the hook says what matters
	})
	ctx, cancel := context.WithCancel(context.Background())
	b := &Broker{server: server, address: ln.Addr().String(), cancel: cancel, hook: &hook{config: c, ctx: ctx}}
	err = server.AddHook(b.hook, nil)
	if err == nil {
		err = server.AddListener(&gate{Net: listeners.NewNet("tcp", newListener(ln, c.Log)), clients: &server.Listeners.ClientsWg})
	}
	if err == nil {
		err = server.Serve()
	}
	if err != nil {
		cancel()
		return nil, fmt.Errorf("start broker: %w", errors.Join(err, ln.Close()))
	}
	return b, nil
}

// Addr is the address that it listens on.
func (b *Broker) Addr() string { return b.address }

// Publish delivers a message to those who subscribe to its topic. It does not
// block.
func (b *Broker) Publish(topic string, payload []byte, retain bool) error {
	if err := b.server.Publish(topic, payload, retain, 1); err != nil {
		return fmt.Errorf("publish to %s: %w", topic, err)
	}
	return nil
}

// Close ends every connection and returns when no OnPublish is under way.
// Publications that come during it are not acknowledged.
func (b *Broker) Close() error {
	b.hook.closing.Store(true)
	b.cancel()
	if err := b.server.Close(); err != nil {
		return fmt.Errorf("close broker: %w", err)
	}
	return nil
}
