package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func gossamer() Scenario {
	return Scenario{
		Name:      "gossamer",
		Kind:      detect.CredentialStuffing,
		Published: "22 December 2020 at one university: 12 addresses of DigitalOcean tried 76,000 users in 169,000 attempts within a day.",
		Source:    "Gossamer, USENIX Security 2022 (read in quotations only)",
		Assumed:   "the client; attempts spread evenly over the day; every account of the organisation, however many it has.",
		Orgs:      1, Days: 1,
		Accounts: share(1),
		Tempo:    each(1, 6), // 169,000 / 76,000 = 2.2 on average
		Pool: func(w *World, r *rand.Rand) pool {
			var list []Endpoint
			for range 12 {
				list = append(list, w.Net.droplets.host(r.Uint64()))
			}
			return drawn(list, r.Uint64())
		},
		Clients: []*Client{ropc(officeHome, graph, "python-requests/2.25.0", "")},
	}
}
