package attribute

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Techniques weigh at most this, for or against (design value).
const techniqueCap = 3.0

// steepness turns BM25 scores into likelihoods: of the known actors, the
// evidence is e^(steepness·score) times as likely from each. It is the maximum
// likelihood fit of that model to the cases of ATT&CK v18.1 that show a form
// of brute force (T1110), with the reported techniques cut down to the visible
// ones and the report itself left out of all profiles: 30 cases. All 428 cases
// with a visible technique give 0.84; attacks on sign-ins are less telling,
// because the same few techniques serve everybody.
const steepness = 0.6

// weighTechniques gives each suspect one weight for the techniques seen: by
// the model where there is one that holds for them, else by a constant.
func (a *Assessor) weighTechniques(d *docket, suspects []*suspect) {
	if len(d.techniques) == 0 || len(suspects) == 0 {
		return
	}
	in := VisibleInput
	if d.full {
		in = TechniqueInput
	}
	items := d.numbers(ClassTechnique, "")
	if ratio := a.ratios(in, d.techniques); ratio != nil {
		for _, s := range suspects {
			at, ok := a.position[s.group.Lead]
			if !ok {
				continue
			}
			w := math.Max(-techniqueCap, math.Min(techniqueCap, ratio.ratio[at]))
			s.add(Weight{Class: ClassTechnique, What: "techniques", Weight: w, Items: items})
			s.later(ClassTechnique, func() string { return a.factText(d.techniques, at) + ratio.text(at, w) })
		}
		return
	}
	weighByConstant(d, suspects, items)
}

// weighByConstant gives how much likelier the techniques are from a suspect
// than from known actors at large. Summed over the known actors by their priors
// the likelihoods give one: techniques tell known actors apart, not known hands
// from unknown ones, who spray passwords as well.
func weighByConstant(d *docket, suspects []*suspect, items []int) {
	seen := slices.DeleteFunc(slices.Clone(d.techniques), func(t string) bool { return !visible[t] })
	if len(seen) == 0 {
		return
	}
	profiles := make([]Profile, len(suspects))
	for i, s := range suspects {
		profiles[i] = s.profile
	}
	ranker := NewRanker(profiles, visibleOnly)
	scores := ranker.Scores(seen)
	var sum, priors float64
	for i, s := range suspects {
		sum += s.prior * math.Exp(steepness*scores[i])
		priors += s.prior
	}
	mean := math.Log(sum / priors)
	for i, s := range suspects {
		w := math.Max(-techniqueCap, math.Min(techniqueCap, steepness*scores[i]-mean))
		s.add(Weight{Class: ClassTechnique, What: "techniques", Weight: w, Items: items})
		s.later(ClassTechnique, func() string { return techniqueText(seen, s.profile, ranker, w) })
	}
}

// ratios is what the model says of a set of facts: for each actor of the
// corpus the log-likelihood ratio against a hand that is none of them.
type ratios struct {
	ratio []float64
	held  *Held
	table *Table
	in    Input
	none  float64
	p     []float64
}

// ratios returns nil where no table holds for the input, or nothing that was
// asked is known.
func (a *Assessor) ratios(in Input, facts []string) *ratios {
	t := a.model.Tables[in]
	if t == nil {
		return nil
	}
	h := &Held{}
	for _, id := range facts {
		if f, ok := a.corpus.number[id]; ok && a.corpus.takes(in, f) {
			h.asked = append(h.asked, f)
		}
	}
	if len(h.asked) == 0 {
		return nil
	}
	h.ask(a.shelves[in])
	r := &ratios{held: h, table: t, in: in, ratio: make([]float64, len(h.scores))}
	r.p, r.none = t.Probabilities(h, -1)
	// The probabilities are those of a world in which 30 % of the hands are
	// none of the actors; the ratio is free of that.
	prior := math.Log((1 - hidden) / float64(len(r.p)) / hidden)
	for i, p := range r.p {
		r.ratio[i] = math.Log(math.Max(p, 1e-12)/math.Max(r.none, 1e-12)) - prior
	}
	return r
}

