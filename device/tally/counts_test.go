package tally_test

import (
	"math"
	"slices"
	"testing"

	"sourire/device/tally"
	"sourire/device/tap"
	"sourire/device/tap/seedtest"
)

// bestFirst is counts as they are published: the best face first.
func bestFirst(s tap.Scale, by ...int) tally.Counts {
	slices.Reverse(by)
	return tally.Counts{Scale: s, By: by}
}

func TestPublishedVectors(t *testing.T) {
	cases := []struct {
		c         tally.Counts
		n         int
		index     float64
		satisfied int
	}{
		{bestFirst(tap.Faces4, 126, 60, 16, 17), 219, 78.23, 186},
		{bestFirst(tap.Faces5, 51, 23, 12, 2, 4), 92, 81.25, 74},
		{bestFirst(tap.Faces4, 1, 0, 0, 0), 1, 100, 1},
		{bestFirst(tap.Faces4, 0, 1, 0, 0), 1, 66.67, 1},
		{bestFirst(tap.Faces4, 0, 0, 1, 0), 1, 33.33, 0},
		{bestFirst(tap.Faces4, 0, 0, 0, 1), 1, 0, 0},
		{bestFirst(tap.Faces5, 0, 1, 0, 0, 0), 1, 75, 1},
		{bestFirst(tap.Faces5, 0, 0, 1, 0, 0), 1, 50, 0},
		{bestFirst(tap.Faces5, 0, 0, 0, 1, 0), 1, 25, 0},
		{bestFirst(tap.YesNo, 3, 1), 4, 75, 3},
	}
	for _, c := range cases {
		if c.c.N() != c.n {
			t.Errorf("%v: n %d, want %d", c.c.By, c.c.N(), c.n)
		}
		if got, ok := c.c.Index(); !ok || math.Abs(got-c.index) > 0.005 {
			t.Errorf("%v: index %.4f %v, want %.2f", c.c.By, got, ok, c.index)
		}
		if got, ok := c.c.Satisfied(); !ok || got != c.satisfied {
			t.Errorf("%v: satisfied %d %v, want %d", c.c.By, got, ok, c.satisfied)
		}
		if _, ok := c.c.NPS(); ok {
			t.Errorf("%v: a score on %s is called NPS", c.c.By, c.c.Scale)
		}
	}
}

func TestNPS(t *testing.T) {
	cases := []struct {
		by   []int // 0 to 10
		want float64
	}{
		{[]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4}, 100},
		{[]int{0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0}, 100},
		{[]int{0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0}, 0},
		{[]int{0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0}, 0},
		{[]int{0, 0, 0, 0, 0, 0, 4, 0, 0, 0, 0}, -100},
		{[]int{4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, -100},
		{[]int{1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 10}, 20},
	}
	for _, c := range cases {
		x := tally.Counts{Scale: tap.NPS, By: c.by}
		if got, ok := x.NPS(); !ok || math.Abs(got-c.want) > 1e-9 {
			t.Errorf("%v: %v %v, want %v", c.by, got, ok, c.want)
		}
		if _, ok := x.Satisfied(); ok {
			t.Errorf("%v: 0 to 10 has a share of satisfied", c.by)
		}
	}
}

func TestNothingPressed(t *testing.T) {
	for _, s := range append(slices.Clone(tap.Scales), "") {
		c := tally.NewCounts(s)
		_, index := c.Index()
		_, nps := c.NPS()
		if c.N() != 0 || index || nps || !c.Few() {
			t.Errorf("%q: %+v has a result", s, c)
		}
	}
}

func TestFew(t *testing.T) {
	if c := bestFirst(tap.YesNo, 20, 9); !c.Few() {
		t.Error("29 answers are not few")
	}
	if c := bestFirst(tap.YesNo, 20, 10); c.Few() {
		t.Error("30 answers are few")
	}
}

// The index lies between 0 and 100, that of a sum between those of its parts,
// and a scale read from the other end gives 100 less it.
func TestIndexProperties(t *testing.T) {
	r := seedtest.Rand(t)
	random := func(s tap.Scale) tally.Counts {
		c := tally.NewCounts(s)
		for i := range c.By {
			c.By[i] = r.IntN(50)
		}
		c.By[0]++
		c.Raw = c.N() + r.IntN(9)
		c.Flags[tap.Burst] = r.IntN(9)
		return c
	}
	for range 2000 {
		s := tap.Scales[r.IntN(len(tap.Scales))]
		a, b := random(s), random(s)
		sum := a.Plus(b)
		ia, _ := a.Index()
		ib, _ := b.Index()
		is, ok := sum.Index()
		const e = 1e-9
		if !ok || is < min(ia, ib)-e || is > max(ia, ib)+e || ia < 0 || ia > 100 {
			t.Fatalf("%v has %v, %v has %v, together %v", a.By, ia, b.By, ib, is)
		}
		if sum.N() != a.N()+b.N() || sum.Raw != a.Raw+b.Raw || sum.Flags[tap.Burst] != a.Flags[tap.Burst]+b.Flags[tap.Burst] {
			t.Fatalf("%+v and %+v make %+v", a, b, sum)
		}
		back := tally.Counts{Scale: s, By: slices.Clone(a.By)}
		slices.Reverse(back.By)
		if got, _ := back.Index(); math.Abs(got+ia-100) > e {
			t.Fatalf("%v has %v, reversed %v", a.By, ia, got)
		}
	}
}
