package main

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/alert"
	"sourire/device/desk"
	"sourire/device/tap"
)

// alertsTold are what the journal says of alerts.
func (s *soak) alertsTold() (all []*tap.AlertEvent) {
	synctest.Wait()
	links, err := s.box.journal.After(0, 10_000)
	if err != nil {
		s.Fatal(err)
	}
	for _, l := range links {
		e, err := tap.Parse(l.Event)
		if err != nil {
			s.Fatal(err)
		}
		if a, ok := e.(*tap.AlertEvent); ok {
			valid(s.T, "event", l.Event)
			all = append(all, a)
		}
	}
	return all
}

// states fails where the journal says something else of alerts.
func (s *soak) states(when string, want ...string) []*tap.AlertEvent {
	s.Helper()
	all := s.alertsTold()
	got := make([]string, len(all))
	for i, e := range all {
		got[i] = e.State
	}
	if len(got) != len(want) {
		s.Fatalf("%s: %q, want %q", when, got, want)
	}
	for i := range got {
		if got[i] != want[i] {
			s.Fatalf("%s: %q, want %q", when, got, want)
		}
	}
	return all
}

// An alert stands in the journal, on the screen and on the manager's pages
// within a minute, is acknowledged with a comment, survives a start, clears by
// itself, and head office hears of all of it.
func TestAnAlertFromPressToHeadOffice(t *testing.T) {
	dir := t.TempDir()
	if err := os.MkdirAll(filepath.Join(dir, "terminal"), 0o755); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s := newSoak(t, dir, 1, plan{})
		defer s.end()
		s.start(true)
		<-time.After(2 * time.Minute) // by then the clock is right
		for i := range 3 {
			if i > 0 {
				<-time.After(10 * time.Second)
			}
			s.press(0)
		}
		last := now()
		raised := s.states("after three unhappy customers", tap.AlertRaised)[0]
		if f := raised.Figures; raised.Rule != alert.Unhappy || f["unhappy"] != 3 || f["answers"] != 3 {
			t.Errorf("%+v", raised)
		}
		marked := func() bool {
			<-time.After(30 * time.Second) // the thanks is over
			synctest.Wait()
			return s.box.loop.Scene().Alert
		}
		if !marked() {
			t.Error("the screen does not say that an alert is open")
		}
		if shown := s.box.report().Alerts; len(shown) != 1 || shown[0].ID != raised.Seq || shown[0].Seen {
			t.Errorf("the manager's pages have %+v", shown)
		}

		s.halt()
		s.start(true)
		s.states("after a start", tap.AlertRaised)
		if !marked() {
			t.Error("after a start, the screen does not say that an alert is open")
		}
		<-time.After(2 * time.Minute)
		s.states("after the clock is right again", tap.AlertRaised)

		b := book{s.box}
		if err := b.Acknowledge(t.Context(), raised.Seq, "a second till is open"); err != nil {
			t.Fatal(err)
		}
		seen := s.states("after it was acknowledged", tap.AlertRaised, tap.AlertAcknowledged)[1]
		if seen.Alert != raised.Seq || seen.Text != "a second till is open" {
			t.Errorf("%+v", seen)
		}
		if marked() {
			t.Error("the screen says that an alert is open that was acknowledged")
		}
		if shown := s.box.report().Alerts; len(shown) != 1 || !shown[0].Seen || shown[0].Text != seen.Text {
			t.Errorf("the manager's pages have %+v", shown)
		}
		<-time.After(61 * time.Minute)
		cleared := s.states("after an hour", tap.AlertRaised, tap.AlertAcknowledged, tap.AlertCleared)[2]
		if at, err := tap.ParseTime(cleared.At); err != nil || at.Sub(last) > 61*time.Minute+10*time.Second {
			t.Errorf("cleared at %s, an hour after %s", cleared.At, last)
		}
		if err := b.Acknowledge(t.Context(), raised.Seq, ""); !errors.Is(err, desk.ErrNoAlert) {
			t.Errorf("acknowledging what has cleared: %v", err)
		}
		s.delivered()
		s.halt()
		for _, w := range s.wrong {
			t.Error(w)
		}
	})
}
