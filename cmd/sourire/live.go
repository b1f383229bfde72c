package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"sourire/device/config"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/sync/journal"
)

const (
	reopenFirst = time.Second // between attempts to open a journal, doubling
	reopenMost  = time.Minute
)

// stage is where one box after another lives.
type stage struct {
	open  func() (*box, error)
	show  func(*box) error
	close func(*closed) // shows that there is no box
	log   *slog.Logger
}

// live runs one box after another until ctx ends: a card that turns out to be a
// copy, or damaged, begins a new epoch, which is a start like any other. Where
// the journal cannot be opened for now, it shows so and tries again. What a
// person must see to ends it.
func (s stage) live(ctx context.Context, c config.Config) error {
	var none *closed // while there is no box
	defer func() { none.end() }()
	pause := reopenFirst
	for {
		b, err := none.try(s.open)
		if err == nil {
			began := time.Now()
			if none != nil {
				s.log.Info("in order again: the journal is open")
				none.end()
				none = nil
			}
			if err := s.show(b); err != nil {
				return errors.Join(err, b.journal.Close())
			}
			if err = b.run(ctx); time.Since(began) > reopenMost {
				pause = reopenFirst
			}
		}
		switch {
		case errors.Is(err, errEpochEnded) && ctx.Err() == nil:
			continue
		case errors.Is(err, errEpochEnded):
			return nil
		case !errors.Is(err, journal.ErrUnavailable):
			return err
		case none == nil:
			s.log.Error("out of order: the journal cannot be opened, and is tried again", "error", err)
			none = newClosed(c, err)
			s.close(none)
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, reopenMost)
		case <-ctx.Done():
			return nil
		}
	}
}

// closed stands in for a terminal whose journal cannot be opened: it takes no
// presses, and says so.
type closed struct {
	scene  screen.Scene
	why    error
	trying chan struct{} // holds one while the journal is being opened

	over  context.Context // ends when a box takes its place
	leave context.CancelFunc
	parts sync.WaitGroup // what shows it
}

func newClosed(c config.Config, why error) *closed {
	n := &closed{
		scene: plain(c, screen.OutOfOrder),
		why:   why, trying: make(chan struct{}, 1),
	}
	n.scene.Part = "disk"
	n.over, n.leave = context.WithCancel(context.Background())
	return n
}

// try opens a box; n may be nil.
func (n *closed) try(open func() (*box, error)) (*box, error) {
	if n != nil {
		n.trying <- struct{}{}
		defer func() { <-n.trying }()
	}
	return open()
}

// end returns when nothing shows it any more; n may be nil.
func (n *closed) end() {
	if n != nil {
		n.leave()
		n.parts.Wait()
	}
}

// Press stores no press.
func (n *closed) Press(context.Context, int, string, screen.Kind) (press.Answer, error) {
	return press.Answer{}, fmt.Errorf("%w: %w", press.ErrNotStored, n.why)
}

// Gesture does nothing.
func (n *closed) Gesture(context.Context, press.Gesture) error { return n.why }

// Scene is out of order.
func (n *closed) Scene() screen.Scene { return n.scene }

// Watch sends the scene, and ends with ctx or when a box takes over.
func (n *closed) Watch(ctx context.Context) <-chan screen.Scene {
	out := make(chan screen.Scene, 1)
	out <- n.scene
	go func() {
		defer close(out)
		select {
		case <-ctx.Done():
		case <-n.over.Done():
		}
	}()
	return out
}

// Healthy says why no presses are taken.
func (n *closed) Healthy() error { return n.why }

// Ping returns between two attempts: an attempt that hangs is no progress.
func (n *closed) Ping(ctx context.Context) error {
	select {
	case n.trying <- struct{}{}:
		<-n.trying
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-n.over.Done():
		return context.Canceled
	}
}
