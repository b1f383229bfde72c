package tap_test

import (
	"strings"
	"testing"
	"time"

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

func TestDailyHours(t *testing.T) {
	for _, c := range []struct {
		hours, at string
		open      bool
	}{
		{"21:00-08:00", "20:59", false},
		{"21:00-08:00", "21:00", true},
		{"21:00-08:00", "00:00", true},
		{"21:00-08:00", "07:59", true},
		{"21:00-08:00", "08:00", false},
		{"12:00-14:00", "13:00", true},
		{"12:00-14:00", "14:00", false},
		{"", "03:00", false},
		{"closed", "03:00", false},
	} {
		h, err := tap.ParseDaily(c.hours)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("2006-01-02 15:04", "2026-11-26 "+c.at)
		if err != nil {
			t.Fatal(err)
		}
		if h.OpenAt(at) != c.open {
			t.Errorf("%q at %s: want open %v", c.hours, c.at, c.open)
		}
	}
	if _, err := tap.ParseDaily("21-08"); err == nil {
		t.Error(`"21-08": want an error`)
	}
}
