// Package press is what a press is answered with: the words shared by whoever
// takes presses and whoever decides them.
package press

import (
	"errors"

	"sourire/device/tap"
)

// The kinds of answer.
const (
	Tap     = "tap"     // written to the journal as a tap
	Reason  = "reason"  // answered the follow-up question
	Ignored = "ignored" // nothing was written: the terminal takes no presses now
)

// Answer says what became of a press. It is given after the commit, so what it
// names is durable.
type Answer struct {
	Kind    string     `json:"kind"`
	Seq     uint64     `json:"seq"` // the event's place in the journal; 0 where nothing was written
	Counted bool       `json:"counted"`
	Flags   []tap.Flag `json:"flags"` // sorted, never null on the wire
}

// Gesture is a touch of a screen that answers nothing.
type Gesture string

// The gestures. One that what is shown has no use for is nothing.
const (
	More    Gesture = "more"    // give me more time for what is shown
	End     Gesture = "end"     // I have done with what is shown, or never wanted it
	Wake    Gesture = "wake"    // a touch of a screen that sleeps
	Service Gesture = "service" // a corner was held for 3 s: the manager's view
)

// The errors that a caller tells apart.
var (
	ErrNotStored = errors.New("press could not be stored")
	ErrNoButton  = errors.New("no such button")
)
