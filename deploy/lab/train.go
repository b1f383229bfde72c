package lab

import (
	"fmt"
	"runtime"
	"slices"
	"time"
)

// Step is a change of one button's line: after a pause, to a level.
type Step struct {
	After  time.Duration // since the step before
	Button string        // a line, by name
	Down   bool          // pressed: the line is low, as with a pull-up
}

// Train is what a contact does: steps in their order.
type Train []Step

// Press is a clean press.
func Press(button string, hold time.Duration) Train {
	return Train{{0, button, true}, {hold, button, false}}
}

// Glitch is a disturbance: down for a moment.
func Glitch(button string, width time.Duration) Train { return Press(button, width) }

// Chatter is a bad contact on its way: n changes, gap apart, of which the last
// ends at down.
func Chatter(button string, n int, gap time.Duration, down bool) Train {
	var t Train
	for i := range n {
		t = append(t, Step{gap, button, down == (i%2 == (n-1)%2)})
	}
	return t.later(-gap)
}

// Storm is n changes, as fast as they can be sent, that end up or down.
func Storm(button string, n int, down bool) Train { return Chatter(button, n, 0, down) }

// later moves the whole train.
func (t Train) later(by time.Duration) Train {
	t = slices.Clone(t)
	t[0].After = max(0, t[0].After+by)
	return t
}

// Played is when the steps of a train came about, as far as can be told from
// outside: each between Sent and Done.
type Played []struct {
	Step
	Sent, Done time.Time
}

// Play makes the steps. A host with other things to do makes pauses longer
// than they should be, never shorter: what was played says by how much.
func (m *Machine) Play(t Train) (Played, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	p := make(Played, len(t))
	due := time.Now()
	for i, s := range t {
		due = due.Add(s.After)
		pause(due)
		line, ok := m.lines[s.Button]
		if !ok {
			return nil, fmt.Errorf("this machine has no line %s", s.Button)
		}
		p[i].Step, p[i].Sent = s, time.Now()
		if err := m.set(line, !s.Down); err != nil {
			return nil, err
		}
		p[i].Done = time.Now()
		if late := p[i].Done; late.After(due) {
			due = late
		}
	}
	return p, nil
}

// pause waits until a moment: asleep at first, then awake, since a sleeper is
// late by more than a bounce is long.
func pause(until time.Time) {
	const nap = 2 * time.Millisecond
	if left := time.Until(until); left > nap {
		<-time.After(left - nap)
	}
	for time.Now().Before(until) {
		runtime.Gosched()
	}
}

// Longest is the longest that the button can have stayed at this level between
// two steps.
func (p Played) Longest(button string, down bool) time.Duration {
	var longest time.Duration
	began := -1
	for i := range p {
		switch {
		case p[i].Button != button:
		case p[i].Down == down && began < 0:
			began = i
		case p[i].Down != down && began >= 0:
			longest = max(longest, p[i].Done.Sub(p[began].Sent))
			began = -1
		}
	}
	return longest
}
