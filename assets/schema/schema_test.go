package schema_test

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"strings"
	"testing"

	"sourire/assets/schema/schematest"
	"sourire/device/tap"
	"sourire/sync/seal"
	"sourire/sync/wire"
)

const epoch = "6f1d1c1e-7a52-4c0e-9a64-0d1f5f6a7b8c"

func key(t *testing.T) seal.Key {
	t.Helper()
	k, err := seal.NewKey(bytes.Repeat([]byte{1}, 32))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func header(kind tap.Kind) tap.Header {
	return tap.Header{Seq: 9, Kind: kind, At: "2026-11-23T14:05:03.120Z", Clock: tap.Synced, Boot: 1, Up: 0}
}

// message is one real message of each kind, by name of its schema and a word.
func messages(t *testing.T) map[string][]byte {
	t.Helper()
	must := func(b []byte, err error) []byte {
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	canon := func(v any) []byte { return must(seal.Canonical(v)) }
	n := uint64(102)
	k := key(t)
	head := strings.Repeat("0a", 32)
	genesis := header(tap.KindGenesis)
	genesis.Seq = 1
	id := tap.Identity{Chain: "demo", Store: "lyon", Terminal: "exit-1"}
	return map[string][]byte{
		"ev vector":  must(os.ReadFile("../../sync/wire/testdata/batch.json")),
		"ack vector": must(os.ReadFile("../../sync/wire/testdata/ack.json")),
		"ack":        must(wire.Ack{Identity: id, Epoch: epoch, Seq: 1, Head: head}.Encode(k)),
		"ack resend": must(wire.Ack{Identity: id, Epoch: epoch, Seq: 1, Head: head, Resend: &wire.Resend{Boot: 7, Session: 12}}.Encode(k)),
		"office":     must(wire.EncodeOffice("demo", k)),
		"state will": must(wire.State{Boot: 7, Session: 12, Epoch: epoch}.Encode()),
		"state birth": must(wire.State{
			Online: true, Boot: 7, Session: 12, Epoch: epoch, Last: &n, Pending: new(uint64), Config: &n,
			Clock: tap.Saved, Health: &wire.Health{Up: 1, Faults: []string{"disk"}}, Software: "1.2.0",
			Key: &wire.KeyInfo{ID: k.Public().ID(), Ed25519: k.Public().String()},
		}.Encode()),
		"event genesis": canon(tap.GenesisEvent{Header: genesis, Identity: id, Epoch: epoch, Ed25519: k.Public().String()}),
		"event genesis after damage": canon(tap.GenesisEvent{
			Header: genesis, Identity: id, Epoch: epoch, Ed25519: k.Public().String(),
			Previous: &tap.Previous{Epoch: epoch, Why: "damaged"},
		}),
		"event genesis after copy": canon(tap.GenesisEvent{
			Header: genesis, Identity: id, Epoch: epoch, Ed25519: k.Public().String(),
			Previous: &tap.Previous{Epoch: epoch, Seq: &n, Head: &head, Why: "copied"},
		}),
		"event boot":  canon(tap.BootEvent{Header: header(tap.KindBoot), BootID: "b", Software: "1.2.0", Ended: "cut"}),
		"event clock": canon(tap.ClockEvent{Header: header(tap.KindClock), Quality: tap.Synced, Offset: 1, Error: 2, Source: "kernel"}),
		"event config": canon(tap.ConfigEvent{
			Header: header(tap.KindConfig), Question: "exit", Version: "1", Audience: "staff", Scale: tap.NPS,
			Text: map[string]string{"fr": "Êtes-vous satisfait ?"}, Timezone: "Europe/Paris",
			Hours: map[string]string{"mon": "09:00-19:30"}, Office: k.Public().String(),
		}),
		"event config with a follow-up": canon(tap.ConfigEvent{
			Header: header(tap.KindConfig), Question: "exit", Version: "1", Audience: "customer", Scale: tap.Faces4,
			Text: map[string]string{"fr": "Êtes-vous satisfait ?"}, Timezone: "Europe/Paris",
			Hours: map[string]string{"mon": "09:00-19:30"}, Office: k.Public().String(),
			FollowUp: &tap.FollowUp{Text: map[string]string{"fr": "Qu’est-ce qui compte ?"}, Answers: []tap.Reason{
				{ID: "waiting", Text: map[string]string{"fr": "L’attente"}}, {ID: "welcome", Text: map[string]string{"fr": "L’accueil"}},
			}},
			Targets: &tap.Targets{Satisfied: 80, NPS: -10},
		}),
		"event alert":           canon(tap.AlertEvent{Header: header(tap.KindAlert), Rule: "reason", State: tap.AlertAcknowledged, Alert: 7, Figures: map[string]int{"answers": 5}, Reason: "waiting", Text: "a till was opened"}),
		"event note":            canon(tap.NoteEvent{Header: header(tap.KindNote), Type: tap.NoteQuick, Text: "a second till", Day: "2026-11-23"}),
		"event test":            canon(tap.TestEvent{Header: header(tap.KindTest), On: true, By: "cleaning"}),
		"event test by command": canon(tap.TestEvent{Header: header(tap.KindTest), On: true, By: "office", Command: "9f2c"}),
		"cmd vector":            must(os.ReadFile("../../sync/wire/testdata/cmd.json")),
		"res vector":            must(os.ReadFile("../../sync/wire/testdata/res.json")),
		"res":                   must(wire.Answer{Identity: id, Epoch: epoch, ID: "a-1", Result: wire.Later, Why: wire.WhyClock}.Encode(k)),
		"event tap":             canon(tap.TapEvent{Header: header(tap.KindTap), Config: 2, Choice: 10, Of: 11, Flags: []tap.Flag{tap.Burst, tap.Chord}, Rule: 1, Lang: "fr"}),
		"event reason":          canon(tap.ReasonEvent{Header: header(tap.KindReason), Tap: 3, Reason: "waiting"}),
		"event undo":            canon(tap.UndoEvent{Header: header(tap.KindUndo), Tap: 3, Why: "service"}),
		"event fault":           canon(tap.FaultEvent{Header: header(tap.KindFault), Part: "disk", Why: "full"}),
		"event clear":           canon(tap.FaultEvent{Header: header(tap.KindClear), Part: "disk", Why: "written again"}),
		"event export":          canon(tap.ExportEvent{Header: header(tap.KindExport), Parts: []tap.ExportedPart{{Epoch: epoch, First: 1, Last: 8}}}),
		"export": must(wire.Export{
			Identity: id, At: "2026-11-23T14:05:03.120Z", Software: "1.2.0",
			Parts: []wire.ExportPart{{Epoch: epoch, First: 1, Last: 8, Prev: strings.Repeat("00", 32), Head: head}},
			Left:  []wire.ExportLeft{{Why: "it cannot be read"}},
		}.Encode(k)),
		"event close": canon(tap.CloseEvent{Header: header(tap.KindClose), Why: "copied"}),
	}
}

func TestRealMessages(t *testing.T) {
	for name, payload := range messages(t) {
		if err := schematest.Validate(schemaOf(name), payload); err != nil {
			t.Errorf("%s: %v\n%s", name, err, payload)
		}
	}
}

func schemaOf(name string) string {
	s, _, _ := strings.Cut(name, " ")
	return s
}

// fields reads a message whose members a test alters.
func fields(t *testing.T, payload []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

func validate(t *testing.T, schema string, message map[string]any) error {
	t.Helper()
	raw, err := json.Marshal(message)
	if err != nil {
		t.Fatal(err)
	}
	return schematest.Validate(schema, raw)
}

// may lists the members that a message may lack.
var may = map[string][]string{
	"event config":                  {"version", "timezone", "hours", "office"},
	"event config with a follow-up": {"version", "timezone", "hours", "office", "followup", "targets"},
	"event alert":                   {"alert", "figures", "reason", "text"},
	"event note":                    {"day"},
	"event test":                    {"on"},
	"event test by command":         {"on", "command"},
	"res":                           {"why"},
	"event close":                   {"why"},
	"event export":                  {"parts"},
	"ack resend":                    {"resend"},
}

func TestEveryMemberIsNeededAndTyped(t *testing.T) {
	for name, payload := range messages(t) {
		whole := fields(t, payload)
		for member := range whole {
			m := maps.Clone(whole)
			delete(m, member)
			optional := false
			for _, o := range may[name] {
				optional = optional || o == member
			}
			if err := validate(t, schemaOf(name), m); (err == nil) != optional {
				t.Errorf("%s without %s: %v", name, member, err)
			}
			m[member] = []any{map[string]any{}}
			if err := validate(t, schemaOf(name), m); err == nil {
				t.Errorf("%s: a list as %s is valid", name, member)
			}
		}
	}
}

func TestWrongValues(t *testing.T) {
	upper := strings.Repeat("0A", 32)
	for _, c := range []struct {
		name, member string
		values       []any
	}{
		{"ev vector", "schema", []any{"sourire.events/2", ""}},
		{"ev vector", "chain", []any{"", "Demo", "-demo", "de/mo", "demo\n", strings.Repeat("a", 21)}},
		{"ev vector", "epoch", []any{strings.ToUpper(epoch), epoch[1:], strings.ReplaceAll(epoch, "-", "")}},
		{"ev vector", "first", []any{0, -1, 1.5, "1", 1 << 53}},
		{"ev vector", "last", []any{0}},
		{"ev vector", "prev", []any{upper, upper[2:], ""}},
		{"ev vector", "head", []any{upper, strings.Repeat("g", 64)}},
		{"ev vector", "events", []any{[]any{}, make([]any, 101)}},
		{"ev vector", "key", []any{"34750F98BD59FCFC", "34750f98"}},
		{"ev vector", "sig", []any{strings.Repeat("A", 88), strings.Repeat("_", 86) + "=="}},
		{"ack", "seq", []any{-1, 1.5, "1"}},
		{"ack", "head", []any{upper}},
		{"office", "ed25519", []any{strings.Repeat("A", 44), strings.Repeat("-", 43) + "="}},
		{"state birth", "boot", []any{0}},
		{"state birth", "session", []any{0}},
		{"state birth", "clock", []any{"right"}},
		{"state birth", "key", []any{map[string]any{"id": "34750f98bd59fcfc"}}},
		{"state will", "online", []any{true, "false"}},
		{"event tap", "seq", []any{0, 1.5}},
		{"event tap", "kind", []any{""}},
		{"event tap", "at", []any{"2026-11-23T14:05:03Z", "2026-11-23 14:05:03.120Z", "14:05"}},
		{"event tap", "up", []any{-1, 0.5}},
		{"event tap", "config", []any{0}},
		{"event tap", "choice", []any{-1, 11, "3"}},
		{"event tap", "of", []any{1, 12}},
		{"event tap", "counted", []any{1, "true"}},
		{"event tap", "flags", []any{nil, []any{"Chord"}, []any{"chord", "chord"}}},
		{"event tap", "rule", []any{0}},
		{"event undo", "why", []any{"regret"}},
		{"event boot", "ended", []any{"well"}},
		{"event config", "scale", []any{"faces6"}},
		{"event config", "hours", []any{map[string]any{"monday": "09:00-19:30"}}},
		{"cmd vector", "id", []any{"", "A", "a/b", strings.Repeat("a", 41)}},
		{"cmd vector", "expires", []any{"", "tomorrow", 5}},
		{"cmd vector", "on", []any{nil, "true", 1}},
		{"res vector", "result", []any{"", "well"}},
		{"res vector", "seq", []any{0, "1"}},
		{"event test by command", "command", []any{"", "A"}},
		{"event export", "parts", []any{[]any{map[string]any{"epoch": epoch, "first": 1}}, []any{map[string]any{"epoch": "e", "first": 1, "last": 2}}}},
		{"export", "schema", []any{"sourire.export/2"}},
		{"export", "ed25519", []any{"", strings.Repeat("A", 44)}},
		{"export", "parts", []any{nil, []any{map[string]any{"epoch": epoch, "first": 1, "last": 2, "prev": upper}}}},
		{"export", "left", []any{nil, []any{"damaged"}}},
		{"event genesis", "seq", []any{2}},
		{"event genesis", "previous", []any{map[string]any{"epoch": epoch, "seq": nil, "head": nil}}},
	} {
		m := fields(t, messages(t)[c.name])
		for _, v := range c.values {
			m[c.member] = v
			if err := validate(t, schemaOf(c.name), m); err == nil {
				t.Errorf("%s: %s %v is valid", c.name, c.member, v)
			}
		}
	}
}

// A batch is held to what its events must be.
func TestBatchWithAWrongEvent(t *testing.T) {
	m := fields(t, messages(t)["ev vector"])
	events := m["events"].([]any)
	events[2].(map[string]any)["choice"] = "3"
	if err := validate(t, "ev", m); err == nil {
		t.Error("a batch with a wrong tap is valid")
	}
}

func TestConsumersIgnoreWhatTheyDoNotKnow(t *testing.T) {
	for name, payload := range messages(t) {
		m := fields(t, payload)
		m["later"] = map[string]any{"added": 1}
		if err := validate(t, schemaOf(name), m); err != nil {
			t.Errorf("%s with a new field: %v", name, err)
		}
	}
	m := fields(t, messages(t)["event close"])
	m["kind"] = "weather"
	if err := validate(t, "event", m); err != nil {
		t.Errorf("an event of a new kind: %v", err)
	}
}

func TestUnknownSchema(t *testing.T) {
	if err := schematest.Validate("nosuch", []byte("{}")); err == nil {
		t.Error("a schema that does not exist accepted a message")
	}
	if err := schematest.Validate("ack", []byte("{")); err == nil {
		t.Error("half a message is valid")
	}
}
