package detect

import (
	"maps"
	"slices"
)

// sharedClient finds one tool at work at several organisations at once, when
// no single one of them sees enough of it: orphan failures are pooled by the
// client they came with, and a rise is looked for in each pool.
var sharedClient = Detector{
	Name:  "shared_client",
	Doc:   "one client, or one way of signing in, that fails at three organisations or more at once, far above what is usual for it",
	Blind: "fewer than three organisations; on logs that name no client, attacks at the pace of the noise",
	Key:   Pooled,
	Find:  findSharedClients,
}

// commonClient is the share of the accounts from which a client counts as one
// that people use.
const commonClient = 0.01

func findSharedClients(scenes []*Scene) []Finding {
	if len(scenes) < minOrganisations {
		return nil
	}
	var found []Finding
	for _, p := range clientPools(scenes) {
		if len(p.seen.list) >= 2*minAccounts && len(p.seen.ends) >= minOrganisations {
			found = append(found, judgePool("shared_client", scenes, p)...)
		}
		p.seen = sightings{} // all pools together hold an orphan up to twice
	}
	return found
}

// clientPools pools the orphans of all scenes in three ways: by exact user
// agent; all that come with clients people use, for who imitates them; and by
// how they speak those that come with others, for who changes his name with
// each try.
func clientPools(scenes []*Scene) []*pool {
	pools := map[string]*pool{}
	named := func(key, subject string, perHour func() float64) *pool {
		p := pools[key]
		if p == nil {
			p = &pool{subject: subject, perHour: perHour()}
			pools[key] = p
		}
		return p
	}
	// clientPool is what a client is pooled under, once it is known.
	type clientPool struct {
		asked       bool
		uncommon    bool // fewer than two accounts ever signed in with it
		agent, ways *pool
	}
	users, noise := 0, 0.0
	for _, s := range scenes {
		users += s.Users
		noise += s.noisePerDay() / 24
	}
	for k, s := range scenes {
		of := make([]clientPool, s.Clients())
		for i, n := range s.Novelty {
			if !n.Is(Orphan) || !s.guesses[i] {
				continue
			}
			o := newOrphan(uint32(i), !n.Is(Fresh))
			a := s.Attempt(o.attempt())
			c := s.Client(a.Client)
			under := &of[a.Client]
			if !under.asked {
				under.asked, under.uncommon = true, len(s.usual.agents[agent(c)]) < 2
			}
			if c.UserAgent != "" && n.Is(NewClient) {
				if under.agent == nil {
					// A client nobody uses fails once in a hundred hours; one that people
					// use fails with them now and then.
					under.agent = named("agent\x00"+c.UserAgent, c.UserAgent, func() float64 { return 0.01 + 0.002*float64(agentUsers(scenes, c.UserAgent, a.At)) })
				}
				under.agent.seen.add(k, o)
			}
			switch common := !under.uncommon && s.common(agent(c), a.At); {
			case common && c.UserAgent != "":
				p := named("common", "clients that people use", func() float64 { return 0.05 + 0.0001*float64(users) })
				p.seen.add(k, o)
			case n.Is(NewClient):
				if under.ways == nil {
					way := c.Protocol.String() + " " + c.Client
					under.ways = named("way\x00"+way, "clients that hardly anybody uses, "+way, func() float64 { return noise / 2 })
				}
				under.ways.seen.add(k, o)
			}
		}
	}
	var out []*pool
	for _, key := range slices.Sorted(maps.Keys(pools)) {
		out = append(out, pools[key])
	}
	return out
}

// agentUsers counts the accounts of all scenes that had signed in with a user
// agent before t.
func agentUsers(scenes []*Scene, name string, t int64) int {
	n := 0
	for _, s := range scenes {
		with, _ := s.agentUsers(name, t)
		n += with
	}
	return n
}
