package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"sourire/cmd/internal/datadir"
	"sourire/device/tap"
	"sourire/sync/journal"
)

type statusCommand struct {
	configFlag `embed:""`
	JSON       bool `name:"json" help:"Print JSON. at_most: the terminal was not asked, so fewer events may wait than waiting says."`
}

// status is how a terminal is.
type status struct {
	Terminal  string `json:"terminal"`
	Running   bool   `json:"running"`
	Epoch     string `json:"epoch"`
	Last      uint64 `json:"last"`              // seq of the newest event
	Dropped   uint64 `json:"dropped,omitempty"` // up to here, raw events are not on the card any more
	Newest    string `json:"newest"`            // when that was written
	Confirmed uint64 `json:"confirmed"`         // the watermark; with AtMost, as last written down
	Waiting   uint64 `json:"waiting"`           // events that head office may not have
	AtMost    bool   `json:"at_most"`           // fewer may wait: head office may have confirmed more than was written down
	Connected *bool  `json:"connected,omitempty"`
	Healthy   *bool  `json:"healthy,omitempty"`
	Trouble   string `json:"trouble,omitempty"` // why it is not healthy
}

// Run prints how the terminal is. It fails where the terminal runs and cannot
// store presses, or does not answer.
func (c statusCommand) Run(ctx context.Context) error {
	conf, err := c.load()
	if err != nil {
		return err
	}
	r, err := openJournal(conf, c.Config)
	if err != nil {
		return err
	}
	defer func() { _ = r.Close() }()
	s, err := written(r)
	if err != nil {
		return err
	}
	if s.Running, err = datadir.Taken(conf.Terminal.Data); err != nil {
		return err
	}
	var unasked error
	if s.Running {
		var a answer
		if a, unasked = ask(ctx, conf.Panel.Listen, conf.Identity()); unasked == nil {
			healthy := a.Trouble == ""
			s.Confirmed, s.AtMost = max(s.Confirmed, a.Confirmed), false
			s.Connected, s.Healthy, s.Trouble = &a.Connected, &healthy, a.Trouble
		}
	}
	s.Waiting = s.Last - min(s.Last, s.Confirmed)
	s.AtMost = s.AtMost && s.Waiting > 0
	if c.JSON {
		err = json.NewEncoder(os.Stdout).Encode(s)
	} else {
		s.print()
	}
	switch {
	case err != nil:
		return err
	case unasked != nil:
		return fmt.Errorf("the terminal runs, but %w", unasked)
	case s.Trouble != "":
		return fmt.Errorf("the terminal is out of order: %s: sourire check says what to do", s.Trouble)
	}
	return nil
}

// written is what the journal itself says.
func written(r *journal.Reader) (status, error) {
	s := status{Terminal: r.Identity().String(), Epoch: r.Epoch(), AtMost: true}
	tail, err := r.Tail()
	if err != nil {
		return s, err
	}
	s.Last = tail.Seq
	if e, err := tap.Parse(tail.Event); err == nil {
		s.Newest = e.Head().At
	}
	base, err := r.Base()
	if err != nil {
		return s, err
	}
	s.Dropped = base.Seq
	s.Confirmed, _, err = r.Saved()
	return s, err
}

func (s *status) print() {
	state := "stopped"
	if s.Running {
		state = "running"
	}
	fmt.Printf("%s is %s\n", s.Terminal, state)
	fmt.Printf("  journal   %d events, the newest of %s, epoch %s\n", s.Last, s.Newest, s.Epoch)
	if s.Dropped > 0 {
		fmt.Printf("            up to event %d, raw events were dropped when head office had them; their hours were kept\n", s.Dropped)
	}
	switch {
	case s.Waiting == 0:
		fmt.Printf("  feed      complete: nothing waits to be sent\n")
	case s.AtMost:
		fmt.Printf("  feed      at most %d events wait: head office, which may have them, is asked when the terminal connects\n", s.Waiting)
	default:
		fmt.Printf("  feed      %d events wait to be confirmed\n", s.Waiting)
	}
	if s.Connected != nil {
		fmt.Printf("  broker    %s\n", map[bool]string{true: "connected", false: "away: presses are kept and sent later"}[*s.Connected])
	}
	if s.Healthy != nil {
		fmt.Printf("  presses   %s\n", map[bool]string{true: "are stored", false: "CANNOT be stored"}[*s.Healthy])
	}
}
