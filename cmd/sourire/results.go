package main

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"sourire/device/clock"
	"sourire/device/panel"
	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// follower is told each event of the journal, and whenever there are no more.
type follower interface {
	add(tap.Event)
	caughtUp()
}

// results is the ledger of the journal, kept up to date.
type results struct {
	also   follower // or nil
	mu     sync.Mutex
	ledger *tally.Ledger
	seq    uint64
}

func newResults(loc *time.Location) *results {
	return &results{ledger: tally.NewLedger(loc)}
}

// follow adds what the journal has, and then what it gets, until ctx ends.
func (r *results) follow(ctx context.Context, j *journal.Journal, log *slog.Logger) {
	behind := false
	for {
		grown := j.Grown()
		err := r.add(j.Reader)
		if err != nil && !behind {
			log.Error("the result is behind the journal", "error", err)
		} else if r.also != nil {
			r.also.caughtUp()
		}
		behind = err != nil
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
		if r.also != nil {
			r.also.add(e)
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		r.ledger.Add(e)
		r.seq = l.Seq
		return nil
	})
}

// survey is the one in force.
func (r *results) survey() tally.Survey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ledger.Survey()
}

// settle dates the presses of this boot by the clock as it is now: it may be
// right for some seconds before its event stands in the journal.
func (r *results) settle(boot uint64, a clock.Anchor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ledger.Boot() == boot {
		e := a.Event()
		e.Boot = boot
		r.ledger.Add(e)
	}
}

// spans are the periods that end with a moment, and which of them to open on.
// Where the clock is not known there is one: the presses whose day is not known
// either.
func (r *results) spans(now time.Time, quality tap.Quality) (all []panel.Span, opens int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if quality == tap.Unknown {
		return []panel.Span{{Period: panel.Undated, Counts: r.ledger.Untimed()}}, 0
	}
	best, _ := r.ledger.View(now)
	for i, p := range []tally.Period{tally.Today, tally.Week, tally.FourWeeks} {
		all = append(all, panel.Span{Period: p, Counts: r.ledger.Last(p, now)})
		if p == best {
			opens = i
		}
	}
	return all, opens
}
