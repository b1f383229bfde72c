package wire_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

const epoch = "6f1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c"

var exit1 = tap.Identity{Chain: "demo", Store: "lyon-part-dieu", Terminal: "exit-1"}

func newKey(t testing.TB, b byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{b}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// chain links events, from seq first, after prev.
func chain(prev seal.Head, first uint64, events ...string) []seal.Link {
	var links []seal.Link
	for i, e := range events {
		prev = prev.Next([]byte(e))
		links = append(links, seal.Link{Seq: first + uint64(i), Head: prev, Event: []byte(e)})
	}
	return links
}

// numbered is n events, from seq first.
func numbered(n int, first uint64) []string {
	var events []string
	for i := range n {
		events = append(events, fmt.Sprintf(`{"kind":"tap","seq":%d}`, first+uint64(i)))
	}
	return events
}

// sign seals any batch, as a terminal gone wrong might.
func sign(t *testing.T, key seal.Key, m map[string]any) []byte {
	t.Helper()
	m["key"] = key.Public().ID()
	delete(m, "sig")
	cover := map[string]any{}
	for k, v := range m {
		if k != "events" {
			cover[k] = v
		}
	}
	c, err := seal.Canonical(cover)
	if err != nil {
		t.Fatal(err)
	}
	m["sig"] = key.Sign(c)
	payload, err := seal.Canonical(m)
	if err != nil {
		t.Fatal(err)
	}
	return payload
}

func TestBatchRoundTrip(t *testing.T) {
	r := seedtest.Rand(t)
	key := newKey(t, 1)
	for range 200 {
		first := 1 + r.Uint64N(1<<40)
		var prev seal.Head
		if first > 1 {
			prev = prev.Next([]byte("what went before"))
		}
		links := chain(prev, first, numbered(1+r.IntN(wire.MaxEvents), first)...)
		payload := wire.EncodeBatch(exit1, epoch, prev, links, key)
		if err := seal.CheckCanonical(payload); err != nil {
			t.Fatalf("%s: %v", payload, err)
		}
		b, err := wire.DecodeBatch(payload)
		if err != nil {
			t.Fatal(err)
		}
		if err := b.Verify(key.Public()); err != nil {
			t.Fatal(err)
		}
		end := links[len(links)-1]
		if b.Identity != exit1 || b.Epoch != epoch || b.First != first || b.Last() != end.Seq || b.Prev != prev || b.Head() != end.Head {
			t.Fatalf("%+v is another batch", b)
		}
		if again := wire.EncodeBatch(b.Identity, b.Epoch, b.Prev, b.Links, key); !bytes.Equal(again, payload) {
			t.Fatalf("encoded again:\n%s\nwant\n%s", again, payload)
		}
	}
}

func TestHeadOfNoEvents(t *testing.T) {
	b := wire.Batch{Prev: seal.Head{1}}
	if b.Head() != b.Prev {
		t.Errorf("head %s, want prev", b.Head())
	}
}

// What a signature cannot excuse: every case is signed by the right key.
func TestDecodeBatchErrors(t *testing.T) {
	key := newKey(t, 1)
	cases := []struct {
		name   string
		change func(m map[string]any)
		want   string
	}{
		{"another schema", func(m map[string]any) { m["schema"] = "sourire.events/2" }, `schema "sourire.events/2", want "sourire.events/1"`},
		{"no schema", func(m map[string]any) { delete(m, "schema") }, "schema"},
		{"a schema without end", func(m map[string]any) { m["schema"] = strings.Repeat("x", 9999) }, `schema "xxxxxxxx`},
		{"an illegal chain", func(m map[string]any) { m["chain"] = "Demo" }, "not a legal id"},
		{"an illegal store", func(m map[string]any) { m["store"] = "lyon/2" }, "not a legal id"},
		{"an illegal terminal", func(m map[string]any) { m["terminal"] = "" }, "not a legal id"},
		{"an epoch that is none", func(m map[string]any) { m["epoch"] = "today" }, `epoch "today" is not a UUID`},
		{"an epoch in upper case", func(m map[string]any) { m["epoch"] = strings.ToUpper(epoch) }, "not a UUID"},
		{"an epoch without dashes", func(m map[string]any) { m["epoch"] = strings.ReplaceAll(epoch, "-", "0") }, "not a UUID"},
		{"no events", func(m map[string]any) { m["events"] = []any{} }, "0 events, want 1 to 100"},
		{"events that are none", func(m map[string]any) { m["events"] = "none" }, "read batch"},
		{"from 0", func(m map[string]any) { m["first"], m["last"] = 0, 2 }, "first 0 and last 2 do not fit 3 events"},
		{"a gap", func(m map[string]any) { m["last"] = 105 }, "first 101 and last 105 do not fit 3 events"},
		{"one event too many", func(m map[string]any) { m["last"] = 102 }, "do not fit 3 events"},
		{"backwards", func(m map[string]any) { m["last"] = 99 }, "do not fit 3 events"},
		{"beyond 2^53", func(m map[string]any) {
			m["first"], m["last"] = json.Number("9007199254740992"), json.Number("9007199254740994")
		}, "do not fit 3 events"},
		{"a fraction", func(m map[string]any) { m["first"] = 100.5 }, "read batch"},
		{"below 0", func(m map[string]any) { m["first"] = -1 }, "read batch"},
		{"a prev that is none", func(m map[string]any) { m["prev"] = "00" }, "prev: head is 2 characters, want 64"},
		{"a prev in upper case", func(m map[string]any) { m["prev"] = strings.Repeat("A", 64) }, "prev: head"},
		{"another prev", func(m map[string]any) { m["prev"] = strings.Repeat("a", 64) }, "do not lead from prev to head"},
		{"another head", func(m map[string]any) { m["head"] = strings.Repeat("a", 64) }, "do not lead from prev to head"},
		{"a key that is none", func(m map[string]any) { m["chain"] = []any{1} }, "read batch"},
	}
	valid := func() map[string]any {
		links := chain(seal.Head{9}, 101, numbered(3, 101)...)
		var m map[string]any
		if err := json.Unmarshal(wire.EncodeBatch(exit1, epoch, seal.Head{9}, links, key), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	if b, err := wire.DecodeBatch(sign(t, key, valid())); err != nil || b.Verify(key.Public()) != nil {
		t.Fatalf("the batch that the cases change is wrong already: %v", err)
	}
	for _, c := range cases {
		m := valid()
		c.change(m)
		if b, err := wire.DecodeBatch(sign(t, key, m)); err == nil || b != nil || !strings.Contains(err.Error(), c.want) || len(err.Error()) > 200 {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestDecodeBatchThatIsNoBatch(t *testing.T) {
	raw := vector(t, "batch.json")
	for _, s := range []string{"", " ", "null", "{}", "[]", "7", `"x"`, "\xff", strings.Repeat("[", 1<<20), `{"events":` + strings.Repeat("[", 1<<20)} {
		if _, err := wire.DecodeBatch([]byte(s)); err == nil {
			t.Errorf("%.20q is a batch", s)
		}
	}
	for i := range raw {
		if _, err := wire.DecodeBatch(raw[:i]); err == nil {
			t.Fatalf("cut after %d bytes it is a batch", i)
		}
	}
	if _, err := wire.DecodeBatch(append(raw, raw...)); err == nil {
		t.Error("two in a row are a batch")
	}
}

func TestBatchLimits(t *testing.T) {
	key := newKey(t, 1)
	// event is one of n bytes.
	event := func(n int) string {
		const frame = `{"seq":1,"text":""}`
		return `{"seq":1,"text":"` + strings.Repeat("x", n-len(frame)) + `"}`
	}
	cases := []struct {
		name   string
		events []string
		want   string
	}{
		{"as many events as may be", numbered(wire.MaxEvents, 1), ""},
		{"one more", numbered(wire.MaxEvents+1, 1), "101 events, want 1 to 100"},
		{"an event as big as may be", []string{event(wire.MaxEvent)}, ""},
		{"one byte more", []string{event(wire.MaxEvent + 1)}, "event 1 is 16385 bytes, want at most 16384"},
		{"1 MB", []string{event(1 << 20)}, "want at most 16384"},
	}
	for _, c := range cases {
		payload := wire.EncodeBatch(exit1, epoch, seal.Head{}, chain(seal.Head{}, 1, c.events...), key)
		_, err := wire.DecodeBatch(payload)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

// Numbers that wrap around fit no events either.
func TestBatchThatWrapsAround(t *testing.T) {
	payload := string(wire.EncodeBatch(exit1, epoch, seal.Head{}, chain(seal.Head{}, 101, numbered(3, 101)...), newKey(t, 1)))
	payload = strings.NewReplacer(`"first":101`, `"first":18446744073709551615`, `"last":103`, `"last":1`).Replace(payload)
	if _, err := wire.DecodeBatch([]byte(payload)); err == nil || !strings.Contains(err.Error(), "do not fit 3 events") {
		t.Errorf("%v", err)
	}
}

// The last seq there is.
func TestBatchUpToMaxInt(t *testing.T) {
	links := chain(seal.Head{}, wire.MaxInt-1, numbered(2, wire.MaxInt-1)...)
	b, err := wire.DecodeBatch(wire.EncodeBatch(exit1, epoch, seal.Head{}, links, newKey(t, 1)))
	if err != nil || b.Last() != wire.MaxInt {
		t.Errorf("%+v, %v", b, err)
	}
}

func TestForgedBatch(t *testing.T) {
	key, other := newKey(t, 1), newKey(t, 2)
	links := chain(seal.Head{}, 1, numbered(3, 1)...)
	decode := func(payload []byte) *wire.Batch {
		t.Helper()
		b, err := wire.DecodeBatch(payload)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	mine := wire.EncodeBatch(exit1, epoch, seal.Head{}, links, key)
	if err := decode(mine).Verify(other.Public()); !errors.Is(err, seal.ErrBadSignature) || !strings.Contains(err.Error(), other.Public().ID()) {
		t.Errorf("checked with another key: %v", err)
	}
	claimed := bytes.Replace(wire.EncodeBatch(exit1, epoch, seal.Head{}, links, other),
		[]byte(other.Public().ID()), []byte(key.Public().ID()), 1)
	if err := decode(claimed).Verify(key.Public()); !errors.Is(err, seal.ErrBadSignature) {
		t.Errorf("signed by another that names our key: %v", err)
	}
	for _, swap := range [][2]string{
		{`"store":"lyon-part-dieu"`, `"store":"paris"`},
		{`"terminal":"exit-1"`, `"terminal":"exit-2"`},
		{`"epoch":"6f`, `"epoch":"7f`},
		{`"first":1,`, `"first":2,`},
		{`"schema"`, `"more":1,"schema"`},
		{`"sig":"`, `"sig":"A`},
	} {
		forged := bytes.Replace(mine, []byte(swap[0]), []byte(swap[1]), 1)
		if swap[0] == `"first":1,` {
			forged = bytes.Replace(forged, []byte(`"last":3`), []byte(`"last":4`), 1)
		}
		if err := decode(forged).Verify(key.Public()); !errors.Is(err, seal.ErrBadSignature) {
			t.Errorf("%s made %s: %v", swap[0], swap[1], err)
		}
	}
	// Events are covered by head.
	for _, swap := range [][2]string{{`"seq":2`, `"seq":7`}, {`{"kind"`, `{ "kind"`}} {
		forged := bytes.Replace(mine, []byte(swap[0]), []byte(swap[1]), 1)
		if _, err := wire.DecodeBatch(forged); !errors.Is(err, wire.ErrChain) {
			t.Errorf("%s made %s: %v, want %v", swap[0], swap[1], err, wire.ErrChain)
		}
	}
}

// Receivers hash events as they came: one that is not canonical passes here,
// and is named by whoever canonicalises again.
func TestNonCanonicalEvent(t *testing.T) {
	key := newKey(t, 1)
	links := chain(seal.Head{}, 1, `{"seq": 1,"kind":"tap"}`, `{"lang":"<fr> & €","seq":2}`)
	b, err := wire.DecodeBatch(wire.EncodeBatch(exit1, epoch, seal.Head{}, links, key))
	if err != nil || b.Verify(key.Public()) != nil {
		t.Fatal(err)
	}
	if err := seal.CheckCanonical(b.Links[0].Event); !errors.Is(err, seal.ErrNotCanonical) {
		t.Errorf("event 1: %v, want %v", err, seal.ErrNotCanonical)
	}
	if err := seal.CheckCanonical(b.Links[1].Event); err != nil {
		t.Errorf("event 2: %v", err)
	}
}

// Additions keep v1: a member that we do not know is covered, and no error.
func TestBatchFromLater(t *testing.T) {
	key := newKey(t, 1)
	var m map[string]any
	if err := json.Unmarshal(vector(t, "batch.json"), &m); err != nil {
		t.Fatal(err)
	}
	m["zone"] = map[string]any{"a": []any{1, 2}}
	b, err := wire.DecodeBatch(sign(t, key, m))
	if err != nil || b.Verify(key.Public()) != nil {
		t.Errorf("%+v, %v", b, err)
	}
}

// No byte of a batch can be altered, left out or added: it is no batch, its
// signature does not fit, or it is not canonical.
func TestEveryByteOfABatchCounts(t *testing.T) {
	_, key, _ := expect(t)
	raw := vector(t, "batch.json")
	for i := range raw {
		for _, c := range []byte{raw[i] ^ 1, raw[i] ^ 0x20} {
			checkBatch(t, bytes.Join([][]byte{raw[:i], {c}, raw[i+1:]}, nil), key)
		}
		for _, c := range []byte{'0', '\n'} {
			checkBatch(t, bytes.Join([][]byte{raw[:i], {c}, raw[i:]}, nil), key)
		}
		checkBatch(t, bytes.Join([][]byte{raw[:i], raw[i+1:]}, nil), key)
	}
}

// checkBatch fails where payload passes for a batch of key and is not what
// key encodes.
func checkBatch(t *testing.T, payload []byte, key seal.Key) {
	t.Helper()
	b, err := wire.DecodeBatch(payload)
	if err != nil || b.Verify(key.Public()) != nil || seal.CheckCanonical(payload) != nil {
		return
	}
	if again := wire.EncodeBatch(b.Identity, b.Epoch, b.Prev, b.Links, key); !bytes.Equal(again, payload) {
		t.Fatalf("%s\npasses, encoded again it is\n%s", payload, again)
	}
}

func FuzzDecodeBatch(f *testing.F) {
	_, key, _ := expect(f)
	f.Add(vector(f, "batch.json"))
	f.Add(wire.EncodeBatch(exit1, epoch, seal.Head{}, chain(seal.Head{}, 1, numbered(1, 1)...), key))
	f.Add([]byte(`{"schema":"sourire.events/1","events":[null],"first":1,"last":1}`))
	f.Fuzz(func(t *testing.T, payload []byte) {
		checkBatch(t, payload, key)
	})
}
