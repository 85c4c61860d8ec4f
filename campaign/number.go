package campaign

import (
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
// smallest record hashes of its attempts. A campaign that goes on keeps most
// of them.
func Keys(cam Campaign, scenes []*detect.Scene) []uint64 {
	byOrg := map[org.ID]*detect.Scene{}
	for _, s := range scenes {
		byOrg[s.Org] = s
	}
	var keys []uint64
	for _, m := range cam.Members {
		for _, i := range m.Attempts {
			keys = append(keys, byOrg[m.Org].Key(i))
		}
	}
	slices.Sort(keys)
	keys = slices.Compact(keys)
	return slices.Clone(keys[:min(len(keys), maxKeys)]) // the rest may be large
}

// Number gives every campaign its id: the one it had in an earlier scan where
// it shares records with one, else the next free number of the year in which
// it began. Campaigns are numbered in the order given.
func Number(campaigns []Campaign, keys [][]uint64, known []Known) {
	next := map[int]int{}
	owners := map[uint64][]int{}
	for k, old := range known {
		next[old.Year] = max(next[old.Year], old.No)
		for _, key := range old.Keys {
			owners[key] = append(owners[key], k)
		}
	}
	taken := make([]bool, len(known))
	for i := range campaigns {
		shared := make(map[int]int)
		for _, key := range keys[i] {
			for _, k := range owners[key] {
				shared[k]++
			}
		}
		best := -1
		for k := range known { // in order, so that ties go to the older campaign
			if shared[k] > 0 && !taken[k] && (best < 0 || shared[k] > shared[best]) {
				best = k
			}
		}
		if best >= 0 {
			taken[best] = true
			campaigns[i].ID = known[best].ID
		}
	}
	for i := range campaigns {
		if campaigns[i].ID == "" {
			year := campaigns[i].First.Year()
			next[year]++
			campaigns[i].ID = FormatID(year, next[year])
		}
	}
}

// FormatID writes a campaign id.
func FormatID(year, no int) string { return fmt.Sprintf("PH-%04d-%04d", year, no) }
