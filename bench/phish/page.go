package phish

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"percent": percent,
	"mb":      func(n int64) string { return fmt.Sprintf("%.0f", float64(n)/1e6) },
	"number":  func(x float64) string { return fmt.Sprintf("%.0f", x) },
	"rate":    func(x float64) string { return fmt.Sprintf("%.3f", x) },
	// bar is the place of a share and of its interval in a bar of 200 units.
	"at":   func(x float64) string { return fmt.Sprintf("%.1f", 200*x) },
	"wide": func(s Share) string { return fmt.Sprintf("%.1f", 200*(s.High-s.Low)) },
}).Parse(pageText))

// WritePage writes the result as one page of HTML that loads nothing and runs
// nothing.
func (r *Result) WritePage(w io.Writer) error {
	if err := page.Execute(w, r); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}
