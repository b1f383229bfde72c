package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"sourire/device/clock"
	"sourire/device/tap"
	"sourire/sync/journal"
)

const (
	// keepDays is for how long raw events are kept.
	keepDays = 400
	// agedLeast is how many events that are older are worth a drop event: that, too,
	// makes the next one old enough to go.
	agedLeast = 50
	// keepYears is for how long finished hours are kept, and all else that lasts.
	keepYears = 10
	// spareBytes is how much room a journal should have, on its card and within
	// its file, before what has been delivered goes early.
	spareBytes = 32 << 20
	// keepPoll is how late a finished hour is told at most.
	keepPoll = 30 * time.Second
)

// archive is the journal, as far as it is thinned out.
type archive interface {
	Aged(before, now time.Time) (*tap.DropEvent, error)
	Outlived(before, now time.Time) (*tap.DropEvent, error)
	Delivered() (*tap.DropEvent, error)
	Prune(ctx context.Context, d *tap.DropEvent) error
	Spare() (int64, error)
	Reserve() error
}

// retention has finished hours told, and drops raw events that are old and
// delivered, and what was kept for longer when it is older still: each time that
// there are hours to tell. Raw events that are only delivered go when the card gets
// full. Where nobody presses, nothing is written.
type retention struct {
	journal archive
	clock   *clock.Clock
	due     func(now time.Time) []*tap.TallyEvent
	able    func() error // nil while presses can be stored
	to      notes
	log     *slog.Logger

	said  chan *tap.DropEvent // the newest that stands in the journal
	asked bool                // one is on its way there
	left  *tap.DropEvent      // one that could not be carried out to its end
	wrong string              // of the latest attempt
}

func newRetention(b *box) *retention {
	return &retention{
		journal: b.journal, clock: b.clock, due: b.results.due, able: b.loop.Healthy, to: b.loop, log: b.log,
		said: make(chan *tap.DropEvent, 1),
	}
}

// add hears of an event that stands in the journal.
func (r *retention) add(e tap.Event) {
	if d, ok := e.(*tap.DropEvent); ok {
		select {
		case <-r.said: // the later one goes further
		default:
		}
		r.said <- d
	}
}

func (r *retention) caughtUp() {}

// run works until ctx ends.
func (r *retention) run(ctx context.Context) {
	poll := time.NewTicker(keepPoll)
	defer poll.Stop()
	for {
		var err error
		select {
		case <-poll.C:
			if err = r.look(); err == nil && r.left != nil {
				err = r.drop(ctx, r.left)
			}
		case d := <-r.said:
			err = r.drop(ctx, d)
		case <-ctx.Done():
			return
		}
		r.report(err)
	}
}

// look tells the hours that are due, and then asks for what may go.
func (r *retention) look() error {
	now := r.clock.Now()
	if r.able() != nil {
		return nil
	}
	if now.Quality == tap.Synced {
		if due := r.due(now.Wall); len(due) > 0 {
			told := make([]tap.Event, len(due))
			for i, e := range due {
				told[i] = e
			}
			r.to.Note(told...)
			if err := r.aged(now.Wall); err != nil {
				return err
			}
		}
	}
	return r.room()
}

// drop carries out what stands in the journal, and asks for more of it.
func (r *retention) drop(ctx context.Context, d *tap.DropEvent) error {
	r.asked, r.left = false, d
	if err := r.journal.Prune(ctx, d); err != nil {
		return err
	}
	r.left = nil
	if now := r.clock.Now(); now.Quality == tap.Synced {
		if err := r.aged(now.Wall); err != nil {
			return err
		}
	}
	return r.room()
}

func (r *retention) aged(now time.Time) error {
	d, err := r.journal.Aged(now.AddDate(0, 0, -keepDays), now)
	if d != nil && d.Last-d.First+1 < agedLeast {
		d = nil
	}
	if d == nil && err == nil {
		d, err = r.journal.Outlived(now.AddDate(-keepYears, 0, 0), now)
	}
	r.ask(d)
	return err
}

// room has delivered events go early where the journal has little room left.
// Where none are delivered, none go: then presses are refused in the end.
func (r *retention) room() error {
	spare, err := r.journal.Spare()
	if err != nil {
		return err
	}
	if spare >= spareBytes {
		return r.journal.Reserve()
	}
	d, err := r.journal.Delivered()
	if d != nil {
		r.log.Warn("the card gets full: raw events go early, as head office has them", "first", d.First, "last", d.Last, "spare", spare)
	}
	r.ask(d)
	return err
}

// ask has a drop written, one at a time.
func (r *retention) ask(d *tap.DropEvent) {
	if d != nil && !r.asked && r.left == nil {
		r.asked = true
		r.to.Note(d)
	}
}

// report logs what goes wrong, once.
func (r *retention) report(err error) {
	said := ""
	if err != nil && !errors.Is(err, context.Canceled) && !errors.Is(err, journal.ErrClosed) {
		said = err.Error()
	}
	if said != "" && said != r.wrong {
		r.log.Error("old events cannot be dropped", "error", err)
	}
	r.wrong = said
}
