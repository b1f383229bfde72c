package alert_test

import (
	"math"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"sourire/device/alert"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// normal is what customers of a normal store do: two to five press an hour, by
// the time of day and the weekday, and of them 4 % are very unhappy and
// another 4 % unhappy.
type normal struct {
	r    *rand.Rand
	rate float64 // of the store, times 2 to 5
	bad  float64
}

func (n normal) perHour(at time.Time) float64 {
	rate := 3 + 1.5*math.Sin(float64(at.Hour()-9)/10*2*math.Pi) // 1.5 to 4.5
	if at.Weekday() == time.Saturday {
		rate += 0.5
	}
	return n.rate * max(2, rate)
}

func (n normal) choice() int {
	switch x := n.r.Float64(); {
	case x < n.bad/2:
		return 0
	case x < n.bad:
		return 1
	case x < 0.40:
		return 2
	}
	return 3
}

// live lets a store live until a moment, and has it looked at after each press
// and every so often.
func (s *store) live(n normal, until time.Time, every time.Duration) {
	for s.at.Before(until) {
		if !hours.OpenAt(s.at) {
			s.at = s.at.Truncate(time.Hour).Add(time.Hour)
			s.look()
			continue
		}
		// The next press, by the rate of this hour.
		gap := time.Duration(n.r.ExpFloat64() / n.perHour(s.at) * float64(time.Hour))
		press := s.at.Add(gap)
		end := s.at.Truncate(time.Hour).Add(time.Hour)
		for next := s.at.Add(every); next.Before(press) && next.Before(end); next = next.Add(every) {
			s.at = next
			s.look()
		}
		if press.After(end) {
			s.at = end
			continue
		}
		s.at = press
		s.press(n.choice())
		s.look()
	}
}

// rounds is how many times as much is tried as usual.
func rounds(t *testing.T) int {
	text := os.Getenv("SOURIRE_ROUNDS")
	if text == "" {
		return 1
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("SOURIRE_ROUNDS=%q: %v", text, err)
	}
	return n
}

// In stores in which nothing changes every alert is a false one. How many there
// are in a week is known: the package's documentation says it.
func TestFalseAlarms(t *testing.T) {
	r := seedtest.Rand(t)
	cases := []struct {
		rate, bad float64
		weeks     int
		unhappy   float64 // a week, about
	}{
		{1, 0.08, 100, 0.22}, // 4 % very unhappy, and as many unhappy
		{1, 0.15, 20, 0.3},
		{5, 0.08, 20, 0.35},
	}
	for _, c := range cases {
		const each = 20 // weeks of a store, after four in which it gets known
		told, first, weeks := map[string]int{}, map[string]int{}, 0
		for ; weeks < seedtest.Fewer(c.weeks*min(rounds(t), 10)); weeks += each {
			begins := time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
			set := settings
			set.Good, set.Targets = true, tap.Targets{Satisfied: 80}
			s := newStore(set, begins)
			n := normal{r, c.rate, c.bad}
			s.live(n, begins.AddDate(0, 0, 28), 15*time.Minute)
			for _, e := range s.raised {
				first[e.Rule]++
			}
			s.raised = nil
			s.live(n, begins.AddDate(0, 0, 28+7*each), 15*time.Minute)
			for _, e := range s.raised {
				told[e.Rule]++
			}
		}
		per := func(rule string) float64 { return float64(told[rule]) / float64(weeks) }
		t.Logf("%.0f to %.0f presses an hour, %.0f %% unhappy, %d weeks: a week has %.3f unhappy, %.3f silence, %.3f good; the first four weeks of a store: %.3f unhappy",
			2*c.rate, 5*c.rate, 100*c.bad, weeks, per(alert.Unhappy), per(alert.Silence), per(alert.Good), float64(first[alert.Unhappy])*each/float64(weeks))
		for rule, rate := range map[string]float64{alert.Unhappy: c.unhappy, alert.Silence: 0.02, alert.Good: 0.04} {
			mean := rate * float64(weeks)
			if most := mean + 3*math.Sqrt(mean) + 1; float64(told[rule]) > most {
				t.Errorf("%s: %d by chance in %d weeks, want at most %.0f", rule, told[rule], weeks, most)
			}
		}
	}
}