func (r *ratios) text(at int, w float64) string {
	x, t := r.held.scores[at], r.table
	capped := ""
	if math.Abs(w) < math.Abs(r.ratio[at])-0.005 {
		capped = fmt.Sprintf(", capped to %+.2f", w)
	}
	return fmt.Sprintf(" BM25 %.2f × %.3f, language %.2f × %.3f, best single report %.2f × %.2f: P %.3f for it and %.3f for none of the %d known actors where 30 %% of hands are none, a ratio of %+.2f%s. Learned from %d held-out reports (calibration error %.3f).",
		x[fTechniques], t.Weights[fTechniques], x[fLanguage], t.Weights[fLanguage], x[fReport], t.Weights[fReport], r.p[at], r.none, len(r.p), r.ratio[at], capped, t.Cases, t.Quality.ECE)
}

// factText says of each fact how many reports have the actor use it, and how
// rare it is.
func (a *Assessor) factText(facts []string, at int) string {
	var parts []string
	for _, id := range facts {
		f, ok := a.corpus.number[id]
		if !ok {
			parts = append(parts, "nobody here is known for "+id)
			continue
		}
		n := -1
		for _, u := range a.corpus.uses[at] {
			if u.fact == f {
				n = len(u.reports)
			}
		}
		all := a.bearers(id)
		idf := math.Log(1 + (float64(len(a.corpus.Actors)-all)+0.5)/(float64(all)+0.5))
		has := "no public report here has it use"
		switch {
		case n == 0 || n == 1:
			has = "1 public report has it use"
		case n > 1:
			has = fmt.Sprintf("%d public reports have it use", n)
		}
		parts = append(parts, fmt.Sprintf("%s %s (%d of %d actors, idf %.2f)", has, id, all, len(a.corpus.Actors), idf))
	}
	return strings.Join(parts, "; ") + "."
}

func techniqueText(seen []string, profile Profile, r *Ranker, w float64) string {
	var parts []string
	for _, t := range seen {
		others := fmt.Sprintf("%d of the %d actors here are known for it", r.known[t], len(r.profiles))
		switch n := profile[t]; n {
		case 0:
			parts = append(parts, fmt.Sprintf("no public report here has it use %s (%s)", t, others))
		case 1:
			parts = append(parts, fmt.Sprintf("1 public report has it use %s (%s)", t, others))
		default:
			parts = append(parts, fmt.Sprintf("%d public reports have it use %s (%s)", n, t, others))
		}
	}
	fit := "more"
	if w < 0 {
		fit = "less"
	}
	return strings.Join(parts, "; ") + ". In all it is " + fit + " likely to show these than the known actors are on average."
}

// family returns the technique of which t is a sub-technique, or t.
func family(t string) string {
	f, _, _ := strings.Cut(t, ".")
	return f
}

// visible are the techniques that sign-in logs and mail can show. The others
// stay out of the profiles: an actor must not look unlikely because reports
// tell much of its malware.
var visible = func() map[string]bool {
	m := map[string]bool{}
	for t := range strings.FieldsSeq(`
		T1110 T1110.001 T1110.002 T1110.003 T1110.004 T1078 T1078.001 T1078.002 T1078.003 T1078.004 T1133 T1090 T1090.002
		T1090.003 T1566 T1566.001 T1566.002 T1566.003 T1566.004 T1598 T1598.001 T1598.002 T1598.003 T1598.004 T1589 T1589.001
		T1589.002 T1589.003 T1591 T1591.002 T1591.004 T1593 T1593.001 T1585 T1585.001 T1585.002 T1586 T1586.001 T1586.002 T1583
		T1583.001 T1583.003 T1583.006 T1584 T1584.001 T1608 T1608.001 T1608.005 T1204 T1204.001 T1204.002 T1534 T1114 T1114.002
		T1114.003 T1528 T1550.001 T1550.004 T1539 T1621 T1556.006 T1098 T1098.001 T1098.002 T1098.003 T1098.005 T1136.003
		T1087.003 T1087.004 T1656 T1672 T1036.005 T1036.007 T1036.002 T1027.006 T1221 T1187 T1557 T1111 T1199 T1564.008
		T1213.002 T1567.002 T1537 T1526 T1538 T1069.003`) {
		m[t] = true
	}
	return m
}()
