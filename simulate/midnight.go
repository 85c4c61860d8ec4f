package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func midnight() Scenario {
	return Scenario{
		Name: "midnight",
		Kind: detect.PasswordSpray,
		Published: "Midnight Blizzard at Microsoft, from late November 2023: residential proxies, a limited number of accounts, " +
			"few attempts on each; a legacy test tenant's account without a second factor.",
		Source:  "https://www.microsoft.com/security/blog/2024/01/25/midnight-blizzard-guidance-for-responders-on-nation-state-attack/ (read in quotations only)",
		Assumed: "5 to 20 accounts, one or two attempts a day on each, every one from an address of its own; a common browser; 14 days; one password found.",
		Orgs:    1, Days: 14,
		Accounts: count(5, 20),
		Tempo:    daily(0.5),
		Pool: func(w *World, r *rand.Rand) pool {
			all := w.Net.countries
			return fresh(r.Uint64(), func(h uint64) Endpoint {
				nets := w.Net.homes[all[h%uint64(len(all))].Code]
				return nets[h>>16%uint64(len(nets))].host(h >> 24)
			})
		},
		Clients: []*Client{browser(chrome, "Chrome 140.0.0", "Windows10")},
		Succeed: 1,
	}
}
