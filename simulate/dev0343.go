package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func dev0343() Scenario {
	return Scenario{
		Name: "dev-0343",
		Kind: detect.PasswordSpray,
		Published: "DEV-0343 (Gray Sandstorm), 2021: more than 250 tenants, fewer than 20 compromised; dozens to hundreds of accounts " +
			"of an organisation, each tried dozens to thousands of times; 150 to more than 1,000 Tor addresses per organisation; " +
			"shows itself as Firefox; Autodiscover and ActiveSync; Sunday to Thursday, 04:00 to 17:00 UTC.",
		Source:  "https://www.microsoft.com/security/blog/2021/10/11/iran-linked-dev-0343-targeting-defense-gis-and-maritime-sectors/",
		Assumed: "12 to 300 accounts, 12 to 200 attempts on each, evenly over the hours; 500 exits; 10 days at 8 organisations; one password found.",
		Orgs:    8, Days: 10,
		Accounts: count(12, 300),
		Tempo:    each(12, 200),
		Hours:    hours{from: 4 * time.Hour, to: 17 * time.Hour, days: allBut(time.Friday, time.Saturday)},
		Pool:     func(w *World, r *rand.Rand) pool { return drawn(torMostly(w, r, 500, 1), r.Uint64()) },
		Clients: []*Client{
			legacy("AutoDiscover", firefox2021),
			legacy("Exchange ActiveSync", firefox2021),
		},
		Succeed: 1,
	}
}

const firefox2021 = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:91.0) Gecko/20100101 Firefox/91.0"
