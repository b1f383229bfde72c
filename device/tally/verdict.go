package tally

import "sourire/device/tap"

// Change is what can be said of a result beside another.
type Change string

// The changes. Of twenty comparisons of what is in truth the same, one is called
// better or worse.
const (
	Better  Change = "better"
	Worse   Change = "worse"
	NoClear Change = "none" // no clear difference: the answers do not tell
)

// Since compares a result with that of another time: by the share of the
// satisfied, or by the NPS. lo and hi are the 95 % interval of the difference,
// c minus before: in percentage points, or in points of NPS. They are wide open
// where either has no answer.
func (c Counts) Since(before Counts) (lo, hi float64, change Change) {
	a, ok := c.figure()
	b, known := before.figure()
	lo, hi = -1, 1
	if c.Scale == tap.NPS {
		lo, hi = -2, 2
	}
	if ok && known && c.Scale == before.Scale {
		lo, hi = hybrid(a, b)
	}
	change = NoClear
	switch {
	case lo > 0:
		change = Better
	case hi < 0:
		change = Worse
	}
	return 100 * lo, 100 * hi, change
}

// Standing is how a result stands to a target.
type Standing string

// The standings.
const (
	Met       Standing = "met"    // the whole interval is at the target or above
	Missed    Standing = "missed" // the whole interval is below
	CannotSay Standing = "few"    // not enough answers to say
)

// Target is the target of a result, in percent or in points of NPS, and how the
// result stands to it; false where its scale has none.
func (c Counts) Target(t tap.Targets) (target int, s Standing, ok bool) {
	if target = t.Satisfied; c.Scale == tap.NPS {
		target = t.NPS
	}
	if target == 0 {
		return 0, "", false
	}
	const rounding = 1e-12
	i, known := c.figure()
	switch aim := float64(target) / 100; {
	case known && i.lo >= aim-rounding:
		return target, Met, true
	case known && i.hi < aim-rounding:
		return target, Missed, true
	}
	return target, CannotSay, true
}
