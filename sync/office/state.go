package office

import (
	"sourire/device/tap"
	"sourire/sync/wire"
)

// applyState notes what a terminal says of itself, unless it is old news.
func (w *work) applyState(m *message) {
	t := w.t
	if t.older(m.state) {
		w.sums.stale++
		return
	}
	t.state, t.State = &m.state, m.raw
	if m.state.Software != "" {
		t.Software = m.state.Software
	}
	if m.state.Last != nil && t.pending() == 0 && t.epoch(m.state.Epoch) != nil {
		t.completeTo(w.now)
	}
	w.touched = true
}

// older reports whether s was made before the newest state: by (boot, session)
// within an epoch, by the order in which epochs arrived otherwise. The last
// will of a connection often comes after the birth of the next.
func (t *terminal) older(s wire.State) bool {
	if t.state == nil {
		return false
	}
	if s.Epoch != t.state.Epoch {
		now, then := t.rank(t.state.Epoch), t.rank(s.Epoch)
		return then >= 0 && (now < 0 || then < now)
	}
	if s.Boot != t.state.Boot {
		return s.Boot < t.state.Boot
	}
	return s.Session < t.state.Session
}

// freshen notes that an epoch grew from seq last, up to an event. When that was
// all that the terminal said it had, nothing is missing now; otherwise, what
// was written before that event is here.
func (w *work) freshen(e *epoch, last uint64, newest peek) {
	t := w.t
	if e != t.newest() {
		return
	}
	if s := t.state; s != nil && s.Epoch == e.Epoch.Epoch && s.Last != nil && last < *s.Last && *s.Last <= e.Last {
		t.completeTo(w.now)
		return
	}
	at, err := tap.ParseTime(newest.At)
	if err == nil && newest.Clock == tap.Synced && at.Before(w.now) {
		t.completeTo(at)
	}
}
