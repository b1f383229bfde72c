package journal_test

import (
	"regexp"

	"sourire/sync/seal"
)

// number is where an event stands. No two events of a story are alike otherwise.
var number = regexp.MustCompile(`"seq":\d+`)

func unnumbered(l seal.Link) string { return string(number.ReplaceAll(l.Event, nil)) }

// misplaced says what is wrong with events that are not those that were
// appended, of which the ones up to low were acknowledged.
func misplaced(found, appended []seal.Link, low uint64) error {
	times := map[string]int{}
	for _, l := range found {
		times[unnumbered(l)]++
	}
	for _, l := range appended {
		switch n := times[unnumbered(l)]; {
		case n == 0 && l.Seq <= low:
			return bad(lost, "event %d was acknowledged and is not there", l.Seq)
		case n > 1:
			return bad(doubled, "event %d is there %d times", l.Seq, n)
		}
	}
	known := map[string]bool{}
	for _, l := range appended {
		known[unnumbered(l)] = true
	}
	for _, l := range found {
		if !known[unnumbered(l)] {
			return bad(amiss, "event %d is none that was appended: %.80q", l.Seq, l.Event)
		}
	}
	return bad(misordered, "all of %d events are there, and not as they were appended", len(found))
}
