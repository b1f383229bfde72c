package office

import (
	"context"
	"errors"
	"fmt"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// page is how many rows are read at once.
const page = 1000

// Wrong is the first event in a store that is not as it was accepted.
type Wrong struct {
	Terminal string `json:"terminal"`
	Epoch    string `json:"epoch"` // empty and seq 0: it is what the office knows of the terminal
	Seq      uint64 `json:"seq"`
	What     string `json:"what"`
}

func (w *Wrong) Error() string {
	if w.Epoch == "" {
		return fmt.Sprintf("%s: %s", w.Terminal, w.What)
	}
	return fmt.Sprintf("%s, epoch %s, event %d: %s", w.Terminal, w.Epoch, w.Seq, w.What)
}

// Verification is what [Verify] found.
type Verification struct {
	Terminals int               `json:"terminals"`
	Epochs    int               `json:"epochs"`
	Events    uint64            `json:"events"`
	Batches   uint64            `json:"batches"` // signatures
	Wrong     *Wrong            `json:"wrong"`   // null where the store is as it was accepted
	Forks     []ForkFinding     `json:"forks"`   // intact, but they contradict the chain
	Holes     []HoleFinding     `json:"holes"`   // of which it is known that they are not here
	Incidents []IncidentFinding `json:"incidents"`
}

// ForkFinding names a branch of a terminal's chain.
type ForkFinding struct {
	Terminal string `json:"terminal"`
	ForkStatus
}

// HoleFinding names the first and the last event of a hole.
type HoleFinding struct {
	Terminal string `json:"terminal"`
	Epoch    string `json:"epoch"`
	First    uint64 `json:"first"`
	Last     uint64 `json:"last"`
}

// IncidentFinding is an incident of a terminal.
type IncidentFinding struct {
	Terminal string `json:"terminal"`
	IncidentStatus
}

// Verify walks a whole store. It hashes every chain again and checks that each
// event is canonical and in its place, that genesis decides the key, and that
// signed batches cover every event, those of forks included. The first thing
// that is wrong ends the walk and is named in the result; the error is for a
// store that cannot be read at all. An office may write meanwhile.
func Verify(ctx context.Context, store Store) (Verification, error) {
	v := Verification{Forks: []ForkFinding{}, Holes: []HoleFinding{}, Incidents: []IncidentFinding{}}
	s, err := store.Load(ctx)
	if err != nil {
		return v, fmt.Errorf("verify: %w", err)
	}
	v.Terminals = len(s.Terminals)
	for _, f := range s.ForkPoints {
		v.Forks = append(v.Forks, ForkFinding{f.Identity.String(), ForkStatus{f.Epoch, f.Seq, BranchName(f.Seq, f.Head)}})
	}
	for _, i := range s.Incidents {
		at := tap.FormatTime(i.At)
		v.Incidents = append(v.Incidents, IncidentFinding{i.Identity.String(), IncidentStatus{at, i.Epoch, i.Seq, i.What}})
	}
	for _, e := range s.Epochs {
		for _, h := range e.Holes {
			v.Holes = append(v.Holes, HoleFinding{e.Identity.String(), e.EpochID.Epoch, h.After + 1, h.Upto})
		}
		w := walk{store: store, v: &v, Epoch: e, at: e.Base, head: e.Prev}
		err := w.run(ctx)
		var wrong *Wrong
		if errors.Is(err, ErrDamaged) {
			err = w.wrong(w.at+1, "%v", err)
		}
		if errors.As(err, &wrong) {
			v.Wrong = wrong
			return v, nil
		}
		if err != nil {
			return v, fmt.Errorf("verify %s, epoch %s: %w", e.Identity, e.Epoch, err)
		}
		v.Epochs++
	}
	for id, err := range s.Damaged { // what the walk did not come upon
		v.Wrong = &Wrong{Terminal: id.String(), What: err.Error()}
	}
	return v, nil
}

// walk is an epoch being verified, up to seq at.
type walk struct {
	store Store
	v     *Verification
	Epoch
	at    uint64
	head  seal.Head
	forks branches
	grown bool // an office writes meanwhile
}

func (w *walk) wrong(seq uint64, format string, args ...any) error {
	return &Wrong{w.Identity.String(), w.Epoch.Epoch, seq, fmt.Sprintf(format, args...)}
}

func (w *walk) run(ctx context.Context) error {
	rows, err := w.store.Forks(ctx, w.EpochID)
	if err != nil {
		return err
	}
	if w.forks, err = w.readForks(rows); err != nil {
		return err
	}
	for row := uint64(0); ; {
		batches, err := w.store.Batches(ctx, w.EpochID, row, page)
		if err != nil {
			return err
		}
		for _, b := range batches {
			row = b.Row
			if err := w.batch(ctx, b); err != nil {
				return err
			}
		}
		if len(batches) < page {
			break
		}
	}
	if w.at < w.Last {
		return w.wrong(w.at+1, "no signed batch covers it")
	}
	return w.forks.covered(w)
}

// batch checks one batch's signature and the events that it brought.
func (w *walk) batch(ctx context.Context, b Batch) error {
	if b.KeyID != w.Key.ID() || w.Key.Check(b.cover(), b.Sig) != nil {
		return w.wrong(b.First, "the signature of the batch %d to %d does not fit", b.First, b.Last)
	}
	w.v.Batches++
	if b.Fork {
		return w.forks.cover(w, b)
	}
	if b.Last > w.Last {
		return w.beyond(ctx)
	}
	for _, h := range w.Holes {
		if h.After == w.at && h.Upto < b.First {
			w.at, w.head = h.Upto, h.Head
		}
	}
	if b.First > w.at+1 || b.First == w.at+1 && b.Prev != w.head {
		return w.wrong(w.at+1, "the batch %d to %d does not follow event %d", b.First, b.Last, w.at)
	}
	if b.Last <= w.at {
		return nil
	}
	from := w.at + 1
	links, err := w.store.Links(ctx, w.EpochID, from, b.Last)
	if errors.Is(err, ErrDamaged) {
		return w.narrow(ctx, b.Last, err)
	}
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.Seq != w.at+1 {
			break
		}
		if err := w.event(l); err != nil {
			return err
		}
	}
	if w.at < b.Last {
		return w.wrong(w.at+1, "it is missing")
	}
	if w.head != b.Head {
		return w.wrong(from, "events %d to %d are not what the terminal signed", from, b.Last)
	}
	if w.at == w.Last && w.head != w.Epoch.Head {
		return w.wrong(w.at, "the chain's head is another than the one on record")
	}
	return nil
}

