package tally_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// diary is a journal, and the clerk that keeps up with it.
type diary struct {
	*book
	clerk  *tally.Clerk
	events []tap.Event
}

func newDiary(loc *time.Location, started time.Time) *diary {
	return &diary{book: newBook(loc, started), clerk: tally.NewClerk(loc)}
}

func (d *diary) add(events ...tap.Event) {
	for _, e := range events {
		d.events = append(d.events, e)
		d.feed(e)
	}
}

// feed adds an event, and before it the configuration that it names.
func (d *diary) feed(e tap.Event) {
	if e, ok := e.(*tap.TapEvent); ok {
		if c, ok := d.events[max(e.Config, 1)-1].(*tap.ConfigEvent); ok {
			d.clerk.Asked(c)
		}
	}
	d.clerk.Add(e)
}

// ask asks the clerk, and writes what it tells into the journal.
func (d *diary) ask(now time.Time) []*tap.TallyEvent {
	due := d.clerk.Due(now)
	for _, e := range due {
		e.Header = d.head(tap.KindTally, now)
		d.add(e)
	}
	return due
}

// booted begins a run of the process, with the hours in which the store is open.
func (d *diary) booted(at time.Time, hours map[string]string) {
	d.add(&tap.BootEvent{Header: d.head(tap.KindBoot, at)})
	c := d.configured(at, "exit", tap.Faces4)
	c.Hours = hours
	d.add(c)
}

