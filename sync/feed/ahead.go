package feed

import (
	"context"

	"sourire/sync/seal"
	"sourire/sync/wire"
)

const (
	readAtOnce    = 2 * wire.MaxEvents
	readAhead     = 2 // times readAtOnce, that wait to be signed
	preparedAhead = 4 // batches that wait to be sent
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
// forgotten. Reading and signing cost about the same: they run side by side.
func (p *pump) readOn(ctx context.Context) {
	p.ahead.stop()
	ctx, stop := context.WithCancel(ctx)
	a := ahead{make(chan prepared, preparedAhead), make(chan error, 1), stop}
	after := seal.Link{Seq: p.window.sent, Head: p.head}
	events := make(chan []seal.Link, readAhead)
	p.parts.Go(func() { a.failed <- p.read(ctx, after.Seq, events) })
	p.parts.Go(func() { p.sign(ctx, after.Head, events, a.batches) })
	p.ahead, p.astray = a, false
}

// read reads what follows an event, now and when there is more, until ctx ends
// or the journal cannot be read.
func (f *Feed) read(ctx context.Context, after uint64, out chan<- []seal.Link) error {
	for {
		grown := f.source.Grown() // before reading, so that nothing committed in between is missed
		var links []seal.Link
		if last, _ := f.source.Last(); after < last {
			// Nothing of a commit that has not returned: head office could confirm what
			// the journal does not know yet that it has.
			var err error
			if links, err = f.source.After(after, int(min(readAtOnce, last-after))); err != nil {
				return err
			}
		}
		if len(links) == 0 {
			select {
			case <-grown:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		select {
		case out <- links:
		case <-ctx.Done():
			return ctx.Err()
		}
		after = links[len(links)-1].Seq
	}
}

// sign makes batches of the events that are read, until ctx ends. prev is the
// head before the first of them.
func (f *Feed) sign(ctx context.Context, prev seal.Head, in <-chan []seal.Link, out chan<- prepared) {
	id, epoch, key := f.source.Identity(), f.source.Epoch(), f.source.Key()
	var links []seal.Link
	for {
		if len(links) == 0 {
			select {
			case links = <-in:
			case <-ctx.Done():
				return
			}
		}
		n := wire.BatchLength(links)
		last := links[n-1]
		b := prepared{sentBatch{last.Seq, last.Head}, wire.EncodeBatch(id, epoch, prev, links[:n], key)}
		select {
		case out <- b:
		case <-ctx.Done():
			return
		}
		prev, links = last.Head, links[n:]
	}
}
