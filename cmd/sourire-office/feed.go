package main

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

// lived is how long a connection lasts that has proved itself.
const lived = time.Minute

// feed is the office's side of the broker. What the office publishes waits in
// it, the newest of each slot, so that storing never waits for the network.
type feed struct {
	chain   string
	options mqtt.Options
	log     *slog.Logger

	mu      sync.Mutex
	waiting map[string]office.Publication // by slot
	more    chan struct{}                 // holds one when there is something waiting
}

func newFeed(chain string, log *slog.Logger) *feed {
	return &feed{chain: chain, log: log, waiting: map[string]office.Publication{}, more: make(chan struct{}, 1)}
}

// publish leaves a message to be sent.
func (f *feed) publish(p office.Publication) {
	f.mu.Lock()
	f.waiting[p.Slot] = p
	f.mu.Unlock()
	select {
	case f.more <- struct{}{}:
	default:
	}
}

// drain sends what waits until ctx ends or send fails.
func (f *feed) drain(ctx context.Context, send func(context.Context, office.Publication) error) error {
	for {
		f.mu.Lock()
		batch := f.waiting
		f.waiting = map[string]office.Publication{}
		f.mu.Unlock()
		for _, p := range batch {
			if err := send(ctx, p); err != nil {
				return err // the next connection announces everything again
			}
		}
		select {
		case <-f.more:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// receive keeps a connection to the broker until ctx ends. The first failure
// in a row is logged.
func (f *feed) receive(ctx context.Context, o *office.Office) error {
	var backoff mqtt.Backoff
	failing := false
	for {
		began := time.Now()
		connected, err := f.session(ctx, o, &backoff)
		if ctx.Err() != nil {
			return nil
		}
		if time.Since(began) > lived {
			backoff.Reset()
		}
		if connected || !failing {
			f.log.Warn("no broker", "err", err)
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
func (f *feed) session(ctx context.Context, o *office.Office, backoff *mqtt.Backoff) (connected bool, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type arrival struct {
		mqtt.Message
		office.Receipt
	}
	arrivals := make(chan arrival, 64)
	options := f.options
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
	f.log.Info("broker", "url", f.options.URL)
	if err := o.Announce(); err != nil {
		return true, err
	}
	if err := conn.Subscribe(ctx, wire.Filter(f.chain, wire.LeafEvents), wire.Filter(f.chain, wire.LeafState)); err != nil {
		return true, err
	}
	sent := make(chan error, 1)
	go func() {
		sent <- f.drain(ctx, func(ctx context.Context, p office.Publication) error {
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
