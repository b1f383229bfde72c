package alert_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"sourire/device/alert"
	"sourire/device/tap"
)

// monday is the opening of a store, after four weeks of its life.
var monday = time.Date(2026, 2, 2, 9, 0, 0, 0, time.UTC)

// grown is a store with four weeks in which two pressed an hour, of whom 5 % are
// unhappy, and others, so many a day.
func grown(t *testing.T, set alert.Settings) *store {
	t.Helper()
	s := newStore(set, monday.AddDate(0, 0, -28).Truncate(24*time.Hour))
	for i := 0; s.at.Before(monday.Add(-time.Hour)); s.at = s.at.Add(30 * time.Minute) {
		if !hours.OpenAt(s.at) {
			continue
		}
		choice := 3
		if i++; i%20 == 0 {
			choice = 0
		}
		s.press(choice)
		if due := s.look(); len(due) > 0 {
			t.Fatalf("%s: %+v in weeks without anything", s.at, due[0])
		}
	}
	s.at = monday
	return s
}

// pass lets time pass, a minute at a time.
func (s *store) pass(d time.Duration) (due []*tap.AlertEvent) {
	for end := s.at.Add(d); s.at.Before(end); {
		s.at = s.at.Add(time.Minute)
		due = append(due, s.look()...)
	}
	return due
}

// is fails where something else is due than one alert of a rule in a state.
func is(t *testing.T, due []*tap.AlertEvent, rule, state string) *tap.AlertEvent {
	t.Helper()
	if len(due) != 1 || due[0].Rule != rule || due[0].State != state {
		t.Fatalf("due: %+v, want one %s %s", due, rule, state)
	}
	return due[0]
}

func none(t *testing.T, due []*tap.AlertEvent) {
	t.Helper()
	if len(due) > 0 {
		t.Fatalf("due: %+v, want nothing", due[0])
	}
}

func TestUnhappyIsRaisedOnceAndClears(t *testing.T) {
	s := grown(t, settings)
	s.press(3)
	none(t, s.look())
	for range 2 {
		s.pass(10 * time.Minute)
		s.press(1)
		none(t, s.look())
	}
	s.pass(10 * time.Minute)
	s.press(0)
	e := is(t, s.look(), alert.Unhappy, tap.AlertRaised)
	if f := e.Figures; f["unhappy"] != 3 || f["answers"] != 4 || f["minutes"] != 60 || f["usual"] != 5 {
		t.Errorf("figures %v", f)
	}
	for range 3 { // it goes on
		none(t, s.pass(5*time.Minute))
		s.press(0)
		none(t, s.look())
	}
	// The last three came at 45, 50 and 55 minutes, and so did it clear.
	cleared := s.pass(2 * time.Hour)
	if c := is(t, cleared, alert.Unhappy, tap.AlertCleared); c.Alert != e.Seq {
		t.Errorf("the event that clears %d names %d", e.Seq, c.Alert)
	}
	if len(s.watch.Open()) != 0 {
		t.Errorf("open: %v", s.watch.Open())
	}
}

// What has raised an alert does not raise another.
func TestNoAnswerRaisesTwice(t *testing.T) {
	s := grown(t, settings)
	for range 2 {
		s.press(0)
	}
	s.pass(30 * time.Minute)
	s.press(0)
	is(t, s.look(), alert.Unhappy, tap.AlertRaised)
	is(t, s.pass(31*time.Minute), alert.Unhappy, tap.AlertCleared)
	for range 2 { // with that of half an hour ago there are three again
		s.press(0)
		none(t, s.look())
	}
	s.press(0)
	is(t, s.look(), alert.Unhappy, tap.AlertRaised)
}

func TestAnUndoneAnswerRaisesNothing(t *testing.T) {
	s := grown(t, settings)
	s.press(0)
	s.press(0)
	seq := s.press(0)
	s.add(&tap.UndoEvent{Header: tap.Header{Kind: tap.KindUndo}, Tap: seq, Why: "changed"})
	none(t, s.look())
}

