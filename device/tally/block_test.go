package tally_test

import (
	"reflect"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// Blocks are whole weeks of one frame, with enough answers; what is left of a
// frame is in none.
func TestBlocks(t *testing.T) {
	first := tally.Frame(time.Date(2026, 11, 26, 15, 0, 0, 0, paris(t)))
	if got := first.Format(time.DateTime + " Mon"); got != "2026-11-16 00:00:00 Mon" {
		t.Fatalf("the frame begins on %s", got)
	}
	if again := tally.Frame(first.AddDate(0, 0, 28).Add(-time.Minute)); !again.Equal(first) {
		t.Errorf("its last minute is of %s", again)
	}
	weeks := func(answers ...int) (days []tally.Counts) {
		for _, n := range answers {
			for day := range 7 {
				c := tally.NewCounts(tap.Faces4)
				if day == 5 {
					c.By[3], c.Raw = n, n
				}
				days = append(days, c)
			}
		}
		return days
	}
	day := func(n int) time.Time { return first.AddDate(0, 0, n) }
	for _, c := range []struct {
		weeks []int
		final time.Time
		want  [][3]int // from and to in weeks, answers
	}{
		{[]int{12, 9, 1, 30}, day(99), [][3]int{{0, 1, 12}, {1, 3, 10}, {3, 4, 30}}},
		{[]int{12, 9, 0, 0, 1, 20}, day(99), [][3]int{{0, 1, 12}, {4, 6, 21}}}, // 9 are never told
		{[]int{12, 13}, day(14), [][3]int{{0, 1, 12}}},                         // the second has only just ended
		{[]int{12, 13}, day(14).Add(2 * time.Hour), [][3]int{{0, 1, 12}, {1, 2, 13}}},
		{[]int{9, 9, 9}, day(99), [][3]int{{0, 2, 18}}},
		{[]int{12, 13}, time.Time{}, nil},
	} {
		var got [][3]int
		for _, b := range tally.Blocks(first, weeks(c.weeks...), c.final) {
			week := func(t time.Time) int { return int(t.Sub(first).Round(24*time.Hour).Hours()) / (7 * 24) }
			got = append(got, [3]int{week(b.From), week(b.To), b.Counts.N()})
		}
		if !reflect.DeepEqual(got, c.want) {
			t.Errorf("%v: %v, want %v", c.weeks, got, c.want)
		}
	}
}

// What is told of staff is told once: whatever the clock goes through, and
// whenever the process starts anew, a block is what it was when it was first
// there, and none has fewer than ten answers.
func TestABlockNeverChanges(t *testing.T) {
	r := seedtest.Rand(t)
	told := 0
	for range 8 {
		d := newDiary(paris(t), at(2, 0, 0))
		d.boot = 0
		was := map[time.Time]tally.Block{}
		now := d.started
		begin := func(q tap.Quality) {
			d.boot++
			d.started, d.quality = now, q
			d.add(&tap.BootEvent{Header: d.head(tap.KindBoot, now)})
			c := d.configured(now, "staff", tap.Faces4)
			c.Audience = "staff"
			d.add(c)
			if q == tap.Synced {
				d.add(d.anchored(now, q, now))
			}
		}
		begin(tap.Synced)
		for range 400 {
			now = now.Add(time.Duration(r.ExpFloat64() * float64(12*time.Hour)))
			switch r.IntN(24) {
			case 0:
				begin([]tap.Quality{tap.Synced, tap.Saved, tap.Unknown}[r.IntN(3)])
			case 1:
				d.quality = tap.Synced
				d.add(d.anchored(now, tap.Synced, d.started))
			case 2:
				if d.quality == tap.Synced { // somebody sets the clock, by little
					d.add(d.anchored(now, tap.Synced, d.started.Add(time.Duration(r.Int64N(int64(4*time.Hour)))-2*time.Hour)))
				}
			case 3:
				d.restart(t, 63*24*time.Hour)
			default:
				e := d.pressed(now, r.IntN(4))
				if d.quality == tap.Saved { // by a clock that may be weeks wrong
					wrong := time.Duration(r.Int64N(int64(40*24*time.Hour))) - 20*24*time.Hour
					e.At = tap.FormatTime(now.Add(wrong))
				}
				d.add(e)
				if r.IntN(10) == 0 {
					d.add(d.undone(now.Add(time.Second), e))
				}
			}
			if d.quality == tap.Synced {
				d.ask(now)
			}
			for _, b := range d.clerk.Blocks(now.AddDate(0, 0, -35), now) {
				before, known := was[b.To]
				switch {
				case b.Counts.N() < 10:
					t.Fatalf("%d answers from %s to %s", b.Counts.N(), b.From, b.To)
				case known && !reflect.DeepEqual(before, b):
					t.Fatalf("on %s it is %+v, and was %+v", now, b, before)
				}
				was[b.To] = b
			}
		}
		told += len(was)
	}
	if told < 8*5 {
		t.Errorf("%d blocks in all", told)
	}
}

// A block tells no reasons where few gave one, and no sides where one is few: the
// sum of two blocks less one of them must tell no more.
func TestABlockTellsNoFewReasons(t *testing.T) {
	first := tally.Frame(time.Date(2026, 11, 26, 15, 0, 0, 0, paris(t)))
	for _, c := range []struct {
		happy, unhappy, unsided   int // reasons that were given
		given, worse, sidesHidden int // and are told
	}{
		{5, 4, 0, 0, 0, 0},
		{5, 5, 0, 10, 0, 10},
		{10, 9, 0, 19, 0, 19},
		{10, 10, 0, 20, 10, 0},
		{10, 10, 1, 20, 0, 20},
	} {
		days := make([]tally.Counts, 7)
		for i := range days {
			days[i] = tally.NewCounts(tap.Faces4)
		}
		days[2].By[0], days[2].Raw = 40, 40
		days[2].Reasons = map[string]int{"waiting": c.happy + c.unhappy}
		days[2].Worse, days[2].Unsided = map[string]int{"waiting": c.unhappy}, c.unsided
		all := tally.Blocks(first, days, first.AddDate(0, 0, 20))
		if len(all) != 1 {
			t.Fatalf("%d blocks", len(all))
		}
		if got := all[0].Counts; got.Reasons["waiting"] != c.given || got.Worse["waiting"] != c.worse || got.Unsided != c.sidesHidden {
			t.Errorf("%+v: %v, of the unhappy %v, unsided %d", c, got.Reasons, got.Worse, got.Unsided)
		}
	}
}
