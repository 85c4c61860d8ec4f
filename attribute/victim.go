package attribute

import (
	"fmt"
	"slices"
	"strings"
)

// Victims weigh at most this. Where an actor is not known to have attacked
// weighs nothing against it: reports tell of those whom their authors protect.
const (
	victimCap     = 1.1
	countryWeight = 0.6 // all countries hit are known targets, and of no other actor
	sectorWeight  = 0.5
)

func weighVictims(d *docket, suspects []*suspect) {
	countries := newTargets("countries", countryWeight, d.Victims.Countries, suspects, func(o *suspect) map[string]bool { return o.countries })
	sectors := newTargets("sectors", sectorWeight, d.Victims.Sectors, suspects, func(o *suspect) map[string]bool { return o.sectors })
	for _, s := range suspects {
		items := slices.Concat(countries.weigh(s.countries), sectors.weigh(s.sectors))
		items = slices.DeleteFunc(items, func(w Weight) bool { return d.gone.Class == ClassVictim && d.gone.What == w.What })
		for _, w := range capped(items, victimCap) {
			w.Items = d.numbers(ClassVictim, w.What)
			s.add(w)
		}
	}
}

// targets are the countries or sectors hit, and how many suspects are known
// for each.
type targets struct {
	what  string
	most  float64
	hit   []string
	known map[string]int
	among int
}

func newTargets(what string, most float64, hit []string, suspects []*suspect, of func(*suspect) map[string]bool) targets {
	t := targets{what, most, stated(hit), map[string]int{}, len(suspects)}
	for _, h := range t.hit {
		for _, o := range suspects {
			if of(o)[h] {
				t.known[h]++
			}
		}
	}
	return t
}

// weigh weighs the share of what was hit that a suspect is known to attack,
// each the less the more other suspects attack it, too.
func (t targets) weigh(known map[string]bool) []Weight {
	weight, matches := 0.0, []string{}
	for _, h := range t.hit {
		if known[h] {
			weight += t.most / float64(len(t.hit)) * (1 - float64(t.known[h])/float64(t.among))
			matches = append(matches, fmt.Sprintf("%q (as are %d of the %d actors here)", h, t.known[h], t.among))
		}
	}
	if len(matches) == 0 {
		return nil
	}
	return []Weight{{Class: ClassVictim, What: t.what, Weight: weight,
		Text: fmt.Sprintf("%d of the %d %s hit are known targets: %s.", len(matches), len(t.hit), t.what, strings.Join(matches, ", "))}}
}

// stated returns what is said of victims, sorted, without what says nothing.
func stated(hit []string) []string {
	hit = slices.Compact(slices.Sorted(slices.Values(hit)))
	return slices.DeleteFunc(hit, func(t string) bool { return t == "" || t == "other" })
}
