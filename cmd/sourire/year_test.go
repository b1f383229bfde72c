package main

import (
	"os"
	"testing"
	"time"

	"sourire/device/config"
	"sourire/device/tap"
	"sourire/sync/journal"
)

// busiest is the Saturday four weeks before the last.
func busiest(now time.Time) time.Time { return midnight(now, -28-(int(now.Weekday())+1)%7) }

// writeYear fills the journal of a store that is open from Monday to Saturday
// with as many days: some 300 presses on each, and 2,000 on the busiest. Somebody
// notes something every other week.
func writeYear(t testing.TB, c config.Config, now time.Time, days int) {
	t.Helper()
	if err := os.MkdirAll(c.Terminal.Data, 0o750); err != nil {
		t.Fatal(err)
	}
	h := newHistory(c)
	const ordinary, crowd = 28, 190 // answers an hour; some press more than once
	h.hour = func() (at []time.Duration) {
		n := ordinary
		if midnight(h.on, 0).Equal(busiest(now)) {
			n = crowd
		}
		for range n {
			at = append(at, time.Duration(h.random.Int64N(int64(time.Hour))))
		}
		return at
	}
	h.notes = map[int]tap.NoteEvent{}
	for ago := 3; ago < days; ago += 14 {
		h.notes[ago] = tap.NoteEvent{Type: []string{tap.NoteQuick, tap.NoteStructural, tap.NoteObservation}[ago%3], Text: "Deuxième caisse ouverte de 17 h à 19 h"}
	}
	h.on = midnight(now, -days)
	j, err := journal.Open(journal.Config{
		Dir: c.Terminal.Data, Identity: c.Identity(), Log: discard, Stamp: func(e *tap.Header) { h.stamp(e, h.on) },
	})
	if err != nil {
		t.Fatal(err)
	}
	for ago := days; ago >= 0; ago-- {
		morning := midnight(now, -ago).Add(9 * time.Hour)
		if morning.Weekday() == time.Sunday || morning.Add(time.Hour).After(now) {
			continue
		}
		if err := h.write(t.Context(), j, morning, now, ago); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
