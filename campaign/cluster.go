package campaign

import (
	"cmp"
	"math"
	"net/netip"
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
)

// Cluster joins the findings that reach [detect.Alert] into campaigns, most
// certain evidence first, and returns them in order of their first attempt,
// unnumbered. Findings that are only the weather of an exposed host (see
// weather.go) are returned apart: they belong into the digest.
func Cluster(scenes []*detect.Scene, findings []detect.Finding) (campaigns []Campaign, weather []detect.Finding) {
	c := newClusterer(scenes)
	var mails []detect.Finding
	alerts := make([]detect.Finding, 0, len(findings)) // at an exposed host nearly all are
	for i := range findings {
		switch f := &findings[i]; {
		case f.Score < detect.Alert:
		case len(f.Mails) > 0:
			mails = append(mails, *f)
		default:
			alerts = append(alerts, *f)
		}
	}
	alerts, weather = c.clearWeather(c.unexplained(alerts))
	for _, group := range c.join(alerts) {
		if cam := c.build(group); len(cam.Members) > 0 {
			campaigns = append(campaigns, cam)
		}
	}
	campaigns = c.joinAccess(c.mergeAlike(c.mergeOverlapping(campaigns)), c.mailCampaigns(mails))
	slices.SortStableFunc(campaigns, func(a, b Campaign) int {
		return cmp.Or(a.First.Compare(b.First), cmp.Compare(a.Findings[0].ID, b.Findings[0].ID))
	})
	return campaigns, weather
}

// unexplained leaves out the findings about one source or one account whose
// tries are in findings about the whole attack: there may be thousands, and
// where two hands use one exit or go for one account it is of both. What an
// account met at the pace of brute force says more than the whole does.
func (c *clusterer) unexplained(alerts []detect.Finding) []detect.Finding {
	covered := map[org.ID]map[uint32]bool{}
	for _, f := range alerts {
		if wide(f) {
			if covered[f.Org] == nil {
				covered[f.Org] = map[uint32]bool{}
			}
			for _, i := range f.Attempts {
				covered[f.Org][i] = true
			}
		}
	}
	return slices.DeleteFunc(alerts, func(f detect.Finding) bool {
		if ordered(f) {
			return false
		}
		switch f.Detector {
		case "account_slow", "source_spray", "shared_source":
		case "account_brute":
			if fast(f) {
				return false
			}
		default:
			return false
		}
		n := 0
		for _, i := range f.Attempts {
			if covered[f.Org][i] {
				n++
			}
		}
		return 10*n >= 9*len(f.Attempts)
	})
}

type clusterer struct {
	scenes map[org.ID]*detect.Scene
	tools  map[org.ID][]tool // by client
	usual  map[tool]float64  // accounts that sign in with a tool, over all organisations
	people float64
	daily  map[org.ID][]daily // orphans by tool and day, once somebody asked
}

// tool is what tells attackers' programs apart over logs of different kinds:
// the user agent. What else a log says of a client has other names in each.
type tool string

func toolOf(c ledger.Client) tool {
	if c.UserAgent == "" {
		return tool("\x00" + c.Label()) // never taken for a user agent
	}
	return tool(c.UserAgent)
}

// tool returns the tool of a client of a scene.
func (c *clusterer) tool(s *detect.Scene, client uint32) tool { return c.tools[s.Org][client] }

func newClusterer(scenes []*detect.Scene) *clusterer {
	c := &clusterer{scenes: map[org.ID]*detect.Scene{}, tools: map[org.ID][]tool{}, usual: map[tool]float64{}, daily: map[org.ID][]daily{}}
	for _, s := range scenes {
		c.scenes[s.Org] = s
		tools := make([]tool, s.Clients())
		for i := range tools {
			tools[i] = toolOf(s.Client(uint32(i)))
		}
		c.tools[s.Org] = tools
		seen := map[tool]bool{}
		for a := range uint32(s.Accounts()) {
			clear(seen)
			s.Successes(a, func(x ledger.Success) bool {
				if t := c.tool(s, x.Client); !seen[t] {
					seen[t] = true
					c.usual[t]++
				}
				return true
			})
			if len(seen) > 0 {
				c.people++
			}
		}
	}
	return c
}

// rare reports whether a tool tells hands apart: it is named, and hardly
// anybody signs in with it.
func (c *clusterer) rare(t tool) bool {
	return t != "" && t[0] != 0 && c.usual[t] <= 1+0.01*c.people
}

// trace is what a finding shows of the hand behind it.
type trace struct {
	f     detect.Finding
	addrs map[netip.Addr]bool // of wide findings only those from which nobody here signs in
	tools map[tool]float64
	lead  tool
}

func (c *clusterer) trace(f detect.Finding) trace {
	s := c.scenes[f.Org]
	t := trace{f: f, addrs: map[netip.Addr]bool{}, tools: map[tool]float64{}}
	// Findings about a few addresses are about these, familiar or not.
	for _, i := range f.Attempts {
		a := s.Attempt(i)
		if addr := s.Addr(a.Addr); addr.IsValid() && (!wide(f) || s.UsersOf(a.Net, a.At) == 0) {
			t.addrs[addr] = true
		}
		t.tools[c.tool(s, a.Client)] += float64(a.Tries)
	}
	for tool, n := range t.tools {
		if n > t.tools[t.lead] || n == t.tools[t.lead] && tool < t.lead {
			t.lead = tool
		}
	}
	return t
}

