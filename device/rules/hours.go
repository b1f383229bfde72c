package rules

import (
	"time"

	"sourire/device/tap"
)

// ClosedAt reports whether a press at the given time is flagged
// [tap.Closed]: from [ClosingGrace] after closing until opening (rule 6). The
// time must be in the store's location. A clock that is not synced, and hours
// that are not known, close nothing.
func ClosedAt(h tap.Hours, local time.Time, q tap.Quality) bool {
	return q == tap.Synced && h.ClosedAt(local, ClosingGrace*time.Millisecond)
}
