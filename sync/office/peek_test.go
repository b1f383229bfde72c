package office

import (
	"bytes"
	"encoding/json"
	"testing"

	"sourire/device/tap"
)

func TestPeek(t *testing.T) {
	for _, c := range []struct {
		event string
		want  peek
	}{
		{`{}`, peek{}},
		{` { "seq" : 12 , "kind" : "tap" , "counted" : true } `, peek{Seq: 12, Kind: tap.KindTap, Counted: true}},
		{`{"at":"2026-11-24T12:00:00.000Z","clock":"synced","kind":"undo","seq":3,"tap":2,"why":"changed"}`,
			peek{Seq: 3, Kind: tap.KindUndo, At: "2026-11-24T12:00:00.000Z", Clock: tap.Synced, Tap: 2}},
		{`{"deep":{"seq":9,"more":["}",{"seq":8}]},"seq":1,"text":"\"seq\":7,\\"}`, peek{Seq: 1}},
		{`{"kind":"\u0074ap","seq":1}`, peek{Seq: 1, Kind: tap.KindTap}},
		{`{"counted":17,"kind":"tally","seq":4,"tap":{"x":1}}`, peek{Seq: 4, Kind: tap.KindTally}},
		{`{"seq":1,"seq":2}`, peek{Seq: 2}},
		{`{"SEQ":1}`, peek{}},
	} {
		var got peek
		if err := got.read([]byte(c.event)); err != nil || got != c.want {
			t.Errorf("%s: %+v, %v; want %+v", c.event, got, err, c.want)
		}
	}
	for _, event := range []string{``, `7`, `null`, `"x"`, `[{"seq":1}]`, `{"seq":-1}`, `{"seq":"1"}`, `{"seq":1.5}`, `{"seq":1e2}`, `{"kind":7}`, `{"at":{}}`, `{"clock":true}`} {
		if err := new(peek).read([]byte(event)); err == nil {
			t.Errorf("%s is an event", event)
		}
	}
}

// The scan finds the members that encoding/json does, and no others.
func FuzzScan(f *testing.F) {
	for _, s := range []string{
		`{}`, ` {"a":1,"b":"x\"}","c":[1,{"d":"]"}],"a":null} `, `{"":{},"n":-1.5e-7,"t":true}`, `{"a" : [ ] , "b" : { } }`, `[1]`, `{"a\u0062":1}`, `{`, `{"a`, `{"a":`, `{"a":"\`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		s := scan(raw)
		got := map[string]json.RawMessage{}
		if s.open() {
			for n := 0; ; n++ {
				name, value, ok := s.member()
				if !ok {
					break
				}
				if n > len(raw) {
					t.Fatal("endless")
				}
				var key string
				if json.Unmarshal(name, &key) == nil {
					got[key] = value
				}
			}
		}
		var want map[string]json.RawMessage
		if json.Unmarshal(raw, &want) != nil {
			return
		}
		if len(got) != len(want) {
			t.Fatalf("members %q, want %q", got, want)
		}
		for k, v := range want {
			if !bytes.Equal(got[k], v) {
				t.Fatalf("%q is %q, want %q", k, got[k], v)
			}
		}
	})
}
