package attribute

import "slices"

// The cells of the table of competing hypotheses (Heuer, Psychology of
// Intelligence Analysis, 1999).
const (
	consistent   = "C"
	inconsistent = "I"
	neutral      = "N"
)

// matrix holds every item against every listed hypothesis. An item that fits
// all of them says nothing of who it was, however well it fits.
func (a *Assessor) matrix(d *docket, suspects []*suspect, candidates []Hypothesis) []Row {
	var rows []Row
	for _, i := range d.items {
		row := Row{Item: i.No}
		for _, h := range candidates {
			s := &suspect{}
			if at := slices.IndexFunc(suspects, func(s *suspect) bool { return s.group.Lead.ID == h.Actor }); at >= 0 {
				s = suspects[at]
			} else if g, err := a.Resolve(h.Actor); err == nil {
				s.group = g // brought in by people; the evidence says nothing of it
			}
			row.Cells = append(row.Cells, a.cell(d, i, s))
		}
		// A known actor that is not listed, and one whom nobody has named.
		rest := neutral
		if given(i) && !i.Contradicts && reliability(i.Grade) > 0.5 && (i.Class != ClassInfrastructure || i.Dedicated) {
			rest = inconsistent
		}
		rows = append(rows, Row{i.No, append(row.Cells, rest, rest)})
	}
	return rows
}

func (a *Assessor) cell(d *docket, i Item, s *suspect) string {
	switch {
	case i.Class == ClassTechnique || i.Class == ClassSoftware:
		at, ok := a.position[s.group.Lead]
		f, known := a.corpus.number[i.What]
		switch {
		case ok && known && slices.ContainsFunc(a.corpus.uses[at], func(u use) bool { return u.fact == f }):
			return consistent
		case i.Class == ClassSoftware && i.Shared > 0:
			return inconsistent // others are known for it
		}
		return neutral // reports do not tell all that an actor does
	case given(i) && d.means[i.No] != s.group.Lead:
		if w, _ := weightOf(i, 1); w > 0 {
			return inconsistent // it names somebody else
		}
		return neutral
	}
	for _, w := range s.weights {
		if slices.Contains(w.Items, i.No) {
			if w.Weight > 0 {
				return consistent
			}
			return inconsistent
		}
	}
	return neutral
}

// without says for each item who would lead if it were not there. Only the
// class of the item is weighed anew.
func (a *Assessor) without(d *docket, whole []*suspect, set []Decision) []Without {
	var out []Without
	for _, i := range d.items {
		less := *d
		less.items = slices.Clone(d.items)
		less.items[i.No-1].Class = "" // it keeps its place, so that the numbers hold, and is nothing any more
		less.gone = i
		// Outside assessments are weighed anew with any class: what is taken off
		// them depends on behaviour.
		anew := []string{i.Class, ClassOutside, ClassInfrastructure, ClassLure}
		facts := i.Class == ClassTechnique || i.Class == ClassSoftware
		if facts {
			anew = append(anew, ClassTechnique, ClassSoftware)
			less.techniques = slices.DeleteFunc(slices.Clone(d.techniques), func(t string) bool { return i.Class == ClassTechnique && t == i.What })
			less.software = slices.DeleteFunc(slices.Clone(d.software), func(s string) bool { return i.Class == ClassSoftware && s == i.What })
		}
		suspects := make([]*suspect, len(whole))
		for k, s := range whole {
			one := *s
			one.weights = slices.DeleteFunc(slices.Clone(s.weights), func(w Weight) bool { return slices.Contains(anew, w.Class) })
			one.texts = nil
			suspects[k] = &one
		}
		switch {
		case facts:
			givePriors(suspects, less.techniques)
			a.weighFacts(&less, suspects)
		case i.Class == ClassHabit:
			weighHabits(&less, suspects)
		case i.Class == ClassVictim:
			weighVictims(&less, suspects)
		}
		a.weighGiven(&less, suspects)
		a.setWeights(suspects, set)
		total, _ := weightOfAll(suspects)
		w := Without{Item: i.No, Status: Unattributed}
		if list := a.listed(suspects, &less, total); len(list) > 0 {
			w.Actor, w.P = list[0].group.Lead.ID, list[0].p(total)
			w.Status = list[0].standing(w.P, &less)
		}
		out = append(out, w)
	}
	return out
}
