package detect

import (
	"iter"
	"math"
	"net/netip"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/signin"
)

// sourceSpray finds one source that tries many accounts, however slowly.
//
// It is a threshold random walk over accounts, not a rate (Jung, Paxson,
// Berger, Balakrishnan, "Fast Portscan Detection Using Sequential Hypothesis
// Testing", IEEE S&P 2004): each account that the source tried without ever
// signing in speaks for an attack, each that signs in from there against it.
// Time does not enter, so a try every five minutes or once a day is seen as
// well as a burst.
var sourceSpray = Detector{
	Name:  "source_spray",
	Doc:   "one address or network that tries many accounts of an organisation, at any speed",
	Blind: "sources that try fewer than about five accounts; sources from which many people of the organisation sign in (see familiar_spray)",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findSourceSprays(scenes[0]) },
}

const (
	sourceGap   = 4 * day // an address silent for longer begins a new episode
	networkGap  = day     // a network: others live there too
	sourcePrior = -9.2    // about 1 in 10,000 sources that ever fail
	minAccounts = 4
)

// sourceLevels are the widths at which a source is judged, narrow first.
// What a narrow one explains is not judged again at a wider one.
var sourceLevels = []struct {
	name string
	of   func(netip.Addr) netip.Prefix
}{
	{"address", func(a netip.Addr) netip.Prefix { return netip.PrefixFrom(a, a.BitLen()) }},
	{"network", ledger.Network},
	{"site", ledger.Site},
	{"allocation", ledger.Allocation},
}

func findSourceSprays(s *Scene) []Finding {
	var found []Finding
	taken := make([]bool, s.Len())
	for level, width := range sourceLevels {
		gap := sourceGap
		if level > 0 {
			gap = networkGap
		}
		for source := range s.sources(width.of) {
			if level > 0 && (len(source.addrs) < 2 || source.prefix == sourceLevels[level-1].of(s.Addr(source.addrs[0]))) {
				continue // nothing but the address, or the network, that was judged
			}
			if s.attemptsFrom(source.addrs) < minAccounts {
				continue // most sources of the weather
			}
			attempts := s.guessesFrom(source.addrs, taken)
			for _, episode := range s.episodes(attempts, gap) {
				if len(episode) < minAccounts {
					continue
				}
				f, ok := s.judgeSource(source.prefix, source.addrs, episode)
				if !ok {
					continue
				}
				found = append(found, f)
				if f.Score >= Alert {
					for _, i := range episode {
						taken[i] = true
					}
				}
			}
		}
	}
	return found
}

// source is all addresses of one prefix, those that never fail included.
type source struct {
	prefix netip.Prefix
	addrs  []uint32
}

// sources groups the addresses by prefix, in order of prefix.
func (s *Scene) sources(of func(netip.Addr) netip.Prefix) iter.Seq[source] {
	return func(yield func(source) bool) {
		order := s.AddrsInOrder()
		start := 0
		for start < len(order) && !s.Addr(order[start]).IsValid() {
			start++ // records without an address sort first
		}
		for start < len(order) {
			p := of(s.Addr(order[start]))
			end := start + 1
			for end < len(order) && p.Contains(s.Addr(order[end])) {
				end++
			}
			if !yield(source{p, order[start:end]}) {
				return
			}
			start = end
		}
	}
}

// attemptsFrom counts the attempts from the addresses.
func (s *Scene) attemptsFrom(addrs []uint32) int {
	n := 0
	for _, addr := range addrs {
		n += len(s.byAddr.of(addr))
	}
	return n
}

// guessesFrom returns the tries from the addresses that are not taken yet,
// in order of time, without those of somebody who got it right a minute later.
func (s *Scene) guessesFrom(addrs []uint32, taken []bool) []uint32 {
	out := make([]uint32, 0, s.attemptsFrom(addrs))
	for _, addr := range addrs {
		for _, i := range s.byAddr.of(addr) {
			if (taken == nil || !taken[i]) && s.Novelty[i].Is(Unresolved) && s.guesses[i] {
				out = append(out, i)
			}
		}
	}
	if len(addrs) > 1 {
		slices.Sort(out)
	}
	return out
}

