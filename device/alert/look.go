package alert

import (
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// Past is what came before, by hours: a [tally.Clerk] has it.
type Past interface {
	Week(from, to, now time.Time) *[7][24]tally.Cell
	CellsByHour(day, now time.Time) [24]tally.Cell
	Span(from, to time.Time) tally.Counts
}

// Look is what is due: alerts to raise, and those that have cleared. It is told
// once, and is to be written into the journal. Nothing is due before that has
// come back as an event.
func (w *Watch) Look(now Moment, past Past) []*tap.AlertEvent {
	now.Wall = now.Wall.In(w.loc)
	w.quiet.advance(now, w)
	w.forget(now)
	if len(w.owed) > 0 {
		return nil
	}
	var due []*tap.AlertEvent
	about := map[subject]bool{}
	for _, a := range w.open {
		if about[a.subject()] = true; w.over(a, now) {
			due = append(due, a.event(tap.AlertCleared))
		}
	}
	for _, a := range w.candidates(now) {
		if !about[a.subject()] && w.raise(a, now, past) {
			due = append(due, a.event(tap.AlertRaised))
			due[len(due)-1].Figures = a.Figures
		}
	}
	for _, e := range due {
		w.owed[owed{subject{e.Rule, e.Reason}, e.State}] = true
	}
	return due
}

// candidates are the alerts that a look at the settings and the latest presses
// does not rule out.
func (w *Watch) candidates(now Moment) []*Alert {
	if w.set.Staff {
		return nil
	}
	var all []*Alert
	if w.set.Silence > 0 && w.quiet.total >= w.set.silence() {
		all = append(all, &Alert{Rule: Silence})
	}
	if w.unhappy(now) {
		all = append(all, &Alert{Rule: Unhappy})
	}
	all = append(all, w.reasons(now)...)
	if w.set.Good && now.known() {
		all = append(all, &Alert{Rule: Good})
	}
	return all
}

// raise reports whether an alert is to be raised, and fills in its figures.
func (w *Watch) raise(a *Alert, now Moment, past Past) bool {
	switch a.Rule {
	case Unhappy:
		return w.raiseUnhappy(a, now, past)
	case Reason:
		return w.raiseReason(a, now)
	case Silence:
		return w.raiseSilence(a, now, past)
	case Good:
		return w.raiseGood(a, now, past)
	}
	return false
}

// over reports whether an alert has cleared.
func (w *Watch) over(a *Alert, now Moment) bool {
	if w.set.Staff {
		return true
	}
	_, dated := now.since(a.Raised)
	undated := !dated && a.Raised.known() // in a boot that does not know the time yet
	switch a.Rule {
	case Unhappy:
		return !undated && !w.unhappy(now)
	case Reason:
		return w.set.Reason == 0 || !undated && w.withReason(a.Reason, 0, now) < w.set.Reason
	case Silence:
		return w.set.Silence == 0 || w.quiet.pressed > a.Seq
	case Good:
		return !w.set.Good || now.known() && daysBetween(a.Raised.Wall, now.Wall) > goodStays
	}
	return true
}
