package alert

import (
	"math"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

const (
	goodStays = 1 // days after the one on which it is told
	goodFrom  = 8 // the hour of the day from which it is told, where opening hours are not known
)

// raiseGood looks at the week before this one, Monday to Sunday: is the target
// met that was missed in the four weeks before, or is it clearly better than
// these? It is told once, at the first opening of the week after.
func (w *Watch) raiseGood(a *Alert, now Moment, past Past) bool {
	today := weekday(now.Wall)
	if before, told := w.latest[a.subject()]; told && (!before.at.known() || daysBetween(before.at.Wall, now.Wall) <= today) {
		return false
	}
	if h := w.set.Hours; h.Known() && !h.OpenAt(now.Wall) || !h.Known() && now.Wall.Hour() < goodFrom {
		return false
	}
	hour := now.Wall.Truncate(time.Hour)
	if hour.Equal(w.asked) { // nothing has changed since
		return false
	}
	w.asked = hour
	days := func(from, to int) tally.Counts { // before this Monday
		return past.Span(now.Wall.AddDate(0, 0, -today-from), now.Wall.AddDate(0, 0, -today-to))
	}
	week, usual := days(7, 1), days(7+usualDays, 8)
	a.Figures = map[string]int{"answers": week.N()}
	if week.Scale == tap.NPS {
		a.Figures["nps"], a.Figures["before"] = nps(week), nps(usual)
	} else {
		a.Figures["satisfied"], a.Figures["before"] = satisfied(week), satisfied(usual)
	}
	a.Figures["lo"], a.Figures["hi"] = likely(week)
	a.Figures["before_lo"], a.Figures["before_hi"] = likely(usual)
	if target, now, ok := week.Target(w.set.Targets); ok && now == tally.Met {
		if _, was, _ := usual.Target(w.set.Targets); was == tally.Missed {
			a.Figures["target"] = target
			return true
		}
	}
	_, _, change := week.Since(usual)
	return change == tally.Better
}

func nps(c tally.Counts) int {
	score, _ := c.NPS()
	return int(math.Round(score))
}

// satisfied is in percent.
func satisfied(c tally.Counts) int {
	k, _ := c.Satisfied()
	return int(math.Round(100 * float64(k) / float64(max(1, c.N()))))
}

// likely is the 95 % interval of the same.
func likely(c tally.Counts) (lo, hi int) {
	a, b, ok := c.NPSInterval()
	if !ok {
		k, _ := c.Satisfied()
		a, b = tally.Wilson(k, c.N())
		a, b = 100*a, 100*b
	}
	return int(math.Round(a)), int(math.Round(b))
}
