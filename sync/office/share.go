package office

import (
	"cmp"
	"context"
	"errors"
	"fmt"

	"sourire/device/tap"
)

// share is what a group of messages holds of one terminal.
type share struct {
	id     tap.Identity
	jobs   []*job        // in the order of arrival
	damage *damage       // why its batches are refused for now
	err    error         // nothing of it is stored
	acks   []ack         // to be published
	orders []Publication // likewise: commands

	answered bool // err is final
}

// divide takes a group apart by terminal.
func divide(jobs []*job) []*share {
	var shares []*share
	of := map[tap.Identity]*share{}
	for _, j := range jobs {
		<-j.decoded
		s := of[j.id]
		if s == nil {
			s = &share{id: j.id}
			of[j.id] = s
			shares = append(shares, s)
		}
		s.jobs = append(s.jobs, j)
	}
	return shares
}

// result is what the sender of a message is told.
func (s *share) result(j *job) error {
	switch {
	case s.err != nil:
		return s.err
	case j.waits:
		return s.damage.err
	}
	return nil
}

// store stores a group. Where the store fails as a whole it returns the error,
// which everything that is not stored by then has, too.
func (o *Office) store(shares []*share) error {
	// A commit that is cancelled half-way is ambiguous: never cancel one.
	ctx := context.Background()
	o.mu.Lock()
	defer o.mu.Unlock()
	err := o.storeAll(ctx, shares)
	if err != nil {
		for _, s := range shares {
			if !s.answered {
				s.err = err
			}
		}
	}
	return err
}

// storeAll stores a group in one commit. Terminals that are damaged, or may be,
// have one each: none of them must stop the others.
func (o *Office) storeAll(ctx context.Context, shares []*share) error {
	if err := o.refresh(ctx, shares); err != nil {
		return err
	}
	var sound, doubtful []*share
	for _, s := range shares {
		if o.damaged[s.id] == nil {
			sound = append(sound, s)
		} else {
			doubtful = append(doubtful, s)
		}
	}
	if _, err := o.attempt(ctx, sound); errors.Is(err, ErrDamaged) {
		doubtful = shares
	} else if err != nil {
		return err
	}
	for _, s := range doubtful {
		if err := o.alone(ctx, s); err != nil {
			return err
		}
	}
	return nil
}

// alone stores what it can of one terminal: all, or all but its batches, or
// nothing.
func (o *Office) alone(ctx context.Context, s *share) error {
	one := []*share{s}
	works, err := o.attempt(ctx, one)
	if errors.Is(err, ErrDamaged) {
		s.damage = cmp.Or(s.damage, works[0].blame(err))
		works, err = o.attempt(ctx, one)
	}
	if errors.Is(err, ErrDamaged) {
		// Not even that can be stored: a state, and that there is damage, are
		// known until the next start.
		works[0].finish()
		return nil
	}
	return err
}

// attempt applies shares to copies of their terminals and commits them, all or
// none. A share whose terminal's rows cannot be read is stored without its
// batches. After an error, memory is as it was.
func (o *Office) attempt(ctx context.Context, shares []*share) ([]*work, error) {
	if err := o.reload(ctx); err != nil {
		return nil, err
	}
	works := make([]*work, len(shares))
	var g Group
	for i, s := range shares {
		w, err := o.apply(ctx, s)
		if err != nil {
			return nil, err
		}
		works[i] = w
		w.contribute(&g)
	}
	if len(g.Terminals)+len(g.Incidents)+len(g.Commands) > 0 {
		if err := o.Store.Commit(ctx, &g); err != nil {
			o.stale = true
			return works, fmt.Errorf("store: %w", err)
		}
	}
	for _, w := range works {
		w.finish()
	}
	return works, nil
}

// apply applies a share to a copy of its terminal: without its batches where
// they need rows that are damaged.
func (o *Office) apply(ctx context.Context, s *share) (*work, error) {
	w := newWork(o, s)
	err := w.run(ctx)
	if errors.Is(err, ErrDamaged) {
		s.damage = &damage{err: err, epoch: w.batch.Epoch, seq: w.batch.First}
		w = newWork(o, s)
		err = w.run(ctx)
	}
	return w, err
}
