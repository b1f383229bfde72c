package main

import (
	"encoding/json"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// moment is a day or a time of a day, as a person writes it: 2026-11-23,
// 2026-11-23T14:05 or with a zone. The zero moment is none.
type moment struct {
	wall  time.Time
	day   bool // the whole of it
	zoned bool
}

// UnmarshalText reads it.
func (m *moment) UnmarshalText(text []byte) (err error) {
	for _, f := range []struct {
		layout     string
		day, zoned bool
	}{
		{time.DateOnly, true, false},
		{"2006-01-02T15:04", false, false},
		{"2006-01-02T15:04:05", false, false},
		{time.RFC3339, false, true},
	} {
		if m.wall, err = time.Parse(f.layout, string(text)); err == nil {
			m.day, m.zoned = f.day, f.zoned
			return nil
		}
	}
	return fmt.Errorf("%q is no day (2026-11-23) and no time (2026-11-23T14:05)", text)
}

// start is where the moment begins in a place; the zero time for none.
func (m moment) start(place *time.Location) time.Time {
	if m.zoned || m.wall.IsZero() {
		return m.wall
	}
	w := m.wall
	return time.Date(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), 0, place)
}

// end is where it ends: a day at the next one, a time where it begins.
func (m moment) end(place *time.Location) time.Time {
	if m.day {
		return m.start(place).AddDate(0, 0, 1)
	}
	return m.start(place)
}

// period is a time from since to until; a zero time is no bound.
type period struct{ since, until time.Time }

// of is the run of a journal's events that a period holds; first is beyond last
// where there is none. An event whose clock was not right may belong to any
// time: it is left out only where events with a right one, before or after it,
// leave no doubt.
func (p period) of(r *journal.Reader) (first, last uint64, err error) {
	tail, err := r.Tail()
	if err != nil {
		return 0, 0, err
	}
	first, last = 1, tail.Seq
	if p == (period{}) {
		return first, last, nil
	}
	var bad error
	err = r.Backward(func(l seal.Link) bool {
		var h tap.Header
		if bad = json.Unmarshal(l.Event, &h); bad != nil {
			return false
		}
		at, err := tap.ParseTime(h.At)
		if h.Clock != tap.Synced || err != nil {
			return true
		}
		late := !p.until.IsZero() && !at.Before(p.until)
		switch {
		case late:
			last = l.Seq - 1
		case at.Before(p.since):
			first = l.Seq + 1
		}
		return late || !p.since.IsZero() && !at.Before(p.since)
	})
	if err == nil {
		err = bad
	}
	return first, last, err
}
