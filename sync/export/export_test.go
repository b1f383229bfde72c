package export_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/iotest"

	"sourire/assets/schema/schematest"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
	"sourire/sync/export"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

var id = tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}

// epochs are ids, oldest first.
var epochs = []string{"6f1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c", "0a1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c"}

// chain is a journal in memory, whole from event 1.
type chain []seal.Link

func (c chain) After(seq uint64, n int) ([]seal.Link, error) {
	rest := c[min(seq, uint64(len(c))):]
	return rest[:min(n, len(rest))], nil
}

func (c chain) part(epoch string, first, last uint64) export.Part {
	var prev seal.Head
	if first > 1 {
		prev = c[first-2].Head
	}
	return export.Part{Source: c, ExportPart: wire.ExportPart{
		Epoch: epoch, First: first, Last: last, Prev: prev.String(), Head: c[last-1].Head.String(),
	}}
}

func newKey(t testing.TB, n byte) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{n}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func newChain(t testing.TB, epoch string, key seal.Key, n int) chain {
	t.Helper()
	var c chain
	var head seal.Head
	for i := range n {
		h := tap.Header{Seq: uint64(i + 1), Kind: tap.KindTap, At: "2026-11-23T14:05:03.120Z", Clock: tap.Synced, Boot: 1, Up: int64(i)}
		var e tap.Event = &tap.TapEvent{Header: h, Config: 1, Choice: i % 4, Of: 4, Flags: []tap.Flag{}, Rule: 1, Lang: "fr"}
		if i == 0 {
			h.Kind = tap.KindGenesis
			e = &tap.GenesisEvent{Header: h, Identity: id, Epoch: epoch, Ed25519: key.Public().String()}
		}
		raw, err := seal.Canonical(e)
		if err != nil {
			t.Fatal(err)
		}
		head = head.Next(raw)
		c = append(c, seal.Link{Seq: h.Seq, Head: head, Event: raw})
	}
	return c
}

