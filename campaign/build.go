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
// attempts belong is decided per attempt.
func (c *clusterer) build(group []detect.Finding) Campaign {
	cam := Campaign{Findings: group}
	members := map[org.ID]map[int]bool{}
	doubt := 1.0
	kinds := map[detect.Kind]bool{}
	for _, f := range group {
		if members[f.Org] == nil {
			members[f.Org] = map[int]bool{}
		}
		for _, i := range f.Attempts {
			members[f.Org][i] = true
		}
	}
	for _, f := range group {
		if !c.partOfSpray(f, group) {
			kinds[f.Kind] = true
		}
	}
	for _, d := range slices.Sorted(maps.Keys(byDetector(group))) {
		doubt *= 1 - byDetector(group)[d] // detectors look at different things; findings of one do not add up
	}
	cam.Confidence = math.Min(0.99, math.Round((1-doubt)*100)/100)
	cam.Evidence = strongest(group)

	for _, id := range slices.Sorted(maps.Keys(members)) {
		c.complete(id, members[id], group)
		cam.Members = append(cam.Members, Member{Org: id, Attempts: slices.Sorted(maps.Keys(members[id]))})
	}
	cam.Kinds = slices.Sorted(maps.Keys(kinds))
	for _, k := range cam.Kinds {
		if t := k.Technique(); !slices.Contains(cam.Techniques, t) {
			cam.Techniques = append(cam.Techniques, t)
		}
	}
	slices.Sort(cam.Techniques)
	cam.First, cam.Last = c.period(cam.Members)
	cam.Features = c.features(cam.Members)
	return cam
}

// partOfSpray reports whether a finding about one account only shows the share
// of a spray that fell on it. A spray of days puts many tries on each account;
// what makes it brute force is their rate.
func (c *clusterer) partOfSpray(f detect.Finding, group []detect.Finding) bool {
	const perHour = 20
	hours := math.Max(1, f.Last.Sub(f.First).Hours())
	if f.Detector != "account_brute" || float64(len(f.Attempts))/hours >= perHour {
		return false
	}
	for _, g := range group {
		if g.Org != f.Org || g.Kind == detect.BruteForce {
			continue
		}
		common := 0
		for _, i := range f.Attempts {
			if _, in := slices.BinarySearch(g.Attempts, i); in {
				common++
			}
		}
		if 2*common >= len(f.Attempts) {
			return true
		}
	}
	return false
}

// byDetector returns the best score of each detector.
func byDetector(group []detect.Finding) map[string]float64 {
	best := map[string]float64{}
	for _, f := range group {
		best[f.Detector] = math.Max(best[f.Detector], f.Score)
	}
	return best
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

// complete adds the attempts at an organisation that belong to the campaign
// although no detector counted them: from an address of the attacker's, or
// with his rare tool from a network nobody knows, around the campaign's time.
func (c *clusterer) complete(id org.ID, members map[int]bool, group []detect.Finding) {
	s := c.scenes[id]
	var from, to int64 = math.MaxInt64, math.MinInt64
	addrs := map[uint32]bool{}
	pairs := map[[2]uint32]bool{} // address and client, where others sign in from the address too
	tools, used := map[tool]bool{}, map[tool]bool{}
	roving := map[uint32]bool{} // addresses of wide findings: exits that other hands may use too
	attacked := map[uint32]bool{}
	for i := range members {
		attacked[s.Attempt(i).Account] = true
	}
	tried := func(a uint32) bool { return attacked[a] }
	for _, f := range group {
		if wide(f) { // whoever stays at a few addresses is known by these
			for t := range c.trace(f).tools {
				used[t] = true
				if c.rare(t) {
					tools[t] = true
				}
			}
		}
		if f.Org != id {
			continue
		}
		for _, i := range f.Attempts {
			a := s.Attempt(i)
			from, to = min(from, a.At), max(to, a.At)
			switch {
			case !s.Addr(a.Addr).IsValid():
			case s.PeopleAt(a.Net, tried):
				pairs[[2]uint32{a.Addr, a.Client}] = true
			case wide(f):
				roving[a.Addr] = true
			default:
				addrs[a.Addr] = true
			}
		}
	}
	const around = 24 * 60 * 60 * 1000
	add := func(i int, belongs func(ledger.Attempt) bool) {
		a := s.Attempt(i)
		if !members[i] && a.At >= from-around && a.At <= to+around && belongs(a) {
			members[i] = true
		}
	}
	// The account's own network is its owner's: a typing error.
	own := func(a ledger.Attempt) bool { return s.SignedInFrom(a.Account, a.Net, 0, a.At) }
	for addr := range addrs {
		for _, i := range s.AttemptsFrom(addr) {
			add(int(i), func(a ledger.Attempt) bool { return !own(a) })
		}
	}
	for addr := range roving {
		for _, i := range s.AttemptsFrom(addr) {
			add(int(i), func(a ledger.Attempt) bool { return used[toolOf(s.Client(a.Client))] && !own(a) })
		}
	}
	for p := range pairs {
		for _, i := range s.AttemptsFrom(p[0]) {
			add(int(i), func(a ledger.Attempt) bool { return a.Client == p[1] })
		}
	}
	for client := range uint32(s.Clients()) {
		if !tools[toolOf(s.Client(client))] {
			continue
		}
		for _, i := range s.AttemptsWith(client) {
			add(int(i), func(a ledger.Attempt) bool {
				return s.Novelty[i].Is(detect.NewNetwork|detect.ForeignNetwork|detect.NewClient) && !own(a)
			})
		}
	}
}

// wide reports whether a finding is about many addresses.
func wide(f detect.Finding) bool {
	return f.Detector == "org_change" || f.Detector == "shared_client"
}

// mergeOverlapping joins campaigns that, once complete, share attempts.
func (c *clusterer) mergeOverlapping(campaigns []Campaign) []Campaign {
	type cell struct {
		org     org.ID
		attempt int
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
	out := make([]Campaign, len(roots))
	for i, r := range roots {
		out[i] = c.build(groups[r])
	}
	return out
}

func (cam Campaign) size() int {
	n := 0
	for _, m := range cam.Members {
		n += len(m.Attempts)
	}
	return n
}

func (c *clusterer) period(members []Member) (first, last time.Time) {
	for _, m := range members {
		s := c.scenes[m.Org]
		a, b := s.Attempt(m.Attempts[0]).Time(), s.Attempt(m.Attempts[len(m.Attempts)-1]).Time()
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
