package journal

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// verifyKept checks what is left of the events up to base, which were dropped:
// drop events speak of all of them, and what is kept is what each says, or the one
// that has taken its place. Given are those drop events that are still among the
// raw events.
func (r *Reader) verifyKept(base uint64, said []seal.Link, stop func() error) error {
	if base == 0 {
		return nil
	}
	if err := stop(); err != nil {
		return err
	}
	var kept []seal.Link // without their bytes
	err := r.Kept(0, func(l seal.Link) error {
		h, err := checkEvent(l)
		if err != nil {
			return err
		}
		if h.Kind == tap.KindDrop {
			said = append(said, l)
		}
		kept = append(kept, seal.Link{Seq: l.Seq, Head: l.Head})
		return stop()
	})
	if err != nil {
		return err
	}
	var holds, fails []tap.DropEvent
	for _, l := range said {
		var d tap.DropEvent
		if err := json.Unmarshal(l.Event, &d); err != nil {
			return &WrongError{l.Seq, err.Error()}
		}
		found := digestOf(kept, d.First, d.Last)
		switch years := d.Why == WhyYears; {
		case found.n == d.Kept && found.String() == d.Digest, d.Last > base && !years: // carried out in part, or not yet
			holds = append(holds, d)
		case !years: // of these one is not carried out yet, or a later one has taken its place
			fails = append(fails, d)
		}
	}
	for _, d := range fails {
		if !slices.ContainsFunc(holds, func(by tap.DropEvent) bool { return replaces(by, d) }) {
			return &WrongError{d.First, fmt.Sprintf("of the events up to %d, which were dropped, others are kept than event %d says", d.Last, d.Seq)}
		}
	}
	slices.SortStableFunc(holds, func(a, b tap.DropEvent) int { return cmp.Compare(a.First, b.First) })
	told := uint64(1) // drop events speak of all up to here; genesis stays
	for _, d := range holds {
		if d.First <= told+1 {
			told = max(told, d.Last)
		}
	}
	if told < base {
		return &WrongError{told + 1, "it is missing, and no drop event speaks of it"}
	}
	return nil
}

// replaces reports whether one drop event has taken the place of another: it went
// over the same events again, later.
func replaces(by, d tap.DropEvent) bool {
	return by.Why == WhyYears && by.Seq > d.Seq && by.First <= d.First && d.Last <= by.Last
}

// digestOf sums up those from first to last of the events that are kept.
func digestOf(kept []seal.Link, first, last uint64) (d digest) {
	from, _ := slices.BinarySearchFunc(kept, first, func(l seal.Link, seq uint64) int { return cmp.Compare(l.Seq, seq) })
	for _, l := range kept[from:] {
		if l.Seq > last {
			break
		}
		d.add(l.Head)
	}
	return d
}
