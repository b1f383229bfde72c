package office

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// count keeps a terminal's sums in step with the events that were just added to
// an epoch: the taps that are counted and that no undo names.
func (w *work) count(ctx context.Context, e *epoch, links []seal.Link, peeks []peek) error {
	s := w.days()
	for i, p := range peeks {
		switch {
		case p.counts():
			s.count(p, +1)
		case p.Kind == tap.KindUndo:
			was, ok, err := w.undoes(ctx, e, p)
			if err != nil {
				return err
			}
			if ok {
				s.count(was, -1)
			}
		case p.Kind == tap.KindClock:
			if err := w.correct(ctx, e, s, links[i]); err != nil {
				return err
			}
		}
	}
	w.t.Days = s.by
	return nil
}

// countBeside is [work.count] for events that were just kept beside the chain:
// they were pressed by customers, too.
func (w *work) countBeside(ctx context.Context, e *epoch, kept []Fork) error {
	s := w.days()
	for _, f := range kept {
		var p peek
		if err := p.read(f.Event); err != nil {
			return fmt.Errorf("event %d of epoch %s: %w", f.Seq, e.Epoch.Epoch, err)
		}
		switch {
		case p.counts():
			s.count(p, +1)
		case p.Kind == tap.KindUndo:
			was, ok, err := w.undoesBeside(ctx, e, p, f)
			if err != nil {
				return err
			}
			if ok {
				s.count(was, -1)
			}
		}
	}
	w.t.Days = s.by
	return nil
}

// days is the sums of a terminal, being changed.
type days struct {
	t           *terminal
	by          map[string]int64
	first, last string // those that are kept: yesterday to tomorrow
	place       *time.Location
}

func (w *work) days() *days {
	place := w.t.place()
	now := w.now.In(place)
	s := &days{
		t: w.t, by: make(map[string]int64, len(w.t.Days)+1), place: place,
		first: now.AddDate(0, 0, -1).Format(time.DateOnly), last: now.AddDate(0, 0, 1).Format(time.DateOnly),
	}
	for d, n := range w.t.Days {
		if d >= s.first {
			s.by[d] = n
		}
	}
	return s
}

// count adds n taps like p.
func (s *days) count(p peek, n int64) {
	s.t.Counted = uint64(int64(s.t.Counted) + n)
	s.add(p.day(), n)
}

func (s *days) add(day string, n int64) {
	if s.first <= day && day <= s.last {
		s.by[day] += n
	}
}

// day is the local day of an event, as it carries it; empty where its time is
// not known.
func (p peek) day() string {
	if len(p.At) < len(time.DateOnly) || p.Clock == tap.Unknown {
		return ""
	}
	return p.At[:len(time.DateOnly)]
}

// correct moves the taps that a synced clock event dates to their days: those of
// its boot that were written before the clock was synced, and that none before
// it has dated.
func (w *work) correct(ctx context.Context, e *epoch, s *days, l seal.Link) error {
	event, err := tap.Parse(l.Event)
	c, ok := event.(*tap.ClockEvent)
	if err != nil || !ok || c.Quality != tap.Synced {
		return nil
	}
	undone := map[uint64]bool{}
	base, _, _ := e.segment(c.Seq)
	for upto := c.Seq - 1; upto > base; {
		from := max(base+1, upto-min(upto, page-1))
		links, err := w.links(ctx, e, from, upto)
		if err != nil {
			return err
		}
		for _, l := range slices.Backward(links) {
			var p peek
			if err := p.read(l.Event); err != nil {
				return fmt.Errorf("event %d of epoch %s: %w (%w)", l.Seq, e.Epoch.Epoch, ErrDamaged, err)
			}
			switch {
			case p.Boot != c.Boot, p.Kind == tap.KindClock && synced(l.Event):
				return nil
			case p.Kind == tap.KindUndo:
				undone[p.Tap] = true
			case p.counts() && p.Clock != tap.Synced && !undone[p.Seq]:
				s.add(p.day(), -1)
				s.add(time.UnixMilli(p.Up+c.Offset).In(s.place).Format(time.DateOnly), +1)
			}
		}
		upto = from - 1
	}
	return nil
}

// synced reports whether a clock event says that the clock is.
func synced(event []byte) bool {
	e, err := tap.Parse(event)
	c, ok := e.(*tap.ClockEvent)
	return err == nil && ok && c.Quality == tap.Synced
}

// undoes reports whether an undo takes back a counted tap that is still in the
// sums, and which. An undo follows its tap within seconds.
func (w *work) undoes(ctx context.Context, e *epoch, undo peek) (was peek, ok bool, err error) {
	seq := undo.Tap
	if base, _, _ := e.segment(undo.Seq); seq <= base || seq >= undo.Seq || undo.Seq-seq > maxUndo {
		return peek{}, false, nil
	}
	links, err := w.links(ctx, e, seq, undo.Seq-1)
	if err != nil {
		return peek{}, false, err
	}
	for i, l := range links {
		var p peek
		if err := p.read(l.Event); err != nil {
			return peek{}, false, fmt.Errorf("event %d of epoch %s: %w (%w)", l.Seq, e.Epoch.Epoch, ErrDamaged, err)
		}
		switch {
		case i == 0 && !p.counts():
			return peek{}, false, nil
		case i == 0:
			was = p
		case p.Kind == tap.KindUndo && p.Tap == seq:
			return peek{}, false, nil // undone before
		}
	}
	return was, true, nil
}

// undoesBeside is [work.undoes] of an undo that is kept beside the chain. What it
// says of a tap of the chain is not taken: there the chain's word holds.
func (w *work) undoesBeside(ctx context.Context, e *epoch, undo peek, at Fork) (was peek, ok bool, err error) {
	if w.beside[e] == nil {
		stored, err := w.Store.Forks(ctx, e.EpochID)
		if err != nil {
			return peek{}, false, err
		}
		if w.beside == nil {
			w.beside = map[*epoch]map[branch]Fork{}
		}
		w.beside[e] = map[branch]Fork{}
		for _, f := range stored {
			w.beside[e][branch{f.Seq, f.Head}] = f
		}
	}
	for _, f := range w.g.Forks {
		if f.EpochID == e.EpochID {
			w.beside[e][branch{f.Seq, f.Head}] = f
		}
	}
	f, here := w.beside[e][branch{at.Seq - 1, at.Prev}]
	for ; here && undo.Seq-f.Seq <= maxUndo; f, here = w.beside[e][branch{f.Seq - 1, f.Prev}] {
		var p peek
		if err := p.read(f.Event); err != nil {
			return peek{}, false, fmt.Errorf("event %d of epoch %s: %w (%w)", f.Seq, e.Epoch.Epoch, ErrDamaged, err)
		}
		switch {
		case p.Seq == undo.Tap:
			return p, p.counts(), nil
		case p.Kind == tap.KindUndo && p.Tap == undo.Tap:
			return peek{}, false, nil // undone before
		}
	}
	return peek{}, false, nil
}

// maxUndo is how many events after its tap an undo is looked for at most.
const maxUndo = 1000