// restart is a clerk of another process, which reads what it needs.
func (d *diary) restart(t *testing.T, back time.Duration) (read int) {
	t.Helper()
	d.clerk = tally.NewClerk(d.loc)
	after := uint64(0)
	var newest *tap.TallyEvent
	for _, e := range slices.Backward(d.events) {
		if e, ok := e.(*tap.TallyEvent); ok {
			newest = e
			break
		}
	}
	if newest != nil {
		var err error
		after, err = d.clerk.Recall(newest, back, func(seq uint64) (tap.Event, error) { return d.events[seq-1], nil })
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, e := range d.events[after:] {
		d.feed(e)
		read++
	}
	return read
}

// words is what was told, in a line each.
func words(told []*tap.TallyEvent) string {
	var lines []string
	for _, e := range told {
		hour := "never"
		if e.Hour != nil {
			hour = (*e.Hour)[8:13] + (*e.Hour)[23:26]
		}
		line := fmt.Sprintf("%s %v of %d, on %d, served %d", hour, e.Counts, e.Raw, e.On, e.Served)
		if e.Untimed > 0 {
			line += fmt.Sprintf(", untimed %d", e.Untimed)
		}
		if e.Open != nil {
			line += fmt.Sprintf(", open %d", *e.Open)
		}
		for _, r := range slices.Sorted(maps.Keys(e.Reasons)) {
			line += fmt.Sprintf(", %s %d", r, e.Reasons[r])
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func tells(t *testing.T, what string, told []*tap.TallyEvent, want ...string) {
	t.Helper()
	if got := words(told); got != strings.Join(want, "\n") {
		t.Errorf("%s: told\n%s\nwant\n%s", what, got, strings.Join(want, "\n"))
	}
}

func at(day, hour, minute int) time.Time {
	loc, _ := time.LoadLocation("Europe/Paris")
	return time.Date(2026, 11, day, hour, minute, 0, 0, loc)
}

// A day in a shop: what each hour was, and that nothing is told for the sake of
// an hour in which nobody came.
func TestADay(t *testing.T) {
	hours := map[string]string{"mon": "09:00-12:30,14:00-19:00"}
	d := newDiary(paris(t), at(23, 8, 20))
	anchor := func(h, m int) { d.add(d.anchored(at(23, h, m), tap.Synced, d.started)) }
	d.booted(at(23, 8, 30), hours)
	anchor(8, 31)
	anchor(9, 31)
	tells(t, "nobody came", d.ask(at(23, 10, 10)))
	d.add(d.pressed(at(23, 10, 15), 3), d.pressed(at(23, 10, 16), 0, tap.Repeat))
	last := d.pressed(at(23, 10, 59).Add(59*time.Second), 2)
	d.add(last)
	tells(t, "the hour is not over", d.ask(at(23, 10, 59)))
	tells(t, "an undo may come", d.ask(at(23, 11, 1)))
	d.add(d.undone(at(23, 11, 0).Add(2*time.Second), last), d.pressed(at(23, 11, 0).Add(2*time.Second), 1))
	d.add(&tap.ReasonEvent{Header: d.head(tap.KindReason, at(23, 11, 0)), Tap: d.seq - 1, Reason: "waiting"})
	tells(t, "three hours", d.ask(at(23, 11, 2)),
		"23T08+01 [0 0 0 0] of 0, on 1800, served 1800, open 0",
		"23T09+01 [0 0 0 0] of 0, on 3600, served 3600, open 3600",
		"23T10+01 [0 0 0 1] of 3, on 3600, served 3600, open 3600")
	tells(t, "once only", d.ask(at(23, 11, 3)))

	d.add(&tap.FaultEvent{Header: d.head(tap.KindFault, at(23, 11, 20)), Part: "disk"})
	d.add(&tap.FaultEvent{Header: d.head(tap.KindClear, at(23, 11, 30)), Part: "disk"})
	d.add(&tap.FaultEvent{Header: d.head(tap.KindFault, at(23, 11, 40)), Part: "display"})
	anchor(12, 31)
	anchor(12, 40) // and power goes
	d.booted(at(23, 14, 30), hours)
	d.add(d.pressed(at(23, 14, 40), 3))
	anchor(14, 50)
	tells(t, "broken, cut, off", d.ask(at(23, 15, 2)),
		"23T11+01 [0 1 0 0] of 1, on 3600, served 3000, open 3600, waiting 1",
		"23T12+01 [0 0 0 0] of 0, on 2400, served 2400, open 1800",
		"23T14+01 [0 0 0 1] of 1, on 1800, served 1800, open 3600")
	if read := d.restart(t, time.Hour); read > 12 {
		t.Errorf("a restart reads %d events of %d", read, len(d.events))
	}
	tells(t, "after a restart", d.ask(at(23, 15, 5)))
	d.add(d.pressed(at(23, 15, 6), 3))
	tells(t, "the hour of the restart", d.ask(at(23, 16, 2)), "23T15+01 [0 0 0 1] of 1, on 3600, served 3600, open 3600")
}

// No hour is made up: what was pressed before the clock was set is told when it
// is, and what was pressed in a boot that never knew is told without an hour.
func TestToldWhenTheTimeIsKnown(t *testing.T) {
	d := newDiary(paris(t), at(21, 10, 0))
	d.quality = tap.Unknown
	d.booted(d.started, nil)
	d.add(d.pressed(at(21, 10, 5), 1), d.pressed(at(21, 12, 5), 3))
	tells(t, "time not known", d.ask(at(21, 14, 0)))
	d.boot, d.started = 2, at(23, 9, 30)
	d.booted(d.started, nil)
	d.add(d.pressed(at(23, 9, 40), 2), d.pressed(at(23, 11, 10), 3))
	tells(t, "time not known yet", d.ask(at(23, 13, 0)))
	d.add(d.anchored(at(23, 13, 10), tap.Synced, d.started))
	d.quality = tap.Synced
	tells(t, "known now", d.ask(at(23, 13, 11)),
		"never [0 1 0 1] of 2, on 0, served 0",
		"23T09+01 [0 0 1 0] of 1, on 1800, served 1800, untimed 1800",
		"23T10+01 [0 0 0 0] of 0, on 3600, served 3600",
		"23T11+01 [0 0 0 1] of 1, on 3600, served 3600",
		"23T12+01 [0 0 0 0] of 0, on 3600, served 3600")
	tells(t, "once only", d.ask(at(23, 13, 12)))
	d.restart(t, 0)
	tells(t, "after a restart", d.ask(at(23, 13, 13)))
}

// The hour that a clock shows twice is two hours.
func TestTheHourThatComesTwice(t *testing.T) {
	first := time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC) // 02:30 in summer
	d := newDiary(paris(t), first)
	d.booted(first, nil)
	d.add(d.anchored(first, tap.Synced, first), d.pressed(first, 0), d.pressed(first.Add(time.Hour), 3))
	tells(t, "two hours", d.ask(first.Add(2*time.Hour)),
		"25T02+02 [1 0 0 0] of 1, on 1800, served 1800",
		"25T02+01 [0 0 0 1] of 1, on 3600, served 3600")
	d.restart(t, 0)
	wants(t, "hour", d.clerk.Hours(first)[2], []int{1, 0, 0, 1}, 2)
}

// What comes for an hour after it was told has it told again.
func TestToldAgain(t *testing.T) {
	d := newDiary(paris(t), at(23, 9, 0))
	d.booted(d.started, nil)
	e := d.pressed(at(23, 9, 59).Add(59*time.Second), 3)
	d.add(d.anchored(d.started, tap.Synced, d.started), d.pressed(at(23, 9, 58), 3), e)
	due := d.clerk.Due(at(23, 10, 2))
	d.add(d.undone(at(23, 10, 0), e)) // stored before what is due
	for _, e := range due {
		e.Header = d.head(tap.KindTally, at(23, 10, 2))
		d.add(e)
	}
	tells(t, "at first", due, "23T09+01 [0 0 0 2] of 2, on 3600, served 3600")
	tells(t, "again", d.ask(at(23, 10, 3)), "23T09+01 [0 0 0 1] of 2, on 3600, served 3600")
	tells(t, "not a third time", d.ask(at(23, 10, 4)))
}

// live adds some weeks of a terminal that is cut off now and then, that may not
// know the time for a while or for the whole of a boot, and whose process starts
// anew at any time. The clerk is asked whenever the time is known.
func (d *diary) live(t *testing.T, r *rand.Rand) (asked, read int) {
	now := time.Date(2026, 3, 20, 0, 0, 0, 0, d.loc)
	for range 8 {
		now = now.Add(time.Duration(r.Int64N(int64(30 * time.Hour))))
		d.boot, d.started = d.boot+1, now
		d.quality = []tap.Quality{tap.Unknown, tap.Saved}[r.IntN(2)]
		lag := time.Duration(r.Int64N(int64(50 * time.Hour)))
		stamped := func(e tap.Event) tap.Event { // by a clock that is late, until it is synced
			if h := e.Head(); h.Clock == tap.Saved {
				at, _ := tap.ParseTime(h.At)
				h.At = tap.FormatTime(at.Add(-lag))
			}
			return e
		}
		d.booted(now, nil)
		for range 60 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64(40*time.Minute)))
			switch r.IntN(12) {
			case 0:
				d.quality = tap.Synced
				d.add(d.anchored(now, tap.Synced, d.started))
			case 1:
				read += d.restart(t, 400*24*time.Hour)
			case 2, 3:
				e := d.pressed(now, r.IntN(4))
				d.add(stamped(e))
				now = now.Add(time.Duration(r.Int64N(int64(5 * time.Second))))
				d.add(stamped(d.undone(now, e)))
			default:
				var flags []tap.Flag
				for _, f := range []tap.Flag{tap.Burst, tap.Chord, tap.Closed, tap.Repeat, tap.Test} {
					if r.IntN(8) == 0 {
						flags = append(flags, f)
					}
				}
				d.add(stamped(d.pressed(now, r.IntN(4), flags...)))
			}
			if d.quality == tap.Synced && r.IntN(3) == 0 {
				asked += len(d.ask(now))
			}
		}
	}
	// At last, a boot with a clock.
	now = now.AddDate(0, 0, 3)
	d.boot, d.started, d.quality = d.boot+1, now, tap.Synced
	d.booted(now, nil)
	d.add(d.anchored(now, tap.Synced, now))
	for n := 1; n > 0; asked += n {
		n = len(d.ask(now))
	}
	return asked, read
}

