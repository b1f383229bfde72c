package tally

import (
	"slices"
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
	known   bool            // a time server has said what the time of this boot is:
	offset  int64           // ms to add to up
	dated   bool            // or its wall clock does, which was kept otherwise
	waiting []watch         // until it is known

	whole   bool   // this boot was heard from its beginning, so also what it knew of the time
	begun   int64  // up of its first event
	until   int64  // wall time until which the last boot of known time ran, ms; 0: there was none
	vouched int64  // the same, of the last boot whose time a time server knew
	dark    bool   // a boot since has ended without its time
	blind   []span // in which boots ran whose time will not be known
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
		d.boot, d.known, d.dated, d.waiting, d.running, d.begun = h.Boot, false, false, nil, false, h.Up
		d.whole = h.Kind == tap.KindBoot || h.Kind == tap.KindGenesis
	}
	if h.Kind == tap.KindBoot {
		d.running = false
		clear(d.broken)
	}
	switch at, err := tap.ParseTime(h.At); {
	case err != nil || d.known:
	case h.Clock == tap.Saved:
		d.date(at.UnixMilli() - h.Up)
	case h.Clock == tap.Synced && !d.whole:
		d.anchored(at.UnixMilli() - h.Up) // what said so was not read again
	}
	d.reach(h.Up)
	if !d.running {
		d.last, d.running = h.Up, true
	}
	switch e := e.(type) {
	case *tap.ClockEvent:
		switch {
		case e.Quality == tap.Synced:
			d.anchored(e.Offset)
		case e.Quality == tap.Saved && !d.known:
			d.date(e.Offset)
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

// leave ends a boot. The time of one that no time server has set is not known
// any better later.
func (d *duty) leave() {
	if d.known {
		d.vouched = d.last + d.offset
	} else if d.dated {
		d.anchored(d.offset)
	}
	if d.known {
		d.until = d.last + d.offset
	} else if d.boot != 0 {
		d.dark = true
	}
}

// date says what a wall clock takes the time of this boot for that no time
// server keeps.
func (d *duty) date(offset int64) { d.dated, d.offset = true, offset }

// now is the hours as they are known now, and when boots ran whose time is not,
// until a moment.
func (d *duty) now(until int64) (map[slot]*service, []span) {
	hours, blind := d.hours, slices.Clip(d.blind)
	switch {
	case d.known || d.boot == 0:
		return hours, blind
	case !d.dated:
		return hours, append(blind, span{d.until, until})
	case d.dark:
		blind = append(blind, span{d.until, d.begun + d.offset})
	}
	guess := duty{slotAt: d.slotAt, hours: make(map[slot]*service, len(hours)), offset: d.offset}
	for s, h := range hours {
		guess.hours[s] = &service{h.on, h.served}
	}
	for _, w := range d.waiting {
		guess.count(w)
	}
	return guess.hours, blind
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

// forget drops the hours before a slot, which begins at a moment, in ms.
func (d *duty) forget(before slot, at int64) {
	for s := range d.hours {
		if s < before {
			delete(d.hours, s)
		}
	}
	d.blind = slices.DeleteFunc(d.blind, func(b span) bool { return b.to <= at })
}

// overlap is for how many seconds of a time the spans last.
func overlap(spans []span, from, to time.Time) int {
	ms := int64(0)
	for _, b := range spans {
		ms += max(0, min(b.to, to.UnixMilli())-max(b.from, from.UnixMilli()))
	}
	return seconds(ms)
}
