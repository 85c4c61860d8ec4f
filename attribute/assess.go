package attribute

import (
	"cmp"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/actor"
)

// suspect is a hypothesis that names an actor.
type suspect struct {
	group     actor.Group
	profile   Profile // visible techniques
	habits    []actor.Habit
	countries map[string]bool
	sectors   map[string]bool

	prior   float64
	weights []Weight
	texts   map[string]func() string // of the weights of a class, written when they are shown
}

// knownOf returns the actors of whom something is known. Those that are only
// names (the whole of Microsoft's mapping) are part of the hypothesis "known,
// other", until somebody names them.
func knownOf(b *actor.Base) []suspect {
	var known []suspect
	for _, g := range b.Groups() {
		s, facts := suspectOf(g, b)
		if facts || len(s.habits) > 0 {
			known = append(known, s)
		}
	}
	return known
}

func suspectOf(g actor.Group, b *actor.Base) (s suspect, facts bool) {
	s = suspect{group: g, profile: Profile{}, countries: map[string]bool{}, sectors: map[string]bool{}}
	for _, r := range g.Records {
		facts = facts || len(r.Techniques)+len(r.Software) > 0
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
	return s, facts
}

// weigh returns the suspects with what each item weighs for and against them.
func (a *Assessor) weigh(d *docket, set []Decision) []*suspect {
	suspects := a.suspects(d)
	givePriors(suspects, d.techniques)
	a.weighFacts(d, suspects)
	weighHabits(d, suspects)
	weighVictims(d, suspects)
	a.weighGiven(d, suspects)
	a.setWeights(suspects, set)
	return suspects
}

// weighFacts weighs techniques and software, which go together.
func (a *Assessor) weighFacts(d *docket, suspects []*suspect) {
	a.weighTechniques(d, suspects)
	a.weighSoftware(d, suspects)
}

// suspects returns those against whom something of the case can be held, and
// those whom an item names.
func (a *Assessor) suspects(d *docket) []*suspect {
	var out []*suspect
	for _, s := range a.known {
		if d.full || len(s.profile) > 0 || len(s.habits) > 0 {
			one := s
			out = append(out, &one)
		}
	}
	for _, i := range d.items {
		lead := d.means[i.No]
		if lead == nil || slices.ContainsFunc(out, func(s *suspect) bool { return s.group.Lead == lead }) {
			continue
		}
		s, _ := suspectOf(a.groupOf[lead], a.base)
		out = append(out, &s)
	}
	return out
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
		if visible[t] {
			seen[family(t)] = true
		}
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
	if w.Weight = math.Round(w.Weight*100) / 100; w.Weight != 0 && !math.IsNaN(w.Weight) {
		s.weights = append(s.weights, w)
	}
}

// later has the text of a class's weights written when they are shown: most
// suspects never are.
func (s *suspect) later(class string, text func() string) {
	if s.texts == nil {
		s.texts = map[string]func() string{}
	}
	s.texts[class] = text
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
func (a *Assessor) conclude(suspects []*suspect, d *docket) Assessment {
	total, other := weightOfAll(suspects)
	out := Assessment{Candidates: []Hypothesis{}, Unknown: round3(priorUnknown / total), Other: round3(other / total)}
	list := a.listed(suspects, d, total)
	for _, s := range list[:min(len(list), 5)] {
		out.Candidates = append(out.Candidates, s.hypothesis(s.p(total), a.base))
	}
	out.Status, out.Reason = gate(list, d, total, len(suspects))
	out.Confidence = confidence(out.Candidates, d)
	return out
}

// weightOfAll is the sum of prior times e to the evidence over all hypotheses,
// the two that name nobody among them, and what that of a known actor is who is
// not in the base.
func weightOfAll(suspects []*suspect) (total, other float64) {
	other = priorKnown
	for _, s := range suspects {
		other -= s.prior
	}
	total = priorUnknown + other
	for _, s := range suspects {
		total += s.prior * math.Exp(s.sum())
	}
	return total, other
}

func (s *suspect) p(total float64) float64 { return round3(s.prior * math.Exp(s.sum()) / total) }

// listed returns those who are shown, the likeliest first.
func (a *Assessor) listed(suspects []*suspect, d *docket, total float64) []*suspect {
	var list []*suspect
	for _, s := range suspects {
		if s.listed(s.p(total), d) {
			list = append(list, s)
		}
	}
	slices.SortFunc(list, func(x, y *suspect) int {
		return cmp.Or(cmp.Compare(y.p(total), x.p(total)), cmp.Compare(x.group.Lead.ID, y.group.Lead.ID))
	})
	return list
}

func round3(x float64) float64 { return math.Round(x*1000) / 1000 }

func (s *suspect) hypothesis(p float64, b *actor.Base) Hypothesis {
	h := Hypothesis{
		Actor: s.group.Lead.ID, Names: names(s.group, b), Prior: math.Round(s.prior*1e6) / 1e6, P: p, Likelihood: likelihood(p),
		Evidence: []Weight{}, Against: []Weight{},
	}
	for _, w := range s.weights {
		if write := s.texts[w.Class]; write != nil {
			w.Text = write()
		}
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
