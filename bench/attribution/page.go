package attribution

import (
	"fmt"
	"html/template"
	"io"
	"strings"
)

// WriteHTML writes the result as one page with its plots in it. It loads
// nothing from anywhere.
func (r *Result) WriteHTML(w io.Writer) error {
	data := struct {
		*Result
		Top, Calibration, Framed template.HTML
	}{r, bars(r), reliability(r), flags(r)}
	if err := page.Execute(w, data); err != nil {
		return fmt.Errorf("writing the page: %w", err)
	}
	return nil
}

var page = template.Must(template.New("page").Funcs(template.FuncMap{
	"pct": func(x float64) string { return fmt.Sprintf("%.1f", 100*x) },
}).Parse(`<!doctype html>
<html lang="en"><meta charset="utf-8"><title>Attribution, measured</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1a1a1a;background:#fff}
table{border-collapse:collapse;margin:1rem 0}td,th{padding:.2rem .6rem;border-bottom:1px solid #ddd;text-align:right}
td:first-child,th:first-child,.l{text-align:left}.no{color:#a40000;font-weight:600}svg{max-width:100%;height:auto}
svg text{font:12px system-ui,sans-serif;fill:#1a1a1a}
</style>
<h1>Attribution, measured</h1>
<p>{{.Groups}} groups and {{.Operations}} attributed campaigns of MITRE ATT&amp;CK. Each public report is held out: all that only it says is
forgotten, and the rest is asked whose it was. Labels are what analysts wrote, not truth; detections are noisier than analysts. Expect less.</p>
<h2>Figures</h2>
<table><tr><th>what<th>wanted<th>measured<th></tr>
{{range .Figures}}<tr><td>{{.What}}<td>{{.Want}}<td>{{.Got}}<td>{{if .Met}}met{{else}}<span class="no">not met</span>{{end}}</tr>
{{end}}</table>
<h2>Whose was it</h2>
<p>Share of held-out reports (techniques and software) whose group leads, and is among the first five.</p>
{{.Top}}
<table><tr><th>test<th class="l">facts<th class="l">method<th>n<th>top 1<th>top 3<th>top 5<th>top 10<th>MRR</tr>
{{range .Ranking}}<tr><td>{{.Test}}<td class="l">{{.Facts}}<td class="l">{{.Method}}<td>{{.N}}<td>{{.Top1}}<td>{{.Top3}}<td>{{.Top5}}<td>{{.Top10}}<td>{{.MRR}}</tr>
{{end}}</table>
<h2>What the probabilities are worth</h2>
<p>The right group is hidden in 30 % of the cases. On the diagonal what is said is what happens; the area of a dot is the number of cases.</p>
{{.Calibration}}
<table><tr><th>facts<th>n<th>Brier<th>of a constant<th>calibration error<th>from P<th>named<th>right<th>unknown hands named</tr>
{{range .OpenSet}}{{$o := .}}{{range .Naming}}<tr><td>{{$o.Input}}<td>{{$o.N}}<td>{{printf "%.3f" $o.Brier}}<td>{{printf "%.3f" $o.Constant}}<td>{{printf "%.3f" $o.ECE}}<td>{{.From}}<td>{{pct .Named}} %<td>{{pct .Right}} %<td>{{pct .Unknown}} %</tr>
{{end}}{{end}}</table>
<h2>False flags</h2>
<p>Software of one other group is planted into each report: how often that group then leads.</p>
{{.Framed}}
<p>Base {{.Base}}; made of {{range .Files}}{{.Name}} ({{.SHA256}}) {{end}}</p>
`))

var colours = []string{"#4269d0", "#efb118", "#ff725c", "#6cc5b0", "#3ca951", "#9498a0"}

