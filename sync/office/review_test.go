package office_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// Whatever the overlap, the answer is where the chain ends now.
func TestOverlapsAreAnswered(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(39)
	for _, c := range []struct{ first, last, want uint64 }{
		{1, 10, 10}, {5, 12, 12}, {1, 13, 13}, {12, 20, 20}, {20, 21, 21}, {1, 30, 30}, {31, 31, 31}, {31, 40, 40},
	} {
		r.batches(b, c.first, c.last)
		r.wantAck(b.epoch, c.want, b.links[c.want-1].Head)
	}
	r.batches(b, 3, 7)
	r.wantAck(b.epoch, 40, b.head())
	r.verify()
}

// The lock on the data folder keeps two offices from one store. Where that
// fails, events are still stored once, and nothing stops for ever.
func TestTwoOfficesOnOneStore(t *testing.T) {
	r := newRig(t)
	second, err := sqlite.Open(r.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	}()
	other, err := office.New(r.config(second))
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	b := newBox(exit1, 1, newKey(1), nil).taps(99)
	offices := []*office.Office{r.Office, other}
	for tries, have := 0, uint64(0); have < 100; tries++ {
		if tries > 200 {
			t.Fatalf("it stopped at %d", have)
		}
		o := offices[tries%3%2]
		err := o.Ingest(t.Context(), b.topic("ev"), b.batch(have+1, min(have+10, 100)))
		if err != nil && !errors.Is(err, office.ErrDamaged) {
			t.Fatal(err)
		}
		r.pass(11 * time.Second)
		r.settle()
		for _, a := range r.acks() { // the terminal believes what is ahead of it
			have = max(have, a.Seq)
		}
	}
	r.wantChain(b, 0, 100)
	r.verify()
	r.reopen()
	if s := r.status(exit1); s.Last != 100 || s.Events != 100 || s.Damage != nil {
		t.Errorf("status %+v", s)
	}
}

// A clock that was ahead, and was set back: nothing stays in the future, and
// nothing is put off until then.
func TestOfficeClockSetBack(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(19)
	r.pass(10 * 365 * 24 * time.Hour)
	r.batches(b, 1, 10)
	r.send(b, wire.LeafState, []byte(strings.Replace(string(b.state(1, 0, true)), `"last":20`, `"last":10`, 1)))
	r.batches(b, 1, 10) // repeated then
	if s := r.status(exit1); !strings.HasPrefix(s.CompleteTo, "2036") {
		t.Errorf("complete to %s", s.CompleteTo)
	}
	r.acks()
	r.pass(-10 * 365 * 24 * time.Hour)
	if s := r.status(exit1); s.Online {
		t.Error("online by a word from the future")
	}
	r.batches(b, 1, 10)
	r.wantAck(b.epoch, 10, b.links[9].Head)
	r.batches(b, 1, 10)
	r.wantNoAck()
	r.batches(b, 11, 20)
	s := r.status(exit1)
	if !s.Online || s.CompleteTo != tap.FormatTime(b.at) {
		t.Errorf("online %t, complete to %s", s.Online, s.CompleteTo)
	}

	// The same while the store is damaged: the repair is seen.
	p := newPair(t)
	p.exec(`UPDATE epoch SET last = 150 WHERE uuid = '` + uuid(1) + `'`)
	p.restart()
	if err := p.together(201, 210); !errors.Is(err, office.ErrDamaged) {
		t.Fatal(err)
	}
	p.exec(`UPDATE epoch SET last = 200 WHERE uuid = '` + uuid(1) + `'`)
	p.pass(-time.Hour)
	if err := p.together(201, 210); err != nil {
		t.Error(err)
	}
}

