package office_test

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/office/sqlite"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

var exit1 = tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: "exit-1"}

func uuid(n uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[8:], n)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

func newKey(n byte) seal.Key {
	k, err := seal.NewKey(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		panic(err)
	}
	return k
}

// box is a terminal's journal, as far as an office sees of it.
type box struct {
	tap.Identity
	epoch string
	key   seal.Key
	links []seal.Link
	at    time.Time
	zone  *time.Location // nil: UTC

	config uint64 // seq of the newest config
}

// newBox begins an epoch.
func newBox(id tap.Identity, epoch uint64, key seal.Key, previous *tap.Previous) *box {
	b := &box{Identity: id, epoch: uuid(epoch), key: key, at: noon.Add(-time.Hour)}
	b.add(&tap.GenesisEvent{Identity: id, Epoch: b.epoch, Ed25519: key.Public().String(), Previous: previous}, tap.KindGenesis)
	return b
}

func (b *box) head() seal.Head {
	if len(b.links) == 0 {
		return seal.Head{}
	}
	return b.links[len(b.links)-1].Head
}

func (b *box) last() uint64 { return uint64(len(b.links)) }

// add appends an event, a second after the one before.
func (b *box) add(e tap.Event, kind tap.Kind) {
	b.at = b.at.Add(time.Second)
	*e.Head() = tap.Header{
		Seq: b.last() + 1, Kind: kind, At: tap.FormatTime(b.at.In(cmp.Or(b.zone, time.UTC))), Clock: tap.Synced,
		Boot: 1, Up: b.at.UnixMilli() - noon.Add(-time.Hour).UnixMilli(),
	}
	if kind == tap.KindConfig {
		b.config = b.last() + 1
	}
	raw, err := seal.Canonical(e)
	if err != nil {
		panic(err)
	}
	b.links = append(b.links, seal.Link{Seq: b.last() + 1, Head: b.head().Next(raw), Event: raw})
}

