package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/clock"
	"sourire/device/clock/clocktest"
	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/device/terminal"
)

// shop is a terminal on a machine whose clocks the test sets, from its start to
// the manager's result, with neither goroutines nor I/O.
type shop struct {
	*testing.T
	machine  *clocktest.Machine
	where    *time.Location
	survey   terminal.Survey
	clock    *clock.Clock
	terminal *terminal.Terminal
	watch    clock.Watch
	boot     uint64
	journal  []tap.Event
	results  *results
	presses  int
	failing  bool
	poll     time.Duration // how often the clock is looked at
}

func newShop(t *testing.T, m *clocktest.Machine) *shop {
	t.Helper()
	where, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return &shop{T: t, machine: m, where: where, poll: clockPoll, survey: terminal.Survey{
		Config:    tap.ConfigEvent{Question: "exit", Audience: "customer", Scale: tap.Faces4},
		Languages: []string{"fr"},
	}}
}

// start starts the process: also the second of a boot.
func (s *shop) start() {
	s.clock = clock.New(s.machine, s.where)
	s.clock.Know(clock.Recall(s.journal, s.machine.BootID()))
	s.watch = clock.Watch{}
	resumed := terminal.Resume(s.journal, s.machine.BootID())
	s.boot = resumed.Boot
	s.results = newResults(s.where)
	for _, e := range s.journal {
		s.results.clerk.Add(e)
	}
	var first []terminal.Effect
	s.terminal, first = terminal.New(s.clock.Now(), s.survey, resumed, tap.BootEvent{BootID: s.machine.BootID()})
	s.do(first)
	s.pass(0)
}

func (s *shop) do(effects []terminal.Effect) {
	for _, e := range effects {
		record, ok := e.(terminal.Record)
		switch {
		case !ok:
		case s.failing:
			s.do(s.terminal.Handle(terminal.Failed{Reading: s.clock.Now(), Err: context.Canceled}))
		default:
			for _, event := range record.Events {
				event.Head().Seq = uint64(len(s.journal) + 1)
				s.journal = append(s.journal, event)
				s.results.clerk.Add(event)
			}
			s.do(s.terminal.Handle(terminal.Stored{Reading: s.clock.Now()}))
		}
	}
}

// pass lets time pass, with the clock looked at now and then.
func (s *shop) pass(d time.Duration) {
	for end := s.machine.Boottime() + d; ; {
		if e := s.watch.Due(s.clock.Anchor()); e != nil {
			s.do(s.terminal.Handle(terminal.Note{Reading: s.clock.Now(), Events: []tap.Event{e}}))
		}
		s.do(s.terminal.Handle(terminal.Tick{Reading: s.clock.Now()}))
		left := end - s.machine.Boottime()
		if left <= 0 {
			return
		}
		s.machine.Pass(min(left, s.poll))
	}
}

// press presses n times, a minute apart, after the time has passed.
func (s *shop) press(n int, after time.Duration) {
	s.pass(after)
	for range n {
		s.do(s.terminal.Handle(terminal.Touch{Reading: s.clock.Now(), Button: 3}))
		s.machine.Pass(60 * time.Millisecond)
		s.do(s.terminal.Handle(terminal.Tick{Reading: s.clock.Now()}))
		s.pass(time.Minute - 60*time.Millisecond)
		s.presses++
	}
}

// noted has the clock looked at now; until then only the manager's page knows.
func (s *shop) noted() { s.pass(0) }

// screen is what the manager sees: the answers of today, and their hours; or
// that the time is not known, and the answers without a date.
func (s *shop) screen() string {
	s.results.settle(s.boot, s.clock.Anchor())
	now := s.clock.Now()
	spans, _ := s.results.spans(now.Wall, now.Quality)
	if now.Quality == tap.Unknown {
		return fmt.Sprintf("time not known: %d", spans[0].Counts.N())
	}
	text := fmt.Sprintf("%s %s: %d", now.Wall.Format(time.DateOnly), now.Quality, spans[0].Counts.N())
	for h, c := range s.results.clerk.Hours(now.Wall) {
		if n := c.N(); n > 0 {
			text += fmt.Sprintf(" %02dh%d", h, n)
		}
	}
	if n := s.results.clerk.Untimed().N(); n > 0 {
		text += fmt.Sprintf("; without a date: %d", n)
	}
	return text
}

