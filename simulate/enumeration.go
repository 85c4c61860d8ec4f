package simulate

import (
	"math/rand/v2"
	"time"

	"github.com/pumphandle/pumphandle/detect"
)

func enumerateThenSpray() Scenario {
	return Scenario{
		Name: "enumerate-then-spray",
		Kind: detect.PasswordSpray,
		Also: []detect.Kind{detect.AccountEnumeration},
		Published: "DEV-0343's tool asks Autodiscover and ActiveSync, whose answers tell it which accounts exist, and goes on with these " +
			"alone.",
		Source: "https://www.microsoft.com/security/blog/2021/10/11/iran-linked-dev-0343-targeting-defense-gis-and-maritime-sectors/",
		Assumed: "400 names at each of 4 organisations within two hours, four in five of which do not exist; then every two hours a password " +
			"on those that do, for 4 days; 200 exits; one password found.",
		Orgs: 4, Days: 4,
		Accounts: count(400, 400),
		Guessed:  0.8,
		Tempo:    enumerated(2*time.Hour, 2*time.Hour),
		Pool:     func(w *World, r *rand.Rand) pool { return drawn(torMostly(w, r, 200, 1), r.Uint64()) },
		Clients:  []*Client{legacy("AutoDiscover", firefox2021), legacy("Exchange ActiveSync", firefox2021)},
		Succeed:  1,
	}
}

// enumerated tries every name once in that time, then those that exist again and
// again, all of them in each stretch of that length.
func enumerated(first, every time.Duration) tempo {
	return func(s stage, try func(time.Time, int, int)) {
		var exist []int
		names := window{s.windows[0].from, s.windows[0].from.Add(first)}
		for i := range s.accounts {
			try(names.at((float64(i)+s.r.Float64())/float64(s.accounts)), i, 0)
			if s.exists(i) {
				exist = append(exist, i)
			}
		}
		round := 1
		for _, w := range s.windows {
			from := w.from
			if from.Before(names.to) {
				from = names.to
			}
			for ; from.Before(w.to); from = from.Add(every) {
				slot := window{from, from.Add(every)}
				for k, i := range exist {
					try(slot.at((float64(k)+s.r.Float64())/float64(len(exist))), i, round)
				}
				round++
			}
		}
	}
}
