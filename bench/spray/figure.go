package spray

import (
	"cmp"
	"encoding/json"
	"math"
	"slices"
)

// Figure is a measured number. It is infinite where something never happened
// and no number where it does not apply; JSON has null for both.
type Figure float64

var (
	never = Figure(math.Inf(1))
	none  = Figure(math.NaN())
)

// Applies reports whether it is a number or never.
func (f Figure) Applies() bool { return !math.IsNaN(float64(f)) }

// MarshalJSON writes the number, rounded to six digits, or null.
func (f Figure) MarshalJSON() ([]byte, error) {
	if math.IsNaN(float64(f)) || math.IsInf(float64(f), 0) {
		return []byte("null"), nil
	}
	return json.Marshal(math.Round(float64(f)*1e6) / 1e6)
}

// UnmarshalJSON reads what MarshalJSON wrote; null is read as none.
func (f *Figure) UnmarshalJSON(text []byte) error {
	*f = none
	if string(text) == "null" {
		return nil
	}
	return json.Unmarshal(text, (*float64)(f))
}

// Ratio is the share as a number.
func (s Share) Ratio() Figure {
	if s.Of == 0 {
		return none
	}
	return Figure(float64(s.Found) / float64(s.Of))
}

// Figures sum up the scores of one system in one case.
type Figures struct {
	Orgs     Figure `json:"orgs"`     // shares, 0 to 1
	Accounts Figure `json:"accounts"` //
	Sources  Figure `json:"sources"`
	Clean    Figure `json:"clean"`
	Outcomes Figure `json:"outcomes"` // accounts found that have the right outcome

	Hours      Figure `json:"hours"`
	Tries      Figure `json:"tries"`
	FirstHours Figure `json:"first_hours"`
	FirstTries Figure `json:"first_tries"`

	False           Figure `json:"false"`
	FalsePerWeek    Figure `json:"false_per_org_week"`
	FalsePerMillion Figure `json:"false_per_million"`
	FalseParts      Figure `json:"false_parts"`
	Splits          Figure `json:"splits"`
	Merges          Figure `json:"merges"`
}

// measure is one of the figures: how it is read from a score, where it is
// kept, whether more is better, and how it is written.
type measure struct {
	name string
	more bool
	of   func(s *Score) Figure
	at   func(f *Figures) *Figure
	text func(Figure) string
}

func measures() []measure {
	number := func(n func(*Score) int) func(*Score) Figure { return func(s *Score) Figure { return Figure(n(s)) } }
	return []measure{
		{"orgs", true, func(s *Score) Figure { return s.Orgs.Ratio() }, func(f *Figures) *Figure { return &f.Orgs }, percent},
		{"accounts", true, func(s *Score) Figure { return s.Accounts.Ratio() }, func(f *Figures) *Figure { return &f.Accounts }, percent},
		{"sources", true, func(s *Score) Figure { return s.Sources.Ratio() }, func(f *Figures) *Figure { return &f.Sources }, percent},
		{"clean", true, func(s *Score) Figure { return s.Clean.Ratio() }, func(f *Figures) *Figure { return &f.Clean }, percent},
		{"outcomes", true, (*Score).outcomesRight, func(f *Figures) *Figure { return &f.Outcomes }, percent},
		{"hours", false, func(s *Score) Figure { return s.Delay.Hours }, func(f *Figures) *Figure { return &f.Hours }, hours},
		{"tries", false, func(s *Score) Figure { return s.Delay.Tries }, func(f *Figures) *Figure { return &f.Tries }, count},
		{"first_hours", false, func(s *Score) Figure { return s.Delay.FirstHours }, func(f *Figures) *Figure { return &f.FirstHours }, hours},
		{"first_tries", false, func(s *Score) Figure { return s.Delay.FirstTries }, func(f *Figures) *Figure { return &f.FirstTries }, count},
		{"false", false, number(func(s *Score) int { return s.False }), func(f *Figures) *Figure { return &f.False }, count},
		{"false_per_org_week", false, (*Score).falsePerWeek, func(f *Figures) *Figure { return &f.FalsePerWeek }, rate},
		{"false_per_million", false, (*Score).falsePerMillion, func(f *Figures) *Figure { return &f.FalsePerMillion }, rate},
		{"false_parts", false, number(func(s *Score) int { return s.FalseParts }), func(f *Figures) *Figure { return &f.FalseParts }, count},
		{"splits", false, number(func(s *Score) int { return s.Splits }), func(f *Figures) *Figure { return &f.Splits }, count},
		{"merges", false, number(func(s *Score) int { return s.Merges }), func(f *Figures) *Figure { return &f.Merges }, count},
	}
}

func (s *Score) outcomesRight() Figure {
	if s.Outcomes == nil {
		return none
	}
	return s.Outcomes.Right().Ratio()
}

func (s *Score) falsePerWeek() Figure {
	if s.Weeks == 0 {
		return none
	}
	return Figure(float64(s.False) / s.Weeks)
}

func (s *Score) falsePerMillion() Figure {
	if s.Benign == 0 {
		return none
	}
	return Figure(1e6 * float64(s.False) / float64(s.Benign))
}

// sumUp returns the median and the worst of each figure over the seeds. Of an
// even number of seeds the median is the worse of the two in the middle.
func sumUp(scores []Score) (median, worst Figures) {
	for _, m := range measures() {
		var values []Figure
		for i := range scores {
			if v := m.of(&scores[i]); v.Applies() {
				values = append(values, v)
			}
		}
		*m.at(&median), *m.at(&worst) = none, none
		if len(values) == 0 {
			continue
		}
		slices.SortFunc(values, func(a, b Figure) int { // best first
			if m.more {
				return cmp.Compare(b, a)
			}
			return cmp.Compare(a, b)
		})
		*m.at(&median), *m.at(&worst) = values[len(values)/2], values[len(values)-1]
	}
	return median, worst
}
