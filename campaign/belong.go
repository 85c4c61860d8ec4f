package campaign

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// Which accounts belong to a campaign is decided account by account: noise that
// comes with the attacker's tool in his time hits an account once or twice,
// where he, as a rule, tries all his accounts about equally often. Both are
// given their share of each account's tries, as a mixture of two: how often the
// tool met an account outside his time, and how often his accounts were tried.

// strays returns those attempts of a campaign, over all its organisations, that
// stand where its tools are met no more often than at other times: noise that a
// finding's bracket took along. A tool's frequency around an attempt is that of
// its nearest neighbours in time; tools that come up a few times only are taken
// together, because an attacker may change his name with each try.
func (c *clusterer) strays(members, firm map[org.ID]map[uint32]bool) map[org.ID]map[uint32]bool {
	type moment struct {
		at      int64
		org     org.ID
		attempt uint32
	}
	byTool := map[tool][]moment{}
	var from, to int64 = math.MaxInt64, math.MinInt64
	for _, id := range slices.Sorted(maps.Keys(members)) {
		s := c.scenes[id]
		for _, i := range slices.Sorted(maps.Keys(members[id])) {
			a := s.Attempt(i)
			t := c.tool(s, a.Client)
			byTool[t] = append(byTool[t], moment{a.At, id, i})
			from, to = min(from, a.At), max(to, a.At)
		}
	}
	own := map[tool]bool{} // tools frequent enough to be judged by themselves
	var rest []moment
	for _, t := range slices.Sorted(maps.Keys(byTool)) {
		if own[t] = len(byTool[t]) > 2*neighbours; !own[t] {
			rest = append(rest, byTool[t]...)
		}
	}
	noise := c.noiseRates(members, func(t tool) (tool, bool) {
		_, used := byTool[t]
		if !own[t] {
			t = ""
		}
		return t, used
	}, from, to)
	out := map[org.ID]map[uint32]bool{}
	judge := func(list []moment, rate float64) {
		if rate == 0 || len(list) <= 2*neighbours {
			return
		}
		slices.SortStableFunc(list, func(a, b moment) int { return cmp.Compare(a.at, b.at) })
		for k, m := range list {
			first := min(max(0, k-neighbours), len(list)-1-2*neighbours)
			span := float64(list[first+2*neighbours].at-list[first].at) + 1
			if expected := rate * span; expected > 0.6*2*neighbours && !firm[m.org][m.attempt] {
				if out[m.org] == nil {
					out[m.org] = map[uint32]bool{}
				}
				out[m.org][m.attempt] = true
			}
		}
	}
	for t, list := range byTool {
		if own[t] {
			judge(list, noise[t])
		}
	}
	judge(rest, noise[""])
	return out
}

// noiseRates returns how often the noise comes with each tool, in orphan
// failures a millisecond over the organisations of the members: what it is
// outside the campaign's time, and where that leaves less than five days, what
// three days in ten do not exceed, if the campaign stands well above it. group
// says under which name a tool counts, and whether it does.
func (c *clusterer) noiseRates(members map[org.ID]map[uint32]bool, group func(tool) (tool, bool), from, to int64) map[tool]float64 {
	perDay := map[tool]map[int64]int{}
	outside := map[tool]int{}
	days, rest := map[int64]bool{}, map[int64]bool{}
	for id := range members {
		s := c.scenes[id]
		s.EachDay(func(d int64) {
			days[d] = true
			if (d+1)*dayMillis <= from-dayMillis || d*dayMillis >= to+dayMillis {
				rest[d] = true
			}
		})
		for _, o := range c.orphans(id) {
			t, counts := group(o.tool)
			if !counts {
				continue
			}
			if perDay[t] == nil {
				perDay[t] = map[int64]int{}
			}
			perDay[t][o.day] += o.n
			if rest[o.day] {
				outside[t] += o.n
			}
		}
	}
	rates := map[tool]float64{}
	for t, counts := range perDay {
		if len(rest) >= 5 {
			rates[t] = float64(outside[t]) / float64(len(rest)) / dayMillis
			continue
		}
		list := slices.Collect(maps.Values(counts))
		total := 0
		for _, n := range list {
			total += n
		}
		list = append(list, make([]int, len(days)-len(list))...)
		slices.Sort(list)
		if usual := float64(list[3*len(list)/10]); float64(total) > 3*usual*float64(len(days)) {
			rates[t] = usual / dayMillis
		}
	}
	return rates
}

