package alert_test

import (
	"time"

	"sourire/device/alert"
	"sourire/device/tally"
	"sourire/device/tap"
)

// store is a store that lives, its clerk, and the watch over it.
type store struct {
	set     alert.Settings
	at      time.Time
	boot    uint64
	begun   time.Time // of this boot
	unknown bool      // the box does not know the time
	rounded bool      // what is written has the time of the hour
	seq     uint64
	config  uint64
	keep    bool // the events:
	events  []tap.Event
	clerk   *tally.Clerk
	watch   *alert.Watch
	raised  []*tap.AlertEvent
}

var opening = map[string]string{
	"mon": "09:00-19:00", "tue": "09:00-19:00", "wed": "09:00-19:00", "thu": "09:00-19:00",
	"fri": "09:00-19:00", "sat": "09:00-19:00", "sun": "10:00-13:00",
}

var hours, _ = tap.ParseHours(opening)

var settings = alert.Settings{Unhappy: 3, Minutes: 60, Reason: 5, Silence: 180, Hours: hours}

func newStore(set alert.Settings, begins time.Time) *store {
	s := &store{set: set, at: begins, clerk: tally.NewClerk(time.UTC), watch: alert.New(set, time.UTC)}
	s.reboot()
	return s
}

// reboot begins another boot of the box.
func (s *store) reboot() {
	s.boot++
	s.begun = s.at
	s.add(&tap.BootEvent{Header: tap.Header{Kind: tap.KindBoot}})
	if !s.unknown {
		s.add(&tap.ClockEvent{Header: tap.Header{Kind: tap.KindClock}, Quality: tap.Synced, Offset: s.begun.UnixMilli()})
	}
	s.config = s.add(&tap.ConfigEvent{Header: tap.Header{Kind: tap.KindConfig}, Question: "exit", Audience: "customer", Scale: tap.Faces4, Hours: opening})
}

func (s *store) now() alert.Moment {
	m := alert.Moment{Boot: s.boot, Up: s.at.Sub(s.begun).Milliseconds(), Wall: s.at, Quality: tap.Synced}
	if s.unknown {
		m.Quality = tap.Unknown
	}
	return m
}

// add stamps an event with now, and has it read.
func (s *store) add(e tap.Event) uint64 {
	s.seq++
	now := s.now()
	h := e.Head()
	*h = tap.Header{Seq: s.seq, Kind: h.Kind, At: tap.FormatTime(now.Wall), Clock: now.Quality, Boot: now.Boot, Up: now.Up}
	if s.rounded {
		h.At, h.Up = tap.FormatTime(now.Wall.Truncate(time.Hour)), now.Up-now.Up%time.Hour.Milliseconds()
	}
	s.clerk.Add(e)
	s.watch.Add(e)
	if s.keep {
		s.events = append(s.events, e)
	}
	return s.seq
}

func (s *store) press(choice int) uint64 {
	return s.add(&tap.TapEvent{Header: tap.Header{Kind: tap.KindTap}, Config: s.config, Choice: choice, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1})
}

// look has written what is due.
func (s *store) look() []*tap.AlertEvent {
	s.clerk.Runs(s.boot, s.now().Up)
	due := s.watch.Look(s.now(), s.clerk)
	for _, e := range due {
		s.add(e)
		if e.State == tap.AlertRaised {
			s.raised = append(s.raised, e)
		}
	}
	return due
}
