package broker

import (
	"log/slog"
	"net"
	"sync"
	"time"
)

// connectWithin is how long a client may say nothing after it was accepted. mochi
// waits for its CONNECT for ever, and would wait for it at the end, too.
const connectWithin = 15 * time.Second

// acceptAgain is the pause after a connection that could not be accepted.
const acceptAgain = time.Second

// listener knows the connections that were accepted, and ends them with itself.
type listener struct {
	net.Listener
	log *slog.Logger

	mu    sync.Mutex
	conns map[net.Conn]bool
	ended chan struct{}
}

func newListener(l net.Listener, log *slog.Logger) *listener {
	return &listener{Listener: l, log: log, conns: map[net.Conn]bool{}, ended: make(chan struct{})}
}

// Accept fails only when the listener is closed: mochi listens no more after an
// error, and a process out of descriptors has some again later.
func (l *listener) Accept() (net.Conn, error) {
	for failing := false; ; {
		raw, err := l.Listener.Accept()
		switch {
		case l.isClosed():
			if err == nil {
				_ = raw.Close()
			}
			return nil, net.ErrClosed
		case err != nil:
			if !failing {
				l.log.Error("no connection can be accepted; tried again every second", "err", err)
			}
			failing = true
			select {
			case <-time.After(acceptAgain):
			case <-l.ended:
			}
		default:
			if failing {
				l.log.Info("connections are accepted again")
			}
			if c := l.take(raw); c != nil {
				return c, nil
			}
			failing = false
		}
	}
}

// take bounds the wait for the first packet; mochi sets another deadline when it
// has come. It returns nil for a connection that has ended already.
func (l *listener) take(raw net.Conn) net.Conn {
	c := &accepted{raw, l}
	l.mu.Lock()
	l.conns[c] = true
	l.mu.Unlock()
	if raw.SetDeadline(time.Now().Add(connectWithin)) != nil || l.isClosed() {
		_ = c.Close()
		return nil
	}
	return c
}

func (l *listener) isClosed() bool {
	select {
	case <-l.ended:
		return true
	default:
		return false
	}
}

// Close ends the connections that are still there, too.
func (l *listener) Close() error {
	l.mu.Lock()
	if !l.isClosed() {
		close(l.ended)
	}
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
