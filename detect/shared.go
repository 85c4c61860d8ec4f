package detect

import (
	"fmt"
	"maps"
	"math"
	"net/netip"
	"slices"
	"sort"

	"github.com/pumphandle/pumphandle/ledger"
)

// sharedClient finds one tool at work at several organisations at once, when
// no single one of them sees enough of it: orphan failures are pooled by the
// client they came with, and a rise is looked for in each pool.
var sharedClient = Detector{
	Name:  "shared_client",
	Doc:   "one client, or one way of signing in, that fails at three organisations or more at once, far above what is usual for it",
	Blind: "fewer than three organisations; on logs that name no client, attacks at the pace of the noise",
	Key:   Pooled,
	Find:  findSharedClients,
}

const minOrganisations = 3

// commonClient is the share of the accounts from which a client counts as one
// that people use.
const commonClient = 0.01

// pool is attempts at several organisations that have something in common,
// scene by scene, those of one scene in order of time.
type pool struct {
	subject   string
	perHour   float64 // accounts to be expected an hour without history
	sightings []sighting
}

func findSharedClients(scenes []*Scene) []Finding {
	if len(scenes) < minOrganisations {
		return nil
	}
	var found []Finding
	for _, p := range clientPools(scenes) {
		if len(p.sightings) >= 2*minAccounts && organisations(p.sightings) >= minOrganisations {
			found = append(found, judgePool("shared_client", scenes, p)...)
		}
		p.sightings = nil // all pools together hold an orphan up to twice
	}
	return found
}

// clientPools pools the orphans of all scenes in three ways: by exact user
// agent; all that come with clients people use, for who imitates them; and by
// how they speak those that come with others, for who changes his name with
// each try.
func clientPools(scenes []*Scene) []*pool {
	pools := map[string]*pool{}
	named := func(key, subject string, perHour func() float64) *pool {
		p := pools[key]
		if p == nil {
			p = &pool{subject: subject, perHour: perHour()}
			pools[key] = p
		}
		return p
	}
	// clientPool is what a client is pooled under, once it is known.
	type clientPool struct {
		asked       bool
		uncommon    bool // fewer than two accounts ever signed in with it
		agent, ways *pool
	}
	users, noise := 0, 0.0
	for _, s := range scenes {
		users += s.Users
		noise += s.noisePerDay() / 24
	}
	for k, s := range scenes {
		of := make([]clientPool, s.Clients())
		for i, n := range s.Novelty {
			if !n.Is(Orphan) {
				continue
			}
			a := s.Attempt(i)
			if !s.guess(a) {
				continue
			}
			x := sighting{a.At, int32(k), a.Account, int32(i), !n.Is(Fresh)}
			c := s.Client(a.Client)
			under := &of[a.Client]
			if !under.asked {
				under.asked, under.uncommon = true, len(s.usual.agents[agent(c)]) < 2
			}
			if c.UserAgent != "" && n.Is(NewClient) {
				if under.agent == nil {
					// A client nobody uses fails once in a hundred hours; one that people
					// use fails with them now and then.
					under.agent = named("agent\x00"+c.UserAgent, c.UserAgent, func() float64 { return 0.01 + 0.002*float64(agentUsers(scenes, c.UserAgent, a.At)) })
				}
				under.agent.sightings = append(under.agent.sightings, x)
			}
			switch common := !under.uncommon && s.common(agent(c), a.At); {
			case common && c.UserAgent != "":
				p := named("common", "clients that people use", func() float64 { return 0.05 + 0.0001*float64(users) })
				p.sightings = append(p.sightings, x)
			case n.Is(NewClient):
				if under.ways == nil {
					way := c.Protocol.String() + " " + c.Client
					under.ways = named("way\x00"+way, "clients that hardly anybody uses, "+way, func() float64 { return noise / 2 })
				}
				under.ways.sightings = append(under.ways.sightings, x)
			}
		}
	}
	var out []*pool
	for _, key := range slices.Sorted(maps.Keys(pools)) {
		out = append(out, pools[key])
	}
	return out
}

// noisePerDay is how many accounts a day are to meet failures that nobody
// comes back for, before anything is known of the organisation. Commodity noise
// grows slowly with size; typing errors on the road add to it
// (docs/detection/README.md has the measured background).
func (s *Scene) noisePerDay() float64 { return 6 + float64(s.Users)/200 }

