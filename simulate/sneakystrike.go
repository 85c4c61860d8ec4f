package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func sneakyStrike() Scenario {
	return Scenario{
		Name: "sneakystrike",
		Kind: detect.PasswordSpray,
		Published: "UNK_SneakyStrike with TeamFiltration, from December 2024: more than 80,000 accounts at about 100 tenants, 16,500 on " +
			"the busiest day; bursts inside one tenant, then four to five quiet days; all users of small tenants, subsets of large ones; " +
			"Amazon addresses; enumeration through Teams; a rare, outdated Teams user agent.",
		Source:  "Proofpoint on UNK_SneakyStrike, June 2025 (read in quotations only)",
		Assumed: "one or two attempts per account and burst of 1 to 4 hours; 6 addresses; at most 500 accounts of a tenant; 12 days at 10 organisations; two passwords found, one of them with a second factor.",
		Orgs:    10, Days: 12,
		Accounts: allUpTo(500),
		Tempo:    bursts(time.Hour, 4*time.Hour, 4, 5),
		Pool: func(w *World, r *rand.Rand) pool {
			var list []Endpoint
			for i := range 6 {
				list = append(list, w.Net.cloud[i].host(r.Uint64()))
			}
			return drawn(list, r.Uint64())
		},
		Clients: []*Client{ropc(teams, graph,
			windows+webkit+"Teams/1.3.00.30866 Chrome/80.0.3987.165 Electron/8.5.1 Safari/537.36", "Windows10")},
		Succeed: 1, Confirm: 1,
	}
}
