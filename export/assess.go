package export

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/notify"
	"github.com/pumphandle/pumphandle/org"
)

// assess states an assessment as competing assertions: one for each candidate,
// and one for somebody whom nobody has named, so that a tool that shows the
// strongest does not show the strongest name. Before "proposed" they are
// stated only if asked for: a candidate is no name to be used.
func (m *maker) assess(c Case, v victims) {
	a := c.Assessment
	stated := a.Status == attribute.Proposed || a.Status == attribute.Confirmed || a.Status == attribute.Rejected
	if !stated && (a.Status != attribute.Candidate || !m.in.Hypotheses) || len(a.Candidates) == 0 {
		return
	}
	// Nothing is ever below 1 or above 99 % (ICD 203); 0 would say that it is not stated.
	claim := func(actor exchange.Actor, p float64, status attribute.Status, text string) {
		if !m.actors[actor.ID] {
			m.actors[actor.ID] = true
			m.doc.Actors = append(m.doc.Actors, actor)
		}
		m.doc.Assertions = append(m.doc.Assertions, exchange.Assertion{
			Subject: c.Campaign.ID, Actor: actor.ID, By: m.doc.Producer, At: m.doc.At, Confidence: min(99, max(1, percent(p))), Status: string(status), Text: text,
		})
	}
	for i, h := range a.Candidates {
		status := a.Status // of the first; what a person decided is not about the others
		if i > 0 {
			status = ""
		}
		claim(exchange.Actor{ID: h.Actor, Names: names(h)}, h.P, status, hypothesisText(a, h, v))
	}
	claim(exchange.Actor{ID: "unnamed/" + c.Campaign.ID, Names: []exchange.Name{{Name: "Unattributed: " + c.Campaign.ID}}}, a.Unknown, "",
		"Hypothesis: somebody whom nobody has named. It competes with those of the other assertions about this campaign.")
	if kind, ok := decision(a); ok && len(a.Decisions) == 0 { // of a result that holds no more of it
		text := "An analyst has decided; the automatic figure stays as it is."
		if a.Reason != "" && !v.in(a.Reason) {
			text = notify.Inert(a.Reason)
		}
		m.doc.Statements = append(m.doc.Statements, exchange.Statement{
			Subject: c.Campaign.ID, Actor: a.Candidates[0].Actor, Kind: kind, By: "an analyst of " + m.doc.Producer, At: m.doc.At, Text: text,
		})
	}
}

// decision is what a person made of an assessment, about its first candidate.
func decision(a attribute.Assessment) (exchange.StatementKind, bool) {
	switch a.Status {
	case attribute.Confirmed:
		return exchange.Confirmation, true
	case attribute.Rejected:
		return exchange.Rejection, true
	}
	return "", false
}

// decisions are what people decided of an assessment, as statements: their
// reasons, but not their names. What a weight was set to is no statement; it
// shows in what the weights say.
func decisions(a attribute.Assessment, producer string) []exchange.Statement {
	kinds := map[attribute.Verb]exchange.StatementKind{
		attribute.Confirm: exchange.Confirmation, attribute.Reject: exchange.Rejection, attribute.Comment: exchange.Comment, attribute.Denial: exchange.Denial,
	}
	people := map[string]int{} // in the order in which they spoke
	for _, d := range a.Decisions {
		if who := strings.ToLower(strings.TrimSpace(d.Who)); people[who] == 0 {
			people[who] = len(people) + 1
		}
	}
	var out []exchange.Statement
	for _, d := range a.Decisions {
		kind, ok := kinds[d.Verb]
		if !ok {
			continue
		}
		by := "an analyst of " + producer
		if len(people) > 1 {
			by = fmt.Sprintf("analyst %d of %s", people[strings.ToLower(strings.TrimSpace(d.Who))], producer)
		}
		if kind == exchange.Denial {
			by = "the accused, as " + by + " has it"
		}
		out = append(out, exchange.Statement{Actor: d.Actor, Kind: kind, By: by, At: d.At, Text: cmp.Or(notify.Inert(d.Reason), "no reason is given")})
	}
	return out
}

