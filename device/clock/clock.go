// Package clock tells time on a machine without a clock: CLOCK_BOOTTIME orders
// what happens within a boot, and the wall clock is believed only as far as it
// is known to be right.
package clock

import (
	"fmt"
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"sourire/device/tap"
)

// Reading is the time at one moment.
type Reading struct {
	Up      int64       // CLOCK_BOOTTIME in ms
	Wall    time.Time   // the best wall time known
	Quality tap.Quality // what Wall is worth
}

// Anchor ties CLOCK_BOOTTIME to the wall clock.
type Anchor struct {
	Offset int64 // ms to add to Up for Unix time in ms
	Error  int64 // ms, at most
}

// System is this machine's clock.
type System struct {
	// NotBefore is a moment that has certainly passed, such as that of the
	// newest event in the journal. A wall clock that is not synced but later
	// than this was at least restored from before the power cut.
	NotBefore time.Time
	Location  *time.Location
}

// BootID names this boot of the kernel.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Now reads the clocks.
func (s System) Now() Reading {
	wall := time.Now().In(s.Location)
	return Reading{Up: Up(), Wall: wall, Quality: quality(synced(), wall, s.NotBefore)}
}

// Up is CLOCK_BOOTTIME in ms.
func Up() int64 { return SinceBoot().Milliseconds() }

// SinceBoot is CLOCK_BOOTTIME.
func SinceBoot() time.Duration { return time.Duration(nanos(unix.CLOCK_BOOTTIME)) }

// Anchor measures the wall clock against CLOCK_BOOTTIME: the best of five
// readings, taken between two of the other clock.
func (s System) Anchor() Anchor {
	best := Anchor{Error: 1 << 62}
	for range 5 {
		before := nanos(unix.CLOCK_BOOTTIME)
		wall := nanos(unix.CLOCK_REALTIME)
		after := nanos(unix.CLOCK_BOOTTIME)
		if width := (after - before) / 2; width < best.Error {
			best = Anchor{Offset: wall - before - width, Error: width}
		}
	}
	ms := int64(time.Millisecond)
	return Anchor{Offset: best.Offset / ms, Error: best.Error/ms + 1 + maxError()}
}

func quality(synced bool, wall, notBefore time.Time) tap.Quality {
	switch {
	case synced:
		return tap.Synced
	case wall.After(notBefore):
		return tap.Saved
	default:
		return tap.Unknown
	}
}

const timeError = 5 // TIME_ERROR of adjtimex(2): the clock is not synchronised

// synced reports whether a time server keeps the kernel's clock.
func synced() bool {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	return err == nil && state != timeError && t.Status&unix.STA_UNSYNC == 0
}

// maxError is the kernel's bound on the wall clock's error, in ms.
func maxError() int64 {
	var t unix.Timex
	if _, err := unix.Adjtimex(&t); err != nil {
		return 0
	}
	return int64(t.Maxerror) / 1000
}

func nanos(clock int32) int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(fmt.Sprintf("clock_gettime(%d): %v", clock, err)) // both exist since Linux 2.6.39
	}
	return t.Nano()
}
