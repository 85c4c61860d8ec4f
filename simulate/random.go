package simulate

import (
	"math"
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/signin"
)

// stream returns the random numbers of one part of a simulation. Every part
// has its own, so that a change in one leaves the others as they were.
func stream(seed uint64, part ...string) *rand.Rand {
	return rand.New(rand.NewPCG(seed, signin.Key(part...)))
}

// mix is a hash of two numbers (the finaliser of SplitMix64): the random
// number of a place, for what must not depend on the order of calls.
func mix(a, b uint64) uint64 {
	z := a + 0x9e3779b97f4a7c15*(b+1)
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

func chance(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }

// between draws evenly from [low, high].
func between(r *rand.Rand, low, high float64) float64 { return low + r.Float64()*(high-low) }

// logBetween draws from [low, high] evenly in the logarithm: as many between 10
// and 100 as between 100 and 1,000.
func logBetween(r *rand.Rand, low, high float64) float64 {
	return low * math.Exp(r.Float64()*math.Log(high/low))
}

// gamma draws from the gamma distribution of that shape and scale 1
// (Marsaglia and Tsang, 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}

func beta(r *rand.Rand, a, b float64) float64 {
	x, y := gamma(r, a), gamma(r, b)
	return x / (x + y)
}

// poisson draws a count. Above 60 the normal approximation serves.
func poisson(r *rand.Rand, mean float64) int {
	if mean <= 0 {
		return 0
	}
	if mean > 60 {
		return max(0, int(math.Round(mean+math.Sqrt(mean)*r.NormFloat64())))
	}
	limit, product, n := math.Exp(-mean), r.Float64(), 0
	for product > limit {
		product *= r.Float64()
		n++
	}
	return n
}
