package attribute

import (
	"fmt"
	"math"
)

const (
	candidateAt = 0.20 // from here on an actor is a candidate
	listedAt    = 0.02 // below, it is not worth a line
	setOf       = 3    // techniques; fewer say little (docs/attribution.md)
)

// listed says whether an actor is shown: what was seen must at least double
// its prior, and that not by what everybody does who tries the same doors. A
// habit of its own must speak for it, or, where no habit can be compared, a set
// of techniques: an actor known for guessing passwords is not shown because
// somebody guesses passwords.
func (s *suspect) listed(p float64, techniques int) bool {
	if p < listedAt || s.sum() < math.Ln2 {
		return false
	}
	habits := s.sum(ClassHabit)
	return habits > 0 || habits == 0 && techniques >= setOf && s.sum(ClassTechnique) >= math.Ln2
}

// gate decides the status of behavioural evidence. It knows two: to be
// proposed an actor needs evidence of dedicated infrastructure, software or an
// outside assessment, and no evidence of these classes enters this package.
// So there is no code here, for any probability, that returns more than
// [Candidate].
func gate(candidates []Hypothesis, suspects int) (Status, string) {
	if len(candidates) > 0 && candidates[0].P >= candidateAt {
		return Candidate, fmt.Sprintf("An actor known here reaches P %.2f on behaviour: techniques, habits, victims. Behaviour can be imitated and many share it; "+
			"without dedicated infrastructure, software or an outside assessment it is a lead for analysts and not a name to be used.", candidates[0].P)
	}
	if len(candidates) > 0 {
		return Unattributed, fmt.Sprintf("No actor known here explains what was seen well enough: the best stands at P %.2f, and from %.2f on it would be a candidate.",
			candidates[0].P, candidateAt)
	}
	if suspects == 0 {
		return Unattributed, "Nothing is known here of any actor that could be held against what was seen."
	}
	return Unattributed, "What was seen is not typical of any actor known here; many do the same."
}

// confidence grades the evidence, whatever its outcome: three classes that
// agree on the first candidate, and nothing of weight against it, are
// moderate. High needs several good sources and little room for deception;
// behaviour, which everybody can imitate, never gives it.
func confidence(candidates []Hypothesis) string {
	if len(candidates) == 0 {
		return "low"
	}
	classes := map[string]bool{}
	for _, w := range candidates[0].Evidence {
		if w.Weight >= 0.2 {
			classes[w.Class] = true
		}
	}
	against := 0.0
	for _, w := range candidates[0].Against {
		against -= w.Weight
	}
	if len(classes) >= 3 && against < 0.3 {
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
