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

// TestHoursWhenClocksChange opens and closes in and around the hour that is left
// out, and the one that comes twice.
func TestHoursWhenClocksChange(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		hours      string // of every day
		from, upto string // open, in UTC, as the day of 2026 begins and ends in Paris
	}{
		// Clocks go forward at 01:00 UTC: 2:00 is 3:00.
		{"09:00-19:30", "03-29T07:00", "03-29T17:30"},
		{"09:00-02:30", "03-28T08:00", "03-29T01:00"}, // 2:30 never is
		{"09:00-02:00", "03-28T08:00", "03-29T01:00"},
		{"09:00-03:00", "03-28T08:00", "03-29T01:00"},
		{"09:00-04:00", "03-28T08:00", "03-29T02:00"},
		{"02:30-05:00", "03-29T01:00", "03-29T03:00"},
		{"00:00-24:00", "03-28T23:00", "03-29T22:00"}, // 23 hours
		// Clocks go back at 01:00 UTC: 3:00 is 2:00 again.
		{"09:00-19:30", "10-25T08:00", "10-25T18:30"},
		{"09:00-02:30", "10-24T07:00", "10-25T01:30"}, // until the second 2:30
		{"09:00-02:00", "10-24T07:00", "10-25T01:00"},
		{"09:00-03:00", "10-24T07:00", "10-25T02:00"},
		{"02:30-05:00", "10-25T00:30", "10-25T04:00"}, // from the first
		{"00:00-24:00", "10-24T22:00", "10-25T23:00"}, // 25 hours
	} {
		h, err := tap.ParseDaily(c.hours)
		if err != nil {
			t.Fatal(err)
		}
		at := func(text string) time.Time {
			m, err := time.Parse("2006-01-02T15:04", "2026-"+text)
			if err != nil {
				t.Fatal(err)
			}
			return m.In(paris)
		}
		from, upto := at(c.from), at(c.upto)
		for m := from; m.Before(upto); m = m.Add(time.Minute) {
			if !h.OpenAt(m) {
				t.Errorf("%s: closed at %s", c.hours, m)
				break
			}
		}
		if c.hours == "00:00-24:00" {
			continue
		}
		for _, m := range []time.Time{from.Add(-time.Millisecond), upto} {
			if h.OpenAt(m) {
				t.Errorf("%s: open at %s", c.hours, m)
			}
		}
		if grace := 30 * time.Minute; h.ClosedAt(upto.Add(grace-time.Millisecond), grace) || !h.ClosedAt(upto.Add(grace), grace) {
			t.Errorf("%s: the grace after %s is not half an hour", c.hours, upto)
		}
	}
}
