package detect

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/cespare/xxhash/v2"
	"github.com/pumphandle/pumphandle/ledger"
)

// coordinationPrior is the log odds that a rise of failures is one hand's
// work before anything is known of its shape.
const coordinationPrior = -6.0

// coordination is the second stage of detection: does this set of attempts,
// over one organisation or several, look like the work of one program? Each
// measure is one item of evidence; all are bounded, so that none decides
// alone. What each is worth in the end is learned (weights.yaml).
func coordination(scenes []*Scene, members [][]uint32) []Evidence {
	var out []Evidence
	if n := count(members); n > 2*enough {
		every := uint32(n/enough + 1)
		members = someAccounts(scenes, members, every)
		out = append(out, weigh("accounts_looked_at", float64(every), 0, "of %d tries, those on one account in %d were looked at for what follows", n, every))
	}
	c := newCandidate(scenes, members)
	for _, measure := range []func(*candidate) []Evidence{
		rotation, inStep, pooledEvenness, inOrderSomewhere, sameOrder, oneTool, steadyPace, otherHours,
		neverSuccessful, foreignPlaces, addressesPerAttempt, sharedAddresses, unknownNames, confirmedPasswords,
	} {
		out = append(out, measure(c)...)
	}
	return out
}

// enough is how many attempts show what a candidate looks like: of more, some
// accounts with all their tries are looked at.
const enough = 20_000

// someAccounts keeps the attempts on one account in every, at least some at each
// organisation: those whose names have the lowest hashes, which are the same in
// every run.
func someAccounts(scenes []*Scene, members [][]uint32, every uint32) [][]uint32 {
	const least = 20
	type ranked struct {
		hash    uint64
		account uint32
	}
	out := make([][]uint32, len(members))
	for k, s := range scenes {
		seen := map[uint32]bool{}
		var list []ranked
		for _, i := range members[k] {
			if a := s.AttemptAccount(i); !seen[a] {
				seen[a] = true
				list = append(list, ranked{xxhash.Sum64String(s.Account(a).String()), a})
			}
		}
		slices.SortFunc(list, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.account, b.account)) })
		keep := map[uint32]bool{}
		for _, r := range list[:min(len(list), max(least, len(list)/int(every)))] {
			keep[r.account] = true
		}
		for _, i := range members[k] {
			if keep[s.AttemptAccount(i)] {
				out[k] = append(out[k], i)
			}
		}
	}
	return out
}

// candidate is a set of attempts that may be one hand's, with what all
// measures count.
type candidate struct {
	scenes  []*Scene
	members [][]uint32 // by scene, ascending
	tallies []tally
	sources [][]counted // tries by address
	lives   []life      // of all accounts, those of one scene together

	first                  int64 // when the first attempt was
	tries, accounts, addrs int
}

// life is what one account of a candidate went through.
type life struct {
	scene   int
	account uint32
	at      []int64 // of each attempt, ascending
	nets    int     // different networks
	most    int     // attempts from the network with the most
}

func newCandidate(scenes []*Scene, members [][]uint32) *candidate {
	c := &candidate{scenes: scenes, members: members, first: math.MaxInt64}
	for k, s := range scenes {
		if len(members[k]) > 0 {
			c.first = min(c.first, s.AttemptAt(members[k][0]))
		}
		t := s.tally(members[k])
		c.tallies = append(c.tallies, t)
		c.sources = append(c.sources, s.addrsOf(members[k]))
		c.tries += t.tries
		c.accounts += len(t.accounts)
		c.addrs += len(c.sources[k])
		c.lives = append(c.lives, s.livesOf(k, members[k])...)
	}
	return c
}

// livesOf returns what each account of the attempts went through, in order of
// its first one. number is that of the scene.
func (s *Scene) livesOf(number int, attempts []uint32) []life {
	accounts, nets := newCounter(s.Accounts()), newCounter(s.Nets())
	defer accounts.free()
	defer nets.free()
	for _, i := range attempts {
		accounts.add(s.AttemptAccount(i), 1)
	}
	lives := make([]life, len(accounts.list))
	// Times and networks lie account by account, in one list each.
	at, net := make([]int64, len(attempts)), make([]uint32, len(attempts))
	from := make([]int, len(lives)+1)
	for k, x := range accounts.list {
		from[k+1] = from[k] + x.n
		lives[k] = life{scene: number, account: x.number, at: at[from[k]:from[k]:from[k+1]]}
	}
	for _, i := range attempts {
		a := s.Attempt(i)
		k := accounts.add(a.Account, 0)
		net[from[k]+len(lives[k].at)] = a.Net
		lives[k].at = append(lives[k].at, a.At)
	}
	for k := range lives {
		nets.begin()
		for _, n := range net[from[k]:from[k+1]] {
			nets.add(n, 1)
		}
		lives[k].nets, lives[k].most = len(nets.list), greatest(nets.list)
	}
	return lives
}

