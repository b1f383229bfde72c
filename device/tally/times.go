package tally

import (
	"time"

	"sourire/device/tap"
)

// Times dates the events of one journal by its clock events, as a [Ledger]
// does. Add all clock events, in the order of seq, before asking. The zero Times
// is ready to be used.
type Times struct{ boots map[uint64]*dates }

// dates is what the clock events say of a boot.
type dates struct {
	anchor anchor
	steps  []step // of the synced anchors that held
}

type step struct {
	seq    uint64
	offset int64
}

// Add takes in a clock event.
func (t *Times) Add(e *tap.ClockEvent) {
	if t.boots == nil {
		t.boots = map[uint64]*dates{}
	}
	d := t.boots[e.Boot]
	if d == nil {
		d = &dates{}
		t.boots[e.Boot] = d
	}
	if d.anchor.take(e) && d.anchor.rank == synced {
		d.steps = append(d.steps, step{e.Seq, e.Offset})
	}
}

// Of is when an event happened, as far as is known now, and what that is worth.
// The zero time is not known.
func (t *Times) Of(h *tap.Header) (time.Time, tap.Quality) {
	at, err := tap.ParseTime(h.At)
	own := rankOf(h.Clock)
	if err != nil {
		own = unknown
	}
	var d dates
	if known := t.boots[h.Boot]; known != nil {
		d = *known
	}
	switch {
	case own == synced:
		for i := len(d.steps) - 1; i >= 0; i-- {
			if s := d.steps[i]; s.seq < h.Seq {
				at = at.Add(time.Duration(d.anchor.offset-s.offset) * time.Millisecond)
				break
			}
		}
		return at, tap.Synced
	case d.anchor.rank > own:
		return time.UnixMilli(h.Up + d.anchor.offset), [...]tap.Quality{tap.Unknown, tap.Saved, tap.Synced}[d.anchor.rank]
	case own == saved:
		return at, tap.Saved
	}
	return time.Time{}, tap.Unknown
}
