package attribute

import (
	"cmp"
	"fmt"
	"math"
	"strings"
)

// What is given weighs by its grade of the Admiralty code: a source that says
// who it was is right with this probability (design values: A1 and A2 0.99, B1
// and B2 0.95, A3, B3 and C1 to C3 0.73, worse: it says nothing). Its
// log-likelihood ratio is the log-odds of that, and ln K more where it names
// one of K actors, for a source that errs may err towards any of them.
func reliability(grade string) float64 {
	if len(grade) != 2 {
		return 0.5
	}
	source, content := strings.ToUpper(grade)[0], grade[1]
	switch {
	case content < '1' || content > '6' || source < 'A' || source > 'F':
		return 0.5
	case source == 'A' && content <= '2':
		return 0.99
	case source <= 'B' && content <= '2':
		return 0.953
	case source <= 'C' && content <= '3':
		return 0.731
	}
	return 0.5
}

// ValidGrade reports whether a grade is one of the Admiralty code, A1 to F6.
func ValidGrade(grade string) bool {
	return len(grade) == 2 && grade[0] >= 'A' && grade[0] <= 'F' && grade[1] >= '1' && grade[1] <= '6'
}

// The most that a lure weighs, and from how many sharers on an observable is
// everybody's.
const (
	lureCap  = 1.4
	manyHave = 3
)

// Whoever says who it was has seen what the hand did, and may say so because
// of it: so much of what behaviour says for an actor is taken off an outside
// assessment that names it (design value).
const seenToo = 0.5

// weighGiven weighs what people and imports added: outside assessments,
// infrastructure and lures, each item for the actor that it names. Items of one
// origin count once, with the strongest.
func (a *Assessor) weighGiven(d *docket, suspects []*suspect) {
	for _, s := range suspects {
		strongest := map[string]Weight{}
		var origins []string
		for _, item := range d.items {
			if !given(item) || d.means[item.No] != s.group.Lead {
				continue
			}
			w, why := weightOf(item, len(suspects))
			if behaviour := s.sum(ClassTechnique, ClassHabit, ClassVictim); item.Class == ClassOutside && w > 0 && behaviour > 0 {
				w = max(0, w-seenToo*behaviour)
				why += fmt.Sprintf(" %.2f are taken off: half of what behaviour says, which the source has seen, too.", seenToo*behaviour)
			}
			origin := item.Group
			if origin == "" {
				origin = fmt.Sprintf("item %d", item.No)
			}
			before, counted := strongest[origin]
			if counted && math.Abs(w) <= math.Abs(before.Weight) {
				continue
			}
			if !counted {
				origins = append(origins, origin)
			}
			strongest[origin] = Weight{Class: item.Class, What: clip(cmp.Or(item.What, item.Source)), Weight: w, Items: []int{item.No},
				Text: fmt.Sprintf("%s, graded %s: %s. %s", clip(item.Source), item.Grade, clip(strings.TrimRight(item.Text, ".")), why)}
		}
		for _, o := range origins {
			s.add(strongest[o])
		}
		top := math.Log(0.99/0.01) + math.Log(float64(len(suspects)))
		s.cap(ClassOutside, top)
		s.cap(ClassInfrastructure, top)
		s.cap(ClassLure, lureCap)
	}
}

// given says whether an item is one that names an actor itself.
func given(i Item) bool {
	return i.Actor != "" && (i.Class == ClassOutside || i.Class == ClassInfrastructure || i.Class == ClassLure)
}

// weightOf is what one item weighs for the actor that it names.
func weightOf(i Item, actors int) (w float64, why string) {
	r := reliability(i.Grade)
	odds := math.Log(r / (1 - r))
	switch {
	case r <= 0.5:
		return 0, "A grade below C3 weighs nothing."
	case i.Contradicts:
		return -odds, fmt.Sprintf("It says that it was not: the log-odds of %.2f that such a source is right.", r)
	case i.Class == ClassInfrastructure && !i.Dedicated:
		return 0, "Shared infrastructure is everybody's."
	case i.Class != ClassOutside && i.Shared > manyHave:
		return 0, fmt.Sprintf("%d share it: it is everybody's.", i.Shared)
	case i.Class == ClassLure:
		return lureCap * (2*r - 1), "A lure can be copied by whoever reads of it."
	}
	return odds + math.Log(float64(max(actors, 1))),
		fmt.Sprintf("The log-odds of %.2f that such a source is right, and ln %d, for one that errs may name any of the actors here.", r, actors)
}

// cap scales the weights of a class down to its cap.
func (s *suspect) cap(class string, most float64) {
	sum := s.sum(class)
	if math.Abs(sum) <= most {
		return
	}
	for i := range s.weights {
		if s.weights[i].Class == class {
			s.weights[i].Weight = math.Round(100*s.weights[i].Weight*most/math.Abs(sum)) / 100
		}
	}
}
