package tally

import (
	"time"

	"sourire/device/tap"
)

// marks is where in a journal hours begin, to know from where on it has to be
// read again for those that are not finished.
type marks struct {
	slotAt func(time.Time) slot
	all    []mark
	faults map[string]uint64 // seq of the blocking faults that hold, by part
}

// mark is the first event of an hour, or of an hour of a boot whose time is not
// known.
type mark struct {
	seq, boot uint64
	up        int64
	slot      slot // by its own time, which may be none
	open      bool // a clock event may still move it
}

func newMarks(slotAt func(time.Time) slot) *marks {
	return &marks{slotAt: slotAt, faults: map[string]uint64{}}
}

// add adds an event; offset is that of its boot, if that is known.
func (m *marks) add(e tap.Event, known bool, offset int64) {
	h := e.Head()
	switch e := e.(type) {
	case *tap.BootEvent:
		clear(m.faults)
	case *tap.ClockEvent:
		if e.Quality == tap.Synced {
			m.decide(h.Boot, e.Offset)
		}
	case *tap.FaultEvent:
		if e.Kind == tap.KindClear {
			delete(m.faults, e.Part)
		} else if _, holds := m.faults[e.Part]; blocking[e.Part] && !holds {
			m.faults[e.Part] = h.Seq
		}
	}
	n := mark{seq: h.Seq, boot: h.Boot, up: h.Up, slot: noTime}
	at, err := tap.ParseTime(h.At)
	switch {
	case h.Clock == tap.Synced && err == nil:
		n.slot = m.slotAt(at)
	case known:
		n.slot = m.slotAt(time.UnixMilli(h.Up + offset))
	default:
		n.open = true
		if h.Clock == tap.Saved && err == nil {
			n.slot = m.slotAt(at)
		}
	}
	if k := len(m.all); k > 0 && m.all[k-1].like(n) {
		return
	}
	m.all = append(m.all, n)
}

// like reports whether an event needs no mark after m.
func (m mark) like(n mark) bool {
	const hour = int64(time.Hour / time.Millisecond)
	return m.boot == n.boot && m.open == n.open && m.slot == n.slot && (!n.open || m.up/hour == n.up/hour)
}

// decide gives the events of a boot their time.
func (m *marks) decide(boot uint64, offset int64) {
	for i := range m.all {
		if n := &m.all[i]; n.open && n.boot == boot {
			n.slot, n.open = m.slotAt(time.UnixMilli(n.up+offset)), false
		}
	}
}

// from is the seq from which on the journal has all events of the hours from
// first on, and the event before them. That of a boot which is over is not
// decided any more.
func (m *marks) from(first slot, boot uint64) uint64 {
	i := 0
	for i < len(m.all) && m.all[i].slot < first && (!m.all[i].open || m.all[i].boot != boot) {
		i++
	}
	if len(m.all) == 0 {
		return 1
	}
	from := m.all[max(i-1, 0)].seq // its hour may end after the next mark
	for _, seq := range m.faults {
		from = min(from, seq)
	}
	return from
}

// forget drops the marks before the one that from is of.
func (m *marks) forget(from uint64) {
	for len(m.all) > 1 && m.all[1].seq <= from {
		m.all = m.all[1:]
	}
}