// Pages of the API, over many epochs that came mixed: each event once, in the
// order of arrival, also while more arrive.
func TestPagesOverManyEpochs(t *testing.T) {
	r := newRig(t)
	var all []string
	arrive := func(b *box, first, last uint64) {
		r.batches(b, first, last)
		for _, l := range b.links[first-1 : last] {
			all = append(all, fmt.Sprintf("%s %s", b.epoch, l.Event))
		}
	}
	var boxes []*box
	for i := range uint64(30) {
		var before *tap.Previous
		if i > 0 {
			before = &tap.Previous{Epoch: uuid(i - 1), Why: "new"}
		}
		b := newBox(exit1, i, newKey(1), before).taps(20)
		boxes = append(boxes, b)
		r.send(b, wire.LeafState, b.state(1, 21, true))
		arrive(b, 1, 10)
		if i > 2 {
			arrive(boxes[i-2], 11, 21)
		}
	}
	h := r.Handler()
	for _, limit := range []int{1, 7, 100, 1000, 10_000} {
		var got []string
		for after := uint64(0); ; {
			code, _, body := get(h, "GET", "localhost", fmt.Sprintf("/api/events?terminal=%s&after=%d&limit=%d", exit1, after, limit))
			var page struct {
				Events []struct {
					Epoch string
					Event json.RawMessage
				}
				Next uint64
			}
			if err := json.Unmarshal([]byte(body), &page); err != nil || code != 200 {
				t.Fatalf("%d %v", code, err)
			}
			if len(page.Events) == 0 {
				break
			}
			if len(page.Events) > limit || page.Next <= after {
				t.Fatalf("%d events for limit %d, next %d after %d", len(page.Events), limit, page.Next, after)
			}
			for _, e := range page.Events {
				got = append(got, e.Epoch+" "+string(e.Event))
			}
			if len(page.Events) < limit && len(got) < len(all) {
				t.Fatalf("%d events for limit %d, and more are here", len(page.Events), limit)
			}
			after = page.Next
		}
		if strings.Join(got, "\n") != strings.Join(all, "\n") {
			t.Errorf("by %d: %d events, want %d in the order of arrival", limit, len(got), len(all))
		}
	}
}

// An answer is bounded in bytes, too, and says where to go on.
func TestAnswersAreBounded(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	for range 600 {
		b.add(&tap.ConfigEvent{Question: strings.Repeat("x", 15<<10)}, tap.KindConfig)
	}
	for first := uint64(1); first <= b.last(); first += 3 {
		r.batches(b, first, min(first+2, b.last()))
	}
	seen, after := 0, uint64(0)
	for range 10 {
		_, _, body := get(r.Handler(), "GET", "localhost", fmt.Sprintf("/api/events?terminal=%s&after=%d&limit=10000", exit1, after))
		if len(body) > 8<<20 {
			t.Fatalf("%d bytes", len(body))
		}
		var page struct {
			Events []json.RawMessage
			Next   uint64
		}
		if err := json.Unmarshal([]byte(body), &page); err != nil {
			t.Fatal(err)
		}
		seen, after = seen+len(page.Events), page.Next
	}
	if seen != 601 || after != 601 {
		t.Errorf("%d events to %d, want 601", seen, after)
	}
}

// endless is a store with a million events that are nowhere.
type endless struct {
	office.Store
	reads int
}

func (s *endless) Load(context.Context) (office.Snapshot, error) {
	id := office.EpochID{Identity: exit1, Epoch: uuid(1)}
	return office.Snapshot{Epochs: []office.Epoch{{EpochID: id, Last: 1_000_000}}}, nil
}

func (s *endless) Links(_ context.Context, _ office.EpochID, from, to uint64) ([]seal.Link, error) {
	s.reads++
	links := make([]seal.Link, 0, to-from+1)
	for seq := from; seq <= to; seq++ {
		links = append(links, seal.Link{Seq: seq, Event: fmt.Appendf(nil, `{"kind":"tap","seq":%d,"text":"%0200d"}`, seq, seq)})
	}
	return links, nil
}

func (s *endless) Forks(context.Context, office.EpochID) ([]office.Fork, error) { return nil, nil }

// heap is a writer that keeps the most memory that was in use.
type heap struct{ lines, most uint64 }

func (h *heap) Write(p []byte) (int, error) {
	if h.lines++; h.lines%4096 == 0 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		h.most = max(h.most, m.HeapAlloc)
	}
	return len(p), nil
}

func TestExportDoesNotGrow(t *testing.T) {
	var before runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	store, out := &endless{}, &heap{}
	if err := office.ExportJSONL(t.Context(), store, out); err != nil {
		t.Fatal(err)
	}
	if out.most == 0 || out.most > before.HeapAlloc+4<<20 {
		t.Errorf("%d KiB in use, %d KiB before", out.most>>10, before.HeapAlloc>>10)
	}
	if store.reads < 100 {
		t.Errorf("%d reads of a million events", store.reads)
	}
}

// Before the first event there is nothing.
func TestGenesisAfterSomething(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil)
	prev := seal.Head{1}
	l := b.links[0]
	l.Head = prev.Next(l.Event)
	r.send(b, wire.LeafEvents, wire.EncodeBatch(exit1, b.epoch, prev, []seal.Link{l}, b.key))
	if len(r.Terminals()) != 0 || r.metric(`sourire_office_rejected_total{reason="genesis"}`) != 1 {
		t.Errorf("terminals %+v", r.Terminals())
	}
}
