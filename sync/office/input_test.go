package office_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/sync/office"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

func TestBadInput(t *testing.T) {
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	good := string(b.batch(6, 10))
	stranger := exit1
	stranger.Chain = "other"
	other := exit1
	other.Terminal = "exit-2"
	forged := *b
	forged.key = newKey(9)
	// signed, but wrong inside
	signed := func(first uint64, events ...string) []byte {
		h := b.links[4].Head
		if first == 1 {
			h = seal.Head{}
		}
		prev := h
		var links []seal.Link
		for i, e := range events {
			h = h.Next([]byte(e))
			links = append(links, seal.Link{Seq: first + uint64(i), Head: h, Event: []byte(e)})
		}
		return wire.EncodeBatch(exit1, b.epoch, prev, links, b.key)
	}
	genesis := func(change func(*tap.GenesisEvent), key seal.Key) []byte {
		c := newBox(exit1, 3, newKey(1), nil)
		g := &tap.GenesisEvent{Identity: exit1, Epoch: c.epoch, Ed25519: newKey(1).Public().String()}
		g.Header = tap.Header{Seq: 1, Kind: tap.KindGenesis, At: at(0), Clock: tap.Synced}
		change(g)
		raw, err := seal.Canonical(g)
		if err != nil {
			t.Fatal(err)
		}
		return wire.EncodeBatch(exit1, c.epoch, seal.Head{}, []seal.Link{{Seq: 1, Head: seal.Head{}.Next(raw), Event: raw}}, key)
	}
	for _, c := range []struct {
		name    string
		topic   string
		payload []byte
		want    office.Reason
	}{
		{"10 MB", b.topic("ev"), bytes.Repeat([]byte("x"), 10<<20), office.BadSize},
		{"a byte more than 64 KiB", b.topic("ev"), bytes.Repeat([]byte(" "), 64<<10+1), office.BadSize},
		{"a large state", b.topic("state"), bytes.Repeat([]byte(" "), 64<<10), office.BadSize},
		{"empty", b.topic("ev"), nil, office.Malformed},
		{"no JSON", b.topic("ev"), []byte(good[:len(good)/2]), office.Malformed},
		{"not UTF-8", b.topic("ev"), []byte("\xff\xfe"), office.Malformed},
		{"null", b.topic("ev"), []byte("null"), office.Malformed},
		{"a list", b.topic("ev"), []byte("[1]"), office.Malformed},
		{"deep nesting", b.topic("ev"), []byte(strings.Repeat("[", 60<<10)), office.Malformed},
		{"another schema", b.topic("ev"), []byte(strings.Replace(good, "events/1", "events/2", 1)), office.Malformed},
		{"no events", b.topic("ev"), []byte(strings.Replace(good, `"events":[`, `"events":[],"x":[`, 1)), office.Malformed},
		{"seq 0", b.topic("ev"), []byte(strings.Replace(good, `"first":6`, `"first":0`, 1)), office.Malformed},
		{"first and last that do not fit", b.topic("ev"), []byte(strings.Replace(good, `"last":10`, `"last":11`, 1)), office.Malformed},
		{"a number that is none", b.topic("ev"), []byte(strings.Replace(good, `"first":6`, `"first":6.5`, 1)), office.Malformed},
		{"an altered event", b.topic("ev"), []byte(strings.Replace(good, `"choice":1`, `"choice":2`, 1)), office.Malformed},
		{"state: no JSON", b.topic("state"), []byte("{"), office.Malformed},
		{"state: another schema", b.topic("state"), []byte("{}"), office.Malformed},
		{"state: no epoch", b.topic("state"), []byte(`{"schema":"sourire.state/1","online":true}`), office.Malformed},
		{"an event that is a number", b.topic("ev"), signed(6, "6"), office.Malformed},
		{"an event of another seq", b.topic("ev"), signed(6, `{"kind":"tap","seq":7}`), office.BadSequence},
		{"an event without seq", b.topic("ev"), signed(6, `{"kind":"tap"}`), office.BadSequence},
		{"another terminal's topic", wire.Topic(other, "ev"), []byte(good), office.BadTopic},
		{"another chain", wire.Topic(stranger, "ev"), []byte(good), office.BadChain},
		{"another leaf", b.topic("ack"), []byte(good), office.BadTopic},
		{"no leaf", "sourire/v1/demo/lyon-part-dieu/exit-1", []byte(good), office.BadTopic},
		{"an illegal id", "sourire/v1/demo/Lyon/exit-1/ev", []byte(good), office.BadTopic},
		{"no topic of ours", "zigbee2mqtt/bridge", []byte(good), office.BadTopic},
		{"signed with another key", b.topic("ev"), forged.batch(6, 10), office.BadSignature},
		{"another key's id only", b.topic("ev"), []byte(strings.Replace(good, b.key.Public().ID(), newKey(9).Public().ID(), 1)), office.BadSignature},
		{"no signature", b.topic("ev"), []byte(strings.Replace(good, `"sig":"`, `"gis":"`, 1)), office.BadSignature},
		{"nobody knows the key", wire.Topic(other, "ev"), newBox(other, 7, newKey(1), nil).taps(9).batch(3, 5), office.UnknownKey},
		{"seq 1 that is no genesis", b.topic("ev"), signed(1, `{"at":"2026-11-24T12:00:00.000Z","kind":"boot","seq":1}`), office.BadGenesis},
		{"genesis of another terminal", b.topic("ev"), genesis(func(g *tap.GenesisEvent) { g.Terminal = "exit-9" }, newKey(1)), office.BadGenesis},
		{"genesis of another epoch", b.topic("ev"), genesis(func(g *tap.GenesisEvent) { g.Epoch = uuid(4) }, newKey(1)), office.BadGenesis},
		{"genesis with no key", b.topic("ev"), genesis(func(g *tap.GenesisEvent) { g.Ed25519 = "AAAA" }, newKey(1)), office.BadGenesis},
		{"genesis with another key than signs", b.topic("ev"), genesis(func(*tap.GenesisEvent) {}, newKey(9)), office.BadSignature},
		{"a second genesis with its own key", b.topic("ev"), newBox(exit1, 1, newKey(9), nil).batch(1, 1), office.BadSignature},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t)
			r.batches(b, 1, 5)
			r.acks()
			for range 3 {
				if err := r.Ingest(t.Context(), c.topic, c.payload); err != nil {
					t.Fatalf("refused with %v, want counted", err)
				}
			}
			r.wantNoAck()
			if got := r.metric(fmt.Sprintf(`sourire_office_rejected_total{reason=%q}`, c.want)); got < 3 {
				t.Errorf("rejected %d times for %s, want 3: %v", got, c.want, r.rejected(exit1))
			}
			if c.topic == b.topic("ev") || c.topic == b.topic("state") {
				if want := (map[office.Reason]uint64{c.want: 3}); !maps.Equal(r.rejected(exit1), want) {
					t.Errorf("rejected %v, want %v", r.rejected(exit1), want)
				}
			}
			if len(r.Terminals()) != 1 {
				t.Errorf("terminals %+v", r.Terminals())
			}
			r.batches(b, 6, 10) // nothing stops
			r.wantChain(b, 0, 10)
			r.verify()
		})
	}
}

