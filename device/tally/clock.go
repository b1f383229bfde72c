package tally

import (
	"math"
	"slices"
	"time"

	"sourire/device/tap"
)

// slot numbers the clock hours of the store's days: 24 times the day, from
// 1970-01-01, plus the hour that its clock shows.
type slot int32

// noTime is the slot of what has no known time.
const noTime slot = math.MinInt32

// slotAt is the slot of an instant; noTime where no calendar has it.
func (l *Ledger) slotAt(t time.Time) slot {
	n := 24*l.dayOf(t) + int64(t.In(l.loc).Hour())
	if n <= int64(noTime) || n > math.MaxInt32 {
		return noTime
	}
	return slot(n)
}

// dayOf is the number of the store's day of an instant, from 1970-01-01.
func (l *Ledger) dayOf(t time.Time) int64 {
	y, m, d := t.In(l.loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / 86_400
}

// slotOfTap is where a tap belongs by its own wall time.
func (l *Ledger) slotOfTap(e *tap.TapEvent) slot {
	at, err := tap.ParseTime(e.At)
	if err != nil || rankOf(e.Clock) == unknown {
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

// boot is one kernel boot: its taps that were not stamped by a synced clock,
// and what the clock events say about it.
type boot struct {
	anchor  anchor
	waiting []waiting
}

// anchor is a clock event: wall = up + offset. The zero anchor knows nothing.
type anchor struct {
	rank   rank
	seq    uint64
	offset int64 // ms
}

// waiting is a tap in 16 bytes.
type waiting struct {
	up     int64
	slot   slot // by its own wall time
	survey uint16
	choice uint8
	bits   uint8 // bit i: flags[i]; countedBit; savedBit
}

const (
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
	if s != noTime {
		w.bits |= savedBit
	}
	return w
}

// rank is what the tap's own wall time is worth, while it waits.
func (w waiting) rank() rank {
	if w.bits&savedBit != 0 {
		return saved
	}
	return unknown
}

// boot is the state of a kernel boot, which may be new.
func (l *Ledger) boot(n uint64) *boot {
	b := l.boots[n]
	if b == nil {
		b = &boot{}
		l.boots[n] = b
	}
	return b
}

// place is where a waiting tap is counted while its boot has this anchor: by
// the anchor where that is worth more than the tap's own time.
func (l *Ledger) place(w waiting, a anchor) key {
	if a.rank > w.rank() {
		return key{l.slotAt(time.UnixMilli(w.up + a.offset)), w.survey}
	}
	return key{w.slot, w.survey}
}

// correct moves the waiting taps of a boot to where a clock event puts them.
// Of several, the best quality holds, and of those the first by seq, which is
// the nearest to the taps that waited for it.
func (l *Ledger) correct(e *tap.ClockEvent) {
	b := l.boot(e.Boot)
	a := anchor{rankOf(e.Quality), e.Seq, e.Offset}
	old := b.anchor
	if a.rank < old.rank || a.rank == old.rank && a.seq >= old.seq {
		return
	}
	b.anchor = a
	for _, w := range b.waiting {
		from, to := l.place(w, old), l.place(w, a)
		if from != to {
			l.count(from, w, -1)
			l.count(to, w, +1)
		}
	}
}
