package attribute

import (
	"cmp"
	"maps"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/campaign"
)

// Victims is what attribution may know of the organisations hit. Countries are
// ISO 3166-1 alpha-2, sectors those of the organisations file.
type Victims struct {
	Countries []string
	Sectors   []string
}

// Assess holds a campaign against what is known of actors. The hypotheses are
// each actor of the base, a known actor that the base does not have, and
// somebody whom nobody has named: that one begins at 0.7, for nearly all
// clusters of activity never get a name. Each item of evidence is a
// log-likelihood ratio against it.
func Assess(c campaign.Campaign, v Victims, b *actor.Base) Assessment {
	if b == nil {
		b = actor.New()
	}
	suspects := suspectsOf(b)
	techniques := visibleTechniques(c, b)
	givePriors(suspects, techniques)
	weighTechniques(techniques, suspects)
	weighHabits(c, suspects)
	weighVictims(v, suspects)
	return conclude(suspects, len(techniques), b)
}

// visibleTechniques returns the techniques of a campaign that may be weighed,
// sorted, under the ids that ATT&CK uses today.
func visibleTechniques(c campaign.Campaign, b *actor.Base) []string {
	seen := map[string]bool{}
	for _, t := range c.Techniques {
		seen[b.Technique(t)] = true
	}
	for _, k := range c.Kinds {
		seen[b.Technique(k.Technique())] = true
	}
	maps.DeleteFunc(seen, func(t string, _ bool) bool { return !visible[t] })
	return slices.Sorted(maps.Keys(seen))
}

// suspect is a hypothesis that names an actor.
type suspect struct {
	group     actor.Group
	profile   Profile // visible techniques
	habits    []actor.Habit
	countries map[string]bool
	sectors   map[string]bool

	prior   float64
	weights []Weight
}

// suspectsOf returns the actors of whom enough is known to hold anything
// against them. Those that are only names (the whole of Microsoft's mapping)
// are part of the hypothesis "known, other".
func suspectsOf(b *actor.Base) []*suspect {
	var suspects []*suspect
	for _, g := range b.Groups() {
		s := &suspect{group: g, profile: Profile{}, countries: map[string]bool{}, sectors: map[string]bool{}}
		for _, r := range g.Records {
			for _, u := range r.Techniques {
				if t := b.Technique(u.ID); visible[t] {
					// The greater number and not the sum: sources cite the same reports.
					s.profile[t] = max(s.profile[t], u.Sources())
				}
			}
			s.habits = append(s.habits, r.Habits...)
			for _, t := range r.Countries {
				s.countries[t.What] = true
			}
			for _, t := range r.Sectors {
				s.sectors[t.What] = true
			}
		}
		if len(s.profile) > 0 || len(s.habits) > 0 {
			suspects = append(suspects, s)
		}
	}
	return suspects
}

// The priors: that nobody has named the hand, and that somebody has. Half of
// the second is for the actors of the base, none of whom gets more than
// priorEach: that a base holds two does not mean that there are only two. The
// rest is for the known actors that it does not hold.
const (
	priorUnknown = 0.70
	priorKnown   = 0.30
	priorEach    = 0.015
)

// unlike is the prior of an actor not known for any technique of the families
// seen, in proportion to one that is. The floor keeps base rates from deciding.
// Victims are no part of the prior: they are evidence, and count once.
const unlike = 0.1

func givePriors(suspects []*suspect, techniques []string) {
	seen := map[string]bool{}
	for _, t := range techniques {
		seen[family(t)] = true
	}
	sum := 0.0
	for _, s := range suspects {
		s.prior = unlike
		if len(seen) == 0 {
			s.prior = 1
		}
		for t := range s.profile {
			if seen[family(t)] {
				s.prior = 1
			}
		}
		sum += s.prior
	}
	for _, s := range suspects {
		s.prior = math.Min(priorEach, s.prior*priorKnown/2/sum)
	}
}

// add keeps a weight, rounded to what is printed so that the printed items
// give the printed probability. One that rounds to nothing is left out.
func (s *suspect) add(w Weight) {
	if w.Weight = math.Round(w.Weight*100) / 100; w.Weight != 0 {
		s.weights = append(s.weights, w)
	}
}

// sum returns the sum of the weights of the classes, of all if none is given.
func (s *suspect) sum(classes ...string) float64 {
	sum := 0.0
	for _, w := range s.weights {
		if len(classes) == 0 || slices.Contains(classes, w.Class) {
			sum += w.Weight
		}
	}
	return sum
}

// capped keeps the items of one class whose sum is beyond the class's cap in
// proportion, so that the sum is the cap: whoever imitates one kind of
// evidence to the letter frames nobody.
func capped(items []Weight, most float64) []Weight {
	sum := 0.0
	for _, w := range items {
		sum += w.Weight
	}
	if math.Abs(sum) <= most {
		return items
	}
	for i := range items {
		items[i].Weight *= most / math.Abs(sum)
	}
	return items
}

// conclude turns weights into probabilities and the assessment.
func conclude(suspects []*suspect, techniques int, b *actor.Base) Assessment {
	other := priorKnown
	for _, s := range suspects {
		other -= s.prior
	}
	total := priorUnknown + other
	for _, s := range suspects {
		total += s.prior * math.Exp(s.sum())
	}
	a := Assessment{Candidates: []Hypothesis{}, Unknown: round3(priorUnknown / total), Other: round3(other / total)}
	for _, s := range suspects {
		p := round3(s.prior * math.Exp(s.sum()) / total)
		if s.listed(p, techniques) {
			a.Candidates = append(a.Candidates, s.hypothesis(p, b))
		}
	}
	slices.SortFunc(a.Candidates, func(x, y Hypothesis) int {
		return cmp.Or(cmp.Compare(y.P, x.P), cmp.Compare(x.Actor, y.Actor))
	})
	a.Candidates = a.Candidates[:min(len(a.Candidates), 5)]
	a.Status, a.Reason = gate(a.Candidates, len(suspects))
	a.Confidence = confidence(a.Candidates)
	return a
}

func round3(x float64) float64 { return math.Round(x*1000) / 1000 }

func (s *suspect) hypothesis(p float64, b *actor.Base) Hypothesis {
	h := Hypothesis{
		Actor: s.group.Lead.ID, Names: names(s.group, b), Prior: math.Round(s.prior*1e6) / 1e6, P: p, Likelihood: likelihood(p),
		Evidence: []Weight{}, Against: []Weight{},
	}
	for _, w := range s.weights {
		if w.Weight > 0 {
			h.Evidence = append(h.Evidence, w)
		} else {
			h.Against = append(h.Against, w)
		}
	}
	return h
}

// names are those that mean this actor, each with who uses it. One whose
// producer nobody states is left out if others bear it, too.
func names(g actor.Group, b *actor.Base) []Name {
	out := []Name{}
	for _, r := range g.Records {
		for _, n := range r.Names {
			name := Name{Name: n.Name, Producer: cmp.Or(n.Producer, "listed by "+r.Source)}
			switch {
			case n.Relation != actor.Same && n.Relation != actor.Formerly,
				n.Producer == "" && slices.ContainsFunc(b.Find(n.Name), func(o *actor.Record) bool { return !slices.Contains(g.Records, o) }),
				slices.ContainsFunc(out, func(o Name) bool { return actor.SameName(o.Name, n.Name) }):
			default:
				out = append(out, name)
			}
		}
	}
	return out
}
