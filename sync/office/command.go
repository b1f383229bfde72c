package office

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

const (
	// CommandLife is how long a command is good for where nothing else is said.
	CommandLife = time.Hour

	askAgain     = time.Minute // for an answer, on a connection that lives
	commandsKept = 20          // of a terminal, in memory
)

// Command is what a terminal was commanded, and what it answered.
type Command struct {
	tap.Identity
	ID     string
	Sealed []byte // as it is sent
	Answer []byte // the newest as received, or what an event says; nil: none
}

// command is a [Command] in memory.
type command struct {
	Command
	wire   wire.Command
	answer *wire.Answer

	boot, session uint64    // of the connection on which it was last sent
	sent          time.Time // when; zero: not since the office was started
}

// open reports whether the terminal is to be asked.
func (c *command) open(now time.Time) bool {
	_, expires, err := c.wire.Times()
	return err == nil && now.Before(expires) && !c.settled()
}

func (c *command) settled() bool { return c.answer != nil && c.answer.Final() }

// readCommand reads what was stored.
func readCommand(c Command) (command, error) {
	r := command{Command: c}
	var err error
	if r.wire, err = wire.ReadCommand(c.Sealed); err != nil {
		return r, err
	}
	if c.Answer != nil {
		a, err := wire.DecodeAnswer(c.Answer)
		if err != nil {
			return r, err
		}
		r.answer = &a
	}
	return r, nil
}

// Test commands a terminal to begin or end test mode, and returns the command
// when it is stored: it is sent as long as the terminal has not answered, until
// it has expired after a life of at most [wire.MaxCommandLife].
func (o *Office) Test(ctx context.Context, id tap.Identity, on bool, life time.Duration) (CommandStatus, error) {
	o.mu.RLock()
	known := o.terminals[id] != nil
	o.mu.RUnlock()
	if !known {
		return CommandStatus{}, fmt.Errorf("%s: %w", id, ErrUnknownTerminal)
	}
	var name [8]byte
	_, _ = rand.Read(name[:]) // it never fails
	now := o.Now().UTC()
	c := wire.Command{
		Identity: id, ID: hex.EncodeToString(name[:]), Name: wire.CommandTest, On: on,
		Issued: tap.FormatTime(now), Expires: tap.FormatTime(now.Add(life)),
	}
	if _, _, err := c.Times(); err != nil {
		return CommandStatus{}, fmt.Errorf("command: %w", err)
	}
	sealed, err := c.Encode(o.Key)
	if err != nil {
		return CommandStatus{}, err
	}
	j := &job{message: message{id: id, command: &command{Command: Command{Identity: id, ID: c.ID, Sealed: sealed}, wire: c}}}
	if err := o.enqueue(ctx, j, func() { close(j.decoded) }).Wait(ctx); err != nil {
		return CommandStatus{}, fmt.Errorf("command: %w", err)
	}
	return o.CommandNamed(id.String(), c.ID)
}

// applyCommand notes a new command.
func (w *work) applyCommand(c command) {
	w.t.commands = append(w.t.commands, c)
	if n := len(w.t.commands); n > commandsKept {
		w.t.commands = w.t.commands[n-commandsKept:]
	}
	w.g.Commands = append(w.g.Commands, c.Command)
	w.command()
}

// command sends what the terminal has not answered: after each birth, and again
// and again on a connection that lives, where a message may have been too much.
// A terminal that waits for the time is asked when it has it.
func (w *work) command() {
	s := w.t.state
	if !w.t.online(w.now) {
		return
	}
	for i := range w.t.commands {
		c := &w.t.commands[i]
		born := c.sent.IsZero() || c.boot != s.Boot || c.session != s.Session
		since := w.now.Sub(c.sent)
		clock := c.answer != nil && c.answer.Why == wire.WhyClock && s.Clock == tap.Synced
		if !c.open(w.now) || !born && !clock && 0 <= since && since < askAgain {
			continue
		}
		c.boot, c.session, c.sent = s.Boot, s.Session, w.now
		topic := wire.Topic(w.share.id, wire.CommandLeaf(c.ID))
		w.orders = append(w.orders, Publication{topic, c.Sealed, false, topic})
	}
}

// applyAnswer notes a terminal's answer, once it is proved to be its own. After a
// final one there is no other.
func (w *work) applyAnswer(m *message) error {
	a := m.answer
	key := w.t.stateKey(a.Epoch)
	if e := w.t.epoch(a.Epoch); e != nil {
		key = e.Key
	}
	if key.Zero() {
		return refuse(UnknownKey, "no genesis and no state of epoch %s says which key signs", a.Epoch)
	}
	if err := a.Verify(key); err != nil {
		return refusal{BadSignature, err}
	}
	c := w.t.command(a.ID)
	if c == nil {
		return refuse(BadCommand, "no command %s is known", a.ID)
	}
	if !c.settled() {
		c.answer, c.Answer = a, m.raw
		w.g.Commands = append(w.g.Commands, c.Command)
	}
	return nil
}

// carriedOut notes of an event whether it says that a command was carried out:
// the answer may have been lost, and the chain proves more.
func (w *work) carriedOut(e *epoch, l seal.Link) error {
	event, err := tap.Parse(l.Event)
	t, ok := event.(*tap.TestEvent)
	if err != nil || !ok || t.Command == "" {
		return nil
	}
	c := w.t.command(t.Command)
	if c == nil || c.settled() {
		return nil
	}
	raw, err := wire.Answer{Identity: w.share.id, Epoch: e.Epoch.Epoch, ID: c.ID, Result: wire.Done, Seq: l.Seq}.Note()
	if err != nil {
		return err
	}
	a, err := wire.DecodeAnswer(raw)
	if err != nil {
		return err
	}
	c.answer, c.Answer = &a, raw
	w.g.Commands = append(w.g.Commands, c.Command)
	return nil
}

func (t *terminal) command(id string) *command {
	for i := range t.commands {
		if t.commands[i].ID == id {
			return &t.commands[i]
		}
	}
	return nil
}
