package broker_test

import (
	"context"
	"log/slog"
	"net"
	"syscall"
	"testing"
	"testing/synctest"

	"sourire/sync/broker"
	"sourire/sync/mqtt"
)

// A broker goes on after connections that could not be accepted, and after one
// that ended before it was.
func TestABadConnectionIsNotTheLast(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := &failing{conns: make(chan net.Conn), failures: 3, closed: make(chan struct{})}
		b, err := broker.Start(broker.Config{Listener: l, Chain: "demo", Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		ours, theirs := net.Pipe()
		_, _ = ours.Close(), theirs.Close()
		l.conns <- theirs

		c, err := mqtt.Dial(t.Context(), mqtt.Options{
			URL: "tcp://broker:1883", ClientID: "demo-office",
			Dial: func(context.Context, string, string) (net.Conn, error) {
				ours, theirs := net.Pipe()
				l.conns <- theirs
				return ours, nil
			},
		})
		if err != nil {
			t.Fatal(err)
		}
		c.Close()
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
}

// failing is a listener of a process that is out of descriptors at first.
type failing struct {
	conns    chan net.Conn
	failures int
	closed   chan struct{}
}

func (l *failing) Accept() (net.Conn, error) {
	if l.failures--; l.failures >= 0 {
		return nil, syscall.EMFILE
	}
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *failing) Close() error {
	close(l.closed)
	return nil
}

func (l *failing) Addr() net.Addr { return &net.TCPAddr{} }