// file is an export of two epochs: 130 events of one, 30 to 50 of the other.
func file(t testing.TB) []byte {
	t.Helper()
	key := newKey(t, 1)
	old, now := newChain(t, epochs[0], key, 130), newChain(t, epochs[1], key, 60)
	var b bytes.Buffer
	_, err := export.Write(&b, wire.Export{Identity: id, At: "2026-11-23T14:05:03.120Z", Software: "1.2.0"},
		[]export.Part{old.part(epochs[0], 1, 130), now.part(epochs[1], 30, 50)}, key)
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadsWhatWasWritten(t *testing.T) {
	raw := file(t)
	var runs []string
	e, err := export.Read(iotest.OneByteReader(bytes.NewReader(raw)), func(payload []byte) error {
		b, err := wire.DecodeBatch(payload)
		if err != nil {
			return err
		}
		runs = append(runs, fmt.Sprintf("%.2s %d-%d", b.Epoch, b.First, b.Last()))
		return schematest.Validate("ev", payload)
	})
	want := "[6f 1-100 6f 101-130 0a 30-50]"
	if err != nil || e.Events() != 151 || e.Identity != id || fmt.Sprint(runs) != want {
		t.Errorf("%+v, %v, %v, want %s", e, runs, err, want)
	}
	first, _, _ := bytes.Cut(raw, []byte("\n"))
	if err := schematest.Validate("export", first); err != nil {
		t.Errorf("%v\n%s", err, first)
	}
}

// A file that ends anywhere before its end is cut off, and never a whole one.
func TestCutAnywhere(t *testing.T) {
	raw := file(t)
	ends := []int{0, 1}
	for i, b := range raw[:len(raw)-1] {
		if b == '\n' {
			ends = append(ends, i, i+1, i+2)
		}
	}
	r := rand.New(rand.NewPCG(seedtest.Seed(t), 2))
	for range 50 {
		ends = append(ends, r.IntN(len(raw)))
	}
	for _, n := range append(ends, len(raw)-1) {
		if _, err := export.Read(bytes.NewReader(raw[:n]), nil); !errors.Is(err, export.ErrCut) {
			t.Errorf("cut after %d of %d bytes: %v", n, len(raw), err)
		}
	}
}

// Lines that are dropped, doubled, swapped, added or taken from elsewhere.
func TestLinesOutOfPlace(t *testing.T) {
	lines := strings.SplitAfter(strings.TrimSuffix(string(file(t)), "\n"), "\n")
	lines[len(lines)-1] += "\n"
	with := func(change func(l []string) []string) string {
		return strings.Join(change(append([]string(nil), lines...)), "")
	}
	forged := func() string {
		key := newKey(t, 2)
		c := newChain(t, epochs[0], key, 100)
		return string(wire.EncodeBatch(id, epochs[0], seal.Head{}, c, key)) + "\n"
	}
	sig := func(line string) string {
		_, rest, _ := strings.Cut(line, `"sig":"`)
		sig, _, _ := strings.Cut(rest, `"`)
		return sig
	}
	for name, text := range map[string]string{
		"another's signature": with(func(l []string) []string {
			l[1] = strings.Replace(l[1], sig(l[1]), sig(l[2]), 1)
			return l
		}),
		"one is missing":    with(func(l []string) []string { return append(l[:1], l[2:]...) }),
		"one is doubled":    with(func(l []string) []string { return append(l[:2], l[1:]...) }),
		"two are swapped":   with(func(l []string) []string { l[1], l[2] = l[2], l[1]; return l }),
		"one is added":      with(func(l []string) []string { return append(l, l[3]) }),
		"a word is added":   with(func(l []string) []string { return append(l, "word") }),
		"an empty line":     with(func(l []string) []string { return append(l, "\n") }),
		"of another key":    with(func(l []string) []string { l[1] = forged(); return l }),
		"in another form":   with(func(l []string) []string { l[1] = " " + l[1]; return l }),
		"with a huge line":  with(func(l []string) []string { l[1] = strings.Repeat("x", 1<<20) + "\n"; return l }),
		"DOS line ends":     strings.ReplaceAll(strings.Join(lines, ""), "\n", "\r\n"),
		"the end is no end": strings.TrimSuffix(strings.Join(lines, ""), "\n"),
	} {
		_, err := export.Read(strings.NewReader(text), nil)
		var line *export.LineError
		if name == "one is missing" && (err == nil || !strings.Contains(err.Error(), "line 2: it begins with event 101, not with 1")) {
			t.Errorf("%s: %v", name, err)
		}
		if !errors.As(err, &line) && !errors.Is(err, export.ErrCut) && !errors.Is(err, export.ErrForeign) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What stands in no export's place is named so.
func TestForeign(t *testing.T) {
	for _, text := range []string{"\n", "{}\n", "null\n", "hello\n", "\x89PNG\n", string(file(t)[:400]) + "\n", `{"schema":"sourire.export/2"}` + "\n"} {
		if _, err := export.Read(strings.NewReader(text), nil); !errors.Is(err, export.ErrForeign) {
			t.Errorf("%.20q: %v", text, err)
		}
	}
}

// Any byte that is changed is found, wherever it stands.
func TestAByteIsChanged(t *testing.T) {
	raw := file(t)
	seed := seedtest.Seed(t)
	r := rand.New(rand.NewPCG(seed, 1))
	for range 100 {
		b := bytes.Clone(raw)
		i := r.IntN(len(b))
		b[i] ^= 1 << r.IntN(8)
		if _, err := export.Read(bytes.NewReader(b), nil); err == nil {
			t.Errorf("byte %d changed from %q to %q, and nobody says so", i, raw[i], b[i])
		}
	}
}

// A journal that lost an event, or has another, is not exported as whole.
func TestAJournalWithDamage(t *testing.T) {
	key := newKey(t, 1)
	for name, damage := range map[string]func(c chain) chain{
		"altered": func(c chain) chain {
			c[40].Event = bytes.Replace(c[40].Event, []byte(`"fr"`), []byte(`"en"`), 1)
			return c
		},
		"missing": func(c chain) chain { return append(c[:40], c[41:]...) },
		"ends":    func(c chain) chain { return c[:40] },
	} {
		c := newChain(t, epochs[0], key, 150)
		p := c.part(epochs[0], 1, 150)
		p.Source = damage(c)
		_, err := export.Write(io.Discard, wire.Export{Identity: id}, []export.Part{p}, key)
		if err == nil || !strings.Contains(err.Error(), "event 41 is missing or altered") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What fails is returned as it is, so that its cause can be told.
func TestFailures(t *testing.T) {
	bad := errors.New("bad")
	raw := file(t)
	if _, err := export.Read(bytes.NewReader(raw), func([]byte) error { return bad }); !errors.Is(err, bad) {
		t.Errorf("a visit that fails: %v", err)
	}
	if _, err := export.Read(io.MultiReader(bytes.NewReader(raw[:9_000]), iotest.ErrReader(bad)), nil); !errors.Is(err, bad) {
		t.Errorf("a stick that fails: %v", err)
	}
}

// No input panics, and what is accepted was signed line by line.
func FuzzRead(f *testing.F) {
	f.Add(file(f))
	f.Add([]byte("{}\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		var n uint64
		e, err := export.Read(bytes.NewReader(raw), func(payload []byte) error {
			b, err := wire.DecodeBatch(payload)
			if err != nil {
				t.Fatalf("a visited line is no batch: %v", err)
			}
			n += uint64(len(b.Links))
			return nil
		})
		if err == nil && n != e.Events() {
			t.Fatalf("%d events visited of %d", n, e.Events())
		}
	})
}
