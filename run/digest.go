package run

import (
	"cmp"
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

func mark(marks []bool, attempts []int) {
	for _, i := range attempts {
		marks[i] = true
	}
}

func digest(s *detect.Scene, claimed, stormy []bool) Digest {
	d := Digest{Kind: "commodity", Org: s.Org}
	byAddr := map[netip.Addr]int{}
	var pairs []uint64 // account and address
	for i := range s.Len() {
		a := s.Attempt(i)
		if claimed[i] || !stormy[i] && !s.Novelty[i].Is(detect.Orphan) || !a.Class.Refused() {
			continue
		}
		if d.Attempts == 0 {
			d.First = a.Time()
		}
		d.Last = a.Time()
		d.Attempts += a.Tries
		byAddr[s.Addr(a.Addr)] += a.Tries
		pairs = append(pairs, uint64(a.Account)<<32|uint64(a.Addr))
	}
	slices.Sort(pairs)
	names := map[string]int{} // from how many addresses each account was tried
	for _, p := range slices.Compact(pairs) {
		names[s.Account(uint32(p>>32)).String()]++
	}
	d.Accounts, d.Sources = len(names), len(byAddr)
	d.Busiest = largest(byAddr, 5, netip.Addr.Compare)
	d.Names = largest(names, 5, cmp.Compare[string])
	return d
}

// largest returns the n keys with the greatest counts.
func largest[K comparable](counts map[K]int, n int, compare func(a, b K) int) []K {
	keys := slices.Collect(maps.Keys(counts))
	slices.SortFunc(keys, func(a, b K) int { return cmp.Or(cmp.Compare(counts[b], counts[a]), compare(a, b)) })
	return slices.Clone(keys[:min(n, len(keys))]) // the rest may be large
}
