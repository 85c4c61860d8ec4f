package attribution

import (
	"fmt"
	"io"
	"text/tabwriter"
)

// WriteTable writes the result for people.
func (r *Result) WriteTable(w io.Writer) error {
	t := tabwriter.NewWriter(w, 2, 0, 2, ' ', 0)
	p := func(format string, args ...any) { fmt.Fprintf(t, format+"\n", args...) }
	p("%d groups and %d attributed campaigns of ATT&CK; base %s", r.Groups, r.Operations, r.Base)
	p("")
	p("WHOSE WAS IT (%%; E2: held-out reports, E1: source-disjoint campaigns)")
	p("test\tfacts\tmethod\tn\ttop 1\ttop 3\ttop 5\ttop 10\tMRR")
	for _, x := range r.Ranking {
		p("%s\t%s\t%s\t%d\t%.1f\t%.1f\t%.1f\t%.1f\t%.3f", x.Test, x.Facts, x.Method, x.N, x.Top1, x.Top3, x.Top5, x.Top10, x.MRR)
	}
	p("")
	p("WHAT THE PROBABILITIES ARE WORTH (the right group hidden in 30 %% of the cases; mean of three divisions into five parts)")
	p("facts\tn\tBrier (constant)\tcalibration error\tnamed / right / unknown hands named, from P 0.55\tfrom 0.80\tfrom 0.95")
	for _, o := range r.OpenSet {
		row := fmt.Sprintf("%s\t%d\t%.3f (%.3f)\t%.3f", o.Input, o.N, o.Brier, o.Constant, o.ECE)
		for _, n := range o.Naming {
			row += fmt.Sprintf("\t%.1f / %.1f / %.1f %%", 100*n.Named, 100*n.Right, 100*n.Unknown)
		}
		p("%s", row)
	}
	p("")
	p("FALSE FLAGS (%%: software of one other group is planted, and that group leads)")
	p("method\t1 planted\t2\t3")
	for _, f := range r.FalseFlag {
		p("%s\t%.1f\t%.1f\t%.1f", f.Method, f.Framed[0], f.Framed[1], f.Framed[2])
	}
	p("")
	p("FIGURES")
	p("what\twanted\tmeasured\t")
	for _, f := range r.Figures {
		p("%s\t%s\t%g\t%s", f.What, f.Want, f.Got, map[bool]string{true: "met", false: "NOT MET"}[f.Met])
	}
	if err := t.Flush(); err != nil {
		return fmt.Errorf("writing the table: %w", err)
	}
	return nil
}
