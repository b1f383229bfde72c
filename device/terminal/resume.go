package terminal

import (
	"slices"

	"sourire/device/rules"
	"sourire/device/tap"
)

// Resumed is what a start needs to know of the journal.
type Resumed struct {
	Boot   uint64 // number of this kernel boot in the epoch
	LastUp int64  // the latest up of this boot; 0 for none
	Rules  rules.State
	Tested string // by whom test mode was begun that nobody ended; empty for none
}

// Resume reads from the journal's newest events, oldest first, which boot this
// is and what the rules remember. The events must reach back to the newest
// boot event, where there is one.
func Resume(events []tap.Event, bootID string) Resumed {
	r := Resumed{Boot: 1, Tested: tested(events)}
	for _, e := range events {
		if b, ok := e.(*tap.BootEvent); ok {
			r.Boot = b.Boot
			if b.BootID != bootID {
				r.Boot++
			}
		}
	}
	for _, e := range events {
		if h := e.Head(); h.Boot == r.Boot {
			r.LastUp = max(r.LastUp, h.Up)
		}
	}
	r.Rules = rules.Rebuild(events, r.Boot)
	return r
}

// tested is by whom test mode was begun that is still on after the events. Its
// beginning may be further back than they are, behind all that was pressed in it.
func tested(events []tap.Event) (by string) {
	for _, e := range slices.Backward(events) {
		switch e := e.(type) {
		case *tap.TestEvent:
			if e.On {
				return e.By
			}
			return ""
		case *tap.TapEvent:
			if slices.Contains(e.Flags, tap.Test) {
				by = byManager
			}
		}
	}
	return by
}
