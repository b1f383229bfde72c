package tally

import "math"

// z is the 97.5th percentile of the standard normal distribution.
const z = 1.959963984540054

// Wilson is the 95 % score interval of a share of k in n, 0 <= k <= n, as
// fractions; 0 to 1 where n is 0. (E. B. Wilson, JASA 22, 1927.)
func Wilson(k, n int) (lo, hi float64) {
	if n == 0 {
		return 0, 1
	}
	N, p := float64(n), float64(k)/float64(n)
	mid := p + z*z/(2*N)
	half := z * math.Sqrt(p*(1-p)/N+z*z/(4*N*N))
	scale := 1 + z*z/N
	return max(0, (mid-half)/scale), min(1, (mid+half)/scale)
}

// IndexInterval is the 95 % interval of the index, from 0 to 100, and false where
// there is none: that of A. Agresti and B. A. Coull (The American Statistician 52,
// 1998) with the variance of a mean of many values. Nearly four answers that nobody
// gave are added, half of them at either end; of two choices it is theirs.
func (c Counts) IndexInterval() (lo, hi float64, ok bool) {
	index, ok := c.Index()
	if !ok {
		return 0, 100, false
	}
	n, sum, squares := z*z, z*z/2, z*z/2
	for i, k := range c.By {
		x := float64(i) / float64(len(c.By)-1)
		n += float64(k)
		sum += float64(k) * x
		squares += float64(k) * x * x
	}
	mean := sum / n
	half := z * math.Sqrt((squares/n-mean*mean)/n)
	return max(0, min(index, 100*(mean-half))), min(100, max(index, 100*(mean+half))), true
}

// interval is an estimate and how far it may be off.
type interval struct{ lo, at, hi float64 }

// hybrid is the interval of the difference a - b of two independent estimates
// ("square and add": R. G. Newcombe, Statistics in Medicine 17, 1998, method 10).
func hybrid(a, b interval) (lo, hi float64) {
	d := a.at - b.at
	return d - math.Hypot(a.at-a.lo, b.hi-b.at), d + math.Hypot(a.hi-a.at, b.at-b.lo)
}
