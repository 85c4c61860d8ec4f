package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func peach2023() Scenario {
	return Scenario{
		Name: "peach-2023",
		Kind: detect.PasswordSpray,
		Published: "Peach Sandstorm, February to July 2023: thousands of organisations, among them pharmaceutical ones; Tor, " +
			"user agent go-http-client; from late May to June almost only between 09:00 and 17:00 Iran Standard Time.",
		Source:  "https://www.microsoft.com/security/blog/2023/09/14/peach-sandstorm-password-spray-campaigns-enable-intelligence-collection-at-high-value-targets/",
		Assumed: "all accounts, twice in a working day; Saturday to Thursday; about 1,000 exits; 4 days at 12 organisations; one password found.",
		Orgs:    12, Days: 4,
		Accounts: share(1),
		Tempo:    rounds(4 * time.Hour),
		// Iran Standard Time is 3 h 30 min ahead of UTC; summer time was
		// abolished in 2022.
		Hours:   hours{from: 5*time.Hour + 30*time.Minute, to: 13*time.Hour + 30*time.Minute, days: allBut(time.Friday)},
		Pool:    func(w *World, r *rand.Rand) pool { return drawn(torMostly(w, r, 1000, 1), r.Uint64()) },
		Clients: []*Client{ropc(azureCLI, graph, "Go-http-client/1.1", "")},
		Succeed: 1,
	}
}

// allBut returns the days of the week without one.
func allBut(free ...time.Weekday) []time.Weekday {
	var days []time.Weekday
	for d := time.Sunday; d <= time.Saturday; d++ {
		works := true
		for _, f := range free {
			works = works && d != f
		}
		if works {
			days = append(days, d)
		}
	}
	return days
}
