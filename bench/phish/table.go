package phish

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
)

// table writes lines with columns and keeps the first error.
type table struct{ w *tabwriter.Writer }

func (t table) line(format string, args ...any) { fmt.Fprintf(t.w, format+"\n", args...) }

// head begins a section of its own column widths.
func (t table) head(title string) {
	t.w.Flush()
	t.line("\n%s", title)
	t.w.Flush()
}

// WriteText writes the result for people. Shares are percent with their 95 %
// intervals.
func (r *Result) WriteText(w io.Writer) error {
	e := &erring{w: w}
	t := table{tabwriter.NewWriter(e, 2, 0, 2, ' ', 0)}
	t.line("%s, load %.2f before, %d processors. Content model: %s.", r.Date.Format("2006-01-02 15:04 UTC"), r.Load, r.CPUs, r.Model)
	t.line("Shares in percent [95 %% interval of Clopper and Pearson].%s", map[bool]string{true: " A quick run: whether it works, not how well."}[r.Quick])
	r.writeReal(t)
	r.writeSynthetic(t)
	r.writeLookAlikes(t)
	r.writeReplay(t)
	r.writeSpeed(t)
	t.head("FIGURES")
	t.line("what\twanted\tmeasured\t")
	for _, f := range r.Figures {
		t.line("%s\t%s\t%s\t%s", f.What, f.Want, f.Got, map[bool]string{true: "met", false: "NOT MET"}[f.Met])
	}
	if len(r.Skipped) > 0 {
		t.head("SKIPPED")
		for _, s := range r.Skipped {
			t.line("%s", s)
		}
	}
	t.w.Flush()
	if e.err != nil {
		return fmt.Errorf("writing the table: %w", e.err)
	}
	return nil
}

// erring keeps the first error of a writer.
type erring struct {
	w   io.Writer
	err error
}

func (e *erring) Write(b []byte) (int, error) {
	n, err := e.w.Write(b)
	if e.err == nil {
		e.err = err
	}
	return n, err
}

func names(list []Named) (row []string) {
	for _, n := range list {
		row = append(row, fmt.Sprintf("%s (%d)", n.Name, n.N))
	}
	return row
}

func values(list []Named) (row []string) {
	for _, n := range list {
		row = append(row, n.String())
	}
	return row
}

func (r *Result) writeReal(t table) {
	if r.Real == nil {
		return
	}
	if len(r.Seen) > 0 {
		t.line("\nThe content model has learned from %s: figures on these are no test of unseen mail.", strings.Join(r.Seen, "; "))
	}
	for i, f := range r.Real.Forms {
		t.head("REAL MAIL, " + strings.ToUpper(f.Name) + ": " + f.About)
		t.line("threshold on\tallowed\tthreshold\trecall\tone of a cluster")
		for _, at := range f.At {
			t.line("%s (%d)\t%s\t%.6f\t%s\t%s", at.Ham, at.Chosen.N, percent(at.Rate), at.Threshold, at.Recall, at.Clusters)
		}
		t.w.Flush()
		t.line("\nflagged of\tallowed\t%s", strings.Join(names(f.At[0].Others), "\t"))
		for _, at := range f.At {
			if len(at.Others) < len(f.At[0].Others) {
				at.Others = append([]Named{{}}, at.Others...)
			}
			t.line("%s\t%s\t%s", at.Ham, percent(at.Rate), strings.Join(values(at.Others), "\t"))
		}
		t.w.Flush()
		t.line("\nraises an alert by itself\t%s", strings.Join(names(f.Alerts), "\t"))
		t.line("\t%s", strings.Join(values(f.Alerts), "\t"))
		t.w.Flush()
		if i > 0 {
			continue
		}
		for _, part := range []func(Operating) []Named{
			func(o Operating) []Named { return o.Categories }, func(o Operating) []Named { return o.Years },
		} {
			t.line("\nrecall by\tallowed\t%s", strings.Join(names(part(f.At[0])), "\t"))
			for _, at := range f.At {
				t.line("%s\t%s\t%s", at.Ham, percent(at.Rate), strings.Join(values(part(at)), "\t"))
			}
			t.w.Flush()
		}
	}
	t.head("THRESHOLDS MEASURED ON OTHER HAM (neutral; all list ham; halves of time share no cluster of near-duplicates)")
	t.line("division\tallowed\tchosen\tmeasured\tof\trecall")
	for _, s := range r.Real.Splits {
		t.line("%s\t%s\t%s\t%s\t%d\t%s", s.Name, percent(s.Rate), percent(s.Chosen.Value()), s.Measured, s.Measured.N, s.Recall)
	}
}

