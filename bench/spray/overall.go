package spray

import "github.com/pumphandle/pumphandle/outcome"

// Overall is a system over all scenarios, with the false claims of the quiet
// month.
type Overall struct {
	Name            string `json:"name"`
	Orgs            Figure `json:"orgs"`
	Accounts        Figure `json:"accounts"`
	Sources         Figure `json:"sources"`
	Clean           Figure `json:"clean"`
	FalsePerWeek    Figure `json:"false_per_org_week"`
	FalsePerMillion Figure `json:"false_per_million"`
}

// overall sums up each system: the mean over scenarios of the median over
// seeds, so that no scenario counts more because it is larger.
func (r *Result) overall() []Overall {
	scenarios, quiet := r.group(Scenarios), r.group(Quiet)
	if len(r.Cases) == 0 {
		return nil
	}
	var all []Overall
	for i := range r.Cases[0].Systems {
		mean := func(of func(Figures) Figure) Figure {
			var values []Figure
			for _, c := range scenarios {
				if v := of(c.Systems[i].Median); v.Applies() {
					values = append(values, v)
				}
			}
			if len(values) == 0 {
				return none
			}
			sum := Figure(0)
			for _, v := range values {
				sum += v
			}
			return sum / Figure(len(values))
		}
		o := Overall{
			Name:         r.Cases[0].Systems[i].Name,
			Orgs:         mean(func(f Figures) Figure { return f.Orgs }),
			Accounts:     mean(func(f Figures) Figure { return f.Accounts }),
			Sources:      mean(func(f Figures) Figure { return f.Sources }),
			Clean:        mean(func(f Figures) Figure { return f.Clean }),
			FalsePerWeek: none, FalsePerMillion: none,
		}
		for _, c := range quiet {
			o.FalsePerWeek, o.FalsePerMillion = c.Systems[i].Median.FalsePerWeek, c.Systems[i].Median.FalsePerMillion
		}
		all = append(all, o)
	}
	return all
}

// outcomes is the confusion of all scenarios and seeds as rows of text: true
// outcome, then the number claimed as each.
func (r *Result) outcomes() [][]string {
	var sum Confusion
	for _, c := range r.group(Scenarios) {
		for _, s := range c.Ours().Scores {
			for i := range s.Outcomes {
				for k := range s.Outcomes[i] {
					sum[i][k] += s.Outcomes[i][k]
				}
			}
		}
	}
	var rows [][]string
	for i := range sum {
		name := "not tried"
		if i < nobody {
			name = outcome.Outcome(i).String()
		}
		row := []string{name}
		total := 0
		for k, n := range sum[i] {
			cell := number(float64(n))
			if i == nobody && k == nobody {
				cell = "-" // all the others
			}
			row = append(row, cell)
			total += n
		}
		if total > 0 {
			rows = append(rows, row)
		}
	}
	return rows
}
