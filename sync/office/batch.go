package office

import (
	"bytes"
	"context"
	"fmt"
	"strconv"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// applyBatch puts a batch where it belongs: onto its chain, or beside it as a
// fork, or nowhere because it is known or comes too early.
func (w *work) applyBatch(ctx context.Context, m *message) error {
	b, e := m.batch, w.t.epoch(m.batch.Epoch)
	proof, err := w.verify(e, m)
	if err != nil {
		return err
	}
	if e == nil {
		if e = w.begin(m); e == nil {
			w.sums.gaps++
			w.repeat(ack{id: EpochID{m.id, b.Epoch}})
			return nil
		}
	}
	last := e.Last
	switch {
	case b.First > e.Last+1 || b.First == e.Last+1 && b.Prev != e.Head:
		err = w.apart(ctx, e, m, proof)
	case !e.has(b.Last()): // nothing to compare it with
		w.sums.duplicates += len(b.Links)
		w.sums.absent += len(b.Links)
		w.repeat(e.ack())
	default:
		err = w.overlap(ctx, e, m, proof)
	}
	if err == nil && e.Last > last {
		w.freshen(e, last, m.peeks[len(m.peeks)-1])
	}
	return err
}

// verify checks a batch's signature with the key of its epoch.
func (w *work) verify(e *epoch, m *message) (Batch, error) {
	b := m.batch
	key := m.key // of its own genesis
	switch {
	case e != nil:
		key = e.Key
	case m.gen == nil:
		key = w.t.keyWithoutGenesis(b)
	}
	if key.Zero() {
		return Batch{}, refuse(UnknownKey, "no genesis and no state of epoch %s says which key signs", b.Epoch)
	}
	proof := Batch{
		EpochID: EpochID{m.id, b.Epoch}, First: b.First, Last: b.Last(),
		Prev: b.Prev, Head: b.Head(), KeyID: b.KeyID, Sig: b.Sig,
	}
	if key.ID() == b.KeyID && key.Check(proof.cover(), b.Sig) == nil {
		return proof, nil
	}
	// A later version of the feed may cover more than we know of.
	if err := b.Verify(key); err != nil {
		return Batch{}, refusal{BadSignature, err}
	}
	var err error
	proof.Covered, err = seal.Cover(m.raw)
	return proof, err
}

// begin makes an unknown epoch known: from its genesis, or in mid-chain where
// the terminal says that an office once had what came before, or that it is lost.
// It returns nil for a gap.
func (w *work) begin(m *message) *epoch {
	b := m.batch
	key := m.key
	if m.gen == nil {
		if !w.t.had(b) && b.Lost != b.First-1 {
			return nil
		}
		if b.Lost != b.First-1 && !w.t.asked.inVain(w.now) {
			w.reclaim()
			return nil
		}
		w.t.asked = asked{}
		key = w.t.keyWithoutGenesis(b)
	}
	before := w.t.newest()
	e := &epoch{Epoch: Epoch{
		EpochID: EpochID{m.id, b.Epoch}, Base: b.First - 1, Prev: b.Prev, Last: b.First - 1, Head: b.Prev, Key: key,
	}}
	w.t.epochs = append(w.t.epochs, e)
	w.change(e)
	if before == nil {
		w.t.Pos = e.Base // positions are seqs in a first epoch
	}
	switch {
	case m.gen == nil && b.Lost > 0:
		w.incident(b.Epoch, b.First, lostFormat, 1, b.First-1)
	case m.gen == nil:
		w.incident(b.Epoch, b.First, "history before seq %d is not here", b.First)
	default:
		e.previous = m.gen.Previous
		w.succession(e)
	}
	if before != nil && before.Key.ID() != key.ID() {
		w.incident(b.Epoch, b.First, "key changed from %s to %s with the epoch", before.Key.ID(), key.ID())
	}
	return e
}

// apart deals with a batch that does not touch the chain: it goes on with a
// fork, or begins one right after our last event, or comes too early. What lies
// between can be lost for good: then the chain goes on with it.
func (w *work) apart(ctx context.Context, e *epoch, m *message, proof Batch) error {
	b := m.batch
	goesOn, err := w.hasFork(ctx, e, b.First-1, b.Prev)
	if err != nil {
		return err
	}
	if goesOn || b.First == e.Last+1 {
		return w.fork(ctx, e, b.Prev, b.Links, proof)
	}
	if len(w.added[e]) == 0 && w.skip(e, b) {
		return w.extend(ctx, e, b.Links, m.peeks, proof)
	}
	w.sums.gaps++
	w.repeat(e.ack())
	return nil
}

// overlap deals with a batch that starts within the chain or right at its end.
func (w *work) overlap(ctx context.Context, e *epoch, m *message, proof Batch) error {
	b := m.batch
	known := min(b.Last(), e.Last) + 1 - b.First // links that have our seqs
	if known > 0 {
		ours, err := w.headAt(ctx, e, b.First+known-1)
		if err != nil {
			return err
		}
		if ours != b.Links[known-1].Head {
			return w.diverge(ctx, e, m, proof)
		}
		w.sums.duplicates += int(known)
	}
	if fresh := b.Links[known:]; len(fresh) > 0 {
		return w.extend(ctx, e, fresh, m.peeks[known:], proof)
	}
	w.repeat(e.ack())
	return nil
}

// diverge keeps as a fork what a batch says differently from the chain.
func (w *work) diverge(ctx context.Context, e *epoch, m *message, proof Batch) error {
	b := m.batch
	end := min(b.Last(), e.Last)
	base, _, _ := e.segment(end)
	from := max(b.First, base+1)
	ours, err := w.chain(ctx, e, from, end)
	if err != nil {
		return err
	}
	i := from - b.First // of the first link that differs
	for _, l := range ours {
		if l.Head != b.Links[i].Head {
			break
		}
		i++
	}
	if i > end-b.First {
		return fmt.Errorf("event %d of epoch %s is another here than on record: %w", end, b.Epoch, ErrDamaged)
	}
	prev := b.Prev
	if i > 0 {
		prev = b.Links[i-1].Head
	}
	return w.fork(ctx, e, prev, b.Links[i:], proof)
}

// fork keeps links beside the chain, but for those that are kept already.
func (w *work) fork(ctx context.Context, e *epoch, prev seal.Head, links []seal.Link, proof Batch) error {
	goesOn, err := w.hasFork(ctx, e, links[0].Seq-1, prev)
	for err == nil && len(links) > 0 {
		l, kept := links[0], false
		if kept, err = w.hasFork(ctx, e, l.Seq, l.Head); !kept {
			break
		}
		goesOn, prev, links = true, l.Head, links[1:]
		w.sums.duplicates++
	}
	if err != nil {
		return err
	}
	if len(links) == 0 {
		w.repeat(e.ack())
		return nil
	}
	if !goesOn {
		f := ForkPoint{e.EpochID, links[0].Seq, links[0].Head}
		w.t.forks = append(w.t.forks, f)
	}
	kept := make([]Fork, len(links))
	for i, l := range links {
		kept[i] = Fork{e.EpochID, prev, i == 0 && !goesOn, l}
		prev = l.Head
	}
	w.g.Forks = append(w.g.Forks, kept...)
	proof.Fork = true
	w.g.Batches = append(w.g.Batches, proof)
	w.touched = true
	w.answer(e.ack())
	w.sums.forks++
	return w.countBeside(ctx, e, kept)
}

// hasFork reports whether a fork with this seq and head is kept or about to be.
func (w *work) hasFork(ctx context.Context, e *epoch, seq uint64, head seal.Head) (bool, error) {
	for _, f := range w.g.Forks {
		if f.EpochID == e.EpochID && f.Seq == seq && f.Head == head {
			return true, nil
		}
	}
	return w.Store.HasFork(ctx, e.EpochID, seq, head)
}

// extend appends links, which follow the chain, to it.
func (w *work) extend(ctx context.Context, e *epoch, links []seal.Link, peeks []peek, proof Batch) error {
	for _, l := range links {
		w.t.Pos++
		w.g.Events = append(w.g.Events, Event{e.EpochID, w.t.Pos, l})
	}
	w.added[e] = append(w.added[e], links...)
	last := links[len(links)-1]
	e.Last, e.Head = last.Seq, last.Head
	if e == w.t.newest() {
		w.t.LastEvent = peeks[len(peeks)-1].At
	}
	for i, p := range peeks {
		switch p.Kind {
		case tap.KindConfig:
			e.survey = readSurvey(p.Seq, links[i].Event)
		case tap.KindTest:
			if err := w.carriedOut(e, links[i]); err != nil {
				return err
			}
		}
	}
	w.g.Batches = append(w.g.Batches, proof)
	w.revived(e, links[0].Seq)
	w.change(e)
	w.answer(e.ack())
	w.sums.events += len(links)
	return w.count(ctx, e, links, peeks)
}

const schemaEvents = "sourire.events/1"

// cover rebuilds the bytes that a batch's signature covers: its canonical form
// without events and sig. Nothing in it needs escaping.
func (b Batch) cover() []byte {
	if b.Covered != nil {
		return b.Covered
	}
	var c bytes.Buffer
	text := func(name, value string) {
		c.WriteString(`"` + name + `":"` + value + `",`)
	}
	number := func(name string, value uint64) {
		c.WriteString(`"` + name + `":` + strconv.FormatUint(value, 10) + `,`)
	}
	c.WriteByte('{')
	text("chain", b.Chain)
	text("epoch", b.Epoch)
	number("first", b.First)
	text("head", b.Head.String())
	text("key", b.KeyID)
	number("last", b.Last)
	text("prev", b.Prev.String())
	text("schema", schemaEvents)
	text("store", b.Store)
	text("terminal", b.Terminal)
	c.Truncate(c.Len() - 1)
	c.WriteByte('}')
	return c.Bytes()
}