// Trouble is logged when it begins, changes and ends.
func TestRefusalsAreLoggedOnce(t *testing.T) {
	r := newRig(t)
	var log bytes.Buffer
	c := r.config(r.store)
	c.Log = slog.New(slog.NewTextHandler(&log, nil))
	o, err := office.New(c)
	if err != nil {
		t.Fatal(err)
	}
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	send := func(n int, payload []byte) {
		t.Helper()
		for range n {
			if err := o.Ingest(t.Context(), b.topic("ev"), payload); err != nil {
				t.Fatal(err)
			}
		}
	}
	forged := *b
	forged.key = newKey(9)
	send(1, b.batch(1, 5))
	send(50, []byte("{"))
	send(50, forged.batch(6, 7))
	send(2, b.batch(6, 7))
	o.Close()
	if n := strings.Count(log.String(), "\n"); n != 3 {
		t.Errorf("%d lines, want 3: two troubles and their end\n%s", n, &log)
	}
}

// faulty is a store that fails when told to.
type faulty struct {
	office.Store
	err error
}

func (f *faulty) Commit(ctx context.Context, g *office.Group) error {
	if f.err != nil {
		return f.err
	}
	return f.Store.Commit(ctx, g)
}

func TestStoreFails(t *testing.T) {
	r := newRig(t)
	full := errors.New("database or disk is full")
	store := &faulty{Store: r.store}
	r.Office.Close()
	o, err := office.New(r.config(store))
	if err != nil {
		t.Fatal(err)
	}
	r.Office = o
	b := newBox(exit1, 1, newKey(1), nil).taps(9)
	ingest := func(first, last uint64) error { return o.Ingest(t.Context(), b.topic("ev"), b.batch(first, last)) }
	if err := ingest(1, 4); err != nil {
		t.Fatal(err)
	}
	r.acks()
	store.err = full
	for range 3 {
		if err := ingest(5, 10); !errors.Is(err, full) {
			t.Errorf("got %v, want that the store is full", err)
		}
	}
	r.wantNoAck()
	if s := o.Terminals(); s[0].Last != 4 || s[0].TapsCounted != 3 {
		t.Errorf("status %+v", s)
	}
	store.err = nil
	if err := ingest(5, 10); err != nil {
		t.Fatal(err)
	}
	r.wantChain(b, 0, 10)
	if err := o.Announce(); err != nil {
		t.Fatal(err)
	}
	r.verify()
}

func TestIngestAfterClose(t *testing.T) {
	r := newRig(t)
	o, err := office.New(r.config(r.store))
	if err != nil {
		t.Fatal(err)
	}
	o.Close()
	if err := o.Ingest(t.Context(), "x", nil); !errors.Is(err, office.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

func TestIllegalChain(t *testing.T) {
	if _, err := office.New(office.Config{Chain: "Démo"}); err == nil {
		t.Error("accepted")
	}
}
