package seal_test

import (
	"bytes"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"sourire/sync/seal"
)

// agree sets the canonical form of raw against that of another implementation
// of RFC 8785. They differ in one thing that no message of ours has: a number
// beyond the range of a float64, which only the other refuses.
func agree(t *testing.T, raw []byte) {
	t.Helper()
	want, refused := jcs.Transform(raw)
	if refused != nil && strings.Contains(refused.Error(), "out of range") {
		return
	}
	got, err := seal.Canonical(json.RawMessage(raw))
	if (err == nil) != (refused == nil) || err == nil && !bytes.Equal(got, want) {
		t.Fatalf("%q has the canonical form %q, %v; the other says %q, %v", raw, got, err, want, refused)
	}
	isCanonical := refused == nil && bytes.Equal(want, raw)
	if err := seal.CheckCanonical(raw); (err == nil) != isCanonical {
		t.Fatalf("%q: %v; the other's canonical form is %q, %v", raw, err, want, refused)
	}
}

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		`{"a":[1,-2.5,1e+30,"€\n",null,true]}`, `{"b":1,"a":2}`, `{"a":1,"a":2}`, `[1e700]`, `"\ud800"`,
		`{"\u20ac":1,"\r":2,"\ufb33":3,"\ud83d\ude00":4,"é":{"z":-0,"y":0.10}}`, "\"\xff\"",
		`"\u2028\u007f\ud83d\ude00\/"`, `[9007199254740993,1e21,1e-7,123456789012345678901234567890]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(agree)
}

func seeded(t *testing.T) *rand.Rand {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if text := os.Getenv("SOURIRE_SEED"); text != "" {
		var err error
		if seed, err = strconv.ParseUint(text, 10, 64); err != nil {
			t.Fatalf("SOURIRE_SEED: %v", err)
		}
	}
	t.Logf("SOURIRE_SEED=%d", seed)
	return rand.New(rand.NewPCG(seed, 0))
}

func TestCanonicalOfRandomValues(t *testing.T) {
	r := seeded(t)
	for range 5_000 {
		raw, err := json.Marshal(anyValue(r, 4))
		if err != nil {
			t.Fatal(err)
		}
		agree(t, raw)
	}
}

// anyValue is a random JSON value of at most the given depth.
func anyValue(r *rand.Rand, depth int) any {
	n := r.IntN(7)
	if depth == 0 {
		n = r.IntN(5)
	}
	switch n {
	case 0:
		return nil
	case 1:
		return r.IntN(2) == 0
	case 2:
		return r.Int64() >> r.IntN(64)
	case 3:
		f := math.Float64frombits(r.Uint64())
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return 0.5
		}
		return f
	case 4:
		return anyText(r)
	case 5:
		list := make([]any, r.IntN(5))
		for i := range list {
			list[i] = anyValue(r, depth-1)
		}
		return list
	default:
		object := map[string]any{}
		for range r.IntN(6) {
			object[anyText(r)] = anyValue(r, depth-1)
		}
		return object
	}
}

// anyText is short, so that many names begin in the same way, and has what is
// escaped and what sorts otherwise in UTF-16 than in UTF-8.
func anyText(r *rand.Rand) string {
	letters := []rune("ab\"\\/<&\x00\n\x1f\x7f\u0080é€\u2028\ue000\ufb33\uffff😀")
	text := make([]rune, r.IntN(4))
	for i := range text {
		text[i] = letters[r.IntN(len(letters))]
	}
	return string(text)
}
