package tally

import "time"

// Part is a part of the day. They are the same for every store, weekday and
// season, so that their columns can be compared: opening hours cannot, which
// differ by weekday and change. Where a store is closed in a part, its cell says
// so.
type Part int

// The parts of the day. What is open after midnight belongs to the morning of
// the day that has begun.
const (
	Morning   Part = iota // to 12:00
	Midday                // 12:00 to 14:00
	Afternoon             // 14:00 to 18:00
	Evening               // from 18:00
	Parts     = 4
)

// String names a part as the texts do.
func (p Part) String() string { return [...]string{"morning", "midday", "afternoon", "evening"}[p] }

// Hours is when a part begins and ends, in hours of the day.
func (p Part) Hours() (from, to int) {
	bounds := [...]int{0, 12, 14, 18, hoursOfDay}
	return bounds[p], bounds[p+1]
}

// PartOf is the part of an hour of the day, 0 to 23.
func PartOf(hour int) Part {
	p := Morning
	for _, to := p.Hours(); hour >= to; _, to = p.Hours() {
		p++
	}
	return p
}

// Cell is the days from that of from to that of to, both included, in one.
func (c *Clerk) Cell(from, to, now time.Time) Cell {
	g := c.chart(now)
	return g.cell(slotsOfDay*c.dayOf(from), slotsOfDay*(c.dayOf(to)+1)-1)
}

// CellsByDay is the days from that of from to that of to, both included.
func (c *Clerk) CellsByDay(from, to, now time.Time) []Cell {
	g := c.chart(now)
	var days []Cell
	for d := c.dayOf(from); d <= c.dayOf(to); d++ {
		days = append(days, g.hours(d, 0, hoursOfDay))
	}
	return days
}

// CellsByHour is the day of t by the hour that the clock shows, as
// [Ledger.Hours] is.
func (c *Clerk) CellsByHour(t, now time.Time) [24]Cell { return c.HoursByDay(t, t, now)[0] }

// HoursByDay is each of the days from that of from to that of to, both included,
// by the hour that the clock shows.
func (c *Clerk) HoursByDay(from, to, now time.Time) [][24]Cell {
	g := c.chart(now)
	var days [][24]Cell
	for d := c.dayOf(from); d <= c.dayOf(to); d++ {
		var hours [24]Cell
		for h := range hours {
			hours[h] = g.hours(d, h, h+1)
		}
		days = append(days, hours)
	}
	return days
}

// CellsByPart is the day of t by its parts.
func (c *Clerk) CellsByPart(t, now time.Time) [Parts]Cell {
	g := c.chart(now)
	return g.parts(c.dayOf(t))
}

// Week is the days from that of from to that of to, both included, by weekday,
// Monday first, and by the hour that the clock shows.
func (c *Clerk) Week(from, to, now time.Time) *[7][24]Cell {
	g := c.chart(now)
	var week [7][24]Cell
	for w := range week {
		for h := range week[w] {
			week[w][h].Counts = NewCounts(c.Survey().Scale)
		}
	}
	for d := c.dayOf(from); d <= c.dayOf(to); d++ {
		for h := range hoursOfDay {
			g.addTo(&week[weekday(d)][h], slotsOfDay*d+2*int64(h))
		}
	}
	return &week
}

// weekday is that of a day, Monday 0: the day 0 was a Thursday.
func weekday(day int64) int { return int(((day+3)%7 + 7) % 7) }

// Heat is some weeks that end with the day of now, by weekday, Monday first, and
// part of the day.
func (c *Clerk) Heat(weeks int, now time.Time) [7][Parts]Cell {
	var heat [7][Parts]Cell
	for w, hours := range c.Week(now.In(c.loc).AddDate(0, 0, 1-7*weeks), now, now) {
		for p := range Part(Parts) {
			from, to := p.Hours()
			heat[w][p] = hours[from]
			for h := from + 1; h < to; h++ {
				heat[w][p] = heat[w][p].Plus(hours[h])
			}
		}
	}
	return heat
}

// Comparison is a day beside the same weekday of the four weeks before.
type Comparison struct {
	// Until is the hour of the day up to which all of them are counted: 24, or
	// for today the hour that has begun, which is not complete.
	Until  int
	Day    Cell
	Before [4]Cell // one week ago, two, three, four
}

// Usual is the answers of the days before, together.
func (c Comparison) Usual() Counts {
	all := NewCounts(c.Day.Scale)
	for _, b := range c.Before {
		all = all.with(b.Counts)
	}
	return all
}

// Compare sets the day of t beside the same weekday of the four weeks before: of
// today, what has passed of it beside as much of them.
func (c *Clerk) Compare(t, now time.Time) Comparison {
	g, day := c.chart(now), c.dayOf(t)
	all := Comparison{Until: hoursOfDay}
	if day == c.dayOf(now) {
		all.Until = now.In(c.loc).Hour()
	}
	all.Day = g.hours(day, 0, all.Until)
	for w := range all.Before {
		all.Before[w] = g.hours(day-int64(7*(w+1)), 0, all.Until)
	}
	return all
}

// hours is a day from one of its hours to another.
func (g *chart) hours(day int64, from, to int) Cell {
	first := slotsOfDay * day
	return g.cell(first+2*int64(from), first+2*int64(to)-1)
}

func (g *chart) parts(day int64) (parts [Parts]Cell) {
	for p := range parts {
		from, to := Part(p).Hours()
		parts[p] = g.hours(day, from, to)
	}
	return parts
}

// Plus is both cells together.
func (c Cell) Plus(d Cell) Cell {
	return Cell{c.with(d.Counts), c.Time.plus(d.Time)}
}