func (r *Result) writeSynthetic(t table) {
	t.head("SYNTHETIC LETTERS, written by us: lures re-enact published ones, a twin is its benign likeness")
	head := "class\tfamilies\tby\t\tn\talert"
	for _, l := range r.Synthetic.Limits {
		head += fmt.Sprintf("\tabove %s %% of %s", percent(l.Rate), l.Ham)
	}
	t.line("%s", head)
	for _, g := range r.Synthetic.Groups {
		if g.By != "" && g.Split == "test" {
			continue // few letters each; the JSON has them
		}
		row := fmt.Sprintf("%s\t%s\t%s\t%s\t%d\t%s", g.Class, g.Split, g.By, g.Value, g.Alert.N, g.Alert)
		for _, s := range g.Above {
			row += "\t" + s.String()
		}
		t.line("%s", row)
	}
}

func (r *Result) writeLookAlikes(t table) {
	l := r.LookAlikes
	t.head(fmt.Sprintf("LOOK-ALIKES generated of %d protected domains (synthetic)", l.Domains))
	t.line("all\t%d\t%s", l.All.N, l.All)
	t.line("labels of six letters and no ordinary words\t%d\t%s", l.Distinct.N, l.Distinct)
	t.line("health authorities, bodies, ministries\t%d\t%s", l.Health.N, l.Health)
	for _, k := range l.Kinds {
		t.line("all, %s\t%d\t%s", k.Name, k.N, k)
	}
	if l.Ordinary != nil {
		t.line("ordinary domains taken for one\t%d\t%s", l.Ordinary.N, l.Ordinary)
	}
}

func (r *Result) writeReplay(t table) {
	if r.Replay == nil {
		return
	}
	t.head(fmt.Sprintf("REPLAY: synthetic lures and twins hidden in mailing lists that stand for organisations; %d a day and organisation", r.Replay.Budget))
	for _, o := range r.Replay.Orgs {
		t.line("%s\t%d mails in %.0f days", o.Name, o.Mails, o.Days)
	}
	for _, way := range []struct {
		name string
		r    ReplayedResult
	}{{"judged together", r.Replay.Pooled}, {"each judged alone", r.Replay.Alone}} {
		p := way.r
		t.w.Flush()
		t.line("\n%s", way.name)
		t.w.Flush()
		t.line("lures that raise an alert\t%d\t%s", p.Alerted.N, p.Alerted)
		t.line("... that would without any past\t%d\t%s", p.ByItself.N, p.ByItself)
		for _, n := range p.Top {
			t.line("... among the highest scores of 30 days, %s\t%d\t%s", n.Name, n.N, n)
		}
		t.line("benign twins that raise one\t%d\t%s", p.Twins.N, p.Twins)
		t.line("the organisations' own mails that do\t%d\t%s", p.False.N, p.False)
		t.line("alerts a day at one organisation\t\t%.3f, of its own mails %.3f, at most %d on a day; it has %.1f mails a day", p.AlertsADay, p.FalseADay, p.MostInADay, p.OwnMailADay)
		for _, part := range []struct {
			name string
			list []Named
		}{{"lure", p.Kinds}, {"sender", p.Senders}, {"families", p.Families}, {"past", p.History}, {"organisation", p.Orgs}} {
			for _, n := range part.list {
				t.line("alert by %s: %s\t%d\t%s", part.name, n.Name, n.N, n)
			}
		}
	}
}

func (r *Result) writeSpeed(t table) {
	if len(r.Speed) == 0 {
		return
	}
	t.head("SPEED: pumphandle mail --json, one processor")
	t.line("input\tmails\tMB\tCPU seconds\tmails a CPU second\tpeak MB\tload")
	for _, s := range r.Speed {
		t.line("%s\t%d\t%.1f\t%.1f\t%.0f\t%.0f\t%.2f", s.Input, s.Mails, float64(s.Bytes)/1e6, s.CPUSeconds, s.PerSecond, float64(s.PeakBytes)/1e6, s.Load)
	}
}
