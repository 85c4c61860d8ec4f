package attribute

import (
	"fmt"
	"math"
	"slices"
)

const (
	candidateAt = 0.20 // from here on an actor is a candidate
	proposedAt  = 0.55 // with two classes, one of them not behaviour, and nothing that contradicts
	publishAt   = 0.80 // with two people who confirm
	listedAt    = 0.02 // below, it is not worth a line
	setOf       = 3    // techniques; fewer say little (docs/attribution.md)

	counts      = 0.15 // a class that makes an actor less than 16 % likelier does not count as one
	contradicts = 1.0  // weight against, from which on an actor is not proposed
)

// listed says whether an actor is shown: what was seen must at least double
// its prior, and that not by what everybody does who tries the same doors. What
// is not behaviour, or a habit of its own, must speak for it, or, where no
// habit can be compared, a set of techniques: an actor known for guessing
// passwords is not shown because somebody guesses passwords.
func (s *suspect) listed(p float64, d *docket) bool {
	if p < listedAt || s.sum() < math.Ln2 {
		return false
	}
	if s.sum(ClassOutside, ClassInfrastructure, ClassSoftware) >= math.Ln2 {
		return true
	}
	habits := s.sum(ClassHabit)
	return habits > 0 || habits == 0 && len(d.techniques) >= setOf && s.sum(ClassTechnique) >= math.Ln2
}

// strong returns the classes that are not behaviour and speak for a suspect:
// dedicated infrastructure, software, and outside assessments graded A1 to B2.
func (s *suspect) strong(d *docket) []string {
	var out []string
	for _, w := range s.weights {
		if w.Weight < counts || slices.Contains(out, w.Class) {
			continue
		}
		switch w.Class {
		case ClassSoftware:
			out = append(out, w.Class)
		case ClassInfrastructure, ClassOutside:
			if slices.ContainsFunc(w.Items, func(no int) bool { return reliability(d.items[no-1].Grade) > 0.9 }) {
				out = append(out, w.Class)
			}
		}
	}
	return out
}

// classes returns the classes that speak for a suspect.
func (s *suspect) classes() []string {
	var out []string
	for _, w := range s.weights {
		if w.Weight > 0 && !slices.Contains(out, w.Class) && s.sum(w.Class) >= counts {
			out = append(out, w.Class)
		}
	}
	return out
}

// contradicted returns the items of weight against a suspect.
func (s *suspect) contradicted() (against []Weight) {
	for _, w := range s.weights {
		if w.Weight < -contradicts {
			against = append(against, w)
		}
	}
	return against
}

// standing is what a suspect may be called at a probability.
func (s *suspect) standing(p float64, d *docket) Status {
	switch {
	case p < candidateAt:
		return Unattributed
	case p >= proposedAt && len(s.strong(d)) > 0 && len(s.classes()) >= 2 && len(s.contradicted()) == 0:
		return Proposed
	}
	return Candidate
}

// gate decides the status. Behaviour alone, whatever its probability, makes a
// candidate and no more: it can be imitated, and many share it.
func gate(list []*suspect, d *docket, total float64, suspects int) (Status, string) {
	if len(list) == 0 {
		if suspects == 0 {
			return Unattributed, "Nothing is known here of any actor that could be held against what was seen."
		}
		return Unattributed, "What was seen is not typical of any actor known here; many do the same."
	}
	lead := list[0]
	p := lead.p(total)
	switch lead.standing(p, d) {
	case Proposed:
		return Proposed, fmt.Sprintf("An actor known here reaches P %.2f on %d classes of evidence, and not on behaviour alone. A person must confirm it before it is said; "+
			"two must, at P %.2f or more, before it is published.", p, len(lead.classes()), publishAt)
	case Candidate:
		switch {
		case len(lead.strong(d)) == 0:
			return Candidate, fmt.Sprintf("An actor known here reaches P %.2f on behaviour: techniques, habits, victims. Behaviour can be imitated and many share it; "+
				"without dedicated infrastructure, software or an outside assessment it is a lead for analysts and not a name to be used.", p)
		case len(lead.contradicted()) > 0:
			return Candidate, fmt.Sprintf("An actor known here reaches P %.2f, but %q speaks against it with %.2f: it is a lead for analysts and not a name to be used.",
				p, lead.contradicted()[0].What, -lead.contradicted()[0].Weight)
		case len(lead.classes()) < 2:
			return Candidate, fmt.Sprintf("An actor known here reaches P %.2f on one class of evidence alone: it is a lead for analysts and not a name to be used. A second class is needed.", p)
		}
		return Candidate, fmt.Sprintf("An actor known here reaches P %.2f; from %.2f on it would be proposed. It is a lead for analysts and not a name to be used.", p, proposedAt)
	}
	return Unattributed, fmt.Sprintf("No actor known here explains what was seen well enough: the best stands at P %.2f, and from %.2f on it would be a candidate.",
		p, candidateAt)
}

// confidence grades the evidence, whatever its outcome: three classes that
// agree on the first candidate, or two of them not behaviour alone, and nothing
// of weight against it, are moderate. High needs two classes that are not
// behaviour, one of a source graded A. Behaviour, which everybody can imitate,
// never gives it.
func confidence(candidates []Hypothesis, d *docket) string {
	if len(candidates) == 0 {
		return "low"
	}
	classes := map[string]bool{}
	strong := map[string]bool{}
	best := false
	for _, w := range candidates[0].Evidence {
		if w.Weight < counts {
			continue
		}
		classes[w.Class] = true
		if w.Class == ClassSoftware {
			strong[w.Class] = true
		}
		for _, no := range w.Items {
			if w.Class == ClassInfrastructure || w.Class == ClassOutside {
				r := reliability(d.items[no-1].Grade)
				strong[w.Class] = strong[w.Class] || r > 0.9
				best = best || r >= 0.99
			}
		}
	}
	against := 0.0
	for _, w := range candidates[0].Against {
		against -= w.Weight
	}
	strongs := 0
	for _, is := range strong {
		if is {
			strongs++
		}
	}
	switch {
	case against >= 0.3:
		return "low"
	case len(classes) >= 3 && strongs >= 2 && best:
		return "high"
	case len(classes) >= 3, len(classes) >= 2 && strongs >= 1:
		return "moderate"
	}
	return "low"
}

// likelihood returns the word of ICD 203 (Analytic Standards, 2015) for a
// probability. Nothing is ever below 1 or above 99 %.
func likelihood(p float64) string {
	switch {
	case p < 0.05:
		return "almost no chance"
	case p < 0.20:
		return "very unlikely"
	case p < 0.45:
		return "unlikely"
	case p <= 0.55:
		return "roughly even chance"
	case p <= 0.80:
		return "likely"
	case p <= 0.95:
		return "very likely"
	}
	return "almost certain"
}
