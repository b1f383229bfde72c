package notify

import (
	"slices"
	"time"
)

// watch decides when the watchdog is fed: each time that every part has made
// progress since it was fed last. So a part that hangs starves it, whichever it
// is, and what is no part cannot. It has no clock and does no I/O.
type watch struct {
	parts []string
	moved map[string]bool // since fed
	fed   time.Time
}

func newWatch(at time.Time, parts []string) *watch {
	return &watch{parts: parts, moved: map[string]bool{}, fed: at}
}

// progress notes that a part has made progress, and reports whether the
// watchdog is fed now.
func (w *watch) progress(part string, at time.Time) bool {
	w.moved[part] = true
	if len(w.hanging()) > 0 {
		return false
	}
	clear(w.moved)
	w.fed = at
	return true
}

// hanging are the parts that the watchdog waits for.
func (w *watch) hanging() []string {
	return slices.DeleteFunc(slices.Clone(w.parts), func(p string) bool { return w.moved[p] })
}

// late reports that the watchdog was fed so long ago that someone should know.
func (w *watch) late(at time.Time, most time.Duration) bool { return at.Sub(w.fed) >= most }
