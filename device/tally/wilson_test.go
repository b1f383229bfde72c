package tally_test

import (
	"math"
	"testing"

	"sourire/device/tally"
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
