package detect

import (
	"cmp"
	"maps"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// sharedClient finds one tool at work at several organisations at once, when
// no single one of them sees enough of it: orphan failures are pooled by the
// exact client they came with, and a rise is looked for in each pool.
var sharedClient = Detector{
	Name:  "shared_client",
	Doc:   "one client, known by its user agent, that fails at three organisations or more at once, far above what is usual for it",
	Blind: "fewer than three organisations; logs that name no client; attackers who use the organisations' own clients at the rate of their people",
	Key:   Pooled,
	Find:  findSharedClients,
}

const minOrganisations = 3

func findSharedClients(scenes []*Scene) []Finding {
	if len(scenes) < minOrganisations {
		return nil
	}
	pools := map[string][]sighting{} // by user agent: what else a log says of a client has other names in each
	from, to := scenes[0].span[0], scenes[0].span[1]
	days := map[int64]bool{}
	for k, s := range scenes {
		maps.Copy(days, s.days)
		from, to = min(from, s.span[0]), max(to, s.span[1])
		for i, n := range s.Novelty {
			a := s.Attempt(i)
			ua := s.Client(a.Client).UserAgent
			if n.Is(Orphan|NewClient) && s.guess(a) && ua != "" {
				pools[ua] = append(pools[ua], sighting{a.At, int32(k), a.Account, int32(i), !n.Is(Fresh)})
			}
		}
	}
	var agents []string
	for ua, p := range pools {
		if organisations(p) >= minOrganisations {
			agents = append(agents, ua)
		}
	}
	slices.Sort(agents)
	users := agentUsers(scenes, agents)

	var found []Finding
	for _, ua := range agents {
		pool := pools[ua]
		slices.SortFunc(pool, func(a, b sighting) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.scene, b.scene), cmp.Compare(a.attempt, b.attempt))
		})
		// A client nobody uses fails once in a hundred hours; one that people
		// use fails with them now and then.
		perHour := 0.01 + 0.002*float64(users[ua])
		brackets := rises(pool, days, from, to, hour, perHour, 1.5, 18)
		brackets = append(brackets, rises(pool, days, from, to, day, 24*perHour, 3, 12)...)
		for _, b := range mergeBrackets(brackets) {
			found = append(found, judgeShared(scenes, ua, pool, b, days)...)
		}
	}
	return found
}

func judgeShared(scenes []*Scene, ua string, pool []sighting, b bracket, days map[int64]bool) []Finding {
	// A job with an old password is known by what it does next, so the shape is
	// judged with the day that follows.
	byScene, later := map[int][]int{}, map[int][]int{}
	inside := 0
	for _, x := range pool {
		k, i := int(x.scene), int(x.attempt)
		if x.at >= b.from && x.at < b.to {
			byScene[k] = append(byScene[k], i)
			inside++
		}
		if x.at >= b.from && x.at < b.to+day {
			later[k] = append(later[k], i)
		}
	}
	most := 0
	var hit []*Scene
	var members, judged [][]int
	for k := range scenes {
		if n := len(byScene[k]); n > 0 {
			most = max(most, n)
			hit = append(hit, scenes[k])
			members = append(members, byScene[k])
			judged = append(judged, later[k])
		}
	}
	if len(hit) < minOrganisations || float64(most) > 0.7*float64(inside) {
		return nil
	}
	evidence := coordination(hit, judged)
	evidence = append(evidence, steady(b, days, inside, len(pool)-inside)...)
	evidence = append(evidence,
		weigh("organisations", float64(len(hit)), min(6, 1.2*float64(len(hit)-1)), "the same client failed at %d organisations in %s", len(hit), lasting(b.to-b.from)),
		weigh("rise", b.seen, damp(0.2*(b.seen-2*b.expected), 3), "%.0f accounts over all of them, where %.1f were to be expected of this client", b.seen, b.expected))
	var found []Finding
	for k, s := range hit {
		t := s.tally(members[k])
		found = append(found, s.finding("shared_client", s.sprayKind(t, s.unknown(t.accounts)), ua, members[k], coordinationPrior, evidence))
	}
	return found
}

func organisations(pool []sighting) int {
	seen := map[int32]bool{}
	for _, x := range pool {
		seen[x.scene] = true
	}
	return len(seen)
}

// agentUsers counts the accounts that sign in with each user agent.
func agentUsers(scenes []*Scene, agents []string) map[string]int {
	users := make(map[string]int, len(agents))
	for _, ua := range agents {
		users[ua] = 0
	}
	for _, s := range scenes {
		for a := range uint32(s.Accounts()) {
			counted := map[string]bool{}
			s.Successes(a, func(x ledger.Success) bool {
				ua := s.Client(x.Client).UserAgent
				if n, wanted := users[ua]; wanted && !counted[ua] {
					counted[ua] = true
					users[ua] = n + 1
				}
				return true
			})
		}
	}
	return users
}
