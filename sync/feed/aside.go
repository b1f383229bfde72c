package feed

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"sourire/sync/durable"
	"sourire/sync/journal"
	"sourire/sync/mqtt"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

const deliveredName = "delivered.json"

var errUnanswered = errors.New("head office has not answered")

// aside delivers what is left of epochs that have ended, from the journals that
// are kept aside: batch by batch, beside the pump and without holding it up. A
// journal that is delivered is marked so in its folder; of these, only the newest
// few are kept.
type aside struct {
	*Feed
	conn    *mqtt.Conn
	folders []string
	answers chan answer // of the epoch under way

	mu      sync.Mutex
	sending string            // the epoch under way
	said    map[string]answer // what was last heard, by epoch
}

func newAside(f *Feed, conn *mqtt.Conn) *aside {
	a := &aside{Feed: f, conn: conn, answers: make(chan answer, 16), said: map[string]answer{}}
	if f.config.Data == "" {
		return a
	}
	var err error
	if a.folders, err = journal.Aside(f.config.Data); err != nil {
		a.leave(f.config.Data, err)
	}
	return a
}

// hear takes what head office says of an epoch that is not the live one; false
// where that is no epoch of ours either.
func (a *aside) hear(epoch string, said answer) bool {
	if !slices.ContainsFunc(a.folders, func(f string) bool { return strings.HasPrefix(filepath.Base(f), epoch+"-") }) {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.said[epoch] = said
	if epoch == a.sending {
		select {
		case a.answers <- said:
		default: // the batch is sent again
		}
	}
	return true
}

// begin notes which epoch is under way, and returns what was heard of it.
func (a *aside) begin(epoch string) (answer, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.sending = epoch
	said, ok := a.said[epoch]
	return said, ok
}

// run delivers the journals until ctx ends. One that head office is silent
// about makes way for the next, and has its turn again.
func (a *aside) run(ctx context.Context) {
	patience := a.officePatience
	for folders := a.folders; len(folders) > 0; {
		var again []string
		progress := false
		for _, folder := range folders {
			moved, err := a.deliver(ctx, folder, patience)
			switch {
			case ctx.Err() != nil:
				return
			case errors.Is(err, errUnanswered):
				again = append(again, folder)
			case err != nil:
				a.leave(folder, err)
			}
			progress = progress || moved
		}
		a.trim()
		patience = min(2*patience, patienceMost)
		if progress {
			patience = a.officePatience
		}
		folders = again
	}
}

// deliver delivers the journal in a folder, unless that was done before or
// cannot be done. It reports whether it came any further.
func (a *aside) deliver(ctx context.Context, folder string, patience time.Duration) (progress bool, err error) {
	if _, err := os.Stat(filepath.Join(folder, deliveredName)); !errors.Is(err, os.ErrNotExist) {
		return false, err
	}
	e, err := a.openEnded(folder)
	if e == nil || err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, e.close()) }()
	if e.epoch == a.source.Epoch() { // of a copy of this card: it waits for the end of the epoch
		return false, nil
	}
	return a.send(ctx, e, patience)
}

// send sends what follows the watermark, each batch when the one before is
// settled, and marks the journal at its end. What cannot be read is passed over,
// and the batch behind it says so.
func (a *aside) send(ctx context.Context, e *ended, patience time.Duration) (progress bool, err error) {
	rest := a.rests[e.folder]
	if rest == nil {
		rest = restOf(e)
		a.rests[e.folder] = rest
	}
	if said, ok := a.begin(e.epoch); ok {
		ours, err := e.reading.Has(said.seq, said.head)
		if err != nil {
			return false, err
		}
		said.live = false // in answer to another batch
		rest.judge(said, ours, seal.Link{})
	}
	for ; ; progress = true {
		from := rest.from()
		before, links, err := e.reading.Next(from, wire.MaxEvents)
		if journal.Damaged(err) && e.damage == nil {
			if err := e.salvage(err); err != nil {
				return progress, err
			}
			before, links, err = e.reading.Next(from, wire.MaxEvents)
		}
		if err != nil {
			return progress, err
		}
		if len(links) == 0 {
			return progress, a.settle(e.folder, delivered{e.epoch, from.Seq, text(e.damage)})
		}
		links = links[:wire.BatchLength(links)]
		for len(a.answers) > 0 { // to what was sent before
			<-a.answers
		}
		id := a.source.Identity()
		payload := wire.EncodeBatchBehind(id, e.epoch, before.Seq-from.Seq, before.Head, links, a.source.Key())
		// A broker may keep its acknowledgement back for good. Then this batch
		// waits as long as the connection lasts: more of them would pile up.
		if err := a.conn.Publish(ctx, mqtt.Message{Topic: wire.Topic(id, wire.LeafEvents), Payload: payload}); err != nil {
			return progress, err
		}
		a.batches.Add(1)
		last := links[len(links)-1]
		if a.config.Puback {
			rest.acknowledged(last)
		} else if err := a.await(ctx, e, rest, last, patience); err != nil {
			return progress, err
		}
		a.proved.Store(true)
	}
}

// await waits until head office has answered to the batch that ends with last.
func (a *aside) await(ctx context.Context, e *ended, rest *rest, last seal.Link, patience time.Duration) error {
	late := time.After(jitter(patience))
	for {
		select {
		case said := <-a.answers:
			ours, err := e.reading.Has(said.seq, said.head)
			if err != nil || rest.judge(said, ours, last) {
				return err
			}
		case <-late:
			rest.unanswered()
			return errUnanswered
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// delivered stands in the folder of a journal with which nothing is to be done
// any more.
type delivered struct {
	Epoch  string `json:"epoch"`
	Seq    uint64 `json:"seq"`              // up to here, it was delivered
	Damage string `json:"damage,omitempty"` // why not all of that
}

// settle marks a journal, so that it is never sent again.
func (a *aside) settle(folder string, d delivered) error {
	raw, err := json.Marshal(d)
	if err != nil {
		return err
	}
	if err := durable.WriteFile(filepath.Join(folder, deliveredName), append(raw, '\n'), 0o644); err != nil {
		return fmt.Errorf("mark it as delivered: %w", err)
	}
	if d.Damage != "" {
		a.config.Log.Warn("what can be read of an ended epoch was delivered", "epoch", d.Epoch, "seq", d.Seq, "folder", folder, "error", d.Damage)
	} else {
		a.config.Log.Info("an ended epoch was delivered", "epoch", d.Epoch, "seq", d.Seq, "folder", folder)
	}
	return nil
}

// trim removes old journals that are delivered.
func (a *aside) trim() {
	err := journal.TrimAside(a.config.Data, func(folder string) bool {
		_, err := os.Stat(filepath.Join(folder, deliveredName))
		return err != nil
	})
	if err != nil {
		a.config.Log.Warn("old journals kept aside could not be removed", "error", err)
	}
}

// leave names a journal that is not delivered on this connection, once.
func (f *Feed) leave(folder string, why error) {
	if f.named[folder] != why.Error() {
		f.named[folder] = why.Error()
		f.config.Log.Warn("a journal kept aside is not delivered", "folder", folder, "error", why)
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}
