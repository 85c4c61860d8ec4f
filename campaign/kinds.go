package campaign

import (
	"maps"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/signin"
)

// kinds returns what a campaign is: what its findings are, but for those that
// only show the share of a spray that fell on one account; and the stuffing of
// pairs where the whole looks like a leaked list.
func (c *clusterer) kinds(members []Member, group []detect.Finding) []detect.Kind {
	kinds := map[detect.Kind]bool{}
	many := c.accounts(members) >= sprayedAccounts
	for _, f := range group {
		switch {
		case c.partOfSpray(f, group):
		case f.Detector == "account_slow" && many: // slow guessing at many accounts is spraying
			kinds[detect.PasswordSpray] = true
		default:
			kinds[f.Kind] = true
		}
	}
	if kinds[detect.PasswordSpray] && c.pairs(members) {
		delete(kinds, detect.PasswordSpray)
		kinds[detect.CredentialStuffing] = true
	}
	return slices.Sorted(maps.Keys(kinds))
}

// sprayedAccounts is from how many accounts on slow guessing is spraying.
const sprayedAccounts = 4

func (c *clusterer) accounts(members []Member) int {
	n := 0
	for _, m := range members {
		seen := map[uint32]bool{}
		for _, i := range m.Attempts {
			seen[c.scenes[m.Org].AttemptAccount(i)] = true
		}
		n += len(seen)
	}
	return n
}

// pairs reports whether a campaign tries the pairs of a leaked list (MITRE
// ATT&CK T1110.004): few tries on each of many accounts, in no order, and a
// part of the names gone or disabled, as people change places and lists do
// not. A log holds no password, so a fresh list that names nobody who left
// cannot be told from a spray.
func (c *clusterer) pairs(members []Member) bool {
	accounts, tries, gone := 0, 0, 0
	for _, m := range members {
		s := c.scenes[m.Org]
		seen := map[uint32]bool{}
		for _, i := range m.Attempts {
			a := s.Attempt(i)
			tries += a.Tries
			if !seen[a.Account] {
				seen[a.Account] = true
				accounts++
				if s.Exists(a.Account) == signin.No || a.Class == signin.Disabled {
					gone++
				}
			}
		}
		if s.Alphabetical(m.Attempts) {
			return false
		}
	}
	share := float64(gone) / float64(max(1, accounts))
	return accounts >= 20 && tries <= 4*accounts && share >= 0.15 && share < 0.9
}

// fast reports whether a finding about one account shows the pace of brute
// force: a spray of days puts many tries on each account, too.
func fast(f detect.Finding) bool {
	const perHour = 20
	return float64(len(f.Attempts))/math.Max(1, f.Last.Sub(f.First).Hours()) >= perHour
}

// partOfSpray reports whether a finding about one account only shows the share
// of a spray that fell on it.
func (c *clusterer) partOfSpray(f detect.Finding, group []detect.Finding) bool {
	if f.Detector != "account_brute" && f.Detector != "account_slow" || fast(f) {
		return false
	}
	for _, g := range group {
		if g.Org != f.Org || g.Kind == detect.BruteForce {
			continue
		}
		common := 0
		for _, i := range f.Attempts {
			if _, in := slices.BinarySearch(g.Attempts, i); in {
				common++
			}
		}
		if 2*common >= len(f.Attempts) {
			return true
		}
	}
	return false
}
