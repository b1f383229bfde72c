package tally_test

import (
	"math"
	"testing"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

func TestWilsonVectors(t *testing.T) {
	cases := []struct{ k, n, lo, hi int }{ // percent
		{4, 5, 38, 96},
		{24, 30, 63, 90},
		{80, 100, 71, 87},
		{0, 10, 0, 28},
		{10, 10, 72, 100},
		{0, 0, 0, 100},
	}
	for _, c := range cases {
		lo, hi := tally.Wilson(c.k, c.n)
		if math.Round(100*lo) != float64(c.lo) || math.Round(100*hi) != float64(c.hi) {
			t.Errorf("%d of %d: %.4f to %.4f, want %d to %d", c.k, c.n, lo, hi, c.lo, c.hi)
		}
	}
}

func TestWilsonProperties(t *testing.T) {
	for n := 1; n <= 200; n++ {
		before := -1.0
		for k := 0; k <= n; k++ {
			lo, hi := tally.Wilson(k, n)
			p := float64(k) / float64(n)
			const e = 1e-12
			if lo < 0 || hi > 1 || lo > p+e || hi < p-e {
				t.Fatalf("%d of %d: %v to %v", k, n, lo, hi)
			}
			if lo < before-e {
				t.Fatalf("%d of %d: begins at %v, before that of one less", k, n, lo)
			}
			before = lo
			if l, h := tally.Wilson(n-k, n); math.Abs(l+hi-1) > e || math.Abs(h+lo-1) > e {
				t.Fatalf("%d of %d: %v to %v; of those not, %v to %v", k, n, lo, hi, l, h)
			}
			if l, h := tally.Wilson(2*k, 2*n); h-l >= hi-lo {
				t.Fatalf("%d of %d is no wider than twice that", k, n)
			}
		}
	}
}

// The interval holds the true share about as often as it says. The sums are
// exact: for each number of answers, over shares from 0 to one half (the
// interval is symmetric), the probability of all outcomes whose interval
// holds the share.
func TestWilsonCoverage(t *testing.T) {
	const steps = 200
	for n := 5; n <= 400; n++ {
		lo, hi := make([]float64, n+1), make([]float64, n+1)
		for k := range lo {
			lo[k], hi[k] = tally.Wilson(k, n)
		}
		mean := 0.0
		for i := 1; i <= steps; i++ {
			p := 0.5 * (float64(i) - 0.5) / steps
			pmf := math.Pow(1-p, float64(n))
			for k := 0; k <= n; k++ {
				if lo[k] <= p && p <= hi[k] {
					mean += pmf / steps
				}
				pmf *= float64(n-k) / float64(k+1) * p / (1 - p)
			}
		}
		if mean < 0.94 || mean > 0.96 {
			t.Errorf("n=%d: the mean coverage is %.4f, want 0.94 to 0.96", n, mean)
		}
	}
}

// Of two choices the interval of the index is Agresti's and Coull's; of more, it
// holds the truth in 95 % of cases, or more.
func TestIndexInterval(t *testing.T) {
	// 8 of 10: (8 + z²/2) / (10 + z²) ± z √(p (1 - p) / (10 + z²))
	lo, hi, ok := bestFirst(tap.YesNo, 8, 2).IndexInterval()
	if !ok || math.Abs(lo-47.9) > 0.1 || math.Abs(hi-95.4) > 0.1 {
		t.Errorf("%.2f to %.2f", lo, hi)
	}
	if _, _, ok := tally.NewCounts(tap.Faces4).IndexInterval(); ok {
		t.Error("an interval of nothing")
	}
	r := seedtest.Rand(t)
	for _, chances := range [][]float64{{0.25, 0.25, 0.25, 0.25}, {0.02, 0.05, 0.33, 0.6}, {0.4, 0.1, 0.1, 0.4}, {0, 0.01, 0.09, 0.9}} {
		truth := 0.0
		for i, p := range chances {
			truth += p * 100 * float64(i) / 3
		}
		for _, n := range []int{30, 120} {
			const rounds = 4000
			held := 0
			for range rounds {
				c := tally.NewCounts(tap.Faces4)
				for range n {
					x, i := r.Float64(), 0
					for ; i < 3 && x >= chances[i]; i++ {
						x -= chances[i]
					}
					c.By[i]++
				}
				if lo, hi, _ := c.IndexInterval(); lo <= truth && truth <= hi {
					held++
				}
			}
			if share := float64(held) / rounds; share < 0.93 {
				t.Errorf("of %d answers by %v it holds the truth in %.3f", n, chances, share)
			}
		}
	}
}
