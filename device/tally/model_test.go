package tally_test

import (
	"math/rand/v2"
	"reflect"
	"runtime"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// model counts the slow and obvious way: from all events at once.
func model(events []tap.Event, loc *time.Location) (days map[string]tally.Counts, hours map[string]*[24]tally.Counts, untimed tally.Counts) {
	anchors := map[uint64]*tap.ClockEvent{} // the last that holds, by boot
	stamped := map[uint64]int64{}           // the offset by which a synced tap was stamped, by seq
	undone := map[uint64]bool{}
	worth := map[tap.Quality]int{tap.Saved: 1, tap.Synced: 2}
	for _, e := range events {
		a := anchors[e.Head().Boot]
		switch e := e.(type) {
		case *tap.ClockEvent:
			if a == nil || worth[e.Quality] > worth[a.Quality] ||
				e.Quality == a.Quality && max(e.Offset-a.Offset, a.Offset-e.Offset) > 500 {
				anchors[e.Boot] = e
			}
		case *tap.TapEvent:
			if e.Clock == tap.Synced && a != nil && a.Quality == tap.Synced {
				stamped[e.Seq] = a.Offset
			}
		case *tap.UndoEvent:
			undone[e.Tap] = true
		}
	}
	days, hours = map[string]tally.Counts{}, map[string]*[24]tally.Counts{}
	untimed = tally.NewCounts(tap.Faces4)
	for _, e := range events {
		e, ok := e.(*tap.TapEvent)
		if !ok {
			continue
		}
		one := tally.NewCounts(tap.Faces4)
		one.Raw = 1
		for _, f := range e.Flags {
			one.Flags[f]++
		}
		if e.Counted && !undone[e.Seq] {
			one.By[e.Choice]++
		}
		at, _ := tap.ParseTime(e.At)
		known := e.Clock != tap.Unknown
		a, by := anchors[e.Boot], stamped[e.Seq]
		switch {
		case e.Clock == tap.Synced && by != 0:
			at = at.Add(time.Duration(a.Offset-by) * time.Millisecond)
		case e.Clock != tap.Synced && a != nil && worth[a.Quality] > worth[e.Clock]:
			at, known = time.UnixMilli(e.Up+a.Offset), true
		}
		if !known {
			untimed = untimed.Plus(one)
			continue
		}
		at = at.In(loc)
		day := at.Format(time.DateOnly)
		if hours[day] == nil {
			days[day] = tally.NewCounts(tap.Faces4)
			hours[day] = &[24]tally.Counts{}
			for h := range hours[day] {
				hours[day][h] = tally.NewCounts(tap.Faces4)
			}
		}
		days[day] = days[day].Plus(one)
		hours[day][at.Hour()] = hours[day][at.Hour()].Plus(one)
	}
	return days, hours, untimed
}

// randomEvents is some weeks of a terminal whose clock comes and goes.
func randomEvents(r *rand.Rand, loc *time.Location) []tap.Event {
	at := time.Date(2026, 3, 20, 0, 0, 0, 0, loc)
	b := newBook(loc, at)
	var events []tap.Event
	b.boot = 0
	for range 6 {
		b.boot++
		b.quality = []tap.Quality{tap.Unknown, tap.Saved}[r.IntN(2)]
		b.started = at
		lag := time.Duration(0)
		if b.quality == tap.Saved {
			lag = time.Duration(r.Int64N(int64(50 * time.Hour)))
		}
		for range 60 {
			at = at.Add(time.Duration(r.Int64N(int64(4 * time.Hour))))
			switch x := r.IntN(12); {
			case x == 0:
				q := []tap.Quality{tap.Unknown, tap.Saved, tap.Synced}[r.IntN(3)]
				off := time.Duration(r.Int64N(int64(3 * time.Hour)))
				if r.IntN(3) == 0 { // about the same again
					off = time.Hour + time.Duration(r.IntN(3)-1)*500*time.Millisecond
				}
				events = append(events, b.anchored(at, q, b.started.Add(off)))
				if q == tap.Synced {
					b.quality, lag = q, 0
				}
			default:
				var flags []tap.Flag
				for _, f := range []tap.Flag{tap.Burst, tap.Chord, tap.Closed, tap.Repeat, tap.Test} {
					if r.IntN(8) == 0 {
						flags = append(flags, f)
					}
				}
				e := b.pressed(at, r.IntN(4), flags...)
				late, _ := tap.ParseTime(e.At)
				e.At = tap.FormatTime(late.Add(-lag))
				events = append(events, e)
				if e.Counted && x < 4 {
					at = at.Add(time.Duration(r.Int64N(int64(5 * time.Second))))
					events = append(events, b.undone(at, e))
				}
			}
		}
	}
	return events
}

// The ledger agrees with the model on every day and hour.
func TestLedgerIsTheModel(t *testing.T) {
	r := seedtest.Rand(t)
	loc := paris(t)
	for range 60 {
		events := randomEvents(r, loc)
		days, hours, untimed := model(events, loc)
		l := tally.NewLedger(loc)
		for _, e := range events {
			l.Add(e)
		}
		all := tally.NewCounts(tap.Faces4)
		for day, want := range days {
			at, err := time.ParseInLocation(time.DateOnly, day, loc)
			if err != nil {
				t.Fatal(err)
			}
			if got := l.Day(at); !reflect.DeepEqual(got, want) {
				t.Fatalf("%s: %+v, want %+v", day, got, want)
			}
			if got := l.Hours(at); !reflect.DeepEqual(got, *hours[day]) {
				t.Fatalf("hours of %s: %+v, want %+v", day, got, *hours[day])
			}
			all = all.Plus(want)
		}
		if got := l.Untimed(); !reflect.DeepEqual(got, untimed) {
			t.Fatalf("untimed: %+v, want %+v", got, untimed)
		}
		from, to := time.Date(2026, 1, 1, 0, 0, 0, 0, loc), time.Date(2027, 1, 1, 0, 0, 0, 0, loc)
		if got := l.Span(from, to); !reflect.DeepEqual(got, all) {
			t.Fatalf("all days: %+v, want %+v", got, all)
		}
	}
}

// Times puts every tap where the model does.
func TestTimesAreTheModel(t *testing.T) {
	r := seedtest.Rand(t)
	loc := paris(t)
	for range 60 {
		events := randomEvents(r, loc)
		var times tally.Times
		for _, e := range events {
			if c, ok := e.(*tap.ClockEvent); ok {
				times.Add(c)
			}
		}
		days, _, untimed := model(events, loc)
		raw := map[string]int{}
		for _, e := range events {
			if e.Head().Kind != tap.KindTap {
				continue
			}
			at, q := times.Of(e.Head())
			switch {
			case (q == tap.Unknown) != at.IsZero():
				t.Fatalf("%s %s", at, q)
			case q == tap.Unknown:
				raw[""]++
			default:
				raw[at.In(loc).Format(time.DateOnly)]++
			}
		}
		want := map[string]int{}
		for day, c := range days {
			want[day] = c.Raw
		}
		if untimed.Raw > 0 {
			want[""] = untimed.Raw
		}
		if !reflect.DeepEqual(raw, want) {
			t.Fatalf("%v, want %v", raw, want)
		}
	}
}

// A year of a busy store stays small, even where no clock ever came.
func TestAYearIsSmall(t *testing.T) {
	taps := seedtest.Fewer(700_000)
	loc := paris(t)
	for q, limit := range map[tap.Quality]int64{tap.Synced: 2 << 20, tap.Unknown: 20 << 20} {
		started := time.Date(2026, 1, 1, 0, 0, 0, 0, loc)
		b, l := newBook(loc, started), tally.NewLedger(loc)
		b.quality = q
		before := heap()
		for i := range taps {
			if i == taps/2 { // a power cut: up begins again
				b.boot, b.started = 2, started.Add(time.Duration(taps/2)*45*time.Second)
			}
			l.Add(b.pressed(started.Add(time.Duration(i)*45*time.Second), i%4))
		}
		if grown := heap() - before; grown > limit {
			t.Errorf("%s: %d taps take %d bytes, want at most %d", q, taps, grown, limit)
		}
		n := l.Span(started, started.AddDate(1, 0, 0)).N() + l.Untimed().N()
		if n != taps {
			t.Errorf("%s: %d taps, want %d", q, n, taps)
		}
	}
}

// heap is the bytes in use.
func heap() int64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
