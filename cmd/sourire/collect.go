package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"sourire/sync/export"
	"sourire/sync/journal"
	"sourire/sync/wire"
)

// collection is what is exported of a data folder.
type collection struct {
	parts   []export.Part // oldest epoch first
	left    []wire.ExportLeft
	journal []*journal.Reader // opened for it
}

func (c *collection) close() error {
	var errs []error
	for _, r := range c.journal {
		errs = append(errs, r.Close())
	}
	return errors.Join(errs...)
}

// collect gathers the journal in use and those that are kept aside in dir, as
// they are now: what is appended later is not part of it.
func collect(dir string, now *journal.Reader, p period) (*collection, error) {
	c := &collection{}
	folders, err := journal.Aside(dir)
	if err != nil {
		return c, err
	}
	for _, folder := range folders {
		if err := c.aside(folder, now); err != nil {
			c.left = append(c.left, wire.ExportLeft{Epoch: epochOf(folder), Why: err.Error()})
		}
	}
	c.journal = succession(c.journal, now)
	for _, r := range c.journal {
		part, err := c.ended(r, p)
		if err != nil {
			c.left = append(c.left, wire.ExportLeft{Epoch: r.Epoch(), Why: err.Error()})
		}
		if part != nil {
			c.parts = append(c.parts, *part)
		}
	}
	first, last, err := p.of(now)
	if err != nil {
		return c, err
	}
	if first, err = c.dropped(now, first); err != nil {
		return c, err
	}
	part, err := runOf(now, first, last)
	if part != nil {
		c.parts = append(c.parts, *part)
	}
	return c, err
}

// aside opens a journal that is kept aside.
func (c *collection) aside(folder string, now *journal.Reader) error {
	r, err := journal.OpenReader(folder)
	if errors.Is(err, journal.ErrNone) { // a log only
		return nil
	}
	if err != nil {
		return err
	}
	switch {
	case r.Identity() != now.Identity():
		err = fmt.Errorf("it belongs to %s", r.Identity())
	case r.Public().ID() != now.Public().ID():
		err = errors.New("the key that signed it is gone")
	}
	if err != nil {
		return errors.Join(err, r.Close())
	}
	c.journal = append(c.journal, r)
	return nil
}

// epochOf is the epoch that a folder of a journal kept aside is named after.
func epochOf(folder string) string {
	const uuid = 36
	name := filepath.Base(folder)
	return name[:min(uuid, len(name))]
}

// succession brings journals into the order in which they were written, as far
// as each genesis names the one before; the rest comes first.
func succession(all []*journal.Reader, newest *journal.Reader) []*journal.Reader {
	rank := map[string]int{}
	previous := newest.Previous()
	for n := 1; previous != nil && rank[previous.Epoch] == 0; n++ {
		epoch := previous.Epoch
		rank[epoch] = n
		previous = nil
		for _, r := range all {
			if r.Epoch() == epoch {
				previous = r.Previous()
			}
		}
	}
	far := len(rank) + 1
	of := func(r *journal.Reader) int {
		if n := rank[r.Epoch()]; n > 0 {
			return n
		}
		return far
	}
	slices.SortStableFunc(all, func(a, b *journal.Reader) int { return of(b) - of(a) })
	return all
}

// ended is the part of a journal that is kept aside, up to its first damage,
// which is returned, too.
func (c *collection) ended(r *journal.Reader, p period) (*export.Part, error) {
	whole, damage := r.Verify()
	if damage != nil && !journal.Damaged(damage) {
		return nil, damage
	}
	first, last, err := p.of(r)
	if err != nil {
		return nil, errors.Join(damage, err)
	}
	first, err = c.dropped(r, first)
	if err != nil {
		return nil, errors.Join(damage, err)
	}
	part, err := runOf(r, first, min(last, whole))
	return part, errors.Join(damage, err)
}

// dropped is first, or the oldest raw event where that was dropped.
func (c *collection) dropped(r *journal.Reader, first uint64) (uint64, error) {
	base, err := r.Base()
	if err != nil || first > base.Seq {
		return first, err
	}
	c.left = append(c.left, wire.ExportLeft{
		Epoch: r.Epoch(), Why: fmt.Sprintf("events 2 to %d were dropped from the card, after head office had confirmed them", base.Seq),
	})
	return base.Seq + 1, nil
}

// runOf is a run of events of a journal; nil where it is empty.
func runOf(r *journal.Reader, first, last uint64) (*export.Part, error) {
	if first > last {
		return nil, nil
	}
	before, err := r.Base()
	if err == nil && first != before.Seq+1 {
		before, err = r.At(first - 1)
	}
	if err != nil {
		return nil, err
	}
	end, err := r.At(last)
	if err != nil {
		return nil, err
	}
	return &export.Part{Source: r, ExportPart: wire.ExportPart{
		Epoch: r.Epoch(), First: first, Last: last, Prev: before.Head.String(), Head: end.Head.String(),
	}}, nil
}
