package rules_test

import (
	"testing"
	"time"

	"sourire/device/rules"
	"sourire/device/tap"
)

func paris(t *testing.T) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func TestClosedAt(t *testing.T) {
	week := map[string]string{
		"mon": "09:00-19:30",
		"tue": "09:00-12:00,14:00-19:00",
		"wed": "closed",
		"thu": "",
		"fri": "18:00-02:00",
		"sun": "10:00-24:00",
	}
	cases := []struct {
		at   string // 2026-11-23 is a Monday
		want bool
	}{
		{"2026-11-23 08:59:59", true},
		{"2026-11-23 09:00:00", false},
		{"2026-11-23 19:30:00", false},
		{"2026-11-23 19:59:59", false},
		{"2026-11-23 20:00:00", true},
		{"2026-11-24 08:59:59", true},
		{"2026-11-24 12:29:59", false},
		{"2026-11-24 12:30:00", true},
		{"2026-11-24 13:59:59", true},
		{"2026-11-24 14:00:00", false},
		{"2026-11-25 12:00:00", true}, // said to be closed
		{"2026-11-26 12:00:00", true}, // said to be closed with an empty entry
		{"2026-11-27 17:59:59", true},
		{"2026-11-27 18:00:00", false},
		{"2026-11-28 02:00:00", false}, // Saturday has no entry, but Friday goes on
		{"2026-11-28 02:29:59", false},
		{"2026-11-28 02:30:00", true},
		{"2026-11-28 12:00:00", true},
		{"2026-11-29 23:59:59", false},
		{"2026-11-30 00:29:59", false}, // Sunday's grace
		{"2026-11-30 00:30:00", true},
		{"2026-03-29 10:00:00", false}, // the clocks went forward
		{"2026-10-25 09:59:59", true},  // and back
		{"2026-10-25 10:00:00", false},
	}
	h, err := tap.ParseHours(week)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cases {
		at, err := time.ParseInLocation(time.DateTime, c.at, paris(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := rules.ClosedAt(h, at, tap.Synced); got != c.want {
			t.Errorf("%s %s: closed %v, want %v", at.Weekday(), c.at, got, c.want)
		}
		for _, q := range []tap.Quality{tap.Unknown, tap.Saved} {
			if rules.ClosedAt(h, at, q) {
				t.Errorf("%s: closed by a clock that is %s", c.at, q)
			}
		}
	}
}

// On the night when the clocks go from 3 back to 2, a bar that closes at 01:45
// does so 30 min of real time before it is closed: at the first 02:15 of two.
func TestClosedWhenTheClocksGoBack(t *testing.T) {
	h, err := tap.ParseHours(map[string]string{"sat": "18:00-01:45"})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 10, 25, 1, 45, 0, 0, paris(t)).Add(30 * time.Minute)
	if rules.ClosedAt(h, end.Add(-time.Second), tap.Synced) {
		t.Error("closed within the grace")
	}
	if !rules.ClosedAt(h, end, tap.Synced) || !rules.ClosedAt(h, end.Add(time.Hour), tap.Synced) {
		t.Error("open after the grace")
	}
}

func TestSpanOfAlmostTwoDays(t *testing.T) {
	h, err := tap.ParseHours(map[string]string{"mon": "23:59-23:58"})
	if err != nil {
		t.Fatal(err)
	}
	end := time.Date(2026, 11, 25, 0, 28, 0, 0, paris(t)) // Wednesday
	if rules.ClosedAt(h, end.Add(-time.Second), tap.Synced) || !rules.ClosedAt(h, end, tap.Synced) {
		t.Error("the grace does not end on Wednesday at 00:28")
	}
}

func TestNoHoursNeverClose(t *testing.T) {
	h, err := tap.ParseHours(nil)
	if err != nil {
		t.Fatal(err)
	}
	for hour := range 24 {
		if rules.ClosedAt(h, time.Date(2026, 11, 23, hour, 0, 0, 0, time.UTC), tap.Synced) {
			t.Errorf("closed at %d h", hour)
		}
	}
}
