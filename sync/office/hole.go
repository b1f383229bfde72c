package office

import (
	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// Hole is a run of events within an epoch that are not here: their terminal has
// lost them, or an older copy of the store was put back, and the terminal, which
// has seen them acknowledged, does not have them any more.
type Hole struct {
	After, Upto uint64    // events After+1 to Upto
	Head        seal.Head // after Upto
}

// segment is where the unbroken run of events begins that seq is in, and the
// head before its first event; false where seq is not here, or not beyond that.
func (e *Epoch) segment(seq uint64) (base uint64, head seal.Head, here bool) {
	base, head = e.Base, e.Prev
	for _, h := range e.Holes {
		if seq > h.After {
			base, head = h.Upto, h.Head
		}
	}
	return base, head, seq > base
}

// has reports whether seq, or what comes after the newest event, can be compared
// with what is here.
func (e *Epoch) has(seq uint64) bool {
	base, _, here := e.segment(min(seq, e.Last))
	return here || seq > e.Last && base == e.Last
}

// events is how many events of the epoch are here.
func (e *Epoch) events() uint64 { return e.Last - e.absent() }

// absent is how many are known to have been and are not.
func (e *Epoch) absent() uint64 {
	n := e.Base
	for _, h := range e.Holes {
		n += h.Upto - h.After
	}
	return n
}

// had reports whether the terminal says that head office once acknowledged all
// that came before a batch.
func (t *terminal) had(b *wire.Batch) bool {
	s := t.state
	return s != nil && s.Epoch == b.Epoch && s.Last != nil && s.Pending != nil &&
		*s.Pending <= *s.Last && b.First-1 <= *s.Last-*s.Pending
}

// lostFormat is the incident of events that their terminal has lost.
const lostFormat = "events %d to %d are lost: the terminal could not read them from its damaged journal"

// lost reports whether a terminal has seen more of its epoch acknowledged than
// is here, and what is.
func (t *terminal) lost(id tap.Identity) (here ack, yes bool) {
	s := t.state
	if s == nil || s.Last == nil || s.Pending == nil || *s.Pending > *s.Last {
		return here, false
	}
	here.id = EpochID{id, s.Epoch}
	if e := t.epoch(s.Epoch); e != nil {
		here = e.ack()
	}
	return here, *s.Last-*s.Pending > here.seq
}

// reclaim asks a terminal for what it has seen acknowledged and is not here. It
// has that for as long as its retention lasts.
func (w *work) reclaim() {
	here, lost := w.t.lost(w.share.id)
	switch {
	case !lost:
		w.t.asked = asked{}
	case w.t.unread == nil && w.share.damage == nil:
		w.ask(here)
	}
}

// skip leaves a hole before a batch, where what lies there is lost for good: it
// reports whether it did. What may not be is asked for.
func (w *work) skip(e *epoch, b *wire.Batch) bool {
	switch {
	case b.Lost > 0 && b.First-1-b.Lost <= e.Last:
		w.incident(b.Epoch, b.First, lostFormat, e.Last+1, b.First-1)
	case !w.t.had(b):
		return false
	case !w.t.asked.inVain(w.now):
		w.reclaim()
		return false
	default:
		w.incident(b.Epoch, b.First, "events %d to %d are not here, though head office has acknowledged them: was an older copy of the store put back?", e.Last+1, b.First-1)
	}
	e.Holes = append(e.Holes, Hole{e.Last, b.First - 1, b.Prev})
	e.Last, e.Head = b.First-1, b.Prev
	w.t.asked = asked{}
	return true
}
