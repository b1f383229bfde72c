package clock

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// Source is the clocks of a machine. [Machine] is this one's; clocktest has one
// that a test sets.
type Source interface {
	Boottime() time.Duration // CLOCK_BOOTTIME: never steps, and goes on while the machine sleeps
	Realtime() time.Time     // CLOCK_REALTIME
	// Synced reports whether a time server keeps the wall clock, and the bound on
	// its error.
	Synced() (synced bool, maxError time.Duration)
	// RTC is what the clock with a battery says; false where there is none.
	RTC() (time.Time, bool)
}

// Machine is this machine's clocks.
type Machine struct {
	Sys string // where sysfs is; "/sys" if empty
}

// BootID names this boot of the kernel.
func BootID() (string, error) {
	b, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return "", fmt.Errorf("read the boot id: %w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// Up is CLOCK_BOOTTIME in ms.
func Up() int64 { return SinceBoot().Milliseconds() }

// SinceBoot is CLOCK_BOOTTIME.
func SinceBoot() time.Duration { return time.Duration(nanos(unix.CLOCK_BOOTTIME)) }

// Boottime is CLOCK_BOOTTIME.
func (Machine) Boottime() time.Duration { return SinceBoot() }

// Realtime is CLOCK_REALTIME.
func (Machine) Realtime() time.Time { return time.Unix(0, nanos(unix.CLOCK_REALTIME)) }

const timeError = 5 // TIME_ERROR of adjtimex(2): the clock is not synchronised

// Synced asks adjtimex(2), which changes nothing.
func (Machine) Synced() (bool, time.Duration) {
	var t unix.Timex
	state, err := unix.Adjtimex(&t)
	if err != nil {
		return false, 0
	}
	return state != timeError && t.Status&unix.STA_UNSYNC == 0, time.Duration(t.Maxerror) * time.Microsecond
}

// RTC is the latest of the clocks that sysfs lists.
func (m Machine) RTC() (latest time.Time, ok bool) {
	sys := m.Sys
	if sys == "" {
		sys = "/sys"
	}
	files, _ := filepath.Glob(filepath.Join(sys, "class", "rtc", "*", "since_epoch")) // the pattern is a good one
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue
		}
		s, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
		if t := time.Unix(s, 0); err == nil && (!ok || t.After(latest)) {
			latest, ok = t, true
		}
	}
	return latest, ok
}

func nanos(clock int32) int64 {
	var t unix.Timespec
	if err := unix.ClockGettime(clock, &t); err != nil {
		panic(fmt.Sprintf("clock_gettime(%d): %v", clock, err)) // both exist since Linux 2.6.39
	}
	return t.Nano()
}