const (
	// sameHandFor is how long a hand may rest and still be taken for the
	// same: address and tool alone do not last longer.
	sameHandFor = 7 * 24 * 60 * 60 * 1000
	// few is how many addresses a finding has that is about single sources.
	few = 5
	// manyFindings is how many findings may share something before only
	// neighbours of them are compared: all pairs of a thousand are too many, and
	// a chain joins them as well.
	manyFindings = 40
	neighbours   = 3
)

// join groups alerts that share a hand.
func (c *clusterer) join(alerts []detect.Finding) [][]detect.Finding {
	traces := make([]trace, len(alerts))
	byAddr := map[netip.Addr][]int{}
	byTool := map[tool][]int{}
	type cell struct {
		org     org.ID
		attempt uint32
	}
	byAttempt := map[cell][]int{}
	for i, f := range alerts {
		traces[i] = c.trace(f)
		for a := range traces[i].addrs {
			byAddr[a] = append(byAddr[a], i)
		}
		if c.rare(traces[i].lead) {
			byTool[traces[i].lead] = append(byTool[traces[i].lead], i)
		}
		for _, n := range f.Attempts {
			k := cell{f.Org, n}
			byAttempt[k] = append(byAttempt[k], i)
		}
	}
	shared := map[[2]int]*overlap{}
	at := func(i, j int) *overlap {
		k := [2]int{min(i, j), max(i, j)}
		if shared[k] == nil {
			shared[k] = &overlap{}
		}
		return shared[k]
	}
	pairs(byAddr, func(i, j int) { at(i, j).addrs++ })
	pairs(byTool, func(i, j int) { at(i, j).tool = true })
	pairs(byAttempt, func(i, j int) { at(i, j).attempts++ })

	set := newUnion(len(alerts))
	for k, o := range shared {
		if c.sameHand(traces[k[0]], traces[k[1]], *o) {
			set.join(k[0], k[1])
		}
	}
	wholes := map[string]int{}
	for i, f := range alerts {
		if f.Whole == "" {
			continue
		}
		if k, ok := wholes[f.Whole]; ok {
			set.join(k, i)
		} else {
			wholes[f.Whole] = i
		}
	}
	groups := map[int][]detect.Finding{}
	var roots []int
	for i, f := range alerts {
		r := set.find(i)
		if groups[r] == nil {
			roots = append(roots, r)
		}
		groups[r] = append(groups[r], f)
	}
	out := make([][]detect.Finding, len(roots))
	for i, r := range roots {
		out[i] = groups[r]
	}
	return out
}

// overlap is what two findings have in common.
type overlap struct {
	attempts, addrs int
	tool            bool
}

// sameHand decides whether two findings share a hand. Attempts in common
// settle it; addresses in common need a like tool beside them, because two
// attackers may use one proxy; a rare tool in common needs the same time.
func (c *clusterer) sameHand(a, b trace, o overlap) bool {
	if a.f.Org == b.f.Org && 5*o.attempts >= min(len(a.f.Attempts), len(b.f.Attempts)) && o.attempts > 0 {
		return true
	}
	apart := max(b.f.First.Sub(a.f.Last), a.f.First.Sub(b.f.Last)).Milliseconds()
	if apart > sameHandFor {
		return false
	}
	like := cosine(a.tools, b.tools)
	fewest, most := min(len(a.addrs), len(b.addrs)), max(len(a.addrs), len(b.addrs))
	switch {
	case o.addrs > 0 && fewest <= few && most > 10*few:
		// A single source among a thousand is one of them only while they are
		// at work: large pools are built of proxies that others use too.
		return like >= 0.5 && apart <= 0
	case o.addrs > 0 && fewest <= few:
		return like >= 0.5
	case o.addrs >= 3 && float64(o.addrs) >= 0.02*float64(fewest):
		return like >= 0.5
	case o.tool:
		return apart <= 0 && like >= 0.9
	}
	return false
}

// cosine compares how often two findings used each tool.
func cosine(a, b map[tool]float64) float64 {
	dot, na, nb := 0.0, 0.0, 0.0
	for c, x := range a {
		dot += x * b[c]
		na += x * x
	}
	for _, y := range b {
		nb += y * y
	}
	if na == 0 || nb == 0 {
		return 0
	}
	return dot / math.Sqrt(na*nb)
}

// pairs calls f for every two members of each group, of large groups only for
// those that stand near each other.
func pairs[K comparable](groups map[K][]int, f func(i, j int)) {
	for _, g := range groups {
		for x := range g {
			first := 0
			if len(g) > manyFindings {
				first = max(0, x-neighbours)
			}
			for _, y := range g[first:x] {
				f(y, g[x])
			}
		}
	}
}

// union is a disjoint-set forest.
type union []int

func newUnion(n int) union {
	u := make(union, n)
	for i := range u {
		u[i] = i
	}
	return u
}

func (u union) find(i int) int {
	for u[i] != i {
		u[i] = u[u[i]]
		i = u[i]
	}
	return i
}

// join makes one set of two; the smaller number stands for it, whatever the
// order of joining.
func (u union) join(i, j int) {
	i, j = u.find(i), u.find(j)
	u[max(i, j)] = min(i, j)
}
