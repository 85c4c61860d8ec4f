package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func apt33In2019() Scenario {
	return Scenario{
		Name: "apt33-2019",
		Kind: detect.PasswordSpray,
		Published: "HOLMIUM (APT33), June to October 2019: tens of thousands of organisations; October and November: about 2,000 a month, " +
			"with ten times as many accounts at each.",
		Source: "https://arstechnica.com/information-technology/2019/11/a-notorious-iranian-hacking-crew-is-targeting-industrial-control-systems/ (on Moran, CYBERWARCON 2019)",
		Assumed: "20 to 100 accounts, 2 to 6 attempts on each in two weeks; rented machines, each attempt from another; one client; " +
			"14 days at 12 organisations.",
		Orgs: 12, Days: 14,
		Accounts: count(20, 100),
		Tempo:    each(2, 6),
		Pool: func(w *World, r *rand.Rand) pool {
			return drawn(torMostly(w, r, 600, 0), r.Uint64())
		},
		Clients: []*Client{legacy("Other clients", "Microsoft Office/15.0 (Windows NT 6.1; Microsoft Outlook 15.0.4569; Pro)")},
	}
}
