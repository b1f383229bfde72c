package terminal

import (
	"slices"

	"sourire/device/rules"
	"sourire/device/tap"
)

// countedTap is a tap in the result, and the touch that it is of.
type countedTap struct {
	button int
	up     int64
	seq    uint64
}

// remember keeps a counted tap for as long as its button may be held: one that
// is down for longer is stuck, and holds nothing.
func (t *Terminal) remember(of Touch, seq uint64) {
	t.counted = slices.DeleteFunc(t.counted, func(c countedTap) bool { return of.Up-c.up > rules.StuckAfter })
	t.counted = append(t.counted, countedTap{of.Button, of.Up, seq})
}

func (t *Terminal) forget(seq uint64) {
	t.counted = slices.DeleteFunc(t.counted, func(c countedTap) bool { return c.seq == seq })
}

// service takes back the counted taps of the touches that began the gesture
// (rule 3), and opens the manager's view.
func (t *Terminal) service(in Held) []Effect {
	if t.deciding() { // long ago, but for a commit that hung
		return append(t.decide(in.Reading), Again{in})
	}
	t.open(in.Up)
	effects := []Effect{Service{}}
	var undone []tap.Event
	for _, touch := range in.Touches {
		for _, c := range t.counted {
			if bounced := touch.Up - c.up; c.button == touch.Button && 0 <= bounced && bounced <= rules.Window {
				t.rules = t.rules.Undone(c.seq) // also where it has to be written later
				undone = append(undone, &tap.UndoEvent{Header: tap.Header{Kind: tap.KindUndo}, Tap: c.seq, Why: "service"})
			}
		}
	}
	if len(undone) == 0 {
		return append(effects, t.due(in.Reading)...)
	}
	return append(effects, t.note(Note{in.Reading, undone})...)
}
