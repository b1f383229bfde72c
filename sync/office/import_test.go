package office_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
	"sourire/sync/export"
	"sourire/sync/office"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// After makes a box a source of exports.
func (b *box) After(seq uint64, n int) ([]seal.Link, error) {
	rest := b.links[min(seq, b.last()):]
	return rest[:min(n, len(rest))], nil
}

// exported is a file with events first to last.
func (b *box) exported(t *testing.T, first, last uint64) []byte {
	t.Helper()
	var prev seal.Head
	if first > 1 {
		prev = b.links[first-2].Head
	}
	part := export.Part{Source: b, ExportPart: wire.ExportPart{
		Epoch: b.epoch, First: first, Last: last, Prev: prev.String(), Head: b.links[last-1].Head.String(),
	}}
	var file bytes.Buffer
	if _, err := export.Write(&file, wire.Export{Identity: b.Identity, At: "2026-11-24T12:00:00.000Z"}, []export.Part{part}, b.key); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// A file gives the very rows that the same messages give over MQTT, evidence
// included.
func TestImportIsAsGoodAsMQTT(t *testing.T) {
	b := newBox(exit1, 1, newKey(1), nil).taps(250)
	byHand, byWire := newRig(t), newRig(t)
	file := b.exported(t, 1, b.last())
	done, err := byHand.Import(t.Context(), bytes.NewReader(file))
	want := []office.ImportedPart{{Epoch: b.epoch, First: 1, Last: 251, Stored: 251}}
	if err != nil || done.Terminal != exit1.String() || !reflect.DeepEqual(done.Parts, want) {
		t.Errorf("%+v, %v, want %+v", done, err, want)
	}
	for _, line := range bytes.Split(bytes.TrimSuffix(file, []byte("\n")), []byte("\n"))[1:] {
		if err := byWire.Ingest(t.Context(), b.topic(wire.LeafEvents), line); err != nil {
			t.Fatal(err)
		}
	}
	rows := func(r *rig) []any {
		id := office.EpochID{Identity: exit1, Epoch: b.epoch}
		events, err := r.store.Events(t.Context(), exit1, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		batches, err := r.store.Batches(t.Context(), id, 0, 1000)
		if err != nil {
			t.Fatal(err)
		}
		snap, err := r.store.Load(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return []any{events, batches, snap}
	}
	if a, b := rows(byHand), rows(byWire); !reflect.DeepEqual(a, b) {
		t.Errorf("by hand\n%+v\nover MQTT\n%+v", a, b)
	}
}

// What comes by hand does not make a terminal online that is silent, and is
// known when it comes again, by either way.
func TestImportSaysNothingOfNow(t *testing.T) {
	r := newRig(t)
	b := newBox(exit1, 1, newKey(1), nil).taps(30)
	for _, m := range [][]byte{b.batch(1, 10)} {
		if err := r.Ingest(t.Context(), b.topic(wire.LeafEvents), m); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Ingest(t.Context(), b.topic(wire.LeafState), b.state(1, 21, true)); err != nil {
		t.Fatal(err)
	}
	r.mu.Lock()
	r.now = r.now.Add(time.Hour)
	r.mu.Unlock()
	done, err := r.Import(t.Context(), bytes.NewReader(b.exported(t, 5, 31)))
	want := []office.ImportedPart{{Epoch: b.epoch, First: 5, Last: 31, Stored: 21, Known: 6}}
	if err != nil || !reflect.DeepEqual(done.Parts, want) {
		t.Errorf("%+v, %v, want %+v", done, err, want)
	}
	if s := r.status(exit1); s.Online || s.Last != 31 {
		t.Errorf("%+v: want event 31, of a terminal that is not online", s)
	}
}

// What is not taken in is named.
func TestImportRefuses(t *testing.T) {
	b := newBox(exit1, 1, newKey(1), nil).taps(30)
	thief := newBox(exit1, 1, newKey(2), nil).taps(40)
	stranger := newBox(tap.Identity{Chain: "other", Store: "lyon", Terminal: "exit-1"}, 2, newKey(1), nil)
	for name, c := range map[string]struct {
		file  []byte
		early uint64
		wrong string
	}{
		"some before are not here":     {b.exported(t, 20, 31), 20, ""},
		"another key signed the epoch": {thief.exported(t, 1, 41), 0, "signature"},
		"of another chain":             {stranger.exported(t, 1, 1), 0, "chain"},
	} {
		r := newRig(t)
		if err := r.Ingest(t.Context(), b.topic(wire.LeafEvents), b.batch(1, 10)); err != nil {
			t.Fatal(err)
		}
		done, err := r.Import(t.Context(), bytes.NewReader(c.file))
		if !errors.Is(err, office.ErrNotImported) || len(done.Parts) != 1 {
			t.Fatalf("%s: %+v, %v", name, done, err)
		}
		if p := done.Parts[0]; p.OK() || p.Stored != 0 || p.Early != c.early || !strings.Contains(p.Wrong, c.wrong) {
			t.Errorf("%s: %+v", name, p)
		}
		if s := r.status(exit1); s.Events != 10 {
			t.Errorf("%s: %d events, want the 10 that were there", name, s.Events)
		}
	}
	r := newRig(t)
	file := b.exported(t, 1, 31)
	if done, err := r.Import(t.Context(), bytes.NewReader(file[:len(file)-1])); !errors.Is(err, export.ErrCut) {
		t.Errorf("a file that was cut off: %+v, %v", done, err)
	}
}
