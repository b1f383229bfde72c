package tally

import (
	"time"

	"sourire/device/tap"
)

// blocking are the parts without which no press can be taken.
var blocking = map[string]bool{"disk": true, "buttons": true}

// duty adds up, by hour, for how long the box ran and could take presses, from
// the events of its journal: it ran from its start to the last event before the
// next one. How long it went on after that event, when power was cut, nobody
// knows; it is not told.
type duty struct {
	slotAt  func(time.Time) slot
	hours   map[slot]*service
	boot    uint64
	last    int64           // up of the newest event of this run
	running bool            // there is one
	broken  map[string]bool // blocking parts that have failed
	known   bool            // the time of this boot is known:
	offset  int64           // ms to add to up
	waiting []watch         // until it is

	whole bool   // this boot was heard from its beginning, so also what it knew of the time
	begun int64  // up of its first event
	until int64  // wall time until which the last boot of known time ran, ms; 0: there was none
	dark  bool   // a boot since has ended without its time
	blind []span // in which boots ran whose time will not be known
}

// span is from a wall time to another, in ms.
type span struct{ from, to int64 }

// service is what is told of an hour, in ms.
type service struct{ on, served int64 }

// watch is a time in which the box ran, in up.
type watch struct {
	from, to int64
	served   bool
}

func newDuty(slotAt func(time.Time) slot) *duty {
	return &duty{slotAt: slotAt, hours: map[slot]*service{}, broken: map[string]bool{}}
}

func (d *duty) add(e tap.Event) {
	h := e.Head()
	if h.Boot != d.boot {
		d.leave()
		d.boot, d.known, d.waiting, d.running, d.begun = h.Boot, false, nil, false, h.Up
		d.whole = h.Kind == tap.KindBoot || h.Kind == tap.KindGenesis
	}
	if h.Kind == tap.KindBoot {
		d.running = false
		clear(d.broken)
	}
	if at, err := tap.ParseTime(h.At); err == nil && !d.whole && !d.known && h.Clock == tap.Synced {
		d.anchored(at.UnixMilli() - h.Up) // what said so was not read again
	}
	d.reach(h.Up)
	if !d.running {
		d.last, d.running = h.Up, true
	}
	switch e := e.(type) {
	case *tap.ClockEvent:
		if e.Quality == tap.Synced {
			d.anchored(e.Offset)
		}
	case *tap.FaultEvent:
		switch {
		case e.Kind == tap.KindClear:
			delete(d.broken, e.Part)
		case blocking[e.Part]:
			d.broken[e.Part] = true
		}
	}
}

// leave ends a boot.
func (d *duty) leave() {
	if d.known {
		d.until = d.last + d.offset
	} else if d.whole {
		d.dark = true
	}
}

// reach says that the box has run until a moment.
func (d *duty) reach(up int64) {
	if !d.running || up <= d.last {
		return
	}
	w := watch{d.last, up, len(d.broken) == 0}
	d.last = up
	switch n := len(d.waiting); {
	case d.known:
		d.count(w)
	case n > 0 && d.waiting[n-1].to == w.from && d.waiting[n-1].served == w.served:
		d.waiting[n-1].to = w.to
	default:
		d.waiting = append(d.waiting, w)
	}
}

// anchored says what the time of this boot is: ms to add to up.
func (d *duty) anchored(offset int64) {
	if !d.known && d.dark {
		d.blind, d.dark = append(d.blind, span{d.until, d.begun + offset}), false
	}
	d.known, d.offset = true, offset
	for _, w := range d.waiting {
		d.count(w)
	}
	d.waiting = nil
}

// count spreads a time over the hours that it is in.
func (d *duty) count(w watch) {
	for from := w.from; from < w.to; {
		at := time.UnixMilli(from + d.offset)
		s := d.slotAt(at)
		if s == noTime {
			return
		}
		to := min(w.to, nextHour(at, s, d.slotAt).UnixMilli()-d.offset)
		h := d.hours[s]
		if h == nil {
			h = &service{}
			d.hours[s] = h
		}
		h.on += to - from
		if w.served {
			h.served += to - from
		}
		from = to
	}
}

// nextHour is when the hour of an instant ends: zones have offsets of whole
// quarters.
func nextHour(at time.Time, s slot, slotAt func(time.Time) slot) time.Time {
	const quarter = 15 * time.Minute
	t := at.Truncate(quarter).Add(quarter)
	for slotAt(t) == s {
		t = t.Add(quarter)
	}
	return t
}

// forget drops the hours before a slot.
func (d *duty) forget(before slot) {
	for s := range d.hours {
		if s < before {
			delete(d.hours, s)
		}
	}
}
