package detect

import (
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// usual is what the sign-ins of an organisation's people look like: what an
// attack is held against. It is made once for each scene.
type usual struct {
	firstFrom timesBy            // by address: when each account first signed in from it
	firstWith map[uint32][]int64 // by kind of client: when each account first signed in with it, ascending
	firsts    []int64            // when each account first signed in, ascending
	agents    map[string][]int64 // by user agent (see agent): when each account first signed in with it, ascending
	hours     [24]float64        // sign-ins by hour of the day, UTC
	signIns   float64
	systems   map[uint32]int // accounts that sign in from an autonomous system
	countries map[string]int // accounts that sign in from a country
}

// timesBy lists times by a number, ascending: those of n are at[start[n]:start[n+1]].
type timesBy struct {
	start []uint32
	at    []int64
}

func (f *timesBy) of(n uint32) []int64 { return f.at[f.start[n]:f.start[n+1]] }

// firstTime is a time under a number.
type firstTime struct {
	number uint32
	at     int64
}

// newTimesBy sorts times by their numbers, which are below limit.
func newTimesBy(times []firstTime, limit int) timesBy {
	x := newIndex(len(times), limit, func(i uint32) uint32 { return times[i].number })
	f := timesBy{x.start, make([]int64, len(times))}
	for k, i := range x.at {
		f.at[k] = times[i].at
	}
	for n := range uint32(limit) {
		slices.Sort(f.of(n))
	}
	return f
}

func newUsual(v *ledger.View, kinds []uint32) usual {
	u := usual{
		firstWith: map[uint32][]int64{}, agents: map[string][]int64{}, systems: map[uint32]int{}, countries: map[string]int{},
	}
	// What one account signed in from and with, and when first. The maps are used
	// again: an account may show a new client at each sign-in.
	var from []firstTime
	addrs, ofKind, ofAgent := map[uint32]int64{}, map[uint32]int64{}, map[string]int64{}
	systems, countries := map[uint32]bool{}, map[string]bool{}
	names := make([]string, v.Clients())
	for c := range names {
		names[c] = agent(v.Client(uint32(c)))
	}
	for a := range uint32(v.Accounts()) {
		clear(addrs)
		clear(ofKind)
		clear(ofAgent)
		begin := int64(math.MaxInt64)
		v.Successes(a, func(x ledger.Success) bool {
			u.hours[hourOf(x.First)]++
			u.signIns++
			begin = min(begin, x.First)
			earliest(addrs, x.Addr, x.First)
			earliest(ofKind, kinds[x.Client], x.First)
			earliest(ofAgent, names[x.Client], x.First)
			return true
		})
		if len(addrs) == 0 {
			continue
		}
		u.firsts = append(u.firsts, begin)
		for kind, at := range ofKind {
			u.firstWith[kind] = append(u.firstWith[kind], at)
		}
		for name, at := range ofAgent {
			u.agents[name] = append(u.agents[name], at)
		}
		clear(systems)
		clear(countries)
		for addr, at := range addrs {
			from = append(from, firstTime{addr, at})
			p := v.Place(addr)
			if p.ASN != 0 && !systems[p.ASN] {
				systems[p.ASN] = true
				u.systems[p.ASN]++
			}
			if p.Country != "" && !countries[p.Country] {
				countries[p.Country] = true
				u.countries[p.Country]++
			}
		}
	}
	u.firstFrom = newTimesBy(from, v.Addrs())
	for _, times := range u.firstWith {
		slices.Sort(times)
	}
	for _, times := range u.agents {
		slices.Sort(times)
	}
	slices.Sort(u.firsts)
	return u
}

// earliest keeps the smaller time under a key.
func earliest[K comparable](firsts map[K]int64, key K, at int64) {
	if t, ok := firsts[key]; !ok || at < t {
		firsts[key] = at
	}
}

func before(times []int64, t int64) int {
	n, _ := slices.BinarySearch(times, t)
	return n
}

// usersFrom returns how many accounts had signed in from the address before t.
func (s *Scene) usersFrom(addr uint32, t int64) int { return before(s.usual.firstFrom.of(addr), t) }

// UsersWith returns how many accounts had signed in with the kind of client
// before t, and how many with any.
func (s *Scene) UsersWith(kind uint32, t int64) (with, all int) {
	return before(s.usual.firstWith[kind], t), before(s.usual.firsts, t)
}

// Home reports whether an address is a place of the organisation's own people:
// see homes.
func (s *Scene) Home(addr uint32) bool { return s.homes[addr] }

// homesOf returns the addresses from which at least two accounts sign in, and one
// for every three that fail there. Who counts signed in from there before the
// first try, in the first days of the log, when everything is new, or on more
// days than one: an intruder's success must not make his address a home.
func (s *Scene) homesOf() map[uint32]bool {
	homes := map[uint32]bool{}
	for addr := range uint32(s.Addrs()) {
		if len(s.usual.firstFrom.of(addr)) < 2 {
			continue
		}
		began := int64(math.MaxInt64)
		failing := map[uint32]bool{}
		for _, i := range s.byAddr.of(addr) {
			if a := s.Attempt(i); s.guess(a) {
				began = min(began, a.At)
				failing[a.Account] = true
			}
		}
		type stay struct{ first, last int64 }
		stays := map[uint32]stay{}
		s.SuccessesFrom(addr, func(x ledger.Success) bool {
			v, ok := stays[x.Account]
			if !ok {
				v = stay{x.First, x.Last}
			}
			stays[x.Account] = stay{min(v.first, x.First), max(v.last, x.Last)}
			return true
		})
		people := 0
		for _, v := range stays {
			if v.first < began || v.first < s.Learned(0) || v.last-v.first > day {
				people++
			}
		}
		if people >= 2 && len(failing) <= 3*people {
			homes[addr] = true
		}
	}
	return homes
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
