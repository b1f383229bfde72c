package tally_test

import (
	"math"
	"slices"
	"testing"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// difference is the interval of the difference of two shares, k1 in n1 minus k2
// in n2, as fractions.
func difference(k1, n1, k2, n2 int) (lo, hi float64) {
	lo, hi, _ = faces(k1, n1).Since(faces(k2, n2))
	return lo / 100, hi / 100
}

// The contrasts of table II of Newcombe's article, by method 10.
func TestDifferenceVectors(t *testing.T) {
	cases := []struct {
		k1, n1, k2, n2 int
		lo, hi         float64
	}{
		{56, 70, 48, 80, 0.0524, 0.3339},
		{9, 10, 3, 10, 0.1705, 0.8090},
		{6, 7, 2, 7, 0.0582, 0.8062},
		{5, 56, 0, 29, -0.0381, 0.1926},
		{0, 10, 0, 20, -0.1611, 0.2775},
		{0, 10, 0, 10, -0.2775, 0.2775},
		{10, 10, 0, 20, 0.6791, 1.0000},
		{10, 10, 0, 10, 0.6075, 1.0000},
		{0, 0, 5, 9, -1, 1},
		{5, 9, 0, 0, -1, 1},
	}
	for _, c := range cases {
		lo, hi := difference(c.k1, c.n1, c.k2, c.n2)
		if math.Abs(lo-c.lo) > 0.00005 || math.Abs(hi-c.hi) > 0.00005 {
			t.Errorf("%d/%d - %d/%d: %.4f to %.4f, want %.4f to %.4f", c.k1, c.n1, c.k2, c.n2, lo, hi, c.lo, c.hi)
		}
	}
}

// The interval of a difference holds the difference, lies within -1 to 1, turns
// over with its sides, and gets narrower with more answers.
func TestDifferenceProperties(t *testing.T) {
	r := seedtest.Rand(t)
	for range 5000 {
		n1, n2 := 1+r.IntN(100), 1+r.IntN(100)
		k1, k2 := r.IntN(n1+1), r.IntN(n2+1)
		lo, hi := difference(k1, n1, k2, n2)
		d := float64(k1)/float64(n1) - float64(k2)/float64(n2)
		const e = 1e-12
		if lo < -1-e || hi > 1+e || lo > d+e || hi < d-e {
			t.Fatalf("%d/%d - %d/%d: %v to %v", k1, n1, k2, n2, lo, hi)
		}
		if l, h := difference(k2, n2, k1, n1); math.Abs(l+hi) > e || math.Abs(h+lo) > e {
			t.Fatalf("%d/%d - %d/%d: %v to %v, turned over %v to %v", k1, n1, k2, n2, lo, hi, l, h)
		}
		if l, h := difference(2*k1, 2*n1, 2*k2, 2*n2); h-l >= hi-lo {
			t.Fatalf("%d/%d - %d/%d is no wider than twice that", k1, n1, k2, n2)
		}
	}
}

// faces are answers to four faces, so many of them satisfied.
func faces(k, n int) tally.Counts { return bestFirst(tap.Faces4, k, 0, 0, n-k) }

func TestChange(t *testing.T) {
	cases := []struct {
		name        string
		now, before tally.Counts
		want        tally.Change
	}{
		{"56 of 70 after 48 of 80", faces(56, 70), faces(48, 80), tally.Better},
		{"48 of 80 after 56 of 70", faces(48, 80), faces(56, 70), tally.Worse},
		{"4 of 4 after 20 of 40", faces(4, 4), faces(20, 40), tally.NoClear},
		{"the same", faces(80, 100), faces(80, 100), tally.NoClear},
		{"nothing after something", faces(0, 0), faces(80, 100), tally.NoClear},
		{"something after nothing", faces(80, 100), faces(0, 0), tally.NoClear},
		{"another scale", faces(99, 100), bestFirst(tap.YesNo, 1, 99), tally.NoClear},
		{"NPS 40 after -40", promoters(70, 0, 30), promoters(30, 0, 70), tally.Better},
		{"NPS -40 after 40", promoters(30, 0, 70), promoters(70, 0, 30), tally.Worse},
		{"NPS of 3 answers", promoters(3, 0, 0), promoters(40, 20, 40), tally.NoClear},
	}
	for _, c := range cases {
		if lo, hi, got := c.now.Since(c.before); got != c.want {
			t.Errorf("%s: %s (%.1f to %.1f), want %s", c.name, got, lo, hi, c.want)
		}
	}
}

func TestTarget(t *testing.T) {
	satisfied, nps := tap.Targets{Satisfied: 80}, tap.Targets{NPS: 30}
	cases := []struct {
		name    string
		c       tally.Counts
		targets tap.Targets
		want    tally.Standing
	}{
		{"88 of 100: 80.2 to 93.0", faces(88, 100), satisfied, tally.Met},
		{"87 of 100: 79.0 to 92.2", faces(87, 100), satisfied, tally.CannotSay},
		{"71 of 100: 61.5 to 79.0", faces(71, 100), satisfied, tally.Missed},
		{"72 of 100: 62.5 to 79.9", faces(72, 100), satisfied, tally.Missed},
		{"73 of 100: 63.6 to 80.7", faces(73, 100), satisfied, tally.CannotSay},
		{"all of 5", faces(5, 5), satisfied, tally.CannotSay},
		{"none of 5", faces(0, 5), satisfied, tally.Missed},
		{"no answer", faces(0, 0), satisfied, tally.CannotSay},
		{"all of 15: from 79.6", faces(15, 15), satisfied, tally.CannotSay},
		{"all of 16: from 80.6", faces(16, 16), satisfied, tally.Met},
		{"100 percent is never proved", faces(4000, 4000), tap.Targets{Satisfied: 100}, tally.CannotSay},
		{"NPS 60 of 100", promoters(70, 20, 10), nps, tally.Met},
		{"NPS 30 of 100", promoters(50, 30, 20), nps, tally.CannotSay},
		{"NPS 0 of 100", promoters(40, 20, 40), nps, tally.Missed},
	}
	for _, c := range cases {
		if _, got, ok := c.c.Target(c.targets); got != c.want || !ok {
			t.Errorf("%s: %q %v, want %q", c.name, got, ok, c.want)
		}
	}
	for _, c := range []tally.Counts{faces(1, 2), promoters(1, 1, 1)} {
		if _, _, ok := c.Target(tap.Targets{}); ok {
			t.Errorf("%s: there is a target where none was set", c.Scale)
		}
	}
	if _, _, ok := faces(1, 2).Target(nps); ok {
		t.Error("faces have an NPS target")
	}
}

// promoters are answers to 0 to 10.
func promoters(p, passive, d int) tally.Counts {
	c := tally.NewCounts(tap.NPS)
	c.By[10], c.By[9], c.By[8], c.By[7], c.By[6], c.By[0] = p-p/2, p/2, passive-passive/2, passive/2, d-d/2, d/2
	return c
}

// The interval of the NPS holds the true one about as often as it says. The
// sums are exact, over all outcomes of so many answers and over a grid of true
// shares.
func TestNPSCoverage(t *testing.T) {
	const steps = 12
	for _, n := range []int{5, 8, 12, 20, 30, 50} {
		logs := make([]float64, n+1) // of factorials
		for i := 1; i <= n; i++ {
			logs[i] = logs[i-1] + math.Log(float64(i))
		}
		mean, points := 0.0, 0
		least := 1.0
		for i := range steps {
			for j := range steps - i {
				p, d := (float64(i)+1./3)/steps, (float64(j)+1./3)/steps
				covered := 0.0
				for a := 0; a <= n; a++ {
					for b := 0; a+b <= n; b++ {
						lo, hi, _ := promoters(a, n-a-b, b).NPSInterval()
						if truth := 100 * (p - d); lo <= truth && truth <= hi {
							covered += math.Exp(logs[n] - logs[a] - logs[b] - logs[n-a-b] +
								float64(a)*math.Log(p) + float64(b)*math.Log(d) + float64(n-a-b)*math.Log(1-p-d))
						}
					}
				}
				mean += covered
				least = min(least, covered)
				points++
			}
		}
		mean /= float64(points)
		t.Logf("n=%d: the mean coverage is %.4f, the least %.4f", n, mean, least)
		if mean < 0.94 || mean > 0.96 || least < 0.85 {
			t.Errorf("n=%d: the mean coverage is %.4f, the least %.4f", n, mean, least)
		}
	}
}

func TestUnhappy(t *testing.T) {
	for _, c := range []struct {
		c    tally.Counts
		want int
	}{
		{bestFirst(tap.Faces4, 8, 4, 2, 1), 3},
		{bestFirst(tap.Faces5, 16, 8, 4, 2, 1), 3},
		{bestFirst(tap.YesNo, 2, 1), 1},
		{tally.Counts{Scale: tap.NPS, By: []int{1, 1, 1, 1, 1, 9, 9, 9, 9, 9, 9}}, 5},
		{tally.NewCounts(""), 0},
	} {
		if got := c.c.Unhappy(); got != c.want {
			t.Errorf("%v: %d unhappy, want %d", slices.Clone(c.c.By), got, c.want)
		}
	}
}

// Of comparisons of what is in truth the same, about one in twenty is called
// better or worse, whatever the numbers of answers; the sums are exact.
func TestChangeByChance(t *testing.T) {
	const steps = 40
	for _, n := range [][2]int{{5, 20}, {5, 200}, {10, 10}, {10, 60}, {30, 120}, {100, 400}} {
		pmf := func(p float64, n int) []float64 {
			all := make([]float64, n+1)
			all[0] = math.Pow(1-p, float64(n))
			for k := range n {
				all[k+1] = all[k] * float64(n-k) / float64(k+1) * p / (1 - p)
			}
			return all
		}
		mean, most := 0.0, 0.0
		for i := range steps {
			p := (float64(i) + 0.5) / steps
			a, b := pmf(p, n[0]), pmf(p, n[1])
			wrong := 0.0
			for k1, x := range a {
				for k2, y := range b {
					if _, _, c := faces(k1, n[0]).Since(faces(k2, n[1])); c != tally.NoClear {
						wrong += x * y
					}
				}
			}
			mean += wrong / steps
			most = max(most, wrong)
		}
		t.Logf("%d after %d answers: called different by chance %.4f, at most %.4f", n[0], n[1], mean, most)
		if mean > 0.06 || most > 0.08 {
			t.Errorf("%d after %d answers: called different by chance %.4f, at most %.4f", n[0], n[1], mean, most)
		}
	}
}
