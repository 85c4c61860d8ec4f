package simulate

import "math/rand/v2"

// chooser says how many accounts of an organisation are tried.
type chooser func(o *Org, r *rand.Rand) int

// share is a share of all accounts.
func share(of float64) chooser {
	return func(o *Org, r *rand.Rand) int { return int(of*float64(len(o.People)) + 0.5) }
}

// shares is a share between two, the lower ones more often.
func shares(least, most float64) chooser {
	return func(o *Org, r *rand.Rand) int { return int(logBetween(r, least, most)*float64(len(o.People)) + 0.5) }
}

// count is a number between two.
func count(least, most int) chooser {
	return func(o *Org, r *rand.Rand) int { return least + r.IntN(most-least+1) }
}

// allUpTo is every account of a small organisation, and that many of a large one.
func allUpTo(n int) chooser {
	return func(o *Org, r *rand.Rand) int { return min(n, len(o.People)) }
}
