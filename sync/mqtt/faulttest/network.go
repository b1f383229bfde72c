package faulttest

import (
	"bufio"
	"context"
	"errors"
	"net"
	"slices"
	"sync"
	"time"
)

// Server is the end of the network at which the broker is.
type Server interface {
	// Serve serves a client until the connection ends.
	Serve(net.Conn)
}

// Network carries packets between clients and a server, and does what its faults
// say. Set its fields before the first client dials.
type Network struct {
	Server Server
	Faults []Fault
	// Watch sees every packet that a client sends, whatever becomes of it, and
	// every one that it gets.
	Watch func(client string, conn int, w Way, p Packet)

	mu       sync.Mutex
	down     bool
	attempts []*Attempt
	counts   map[string]int // attempts by client
	fired    []Fault
	cables   []*cable
}

// Attempt is a client's attempt to connect, and the connection that came of it.
type Attempt struct {
	Client string
	Conn   int // from 1
	Dialed time.Time
	Broken time.Time // the network's doing: cut, or silent from then on; zero: whole
	Ended  time.Time // closed by the client; zero: not yet
}

var errRefused = errors.New("connection refused")

// Dial is how one client reaches the server.
func (n *Network) Dial(client string) func(context.Context, string, string) (net.Conn, error) {
	return func(context.Context, string, string) (net.Conn, error) {
		n.mu.Lock()
		defer n.mu.Unlock()
		if n.counts == nil {
			n.counts = map[string]int{}
		}
		n.counts[client]++
		a := &Attempt{Client: client, Conn: n.counts[client], Dialed: time.Now()}
		n.attempts = append(n.attempts, a)
		if n.down {
			a.Broken, a.Ended = a.Dialed, a.Dialed
			return nil, errRefused
		}
		ours, theirs := net.Pipe()
		near, far := net.Pipe()
		c := &cable{network: n, attempt: a, client: theirs, server: near, gone: make(chan struct{})}
		for w := range c.lines {
			c.lines[w].writing = make(chan struct{}, 1)
		}
		for _, f := range n.Faults {
			if f.Client == client && f.Conn == a.Conn {
				c.faults = append(c.faults, f)
			}
		}
		n.cables = append(n.cables, c)
		go n.Server.Serve(far)
		go c.carry(Up, theirs, near)
		go c.carry(Down, near, theirs)
		return &end{Conn: ours, network: n, attempt: a, writing: make(chan struct{}, 1)}, nil
	}
}

// Down refuses new connections from now on, or no longer.
func (n *Network) Down(down bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.down = down
}

// Cut breaks every connection.
func (n *Network) Cut() {
	n.mu.Lock()
	cables := n.cables
	n.mu.Unlock()
	for _, c := range cables {
		c.cut()
	}
}

// Attempts are a client's attempts so far, in their order.
func (n *Network) Attempts(client string) []Attempt {
	n.mu.Lock()
	defer n.mu.Unlock()
	var all []Attempt
	for _, a := range n.attempts {
		if a.Client == client {
			all = append(all, *a)
		}
	}
	return all
}

// Fired are the faults that have happened.
func (n *Network) Fired() []Fault {
	n.mu.Lock()
	defer n.mu.Unlock()
	return slices.Clone(n.fired)
}

// end is the client's end: it knows when the client lets go. Writers wait for
// each other at a channel: at the mutex of net.Pipe a bubble's time would stand
// still.
type end struct {
	net.Conn
	network *Network
	attempt *Attempt
	writing chan struct{}
}

func (e *end) Write(p []byte) (int, error) {
	e.writing <- struct{}{}
	defer func() { <-e.writing }()
	return e.Conn.Write(p)
}

func (e *end) Close() error {
	e.network.mu.Lock()
	if e.attempt.Ended.IsZero() {
		e.attempt.Ended = time.Now()
	}
	e.network.mu.Unlock()
	return e.Conn.Close()
}

// cable is one connection.
type cable struct {
	network        *Network
	attempt        *Attempt
	faults         []Fault
	client, server net.Conn

	once sync.Once
	gone chan struct{} // closed when the connection is cut

	mu     sync.Mutex
	silent [2]bool // of each way: what comes late does not come any more either
	lines  [2]line
}

// line is one way of a cable.
type line struct {
	count   [16]int       // packets so far, by kind
	writing chan struct{} // holds one while a packet is written: they come whole
}

func (c *cable) cut() {
	c.once.Do(func() { close(c.gone) })
	_ = c.client.Close()
	_ = c.server.Close()
}

// broken notes that nothing good will come of the connection any more.
func (c *cable) broken() {
	c.network.mu.Lock()
	defer c.network.mu.Unlock()
	if c.attempt.Broken.IsZero() {
		c.attempt.Broken = time.Now()
	}
}

// carry carries one way's packets until the connection ends.
func (c *cable) carry(w Way, from, to net.Conn) {
	defer c.cut()
	r := bufio.NewReader(from)
	for {
		p, err := readPacket(r)
		if err != nil {
			return
		}
		if w == Up {
			c.watch(w, p)
		}
		c.lines[w].count[p.Kind()]++
		if !c.pass(w, p, to) {
			return
		}
	}
}

// fault is what happens at this packet, if anything does.
func (c *cable) fault(w Way, p Packet) *Fault {
	for i, f := range c.faults {
		if f.Way == w && f.Kind == p.Kind() && f.Nth == c.lines[w].count[p.Kind()] {
			c.network.mu.Lock()
			c.network.fired = append(c.network.fired, f)
			c.network.mu.Unlock()
			return &c.faults[i]
		}
	}
	return nil
}

// pass hands a packet on, or does to it what is planned. It reports whether the
// connection goes on.
func (c *cable) pass(w Way, p Packet, to net.Conn) bool {
	f := c.fault(w, p)
	if f == nil {
		return c.write(w, p, to)
	}
	switch f.Deed {
	case CutBefore:
		c.broken()
		return false
	case CutIn:
		c.broken()
		c.raw(w, p[:f.Seed%uint64(len(p))], to)
		return false
	case CutAfter:
		c.broken()
		c.write(w, p, to)
		return false
	case Lose:
	case Delay:
		go c.later(w, p, to, f.For)
	case Double:
		go c.later(w, p, to, f.For)
		return c.write(w, p, to)
	case Stall:
		c.broken()
		c.hush(w)
		<-c.gone
		return false
	case Swallow:
		c.broken()
		c.hush(Up)
		c.hush(Down)
	case Garbage:
		return c.raw(w, garbage(f.Seed), to) && c.write(w, p, to)
	case Refuse:
		return c.write(w, p.refusal(f.Seed), to)
	}
	return true
}

func (c *cable) later(w Way, p Packet, to net.Conn, d time.Duration) {
	select {
	case <-time.After(d):
		c.write(w, p, to)
	case <-c.gone:
	}
}

// write hands a packet over, and reports whether it was taken.
func (c *cable) write(w Way, p Packet, to net.Conn) bool {
	if w == Down && !c.quiet(w) {
		c.watch(w, p)
	}
	return c.raw(w, p, to)
}

func (c *cable) raw(w Way, p []byte, to net.Conn) bool {
	if c.quiet(w) {
		return true
	}
	c.lines[w].writing <- struct{}{}
	defer func() { <-c.lines[w].writing }()
	_, err := to.Write(p)
	return err == nil
}

func (c *cable) hush(w Way) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.silent[w] = true
}

func (c *cable) quiet(w Way) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.silent[w]
}

func (c *cable) watch(w Way, p Packet) {
	if c.network.Watch != nil {
		c.network.Watch(c.attempt.Client, c.attempt.Conn, w, p)
	}
}
