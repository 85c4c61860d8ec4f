package spray

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// WriteText writes the tables for a terminal of 80 columns.
func (r *Result) WriteText(w io.Writer) error {
	t := &table{w: w}
	t.line("Distributed sign-in attacks, %s, %s accounts at each organisation.", r.seeds(), number(float64(r.Accounts)))
	if len(r.Seeds) > 1 {
		t.line("First line: the median of the seeds; second: the worst.")
	}
	t.line("docs/benchmark.md defines the columns.")
	if r.Missing > 0 {
		t.line("INTERRUPTED: %d cases are missing.", r.Missing)
	}
	r.writeScenarios(t)
	r.writeOutcomes(t)
	r.writeQuiet(t)
	r.writeRivals(t)
	r.writeSweeps(t)
	return t.err
}

// table writes lines until the first error.
type table struct {
	w   io.Writer
	err error
}

func (t *table) line(format string, args ...any) {
	if t.err == nil {
		_, t.err = fmt.Fprintln(t.w, strings.TrimRight(fmt.Sprintf(format, args...), " "))
	}
}

func (r *Result) seeds() string {
	if len(r.Seeds) == 1 {
		return fmt.Sprintf("seed %d", r.Seeds[0])
	}
	return fmt.Sprintf("seeds %d to %d", r.Seeds[0], r.Seeds[len(r.Seeds)-1])
}

const scenarioRow = "%-21s%5s%6s%6s%6s%6s%6s%7s%4s%4s%8s"

func (r *Result) writeScenarios(t *table) {
	cases := r.group(Scenarios)
	if len(cases) == 0 {
		return
	}
	t.line("")
	t.line(scenarioRow, "SCENARIO", "found", "acc.", "addr.", "clean", "outc.", "after", "tries", "spl", "mrg", "false/w")
	for _, c := range cases {
		t.figures(c.Name, c.Ours().Median)
		if len(r.Seeds) > 1 {
			t.figures("", c.Ours().Worst)
		}
	}
}

func (t *table) figures(name string, f Figures) {
	t.line(scenarioRow, name, percent(f.Orgs), percent(f.Accounts), percent(f.Sources), percent(f.Clean), percent(f.Outcomes),
		hours(f.Hours), count(f.Tries), count(f.Splits), count(f.Merges), rate(f.FalsePerWeek))
}

func (r *Result) writeOutcomes(t *table) {
	rows := r.outcomes()
	if len(rows) == 0 {
		return
	}
	const row = "%-21s%10s%10s%10s%10s%10s%9s"
	t.line("")
	t.line("ACCOUNTS OF ALL SCENARIOS AND SEEDS, by what was true and what was said")
	t.line(row, "", "attempted", "undeterm.", "blocked", "confirmed", "succeeded", "missed")
	for _, cells := range rows {
		t.line(row, cells[0], cells[1], cells[2], cells[3], cells[4], cells[5], cells[6])
	}
}

func (r *Result) writeQuiet(t *table) {
	for _, c := range r.group(Quiet) {
		t.line("")
		t.line("QUIET: %s", c.About)
		s := c.Ours()
		t.line("  false campaigns: %s (worst %s), %s (%s) for each organisation-week,", count(s.Median.False), count(s.Worst.False),
			rate(s.Median.FalsePerWeek), rate(s.Worst.FalsePerWeek))
		t.line("  %s (%s) for a million sign-ins", rate(s.Median.FalsePerMillion), rate(s.Worst.FalsePerMillion))
	}
}

// writeRivals sums every system up over all scenarios and the quiet month.
func (r *Result) writeRivals(t *table) {
	if len(r.Rivals) == 0 || len(r.group(Scenarios)) == 0 {
		return
	}
	const row = "%-40s%6s%6s%6s%6s%8s%8s"
	t.line("")
	t.line(row, "ALL SCENARIOS TOGETHER, ALL SEEDS", "found", "acc.", "addr.", "clean", "false/w", "false/M")
	for _, o := range r.overall() {
		t.line(row, o.Name, percent(o.Orgs), percent(o.Accounts), percent(o.Sources), percent(o.Clean), rate(o.FalsePerWeek), rate(o.FalsePerMillion))
	}
	t.line("false: in the quiet month, for each organisation-week and for a million sign-ins")

	const best = "%-20s%6s%6s%6s%6s  %s"
	t.line("")
	t.line("%-20s%12s%12s", "", Ours, "best rule")
	t.line(best, "SCENARIO", "found", "clean", "found", "clean", "which")
	for _, c := range r.group(Scenarios) {
		b, which := c.best(), ""
		if b.Median.Orgs > 0 {
			which = b.Name
		}
		ours := c.Ours().Median
		t.line(best, c.Name, percent(ours.Orgs), percent(ours.Clean), percent(b.Median.Orgs), percent(b.Median.Clean), which)
	}
}

