package detect

import (
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// tally is what a set of attempts looks like from a distance.
type tally struct {
	attempts []uint32
	tries    int       // attempts, counting repeated ones
	accounts []uint32  // in order of first try
	tried    []int     // tries by account, in the same order
	clients  []counted // tries by client
	proofs   int       // attempts that prove a password right
	locked   int       // attempts on an account that was locked
}

func (s *Scene) tally(attempts []uint32) tally {
	t := tally{attempts: attempts}
	accounts, clients := newCounter(s.Accounts()), newCounter(s.Clients())
	defer accounts.free()
	defer clients.free()
	for _, i := range attempts {
		a := s.Attempt(i)
		t.tries += a.Tries
		accounts.add(a.Account, a.Tries)
		clients.add(a.Client, a.Tries)
		switch {
		case a.Class.ConfirmsPassword():
			t.proofs++
		case a.Class == signin.Locked:
			t.locked++
		}
	}
	t.accounts, t.tried = make([]uint32, len(accounts.list)), make([]int, len(accounts.list))
	for k, c := range accounts.list {
		t.accounts[k], t.tried[k] = c.number, c.n
	}
	t.clients = slices.Clone(clients.list)
	return t
}

// addrsOf returns the tries by address, without those that have none.
func (s *Scene) addrsOf(attempts []uint32) []counted {
	addrs := newCounter(s.Addrs())
	defer addrs.free()
	for _, i := range attempts {
		a := s.Attempt(i)
		addrs.add(a.Addr, a.Tries)
	}
	return slices.DeleteFunc(slices.Clone(addrs.list), func(c counted) bool { return !s.Addr(c.number).IsValid() })
}

// triesOf returns a function that says how often an account was tried.
func (t tally) triesOf() func(account uint32) int {
	var tried map[uint32]int // for the first question: hardly ever is there one
	return func(account uint32) int {
		if tried == nil {
			tried = make(map[uint32]int, len(t.accounts))
			for k, a := range t.accounts {
				tried[a] = t.tried[k]
			}
		}
		return tried[account]
	}
}

// greatest returns the largest count.
func greatest(counts []counted) int {
	n := 0
	for _, c := range counts {
		n = max(n, c.n)
	}
	return n
}

// dispersionOf returns mean and variance over mean of the tries per account: 0
// is perfectly even, 1 is chance (Poisson), people who mistype have more.
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
func (s *Scene) pacing(attempts []uint32) float64 {
	if len(attempts) < 10 {
		return -1
	}
	at := make([]int64, len(attempts))
	for k, i := range attempts {
		at[k] = s.AttemptAt(i)
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

// Alphabetical reports whether the accounts were first tried in alphabetical
// order, beyond what chance gives (see inOrder).
func (s *Scene) Alphabetical(attempts []uint32) bool {
	return alphabetical(s.names(s.tally(attempts).accounts)) >= inOrder
}
