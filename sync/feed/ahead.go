package feed

import (
	"context"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

const (
	readAtOnce    = 2 * wire.MaxEvents
	preparedAhead = 4       // batches
	envelope      = 1 << 10 // bytes of a batch without its events, at most
)

// prepared is a batch that is ready to be sent.
type prepared struct {
	sentBatch
	payload []byte
}

// ahead is the reading of the journal from some event on: it goes on while the
// pump sends, by a few batches, in their order.
type ahead struct {
	batches chan prepared
	failed  chan error
	stop    context.CancelFunc
}

// readOn reads ahead from what was sent last. What was prepared before is
// forgotten.
func (p *pump) readOn(ctx context.Context) {
	p.ahead.stop()
	ctx, stop := context.WithCancel(ctx)
	a := ahead{make(chan prepared, preparedAhead), make(chan error, 1), stop}
	after := seal.Link{Seq: p.window.sent, Head: p.head}
	p.parts.Go(func() { a.failed <- p.prepare(ctx, after, a.batches) })
	p.ahead, p.astray = a, false
}

// prepare makes batches of what follows an event, now and when there is more,
// until ctx ends or the journal cannot be read.
func (f *Feed) prepare(ctx context.Context, after seal.Link, out chan<- prepared) error {
	id, epoch, key := f.source.Identity(), f.source.Epoch(), f.source.Key()
	for {
		grown := f.source.Grown() // before reading, so that nothing committed in between is missed
		var links []seal.Link
		if last, _ := f.source.Last(); after.Seq < last {
			var err error
			if links, err = f.source.After(after.Seq, readAtOnce); err != nil {
				return err
			}
		}
		if len(links) == 0 {
			select {
			case <-grown:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		for len(links) > 0 {
			n := batchLength(links)
			last := links[n-1]
			b := prepared{sentBatch{last.Seq, last.Head}, wire.EncodeBatch(id, epoch, after.Head, links[:n], key)}
			select {
			case out <- b:
			case <-ctx.Done():
				return ctx.Err()
			}
			after, links = last, links[n:]
		}
	}
}

// batchLength is how many of links make one batch.
func batchLength(links []seal.Link) int {
	size := envelope
	for i, l := range links {
		size += len(l.Event) + 1
		if i == wire.MaxEvents || i > 0 && size > wire.MaxBatch {
			return i
		}
	}
	return len(links)
}
