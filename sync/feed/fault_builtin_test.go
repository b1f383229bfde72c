package feed

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"slices"
	"strings"
	"sync"

	"sourire/sync/broker"
	"sourire/sync/mqtt/faulttest"
	"sourire/sync/office"
)

// builtin is head office's own broker, where a PUBACK means stored.
type builtin struct {
	world *world

	mu      sync.Mutex
	broker  *broker.Broker // nil: it is down
	callers *callers
}

// useBuiltin puts head office's own broker where the other one was.
func (w *world) useBuiltin() {
	w.builtin = &builtin{world: w}
	w.net.Server = w.builtin
	// A broker whose writes block does so with a mutex held, at which a bubble's
	// time stands still.
	w.net.Faults = slices.DeleteFunc(w.net.Faults, func(f faulttest.Fault) bool {
		return f.Client == officeEnd || f.Deed == faulttest.Stall && f.Way == faulttest.Down
	})
	w.happens = slices.DeleteFunc(w.happens, func(h happening) bool {
		return strings.HasPrefix(h.what, "forgets") || strings.HasSuffix(h.what, officeEnd)
	})
	w.builtin.start()
}

func (b *builtin) start() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broker != nil {
		return
	}
	b.callers = &callers{conns: make(chan net.Conn), closed: make(chan struct{})}
	var err error
	b.broker, err = broker.Start(broker.Config{
		Listener: b.callers, Chain: exit1.Chain, OnPublish: b.world.office.Ingest, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		b.world.blame("start the broker: %v", err)
	} else if err := b.world.office.Announce(); err != nil {
		b.world.blame("announce: %v", err)
	}
}

func (b *builtin) stop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.broker == nil {
		return
	}
	if err := b.broker.Close(); err != nil {
		b.world.blame("stop the broker: %v", err)
	}
	b.broker = nil
}

// drain sends what head office publishes.
func (b *builtin) drain(ctx context.Context) {
	err := b.world.link.Drain(ctx, func(_ context.Context, p office.Publication) error {
		b.mu.Lock()
		defer b.mu.Unlock()
		if b.broker == nil { // announced when it is there again
			return nil
		}
		return b.broker.Publish(p.Topic, p.Payload, p.Retain)
	})
	if ctx.Err() == nil {
		b.world.blame("publish: %v", err)
	}
}

// Serve gives a connection to the broker that is running.
func (b *builtin) Serve(c net.Conn) {
	b.mu.Lock()
	callers := b.callers
	b.mu.Unlock()
	select {
	case callers.conns <- c:
	case <-callers.closed:
		_ = c.Close()
	}
}

// callers is a listener without a network.
type callers struct {
	conns  chan net.Conn
	once   sync.Once
	closed chan struct{}
}

func (l *callers) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, errors.New("closed")
	}
}

func (l *callers) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

func (l *callers) Addr() net.Addr { return &net.TCPAddr{} }
