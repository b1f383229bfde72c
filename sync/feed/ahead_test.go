package feed

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"sourire/sync/journal"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// readings is a journal that counts the events that are read.
type readings struct {
	*journal.Journal
	events atomic.Int64
}

func (r *readings) After(seq uint64, n int) ([]seal.Link, error) {
	links, err := r.Journal.After(seq, n)
	r.events.Add(int64(len(links)))
	return links, err
}

// Whoever does not send does not fill the memory either, and what is read ahead
// comes in order, without a gap.
func TestReadingAheadIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const most = (readAhead+2)*readAtOnce + preparedAhead*wire.MaxEvents
		r := newRig(t)
		r.press(3 * most)
		source := &readings{Journal: r.journal}
		var parts sync.WaitGroup
		defer parts.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		p := newPump(New(r.config, source), nil, 1, nil, &parts)
		p.readOn(ctx)
		var prev seal.Head
		var sent uint64
		for sent < 3*most+1 {
			synctest.Wait()
			if ahead := uint64(source.events.Load()) - sent; ahead > most {
				t.Fatalf("%d events are read ahead of %d, want %d at most", ahead, sent, most)
			}
			b, err := wire.DecodeBatch((<-p.ahead.batches).payload)
			if err != nil {
				t.Fatal(err)
			}
			if err := b.Verify(r.journal.Key().Public()); err != nil || b.First != sent+1 || b.Prev != prev {
				t.Fatalf("events %d to %d, %v, come after %d", b.First, b.Last(), err, sent)
			}
			sent, prev = b.Last(), b.Links[len(b.Links)-1].Head
		}
	})
}

// committing is a journal whose latest commit has not returned yet: readers see
// it already.
type committing struct {
	*journal.Journal
	last uint64
}

func (c committing) Last() (uint64, seal.Head) { return c.last, seal.Head{} }

// An event is not sent before its commit has returned.
func TestReadingAheadWaitsForTheCommit(t *testing.T) {
	r := newRig(t)
	r.press(99)
	out := make(chan []seal.Link, 1)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- New(r.config, committing{r.journal, 7}).read(ctx, 0, out) }()
	if links := <-out; len(links) != 7 {
		t.Errorf("%d events are read, want the 7 that are committed", len(links))
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
