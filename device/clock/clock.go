// Package clock tells time on a machine without a clock: CLOCK_BOOTTIME orders
// what happens within a boot, and the wall clock is believed only as far as it
// is known to be right.
package clock

import (
	"sync"
	"time"

	"sourire/device/tap"
)

// Reading is the time at one moment.
type Reading struct {
	Up      int64       // CLOCK_BOOTTIME in ms
	Wall    time.Time   // the best wall time known, in the store's time zone
	Quality tap.Quality // what Wall is worth
}

// Clock tells the time. Its methods may be called from any goroutine.
//
// A wall clock that no time server keeps is worth something ([tap.Saved]) where
// it was kept otherwise since it was last right: by a time server earlier in
// this boot, by an RTC, or because somebody has just set it. A Pi has no RTC:
// what its wall clock says after a power cut is when the power went, and nothing
// tells how long for. Then the time is not known, and the wall time of readings
// only never runs back.
type Clock struct {
	source   Source
	location *time.Location

	mu      sync.Mutex
	known   bool          // Know was called
	past    time.Time     // a moment that has certainly passed
	passed  time.Duration // when, in CLOCK_BOOTTIME, that was known
	doubt   bool          // the machine was off, and no RTC vouches for the wall clock
	began   time.Duration // wall clock minus CLOCK_BOOTTIME when the doubt began
	synced  bool          // earlier in this boot
	offset  time.Duration // wall time minus CLOCK_BOOTTIME, as a time server last kept it
	trusted bool
}

// born is before any terminal ran.
var born = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

const (
	rtcAgrees = 2 * time.Minute // between a wall clock and the RTC that set it
	setByHand = time.Minute     // a step that is no time server's trim
)

// New is a clock that knows nothing of the past.
func New(source Source, location *time.Location) *Clock {
	return &Clock{source: source, location: location, past: born, passed: source.Boottime()}
}

// Trust has the wall clock believed where nothing speaks against it, also after
// the machine was off: a PC has a clock, even where no RTC is in sight.
func (c *Clock) Trust() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.trusted = true
}

// Know tells the clock what is known of the time before this start. It is
// called once a process: later, the clock itself knows better, and a call does
// nothing.
func (c *Clock) Know(p Past) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.known {
		return
	}
	c.known = true
	up, wall := c.source.Boottime(), c.source.Realtime()
	if p.Time.After(c.past) {
		c.past, c.passed = p.Time, up
	}
	if p.Synced && !c.synced {
		c.synced, c.offset = true, p.Offset
	}
	rtc, ok := c.source.RTC()
	c.doubt = p.Off && (!ok || rtc.Sub(wall).Abs() > rtcAgrees)
	c.began = wall.Sub(epoch) - up
}

var epoch = time.Unix(0, 0)

// Now reads the clocks.
func (c *Clock) Now() Reading {
	c.mu.Lock()
	defer c.mu.Unlock()
	wall, up := c.source.Realtime(), c.source.Boottime()
	synced, _ := c.source.Synced()
	quality := tap.Saved
	switch offset := wall.Sub(epoch) - up; {
	case synced:
		quality = tap.Synced
		c.synced, c.offset = true, offset
	case c.synced:
		wall = epoch.Add(up + c.offset)
	case c.pastAt(up).After(wall):
		wall, quality = c.pastAt(up), tap.Unknown
	case c.doubt && !c.trusted && (offset-c.began).Abs() < setByHand:
		quality = tap.Unknown
	}
	return Reading{Up: up.Milliseconds(), Wall: wall.In(c.location), Quality: quality}
}

// pastAt is a moment that has certainly passed at up.
func (c *Clock) pastAt(up time.Duration) time.Time { return c.past.Add(up - c.passed) }
