package detect

import (
	"fmt"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// familiarSpray finds an even spray from an address that the organisation
// knows: the office, a shared proxy, an administrator's home. A detector that
// asks only for new addresses is blind to it (docs/detection/README.md has a
// real one).
var familiarSpray = Detector{
	Name:  "familiar_spray",
	Doc:   "many accounts tried evenly with one client, new to them, from one address that people of the organisation do sign in from",
	Blind: "sprays from a familiar address with fewer than four accounts, with a client the accounts use, or hidden among more typing errors than attempts",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findFamiliarSprays(scenes[0]) },
}

const (
	familiarGap   = 6 * hour
	familiarPrior = -9.2
	// failsThere is how likely an account that works from an address fails
	// there, with a client it has not used, in an episode and gives up. It is a
	// deliberate overestimate; with a client that hardly anybody uses it is
	// down to a hundredth of that.
	failsThere = 0.05
)

func findFamiliarSprays(s *Scene) []Finding {
	var found []Finding
	groups := groupBy(s.Len(), func(i uint32) (uint64, bool) {
		a := s.Attempt(i)
		return uint64(a.Addr)<<32 | uint64(a.Client), s.guess(a) && s.Addr(a.Addr).IsValid() && len(s.usual.firstFrom.of(a.Addr)) > 0
	})
	for _, k := range byFirst(groups) {
		for _, attempts := range s.episodes(groups[k], familiarGap) {
			if f, ok := s.judgeFamiliar(attempts); ok {
				found = append(found, f)
			}
		}
	}
	return found
}

func (s *Scene) judgeFamiliar(attempts []uint32) (Finding, bool) {
	begin, end := s.Attempt(attempts[0]), s.Attempt(attempts[len(attempts)-1])
	users := s.usersFrom(begin.Addr, begin.At)
	if users == 0 {
		return Finding{}, false // not familiar then: sourceSpray judges it
	}
	// Leave out whoever has used this very client: they mistyped.
	var strange []uint32
	usual := map[uint32]bool{}
	for _, i := range attempts {
		a := s.Attempt(i)
		known, asked := usual[a.Account]
		if !asked {
			known = s.usedClient(a.Account, a.Client, begin.At)
			usual[a.Account] = known
		}
		if !known {
			strange = append(strange, i)
		}
	}
	got := s.gotIn(strange, begin, end.At+familiarGap)
	if len(got) > 1 && 3*len(got) > len(s.tally(strange).accounts) {
		// Too many for luck: they are people, on the first day of the log or
		// with a new client. Judge the rest without them.
		strange = slices.DeleteFunc(strange, func(i uint32) bool { return got[s.AttemptAccount(i)] })
		clear(got)
	}
	if len(strange) == 0 {
		return Finding{}, false
	}
	t := s.tally(strange)
	n := len(t.accounts)
	if n < minAccounts {
		return Finding{}, false
	}
	for k, a := range t.accounts {
		if got[a] {
			t.tried[k]++ // the try that succeeds is one of the even number
		}
	}
	p := failsThere * min(1, max(0.01, 10*s.clientShare(begin.Client, begin.At)))
	mean, d := dispersionOf(t.tried)
	evidence := []Evidence{
		weigh("accounts_failing_together", float64(n), damp(-math.Log(binomialTail(n+users, n, p)), 8),
			"%d accounts failed from %s within %s, with a client none of them had used; %d accounts sign in from there",
			n, s.Addr(begin.Addr), lasting(end.At-begin.At), users),
	}
	evidence = append(evidence, s.evenness(t)...)
	if mean >= 2.5 {
		evidence = append(evidence, weigh("gave_up", mean, min(6, 1.2*float64(n)), "each was tried %.1f times and %d of %d never got in", mean, n-len(got), n))
	}
	if mean >= 1.5 && d >= 1 {
		evidence = append(evidence, weigh("uneven_tries", d, -min(6, 2*d), "the tries per account are as uneven as typing errors are (variance/mean %.2f)", d))
	}
	if e, ok := s.clockwork(strange); ok {
		evidence = append(evidence, e)
	}
	evidence = append(evidence, s.order(t)...)
	if t.proofs > 0 {
		evidence = append(evidence, weigh("passwords_confirmed", float64(t.proofs), 1, "%s a refusal proved that the password was right", times(t.proofs)))
	}
	c := s.Client(begin.Client)
	subject := fmt.Sprintf("%s with %s", s.Addr(begin.Addr), c.Label())
	return s.finding("familiar_spray", s.sprayKind(t, 0), subject, strange, familiarPrior, evidence), true
}

// clockwork weighs that most of the accounts are tried like clocks for days:
// jobs and devices of the house with old passwords.
func (s *Scene) clockwork(attempts []uint32) (Evidence, bool) {
	lives := map[uint32][]int64{}
	for _, i := range attempts {
		a := s.Attempt(i)
		lives[a.Account] = append(lives[a.Account], a.At)
	}
	clocks := 0
	for _, at := range lives {
		if len(at) >= 20 && at[len(at)-1]-at[0] > 2*day && variation(at) < 0.3 {
			clocks++
		}
	}
	if 2*clocks < len(lives) {
		return Evidence{}, false
	}
	return weigh("clockwork", float64(clocks), -14, "%d of the %d accounts are tried like clocks for days from where people of the house sign in: jobs or devices with old passwords", clocks, len(lives)), true
}

// gotIn returns the accounts of the attempts that signed in from the same
// address with the same client until the given time.
func (s *Scene) gotIn(attempts []uint32, begin ledger.Attempt, until int64) map[uint32]bool {
	got := map[uint32]bool{}
	for _, a := range s.tally(attempts).accounts {
		s.Successes(a, func(x ledger.Success) bool {
			if x.Addr == begin.Addr && x.Client == begin.Client && x.First >= begin.At && x.First <= until {
				got[a] = true
			}
			return !got[a]
		})
	}
	return got
}

// usedClient reports whether the account had signed in with exactly this
// client before t.
func (s *Scene) usedClient(account, client uint32, t int64) bool {
	used := false
	s.Successes(account, func(x ledger.Success) bool {
		used = x.Client == client && x.First < t
		return !used
	})
	return used
}
