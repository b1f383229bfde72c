package tally_test

import (
	"reflect"
	"slices"
	"testing"
	"time"

	"sourire/device/tally"
	"sourire/device/tap"
)

func paris(t testing.TB) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

// book makes the events of one boot; up counts from when the kernel started.
type book struct {
	seq     uint64
	boot    uint64
	started time.Time
	loc     *time.Location
	quality tap.Quality
	config  uint64
	of      int
}

func newBook(loc *time.Location, started time.Time) *book {
	return &book{boot: 1, started: started, loc: loc, quality: tap.Synced, of: 4}
}

func (b *book) head(kind tap.Kind, at time.Time) tap.Header {
	b.seq++
	return tap.Header{
		Seq: b.seq, Kind: kind, At: tap.FormatTime(at.In(b.loc)), Clock: b.quality,
		Boot: b.boot, Up: at.Sub(b.started).Milliseconds(),
	}
}

func (b *book) configured(at time.Time, question string, s tap.Scale) *tap.ConfigEvent {
	e := &tap.ConfigEvent{Header: b.head(tap.KindConfig, at), Question: question, Audience: "customer", Scale: s}
	b.config, b.of = e.Seq, s.Choices()
	return e
}

func (b *book) pressed(at time.Time, choice int, flags ...tap.Flag) *tap.TapEvent {
	counted := !slices.ContainsFunc(flags, func(f tap.Flag) bool { return f != tap.Burst })
	return &tap.TapEvent{Header: b.head(tap.KindTap, at), Config: b.config, Choice: choice, Of: b.of, Counted: counted, Flags: flags, Rule: 1}
}

func (b *book) undone(at time.Time, e *tap.TapEvent) *tap.UndoEvent {
	return &tap.UndoEvent{Header: b.head(tap.KindUndo, at), Tap: e.Seq, Why: "changed"}
}

// anchored says that the kernel started at the given time.
func (b *book) anchored(at time.Time, q tap.Quality, started time.Time) *tap.ClockEvent {
	return &tap.ClockEvent{Header: b.head(tap.KindClock, at), Quality: q, Offset: started.UnixMilli(), Source: "ntp"}
}

// wants fails where the counts are others; nil for none.
func wants(t *testing.T, what string, c tally.Counts, by []int, raw int) {
	t.Helper()
	if by == nil {
		by = make([]int, len(c.By))
	}
	if !slices.Equal(c.By, by) || c.Raw != raw {
		t.Errorf("%s: %v of %d, want %v of %d", what, c.By, c.Raw, by, raw)
	}
}

var monday = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC) // 10:00 in Paris

func TestCountedRawAndFlags(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	at := monday
	for _, e := range []*tap.TapEvent{
		b.pressed(at, 3),
		b.pressed(at, 3, tap.Repeat),
		b.pressed(at, 2, tap.Burst),
		b.pressed(at, 0, tap.Burst, tap.Chord),
		b.pressed(at, 1, tap.Closed, tap.Test),
	} {
		l.Add(e)
	}
	c := l.Day(at)
	wants(t, "day", c, []int{0, 0, 1, 1}, 5)
	flags := map[tap.Flag]int{tap.Burst: 2, tap.Chord: 1, tap.Closed: 1, tap.Repeat: 1, tap.Test: 1}
	if !reflect.DeepEqual(c.Flags, flags) {
		t.Errorf("flags %v, want %v", c.Flags, flags)
	}
	if c.Scale != tap.Faces4 {
		t.Errorf("scale %q", c.Scale)
	}
}

func TestUndo(t *testing.T) {
	for _, q := range []tap.Quality{tap.Unknown, tap.Saved, tap.Synced} {
		b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
		b.quality = q
		first := b.pressed(monday, 0)
		l.Add(first)
		l.Add(b.pressed(monday, 1)) // between
		u := b.undone(monday.Add(3*time.Second), first)
		l.Add(u)
		l.Add(u) // names a tap that is undone already
		l.Add(b.pressed(monday.Add(3*time.Second), 3))
		l.Add(b.anchored(monday.Add(time.Minute), tap.Synced, monday))
		wants(t, string(q), l.Day(monday), []int{0, 1, 0, 1}, 3)
		l.Add(b.undone(monday.Add(time.Minute), &tap.TapEvent{Header: tap.Header{Seq: 999}}))
		wants(t, string(q)+", after the undo of nothing", l.Day(monday), []int{0, 1, 0, 1}, 3)
	}
}

