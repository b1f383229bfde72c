package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"sort"
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
	if p == (period{}) {
		return 1, tail.Seq, nil
	}
	newest, err := p.beyond(r, tail.Seq)
	if err != nil {
		return 0, 0, err
	}
	return p.scan(r, newest)
}

// scan is the run, looked for from an event back.
func (p period) scan(r *journal.Reader, newest uint64) (first, last uint64, err error) {
	first, last = 1, newest
	var bad error
	err = r.Before(newest+1, func(l seal.Link) bool {
		at, right, err := timeOf(l)
		if err != nil || !right {
			bad = err
			return err == nil
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
	return first, last, errors.Join(err, bad)
}

// beyond is an event with which the time after the period has begun for good, by
// a clock that was right and with a day to spare for one that was set back; the
// newest where there is none. So a year is not walked through for a day of it.
func (p period) beyond(r *journal.Reader, newest uint64) (uint64, error) {
	base, err := r.Base()
	if err != nil || p.until.IsZero() {
		return newest, err
	}
	late := p.until.AddDate(0, 0, 1)
	found := newest
	sort.Search(int(newest-base.Seq), func(i int) bool {
		seq, at, e := rightFrom(r, base.Seq+1+uint64(i))
		err = errors.Join(err, e)
		if seq == 0 {
			return true
		}
		if at.Before(late) {
			return false
		}
		found = seq
		return true
	})
	return found, err
}

// rightFrom is the first event from a seq on whose clock was right; 0 for none.
func rightFrom(r *journal.Reader, seq uint64) (uint64, time.Time, error) {
	for n := 8; ; n = min(2*n, 500) {
		links, err := r.After(seq-1, n)
		if err != nil || len(links) == 0 {
			return 0, time.Time{}, err
		}
		for _, l := range links {
			at, right, err := timeOf(l)
			if right || err != nil {
				return l.Seq, at, err
			}
		}
		seq = links[len(links)-1].Seq + 1
	}
}

// timeOf is when an event was written, and whether the clock was right.
func timeOf(l seal.Link) (at time.Time, right bool, err error) {
	var h tap.Header
	if err := json.Unmarshal(l.Event, &h); err != nil {
		return at, false, fmt.Errorf("read event %d: %w", l.Seq, err)
	}
	at, err = tap.ParseTime(h.At)
	return at, h.Clock == tap.Synced && err == nil, nil
}
