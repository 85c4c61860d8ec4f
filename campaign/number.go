package campaign

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
)

// Known is a campaign of an earlier scan.
type Known struct {
	ID   string
	Year int
	No   int
	Keys []uint64 // [Keys] as they were
}

// maxKeys is how many record keys a campaign is recognised by.
const maxKeys = 512

// Keys returns the marks by which the next scan knows the campaign again: the
// smallest record hashes of its attempts and mails. A campaign that goes on keeps most
// of them.
func Keys(cam Campaign, scenes []*detect.Scene) []uint64 {
	var keys []uint64
	eachKey(cam, scenes, func(key uint64) { keys = append(keys, key) })
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return slices.Clone(keys[:min(len(keys), maxKeys)]) // the rest may be large
}

// eachKey calls f with the record hash of every attempt and mail of a campaign.
func eachKey(cam Campaign, scenes []*detect.Scene, f func(uint64)) {
	byOrg := map[org.ID]*detect.Scene{}
	for _, s := range scenes {
		byOrg[s.Org] = s
	}
	for _, m := range cam.Members {
		for _, i := range m.Attempts {
			f(byOrg[m.Org].Key(i))
		}
		for _, i := range m.Mails {
			f(byOrg[m.Org].MailKey(i))
		}
	}
}

// Number gives every campaign its id: the one of the earlier campaign with
// which it shares most records, else the next free number of the year in which
// it began. Campaigns are numbered in the order given.
func Number(campaigns []Campaign, scenes []*detect.Scene, known []Known) {
	next := map[int]int{}
	owners := map[uint64][]int{}
	for k, old := range known {
		next[old.Year] = max(next[old.Year], old.No)
		for _, key := range old.Keys {
			owners[key] = append(owners[key], k)
		}
	}
	type match struct{ campaign, known, shared int }
	var matches []match
	for i, cam := range campaigns {
		shared := map[int]int{}
		eachKey(cam, scenes, func(key uint64) {
			for _, k := range owners[key] {
				shared[k]++
			}
		})
		for k, n := range shared {
			matches = append(matches, match{i, k, n})
		}
	}
	slices.SortFunc(matches, func(a, b match) int {
		return cmp.Or(cmp.Compare(b.shared, a.shared), cmp.Compare(a.known, b.known), cmp.Compare(a.campaign, b.campaign))
	})
	taken := make([]bool, len(known))
	for _, m := range matches {
		if campaigns[m.campaign].ID == "" && !taken[m.known] {
			campaigns[m.campaign].ID, taken[m.known] = known[m.known].ID, true
		}
	}
	for i := range campaigns {
		if campaigns[i].ID == "" {
			year := campaigns[i].First.Year()
			next[year]++
			campaigns[i].ID = formatID(year, next[year])
		}
	}
}

// formatID writes a campaign id.
func formatID(year, no int) string { return fmt.Sprintf("PH-%04d-%04d", year, no) }