// taps appends n counted taps.
func (b *box) taps(n int) *box {
	for range n {
		b.add(&tap.TapEvent{Config: 2, Choice: int(b.last() % 4), Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr"}, tap.KindTap)
	}
	return b
}

// copyAt is a copy of the card as it was at seq: the same key, another future.
func (b *box) copyAt(seq uint64) *box {
	c := *b
	c.links = slices.Clone(b.links[:seq])
	c.at = b.at.Add(time.Duration(seq) * time.Hour)
	return &c
}

// batch is events first to last, signed.
func (b *box) batch(first, last uint64) []byte {
	var prev seal.Head
	if first > 1 {
		prev = b.links[first-2].Head
	}
	return wire.EncodeBatch(b.Identity, b.epoch, prev, b.links[first-1:last], b.key)
}

// state is what the box says of itself in a session of boot 1.
func (b *box) state(session, pending uint64, online bool) []byte {
	s := wire.State{Online: online, Boot: 1, Session: session, Epoch: b.epoch}
	if online {
		last := b.last()
		s.Last, s.Pending, s.Software = &last, &pending, "1.2.0"
		s.Key = &wire.KeyInfo{ID: b.key.Public().ID(), Ed25519: b.key.Public().String()}
	}
	p, err := s.Encode()
	if err != nil {
		panic(err)
	}
	return p
}

func (b *box) topic(leaf string) string { return wire.Topic(b.Identity, leaf) }

// rig is an office on a store in a temporary folder, with a clock that a test
// moves and a record of what was published.
type rig struct {
	t     testing.TB
	path  string
	store *sqlite.Store
	*office.Office

	mu        sync.Mutex
	now       time.Time
	published []office.Publication
}

var officeKey = newKey(2)

func newRig(t testing.TB) *rig {
	r := &rig{t: t, path: filepath.Join(t.TempDir(), "office.db"), now: noon}
	r.open()
	t.Cleanup(r.close)
	return r
}

func (r *rig) open() {
	r.t.Helper()
	var err error
	if r.store, err = sqlite.Open(r.path); err != nil {
		r.t.Fatal(err)
	}
	r.Office, err = office.New(r.config(r.store))
	if err != nil {
		r.t.Fatal(err)
	}
}

func (r *rig) config(store office.Store) office.Config {
	return office.Config{
		Chain: "demo", Store: store, Key: officeKey, Log: slog.New(slog.DiscardHandler),
		Publish: func(p office.Publication) {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.published = append(r.published, p)
		},
		Now: func() time.Time {
			r.mu.Lock()
			defer r.mu.Unlock()
			return r.now
		},
	}
}

func (r *rig) close() {
	r.Office.Close()
	if err := r.store.Close(); err != nil {
		r.t.Error(err)
	}
}

// reopen is a restart.
func (r *rig) reopen() {
	r.close()
	r.open()
}

func (r *rig) pass(d time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.now = r.now.Add(d)
}

// send ingests messages, one after the other.
func (r *rig) send(b *box, leaf string, payloads ...[]byte) {
	r.t.Helper()
	for _, p := range payloads {
		if err := r.Ingest(r.t.Context(), b.topic(leaf), p); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *rig) batches(b *box, firstLast ...uint64) {
	r.t.Helper()
	for i := 0; i < len(firstLast); i += 2 {
		r.send(b, wire.LeafEvents, b.batch(firstLast[i], firstLast[i+1]))
	}
}

// taken takes what was published since the last call. A message's answer is
// published after Ingest returns, so it first makes sure that the writer is past
// it.
func (r *rig) taken() []office.Publication {
	r.t.Helper()
	r.settle()
	r.mu.Lock()
	defer r.mu.Unlock()
	all := r.published
	r.published = nil
	return all
}

// acks takes the watermarks published since the last call.
func (r *rig) acks() []wire.Ack {
	r.t.Helper()
	var acks []wire.Ack
	for _, p := range r.taken() {
		if _, leaf, err := wire.ParseTopic(p.Topic); err != nil || leaf != wire.LeafAck {
			continue
		}
		a, err := wire.DecodeAck(p.Payload, officeKey.Public())
		if err != nil {
			r.t.Fatal(err)
		}
		if p.Topic != wire.Topic(a.Identity, wire.LeafAck) {
			r.t.Errorf("watermark of %s on %s", a.Identity, p.Topic)
		}
		acks = append(acks, a)
	}
	return acks
}

// settle returns when everything that was ingested has been answered.
func (r *rig) settle() {
	r.t.Helper()
	if err := r.Ingest(r.t.Context(), "no topic of ours", nil); err != nil {
		r.t.Fatal(err)
	}
}

// wantAck checks that exactly one watermark was published.
func (r *rig) wantAck(epoch string, seq uint64, head seal.Head) {
	r.t.Helper()
	acks := r.acks()
	if len(acks) != 1 || acks[0].Epoch != epoch || acks[0].Seq != seq || acks[0].Head != head.String() {
		r.t.Errorf("watermarks %+v, want one of epoch %s at %d %s", acks, epoch, seq, head)
	}
}

func (r *rig) wantNoAck() {
	r.t.Helper()
	if acks := r.acks(); len(acks) != 0 {
		r.t.Errorf("watermarks %+v, want none", acks)
	}
}

// status is a terminal as the API lists it.
func (r *rig) status(id tap.Identity) office.Status {
	r.t.Helper()
	all := r.Terminals()
	i := slices.IndexFunc(all, func(s office.Status) bool { return s.Terminal == id.String() })
	if i < 0 {
		return office.Status{}
	}
	return all[i]
}

// wantChain checks that the store has exactly links from base+1 on.
func (r *rig) wantChain(b *box, base, last uint64) {
	r.t.Helper()
	got, err := r.store.Links(r.t.Context(), office.EpochID{Identity: b.Identity, Epoch: b.epoch}, 0, 1<<50)
	if err != nil {
		r.t.Fatal(err)
	}
	want := b.links[base:last]
	if !slices.EqualFunc(got, want, func(a, b seal.Link) bool {
		return a.Seq == b.Seq && a.Head == b.Head && bytes.Equal(a.Event, b.Event)
	}) {
		r.t.Errorf("%d events of epoch %s, want %d, the same", len(got), b.epoch, len(want))
	}
}

// verify walks the store and wants nothing wrong.
func (r *rig) verify() office.Verification {
	r.t.Helper()
	v, err := office.Verify(r.t.Context(), r.store)
	if err != nil {
		r.t.Fatal(err)
	}
	if v.Wrong != nil {
		r.t.Errorf("verify: %v", v.Wrong)
	}
	return v
}

// rejected is what was refused of a terminal, without the zeros.
func (r *rig) rejected(id tap.Identity) map[office.Reason]uint64 {
	m := maps.Clone(r.status(id).Rejected)
	maps.DeleteFunc(m, func(_ office.Reason, n uint64) bool { return n == 0 })
	return m
}

// wantFork checks that the store keeps exactly b's events first to last beside
// the chain.
func (r *rig) wantFork(b *box, first, last uint64) {
	r.t.Helper()
	got, err := r.store.Forks(r.t.Context(), office.EpochID{Identity: b.Identity, Epoch: b.epoch})
	if err != nil {
		r.t.Fatal(err)
	}
	if !slices.EqualFunc(got, b.links[first-1:last], func(a office.Fork, b seal.Link) bool {
		return a.Seq == b.Seq && a.Head == b.Head && bytes.Equal(a.Link.Event, b.Event)
	}) {
		r.t.Errorf("%d events beside the chain, want %d to %d", len(got), first, last)
	}
}

// resealed is a batch with one more member, signed again.
func (b *box) resealed(t *testing.T, payload []byte, name, value string) []byte {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatal(err)
	}
	m[name] = value
	open, err := seal.Canonical(m)
	if err != nil {
		t.Fatal(err)
	}
	cover, err := seal.Cover(open)
	if err != nil {
		t.Fatal(err)
	}
	m["sig"] = b.key.Sign(cover)
	sealed, err := seal.Canonical(m)
	if err != nil {
		t.Fatal(err)
	}
	return sealed
}

// reader opens the store once more.
func (r *rig) reader() *sqlite.Store {
	r.t.Helper()
	s, err := sqlite.OpenReader(r.path)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { s.Close() })
	return s
}
