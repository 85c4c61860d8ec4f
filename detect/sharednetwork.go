package detect

import (
	"net/netip"
	"slices"
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
	strangers, nets := strangersOf(scenes)
	seen := newStays(scenes, strangers, nets)
	p := &pool{subject: "networks that nobody signs in from", perHour: 0.02}
	for _, s := range scenes {
		p.perHour += s.noisePerDay() / 24 / 20 // of the noise, about one in twenty comes from where others were met
	}
	for k, s := range scenes {
		for _, x := range strangers[k] {
			if seen.elsewhere(x.net, k, s.AttemptAt(x.attempt)) {
				p.seen.add(k, newOrphan(x.attempt, false))
			}
		}
	}
	return judgePool("shared_network", scenes, p)
}

// stranger is an orphan from a network that nobody at its organisation signs in
// from. Networks are numbered over all scenes.
type stranger struct{ attempt, net uint32 }

// strangersOf returns the strangers of each scene, in order of time, and how many
// networks they come from.
func strangersOf(scenes []*Scene) (strangers [][]stranger, nets int) {
	const unasked, familiar = 0, ^uint32(0)
	numbers := map[netip.Prefix]uint32{} // from 1
	for _, s := range scenes {
		of := make([]uint32, s.Nets()) // each is looked up once and not for each attempt
		list := make([]stranger, 0, s.orphans())
		for i, n := range s.Novelty {
			if !n.Is(Orphan) || !s.guesses[i] {
				continue
			}
			net := s.NetOf(s.AttemptAddr(uint32(i)))
			if of[net] == unasked {
				of[net] = familiar
				if p := s.Net(net); p.IsValid() && s.UsersOf(net, s.span[1]) == 0 {
					if numbers[p] == 0 {
						numbers[p] = uint32(len(numbers) + 1)
					}
					of[net] = numbers[p]
				}
			}
			if of[net] != familiar {
				list = append(list, stranger{uint32(i), of[net] - 1})
			}
		}
		strangers = append(strangers, list)
	}
	return strangers, len(numbers)
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
	start []uint32
	at    []stay
}

func newStays(scenes []*Scene, strangers [][]stranger, nets int) *stays {
	each := func(f func(net uint32, x stay)) {
		last := make([]stay, nets)
		for n := range last {
			last[n].scene = -1
		}
		for k, s := range scenes {
			for _, x := range strangers[k] {
				at := s.AttemptAt(x.attempt)
				if l := last[x.net]; l.scene != int32(k) || at-l.when > sharedWithin/2 {
					last[x.net] = stay{int32(k), at}
					f(x.net, last[x.net])
				}
			}
		}
	}
	x := &stays{start: make([]uint32, nets+1)}
	each(func(net uint32, _ stay) { x.start[net+1]++ })
	for n := range nets {
		x.start[n+1] += x.start[n]
	}
	x.at = make([]stay, x.start[nets])
	next := slices.Clone(x.start)
	each(func(net uint32, st stay) {
		x.at[next[net]] = st
		next[net]++
	})
	return x
}

// elsewhere reports whether a network stayed at another scene within
// sharedWithin of a time.
func (x *stays) elsewhere(net uint32, scene int, at int64) bool {
	return slices.ContainsFunc(x.at[x.start[net]:x.start[net+1]], func(o stay) bool {
		return o.scene != int32(scene) && o.when-at <= sharedWithin && at-o.when <= sharedWithin
	})
}