func (r *Result) writeSweeps(t *table) {
	const row = "%-21s%7s%7s%7s%7s%8s%8s%7s"
	for _, s := range r.Sweeps {
		points := r.group(s.Group)
		if len(points) == 0 {
			continue
		}
		t.line("")
		t.line("%s", strings.ToUpper(s.Title))
		t.line("%s", s.Axis)
		t.line(row, "", "found", "worst", "acc.", "clean", "after", "tries", "rule")
		for _, c := range points {
			x := c.Label
			if x == "" {
				x = number(c.X)
			}
			rule := "-"
			if len(r.Rivals) > 0 {
				rule = percent(c.best().Median.Orgs)
			}
			f := c.Ours().Median
			t.line(row, x, percent(f.Orgs), percent(c.Ours().Worst.Orgs), percent(f.Accounts), percent(f.Clean), hours(f.Hours), count(f.Tries), rule)
		}
	}
}

// WriteDetails writes what was missed and claimed wrongly, seed by seed.
func (r *Result) WriteDetails(w io.Writer) error {
	t := &table{w: w}
	for _, c := range r.Cases {
		for i, d := range c.Details {
			t.line("")
			t.line("%s, seed %d: %s sign-ins", c.Name, r.Seeds[i], number(float64(c.Events[i])))
			if len(d) == 0 {
				t.line("  nothing missed, nothing claimed wrongly")
			}
			for _, line := range d {
				t.line("  %s", line)
			}
		}
	}
	return t.err
}

func (r *Result) group(name string) []*Measured {
	var list []*Measured
	for i := range r.Cases {
		if r.Cases[i].Group == name {
			list = append(list, &r.Cases[i])
		}
	}
	return list
}

// best returns the rival that found most organisations, of these the one that
// found most accounts.
func (m *Measured) best() *System {
	best := &m.Systems[1]
	for i := range m.Systems[2:] {
		s := &m.Systems[2+i]
		if s.Median.Orgs > best.Median.Orgs || s.Median.Orgs == best.Median.Orgs && s.Median.Accounts > best.Median.Accounts {
			best = s
		}
	}
	return best
}

func percent(f Figure) string {
	if !f.Applies() {
		return "-"
	}
	p := 100 * float64(f)
	if p > 99 && p < 100 {
		p = 99 // 100 % means all
	}
	return fmt.Sprintf("%.0f%%", p)
}

func hours(f Figure) string {
	switch {
	case !f.Applies():
		return "-"
	case math.IsInf(float64(f), 1):
		return "never"
	case f < 1:
		return fmt.Sprintf("%.0fm", 60*float64(f))
	case f < 10:
		return fmt.Sprintf("%.1fh", float64(f))
	case f < 48:
		return fmt.Sprintf("%.0fh", float64(f))
	}
	return fmt.Sprintf("%.1fd", float64(f)/24)
}

func count(f Figure) string {
	switch {
	case !f.Applies():
		return "-"
	case math.IsInf(float64(f), 1):
		return "never"
	}
	return number(float64(f))
}

func rate(f Figure) string {
	switch {
	case !f.Applies():
		return "-"
	case f == 0:
		return "0"
	case f < 10:
		return fmt.Sprintf("%.2g", float64(f))
	}
	return number(math.Round(float64(f)))
}

// number writes a number with commas between thousands.
func number(x float64) string {
	s := fmt.Sprintf("%g", math.Round(x*1000)/1000)
	if x < 1000 {
		return s
	}
	digits := []byte(fmt.Sprintf("%.0f", x))
	var out []byte
	for i, d := range slices.Backward(digits) {
		out = append(out, d)
		if n := len(digits) - i; n%3 == 0 && i > 0 {
			out = append(out, ',')
		}
	}
	slices.Reverse(out)
	return string(out)
}