// names are those of a hypothesis; none is there twice.
func names(h attribute.Hypothesis) []exchange.Name {
	var out []exchange.Name
	seen := map[string]bool{}
	for _, n := range h.Names {
		if name := notify.Inert(n.Name); name != "" && !seen[name] {
			seen[name] = true
			out = append(out, exchange.Name{Name: name, Producer: notify.Inert(n.Producer)})
		}
	}
	if out == nil {
		out = []exchange.Name{{Name: h.Actor}}
	}
	return out
}

// hypothesisText says likelihood and confidence in two sentences (ICD 203).
func hypothesisText(a attribute.Assessment, h attribute.Hypothesis, v victims) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Hypothesis, one of several. Likelihood that this actor stands behind the campaign: %s.", h.Likelihood)
	if a.Confidence != "" {
		fmt.Fprintf(&b, " Confidence in the evidence: %s.", a.Confidence)
	}
	for _, side := range []struct {
		word    string
		weights []attribute.Weight
	}{{"For", h.Evidence}, {"Against", h.Against}} {
		shown, _ := open(side.weights, v, func(w attribute.Weight) string { return w.Text })
		for _, w := range shown {
			text := notify.Inert(w.Text)
			if imported(a, w) {
				text = "What somebody else says, who has not said how far it may go from here."
			}
			fmt.Fprintf(&b, "\n%s: %s (%s, %+.2f)", side.word, text, w.Class, w.Weight)
		}
	}
	return b.String()
}

// imported reports whether a weight is that of evidence which was imported: its
// words are another's, under another's marking.
func imported(a attribute.Assessment, w attribute.Weight) bool {
	return slices.ContainsFunc(w.Items, func(no int) bool {
		return no >= 1 && no <= len(a.Items) && strings.HasPrefix(a.Items[no-1].Ref, attribute.ImportedRef)
	})
}

// statements puts what others say beside the assertion that it is about. If
// that one is not stated, what they say is a note on the campaign.
func (m *maker) statements(c Case, v victims) []exchange.Note {
	claimed := map[string]bool{}
	for _, a := range m.doc.Assertions {
		if a.Subject == c.Campaign.ID {
			claimed[a.Actor] = true
		}
	}
	var notes []exchange.Note
	titles := map[string]int{}
	said, hidden := open(slices.Concat(decisions(c.Assessment, m.doc.Producer), c.Statements), v, func(s exchange.Statement) string { return s.By + "\n" + s.Text + "\n" + s.Ref })
	if hidden > 0 {
		notes = append(notes, exchange.Note{Title: "Not in this document", Text: fmt.Sprintf("Statements that show a victim: %d.", hidden)})
	}
	for _, s := range said {
		s.Subject = c.Campaign.ID
		if claimed[s.Actor] {
			m.doc.Statements = append(m.doc.Statements, s)
			continue
		}
		title := fmt.Sprintf("%s, %s: %s", s.At.Format("2006-01-02"), s.By, strings.ReplaceAll(string(s.Kind), "_", " "))
		titles[title]++
		if n := titles[title]; n > 1 {
			title += fmt.Sprintf(" (%d)", n)
		}
		text := s.Text
		if s.Ref != "" {
			text += "\n" + s.Ref
		}
		notes = append(notes, exchange.Note{Title: title, Text: text})
	}
	return notes
}

// organisation returns the name of a victim.
func (m *maker) organisation(id org.ID) string {
	for _, o := range m.in.Protected {
		if o.ID == id && o.Name != "" {
			return o.Name
		}
	}
	return string(id)
}

func assessmentText(a attribute.Assessment, v victims) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Status: %s.", cmp.Or(a.Status, attribute.Unattributed))
	if a.Confidence != "" {
		fmt.Fprintf(&b, " Confidence in the evidence: %s.", a.Confidence)
	}
	if a.Reason != "" && !v.in(a.Reason) {
		fmt.Fprintf(&b, " %s", a.Reason)
	}
	b.WriteByte('\n')
	for _, h := range a.Candidates {
		list := make([]string, len(h.Names))
		for i, n := range h.Names {
			list[i] = n.Name + " (" + n.Producer + ")"
		}
		fmt.Fprintf(&b, "- %s: %s, %d %%\n", cmp.Or(strings.Join(list, ", "), h.Actor), h.Likelihood, percent(h.P))
	}
	fmt.Fprintf(&b, "Somebody not known here: %d %%.\n", percent(a.Unknown))
	return b.String()
}
