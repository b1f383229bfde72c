package clock

import (
	"time"

	"sourire/device/tap"
)

// Past is what is known of the time before a start.
type Past struct {
	Time   time.Time     // a moment that has certainly passed; zero: none is known
	Off    bool          // the machine may have been off since
	Synced bool          // a time server kept the clock earlier in this boot:
	Offset time.Duration // wall time minus CLOCK_BOOTTIME, then
}

// Recall reads the past from a journal's newest events, oldest first, which
// reach back to the newest boot event where there is one.
//
// What is certain is the time of events that a clock event of their boot dates,
// of those with a synced clock, and of those whose time was not known: that is
// one that had passed, and goes on. A saved time is not certain: an RTC may be
// years ahead.
func Recall(events []tap.Event, bootID string) Past {
	anchors := map[uint64]time.Duration{}
	var p Past
	for _, e := range events {
		switch e := e.(type) {
		case *tap.ClockEvent:
			if e.Quality == tap.Synced {
				anchors[e.Boot] = time.Duration(e.Offset) * time.Millisecond
			}
		case *tap.BootEvent:
			p.Off = e.BootID != bootID
		case *tap.GenesisEvent:
			p.Off = e.Previous != nil
		}
	}
	for _, e := range events {
		h := e.Head()
		offset, dated := anchors[h.Boot]
		if dated {
			p.Time = epoch.Add(time.Duration(h.Up)*time.Millisecond + offset)
		} else if t, err := tap.ParseTime(h.At); err == nil && h.Clock != tap.Saved {
			p.Time = t
		}
		p.Offset, p.Synced = offset, dated && !p.Off
	}
	return p
}
