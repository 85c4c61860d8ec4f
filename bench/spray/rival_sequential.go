package spray

import (
	"math"
	"time"
)

// javedPaxson watches one number for the whole organisation and brackets in
// time what raises it, then asks which sources took part (M. Javed and
// V. Paxson, Detecting Stealthy, Distributed SSH Brute-Forcing, CCS 2013). The
// paper gives the shape: failures among so many sign-ins, beta-binomial where
// nobody attacks, a sequential test tuned by the expected time between false
// alarms, then the participants. Its figures we could not read again, so these
// are ours.
var javedPaxson = Rival{
	Name: "Javed and Paxson 2013, sequential",
	Rule: "failures among 100 sign-ins, beta-binomial as in the first 7 days; CUSUM for a rise by one sigma, one false alarm " +
		"expected in 30 days; then the addresses from which nobody ever signed in",
	Source: "CCS 2013, doi 10.1145/2508859.2516719",
	LeftOut: "its figures, which are ours; the rules by which participants are found coordinated, beyond having no success; " +
		"a failure repeated from one address on one account counts once in 20 hours, so that a wrong job does not drown it",
	run: sequential,
}

const (
	batchSize   = 100
	training    = 7 * 24 * time.Hour
	falseEvery  = 30 * 24 * time.Hour
	repeatAfter = 20 * time.Hour
)

func sequential(l Log) []alert {
	b := batches(l)
	learn := 0
	for learn < len(b) && l.event(b[learn].last).At < l.event(l.at[0]).At+training.Milliseconds() {
		learn++
	}
	if learn < 5 {
		return nil // fewer batches than say anything about their spread
	}
	var x []float64
	for _, y := range b[:learn] {
		x = append(x, float64(len(y.failures)))
	}
	mean, sd := moments(x)
	mean = max(mean, 0.5)
	pmf := betaBinomial(batchSize, mean, sd*sd)
	drift := math.Round(2*(mean+max(sd, 1)/2)) / 2 // on a lattice of halves, so that the chain below is exact
	perDay := float64(learn) / (training.Hours() / 24)
	limit := cusumLimit(pmf, drift, perDay*falseEvery.Hours()/24)

	known := map[string]bool{} // addresses that somebody signed in from, until now
	var alerts []alert
	s, highest, from, top := 0.0, 0.0, learn, learn
	alarmed := int64(0)
	end := func() {
		if alarmed == 0 {
			return
		}
		for _, y := range b[from : top+1] {
			for _, a := range y.signedIn {
				known[a] = true
			}
		}
		a := alert{key: "all", at: alarmed}
		for _, y := range b[from : top+1] {
			for _, i := range y.failures {
				if addr := l.event(i).Addr; addr.IsValid() && !known[addr.String()] {
					a.events = append(a.events, i)
				}
			}
		}
		if len(a.events) > 0 {
			alerts = append(alerts, a)
		}
		alarmed = 0
	}
	for k := range b {
		if k >= learn {
			if s == 0 {
				from, top, highest = k, k, 0
			}
			s = max(0, s+float64(len(b[k].failures))-drift)
			if s > highest {
				highest, top = s, k
			}
			if s > limit && alarmed == 0 {
				alarmed = l.event(b[k].last).At
			}
			if s == 0 || alarmed > 0 && s < highest-limit { // it fell as far as it must rise: the rise is over
				end()
				s = 0
			}
		}
		if alarmed == 0 {
			for _, a := range b[k].signedIn {
				known[a] = true
			}
		}
	}
	end()
	return alerts
}

// batch is so many sign-ins one after the other.
type batch struct {
	failures []int32
	signedIn []string // addresses
	last     int32
}

func batches(l Log) []batch {
	type door struct{ account, addr string }
	before := map[door]int64{}
	var all []batch
	var b batch
	n := 0
	for i, e := range l.Events() {
		addr := ""
		if e.Addr.IsValid() {
			addr = e.Addr.String()
		}
		switch {
		case e.Class.Succeeded():
			b.signedIn = append(b.signedIn, addr)
		case e.refused():
			d := door{e.Account, addr}
			if last, ok := before[d]; ok && e.At-last < repeatAfter.Milliseconds() {
				before[d] = e.At
				continue
			}
			before[d] = e.At
			b.failures = append(b.failures, i)
		default:
			continue
		}
		b.last = i
		if n++; n == batchSize {
			all = append(all, b)
			b, n = batch{}, 0
		}
	}
	return all
}

// betaBinomial returns the probabilities of 0 to n with that mean and
// variance; where the variance is not more than a binomial's, the binomial's.
func betaBinomial(n int, mean, variance float64) []float64 {
	p := min(mean/float64(n), 0.99)
	lg := func(x float64) float64 { v, _ := math.Lgamma(x); return v }
	choose := func(k int) float64 { return lg(float64(n)+1) - lg(float64(k)+1) - lg(float64(n-k)+1) }
	pmf := make([]float64, n+1)
	binomial := float64(n) * p * (1 - p)
	rho := (variance/binomial - 1) / float64(n-1) // correlation of two trials
	for k := range pmf {
		x, y := float64(k), float64(n-k)
		if rho <= 0 {
			pmf[k] = math.Exp(choose(k) + x*math.Log(p) + y*math.Log(1-p))
			continue
		}
		a := p * (1 - rho) / rho
		b := (1 - p) * (1 - rho) / rho
		pmf[k] = math.Exp(choose(k) + lg(x+a) + lg(y+b) - lg(x+y+a+b) + lg(a+b) - lg(a) - lg(b))
	}
	return pmf
}

// cusumLimit returns the lowest limit, in steps of a half, at which a CUSUM of
// draws of pmf minus drift (a multiple of a half) is expected to run so many
// steps before it exceeds the limit.
func cusumLimit(pmf []float64, drift, steps float64) float64 {
	low, high := 0, 1
	for high < 400 && runLength(pmf, drift, high) < steps {
		low, high = high, 2*high
	}
	for high-low > 1 {
		if middle := (low + high) / 2; runLength(pmf, drift, middle) < steps {
			low = middle
		} else {
			high = middle
		}
	}
	return float64(high) / 2
}

// runLength is the expected number of steps from 0 until the sum exceeds
// limit halves: the solution of (I - Q) L = 1 for the chain on 0 … limit
// (Brook and Evans, Biometrika 1972).
func runLength(pmf []float64, drift float64, limit int) float64 {
	n := limit + 1
	shift := int(math.Round(2 * drift))
	m := make([][]float64, n)
	for i := range m {
		m[i] = make([]float64, n+1)
		m[i][i]++
		m[i][n] = 1
		for k, p := range pmf {
			if to := max(0, i+2*k-shift); to < n {
				m[i][to] -= p
			}
		}
	}
	for c := range n { // Gauss; the matrix is diagonally dominant
		for r := c + 1; r < n; r++ {
			f := m[r][c] / m[c][c]
			if f == 0 {
				continue
			}
			for k := c; k <= n; k++ {
				m[r][k] -= f * m[c][k]
			}
		}
	}
	x := make([]float64, n)
	for r := n - 1; r >= 0; r-- {
		v := m[r][n]
		for k := r + 1; k < n; k++ {
			v -= m[r][k] * x[k]
		}
		x[r] = v / m[r][r]
	}
	return x[0]
}
