package wire_test

import (
	"errors"
	"strings"
	"testing"

	"sourire/device/tap"
	"sourire/sync/wire"
)

func TestTopics(t *testing.T) {
	for got, want := range map[string]string{
		wire.Topic(exit1, wire.LeafEvents):         "sourire/v1/demo/lyon-part-dieu/exit-1/ev",
		wire.Topic(exit1, wire.LeafState):          "sourire/v1/demo/lyon-part-dieu/exit-1/state",
		wire.Topic(exit1, wire.LeafAck):            "sourire/v1/demo/lyon-part-dieu/exit-1/ack",
		wire.OfficeTopic("demo"):                   "sourire/v1/demo/office",
		wire.Filter("demo", wire.LeafEvents):       "sourire/v1/demo/+/+/ev",
		wire.Filter("demo", wire.LeafState) + "/+": "sourire/v1/demo/+/+/state/+",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

func TestParseTopic(t *testing.T) {
	long := strings.Repeat("a", 21)
	cases := []struct {
		topic string
		id    tap.Identity
		leaf  string // empty: no topic of ours
	}{
		{"sourire/v1/demo/lyon-part-dieu/exit-1/ev", exit1, "ev"},
		{"sourire/v1/demo/lyon-part-dieu/exit-1/state", exit1, "state"},
		{"sourire/v1/demo/lyon-part-dieu/exit-1/ack", exit1, "ack"},
		{"sourire/v1/demo/lyon-part-dieu/exit-1/later", exit1, "later"},
		{"sourire/v1/demo/lyon-part-dieu/exit-1/cmd/17/res", exit1, "cmd/17/res"},
		{"", tap.Identity{}, ""},
		{"sourire/v1/", tap.Identity{}, ""},
		{"sourire/v1/demo/office", tap.Identity{}, ""},
		{"sourire/v1/demo/lyon/exit-1", tap.Identity{}, ""},
		{"sourire/v1/demo/lyon/exit-1/", tap.Identity{}, ""},
		{"sourire/v2/demo/lyon/exit-1/ev", tap.Identity{}, ""},
		{"/sourire/v1/demo/lyon/exit-1/ev", tap.Identity{}, ""},
		{"Sourire/v1/demo/lyon/exit-1/ev", tap.Identity{}, ""},
		{"demo/lyon/exit-1/ev", tap.Identity{}, ""},
		{"sourire/v1//lyon/exit-1/ev", tap.Identity{}, ""},
		{"sourire/v1/demo/+/exit-1/ev", tap.Identity{}, ""},
		{"sourire/v1/demo/lyon/#/ev", tap.Identity{}, ""},
		{"sourire/v1/Demo/lyon/exit-1/ev", tap.Identity{}, ""},
		{"sourire/v1/demo/" + long + "/exit-1/ev", tap.Identity{}, ""},
	}
	for _, c := range cases {
		id, leaf, err := wire.ParseTopic(c.topic)
		if id != c.id || leaf != c.leaf || (err != nil) != (c.leaf == "") || err != nil && !errors.Is(err, wire.ErrTopic) {
			t.Errorf("%q: %v, %q, %v, want %v, %q", c.topic, id, leaf, err, c.id, c.leaf)
		}
	}
}

func FuzzParseTopic(f *testing.F) {
	f.Add("sourire/v1/demo/lyon-part-dieu/exit-1/cmd/17/res")
	f.Add("sourire/v1/demo/office")
	f.Fuzz(func(t *testing.T, topic string) {
		id, leaf, err := wire.ParseTopic(topic)
		if err == nil && (wire.Topic(id, leaf) != topic || !id.Valid()) {
			t.Fatalf("%q is the leaf %q of %q", topic, leaf, id)
		}
	})
}
