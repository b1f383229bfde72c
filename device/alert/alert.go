// Package alert decides when a manager is told: that customers are unhappy more
// often than chance would have it, that many give one reason, that nobody
// presses, and good news.
//
// Feed a [Watch] with the events of a journal, ask it what is due, and have that
// written into the journal, from where it hears of it. It is pure: no clock, no
// I/O. What it knows it knows from the journal, so that a restart changes
// nothing.
//
// An alert is raised once. It clears by itself when it is over, whether it was
// acknowledged or not; what has raised it does not raise another.
//
//   - unhappy: enough answers of the worse half of the scale in some minutes, and
//     by the store's own last 28 days less likely than 1 %. It is over when fewer
//     are left in that time.
//   - reason: as many answers with one reason as the manager calls many, in the
//     same time, once a day. It is over likewise.
//   - silence: no press in so many minutes of opening hours in which the box could
//     take one, and by the last 28 days less likely than 0.01 %. It is over with
//     the next press.
//   - good: last week met the target that the four weeks before missed, or was
//     clearly better. It is over on the second day after.
//
// In a store in which nothing changes, every alert is a false one. With 2 to 5
// presses an hour in 63 hours a week, of which 4 % are very unhappy and as many
// unhappy, a week has 0.18 of unhappy (one in five or six weeks), 0.005 of
// silence and 0.02 of good: as simulated over 1,000 weeks. With 15 % unhappy it
// has 0.22, with five times the presses 0.26; in its first four weeks together,
// while the store gets known, 0.6. The tests hold bounds of these.
package alert

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"sourire/device/tap"
)

// The rules.
const (
	Unhappy = "unhappy"
	Reason  = "reason"
	Silence = "silence"
	Good    = "good"
)

// Settings are when a manager wants to be told.
type Settings struct {
	Unhappy int // answers of the worse half in Minutes, at least; 0: never
	Minutes int
	Reason  int  // answers with one reason in Minutes; 0: never
	Silence int  // minutes of opening hours without a press; 0: never
	Good    bool // good news, too

	// Staff is the audience: then there is no alert. Each speaks within a minute of
	// what few people have pressed, or that none has, and these know each other.
	Staff   bool
	Hours   tap.Hours // in which the store is open
	Targets tap.Targets
}

func (s Settings) window() time.Duration { return time.Duration(s.Minutes) * time.Minute }

// Moment is a time, by both clocks.
type Moment struct {
	Boot    uint64
	Up      int64 // CLOCK_BOOTTIME in ms
	Wall    time.Time
	Quality tap.Quality // what Wall is worth
}

func (m Moment) known() bool { return m.Quality == tap.Saved || m.Quality == tap.Synced }

// Since is how long after another moment m is, by the better clock; false where
// nobody can tell.
func (m Moment) since(other Moment) (time.Duration, bool) {
	switch {
	case m.Boot == other.Boot:
		return time.Duration(m.Up-other.Up) * time.Millisecond, true
	case m.known() && other.known():
		return m.Wall.Sub(other.Wall), true
	}
	return 0, false
}

// Alert is one that was raised, and has not cleared.
type Alert struct {
	Seq          uint64 // of the event that raised it
	Rule         string
	Reason       string         // of rule reason
	Figures      map[string]int // what it is about
	Raised       Moment
	Acknowledged bool
	Text         string // what was said when it was
}

// subject is what an alert is about: there is one alert of each at a time.
type subject struct{ rule, reason string }

func (a *Alert) subject() subject { return subject{a.Rule, a.Reason} }

// Watch keeps watch over one terminal.
type Watch struct {
	set Settings
	loc *time.Location

	seq     uint64   // of the newest event
	answers []answer // counted, of the time that is looked at, the oldest first
	quiet   quiet
	open    []*Alert
	latest  map[subject]raised
	memory  *memory
	asked   time.Time     // the hour in which good news was looked for last
	owed    map[owed]bool // what was told and is not in the journal yet
}

// answer is a counted tap.
type answer struct {
	seq     uint64
	at      Moment
	unhappy bool
	reason  string
}

// raised is what is remembered of the latest alert about a subject.
type raised struct {
	at    Moment
	clear uint64 // seq of the event that cleared it
}

// owed is an event that was told.
type owed struct {
	subject
	state string
}

// New is a watch that knows nothing, for a store in the given location.
func New(s Settings, loc *time.Location) *Watch {
	return &Watch{set: s, loc: loc, latest: map[subject]raised{}, owed: map[owed]bool{}}
}

