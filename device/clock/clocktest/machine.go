// Package clocktest has a machine whose clocks a test sets.
package clocktest

import (
	"strconv"
	"sync"
	"time"
)

// Machine is a [sourire/device/clock.Source]. Its time passes when a test says
// so. The zero Machine started when Unix time began; its wall clock is not
// synced, and it has no RTC.
type Machine struct {
	// Restart is what the wall clock says after a power cut: given when the power
	// went, as the wall clock had it, and what the RTC says, zero where there is
	// none. nil: a clock begins in 2000.
	Restart func(went, rtc time.Time) time.Time

	mu     sync.Mutex
	boots  int
	up     time.Duration
	offset time.Duration // of the wall clock
	synced bool
	rtc    time.Duration // of the RTC's, against CLOCK_BOOTTIME
	hasRTC bool
}

// Boottime is CLOCK_BOOTTIME.
func (m *Machine) Boottime() time.Duration {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.up
}

// Realtime is CLOCK_REALTIME.
func (m *Machine) Realtime() time.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Unix(0, 0).Add(m.up + m.offset)
}

// Synced is what [Machine.Sync] and [Machine.Lose] made it.
func (m *Machine) Synced() (bool, time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.synced, 5 * time.Millisecond
}

// RTC is the time of the RTC.
func (m *Machine) RTC() (time.Time, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return time.Unix(0, 0).Add(m.up + m.rtc), m.hasRTC
}

// BootID names the boot.
func (m *Machine) BootID() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return "boot-" + strconv.Itoa(m.boots)
}

// Pass lets time pass, asleep or awake.
func (m *Machine) Pass(d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.up += d
}

// Set steps the wall clock.
func (m *Machine) Set(wall time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.offset = wall.Sub(time.Unix(0, 0)) - m.up
}

// Sync has a time server step the wall clock, and keep it.
func (m *Machine) Sync(wall time.Time) {
	m.Set(wall)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.synced = true
}

// Lose has the time server be gone for long.
func (m *Machine) Lose() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.synced = false
}

// SetRTC gives the machine an RTC that says the given time.
func (m *Machine) SetRTC(at time.Time) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rtc, m.hasRTC = at.Sub(time.Unix(0, 0))-m.up, true
}

// PowerCut is a power cut that lasts d, and the start of the kernel after it.
func (m *Machine) PowerCut(d time.Duration) {
	went := m.Realtime()
	rtc, ok := m.RTC()
	m.mu.Lock()
	m.boots++
	m.up, m.synced = 3*time.Second, false
	if ok {
		rtc = rtc.Add(d)
		m.rtc = rtc.Sub(time.Unix(0, 0)) - m.up
	} else {
		rtc = time.Time{}
	}
	m.mu.Unlock()
	wall := time.Date(2000, time.January, 1, 0, 0, 3, 0, time.UTC)
	if m.Restart != nil {
		wall = m.Restart(went, rtc)
	}
	m.Set(wall)
}
