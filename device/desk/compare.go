package desk

import (
	"math"
	"time"

	"sourire/assets"
	"sourire/device/tally"
	"sourire/device/tap"
)

// Change is what can be said of a result beside another, in words.
type Change struct {
	Change  tally.Change
	Verdict string // "No clear difference"
	Both    string // "58 % satisfied, after 76 %"; or that few answers say little
	More    string // the interval behind it
	With    string // what it is compared with

	Lo, Hi int // the interval, in points: -100 to 100, or of NPS -200 to 200
	Of     int // its bound, 100 or 200
	Known  bool
}

// changed says what can be said of a result beside that of another time.
func (r Report) changed(now, before tally.Counts, with, lang string) Change {
	c := Change{Change: tally.NoClear, With: with, Of: 100}
	if r.hides(min(now.N(), before.N())) {
		c.Verdict = assets.Text(lang, "manager.change.hidden")
		return c
	}
	if now.N() == 0 || before.N() == 0 {
		c.Verdict = assets.Text(lang, "manager.change.nothing")
		return c
	}
	lo, hi, change := now.Since(before)
	c.Known, c.Change = true, change
	c.Lo, c.Hi = int(math.Round(lo)), int(math.Round(hi))
	unit := "manager.change.points"
	if now.Scale == tap.NPS {
		c.Of, unit = 200, "manager.change.nps"
	}
	c.Verdict = assets.Text(lang, "manager.change."+string(change))
	c.Both = both(now, before, lang)
	c.More = assets.Textf(lang, unit, points(c.Lo, lang), points(c.Hi, lang), assets.Count(lang, "result.answers", now.N()), assets.Count(lang, "result.answers", before.N()))
	return c
}

// both are the two figures beside each other; where few answered, that it takes
// more of them to see a difference.
func both(now, before tally.Counts, lang string) string {
	if now.Few() || before.Few() {
		return assets.Text(lang, "manager.change.few")
	}
	key := keyOf(now.Scale, "manager.change.both")
	if a, ok := now.NPS(); ok {
		b, _ := before.NPS()
		return assets.Textf(lang, key, points(int(math.Round(a)), lang), points(int(math.Round(b)), lang))
	}
	a, _ := now.Satisfied()
	b, _ := before.Satisfied()
	share := func(k int, c tally.Counts) int { return percent(float64(k) / float64(c.N())) }
	return assets.Textf(lang, key, share(a, now), share(b, before))
}

// points is a number with its sign.
func points(n int, lang string) string {
	if n == 0 {
		return "0"
	}
	return signed(assets.Textf(lang, "manager.points", n))
}

// X and Width place the interval on a scale from 0 to 100.
func (c Change) X() int { return 50 + 50*c.Lo/c.Of }

// Width is how much of that scale it takes.
func (c Change) Width() int { return max(1, 50*(c.Hi-c.Lo)/c.Of) }

// before is the time that some days are compared with, and what to call it: a
// day or a few, with the same days of the week of the four weeks before; others,
// with as many days before.
func (d days) before() (all []days, key string) {
	n := len(d.each())
	switch {
	case d.kind == month:
		return []days{d.step(-1)}, "month"
	case d.kind == week:
		for i := 1; i <= 4; i++ {
			all = append(all, d.step(-i))
		}
		return all, "week"
	case n > 7:
		return []days{{from: midnight(d.from, -n), to: d.from}}, "long"
	}
	for i := 1; i <= 4; i++ {
		all = append(all, days{from: midnight(d.from, -7*i), to: midnight(d.to, -7*i)})
	}
	return all, "day"
}

// sameHours are the hours of days before now that are not later in their day
// than now is in its own: a day that is not over is compared with mornings.
func sameHours(hours []Hour, now time.Time) []Hour {
	return only(hours, func(h Hour) bool { return h.Begin.Hour() <= now.Hour() })
}
