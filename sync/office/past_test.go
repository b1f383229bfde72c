package office_test

import (
	"bytes"
	"encoding/csv"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
)

// stamped changes the header of the newest event, as its clock had it.
func (b *box) stamped(change func(h *tap.Header)) {
	last := b.links[len(b.links)-1]
	b.links = b.links[:len(b.links)-1]
	e, err := tap.Parse(last.Event)
	if err != nil {
		panic(err)
	}
	change(e.Head())
	raw, err := seal.Canonical(e)
	if err != nil {
		panic(err)
	}
	b.links = append(b.links, seal.Link{Seq: last.Seq, Head: b.head().Next(raw), Event: raw})
}

// press is a counted tap, by a clock of some worth.
func (b *box) press(boot uint64, up time.Duration, at string, q tap.Quality) {
	b.taps(1)
	b.stamped(func(h *tap.Header) { h.At, h.Clock, h.Boot, h.Up = at, q, boot, up.Milliseconds() })
}

// anchor is a clock event: boot 2 began at the given time.
func (b *box) anchor(up time.Duration, q tap.Quality, began time.Time) {
	b.add(&tap.ClockEvent{Quality: q, Offset: began.UnixMilli(), Source: "kernel"}, tap.KindClock)
	b.stamped(func(h *tap.Header) {
		h.At, h.Clock, h.Boot, h.Up = tap.FormatTime(began.Add(up)), q, 2, up.Milliseconds()
	})
}

// A terminal whose clock comes and goes, and a copy of its card.
func TestCorrectedTimes(t *testing.T) {
	const hour = time.Hour
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	b.add(&tap.ConfigEvent{Question: "exit", Timezone: "Europe/Paris"}, tap.KindConfig)
	b.press(1, hour, "2000-01-01T02:00:00.000+01:00", tap.Unknown) // 3: never dated
	b.press(2, hour, "2000-01-01T02:00:00.000+01:00", tap.Unknown) // 4: dated by 6
	b.press(2, 2*hour, "2026-11-23T12:00:00.000+01:00", tap.Saved) // 5: as it turns out, it is today
	b.anchor(3*hour, tap.Synced, noon.Add(-4*hour))                // 6: it is 11:00, UTC
	b.press(2, 4*hour, "2026-11-24T13:00:00.000+01:00", tap.Synced)
	b.anchor(5*hour, tap.Synced, noon.Add(44*hour)) // 8: stepped by two days
	b.press(2, 5*hour, "2026-11-26T14:00:00.000+01:00", tap.Synced)
	b.anchor(6*hour, tap.Synced, noon.Add(-4*hour)) // 10: and back
	b.press(3, hour, "2026-11-24T18:00:00.000+01:00", tap.Saved)
	c := b.copyAt(5)
	c.anchor(3*hour, tap.Synced, noon.Add(-28*hour)) // the copy was in use the day before
	c.press(2, 4*hour, "2026-11-23T13:00:00.000+01:00", tap.Synced)

	today := func(want int64) {
		t.Helper()
		if s := r.status(exit1); s.CountedToday != want {
			t.Errorf("%d counted today, want %d", s.CountedToday, want)
		}
	}
	r.batches(b, 1, 4)
	today(0)
	r.batches(b, 5, 5)
	today(0)
	r.reopen()
	r.batches(b, 6, 6)
	today(2) // the moment the clock is right
	r.batches(b, 7, 7)
	today(3)
	r.batches(b, 8, 11)
	today(4) // what was pressed while the server was wrong is dated by the export only
	r.batches(c, 6, 7)
	today(4)

	var out bytes.Buffer
	if err := office.ExportCSV(t.Context(), r.store, &out); err != nil {
		t.Fatal(err)
	}
	rows, err := csv.NewReader(&out).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][3]string{
		{"3", "", "unknown"},
		{"4", "2026-11-24T10:00:00.000+01:00", "synced"},
		{"5", "2026-11-24T11:00:00.000+01:00", "synced"},
		{"7", "2026-11-24T13:00:00.000+01:00", "synced"},
		{"9", "2026-11-24T14:00:00.000+01:00", "synced"},
		{"11", "2026-11-24T18:00:00.000+01:00", "saved"},
		{"7", "2026-11-23T13:00:00.000+01:00", "synced"},
	}
	for i, row := range rows[1:] {
		n := len(row)
		if got := [3]string{row[4], row[n-3], row[n-2]}; i >= len(want) || got != want[i] {
			t.Errorf("row %d: %v, want %v", i, got, want[min(i, len(want)-1)])
		}
	}
	if len(rows) != 1+len(want) {
		t.Errorf("%d rows", len(rows))
	}
}

// An undo that came before the clock was right leaves its tap out of the day; a
// tap is dated once, however many clock events follow.
func TestCorrectedDaysLeaveOutWhatIsUndone(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	for range 3 {
		b.press(2, time.Hour, "2000-01-01T02:00:00.000Z", tap.Unknown)
	}
	b.add(&tap.UndoEvent{Tap: 3, Why: "changed"}, tap.KindUndo)
	b.stamped(func(h *tap.Header) { h.Boot, h.Up = 2, time.Hour.Milliseconds() })
	b.anchor(2*time.Hour, tap.Saved, noon.Add(-50*time.Hour))
	b.anchor(2*time.Hour, tap.Synced, noon.Add(-4*time.Hour))
	b.anchor(3*time.Hour, tap.Synced, noon.Add(-4*time.Hour))
	r.batches(b, 1, 8, 1, 8, 5, 8)
	if s := r.status(exit1); s.CountedToday != 2 || s.TapsCounted != 2 {
		t.Errorf("%d counted today, %d in all, want 2", s.CountedToday, s.TapsCounted)
	}
}
