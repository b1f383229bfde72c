// Package display shows scenes on a panel that may fail, come loose or hang,
// without ever stopping the votes.
//
// [Open] opens a panel by the name that the configuration gives it; [Run]
// keeps one up to date. How to wire each is in README.md beside this file.
package display

import (
	"time"

	"sourire/device/screen"
)

// Panel is a display that has been opened and initialised. Its methods are
// called from one goroutine.
type Panel interface {
	// Pages is how many pages a scene takes on this panel, one or more: a
	// small one shows the languages in turn.
	Pages(screen.Scene) int
	// Show draws a page, 0 the first, over whatever was there. Without an
	// error the panel shows it.
	Show(s screen.Scene, page int) error
	// Renew is after how long the panel is to be closed and opened again,
	// although all seems well: one that lost its power alone stays dark and
	// reports nothing.
	Renew() time.Duration
	// Close lets go of the panel and leaves the picture as it is.
	Close() error
}
