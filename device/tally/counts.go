// Package tally turns taps into results: counts, the index, the share of the
// satisfied, NPS, and intervals that say how much they are worth.
//
// Feed a [Ledger] with the events of a journal and ask it for a day, its
// hours, a span of days, or the view that has enough answers. Everything is
// pure: no clock, no I/O. None of it speaks for those who did not press.
package tally

import (
	"maps"
	"slices"

	"sourire/device/tap"
)

// FewAnswers is how many counted answers a result needs not to be called "few
// answers".
const FewAnswers = 30

// Counts is what was pressed in some time.
type Counts struct {
	Scale   tap.Scale
	By      []int            // counted answers by choice, the worst first
	Raw     int              // taps, counted or not, undone or not
	Flags   map[tap.Flag]int // how many of the raw ones carry a flag
	Reasons map[string]int   // answers to the question after them, by id, of counted taps
	Worse   map[string]int   // those of Reasons that came after an answer of the worse half of the scale
	Unsided int              // how many of Reasons came nobody knows after what: an older box has told them
}

// NewCounts is nothing pressed on a scale.
func NewCounts(s tap.Scale) Counts {
	return Counts{Scale: s, By: make([]int, s.Choices()), Flags: map[tap.Flag]int{}, Reasons: map[string]int{}, Worse: map[string]int{}}
}

// N is the number of counted answers.
func (c Counts) N() int {
	n := 0
	for _, k := range c.By {
		n += k
	}
	return n
}

// Few reports whether there are fewer answers than [FewAnswers].
func (c Counts) Few() bool { return c.N() < FewAnswers }

// Index is the mean of equally spaced weights, from 0 where all chose the
// worst to 100 where all chose the best; false without an answer.
func (c Counts) Index() (float64, bool) {
	n, sum := 0, 0
	for i, k := range c.By {
		n += k
		sum += i * k
	}
	if n == 0 || len(c.By) < 2 {
		return 0, false
	}
	return 100 * float64(sum) / float64(n*(len(c.By)-1)), true
}

// Satisfied is the number of answers that are the best two of four or five, or
// the yes of two (CSAT is its share of [Counts.N]); false for 0 to 10, which
// has no such share.
func (c Counts) Satisfied() (int, bool) {
	switch n := len(c.By); c.Scale {
	case tap.Faces4, tap.Faces5:
		return c.By[n-2] + c.By[n-1], true
	case tap.YesNo:
		return c.By[n-1], true
	}
	return 0, false
}

// NPS is the Net Promoter Score: the percentage of 9 and 10 minus that of 0 to
// 6, from -100 to 100; false without an answer and for every other scale.
func (c Counts) NPS() (float64, bool) {
	n := c.N()
	if c.Scale != tap.NPS || n == 0 {
		return 0, false
	}
	score := c.By[9] + c.By[10]
	for _, k := range c.By[:7] {
		score -= k
	}
	return 100 * float64(score) / float64(n), true
}

// Plus is both counts together. They must be of one scale.
func (c Counts) Plus(d Counts) Counts {
	return Counts{
		Scale: c.Scale, By: slices.Clone(c.By), Raw: c.Raw, Flags: maps.Clone(c.Flags), Reasons: maps.Clone(c.Reasons), Worse: maps.Clone(c.Worse), Unsided: c.Unsided,
	}.with(d)
}

// with is c, changed: d is added.
func (c Counts) with(d Counts) Counts {
	c.Raw += d.Raw
	for i, k := range d.By {
		c.By[i] += k
	}
	for f, k := range d.Flags {
		c.Flags[f] += k
	}
	for r, k := range d.Reasons {
		c.Reasons[r] += k
	}
	for r, k := range d.Worse {
		c.Worse[r] += k
	}
	c.Unsided += d.Unsided
	return c
}

// Unhappy is the number of answers of the worse half of the scale: the two bad
// faces of four or five, the no of two, 0 to 4 of 0 to 10.
func (c Counts) Unhappy() int {
	n := 0
	for _, k := range c.By[:len(c.By)/2] {
		n += k
	}
	return n
}
