package detect

import (
	"maps"
	"slices"
)

// newClient finds one tool that comes up at an organisation and goes for many
// of its accounts: the rise of a client that hardly anybody uses stands out
// long before the rise of all failures does.
var newClient = Detector{
	Name:  "new_client",
	Doc:   "one client that hardly anybody of the organisation uses and that begins to fail on many accounts",
	Blind: "clients that people use; logs that name no client; tools of which the noise makes as much",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findNewClients(scenes[0]) },
}

func findNewClients(s *Scene) []Finding {
	pools := map[string][]orphan{}
	for k, n := range s.Novelty {
		i := uint32(k)
		a := s.Attempt(i)
		ua := s.Client(a.Client).UserAgent
		if ua != "" && n.Is(Orphan|NewClient) && s.guess(a) && !s.common(ua, a.At) {
			pools[ua] = append(pools[ua], newOrphan(i, !n.Is(Fresh)))
		}
	}
	var found []Finding
	for _, ua := range slices.Sorted(maps.Keys(pools)) {
		pool := pools[ua]
		if len(pool) < 2*minAccounts {
			continue
		}
		// Each of a dozen commodity tools has its share of the noise.
		for _, b := range mergeBrackets(rises([]*Scene{s}, sightingsAt(pool), s.days, s.span[0], s.span[1], s.noisePerDay()/12, namedWeather)) {
			var members []uint32
			for _, o := range pool {
				if at := s.AttemptAt(o.attempt()); at >= b.from && at < b.to {
					members = append(members, o.attempt())
				}
			}
			if f, ok := s.judgeWide("new_client", ua, b, members, len(pool)-len(members)); ok {
				found = append(found, f)
			}
		}
	}
	return found
}
