package spray

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Share is how many of how many.
type Share struct {
	Found int `json:"found"`
	Of    int `json:"of"`
}

// Score is what one system claimed about one world, held against the truth
// (docs/benchmark.md has the definitions).
type Score struct {
	Orgs     Share `json:"orgs"`     // targeted organisations; one that two campaigns went for counts twice
	Accounts Share `json:"accounts"` // tried accounts
	Sources  Share `json:"sources"`  // addresses that tries came from
	Clean    Share `json:"clean"`    // accounts claimed, of these were tried

	Campaigns  int `json:"campaigns"`   // true claims: campaigns, or alerts
	False      int `json:"false"`       // claims of which less than half is any campaign's; alerts of one key within a day are one
	FalseParts int `json:"false_parts"` // organisations told by a true claim although less than half of their part is any campaign's
	Splits     int `json:"splits"`      // claims beyond the first for one campaign
	Merges     int `json:"merges"`      // campaigns beyond the first in one claim

	Benign int     `json:"benign"` // sign-ins of no campaign
	Weeks  float64 `json:"weeks"`  // organisation-weeks

	Outcomes *Confusion `json:"outcomes,omitempty"` // of systems that judge outcomes
	Delay    Delay      `json:"delay"`
}

// Confusion counts accounts by true outcome (row) and claimed outcome
// (column), in the order of outcome.Outcome. The last row is accounts that
// were not tried, the last column accounts that no claim has.
type Confusion [6][6]int

const nobody = 5 // the last row and column

// Right is how many of the accounts that were found have the right outcome.
func (c *Confusion) Right() Share {
	var s Share
	for i := range nobody {
		for k := range nobody {
			s.Of += c[i][k]
		}
		s.Found += c[i][i]
	}
	return s
}

// account is one account of one organisation.
type account struct {
	org  org.ID
	name string
}

// score holds claims against the truth. judged is whether the system says how
// it ended for each account.
func (w *world) score(claims []claim, judged bool) Score {
	s := Score{Benign: w.benign(), Weeks: w.weeks}
	w.scoreFound(claims, judged, &s)
	w.scoreFalse(claims, &s)
	w.scoreHands(claims, &s)
	return s
}

// credited calls f for every part of a claim that tells an organisation the
// truth: at least half of the claim and of the part is of campaigns.
func (w *world) credited(claims []claim, f func(c *claim, p *part)) {
	for i := range claims {
		c := &claims[i]
		if !w.truthful(c.covered()) {
			continue
		}
		for k := range c.parts {
			if w.truthful(c.parts[k].events) {
				f(c, &c.parts[k])
			}
		}
	}
}

// scoreFound counts what was found of each label and what was claimed.
func (w *world) scoreFound(claims []claim, judged bool, s *Score) {
	type at struct {
		campaign string
		org      org.ID
	}
	told := map[at]bool{}
	said := map[account]outcome.Outcome{}
	sources := map[org.ID]map[netip.Addr]bool{}
	w.credited(claims, func(_ *claim, p *part) {
		for _, i := range p.events {
			if n := w.truth[i].campaign; n != innocent {
				told[at{w.campaigns[n], p.org}] = true
			}
		}
		for name, o := range p.accounts {
			said[account{p.org, name}] = max(said[account{p.org, name}], o)
		}
		if sources[p.org] == nil {
			sources[p.org] = map[netip.Addr]bool{}
		}
		for a := range p.sources {
			sources[p.org][a] = true
		}
	})
	var outcomes Confusion
	truth := map[account]outcome.Outcome{} // the highest of all campaigns
	for _, l := range w.labels {
		found := told[at{l.Campaign, l.Org}]
		s.Orgs.Of++
		if found {
			s.Orgs.Found++
		}
		s.Accounts.Of += len(l.Accounts)
		s.Sources.Of += len(l.Sources)
		for _, a := range l.Accounts {
			key := account{l.Org, a.Account}
			truth[key] = max(truth[key], a.Outcome)
			if _, ok := said[key]; ok && found {
				s.Accounts.Found++
			}
		}
		for _, a := range l.Sources {
			if found && sources[l.Org][a] {
				s.Sources.Found++
			}
		}
	}
	for key, is := range truth {
		if claimed, ok := said[key]; ok {
			outcomes[is][claimed]++
		} else {
			outcomes[is][nobody]++
		}
	}
	for key, claimed := range w.claimed(claims) {
		s.Clean.Of++
		if _, hit := truth[key]; hit {
			s.Clean.Found++
		} else {
			outcomes[nobody][claimed]++
		}
	}
	if judged {
		s.Outcomes = &outcomes
	}
}

// claimed is every account of any claim, true or false, with the highest
// outcome that is claimed for it.
func (w *world) claimed(claims []claim) map[account]outcome.Outcome {
	all := map[account]outcome.Outcome{}
	for _, c := range claims {
		for _, p := range c.parts {
			for name, o := range p.accounts {
				all[account{p.org, name}] = max(all[account{p.org, name}], o)
			}
		}
	}
	return all
}

// scoreFalse counts what was claimed and is not so. A rule that goes on
// saying the same for a day is asked once.
func (w *world) scoreFalse(claims []claim, s *Score) {
	inOrder := slices.Clone(claims)
	slices.SortStableFunc(inOrder, func(a, b claim) int { return cmp.Compare(a.at, b.at) })
	last := map[string]int64{}
	for _, c := range inOrder {
		if w.truthful(c.covered()) {
			s.Campaigns++
			for _, p := range c.parts {
				if !w.truthful(p.events) {
					s.FalseParts++
				}
			}
			continue
		}
		if before, ok := last[c.name]; !ok || c.at-before >= day {
			s.False++
			last[c.name] = c.at
		}
	}
}

// scoreHands counts splits and merges. A campaign is in a claim if a tenth of
// the claim's planted sign-ins are its, or half of its own are the claim's.
func (w *world) scoreHands(claims []claim, s *Score) {
	whole := make([]int, len(w.campaigns))
	for _, t := range w.truth {
		if t.campaign != innocent {
			whole[t.campaign]++
		}
	}
	first := make([]int, len(w.campaigns)) // claims that are mostly of the campaign
	for _, c := range claims {
		covered := c.covered()
		if !w.truthful(covered) {
			continue
		}
		of := make([]int, len(w.campaigns))
		planted, most := 0, 0
		for _, i := range covered {
			if n := w.truth[i].campaign; n != innocent {
				of[n]++
				planted++
			}
		}
		in := 0
		for n := range of {
			if of[n] > 0 && (10*of[n] >= planted || 2*of[n] >= whole[n]) {
				in++
			}
			if of[n] > of[most] {
				most = n
			}
		}
		s.Merges += max(0, in-1)
		first[most]++
	}
	for _, n := range first {
		s.Splits += max(0, n-1)
	}
}