// daily is how many orphan failures of a day (since 1970) came with a tool.
type daily struct {
	tool tool
	day  int64
	n    int
}

// orphans counts the orphan failures of an organisation, in order of day. Every
// campaign asks for them, and asks twice.
func (c *clusterer) orphans(id org.ID) []daily {
	if list, ok := c.daily[id]; ok {
		return list
	}
	s := c.scenes[id]
	var list []daily
	at := map[uint32]int{}        // of the current day: place in the list by client
	for i, n := range s.Novelty { // in order of time
		if !n.Is(detect.Orphan) {
			continue
		}
		a := s.Attempt(uint32(i))
		d := a.At / dayMillis
		if len(list) > 0 && list[len(list)-1].day != d {
			clear(at)
		}
		k, ok := at[a.Client]
		if !ok {
			k = len(list)
			at[a.Client] = k
			list = append(list, daily{toolOf(s.Client(a.Client)), d, 0})
		}
		list[k].n++
	}
	c.daily[id] = list
	return list
}

const dayMillis = 24 * 60 * 60 * 1000

// bystanders returns the accounts of an organisation whose tries are more
// likely the noise than the campaign's. firm are attempts that need no
// further proof: a finding about one source or one account rests on them.
func (c *clusterer) bystanders(id org.ID, members map[uint32]bool, firm map[uint32]bool) map[uint32]bool {
	s := c.scenes[id]
	tries := map[uint32]map[tool]int{} // by account and tool
	sure := map[uint32]bool{}
	shares := map[tool]float64{} // of the tools in the campaign's tries
	var from, to int64 = math.MaxInt64, math.MinInt64
	total := 0.0
	for i := range members {
		a := s.Attempt(i)
		t := c.tool(s, a.Client)
		if tries[a.Account] == nil {
			tries[a.Account] = map[tool]int{}
		}
		tries[a.Account][t]++
		// A refusal that proves the password with everybody's browser may be its
		// owner on the road.
		sure[a.Account] = sure[a.Account] || firm[i] || a.Class.ConfirmsPassword() && c.rare(t)
		shares[t]++
		total++
		from, to = min(from, a.At), max(to, a.At)
	}
	if len(tries) < 2 {
		return nil
	}
	for t := range shares {
		shares[t] /= total
	}
	noise := c.noise(s, shares, from, to)

	count := map[uint32]int{}
	for a, by := range tries {
		for _, n := range by {
			count[a] += n
		}
	}
	accounts := slices.Sorted(maps.Keys(count))
	people := float64(max(s.Users, len(accounts)))
	belongs := map[uint32]float64{}
	most := slices.Max(slices.Collect(maps.Values(count)))
	for _, a := range accounts { // at first those that were tried most
		if 2*count[a] >= most {
			belongs[a] = 1
		}
	}
	for range 8 {
		// How often the campaign tries an account: mean and variance over those
		// that belong.
		n, sum, squares := 0.0, 0.0, 0.0
		for _, a := range accounts {
			p := belongs[a]
			n += p
			sum += p * float64(count[a])
			squares += p * float64(count[a]) * float64(count[a])
		}
		if n < 1 {
			break
		}
		mean := sum / n
		variance := max(squares/n-mean*mean, 0)
		for _, a := range accounts {
			ours := math.Log(n) + logCampaign(float64(count[a]), mean, variance)
			theirs := math.Log(people)
			for _, t := range slices.Sorted(maps.Keys(tries[a])) { // in order: sums of fractions depend on it
				k := tries[a][t]
				ours += float64(k) * math.Log(shares[t])
				theirs += logPoisson(float64(k), noise[t])
			}
			if len(tries[a]) > 1 || count[a] > 1 { // which of his tools came when does not matter
				ours += logMultinomial(tries[a])
			}
			belongs[a] = 1 / (1 + math.Exp(theirs-ours))
		}
	}
	out := map[uint32]bool{}
	for _, a := range accounts {
		if belongs[a] < 0.5 && !sure[a] {
			out[a] = true
		}
	}
	return out
}

