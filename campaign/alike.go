package campaign

import (
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

// portrait is what a campaign looks like from a distance: what two parts of one
// have in common although they share no attempt, no rare tool and no address.
type portrait struct {
	cam     Campaign
	tools   map[tool]float64
	lead    tool
	addrs   map[netip.Addr]bool
	perDay  float64 // tries on each account and day of the campaign
	distant bool    // from ever other addresses
	pushes  bool    // requests for the second factor
}

func (c *clusterer) portrait(cam Campaign) portrait {
	p := portrait{cam: cam, tools: map[tool]float64{}, addrs: map[netip.Addr]bool{}}
	for _, m := range cam.Members {
		s := c.scenes[m.Org]
		for _, i := range m.Attempts {
			a := s.Attempt(i)
			p.tools[c.tool(s, a.Client)] += float64(a.Tries)
			if addr := s.Addr(a.Addr); addr.IsValid() {
				p.addrs[addr] = true
			}
		}
	}
	for t, n := range p.tools {
		if n > p.tools[p.lead] || n == p.tools[p.lead] && t < p.lead {
			p.lead = t
		}
	}
	days := max(1.0/24, cam.Last.Sub(cam.First).Hours()/24)
	p.perDay = float64(cam.Features.Attempts) / float64(max(1, cam.Features.Accounts)) / days
	p.distant = cam.Features.Sources > few && cam.Features.AddressPerAttempt > 0.02
	p.pushes = slices.Contains(cam.Kinds, detect.MFAFatigue)
	return p
}

// sameEnough is the log-likelihood ratio from which two campaigns are one.
const sameEnough = 4.0

// alike weighs, in nats, whether two campaigns are parts of one. The weights
// are judgement: how often two hands that know nothing of each other would
// agree so well. Different tools alone keep two apart, whatever exits they share.
func (c *clusterer) alike(a, b portrait) float64 {
	x := 0.0
	shared := sharedTime(a.cam, b.cam)
	switch {
	case shared >= 0.7:
		x += 2.5
	case shared >= 0.4:
		x++
	case shared < 0.1:
		x -= 4
	}
	slack := max(12*time.Hour, min(a.cam.Last.Sub(a.cam.First), b.cam.Last.Sub(b.cam.First))/6)
	begun, ended := near(a.cam.First, b.cam.First, slack), near(a.cam.Last, b.cam.Last, slack)
	if begun {
		x++
	}
	if ended {
		x += 0.5
	}
	known := begun && ended // what else they share is everybody's
	switch like := cosine(a.tools, b.tools); {
	case like >= 0.9 && c.rare(a.lead):
		x += 3.5
		known = true
	case like >= 0.9:
		x += 1.5
	case like < 0.5:
		x -= 5
	}
	switch r := math.Abs(math.Log(a.perDay / b.perDay)); {
	case r < math.Log(1.5):
		x += 1.5
	case r > math.Log(4):
		x -= 3
	}
	switch {
	case a.pushes && b.pushes: // hardly anybody does it, so that two at one time are one
		x += 2
		known = known || shared >= 0.4
	case a.distant != b.distant:
		x -= 3
	}
	common := 0
	for addr := range a.addrs {
		if b.addrs[addr] {
			common++
		}
	}
	if fewest := min(len(a.addrs), len(b.addrs)); common >= 3 && fewest > 0 {
		x += min(3, 1+10*float64(common)/float64(fewest))
		known = true
	}
	if !known {
		return -1 // the tempo of a browser that everybody has, in the same weeks, is no tie
	}
	return x
}

func near(a, b time.Time, within time.Duration) bool {
	return a.Sub(b).Abs() <= within
}

// sharedTime is how much of the time of both lies in both, 0 to 1.
func sharedTime(a, b Campaign) float64 {
	from, to := a.First, a.Last
	begin, end := b.First, b.Last
	if b.First.After(from) {
		from, begin = b.First, a.First
	}
	if b.Last.Before(to) {
		to, end = b.Last, a.Last
	}
	all := end.Sub(begin)
	if all <= 0 {
		return 1
	}
	return max(0, float64(to.Sub(from))/float64(all))
}

// mergeAlike joins campaigns that look like parts of one. A part of which a
// single source is all that is known is not joined by its looks.
func (c *clusterer) mergeAlike(campaigns []Campaign) []Campaign {
	portraits := make([]portrait, len(campaigns))
	for i, cam := range campaigns {
		portraits[i] = c.portrait(cam)
	}
	set := newUnion(len(campaigns))
	for i := range portraits {
		for j := range i {
			both := portraits[i].distant && portraits[j].distant || portraits[i].pushes && portraits[j].pushes
			if both && c.alike(portraits[i], portraits[j]) >= sameEnough {
				set.join(i, j)
			}
		}
	}
	return c.merge(campaigns, set)
}

// merge builds one campaign of each set of campaigns.
func (c *clusterer) merge(campaigns []Campaign, set union) []Campaign {
	groups := map[int][]detect.Finding{}
	var roots []int
	for i, cam := range campaigns {
		r := set.find(i)
		if groups[r] == nil {
			roots = append(roots, r)
		}
		groups[r] = append(groups[r], cam.Findings...)
	}
	if len(roots) == len(campaigns) {
		return campaigns
	}
	var out []Campaign
	for _, r := range roots {
		cam := campaigns[r]
		if len(groups[r]) > len(cam.Findings) {
			cam = c.build(groups[r])
		}
		if len(cam.Members) > 0 {
			out = append(out, cam)
		}
	}
	return out
}
