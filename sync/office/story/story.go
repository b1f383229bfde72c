// Package story is what a terminal's events tell head office beside the number
// of presses: what is open, what was done and seen there, and what customers
// asked for. It is pure.
//
// A [Story] takes the few events that say so, in the order of their arrival:
// hours come from the tallies that the box has written when they were finished,
// so no press is read again.
package story

import (
	"slices"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

// Kinds are the kinds of event that a story is told by.
var Kinds = []tap.Kind{tap.KindAlert, tap.KindNote, tap.KindTest, tap.KindTally, tap.KindConfig, tap.KindBoot}

const (
	days      = 28 // of which is told what was asked for; and before and after an action, at most
	reach     = 24 // weeks: of older hours nothing is told
	mostNotes = 50 // the newest
	mostOpen  = 50 // alerts of an epoch that never end are kept no longer than that
)

// Story is the story of one terminal.
type Story struct {
	survey *tap.ConfigEvent // in force, in the newest epoch of which there is one
	told   map[hour]*tap.TallyEvent
	alerts []alert // raised and not cleared
	notes  []note
	test   *test
	until  time.Time // of the hours before this nothing will change any more
}

// hour is one of one survey.
type hour struct {
	begin    int64 // Unix time
	question string
	audience string
	scale    tap.Scale
}

// alert is an open one.
type alert struct {
	epoch  string
	raised *tap.AlertEvent
	seen   *tap.AlertEvent // nil: nobody has acknowledged it
}

type note struct {
	*tap.NoteEvent
	day string // "2026-11-23"; empty: not known
}

// test is test mode that has begun.
type test struct {
	epoch string
	begun *tap.TestEvent
}

// New is the story of a terminal of which nothing has arrived.
func New() *Story { return &Story{told: map[hour]*tap.TallyEvent{}} }

// Add tells the story on. current says whether the epoch is the one that the
// terminal is in; now bounds what is too old to be told.
func (s *Story) Add(epoch string, current bool, e tap.Event, now time.Time) {
	switch e := e.(type) {
	case *tap.ConfigEvent:
		if current {
			s.survey = e
		}
	case *tap.TallyEvent:
		s.hour(e, now)
	case *tap.AlertEvent:
		s.alert(epoch, e)
	case *tap.NoteEvent:
		s.note(e)
	case *tap.TestEvent:
		if s.test = nil; e.On {
			s.test = &test{epoch, e}
		}
	case *tap.BootEvent:
		s.test = nil // a start ends it
	}
}

func (s *Story) hour(e *tap.TallyEvent, now time.Time) {
	if e.Hour == nil || len(e.Counts) != e.Scale.Choices() {
		return
	}
	at, err := tap.ParseTime(*e.Hour)
	if err != nil || at.Before(now.AddDate(0, 0, -7*reach)) {
		return
	}
	if until, err := tap.ParseTime(e.Until); err == nil && e.Clock == tap.Synced && until.After(s.until) {
		s.until = until
	}
	s.told[hour{at.Unix(), e.Question, e.Audience, e.Scale}] = e
}

// Forget drops the hours that have become too old.
func (s *Story) Forget(now time.Time) {
	oldest := now.AddDate(0, 0, -7*reach).Unix()
	for h := range s.told {
		if h.begin < oldest {
			delete(s.told, h)
		}
	}
}

func (s *Story) alert(epoch string, e *tap.AlertEvent) {
	if e.State == tap.AlertRaised {
		s.alerts = append(s.alerts[max(0, len(s.alerts)-mostOpen+1):], alert{epoch: epoch, raised: e})
		return
	}
	i := slices.IndexFunc(s.alerts, func(a alert) bool { return a.epoch == epoch && a.raised.Seq == e.Alert })
	switch {
	case i < 0:
	case e.State == tap.AlertAcknowledged:
		s.alerts[i].seen = e
	case e.State == tap.AlertCleared:
		s.alerts = slices.Delete(s.alerts, i, i+1)
	}
}

func (s *Story) note(e *tap.NoteEvent) {
	n := note{NoteEvent: e, day: e.Day}
	if n.day == "" && e.Clock != tap.Unknown && len(e.At) > len(time.DateOnly) {
		n.day = e.At[:len(time.DateOnly)]
	}
	i := len(s.notes)
	for i > 0 && s.notes[i-1].day > n.day {
		i--
	}
	s.notes = slices.Insert(s.notes, i, n)
	s.notes = s.notes[max(0, len(s.notes)-mostNotes):]
}

// counts are the counted answers of the days from that of from until the day of
// to, to the survey in force.
func (s *Story) counts(from, to time.Time) tally.Counts {
	all := tally.NewCounts(s.survey.Scale)
	for h, e := range s.told {
		if h.begin < from.Unix() || h.begin >= to.Unix() || h.question != s.survey.Question || h.audience != s.survey.Audience || h.scale != s.survey.Scale {
			continue
		}
		for i, n := range e.Counts {
			all.By[i] += n
		}
		for reason, n := range e.Reasons {
			all.Reasons[reason] += n
		}
	}
	return all
}

// midnight begins the day that is n days after that of t.
func midnight(t time.Time, n int) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+n, 0, 0, 0, 0, t.Location())
}
