package wire_test

import (
	"bytes"
	"encoding/json"
	"os"
	"testing"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

// The published vectors: a batch and an ack made from the contract alone by
// another implementation.
type expected struct {
	TerminalEd25519 string   `json:"terminal_ed25519"`
	TerminalKey     string   `json:"terminal_key"`
	OfficeEd25519   string   `json:"office_ed25519"`
	OfficeKey       string   `json:"office_key"`
	Heads           []string `json:"heads"`
}

func vector(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func expect(t testing.TB) (x expected, terminal, office seal.Key) {
	t.Helper()
	if err := json.Unmarshal(vector(t, "expect.json"), &x); err != nil {
		t.Fatal(err)
	}
	key := func(b byte) seal.Key {
		k, err := seal.NewKey(bytes.Repeat([]byte{b}, 32))
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	return x, key(1), key(2)
}

func TestBatchVector(t *testing.T) {
	x, key, _ := expect(t)
	if got := key.Public(); got.String() != x.TerminalEd25519 || got.ID() != x.TerminalKey {
		t.Fatalf("key %s id %s, want %s id %s", got, got.ID(), x.TerminalEd25519, x.TerminalKey)
	}
	raw := vector(t, "batch.json")
	b, err := wire.DecodeBatch(raw)
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Verify(key.Public()); err != nil {
		t.Error(err)
	}
	for i, l := range b.Links {
		if l.Head.String() != x.Heads[i] {
			t.Errorf("head %d is %s, want %s", l.Seq, l.Head, x.Heads[i])
		}
		e, err := tap.Parse(l.Event)
		if err != nil || e.Head().Seq != l.Seq {
			t.Errorf("event %d: %v, %v", l.Seq, e, err)
		}
	}
	again := wire.EncodeBatch(b.Identity, b.Epoch, b.Prev, b.Links, key)
	if !bytes.Equal(again, raw) {
		t.Errorf("encoded again:\n%s\nwant\n%s", again, raw)
	}
}

func TestAckVector(t *testing.T) {
	x, terminal, office := expect(t)
	pub, err := seal.ParsePublic(x.OfficeEd25519)
	if err != nil || pub.ID() != x.OfficeKey {
		t.Fatalf("office key %s, %v", pub.ID(), err)
	}
	raw := vector(t, "ack.json")
	a, err := wire.DecodeAck(raw, pub)
	if err != nil {
		t.Fatal(err)
	}
	if a.Seq != 6 || a.Head != x.Heads[5] {
		t.Errorf("ack %+v", a)
	}
	again, err := a.Encode(office)
	if err != nil || !bytes.Equal(again, raw) {
		t.Errorf("encoded again:\n%s, %v\nwant\n%s", again, err, raw)
	}
	if _, err := wire.DecodeAck(raw, terminal.Public()); err == nil {
		t.Error("an ack sealed with another key was accepted")
	}
}
