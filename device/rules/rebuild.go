package rules

import (
	"slices"

	"sourire/device/tap"
)

// Rebuild is the state after the given events of the journal, in their order:
// the same as that of a process which judged all those presses and was not
// interrupted. Events of another kernel boot are skipped, since up begins anew
// with each. The events of the last [BurstPeriod] are enough.
func Rebuild(events []tap.Event, boot uint64) State {
	var s State
	for _, e := range events {
		if e.Head().Boot != boot {
			continue
		}
		switch e := e.(type) {
		case *tap.TapEvent:
			if !s.chordGoesOn(e) {
				s = s.pressed(e.Up)
			}
			if e.Counted {
				s.last = counted{some: true, seq: e.Seq, button: e.Choice, up: e.Up}
			}
		case *tap.ReasonEvent:
			s = s.pressed(e.Up)
			s.answer = answer{true, e.Up}
			if e.Tap == s.last.seq {
				s.last.answered = true
			}
		case *tap.UndoEvent:
			s = s.Undone(e.Tap)
		}
	}
	return s
}

// chordGoesOn reports whether a tap is one more button of the latest press:
// all taps of a chord have the up of its first edge.
func (s State) chordGoesOn(e *tap.TapEvent) bool {
	return s.n > 0 && s.presses[0] == e.Up && slices.Contains(e.Flags, tap.Chord)
}
