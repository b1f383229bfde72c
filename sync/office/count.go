package office

import (
	"context"
	"fmt"
	"time"

	"sourire/device/tap"
)

// count keeps a terminal's sums in step with the events that were just added to
// an epoch: the taps that are counted and that no undo names.
func (w *work) count(ctx context.Context, e *epoch, peeks []peek) error {
	t := w.t
	now := w.now.In(t.place())
	today := now.Format(time.DateOnly)
	yesterday := now.AddDate(0, 0, -1).Format(time.DateOnly)
	tomorrow := now.AddDate(0, 0, 1).Format(time.DateOnly)
	days := make(map[string]int64, len(t.Days)+1)
	for d, n := range t.Days {
		if d >= yesterday {
			days[d] = n
		}
	}
	sum := func(at string, n int64) {
		t.Counted = uint64(int64(t.Counted) + n)
		if d := day(at); d == today || d == yesterday || d == tomorrow {
			days[d] += n
		}
	}
	for _, p := range peeks {
		switch {
		case p.counts():
			sum(p.At, +1)
		case p.Kind == tap.KindUndo:
			at, ok, err := w.undoes(ctx, e, p)
			if err != nil {
				return err
			}
			if ok {
				sum(at, -1)
			}
		}
	}
	t.Days = days
	return nil
}

// day is the local day of a wall time, as a tap carries it.
func day(at string) string {
	if len(at) < len(time.DateOnly) {
		return ""
	}
	return at[:len(time.DateOnly)]
}

// undoes reports whether an undo takes back a counted tap that is still in the
// sums, and when that tap was. An undo follows its tap within seconds.
func (w *work) undoes(ctx context.Context, e *epoch, undo peek) (at string, ok bool, err error) {
	seq := undo.Tap
	if base, _, _ := e.segment(undo.Seq); seq <= base || seq >= undo.Seq || undo.Seq-seq > maxUndo {
		return "", false, nil
	}
	links, err := w.links(ctx, e, seq, undo.Seq-1)
	if err != nil {
		return "", false, err
	}
	for i, l := range links {
		var p peek
		if err := p.read(l.Event); err != nil {
			return "", false, fmt.Errorf("event %d of epoch %s: %w (%w)", l.Seq, e.Epoch.Epoch, ErrDamaged, err)
		}
		switch {
		case i == 0 && !p.counts():
			return "", false, nil
		case i == 0:
			at = p.At
		case p.Kind == tap.KindUndo && p.Tap == seq:
			return "", false, nil // undone before
		}
	}
	return at, true, nil
}

// maxUndo is how many events after its tap an undo is looked for at most.
const maxUndo = 1000
