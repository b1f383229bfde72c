package feed

import "sourire/sync/seal"

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
// where that cannot be read or is not one of the journal.
func restOf(e *ended) *rest {
	w, ok := e.reading.(whole)
	if !ok {
		return &rest{}
	}
	seq, head, err := w.Saved()
	if err != nil {
		return &rest{}
	}
	if ours, err := w.Has(seq, head); err != nil || !ours {
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
