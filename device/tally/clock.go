package tally

import (
	"math"
	"slices"
	"time"

	"sourire/device/tap"
)

// slot numbers the hours of the store's days: 48 times the day, from 1970-01-01,
// plus twice the hour that its clock shows, plus one where the clock shows that
// hour for the second time.
type slot int32

const (
	hoursOfDay = 24
	slotsOfDay = 2 * hoursOfDay
)

// noTime is the slot of what has no known time.
const noTime slot = math.MinInt32

// slotAt is the slot of an instant; noTime where no calendar has it.
func (l *Ledger) slotAt(t time.Time) slot {
	n := l.hourOf(t)
	s := 2 * n
	if l.hourOf(t.Add(-time.Hour)) == n {
		s++
	}
	if s <= int64(noTime) || s > math.MaxInt32 {
		return noTime
	}
	return slot(s)
}

// start is when the hour of a slot begins.
func (l *Ledger) start(s slot) time.Time {
	t := time.Date(1970, 1, 1, int(s>>1), 0, 0, 0, l.loc)
	for _, d := range []time.Duration{-time.Hour, time.Hour} { // of two, Date returns either
		if l.slotAt(t) != s && l.slotAt(t.Add(d)) == s {
			t = t.Add(d)
		}
	}
	return t
}

// hourOf numbers what the store's clock shows at an instant, by the hour.
func (l *Ledger) hourOf(t time.Time) int64 {
	return hoursOfDay*l.dayOf(t) + int64(t.In(l.loc).Hour())
}

// dayOf is the number of the store's day of an instant, from 1970-01-01.
func (l *Ledger) dayOf(t time.Time) int64 {
	y, m, d := t.In(l.loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400
}

// once reports whether what is counted for a survey must never move: what was
// told of staff would differ from what is told later. A time that no server vouches
// for does not count for them, and one that it did is right.
func (l *Ledger) once(survey uint16) bool { return l.surveys[survey].Audience == "staff" }

// slotOfTap is where a tap belongs by its own wall time.
func (l *Ledger) slotOfTap(e *tap.TapEvent, survey uint16) slot {
	at, err := tap.ParseTime(e.At)
	if own := rankOf(e.Clock); err != nil || own == unknown || own == saved && l.once(survey) {
		return noTime
	}
	return l.slotAt(at)
}

// rank orders the qualities of a wall time, the better the higher.
type rank uint8

const (
	unknown rank = iota
	saved
	synced
)

func rankOf(q tap.Quality) rank {
	switch q {
	case tap.Synced:
		return synced
	case tap.Saved:
		return saved
	}
	return unknown
}

// boot is the kernel boot that the journal is in: its taps, as long as a clock
// event may still move them, and what the clock events say.
type boot struct {
	number  uint64
	anchor  anchor
	waiting []waiting
}

// anchor is a clock event: wall = up + offset. The zero anchor knows nothing.
type anchor struct {
	rank   rank
	offset int64 // ms
}

// stepped is by how much, in ms, an offset differs from another that somebody
// has stepped the clock.
const stepped = 500

// waiting is a tap in 24 bytes.
type waiting struct {
	up     int64 // of a synced tap: its wall time minus the offset of its moment
	slot   slot  // by its own wall time
	survey uint16
	choice uint8
	bits   uint8 // bit i: flags[i]; and these:
	reason uint16
}

const (
	syncedBit  = 1 << 5
	countedBit = 1 << 6
	savedBit   = 1 << 7
)

// tapOf packs a tap.
func tapOf(e *tap.TapEvent, survey uint16, s slot) waiting {
	w := waiting{up: e.Up, slot: s, survey: survey, choice: uint8(e.Choice)}
	for i, f := range flags {
		if slices.Contains(e.Flags, f) {
			w.bits |= 1 << i
		}
	}
	if e.Counted {
		w.bits |= countedBit
	}
	switch {
	case s == noTime:
	case rankOf(e.Clock) == synced:
		w.bits |= syncedBit
	default:
		w.bits |= savedBit
	}
	return w
}

// rank is what the tap's own wall time is worth.
func (w waiting) rank() rank {
	switch {
	case w.bits&syncedBit != 0:
		return synced
	case w.bits&savedBit != 0:
		return saved
	}
	return unknown
}

// enter begins a new kernel boot, if n is one. No clock event moves what is of
// the boot before.
func (l *Ledger) enter(n uint64) {
	if n != l.boot.number {
		l.boot = boot{number: n}
		l.recent = nil
	}
}

// wait keeps a tap for the clock events to come, and returns its index; -1
// where none can move it: its clock was synced, and no clock event has said to
// what.
func (l *Ledger) wait(w waiting, e *tap.TapEvent) int {
	b := &l.boot
	if w.rank() == synced {
		at, err := tap.ParseTime(e.At)
		if b.anchor.rank != synced || err != nil || l.once(w.survey) {
			return -1
		}
		w.up = at.UnixMilli() - b.anchor.offset
	}
	if len(b.waiting) >= 2*mostWaiting && b.anchor.rank == synced {
		l.settle(mostWaiting)
	}
	b.waiting = append(b.waiting, w)
	return len(b.waiting) - 1
}

// mostWaiting is how many taps, at least, a step of a synced clock moves.
const mostWaiting = 25_000

// settle leaves the oldest n waiting taps where they are for good.
func (l *Ledger) settle(n int) {
	b := &l.boot
	for i := range l.recent {
		r := &l.recent[i]
		if r.waiting >= 0 && r.waiting < n {
			r.key = l.place(b.waiting[r.waiting], b.anchor)
		}
		r.waiting = max(r.waiting-n, -1)
	}
	b.waiting = slices.Clone(b.waiting[n:])
}

// place is where a waiting tap is counted while its boot has this anchor: by
// the anchor where that is worth more than the tap's own time, and as much where
// that was synced to another.
func (l *Ledger) place(w waiting, a anchor) key {
	switch once := l.once(w.survey); {
	case once && w.rank() == synced:
		return key{w.slot, w.survey}
	case once && a.rank == saved:
		return key{noTime, w.survey}
	}
	if a.rank > w.rank() || a.rank == synced {
		return key{l.slotAt(time.UnixMilli(w.up + a.offset)), w.survey}
	}
	return key{w.slot, w.survey}
}

// take has a clock event hold, where it does: of several, the best quality
// holds, and of those the latest: between two of them somebody has stepped the
// clock, and it is right now. It reports whether anything changed.
func (a *anchor) take(e *tap.ClockEvent) bool {
	next := anchor{rankOf(e.Quality), e.Offset}
	change := next.offset - a.offset
	if next.rank < a.rank || next.rank == a.rank && -stepped <= change && change <= stepped {
		return false
	}
	*a = next
	return true
}

// correct moves the waiting taps of a boot to where a clock event puts them.
func (l *Ledger) correct(e *tap.ClockEvent) {
	b := &l.boot
	old := b.anchor
	if !b.anchor.take(e) {
		return
	}
	for i, w := range b.waiting {
		from, to := l.place(w, old), l.place(w, b.anchor)
		if from != to {
			l.count(from, w, -1)
			l.count(to, w, +1)
		}
		if b.anchor.rank == synced && l.once(w.survey) {
			b.waiting[i].slot, b.waiting[i].bits = to.slot, w.bits&^savedBit|syncedBit
		}
	}
}
