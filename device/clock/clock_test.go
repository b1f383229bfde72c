package clock_test

import (
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sourire/device/clock"
	"sourire/device/clock/clocktest"
	"sourire/device/tap"
)

var evening = time.Date(2026, 11, 23, 20, 0, 0, 0, time.UTC)

func TestNow(t *testing.T) {
	const hour = time.Hour
	last := evening.Add(-time.Minute) // of the newest event
	for _, c := range []struct {
		name    string
		past    clock.Past
		live    func(m *clocktest.Machine) // before the start
		then    func(m *clocktest.Machine) // after it
		wall    time.Time                  // after another hour
		quality tap.Quality
	}{
		{"a new terminal, and a clock that may be right", clock.Past{},
			func(m *clocktest.Machine) { m.Set(evening) }, nil, evening.Add(hour), tap.Saved},
		{"a new terminal, and a clock that begins in 2000", clock.Past{},
			func(m *clocktest.Machine) { m.PowerCut(0) }, nil, time.Date(2026, 1, 1, 1, 0, 0, 0, time.UTC), tap.Unknown},
		{"synced", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.Sync(evening) }, nil, evening.Add(hour), tap.Synced},
		{"synced to before what is past: the past was wrong", clock.Past{Time: last.Add(240 * hour), Off: true},
			func(m *clocktest.Machine) { m.Sync(evening) }, nil, evening.Add(hour), tap.Synced},
		{"synced an hour after the start", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.PowerCut(0) },
			func(m *clocktest.Machine) { m.Pass(hour); m.Sync(evening) }, evening.Add(hour), tap.Synced},
		{"started again in the same boot", clock.Past{Time: last},
			func(m *clocktest.Machine) { m.Set(evening) }, nil, evening.Add(hour), tap.Saved},
		{"started again in a boot that was synced, and stepped by hand since", clock.Past{Time: last, Synced: true, Offset: time.Duration(evening.UnixNano())},
			func(m *clocktest.Machine) { m.Set(evening.Add(400 * hour)) }, nil, evening.Add(hour), tap.Saved},
		{"off, and no RTC: begins in 2000", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.PowerCut(0) }, nil, last.Add(hour), tap.Unknown},
		{"off, and no RTC: goes on where the power went", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.Set(evening) }, nil, evening.Add(hour), tap.Unknown},
		{"the same, and set by hand", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.Set(evening) },
			func(m *clocktest.Machine) { m.Set(evening.Add(13 * hour)) }, evening.Add(14 * hour), tap.Saved},
		{"off, and an RTC", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.SetRTC(evening.Add(time.Second)); m.Set(evening) }, nil, evening.Add(hour), tap.Saved},
		{"off, and an RTC that lost its battery: begins in 2000", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.SetRTC(time.Unix(3, 0)); m.PowerCut(0) }, nil, last.Add(hour), tap.Unknown},
		{"the same, and the wall clock goes on where the power went", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.SetRTC(time.Unix(3, 0)); m.Set(evening) }, nil, evening.Add(hour), tap.Unknown},
		{"off, and an RTC that is years ahead", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.SetRTC(evening.AddDate(8, 0, 0)); m.Set(evening.AddDate(8, 0, 0)) }, nil, evening.AddDate(8, 0, 0).Add(hour), tap.Saved},
		{"the time server is lost", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.Sync(evening) },
			func(m *clocktest.Machine) { m.Lose() }, evening.Add(hour), tap.Saved},
		{"the time server is lost, and somebody steps the clock", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.Sync(evening) },
			func(m *clocktest.Machine) { m.Lose(); m.Set(evening.Add(-300 * hour)) }, evening.Add(hour), tap.Saved},
		{"a time server steps the clock", clock.Past{Time: last, Off: true},
			func(m *clocktest.Machine) { m.Sync(evening.Add(-300 * hour)) },
			func(m *clocktest.Machine) { m.Sync(evening) }, evening.Add(hour), tap.Synced},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &clocktest.Machine{}
			c.live(m)
			k := clock.New(m, time.UTC)
			k.Know(c.past)
			k.Now()
			if c.then != nil {
				k.Now()
				c.then(m)
				k.Now()
			}
			m.Pass(hour)
			got := k.Now()
			if !got.Wall.Equal(c.wall) || got.Quality != c.quality || got.Up != m.Boottime().Milliseconds() {
				t.Errorf("%s %s at %d, want %s %s", got.Wall, got.Quality, got.Up, c.wall, c.quality)
			}
			// The anchor says the same.
			if a := k.Anchor(); time.Unix(0, 0).Add(m.Boottime()+a.Offset).Sub(c.wall).Abs() > time.Millisecond || a.Quality != c.quality {
				t.Errorf("anchor %+v", a)
			}
		})
	}
}

// A clock that nothing vouches for is believed where that is wished, unless it
// speaks against what is certain.
func TestTrust(t *testing.T) {
	m := &clocktest.Machine{}
	m.Set(evening)
	k := clock.New(m, time.UTC)
	k.Trust()
	k.Know(clock.Past{Time: evening.Add(-time.Minute), Off: true})
	if q := k.Now().Quality; q != tap.Saved {
		t.Errorf("quality %s", q)
	}
	m.Set(evening.Add(-time.Hour))
	if q := k.Now().Quality; q != tap.Unknown {
		t.Errorf("set back: quality %s", q)
	}
}

