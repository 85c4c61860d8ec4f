package spray

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"math"
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
