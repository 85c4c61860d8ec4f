package exchange

import (
	"cmp"
	"slices"
	"strings"
	"time"
)

// Sort brings a document into the one order in which equal documents are
// equal: by id and value, times in UTC and milliseconds, nothing twice. What
// is read is sorted; what is written is written in this order.
func (d *Document) Sort() {
	moment := func(t *time.Time) {
		if !t.IsZero() {
			*t = t.UTC().Truncate(time.Millisecond)
		}
	}
	moment(&d.At)
	// The caller's elements stay as they are.
	d.Campaigns, d.Actors, d.Indicators = slices.Clone(d.Campaigns), slices.Clone(d.Actors), slices.Clone(d.Indicators)
	d.Assertions, d.Statements, d.Reports = slices.Clone(d.Assertions), slices.Clone(d.Statements), slices.Clone(d.Reports)
	for i := range d.Campaigns {
		c := &d.Campaigns[i]
		moment(&c.First)
		moment(&c.Last)
		c.Kinds = unique(c.Kinds, cmp.Compare[string])
		c.Techniques = unique(c.Techniques, func(a, b Technique) int { return cmp.Or(cmp.Compare(a.ID, b.ID), cmp.Compare(a.Name, b.Name)) })
		c.Victims = unique(c.Victims, func(a, b Victim) int { return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Outcome, b.Outcome)) })
		c.Notes = unique(c.Notes, func(a, b Note) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.Text, b.Text)) })
	}
	slices.SortStableFunc(d.Campaigns, func(a, b Campaign) int { return cmp.Compare(a.ID, b.ID) })
	for i := range d.Actors {
		a := &d.Actors[i]
		a.Uses = slices.Clone(a.Uses)
		for k := range a.Uses {
			a.Uses[k].Refs = unique(a.Uses[k].Refs, cmp.Compare[string])
		}
		slices.SortStableFunc(a.Uses, func(a, b Use) int { return cmp.Compare(a.ID, b.ID) })
	}
	slices.SortStableFunc(d.Actors, func(a, b Actor) int { return cmp.Compare(a.ID, b.ID) })
	for i := range d.Indicators {
		x := &d.Indicators[i]
		moment(&x.From)
		moment(&x.Until)
		x.About = unique(x.About, cmp.Compare[string])
	}
	d.Indicators = unique(d.Indicators, compareIndicators)
	for i := range d.Assertions {
		moment(&d.Assertions[i].At)
	}
	d.Assertions = unique(d.Assertions, func(a, b Assertion) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(b.Confidence, a.Confidence), cmp.Compare(a.Actor, b.Actor), cmp.Compare(a.By, b.By), a.At.Compare(b.At),
			cmp.Compare(a.Status, b.Status), cmp.Compare(a.Text, b.Text))
	})
	for i := range d.Statements {
		moment(&d.Statements[i].At)
	}
	d.Statements = unique(d.Statements, func(a, b Statement) int {
		return cmp.Or(cmp.Compare(a.Subject, b.Subject), cmp.Compare(a.Actor, b.Actor), a.At.Compare(b.At), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.By, b.By),
			cmp.Compare(a.Text, b.Text), cmp.Compare(a.Ref, b.Ref))
	})
	for i := range d.Reports {
		r := &d.Reports[i]
		moment(&r.At)
		r.Refs, r.About = unique(r.Refs, cmp.Compare[string]), unique(r.About, cmp.Compare[string])
	}
	slices.SortStableFunc(d.Reports, func(a, b Report) int { return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Name, b.Name)) })
}

func compareIndicators(a, b Indicator) int {
	return cmp.Or(cmp.Compare(strings.Join(a.About, " "), strings.Join(b.About, " ")), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Value, b.Value),
		a.From.Compare(b.From), a.Until.Compare(b.Until), cmp.Compare(a.Confidence, b.Confidence), cmp.Compare(a.Text, b.Text))
}

// unique sorts a copy and leaves out what is there twice.
func unique[T any](list []T, compare func(a, b T) int) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, compare)
	return slices.CompactFunc(list, func(a, b T) bool { return compare(a, b) == 0 })
}
