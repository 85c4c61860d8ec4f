package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func quad7() Scenario {
	return Scenario{
		Name: "quad7",
		Kind: detect.PasswordSpray,
		Published: "Storm-0940 through CovertNetwork-1658, since August 2023: in about 80 % of the cases one attempt per account and day; " +
			"on average 8,000 compromised routers, about 20 % of them spraying at a time; found credentials used the same day.",
		Source:  "https://www.microsoft.com/security/blog/2024/10/31/chinese-threat-actor-storm-0940-uses-credentials-from-password-spray-attacks-from-a-covert-network/",
		Assumed: "1 to 30 % of the accounts; two or three attempts a day in the other 20 %; one fixed client; 14 days at 8 organisations; one password found.",
		Orgs:    8, Days: 14,
		Accounts: shares(0.01, 0.30),
		Tempo:    daily(0.20),
		Pool: func(w *World, r *rand.Rand) pool {
			return drawn(homes(w, r, 8000*20/100, "US", "US", "FR", "BG", "RU", "RO", "BR", "TH", ""), r.Uint64())
		},
		Clients: []*Client{browser("Mozilla/5.0 (Windows NT 10.0; Win64; x64; Trident/7.0; rv:11.0) like Gecko", "IE 11.0", "Windows10")},
		Succeed: 1,
	}
}
