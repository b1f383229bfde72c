package alert

import (
	"math"
	"slices"
	"time"

	"sourire/device/tally"
)

const (
	// unlikely is the chance below which a number of unhappy customers is more
	// than chance.
	unlikely = 0.01
	// A store of which nothing is known is taken to have had eight answers, one
	// of them unhappy: more than most stores have.
	priorUnhappy, priorHappy = 1, 7
	// cellWeight is how many answers of the whole store a part of the day of one
	// weekday begins with.
	cellWeight = 20
)

// unhappy reports whether enough unhappy answers came in the time that is looked
// at to be an alert, were they unusual.
func (w *Watch) unhappy(now Moment) bool {
	unhappy, _ := w.recent(0, now)
	return w.set.Unhappy > 0 && unhappy >= w.set.Unhappy
}

// recent is how many of the answers after a seq, in the time that is looked at,
// are unhappy, and how many there are.
func (w *Watch) recent(after uint64, now Moment) (unhappy, n int) {
	for _, a := range w.answers {
		if a.seq > after && w.inWindow(a, now) {
			n++
			if a.unhappy {
				unhappy++
			}
		}
	}
	return unhappy, n
}

// lastUnhappy is the moment of the latest unhappy answer: that is news. Time that
// passes is none, though happy answers grow old before it.
func (w *Watch) lastUnhappy(now Moment) Moment {
	for _, a := range slices.Backward(w.answers) {
		if a.unhappy && (a.at.known() || !now.known()) {
			return a.at
		}
	}
	return now
}

// raiseUnhappy decides by the answers after the alert before: is it less likely
// than [unlikely] that of as many answers as many are unhappy, with the share
// that was usual over the last 28 days? For the share there are two candidates,
// and the one that makes it more likely counts: that of all hours, and that of
// this weekday's part of the day. Each comes with what chance has to do with it:
// the number of unhappy is beta-binomial. How many come at all plays no part: on
// a Saturday with three times the customers, three times as many are unhappy.
//
// Each unhappy answer from the least number on is a look, and every look is
// another chance to be wrong: they share it.
func (w *Watch) raiseUnhappy(a *Alert, now Moment, past Past) bool {
	now = w.lastUnhappy(now)
	unhappy, n := w.recent(w.latest[a.subject()].clear, now)
	if unhappy < w.set.Unhappy {
		return false
	}
	all, cell := w.usual(now, past)
	bad, good := priorUnhappy+float64(all.Unhappy()), priorHappy+float64(all.N()-all.Unhappy())
	share := bad / (bad + good)
	chance := max(
		atLeast(unhappy, n, bad, good),
		atLeast(unhappy, n, cellWeight*share+float64(cell.Unhappy()), cellWeight*(1-share)+float64(cell.N()-cell.Unhappy())),
	)
	lo, hi := tally.Wilson(int(bad), int(bad+good))
	a.Figures = map[string]int{
		"unhappy": unhappy, "answers": n, "minutes": w.set.Minutes,
		"usual": int(math.Round(100 * share)), "usual_lo": int(math.Round(100 * lo)), "usual_hi": int(math.Round(100 * hi)),
	}
	return chance < unlikely/float64(unhappy-w.set.Unhappy+1)
}

// usual is the answers of the 28 days before today and of today's hours before
// the time that is looked at, and those of the days before that are of the same
// weekday and part of the day. Where the day is not known, it is all that is.
func (w *Watch) usual(now Moment, past Past) (all, cell tally.Counts) {
	if !now.known() {
		all = past.Span(time.Unix(0, 0), time.Unix(1<<33, 0))
		return all, tally.NewCounts(all.Scale)
	}
	m := w.remember(now, past)
	all = tally.NewCounts(m.week[0][0].Scale)
	cell = tally.NewCounts(all.Scale)
	for d, hours := range m.week {
		for h, c := range hours {
			all = all.Plus(c.Counts)
			if d == weekday(now.Wall) && tally.PartOf(h) == tally.PartOf(now.Wall.Hour()) {
				cell = cell.Plus(c.Counts)
			}
		}
	}
	begin := now.Wall.Add(-time.Duration(w.set.Minutes) * time.Minute)
	if daysBetween(begin, now.Wall) == 0 {
		for h, c := range m.today {
			if h < begin.Hour() {
				all = all.Plus(c.Counts)
			}
		}
	}
	return all, cell
}

// reasons are the reasons that are given often enough.
func (w *Watch) reasons(now Moment) []*Alert {
	if w.set.Reason == 0 {
		return nil
	}
	var all []*Alert
	seen := map[string]bool{"": true}
	for _, a := range w.answers {
		if !seen[a.reason] && w.withReason(a.reason, 0, now) >= w.set.Reason {
			all = append(all, &Alert{Rule: Reason, Reason: a.reason})
		}
		seen[a.reason] = true
	}
	return all
}

// withReason is how many of the answers after a seq came with a reason in the
// time that is looked at.
func (w *Watch) withReason(reason string, after uint64, now Moment) (n int) {
	for _, a := range w.answers {
		if a.seq > after && a.reason == reason && w.inWindow(a, now) {
			n++
		}
	}
	return n
}

// raiseReason counts: it is the manager who says how many are many. Once a day
// is enough to know of it.
func (w *Watch) raiseReason(a *Alert, now Moment) bool {
	before := w.latest[a.subject()]
	if now.known() && before.at.known() && daysBetween(before.at.Wall, now.Wall) == 0 {
		return false
	}
	n := w.withReason(a.Reason, before.clear, now)
	a.Figures = map[string]int{"answers": n, "minutes": w.set.Minutes}
	return n >= w.set.Reason
}
