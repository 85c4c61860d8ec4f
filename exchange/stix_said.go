package exchange

import (
	"cmp"
	"strings"
)

// said takes what speaks of the things: indicators, sightings, notes,
// opinions and reports.
func (s *stixReader) said(o *stixKept, about map[string][]string) error {
	switch o.Type {
	case "indicator":
		return s.indicator(o, about[o.ID])
	case "sighting":
		if i, ok := s.campaign[o.SightingOf]; ok && o.Count > 0 {
			s.doc.Campaigns[i].Attempts = o.Count
		} else {
			s.skip("sightings of something else than a campaign", o.ID)
		}
	case "note", "opinion":
		s.statement(o)
	case "report", "grouping":
		r := Report{Name: o.Name, At: cmpTime(o.Published, o.Modified), Text: o.Description}
		for _, ref := range o.References {
			if where := cmp.Or(ref.URL, ref.Description); where != "" {
				r.Refs = append(r.Refs, where)
			}
		}
		for _, id := range o.ObjectRefs {
			if in, ok := s.in(id); ok {
				r.About = append(r.About, in)
			}
		}
		if r.Name == "" || len(r.About) == 0 {
			s.skip("reports that speak of no campaign or actor kept", o.ID)
			return nil
		}
		s.doc.Reports = append(s.doc.Reports, r)
	}
	return nil
}

// indicator takes the values of a pattern. One pattern may list thousands:
// each counts as one more thing that is held.
func (s *stixReader) indicator(o *stixKept, about []string) error {
	list, err := indicatorsOf(o.Pattern, o.PatternType)
	if err != nil {
		s.skip("indicators whose pattern cannot be read", o.ID)
		return nil
	}
	for n, i := range list {
		if n > 0 {
			if err := s.j.hold(0); err != nil {
				return err
			}
		}
		i.About, i.Until, i.Confidence, i.Text = about, o.ValidUntil.Time, o.Confidence, o.Description
		if !o.ValidFrom.Equal(epoch) {
			i.From = o.ValidFrom.Time
		}
		s.doc.Indicators = append(s.doc.Indicators, i)
	}
	return nil
}

func (s *stixReader) statement(o *stixKept) {
	for _, id := range o.ObjectRefs {
		if c, ok := s.campaign[id]; ok && o.Type == "note" && o.Content != "" {
			s.doc.Campaigns[c].Notes = append(s.doc.Campaigns[c].Notes, Note{cmp.Or(o.Abstract, "Note"), o.Content})
			return
		}
		i, ok := s.claims[id]
		if !ok {
			continue
		}
		a := s.doc.Assertions[i]
		x := Statement{Subject: a.Subject, Actor: a.Actor, Kind: side(o), By: cmp.Or(strings.Join(o.Authors, ", "), s.name(o.CreatedBy)), At: o.Created.Time, Text: cmp.Or(o.Explanation, o.Content)}
		for _, r := range o.References {
			x.Ref = cmp.Or(r.URL, r.Description)
		}
		s.doc.Statements = append(s.doc.Statements, x)
		return
	}
	s.skip("notes and opinions on nothing kept", o.ID)
}

// side returns what a statement amounts to: by its label if that is ours, else
// by its opinion.
func side(o *stixKept) StatementKind {
	for _, l := range o.Labels {
		if _, ok := statementWords[StatementKind(l)]; ok {
			return StatementKind(l)
		}
	}
	switch o.Opinion {
	case "agree", "strongly-agree":
		return Confirmation
	case "disagree", "strongly-disagree":
		return Rejection
	}
	return Comment
}
