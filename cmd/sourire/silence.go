package main

import (
	"fmt"

	"sourire/device/button"
	"sourire/device/tap"
)

// faultSilent is that of a button which nobody presses any more.
const faultSilent button.Fault = "silent"

// silence looks in the journal for the button that nobody presses any more.
type silence struct {
	*hardware
	use    *button.Use
	silent button.Mask // as it was told
}

func newSilence(h *hardware) *silence {
	return &silence{hardware: h, use: button.NewUse(len(h.lines))}
}

// add counts a tap, whether it counts for the result or not. With another
// number of choices the buttons were others.
func (s *silence) add(e tap.Event) {
	if e, ok := e.(*tap.TallyEvent); ok {
		s.recall(e)
		return
	}
	t, ok := e.(*tap.TapEvent)
	if !ok || len(t.At) < len("2026-11-23") {
		return
	}
	if t.Of != len(s.lines) {
		s.use = button.NewUse(len(s.lines))
		return
	}
	s.use.Press(t.Choice, t.At[:len("2026-11-23")])
}

// recall counts the presses of an hour before the start. In which order they
// came is not told: who was pressed is not silent.
func (s *silence) recall(e *tap.TallyEvent) {
	if len(e.Counts) != len(s.lines) || e.Hour == nil {
		return
	}
	for pass := range 2 {
		for b, n := range e.Counts {
			if pass == 1 { // again, after all others
				n = min(n, 1)
			}
			for range n {
				s.use.Press(b, (*e.Hour)[:len("2026-11-23")])
			}
		}
	}
}

// caughtUp tells what has changed.
func (s *silence) caughtUp() {
	silent := s.use.Silent()
	for b, line := range s.lines {
		f := failure{partOf(b), faultSilent}
		switch {
		case silent.Has(b) && !s.silent.Has(b):
			s.fault(f, fmt.Sprintf("%s: not pressed for days, while the others were: does it work?", line))
		case !silent.Has(b) && s.silent.Has(b):
			s.clear(f, line+": it was pressed")
		}
	}
	s.silent = silent
}
