package seal_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/gowebpki/jcs"

	"sourire/device/tap"
	"sourire/sync/seal"
)

// likeMarshal wants the canonical form of what encoding/json makes of v.
func likeMarshal(t *testing.T, v any) {
	t.Helper()
	var want []byte
	raw, refused := json.Marshal(v)
	if refused == nil {
		want, refused = jcs.Transform(raw)
	}
	got, err := seal.Canonical(v)
	if (err == nil) != (refused == nil) || !bytes.Equal(got, want) {
		t.Fatalf("%T %+v has the canonical form\n%s, %v, want\n%s, %v", v, v, got, err, want, refused)
	}
}

func TestCanonicalOfEveryEvent(t *testing.T) {
	r := seeded(t)
	for _, e := range []tap.Event{
		&tap.GenesisEvent{}, &tap.BootEvent{}, &tap.ClockEvent{}, &tap.ConfigEvent{}, &tap.TapEvent{}, &tap.ReasonEvent{},
		&tap.UndoEvent{}, &tap.FaultEvent{}, &tap.CloseEvent{}, &tap.OtherEvent{},
	} {
		likeMarshal(t, e)
		for range 300 {
			randomise(r, reflect.ValueOf(e).Elem())
			likeMarshal(t, e)
			likeMarshal(t, reflect.ValueOf(e).Elem().Interface()) // not by a pointer
		}
	}
}

// randomise fills v; a part of it stays empty.
func randomise(r *rand.Rand, v reflect.Value) {
	v.SetZero()
	if v.Kind() != reflect.Struct && r.IntN(4) == 0 {
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			randomise(r, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		randomise(r, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 4))
		for i := range v.Len() {
			randomise(r, v.Index(i))
		}
	case reflect.Map:
		v.Set(reflect.MakeMap(v.Type()))
		for range r.IntN(4) {
			v.SetMapIndex(reflect.ValueOf(anyText(r)), reflect.ValueOf(anyText(r)))
		}
	case reflect.String:
		v.SetString(anyText(r) + []string{"", "\xff"}[r.IntN(20)/19])
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Int, reflect.Int64:
		v.SetInt(r.Int64() >> r.IntN(64) * int64(1-2*r.IntN(2)))
	case reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64))
	}
}

type shout string

func (s shout) MarshalText() ([]byte, error) { return []byte(string(s) + "!"), nil }

type whisper struct{ Text string }

func (w *whisper) MarshalJSON() ([]byte, error) { return json.Marshal("(" + w.Text + ")") }

type inner struct {
	A int    `json:"a"`
	B string `json:"b"`
}

// What events are not made of comes out as encoding/json has it, too.
func TestCanonicalOfOddTypes(t *testing.T) {
	n := 7
	for _, v := range []any{
		nil, true, -1, uint8(200), 1 << 53, -1 << 53, 1<<53 - 1, uint64(1) << 63, 1.5, "é<\n\x00", "\xff", []byte("ab"), [2]int{1, 2},
		[]string(nil), []string{}, []string{"b", "a"}, []int{2, 1}, map[string]int{"b": 1, "a": 2}, (*inner)(nil), &n,
		json.Number("1.50"), []json.Number{"1e2"}, shout("ha"), []shout{"b", "a"}, whisper{"a"}, &whisper{"a"}, time.Unix(1, 2).UTC(),
		struct{}{},
		struct{ B, A int }{1, 2},
		struct {
			B int `json:"b"`
			A int `json:"a,string"`
		}{1, 2},
		struct {
			B int    `json:"b,omitempty"`
			A []int  `json:"a,omitempty"`
			C *inner `json:"c,omitempty"`
			D inner  `json:"d,omitempty"`
			E string `json:"-"`
			f int
		}{f: 1},
		struct {
			Z time.Time `json:"z,omitzero"`
			A int       `json:"a"`
		}{},
		struct {
			B any     `json:"b"`
			A whisper `json:"a"`
			C shout   `json:"c"`
		}{inner{1, "x"}, whisper{"y"}, "z"},
		&struct {
			B any       `json:"b"`
			A whisper   `json:"a"`
			C []whisper `json:"c"`
		}{&inner{1, "x"}, whisper{"y"}, []whisper{{"z"}}},
		struct {
			inner
			C int `json:"c"`
		}{inner{1, "x"}, 3},
		struct { // the outer one counts
			inner
			A int `json:"a"`
		}{inner{1, "x"}, 3},
		struct {
			*inner
			C int `json:"c"`
		}{nil, 3},
		struct {
			inner `json:"named"`
			C     int `json:"c"`
		}{inner{1, "x"}, 3},
		struct {
			B int `json:"é"`
			A int `json:"😀"` // not a name for encoding/json
		}{1, 2},
		struct {
			C chan int `json:"c"`
		}{make(chan int)},
	} {
		likeMarshal(t, v)
	}
}
