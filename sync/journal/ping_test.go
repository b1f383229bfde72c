package journal

import (
	"context"
	"errors"
	"log/slog"
	"testing"
	"time"

	"sourire/device/tap"
)

// A ping is answered between commits, not while one hangs, and without a trace
// in the journal.
func TestAPingWaitsForTheCommit(t *testing.T) {
	j, err := Open(Config{
		Dir: t.TempDir(), Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = j.Close() }()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	commits := j.Commits()
	if err := j.Ping(ctx); err != nil {
		t.Error(err)
	}
	if n := j.Commits(); n != commits {
		t.Errorf("%d commits of a ping", n-commits)
	}

	release := make(chan struct{})
	held := make(chan struct{})
	go func() { // a commit waits for the connection
		_ = j.writer.Raw(func(any) error {
			close(held)
			<-release
			return nil
		})
	}()
	<-held
	appended := make(chan error, 1)
	go func() { appended <- j.Append(fault("hangs")) }()
	for poll := time.NewTicker(time.Millisecond); len(j.turn) == 0; <-poll.C {
	}
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := j.Ping(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a ping while a commit hangs: %v", err)
	}
	close(release)
	if err := errors.Join(<-appended, j.Ping(ctx)); err != nil {
		t.Error(err)
	}

	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := j.Ping(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("ping after close: %v", err)
	}
}

// Close may come between any two steps of who appends or pings.
func TestCloseOvertakes(t *testing.T) {
	j, err := Open(Config{
		Dir: t.TempDir(), Identity: tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"},
		Stamp: func(*tap.Header) {}, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	e := fault("queued")
	queued := request{[]tap.Event{e}, make(chan error, 1)}
	j.queue = append(j.queue, queued) // by an Append that has not asked for its turn yet
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-queued.done:
		if err != nil || e.Seq != 2 {
			t.Errorf("event %d, %v; want 2", e.Seq, err)
		}
	default:
		t.Error("what was queued is not answered")
	}
	j.closed = false // as a Ping has seen it before
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if err := j.Ping(ctx); !errors.Is(err, ErrClosed) {
		t.Errorf("ping: %v", err)
	}
}
