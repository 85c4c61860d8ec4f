package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

func fastHTTP() Scenario {
	return Scenario{
		Name: "fasthttp",
		Kind: detect.BruteForce,
		Published: "January 2025 (SpearTip): user agent fasthttp, application 00000002-0000-0000-c000-000000000000; 65 % from Brazil; " +
			"answers: 41.53 % wrong password, 20.97 % locked, 17.74 % blocked by policy, 10.08 % second factor failed, 9.68 % success.",
		Source: "https://www.speartip.com/fasthttp-used-in-new-bruteforce-campaign/",
		Assumed: "5 to 50 % of the accounts, 2 to 12 attempts on each; an address of its own for each attempt; the answers are drawn " +
			"for each attempt alone, so an account may be locked and open in turn; 3 days at 6 organisations.",
		Orgs: 6, Days: 3,
		Accounts: shares(0.05, 0.50),
		Tempo:    each(2, 12),
		Pool: func(w *World, r *rand.Rand) pool {
			countries := make([]string, 0, 20)
			for range 13 { // 13 of 20 are 65 %
				countries = append(countries, "BR")
			}
			countries = append(countries, "TR", "AR", "UA", "ID", "MX", "ZA", "VN")
			return drawn(homes(w, r, 5000, countries...), r.Uint64())
		},
		Clients: []*Client{ropc(aadGraph, aadGraph, "fasthttp", "")},
		Answer: func(r *rand.Rand) Code {
			switch x := r.Float64() * 100; {
			case x < 41.53:
				return WrongPassword
			case x < 41.53+20.97:
				return Locked
			case x < 41.53+20.97+17.74:
				return BlockedByPolicy
			case x < 41.53+20.97+17.74+10.08:
				return MFAFailed
			}
			return Accepted
		},
	}
}
