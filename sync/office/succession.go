package office

import (
	"fmt"
	"slices"

	"sourire/device/tap"
)

// Why a terminal began a new epoch, where that is nobody's wish.
const (
	whyDamaged = "damaged"
	whyCopied  = "copied"
	whyReset   = "reset"
)

// succession records what a new genesis says of the epoch before it, where that
// is an accident or does not fit what is here.
func (w *work) succession(e *epoch) {
	p := e.previous
	if p == nil {
		for _, other := range w.t.epochs {
			if other != e && !w.t.descends(other.Epoch.Epoch, e.Epoch.Epoch) {
				w.incident(e.Epoch.Epoch, 1, "a first journal, which names none before it, but epoch %s is here", other.Epoch.Epoch)
				return
			}
		}
		return
	}
	var what string
	switch p.Why {
	case whyDamaged:
		what = fmt.Sprintf("the journal of epoch %.36s was damaged and a new one begun", p.Epoch)
	case whyCopied:
		what = fmt.Sprintf("the card was a copy, or an old one: its epoch %.36s was ended and a new one begun", p.Epoch)
	case whyReset:
		what = fmt.Sprintf("the journal or the key of epoch %.36s was gone and a new one begun", p.Epoch)
	}
	misfit := w.misfit(e, p)
	switch {
	case what == "" && misfit == "":
		return
	case what == "":
		what = fmt.Sprintf("a new epoch follows %.36s (%.20q): %s", p.Epoch, p.Why, misfit)
	case misfit != "":
		what += ": " + misfit
	}
	w.incident(e.Epoch.Epoch, 1, "%s", what)
}

// misfit is how the epoch before, as it is here, differs from what the genesis
// of the next one says; empty where it does not.
func (w *work) misfit(e *epoch, p *tap.Previous) string {
	before := w.t.epoch(p.Epoch)
	switch {
	case before == nil || before == e:
		return "nothing of it is here yet"
	case p.Seq == nil:
		return ""
	case *p.Seq > before.Last:
		return fmt.Sprintf("its events %d to %d are not here yet", before.Last+1, *p.Seq)
	case *p.Seq < before.Last:
		return fmt.Sprintf("it is said to end with event %d, but event %d is here", *p.Seq, before.Last)
	case p.Head != nil && *p.Head != before.Head.String():
		return fmt.Sprintf("its event %d is said to be another than the one here", *p.Seq)
	}
	return ""
}

// revived records that a card goes on with an epoch which another, that was a
// copy of it, has ended: each has its own presses, and all of them are kept.
func (w *work) revived(e *epoch, seq uint64) {
	const what = "another card has ended this epoch as a copy, and yet it goes on: two cards run as this terminal; put one of them away"
	ended := slices.ContainsFunc(w.t.epochs, func(next *epoch) bool {
		p := next.previous
		return p != nil && p.Epoch == e.Epoch.Epoch && p.Why == whyCopied
	})
	told := func(i Incident) bool { return i.Epoch == e.Epoch.Epoch && i.What == what }
	if ended && !slices.ContainsFunc(w.t.incidents, told) {
		w.incident(e.Epoch.Epoch, seq, what)
	}
}
