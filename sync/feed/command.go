package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/mqtt"
	"sourire/sync/wire"
)

const (
	commandsAhead = 16 // that wait to be carried out

	// skew is how far the clocks of a terminal and of head office may lie apart.
	skew = 5 * time.Minute
	page = 200 // events that are looked through at once
)

// commands carries out what head office commands, one after the other, on a
// goroutine of its own: it waits for the journal.
//
// The journal is also the memory of what has been carried out: the event names
// the command, so a restart neither forgets it nor does it twice.
type commands struct {
	*Feed
	conn  *mqtt.Conn
	queue chan wire.Command
}

// command deals with a message on cmd/{id}. What head office has not said, or
// not to this terminal, is not answered: who forged it must not have head office
// take the answer for that to its own.
func (p *pump) command(m mqtt.Message, id string) (refusal error) {
	if p.office.Zero() {
		return errors.New("nobody knows yet who head office is")
	}
	c, err := wire.DecodeCommand(m.Payload, p.office)
	switch {
	case err != nil:
		return err
	case c.Identity != p.source.Identity():
		return fmt.Errorf("the command is for %s", c.Identity)
	case c.ID != id:
		return fmt.Errorf("the command is %s", c.ID)
	}
	select {
	case p.commands.queue <- c:
		return nil
	default: // head office repeats it
		return errors.New("too many commands at once")
	}
}

// run carries out and answers until ctx ends.
func (x *commands) run(ctx context.Context) {
	for {
		select {
		case c := <-x.queue:
			a := x.carryOut(ctx, c)
			if ctx.Err() != nil {
				return
			}
			if now := fmt.Sprint(c.ID, a.Result, a.Why); now != x.told { // head office asks again and again
				x.told = now
				x.config.Log.Info("head office commands", "command", c.Name, "on", c.On, "id", c.ID, "result", a.Result, "why", a.Why)
			}
			a.Identity, a.Epoch, a.ID = x.source.Identity(), x.source.Epoch(), c.ID
			payload, err := a.Encode(x.source.Key())
			if err != nil {
				x.config.Log.Error("answer a command", "id", c.ID, "error", err)
				continue
			}
			// Its receipt does not matter: on the next connection head office asks again.
			x.conn.Send(mqtt.Message{Topic: wire.Topic(a.Identity, wire.AnswerLeaf(c.ID)), Payload: payload})
		case <-ctx.Done():
			return
		}
	}
}

// carryOut does what a command says, unless that was done before.
func (x *commands) carryOut(ctx context.Context, c wire.Command) wire.Answer {
	seq, sure, err := x.written(c)
	if err != nil {
		return wire.Answer{Result: wire.Later, Why: wire.WhyStorage}
	}
	if seq > 0 {
		return wire.Answer{Result: wire.Done, Seq: seq}
	}
	if !x.given[c.ID] { // it may be on its way into the journal
		now := x.config.Condition()
		if a := judge(c, now.At, now.Clock); a.Result != "" {
			return a
		}
		if !sure {
			return wire.Answer{Result: wire.Refused, Why: wire.WhyEpoch}
		}
		x.given[c.ID] = true
		x.config.Test(c.On, c.ID)
	}
	if seq := x.await(ctx, c); seq > 0 {
		delete(x.given, c.ID)
		return wire.Answer{Result: wire.Done, Seq: seq}
	}
	return wire.Answer{Result: wire.Later, Why: wire.WhyStorage}
}

// judge is the answer to a command that must not be carried out now; the zero
// Answer to one that may. Without a clock that is set no expiry can be told, and
// nothing is carried out.
func judge(c wire.Command, at string, clock tap.Quality) wire.Answer {
	now, err := tap.ParseTime(at)
	issued, expires, bad := c.Times()
	switch {
	case c.Name != wire.CommandTest || bad != nil:
		return wire.Answer{Result: wire.Refused, Why: wire.WhyUnknown}
	case clock != tap.Synced || err != nil:
		return wire.Answer{Result: wire.Later, Why: wire.WhyClock}
	case !now.Before(expires):
		return wire.Answer{Result: wire.Expired}
	case issued.After(now.Add(skew)):
		return wire.Answer{Result: wire.Refused, Why: wire.WhyFuture}
	}
	return wire.Answer{}
}

// written is the seq of the event that names a command; 0 for none. It looks
// back to when the command was issued. It is not sure of a 0 where the journal
// does not reach back to then, and an epoch before it may hold the event.
func (x *commands) written(c wire.Command) (seq uint64, sure bool, err error) {
	issued, _, err := c.Times()
	if err != nil {
		return 0, false, err
	}
	last, _ := x.source.Last()
	for last > 0 {
		first := last - min(last, page)
		links, err := x.source.After(first, int(last-first))
		if err != nil {
			return 0, false, err
		}
		if len(links) == 0 || links[0].Seq != first+1 {
			return 0, false, nil // dropped long ago
		}
		for i := len(links) - 1; i >= 0; i-- {
			if names(links[i].Event, c.ID) {
				return links[i].Seq, true, nil
			}
			var h tap.Header
			if err := json.Unmarshal(links[i].Event, &h); err != nil {
				return 0, false, err
			}
			if at, err := tap.ParseTime(h.At); err == nil && h.Clock == tap.Synced && at.Before(issued.Add(-skew)) {
				return 0, true, nil
			}
			if h.Kind == tap.KindGenesis {
				return 0, isFirst(links[i].Event), nil
			}
		}
		last = first
	}
	return 0, false, nil
}

// names reports whether an event says that a command was carried out.
func names(event []byte, id string) bool {
	if !bytes.Contains(event, []byte(`"`+id+`"`)) {
		return false
	}
	e, err := tap.Parse(event)
	t, ok := e.(*tap.TestEvent)
	return err == nil && ok && t.Command == id
}

// isFirst reports whether a genesis begins a first life.
func isFirst(event []byte) bool {
	e, err := tap.Parse(event)
	g, ok := e.(*tap.GenesisEvent)
	return err == nil && ok && g.Previous == nil
}

// await waits, but not long, for the event that names a command.
func (x *commands) await(ctx context.Context, c wire.Command) (seq uint64) {
	ctx, cancel := context.WithTimeout(ctx, x.storagePatience)
	defer cancel()
	for {
		grown := x.source.Grown()
		if seq, _, err := x.written(c); err == nil && seq > 0 {
			return seq
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return 0
		}
	}
}
