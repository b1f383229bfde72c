package office

import (
	"context"
	"fmt"
	"slices"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// terminal is a terminal in memory: what the store knows, and what only this
// run of the office does.
type terminal struct {
	Terminal
	state     *wire.State
	epochs    []*epoch // in the order of their arrival
	forks     []ForkPoint
	incidents []Incident
	commands  []command // the newest, in the order in which they were given
	repeated  time.Time // when its watermark was last published although it had not moved
	heard     time.Time // when it last said or sent something
	asked     asked
	unread    error // its rows could not be loaded
}

// clone is a copy that can be changed and forgotten.
func (t *terminal) clone() *terminal {
	c := *t
	c.epochs = make([]*epoch, len(t.epochs))
	for i, e := range t.epochs {
		copied := *e
		c.epochs[i] = &copied
	}
	for _, e := range c.epochs {
		e.Holes = slices.Clip(e.Holes)
	}
	c.commands = slices.Clone(t.commands)
	c.forks, c.incidents = slices.Clip(t.forks), slices.Clip(t.incidents)
	return &c
}

// pending is how many events the terminal has that the office does not, as its
// state says; nil where that is not known, as of one that is offline.
func (t *terminal) pending() *uint64 {
	if t.state == nil || t.state.Last == nil {
		return nil
	}
	var have uint64
	if e := t.epoch(t.state.Epoch); e != nil {
		have = e.Last
	}
	n := *t.state.Last - min(*t.state.Last, have)
	return &n
}

// place is where the terminal is: its survey's time zone, or else the offset
// that it last wrote.
func (t *terminal) place() *time.Location {
	if e := t.newest(); e != nil && e.survey != nil && e.survey.zone != nil {
		return e.survey.zone
	}
	at, err := tap.ParseTime(t.LastEvent)
	if _, offset := at.Zone(); err == nil && offset != 0 {
		return time.FixedZone("", offset)
	}
	return time.UTC
}

// completeTo notes that nothing written before at was missing. What was noted
// while the office's clock was ahead is forgotten.
func (t *terminal) completeTo(at, now time.Time) {
	if at.After(t.CompleteTo) || t.CompleteTo.After(now) {
		t.CompleteTo = at.UTC().Truncate(time.Millisecond)
	}
}

// load reads all that is kept in memory from the store.
func (o *Office) load(ctx context.Context) error {
	s, err := o.Store.Load(ctx)
	if err != nil {
		return err
	}
	all := make(map[tap.Identity]*terminal, len(s.Terminals))
	of := func(id tap.Identity) *terminal {
		t := all[id]
		if t == nil { // its own row is damaged
			t = &terminal{Terminal: Terminal{Identity: id}}
			all[id] = t
		}
		return t
	}
	for _, row := range s.Terminals {
		t := of(row.Identity)
		t.Terminal = row
		if row.State == nil {
			continue
		}
		if state, err := wire.DecodeState(row.State); err == nil {
			t.state = &state
		} else {
			s.Damage(row.Identity, fmt.Errorf("state: %w", err))
		}
	}
	for _, e := range s.Epochs {
		t := of(e.Identity)
		t.epochs = append(t.epochs, &epoch{Epoch: e})
	}
	for _, f := range s.ForkPoints {
		t := of(f.Identity)
		t.forks = append(t.forks, f)
	}
	for _, i := range s.Incidents {
		t := of(i.Identity)
		t.incidents = append(t.incidents, i)
	}
	for _, row := range s.Commands {
		c, err := readCommand(row)
		if err != nil {
			o.Log.Warn("a command cannot be read", "terminal", row.Identity, "id", row.ID, "err", err)
			continue
		}
		t := of(row.Identity)
		if was := o.terminals[row.Identity]; was != nil {
			if w := was.command(row.ID); w != nil {
				c.boot, c.session, c.sent = w.boot, w.session, w.sent
			}
		}
		t.commands = append(t.commands[max(0, len(t.commands)-commandsKept+1):], c)
	}
	for id, err := range s.Damaged {
		of(id).unread = err
		o.hurt(id, &damage{err: err})
	}
	for id, t := range all {
		if was := o.terminals[id]; was != nil {
			t.repeated, t.heard, t.asked = was.repeated, was.heard, was.asked
		}
		if err := t.learn(ctx, o.Store); err != nil {
			return err
		}
	}
	o.terminals, o.stale = all, false
	return nil
}

// stateKey is the key that a terminal's newest state names for an epoch; the
// zero key if none does.
func (t *terminal) stateKey(uuid string) seal.Public {
	if t.state == nil || t.state.Epoch != uuid || t.state.Key == nil {
		return seal.Public{}
	}
	key, err := seal.ParsePublic(t.state.Key.Ed25519)
	if err != nil {
		return seal.Public{}
	}
	return key
}

// keyWithoutGenesis is the key for a batch of an epoch of which nothing is here:
// as the terminal's state names it or, where all that came before is lost, that
// of the epoch that says it followed. It is the zero key if there is none.
func (t *terminal) keyWithoutGenesis(b *wire.Batch) seal.Public {
	key := t.stateKey(b.Epoch)
	if key.Zero() && b.Lost > 0 && b.Lost == b.First-1 {
		for _, e := range t.epochs {
			if e.previous != nil && e.previous.Epoch == b.Epoch {
				key = e.Key
			}
		}
	}
	return key
}
