package terminal

import (
	"strings"
	"testing"

	"sourire/device/clock"
	"sourire/device/screen"
	"sourire/device/tap"
)

// public hands in a figure at up.
func (r *rig) public(up int64, voices int) {
	r.tell(up, func(at clock.Reading) Input { return Public{at, voices} })
}

func TestThePublicCounter(t *testing.T) {
	const minute = 60_000
	r := newRig()
	r.start(faces())
	r.public(1000, 9)
	r.public(2000, 10) // the first ten
	r.public(3000, 30)
	r.public(14*minute, 40)
	r.runTo(16 * minute)
	r.public(17*minute, 49) // a quarter of an hour on, but nine more only
	r.public(40*minute, 49)
	r.public(41*minute, 50)
	r.public(42*minute, 49) // somebody held the outer buttons
	r.public(60*minute, 25) // the clock was set: they are another day's
	r.public(ms(t, "23:59:00"), 33)
	r.runTo(ms(t, "23:59:59"))
	r.public(ms(t, "23:59:59")+2001, 12) // of the day that has begun
	same(t, r.trace[len(started):], []string{
		"2000 show question 10 voices",
		"960001 show question 40 voices",
		"2460000 show question 50 voices",
		"3600000 show question 25 voices",
		"43200001 show question",
		"43201001 show question 12 voices",
	})
	r.clock = tap.Unknown
	r.runTo(ms(t, "23:59:59") + 3*minute)
	if last := r.trace[len(r.trace)-1]; !strings.HasSuffix(last, "show question") {
		t.Errorf("of a day that nobody knows it says %q", last)
	}
}

// What was done is told by the clock alone, one after the other; an alert is
// marked until it is closed. Neither is on any other scene.
func TestSaidAndAlert(t *testing.T) {
	s := faces()
	for _, you := range []string{"A", "B"} {
		s.Said = append(s.Said, screen.Said{You: map[string]string{"fr": you}})
	}
	r := newRig()
	r.start(s)
	r.tell(30_000, func(at clock.Reading) Input { return Alert{at, true} })
	r.touch(61_000, 0, "")
	r.tell(90_000, func(at clock.Reading) Input { return Alert{at, false} })
	r.runTo(110_000)
	same(t, r.trace[len(started):], []string{
		"20000 show question said A",
		"30000 show question said A alert",
		"40000 show question alert",
		"60000 show question said B alert",
		"61050 record; tap 0 counted",
		"61057 reply 1: tap in 3 counted",
		"61057 show thanks",
		"63057 show question said B alert",
		"80000 show question alert",
		"90000 show question",
		"100000 show question said A",
	})
}
