package detect

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"sort"
)

// minOrganisations is at how many a pool is judged.
const minOrganisations = 3

// pool is orphans at several organisations that have something in common.
type pool struct {
	subject string
	perHour float64 // accounts to be expected an hour without history
	seen    sightings
}

// noisePerDay is how many accounts a day are to meet failures that nobody
// comes back for, before anything is known of the organisation. Commodity noise
// grows slowly with size; typing errors on the road add to it
// (docs/detection/README.md has the measured background).
func (s *Scene) noisePerDay() float64 { return 6 + float64(s.Users)/200 }

// judgePool looks for rises in a pool and judges each.
func judgePool(detector string, scenes []*Scene, p *pool) []Finding {
	from, to := spanOf(scenes)
	days := map[int64]bool{}
	unnamed := 0
	for _, s := range scenes {
		maps.Copy(days, s.days)
		if s.unnamedLog() {
			unnamed++
		}
	}
	most := namedWeather
	if 2*unnamed > len(scenes) {
		most = hostWeather
	}
	var found []Finding
	for _, b := range mergeBrackets(rises(scenes, p.seen, days, from, to, 24*p.perHour, most)) {
		found = append(found, judgeShared(detector, scenes, p, b, days)...)
	}
	return found
}

// spanOf returns the time that the logs of all scenes cover.
func spanOf(scenes []*Scene) (from, to int64) {
	from, to = scenes[0].span[0], scenes[0].span[1]
	for _, s := range scenes {
		from, to = min(from, s.span[0]), max(to, s.span[1])
	}
	return from, to
}

// judgeShared judges the attempts of a pool within a bracket, hand by hand.
func judgeShared(detector string, scenes []*Scene, p *pool, b bracket, days map[int64]bool) []Finding {
	// A job with an old password is known by what it does next, so the shape is
	// judged with the day that follows.
	members, outside := p.within(scenes, b)
	members, loud := withoutLoudSources(scenes, takePart(scenes, p, b, members))
	if b.seen -= float64(loud); b.seen <= b.expected {
		return nil // the rise was that of a few sources
	}
	if n := count(members); n > 50*enough {
		// So many are the weather, or an attack that nobody overlooks: one hand.
		return judgeHand(detector, p.subject, scenes, members, b, days, outside)
	}
	var found []Finding
	for n, hand := range hands(scenes, members) {
		subject := p.subject
		if n > 0 {
			subject = fmt.Sprintf("%s, hand %d", subject, n+1)
		}
		found = append(found, judgeHand(detector, subject, scenes, hand, b.share(count(hand), count(members)), days, outside)...)
	}
	return found
}

func count(members [][]uint32) int {
	n := 0
	for _, list := range members {
		n += len(list)
	}
	return n
}

// within returns the attempts of a pool in a bracket and the day after it, of
// the tools that are much more frequent inside than outside. Tools that come
// up a few times only are judged together, because a tool may change its name
// with each try. outside is how many attempts with these tools lie elsewhere.
func (p *pool) within(scenes []*Scene, b bracket) (members [][]uint32, outside int) {
	tools := toolNumbers{scenes: scenes, byName: map[string]int{}, byClient: map[sceneClient]int{}}
	in, out := []int{0}, []int{0} // by tool; 0 stands for those that are seldom
	most := make([]int, len(scenes))
	for k, orphans := range p.seen.byScene() {
		for _, o := range orphans {
			at, client := scenes[k].AttemptAt(o.attempt()), scenes[k].AttemptClient(o.attempt())
			t := tools.of(k, client)
			if t == len(in) {
				in, out = append(in, 0), append(out, 0)
			}
			if at >= b.from && at < b.to {
				in[t]++
			} else {
				out[t]++
			}
			if at >= b.from && at < b.to+day {
				most[k]++
			}
		}
	}
	const seldom = 6
	inside, without := make([]int, len(in)), make([]int, len(in))
	group := func(tool int) int {
		if in[tool]+out[tool] < seldom {
			return 0
		}
		return tool
	}
	for tool := range in {
		inside[group(tool)] += in[tool]
		without[group(tool)] += out[tool]
	}
	length := float64(b.to - b.from)
	from, to := spanOf(scenes)
	rest := float64(to-from) - length + float64(2*day)
	raised := make([]bool, len(in))
	for g, n := range inside {
		if n > 0 && (float64(n)/length)/((float64(without[g])+1)/rest) >= 3 {
			raised[g] = true
			outside += without[g]
		}
	}
	members = make([][]uint32, len(scenes))
	for k, orphans := range p.seen.byScene() {
		s := scenes[k]
		list := make([]uint32, 0, most[k])
		for _, o := range orphans {
			if at := s.AttemptAt(o.attempt()); at >= b.from && at < b.to+day && raised[group(tools.of(k, s.AttemptClient(o.attempt())))] {
				list = append(list, o.attempt())
			}
		}
		members[k] = list
	}
	return members, outside
}

// toolNumbers numbers the tools of sightings over all scenes, from 1. Names are
// compared once for each client of a scene and not for each sighting.
type toolNumbers struct {
	scenes   []*Scene
	byName   map[string]int
	byClient map[sceneClient]int

	last   sceneClient // most sightings come with the client of the one before
	number int         // of last; 0 at first
}

