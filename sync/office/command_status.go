package office

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"sourire/device/tap"
)

// ErrNoCommand is returned for a command that was not given.
var ErrNoCommand = errors.New("no such command")

// CommandStatus is a [Command] as head office sees it. Times are RFC 3339 with
// the offset of the terminal's own time zone.
type CommandStatus struct {
	ID       string `json:"id"`
	Terminal string `json:"terminal"`
	Name     string `json:"name"`
	On       bool   `json:"on"`
	Issued   string `json:"issued"`
	Expires  string `json:"expires"`
	// Status is waiting (the terminal is not online), sent, later, done, refused or
	// expired; Why says more of later and refused, as in [wire.Answer].
	Status string `json:"status"`
	Why    string `json:"why,omitempty"`
	Epoch  string `json:"epoch,omitempty"` // done: that of the event that says so
	Seq    uint64 `json:"seq,omitempty"`   // likewise
}

// Commands are the newest commands of a terminal, the newest first.
func (o *Office) Commands(id tap.Identity) ([]CommandStatus, error) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	t := o.terminals[id]
	if t == nil {
		return nil, fmt.Errorf("%s: %w", id, ErrUnknownTerminal)
	}
	all := make([]CommandStatus, 0, len(t.commands))
	for _, c := range slices.Backward(t.commands) {
		all = append(all, t.commandStatus(&c, o.Now()))
	}
	return all, nil
}

// CommandNamed is one of the newest commands of the terminal
// {chain}/{store}/{terminal}.
func (o *Office) CommandNamed(terminal, command string) (CommandStatus, error) {
	id, err := parseIdentity(terminal)
	if err != nil {
		return CommandStatus{}, err
	}
	o.mu.RLock()
	defer o.mu.RUnlock()
	if t := o.terminals[id]; t != nil {
		if c := t.command(command); c != nil {
			return t.commandStatus(c, o.Now()), nil
		}
	}
	return CommandStatus{}, fmt.Errorf("%s of %s: %w", command, id, ErrNoCommand)
}

func (t *terminal) commandStatus(c *command, now time.Time) CommandStatus {
	issued, expires, _ := c.wire.Times() // they were read before
	place := t.place()
	s := CommandStatus{
		ID: c.ID, Terminal: t.Identity.String(), Name: c.wire.Name, On: c.wire.On,
		Issued: tap.FormatTime(issued.In(place)), Expires: tap.FormatTime(expires.In(place)),
	}
	a := c.answer
	switch {
	case c.settled():
		s.Status, s.Why, s.Epoch, s.Seq = string(a.Result), a.Why, a.Epoch, a.Seq
		if s.Seq == 0 {
			s.Epoch = ""
		}
	case !now.Before(expires):
		s.Status = "expired"
	case a != nil:
		s.Status, s.Why = string(a.Result), a.Why
	case c.sent.IsZero() || !t.online(now):
		s.Status = "waiting"
	default:
		s.Status = "sent"
	}
	return s
}