// A second journal of the same process knows less than the clock does.
func TestKnowIsForTheFirstJournal(t *testing.T) {
	m := &clocktest.Machine{}
	m.Set(evening)
	k := clock.New(m, time.UTC)
	k.Know(clock.Past{Time: evening.Add(-time.Minute)})
	k.Know(clock.Past{Time: evening.Add(time.Hour), Off: true})
	if r := k.Now(); r.Quality != tap.Saved || !r.Wall.Equal(evening) {
		t.Errorf("%+v", r)
	}
}

// What is certain is found, and no more is taken for certain.
func TestRecall(t *testing.T) {
	at := func(hours int) time.Time { return evening.Add(time.Duration(hours) * time.Hour) }
	head := func(boot uint64, hours int, q tap.Quality) tap.Header {
		return tap.Header{At: tap.FormatTime(at(hours)), Clock: q, Boot: boot, Up: int64(hours) * time.Hour.Milliseconds()}
	}
	boot := func(n uint64, hours int, q tap.Quality, id string) tap.Event {
		return &tap.BootEvent{Header: head(n, hours, q), BootID: id}
	}
	press := func(n uint64, hours int, q tap.Quality) tap.Event { return &tap.TapEvent{Header: head(n, hours, q)} }
	anchor := func(n uint64, hours int, q tap.Quality, offset time.Duration) tap.Event {
		return &tap.ClockEvent{Header: head(n, hours, q), Quality: q, Offset: offset.Milliseconds()}
	}
	since := time.Duration(evening.UnixNano())
	for _, c := range []struct {
		name   string
		events []tap.Event
		want   clock.Past
	}{
		{"nothing", nil, clock.Past{}},
		{"a first journal", []tap.Event{&tap.GenesisEvent{Header: head(1, 0, tap.Saved)}}, clock.Past{}},
		{"one that follows another", []tap.Event{&tap.GenesisEvent{Header: head(1, 0, tap.Saved), Previous: &tap.Previous{}}}, clock.Past{Off: true}},
		{"this boot", []tap.Event{boot(1, 0, tap.Saved, "now"), press(1, 1, tap.Saved)}, clock.Past{}},
		{"this boot, synced", []tap.Event{boot(1, 0, tap.Saved, "now"), anchor(1, 1, tap.Synced, since), press(1, 2, tap.Saved)},
			clock.Past{Time: at(2), Synced: true, Offset: since}},
		{"the latest of its anchors", []tap.Event{boot(1, 0, tap.Saved, "now"), anchor(1, 1, tap.Synced, since-time.Hour), anchor(1, 2, tap.Synced, since)},
			clock.Past{Time: at(2), Synced: true, Offset: since}},
		{"a boot before, synced", []tap.Event{boot(1, 0, tap.Saved, "then"), anchor(1, 1, tap.Synced, since), press(1, 2, tap.Saved)},
			clock.Past{Time: at(2), Off: true, Offset: since}},
		{"a boot before that, synced", []tap.Event{
			boot(1, 0, tap.Saved, "first"), press(1, 1, tap.Synced), boot(2, 5, tap.Saved, "then"), press(2, 6, tap.Saved)},
			clock.Past{Time: at(1), Off: true}},
		{"a boot after that, whose time went on from what was past", []tap.Event{
			boot(1, 0, tap.Saved, "first"), press(1, 1, tap.Synced), boot(2, 2, tap.Unknown, "then"), press(2, 3, tap.Unknown)},
			clock.Past{Time: at(3), Off: true}},
		{"an RTC that may be years ahead", []tap.Event{boot(1, 0, tap.Saved, "then"), anchor(1, 1, tap.Saved, since)}, clock.Past{Off: true}},
		{"a time server that was wrong, and right later", []tap.Event{press(1, 9000, tap.Synced), press(1, 1, tap.Synced)}, clock.Past{Time: at(1)}},
		{"a time that is none", []tap.Event{&tap.TapEvent{Header: tap.Header{At: "noon", Clock: tap.Synced}}}, clock.Past{}},
	} {
		got := clock.Recall(c.events, "now")
		if !got.Time.Equal(c.want.Time) {
			t.Errorf("%s: %s, want %s", c.name, got.Time, c.want.Time)
		}
		got.Time = c.want.Time
		if got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// A clock event is due when something changes, and hourly while a time server
// keeps the clock; otherwise an idle hour writes nothing.
func TestDue(t *testing.T) {
	m := &clocktest.Machine{}
	m.Set(evening)
	k := clock.New(m, time.UTC)
	k.Know(clock.Past{})
	var w clock.Watch
	var got []string
	run := func(d time.Duration) {
		for end := m.Boottime() + d; m.Boottime() < end; m.Pass(5 * time.Second) {
			if e := w.Due(k.Anchor()); e != nil {
				off := time.UnixMilli(e.Offset).Sub(evening).Round(time.Second)
				got = append(got, m.Boottime().String()+" "+string(e.Quality)+" "+off.String())
			}
		}
	}
	const hour = time.Hour
	run(2 * hour) // unsynced: nothing
	m.Set(evening.Add(3*hour + 0))
	run(hour) // set by hand, an hour ahead
	m.Sync(m.Realtime().Add(-hour))
	run(2*hour + time.Minute)
	m.Set(m.Realtime().Add(400 * time.Millisecond)) // a leap of less than a step
	run(hour)
	m.Sync(m.Realtime().Add(-10 * hour))
	run(time.Minute)
	m.Lose()
	m.Set(evening) // whoever does that does not know better
	run(3 * hour)
	m.Sync(evening.Add(m.Boottime()))
	run(time.Minute)
	m.Pass(8 * hour) // asleep
	run(time.Minute)
	want := []string{
		"2h0m0s saved 1h0m0s",
		"3h0m0s synced 0s",
		"4h0m0s synced 0s",
		"5h0m0s synced 0s",
		"6h0m0s synced 0s",
		"6h1m0s synced -10h0m0s",
		"6h2m0s saved -10h0m0s",
		"9h2m0s synced 0s",
		"17h3m0s synced 0s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// The first anchor of a run is written although nothing has changed since the
// run before; one that is not synced is not.
func TestDueAtAStart(t *testing.T) {
	for q, want := range map[tap.Quality]bool{tap.Synced: true, tap.Saved: false, tap.Unknown: false} {
		var w clock.Watch
		if e := w.Due(clock.Anchor{Quality: q}); (e != nil) != want {
			t.Errorf("%s: %+v", q, e)
		}
	}
}

// Drift that no reading shows is a step once it is one; the error is rounded up.
func TestDrift(t *testing.T) {
	var w clock.Watch
	told := 0
	for i := range 100 {
		e := w.Due(clock.Anchor{Quality: tap.Saved, Offset: time.Duration(i) * 40 * time.Millisecond, Error: 1})
		if e != nil {
			if told++; e.Error != 1 {
				t.Errorf("error %d ms", e.Error)
			}
		}
	}
	if told != 7 {
		t.Errorf("4 s in small steps: %d events, want 7", told)
	}
}

// This machine's own clocks, read only: CLOCK_BOOTTIME is what /proc/uptime
// counts, the anchor ties it to the wall clock, and synced is what adjtimex says.
func TestTheKernelsClocks(t *testing.T) {
	text, err := os.ReadFile("/proc/uptime")
	if err != nil {
		t.Fatal(err)
	}
	up, err := strconv.ParseFloat(string(text[:slices.Index(text, ' ')]), 64)
	if err != nil {
		t.Fatal(err)
	}
	k := clock.New(clock.Machine{}, time.FixedZone("store", 5400))
	k.Know(clock.Past{})
	now, a := k.Now(), k.Anchor()
	later := clock.SinceBoot()
	if late := time.Duration(now.Up)*time.Millisecond - time.Duration(up*1e9); late < -20*time.Millisecond || late > later-time.Duration(up*1e9) {
		t.Errorf("up %d ms, /proc/uptime said %g s before and CLOCK_BOOTTIME %s after", now.Up, up, later)
	}
	if off := now.Wall.Sub(time.Unix(0, 0)) - time.Duration(now.Up)*time.Millisecond - a.Offset; off.Abs() > time.Second {
		t.Errorf("the anchor is %s off the clocks", off)
	}
	if _, zone := now.Wall.Zone(); zone != 5400 {
		t.Errorf("wall time %s", now.Wall)
	}
	var x unix.Timex
	state, err := unix.Adjtimex(&x)
	if err != nil {
		t.Fatal(err)
	}
	kept := state != unix.TIME_ERROR && x.Status&unix.STA_UNSYNC == 0
	if synced, bound := (clock.Machine{}).Synced(); synced != kept || bound == 0 && x.Maxerror != 0 {
		t.Errorf("synced %v within %s, adjtimex says %d, status %x, %d µs", synced, bound, state, x.Status, x.Maxerror)
	}
	if (now.Quality == tap.Synced) != kept {
		t.Errorf("quality %s", now.Quality)
	}
	e := a.Event()
	if e.Kind != tap.KindClock || e.Error < 1 || kept && e.Error > x.Maxerror/1000+1000 {
		t.Errorf("event %+v", e)
	}
	if id, err := clock.BootID(); err != nil || len(id) != 36 {
		t.Errorf("boot id %q, %v", id, err)
	}
}

func TestRTC(t *testing.T) {
	sys := t.TempDir()
	if at, ok := (clock.Machine{Sys: sys}).RTC(); ok {
		t.Errorf("none: %s", at)
	}
	for name, text := range map[string]string{"rtc0": "946684803\n", "rtc1": "1796000000\n", "rtc2": "?"} {
		dir := filepath.Join(sys, "class", "rtc", name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "since_epoch"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if at, ok := (clock.Machine{Sys: sys}).RTC(); !ok || at.Unix() != 1796000000 {
		t.Errorf("%s, %v", at, ok)
	}
}