type sceneClient struct {
	scene  int
	client uint32
}

func (t *toolNumbers) of(scene int, client uint32) int {
	c := sceneClient{scene, client}
	if c == t.last && t.number > 0 {
		return t.number
	}
	n := t.byClient[c]
	if n == 0 {
		name := agent(t.scenes[scene].Client(client))
		if n = t.byName[name]; n == 0 {
			n = len(t.byName) + 1
			t.byName[name] = n
		}
		t.byClient[c] = n
	}
	t.last, t.number = c, n
	return n
}

// maxLoud is how many sources of an organisation, each enough for a finding of
// its own, may have raised a count before the rise is taken for the work of many.
const maxLoud = 5

// withoutLoudSources leaves out the attempts of single addresses that try many
// accounts, where a few of them make up the rise: sourceSpray judges those, and
// what they did must not carry along the noise around them. accounts is how many
// pairs of account and source went.
func withoutLoudSources(scenes []*Scene, members [][]uint32) (quiet [][]uint32, accounts int) {
	counts := map[netip.Addr]int{} // accounts
	loud := map[netip.Addr]bool{}
	var pairs []uint64 // address and account of one scene
	for k, s := range scenes {
		pairs = slices.Grow(pairs[:0], len(members[k]))
		for _, i := range members[k] {
			a := s.Attempt(i)
			pairs = append(pairs, uint64(a.Addr)<<32|uint64(a.Account))
		}
		slices.Sort(pairs)
		for n := 0; n < len(pairs); {
			addr, accs := uint32(pairs[n]>>32), 0
			for ; n < len(pairs) && uint32(pairs[n]>>32) == addr; n++ {
				if n == 0 || pairs[n] != pairs[n-1] {
					accs++
				}
			}
			a := s.Addr(addr)
			old := counts[a]
			counts[a] = old + accs
			if old < 2*minAccounts && old+accs >= 2*minAccounts {
				if loud[a] = true; len(loud) > maxLoud*len(scenes) {
					return members, 0 // and there can only be more
				}
			}
		}
	}
	if len(loud) == 0 {
		return members, 0
	}
	for a := range loud {
		accounts += counts[a]
	}
	quiet = make([][]uint32, len(scenes))
	for k, s := range scenes {
		for _, i := range members[k] {
			if !loud[s.Addr(s.AttemptAddr(i))] {
				quiet[k] = append(quiet[k], i)
			}
		}
	}
	return quiet, accounts
}

// takePart leaves out the organisations that met no more of the pool inside the
// bracket than they do outside, or next to nothing beside the others: an attack
// on others is not one on them.
func takePart(scenes []*Scene, p *pool, b bracket, members [][]uint32) [][]uint32 {
	outside := make([]int, len(scenes))
	for k, orphans := range p.seen.byScene() {
		for _, o := range orphans {
			if at := scenes[k].AttemptAt(o.attempt()); at < b.from || at >= b.to {
				outside[k]++
			}
		}
	}
	out := make([][]uint32, len(scenes))
	var sizes []int
	for _, list := range members {
		if len(list) > 0 {
			sizes = append(sizes, len(list))
		}
	}
	if len(sizes) == 0 {
		return out
	}
	slices.Sort(sizes)
	least := sizes[len(sizes)/2] / 20
	for k, s := range scenes {
		length := float64(b.to-b.from) / float64(day)
		rest := max(1, float64(len(s.days))-length)
		expected := max(0.05, float64(outside[k])/rest*length)
		n := float64(len(members[k]))
		if n > expected && len(members[k]) > least && n*math.Log(n/expected)-(n-expected) > 2 {
			out[k] = members[k]
		}
	}
	return out
}

func judgeHand(detector, subject string, scenes []*Scene, attempts [][]uint32, b bracket, days map[int64]bool, outside int) []Finding {
	var hit []*Scene
	var members, judged [][]uint32
	inside, most := 0, 0
	for k, s := range scenes {
		n := sort.Search(len(attempts[k]), func(n int) bool { return s.AttemptAt(attempts[k][n]) >= b.to })
		if n == 0 {
			continue
		}
		hit = append(hit, s)
		members = append(members, attempts[k][:n])
		judged = append(judged, attempts[k])
		inside += n
		most = max(most, n)
	}
	if len(hit) < minOrganisations || float64(most) > 0.7*float64(inside) {
		return nil
	}
	evidence := coordination(hit, judged)
	evidence = append(evidence, steady(b, days, inside, outside)...)
	evidence = append(evidence,
		weigh("organisations", float64(len(hit)), min(6, 1.2*float64(len(hit)-1)), "%d organisations were hit in %s", len(hit), lasting(b.to-b.from)),
		b.rise())
	var found []Finding
	for k, s := range hit {
		t := s.tally(members[k])
		found = append(found, s.finding(detector, s.sprayKind(t, s.unknown(t.accounts)), subject, members[k], coordinationPrior, evidence))
	}
	return asOne(found)
}

// asOne marks findings as one candidate at several organisations.
func asOne(found []Finding) []Finding {
	for i := range found {
		found[i].Whole = found[0].ID
	}
	return found
}