func (s *shop) wants(want string) {
	s.Helper()
	if got := s.screen(); got != want {
		s.Errorf("the manager sees\n%q, want\n%q", got, want)
	}
}

// check holds what is always so: order is exact, nothing was rewritten or lost,
// and a ledger that reads the journal from its beginning agrees.
func (s *shop) check() {
	s.Helper()
	seen := s.screen()
	taps := 0
	var boot uint64
	var up int64
	for i, e := range s.journal {
		h := e.Head()
		if h.Seq != uint64(i+1) || h.Boot < boot || h.Boot == boot && h.Up < up {
			s.Errorf("event %d %s: boot %d up %d after boot %d up %d", h.Seq, h.Kind, h.Boot, h.Up, boot, up)
		}
		boot, up = h.Boot, h.Up
		if h.Kind == tap.KindTap {
			taps++
		}
	}
	again := tally.NewClerk(s.where)
	for _, e := range s.journal {
		again.Add(e)
	}
	s.results.clerk = again
	if got := s.screen(); got != seen {
		s.Errorf("read again the result is\n%q, it was\n%q", got, seen)
	}
	if n := again.Span(time.Unix(0, 0), time.Unix(1<<33, 0)).N() + again.Untimed().N(); n != taps || taps != s.presses {
		s.Errorf("%d presses, %d in the journal, %d in the result", s.presses, taps, n)
	}
}

// clocks is the clock events so far: quality and offset, as a wall time at the
// start of the boot.
func (s *shop) clocks() (all []string) {
	for _, e := range s.journal {
		if c, ok := e.(*tap.ClockEvent); ok {
			all = append(all, string(c.Quality)+" "+time.UnixMilli(c.Offset).UTC().Format("2006-01-02T15:04"))
		}
	}
	return all
}

// stays is a machine without an RTC whose system has the wall clock go on where
// the power went.
func stays() *clocktest.Machine {
	return &clocktest.Machine{Restart: func(went, _ time.Time) time.Time { return went }}
}

func at(day, hour, minute int) time.Time {
	return time.Date(2026, 11, day, hour-1, minute, 0, 0, time.UTC) // Paris in winter
}

