package attribute

import (
	"fmt"
	"slices"
	"strings"
)

// JudgeDecided is Judge with what people decided: evidence that they added,
// weights that they set, and whom they confirmed or rejected. What the program
// says alone stays visible.
func (a *Assessor) JudgeDecided(c Case, decisions []Decision) Assessment {
	var set []Decision
	for _, d := range decisions {
		switch {
		case d.Verb == Add && d.Outside != nil:
			c.Given = append(slices.Clone(c.Given), *d.Outside)
		case d.Verb == Weigh:
			set = append(set, d)
		}
	}
	alone := a.Judge(c)
	out := alone
	if len(set) > 0 {
		out = a.JudgeWith(c, set)
	}
	for _, d := range set {
		a.bring(&out, c, set, d.Actor) // a weight that somebody set is always in sight
	}
	out.Decisions = slices.Clone(decisions)
	a.settle(&out, c, set)
	if len(decisions) > 0 { // the candidates may be others, or in another order
		d := a.docket(c)
		out.Matrix = a.matrix(d, a.weigh(d, set), out.Candidates)
	}
	if v := verdictOf(alone); v != verdictOf(out) {
		out.Automatic = &v
	}
	return out
}

func verdictOf(a Assessment) Verdict {
	v := Verdict{Status: a.Status}
	if len(a.Candidates) > 0 {
		v.Actor, v.P = a.Candidates[0].Actor, a.Candidates[0].P
	}
	return v
}

// settle lays confirmations and rejections over what the evidence says. The
// last word of each person on an actor counts; where two people contradict each
// other neither does.
func (a *Assessor) settle(out *Assessment, c Case, set []Decision) {
	words := map[string]map[string]Decision{} // actor, person
	var order []string
	for _, d := range out.Decisions {
		if d.Verb != Confirm && d.Verb != Reject {
			continue
		}
		if words[d.Actor] == nil {
			words[d.Actor] = map[string]Decision{}
			order = append(order, d.Actor)
		}
		words[d.Actor][strings.ToLower(strings.TrimSpace(d.Who))] = d
	}
	confirmed := ""
	for _, id := range order {
		yes, no := 0, 0
		for _, d := range words[id] {
			if d.Verb == Confirm {
				yes++
			} else {
				no++
			}
		}
		switch {
		case yes > 0 && no > 0:
			out.Reason += fmt.Sprintf(" People contradict each other about %s: %d confirm it, %d reject it.", id, yes, no)
		case yes > 0:
			h := a.bring(out, c, set, id)
			h.Decided = Confirmed
			if confirmed == "" {
				confirmed = id
				out.Status = Confirmed
				out.Publishable = yes >= 2 && h.P >= publishAt
				out.Reason = fmt.Sprintf("Confirmed by %s. The evidence alone gives it P %.2f.", people(yes), h.P)
			}
		default:
			h := a.bring(out, c, set, id)
			h.Decided = Rejected
		}
	}
	// Confirmed first, rejected last.
	rank := func(h Hypothesis) int {
		return map[Status]int{Confirmed: -1, Rejected: 1}[h.Decided]
	}
	slices.SortStableFunc(out.Candidates, func(x, y Hypothesis) int { return rank(x) - rank(y) })
	if confirmed != "" {
		return
	}
	rejected := slices.IndexFunc(out.Candidates, func(h Hypothesis) bool { return h.Decided == Rejected })
	if rejected < 0 {
		return
	}
	if rejected > 0 && out.Candidates[0].P >= candidateAt && out.Status != Unattributed {
		out.Status = Candidate // who leads now was not the leader: it is looked at anew
		out.Reason = fmt.Sprintf("People rejected an actor that stood higher. The next stands at P %.2f: it is a lead for analysts and not a name to be used.", out.Candidates[0].P)
		return
	}
	if out.Status == Unattributed && rejected > 0 {
		out.Reason += " People rejected an actor."
		return
	}
	out.Status = Rejected
	out.Reason = "People rejected what the evidence points to; the reasons are with their decisions."
}

func people(n int) string {
	if n == 1 {
		return "one person; a second must, too, before it may be published"
	}
	return fmt.Sprintf("%d people", n)
}

// bring returns the hypothesis of an actor; one that was not listed is
// listed, with what the evidence says of it.
func (a *Assessor) bring(out *Assessment, c Case, set []Decision, id string) *Hypothesis {
	if i := slices.IndexFunc(out.Candidates, func(h Hypothesis) bool { return h.Actor == id }); i >= 0 {
		return &out.Candidates[i]
	}
	c.Given = append(slices.Clone(c.Given), Item{Class: ClassOutside, Actor: id, Grade: "F6"}) // weighs nothing, and makes it a suspect
	d := a.docket(c)
	suspects := a.weigh(d, set)
	total, _ := weightOfAll(suspects)
	h := Hypothesis{Actor: id, Names: []Name{}, Likelihood: likelihood(0), Evidence: []Weight{}, Against: []Weight{}}
	for _, s := range suspects {
		if s.group.Lead.ID == id {
			h = s.hypothesis(s.p(total), a.base)
		}
	}
	out.Candidates = append(out.Candidates, h)
	return &out.Candidates[len(out.Candidates)-1]
}

// setWeights puts the weights that people set in the place of the program's.
// The last one counts.
func (a *Assessor) setWeights(suspects []*suspect, set []Decision) {
	for _, d := range set {
		g, err := a.Resolve(d.Actor)
		if err != nil {
			continue
		}
		class, what, _ := strings.Cut(d.Item, "/")
		for _, s := range suspects {
			if s.group.Lead != g.Lead {
				continue
			}
			for i := range s.weights {
				w := &s.weights[i]
				if w.Class != class || what != "" && w.What != what {
					continue
				}
				if w.Auto == nil {
					program := w.Weight
					w.Auto = &program
				}
				w.Weight = d.Weight
			}
		}
	}
}

// Valid says what is wrong with a decision, if anything is.
func (d Decision) Valid() error {
	switch {
	case !slices.Contains([]Verb{Confirm, Reject, Weigh, Comment, Add, Denial}, d.Verb):
		return fmt.Errorf("there is no decision %q", d.Verb)
	case strings.TrimSpace(d.Who) == "":
		return fmt.Errorf("a decision needs who makes it")
	case strings.TrimSpace(d.Reason) == "":
		return fmt.Errorf("a decision needs its reason")
	case d.At.IsZero():
		return fmt.Errorf("a decision needs its time")
	case d.Actor == "" && (d.Verb == Confirm || d.Verb == Reject || d.Verb == Weigh):
		return fmt.Errorf("%s needs an actor", d.Verb)
	case d.Verb == Weigh && d.Item == "":
		return fmt.Errorf("weigh needs what is weighed: a class (technique), or one item of it (habit/tempo)")
	case d.Verb == Weigh && !(d.Weight >= -maxSet && d.Weight <= maxSet):
		return fmt.Errorf("weigh: a weight is between -%g and %g", maxSet, maxSet)
	case d.Verb == Add && (d.Outside == nil || d.Outside.Actor == "" || !ValidGrade(d.Outside.Grade)):
		return fmt.Errorf("add needs an actor and a grade of the Admiralty code, A1 to F6")
	}
	return nil
}

// maxSet is the most that a person may have an item weigh: e^10 is 22,000.
const maxSet = 10.0
