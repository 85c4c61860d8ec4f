package detect

import "math"

// watcher is a bank of sequential change tests (Page's CUSUM) over counts per
// bin of time. Counts are modelled as negative binomial, because failures of
// people and of commodity attackers come in bursts; each test of the bank
// looks for a rise of another size. The mean is learned from the bins that no
// test holds for suspicious, so that an attack does not become the baseline.
// It works from the first bin on with a prior mean.
type watcher struct {
	threshold float64   // nats; the mean time between false alarms grows with its exponential
	clumping  float64   // k of the negative binomial: small is bursty, infinite is Poisson
	weight    float64   // how many bins the prior mean is worth
	sum, bins float64   // learned counts
	prior     float64   // mean count per bin expected without history
	s         []float64 // one statistic for each shift
	since     []int     // bin in which each statistic last left zero
	alarm     bool
	begin     int
}

// shifts are the rises looked for, as multiples of the mean.
var shifts = [...]float64{0.5, 1, 3, 10}

// minShift is the smallest rise looked for, in counts per bin: below it the
// bank would chase single events at organisations where nothing ever fails.
const minShift = 0.5

func newWatcher(prior, clumping, threshold float64) *watcher {
	return &watcher{threshold: threshold, clumping: clumping, weight: 48, prior: math.Max(prior, 0.01), s: make([]float64, len(shifts)), since: make([]int, len(shifts))}
}

// stretch is a time of raised counts, in bins, the last one included.
type stretch struct {
	from, to int
	expected float64 // what the baseline would have given
	seen     float64
}

// watch returns the stretches in which counts are raised. Bins for which there
// is no log are passed over.
func (w *watcher) watch(counts []float64, logged func(bin int) bool) []stretch {
	var found []stretch
	lastAbove := 0
	for i, x := range counts {
		if !logged(i) {
			continue
		}
		mean := w.mean()
		worst, begin := 0.0, -1
		for j, shift := range shifts {
			raised := mean + math.Max(shift*mean, minShift)
			if w.s[j] == 0 {
				w.since[j] = i
			}
			w.s[j] = math.Max(0, w.s[j]+negBinomial(x, raised, w.clumping)-negBinomial(x, mean, w.clumping))
			w.s[j] = math.Min(w.s[j], 2*w.threshold) // so that it falls again soon after the attack
			if w.s[j] >= w.threshold {
				begin = w.since[j] // the test for the largest rise knows its beginning best
			}
			worst = math.Max(worst, w.s[j])
		}
		if begin >= 0 && !w.alarm {
			w.alarm, w.begin = true, begin
		}
		if x > mean+minShift {
			lastAbove = i
		}
		if w.alarm && worst < w.threshold/2 {
			found = append(found, w.close(counts, lastAbove))
		}
		if worst < w.threshold/3 {
			w.sum += x
			w.bins++
		}
	}
	if w.alarm {
		found = append(found, w.close(counts, max(lastAbove, w.begin)))
	}
	return found
}

func (w *watcher) mean() float64 { return (w.sum + w.prior*w.weight) / (w.bins + w.weight) }

func (w *watcher) close(counts []float64, last int) stretch {
	st := stretch{from: w.begin, to: max(last, w.begin)}
	for i := st.from; i <= st.to; i++ {
		st.expected += w.mean()
		st.seen += counts[i]
	}
	w.alarm = false
	clear(w.s)
	return st
}

// negBinomial is the log probability of x under a negative binomial of that
// mean and size k, up to terms that do not depend on the mean.
func negBinomial(x, mean, k float64) float64 {
	return x*math.Log(mean/(mean+k)) + k*math.Log(k/(mean+k))
}