// rotation weighs whether the tries on one account come from ever other
// networks. People, devices and jobs fail again from where they failed before.
func rotation(c *candidate) []Evidence {
	rotating, staying, repeated := 0, 0, 0
	for _, l := range c.lives {
		n := len(l.at)
		if n < 2 {
			continue
		}
		repeated++
		switch {
		case n == 2 && l.nets == 2, l.nets >= 3 && 2*l.most <= n+1:
			rotating++
		case 3*l.most > 2*n:
			staying++
		}
	}
	if repeated < 3 {
		return nil
	}
	// 1.85 = ln(.95/.15), -2.8 = ln(.05/.85); a third of it, because the
	// accounts of one organisation are not independent. What never moves is a
	// device or a job with an old password, at any number of organisations.
	w := min(6, max(-12, (1.85*float64(rotating)-2.8*float64(staying))/3))
	if w > 0 { // noise that hits an account twice by chance rotates too
		w *= min(1, 2*float64(repeated)/float64(c.accounts))
	}
	if rotating == 0 && staying > 0 {
		w = -12
	}
	return []Evidence{weigh("rotating_networks", float64(rotating)/float64(repeated), w,
		"%d of the %d accounts tried more than once (of %d) were tried from ever other networks", rotating, repeated, c.accounts)}
}

// inStep weighs whether the tries on each account keep a distance: a program
// goes round by round, chance and people do not. It is the median over the
// accounts of the coefficient of variation of the time between tries: for
// chance it is about 1, for one try a day at any time of the day 0.4.
func inStep(c *candidate) []Evidence {
	var cvs []float64
	for _, l := range c.lives {
		if len(l.at) < 4 {
			continue
		}
		if cv := variation(l.at); cv >= 0 { // stamps of one second say nothing
			cvs = append(cvs, cv)
		}
	}
	if len(cvs) < 2 || 4*len(cvs) < c.accounts {
		return nil
	}
	slices.Sort(cvs)
	cv := cvs[len(cvs)/2]
	return []Evidence{weigh("in_step", cv, damp(0.5*math.Sqrt(float64(len(cvs)))*(0.8-cv)*4, 4),
		"the time between tries on an account varies by %.0f %% (median of %d accounts; chance gives about 100 %%)", 100*cv, len(cvs))}
}

// pooledEvenness weighs how equal the tries per account are. Accounts that
// were tried far less often than most may be bystanders and are left out. What
// is seen of chance is a Poisson without its zeros, which is more even than a
// whole one, the more so the fewer tries there are.
func pooledEvenness(c *candidate) []Evidence {
	var tried []int
	for _, l := range c.lives {
		tried = append(tried, len(l.at))
	}
	slices.Sort(tried)
	if n := len(tried); n > 0 {
		usual := tried[n/2]
		from, _ := slices.BinarySearch(tried, (usual+2)/3)
		tried = tried[from:]
	}
	mean, d := dispersionOf(tried)
	n := float64(len(tried))
	if n < 5 {
		return nil
	}
	if mean < 1.5 {
		return []Evidence{weigh("tries_per_account", mean, min(1.5, 0.1*n), "most accounts were tried just once")}
	}
	chance := truncatedDispersion(mean)
	switch ratio := d / chance; {
	case ratio < 0.7:
		return []Evidence{weigh("even_tries", d, min(5, 0.3*n*(1-ratio)), "tries per account are more even than chance: %.1f each, variance/mean %.2f where chance gives %.2f", mean, d, chance)}
	case ratio > 3:
		return []Evidence{weigh("uneven_tries", d, -1.5, "tries per account are uneven (variance/mean %.1f)", d)}
	}
	return nil
}

