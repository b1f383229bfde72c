package clock

import (
	"time"

	"sourire/device/tap"
)

// Anchor ties CLOCK_BOOTTIME to the wall clock at one moment.
type Anchor struct {
	Up      int64         // ms
	Quality tap.Quality   // what Offset is worth
	Offset  time.Duration // wall time minus CLOCK_BOOTTIME
	Error   time.Duration // of Offset, at most
}

// Anchor measures the wall clock against CLOCK_BOOTTIME: the best of five
// readings, each taken between two of the other clock. Where a reading would
// not go by the wall clock, neither does the anchor.
func (c *Clock) Anchor() Anchor {
	now := c.Now()
	a := Anchor{Up: now.Up, Quality: now.Quality, Error: time.Hour}
	for range 5 {
		before := c.source.Boottime()
		wall := c.source.Realtime().Sub(epoch)
		after := c.source.Boottime()
		if width := (after - before) / 2; width < a.Error {
			a.Offset, a.Error = wall-before-width, width
		}
	}
	if _, bound := c.source.Synced(); now.Quality == tap.Synced {
		a.Error += bound
		return a
	}
	told := now.Wall.Sub(epoch) - time.Duration(now.Up)*time.Millisecond
	if (told - a.Offset).Abs() > stepped {
		a.Offset = told
	}
	return a
}

const (
	anchorEvery = time.Hour
	// A time server trims the wall clock and CLOCK_BOOTTIME alike, so the
	// difference of the two stays as it is but for errors of reading. Where it
	// does not, somebody has set the clock.
	stepped = 500 * time.Millisecond
)

// Watch decides when a clock event is due. It is pure. The zero Watch has
// written none.
type Watch struct {
	latest  Anchor
	written int64 // up of the latest event, ms
}

// Due is the clock event to write, given a new anchor: the first of a synced
// clock, every change of quality and every step, and hourly while it is synced.
// nil: none. In an unsynced hour nothing is written.
func (w *Watch) Due(a Anchor) *tap.ClockEvent {
	was := w.latest
	w.latest = a
	switch {
	case was.Quality == "" && a.Quality != tap.Synced: // the start has said so
	case was.Quality != a.Quality,
		a.Quality != tap.Unknown && (a.Offset-was.Offset).Abs() > stepped,
		a.Quality == tap.Synced && a.Up-w.written >= anchorEvery.Milliseconds():
		w.written = a.Up
		return a.Event()
	}
	if a.Quality == was.Quality {
		w.latest.Offset = was.Offset // a drift must not hide a step, nor make up one
	}
	return nil
}

// Event is the anchor as the journal has it.
func (a Anchor) Event() *tap.ClockEvent {
	const ms = time.Millisecond
	return &tap.ClockEvent{
		Header:  tap.Header{Kind: tap.KindClock},
		Quality: a.Quality, Offset: a.Offset.Milliseconds(), Error: int64((a.Error + ms - 1) / ms), Source: "kernel",
	}
}
