package main

import (
	"context"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"sourire/device/clock"
	"sourire/device/desk"
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

// remembered is how far back hours are known to a process that has started since.
const remembered = 63 * 24 * time.Hour

// results is what the journal comes to, kept up to date.
type results struct {
	also  []follower
	mu    sync.Mutex
	clerk *tally.Clerk
	begun bool   // the hours before are known
	asked uint64 // seq of the configuration that taps named last
	seq   uint64
	told  uint64 // seq of the newest tally event
}

func newResults(loc *time.Location) *results {
	return &results{clerk: tally.NewClerk(loc)}
}

// follow adds what the journal has, and then what it gets, until ctx ends.
func (r *results) follow(ctx context.Context, j *journal.Journal, log *slog.Logger) {
	behind := false
	for {
		grown := j.Grown()
		err := r.add(ctx, j.Reader)
		if ctx.Err() != nil {
			return
		}
		if err != nil && !behind {
			log.Error("the result is behind the journal", "error", err)
		} else if err == nil {
			for _, f := range r.also {
				f.caughtUp()
			}
		}
		behind = err != nil
		select {
		case <-grown:
		case <-ctx.Done():
			return
		}
	}
}

// add folds in the events that are new since the last time; at first, from the
// newest finished hour on. What ctx interrupts is gone on with the next time.
func (r *results) add(ctx context.Context, from *journal.Reader) error {
	if !r.begun {
		if err := r.recall(from); err != nil {
			return fmt.Errorf("look up the hours before: %w", err)
		}
		r.begun = true
	}
	return from.Forward(r.seq, func(l seal.Link) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		e, err := tap.Parse(l.Event)
		if err != nil {
			return err
		}
		if err := r.know(from, e); err != nil {
			return err
		}
		_, told := e.(*tap.TallyEvent)
		if !told { // its events were told
			for _, f := range r.also {
				f.add(e)
			}
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		if told {
			r.told = l.Seq
		}
		r.clerk.Add(e)
		r.seq = l.Seq
		return nil
	})
}

// know has the configuration known that a tap names, also where it was written
// long before what is read.
func (r *results) know(from *journal.Reader, e tap.Event) error {
	switch e := e.(type) {
	case *tap.ConfigEvent:
		r.asked = e.Seq
	case *tap.TapEvent:
		if e.Config == r.asked {
			return nil
		}
		r.asked = e.Config
		named, err := readEvent(from, e.Config)
		if err != nil {
			return err
		}
		if c, ok := named.(*tap.ConfigEvent); ok {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.clerk.Asked(c)
		}
	}
	return nil
}

// recall takes the hours before from what was told of them.
func (r *results) recall(from *journal.Reader) error {
	newest, err := newestTally(from)
	if err != nil || newest == nil {
		return err
	}
	before := map[uint64]*tap.TallyEvent{}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = newest.Seq
	r.seq, err = r.clerk.Recall(newest, remembered, func(seq uint64) (tap.Event, error) {
		e, err := readEvent(from, seq)
		if t, ok := e.(*tap.TallyEvent); ok && seq < newest.From {
			before[seq] = t
		}
		return e, err
	})
	if err != nil {
		return err
	}
	for _, seq := range slices.Sorted(maps.Keys(before)) {
		for _, f := range r.also {
			f.add(before[seq])
		}
	}
	c, err := configInForce(from)
	if c != nil {
		r.clerk.Asked(c)
	}
	return err
}

// due is what is to be told of finished hours.
func (r *results) due(now time.Time) []*tap.TallyEvent {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.begun {
		return nil
	}
	return r.clerk.Due(now)
}

// newestTold is the seq of the newest tally event; 0: there is none.
func (r *results) newestTold() uint64 {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told
}

// survey is the one in force.
func (r *results) survey() tally.Survey {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clerk.Survey()
}

// settle dates the presses of this boot by the clock as it is now: it may be
// right for some seconds before its event stands in the journal.
func (r *results) settle(boot uint64, a clock.Anchor) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clerk.Boot() == boot {
		e := a.Event()
		e.Boot = boot
		r.clerk.Ledger.Add(e)
	}
}

// block is what is told of the staff's answers last; without From, where nothing
// is.
func (r *results) block(now time.Time) tally.Block {
	r.mu.Lock()
	defer r.mu.Unlock()
	if b, ok := r.newestBlock(now); ok {
		return b
	}
	return tally.Block{Counts: tally.NewCounts(r.clerk.Survey().Scale)}
}

// newestBlock is for who holds mu; false where nothing is told.
func (r *results) newestBlock(now time.Time) (tally.Block, bool) {
	all := r.clerk.Blocks(now.AddDate(0, 0, -blockBack), now)
	if len(all) == 0 {
		return tally.Block{}, false
	}
	return all[len(all)-1], true
}

// blockBack is how many days ago a block may have ended, at most: it began within
// four weeks, and all hours of so long ago are known.
const blockBack = 35

// final is until when nothing changes of what the staff's answers come to: to the
// hour, lest it tell when one of them pressed.
func (r *results) final() time.Time {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clerk.Final().Truncate(time.Hour)
}

// spans are the periods that end with a moment, and which of them to open on.
// Where the clock is not known there is one: the presses whose day is not known
// either.
func (r *results) spans(now time.Time, quality tap.Quality) (all []desk.Span, opens int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if quality == tap.Unknown {
		return []desk.Span{{Period: desk.Undated, Counts: r.clerk.Untimed()}}, 0
	}
	best, _ := r.clerk.View(now)
	for i, p := range []tally.Period{tally.Today, tally.Week, tally.FourWeeks} {
		all = append(all, desk.Span{Period: p, Counts: r.clerk.Last(p, now)})
		if p == best {
			opens = i
		}
	}
	return all, opens
}