// An undo after a clock event that moved its tap finds it.
func TestUndoOfAMovedTap(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	b.quality = tap.Unknown
	e := b.pressed(monday, 0)
	l.Add(e)
	wants(t, "before", l.Untimed(), []int{1, 0, 0, 0}, 1)
	l.Add(b.anchored(monday, tap.Synced, monday))
	wants(t, "corrected", l.Day(monday), []int{1, 0, 0, 0}, 1)
	l.Add(b.undone(monday.Add(time.Second), e))
	wants(t, "undone", l.Day(monday), nil, 1)
	wants(t, "untimed", l.Untimed(), nil, 0)
}

// The presses that open the manager's view may be as old as a stuck button
// before they are undone.
func TestLateUndoOfAHold(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	first := b.pressed(monday, 0)
	l.Add(first)
	for i := range 20 {
		l.Add(b.pressed(monday.Add(time.Duration(i)*time.Second), 1, tap.Test))
	}
	second := b.pressed(monday.Add(30*time.Second), 3)
	l.Add(second)
	l.Add(b.undone(monday.Add(33*time.Second), first))
	l.Add(b.undone(monday.Add(33*time.Second), second))
	wants(t, "day", l.Day(monday), nil, 22)
}

func TestClockCorrection(t *testing.T) {
	loc := paris(t)
	yesterday := monday.AddDate(0, 0, -1)
	cases := []struct {
		name   string
		taps   tap.Quality
		clocks []tap.Quality
		said   []time.Time // started, as each clock event has it
		want   time.Time   // the day; zero: none
	}{
		{"unknown stays unknown", tap.Unknown, nil, nil, time.Time{}},
		{"saved stands for want of better", tap.Saved, nil, nil, monday},
		{"synced stands, to whatever", tap.Synced, []tap.Quality{tap.Synced}, []time.Time{yesterday}, monday},
		{"unknown, synced", tap.Unknown, []tap.Quality{tap.Synced}, []time.Time{yesterday}, yesterday},
		{"unknown, saved", tap.Unknown, []tap.Quality{tap.Saved}, []time.Time{yesterday}, yesterday},
		{"unknown, and the clock does not know either", tap.Unknown, []tap.Quality{tap.Unknown}, []time.Time{yesterday}, time.Time{}},
		{"saved, synced", tap.Saved, []tap.Quality{tap.Synced}, []time.Time{yesterday}, yesterday},
		{"saved is no better than saved", tap.Saved, []tap.Quality{tap.Saved}, []time.Time{yesterday}, monday},
		{"saved, then synced", tap.Unknown, []tap.Quality{tap.Saved, tap.Synced}, []time.Time{monday, yesterday}, yesterday},
		{"of two synced ones the latest", tap.Unknown, []tap.Quality{tap.Synced, tap.Synced}, []time.Time{yesterday, monday}, monday},
		{"synced, and then not", tap.Unknown, []tap.Quality{tap.Synced, tap.Saved}, []time.Time{yesterday, monday}, yesterday},
	}
	for _, c := range cases {
		b := newBook(loc, monday)
		b.quality = c.taps
		events := []tap.Event{b.pressed(monday, 0), b.pressed(monday.Add(time.Second), 3)}
		for i, q := range c.clocks {
			events = append(events, b.anchored(monday.Add(time.Minute), q, c.said[i]))
		}
		l := tally.NewLedger(loc)
		for _, e := range events {
			l.Add(e)
		}
		for _, d := range []time.Time{yesterday, monday} {
			if d.Equal(c.want) {
				wants(t, c.name, l.Day(d), []int{1, 0, 0, 1}, 2)
			} else {
				wants(t, c.name, l.Day(d), nil, 0)
			}
		}
		if c.want.IsZero() {
			wants(t, c.name, l.Untimed(), []int{1, 0, 0, 1}, 2)
		} else {
			wants(t, c.name, l.Untimed(), nil, 0)
		}
	}
}

func TestAClockEventCorrectsItsOwnBootOnly(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	b.quality = tap.Unknown
	l.Add(b.pressed(monday, 0))
	b.boot = 2
	l.Add(b.pressed(monday, 3))
	l.Add(b.anchored(monday, tap.Synced, monday))
	wants(t, "day", l.Day(monday), []int{0, 0, 0, 1}, 1)
	wants(t, "untimed", l.Untimed(), []int{1, 0, 0, 0}, 1)
}

