package run

import (
	"cmp"
	"iter"
	"maps"
	"net/netip"
	"slices"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
)

// digests counts, for each organisation, the failures that nobody came back
// for, from networks nobody signs in from, that belong to no campaign:
// scanners and botnets that try everybody. The weather belongs here too.
func digests(scenes []*detect.Scene, campaigns []campaign.Campaign, weather []detect.Finding) []Digest {
	claimed, stormy := map[org.ID][]bool{}, map[org.ID][]bool{}
	for _, s := range scenes {
		claimed[s.Org], stormy[s.Org] = make([]bool, s.Len()), make([]bool, s.Len())
	}
	for _, c := range campaigns {
		for _, m := range c.Members {
			mark(claimed[m.Org], m.Attempts)
		}
	}
	for _, f := range weather {
		mark(stormy[f.Org], f.Attempts)
	}
	var out []Digest
	for _, s := range scenes {
		if d := digest(s, claimed[s.Org], stormy[s.Org]); d.Attempts > 0 {
			out = append(out, d)
		}
	}
	return out
}

func mark(marks []bool, attempts []uint32) {
	for _, i := range attempts {
		marks[i] = true
	}
}

func digest(s *detect.Scene, claimed, stormy []bool) Digest {
	d := Digest{Kind: "commodity", Org: s.Org}
	tries := make([]int, s.Addrs())   // by address
	last := make([]uint32, s.Addrs()) // the account + 1 that it was counted for last
	byName := map[string]int{}        // from how many addresses each account was tried
	for account := range uint32(s.Accounts()) {
		from := 0
		for _, i := range s.AttemptsOn(account) {
			if claimed[i] || !stormy[i] && !s.Novelty[i].Is(detect.Orphan) {
				continue
			}
			a := s.Attempt(i)
			if !a.Class.Refused() {
				continue
			}
			if d.Attempts == 0 || a.Time().Before(d.First) {
				d.First = a.Time()
			}
			if a.Time().After(d.Last) {
				d.Last = a.Time()
			}
			d.Attempts += a.Tries
			tries[a.Addr] += a.Tries
			if last[a.Addr] != account+1 {
				last[a.Addr] = account + 1
				from++
			}
		}
		if from > 0 {
			byName[s.Account(account).String()] += from
		}
	}
	sources := func(yield func(netip.Addr, int) bool) {
		for addr, n := range tries {
			if n > 0 && !yield(s.Addr(uint32(addr)), n) {
				return
			}
		}
	}
	d.Accounts = len(byName)
	for range sources {
		d.Sources++
	}
	d.Busiest = largest(sources, 5, netip.Addr.Compare)
	d.Names = largest(maps.All(byName), 5, cmp.Compare[string])
	return d
}

// counted is something with how often it came.
type counted[K any] struct {
	key K
	n   int
}

// largest returns the n keys with the greatest counts. There may be many and n is
// small, so the best so far are kept in order and the rest is not sorted.
func largest[K any](counts iter.Seq2[K, int], n int, compare func(a, b K) int) []K {
	order := func(a, b counted[K]) int { return cmp.Or(cmp.Compare(b.n, a.n), compare(a.key, b.key)) }
	var best []counted[K]
	for key, count := range counts {
		x := counted[K]{key, count}
		if len(best) == n && order(x, best[n-1]) > 0 {
			continue
		}
		at, _ := slices.BinarySearchFunc(best, x, order)
		best = slices.Insert(best, at, x)
		best = best[:min(len(best), n)]
	}
	keys := make([]K, len(best))
	for i, x := range best {
		keys[i] = x.key
	}
	return keys
}
