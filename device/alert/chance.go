package alert

import "math"

// atLeast is the chance of k or more in n, where the share is not known but for
// having shown a times, and b times not: the upper tail of the beta-binomial
// distribution. a and b are above 0.
func atLeast(k, n int, a, b float64) float64 {
	sum := 0.0
	for i := k; i <= n; i++ {
		x := float64(i)
		rest := float64(n - i)
		sum += math.Exp(lchoose(n, i) + lbeta(a+x, b+rest) - lbeta(a, b))
	}
	return min(1, sum)
}

// noneOf is the chance of none where so many are expected from having counted
// seen: the share of none of the negative binomial distribution. Where none was
// seen, none is sure.
func noneOf(expected float64, seen int) float64 {
	if seen == 0 {
		return 1
	}
	return math.Pow(1+expected/float64(seen), -float64(seen))
}

func lchoose(n, k int) float64 {
	return lgamma(float64(n+1)) - lgamma(float64(k+1)) - lgamma(float64(n-k+1))
}

func lbeta(a, b float64) float64 { return lgamma(a) + lgamma(b) - lgamma(a+b) }

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}