// truncatedDispersion returns the variance over the mean of a Poisson variable
// that is known not to be zero and has that mean, which is above 1. With rate r
// the mean is r/(1-exp(-r)) and the variance mean*(1+r-mean).
func truncatedDispersion(mean float64) float64 {
	r := mean
	for range 50 {
		r = mean * (1 - math.Exp(-r))
	}
	return max(0.05, 1+r-mean)
}

// inOrderSomewhere weighs an alphabetical order of first tries at any of the
// organisations: many looks, so more is asked than of one.
func inOrderSomewhere(c *candidate) []Evidence {
	for k, s := range c.scenes {
		if e := s.order(c.tallies[k]); len(e) > 0 && (len(c.scenes) == 1 || e[0].Value > inOrder+1) {
			return e
		}
	}
	return nil
}

// sameOrder weighs whether names that two organisations have in common were
// tried in the same order there: one list went to both. Neighbours are compared.
func sameOrder(c *candidate) []Evidence {
	best, names := 0.0, 0
	for k := 1; k < len(c.scenes); k++ {
		at := map[string]int{}
		for n, name := range c.bareNames(k - 1) {
			at[name] = n
		}
		var order []int
		for _, name := range c.bareNames(k) {
			if n, both := at[name]; both {
				order = append(order, n)
			}
		}
		if z := ascending(len(order), func(i int) bool { return order[i] < order[i-1] }); z > best {
			best, names = z, len(order)
		}
	}
	if best < inOrder+1 {
		return nil
	}
	return []Evidence{weigh("same_order", best, min(5, best), "%d names that two organisations have in common were tried in the same order there (%.1f standard deviations from chance)", names, best)}
}

// bareNames returns the names tried at an organisation, without their domains,
// in the order of their first tries.
func (c *candidate) bareNames(k int) []string {
	names := c.scenes[k].names(c.tallies[k].accounts)
	for i, n := range names {
		names[i], _, _ = strings.Cut(n, "@")
	}
	return names
}

// oneTool weighs how far the clients of the attempts differ from what the
// organisations' people use: the Kullback-Leibler divergence of the most
// frequent client.
func oneTool(c *candidate) []Evidence {
	used := map[string]int{}
	total := 0
	for k, t := range c.tallies {
		for _, client := range t.clients {
			used[agent(c.scenes[k].Client(client.number))] += client.n
			total += client.n
		}
	}
	lead, most := "", 0
	for name, n := range used {
		if n > most || n == most && name < lead {
			lead, most = name, n
		}
	}
	if total == 0 {
		return nil
	}
	share := float64(most) / float64(total)
	usual := usualAgents(c.scenes, lead, c.first)
	if usual > 0.2 {
		return nil // half the house uses it, or the log names no clients
	}
	divergence := share * math.Log(share/usual)
	// A tool that most of the tries share speaks for one hand; the largest of
	// many tools only says that the others differ.
	w := damp(0.2*float64(total)*divergence, 5) * max(0, (share-0.4)/0.6)
	if divergence < 0.3 {
		w = -1
	}
	return []Evidence{weigh("one_tool", share, w, "%.0f %% of the tries came with %q, which %.1f %% of the accounts here sign in with", 100*share, clipText(lead, 80), 100*usual)}
}

// agent names a client by its user agent, or by how it spoke where the log has
// none.
func agent(c ledger.Client) string {
	if c.UserAgent != "" {
		return c.UserAgent
	}
	return c.Label()
}

// steadyPace weighs an even distance between tries at one organisation.
func steadyPace(c *candidate) []Evidence {
	for k, s := range c.scenes {
		if cv := s.pacing(c.members[k]); cv >= 0 && cv < 0.5 {
			return []Evidence{weigh("steady_pace", cv, 2, "the time between tries hardly varies (coefficient of variation %.2f)", cv)}
		}
	}
	return nil
}

// otherHours weighs hours of the day that are not the organisations'.
func otherHours(c *candidate) []Evidence {
	var tried, usual [24]float64
	n, m := 0.0, 0.0
	for k, s := range c.scenes {
		for _, i := range c.members[k] {
			tried[hourOf(s.AttemptAt(i))]++
			n++
		}
		for h, x := range s.usual.hours {
			usual[h] += x
		}
		m += s.usual.signIns
	}
	if n < 20 || m < 100 {
		return nil
	}
	divergence := 0.0
	for h := range tried {
		p, q := (tried[h]+0.5)/(n+12), (usual[h]+0.5)/(m+12)
		divergence += p * math.Log(p/q)
	}
	return []Evidence{weigh("other_hours", divergence, damp(3*(divergence-0.25), 2),
		"the hours of the day differ from the organisation's own by %.2f nats", divergence)}
}

