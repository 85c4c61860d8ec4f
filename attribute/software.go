package attribute

import (
	"fmt"
	"math"
	"slices"
)

// Software weighs at most what the techniques weigh, for or against: three
// planted tools and one technique that fits are a proposal otherwise. Within
// the model it counts at most toolCap times what the techniques do.

// Where no model holds, software that few are known for weighs so much at
// most, and never more than the techniques do.
const softwareConstant = 1.5

// weighSoftware gives each suspect what software adds to the techniques.
func (a *Assessor) weighSoftware(d *docket, suspects []*suspect) {
	if len(d.software) == 0 {
		return
	}
	items := d.numbers(ClassSoftware, "")
	with := a.ratios(SoftwareInput, slices.Concat(d.techniques, d.software))
	alone := a.ratios(SoftwareInput, d.techniques)
	for _, s := range suspects {
		at, ok := a.position[s.group.Lead]
		if !ok {
			continue
		}
		w := 0.0
		text := ""
		switch {
		case with != nil && alone != nil:
			w = with.ratio[at] - alone.ratio[at]
			if with.held.scores[at][fSoftware] == 0 {
				w = min(w, 0) // it is not known for any of it
			}
			text = fmt.Sprintf(" With it the ratio is %+.2f, without %+.2f; in the model it counts at most %g times what the techniques do.", with.ratio[at], alone.ratio[at], toolCap)
		default:
			w = min(softwareConstant*a.exclusive(d.software, at), max(0, s.sum(ClassTechnique)))
			text = " There is no calibration for software here: it counts no more than the techniques do."
		}
		// Of fewer techniques than the model was learned from, in proportion.
		most := max(0, s.sum(ClassTechnique)) * min(1, float64(len(d.techniques))/float64(SoftwareInput.Least()))
		if w > most {
			text += fmt.Sprintf(" Capped to %+.2f by what %d techniques weigh.", most, len(d.techniques))
		}
		w = math.Max(-techniqueCap, min(most, w))
		s.add(Weight{Class: ClassSoftware, What: "software", Weight: w, Items: items})
		s.later(ClassSoftware, func() string { return a.factText(d.software, at) + text })
	}
}

// exclusive returns how many of the things an actor is known for, each divided
// by the number of actors known for it.
func (a *Assessor) exclusive(software []string, at int) float64 {
	sum := 0.0
	for _, id := range software {
		f, ok := a.corpus.number[id]
		if ok && slices.ContainsFunc(a.corpus.uses[at], func(u use) bool { return u.fact == f }) {
			sum += 1 / float64(a.bearers(id))
		}
	}
	return sum
}
