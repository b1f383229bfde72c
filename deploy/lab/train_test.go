//go:build lab

package lab

import (
	"testing"
	"time"
)

// played is a train as a host without anything else to do plays it.
func played(t Train) Played {
	p := make(Played, len(t))
	now := time.Unix(0, 0)
	for i, s := range t {
		now = now.Add(s.After)
		p[i].Step, p[i].Sent, p[i].Done = s, now, now.Add(100*time.Microsecond)
	}
	return p
}

func TestTrains(t *testing.T) {
	const ms = time.Millisecond
	for _, c := range []struct {
		name       string
		train      Train
		steps      int
		downFor    time.Duration // at the longest, without the error
		upFor      time.Duration // between two times down
		endsDown   bool
		beginsDown bool
	}{
		{"press", Press("B", 80*ms), 2, 80 * ms, 0, false, true},
		{"glitch", Glitch("B", 2*ms), 2, 2 * ms, 0, false, true},
		{"chatter", Chatter("B", 5, 30*ms, true), 5, 30 * ms, 30 * ms, true, true},
		{"storm", Storm("B", 400, false), 400, 0, 0, false, true},
		{"storm that ends down", Storm("B", 401, true), 401, 0, 0, true, true},
	} {
		p := played(c.train)
		if len(p) != c.steps || p[0].Down != c.beginsDown || p[len(p)-1].Down != c.endsDown {
			t.Errorf("%s: %d steps from %t to %t", c.name, len(p), p[0].Down, p[len(p)-1].Down)
		}
		for i := range p {
			if i > 0 && p[i].Down == p[i-1].Down {
				t.Errorf("%s: step %d is none", c.name, i)
			}
		}
		const slack = 100 * time.Microsecond
		if d, u := p.Longest("B", true), p.Longest("B", false); d-c.downFor > slack || u-c.upFor > slack || d < c.downFor || u < c.upFor {
			t.Errorf("%s: down for %s, up for %s", c.name, d, u)
		}
	}
}

// TestPlayedKnowsDelays: what the host added to a pause is in the longest time
// that a phase can have had.
func TestPlayedKnowsDelays(t *testing.T) {
	p := played(Glitch("B", 2*time.Millisecond))
	p[1].Done = p[1].Done.Add(30 * time.Millisecond)
	if d := p.Longest("B", true); d < 30*time.Millisecond {
		t.Errorf("a glitch that may have lasted 32 ms is said to have lasted %s", d)
	}
}