func (s *Scene) judgeSource(source netip.Prefix, addrs []uint32, attempts []uint32) (Finding, bool) {
	t := s.tally(attempts)
	if len(t.accounts) < minAccounts {
		return Finding{}, false
	}
	t = s.withoutBystanders(t)
	attempts = t.attempts
	if len(t.accounts) < minAccounts {
		return Finding{}, false
	}
	who := s.peopleOf(addrs, t)
	n := len(t.accounts)
	if who.lone < minAccounts {
		return Finding{}, false
	}
	evidence := append(make([]Evidence, 0, 4), weigh("lone_accounts", float64(who.lone), min(perAccount(source)*float64(who.lone), 30),
		"%d accounts were tried from %s and had never signed in from there", who.lone, show(source)))
	if who.familiar+who.others > 0 {
		evidence = append(evidence, weigh("familiar_accounts", float64(who.familiar+who.others), -2*float64(who.familiar)-2.5*float64(who.others),
			"%d accounts do sign in from there", who.familiar+who.others))
	}
	unknown := s.unknown(t.accounts)
	mean, _ := dispersionOf(t.tried)
	if mean >= 2.5 && who.got*10 <= n {
		evidence = append(evidence, weigh("gave_up", mean, min(6, 0.6*float64(n)), "each was tried %.1f times and hardly anybody got in", mean))
	}
	evidence = append(evidence, s.evenness(t)...)
	evidence = append(evidence, s.order(t)...)
	if share := float64(unknown) / float64(n); unknown >= 3 {
		evidence = append(evidence, weigh("unknown_names", share, min(3, 4*share), "%d of the %d names tried do not exist", unknown, n))
	}
	if t.proofs > 0 {
		evidence = append(evidence, weigh("passwords_confirmed", float64(t.proofs), 2, "%s a refusal proved that the password was right", times(t.proofs)))
	}
	return s.finding("source_spray", s.sprayKind(t, unknown), source.String(), attempts, sourcePrior, evidence), true
}

// perAccount is what an account that was tried and never signed in adds: ln of
// .95 over .2. In a network that many parties may share it adds less, because
// its failures may be of several hands.
func perAccount(source netip.Prefix) float64 {
	if source.IsSingleIP() || source.Addr().Is6() && source.Bits() >= 64 {
		return 1.5
	}
	return 1
}

// withoutBystanders leaves out the tries that are probably of people who share
// the source with the attacker: where somebody he did not try signs in from
// there, tries with a client that hardly takes part in the attack.
func (s *Scene) withoutBystanders(t tally) tally {
	attempts, tries := t.attempts, t.triesOf()
	tried := func(a uint32) bool { return tries(a) > 0 }
	shared := false
	for _, addr := range s.addrsOf(attempts) {
		shared = shared || s.PeopleAt(s.NetOf(addr.number), tried)
	}
	if !shared {
		return t
	}
	used := map[uint32]map[uint32]bool{} // accounts by client
	for _, i := range attempts {
		a := s.Attempt(i)
		if used[a.Client] == nil {
			used[a.Client] = map[uint32]bool{}
		}
		used[a.Client][a.Account] = true
	}
	var kept []uint32
	for _, i := range attempts {
		if len(used[s.AttemptClient(i)]) >= minAccounts {
			kept = append(kept, i)
		}
	}
	if len(kept) == 0 {
		return t
	}
	return s.tally(kept)
}