// judgePool looks for rises in a pool and judges each.
func judgePool(detector string, scenes []*Scene, p *pool) []Finding {
	from, to := scenes[0].span[0], scenes[0].span[1]
	days := map[int64]bool{}
	unnamed := 0
	for _, s := range scenes {
		maps.Copy(days, s.days)
		from, to = min(from, s.span[0]), max(to, s.span[1])
		if s.unnamedLog() {
			unnamed++
		}
	}
	most := namedWeather
	if 2*unnamed > len(scenes) {
		most = hostWeather
	}
	var found []Finding
	for _, b := range mergeBrackets(rises(p.sightings, days, from, to, 24*p.perHour, most)) {
		found = append(found, judgeShared(detector, scenes, p, b, days)...)
	}
	return found
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

func count(members [][]int) int {
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
func (p *pool) within(scenes []*Scene, b bracket) (members [][]int, outside int) {
	tools := toolNumbers{scenes: scenes, byName: map[string]int{}, byClient: map[sceneClient]int{}}
	in, out := []int{0}, []int{0} // by tool; 0 stands for those that are seldom
	for _, x := range p.sightings {
		t := tools.of(x)
		if t == len(in) {
			in, out = append(in, 0), append(out, 0)
		}
		if x.at >= b.from && x.at < b.to {
			in[t]++
		} else {
			out[t]++
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
	from, to := scenes[0].span[0], scenes[0].span[1]
	for _, s := range scenes {
		from, to = min(from, s.span[0]), max(to, s.span[1])
	}
	rest := float64(to-from) - length + float64(2*day)
	raised := make([]bool, len(in))
	for g, n := range inside {
		if n > 0 && (float64(n)/length)/((float64(without[g])+1)/rest) >= 3 {
			raised[g] = true
			outside += without[g]
		}
	}
	members = make([][]int, len(scenes))
	for _, x := range p.sightings {
		if x.at >= b.from && x.at < b.to+day && raised[group(tools.of(x))] {
			members[x.scene] = append(members[x.scene], int(x.attempt))
		}
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
	scene  int32
	client uint32
}

func (t *toolNumbers) of(x sighting) int {
	s := t.scenes[x.scene]
	c := sceneClient{x.scene, s.Attempt(int(x.attempt)).Client}
	if c == t.last && t.number > 0 {
		return t.number
	}
	n := t.byClient[c]
	if n == 0 {
		name := agent(s.Client(c.client))
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
func withoutLoudSources(scenes []*Scene, members [][]int) (quiet [][]int, accounts int) {
	counts := map[netip.Addr]int{} // accounts
	loud := map[netip.Addr]bool{}
	var pairs []uint64 // address and account of one scene
	for k, s := range scenes {
		pairs = pairs[:0]
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
	quiet = make([][]int, len(scenes))
	for k, s := range scenes {
		for _, i := range members[k] {
			if !loud[s.Addr(s.Attempt(i).Addr)] {
				quiet[k] = append(quiet[k], i)
			}
		}
	}
	return quiet, accounts
}

// takePart leaves out the organisations that met no more of the pool inside the
// bracket than they do outside, or next to nothing beside the others: an attack
// on others is not one on them.
func takePart(scenes []*Scene, p *pool, b bracket, members [][]int) [][]int {
	outside := make([]int, len(scenes))
	for _, x := range p.sightings {
		if x.at < b.from || x.at >= b.to {
			outside[x.scene]++
		}
	}
	out := make([][]int, len(scenes))
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

func judgeHand(detector, subject string, scenes []*Scene, attempts [][]int, b bracket, days map[int64]bool, outside int) []Finding {
	var hit []*Scene
	var members, judged [][]int
	inside, most := 0, 0
	for k, s := range scenes {
		n := sort.Search(len(attempts[k]), func(n int) bool { return s.Attempt(attempts[k][n]).At >= b.to })
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

func organisations(sightings []sighting) int {
	n := 0
	for i, x := range sightings { // scene by scene
		if i == 0 || x.scene != sightings[i-1].scene {
			n++
		}
	}
	return n
}

// agentUsers counts the accounts of all scenes that had signed in with a user
// agent before t.
func agentUsers(scenes []*Scene, name string, t int64) int {
	n := 0
	for _, s := range scenes {
		with, _ := s.agentUsers(name, t)
		n += with
	}
	return n
}

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
