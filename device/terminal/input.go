package terminal

import (
	"time"

	"sourire/device/clock"
	"sourire/device/manager"
	"sourire/device/press"
	"sourire/device/screen"
	"sourire/device/tap"
)

// Input is something that happened, with the time at which it did.
type Input interface{ at() clock.Reading }

// Felt is the first edge of what may become a press of a button: a [Touch] of
// the same time, or [Dropped]. A decision waits for it.
type Felt struct {
	clock.Reading
	Button int
}

// Dropped says that what was felt of a button is no press.
type Dropped struct {
	clock.Reading
	Button int
}

// Touch is a button that went down, at its first edge. It may come later than
// a Touch of after it.
type Touch struct {
	clock.Reading
	Button int
	Lang   string // the language on the screen; empty for the first of the store's
	Ticket uint64 // comes back in the Reply

	// On is the scene that was touched. Where its answers are asked no more, the
	// touch is ignored: what says "the waiting time" must not become a vote.
	// Empty for a button, which means whatever is asked now.
	On screen.Kind

	test string // by whom test mode was begun that was on; set by the terminal
}

// Gesture is a touch of a screen that answers nothing.
type Gesture struct {
	clock.Reading
	Is press.Gesture
}

// Held is the service gesture: both outer buttons held. Touches are those that
// began it.
type Held struct {
	clock.Reading
	Touches []Touch
}

// Buttons says whether the buttons of a box can be read.
type Buttons struct {
	clock.Reading
	Work bool
}

// Tick is a moment that a [Wake] asked for.
type Tick struct{ clock.Reading }

// Test begins or ends test mode, or cleaning.
type Test struct {
	clock.Reading
	On      bool
	By      string // manager, office or cleaning
	Command string // the id of head office's command, which its event names; empty for none
}

// Public is how many answers there have been today, whenever that changes. A
// terminal that is never told it tells nobody.
type Public struct {
	clock.Reading
	Voices int
}

// Alert says whether an alert is open.
type Alert struct {
	clock.Reading
	Open bool
}

// Invited answers [Invite] with a reference that nobody can guess and that was
// never given before.
type Invited struct {
	clock.Reading
	Reference string
}

// Checked answers [CheckPIN]: whether the PIN was right; if not, how long it
// takes until the next one is looked at.
type Checked struct {
	clock.Reading
	View  int64
	Right bool
	Wait  time.Duration
}

// Filled answers [Refresh]: what the manager's pages are now, at least one.
type Filled struct {
	clock.Reading
	View  int64
	Pages []manager.Page
}

// Note is something that a part of the box wants written: a fault, an anchor
// of the clock, a new configuration. Its events get their Up here.
type Note struct {
	clock.Reading
	Events []tap.Event
}

// Stored says that the events of the latest [Record] are durable and have
// their Seq.
type Stored struct{ clock.Reading }

// Failed says that the events of the latest [Record] are not in the journal.
type Failed struct {
	clock.Reading
	Err error
}

func (i Felt) at() clock.Reading    { return i.Reading }
func (i Dropped) at() clock.Reading { return i.Reading }
func (i Touch) at() clock.Reading   { return i.Reading }
func (i Held) at() clock.Reading    { return i.Reading }
func (i Gesture) at() clock.Reading { return i.Reading }
func (i Buttons) at() clock.Reading { return i.Reading }
func (i Tick) at() clock.Reading    { return i.Reading }
func (i Note) at() clock.Reading    { return i.Reading }
func (i Test) at() clock.Reading    { return i.Reading }
func (i Public) at() clock.Reading  { return i.Reading }
func (i Alert) at() clock.Reading   { return i.Reading }
func (i Invited) at() clock.Reading { return i.Reading }
func (i Checked) at() clock.Reading { return i.Reading }
func (i Filled) at() clock.Reading  { return i.Reading }
func (i Stored) at() clock.Reading  { return i.Reading }
func (i Failed) at() clock.Reading  { return i.Reading }