func TestClocks(t *testing.T) {
	const hour = time.Hour
	for name, run := range map[string]func(t *testing.T){
		"no RTC, synced soon after each start": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.PowerCut(0)
			for day := 23; day < 26; day++ {
				s.start()
				s.press(2, 0)
				s.wants(fmt.Sprintf("time not known: %d", 2))
				s.machine.Sync(at(day, 9, 2))
				s.wants(fmt.Sprintf("2026-11-%d synced: 2 09h2", day)) // before the event is written
				s.press(3, hour)
				s.wants(fmt.Sprintf("2026-11-%d synced: 5 09h2 10h3", day))
				s.machine.PowerCut(12 * hour)
			}
			s.check()
		},
		"a boot that was never synced, between two that were": func(t *testing.T) {
			for _, m := range []*clocktest.Machine{{}, stays()} {
				s := newShop(t, m)
				m.Sync(at(23, 9, 0))
				s.start()
				s.press(1, 0)
				m.PowerCut(10 * hour)
				s.start()
				s.press(4, 0)
				s.wants("time not known: 4")
				m.PowerCut(10 * hour)
				s.start()
				s.press(1, 0)
				s.wants("time not known: 5")
				m.Sync(at(25, 9, 0))
				s.press(1, 0)
				s.wants("2026-11-25 synced: 2 08h1 09h1; without a date: 4") // the first was pressed at 8:59
				s.check()
			}
		},
		"the time server comes after a week": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.PowerCut(0)
			s.start()
			for range 7 {
				s.press(2, 0)
				s.pass(24*hour - 2*time.Minute)
			}
			s.wants("time not known: 14")
			s.machine.Sync(at(30, 9, 0)) // started on the 23rd at 9:00
			s.press(1, 0)
			s.wants("2026-11-30 synced: 1 09h1")
			for day := 23; day < 30; day++ {
				if n := s.results.clerk.Hours(at(day, 12, 0))[9].N(); n != 2 {
					t.Errorf("the %dth: %d presses at 9, want 2", day, n)
				}
			}
			s.check()
		},
		"an RTC, and no network ever": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{Restart: func(_, rtc time.Time) time.Time { return rtc }})
			s.machine.Set(at(23, 9, 0))
			s.machine.SetRTC(at(23, 9, 0))
			s.start()
			s.press(2, 0)
			s.machine.PowerCut(24*hour - 2*time.Minute)
			s.start()
			s.press(1, 0)
			s.wants("2026-11-24 saved: 1 09h1")
			if n := s.results.clerk.Day(at(23, 12, 0)).N(); n != 2 {
				t.Errorf("yesterday: %d", n)
			}
			s.check()
		},
		"an RTC that is eight years ahead, until the network comes": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{Restart: func(_, rtc time.Time) time.Time { return rtc }})
			s.machine.Set(at(23, 9, 0).AddDate(8, 0, 0))
			s.machine.SetRTC(at(23, 9, 0).AddDate(8, 0, 0))
			s.start()
			s.press(2, 0)
			s.wants("2034-11-23 saved: 2 09h2")
			s.machine.Sync(at(23, 9, 2))
			s.wants("2026-11-23 synced: 2 09h2")
			s.machine.SetRTC(at(23, 9, 2)) // as the kernel sets it
			s.press(1, 0)
			s.machine.PowerCut(24 * hour)
			s.start()
			s.press(1, 0)
			s.wants("2026-11-24 saved: 1 09h1")
			s.check()
		},
		"an RTC whose battery is empty": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{Restart: func(_, rtc time.Time) time.Time { return rtc }})
			s.machine.Sync(at(23, 9, 0))
			s.machine.SetRTC(at(23, 9, 0))
			s.start()
			s.press(1, 0)
			s.machine.SetRTC(time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC))
			s.machine.PowerCut(0)
			s.start()
			s.press(1, 0)
			s.wants("time not known: 1")
			s.check()
		},
		"2000, and the process starts again in the same boot": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.PowerCut(0)
			s.start()
			s.press(1, 0)
			s.start()
			s.press(1, 0)
			s.start()
			s.wants("time not known: 2")
			s.machine.PowerCut(0)
			s.start()
			s.wants("time not known: 2")
			s.check()
		},
		"somebody sets the clock of a box without a network": func(t *testing.T) {
			s := newShop(t, stays())
			s.machine.Sync(at(23, 9, 0))
			s.start()
			s.machine.PowerCut(24 * hour)
			s.start()
			s.press(2, 0)
			s.wants("time not known: 2")
			s.machine.Set(at(24, 9, 2))
			s.press(1, 0)
			s.wants("2026-11-24 saved: 3 09h3")
			s.check()
		},
		"a time server that is wrong: forward, and back": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.Sync(at(23, 9, 0))
			s.start()
			s.press(2, 0)
			s.machine.Sync(at(26, 15, 0))
			s.press(3, 5*time.Second)
			s.machine.Sync(at(23, 10, 0))
			s.press(4, 5*time.Second)
			s.wants("2026-11-23 synced: 9 09h5 10h4") // 9:57 to 9:59 it was
			if got, want := s.clocks(), []string{"synced 2026-11-23T08:00", "synced 2026-11-26T13:58", "synced 2026-11-23T08:54"}; !slices.Equal(got, want) {
				t.Errorf("clock events %q, want %q", got, want)
			}
			s.check()
		},
		"the time server is lost in mid-hour, and the clock stepped by hand": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.Sync(at(23, 9, 0))
			s.start()
			s.press(1, 20*time.Minute)
			s.machine.Lose()
			s.press(1, time.Minute)
			s.machine.Set(at(1, 3, 0))
			s.press(1, time.Minute)
			s.wants("2026-11-23 saved: 3 09h3")
			s.start() // the process starts again
			s.press(1, time.Minute)
			s.wants("2026-11-23 saved: 4 09h4")
			s.machine.Sync(at(23, 11, 0))
			s.press(1, 0)
			s.wants("2026-11-23 synced: 5 10h4 11h1") // that clock was an hour and a half behind all along
			s.check()
		},
		"asleep over midnight": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.Sync(at(23, 20, 0))
			s.start()
			s.press(1, 0)
			s.machine.Pass(14 * hour)
			s.press(1, 0)
			s.wants("2026-11-24 synced: 1 10h1")
			if got := len(s.clocks()); got != 2 {
				t.Errorf("%d clock events, want one on either side of the sleep", got)
			}
			s.check()
		},
		"the card is full when the time server comes": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.PowerCut(0)
			s.start()
			s.press(1, 0)
			s.failing = true
			s.machine.Sync(at(23, 9, 0))
			s.noted()
			s.wants("2026-11-23 synced: 1 08h1") // right all the same
			s.failing = false
			s.pass(time.Minute)
			s.wants("2026-11-23 synced: 1 08h1")
			s.check()
		},
		"clocks go forward": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.Sync(time.Date(2026, 3, 29, 0, 0, 30, 0, time.UTC)) // 1:00 in Paris
			s.start()
			s.press(2, 0)
			s.press(2, 58*time.Minute)
			s.wants("2026-03-29 synced: 4 01h2 03h2")
			s.check()
		},
		"clocks go back": func(t *testing.T) {
			s := newShop(t, &clocktest.Machine{})
			s.machine.Sync(time.Date(2026, 10, 24, 23, 59, 0, 0, time.UTC)) // 1:59 in Paris
			s.start()
			for range 3 {
				s.press(1, 0)
				s.pass(59 * time.Minute)
			}
			s.press(1, 0)
			s.wants("2026-10-25 synced: 4 01h1 02h2 03h1") // one before, two in the hour that comes twice, one after
			s.check()
		},
	} {
		t.Run(name, run)
	}
}

