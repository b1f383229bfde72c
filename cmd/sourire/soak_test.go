package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"sourire/device/tap/seedtest"
	"sourire/sync/journal/cardtest"
)

// plan is how long a soak is, and what happens in it. The power is cut every
// evening.
type plan struct {
	days, customers int  // customers a day: of twenty, two press twice
	outages         int  // of the broker
	periods         int  // between measurements
	leak            bool // canary: a descriptor is lost with every start
	lie             bool // canary: on the last day the card says that it has stored what it has not
	rot             bool // canary: in the last night the card loses what it had stored
}

var (
	fortnight = plan{days: 14, customers: 80, outages: 4, periods: 7}
	wholeYear = plan{days: 365, customers: 1775, outages: 50, periods: 12}
)

// TestSoak is a fortnight of a terminal or, in make prove, a year: 700,000
// presses, 365 power cuts, 50 outages of the broker and one reinstallation.
// Every press that was acknowledged is at head office exactly once, and what the
// terminal and head office take does not grow with time.
func TestSoak(t *testing.T) {
	p := fortnight
	if rounds(t) >= 200 {
		p = wholeYear
	}
	s := soaked(t, seedtest.Seed(t), p)
	for _, w := range s.wrong {
		t.Error(w)
	}
}

// A soak that would not find these proves nothing.
func TestSoakFindsWhatIsWrong(t *testing.T) {
	p := plan{days: 4, customers: 25, outages: 1, periods: 4}
	leaks, lies, rots := p, p, p
	leaks.leak, lies.lie, rots.rot = true, true, true
	for want, p := range map[string]plan{"descriptors": leaks, "is lost": lies, "which ended as damaged": rots} {
		s := soaked(t, seedtest.Seed(t), p)
		if !strings.Contains(strings.Join(s.wrong, "\n"), want) {
			t.Errorf("%+v: nothing about %q in %q", p, want, s.wrong)
		}
	}
}

// soaked is a soak that is over.
func soaked(t *testing.T, seed uint64, p plan) *soak {
	t.Helper()
	var s *soak
	dir := quickDir(t, p)
	if err := os.MkdirAll(filepath.Join(dir, "terminal"), 0o755); err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		s = newSoak(t, dir, seed, p)
		defer s.end()
		s.run()
		s.compare()
	})
	return s
}

// quickDir is a folder for head office's store. Here its power is not cut: in
// memory, if not too much comes, its commits need not wait for a disk.
func quickDir(t *testing.T, p plan) string {
	t.Helper()
	if dir, err := os.MkdirTemp("/dev/shm", "sourire-soak-"); err == nil && p.days < 100 {
		t.Cleanup(func() { _ = os.RemoveAll(dir) })
		return dir
	}
	return t.TempDir()
}

// run is the plan.
func (s *soak) run() {
	bad := s.schedule()
	came := 0
	period := max(1, s.plan.days/s.plan.periods)
	var first *measure
	s.start(true)
	for day := 1; day <= s.plan.days; day++ {
		last := day == s.plan.days
		hows := cardtest.Cuts()
		if last && s.plan.lie {
			s.suffer(away)
			s.lie()
			hows = []cardtest.Cut{cardtest.None}
		}
		for range s.plan.customers {
			if o, ok := bad[came]; ok && !(last && s.plan.lie) {
				s.suffer(o)
			}
			s.customer()
			came++
		}
		s.cut(hows...)
		if last && s.plan.rot {
			if err := s.card.Remove(filepath.Join(s.card.Dir(), "journal.db-wal")); err != nil {
				s.Fatal(err)
			}
		}
		s.start(day%period == 0)
		if day == s.plan.days/2 {
			s.suffer(none)
			s.reinstall()
		}
		if day%period == 0 {
			s.suffer(none)
			s.delivered()
			m := s.measure(day)
			s.Log(m)
			if first == nil {
				first = &m
			}
			s.wrong = append(s.wrong, m.beyond(*first)...)
		}
	}
	s.suffer(none)
	s.delivered()
	s.halt()
	s.Logf("%d customers, %d presses acknowledged, %d power cuts, %d outages", came, s.ledger.n, s.plan.days, s.plan.outages)
}

// schedule is when the broker goes and when it comes back, by customer.
func (s *soak) schedule() map[int]outage {
	all := map[int]outage{}
	each := s.plan.days * s.plan.customers / s.plan.outages
	for i := range s.plan.outages {
		from := i*each + s.random.IntN(each/2)
		all[from] = outage(1 + s.random.IntN(int(outages)-1))
		all[from+1+s.random.IntN(each/2-1)] = none
	}
	return all
}

// customer comes after a while, and presses: now and then two buttons, or
// another one soon after.
func (s *soak) customer() {
	<-time.After(time.Duration(s.random.ExpFloat64() * float64(4*time.Second)))
	choice := s.random.IntN(4)
	switch s.random.IntN(20) {
	case 0:
		other := make(chan struct{})
		second := s.random.IntN(4)
		go func() {
			defer close(other)
			s.press(second)
		}()
		s.press(choice)
		<-other
	case 1:
		s.press(choice)
		<-time.After(time.Second)
		s.press(3 - choice)
	default:
		s.press(choice)
	}
}
