package attribute

import (
	"maps"
	"math"
	"slices"

	"github.com/pumphandle/pumphandle/actor"
)

// Model is how techniques and software are weighed. It belongs to one
// knowledge base and is learned from it: each report is held out, all that
// only it says is forgotten, and the rest is asked whose report it was.
type Model struct {
	Base   string           `json:"base"`   // digest of the knowledge
	Source string           `json:"source"` // whose records it was learned from
	Tables map[Input]*Table `json:"tables"`
}

// Table is what was learned for one input.
type Table struct {
	Cases   int       `json:"cases"`   // reports held out
	Actors  int       `json:"actors"`  // among whom they were asked
	Weights []float64 `json:"weights"` // of the features
	Scale   float64   `json:"scale"`   // of the capped scores
	Known   []float64 `json:"known"`   // weights of what says that the hand is a known one

	Quality Quality `json:"quality"` // on reports that the weights were not fitted to
}

// Quality is how a table did on cases that it was not fitted to: in five parts
// each was asked of the weights of the four others.
type Quality struct {
	Top1     float64 `json:"top1"` // share of cases in which the right actor leads
	Top5     float64 `json:"top5"`
	Brier    float64 `json:"brier"`          // of the leader's probability, the right actor hidden in 30 % of the cases
	Constant float64 `json:"brier_constant"` // of always saying the mean
	ECE      float64 `json:"ece"`            // expected calibration error, ten bins
}

// Of the open set: the share of cases whose right actor is hidden.
const hidden = 0.30

// leastCases is from how many held-out reports on a table can be learned.
const leastCases = 100

// toolCap is how much of the techniques' score software may add: so planted
// tools frame nobody whose techniques do not fit, too. Chosen so that three
// planted tools frame in less than 8 % (docs/attribution.md).
const toolCap = 1.5

// Least returns how many techniques a report must show to be a case of an
// input.
func (in Input) Least() int {
	if in == VisibleInput {
		return 1
	}
	return 5
}

// Calibrate learns the model of a base, from that source of it which tells
// most: with a second source that cites the same reports under other names a
// report would not be forgotten. A base of few reports gives no tables; what is
// then used are constants (docs/attribution.md).
func Calibrate(b *actor.Base) *Model {
	m := &Model{Base: b.Digest(), Tables: map[Input]*Table{}}
	facts := map[string]int{}
	for _, r := range b.Records() {
		facts[r.Source] += len(r.Techniques) + len(r.Software)
	}
	for _, source := range slices.Sorted(maps.Keys(facts)) {
		if facts[source] > facts[m.Source] {
			m.Source = source
		}
	}
	c := NewCorpus(b, m.Source)
	for _, in := range []Input{VisibleInput, TechniqueInput, SoftwareInput} {
		cases := c.HeldOut(in, in.Least())
		if len(cases) < leastCases {
			continue
		}
		t := Learn(in, cases, nil)
		t.Quality = Summarise(CrossValidate(in, cases, 5, 1))
		m.Tables[in] = t
	}
	return m
}

// Held is one case of the test by held-out reports: what a report says of an
// actor, and the scores of all actors after it was forgotten.
type Held struct {
	Report string
	Right  []int // positions of the actors of whom it tells
	Facts  []string

	lib    *library
	cited  []int // of an operation: its reports
	number int
	asked  []int
	rare   []int // by actor: facts asked that it shares with at most two others
	scores [][features]float64
}

