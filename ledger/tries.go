package ledger

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// tryWindow is how far apart the records of one try may lie: sshd gives up on
// a connection that has not signed in after LoginGraceTime, two minutes by
// default (sshd_config(5)), and process numbers are used again.
const tryWindow = 10 * 60 * 1000

// joinTries finds the refusals that stand for a try by themselves, in order of
// time. Of the records of one try only those of the highest strength count;
// several hints are one try (signin.Event.Try).
func (v *View) joinTries() {
	order := byTime(&v.l.refusals, &v.l.proofs.entries)
	drop := make([]bool, len(order))
	v.dropTwins(order, drop)
	var joined []uint64 // try and place in order, so that plain sorting brings tries together in order of time
	for k, i := range order {
		if try := v.entry(i).try; try != 0 && !drop[k] {
			if joined == nil {
				joined = make([]uint64, 0, len(order)-k) // a log has tries or has none
			}
			joined = append(joined, uint64(try)<<32|uint64(k))
		}
	}
	slices.Sort(joined)
	at := func(k int) *entry { return v.entry(order[uint32(joined[k])]) }
	for len(joined) > 0 {
		n := 1
		for n < len(joined) && joined[n]>>32 == joined[0]>>32 && at(n).at-at(n-1).at <= tryWindow {
			n++
		}
		if n > 1 {
			best := signin.Hint
			for k := range n {
				best = min(best, at(k).says.strength())
			}
			kept := false
			for k := range n {
				if at(k).says.strength() > best || best == signin.Hint && kept {
					drop[uint32(joined[k])] = true
					continue
				}
				kept = true
			}
		}
		joined = joined[n:]
	}
	kept := order[:0]
	for k, i := range order {
		if !drop[k] {
			kept = append(kept, i)
		}
	}
	v.tries = kept
}

// dropTwins drops the refusals that another export shows to be proofs: not all
// have the text that tells them apart.
func (v *View) dropTwins(order []uint32, drop []bool) {
	twins := map[uint32]struct{}{}
	v.l.proofs.rows.each(func(_ uint32, e *entry) {
		if row := v.l.refusals.find(e.key, v.l); row != noRow {
			twins[row] = struct{}{}
		}
	})
	if len(twins) == 0 {
		return
	}
	for k, i := range order {
		_, drop[k] = twins[i]
	}
}

// byTime returns the positions of all entries in order of time and key; those
// of the second set follow those of the first.
func byTime(sets ...*entries) []uint32 {
	type moment struct {
		at  int64
		key uint64
		row uint32
	}
	var order []moment
	for _, set := range sets {
		order = slices.Grow(order, set.rows.n)
		set.rows.each(func(_ uint32, e *entry) { order = append(order, moment{e.at, e.key, uint32(len(order))}) })
	}
	byAt := func(a, b moment) int { return cmp.Compare(a.at, b.at) }
	if !slices.IsSortedFunc(order, byAt) {
		slices.SortFunc(order, byAt)
	}
	rows := make([]uint32, len(order))
	for from := 0; from < len(order); {
		to := from + 1
		for to < len(order) && order[to].at == order[from].at {
			to++
		}
		if to > from+1 { // syslog counts in seconds
			slices.SortFunc(order[from:to], func(a, b moment) int { return cmp.Compare(a.key, b.key) })
		}
		for k := from; k < to; k++ {
			rows[k] = order[k].row
		}
		from = to
	}
	return rows
}
