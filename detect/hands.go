package detect

import (
	"cmp"
	"maps"
	"math"
	"slices"
)

// who is an account of one of several scenes.
type who struct {
	scene   int
	account uint32
}

// armed is one tool with what it did.
type armed struct {
	name     string
	attempts [][]uint32 // by scene
	at       []int64    // ascending once sorted
	tried    map[who]int
	tries    int
}

// compared is how many tools, the busiest first, are held against each other, and
// mostHands how many hands there may be at one time: an attacker may name
// thousands of tools. What comes after is left together.
const (
	compared  = 64
	mostHands = 12
)

// hands splits attempts by hand: tools that take turns on the same accounts at
// the same time are one hand's; tools that do not are two hands', behind the same
// exits perhaps and on some of the same accounts. Tools that come up too seldom
// to tell are left together, apart from the others. Each hand is attempts by
// scene, as given, the one with most tries first.
func hands(scenes []*Scene, members [][]uint32) [][][]uint32 {
	if oneToolOnly(scenes, members) {
		return [][][]uint32{members}
	}
	var groups []*armed
	rest := &armed{attempts: make([][]uint32, len(scenes)), tried: map[who]int{}}
	for n, t := range toolsOf(scenes, members) {
		into := -1
		for k, g := range groups {
			if n < compared && takeTurns(g, t) {
				into = k
				break
			}
		}
		switch {
		case into >= 0:
			groups[into].add(t)
			slices.Sort(groups[into].at)
		case len(groups) > 0 && (t.tries < 2*len(t.tried) || len(t.tried) < minAccounts), len(groups) == mostHands:
			rest.add(t)
		default:
			groups = append(groups, t)
		}
	}
	if rest.tries > 0 {
		groups = append(groups, rest)
	}
	out := make([][][]uint32, len(groups))
	for g, t := range groups {
		for _, list := range t.attempts {
			slices.Sort(list)
		}
		out[g] = t.attempts
	}
	return out
}

// oneToolOnly reports whether all attempts came with one tool, as toolsOf tells
// them apart: then there is nothing to split.
func oneToolOnly(scenes []*Scene, members [][]uint32) bool {
	var first string
	some := false
	for k, s := range scenes {
		last := noKind
		for _, i := range members[k] {
			client := s.AttemptClient(i)
			if kind := s.Kind(client); kind != last {
				if name := s.toolName(client); some && name != first {
					return false
				} else if !some {
					first, some = name, true
				}
				last = kind
			}
		}
	}
	return some
}

const noKind = ^uint32(0)

// toolName names a client without its version and the way it spoke.
func (s *Scene) toolName(client uint32) string {
	c := s.Client(client)
	return Family(c) + "\x00" + c.Client
}

// toolsOf sorts attempts by tool, a client without its version and the way it
// spoke, the one with most tries first.
func toolsOf(scenes []*Scene, members [][]uint32) []*armed {
	byName := map[string]*armed{}
	for k, s := range scenes {
		names := map[uint32]*armed{} // by kind of client, which is numbered for each scene
		for _, i := range members[k] {
			a := s.Attempt(i)
			t := names[s.Kind(a.Client)]
			if t == nil {
				name := s.toolName(a.Client)
				if t = byName[name]; t == nil {
					t = &armed{name: name, attempts: make([][]uint32, len(scenes)), tried: map[who]int{}}
					byName[name] = t
				}
				names[s.Kind(a.Client)] = t
			}
			t.attempts[k] = append(t.attempts[k], i)
			t.at = append(t.at, a.At)
			t.tried[who{k, a.Account}] += a.Tries
			t.tries += a.Tries
		}
	}
	var tools []*armed
	for _, t := range byName {
		slices.Sort(t.at)
		tools = append(tools, t)
	}
	slices.SortFunc(tools, func(a, b *armed) int {
		return cmp.Or(cmp.Compare(b.tries, a.tries), cmp.Compare(a.at[0], b.at[0]), cmp.Compare(a.name, b.name))
	})
	return tools
}

func (t *armed) add(other *armed) {
	for k := range t.attempts {
		t.attempts[k] = append(t.attempts[k], other.attempts[k]...)
	}
	for w, n := range other.tried {
		t.tried[w] += n
	}
	t.at = append(t.at, other.at...)
	t.tries += other.tries
}

// takeTurns reports whether two tools are met on the same accounts as often as
// they would be if each try came with one of them by chance, and at the same
// time.
func takeTurns(a, b *armed) bool {
	p := float64(a.tries) / float64(a.tries+b.tries)
	both := 0
	accounts := map[int]int{} // by number of tries
	for w, n := range a.tried {
		if b.tried[w] > 0 {
			both++
		}
		accounts[n+b.tried[w]]++
	}
	for w, n := range b.tried {
		if a.tried[w] == 0 {
			accounts[n]++
		}
	}
	expected := 0.0
	for _, n := range slices.Sorted(maps.Keys(accounts)) {
		expected += float64(accounts[n]) * (1 - math.Pow(p, float64(n)) - math.Pow(1-p, float64(n)))
	}
	return both > 0 && float64(both) >= 0.7*expected && sameTime(a.at, b.at)
}

// sameTime reports whether two sets of times, sorted, have half of their
// stretch in common, each without its first and last twentieth.
func sameTime(a, b []int64) bool {
	from, to := a[len(a)/20], a[len(a)-1-len(a)/20]
	begin, end := b[len(b)/20], b[len(b)-1-len(b)/20]
	common := min(to, end) - max(from, begin)
	all := max(to, end) - min(from, begin)
	return 2*max(common, 0) >= all || all < 2*hour
}
