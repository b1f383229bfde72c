package tally_test

import (
	"reflect"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

var opening = map[string]string{
	"mon": "09:00-12:00,14:00-19:00", "tue": "09:00-19:00", "wed": "09:00-19:00", "thu": "09:00-19:00",
	"fri": "09:00-19:00", "sat": "08:00-20:00", "sun": "00:00-06:00",
}

// dark begins a boot of a box that does not know the time, and dated one of a box
// whose clock is kept by no time server.
func (d *diary) dark(at time.Time)  { d.unsynced(at, tap.Unknown) }
func (d *diary) dated(at time.Time) { d.unsynced(at, tap.Saved) }

func (d *diary) unsynced(at time.Time, q tap.Quality) {
	d.boot++
	d.started, d.quality = at, q
	d.booted(at, opening)
}

// powered begins a boot of a box whose clock a time server keeps.
func (d *diary) powered(at time.Time) {
	d.boot++
	d.started, d.quality = at, tap.Synced
	d.booted(at, opening)
	d.add(d.anchored(at, tap.Synced, at))
}

// alive is an event that says no more than that the box runs.
func (d *diary) alive(at time.Time) {
	d.add(&tap.TestEvent{Header: d.head(tap.KindTest, at), By: "manager"})
}

// broke and works are faults of the buttons.
func (d *diary) broke(at time.Time) {
	d.add(&tap.FaultEvent{Header: d.head(tap.KindFault, at), Part: "buttons", Why: "no lines"})
}

func (d *diary) works(at time.Time) {
	d.add(&tap.FaultEvent{Header: d.head(tap.KindClear, at), Part: "buttons", Why: "they are back"})
}

// Zero presses, closed, switched off and broken are four different things, and
// so are what is still to come, what was before, and a box without the time.
func TestConditions(t *testing.T) {
	d := newDiary(paris(t), at(2, 9, 0))
	d.boot = 0
	d.powered(at(2, 9, 0)) // a Monday
	d.add(d.pressed(at(2, 9, 30), 3))
	d.add(d.pressed(at(2, 10, 30), 3, tap.Repeat)) // counts for nothing
	d.broke(at(2, 11, 0))
	d.alive(at(2, 14, 0))
	d.works(at(2, 15, 0))
	d.alive(at(2, 16, 0)) // then the power goes
	d.dark(at(2, 17, 0))  // a boot that never knows the time
	d.alive(at(2, 17, 30))
	d.powered(at(2, 18, 0))
	d.alive(at(2, 18, 30))
	now := at(3, 10, 0)
	want := map[int]tally.Condition{
		8: tally.Closed, 9: tally.Answered, 10: tally.Zero, 11: tally.Broken, 12: tally.Closed, 13: tally.Closed, 14: tally.Broken,
		15: tally.Zero, 16: tally.Untimed, 17: tally.Untimed, 18: tally.Zero, 19: tally.Closed,
	}
	hours := d.clerk.CellsByHour(at(2, 0, 0), now)
	for h, c := range want {
		if got := hours[h].Condition(); got != c {
			t.Errorf("%d h: %s, want %s: %+v", h, got, c, hours[h].Time)
		}
	}
	for h, c := range map[int]tally.Condition{8: tally.Closed, 9: tally.Off, 10: tally.Ahead, 20: tally.Closed} {
		if got := d.clerk.CellsByHour(now, now)[h].Condition(); got != c {
			t.Errorf("the day after, %d h: %s, want %s", h, got, c)
		}
	}
	d.clerk.Runs(3, now.Sub(at(2, 18, 0)).Milliseconds())
	for h, c := range map[int]tally.Condition{9: tally.Zero, 10: tally.Ahead} {
		if got := d.clerk.CellsByHour(now, now)[h].Condition(); got != c {
			t.Errorf("the day after, while it runs, %d h: %s, want %s", h, got, c)
		}
	}
	if got := d.clerk.CellsByHour(at(1, 0, 0), now)[3].Condition(); got != tally.Absent {
		t.Errorf("the day before the first: %s", got)
	}
	parts := d.clerk.CellsByPart(at(2, 0, 0), now)
	for p, c := range []tally.Condition{tally.Answered, tally.Closed, tally.Untimed, tally.Zero} {
		if got := parts[p].Condition(); got != c {
			t.Errorf("%s: %s, want %s: %+v", tally.Part(p), got, c, parts[p].Time)
		}
	}
}

// Where a box believes its clock, hours without a press are as good as those with
// one; where it does not, no hour is made up.
func TestAClockThatNoTimeServerKeeps(t *testing.T) {
	for _, c := range []struct {
		begin   func(*diary, time.Time)
		want    [3]tally.Condition // of the hours from 9 on
		untimed int
	}{
		{(*diary).dated, [3]tally.Condition{tally.Answered, tally.Zero, tally.Broken}, 0},
		{(*diary).dark, [3]tally.Condition{tally.Absent, tally.Absent, tally.Absent}, 1},
	} {
		d := newDiary(paris(t), at(3, 9, 0))
		d.boot = 0
		c.begin(d, at(3, 9, 0)) // a Tuesday
		d.add(d.pressed(at(3, 9, 30), 3))
		d.broke(at(3, 11, 0))
		d.alive(at(3, 12, 0))
		hours := d.clerk.CellsByHour(at(3, 0, 0), at(3, 12, 0))
		for i, want := range c.want {
			if got := hours[9+i]; got.Condition() != want {
				t.Errorf("%s, %d h: %s, want %s: %+v", d.quality, 9+i, got.Condition(), want, got.Time)
			}
		}
		if n := d.clerk.Untimed().N(); n != c.untimed {
			t.Errorf("%s: %d answers without a time, want %d", d.quality, n, c.untimed)
		}
	}
}

// The hour that has begun holds what has passed of it, and what is to come.
func TestTheHourThatHasBegun(t *testing.T) {
	for _, hours := range []map[string]string{opening, nil} {
		d := newDiary(paris(t), at(2, 9, 0))
		d.boot = 0
		d.powered(at(2, 9, 0))
		d.booted(at(2, 9, 0), hours)
		d.alive(at(2, 9, 20))
		got := d.clerk.CellsByHour(at(2, 0, 0), at(2, 9, 45))[9].Time
		if want := (tally.Time{Served: 20 * 60, Off: 25 * 60, Ahead: 15 * 60}); got != want {
			t.Errorf("%v: %+v, want %+v", hours, got, want)
		}
	}
}

// Cells are what truly was, hour by hour, also after a start that has it from
// what was told; days, parts, weeks and heat maps are their sums. A box that
// dates what is pressed by a clock that no time server keeps dates what is not
// pressed by it, too.
func TestCellsAreTheTruth(t *testing.T) {
	r := seedtest.Rand(t)
	loc := paris(t)
	open, err := tap.ParseHours(opening)
	if err != nil {
		t.Fatal(err)
	}
	for range 6 {
		begins := time.Date(2026, 3, 16+r.IntN(8), 0, 0, 0, 0, loc) // clocks change on the 29th
		d := newDiary(loc, begins)
		d.boot = 0
		truth := map[time.Time]tally.Cell{}
		was := ""
		var hours []tally.Cell
		var blind []int // of hours: those since the time was known
		dark := false   // a box has run in one of them
		end := begins.AddDate(0, 0, 16)
		for h := begins; h.Before(end); h = h.Add(time.Hour) {
			next := h.Add(time.Hour)
			is := was
			if was == "" || r.IntN(5) == 0 {
				is = []string{"serves", "serves", "broken", "off", "dark", "dated"}[r.IntN(6)]
			}
			if h.Equal(begins) {
				is = "serves" // something is known from here on
			}
			switch {
			case is == "off":
			case is == "dark" && was != "dark":
				d.dark(h)
			case is == "dated" && was != "dated":
				d.dated(h)
			case is == "dark", is == "dated":
			case was == "off" || was == "" || was == "dark" || was == "dated":
				if d.powered(h); is == "broken" {
					d.broke(h)
				}
			case is == "broken" && was == "serves":
				d.broke(h)
			case is == "serves" && was == "broken":
				d.works(h)
			}
			was = is
			c := tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
			if is == "serves" || is == "dated" {
				for range max(0, r.IntN(6)-3) {
					choice := r.IntN(4)
					d.add(d.pressed(h.Add(time.Duration(1+c.Raw)*5*time.Minute), choice))
					c.By[choice]++
					c.Raw++
					if r.IntN(2) == 0 {
						d.add(&tap.ReasonEvent{Header: d.head(tap.KindReason, h.Add(time.Duration(c.Raw)*5*time.Minute+time.Second)), Tap: d.seq - 1, Reason: "waiting"})
						c.Reasons["waiting"]++
						if choice < 2 {
							c.Worse["waiting"]++
						}
					}
				}
			}
			if is != "off" {
				d.alive(next.Add(-time.Millisecond))
			}
			switch {
			case !open.OpenAt(h):
				c.Closed = 3600
			case is == "serves" || is == "dated":
				c.Served = 3600
			case is == "broken":
				c.Broken = 3600
			default:
				c.Off = 3600
			}
			hours = append(hours, c)
			if is == "off" || is == "dark" {
				blind = append(blind, len(hours)-1)
				dark = dark || is == "dark"
			} else {
				blind, dark = nil, false
			}
			for _, i := range blind {
				if t := &hours[i].Time; dark {
					t.Off, t.Untimed = 0, t.Off+t.Untimed
				}
			}
			if is != "off" && r.IntN(8) == 0 {
				d.ask(next)
			}
			if is != "off" && r.IntN(30) == 0 {
				d.restart(t, 63*24*time.Hour)
				d.booted(next, opening)
				if d.quality == tap.Synced {
					d.add(d.anchored(next, tap.Synced, d.started))
				}
				if is == "broken" { // a start finds out again
					d.broke(next)
				}
			}
		}
		for i, c := range hours {
			h := begins.Add(time.Duration(i) * time.Hour)
			key := time.Date(h.Year(), h.Month(), h.Day(), h.Hour(), 0, 0, 0, time.UTC) // as the clock shows it
			if before, twice := truth[key]; twice {
				c = before.Plus(c)
			}
			truth[key] = c
		}
		var days []tally.Cell
		heat := map[[2]int]tally.Cell{}
		for day := begins; day.Before(end); day = day.AddDate(0, 0, 1) {
			all := tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
			parts := [tally.Parts]tally.Cell{}
			for p := range parts {
				parts[p].Counts = tally.NewCounts(tap.Faces4)
			}
			for h, got := range d.clerk.CellsByHour(day, end) {
				want, ok := truth[time.Date(day.Year(), day.Month(), day.Day(), h, 0, 0, 0, time.UTC)]
				if !ok {
					want = tally.Cell{Counts: tally.NewCounts(tap.Faces4)}
				}
				same(t, day.Format(time.DateOnly), h, got, want)
				all = all.Plus(want)
				p := tally.PartOf(h)
				parts[p] = parts[p].Plus(want)
			}
			days = append(days, all)
			for p, got := range d.clerk.CellsByPart(day, end) {
				same(t, day.Format(time.DateOnly)+" part", p, got, parts[p])
				if day.After(end.AddDate(0, 0, -14)) || day.Equal(end.AddDate(0, 0, -14)) {
					at := [2]int{(int(day.Weekday()) + 6) % 7, p}
					if heat[at].By == nil {
						heat[at] = parts[p]
					} else {
						heat[at] = heat[at].Plus(parts[p])
					}
				}
			}
		}
		for i, got := range d.clerk.CellsByDay(begins, end.AddDate(0, 0, -1), end) {
			same(t, "day", i, got, days[i])
		}
		for w, row := range d.clerk.Heat(2, end.Add(-time.Minute)) {
			for p, got := range row {
				want := heat[[2]int{w, p}]
				want.Ahead, got.Ahead = 0, 0
				same(t, "weekday", w, got, want)
			}
		}
	}
}

// same fails where two cells differ.
func same(t *testing.T, what string, n int, got, want tally.Cell) {
	t.Helper()
	if !reflect.DeepEqual(got, want) {
		t.Fatalf("%s %d: %+v, want %+v", what, n, got, want)
	}
}
