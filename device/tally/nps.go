package tally

import (
	"math"

	"sourire/device/tap"
)

// NPSInterval is the 95 % interval of the NPS, from -100 to 100, and false
// where there is none. The answers are three kinds (+1, 0, -1) of which it is
// the mean: its variance is that of the multinomial. As that is 0 where all
// answered alike, three answers that nobody gave are added first: 3/4 a
// promoter, 3/4 a detractor, 3/2 passive (the adjusted Wald interval of
// B. Rocks, The American Statistician 70, 2016).
func (c Counts) NPSInterval() (lo, hi float64, ok bool) {
	i, ok := c.nps()
	return 100 * i.lo, 100 * i.hi, ok
}

// nps is the NPS and its interval, as fractions.
func (c Counts) nps() (interval, bool) {
	score, ok := c.NPS()
	if !ok {
		return interval{-1, 0, 1}, false
	}
	promoters, detractors, n := 0.75, 0.75, float64(c.N())+3
	for i, k := range c.By {
		switch {
		case i >= 9:
			promoters += float64(k)
		case i <= 6:
			detractors += float64(k)
		}
	}
	mean := (promoters - detractors) / n
	half := z * math.Sqrt(((promoters+detractors)/n-mean*mean)/n)
	at := score / 100
	return interval{max(-1, min(at, mean-half)), at, min(1, max(at, mean+half))}, true
}

// share is the satisfied and their interval, as fractions; false without an
// answer and for 0 to 10.
func (c Counts) share() (interval, bool) {
	k, ok := c.Satisfied()
	n := c.N()
	if !ok || n == 0 {
		return interval{0, 0, 1}, false
	}
	lo, hi := Wilson(k, n)
	return interval{lo, float64(k) / float64(n), hi}, true
}

// figure is what counts are judged by: the NPS of 0 to 10, the share of the
// satisfied of all others. The index has no interval here: its shape says more
// of the weights than of people, and the share judges the same answers.
func (c Counts) figure() (interval, bool) {
	if c.Scale == tap.NPS {
		return c.nps()
	}
	return c.share()
}
