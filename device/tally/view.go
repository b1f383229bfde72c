package tally

import "time"

// Period is a number of whole days, today included.
type Period int

// The periods that a view opens on.
const (
	Today     Period = 1
	Week      Period = 7
	FourWeeks Period = 28
)

// View is the shortest of today, 7 days and 28 days that has [FewAnswers]
// answers, and its counts; 28 days where none has.
func (l *Ledger) View(now time.Time) (Period, Counts) {
	for _, p := range []Period{Today, Week} {
		if c := l.Last(p, now); !c.Few() {
			return p, c
		}
	}
	return FourWeeks, l.Last(FourWeeks, now)
}

// Last is the counts of a period that ends with the day of now.
func (l *Ledger) Last(p Period, now time.Time) Counts {
	d := l.dayOf(now)
	return l.days(d-int64(p)+1, d)
}

// Day is the counts of the day of t.
func (l *Ledger) Day(t time.Time) Counts {
	d := l.dayOf(t)
	return l.days(d, d)
}

// Hours is the counts of the day of t by the hour that the clock shows. When
// clocks go back, the hour that comes twice holds both; when they go forward,
// the one that is left out is empty.
func (l *Ledger) Hours(t time.Time) [24]Counts {
	var hours [24]Counts
	first := slotsOfDay * l.dayOf(t)
	for h := range hours {
		s := first + 2*int64(h)
		hours[h] = l.sum(s, s+1)
	}
	return hours
}

// Span is the counts of the days from that of from to that of to, both
// included.
func (l *Ledger) Span(from, to time.Time) Counts {
	return l.days(l.dayOf(from), l.dayOf(to))
}

// Untimed is the counts whose time is not known and was not corrected: they
// belong to no day.
func (l *Ledger) Untimed() Counts { return l.sum(int64(noTime), int64(noTime)) }

// days is the counts of days first to last.
func (l *Ledger) days(first, last int64) Counts {
	return l.sum(slotsOfDay*first, slotsOfDay*(last+1)-1)
}

// sum is the counts of the survey in force in slots first to last.
func (l *Ledger) sum(first, last int64) Counts {
	c := NewCounts(l.Survey().Scale)
	if last-first > int64(len(l.cells)) {
		for k, h := range l.cells {
			if k.survey == l.current && first <= int64(k.slot) && int64(k.slot) <= last {
				c.add(h, l.reasons)
			}
		}
		return c
	}
	for s := first; s <= last; s++ {
		if h := l.cells[key{slot(s), l.current}]; h != nil {
			c.add(h, l.reasons)
		}
	}
	return c
}

// add is c with one more hour, and the names of reasons by their number.
func (c *Counts) add(h *cell, reasons []string) {
	for i := range c.By {
		c.By[i] += int(h.by[i])
	}
	c.Raw += int(h.raw)
	for i, f := range flags {
		if h.flags[i] > 0 {
			c.Flags[f] += int(h.flags[i])
		}
	}
	for i, n := range h.reasons {
		if n.all > 0 {
			c.Reasons[reasons[i]] += int(n.all)
		}
		if n.worse > 0 {
			c.Worse[reasons[i]] += int(n.worse)
		}
	}
	c.Unsided += int(h.unsided)
}
