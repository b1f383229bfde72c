package signal

import (
	"testing"
	"time"
)

func TestNight(t *testing.T) {
	for _, test := range []struct{ night, at, want string }{
		{"21:00-08:00", "20:59", "day"},
		{"21:00-08:00", "21:00", "night"},
		{"21:00-08:00", "00:00", "night"},
		{"21:00-08:00", "07:59", "night"},
		{"21:00-08:00", "08:00", "day"},
		{"12:00-14:00", "11:59", "day"},
		{"12:00-14:00", "13:00", "night"},
		{"12:00-14:00", "14:00", "day"},
		{"", "03:00", "day"},
	} {
		n, err := ParseNight(test.night)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse("15:04", test.at)
		if err != nil {
			t.Fatal(err)
		}
		if n.At(at) != (test.want == "night") {
			t.Errorf("%s with night %q: want %s", test.at, test.night, test.want)
		}
	}
	for _, bad := range []string{"21:00", "21-08", "25:00-08:00", "08:00-08:00", "x"} {
		if _, err := ParseNight(bad); err == nil {
			t.Errorf("ParseNight(%q): want an error", bad)
		}
	}
}
