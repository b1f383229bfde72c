package terminal

import (
	"slices"
	"testing"
	"time"

	"sourire/device/rules"
	"sourire/device/tap"
)

func TestClosedHours(t *testing.T) {
	hours, err := tap.ParseHours(map[string]string{"mon": "09:00-19:30"}) // the rig's day is a Monday
	if err != nil {
		t.Fatal(err)
	}
	closing := time.Date(2026, 11, 23, 20, 0, 0, 0, time.FixedZone("", 3600)) // with the grace
	for _, c := range []struct {
		name    string
		before  time.Duration
		clock   tap.Quality
		counted bool
	}{
		{"open", time.Hour, tap.Synced, true},
		{"felt in time, decided late", 49 * time.Millisecond, tap.Synced, true},
		{"closed", 0, tap.Synced, false},
		{"closed, as a clock says that may be wrong", 0, tap.Saved, true},
		{"closed, as a clock says that is not set", 0, tap.Unknown, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig()
			r.clock = c.clock
			r.noon = closing.Add(-c.before - time.Second)
			s := faces()
			s.Hours = hours
			r.start(s)
			r.touch(1000, 2, "")
			r.runTo(10_000)
			want := "1057 reply 1: tap in 3 closed"
			if c.counted {
				want = "1057 reply 1: tap in 3 counted"
			}
			if got := r.trace[3]; got != want {
				t.Errorf("got %q, want %q", got, want)
			}
		})
	}
}

const hour = int64(time.Hour / time.Millisecond)

// What is written of staff says no more than the hour, and yet the rules judge
// by the ms: two colleagues within an hour both count.
func TestStaffTimesAreRounded(t *testing.T) {
	r := newRig()
	s := faces()
	s.Staff = true
	r.up = 3*hour + 100
	r.start(s)
	r.touch(3*hour+10_000, 0, "")
	r.touch(3*hour+20_000, 0, "")
	r.touch(3*hour+22_000, 1, "")
	r.note(3*hour+30_000, "display")
	r.runTo(3*hour + 40_000)
	same(t, r.trace[2:], []string{
		"10810050 record; tap 0 counted",
		"10810057 reply 1: tap in 3 counted",
		"10810057 show thanks",
		"10812057 show question",
		"10820050 record; tap 0 counted",
		"10820057 reply 2: tap in 4 counted",
		"10820057 show thanks",
		"10822050 record; undo 4 changed; tap 1 counted",
		"10822057 reply 3: tap in 6 counted",
		"10824057 show question",
		"10830000 record; fault display",
	})
	for _, e := range r.store {
		if h := e.Head(); h.Up != 3*hour || h.At != "2026-11-23T15:00:00.000+01:00" {
			t.Errorf("event %d: up %d at %s", h.Seq, h.Up, h.At)
		}
	}
}

// The second 02:30 of the night in which summer time ends is rounded to the
// second 02:00.
func TestStaffTimesWhenSummerTimeEnds(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range map[string]string{
		"2026-10-25T00:30:00Z": "2026-10-25T02:00:00.000+02:00",
		"2026-10-25T01:30:00Z": "2026-10-25T02:00:00.000+01:00",
	} {
		r := newRig()
		wall, err := time.Parse(time.RFC3339, at)
		if err != nil {
			t.Fatal(err)
		}
		r.noon = wall.In(paris)
		s := faces()
		s.Staff = true
		r.start(s)
		if got := r.store[0].Head().At; got != want {
			t.Errorf("%s: written as %s, want %s", at, got, want)
		}
	}
}

// Up does not decrease, either, where the journal holds a time of this boot
// that was not rounded: its genesis, or presses of customers.
func TestStaffUpGoesOnWhereTheJournalEnded(t *testing.T) {
	r := newRig()
	s := faces()
	s.Staff = true
	r.up = hour + 6000
	r.resume(s, Resume([]tap.Event{
		&tap.GenesisEvent{Header: tap.Header{Seq: 1, Kind: tap.KindGenesis, Boot: 1, Up: hour + 5000}},
	}, "b"))
	r.touch(hour+10_000, 0, "")
	r.touch(2*hour+10_000, 0, "")
	r.runTo(2*hour + 20_000)
	for i, want := range []int64{hour + 5000, hour + 5000, hour + 5000, 2 * hour} {
		if got := r.store[i].Head().Up; got != want {
			t.Errorf("event %d has up %d, want %d", i+1, got, want)
		}
	}
}

func TestResume(t *testing.T) {
	boot := func(seq, boot uint64, id string, up int64) tap.Event {
		return &tap.BootEvent{Header: tap.Header{Seq: seq, Kind: tap.KindBoot, Boot: boot, Up: up}, BootID: id}
	}
	counted := &tap.TapEvent{
		Header: tap.Header{Seq: 3, Kind: tap.KindTap, Boot: 4, Up: 9000},
		Choice: 2, Of: 4, Counted: true, Flags: []tap.Flag{},
	}
	events := []tap.Event{boot(1, 3, "a", 70_000), boot(2, 4, "b", 500), counted}
	for _, c := range []struct {
		name   string
		events []tap.Event
		bootID string
		want   Resumed
	}{
		{"an empty journal", nil, "b", Resumed{Boot: 1}},
		{"the process was started again", events, "b", Resumed{Boot: 4, LastUp: 9000, Rules: rules.Rebuild(events, 4)}},
		{"the machine was started again", events, "c", Resumed{Boot: 5}},
	} {
		if got := Resume(c.events, c.bootID); got != c.want {
			t.Errorf("%s: got %+v, want %+v", c.name, got, c.want)
		}
	}
	r := newRig()
	r.up, r.seq = 9500, 3
	r.resume(faces(), Resume(events, "b"))
	r.touch(10_000, 2, "")
	r.runTo(10_100)
	if got, want := r.trace[3], "10057 reply 1: tap in 6 repeat"; got != want {
		t.Errorf("after a restart: %q, want %q", got, want)
	}
}

// A note is dated by when it happened, though a late tick has it written: presses
// that are told of after it keep their time.
func TestANoteThatWaitedKeepsItsTime(t *testing.T) {
	r := newRig()
	r.start(faces())
	r.late = 3000
	r.touch(1000, 1, "")
	r.note(1020, "button-3")
	r.runTo(5000) // the press is decided
	r.settle(5000, 2, 1100)
	r.runTo(10_000)
	var got []int64
	for _, e := range r.store {
		switch e := e.(type) {
		case *tap.TapEvent, *tap.FaultEvent:
			got = append(got, e.Head().Up)
		}
	}
	if want := []int64{1000, 1020, 1100}; !slices.Equal(got, want) {
		t.Errorf("dated %d, want %d", got, want)
	}
}