// A crowd has more unhappy customers, at the same share.
func TestACrowdIsNoAlert(t *testing.T) {
	s := grown(t, settings)
	for i := range 60 {
		s.pass(time.Minute)
		choice := 3
		if i%12 == 0 {
			choice = 0
		}
		s.press(choice)
		none(t, s.look())
	}
}

// A store of which nothing is known is not taken for better than most.
// Happy answers that grow old make no alert of the unhappy ones after them: that
// nobody presses is no news of anybody's.
func TestTimeRaisesNothing(t *testing.T) {
	s := grown(t, settings)
	for range 40 {
		s.press(3)
	}
	none(t, s.pass(30*time.Minute))
	for range 3 {
		s.press(0)
		none(t, s.look())
	}
	none(t, s.pass(2*time.Hour))
}

func TestWithoutAHistory(t *testing.T) {
	for _, c := range []struct {
		presses string // in the order of their coming
		raised  bool
	}{{"bb", false}, {"bbb", true}, {"gbbb", false}, {"gbbbb", false}, {"gbbbbbb", true}, {"ggggbbb", false}} {
		s := newStore(settings, monday)
		due := []*tap.AlertEvent{}
		for _, p := range c.presses {
			s.press(map[rune]int{'b': 0, 'g': 3}[p])
			due = append(due, s.look()...)
		}
		if (len(due) > 0) != c.raised {
			t.Errorf("%s: %v, want raised: %v", c.presses, due, c.raised)
		}
	}
}

// Before the clock is set, minutes are counted by the boot.
func TestUnhappyWithoutTheTime(t *testing.T) {
	s := grown(t, settings)
	s.unknown = true
	s.reboot()
	s.press(0)
	s.pass(59 * time.Minute)
	s.press(0)
	s.pass(2 * time.Minute)
	s.press(0)
	none(t, s.look())
	s.press(0)
	is(t, s.look(), alert.Unhappy, tap.AlertRaised)
	s.reboot() // what was before it is long ago, for all that is known
	is(t, s.look(), alert.Unhappy, tap.AlertCleared)
	none(t, s.pass(24*time.Hour))
}

func TestReason(t *testing.T) {
	s := grown(t, alert.Settings{Minutes: 60, Reason: 5, Hours: hours})
	say := func(reason string) []*tap.AlertEvent {
		seq := s.press(3)
		s.add(&tap.ReasonEvent{Header: tap.Header{Kind: tap.KindReason}, Tap: seq, Reason: reason})
		return s.look()
	}
	for range 4 {
		none(t, say("waiting"))
		none(t, say("price"))
		s.pass(5 * time.Minute)
	}
	e := is(t, say("waiting"), alert.Reason, tap.AlertRaised)
	if e.Reason != "waiting" || e.Figures["answers"] != 5 {
		t.Errorf("%+v", e)
	}
	other := is(t, say("price"), alert.Reason, tap.AlertRaised)
	if other.Reason != "price" {
		t.Errorf("%+v", other)
	}
	if due := s.pass(2 * time.Hour); len(due) != 2 || due[0].State != tap.AlertCleared || due[1].State != tap.AlertCleared {
		t.Fatalf("%+v", due)
	}
	for range 9 { // once a day is enough
		none(t, say("waiting"))
	}
	s.pass(24 * time.Hour)
	for range 4 {
		none(t, say("waiting"))
	}
	is(t, say("waiting"), alert.Reason, tap.AlertRaised)
}

func TestSilence(t *testing.T) {
	s := grown(t, settings)
	s.press(3)
	none(t, s.pass(4*time.Hour))
	due := s.pass(2 * time.Hour) // two an hour: 9.4 presses too few
	e := is(t, due, alert.Silence, tap.AlertRaised)
	if m := e.Figures["minutes"]; m < 280 || m > 320 || e.Figures["usual"] < 9 || e.Figures["usual"] > 11 {
		t.Errorf("figures %v", e.Figures)
	}
	none(t, s.pass(3*24*time.Hour)) // no second one for the same silence
	s.press(3)
	is(t, s.look(), alert.Silence, tap.AlertCleared)
}

