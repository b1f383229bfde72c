package faulttest

import (
	"bufio"
	"bytes"
	"net"
	"strings"
	"sync"

	"github.com/eclipse/paho.mqtt.golang/packets"
)

// queued is how many publications wait for a client; more are dropped, as
// brokers do.
const queued = 100

// Broker is a broker of MQTT 3.1.1 with clean sessions. It acknowledges every
// publication, whether or not it does anything with it.
type Broker struct {
	mu       sync.Mutex
	clients  map[string]*client // by id
	all      map[*client]bool
	retained map[string]*packets.PublishPacket
	deny     map[string]bool // the last level of topics
	dropped  int
}

// NewBroker is a broker without clients.
func NewBroker() *Broker {
	return &Broker{clients: map[string]*client{}, all: map[*client]bool{}, retained: map[string]*packets.PublishPacket{}, deny: map[string]bool{}}
}

// Restart breaks every connection, and forgets what is retained unless it is
// kept.
func (b *Broker) Restart(keep bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for c := range b.all {
		_ = c.net.Close()
	}
	if !keep {
		clear(b.retained)
	}
}

// Forget has publications whose topic ends with this level acknowledged and
// then forgotten, or no longer: a broker that lies, or an ACL that denies.
func (b *Broker) Forget(level string, forget bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.deny[level] = forget
}

// Dropped is how many publications a slow client did not get.
func (b *Broker) Dropped() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.dropped
}

// client is one connection.
type client struct {
	broker *Broker
	net    net.Conn
	out    chan packets.ControlPacket
	gone   chan struct{}
	will   *packets.PublishPacket

	id      string // of the broker's mutex, as what follows
	filters []string
	next    uint16 // message id
}

// Serve serves a client until the connection ends.
func (b *Broker) Serve(nc net.Conn) {
	c := &client{broker: b, net: nc, out: make(chan packets.ControlPacket, 10*queued), gone: make(chan struct{})}
	b.mu.Lock()
	b.all[c] = true
	b.mu.Unlock()
	var writing sync.WaitGroup
	writing.Go(c.write)
	clean := c.read()
	close(c.gone)
	_ = nc.Close()
	b.mu.Lock()
	delete(b.all, c)
	if b.clients[c.id] == c {
		delete(b.clients, c.id)
	}
	if c.will != nil && !clean {
		b.publish(c.will)
	}
	b.mu.Unlock()
	writing.Wait()
}

// read reports whether the client said goodbye.
func (c *client) read() (clean bool) {
	r := bufio.NewReader(c.net)
	for {
		raw, err := readPacket(r)
		if err != nil {
			return false
		}
		packet, err := packets.ReadPacket(bytes.NewReader(raw))
		if err != nil {
			return false
		}
		switch p := packet.(type) {
		case *packets.ConnectPacket:
			c.connect(p)
		case *packets.SubscribePacket:
			c.subscribe(p)
		case *packets.PublishPacket:
			if p.Qos > 1 {
				return false
			}
			c.broker.mu.Lock()
			c.broker.publish(p)
			c.broker.mu.Unlock()
			if p.Qos == 1 {
				ack := packets.NewControlPacket(packets.Puback).(*packets.PubackPacket)
				ack.MessageID = p.MessageID
				c.send(ack)
			}
		case *packets.PubackPacket:
		case *packets.PingreqPacket:
			c.send(packets.NewControlPacket(packets.Pingresp))
		case *packets.DisconnectPacket:
			return true
		default:
			return false
		}
	}
}

// connect takes the place of another connection with the same id.
func (c *client) connect(p *packets.ConnectPacket) {
	if p.WillFlag {
		c.will = packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
		c.will.TopicName, c.will.Payload, c.will.Retain = p.WillTopic, p.WillMessage, p.WillRetain
	}
	c.broker.mu.Lock()
	if before := c.broker.clients[p.ClientIdentifier]; before != nil {
		_ = before.net.Close()
	}
	c.id = p.ClientIdentifier
	c.broker.clients[c.id] = c
	c.broker.mu.Unlock()
	c.send(packets.NewControlPacket(packets.Connack))
}

func (c *client) subscribe(p *packets.SubscribePacket) {
	c.broker.mu.Lock()
	defer c.broker.mu.Unlock()
	ack := packets.NewControlPacket(packets.Suback).(*packets.SubackPacket)
	ack.MessageID = p.MessageID
	ack.ReturnCodes = bytes.Repeat([]byte{1}, len(p.Topics))
	c.filters = append(c.filters, p.Topics...)
	c.send(ack)
	for topic, m := range c.broker.retained {
		if matches(p.Topics, topic) {
			c.deliver(m, true)
		}
	}
}

// publish is called with the broker's mutex held.
func (b *Broker) publish(p *packets.PublishPacket) {
	if b.deny[p.TopicName[strings.LastIndexByte(p.TopicName, '/')+1:]] {
		return
	}
	if p.Retain {
		b.retained[p.TopicName] = p
	}
	for c := range b.all {
		if matches(c.filters, p.TopicName) {
			c.deliver(p, false)
		}
	}
}

// deliver is called with the broker's mutex held.
func (c *client) deliver(m *packets.PublishPacket, retained bool) {
	if len(c.out) >= queued {
		c.broker.dropped++
		return
	}
	c.next++
	p := packets.NewControlPacket(packets.Publish).(*packets.PublishPacket)
	p.Qos, p.MessageID, p.TopicName, p.Payload, p.Retain = 1, c.next, m.TopicName, m.Payload, retained
	c.send(p)
}

func (c *client) send(p packets.ControlPacket) {
	select {
	case c.out <- p:
	case <-c.gone:
	}
}

func (c *client) write() {
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

func matches(filters []string, topic string) bool {
	levels := strings.Split(topic, "/")
	for _, f := range filters {
		parts := strings.Split(f, "/")
		same := len(parts) == len(levels)
		for i := 0; same && i < len(parts); i++ {
			same = parts[i] == "+" || parts[i] == levels[i]
		}
		if same {
			return true
		}
	}
	return false
}
