package detect

import (
	"net/netip"

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
	type at struct {
		scene int32
		when  int64
	}
	var seen [][]at // by number of the network
	numbers := newStrangeNets(scenes)
	each := func(f func(k, i int, net int32, a ledger.Attempt)) {
		for k, s := range scenes {
			for i, n := range s.Novelty {
				if !n.Is(Orphan) {
					continue
				}
				if a := s.Attempt(i); s.guess(a) {
					if net := numbers.of(k, a.Net); net >= 0 {
						f(k, i, net, a)
					}
				}
			}
		}
	}
	each(func(k, _ int, net int32, a ledger.Attempt) {
		if int(net) == len(seen) {
			seen = append(seen, nil)
		}
		if list := seen[net]; len(list) == 0 || list[len(list)-1].scene != int32(k) || a.At-list[len(list)-1].when > sharedWithin/2 {
			seen[net] = append(list, at{int32(k), a.At})
		}
	})
	p := &pool{subject: "networks that nobody signs in from", perHour: 0.02}
	for _, s := range scenes {
		p.perHour += s.noisePerDay() / 24 / 20 // of the noise, about one in twenty comes from where others were met
	}
	each(func(k, i int, net int32, a ledger.Attempt) {
		for _, other := range seen[net] {
			if other.scene != int32(k) && other.when-a.At <= sharedWithin && a.At-other.when <= sharedWithin {
				p.sightings = append(p.sightings, sighting{a.At, int32(k), a.Account, int32(i), false})
				return
			}
		}
	})
	return judgePool("shared_network", scenes, p)
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