// narrow names the first event that cannot be read.
func (w *walk) narrow(ctx context.Context, last uint64, damage error) error {
	for w.at < last {
		links, err := w.store.Links(ctx, w.EpochID, w.at+1, w.at+1)
		if err != nil || len(links) == 0 {
			break
		}
		if err := w.event(links[0]); err != nil {
			return err
		}
	}
	return w.wrong(w.at+1, "%v", damage)
}

// event checks the next event of the chain.
func (w *walk) event(l seal.Link) error {
	if err := w.form(l); err != nil {
		return err
	}
	w.head = w.head.Next(l.Event)
	w.at = l.Seq
	if w.head != l.Head {
		return w.wrong(l.Seq, "its bytes or those before it were altered: they hash to %s, on record is %s", w.head, l.Head)
	}
	if l.Seq == 1 {
		e, err := tap.Parse(l.Event)
		g, ok := e.(*tap.GenesisEvent)
		if err != nil || !ok || g.Identity != w.Identity || g.Epoch != w.Epoch.Epoch {
			return w.wrong(1, "it is no genesis of this terminal and epoch")
		}
		if g.Ed25519 != w.Key.String() {
			return w.wrong(1, "the key on record is not the one that genesis names")
		}
	}
	w.v.Events++
	return nil
}

// form checks an event by itself.
func (w *walk) form(l seal.Link) error {
	if err := seal.CheckCanonical(l.Event); err != nil {
		return w.wrong(l.Seq, "%v", err)
	}
	var p peek
	if err := p.read(l.Event); err != nil {
		return w.wrong(l.Seq, "%v", err)
	}
	if p.Seq != l.Seq {
		return w.wrong(l.Seq, "it calls itself %d", p.Seq)
	}
	return nil
}

// beyond decides about batches past the last event on record: an office that
// writes meanwhile has moved that on; otherwise events were taken away.
func (w *walk) beyond(ctx context.Context) error {
	if w.grown {
		return nil
	}
	s, err := w.store.Load(ctx)
	if err != nil {
		return err
	}
	for _, e := range s.Epochs {
		if e.EpochID == w.EpochID && e.Last > w.Last {
			w.grown = true
			return nil
		}
	}
	return w.wrong(w.Last+1, "a signed batch has it, the chain on record ends before")
}