// Whatever happens, and whenever the process starts anew, the newest tally of
// each hour says what a look at all events says, and so does a clerk that has
// read the newest events only.
func TestTalliesAreTheModel(t *testing.T) {
	r := seedtest.Rand(t)
	loc := paris(t)
	for round := range 12 {
		d := newDiary(loc, monday)
		if asked, read := d.live(t, r); asked == 0 || read == 0 {
			t.Errorf("round %d: %d told, %d read again", round, asked, read)
		}
		newest := map[string]*tap.TallyEvent{}
		for _, e := range d.events {
			if e, ok := e.(*tap.TallyEvent); ok {
				hour := ""
				if e.Hour != nil {
					hour = *e.Hour
				}
				newest[hour] = e
			}
		}
		days, hours, untimed := model(d.events, loc)
		never := tally.NewCounts(tap.Faces4)
		told := map[string]*[24]tally.Counts{}
		for hour, e := range newest {
			c := tally.Counts{Scale: e.Scale, By: e.Counts, Raw: e.Raw, Flags: e.Flags, Reasons: e.Reasons, Worse: map[string]int{}}
			if e.Raw == 0 {
				continue
			}
			if hour == "" {
				never = c
				continue
			}
			at, err := tap.ParseTime(hour)
			if err != nil {
				t.Fatal(err)
			}
			day := told[hour[:10]]
			if day == nil {
				day = &[24]tally.Counts{}
				for h := range day {
					day[h] = tally.NewCounts(tap.Faces4)
				}
				told[hour[:10]] = day
			}
			day[at.In(loc).Hour()] = day[at.In(loc).Hour()].Plus(c)
		}
		if !reflect.DeepEqual(never, untimed) {
			t.Fatalf("round %d: never: told %+v, want %+v", round, never, untimed)
		}
		for day, want := range hours {
			if days[day].Raw == 0 {
				continue
			}
			if got := told[day]; got == nil || !reflect.DeepEqual(*got, *want) {
				t.Fatalf("round %d: hours of %s: told %+v, want %+v", round, day, got, *want)
			}
			at, _ := time.ParseInLocation(time.DateOnly, day, loc)
			if got := d.clerk.Hours(at); !reflect.DeepEqual(got, *want) {
				t.Fatalf("round %d: hours of %s: remembered %+v, want %+v", round, day, got, *want)
			}
		}
	}
}
