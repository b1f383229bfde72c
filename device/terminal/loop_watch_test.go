package terminal_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/terminal"
)

func TestHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{err: errFull})
		defer b.end()
		if err := b.Healthy(); !errors.Is(err, errFull) {
			t.Errorf("at a start that is not recorded: %v", err)
		}
		if a := <-b.press(t.Context(), 1); !errors.Is(a.err, press.ErrNotStored) {
			t.Errorf("answered %+v", a)
		}
		if n := b.Config(); n != 0 {
			t.Errorf("config %d", n)
		}
		b.journal.set(0, nil)
		pass(5 * time.Second)
		if err := b.Healthy(); err != nil || b.Scene().Kind != screen.Question || b.Config() != 2 {
			t.Errorf("5 s later: %v, it shows %s, config %d", err, b.Scene().Kind, b.Config())
		}
		b.journal.set(0, errFull)
		if a := <-b.press(t.Context(), 1); !errors.Is(a.err, press.ErrNotStored) {
			t.Errorf("answered %+v", a)
		}
		if err := b.Healthy(); !errors.Is(err, errFull) || b.Scene().Kind != screen.OutOfOrder {
			t.Errorf("after the failure: %v, it shows %s", err, b.Scene().Kind)
		}
		b.journal.set(0, nil)
		if a := <-b.press(t.Context(), 1); a.err != nil || !a.Counted {
			t.Errorf("answered %+v", a)
		}
		synctest.Wait()
		if err := b.Healthy(); err != nil || b.Scene().Kind != screen.Thanks {
			t.Errorf("after a press that is stored: %v, it shows %s", err, b.Scene().Kind)
		}
	})
}

func TestWatch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := begin(&journal{})
		ctx, cancel := context.WithCancel(t.Context())
		scenes, others := b.Watch(ctx), b.Watch(context.Background())
		if s := <-scenes; s.Kind != screen.Question {
			t.Errorf("now it shows %s", s.Kind)
		}
		ctxOfOne, cancelOne := context.WithCancel(t.Context())
		one := b.Watch(ctxOfOne)
		<-one
		cancelOne() // while nothing changes
		for range one {
		}
		<-b.press(t.Context(), 1)
		if s := <-scenes; s.Kind != screen.Thanks {
			t.Errorf("after the press it shows %s", s.Kind)
		}
		if s := <-scenes; s.Kind != screen.Question {
			t.Errorf("after thanks it shows %s", s.Kind)
		}
		b.press(t.Context(), 1)
		pass(time.Second)
		if s := <-others; s.Kind != screen.Thanks {
			t.Errorf("the first scene that is taken is %s, want the latest", s.Kind)
		}
		cancel()
		for range scenes { // until it is closed, or the bubble is dead
		}
		b.end()
		for range others {
		}
		for range b.Watch(context.Background()) {
		}
	})
}

// A ping is answered by the loop itself: not before it runs, not while a commit
// hangs, and at a box that is out of order like at any other.
func TestAPingWaitsForTheLoop(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		full := begin(&journal{err: errFull})
		if err := full.Ping(ctx); err != nil {
			t.Errorf("out of order, but alive: %v", err)
		}
		full.end()
		b := begin(&journal{})
		b.journal.set(time.Minute, nil)
		to := b.press(t.Context(), 2)
		pass(50 * time.Millisecond)
		soon, cancel := context.WithTimeout(ctx, time.Minute-time.Second)
		defer cancel()
		if err := b.Ping(soon); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a ping while a commit hangs: %v", err)
		}
		<-to
		if err := b.Ping(ctx); err != nil {
			t.Error(err)
		}
		b.end()
		if err := b.Ping(ctx); !errors.Is(err, terminal.ErrStopped) {
			t.Errorf("a ping of a loop that has ended: %v", err)
		}
	})
}
