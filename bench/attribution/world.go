// Package attribution measures how well the hand behind reported attacks is
// found, and how often it is found wrongly. Each public report is held out: all
// that only it says is forgotten, and the rest is asked whose it was.
//
// [Run] returns the figures as plain data; they are written as a table, as
// JSON, and as a page with plots.
package attribution

import (
	"math"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
)

// world is the groups and campaigns of one source, with the reports that say
// each fact. It knows nothing of how package attribute weighs: the rivals and
// the reference figures are computed on it.
type world struct {
	groups []entity
	ops    []entity
}

type entity struct {
	id      string
	facts   map[string][]string // technique or software: reports
	actors  []int               // of an operation
	reports []string            // of an operation: all that are cited for it
}

func newWorld(b *actor.Base, source string) *world {
	w := &world{}
	index := map[string]int{}
	facts := func(lists ...[]actor.Use) map[string][]string {
		m := map[string][]string{}
		for _, u := range slices.Concat(lists...) {
			m[u.ID] = u.Refs
		}
		return m
	}
	for _, r := range b.Records() {
		if r.Source == source {
			index[r.ID] = len(w.groups)
			w.groups = append(w.groups, entity{id: r.ID, facts: facts(r.Techniques, r.Software)})
		}
	}
	for _, c := range b.Campaigns() {
		if c.Source != source || len(c.Actors) == 0 {
			continue
		}
		o := entity{id: c.ID, facts: facts(c.Techniques, c.Software), reports: c.Reports}
		for _, a := range c.Actors {
			o.actors = append(o.actors, index[a])
		}
		w.ops = append(w.ops, o)
	}
	return w
}

func isTool(fact string) bool { return !strings.HasPrefix(fact, "T") }

// without returns the profile of each group without what only the reports
// say. A fact without any report counts as one.
func (w *world) without(reports []string, tools bool) []attribute.Profile {
	profiles := make([]attribute.Profile, len(w.groups))
	for i, g := range w.groups {
		profiles[i] = attribute.Profile{}
		for fact, refs := range g.facts {
			if isTool(fact) && !tools {
				continue
			}
			left := 0
			for _, r := range refs {
				if !slices.Contains(reports, r) {
					left++
				}
			}
			if len(refs) == 0 {
				left = 1
			}
			if left > 0 {
				profiles[i][fact] = left
			}
		}
	}
	return profiles
}

// question is one case: facts, and the groups of which any is right.
type question struct {
	name     string
	facts    []string
	right    []int
	profiles []attribute.Profile
}

// reports returns the cases of the test by held-out reports: those that show
// at least so many techniques of a group of which something else is known.
func (w *world) reports(least int, tools bool) []question {
	var out []question
	for i, g := range w.groups {
		told := map[string][]string{}
		for fact, refs := range g.facts {
			for _, r := range refs {
				told[r] = append(told[r], fact)
			}
		}
		names := make([]string, 0, len(told))
		for r := range told {
			names = append(names, r)
		}
		slices.Sort(names)
		for _, r := range names {
			techniques := slices.DeleteFunc(slices.Clone(told[r]), isTool)
			if len(techniques) < least {
				continue
			}
			q := question{name: r, facts: techniques, right: []int{i}, profiles: w.without([]string{r}, tools)}
			if tools {
				q.facts = told[r]
			}
			slices.Sort(q.facts) // sums of floats depend on order
			if len(q.profiles[i]) > 0 {
				out = append(out, q)
			}
		}
	}
	return out
}

// operations returns the cases of the test by source-disjoint campaigns: each
// attributed campaign, all reports cited for it left out. The other campaigns
// of a group add one source to its profile where they share no report with it.
func (w *world) operations(tools bool) []question {
	var out []question
	for i, asked := range w.ops {
		q := question{name: asked.id, right: asked.actors, profiles: w.without(asked.reports, tools)}
		techniques := 0
		for fact := range asked.facts {
			if !isTool(fact) {
				techniques++
			}
			if tools || !isTool(fact) {
				q.facts = append(q.facts, fact)
			}
		}
		if techniques == 0 {
			continue
		}
		slices.Sort(q.facts)
		for k, other := range w.ops {
			if k == i || slices.ContainsFunc(other.reports, func(r string) bool { return slices.Contains(asked.reports, r) }) {
				continue
			}
			for _, g := range other.actors {
				for fact := range other.facts {
					if tools || !isTool(fact) {
						q.profiles[g][fact]++
					}
				}
			}
		}
		out = append(out, q)
	}
	return out
}

// rank returns the place of the best of the right ones, ties at their mean;
// infinite without a score.
func (q question) rank(scores []float64) float64 {
	best := math.Inf(1)
	for _, i := range q.right {
		if scores[i] > 0 {
			best = math.Min(best, attribute.Place(scores, i))
		}
	}
	return best
}
