package office

import (
	"context"
	"errors"
	"fmt"
	"io"

	"sourire/sync/export"
	"sourire/sync/wire"
)

// importAhead is how many batches of a file wait for a commit at most.
const importAhead = 64

// Imported is what became of an exported file's events.
type Imported struct {
	Terminal string         `json:"terminal"` // {chain}/{store}/{terminal}
	Parts    []ImportedPart `json:"parts"`    // as in the file; those that were not reached are left out
}

// ImportedPart is what became of a run of events.
type ImportedPart struct {
	Epoch  string `json:"epoch"`
	First  uint64 `json:"first"`
	Last   uint64 `json:"last"`
	Stored int    `json:"stored"`          // events that are new here
	Known  int    `json:"known"`           // events that were here
	Beside int    `json:"beside"`          // batches that contradict the chain, kept as a fork
	Early  uint64 `json:"early,omitempty"` // the first event that was not taken in, since some before it are not here; 0: none
	Wrong  string `json:"wrong,omitempty"` // why others were not taken in
}

// OK reports whether every event of the part is here now.
func (p ImportedPart) OK() bool { return p.Early == 0 && p.Wrong == "" }

// ErrNotImported is returned for a file of which not all is here.
var ErrNotImported = errors.New("not all events of the file were taken in")

// Import takes an exported file in, as if its batches had come over MQTT: they
// are checked in the same ways, and what is here already is not stored again.
//
// It returns what became of each part, also beside an error: that of
// [export.Read], of the store, or [ErrNotImported]. What was stored until then
// stays.
func (o *Office) Import(ctx context.Context, file io.Reader) (Imported, error) {
	i := importing{office: o}
	cover, err := export.Read(file, func(payload []byte) error { return i.take(ctx, payload) })
	i.done.Terminal = cover.Identity.String()
	if settled := i.settle(ctx, 0); err == nil {
		err = settled
	}
	if err != nil {
		return i.done, err
	}
	for _, p := range i.done.Parts {
		if !p.OK() {
			return i.done, ErrNotImported
		}
	}
	return i.done, nil
}

// importing is a file on its way into the store.
type importing struct {
	office  *Office
	waiting []carried
	done    Imported
}

// carried is a batch that waits for its commit.
type carried struct {
	*wire.Batch
	Receipt
}

func (i *importing) take(ctx context.Context, payload []byte) error {
	b, err := wire.DecodeBatch(payload)
	if err != nil {
		return err
	}
	r := i.office.submit(ctx, wire.Topic(b.Identity, wire.LeafEvents), payload, &job{carried: true})
	i.waiting = append(i.waiting, carried{b, r})
	return i.settle(ctx, importAhead)
}

// settle waits until no more than n batches wait.
func (i *importing) settle(ctx context.Context, n int) error {
	for len(i.waiting) > n {
		c := i.waiting[0]
		if err := c.Wait(ctx); err != nil {
			return fmt.Errorf("store events %d to %d of epoch %s: %w", c.First, c.Last(), c.Epoch, err)
		}
		i.waiting = i.waiting[1:]
		i.note(c)
	}
	return nil
}

// note adds what became of a batch to its part.
func (i *importing) note(c carried) {
	n := len(i.done.Parts)
	if n == 0 || i.done.Parts[n-1].Epoch != c.Epoch || i.done.Parts[n-1].Last+1 != c.First {
		i.done.Parts = append(i.done.Parts, ImportedPart{Epoch: c.Epoch, First: c.First})
		n++
	}
	p := &i.done.Parts[n-1]
	p.Last = c.Last()
	p.Stored += c.job.sums.events
	p.Known += c.job.sums.duplicates - c.job.sums.absent
	p.Beside += c.job.sums.forks
	if c.job.sums.gaps > 0 && p.Early == 0 {
		p.Early = c.First
	}
	switch {
	case c.job.refused != nil:
		p.Wrong = c.job.refused.Error()
	case c.job.sums.absent > 0:
		p.Wrong = "this store begins behind some of them, or goes on behind them: such a hole is not filled"
	}
}
