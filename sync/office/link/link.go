// Package link is head office's side of a broker: what the office publishes
// waits in a [Link] until it can be sent, and [Link.Receive] takes in what the
// terminals send.
package link

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sourire/sync/mqtt"
	"sourire/sync/office"
	"sourire/sync/wire"
)

const (
	lived    = time.Minute      // how long a connection lasts that has proved itself
	patience = 30 * time.Second // for an answer of the broker
)

// Link is head office's side of a broker. Storing never waits for the network:
// of what is to be published the newest of each slot waits here.
type Link struct {
	chain string
	log   *slog.Logger

	mu      sync.Mutex
	waiting map[string]office.Publication // by slot
	more    chan struct{}                 // holds one when there is something waiting
}

// New is the link of a chain's office.
func New(chain string, log *slog.Logger) *Link {
	return &Link{chain: chain, log: log, waiting: map[string]office.Publication{}, more: make(chan struct{}, 1)}
}

// Publish leaves a message to be sent.
func (l *Link) Publish(p office.Publication) {
	l.mu.Lock()
	l.waiting[p.Slot] = p
	l.mu.Unlock()
	select {
	case l.more <- struct{}{}:
	default:
	}
}

// Drain sends what waits until ctx ends or send fails.
func (l *Link) Drain(ctx context.Context, send func(context.Context, office.Publication) error) error {
	for {
		l.mu.Lock()
		batch := l.waiting
		l.waiting = map[string]office.Publication{}
		l.mu.Unlock()
		for _, p := range batch {
			if err := send(ctx, p); err != nil {
				return err // the next connection announces everything again
			}
		}
		select {
		case <-l.more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Receive keeps a connection to a broker until ctx ends: what terminals send goes
// to the office, what the office publishes goes to them. The first failure in a
// row is logged.
func (l *Link) Receive(ctx context.Context, options mqtt.Options, o *office.Office) error {
	var backoff mqtt.Backoff
	failing := false
	for {
		began := time.Now()
		connected, err := l.session(ctx, options, o, &backoff)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > lived {
			backoff.Reset()
		}
		if connected || !failing {
			l.log.Warn("no broker", "err", err)
		}
		failing = true
		select {
		case <-time.After(backoff.Next()):
		case <-ctx.Done():
			return nil
		}
	}
}

// session is one connection: it announces the office, takes messages in, and
// sends watermarks. A clean session loses what is sent while the office is
// away; the terminals send it again from the watermark.
func (l *Link) session(ctx context.Context, options mqtt.Options, o *office.Office, backoff *mqtt.Backoff) (connected bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type arrival struct {
		mqtt.Message
		office.Receipt
	}
	arrivals := make(chan arrival, 64)
	options.ManualAck = true
	options.OnMessage = func(m mqtt.Message) {
		a := arrival{Receipt: o.Submit(ctx, m.Topic, m.Payload), Message: m}
		a.Payload = nil
		select {
		case arrivals <- a:
		case <-ctx.Done():
		}
	}
	conn, err := mqtt.Dial(ctx, options)
	if err != nil {
		return false, err
	}
	defer conn.Close()
	defer cancel() // before Close: OnMessage must not hold it up
	l.log.Info("broker", "url", options.URL)
	if err := o.Announce(); err != nil {
		return true, err
	}
	if err := listen(ctx, conn, l.chain); err != nil {
		return true, err
	}
	sent := make(chan error, 1)
	go func() {
		sent <- l.Drain(ctx, func(ctx context.Context, p office.Publication) error {
			ctx, cancel := context.WithTimeout(ctx, patience)
			defer cancel()
			return conn.Publish(ctx, mqtt.Message{Topic: p.Topic, Payload: p.Payload, Retain: p.Retain})
		})
	}()
	for {
		select {
		case a := <-arrivals:
			// What is not stored is not acknowledged. The broker sends it again
			// on no connection but a new one, and stops when too much is open.
			// So where one terminal's rows are damaged its messages are given
			// up: no watermark has passed them, and it sends them again.
			if err := a.Wait(ctx); err != nil && !errors.Is(err, office.ErrDamaged) {
				return true, fmt.Errorf("a message could not be stored: %w", err)
			}
			a.Ack()
			backoff.Reset()
		case err := <-sent:
			return true, err
		case <-conn.Done():
			return true, errors.Join(errors.New("connection lost"), conn.Err())
		case <-ctx.Done():
			return true, ctx.Err()
		}
	}
}

// listen subscribes to what the terminals of a chain send.
func listen(ctx context.Context, conn *mqtt.Conn, chain string) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return conn.Subscribe(ctx, wire.Filter(chain, wire.LeafEvents), wire.Filter(chain, wire.LeafState), wire.Filter(chain, wire.AnswerLeaf("+")))
}
