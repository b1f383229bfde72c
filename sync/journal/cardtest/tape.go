package cardtest

import (
	"path"
	"slices"
)

// Tape is what was done to a card since it was put in.
type Tape struct {
	nature Nature
	start  content
	ops    []Op
}

// Done is how many operations are on the card's tape: the place of now.
func (c *Card) Done() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.tape)
}

// Tape is the card's tape until now.
func (c *Card) Tape() *Tape {
	c.mu.Lock()
	defer c.mu.Unlock()
	return &Tape{c.nature, c.before.share(), c.tape[:len(c.tape):len(c.tape)]}
}

// Ops are the operations on the tape.
func (t *Tape) Ops() []Op { return t.ops }

// Replay goes through a tape, to cut the power on the way. What stands on the
// card for sure is what a sync came after; of the rest anything may be there.
type Replay struct {
	tape    *Tape
	done    int
	syncs   int
	synced  content
	pending []*Op // writes and truncations
	names   []*Op // changes of names; a file system keeps to their order
}

// Replay is at the beginning of the tape.
func (t *Tape) Replay() *Replay { return &Replay{tape: t, synced: t.start.share()} }

// Done is how many operations have been done.
func (r *Replay) Done() int { return r.done }

// Pending is how many writes no sync came after.
func (r *Replay) Pending() int { return len(r.pending) }

// Open is what no sync came after yet: writes and truncations, then names.
func (r *Replay) Open() []Op {
	var ops []Op
	for _, o := range slices.Concat(r.pending, r.names) {
		ops = append(ops, *o)
	}
	return ops
}

// Next does the next operation. False at the end of the tape.
func (r *Replay) Next() bool {
	if r.done == len(r.tape.ops) {
		return false
	}
	o := &r.tape.ops[r.done]
	r.done++
	switch o.Kind {
	case Write, Truncate:
		r.pending = append(r.pending, o)
	case Create:
		if o.file != folder { // what is in it does not wait for its name
			r.synced.files[o.file] = &file{}
		}
		r.names = append(r.names, o)
	case Rename, Remove:
		r.names = append(r.names, o)
	case Sync:
		r.syncs++
		r.sync(o.file)
	case SyncDir:
		r.syncs++
		r.syncDir(o.Path)
	}
	return true
}

func (r *Replay) sync(file int) {
	rest := r.pending[:0:0]
	for _, o := range r.pending {
		if o.file == file {
			r.synced.apply(*o)
		} else {
			rest = append(rest, o)
		}
	}
	r.pending = rest
}

func (r *Replay) syncDir(dir string) {
	n := 0
	for i, o := range r.names {
		if path.Dir(o.Path) == dir || o.Kind == Rename && path.Dir(o.To) == dir {
			n = i + 1
		}
	}
	for _, o := range r.names[:n] {
		r.synced.rename(*o)
	}
	r.names = r.names[n:]
}
