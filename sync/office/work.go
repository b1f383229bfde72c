package office

import (
	"context"
	"fmt"
	"time"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// repeatEvery is how often at most a terminal is told a watermark again that
// has not moved: to the terminal that is a request to send again.
const repeatEvery = 10 * time.Second

// ack is a watermark to publish.
type ack struct {
	id   EpochID
	seq  uint64
	head seal.Head
}

// work is one group of messages being applied: what it changes in memory, and
// what the store must add for it.
type work struct {
	*Office
	now     time.Time
	g       Group
	touched map[*terminal]bool // to be written
	changed map[*epoch]bool
	added   map[*epoch][]seal.Link // not in the store yet
	told    map[*terminal]ack      // to be published after the commit
}

func newWork(o *Office) *work {
	return &work{
		Office:  o,
		now:     o.Now(),
		touched: map[*terminal]bool{},
		changed: map[*epoch]bool{},
		added:   map[*epoch][]seal.Link{},
		told:    map[*terminal]ack{},
	}
}

// apply applies one message. A [refusal] leaves everything as it was.
func (w *work) apply(ctx context.Context, m *message) error {
	t := w.terminals[m.id]
	if t == nil {
		t = &terminal{Terminal: Terminal{Identity: m.id}}
	}
	if m.batch == nil {
		w.applyState(t, m)
		return nil
	}
	return w.applyBatch(ctx, t, m)
}

// touch marks a terminal to be written, and makes a new one known.
func (w *work) touch(t *terminal) {
	w.terminals[t.Identity] = t
	w.touched[t] = true
}

func (w *work) incident(t *terminal, epoch string, seq uint64, format string, args ...any) {
	i := Incident{t.Identity, w.now.UTC().Truncate(time.Millisecond), epoch, seq, fmt.Sprintf(format, args...)}
	t.incidents = append(t.incidents, i)
	w.g.Incidents = append(w.g.Incidents, i)
	w.touch(t)
	w.Log.Warn("incident", "terminal", t.Identity, "epoch", epoch, "seq", seq, "what", i.What)
}

// progress has the watermark of an epoch published.
func (w *work) progress(t *terminal, e *epoch) {
	if was, ok := w.told[t]; ok && t.rank(was.id.Epoch) > t.rank(e.Epoch.Epoch) {
		return
	}
	w.told[t] = ack{e.EpochID, e.Last, e.Head}
}

// repeat has a watermark published that has not moved, unless that was done a
// moment ago.
func (w *work) repeat(t *terminal, a ack) {
	if _, ok := w.told[t]; ok || w.now.Sub(t.repeated) < repeatEvery && !w.now.Before(t.repeated) {
		return
	}
	t.repeated = w.now
	w.told[t] = a
}

// group is what the store must add; nil for nothing.
func (w *work) group() *Group {
	for t := range w.touched {
		w.g.Terminals = append(w.g.Terminals, t.Terminal)
	}
	// New epochs are written in the order of their arrival.
	for t := range w.touched {
		for _, e := range t.epochs {
			if w.changed[e] {
				w.g.Epochs = append(w.g.Epochs, e.Epoch)
			}
		}
	}
	if len(w.g.Terminals) == 0 {
		return nil
	}
	return &w.g
}

func (w *work) acks() []ack {
	acks := make([]ack, 0, len(w.told))
	for _, a := range w.told {
		acks = append(acks, a)
	}
	return acks
}

// links are the events of an epoch from seq from to seq to, stored or about to
// be.
func (w *work) links(ctx context.Context, e *epoch, from, to uint64) ([]seal.Link, error) {
	added := w.added[e]
	stored := e.Last - uint64(len(added))
	var links []seal.Link
	if from <= stored {
		var err error
		if links, err = w.Store.Links(ctx, e.EpochID, from, min(to, stored)); err != nil {
			return nil, err
		}
	}
	if to > stored {
		links = append(links, added[max(from, stored+1)-stored-1:to-stored]...)
	}
	if uint64(len(links)) != to-from+1 {
		return nil, fmt.Errorf("events %d to %d of %s, epoch %s: the store has %d of them", from, to, e.Identity, e.Epoch.Epoch, len(links))
	}
	return links, nil
}

// headAt is the chain's value after seq, which is between base and last.
func (w *work) headAt(ctx context.Context, e *epoch, seq uint64) (seal.Head, error) {
	switch seq {
	case e.Last:
		return e.Head, nil
	case e.Base:
		return e.Prev, nil
	}
	links, err := w.links(ctx, e, seq, seq)
	if err != nil {
		return seal.Head{}, err
	}
	return links[0].Head, nil
}

// day is the local day of a wall time, as a tap carries it.
func day(at string) string {
	if _, err := tap.ParseTime(at); err != nil {
		return ""
	}
	return at[:len(time.DateOnly)]
}
