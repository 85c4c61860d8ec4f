package phish

import "slices"

// rates are the shares of false alarms at which recall is given.
var rates = []float64{.01, .001}

// threshold is the lowest score such that at most that share of ham lies above
// it. What is flagged lies above, not on it: mails of equal score fall together.
// Where the share allows none, it is the highest score of the ham.
func threshold(ham []float64, rate float64) float64 {
	if len(ham) == 0 {
		return 1
	}
	sorted := slices.Clone(ham)
	slices.Sort(sorted)
	allowed := int(rate * float64(len(ham)))
	return sorted[len(sorted)-1-min(allowed, len(sorted)-1)]
}

// above counts the scores that are flagged.
func above(scores []float64, limit float64) Share {
	k := 0
	for _, s := range scores {
		if s > limit {
			k++
		}
	}
	return NewShare(k, len(scores))
}
