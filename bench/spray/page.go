package spray

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"

	"github.com/pumphandle/pumphandle/outcome"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent, "hours": hours, "count": count, "rate": rate, "shade": shade, "number": func(n int) string { return number(float64(n)) },
	"add": func(a, b float64) float64 { return a + b },
}).Parse(pageText))

// WritePage writes the result as one page of HTML that loads nothing and runs
// nothing.
func (r *Result) WritePage(w io.Writer) error {
	view := struct {
		*Result
		SeedsText string
		Scenarios []*Measured
		Quiet     []*Measured
		Overall   []Overall
		Charts    [][]chart
		Outcomes  [][]string
	}{r, r.seeds(), r.group(Scenarios), r.group(Quiet), r.overall(), nil, r.outcomes()}
	for _, s := range r.Sweeps {
		if c := r.charts(s); c != nil {
			view.Charts = append(view.Charts, c)
		}
	}
	if err := page.Execute(w, view); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

// shade is the colour behind a share: white for nothing, green for all.
func shade(f Figure) template.CSS {
	if !f.Applies() {
		return "background:#fff"
	}
	return template.CSS(fmt.Sprintf("background:hsl(160 45%% %.0f%%)", 100-38*math.Max(0, math.Min(1, float64(f)))))
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
