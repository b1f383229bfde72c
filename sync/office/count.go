package office

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"time"

	"sourire/device/tap"
)

// count keeps a terminal's sums in step with the events that were just added to
// an epoch: the taps that are counted and that no undo names.
func (w *work) count(ctx context.Context, e *epoch, peeks []peek) error {
	for _, p := range peeks {
		switch {
		case p.Kind == tap.KindTap && string(p.Counted) == "true":
			w.sum(p.At, +1)
		case p.Kind == tap.KindUndo:
			at, ok, err := w.undoes(ctx, e, p)
			if err != nil {
				return err
			}
			if ok {
				w.sum(at, -1)
			}
		}
	}
	return nil
}

// sum adds n to the total, and to the day of at where that is about today.
func (w *work) sum(at string, n int64) {
	t := w.t
	t.Counted = uint64(int64(t.Counted) + n)
	today := w.now.In(t.place())
	yesterday := today.AddDate(0, 0, -1).Format(time.DateOnly)
	tomorrow := today.AddDate(0, 0, 1).Format(time.DateOnly)
	days := maps.Clone(t.Days)
	if days == nil {
		days = map[string]int64{}
	}
	maps.DeleteFunc(days, func(d string, _ int64) bool { return d < yesterday })
	if d := day(at); d >= yesterday && d <= tomorrow {
		days[d] += n
	}
	t.Days = days
}

// undoes reports whether an undo takes back a counted tap that is still in the
// sums, and when that tap was. An undo follows its tap within seconds.
func (w *work) undoes(ctx context.Context, e *epoch, undo peek) (at string, ok bool, err error) {
	seq := undo.target()
	if seq <= e.Base || seq >= undo.Seq || undo.Seq-seq > maxUndo {
		return "", false, nil
	}
	links, err := w.links(ctx, e, seq, undo.Seq-1)
	if err != nil {
		return "", false, err
	}
	for i, l := range links {
		var p peek
		if err := json.Unmarshal(l.Event, &p); err != nil {
			return "", false, fmt.Errorf("event %d of epoch %s: %w (%w)", l.Seq, e.Epoch.Epoch, ErrDamaged, err)
		}
		switch {
		case i == 0 && (p.Kind != tap.KindTap || string(p.Counted) != "true"):
			return "", false, nil
		case i == 0:
			at = p.At
		case p.Kind == tap.KindUndo && p.target() == seq:
			return "", false, nil // undone before
		}
	}
	return at, true, nil
}

// maxUndo is how many events after its tap an undo is looked for at most.
const maxUndo = 1000

// target is the seq that an undo names; 0 if none.
func (p peek) target() uint64 {
	var seq uint64
	if json.Unmarshal(p.Tap, &seq) != nil {
		return 0
	}
	return seq
}
