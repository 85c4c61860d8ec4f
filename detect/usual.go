package detect

import (
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// usual is what the sign-ins of an organisation's people look like: what an
// attack is held against. It is made once for each scene.
type usual struct {
	firstFrom map[uint32][]int64 // by address: when each account first signed in from it, ascending
	firstWith map[uint32][]int64 // by kind of client: when each account first signed in with it, ascending
	firsts    []int64            // when each account first signed in, ascending
	agents    map[string][]int64 // by user agent (see agent): when each account first signed in with it, ascending
	hours     [24]float64        // sign-ins by hour of the day, UTC
	signIns   float64
	systems   map[uint32]int // accounts that sign in from an autonomous system
	countries map[string]int // accounts that sign in from a country
}

func newUsual(v *ledger.View, kinds []uint32) usual {
	u := usual{
		firstFrom: map[uint32][]int64{}, firstWith: map[uint32][]int64{},
		agents: map[string][]int64{}, systems: map[uint32]int{}, countries: map[string]int{},
	}
	type first struct {
		n  uint32
		at int64
	}
	var addrs, clients []first // of one account
	earliest := func(list []first, n uint32, at int64) []first {
		for i := range list {
			if list[i].n == n {
				list[i].at = min(list[i].at, at)
				return list
			}
		}
		return append(list, first{n, at})
	}
	var agents, countries []string
	var systems []uint32
	for a := range uint32(v.Accounts()) {
		addrs, clients, agents, countries, systems = addrs[:0], clients[:0], agents[:0], countries[:0], systems[:0]
		byAddr := map[uint32]int64(nil)
		v.Successes(a, func(x ledger.Success) bool {
			u.hours[hourOf(x.First)]++
			u.signIns++
			clients = earliest(clients, x.Client, x.First)
			if byAddr == nil {
				if addrs = earliest(addrs, x.Addr, x.First); len(addrs) > 64 { // an account that roams
					byAddr = make(map[uint32]int64, 256)
					for _, f := range addrs {
						byAddr[f.n] = f.at
					}
				}
			} else if t, ok := byAddr[x.Addr]; !ok || x.First < t {
				byAddr[x.Addr] = x.First
			}
			return true
		})
		if len(clients) == 0 {
			continue
		}
		if byAddr != nil {
			addrs = addrs[:0]
			for n, at := range byAddr {
				addrs = append(addrs, first{n, at})
			}
		}
		begin := clients[0].at
		for i, c := range clients {
			begin = min(begin, c.at)
			if name := agent(v.Client(c.n)); !slices.Contains(agents, name) {
				at := c.at
				for _, other := range clients[i+1:] {
					if agent(v.Client(other.n)) == name {
						at = min(at, other.at)
					}
				}
				agents = append(agents, name)
				u.agents[name] = append(u.agents[name], at)
			}
			at := c.at
			again := false
			for k, other := range clients {
				if kinds[other.n] == kinds[c.n] {
					at = min(at, other.at)
					again = again || k < i
				}
			}
			if !again {
				u.firstWith[kinds[c.n]] = append(u.firstWith[kinds[c.n]], at)
			}
		}
		u.firsts = append(u.firsts, begin)
		for _, f := range addrs {
			u.firstFrom[f.n] = append(u.firstFrom[f.n], f.at)
			p := v.Place(f.n)
			if p.ASN != 0 && !slices.Contains(systems, p.ASN) {
				systems = append(systems, p.ASN)
				u.systems[p.ASN]++
			}
			if p.Country != "" && !slices.Contains(countries, p.Country) {
				countries = append(countries, p.Country)
				u.countries[p.Country]++
			}
		}
	}
	for _, times := range u.firstFrom {
		slices.Sort(times)
	}
	for _, times := range u.firstWith {
		slices.Sort(times)
	}
	for _, times := range u.agents {
		slices.Sort(times)
	}
	slices.Sort(u.firsts)
	return u
}

func before(times []int64, t int64) int {
	n, _ := slices.BinarySearch(times, t)
	return n
}

// usersFrom returns how many accounts had signed in from the address before t.
func (s *Scene) usersFrom(addr uint32, t int64) int { return before(s.usual.firstFrom[addr], t) }

// UsersWith returns how many accounts had signed in with the kind of client
// before t, and how many with any.
func (s *Scene) UsersWith(kind uint32, t int64) (with, all int) {
	return before(s.usual.firstWith[kind], t), before(s.usual.firsts, t)
}

// Home reports whether an address is a place of the organisation's own people:
// at least two accounts sign in from it, and at least one for every three that
// fail there. It asks the whole log, because on the first day everything is new.
func (s *Scene) Home(addr uint32) bool {
	in := len(s.usual.firstFrom[addr])
	if in < 2 {
		return false
	}
	failing := map[uint32]bool{}
	for _, i := range s.byAddr.of(addr) {
		if a := s.Attempt(int(i)); s.guess(a) {
			if failing[a.Account] = true; len(failing) > 3*in {
				return false
			}
		}
	}
	return true
}

// Learned returns the time from which what came earlier says what is usual: t,
// but not before the log has run for some days.
func (s *Scene) Learned(t int64) int64 { return max(t, s.span[0]+learning) }

// learning is how long a log must run before what came earlier says what is
// usual; until then what came in this time does.
const learning = 3 * day

// agentUsers returns how many accounts had signed in with a user agent (as
// [agent] names it) before t, and how many with any. Only what came before
// counts: what an intruder signs in with does not become usual by his success.
func (s *Scene) agentUsers(name string, t int64) (with, all int) {
	t = s.Learned(t)
	return before(s.usual.agents[name], t), before(s.usual.firsts, t)
}

// common reports whether at least one account in a hundred had signed in with a
// user agent before t.
func (s *Scene) common(name string, t int64) bool {
	with, all := s.agentUsers(name, t)
	return float64(with) >= max(2, commonClient*float64(all))
}

// clientShare returns which share of the accounts that had signed in before t
// had done so with this family of client, spoken the same way.
func (s *Scene) clientShare(client uint32, t int64) float64 {
	with, all := s.UsersWith(s.Kind(client), t)
	if all == 0 {
		return 0
	}
	return float64(with) / float64(all)
}

// usualAgents returns the share of a user agent among the accounts of the
// scenes before t, with one added so that what was never seen is rare and not
// impossible.
func usualAgents(scenes []*Scene, name string, t int64) float64 {
	with, all := 1.0, 20.0
	for _, s := range scenes {
		w, a := s.agentUsers(name, t)
		with += float64(w)
		all += float64(a)
	}
	return min(with/all, 1)
}
