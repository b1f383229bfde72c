package main

import (
	"fmt"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/seal"
)

// chain is what a walk over a journal's events found.
type chain struct {
	Events     uint64      `json:"events"`            // seq of the newest
	Dropped    uint64      `json:"dropped,omitempty"` // up to here raw events are not on the card any more
	Whole      bool        `json:"whole"`
	FirstWrong *firstWrong `json:"first_wrong,omitempty"`
}

type firstWrong struct {
	Seq uint64 `json:"seq"`
	Why string `json:"why"`
}

func (w firstWrong) String() string { return fmt.Sprintf("event %d: %s", w.Seq, w.Why) }

// String is an unbroken chain in a line.
func (c chain) String() string {
	if c.Dropped == 0 {
		return fmt.Sprintf("The chain of all %d events was checked: it is unbroken.", c.Events)
	}
	return fmt.Sprintf("The chain of events %d to %d was checked: it is unbroken. Those before it were dropped when head office had them; their hours were kept.", c.Dropped+1, c.Events)
}

func (c *chain) wrong(seq uint64, why string) {
	if c.Whole {
		c.Whole, c.FirstWrong = false, &firstWrong{seq, why}
	}
}

// walk reads every raw event that can be read, and checks that none is missing
// but those that were dropped, and that each follows from the one before.
func walk(r *journal.Reader) (chain, error) {
	c := chain{Whole: true}
	var head seal.Head
	err := r.Forward(0, func(l seal.Link) error {
		if l.Seq != c.Events+1 {
			base, err := r.Base()
			if err != nil {
				return err
			}
			if base.Seq > c.Events {
				c.Events, c.Dropped, head = base.Seq, base.Seq, base.Head
			}
			if l.Seq <= base.Seq { // dropped in this moment
				return nil
			}
		}
		if l.Seq != c.Events+1 {
			c.wrong(c.Events+1, "it is missing")
		} else if head.Next(l.Event) != l.Head {
			c.wrong(l.Seq, "the chain is broken: its bytes or its head were altered")
		}
		c.Events, head = l.Seq, l.Head
		e, err := tap.Parse(l.Event)
		if err != nil {
			c.wrong(l.Seq, err.Error())
		} else if seq := e.Head().Seq; seq != l.Seq {
			c.wrong(l.Seq, fmt.Sprintf("it says that it is event %d", seq))
		}
		return nil
	})
	return c, err
}
