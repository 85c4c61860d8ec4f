package detect

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// sharedClient finds one tool at work at several organisations at once, when
// no single one of them sees enough of it: orphan failures are pooled by the
// exact client they came with, and a rise is looked for in each pool.
var sharedClient = Detector{
	Name:  "shared_client",
	Doc:   "one client (user agent, application, protocol) that fails at three organisations or more at once, far above what is usual for it",
	Blind: "fewer than three organisations; logs that name no client; attackers who use the organisations' own clients at the rate of their people",
	Key:   Pooled,
	Find:  findSharedClients,
}

const minOrganisations = 3

func findSharedClients(scenes []*Scene) []Finding {
	if len(scenes) < minOrganisations {
		return nil
	}
	pools := map[ledger.Client][]sighting{}
	from, to := scenes[0].span[0], scenes[0].span[1]
	for k, s := range scenes {
		from, to = min(from, s.span[0]), max(to, s.span[1])
		for i, n := range s.Novelty {
			a := s.Attempt(i)
			c := s.Client(a.Client)
			if n.Is(Orphan|NewClient) && s.guess(a) && c.UserAgent != "" {
				pools[c] = append(pools[c], sighting{a.At, int32(k), a.Account, int32(i)})
			}
		}
	}
	clients := make([]ledger.Client, 0, len(pools))
	for c, p := range pools {
		if organisations(p) >= minOrganisations {
			clients = append(clients, c)
		}
	}
	slices.SortFunc(clients, func(a, b ledger.Client) int {
		return cmp.Or(cmp.Compare(a.UserAgent, b.UserAgent), cmp.Compare(a.Client, b.Client), cmp.Compare(a.App, b.App), cmp.Compare(a.Protocol, b.Protocol))
	})
	users := clientUsers(scenes, clients)

	var found []Finding
	for _, c := range clients {
		pool := pools[c]
		slices.SortFunc(pool, func(a, b sighting) int {
			return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.scene, b.scene), cmp.Compare(a.attempt, b.attempt))
		})
		// A client nobody uses fails once in a hundred hours; one that people
		// use fails with them now and then.
		perHour := 0.01 + 0.002*float64(users[c])
		brackets := rises(pool, from, to, hour, perHour, 1.5, 18)
		brackets = append(brackets, rises(pool, from, to, day, 24*perHour, 3, 12)...)
		for _, b := range mergeBrackets(brackets) {
			found = append(found, judgeShared(scenes, c, pool, b, [2]int64{from, to})...)
		}
	}
	return found
}

func judgeShared(scenes []*Scene, c ledger.Client, pool []sighting, b bracket, span [2]int64) []Finding {
	byScene := map[int][]int{}
	inside := 0
	for _, x := range pool {
		if x.at >= b.from && x.at < b.to {
			byScene[int(x.scene)] = append(byScene[int(x.scene)], int(x.attempt))
			inside++
		}
	}
	most := 0
	var hit []*Scene
	var members [][]int
	for k := range scenes {
		if n := len(byScene[k]); n > 0 {
			most = max(most, n)
			hit = append(hit, scenes[k])
			members = append(members, byScene[k])
		}
	}
	if len(hit) < minOrganisations || float64(most) > 0.7*float64(inside) {
		return nil
	}
	evidence := coordination(hit, members)
	evidence = append(evidence, steady(b, span, inside, len(pool)-inside)...)
	evidence = append(evidence,
		weigh("organisations", float64(len(hit)), min(6, 1.2*float64(len(hit)-1)), "the same client failed at %d organisations in %s", len(hit), lasting(b.to-b.from)),
		weigh("rise", b.seen, damp(0.2*(b.seen-2*b.expected), 3), "%.0f accounts over all of them, where %.1f were to be expected of this client", b.seen, b.expected))
	var found []Finding
	for k, s := range hit {
		t := s.tally(members[k])
		found = append(found, s.finding("shared_client", sprayKind(t, s.unknown(t.accounts)), c.Label(), members[k], coordinationPrior, evidence))
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

// clientUsers counts the accounts that sign in with each client.
func clientUsers(scenes []*Scene, clients []ledger.Client) map[ledger.Client]int {
	users := make(map[ledger.Client]int, len(clients))
	for _, c := range clients {
		users[c] = 0
	}
	for _, s := range scenes {
		for a := range uint32(s.Accounts()) {
			counted := map[uint32]bool{}
			s.Successes(a, func(x ledger.Success) bool {
				if !counted[x.Client] {
					counted[x.Client] = true
					if n, wanted := users[s.Client(x.Client)]; wanted {
						users[s.Client(x.Client)] = n + 1
					}
				}
				return true
			})
		}
	}
	return users
}
