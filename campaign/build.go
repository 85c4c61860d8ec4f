package campaign

import (
	"cmp"
	"maps"
	"math"
	"net/netip"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// build makes a campaign of findings and completes its membership: which
// attempts belong is decided per attempt. It has no members where nothing is
// left that stands out from the noise.
func (c *clusterer) build(group []detect.Finding) Campaign {
	var cam Campaign
	members := map[org.ID]map[uint32]bool{}
	for _, f := range group {
		if members[f.Org] == nil {
			members[f.Org] = map[uint32]bool{}
		}
		for _, i := range f.Attempts {
			members[f.Org][i] = true
		}
	}
	for _, f := range group { // the surest, because detectors that look at the same attempts do not add up
		cam.Confidence = math.Max(cam.Confidence, math.Min(0.99, math.Round(f.Score*100)/100))
	}
	cam.Evidence = strongest(group)

	sign := c.signature(group)
	firm := map[org.ID]map[uint32]bool{}
	for _, f := range group {
		if firm[f.Org] == nil {
			firm[f.Org] = map[uint32]bool{}
		}
		for _, i := range f.Attempts {
			firm[f.Org][i] = firm[f.Org][i] || !wide(f)
		}
	}
	for id := range members {
		c.complete(id, members[id], group, sign)
	}
	for range 2 { // the time without the first strays shows others
		for id, out := range c.strays(members, firm) {
			maps.DeleteFunc(members[id], func(i uint32, _ bool) bool { return out[i] })
			if len(members[id]) == 0 {
				delete(members, id)
			}
		}
	}
	for id := range members {
		for _, i := range c.scanned(id, members[id], firm[id]) {
			delete(members[id], i)
		}
		for _, i := range c.loneEnds(id, members[id], firm[id]) {
			delete(members[id], i)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(members)) {
		if out := c.bystanders(id, members[id], firm[id]); len(out) > 0 {
			maps.DeleteFunc(members[id], func(i uint32, _ bool) bool { return out[c.scenes[id].AttemptAccount(i)] })
		}
		if len(members[id]) == 0 {
			continue // all of it was noise around
		}
		cam.Members = append(cam.Members, Member{Org: id, Attempts: slices.Sorted(maps.Keys(members[id]))})
	}
	kept, all := 0, 0 // of the attempts that the findings rest on
	for id, list := range firm {
		for i := range list {
			all++
			if members[id][i] {
				kept++
			}
		}
	}
	if 3*kept < all {
		return Campaign{} // they rested on noise
	}
	group = slices.DeleteFunc(slices.Clone(group), func(f detect.Finding) bool { return len(members[f.Org]) == 0 })
	cam.Findings = group
	cam.Kinds = c.kinds(cam.Members, group)
	for _, k := range cam.Kinds {
		if t := k.Technique(); !slices.Contains(cam.Techniques, t) {
			cam.Techniques = append(cam.Techniques, t)
		}
	}
	slices.Sort(cam.Techniques)
	cam.First, cam.Last = period(cam.Members, c.span)
	cam.Features = c.features(cam.Members)
	return cam
}

// strongest returns, for each measure, its item of greatest weight. Where
// findings about the whole attack are there, those about its parts are left to
// explain.
func strongest(group []detect.Finding) []detect.Evidence {
	whole := slices.ContainsFunc(group, wide)
	best := map[string]detect.Evidence{}
	for _, f := range group {
		if whole && !wide(f) {
			continue
		}
		for _, e := range f.Evidence {
			if old, ok := best[e.What]; !ok || math.Abs(e.Weight) > math.Abs(old.Weight) {
				best[e.What] = e
			}
		}
	}
	out := slices.Collect(maps.Values(best))
	slices.SortFunc(out, func(a, b detect.Evidence) int {
		return cmp.Or(cmp.Compare(b.Weight, a.Weight), cmp.Compare(a.What, b.What))
	})
	return out
}

// signature is what a hand is known by at every organisation.
type signature struct {
	rotates map[string]bool // by finding: it is about more than a few addresses
	used    map[tool]bool   // the tools of these; whoever stays at a few addresses is known by the addresses
}

func (c *clusterer) signature(group []detect.Finding) signature {
	sign := signature{map[string]bool{}, map[tool]bool{}}
	counts, total := map[tool]int{}, 0
	for _, f := range group {
		if !c.rotates(f) {
			continue
		}
		sign.rotates[f.ID] = true
		s := c.scenes[f.Org]
		for _, i := range f.Attempts {
			counts[c.tool(s, s.AttemptClient(i))]++
			total++
		}
	}
	for t, n := range counts {
		sign.used[t] = 50*n >= total // what came with fewer may be the noise around
	}
	return sign
}

// complete adds the attempts at an organisation that belong to the campaign
// although no detector counted them: from an address of the attacker's, or
// with his rare tool from a network nobody knows, around the campaign's time.
func (c *clusterer) complete(id org.ID, members map[uint32]bool, group []detect.Finding, sign signature) {
	s := c.scenes[id]
	var from, to int64 = math.MaxInt64, math.MinInt64
	addrs := map[uint32]bool{}
	pairs := map[[2]uint32]bool{} // address and client, where others sign in from the address too
	roving := map[uint32]bool{}   // addresses of many: exits that other hands may use too
	attacked := map[uint32]bool{}
	for i := range members {
		attacked[s.AttemptAccount(i)] = true
	}
	tried := func(a uint32) bool { return attacked[a] }
	for _, f := range group {
		if f.Org != id {
			continue
		}
		for _, i := range f.Attempts {
			a := s.Attempt(i)
			from, to = min(from, a.At), max(to, a.At)
			switch {
			case !s.Addr(a.Addr).IsValid():
			case s.PeopleAt(a.Net, tried), s.Home(a.Addr):
				pairs[[2]uint32{a.Addr, a.Client}] = true
			case sign.rotates[f.ID]:
				roving[a.Addr] = true
			default:
				addrs[a.Addr] = true
			}
		}
	}
	const around = 24 * 60 * 60 * 1000
	add := func(i uint32, belongs func(ledger.Attempt) bool) {
		a := s.Attempt(i)
		if !members[i] && a.At >= from-around && a.At <= to+around && belongs(a) {
			members[i] = true
		}
	}
	// The account's own network is its owner's: a typing error.
	own := func(a ledger.Attempt) bool { return s.SignedInFrom(a.Account, a.Net, 0, a.At) }
	for addr := range addrs {
		for _, i := range s.AttemptsFrom(addr) {
			add(i, func(a ledger.Attempt) bool { return !own(a) })
		}
	}
	for addr := range roving {
		for _, i := range s.AttemptsFrom(addr) {
			add(i, func(a ledger.Attempt) bool { return sign.used[c.tool(s, a.Client)] && !own(a) })
		}
	}
	for p := range pairs {
		for _, i := range s.AttemptsFrom(p[0]) {
			add(i, func(a ledger.Attempt) bool { return a.Client == p[1] })
		}
	}
	for client := range uint32(s.Clients()) {
		if t := c.tool(s, client); !sign.used[t] || !c.rare(t) {
			continue
		}
		for _, i := range s.AttemptsWith(client) {
			add(i, func(a ledger.Attempt) bool {
				return s.Novelty[i].Is(detect.NewNetwork|detect.ForeignNetwork|detect.NewClient) && !own(a)
			})
		}
	}
}

// rotates reports whether a finding is about more than a few addresses.
func (c *clusterer) rotates(f detect.Finding) bool {
	if wide(f) {
		return true
	}
	s := c.scenes[f.Org]
	addrs := map[uint32]bool{}
	for _, i := range f.Attempts {
		if addrs[s.AttemptAddr(i)] = true; len(addrs) > few {
			return true
		}
	}
	return false
}

// wide reports whether a finding is about many addresses.
func wide(f detect.Finding) bool {
	switch f.Detector {
	case "org_change", "new_client", "shared_client", "shared_network":
		return true
	}
	return false
}

// mergeOverlapping joins campaigns that, once complete, share attempts.
func (c *clusterer) mergeOverlapping(campaigns []Campaign) []Campaign {
	type cell struct {
		org     org.ID
		attempt uint32
	}
	owner := map[cell]int{}
	common := map[[2]int]int{}
	for i, cam := range campaigns {
		for _, m := range cam.Members {
			for _, n := range m.Attempts {
				k := cell{m.Org, n}
				if j, taken := owner[k]; taken {
					common[[2]int{j, i}]++
				} else {
					owner[k] = i
				}
			}
		}
	}
	set := newUnion(len(campaigns))
	for p, n := range common {
		if 5*n >= min(campaigns[p[0]].size(), campaigns[p[1]].size()) {
			set.join(p[0], p[1])
		}
	}
	return c.merge(campaigns, set)
}

func (cam Campaign) size() int {
	n := 0
	for _, m := range cam.Members {
		n += len(m.Attempts)
	}
	return n
}

// span is when the first and the last attempt of a campaign at one organisation
// were.
func (c *clusterer) span(m Member) (first, last time.Time) {
	s := c.scenes[m.Org]
	return s.Attempt(m.Attempts[0]).Time(), s.Attempt(m.Attempts[len(m.Attempts)-1]).Time()
}

// period is that of all members together.
func period(members []Member, span func(Member) (first, last time.Time)) (first, last time.Time) {
	for _, m := range members {
		a, b := span(m)
		if first.IsZero() || a.Before(first) {
			first = a
		}
		if b.After(last) {
			last = b
		}
	}
	return first, last
}

// features describes the hand by the attempts.
func (c *clusterer) features(members []Member) Features {
	f := Features{Countries: map[string]int{}}
	sources := map[netip.Addr]bool{}
	networks := map[netip.Prefix]bool{}
	clients, protocols := map[string]int{}, map[string]int{}
	var rates []float64
	unknown := 0
	for _, m := range members {
		s := c.scenes[m.Org]
		type life struct {
			tries       int
			first, last int64
		}
		lives := map[uint32]life{}
		for _, i := range m.Attempts {
			a := s.Attempt(i)
			f.Attempts += a.Tries
			l, ok := lives[a.Account]
			if !ok {
				l.first = a.At
			}
			l.tries += a.Tries
			l.last = a.At
			lives[a.Account] = l
			if addr := s.Addr(a.Addr); addr.IsValid() && !sources[addr] {
				sources[addr] = true
				networks[ledger.Network(addr)] = true
				if p := s.Place(a.Addr); p.Country != "" {
					f.Countries[p.Country]++
				}
			}
			cl := s.Client(a.Client)
			clients[cl.Label()] += a.Tries
			if p := cl.Protocol.String(); p != "" {
				protocols[p] += a.Tries
			}
			t := a.Time()
			f.ActiveHours[t.Hour()] += a.Tries
			f.ActiveDays[t.Weekday()] += a.Tries
		}
		for acc, l := range lives {
			f.Accounts++
			if s.Exists(acc) == signin.No {
				unknown++
			}
			if l.tries > 1 {
				hours := math.Max(1, float64(l.last-l.first)/float64(time.Hour.Milliseconds()))
				rates = append(rates, float64(l.tries)/hours)
			}
		}
	}
	f.Sources, f.Networks = len(sources), len(networks)
	f.Clients, f.Protocols = mostUsed(clients, 10), mostUsed(protocols, 10)
	if len(rates) > 0 {
		slices.Sort(rates)
		f.PerAccountHour = math.Round(rates[len(rates)/2]*1000) / 1000
	}
	if f.Attempts > 0 {
		f.AddressPerAttempt = math.Round(float64(f.Sources)/float64(f.Attempts)*1000) / 1000
	}
	if f.Accounts > 0 {
		f.UnknownNames = math.Round(float64(unknown)/float64(f.Accounts)*1000) / 1000
	}
	for _, m := range members {
		f.Alphabetical = f.Alphabetical || c.scenes[m.Org].Alphabetical(m.Attempts)
	}
	return f
}

func mostUsed(counts map[string]int, n int) []string {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b string) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), cmp.Compare(a, b)) })
	return keys[:min(n, len(keys))]
}
