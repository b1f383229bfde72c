package journal

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
)

const (
	// outlivedLeast is how many kept events are worth a drop event of their own.
	outlivedLeast = 100
	// outlivedMost is how many are looked at for one.
	outlivedMost = 10_000
)

// Outlived is the drop of events that were kept when those around them were
// dropped and that happened before a moment, too; nil where there are too few to
// make any. Append it, and then give it to [Journal.Prune].
//
// It speaks of all events up to some end, of which the newest configuration alone
// stays, as later events name it. It takes the place of the drop events before it
// that speak of these; so that none speaks of events on both sides, that end is one
// of theirs.
func (j *Journal) Outlived(before, now time.Time) (*tap.DropEvent, error) {
	old, err := j.keptBefore(before, now)
	if err != nil || len(old) < outlivedLeast {
		return nil, err
	}
	end, err := j.endOfDrops(old[outlivedLeast-1])
	if err != nil || end.Last == 0 || end.Last > old[len(old)-1] {
		return nil, err
	}
	d := &tap.DropEvent{Header: tap.Header{Kind: tap.KindDrop}, First: 2, Last: end.Last, Why: WhyYears, After: end.After}
	_, stays, err := j.stays(d.Last)
	d.Kept, d.Digest = stays.n, stays.String()
	return d, err
}

// keptBefore are the seqs of the oldest events that were kept and happened before
// a moment.
func (j *Journal) keptBefore(before, now time.Time) (seqs []uint64, err error) {
	judge, dated := byAge(before, now), 0
	err = j.Kept(0, func(l seal.Link) error {
		var h tap.Header
		if err := json.Unmarshal(l.Event, &h); err != nil {
			return &WrongError{l.Seq, err.Error()}
		}
		seqs = append(seqs, l.Seq)
		switch judge(h) {
		case young:
			return errPlanned
		case old:
			dated = len(seqs)
		case undated:
		}
		if len(seqs) == outlivedMost {
			return errPlanned
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPlanned) {
		return nil, fmt.Errorf("find what was kept for long enough: %w", err)
	}
	return seqs[:dated], nil
}

// endOfDrops is the drop event with the first end, from a seq on, on both sides of
// which none speaks of events; the zero event where none is known yet. Among those
// that were kept, none begins before one that was written earlier.
func (j *Journal) endOfDrops(seq uint64) (end tap.DropEvent, err error) {
	var furthest tap.DropEvent
	err = j.Kept(0, func(l seal.Link) error {
		e, err := tap.Parse(l.Event)
		if err != nil {
			return &WrongError{l.Seq, err.Error()}
		}
		d, ok := e.(*tap.DropEvent)
		if !ok || d.Why == WhyYears {
			return nil
		}
		if furthest.Last >= seq && d.First > furthest.Last {
			end = furthest
			return errPlanned
		}
		if d.Last > furthest.Last {
			furthest = *d
		}
		return nil
	})
	if err != nil && !errors.Is(err, errPlanned) {
		return end, fmt.Errorf("find an end of what was dropped: %w", err)
	}
	return end, nil
}

// stays is what stays of the kept events up to a seq when they go: the seq of the
// newest configuration, if any, and what a drop event says of that.
func (j *Journal) stays(last uint64) (config uint64, said digest, err error) {
	var head seal.Head
	err = j.Kept(0, func(l seal.Link) error {
		if l.Seq > last {
			return errPlanned
		}
		var h tap.Header
		if err := json.Unmarshal(l.Event, &h); err != nil {
			return &WrongError{l.Seq, err.Error()}
		}
		if h.Kind == tap.KindConfig {
			config, head = l.Seq, l.Head
		}
		return nil
	})
	if config > 0 {
		said.add(head)
	}
	if errors.Is(err, errPlanned) {
		err = nil
	}
	return config, said, err
}

// forget deletes the kept events of which a drop speaks, but for the one that
// stays: all at once, so that what is kept is as this drop event says or as those
// before it do.
func (j *Journal) forget(ctx context.Context, d *tap.DropEvent) (err error) {
	config, said, err := j.stays(d.Last)
	if err != nil {
		return err
	}
	base, err := j.Base()
	switch {
	case err != nil:
		return err
	case d.Last > base.Seq:
		return fmt.Errorf("%w: they are dropped up to %d", ErrNeeded, base.Seq)
	case said.n != d.Kept || said.String() != d.Digest:
		return &WrongError{d.Seq, "another event would stay than it says"}
	}
	p, err := openPruner(j.folder)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Close()) }()
	err = j.between(ctx, func() error {
		return p.transact(func(tx *sql.Tx) error {
			_, err := tx.Exec("DELETE FROM kept WHERE seq <= ? AND seq != ?", d.Last, config)
			return err
		})
	})
	return errors.Join(err, p.checkpoint())
}