// TestAYearOfPowerCuts has a store open and close on a Pi without an RTC, whose
// network comes when it comes: of each day that was synced once, every press has
// its date; of the others none has.
func TestAYearOfPowerCuts(t *testing.T) {
	r := seedtest.Rand(t)
	s := newShop(t, &clocktest.Machine{})
	s.poll = 10 * time.Minute
	var opens time.Time
	undated := 0
	for day := range 365 {
		opens = time.Date(2026, 1, 2+day, 8, 0, 0, 0, s.where)
		s.machine.PowerCut(13 * time.Hour)
		s.start()
		began := s.machine.Boottime()
		synced := r.IntN(4) > 0
		before, after := r.IntN(5), r.IntN(5)
		s.press(before, time.Hour)
		if synced {
			s.machine.Sync(opens.Add(s.machine.Boottime() - began))
		} else {
			undated += before + after
		}
		s.press(after, time.Hour)
		if r.IntN(3) == 0 {
			s.start()
		}
		if want := before + after; synced && s.results.clerk.Day(opens).N() != want {
			t.Fatalf("%s: %d presses, want %d", opens, s.results.clerk.Day(opens).N(), want)
		}
	}
	if n := s.results.clerk.Untimed().N(); n != undated {
		t.Errorf("%d without a date, want %d", n, undated)
	}
	s.check()
}

// heard is notes for a test.
type heard struct {
	mu  sync.Mutex
	all []string
}

func (h *heard) Note(events ...tap.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range events {
		h.all = append(h.all, string(e.(*tap.ClockEvent).Quality))
	}
}

// TestWatchClock runs the watch on a synced machine for three hours and a half.
func TestWatchClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &clocktest.Machine{}
		c := clock.New(m, time.UTC)
		c.Know(clock.Past{})
		ctx, cancel := context.WithCancel(t.Context())
		var got heard
		go watchClock(ctx, c, &got)
		tick := time.NewTicker(time.Second)
		for i := range 3 * 3600 {
			if i == 12 {
				m.Sync(at(23, 9, 0))
			}
			<-tick.C
			m.Pass(time.Second)
		}
		m.Lose()
		<-time.After(clockPoll + time.Second)
		cancel()
		synctest.Wait()
		if got, want := strings.Join(got.all, " "), "synced synced synced saved"; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
