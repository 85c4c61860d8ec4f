package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func mfaFatigue() Scenario {
	return Scenario{
		Name: "mfa-fatigue",
		Kind: detect.MFAFatigue,
		Published: "T1621: whoever has the password sends one request for the second factor after the other until somebody gives in. " +
			"LAPSUS$ (DEV-0537) did so in 2021 and 2022; at Uber in September 2022 a contractor accepted one in the end.",
		Source: "https://attack.mitre.org/techniques/T1621/ and https://www.uber.com/newsroom/security-update/ (both from memory)",
		Assumed: "2 to 6 accounts with a second factor at each of 5 organisations, 6 to 30 requests on each within an hour, in the evening or at night; " +
			"two in three are declined, the others not answered; one request is accepted.",
		Tenant: true,
		Orgs:   5, Days: 4,
		Accounts: count(2, 6),
		Pushes:   true,
		Tempo:    pushes(6, 30, time.Hour),
		Pool: func(w *World, r *rand.Rand) pool {
			var list []Endpoint
			for range 6 {
				list = append(list, pick(r, w.Net.vpns).host(uint64(r.IntN(60))))
			}
			return perDay(list, r.Uint64())
		},
		Clients: []*Client{browser(chrome, "Chrome 140.0.0", "Windows10")},
		Succeed: 1, FoundAt: 0.99,
	}
}

// pushes tries every account that often within a stretch of that length, on a
// day of its own.
func pushes(least, most int, within time.Duration) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		for i := range s.accounts {
			w := s.windows[s.r.IntN(len(s.windows))]
			from := w.at(s.r.Float64() * max(0, 1-float64(within)/float64(w.length())))
			n := least + s.r.IntN(most-least+1)
			for k := range n {
				try(window{from, from.Add(within)}.at((float64(k)+s.r.Float64())/float64(n)), i, k)
			}
		}
	}
}