// Closed, off and broken are no silence.
func TestNoSilenceWhereNobodyCouldPress(t *testing.T) {
	cases := map[string]func(*store){
		"closed": func(s *store) { s.at = s.at.Add(10 * time.Hour); s.press(3); s.pass(13 * time.Hour) },
		"off":    func(s *store) { s.at = s.at.Add(9 * time.Hour); s.reboot(); s.pass(time.Hour) },
		"broken": func(s *store) {
			s.add(&tap.FaultEvent{Header: tap.Header{Kind: tap.KindFault}, Part: "buttons"})
			s.pass(9 * time.Hour)
			s.add(&tap.FaultEvent{Header: tap.Header{Kind: tap.KindClear}, Part: "buttons"})
			s.pass(time.Hour)
		},
		"the time is not known": func(s *store) { s.unknown = true; s.reboot(); s.pass(9 * time.Hour) },
	}
	for name, f := range cases {
		s := grown(t, settings)
		s.press(3)
		f(s)
		if len(s.raised) > 0 {
			t.Errorf("%s: %+v", name, s.raised[0])
		}
	}
}

// A shop with three presses a day is not called silent on a day without any.
func TestAQuietShopIsNotSilent(t *testing.T) {
	s := newStore(settings, monday)
	for range 28 {
		for range 3 {
			s.pass(150 * time.Minute)
			if hours.OpenAt(s.at) {
				s.press(3)
			}
		}
		s.at = s.at.Truncate(24 * time.Hour).Add(33 * time.Hour)
	}
	s.pass(2 * 24 * time.Hour)
	for _, e := range s.raised {
		if e.Rule == alert.Silence {
			t.Errorf("%s: %+v", e.At, e)
		}
	}
}

// weeks adds weeks with so many answers a day, and so many of them satisfied.
func (s *store) weeks(n, answers, satisfied int) {
	for range 7 * n {
		for i := range answers {
			s.at = s.at.Truncate(24 * time.Hour).Add(10*time.Hour + time.Duration(i)*time.Minute)
			s.press(map[bool]int{true: 3, false: 1}[i < satisfied])
		}
		s.at = s.at.Truncate(24 * time.Hour).Add(24 * time.Hour)
	}
}

func TestGoodNews(t *testing.T) {
	set := alert.Settings{Minutes: 60, Good: true, Hours: hours, Targets: tap.Targets{Satisfied: 80}}
	cases := []struct {
		name          string
		before, after int // satisfied of 20
		want, target  bool
	}{
		{"the target is met that was missed", 14, 18, true, true},
		{"better, but the target was met before", 17, 20, true, false},
		{"no clear difference", 15, 16, false, false},
		{"worse", 18, 14, false, false},
	}
	for _, c := range cases {
		s := newStore(set, monday.Truncate(24*time.Hour))
		s.weeks(4, 20, c.before)
		s.weeks(1, 20, c.after)
		none(t, s.pass(9*time.Hour-time.Minute)) // it is told when the store opens
		due := s.pass(time.Hour)
		if !c.want {
			none(t, due)
			continue
		}
		e := is(t, due, alert.Good, tap.AlertRaised)
		if f := e.Figures; (f["target"] == 80) != c.target || f["satisfied"] != 5*c.after || f["before"] != 5*c.before || f["answers"] != 140 {
			t.Errorf("%s: %v", c.name, f)
		}
		is(t, s.pass(6*24*time.Hour), alert.Good, tap.AlertCleared) // and not told again in this week
	}
}

