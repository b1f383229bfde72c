package feed

import (
	"database/sql"
	"errors"
	"fmt"

	"sourire/sync/journal"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// answer is a watermark of an epoch that has ended.
type answer struct {
	seq  uint64
	head seal.Head
	live bool // said now, and not a retained copy
}

// rest is how far a journal kept aside has been delivered.
type rest struct {
	at    seal.Link // up to here; Event is nil
	heard bool      // the office has spoken of the epoch
	probe bool      // the next batch is the first of the journal: does the office know the epoch?
}

// restOf starts after the watermark as it was written down, or at the beginning
// where that cannot be read.
func restOf(r *journal.Reader) *rest {
	seq, head, err := r.Saved()
	if err != nil {
		return &rest{}
	}
	return &rest{at: seal.Link{Seq: seq, Head: head}}
}

// from is what the next batch follows.
func (r *rest) from() seal.Link {
	if r.probe {
		return seal.Link{}
	}
	return r.at
}

// judge moves on as an answer allows, and reports whether it settles the batch
// that ends with last.
//
// The answer is ours where the journal has that event with that head: then it
// says where the office stands, ahead of us or behind. Otherwise the office has
// another history than this card. Its watermark will never be ours, and what it
// keeps beside its chain has none: that it speaks of the epoch after the batch
// was sent is the best evidence there is, and good evidence, since only one
// batch is on its way.
func (r *rest) judge(said answer, ours bool, last seal.Link) bool {
	r.heard = true
	switch {
	case ours && said.seq != r.from().Seq:
		r.at = seal.Link{Seq: said.seq, Head: said.head}
	case !ours && said.live && r.probe: // it knows the epoch: back to the watermark
	case !ours && said.live:
		r.acknowledged(last)
	default:
		return false
	}
	r.probe = false
	return true
}

func (r *rest) acknowledged(last seal.Link) { r.at = seal.Link{Seq: last.Seq, Head: last.Head} }

// unanswered prepares the next attempt. An office that has never spoken of the
// epoch may not know it: it learns it from its beginning only.
func (r *rest) unanswered() { r.probe = !r.heard && !r.probe }

// within reports whether the journal has the event that an answer names.
func within(r *journal.Reader, said answer) (bool, error) {
	if said.seq == 0 {
		return said.head == seal.Head{}, nil
	}
	l, err := r.At(said.seq)
	if journal.Damaged(err) || errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return l.Head == said.head, err
}

// readBatch reads the batch that follows an event. There is none at the journal's
// end or at its first damage, which is returned, too: no receiver takes what
// comes after a gap.
func readBatch(r *journal.Reader, after seal.Link) (links []seal.Link, damage, err error) {
	links, err = r.After(after.Seq, wire.MaxEvents)
	if journal.Damaged(err) {
		links, err = readOneByOne(r, after.Seq)
	}
	if journal.Damaged(err) {
		damage, err = err, nil
	}
	if err != nil {
		return nil, nil, err
	}
	links = links[:wire.BatchLength(links)]
	seq, head := after.Seq, after.Head
	for i, l := range links {
		seq++
		if l.Seq != seq || head.Next(l.Event) != l.Head {
			return links[:i], fmt.Errorf("event %d is missing or altered", seq), nil
		}
		head = l.Head
	}
	return links, damage, nil
}

// readOneByOne returns the error of the event that cannot be read, and those
// before it.
func readOneByOne(r *journal.Reader, seq uint64) (links []seal.Link, err error) {
	for len(links) < wire.MaxEvents {
		next, err := r.After(seq, 1)
		if err != nil || len(next) == 0 {
			return links, err
		}
		seq = next[0].Seq
		links = append(links, next[0])
	}
	return links, nil
}
