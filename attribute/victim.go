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

func weighVictims(v Victims, suspects []*suspect) {
	for _, s := range suspects {
		items := slices.Concat(
			targets("countries", countryWeight, v.Countries, s.countries, suspects, func(o *suspect) map[string]bool { return o.countries }),
			targets("sectors", sectorWeight, v.Sectors, s.sectors, suspects, func(o *suspect) map[string]bool { return o.sectors }),
		)
		for _, w := range capped(items, victimCap) {
			s.add(w)
		}
	}
}

// targets weighs the share of what was hit that the suspect is known to
// attack, each the less the more other suspects attack it, too.
func targets(what string, most float64, hit []string, known map[string]bool, suspects []*suspect, of func(*suspect) map[string]bool) []Weight {
	hit = slices.Compact(slices.Sorted(slices.Values(hit)))
	hit = slices.DeleteFunc(hit, func(t string) bool { return t == "" || t == "other" })
	if len(hit) == 0 {
		return nil
	}
	weight, matches := 0.0, []string{}
	for _, t := range hit {
		if !known[t] {
			continue
		}
		others := 0
		for _, o := range suspects {
			if of(o)[t] {
				others++
			}
		}
		weight += most / float64(len(hit)) * (1 - float64(others)/float64(len(suspects)))
		matches = append(matches, fmt.Sprintf("%q (as are %d of the %d actors here)", t, others, len(suspects)))
	}
	if len(matches) == 0 {
		return nil
	}
	return []Weight{{Class: ClassVictim, What: what, Weight: weight,
		Text: fmt.Sprintf("%d of the %d %s hit are known targets: %s.", len(matches), len(hit), what, strings.Join(matches, ", "))}}
}