// HeldOut returns a case for each actor and report that shows at least so
// many techniques, where something is left of the actor without it.
func (c *Corpus) HeldOut(in Input, least int) []*Held {
	told := make(map[[2]int][]int) // actor, report: facts
	for i, uses := range c.uses {
		for _, u := range uses {
			for _, r := range u.reports {
				if c.takes(in, u.fact) {
					told[[2]int{i, r}] = append(told[[2]int{i, r}], u.fact)
				}
			}
		}
	}
	keys := make([][2]int, 0, len(told))
	for k, facts := range told {
		n := 0
		for _, f := range facts {
			if !c.tool[f] {
				n++
			}
		}
		if n >= least {
			keys = append(keys, k)
		}
	}
	slices.SortFunc(keys, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	l := c.library(in)
	var out []*Held
	for _, k := range keys {
		s := l.without([]int{k[1]})
		if len(s.facts[k[0]]) == 0 {
			continue
		}
		h := &Held{Report: c.reports[k[1]], Right: []int{k[0]}, lib: l, number: k[1], asked: told[k]}
		h.ask(s)
		out = append(out, h)
	}
	return out
}

// HeldOutOperations returns a case for each operation attributed to actors of
// the corpus, after all reports that are cited for it were forgotten.
func (c *Corpus) HeldOutOperations(in Input) []*Held {
	l := c.library(in)
	var out []*Held
	for _, op := range c.ops {
		h := &Held{Report: op.id, Right: op.actors, lib: l, cited: op.reports, number: -1}
		for _, u := range op.uses {
			if c.takes(in, u.fact) {
				h.asked = append(h.asked, u.fact)
			}
		}
		if !slices.ContainsFunc(h.asked, func(f int) bool { return !c.tool[f] }) {
			continue
		}
		h.ask(l.without(op.reports))
		out = append(out, h)
	}
	return out
}

// Planted returns the case with software added, as somebody shows it who wants
// to be taken for another.
func (h *Held) Planted(software []string) *Held {
	p := *h
	p.asked = slices.Clone(h.asked)
	for _, id := range software {
		if f, ok := h.lib.c.number[id]; ok && !slices.Contains(p.asked, f) {
			p.asked = append(p.asked, f)
		}
	}
	p.ask(h.lib.without([]int{h.number}))
	return &p
}

// Cites reports whether an operation's case is one for which the report of
// another case is cited.
func (h *Held) Cites(other *Held) bool { return slices.Contains(h.cited, other.number) }

// Exclusive returns the software for which one actor alone is known, by the
// position of the actor.
func (c *Corpus) Exclusive() map[int][]string {
	owners := map[int][]int{}
	for i, uses := range c.uses {
		for _, u := range uses {
			if c.tool[u.fact] {
				owners[u.fact] = append(owners[u.fact], i)
			}
		}
	}
	out := map[int][]string{}
	for f, who := range owners {
		if len(who) == 1 {
			out[who[0]] = append(out[who[0]], c.facts[f])
		}
	}
	for i := range out {
		slices.Sort(out[i])
	}
	return out
}

func (h *Held) ask(s *shelf) {
	h.Facts = nil
	for _, f := range h.asked {
		h.Facts = append(h.Facts, s.c.facts[f])
	}
	h.scores, h.rare = s.score(h.asked), s.rare(h.asked)
}

// rare returns for each actor how many of the facts it shares with at most
// two others.
func (s *shelf) rare(asked []int) []int {
	out := make([]int, len(s.facts))
	for i, facts := range s.facts {
		for _, f := range facts {
			if s.df[f.fact] <= 3 && slices.Contains(asked, f.fact) {
				out[i]++
			}
		}
	}
	return out
}

// Learn fits a table to cases. The search begins at another table where one is
// given; it ends at the same weights, for there is but one optimum.
func Learn(in Input, cases []*Held, from *Table) *Table {
	t := &Table{Cases: len(cases), Weights: make([]float64, features), Scale: 1}
	if len(cases) == 0 {
		return t
	}
	t.Actors = len(cases[0].scores)
	columns := features
	if in != SoftwareInput {
		columns = fSoftware
	}
	choices := make([]choice, 0, len(cases))
	for _, h := range cases {
		c := choice{chosen: h.Right[0], weight: 1}
		for i := range h.scores {
			c.alternatives = append(c.alternatives, h.scores[i][:columns])
		}
		choices = append(choices, c)
	}
	begin := make([]float64, columns)
	if from != nil {
		copy(begin, from.Weights)
	}
	copy(t.Weights, fitChoices(choices, begin))
	for k, h := range cases {
		u := t.utilities(h.scores)
		for i := range u {
			choices[k].alternatives[i] = u[i : i+1]
		}
	}
	t.Scale = fitChoices(choices, []float64{1})[0]
	t.Known = t.learnKnown(cases)
	return t
}

// learnKnown fits the probability that the hand is one of the known actors.
// Each case counts twice: with the right actor among the known, and without it.
func (t *Table) learnKnown(cases []*Held) []float64 {
	var choices []choice
	add := func(h *Held, without int, known bool, weight float64) {
		x := t.signs(h, without)
		c := choice{alternatives: [][]float64{make([]float64, len(x)), x}, weight: weight}
		if known {
			c.chosen = 1
		}
		choices = append(choices, c)
	}
	for _, h := range cases {
		add(h, -1, true, 1-hidden)
		add(h, h.Right[0], false, hidden)
	}
	return fitChoices(choices, make([]float64, signs))
}

// The signs that the hand is a known one.
const signs = 5

// signs returns them for a case, one actor left out (-1: none).
func (t *Table) signs(h *Held, without int) []float64 {
	u := t.utilities(h.scores)
	q := t.shares(u, without)
	lead := leader(q)
	return []float64{
		1,
		math.Log(q[lead] / math.Max(1-q[lead], 1e-3)),
		t.Scale * u[lead],
		math.Log(float64(len(h.asked))) / 2,
		min(float64(h.rare[lead]), 4) / 2,
	}
}

// utilities returns the score of each actor: what techniques say, and
// software up to its cap.
func (t *Table) utilities(scores [][features]float64) []float64 {
	u := make([]float64, len(scores))
	for i, x := range scores {
		tools := t.Weights[fSoftware]*x[fSoftware] + t.Weights[fSoftReport]*x[fSoftReport]
		u[i] = t.techniques(x)
		u[i] += min(tools, toolCap*max(0, u[i]))
	}
	return u
}

func (t *Table) techniques(x [features]float64) float64 {
	return t.Weights[fTechniques]*x[fTechniques] + t.Weights[fLanguage]*x[fLanguage] + t.Weights[fReport]*x[fReport]
}

// shares returns the probability of each actor, given that it is one of them;
// one may be left out.
func (t *Table) shares(u []float64, without int) []float64 {
	q, top, sum := make([]float64, len(u)), math.Inf(-1), 0.0
	for i, x := range u {
		if i != without {
			top = max(top, t.Scale*x)
		}
	}
	for i, x := range u {
		if i != without {
			q[i] = math.Exp(t.Scale*x - top)
			sum += q[i]
		}
	}
	for i := range q {
		q[i] /= sum
	}
	return q
}

// Probabilities returns that of each actor and of a hand that is none of
// them, in a world in which 30 % of the hands are none. One actor may be left
// out (-1: none).
func (t *Table) Probabilities(h *Held, without int) (p []float64, none float64) {
	x, sum := t.signs(h, without), 0.0
	for i, s := range x {
		sum += s * t.Known[i]
	}
	known := 1 / (1 + math.Exp(-sum))
	p = t.shares(t.utilities(h.scores), without)
	for i := range p {
		p[i] *= known
	}
	return p, 1 - known
}

func leader(p []float64) int {
	best := 0
	for i := range p {
		if p[i] > p[best] {
			best = i
		}
	}
	return best
}

// Rank returns the place of the right actor, ties at their mean; infinite if
// nothing that was asked is known of it. Without the cap software counts in
// full.
func (t *Table) Rank(h *Held, capped bool) float64 {
	best := math.Inf(1)
	for _, i := range h.Right {
		best = min(best, t.RankOf(h, i, capped))
	}
	return best
}

// RankOf returns the place of one actor, as Rank does.
func (t *Table) RankOf(h *Held, actor int, capped bool) float64 {
	if h.scores[actor][fTechniques]+h.scores[actor][fSoftware] <= 0 {
		return math.Inf(1)
	}
	u := t.utilities(h.scores)
	if !capped {
		for i, x := range h.scores {
			u[i] = t.techniques(x) + t.Weights[fSoftware]*x[fSoftware] + t.Weights[fSoftReport]*x[fSoftReport]
		}
	}
	return Place(u, actor)
}

// Place returns the place of one score among all, ties at their mean.
func Place(scores []float64, one int) float64 {
	above, ties := 0, 0
	for _, s := range scores {
		if s > scores[one] {
			above++
		} else if s == scores[one] {
			ties++
		}
	}
	return float64(above) + float64(ties+1)/2
}
