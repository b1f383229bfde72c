package schema_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"sourire/assets/schema"
	"sourire/device/tap"
	"sourire/sync/wire"
)

// document reads a file of the package: JSON is YAML, too.
func document(t *testing.T, name string) map[string]any {
	t.Helper()
	raw, err := schema.FS.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var doc map[string]any
	if strings.HasSuffix(name, ".json") {
		err = json.Unmarshal(raw, &doc)
	} else {
		err = yaml.Unmarshal(raw, &doc)
	}
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc
}

// refs calls visit with every $ref below v.
func refs(v any, visit func(string)) {
	switch v := v.(type) {
	case map[string]any:
		if r, ok := v["$ref"].(string); ok {
			visit(r)
		}
		for _, x := range v {
			refs(x, visit)
		}
	case []any:
		for _, x := range v {
			refs(x, visit)
		}
	}
}

// resolve follows a reference that stands in a file.
func resolve(t *testing.T, file, ref string) any {
	t.Helper()
	target, pointer, _ := strings.Cut(ref, "#")
	if target != "" {
		file = strings.TrimPrefix(target, "./")
	}
	var at any = document(t, file)
	for _, name := range strings.Split(pointer, "/")[1:] {
		m, _ := at.(map[string]any)
		at = m[name]
	}
	return at
}

func TestEveryReferenceResolves(t *testing.T) {
	for _, file := range []string{"asyncapi.yaml", "ev.json", "event.json", "state.json", "ack.json", "office.json", "cmd.json", "res.json", "common.json"} {
		n := 0
		refs(document(t, file), func(ref string) {
			n++
			if resolve(t, file, ref) == nil {
				t.Errorf("%s: $ref %s leads nowhere", file, ref)
			}
		})
		if n == 0 {
			t.Errorf("%s: no reference was found", file)
		}
	}
}

func TestAddressesAreTheTopics(t *testing.T) {
	id := tap.Identity{Chain: "{chain}", Store: "{store}", Terminal: "{terminal}"}
	want := map[string]string{
		"ev":       wire.Topic(id, wire.LeafEvents),
		"state":    wire.Topic(id, wire.LeafState),
		"ack":      wire.Topic(id, wire.LeafAck),
		"reported": wire.Topic(id, "reported"),
		"desired":  wire.Topic(id, "desired"),
		"cmd":      wire.Topic(id, "cmd/{id}"),
		"res":      wire.Topic(id, "cmd/{id}/res"),
		"office":   wire.OfficeTopic("{chain}"),
	}
	channels := document(t, "asyncapi.yaml")["channels"].(map[string]any)
	for name, topic := range want {
		c, _ := channels[name].(map[string]any)
		if c["address"] != topic {
			t.Errorf("channel %s has address %v, want %s", name, c["address"], topic)
		}
		for p := range strings.SplitSeq(topic, "/") {
			if _, ok := c["parameters"].(map[string]any)[strings.Trim(p, "{}")]; ok != strings.HasPrefix(p, "{") {
				t.Errorf("channel %s: parameter %s", name, p)
			}
		}
	}
	if len(channels) != len(want) {
		t.Errorf("%d channels, want %d", len(channels), len(want))
	}
}

// Direction, QoS and retain of every channel, as the contract's table has them.
func TestOperations(t *testing.T) {
	want := map[string]string{
		"ev":       "send",
		"state":    "send retained",
		"reported": "send retained",
		"desired":  "receive retained",
		"ack":      "receive retained",
		"cmd":      "receive",
		"office":   "receive retained",
	}
	got := map[string]string{}
	for name, o := range document(t, "asyncapi.yaml")["operations"].(map[string]any) {
		o := o.(map[string]any)
		mqtt := o["bindings"].(map[string]any)["mqtt"].(map[string]any)
		if mqtt["qos"] != 1 {
			t.Errorf("%s: qos %v, want 1", name, mqtt["qos"])
		}
		s := o["action"].(string)
		if mqtt["retain"] == true {
			s += " retained"
		}
		got[strings.TrimPrefix(o["channel"].(map[string]any)["$ref"].(string), "#/channels/")] = s
	}
	for channel, w := range want {
		if got[channel] != w {
			t.Errorf("%s: %q, want %q", channel, got[channel], w)
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d operations, want %d", len(got), len(want))
	}
}

// What goes over a topic is described by the schema that validates it.
func TestPayloads(t *testing.T) {
	messages := document(t, "asyncapi.yaml")["components"].(map[string]any)["messages"].(map[string]any)
	var got []string
	for _, m := range messages {
		refs(m, func(ref string) { got = append(got, ref) })
	}
	slices.Sort(got)
	want := []string{
		"./ack.json", "./cmd.json", "./common.json#/$defs/sealed",
		"./ev.json", "./office.json", "./res.json", "./state.json",
	}
	if !slices.Equal(got, want) {
		t.Errorf("payloads %v, want %v", got, want)
	}
}
