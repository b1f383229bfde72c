package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// results is the ledger of the journal, kept up to date.
type results struct {
	mu     sync.Mutex
	ledger *tally.Ledger
	seq    uint64
}

func newResults(loc *time.Location) *results {
	return &results{ledger: tally.NewLedger(loc)}
}

// follow adds what the journal has, and then what it gets, until ctx ends.
func (r *results) follow(ctx context.Context, j *journal.Journal, log *slog.Logger) {
	for {
		grown := j.Grown()
		if err := r.add(j.Reader); err != nil {
			log.Error("the result is behind the journal", "error", err)
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return
		}
	}
}

// add folds in the events that are new since the last time.
func (r *results) add(from *journal.Reader) error {
	return from.Forward(r.seq, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ledger.Add(e)
		r.seq = l.Seq
		return nil
	})
}

// result is what can be said at a moment.
type result struct {
	Survey tally.Survey
	Today  tally.Counts
	Shown  tally.Counts
	Period tally.Period
	Seq    uint64
}

// at is the result at a moment. Where the clock is not known, today's are the
// presses whose day is not known either.
func (r *results) at(now time.Time, quality tap.Quality) result {
	r.mu.Lock()
	defer r.mu.Unlock()
	res := result{Survey: r.ledger.Survey(), Seq: r.seq}
	if quality == tap.Unknown {
		res.Today = r.ledger.Untimed()
		res.Shown, res.Period = res.Today, tally.Today
		return res
	}
	res.Today = r.ledger.Day(now)
	res.Period, res.Shown = r.ledger.View(now)
	return res
}
