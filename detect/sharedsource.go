package detect

import (
	"cmp"
	"fmt"
	"net/netip"
	"slices"
)

// sharedSource finds one address that tries a few accounts at each of many
// organisations, too few for any of them to see: the threshold random walk of
// sourceSpray over all of them together.
var sharedSource = Detector{
	Name:  "shared_source",
	Doc:   "one address that tries accounts of three organisations or more and from which nobody signs in at any of them",
	Blind: "addresses from which people of any of the organisations sign in; fewer than about nine accounts in all",
	Key:   Pooled,
	Find:  findSharedSources,
}

const (
	// sharedSourcePrior is lower than that of a source at one organisation:
	// whoever tries everybody is usually a scanner.
	sharedSourcePrior = -12.0
	sharedSourceLeast = 8 // accounts in all
)

func findSharedSources(scenes []*Scene) []Finding {
	if len(scenes) < minOrganisations {
		return nil
	}
	var found []Finding
	sources, usual := loudest(scenes)
	for _, src := range sources {
		members := make([][]uint32, len(scenes))
		familiar, unknown, proofs, orgs := 0, 0, 0, 0
		var tried []int
		for k, s := range scenes {
			n, ok := s.addrNumber(src.addr)
			if !ok {
				continue
			}
			familiar += len(s.usual.firstFrom.of(n))
			if members[k] = s.guessesFrom([]uint32{n}, nil); len(members[k]) > 0 {
				orgs++
			}
			t := s.tally(members[k])
			tried = append(tried, t.tried...)
			unknown += s.unknown(t.accounts)
			proofs += t.proofs
		}
		n := len(tried)
		if orgs < minOrganisations || n < sharedSourceLeast {
			continue
		}
		// Of the addresses of a botnet that tries everybody some meet more
		// accounts than others.
		evidence := []Evidence{
			weigh("lone_accounts", float64(n), damp(1.5*(float64(n)-4*usual), 30), "%d accounts at %d organisations were tried from %s, where an address that fails does so %.1f times on average", n, orgs, src.addr, usual),
		}
		if familiar > 0 {
			evidence = append(evidence, weigh("familiar_accounts", float64(familiar), -2.5*float64(familiar), "%d accounts sign in from there", familiar))
		}
		if mean, d := dispersionOf(tried); mean >= 1.5 && d < 0.3 {
			evidence = append(evidence, weigh("even_tries", d, min(8, 0.5*float64(n)*(1-d)), "the accounts were tried almost equally often, %.1f times each (variance/mean %.2f)", mean, d))
		}
		if share := float64(unknown) / float64(n); unknown >= 3 {
			evidence = append(evidence, weigh("unknown_names", share, -3*share, "%d of the %d names tried do not exist", unknown, n))
		}
		if proofs > 0 {
			evidence = append(evidence, weigh("passwords_confirmed", float64(proofs), 2, "%s a refusal proved that the password was right", times(proofs)))
		}
		var whole []Finding
		for k, s := range scenes {
			if len(members[k]) > 0 {
				t := s.tally(members[k])
				whole = append(whole, s.finding("shared_source", s.sprayKind(t, s.unknown(t.accounts)), fmt.Sprint(src.addr), members[k], sharedSourcePrior, evidence))
			}
		}
		found = append(found, asOne(whole)...)
	}
	return found
}

// many is how many addresses may be at work at three organisations before only
// those that stand out are looked at: the others are the weather.
const many = 200

// loud is an address with the refusals from it over all organisations.
type loud struct {
	addr           netip.Addr
	first          int64
	attempts, orgs int
}

// loudest returns the addresses that may be at work at several organisations,
// in order of their first attempt, and how many refusals an address has on
// average, without the tenth that has most.
func loudest(scenes []*Scene) (list []*loud, usual float64) {
	byAddr := map[netip.Addr]*loud{}
	for _, s := range scenes {
		for n := range uint32(s.Addrs()) {
			attempts := s.byAddr.of(n)
			if len(attempts) == 0 || !s.Addr(n).IsValid() {
				continue
			}
			first := s.AttemptAt(attempts[0])
			x := byAddr[s.Addr(n)]
			if x == nil {
				x = &loud{addr: s.Addr(n), first: first}
				byAddr[x.addr] = x
			}
			x.first = min(x.first, first)
			x.attempts += len(attempts)
			x.orgs++
		}
	}
	var counts []int
	for _, x := range byAddr {
		counts = append(counts, x.attempts)
		if x.orgs >= minOrganisations && x.attempts >= sharedSourceLeast {
			list = append(list, x)
		}
	}
	slices.Sort(counts)
	counts = counts[:len(counts)-len(counts)/10]
	for _, n := range counts {
		usual += float64(n) / float64(len(counts))
	}
	if len(list) > many {
		slices.SortFunc(list, func(a, b *loud) int { return cmp.Or(cmp.Compare(b.attempts, a.attempts), a.addr.Compare(b.addr)) })
		middle := list[len(list)/2].attempts
		n := 0
		for n < many && list[n].attempts >= 10*middle {
			n++
		}
		list = list[:n]
	}
	slices.SortFunc(list, func(a, b *loud) int { return cmp.Or(cmp.Compare(a.first, b.first), a.addr.Compare(b.addr)) })
	return list, usual
}

// addrNumber returns the number of an address in this scene.
func (s *Scene) addrNumber(addr netip.Addr) (uint32, bool) {
	order := s.AddrsInOrder()
	k, ok := slices.BinarySearchFunc(order, addr, func(n uint32, a netip.Addr) int { return s.Addr(n).Compare(a) })
	if !ok {
		return 0, false
	}
	return order[k], true
}