// noise returns how many orphan failures with each tool an account is to
// meet by chance in the campaign's time: what it was outside that time.
func (c *clusterer) noise(s *detect.Scene, tools map[tool]float64, from, to int64) map[tool]float64 {
	outside := map[tool]int{}
	for i, n := range s.Novelty {
		a := s.Attempt(uint32(i))
		if (a.At < from-dayMillis || a.At > to+dayMillis) && n.Is(detect.Orphan) {
			if t := c.tool(s, a.Client); tools[t] > 0 {
				outside[t]++
			}
		}
	}
	rest := max(1, float64(s.LoggedDays())-float64(to-from)/dayMillis-2)
	length := max(1, float64(to-from)/dayMillis)
	people := float64(max(s.Users, 10))
	out := map[tool]float64{}
	for t := range tools {
		out[t] = (float64(outside[t]) + 0.5) / rest * length / people
	}
	return out
}

// logCampaign is the log probability that the campaign tries an account k
// times: a negative binomial of its mean and variance, and for one account in
// twenty any number up to the mean, because lists change and locked accounts
// are left.
func logCampaign(k, mean, variance float64) float64 {
	p := 0.95 * math.Exp(logNegBinomial(k, mean, max(variance, 1.05*mean)))
	if k <= mean+1 {
		p += 0.05 / (mean + 1)
	}
	return math.Log(p + 1e-300)
}

func logNegBinomial(k, mean, variance float64) float64 {
	size := mean * mean / (variance - mean)
	return lgamma(k+size) - lgamma(size) - lgamma(k+1) + size*math.Log(size/(size+mean)) + k*math.Log(mean/(size+mean))
}

func logPoisson(k, mean float64) float64 {
	return k*math.Log(mean) - mean - lgamma(k+1)
}

func logMultinomial(tries map[tool]int) float64 {
	n, x := 0, 0.0
	for _, k := range slices.Sorted(maps.Values(tries)) { // in order: sums of fractions depend on it
		n += k
		x -= lgamma(float64(k) + 1)
	}
	return x + lgamma(float64(n)+1)
}

func lgamma(x float64) float64 {
	v, _ := math.Lgamma(x)
	return v
}

// scanned returns the attempts of single sources that guess at names by
// themselves: many accounts, half of which do not exist, where the campaign
// knows the people it tries. A scanner that comes by with the attacker's tool in
// his time is none of his.
func (c *clusterer) scanned(id org.ID, members, firm map[uint32]bool) []uint32 {
	s := c.scenes[id]
	type source struct {
		attempts          []uint32
		accounts, unknown map[uint32]bool
	}
	sources := map[uint32]*source{}
	accounts, unknown := map[uint32]bool{}, map[uint32]bool{}
	for i := range members {
		a := s.Attempt(i)
		x := sources[a.Addr]
		if x == nil {
			x = &source{accounts: map[uint32]bool{}, unknown: map[uint32]bool{}}
			sources[a.Addr] = x
		}
		x.attempts = append(x.attempts, i)
		x.accounts[a.Account], accounts[a.Account] = true, true
		if s.Exists(a.Account) == signin.No {
			x.unknown[a.Account], unknown[a.Account] = true, true
		}
	}
	const several = 6 // accounts
	var out []uint32
	for _, x := range sources {
		if len(x.accounts) < several || 2*len(x.unknown) < len(x.accounts) {
			continue
		}
		others := len(accounts) - len(x.accounts)
		if others == 0 || 4*(len(unknown)-len(x.unknown)) >= others {
			continue // all of it is like that
		}
		for _, i := range x.attempts {
			if !firm[i] {
				out = append(out, i)
			}
		}
	}
	return out
}

// loneEnds returns the attempts at the ends of a campaign at an organisation that
// lie more than a day from the rest and are less than one in two hundred: noise
// on an attacked account with one of the attacker's tools, which would make the
// campaign look weeks long.
func (c *clusterer) loneEnds(id org.ID, members, firm map[uint32]bool) []uint32 {
	const part = 200
	s := c.scenes[id]
	list := slices.Sorted(maps.Keys(members))
	most := len(list) / part
	from, to := 0, len(list)
	for k := 1; k <= most; k++ {
		if s.AttemptAt(list[k])-s.AttemptAt(list[k-1]) > dayMillis {
			from = k
		}
		if at := len(list) - k; s.AttemptAt(list[at])-s.AttemptAt(list[at-1]) > dayMillis {
			to = at
		}
	}
	return slices.DeleteFunc(append(slices.Clone(list[:from]), list[to:]...), func(i uint32) bool { return firm[i] })
}
