package office

import (
	"context"
	"time"

	"sourire/device/tap"
	"sourire/sync/wire"
)

// silence is how long a terminal that says nothing is taken to be online. While
// it is it says something every 30 s, whatever its broker may remember.
const silence = 5 * time.Minute

// applyState notes what a terminal says of itself, unless it is old news.
func (w *work) applyState(ctx context.Context, m *message) error {
	t := w.t
	if t.older(m.state) {
		w.sums.stale++
		return nil
	}
	if err := w.resurvey(ctx, m.state); err != nil {
		return err
	}
	t.state, t.State, t.heard = &m.state, m.raw, w.now
	if m.state.Software != "" {
		t.Software = m.state.Software
	}
	if n := t.pending(); n != nil && *n == 0 && t.epoch(m.state.Epoch) != nil {
		t.completeTo(w.now, w.now)
	}
	w.touched = true
	w.reclaim()
	w.command()
	return nil
}

// older reports whether s was made before the newest state: by (boot, session)
// within an epoch, by the order of the epochs otherwise. The last will of a
// connection often comes after the birth of the next. Of an earlier epoch, only
// a terminal that lives can say that it is online, while none of a later one
// does: a card that had been put away is in use again.
func (t *terminal) older(s wire.State) bool {
	switch {
	case t.state == nil:
		return false
	case s.Epoch != t.state.Epoch:
		return t.before(s.Epoch, t.state.Epoch) && (t.state.Online || !s.Online)
	case s.Boot != t.state.Boot:
		return s.Boot < t.state.Boot
	}
	return s.Session < t.state.Session
}

// online reports whether a terminal says that it is, and is not silent.
func (t *terminal) online(now time.Time) bool {
	since := now.Sub(t.heard)
	return t.state != nil && t.state.Online && -silence < since && since < silence
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
		t.completeTo(w.now, w.now)
		return
	}
	at, err := tap.ParseTime(newest.At)
	if err == nil && newest.Clock == tap.Synced && at.Before(w.now) {
		t.completeTo(at, w.now)
	}
}