// bars draws top 1 and top 5 of each method over held-out reports.
func bars(r *Result) template.HTML {
	var rows []Ranking
	for _, x := range r.Ranking {
		if x.Test == "E2" && x.Facts == "techniques and software" {
			rows = append(rows, x)
		}
	}
	var b strings.Builder
	const left, width, height = 210, 420, 34
	fmt.Fprintf(&b, `<svg viewBox="0 0 700 %d" role="img" aria-label="Top 1 and top 5 by method">`, len(rows)*height+10)
	for i, x := range rows {
		y := i * height
		fmt.Fprintf(&b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, left-8, y+20, template.HTMLEscapeString(x.Method))
		fmt.Fprintf(&b, `<rect x="%d" y="%d" width="%.1f" height="20" fill="#c7d2f0"/><rect x="%d" y="%d" width="%.1f" height="20" fill="%s"/>`,
			left, y+5, x.Top5/100*width, left, y+5, x.Top1/100*width, colours[0])
		fmt.Fprintf(&b, `<text x="%.1f" y="%d">%.1f / %.1f %%</text>`, left+x.Top5/100*width+6, y+20, x.Top1, x.Top5)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // the only text in it is escaped above
}

// reliability draws what is said against what happens.
func reliability(r *Result) template.HTML {
	var b strings.Builder
	const left, size = 40.0, 320.0
	b.WriteString(`<svg viewBox="0 0 560 380" role="img" aria-label="Probability said against share right">`)
	fmt.Fprintf(&b, `<rect x="%g" y="10" width="%g" height="%g" fill="none" stroke="#999"/><line x1="%g" y1="%g" x2="%g" y2="10" stroke="#999" stroke-dasharray="4"/>`,
		left, size, size, left, size+10, left+size)
	for _, t := range []float64{0, 0.2, 0.4, 0.6, 0.8, 1} {
		fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">%g</text><text x="%g" y="%g" text-anchor="end">%g</text>`,
			left+t*size, size+26, t, left-6, 14+(1-t)*size, t)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">probability said</text>`, left+size/2, size+44)
	for i, o := range r.OpenSet {
		for _, bin := range o.Bins {
			fmt.Fprintf(&b, `<circle cx="%.1f" cy="%.1f" r="%.1f" fill="%s" fill-opacity="0.7"/>`,
				left+bin.Said*size, 10+(1-bin.Right)*size, 2+bin.N/float64(o.N)*18, colours[i])
		}
		fmt.Fprintf(&b, `<circle cx="385" cy="%d" r="6" fill="%s"/><text x="398" y="%d">%s (error %.3f)</text>`, 30+i*24, colours[i], 34+i*24, o.Input, o.ECE)
	}
	b.WriteString(`</svg>`)
	return template.HTML(b.String()) //nolint:gosec // numbers, and names of inputs that are ours
}

// flags draws how often a planted group leads, by the number of plants.
func flags(r *Result) template.HTML {
	var b strings.Builder
	const left, size, height = 40.0, 300.0, 200.0
	b.WriteString(`<svg viewBox="0 0 720 260" role="img" aria-label="Framed by planted software">`)
	fmt.Fprintf(&b, `<rect x="%g" y="10" width="%g" height="%g" fill="none" stroke="#999"/>`, left, size, height)
	for _, t := range []float64{0, 20, 40, 60, 80} {
		fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="end">%g</text>`, left-6, 14+height-t/80*height, t)
	}
	for i, f := range r.FalseFlag {
		var points []string
		for k, v := range f.Framed {
			points = append(points, fmt.Sprintf("%.1f,%.1f", left+40+float64(k)*110, 10+height-min(v, 80)/80*height))
		}
		fmt.Fprintf(&b, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/><text x="365" y="%d" fill="%s">%s</text><rect x="350" y="%d" width="10" height="10" fill="%s"/>`,
			strings.Join(points, " "), colours[i], 30+i*24, colours[i], template.HTMLEscapeString(f.Method), 21+i*24, colours[i])
	}
	for k := range 3 {
		fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">%d</text>`, left+40+float64(k)*110, height+28, k+1)
	}
	fmt.Fprintf(&b, `<text x="%g" y="%g" text-anchor="middle">items planted; %% framed</text></svg>`, left+size/2, height+46)
	return template.HTML(b.String()) //nolint:gosec // the only text in it is escaped above
}
