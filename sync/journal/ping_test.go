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

	writing, err := j.db.Conn(t.Context()) // the only connection: a commit waits for it
	if err != nil {
		t.Fatal(err)
	}
	appended := make(chan error, 1)
	go func() { appended <- j.Append(fault("hangs")) }()
	for poll := time.NewTicker(time.Millisecond); j.db.Stats().WaitCount == 0; <-poll.C {
	}
	soon, cancel := context.WithTimeout(ctx, 50*time.Millisecond)
	defer cancel()
	if err := j.Ping(soon); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("a ping while a commit hangs: %v", err)
	}
	if err := writing.Close(); err != nil {
		t.Fatal(err)
	}
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
