package office

import (
	"bytes"
	"encoding/json"
	"errors"
	"testing"

	"sourire/device/tap"
	"sourire/sync/wire"
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

// Whatever comes in is taken apart or refused for a reason.
func FuzzDecode(f *testing.F) {
	id := tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}
	for _, s := range []string{
		`{}`, `{"schema":"sourire.state/1","online":true,"boot":1,"session":1,"epoch":"6f1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c"}`,
		`{"schema":"sourire.events/1","chain":"demo","store":"lyon","terminal":"exit-1","epoch":"6f1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c","first":1,"last":1,"prev":"0000000000000000000000000000000000000000000000000000000000000000","head":"cc7bb23fe2a09d9b4af4e1fb0d5ba8e40a5ba9ae4a0ab8a1b6cba4f11c1b8d10","events":[{"seq":1}],"key":"","sig":""}`,
	} {
		f.Add([]byte(s), true)
		f.Add([]byte(s), false)
	}
	f.Fuzz(func(t *testing.T, payload []byte, events bool) {
		leaf := wire.LeafState
		if events {
			leaf = wire.LeafEvents
		}
		m, err := decode("demo", wire.Topic(id, leaf), payload)
		if err != nil {
			if !errors.As(err, new(refusal)) {
				t.Fatalf("refused without a reason: %v", err)
			}
			return
		}
		if m.id != id || events && (m.batch == nil || len(m.peeks) != len(m.batch.Links)) {
			t.Fatalf("%+v", m)
		}
	})
}
