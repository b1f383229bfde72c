package tap_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"sourire/device/tap"
)

// examples is one event of every kind that this version knows.
func examples() []tap.Event {
	h := func(k tap.Kind) tap.Header {
		return tap.Header{Seq: 101, Kind: k, At: "2026-11-23T14:05:03.120+01:00", Clock: tap.Synced, Boot: 7, Up: 8123120}
	}
	id := tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}
	seq, head := uint64(9), strings.Repeat("0", 64)
	return []tap.Event{
		&tap.GenesisEvent{Header: h(tap.KindGenesis), Identity: id, Epoch: "e", Ed25519: "k"},
		&tap.GenesisEvent{Header: h(tap.KindGenesis), Identity: id, Previous: &tap.Previous{Epoch: "d", Seq: &seq, Head: &head, Why: "copied"}},
		&tap.GenesisEvent{Header: h(tap.KindGenesis), Identity: id, Previous: &tap.Previous{Epoch: "d", Why: "damaged"}},
		&tap.BootEvent{Header: h(tap.KindBoot), BootID: "b", Software: "1.0.0", Ended: "cut"},
		&tap.ClockEvent{Header: h(tap.KindClock), Quality: tap.Synced, Offset: 1700000000000, Error: 3, Source: "ntp"},
		&tap.ConfigEvent{
			Header: h(tap.KindConfig), Question: "exit", Version: "v", Audience: "customer", Scale: tap.Faces4,
			Text: map[string]string{"fr": "Êtes-vous satisfait ?"}, Timezone: "Europe/Paris", Hours: map[string]string{"mon": "09:00-19:30"}, Office: "k",
		},
		&tap.TapEvent{Header: h(tap.KindTap), Config: 94, Choice: 3, Of: 4, Counted: true, Flags: []tap.Flag{tap.Burst}, Rule: 1, Lang: "fr"},
		&tap.ReasonEvent{Header: h(tap.KindReason), Tap: 101, Reason: "waiting"},
		&tap.UndoEvent{Header: h(tap.KindUndo), Tap: 101, Why: "changed"},
		&tap.FaultEvent{Header: h(tap.KindFault), Part: "button-2", Why: "stuck"},
		&tap.FaultEvent{Header: h(tap.KindClear), Part: "button-2", Why: "released"},
		&tap.ExportEvent{Header: h(tap.KindExport), Parts: []tap.ExportedPart{{Epoch: "e", First: 1, Last: 100}}},
		&tap.CloseEvent{Header: h(tap.KindClose), Why: "moved"},
	}
}

func TestParseReadsWhatWasWritten(t *testing.T) {
	for _, want := range examples() {
		raw, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		got, err := tap.Parse(raw)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n%+v, %v, want\n%+v", raw, got, err, want)
		}
	}
}

// The example of the contract.
func TestParseContract(t *testing.T) {
	raw := `{"seq":101,"kind":"tap","at":"2026-11-23T14:05:03.120+01:00","clock":"synced","boot":7,"up":8123120,
	   "config":94,"choice":3,"of":4,"counted":true,"flags":[],"rule":1,"lang":"fr","later":{"than":"us"}}`
	e, err := tap.Parse([]byte(raw))
	want := &tap.TapEvent{
		Header: tap.Header{Seq: 101, Kind: tap.KindTap, At: "2026-11-23T14:05:03.120+01:00", Clock: tap.Synced, Boot: 7, Up: 8123120},
		Config: 94, Choice: 3, Of: 4, Counted: true, Flags: []tap.Flag{}, Rule: 1, Lang: "fr",
	}
	if err != nil || !reflect.DeepEqual(e, want) {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestParseSkipsKindsFromLater(t *testing.T) {
	for _, kind := range []tap.Kind{"alert2", "tap2"} {
		e, err := tap.Parse([]byte(`{"seq":5,"kind":"` + string(kind) + `","boot":2,"up":9,"config":"other"}`))
		if _, ok := e.(*tap.OtherEvent); !ok || err != nil || e.Head().Seq != 5 || e.Head().Kind != kind {
			t.Errorf("%s: %+v, %v", kind, e, err)
		}
	}
}

func TestParseErrors(t *testing.T) {
	cases := []struct{ raw, want string }{
		{``, "parse event"},
		{`null`, "no kind"},
		{`{}`, "no kind"},
		{`[]`, "parse event"},
		{`{"kind":"tap"`, "parse event"},
		{`{"kind":7}`, "parse event"},
		{`{"kind":"tap","seq":-1}`, "parse event"},
		{`{"kind":"tap","seq":1.5}`, "parse event"},
		{`{"kind":"tap","seq":3,"choice":"3"}`, "parse tap event 3"},
		{`{"kind":"undo","seq":4,"tap":-1}`, "parse undo event 4"},
		{`{"kind":"config","seq":2,"text":["a"]}`, "parse config event 2"},
	}
	for _, c := range cases {
		if e, err := tap.Parse([]byte(c.raw)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v, want %q", c.raw, e, err, c.want)
		}
	}
}

func TestTime(t *testing.T) {
	paris := time.FixedZone("", 3600)
	cases := []struct {
		t    time.Time
		want string
	}{
		{time.Date(2026, 11, 23, 14, 5, 3, 120e6, paris), "2026-11-23T14:05:03.120+01:00"},
		{time.Date(2026, 11, 23, 14, 5, 3, 0, time.UTC), "2026-11-23T14:05:03.000Z"},
	}
	for _, c := range cases {
		s := tap.FormatTime(c.t)
		if s != c.want {
			t.Errorf("%s, want %s", s, c.want)
		}
		if back, err := tap.ParseTime(s); err != nil || !back.Equal(c.t) {
			t.Errorf("%s read as %s, %v", s, back, err)
		}
	}
	for _, s := range []string{"", "14:05", "2026-11-23 14:05:03", "2026-13-23T14:05:03Z"} {
		if _, err := tap.ParseTime(s); err == nil {
			t.Errorf("%q is a time", s)
		}
	}
}

// Nothing panics, and what is an event stays the same event when it is written
// and read again.
func FuzzParse(f *testing.F) {
	for _, e := range examples() {
		raw, err := json.Marshal(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(raw)
	}
	f.Add([]byte(`{"kind":"alert","seq":1}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		e, err := tap.Parse(raw)
		if err != nil {
			return
		}
		if e.Head().Kind == "" {
			t.Fatal("an event without a kind")
		}
		once, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		again, err := tap.Parse(once)
		if err != nil {
			t.Fatalf("%s: %v", once, err)
		}
		if twice, err := json.Marshal(again); err != nil || string(twice) != string(once) {
			t.Fatalf("%s became %s, %v", once, twice, err)
		}
	})
}
