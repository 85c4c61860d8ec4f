package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func huntress2026() Scenario {
	return Scenario{
		Name: "huntress-2026",
		Kind: detect.CredentialStuffing,
		Published: "12 to 26 June 2026: 81 million attempts in 14 days with pairs from breaches, from one operator's IPv6 range, by " +
			"Azure CLI with the password grant (ROPC); 78 accounts at 64 organisations, one for about a million attempts.",
		Source:  "Huntress, June 2026 (read in quotations only)",
		Assumed: "30 % of the accounts of an organisation stand in breaches, half of the pairs name people who have left; one to four attempts on each; a new /64 for each; the peak on day 10; 12 organisations; two passwords found.",
		Orgs:    12, Days: 14,
		Accounts: share(0.30),
		Guessed:  0.5,
		Tempo:    peaking(1, 4, 10),
		Pool: func(w *World, r *rand.Rand) pool {
			return fresh(r.Uint64(), w.Net.v6.host)
		},
		Clients: []*Client{ropc(azureCLI, management, "python-requests/2.32.3", "")},
		Succeed: 1, Confirm: 1,
	}
}