func hourOf(ms int64) int { return int((ms/hour%24 + 24) % 24) }

// neverSuccessful weighs the share of addresses in whose networks nobody ever
// signed in.
func neverSuccessful(c *candidate) []Evidence {
	never := 0
	for k, sources := range c.sources {
		s := c.scenes[k]
		for _, addr := range sources {
			if s.UsersOf(s.NetOf(addr.number), s.span[1]) == 0 {
				never++
			}
		}
	}
	if c.addrs < 5 {
		return nil
	}
	share := float64(never) / float64(c.addrs)
	return []Evidence{weigh("never_successful_networks", share, damp(15*(share-0.8), 2),
		"from %d of %d addresses nobody ever signed in", never, c.addrs)}
}

// foreignPlaces weighs from which autonomous systems the attempts come, else
// from which countries, held against those of the people.
func foreignPlaces(c *candidate) []Evidence {
	foreign, placed := 0, 0
	for k, sources := range c.sources {
		s := c.scenes[k]
		if len(s.usual.systems) == 0 && len(s.usual.countries) == 0 {
			continue
		}
		for _, addr := range sources {
			switch p := s.Place(addr.number); {
			case p.ASN != 0 && len(s.usual.systems) > 0:
				placed++
				if s.usual.systems[p.ASN] < 2 {
					foreign++
				}
			case p.Country != "" && len(s.usual.countries) > 0:
				placed++
				if s.usual.countries[p.Country] < 2 {
					foreign++
				}
			}
		}
	}
	if placed < 5 || 2*placed < c.addrs {
		return nil
	}
	share := float64(foreign) / float64(placed)
	return []Evidence{weigh("foreign_places", share, damp(4*(share-0.5), 1.5),
		"%d of %d addresses are in networks or countries from which hardly anybody here signs in", foreign, placed)}
}

// addressesPerAttempt weighs a new address for each try.
func addressesPerAttempt(c *candidate) []Evidence {
	ratio := float64(c.addrs) / float64(c.tries)
	if c.tries < 8 || ratio <= 0.8 || float64(c.tries) <= 1.5*float64(c.accounts) {
		return nil
	}
	return []Evidence{weigh("addresses_per_attempt", ratio, 1.5, "almost every one of the %d tries came from an address of its own (%d)", c.tries, c.addrs)}
}

// sharedAddresses weighs addresses that were at work at several of the
// organisations.
func sharedAddresses(c *candidate) []Evidence {
	if len(c.scenes) < 2 || c.addrs < 10 {
		return nil
	}
	seen := map[[16]byte]int{}
	shared := 0
	for k, sources := range c.sources {
		for _, addr := range sources {
			key := c.scenes[k].Addr(addr.number).As16()
			if seen[key]++; seen[key] == 2 {
				shared++
			}
		}
	}
	share := float64(shared) / float64(len(seen))
	if shared < 3 {
		return nil
	}
	return []Evidence{weigh("shared_addresses", float64(shared), min(3, 0.3*float64(shared)*math.Sqrt(share)+6*share),
		"%d of %d addresses were at work at two of the organisations or more", shared, len(seen))}
}

// unknownNames weighs names that do not exist: who sprays an organisation
// knows its people better than who tries everybody.
func unknownNames(c *candidate) []Evidence {
	unknown := 0
	for _, l := range c.lives {
		if c.scenes[l.scene].doesNotExist(l.account) {
			unknown++
		}
	}
	if c.accounts < 8 {
		return nil
	}
	share := float64(unknown) / float64(c.accounts)
	if share < 0.5 {
		return nil
	}
	return []Evidence{weigh("unknown_names", share, -3*share, "%d of the %d names tried do not exist: scanners guess, who aims knows", unknown, c.accounts)}
}

// confirmedPasswords weighs refusals that prove a password right.
func confirmedPasswords(c *candidate) []Evidence {
	proofs := 0
	for _, t := range c.tallies {
		proofs += t.proofs
	}
	if proofs == 0 {
		return nil
	}
	return []Evidence{weigh("passwords_confirmed", float64(proofs), 1, "%s a refusal proved that the password was right", times(proofs))}
}

// clipText shortens text typed by others for a sentence.
func clipText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
