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
