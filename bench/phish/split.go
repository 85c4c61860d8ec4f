package phish

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Split is the honest variant: a threshold is chosen on some of the list ham
// and its false alarms are measured on the rest, of another time or another
// list. Nothing of phish or list ham is trained on, so recall needs no split.
type Split struct {
	Name      string  `json:"name"`
	Rate      float64 `json:"rate"`
	Threshold float64 `json:"threshold"`
	Chosen    Share   `json:"chosen"`   // false alarms where it was chosen
	Measured  Share   `json:"measured"` // ... on the rest
	Recall    Share   `json:"recall"`
}

// splits divides the list ham by time and by list.
func splits(all []judged) []Split {
	var ham []*judged
	for i := range all {
		if p := part(&all[i].Mail); p == listHam || p == bulkHam {
			ham = append(ham, &all[i])
		}
	}
	phish := scores(all, of(phishSet))
	var out []Split
	add := func(name string, choose, rest []*judged) {
		if len(choose) == 0 || len(rest) == 0 {
			return
		}
		a, b := scoresOf(choose), scoresOf(rest)
		for _, rate := range rates {
			t := threshold(a, rate)
			out = append(out, Split{name, rate, t, above(a, t), above(b, t), above(phish, t)})
		}
	}
	early, late := byTime(ham)
	add("chosen on the earlier half, measured on the later", early, late)
	add("chosen on the later half, measured on the earlier", late, early)
	for _, list := range lists(ham) {
		var own, others []*judged
		for _, j := range ham {
			if j.Category == list {
				own = append(own, j)
			} else {
				others = append(others, j)
			}
		}
		add("measured on "+list+", chosen on the other lists", others, own)
	}
	return out
}

func lists(ham []*judged) []string {
	var all []string
	for _, j := range ham {
		all = append(all, j.Category)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func scoresOf(all []*judged) []float64 {
	out := make([]float64, len(all))
	for i, j := range all {
		out[i] = j.score
	}
	return out
}

// byTime divides ham at the median of time so that no cluster of
// near-duplicates is on both sides: a cluster is where its first mail is, and
// what of an early one comes late is left out.
func byTime(ham []*judged) (early, late []*judged) {
	dated := slices.DeleteFunc(slices.Clone(ham), func(j *judged) bool { return j.facts.Time.IsZero() })
	if len(dated) < 2 {
		return nil, nil
	}
	slices.SortStableFunc(dated, func(a, b *judged) int {
		return cmp.Or(a.facts.Time.Compare(b.facts.Time), strings.Compare(a.File, b.File))
	})
	cut := dated[len(dated)/2].facts.Time
	cluster := clusters(dated)
	began := map[int]time.Time{}
	for i, j := range dated { // in order of time: the first is met first
		if _, ok := began[cluster[i]]; !ok {
			began[cluster[i]] = j.facts.Time
		}
		switch {
		case j.facts.Time.Before(cut):
			early = append(early, j)
		case !began[cluster[i]].Before(cut):
			late = append(late, j)
		}
	}
	return early, late
}

var (
	answer = regexp.MustCompile(`(?i)^(\s*(re|aw|fwd?|sv)\s*(\[\d+\])?:|\s*\[[^\]]*\])+`)
	digits = regexp.MustCompile(`\d+`)
)

// clusters numbers the mails so that those of one thread, of one shape of
// subject or of the same text (64-bit simhash) bear the same number.
func clusters(all []*judged) []int {
	parent := make([]int, len(all))
	for i := range parent {
		parent[i] = i
	}
	find := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	bySubject, bySim := map[string]int{}, map[uint64]int{}
	for i, j := range all {
		subject := digits.ReplaceAllString(strings.ToLower(strings.TrimSpace(answer.ReplaceAllString(j.facts.Subject, ""))), "#")
		if k, ok := bySubject[subject]; ok && subject != "" {
			parent[find(i)] = find(k)
		}
		bySubject[subject] = i
		if k, ok := bySim[j.facts.Sim]; ok && j.facts.Sim != 0 {
			parent[find(i)] = find(k)
		}
		bySim[j.facts.Sim] = i
	}
	for i := range parent {
		parent[i] = find(i)
	}
	return parent
}
