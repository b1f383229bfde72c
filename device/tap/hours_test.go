package tap_test

import (
	"strings"
	"testing"

	"sourire/device/tap"
)

func TestParseHoursErrors(t *testing.T) {
	cases := []struct{ key, value, want string }{
		{"monday", "09:00-19:00", `key "monday": want mon, tue, wed, thu, fri, sat or sun`},
		{"Mon", "09:00-19:00", `key "Mon"`},
		{"mon", "9-19", `mon: "9-19": want times like "09:00-19:30"`},
		{"mon", "9:00-19:00", "mon:"},
		{"mon", "09:00", "mon:"},
		{"mon", "09:00-25:00", "mon:"},
		{"mon", "09:00-09:00", "mon:"},
		{"mon", "24:00-09:00", "mon:"},
		{"mon", "09:00-12:00,", `mon: ""`},
		{"mon", "09:00-14:00,12:00-19:00", `mon: "12:00-19:00": want it to begin after`},
		{"mon", "18:00-02:00,10:00-12:00", "want it to begin after"},
		{"tue", "open", `tue: "open"`},
	}
	for _, c := range cases {
		_, err := tap.ParseHours(map[string]string{c.key: c.value})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s = %q: %v, want %q", c.key, c.value, err, c.want)
		}
	}
}
