package detect

import (
	"math"
	"slices"
)

// tally is what a set of attempts looks like from a distance.
type tally struct {
	attempts []int
	tries    int            // attempts, counting repeated ones
	accounts []uint32       // in order of first try
	tried    map[uint32]int // tries by account
	addrs    map[uint32]int // tries by address
	clients  map[uint32]int // tries by client
	proofs   int            // attempts that prove a password right
}

func (s *Scene) tally(attempts []int) tally {
	room := min(len(attempts), 1<<12)
	t := tally{attempts: attempts, tried: make(map[uint32]int, room), addrs: make(map[uint32]int, room), clients: map[uint32]int{}}
	for _, i := range attempts {
		a := s.Attempt(i)
		if t.tried[a.Account] == 0 {
			t.accounts = append(t.accounts, a.Account)
		}
		t.tries += a.Tries
		t.tried[a.Account] += a.Tries
		if s.Addr(a.Addr).IsValid() {
			t.addrs[a.Addr] += a.Tries
		}
		t.clients[a.Client] += a.Tries
		if a.Class.ConfirmsPassword() {
			t.proofs++
		}
	}
	return t
}

// dispersion returns mean and variance over mean of the tries per account: 0
// is perfectly even, 1 is chance (Poisson), people who mistype have more.
func dispersion(tried map[uint32]int) (mean, d float64) {
	counts := make([]int, 0, len(tried))
	for _, k := range tried {
		counts = append(counts, k)
	}
	return dispersionOf(counts)
}

func dispersionOf(counts []int) (mean, d float64) {
	if len(counts) == 0 {
		return 0, 0
	}
	n, sum, squares := len(counts), 0, 0 // whole numbers: the order must not matter
	for _, k := range counts {
		sum += k
		squares += k * k
	}
	return float64(sum) / float64(n), float64(n*squares-sum*sum) / float64(n*sum)
}

// alphabetical returns how far from chance the order of names is, in standard
// deviations: names worked through from a sorted list have almost no descents.
func alphabetical(names []string) float64 {
	return ascending(len(names), func(i int) bool { return names[i] < names[i-1] })
}

// ascending returns how far from chance an order of n things is, in standard
// deviations; down reports whether one is below the one before. For n things in
// random order the number of descents has mean (n-1)/2 and variance (n+1)/12
// (it is an Eulerian statistic).
func ascending(things int, down func(i int) bool) float64 {
	if things < 5 {
		return 0
	}
	descents := 0.0
	for i := 1; i < things; i++ {
		if down(i) {
			descents++
		}
	}
	n := float64(things)
	return ((n-1)/2 - descents) / math.Sqrt((n+1)/12)
}

// names returns the user parts of accounts, in the order given.
func (s *Scene) names(accounts []uint32) []string {
	out := make([]string, len(accounts))
	for i, a := range accounts {
		out[i] = s.Account(a).User
	}
	return out
}

// binomialTail returns P(X >= k) for n trials of probability p.
func binomialTail(n, k int, p float64) float64 {
	if k <= 0 {
		return 1
	}
	sum := 0.0
	for i := k; i <= n; i++ {
		lg := lgamma(float64(n)+1) - lgamma(float64(i)+1) - lgamma(float64(n-i)+1)
		term := math.Exp(lg + float64(i)*math.Log(p) + float64(n-i)*math.Log1p(-p))
		sum += term
		if term < sum*1e-12 {
			break // past the mode the terms only fall
		}
	}
	return min(sum, 1)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// pacing returns the coefficient of variation of the time between attempts: 0
// is a clock, 1 is chance. It is -1 where there are too few to say.
func (s *Scene) pacing(attempts []int) float64 {
	if len(attempts) < 10 {
		return -1
	}
	at := make([]int64, len(attempts))
	for k, i := range attempts {
		at[k] = s.Attempt(i).At
	}
	return variation(at)
}

// variation returns the coefficient of variation of the distances between
// times, which ascend; -1 where all are the same.
func variation(at []int64) float64 {
	n := float64(len(at) - 1)
	mean := float64(at[len(at)-1]-at[0]) / n
	if mean == 0 {
		return -1
	}
	v := 0.0
	for k := 1; k < len(at); k++ {
		d := float64(at[k]-at[k-1]) - mean
		v += d * d
	}
	return math.Sqrt(v/n) / mean
}

// top returns the key with the largest count, the smallest key among equals.
func top(counts map[uint32]int) (key uint32, count int) {
	keys := make([]uint32, 0, len(counts))
	for k := range counts {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	for _, k := range keys {
		if counts[k] > count {
			key, count = k, counts[k]
		}
	}
	return key, count
}

// Alphabetical reports whether the accounts were first tried in alphabetical
// order, beyond what chance gives (see inOrder).
func (s *Scene) Alphabetical(attempts []int) bool {
	return alphabetical(s.names(s.tally(attempts).accounts)) >= inOrder
}