// A time server that was wrong for a while moves what was pressed meanwhile,
// until it is right again; an hour's trim of its moves nothing over midnight.
func TestStepsOfASyncedClock(t *testing.T) {
	loc := paris(t)
	midnight := time.Date(2026, 11, 24, 0, 0, 0, 0, loc)
	b, l := newBook(loc, monday), tally.NewLedger(loc)
	add := func(e tap.Event) { l.Add(e) }
	add(b.anchored(monday, tap.Synced, monday))
	add(b.pressed(monday, 0))
	b.started = monday.AddDate(0, 0, 2) // two days ahead, by the clock and by its anchor
	ahead := b.started.Add(time.Minute)
	add(b.anchored(ahead, tap.Synced, b.started))
	wrong := b.pressed(ahead, 1)
	add(wrong)
	wants(t, "ahead", l.Day(ahead), []int{1, 1, 0, 0}, 2)
	b.started = monday
	add(b.anchored(monday.Add(2*time.Minute), tap.Synced, monday))
	wants(t, "ahead, and stepped back", l.Day(ahead), nil, 0)
	wants(t, "right again", l.Day(monday), []int{1, 1, 0, 0}, 2)
	add(b.undone(monday.Add(2*time.Minute), wrong))
	wants(t, "undone where it is now", l.Day(monday), []int{1, 0, 0, 0}, 2)

	add(b.pressed(midnight.Add(-time.Millisecond), 2))
	add(b.pressed(midnight, 3))
	add(b.anchored(midnight, tap.Synced, monday.Add(2*time.Millisecond)))
	wants(t, "before midnight", l.Day(monday), []int{1, 0, 1, 0}, 3)
	wants(t, "after it", l.Day(midnight), []int{0, 0, 0, 1}, 1)
}

// However long a boot lasts, the taps that a step still moves are not many; an
// undo finds one that is no longer among them.
func TestALongBoot(t *testing.T) {
	loc := paris(t)
	b, l := newBook(loc, monday), tally.NewLedger(loc)
	l.Add(b.anchored(monday, tap.Synced, monday))
	before := heap()
	at := monday
	for i := range 100_000 {
		at = at.Add(45 * time.Second)
		e := b.pressed(at, 1)
		l.Add(e)
		if i%1000 == 0 || i%25_000 < 2 { // also where taps are left where they are
			l.Add(b.pressed(at, 2))
			l.Add(b.undone(at, e))
		}
	}
	if grown := heap() - before; grown > 2<<20 {
		t.Errorf("%d bytes", grown)
	}
	undone := 100 + 4
	wants(t, "all", l.Span(monday, at), []int{0, 100_000 - undone, undone, 0}, 100_000+undone)
}

// A new epoch counts boots from 1 again: what waited in the old one is not
// moved, and its seqs name other taps.
func TestNewEpoch(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	b.quality = tap.Unknown
	old := b.pressed(monday, 0)
	l.Add(old)
	b.seq = 0
	l.Add(&tap.GenesisEvent{Header: b.head(tap.KindGenesis, monday)})
	l.Add(b.undone(monday, old))
	l.Add(b.anchored(monday, tap.Synced, monday))
	wants(t, "untimed", l.Untimed(), []int{1, 0, 0, 0}, 1)
	wants(t, "day", l.Day(monday), nil, 0)
}

func TestMidnight(t *testing.T) {
	loc := paris(t)
	midnight := time.Date(2026, 11, 24, 0, 0, 0, 0, loc)
	b, l := newBook(loc, midnight.Add(-time.Hour)), tally.NewLedger(loc)
	l.Add(b.pressed(midnight.Add(-time.Millisecond), 0))
	l.Add(b.pressed(midnight, 3))
	wants(t, "before", l.Day(midnight.Add(-time.Hour)), []int{1, 0, 0, 0}, 1)
	wants(t, "after", l.Day(midnight), []int{0, 0, 0, 1}, 1)
	wants(t, "before, hour 23", l.Hours(midnight.Add(-time.Hour))[23], []int{1, 0, 0, 0}, 1)
	wants(t, "after, hour 0", l.Hours(midnight)[0], []int{0, 0, 0, 1}, 1)
	wants(t, "both", l.Span(midnight.Add(-time.Second), midnight), []int{1, 0, 0, 1}, 2)
	wants(t, "everything", l.Span(time.Time{}, midnight), []int{1, 0, 0, 1}, 2)
}

// One tap every half hour, on the two days that are not 24 hours long.
func TestDaylightSaving(t *testing.T) {
	loc := paris(t)
	cases := []struct {
		day   time.Time
		taps  int
		hour2 int
	}{
		{time.Date(2026, 3, 29, 0, 0, 0, 0, loc), 46, 0},
		{time.Date(2026, 10, 25, 0, 0, 0, 0, loc), 50, 4},
		{time.Date(2026, 11, 23, 0, 0, 0, 0, loc), 48, 2},
	}
	for _, c := range cases {
		b, l := newBook(loc, c.day), tally.NewLedger(loc)
		next := c.day.AddDate(0, 0, 1)
		for at := c.day.Add(-30 * time.Minute); !at.After(next); at = at.Add(30 * time.Minute) {
			l.Add(b.pressed(at, 3))
		}
		wants(t, c.day.String(), l.Day(c.day.Add(12*time.Hour)), []int{0, 0, 0, c.taps}, c.taps)
		sum := 0
		for h, x := range l.Hours(c.day) {
			want := 2
			if h == 2 {
				want = c.hour2
			}
			if x.N() != want {
				t.Errorf("%s, %d h: %d, want %d", c.day, h, x.N(), want)
			}
			sum += x.N()
		}
		if sum != c.taps {
			t.Errorf("%s: the hours have %d, the day %d", c.day, sum, c.taps)
		}
	}
}

