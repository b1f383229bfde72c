package main

import (
	"fmt"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// chain is what a walk over a journal's events found.
type chain struct {
	Events     uint64      `json:"events"` // seq of the newest
	Whole      bool        `json:"whole"`
	FirstWrong *firstWrong `json:"first_wrong,omitempty"`
}

type firstWrong struct {
	Seq uint64 `json:"seq"`
	Why string `json:"why"`
}

func (w firstWrong) String() string { return fmt.Sprintf("event %d: %s", w.Seq, w.Why) }

// walk visits every event that can be read, and checks on the way that none is
// missing and that each follows from the one before.
func walk(r *journal.Reader, visit func(tap.Event)) (chain, error) {
	c := chain{Whole: true}
	var head seal.Head
	wrong := func(seq uint64, why string) {
		if c.Whole {
			c.Whole, c.FirstWrong = false, &firstWrong{seq, why}
		}
	}
	err := r.Forward(0, func(l seal.Link) error {
		if l.Seq != c.Events+1 {
			wrong(c.Events+1, "it is missing")
		} else if head.Next(l.Event) != l.Head {
			wrong(l.Seq, "the chain is broken: its bytes or its head were altered")
		}
		c.Events, head = l.Seq, l.Head
		e, err := tap.Parse(l.Event)
		if err != nil {
			wrong(l.Seq, err.Error())
			return nil
		}
		if seq := e.Head().Seq; seq != l.Seq {
			wrong(l.Seq, fmt.Sprintf("it says that it is event %d", seq))
		}
		visit(e)
		return nil
	})
	return c, err
}
