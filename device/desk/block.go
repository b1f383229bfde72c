package desk

import (
	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Of what answered, a chart tells three kinds apart; the other conditions are
// those of [tally.Condition].
const (
	hidden tally.Condition = "hidden" // too few of the staff answered to show it
	few    tally.Condition = "few"    // fewer answers than can speak
	enough tally.Condition = "enough"
)

// hides reports whether so few answers are not told, since one of the staff could
// be recognised.
func (r Report) hides(n int) bool { return r.Staff && n < tally.BlockLeast }

// sum adds hours up.
func sum(scale tap.Scale, hours []Hour) tally.Cell {
	all := tally.Cell{Counts: tally.NewCounts(scale)}
	for _, h := range hours {
		t, u := all.Time, h.Time
		all.Counts = all.Counts.Plus(h.Counts)
		all.Time = tally.Time{
			Closed: t.Closed + u.Closed, Served: t.Served + u.Served, Broken: t.Broken + u.Broken, Off: t.Off + u.Off,
			Untimed: t.Untimed + u.Untimed, Absent: t.Absent + u.Absent, Ahead: t.Ahead + u.Ahead,
		}
	}
	return all
}

// condition is what a chart shows of a cell.
func condition(c tally.Cell, staff bool) tally.Condition {
	switch is := c.Condition(); {
	case staff && (is == tally.Zero || is == tally.Answered && c.N() < tally.BlockLeast): // nobody answered, or it is told with other weeks
		return hidden
	case is != tally.Answered:
		return is
	case c.Few():
		return few
	}
	return enough
}

// gap says for how long answers were taken, where that is less than three
// quarters of the opening hours so far.
func (f frame) gap(c tally.Cell) string {
	t := c.Time
	due := t.Served + t.Broken + t.Off + t.Untimed
	if !f.r.Hours || 4*t.Served >= 3*due || c.N() == 0 {
		return ""
	}
	return assets.Textf(f.Lang, "manager.gap", (t.Served+1800)/3600, (due+1800)/3600)
}

// inPart are the hours of a part of the day.
func inPart(hours []Hour, p tally.Part) []Hour {
	return only(hours, func(h Hour) bool { return tally.PartOf(h.Begin.Hour()) == p })
}

// in are the hours of a run of days.
func (d days) in(hours []Hour) []Hour {
	return only(hours, func(h Hour) bool { return d.has(h.Begin) })
}

func only(hours []Hour, keep func(Hour) bool) (kept []Hour) {
	for _, h := range hours {
		if keep(h) {
			kept = append(kept, h)
		}
	}
	return kept
}
