package terminal

import (
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// Effect is something to do. Effects are carried out in order; a [Record] is
// settled before the next one.
type Effect interface{ effect() }

// Record is to be committed, and answered by [Stored] or [Failed] before any
// other input or effect.
type Record struct{ Events []tap.Event }

// Show puts a scene on the display.
type Show struct{ Scene screen.Scene }

// Wake asks for a [Tick] when CLOCK_BOOTTIME reaches Up; the latest one wins.
type Wake struct{ Up int64 }

// Reply answers the [Touch] with this ticket.
type Reply struct {
	Ticket uint64
	Answer press.Answer
	Err    error // press.ErrNotStored, press.ErrNoButton
}

// Service says that the manager's view was asked for: it opens.
type Service struct{}

// CheckPIN asks for [Checked], whenever that is known.
type CheckPIN struct {
	View   int64 // the one that asks; comes back in the answer
	Digits string
}

// Refresh asks for [Filled].
type Refresh struct{ View int64 }

// Invite asks for the reference of a QR code, and is answered by [Invited]
// before any other input or effect.
type Invite struct{}

// Again hands an input back, to be handled after the effects before it.
type Again struct{ Input Input }

func (Record) effect()   {}
func (Show) effect()     {}
func (Wake) effect()     {}
func (Reply) effect()    {}
func (Service) effect()  {}
func (CheckPIN) effect() {}
func (Refresh) effect()  {}
func (Invite) effect()   {}
func (Again) effect()    {}
