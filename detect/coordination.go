package detect

import (
	"math"

	"github.com/pumphandle/pumphandle/ledger"
)

// coordinationPrior is the log odds that a rise of failures is one hand's
// work before anything is known of its shape.
const coordinationPrior = -6.0

// coordination is the second stage of detection: does this set of attempts,
// over one organisation or several, look like the work of one program? It
// gives weights for the judge to add; all are bounded, so that none decides
// alone. The weights are set by hand from the figures in
// docs/detection/README.md.
func coordination(scenes []*Scene, members [][]int) []Evidence {
	var tallies []tally
	tries, accounts, addrs := 0, 0, 0
	for k, s := range scenes {
		t := s.tally(members[k])
		tallies = append(tallies, t)
		tries += t.tries
		accounts += len(t.accounts)
		addrs += len(t.addrs)
	}
	var out []Evidence
	out = append(out, rotation(scenes, members)...)
	out = append(out, pooledEvenness(tallies)...)
	for k, s := range scenes {
		if e := s.order(tallies[k]); len(e) > 0 && (len(scenes) == 1 || e[0].Value > inOrder+1) { // many looks, more chance
			out = append(out, e...)
			break
		}
	}
	out = append(out, oneTool(scenes, tallies)...)
	out = append(out, clock(scenes, members)...)
	if never := neverSuccessful(scenes, tallies); addrs >= 5 {
		share := float64(never) / float64(addrs)
		out = append(out, weigh("never_successful_networks", share, damp(3*(share-0.8)*5, 2),
			"from %d of %d addresses nobody ever signed in", never, addrs))
	}
	ratio := float64(addrs) / float64(tries)
	if tries >= 8 && ratio > 0.8 && float64(tries) > 1.5*float64(accounts) {
		out = append(out, weigh("addresses_per_attempt", ratio, 1.5, "almost every one of the %d tries came from an address of its own (%d)", tries, addrs))
	}
	return out
}

// rotation weighs whether the tries on one account come from ever other
// networks. People fail again from where they failed before.
func rotation(scenes []*Scene, members [][]int) []Evidence {
	rotating, repeated, accounts := 0, 0, 0
	for k, s := range scenes {
		nets := map[uint32]map[uint32]bool{}
		tried := map[uint32]int{}
		for _, i := range members[k] {
			a := s.Attempt(i)
			if nets[a.Account] == nil {
				nets[a.Account] = map[uint32]bool{}
			}
			nets[a.Account][a.Net] = true
			tried[a.Account]++
		}
		accounts += len(tried)
		for a, n := range tried {
			if n < 2 {
				continue
			}
			repeated++
			if 2*len(nets[a]) > n {
				rotating++
			}
		}
	}
	if repeated < 3 {
		return nil
	}
	// 1.85 = ln(.95/.15), -2.8 = ln(.05/.85); a third of it, because the
	// accounts of one organisation are not independent. What never moves is a
	// device or a job with an old password, at any number of organisations.
	w := min(6, max(-12, (1.85*float64(rotating)-2.8*float64(repeated-rotating))/3))
	if w > 0 { // noise that hits an account twice by chance rotates too
		w *= min(1, 2*float64(repeated)/float64(accounts))
	}
	if rotating == 0 {
		w = -12
	}
	return []Evidence{weigh("rotating_networks", float64(rotating)/float64(repeated), w,
		"%d of the %d accounts tried more than once (of %d) were tried from ever other networks", rotating, repeated, accounts)}
}

func pooledEvenness(tallies []tally) []Evidence {
	var tried []int
	for _, t := range tallies {
		for _, n := range t.tried {
			tried = append(tried, n)
		}
	}
	mean, d := dispersionOf(tried)
	n := float64(len(tried))
	switch {
	case n < 5:
		return nil
	case mean < 1.5:
		return []Evidence{weigh("tries_per_account", mean, min(1.5, 0.1*n), "most accounts were tried just once")}
	case d < 0.7:
		return []Evidence{weigh("even_tries", d, min(5, 0.3*n*(1-d)), "tries per account are more even than chance: %.1f each, variance/mean %.2f", mean, d)}
	case d > 3:
		return []Evidence{weigh("uneven_tries", d, -1.5, "tries per account are uneven (variance/mean %.1f)", d)}
	}
	return nil
}

// oneTool weighs how far the clients of the attempts differ from what the
// organisations' people use: the Kullback-Leibler divergence of the most
// frequent client.
func oneTool(scenes []*Scene, tallies []tally) []Evidence {
	used := map[string]int{} // by user agent, else by label
	total := 0
	for k, t := range tallies {
		for c, n := range t.clients {
			used[agent(scenes[k].Client(c))] += n
			total += n
		}
	}
	lead, most := "", 0
	for c, n := range used {
		if n > most || n == most && c < lead {
			lead, most = c, n
		}
	}
	share := float64(most) / float64(total)
	usual := usualShare(scenes, lead)
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

// usualShare is the share of a client among the accounts that sign in, with
// one added so that what was never seen is rare and not impossible.
func usualShare(scenes []*Scene, lead string) float64 {
	with, all := 1.0, 20.0
	for _, s := range scenes {
		for a := range uint32(s.Accounts()) {
			any, match := false, false
			s.Successes(a, func(x ledger.Success) bool {
				any = true
				match = agent(s.Client(x.Client)) == lead
				return !match
			})
			if any {
				all++
			}
			if match {
				with++
			}
		}
	}
	return math.Min(with/all, 1)
}

// clock weighs an even pace and hours that are not the organisation's.
func clock(scenes []*Scene, members [][]int) []Evidence {
	var out []Evidence
	for k, s := range scenes {
		if cv := s.pacing(members[k]); cv >= 0 && cv < 0.5 {
			out = append(out, weigh("steady_pace", cv, 2, "the time between tries hardly varies (coefficient of variation %.2f)", cv))
			break
		}
	}
	var tried, usual [24]float64
	n, m := 0.0, 0.0
	for k, s := range scenes {
		for _, i := range members[k] {
			tried[hourOf(s.Attempt(i).At)]++
			n++
		}
		for a := range uint32(s.Accounts()) {
			s.Successes(a, func(x ledger.Success) bool {
				usual[hourOf(x.First)]++
				m++
				return true
			})
		}
	}
	if n < 20 || m < 100 {
		return out
	}
	divergence := 0.0
	for h := range tried {
		p, q := (tried[h]+0.5)/(n+12), (usual[h]+0.5)/(m+12)
		divergence += p * math.Log(p/q)
	}
	return append(out, weigh("other_hours", divergence, damp(3*(divergence-0.25), 2),
		"the hours of the day differ from the organisation's own by %.2f nats", divergence))
}

func hourOf(ms int64) int { return int((ms/hour%24 + 24) % 24) }

func neverSuccessful(scenes []*Scene, tallies []tally) int {
	n := 0
	for k, t := range tallies {
		s := scenes[k]
		for addr := range t.addrs {
			if s.UsersOf(s.NetOf(addr), s.span[1]) == 0 {
				n++
			}
		}
	}
	return n
}

// clipText shortens text typed by others for a sentence.
func clipText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
