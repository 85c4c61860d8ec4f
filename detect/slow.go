package detect

import (
	"cmp"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// accountSlow finds an account that is tried again and again over days, each
// time from another network: the tempo of one try a day from an address never
// used again, of which no rate on an account or an address is ever unusual.
//
// It is a scan statistic: of all stretches between two of the account's
// failures from new places, the one that is least likely by chance, where
// chance is what the other accounts of the organisation bear (negative
// binomial, because some names are guessed at more than others).
var accountSlow = Detector{
	Name:  "account_slow",
	Doc:   "one account tried over days, a few times a day or less, each time from another network",
	Blind: "fewer than about five tries on an account; tries from networks of the account's own providers; accounts that sign in from ever new networks themselves",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findSlowAccounts(scenes[0]) },
}

const (
	slowPrior = -9.2 // about 1 in 10,000 accounts in a month
	slowGap   = 5 * day
	slowLeast = 4 // networks
	// unevenNames is the size of the negative binomial: how unevenly the noise
	// falls on the accounts. Below 1 some names are guessed at far more.
	unevenNames = 0.5
)

func findSlowAccounts(s *Scene) []Finding {
	type visit struct {
		account  uint32
		attempts []uint32 // the first from each new place, in order of time
	}
	var visits []visit
	total, accounts := 0, 0
	for a := range uint32(s.Accounts()) {
		if s.doesNotExist(a) {
			continue
		}
		accounts++
		if v := s.newPlaces(a); len(v) > 0 {
			visits = append(visits, visit{a, v})
			total += len(v)
		}
	}
	if len(visits) == 0 {
		return nil
	}
	// What an account has to bear anyway, a day: the mean without the tenth that
	// bears most, who may be who is attacked.
	slices.SortFunc(visits, func(a, b visit) int {
		return cmp.Or(cmp.Compare(len(b.attempts), len(a.attempts)), cmp.Compare(a.attempts[0], b.attempts[0]))
	})
	rest := total
	for _, v := range visits[:len(visits)/10] {
		rest -= len(v.attempts)
	}
	days := max(1, float64(len(s.days)))
	usual := (float64(rest) + 1) / (float64(accounts) + 10) / days

	var found []Finding
	for _, v := range visits {
		if len(v.attempts) < slowLeast || s.Roams(v.account, math.MaxInt64) {
			continue
		}
		for _, episode := range s.episodes(v.attempts, slowGap) {
			if len(episode) >= slowLeast {
				found = append(found, s.judgeSlow(v.account, episode, usual))
			}
		}
	}
	slices.SortFunc(found, func(a, b Finding) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.ID, b.ID))
	})
	return found
}

// newPlaces returns an account's failures that nobody came back for, the first
// from each network that is foreign to the organisation and whose autonomous
// system, where the log tells it, the account never signed in from.
func (s *Scene) newPlaces(account uint32) []uint32 {
	attempts := s.byAccount.of(account)
	if len(attempts) == 0 {
		return nil
	}
	var own []uint32
	s.Successes(account, func(x ledger.Success) bool {
		if p := s.Place(x.Addr); p.ASN != 0 && !slices.Contains(own, p.ASN) {
			own = append(own, p.ASN)
		}
		return true
	})
	seen := map[uint32]bool{}
	var out []uint32
	for _, i := range attempts {
		a := s.Attempt(i)
		if !s.Novelty[i].Is(Orphan) || !s.guess(a) || seen[a.Net] || !s.Addr(a.Addr).IsValid() {
			continue
		}
		if p := s.Place(a.Addr); p.ASN != 0 && slices.Contains(own, p.ASN) {
			continue
		}
		seen[a.Net] = true
		out = append(out, i)
	}
	return out
}

// Roams reports whether an account signed in from ever new networks before t, as
// people behind Tor, a privacy relay or on the road do: then a network says
// nothing about who it is.
func (s *Scene) Roams(account uint32, t int64) bool {
	nets := map[uint32]bool{}
	visits := 0
	s.Successes(account, func(x ledger.Success) bool {
		if x.First < t {
			nets[x.Net] = true
			visits++
		}
		return true
	})
	return len(nets) >= 5 && 2*len(nets) > visits
}

// judgeSlow weighs one account's failures from new places.
func (s *Scene) judgeSlow(account uint32, episode []uint32, usual float64) Finding {
	from, to, surprise, expected := s.densest(episode, usual)
	members := episode[from : to+1]
	first, last := s.AttemptAt(members[0]), s.AttemptAt(members[len(members)-1])
	n := float64(len(members))
	evidence := []Evidence{
		weigh("new_networks", n, damp(surprise, 16),
			"the account failed from %d networks new to it in %s, where %.2f were to be expected", len(members), lasting(last-first), expected),
	}
	at := make([]int64, len(members))
	for k, i := range members {
		at[k] = s.AttemptAt(i)
	}
	if cv := variation(at); len(at) >= 5 && cv >= 0 {
		evidence = append(evidence, weigh("in_step", cv, damp(math.Sqrt(n)*(0.8-cv)*2, 3),
			"the time between them varies by %.0f %% (chance gives about 100 %%)", 100*cv))
	}
	t := s.tally(members)
	if t.proofs > 0 {
		evidence = append(evidence, weigh("passwords_confirmed", float64(t.proofs), 2, "%s a refusal proved that the password was right", times(t.proofs)))
	}
	if e, ok := s.everybodys(s.addrsOf(members), t.tries); ok {
		evidence = append(evidence, e)
	}
	lead := greatest(t.clients)
	evidence = append(evidence, weigh("one_client", float64(lead)/float64(t.tries), max(0, 2*(float64(lead)/float64(t.tries)-0.5)),
		"%d of %d tries came with one client", lead, t.tries))
	return s.finding("account_slow", BruteForce, s.Account(account).String(), slices.Clone(members), slowPrior, evidence)
}

// densest returns the stretch of the attempts that is least likely by chance,
// in nats, and how many were to be expected in it.
func (s *Scene) densest(episode []uint32, usual float64) (from, to int, surprise, expected float64) {
	for i := range episode {
		for j := i + slowLeast - 1; j < len(episode); j++ {
			days := max(1, float64(s.AttemptAt(episode[j])-s.AttemptAt(episode[i]))/float64(day))
			mean, k := usual*days, float64(j-i+1)
			// The tail of a negative binomial falls like (m/(m+r))^k. Where more
			// is to be expected than its size, it is no rare name that is hit.
			x := k*math.Log((mean+unevenNames)/mean) - unevenNames*math.Log((mean+unevenNames)/unevenNames)
			if x > surprise {
				from, to, surprise, expected = i, j, x, mean
			}
		}
		if i*len(episode) > 4096 { // so many are dense from wherever one looks
			break
		}
	}
	return from, to, surprise, expected
}
