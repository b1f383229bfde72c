package broker

import (
	"net"
	"sync"
	"time"
)

// connectWithin is how long a client may say nothing after it was accepted. mochi
// waits for its CONNECT for ever, and would wait for it at the end, too.
const connectWithin = 15 * time.Second

// listener knows the connections that were accepted, and ends them with itself.
type listener struct {
	net.Listener

	mu     sync.Mutex
	conns  map[net.Conn]bool
	closed bool
}

func newListener(l net.Listener) *listener {
	return &listener{Listener: l, conns: map[net.Conn]bool{}}
}

// Accept bounds the wait for the first packet; mochi sets another deadline when
// it has come.
func (l *listener) Accept() (net.Conn, error) {
	raw, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	c := &accepted{raw, l}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = raw.Close()
		return nil, net.ErrClosed
	}
	l.conns[c] = true
	return c, raw.SetDeadline(time.Now().Add(connectWithin))
}

// Close ends the connections that are still there, too.
func (l *listener) Close() error {
	l.mu.Lock()
	l.closed = true
	conns := l.conns
	l.conns = map[net.Conn]bool{}
	l.mu.Unlock()
	for c := range conns {
		_ = c.Close()
	}
	return l.Listener.Close()
}

type accepted struct {
	net.Conn
	listener *listener
}

func (a *accepted) Close() error {
	a.listener.mu.Lock()
	delete(a.listener.conns, a)
	a.listener.mu.Unlock()
	return a.Conn.Close()
}
