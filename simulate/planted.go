package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

// Campaigns that nobody published: what published rules cannot see by design.

const ours = "ours: docs/simulation.md"

func slowOneSource() Scenario {
	return Scenario{
		Name:      "slow-one-source",
		Kind:      detect.PasswordSpray,
		Published: "Nothing: one address tries 200 users, one every five minutes. It falls between the windows of per-address rules.",
		Source:    ours,
		Assumed:   "everything; 16 h 40 min at one organisation.",
		Orgs:      1, Days: 1,
		Accounts: count(200, 200),
		Tempo:    steady(5*time.Minute, 1),
		Pool:     func(w *World, r *rand.Rand) pool { return constant(w.Net.hosted(r)) },
		Clients:  []*Client{ropc(exchangeOnline, exchangeOnline, "BAV2ROPC", "")},
	}
}

func planted500() Scenario {
	return Scenario{
		Name:      "planted-500",
		Kind:      detect.PasswordSpray,
		Published: "Nothing: 500 addresses make one attempt each, on 25 accounts at 25 organisations, 4 per account and hour for 5 hours; the last attempt on one account succeeds.",
		Source:    ours,
		Assumed:   "everything.",
		Orgs:      25, Days: 5.0 / 24,
		Accounts: count(1, 1),
		Tempo:    rounds(15 * time.Minute),
		Pool: func(w *World, r *rand.Rand) pool {
			list := distinct(500, func() Endpoint { return w.Net.residential(r, pick(r, []string{"BR", "VN", "US", "RO"})) })
			return func(_ *Org, t try) Endpoint { return list[(t.org*20+t.round)%len(list)] } // 20 rounds: 4 an hour for 5 hours
		},
		Clients: []*Client{ropc(exchangeOnline, exchangeOnline, "BAV2ROPC", "")},
		Succeed: 1, FoundAt: 0.99,
	}
}

func plantedHard() Scenario {
	s := planted500()
	s.Name = "planted-hard"
	s.Published = "Nothing: 25 accounts at 25 organisations, one attempt a day on each for 14 days, each from a home of its own, with five clients that people use."
	s.Days = 14
	s.Tempo = daily(0)
	s.Pool = func(w *World, r *rand.Rand) pool { return drawn(homes(w, r, 5000, "BR", "VN", "US", "RO"), r.Uint64()) }
	s.Clients = newCatalogue().browsers[:5]
	return s
}

func plantedVaried() Scenario {
	s := planted500()
	s.Name = "planted-varied"
	s.Published = "Nothing: as planted-500, but every attempt comes with one of ten clients and from another kind of network: homes, rented machines, Tor exits, VPNs, a cloud."
	s.Pool = func(w *World, r *rand.Rand) pool {
		list := distinct(500, func() Endpoint {
			switch x := r.Float64(); {
			case x < 0.5:
				return w.Net.residential(r, "")
			case x < 0.7:
				return w.Net.hosted(r)
			case x < 0.85:
				return pick(r, w.Net.tor)
			case x < 0.93:
				return pick(r, w.Net.vpns).host(uint64(r.IntN(200)))
			}
			return pick(r, w.Net.cloud).host(r.Uint64())
		})
		return func(_ *Org, t try) Endpoint { return list[(t.org*20+t.round)%len(list)] }
	}
	c := newCatalogue()
	s.Clients = append(slices.Clone(c.browsers[:4]), c.weak[:6]...)
	return s
}

func ultraSlow() Scenario {
	return Scenario{
		Name:      "ultra-slow",
		Kind:      detect.PasswordSpray,
		Published: "Nothing: 4 accounts a day at each of 20 organisations, every attempt from a home of its own, by one tool.",
		Source:    ours,
		Assumed:   "everything; 40 accounts of each organisation in turn, 28 days.",
		Orgs:      20, Days: 28,
		Accounts: count(40, 40),
		Tempo:    some(4),
		Pool: func(w *World, r *rand.Rand) pool {
			return drawn(homes(w, r, 5000, ""), r.Uint64())
		},
		Clients: []*Client{ropc(officeHome, graph, "Dart/3.5 (dart:io)", "")},
	}
}