// Of staff nothing is told within a minute, not even that nobody pressed; what is
// open when a terminal becomes theirs is over.
func TestStaffRaiseNoAlert(t *testing.T) {
	set := settings
	set.Staff = true
	s := grown(t, set)
	for range 20 {
		seq := s.press(0)
		s.add(&tap.ReasonEvent{Header: tap.Header{Kind: tap.KindReason}, Tap: seq, Reason: "waiting"})
		none(t, s.look())
	}
	none(t, s.pass(10*time.Hour))
	s.add(&tap.AlertEvent{Header: tap.Header{Kind: tap.KindAlert}, Rule: alert.Silence, State: tap.AlertRaised})
	is(t, s.look(), alert.Silence, tap.AlertCleared)
}

func TestAcknowledge(t *testing.T) {
	s := grown(t, settings)
	for range 3 {
		s.press(0)
	}
	seq := is(t, s.look(), alert.Unhappy, tap.AlertRaised).Seq
	if _, err := s.watch.Acknowledge(seq+1, ""); !errors.Is(err, alert.ErrNotOpen) {
		t.Errorf("an alert that is none: %v", err)
	}
	if _, err := s.watch.Acknowledge(seq, strings.Repeat("é", 601)); !errors.Is(err, alert.ErrTooLong) {
		t.Errorf("a long comment: %v", err)
	}
	e, err := s.watch.Acknowledge(seq, "  a second till is open ")
	if err != nil || e.Alert != seq || e.State != tap.AlertAcknowledged || e.Text != "a second till is open" {
		t.Fatalf("%+v %v", e, err)
	}
	if !s.watch.Owes() {
		t.Error("the acknowledgement is not owed to the journal")
	}
	s.add(e)
	if e, err := s.watch.Acknowledge(seq, "again"); e != nil || err != nil {
		t.Errorf("acknowledged twice: %+v %v", e, err)
	}
	if o := s.watch.Open(); len(o) != 1 || !o[0].Acknowledged || o[0].Text != "a second till is open" {
		t.Errorf("open: %+v", o)
	}
	is(t, s.pass(2*time.Hour), alert.Unhappy, tap.AlertCleared)
}

// What is due is told once, however long it takes to stand in the journal.
func TestNothingIsToldTwice(t *testing.T) {
	s := grown(t, settings)
	for range 3 {
		s.press(0)
	}
	e := is(t, s.watch.Look(s.now(), s.clerk), alert.Unhappy, tap.AlertRaised)
	for range 3 {
		s.at = s.at.Add(time.Minute)
		none(t, s.watch.Look(s.now(), s.clerk))
	}
	s.add(e)
	none(t, s.look())
}

// The night is no part of a silence.
func TestSilenceOverNight(t *testing.T) {
	s := grown(t, settings)
	s.at = s.at.Add(8 * time.Hour)
	s.reboot()
	s.press(3)
	none(t, s.pass(18*time.Hour))
	e := is(t, s.pass(3*time.Hour), alert.Silence, tap.AlertRaised)
	if m := e.Figures["minutes"]; m < 280 || m > 350 {
		t.Errorf("%d minutes", m)
	}
}

// A start of the machine does not know the time at once. What was open stays
// open, and what was pressed still counts when it does.
func TestAStartThatDoesNotKnowTheTimeYet(t *testing.T) {
	s := grown(t, settings)
	for range 3 {
		s.press(0)
	}
	raised := is(t, s.look(), alert.Unhappy, tap.AlertRaised)
	s.at = s.at.Add(5 * time.Minute)
	s.unknown = true
	s.reboot()
	none(t, s.pass(3*time.Minute))
	s.unknown = false
	s.add(&tap.ClockEvent{Header: tap.Header{Kind: tap.KindClock}, Quality: tap.Synced, Offset: s.begun.UnixMilli()})
	none(t, s.pass(50*time.Minute))
	if e := is(t, s.pass(5*time.Minute), alert.Unhappy, tap.AlertCleared); e.Alert != raised.Seq {
		t.Errorf("%+v", e)
	}
}