// Answers to another question or scale are not added to those in force.
func TestSurveys(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	if l.Survey() != (tally.Survey{}) {
		t.Errorf("an empty ledger has the survey %v", l.Survey())
	}
	exit := b.configured(monday, "exit", tap.Faces4)
	l.Add(exit)
	l.Add(b.pressed(monday, 3))
	l.Add(b.configured(monday, "clean", tap.Faces4))
	wants(t, "nothing yet", l.Day(monday), []int{0, 0, 0, 0}, 0)
	l.Add(b.pressed(monday, 0))
	wants(t, "clean", l.Day(monday), []int{1, 0, 0, 0}, 1)
	l.Add(b.configured(monday, "exit", tap.YesNo))
	l.Add(b.pressed(monday, 1))
	wants(t, "yes or no", l.Day(monday), []int{0, 1}, 1)
	l.Add(b.configured(monday, "exit", tap.NPS))
	l.Add(b.pressed(monday, 10))
	if nps, ok := l.Day(monday).NPS(); !ok || nps != 100 {
		t.Errorf("nps %v %v", nps, ok)
	}
	l.Add(b.configured(monday, "exit", tap.Faces4))
	wants(t, "exit again", l.Day(monday), []int{0, 0, 0, 1}, 1)
	if want := (tally.Survey{Question: "exit", Audience: "customer", Scale: tap.Faces4}); l.Survey() != want {
		t.Errorf("survey %v, want %v", l.Survey(), want)
	}
}

// What fits no scale is no answer, and breaks nothing.
func TestTapsThatFitNoScale(t *testing.T) {
	b, l := newBook(paris(t), monday), tally.NewLedger(paris(t))
	l.Add(b.configured(monday, "exit", tap.Faces4))
	for _, c := range []struct{ choice, of int }{{3, 5}, {-1, 4}, {4, 4}, {1, 3}, {0, 0}, {0, 1 << 30}} {
		e := b.pressed(monday, c.choice)
		e.Of = c.of
		l.Add(e)
	}
	if l.Survey().Scale != tap.Faces5 || l.Day(monday).Raw != 1 {
		t.Errorf("a tap of five under a config of four counts for %v", l.Survey())
	}
	e := b.pressed(monday, 1)
	e.At = "yesterday"
	l.Add(e)
	l.Add(&tap.OtherEvent{Header: b.head("weather", monday)})
	wants(t, "day", l.Day(monday), nil, 0)
	wants(t, "untimed", l.Untimed(), []int{0, 1, 0, 0}, 1)
	b.quality = tap.Unknown
	l.Add(b.pressed(monday, 2))
	clock := b.anchored(monday, tap.Synced, monday)
	clock.Offset = 1<<53 - 1 // a year that no calendar has
	l.Add(clock)
	wants(t, "far future", l.Untimed(), []int{0, 1, 1, 0}, 2)
}

func TestView(t *testing.T) {
	loc := paris(t)
	now := time.Date(2026, 11, 23, 18, 0, 0, 0, loc)
	cases := []struct {
		name   string
		days   []int // how many days ago there were taps
		taps   []int
		want   tally.Period
		counts int
	}{
		{"nothing", nil, nil, tally.FourWeeks, 0},
		{"30 today", []int{0, 1}, []int{30, 5}, tally.Today, 30},
		{"29 today, 1 in the week", []int{0, 6}, []int{29, 1}, tally.Week, 30},
		{"29 in the week, 1 before", []int{0, 6, 7}, []int{28, 1, 1}, tally.FourWeeks, 30},
		{"28 days reach back 27", []int{0, 27, 28}, []int{1, 1, 100}, tally.FourWeeks, 2},
		{"few in 28 days", []int{3}, []int{4}, tally.FourWeeks, 4},
	}
	for _, c := range cases {
		b, l := newBook(loc, now.AddDate(0, 0, -40)), tally.NewLedger(loc)
		for i, d := range c.days {
			for range c.taps[i] {
				l.Add(b.pressed(now.AddDate(0, 0, -d), 3))
				l.Add(b.pressed(now.AddDate(0, 0, -d), 3, tap.Test)) // answers must count
			}
		}
		p, got := l.View(now)
		if p != c.want || got.N() != c.counts {
			t.Errorf("%s: %d days with %d, want %d with %d", c.name, p, got.N(), c.want, c.counts)
		}
	}
}
