package terminal

import (
	"strings"
	"testing"
	"time"

	"sourire/device/press"
	"sourire/device/tap"
)

// shop is faces in a store that is open on Mondays from 12:00 to 12:05, and from
// 14:00 to 15:00. The rig starts at 12:00.
func shop(t *testing.T) Survey {
	t.Helper()
	s := asking()
	var err error
	if s.Hours, err = tap.ParseHours(map[string]string{"mon": "12:00-12:05,14:00-15:00"}); err != nil {
		t.Fatal(err)
	}
	return s
}

// ms is a time of the rig's day, as up.
func ms(t *testing.T, clock string) int64 {
	t.Helper()
	at, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		t.Fatal(err)
	}
	return at.Sub(at.Truncate(24*time.Hour)).Milliseconds() - 12*time.Hour.Milliseconds()
}

func TestTheStoreSleeps(t *testing.T) {
	r := newRig()
	r.start(shop(t))
	r.touch(ms(t, "12:34:00"), 3, "") // within the half hour after closing
	r.touch(ms(t, "12:40:00"), 3, "") // wakes it
	r.touch(ms(t, "12:40:02"), 0, "")
	r.runTo(ms(t, "12:50:00"))
	r.gesture(r.up, press.Wake)
	r.runTo(ms(t, "14:01:00"))
	r.gesture(r.up, press.Wake) // it does not sleep
	same(t, journey(r), append(vote(2040000, 3),
		"2041057 show followup 8/8",
		"2049057 show question",
		"2100001 show asleep",
		"2400050 record; tap 3 closed",
		"2400057 reply 2: tap in 4 closed",
		"2400057 show closed",
		"2402050 record; tap 0 closed",
		"2402057 reply 3: tap in 5 closed",
		"2407057 show asleep",
		"3000000 show closed",
		"3005000 show asleep",
		"7200001 show question",
	))
}

// What shows when the store closes is shown to its end.
func TestClosingDoesNotInterrupt(t *testing.T) {
	r := newRig()
	r.start(shop(t))
	r.touch(ms(t, "12:34:57"), 3, "")
	r.touch(ms(t, "12:35:03"), 0, "")
	r.runTo(ms(t, "12:36:00"))
	same(t, journey(r), append(vote(2097000, 3),
		"2098057 show followup 8/8",
		"2103050 record; reason waiting for 3",
		"2103057 reply 2: reason in 4",
		"2103057 show thanks waiting",
		"2105057 show asleep",
	))
}

// A clock that nobody vouches for closes nothing; one that is set is heard within
// a minute, whatever it says.
func TestAClockThatIsSet(t *testing.T) {
	r := newRig()
	r.clock = tap.Saved
	r.start(shop(t))
	r.runTo(ms(t, "13:00:00"))
	r.clock = tap.Synced
	r.runTo(ms(t, "13:02:00"))
	r.noon = r.noon.Add(time.Hour) // 14:02
	r.runTo(ms(t, "13:04:00"))
	r.noon = r.noon.Add(-2 * time.Hour) // 12:04
	r.runTo(ms(t, "13:34:00"))
	r.noon = r.noon.Add(-24 * time.Hour) // Sunday
	r.runTo(ms(t, "13:36:00"))
	for i, want := range []string{"show asleep", "show question", "show asleep"} {
		line := r.trace[len(started)+i]
		if !strings.HasSuffix(line, want) {
			t.Errorf("line %d: %s, want %s", i, line, want)
		}
	}
	if n := len(r.trace) - len(started); n != 3 {
		t.Errorf("%d scenes: %q", n, r.trace[len(started):])
	}
}
