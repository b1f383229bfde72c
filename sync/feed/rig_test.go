package feed

import (
	"bytes"
	"context"
	"encoding/base64"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/journal"
	"sourire/sync/mqtt/mqtttest"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

var exit1 = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}

const clockText = "2026-11-23T14:05:03.120+01:00"

func newKey(seed byte) seal.Key {
	k, err := seal.NewKey(bytes.Repeat([]byte{seed}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

// rig is a terminal with a real journal, a broker, and head office behind it.
// What a test wants otherwise it sets before start.
type rig struct {
	*testing.T
	dir     string
	journal *journal.Journal
	broker  *mqtttest.Broker
	office  *headOffice
	config  Config
	feed    *Feed

	brokerPatience, officePatience, storagePatience time.Duration // of the feed
	choice                                          int           // of the first press

	stop   context.CancelFunc
	result chan error

	mu       sync.Mutex
	pinned   []seal.Public
	sessions uint64
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{T: t, dir: t.TempDir(), broker: &mqtttest.Broker{}, result: make(chan error, 1)}
	r.brokerPatience, r.officePatience, r.storagePatience = brokerPatience, officePatience, storagePatience
	// The seed of a known key, where the journal looks for one.
	if err := os.WriteFile(filepath.Join(r.dir, "terminal.key"), []byte(base64.StdEncoding.EncodeToString(bytes.Repeat([]byte{1}, 32))+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r.open()
	r.office = &headOffice{broker: r.broker, identity: exit1, terminal: r.journal.Key().Public(), key: newKey(2), epoch: r.journal.Epoch()}
	r.broker.Judge = func(m mqtttest.Message) mqtttest.Verdict {
		r.office.take(m)
		return mqtttest.Acknowledge
	}
	r.config = Config{
		OfficeKey: r.office.key.Public(),
		Pin: func(p seal.Public) error {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.pinned = append(r.pinned, p)
			return nil
		},
		Session: func() (uint64, error) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.sessions++
			return r.sessions, nil
		},
		Condition: func() Condition {
			return Condition{Boot: 7, Config: 1, Clock: tap.Synced, At: clockText, Up: 9000, Faults: []string{"display"}, Software: "1.2.0"}
		},
		Log: slog.New(slog.DiscardHandler),
	}
	return r
}

// newRigUnanswered is one that runs: head office has confirmed 100 events, got
// another 50, and says nothing of them.
func newRigUnanswered(t *testing.T) *rig {
	t.Helper()
	r := newRig(t)
	r.press(99)
	r.start()
	r.untilDelivered()
	r.office.hush()
	r.press(50)
	r.until("sent", func() bool { return r.office.has() == 150 })
	return r
}

// open opens the journal in the rig's folder.
func (r *rig) open() {
	r.Helper()
	j, err := journal.Open(journal.Config{
		Dir: r.dir, Identity: exit1, Log: slog.New(slog.DiscardHandler),
		Stamp: func(h *tap.Header) { h.At, h.Clock, h.Up = clockText, tap.Synced, 9000 },
	})
	if err != nil {
		r.Fatal(err)
	}
	r.journal = j
	r.Cleanup(func() { _ = j.Close() })
}

// start runs the feed until the test ends or halt is called.
func (r *rig) start() {
	r.Helper()
	if r.config.URL == "" {
		r.config.URL = r.broker.Listen(r.T)
	}
	r.feed = New(r.config, r.journal)
	r.feed.brokerPatience, r.feed.officePatience, r.feed.storagePatience = r.brokerPatience, r.officePatience, r.storagePatience
	ctx, cancel := context.WithCancel(r.Context())
	r.stop = cancel
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		r.result <- r.feed.Run(ctx)
	}()
	r.Cleanup(func() {
		cancel()
		<-ended
		r.office.mu.Lock()
		defer r.office.mu.Unlock()
		for _, err := range r.office.wrong {
			r.Errorf("head office: %v", err)
		}
	})
}

// halt stops the feed and returns what Run did.
func (r *rig) halt() error {
	r.stop()
	return <-r.result
}

// halted stops the feed without an error.
func (r *rig) halted() {
	r.Helper()
	if err := r.halt(); err != nil {
		r.Fatal(err)
	}
}

func (r *rig) press(n int) {
	r.Helper()
	events := make([]tap.Event, n)
	for i := range events {
		events[i] = &tap.TapEvent{
			Header: tap.Header{Kind: tap.KindTap, At: clockText, Clock: tap.Synced, Boot: 7, Up: 9120},
			Config: 1, Choice: (r.choice + i) % 4, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr",
		}
	}
	if err := r.journal.Append(events...); err != nil {
		r.Fatal(err)
	}
}

// until waits for a condition.
func (r *rig) until(what string, condition func() bool) {
	r.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(2 * time.Minute)
	for !condition() {
		select {
		case <-tick.C:
		case <-late:
			seq, _ := r.journal.Watermark()
			r.Fatalf("never: %s (watermark %d, head office has %d, %+v)", what, seq, r.office.has(), r.feed.Counts())
		}
	}
}

func (r *rig) watermark() uint64 {
	seq, _ := r.journal.Watermark()
	return seq
}

// untilDelivered waits until every event is confirmed, and checks that head
// office has exactly the journal.
func (r *rig) untilDelivered() {
	r.Helper()
	last, head := r.journal.Last()
	r.until("all confirmed", func() bool { return r.watermark() == last })
	r.wantAtOffice(last)
	if _, got := r.journal.Watermark(); got != head {
		r.Errorf("the watermark has head %s, want %s", got, head)
	}
}

func (r *rig) wantAtOffice(last uint64) {
	r.Helper()
	ours, err := r.journal.After(0, int(last))
	if err != nil {
		r.Fatal(err)
	}
	r.office.mu.Lock()
	defer r.office.mu.Unlock()
	if len(r.office.links) != len(ours) {
		r.Fatalf("head office has %d events, want %d", len(r.office.links), len(ours))
	}
	for i, l := range ours {
		if got := r.office.links[i]; got.Seq != l.Seq || got.Head != l.Head || !bytes.Equal(got.Event, l.Event) {
			r.Fatalf("head office has as event %d: %s, want %s", l.Seq, got.Event, l.Event)
		}
	}
}

// send publishes to the terminal's ack topic.
func (r *rig) send(payload []byte, retain bool) {
	r.broker.Publish(wire.Topic(exit1, wire.LeafAck), payload, retain)
}

// fence waits until the feed has dealt with all that came before: it refuses
// something new each time, and has then been once round its loop.
func (r *rig) fence() {
	r.Helper()
	for range 3 {
		before := r.feed.Counts().Rejected
		r.send([]byte("fence"), false)
		r.until("the fence is refused", func() bool { return r.feed.Counts().Rejected > before })
	}
}
