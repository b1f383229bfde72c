package tally

import (
	"slices"
	"time"

	"sourire/device/tap"
)

// Recall prepares a new clerk to go on with a journal from its newest tally
// event on: it takes the hours of some time back from tally events, without
// reading the events that they are of. To be added next is what follows the seq
// that it returns. An event is read by its seq; nil is one that is not there.
func (c *Clerk) Recall(newest *tap.TallyEvent, back time.Duration, read func(seq uint64) (tap.Event, error)) (after uint64, err error) {
	until, err := tap.ParseTime(newest.Until)
	if err != nil {
		return 0, err
	}
	c.Since(until)
	c.duty.until, c.duty.vouched = until.UnixMilli(), until.UnixMilli()
	all, err := Tallies(newest, until.Add(-back), read)
	if err != nil {
		return 0, err
	}
	for _, e := range all {
		if e.Seq < newest.From { // the others come again
			c.Add(e)
		}
	}
	return max(newest.From, 1) - 1, nil
}

// Tallies are the tally events before one and itself, the oldest first, back to
// those that were written at a time.
func Tallies(newest *tap.TallyEvent, back time.Time, read func(seq uint64) (tap.Event, error)) ([]*tap.TallyEvent, error) {
	var all []*tap.TallyEvent
	for e := newest; e != nil; {
		all = append(all, e)
		if until, err := tap.ParseTime(e.Until); err != nil || until.Before(back) {
			break
		}
		before, err := readTally(e.Seq-1, read) // of the same commit
		if err == nil && (before == nil || before.Prev != e.Prev) {
			before, err = readTally(e.Prev, read)
		}
		if err != nil {
			return nil, err
		}
		e = before
	}
	slices.Reverse(all)
	return all, nil
}

// readTally is the tally event of a seq; nil where it is none.
func readTally(seq uint64, read func(uint64) (tap.Event, error)) (*tap.TallyEvent, error) {
	if seq == 0 {
		return nil, nil
	}
	e, err := read(seq)
	t, _ := e.(*tap.TallyEvent)
	return t, err
}
