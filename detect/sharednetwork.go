package detect

import (
	"net/netip"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// sharedNetwork finds networks from which nobody ever signs in and that fail at
// several organisations within three days: the exits, proxies and routers of
// one pool, whatever clients it shows and on logs that name none.
var sharedNetwork = Detector{
	Name:  "shared_network",
	Doc:   "a rise of failures from networks that nobody signs in from and that are at work at two organisations or more within three days",
	Blind: "pools so large that no address is used twice; fewer than three organisations; pools no larger than the noise's",
	Key:   Pooled,
	Find:  findSharedNetworks,
}

// sharedWithin is how soon a network must turn up at another organisation.
const sharedWithin = 72 * hour

func findSharedNetworks(scenes []*Scene) []Finding {
	if len(scenes) < minOrganisations {
		return nil
	}
	numbers := newStrangeNets(scenes)
	each := func(f func(k int, i uint32, net int32, a ledger.Attempt)) {
		for k, s := range scenes {
			for i, n := range s.Novelty {
				if !n.Is(Orphan) || !s.guesses[i] {
					continue
				}
				a := s.Attempt(uint32(i))
				if net := numbers.of(k, a.Net); net >= 0 {
					f(k, uint32(i), net, a)
				}
			}
		}
	}
	seen := newStays(each)
	p := &pool{subject: "networks that nobody signs in from", perHour: 0.02}
	for _, s := range scenes {
		p.perHour += s.noisePerDay() / 24 / 20 // of the noise, about one in twenty comes from where others were met
	}
	each(func(k int, i uint32, net int32, a ledger.Attempt) {
		for _, other := range seen.of(net) {
			if other.scene != int32(k) && other.when-a.At <= sharedWithin && a.At-other.when <= sharedWithin {
				p.seen.add(k, newOrphan(i, false))
				return
			}
		}
	})
	return judgePool("shared_network", scenes, p)
}

// stay is that attempts came from a network at one organisation, at a time and
// up to half of sharedWithin after it.
type stay struct {
	scene int32
	when  int64
}

// stays lists the stays by number of the network: those of n are
// at[start[n]:start[n+1]].
type stays struct {
	start []int
	at    []stay
}

func (x *stays) of(net int32) []stay { return x.at[x.start[net]:x.start[net+1]] }

// newStays finds the stays; each goes through all attempts, scene by scene, those
// of one in order of time.
func newStays(each func(f func(k int, i uint32, net int32, a ledger.Attempt))) *stays {
	var last []stay // by network
	begins := func(k int, net int32, a ledger.Attempt) bool {
		l := &last[net]
		if l.scene == int32(k) && a.At-l.when <= sharedWithin/2 {
			return false
		}
		*l = stay{int32(k), a.At}
		return true
	}
	x := &stays{start: []int{0}}
	each(func(k int, _ uint32, net int32, a ledger.Attempt) {
		if int(net) == len(last) { // numbers come in order
			last, x.start = append(last, stay{scene: -1}), append(x.start, 0)
		}
		if begins(k, net, a) {
			x.start[net+1]++
		}
	})
	for n := range last {
		last[n] = stay{scene: -1}
		x.start[n+1] += x.start[n]
	}
	x.at = make([]stay, x.start[len(last)])
	next := slices.Clone(x.start)
	each(func(k int, _ uint32, net int32, a ledger.Attempt) {
		if begins(k, net, a) {
			x.at[next[net]] = last[net]
			next[net]++
		}
	})
	return x
}

// strangeNets numbers the networks that nobody signs in from, over all scenes:
// each is looked up once in a scene and not for each attempt.
type strangeNets struct {
	scenes  []*Scene
	byScene [][]int32 // by network of the scene: number + 1, familiarNet, or 0 while nobody has asked
	numbers map[netip.Prefix]int32
}

const familiarNet = int32(-1)

func newStrangeNets(scenes []*Scene) *strangeNets {
	t := &strangeNets{scenes: scenes, numbers: map[netip.Prefix]int32{}}
	for _, s := range scenes {
		t.byScene = append(t.byScene, make([]int32, s.Nets()))
	}
	return t
}

// of returns the number of a network, which are 0, 1, 2, … in the order in which
// they are asked for; below 0 where people sign in from it, or where there is
// no address.
func (t *strangeNets) of(scene int, net uint32) int32 {
	x := &t.byScene[scene][net]
	if *x == 0 {
		s := t.scenes[scene]
		*x = familiarNet
		if p := s.Net(net); p.IsValid() && s.UsersOf(net, s.span[1]) == 0 {
			n, ok := t.numbers[p]
			if !ok {
				n = int32(len(t.numbers))
				t.numbers[p] = n
			}
			*x = n + 1
		}
	}
	return *x - 1
}
