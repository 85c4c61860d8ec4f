package run

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/attribute"
)

// WriteAssessment writes an assessment for people: every number down to the
// items of evidence.
func WriteAssessment(w io.Writer, a attribute.Assessment) error {
	p := &printer{w: w}
	explainAssessment(p, a)
	return p.err
}

func explainAssessment(p *printer, a attribute.Assessment) {
	head := "WHO: " + strings.ToUpper(string(a.Status))
	if a.Version > 0 {
		head += fmt.Sprintf("  (assessment %d, %s)", a.Version, a.At.UTC().Format("2006-01-02 15:04"))
	}
	p.line("%s", head)
	p.wrap("  ", Safe(a.Reason))
	p.wrap("  ", "Confidence in the evidence: "+a.Confidence+".")
	if a.Automatic != nil {
		alone := string(a.Automatic.Status)
		if a.Automatic.Actor != "" {
			alone += fmt.Sprintf(", %s first at P %.2f", a.Automatic.Actor, a.Automatic.P)
		}
		p.wrap("  ", Safe("The program alone says: "+alone+"."))
	}
	for _, h := range a.Candidates {
		var names []string
		for _, n := range h.Names {
			names = append(names, n.Name+" ("+n.Producer+")")
		}
		decided := ""
		if h.Decided != "" {
			decided = " " + string(h.Decided) + " by people,"
		}
		if more := len(names) - 8; more > 0 && len(h.Names) > 10 {
			names = append(names[:8], fmt.Sprintf("and %d more names (pumphandle actors show %s)", more, h.Actor))
		}
		p.wrap("  ", fmt.Sprintf("P %.2f, %s:%s %s, %s", h.P, h.Likelihood, decided, Safe(h.Actor), Safe(strings.Join(names, ", "))))
		p.line("    prior %.4f", h.Prior)
		for _, e := range slices.Concat(h.Evidence, h.Against) {
			set := ""
			if e.Auto != nil {
				set = fmt.Sprintf(" (set by a person; the program gives %+.2f)", *e.Auto)
			}
			p.wrap("    ", fmt.Sprintf("%+.2f %s%s: %s%s", e.Weight, e.Class, numbers(e.Items), Safe(e.Text), set))
		}
	}
	p.line("  P %.2f that it is a known actor who is not listed; P %.2f that nobody has named it.", a.Other, a.Unknown)
	if len(a.Items) > 0 {
		explainItems(p, a)
	}
	for _, d := range a.Decisions {
		what := string(d.Verb)
		if d.Actor != "" {
			what += " " + d.Actor
		}
		if d.Verb == attribute.Weigh {
			what += fmt.Sprintf(", %s = %+.2f", d.Item, d.Weight)
		}
		if d.Outside != nil {
			what += fmt.Sprintf(" %s, %s says so, graded %s", d.Outside.Actor, d.Outside.Source, d.Outside.Grade)
		}
		p.wrap("  ", Safe(fmt.Sprintf("%s %s: %s. %s", d.At.UTC().Format("2006-01-02 15:04"), d.Who, what, d.Reason)))
	}
}

// explainItems writes the evidence, each item against the hypotheses, and
// what would be said without it.
func explainItems(p *printer, a attribute.Assessment) {
	p.line("")
	p.line("EVIDENCE")
	if len(a.Candidates) > 0 {
		legend := []string{}
		for i, h := range a.Candidates {
			legend = append(legend, fmt.Sprintf("%c %s", 'a'+i, h.Actor))
		}
		p.wrap("  ", Safe(fmt.Sprintf("Held against %s, ? a known actor who is not listed, 0 somebody whom nobody has named: C is consistent with it, I inconsistent, N says nothing.",
			strings.Join(legend, ", "))))
		columns := ""
		for i := range a.Candidates {
			columns += string(rune('a'+i)) + " "
		}
		p.line("  no  %s? 0  grade  shared", columns)
	}
	for _, i := range a.Items {
		cells := ""
		for _, row := range a.Matrix {
			if row.Item == i.No && len(a.Candidates) > 0 {
				cells = strings.Join(row.Cells, " ") + "  "
			}
		}
		shared := ""
		if i.Shared > 0 {
			shared = fmt.Sprintf("%d", i.Shared)
		}
		p.wrap("  ", fmt.Sprintf("%2d  %s%-5s  %-6s  %s: %s (%s)", i.No, cells, i.Grade, shared, i.Class, Safe(i.Text), Safe(sourceText(i))))
	}
	lead := ""
	if len(a.Candidates) > 0 {
		lead = a.Candidates[0].Actor
	}
	for _, w := range a.Without {
		switch {
		case w.Actor == "" && lead != "":
			p.line("  Without evidence %d nobody would be listed.", w.Item)
		case w.Actor != lead:
			p.wrap("  ", Safe(fmt.Sprintf("Without evidence %d the leader would be %s at P %.2f (%s).", w.Item, w.Actor, w.P, w.Status)))
		case len(a.Candidates) > 0 && (w.P < a.Candidates[0].P/2 || w.Status != a.Status && a.Automatic == nil):
			p.wrap("  ", Safe(fmt.Sprintf("Without evidence %d %s would stand at P %.2f (%s).", w.Item, w.Actor, w.P, w.Status)))
		}
	}
}

// sourceText says who says it, when and where.
func sourceText(i attribute.Item) string {
	out := i.Source
	if i.Date != "" {
		out += ", " + i.Date
	}
	if i.Ref != "" {
		out += ", " + i.Ref
	}
	return out
}

func numbers(items []int) string {
	if len(items) == 0 {
		return ""
	}
	var out []string
	for _, i := range items {
		out = append(out, fmt.Sprint(i))
	}
	return " [" + strings.Join(out, " ") + "]"
}