// Add takes in the next event of the journal. One that was added before, by its
// seq, is skipped.
func (w *Watch) Add(e tap.Event) {
	h := e.Head()
	if h.Seq <= w.seq {
		return
	}
	w.seq = h.Seq
	at := w.momentOf(h)
	switch e := e.(type) {
	case *tap.BootEvent:
		w.quiet.start(at)
	case *tap.TapEvent:
		w.tap(e, at)
	case *tap.UndoEvent:
		w.answers = slices.DeleteFunc(w.answers, func(a answer) bool { return a.seq == e.Tap })
	case *tap.ReasonEvent:
		for i := range w.answers {
			if w.answers[i].seq == e.Tap {
				w.answers[i].reason = e.Reason
			}
		}
	case *tap.FaultEvent:
		w.quiet.advance(at, w)
		w.quiet.fault(e)
	case *tap.AlertEvent:
		w.heard(e, at)
	}
	w.quiet.advance(at, w)
}

func (w *Watch) momentOf(h *tap.Header) Moment {
	m := Moment{Boot: h.Boot, Up: h.Up, Quality: h.Clock}
	at, err := tap.ParseTime(h.At)
	if err != nil {
		m.Quality = tap.Unknown
	}
	m.Wall = at.In(w.loc)
	return m
}

func (w *Watch) tap(e *tap.TapEvent, at Moment) {
	w.quiet.advance(at, w)
	w.quiet.broken(e.Seq, at)
	w.forget(at)
	if e.Counted {
		w.answers = append(w.answers, answer{seq: e.Seq, at: at, unhappy: e.Choice < e.Of/2})
	}
}

// forget drops the answers that will not be looked at any more: a look goes back
// so many minutes from an answer that may be as old as that itself. Where only the
// time is not known yet, they stay.
func (w *Watch) forget(now Moment) {
	w.answers = slices.DeleteFunc(w.answers, func(a answer) bool {
		age, known := now.since(a.at)
		return known && age > 2*w.set.window() || !known && !a.at.known()
	})
}

// inWindow reports whether an answer is of the time that is looked at.
func (w *Watch) inWindow(a answer, now Moment) bool {
	age, known := now.since(a.at)
	return known && age <= w.set.window()
}

// heard takes in what the journal says of an alert.
func (w *Watch) heard(e *tap.AlertEvent, at Moment) {
	about := subject{e.Rule, e.Reason}
	delete(w.owed, owed{about, e.State})
	i := slices.IndexFunc(w.open, func(a *Alert) bool { return a.Seq == e.Alert })
	switch {
	case e.State == tap.AlertRaised:
		w.open = append(w.open, &Alert{Seq: e.Seq, Rule: e.Rule, Reason: e.Reason, Figures: e.Figures, Raised: at})
		w.latest[about] = raised{at: at}
	case i < 0: // of one that is not known here
	case e.State == tap.AlertAcknowledged:
		w.open[i].Acknowledged, w.open[i].Text = true, e.Text
	case e.State == tap.AlertCleared:
		about = w.open[i].subject()
		w.latest[about] = raised{at: w.latest[about].at, clear: e.Seq}
		w.open = slices.Delete(w.open, i, i+1)
	}
}

// Open lists the alerts that have not cleared, the oldest first.
func (w *Watch) Open() []Alert {
	all := make([]Alert, len(w.open))
	for i, a := range w.open {
		all[i] = *a
	}
	return all
}

// Owes reports whether something that is to be written is not in the journal
// yet.
func (w *Watch) Owes() bool { return len(w.owed) > 0 }

// MostText is how many bytes may be said of an alert.
const MostText = 1200

// The errors of Acknowledge.
var (
	ErrNotOpen = errors.New("that alert is not open any more")
	ErrTooLong = fmt.Errorf("the comment is longer than %d bytes", MostText)
)

// Acknowledge is the event that says that an alert was seen, and what was said
// of it, to be written into the journal: none, where it was seen before.
func (w *Watch) Acknowledge(seq uint64, text string) (*tap.AlertEvent, error) {
	text = strings.TrimSpace(text)
	if len(text) > MostText {
		return nil, ErrTooLong
	}
	i := slices.IndexFunc(w.open, func(a *Alert) bool { return a.Seq == seq })
	if i < 0 {
		return nil, ErrNotOpen
	}
	a := w.open[i]
	if a.Acknowledged {
		return nil, nil
	}
	a.Acknowledged, a.Text = true, text
	w.owed[owed{a.subject(), tap.AlertAcknowledged}] = true
	e := a.event(tap.AlertAcknowledged)
	e.Text = text
	return e, nil
}

// event says what became of an alert.
func (a *Alert) event(state string) *tap.AlertEvent {
	return &tap.AlertEvent{Header: tap.Header{Kind: tap.KindAlert}, Rule: a.Rule, Reason: a.Reason, State: state, Alert: a.Seq, Figures: map[string]int{}}
}
