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
	}
	return found
}

// clientPools pools the orphans of all scenes in three ways: by exact user
// agent; all that come with clients people use, for who imitates them; and by
// how they speak those that come with others, for who changes his name with
// each try.
func clientPools(scenes []*Scene) []*pool {
	pools := map[string]*pool{}
	add := func(key, subject string, perHour func() float64, x sighting) {
		p := pools[key]
		if p == nil {
			p = &pool{subject: subject, perHour: perHour()}
			pools[key] = p
		}
		p.sightings = append(p.sightings, x)
	}
	users, noise := 0, 0.0
	for _, s := range scenes {
		users += s.Users
		noise += s.noisePerDay() / 24
	}
	for k, s := range scenes {
		for i, n := range s.Novelty {
			a := s.Attempt(i)
			if !n.Is(Orphan) || !s.guess(a) {
				continue
			}
			x := sighting{a.At, int32(k), a.Account, int32(i), !n.Is(Fresh)}
			c := s.Client(a.Client)
			if c.UserAgent != "" && n.Is(NewClient) {
				// A client nobody uses fails once in a hundred hours; one that people
				// use fails with them now and then.
				add("agent\x00"+c.UserAgent, c.UserAgent, func() float64 { return 0.01 + 0.002*float64(agentUsers(scenes, c.UserAgent, a.At)) }, x)
			}
			switch common := s.common(agent(c), a.At); {
			case common && c.UserAgent != "":
				add("common", "clients that people use", func() float64 { return 0.05 + 0.0001*float64(users) }, x)
			case n.Is(NewClient):
				way := c.Protocol.String() + " " + c.Client
				add("way\x00"+way, "clients that hardly anybody uses, "+way, func() float64 { return noise / 2 }, x)
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
	in, out := map[string]int{}, map[string]int{}
	name := func(x sighting) string {
		s := scenes[x.scene]
		return agent(s.Client(s.Attempt(int(x.attempt)).Client))
	}
	for _, x := range p.sightings {
		if x.at >= b.from && x.at < b.to {
			in[name(x)]++
		} else {
			out[name(x)]++
		}
	}
	const seldom = 6
	group := func(tool string) string {
		if in[tool]+out[tool] < seldom {
			return ""
		}
		return tool
	}
	inside, without := map[string]int{}, map[string]int{}
	for tool, n := range in {
		inside[group(tool)] += n
	}
	for tool, n := range out {
		without[group(tool)] += n
	}
	length := float64(b.to - b.from)
	from, to := scenes[0].span[0], scenes[0].span[1]
	for _, s := range scenes {
		from, to = min(from, s.span[0]), max(to, s.span[1])
	}
	rest := float64(to-from) - length + float64(2*day)
	raised := map[string]bool{}
	for g, n := range inside {
		if (float64(n)/length)/((float64(without[g])+1)/rest) >= 3 {
			raised[g] = true
			outside += without[g]
		}
	}
	members = make([][]int, len(scenes))
	for _, x := range p.sightings {
		if x.at >= b.from && x.at < b.to+day && raised[group(name(x))] {
			members[x.scene] = append(members[x.scene], int(x.attempt))
		}
	}
	return members, outside
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
	var pairs []uint64             // address and account of one scene
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
			counts[s.Addr(addr)] += accs
		}
	}
	loud := map[netip.Addr]bool{}
	for addr, n := range counts {
		if n >= 2*minAccounts {
			loud[addr] = true
			accounts += n
		}
	}
	if len(loud) == 0 || len(loud) > maxLoud*len(scenes) {
		return members, 0
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
	seen := map[int32]bool{}
	for _, x := range sightings {
		seen[x.scene] = true
	}
	return len(seen)
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
	seen := map[netip.Prefix][]at{}
	each := func(f func(k int, s *Scene, i int, a ledger.Attempt)) {
		for k, s := range scenes {
			for i, n := range s.Novelty {
				if a := s.Attempt(i); n.Is(Orphan) && s.guess(a) && s.Addr(a.Addr).IsValid() && s.UsersOf(a.Net, s.span[1]) == 0 {
					f(k, s, i, a)
				}
			}
		}
	}
	each(func(k int, s *Scene, _ int, a ledger.Attempt) {
		net := s.Net(a.Net)
		if list := seen[net]; len(list) == 0 || list[len(list)-1].scene != int32(k) || a.At-list[len(list)-1].when > sharedWithin/2 {
			seen[net] = append(list, at{int32(k), a.At})
		}
	})
	p := &pool{subject: "networks that nobody signs in from", perHour: 0.02}
	for _, s := range scenes {
		p.perHour += s.noisePerDay() / 24 / 20 // of the noise, about one in twenty comes from where others were met
	}
	each(func(k int, s *Scene, i int, a ledger.Attempt) {
		for _, other := range seen[s.Net(a.Net)] {
			if other.scene != int32(k) && other.when-a.At <= sharedWithin && a.At-other.when <= sharedWithin {
				p.sightings = append(p.sightings, sighting{a.At, int32(k), a.Account, int32(i), false})
				return
			}
		}
	})
	return judgePool("shared_network", scenes, p)
}