// sprayKind tells the kinds of guessing apart: what is guessed of a workload is
// its secret; many tries an hour on an account, or nearly all tries on one, are
// brute force; names that do not exist are enumeration; the rest is spraying.
// Whether a spray is the stuffing of pairs shows in the whole campaign only.
func (s *Scene) sprayKind(t tally, unknown int) Kind {
	mean := float64(t.tries) / float64(len(t.accounts))
	most := slices.Max(t.tried)
	hours := float64(s.AttemptAt(t.attempts[len(t.attempts)-1])-s.AttemptAt(t.attempts[0])) / float64(hour)
	switch {
	case 2*s.ofWorkloads(t) > t.tries:
		return WorkloadBruteForce
	case unknown == len(t.accounts) && mean < 3:
		return AccountEnumeration
	case mean/max(1, hours) >= 20, most >= 30 && most*2 > t.tries:
		return BruteForce
	}
	return PasswordSpray
}

// ofWorkloads counts the tries on service principals and managed identities.
func (s *Scene) ofWorkloads(t tally) int {
	n := 0
	for _, c := range t.clients {
		if s.Client(c.number).Protocol == signin.Workload {
			n += c.n
		}
	}
	return n
}

// people is who signs in from a source that tries accounts.
type people struct {
	lone     int // tried, and never signed in from there
	familiar int // tried, and signs in from there: before, or like others soon after
	got      int // tried, and signed in from there only afterwards
	others   int // never failed there
}

// peopleOf tells an attacker's source from an office. Familiar is who signed in
// before the first try. Who signs in only afterwards may be an attacker's
// success; where that is more than a tenth of the accounts, it is people who
// mistyped on the first day of the log, because no attacker is that lucky.
func (s *Scene) peopleOf(addrs []uint32, t tally) people {
	var p people
	first := s.AttemptAt(t.attempts[0])
	last := s.AttemptAt(t.attempts[len(t.attempts)-1])
	signedIn := map[uint32]bool{} // whether already before the first try
	for _, addr := range addrs {
		s.SuccessesFrom(addr, func(x ledger.Success) bool {
			if x.Last >= first-familiarFor && x.First <= last+sourceGap {
				signedIn[x.Account] = signedIn[x.Account] || x.First < first
			}
			return true
		})
	}
	tries := t.triesOf()
	for a, before := range signedIn {
		switch {
		case tries(a) == 0:
			p.others++
		case before:
			p.familiar++
		default:
			p.got++
		}
	}
	p.lone = len(t.accounts) - p.familiar - p.got
	if p.got > 2 && 10*p.got > len(t.accounts) {
		p.familiar += p.got
		p.got = 0
	} else {
		p.lone += p.got
	}
	return p
}

func (s *Scene) doesNotExist(account uint32) bool {
	return s.Exists(account) == signin.No
}

// evenness weighs how equal the tries per account are. A program gives each
// account its turn; people who mistype do not agree on a number.
func (s *Scene) evenness(t tally) []Evidence {
	mean, d := dispersionOf(t.tried)
	n := float64(len(t.tried))
	switch {
	case n < 4:
		return nil
	case mean < 1.5: // everybody once is also what chance looks like
		return []Evidence{weigh("tries_per_account", mean, min(1.5, 0.1*n), "most accounts were tried just once")}
	case d < 0.3:
		return []Evidence{weigh("even_tries", d, min(8, 1.05*(n-1)*(1-d)),
			"the %d accounts were tried almost equally often, %.1f times each (variance/mean %.2f)", int(n), mean, d)}
	}
	return nil
}

// inOrder is the number of standard deviations from which an order of names is
// no chance: once in a hundred thousand sets, because many are looked at. It
// takes nine names at least.
const inOrder = 4.3

// order weighs an alphabetical order of first tries.
func (s *Scene) order(t tally) []Evidence {
	z := alphabetical(s.names(t.accounts))
	if z < inOrder {
		return nil
	}
	return []Evidence{weigh("alphabetical", z, min(5, z), "the accounts were worked through in alphabetical order (%.1f standard deviations from chance)", z)}
}

// show writes a source for people: an address without its length.
func show(p netip.Prefix) string {
	if p.IsSingleIP() {
		return p.Addr().String()
	}
	return p.String()
}

// damp bounds a log-likelihood ratio that comes from a count which noise can
// inflate.
func damp(x, limit float64) float64 { return math.Max(-limit, math.Min(limit, x)) }
