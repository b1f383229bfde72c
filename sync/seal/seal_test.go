package seal_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"sourire/sync/seal"
)

// Examples that RFC 8785 publishes: section 3.2.2 to 3.2.4 (values, order of
// keys) and appendix B (numbers).
func TestCanonicalRFC8785(t *testing.T) {
	cases := []struct{ in, want string }{
		{
			`{
			  "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
			  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
			  "literals": [null, true, false]
			}`,
			`{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}`,
		},
		{
			`{
			  "\u20ac": "Euro Sign",
			  "\r": "Carriage Return",
			  "\ufb33": "Hebrew Letter Dalet With Dagesh",
			  "1": "One",
			  "\ud83d\ude00": "Emoji: Grinning Face",
			  "\u0080": "Control",
			  "\u00f6": "Latin Small Letter O With Diaeresis"
			}`,
			"{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\",\"ö\":\"Latin Small Letter O With Diaeresis\"," +
				"\"€\":\"Euro Sign\",\"😀\":\"Emoji: Grinning Face\",\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}",
		},
	}
	for _, c := range cases {
		got, err := seal.Canonical(json.RawMessage(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s, %v, want\n%s", got, err, c.want)
		}
		if err := seal.CheckCanonical([]byte(c.want)); err != nil {
			t.Errorf("%s: %v", c.want, err)
		}
		if err := seal.CheckCanonical([]byte(c.in)); !errors.Is(err, seal.ErrNotCanonical) {
			t.Errorf("%s: %v", c.in, err)
		}
	}
	numbers := map[uint64]string{
		0x0000000000000000: "0",
		0x8000000000000000: "0",
		0x0000000000000001: "5e-324",
		0x7fefffffffffffff: "1.7976931348623157e+308",
		0x4340000000000000: "9007199254740992",
		0xc340000000000000: "-9007199254740992",
		0x4430000000000000: "295147905179352830000",
		0x444b1ae4d6e2ef4f: "999999999999999900000",
		0x444b1ae4d6e2ef50: "1e+21",
		0x3eb0c6f7a0b5ed8d: "0.000001",
		0x41b3de4355555555: "333333333.3333333",
		0xbecbf647612f3696: "-0.0000033333333333333333",
	}
	for bits, want := range numbers {
		if got, err := seal.Canonical(math.Float64frombits(bits)); err != nil || string(got) != want {
			t.Errorf("%x: %s, %v, want %s", bits, got, err, want)
		}
	}
}

// What json.Marshal escapes for HTML is written as it is.
func TestCanonicalText(t *testing.T) {
	got, err := seal.Canonical(map[string]string{"b": "<b> & € 😀 \u2028", "a": ""})
	if want := `{"a":"","b":"<b> & € 😀 ` + "\u2028" + `"}`; err != nil || string(got) != want {
		t.Errorf("%s, %v, want %s", got, err, want)
	}
}

func TestCanonicalErrors(t *testing.T) {
	for _, v := range []any{make(chan int), math.NaN(), json.RawMessage(`{`), json.RawMessage(`{"a":1,"a":2}`)} {
		if b, err := seal.Canonical(v); err == nil {
			t.Errorf("%v has the canonical form %s", v, b)
		}
	}
}

func TestCheckCanonical(t *testing.T) {
	for _, s := range []string{`{"b":1,"a":2}`, `{"a": 1}`, `{"a":1}` + "\n", `{"a":1.0}`, `{"a":"\u0041"}`, `{"a":"\/"}`, `-0`, `9007199254740993`} {
		if err := seal.CheckCanonical([]byte(s)); !errors.Is(err, seal.ErrNotCanonical) {
			t.Errorf("%q: %v, want %v", s, err, seal.ErrNotCanonical)
		}
	}
	for _, s := range []string{``, `{`, `{"a":1}x`, `{"a":01}`, `{"a":NaN}`, `{"a":1,"a":1}`, "\"\xff\"", `"\ud800"`, `[1,]`} {
		if err := seal.CheckCanonical([]byte(s)); err == nil || errors.Is(err, seal.ErrNotCanonical) {
			t.Errorf("%q: %v, want it not to be JSON", s, err)
		}
	}
}

func TestHead(t *testing.T) {
	var zero seal.Head
	if zero.String() != strings.Repeat("0", 64) {
		t.Errorf("before seq 1: %s", zero)
	}
	// h = SHA-256(h_before || event bytes)
	event := []byte(`{"seq":1}`)
	sum := sha256.Sum256(append(make([]byte, 32), event...))
	one := zero.Next(event)
	if one != seal.Head(sum) || zero != (seal.Head{}) {
		t.Errorf("after one event: %s, want %x", one, sum)
	}
	sum = sha256.Sum256(append(sum[:], event...))
	if two := one.Next(event); two != seal.Head(sum) {
		t.Errorf("after two: %s, want %x", two, sum)
	}
	if back, err := seal.ParseHead(one.String()); err != nil || back != one {
		t.Errorf("%s read as %s, %v", one, back, err)
	}
	for _, s := range []string{"", "00", strings.Repeat("g", 64), strings.ToUpper(one.String()), one.String() + "00", " " + one.String()[1:]} {
		if h, err := seal.ParseHead(s); err == nil || h != (seal.Head{}) {
			t.Errorf("%q read as %s, %v", s, h, err)
		}
	}
}

// Whatever passes is JSON, and is its own canonical form.
func FuzzCheckCanonical(f *testing.F) {
	for _, s := range []string{`{"a":[1,-2.5,1e+30,"€\n",null,true]}`, `{"b":1,"a":2}`, `"\u2028"`, `[[[[`, `{"a":1}{`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if seal.CheckCanonical(raw) != nil {
			return
		}
		if !json.Valid(raw) {
			t.Fatalf("%q is canonical and no JSON", raw)
		}
		if c, err := seal.Canonical(json.RawMessage(raw)); err != nil || !bytes.Equal(c, raw) {
			t.Fatalf("%q has the canonical form %q, %v", raw, c, err)
		}
	})
}

func FuzzParseHead(f *testing.F) {
	f.Add(strings.Repeat("0", 64))
	f.Add(strings.Repeat("aF", 32))
	f.Fuzz(func(t *testing.T, s string) {
		h, err := seal.ParseHead(s)
		if err == nil && h.String() != s {
			t.Fatalf("%q read as %s", s, h)
		}
		if _, bad := hex.DecodeString(s); err == nil && bad != nil {
			t.Fatalf("%q is a head", s)
		}
	})
}
