package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func takeover() Scenario {
	return Scenario{
		Name: "takeover",
		Kind: detect.PasswordSpray,
		Published: "Nothing: a spray that finds a password at three organisations and stays: the intruder reads mail, hides what arrives, " +
			"registers a second factor of his own and lets an application in. Formats that record acts have them; the others show sign-ins.",
		Source:  ours,
		Assumed: "everything; 5 to 20 % of the accounts, two attempts a day on each, by homes; 6 days at 6 organisations; three passwords found.",
		Orgs:    6, Days: 6,
		Accounts: shares(0.05, 0.20),
		Tempo:    atRate(2),
		Pool: func(w *World, r *rand.Rand) pool {
			return drawn(homes(w, r, 2000, "BR", "VN", "US", "RO", ""), r.Uint64())
		},
		Clients: []*Client{ropc(azureCLI, graph, "axios/1.7.9", "")},
		Stay:    []string{"User registered security info", "Set-Mailbox", "Consent to application.", "Add OAuth2PermissionGrant."},
		Succeed: 3, FoundAt: 0.4,
	}
}
