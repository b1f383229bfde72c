package feed

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"time"

	"sourire/sync/journal"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
	"sourire/sync/seal"
)

// realOffice is head office itself, behind the rig's broker. Its clock makes a
// minute of every look at it, so that it repeats itself at once.
type realOffice struct {
	*office.Office
	store *sqlite.Store
}

func newRealOffice(r *rig) *realOffice {
	r.Helper()
	store, err := sqlite.Open(filepath.Join(r.TempDir(), "office.db"))
	if err != nil {
		r.Fatal(err)
	}
	var mu sync.Mutex
	now := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	o, err := office.New(office.Config{
		Chain: exit1.Chain, Store: store, Key: r.office.key, Log: slog.New(slog.DiscardHandler),
		Publish: func(p office.Publication) { r.broker.Publish(p.Topic, p.Payload, p.Retain) },
		Now: func() time.Time {
			mu.Lock()
			defer mu.Unlock()
			now = now.Add(time.Minute)
			return now
		},
	})
	if err != nil {
		r.Fatal(err)
	}
	r.Cleanup(func() {
		o.Close()
		if err := store.Close(); err != nil {
			r.Error(err)
		}
	})
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		if err := o.Ingest(context.Background(), m.Topic, m.Payload); err != nil {
			return mqtttest.Withhold
		}
		return mqtttest.Acknowledge
	}
	r.config.Data = r.dir
	r.officePatience = 200 * time.Millisecond
	return &realOffice{o, store}
}

func (o *realOffice) status() office.Status {
	for _, s := range o.Terminals() {
		if s.Terminal == exit1.String() {
			return s
		}
	}
	return office.Status{}
}

// endEpoch ends the journal's epoch and begins the next.
func (r *rig) endEpoch(why string) (ended history) {
	r.Helper()
	if err := r.journal.EndEpoch(why); err != nil {
		r.Fatal(err)
	}
	kept, err := journal.OpenReader(r.folder(r.journal.Epoch()))
	if err != nil {
		r.Fatal(err)
	}
	ended = r.read(kept)
	if err := kept.Close(); err != nil {
		r.Fatal(err)
	}
	r.open()
	return ended
}

// history is a journal's events as they are now.
type history struct {
	epoch string
	links []seal.Link
}

func (r *rig) history() history { return r.read(r.journal.Reader) }

func (r *rig) read(j *journal.Reader) history {
	r.Helper()
	links, err := j.After(0, 1<<30)
	if err != nil {
		r.Fatal(err)
	}
	return history{j.Epoch(), links}
}

// folder is where the journal of an epoch is kept aside.
func (r *rig) folder(epoch string) string { return filepath.Join(r.dir, "aside", epoch+"-1") }

// mark is what stands in the folder of an epoch that was delivered.
func (r *rig) mark(epoch string) (d delivered, ok bool) {
	raw, err := os.ReadFile(filepath.Join(r.folder(epoch), deliveredName))
	if err != nil {
		return d, false
	}
	if err := json.Unmarshal(raw, &d); err != nil {
		r.Error(err)
	}
	return d, true
}

func (r *rig) untilMarked(epoch string) delivered {
	r.Helper()
	r.until("the ended epoch is marked as delivered", func() bool {
		_, ok := r.mark(epoch)
		return ok
	})
	d, _ := r.mark(epoch)
	return d
}

// wantHistories checks that the office has exactly these events, each once.
func (o *realOffice) wantHistories(r *rig, all ...history) {
	r.Helper()
	total := 0
	for _, h := range all {
		total += len(h.links)
		got, err := o.store.Links(r.Context(), office.EpochID{Identity: exit1, Epoch: h.epoch}, 0, 1<<50)
		if err != nil {
			r.Fatal(err)
		}
		if !sameLinks(got, h.links) {
			r.Errorf("the office has %d events of epoch %s, want %d, the same", len(got), h.epoch, len(h.links))
		}
	}
	v, err := office.Verify(r.Context(), o.store)
	if err != nil || v.Wrong != nil {
		r.Errorf("verify: %v, %v", err, v.Wrong)
	}
	if s := o.status(); s.Events != uint64(total) {
		r.Errorf("the office has %d events, want %d", s.Events, total)
	}
}

func sameLinks(a, b []seal.Link) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i].Seq != b[i].Seq || a[i].Head != b[i].Head || !bytes.Equal(a[i].Event, b[i].Event) {
			return false
		}
	}
	return true
}
