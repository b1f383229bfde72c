package tally

import (
	"math"
	"time"

	"sourire/device/tap"
)

// Cell is one field of a chart: what was pressed in some time, and what the box
// was in it.
type Cell struct {
	Counts
	Time
}

// Time is what a terminal was in some time, in seconds. The parts add up to the
// whole. Where the opening hours are not known, the store is always open.
type Time struct {
	Closed  int // the store was
	Served  int // open, and presses could be taken
	Broken  int // open, and running, but no press could be taken
	Off     int // open, and not running
	Untimed int // open, and off, or running without the time: nobody can tell which
	Absent  int // open, but nothing is known of it: it is before the terminal came, or too long ago
	Ahead   int // open, and still to come
}

// Condition is what a chart shows of a cell.
type Condition string

// The conditions. They look different everywhere.
const (
	Answered Condition = "answered"
	Zero     Condition = "zero"    // presses could be taken, and none counted
	Closed   Condition = "closed"  // the store was, all the time
	Off      Condition = "off"     // the box was switched off
	Broken   Condition = "broken"  // the box ran, but could take no press
	Untimed  Condition = "untimed" // the box did not know the time
	Absent   Condition = "absent"  // nothing is known of it
	Ahead    Condition = "ahead"   // it is still to come
)

// Condition is what a cell is: with an answer, [Answered]; without any, what the
// box was for most of the opening hours that have passed.
func (c Cell) Condition() Condition {
	if c.N() > 0 {
		return Answered
	}
	is, most := Closed, 0
	if c.Time.Ahead > 0 {
		is = Ahead
	}
	for _, o := range []struct {
		is      Condition
		seconds int
	}{{Zero, c.Time.Served}, {Broken, c.Time.Broken}, {Off, c.Time.Off}, {Untimed, c.Time.Untimed}, {Absent, c.Time.Absent}} {
		if o.seconds > most {
			is, most = o.is, o.seconds
		}
	}
	return is
}

// plus is both times together.
func (t Time) plus(u Time) Time {
	return Time{t.Closed + u.Closed, t.Served + u.Served, t.Broken + u.Broken, t.Off + u.Off, t.Untimed + u.Untimed, t.Absent + u.Absent, t.Ahead + u.Ahead}
}

// chart makes cells.
type chart struct {
	*Clerk
	now   time.Time
	hour  slot // of now
	first slot // before it nothing is known
	runs  map[slot]*service
	blind []span
	day   calendarDay // the latest that was asked for
}

// calendarDay is a day of the store's clock.
type calendarDay struct {
	number int64
	begin  time.Time
	plain  bool // it has 24 hours of 60 minutes
}

func (c *Clerk) chart(now time.Time) chart {
	g := chart{Clerk: c, now: now, hour: c.slotAt(now), day: calendarDay{number: math.MinInt64}}
	g.runs, g.blind = c.duty.now(now.UnixMilli())
	g.first = c.first(g.runs)
	return g
}

// first is the first hour of which something is known, where the box ran in some.
func (c *Clerk) first(runs map[slot]*service) slot {
	first := slot(math.MaxInt32)
	know := func(s slot) {
		if s != noTime {
			first = min(first, s)
		}
	}
	for k := range c.told {
		know(k.slot)
	}
	for k := range c.cells {
		know(k.slot)
	}
	for s := range runs {
		know(s)
	}
	return first
}

// cell is the cell of the slots first to last.
func (g *chart) cell(first, last int64) Cell {
	all := Cell{Counts: NewCounts(g.Survey().Scale)}
	for s := first; s <= last; s += 2 {
		g.addTo(&all, s)
	}
	return all
}

// addTo adds to a cell an hour that the clock shows, given its first slot: it
// may be shown twice.
func (g *chart) addTo(c *Cell, first int64) {
	for s := slot(first); s <= slot(first)+1; s++ {
		if h := g.cells[key{s, g.current}]; h != nil {
			c.add(h, g.reasons)
		}
		if begin, end, ok := g.bounds(s); ok {
			c.Time = c.Time.plus(g.time(s, begin, end))
		}
	}
}

// bounds is when the hour of a slot begins and ends; false where no clock shows
// it. Hardly a day is not plain.
func (g *chart) bounds(s slot) (begin, end time.Time, ok bool) {
	hour := int64(s>>1) % hoursOfDay
	if d := int64(s>>1) / hoursOfDay; d != g.day.number {
		g.day = calendarDay{number: d, begin: time.Date(1970, 1, 1+int(d), 0, 0, 0, 0, g.loc)}
		next := time.Date(1970, 1, 2+int(d), 0, 0, 0, 0, g.loc)
		_, first := g.day.begin.Zone()
		_, last := next.Zone()
		g.day.plain = first == last && next.Sub(g.day.begin) == hoursOfDay*time.Hour
	}
	if g.day.plain {
		begin = g.day.begin.Add(time.Duration(hour) * time.Hour)
		return begin, begin.Add(time.Hour), s&1 == 0
	}
	begin = g.start(s)
	if g.slotAt(begin) != s {
		return begin, begin, false
	}
	return begin, nextHour(begin, s, g.slotAt), true
}

// time is what the terminal was in the hour of a slot. Of an hour it is known
// for how long each held, not when: a box that was off for as long as the store
// was closed is taken to have been off then.
func (g *chart) time(s slot, begin, end time.Time) Time {
	k, length := key{s, g.current}, int(end.Sub(begin)/time.Second)
	told := g.toldOf(s)
	open := length
	if told != nil && told.Open != nil {
		open = *told.Open
	} else if n, known := g.open(k); known {
		open = n
	}
	t := Time{Closed: length - open}
	switch {
	case s > g.hour:
		t.Ahead = open
		return t
	case s < g.first:
		t.Absent = open
		return t
	case s == g.hour && g.Clerk.hours[k.survey].Known():
		t.Ahead = g.openIn(k, g.now.Truncate(time.Minute), end)
	case s == g.hour:
		t.Ahead = int(end.Sub(g.now) / time.Second)
	}
	open -= t.Ahead
	on, served := g.ran(s, told)
	t.Served = min(open, served)
	t.Broken = max(0, min(open, on)-t.Served)
	t.Off = open - t.Served - t.Broken
	dark := overlap(g.blind, begin, end)
	if told != nil {
		dark = max(dark, told.Untimed)
	}
	t.Untimed = min(t.Off, dark)
	t.Off -= t.Untimed
	return t
}

// toldOf is what was told of an hour; nil where nothing was.
func (g *chart) toldOf(s slot) *tap.TallyEvent {
	for survey := range g.surveys {
		if e := g.told[key{s, uint16(survey)}]; e != nil {
			return e
		}
	}
	return nil
}

// ran is for how many seconds of an hour the box is known to have run, and for
// how many it could take presses.
func (g *chart) ran(s slot, told *tap.TallyEvent) (on, served int) {
	if told != nil {
		return told.On, told.Served
	}
	if d := g.runs[s]; d != nil {
		return seconds(d.on), seconds(d.served)
	}
	return 0, 0
}
