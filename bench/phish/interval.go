package phish

import "math"

// Interval is the 95 % interval of Clopper and Pearson for a share: k of n.
// It is exact: never too narrow, also where k is 0 or n.
func Interval(k, n int) (low, high float64) {
	if n == 0 {
		return 0, 1
	}
	const tail = .025
	if k > 0 {
		low = solve(func(p float64) float64 { return 1 - below(k-1, n, p) }, tail)
	}
	high = 1
	if k < n {
		high = solve(func(p float64) float64 { return -below(k, n, p) }, -tail)
	}
	return low, high
}

// solve finds where a rising function takes a value, by halving.
func solve(f func(p float64) float64, value float64) float64 {
	low, high := 0., 1.
	for range 60 {
		if mid := (low + high) / 2; f(mid) < value {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// below is the chance of at most k of n where each has chance p.
func below(k, n int, p float64) float64 {
	sum := 0.
	all, _ := math.Lgamma(float64(n) + 1)
	for i := range k + 1 {
		a, _ := math.Lgamma(float64(i) + 1)
		b, _ := math.Lgamma(float64(n-i) + 1)
		sum += math.Exp(all - a - b + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
	}
	return min(1, sum)
}
