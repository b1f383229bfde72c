package office

import (
	"context"
	"errors"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/wire"
)

// ErrDamaged is returned for a message of a terminal whose rows in the store
// cannot be read or do not fit together, and by a [Store] where the rows that
// it was asked about are so. The message is not stored and no watermark has
// passed it: its terminal sends it again. Other terminals are not affected.
var ErrDamaged = errors.New("store is damaged: put back a copy of it, or begin a new store: what is not there the terminals send again, as far as they still have it")

// lookAgain is how often at most the store is loaded again to see whether what
// was damaged has been repaired.
const lookAgain = 10 * time.Second

// damage is what keeps a terminal's events from being stored, from one of them
// on; the zero seq stands for nothing in particular.
type damage struct {
	err   error
	epoch string
	seq   uint64
	told  bool // it is an incident
}

// String is what a person is told.
func (d *damage) String() string {
	if d.seq == 0 {
		return fmt.Sprintf("events cannot be stored here, and wait in the terminal: %v", d.err)
	}
	return fmt.Sprintf("event %d and what follows cannot be stored here, and wait in the terminal: %v", d.seq, d.err)
}

// provedBy reports whether the damage is repaired where a batch is stored.
func (d *damage) provedBy(b *wire.Batch) bool {
	return d.seq == 0 || d.epoch == b.Epoch && b.First <= d.seq && d.seq <= b.Last()
}

// refresh loads the store again where memory may differ from it: after a
// failure, and now and then where one of these terminals is damaged.
func (o *Office) refresh(ctx context.Context, shares []*share) error {
	now := o.Now()
	for _, s := range shares {
		since := now.Sub(o.looked)
		if o.damaged[s.id] != nil && (since < 0 || since >= lookAgain) {
			o.looked, o.stale = now, true
		}
	}
	return o.reload(ctx)
}

// reload loads the store again if memory may differ from it.
func (o *Office) reload(ctx context.Context) error {
	if !o.stale {
		return nil
	}
	if err := o.load(ctx); err != nil {
		// Not wrapped: what cannot be loaded concerns everybody, damage or not.
		return errors.New("load the store again: " + err.Error())
	}
	return nil
}

// hurt notes that a terminal's events cannot be stored.
func (o *Office) hurt(id tap.Identity, d *damage) {
	if was := o.damaged[id]; was == nil {
		o.Log.Error("a terminal's events cannot be stored and wait there", "terminal", id, "epoch", d.epoch, "seq", d.seq, "err", d.err)
	} else {
		d.told = d.told || was.told
	}
	o.damaged[id] = d
}

// heal notes that they can be stored again.
func (o *Office) heal(id tap.Identity) {
	delete(o.damaged, id)
	o.Log.Info("a terminal's events are stored again", "terminal", id)
}
