package wire_test

import (
	"bytes"
	"errors"
	"reflect"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

func encode(t testing.TB, m interface{ Encode() ([]byte, error) }) []byte {
	t.Helper()
	b, err := m.Encode()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The state and the will of the contract, byte for byte.
func TestStateContract(t *testing.T) {
	n := func(n uint64) *uint64 { return &n }
	cases := []struct {
		s    wire.State
		want string
	}{
		{
			wire.State{Online: false, Boot: 7, Session: 12, Epoch: epoch},
			`{"boot":7,"epoch":"` + epoch + `","online":false,"schema":"sourire.state/1","session":12}`,
		},
		{
			wire.State{
				Online: true, Boot: 7, Session: 12, Epoch: epoch, Last: n(102), Pending: n(0), Config: n(94), Clock: tap.Synced,
				Health: &wire.Health{Faults: []string{"display"}}, Software: "1.2.0", Key: &wire.KeyInfo{ID: "i", Ed25519: "k"},
			},
			`{"boot":7,"clock":"synced","config":94,"epoch":"` + epoch + `","health":{"faults":["display"]},` +
				`"key":{"ed25519":"k","id":"i"},"last":102,"online":true,"pending":0,"schema":"sourire.state/1","session":12,"software":"1.2.0"}`,
		},
	}
	for _, c := range cases {
		raw := encode(t, c.s)
		if string(raw) != c.want {
			t.Errorf("%s\nwant\n%s", raw, c.want)
		}
		c.s.Schema = "sourire.state/1"
		if back, err := wire.DecodeState(raw); err != nil || !reflect.DeepEqual(back, c.s) {
			t.Errorf("%s read as %+v, %v", raw, back, err)
		}
	}
}

func TestDecodeStateErrors(t *testing.T) {
	valid := string(encode(t, wire.State{Online: true, Boot: 1, Epoch: epoch}))
	cases := []struct{ payload, want string }{
		{"", "read state"},
		{"null", "schema"},
		{"[]", "read state"},
		{valid[:len(valid)/2], "read state"},
		{strings.Replace(valid, "state/1", "state/2", 1), `schema "sourire.state/2", want "sourire.state/1"`},
		{strings.Replace(valid, "6f1d", "6F1D", 1), "is not a UUID"},
		{strings.Replace(valid, epoch, "", 1), "is not a UUID"},
		{strings.Replace(valid, `"boot":1`, `"boot":-1`, 1), "read state"},
		{strings.Replace(valid, `"online":true`, `"online":"yes"`, 1), "read state"},
	}
	for _, c := range cases {
		if s, err := wire.DecodeState([]byte(c.payload)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v, want %q", c.payload, s, err, c.want)
		}
	}
}

func ackOf(t testing.TB, key seal.Key) []byte {
	t.Helper()
	b, err := wire.Ack{Identity: exit1, Epoch: epoch, Seq: 102, Head: seal.Head{7}.String()}.Encode(key)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestAck(t *testing.T) {
	key := newKey(t, 2)
	raw := ackOf(t, key)
	if err := seal.CheckCanonical(raw); err != nil {
		t.Error(err)
	}
	want := wire.Ack{Schema: "sourire.ack/1", Identity: exit1, Epoch: epoch, Seq: 102, Head: seal.Head{7}.String()}
	if a, err := wire.DecodeAck(raw, key.Public()); err != nil || a != want {
		t.Errorf("%+v, %v, want %+v", a, err, want)
	}
}

// The signature covers the connection that is asked to send again.
func TestAckOfWhatWasLost(t *testing.T) {
	key := newKey(t, 2)
	raw, err := wire.Ack{Identity: exit1, Epoch: epoch, Seq: 2, Head: seal.Head{7}.String(), Resend: &wire.Resend{Boot: 7, Session: 12}}.Encode(key)
	if err != nil {
		t.Fatal(err)
	}
	a, err := wire.DecodeAck(raw, key.Public())
	if err != nil || a.Resend == nil || *a.Resend != (wire.Resend{Boot: 7, Session: 12}) {
		t.Errorf("%+v, %v", a, err)
	}
	for _, forged := range []string{
		strings.Replace(string(raw), `"session":12`, `"session":13`, 1),
		strings.Replace(string(raw), `"resend":{"boot":7,"session":12},`, "", 1),
	} {
		if _, err := wire.DecodeAck([]byte(forged), key.Public()); !errors.Is(err, seal.ErrBadSignature) {
			t.Errorf("%s: %v", forged, err)
		}
	}
}

func TestDecodeAckErrors(t *testing.T) {
	key, other := newKey(t, 2), newKey(t, 3)
	valid := string(ackOf(t, key))
	forged := []struct{ name, payload string }{
		{"another seq", strings.Replace(valid, `"seq":102`, `"seq":103`, 1)},
		{"another terminal", strings.Replace(valid, "exit-1", "exit-2", 1)},
		{"another epoch", strings.Replace(valid, "6f1d", "6f1e", 1)},
		{"another head", strings.Replace(valid, `"head":"07`, `"head":"08`, 1)},
		{"another schema", strings.Replace(valid, "ack/1", "ack/2", 1)},
		{"a member more", strings.Replace(valid, `"seq"`, `"more":1,"seq"`, 1)},
		{"another's signature under our key", strings.Replace(string(ackOf(t, other)), other.Public().ID(), key.Public().ID(), 1)},
		{"another key", string(ackOf(t, other))},
		{"no key", strings.Replace(valid, key.Public().ID(), "", 1)},
		{"no signature", `{"schema":"sourire.ack/1","key":"` + key.Public().ID() + `"}`},
		{"null", "null"},
	}
	for _, c := range forged {
		if a, err := wire.DecodeAck([]byte(c.payload), key.Public()); !errors.Is(err, seal.ErrBadSignature) || !strings.HasPrefix(err.Error(), "read ack: ") {
			t.Errorf("%s: %+v, %v, want %v", c.name, a, err, seal.ErrBadSignature)
		}
	}
	if _, err := wire.DecodeAck([]byte(valid), seal.Public{}); !errors.Is(err, seal.ErrBadSignature) {
		t.Errorf("without an office key: %v, want %v", err, seal.ErrBadSignature)
	}
	for _, s := range []string{"", "[]", valid[:len(valid)/2], valid + valid, strings.Replace(valid, "102", "-1", 1)} {
		if a, err := wire.DecodeAck([]byte(s), key.Public()); err == nil || errors.Is(err, seal.ErrBadSignature) {
			t.Errorf("%.60s: %+v, %v, want it not to be read", s, a, err)
		}
	}
	// What the office sealed may still be no ack.
	office, err := wire.EncodeOffice("demo", key)
	if err != nil {
		t.Fatal(err)
	}
	if a, err := wire.DecodeAck(office, key.Public()); err == nil || !strings.Contains(err.Error(), `schema "sourire.office/1", want "sourire.ack/1"`) {
		t.Errorf("the office's key is the ack %+v, %v", a, err)
	}
}

func TestOffice(t *testing.T) {
	key := newKey(t, 2)
	raw, err := wire.EncodeOffice("demo", key)
	if err != nil {
		t.Fatal(err)
	}
	if err := seal.CheckCanonical(raw); err != nil {
		t.Error(err)
	}
	if pub, err := wire.DecodeOffice(raw, "demo"); err != nil || pub.String() != key.Public().String() {
		t.Errorf("%s, %v, want %s", pub, err, key.Public())
	}
}

func TestDecodeOfficeErrors(t *testing.T) {
	key, other := newKey(t, 2), newKey(t, 3)
	raw, err := wire.EncodeOffice("demo", key)
	if err != nil {
		t.Fatal(err)
	}
	valid := string(raw)
	cases := []struct{ name, payload, chain, want string }{
		{"no JSON", "x", "demo", "read office key"},
		{"null", "null", "demo", "schema"},
		{"cut in half", valid[:len(valid)/2], "demo", "read office key"},
		{"another chain's", valid, "other", `of chain "demo", want "sourire.office/1" of "other"`},
		{"another schema", strings.Replace(valid, "office/1", "office/2", 1), "demo", `schema "sourire.office/2"`},
		{"an ack", string(ackOf(t, key)), "demo", `schema "sourire.ack/1"`},
		{"a key that is none", strings.Replace(valid, key.Public().String(), "AAAA", 1), "demo", "3 bytes, want 32"},
		{"another's key", strings.Replace(valid, key.Public().String(), other.Public().String(), 1), "demo", "another key"},
		{"a member more", strings.Replace(valid, `"key"`, `"jey":1,"key"`, 1), "demo", seal.ErrBadSignature.Error()},
		{"no signature", strings.Replace(valid, `"sig":"`, `"sig":"AAAA`, 1), "demo", seal.ErrBadSignature.Error()},
	}
	for _, c := range cases {
		if pub, err := wire.DecodeOffice([]byte(c.payload), c.chain); err == nil || !pub.Zero() || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %s, %v, want %q", c.name, pub, err, c.want)
		}
	}
}

// An ack that passes is the office's own: nothing in it can be altered.
func TestEveryByteOfAnAckCounts(t *testing.T) {
	key := newKey(t, 2)
	raw := ackOf(t, key)
	for i := range raw {
		for _, c := range []byte{raw[i] ^ 1, raw[i] ^ 0x20, ' ', '0', '"'} {
			if c != raw[i] {
				checkAck(t, bytes.Join([][]byte{raw[:i], {c}, raw[i+1:]}, nil), key)
			}
		}
		checkAck(t, bytes.Join([][]byte{raw[:i], raw[i+1:]}, nil), key)
	}
}

// checkAck fails where payload passes for an ack of key, is canonical and is
// not what key seals.
func checkAck(t *testing.T, payload []byte, key seal.Key) {
	t.Helper()
	a, err := wire.DecodeAck(payload, key.Public())
	if err != nil || seal.CheckCanonical(payload) != nil {
		return
	}
	if again, err := a.Encode(key); err != nil || !bytes.Equal(again, payload) {
		t.Fatalf("%s\npasses, encoded again it is\n%s, %v", payload, again, err)
	}
}

func FuzzDecodeAck(f *testing.F) {
	key := newKey(f, 2)
	f.Add(ackOf(f, key))
	f.Add([]byte("null"))
	f.Fuzz(func(t *testing.T, payload []byte) { checkAck(t, payload, key) })
}

func FuzzDecodeOffice(f *testing.F) {
	raw, err := wire.EncodeOffice("demo", newKey(f, 2))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(raw)
	f.Fuzz(func(t *testing.T, payload []byte) {
		if pub, err := wire.DecodeOffice(payload, "demo"); (err == nil) == pub.Zero() {
			t.Fatalf("%s: key %q, %v", payload, pub, err)
		}
	})
}

// What is read as a state, written and read again is the same.
func FuzzDecodeState(f *testing.F) {
	f.Add(encode(f, wire.State{Boot: 7, Session: 12, Epoch: epoch}))
	f.Add(encode(f, wire.State{Online: true, Epoch: epoch, Last: new(uint64), Health: &wire.Health{Stale: 1}, Key: &wire.KeyInfo{}}))
	f.Fuzz(func(t *testing.T, payload []byte) {
		s, err := wire.DecodeState(payload)
		if err != nil {
			return
		}
		once := encode(t, s)
		back, err := wire.DecodeState(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice := encode(t, back); !bytes.Equal(twice, once) {
			t.Fatalf("%s became %s", once, twice)
		}
	})
}
