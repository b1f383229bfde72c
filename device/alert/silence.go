package alert

import (
	"math"
	"time"

	"sourire/device/tap"
)

// tooQuiet is the chance below which it is not chance that nobody presses: there
// are some hundreds of pauses between presses in a week.
const tooQuiet = 0.0001

func (s Settings) silence() time.Duration { return time.Duration(s.Silence) * time.Minute }

// quiet is the time since the latest press in which somebody could have pressed:
// the store was open, and the box took presses. What its clock did not know is
// left out, and so is the time between the last event before a power cut and the
// start after it.
type quiet struct {
	at      Moment // until which it is known
	running bool
	faults  map[string]bool      // that keep presses from being taken
	since   [7][24]time.Duration // by weekday, Monday 0, and hour
	total   time.Duration
	pressed uint64 // seq of the latest press
}

// blocking are the parts without which no press can be taken.
var blocking = map[string]bool{"disk": true, "buttons": true}

// start begins a run of the box.
func (q *quiet) start(at Moment) {
	q.at, q.running, q.faults = at, true, map[string]bool{}
}

func (q *quiet) fault(e *tap.FaultEvent) {
	switch {
	case e.Kind == tap.KindClear:
		delete(q.faults, e.Part)
	case blocking[e.Part] && q.faults != nil:
		q.faults[e.Part] = true
	}
}

// broken is the silence, by a press.
func (q *quiet) broken(seq uint64, at Moment) {
	q.since, q.total, q.pressed = [7][24]time.Duration{}, 0, seq
	if !q.running || q.at.Boot != at.Boot || q.at.Up < at.Up {
		q.at, q.running = at, true
	}
}

// advance says that the box has run until a moment.
func (q *quiet) advance(to Moment, w *Watch) {
	if !q.running || q.at.Boot != to.Boot {
		return // the event that begins a boot says so
	}
	if to.Up <= q.at.Up {
		return
	}
	from := to.Wall.Add(-time.Duration(to.Up-q.at.Up) * time.Millisecond)
	q.at = to
	if len(q.faults) > 0 || !to.known() {
		return
	}
	for at := from; at.Before(to.Wall); {
		next := at.Truncate(time.Minute).Add(time.Minute)
		if next.After(to.Wall) {
			next = to.Wall
		}
		if h := w.set.Hours; !h.Known() || h.OpenAt(at) {
			q.since[weekday(at)][at.Hour()] += next.Sub(at)
			q.total += next.Sub(at)
		}
		at = next
	}
}

// raiseSilence asks how likely it is that in so much of these hours nobody
// presses, by how many did over the last 28 days: in the same hours of all days,
// and of the same weekday; the one that makes it more likely counts. Presses are
// taken to come one by one (Poisson), at a rate that is as well known as many
// were counted.
func (w *Watch) raiseSilence(a *Alert, now Moment, past Past) bool {
	if !now.known() {
		return false
	}
	week := w.remember(now, past).week
	var all, same expectation
	for h := range 24 {
		var quiet time.Duration
		answers, served := 0, 0
		for d := range week {
			c := week[d][h]
			same.add(w.quiet.since[d][h], c.N(), c.Served)
			quiet += w.quiet.since[d][h]
			answers += c.N()
			served += c.Served
		}
		all.add(quiet, answers, served)
	}
	a.Figures = map[string]int{"minutes": int(w.quiet.total / time.Minute), "usual": int(math.Round(all.presses))}
	return max(noneOf(all.presses, all.seen), noneOf(same.presses, same.seen)) < tooQuiet
}

// expectation is how many presses would have come, and from how many that is
// known.
type expectation struct {
	presses float64
	seen    int
}

// add adds a time of which answers were counted in some seconds of the like.
func (x *expectation) add(quiet time.Duration, answers, served int) {
	if quiet > 0 && served > 0 {
		x.presses += quiet.Seconds() * float64(answers) / float64(served)
		x.seen += answers
	}
}
