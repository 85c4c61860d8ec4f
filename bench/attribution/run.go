package attribution

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
)

// Result is everything that was measured.
type Result struct {
	V     int              `json:"v"`
	Type  string           `json:"type"` // bench_attribution
	Base  string           `json:"base"` // digest of the knowledge
	Files []actor.Imported `json:"files"`

	Groups     int `json:"groups"`
	Operations int `json:"campaigns"`

	Ranking   []Ranking   `json:"ranking"`
	OpenSet   []OpenSet   `json:"open_set"`
	FalseFlag []FalseFlag `json:"false_flags"`
	Figures   []Figure    `json:"figures"`
}

// Ranking is how often one method finds the right group. Shares are percent.
type Ranking struct {
	Test   string  `json:"test"` // E2: held-out reports; E1: source-disjoint campaigns
	Facts  string  `json:"facts"`
	Method string  `json:"method"`
	N      int     `json:"n"`
	Top1   float64 `json:"top1"`
	Top3   float64 `json:"top3"`
	Top5   float64 `json:"top5"`
	Top10  float64 `json:"top10"`
	MRR    float64 `json:"mrr"`
}

// OpenSet is how far the probabilities hold where the right group is hidden in
// 30 % of the cases. Means of three divisions into five parts.
type OpenSet struct {
	Input    attribute.Input    `json:"input"`
	N        int                `json:"n"`
	Brier    float64            `json:"brier"`
	Constant float64            `json:"brier_constant"`
	ECE      float64            `json:"ece"`
	Naming   []attribute.Naming `json:"naming"`
	Bins     []Bin              `json:"bins"`
}

// Bin is the leaders of one range of probability.
type Bin struct {
	From  float64 `json:"from"`
	Said  float64 `json:"said"`  // mean probability
	Right float64 `json:"right"` // share that was right
	N     float64 `json:"n"`
}

// FalseFlag is how often planted software of one other group makes that group
// lead, in percent, by the number of planted items.
type FalseFlag struct {
	Method string     `json:"method"`
	Framed [3]float64 `json:"framed"`
}

// Figure is one figure that is promised or must be reproduced.
type Figure struct {
	What string  `json:"what"`
	Want string  `json:"want"`
	Got  float64 `json:"got"`
	Met  bool    `json:"met"`
}

const attack = "MITRE ATT&CK"

// divisions is how many times the cases are divided into parts.
const divisions = 3

// Run measures on the groups of ATT&CK in the base. say is told what is being
// done; nil: nobody is.
func Run(b *actor.Base, say func(string)) (*Result, error) {
	if say == nil {
		say = func(string) {}
	}
	w := newWorld(b, attack)
	if len(w.groups) == 0 {
		return nil, errors.New("there are no groups of MITRE ATT&CK in the knowledge: the tests are about them")
	}
	r := &Result{V: 1, Type: "bench_attribution", Base: b.Digest(), Files: b.Imports(), Groups: len(w.groups), Operations: len(w.ops)}
	say("reference figures and rivals")
	r.rank(w)
	c := attribute.NewCorpus(b, attack)
	for _, in := range []attribute.Input{attribute.VisibleInput, attribute.TechniqueInput, attribute.SoftwareInput} {
		say("held-out reports: " + string(in))
		cases := c.HeldOut(in, in.Least())
		if len(cases) < 10 {
			return nil, fmt.Errorf("%d held-out reports are too few to measure with", len(cases))
		}
		var runs [][]attribute.Outcome
		for seed := range byte(divisions) {
			runs = append(runs, attribute.CrossValidate(in, cases, 5, seed+1))
		}
		r.openSet(in, runs)
		r.own(c, in, cases, runs)
		if in == attribute.SoftwareInput {
			say("false flags")
			r.frame(w, c, runs[0])
		}
	}
	r.figures()
	return r, nil
}

// rank measures the reference and the rivals.
func (r *Result) rank(w *world) {
	for _, tools := range []bool{false, true} {
		facts, params := "techniques", byTechnique
		if tools {
			facts, params = "techniques and software", withTools
		}
		for _, test := range []struct {
			name      string
			questions []question
		}{{"E2", w.reports(5, tools)}, {"E1", w.operations(tools)}} {
			for _, m := range append(slices.Clone(rivals), method{"BM25, the reference", bm25(params)}) {
				var ranks []float64
				for _, q := range test.questions {
					ranks = append(ranks, q.rank(m.score(q.profiles, q.facts)))
				}
				r.Ranking = append(r.Ranking, summarise(test.name, facts, m.Name, ranks))
			}
		}
	}
}

// own measures our ranking: on reports by tables that were fitted to others,
// and on campaigns by a table that was fitted to reports that are none of the
// campaign's.
func (r *Result) own(c *attribute.Corpus, in attribute.Input, cases []*attribute.Held, runs [][]attribute.Outcome) {
	facts := map[attribute.Input]string{attribute.VisibleInput: "visible techniques, one or more", attribute.TechniqueInput: "techniques",
		attribute.SoftwareInput: "techniques and software"}[in]
	var full, capped []float64
	for _, outcomes := range runs {
		for _, o := range outcomes {
			full, capped = append(full, o.Uncapped), append(capped, o.Rank)
		}
	}
	r.Ranking = append(r.Ranking, summarise("E2", facts, "pumphandle", full))
	r.Ranking[len(r.Ranking)-1].N = len(cases)
	if in == attribute.VisibleInput {
		return
	}
	ops := c.HeldOutOperations(in)
	var e1, e1capped []float64
	for _, o := range ops {
		t := attribute.Learn(in, slices.DeleteFunc(slices.Clone(cases), func(h *attribute.Held) bool { return o.Cites(h) }), nil)
		e1, e1capped = append(e1, t.Rank(o, false)), append(e1capped, t.Rank(o, true))
	}
	r.Ranking = append(r.Ranking, summarise("E1", facts, "pumphandle", e1))
	if in == attribute.SoftwareInput {
		r.Ranking = append(r.Ranking, summarise("E2", facts, "pumphandle, software capped", capped))
		r.Ranking[len(r.Ranking)-1].N = len(cases)
		r.Ranking = append(r.Ranking,
			summarise("E1", facts, "pumphandle, software capped", e1capped))
	}
}

func summarise(test, facts, name string, ranks []float64) Ranking {
	out := Ranking{Test: test, Facts: facts, Method: name, N: len(ranks)}
	share := func(k float64) float64 {
		n := 0
		for _, x := range ranks {
			if x <= k {
				n++
			}
		}
		return math.Round(1000*float64(n)/float64(max(1, len(ranks)))) / 10
	}
	for _, x := range ranks {
		out.MRR += 1 / x / float64(len(ranks))
	}
	out.MRR = math.Round(1000*out.MRR) / 1000
	out.Top1, out.Top3, out.Top5, out.Top10 = share(1), share(3), share(5), share(10)
	return out
}

func (r *Result) openSet(in attribute.Input, runs [][]attribute.Outcome) {
	o := OpenSet{Input: in, N: len(runs[0])}
	bins := make([]Bin, 10)
	add := func(p, right, weight float64) {
		b := &bins[min(int(p*10), 9)]
		b.Said, b.Right, b.N = b.Said+weight*p, b.Right+weight*right, b.N+weight
	}
	for _, outcomes := range runs {
		q := attribute.Summarise(outcomes)
		n := float64(len(runs))
		o.Brier, o.Constant, o.ECE = o.Brier+q.Brier/n, o.Constant+q.Constant/n, o.ECE+q.ECE/n
		for _, x := range outcomes {
			right := 0.0
			if x.Right {
				right = 1
			}
			add(x.P, right, 0.7/n)
			add(x.Blind, 0, 0.3/n)
		}
	}
	all := slices.Concat(runs...)
	for _, p := range []float64{0.55, 0.80, 0.95} {
		o.Naming = append(o.Naming, attribute.NameFrom(all, p))
	}
	for i, b := range bins {
		if b.N > 0 {
			o.Bins = append(o.Bins, Bin{float64(i) / 10, b.Said / b.N, b.Right / b.N, b.N})
		}
	}
	r.OpenSet = append(r.OpenSet, o)
}

// frame plants one, two and three items of software exclusive to a random
// other group into each case and looks who leads.
func (r *Result) frame(w *world, c *attribute.Corpus, outcomes []attribute.Outcome) {
	exclusive := c.Exclusive()
	var victims []int
	for i := range exclusive {
		victims = append(victims, i)
	}
	slices.Sort(victims)
	group := make([]int, len(c.Actors)) // position in the world
	for i, g := range c.Actors {
		group[i] = -1
		for _, rec := range g.Records {
			for k, e := range w.groups {
				if rec.Source == attack && rec.ID == e.id {
					group[i] = k
				}
			}
		}
	}
	names := []string{"BM25, the reference", "BM25, software capped at the techniques' score", "pumphandle, software in full", "pumphandle, software capped"}
	framed := make([][3]float64, len(names))
	random := rand.New(rand.NewPCG(7, 7))
	n := 0.0
	for _, o := range outcomes {
		reference := w.without([]string{o.Case.Report}, true)
		ranker := attribute.NewRanker(reference, withTools)
		n++
		for k := range 3 {
			victim := victims[random.IntN(len(victims))]
			for slices.Contains(o.Case.Right, victim) {
				victim = victims[random.IntN(len(victims))]
			}
			var plants []string
			for _, i := range random.Perm(len(exclusive[victim]))[:min(k+1, len(exclusive[victim]))] {
				plants = append(plants, exclusive[victim][i])
			}
			h := o.Case.Planted(plants)
			lead := func(scores []float64) bool {
				return group[victim] >= 0 && scores[group[victim]] > 0 && attribute.Place(scores, group[victim]) == 1
			}
			t := ranker.Scores(slices.DeleteFunc(slices.Clone(h.Facts), isTool))
			s := ranker.Scores(h.Facts)
			capped := make([]float64, len(s))
			for i := range s {
				capped[i] = t[i] + math.Min(s[i]-t[i], t[i])
			}
			for i, is := range []bool{lead(s), lead(capped), o.Table.RankOf(h, victim, false) == 1, o.Table.RankOf(h, victim, true) == 1} {
				if is {
					framed[i][k]++
				}
			}
		}
	}
	for i, name := range names {
		f := FalseFlag{Method: name}
		for k := range f.Framed {
			f.Framed[k] = math.Round(1000*framed[i][k]/n) / 10
		}
		r.FalseFlag = append(r.FalseFlag, f)
	}
}

// figures holds what was measured against what was promised.
func (r *Result) figures() {
	of := func(test, facts, method string) Ranking {
		i := slices.IndexFunc(r.Ranking, func(x Ranking) bool { return x.Test == test && x.Facts == facts && x.Method == method })
		if i < 0 {
			return Ranking{}
		}
		return r.Ranking[i]
	}
	exact := func(what string, want, got float64) {
		r.Figures = append(r.Figures, Figure{what, fmt.Sprintf("%.1f", want), got, math.Abs(want-got) < 0.05})
	}
	const both = "techniques and software"
	for _, x := range []struct {
		test, facts             string
		top1, top3, top5, top10 float64
	}{
		{"E2", "techniques", 41.0, 55.2, 61.8, 72.4}, {"E2", both, 57.9, 71.0, 74.3, 79.4},
		{"E1", "techniques", 17.4, 0, 52.2, 0}, {"E1", both, 39.1, 0, 65.2, 0},
	} {
		got := of(x.test, x.facts, "BM25, the reference")
		name := "reference " + x.test + ", " + x.facts + ": "
		exact(name+"top 1", x.top1, got.Top1)
		exact(name+"top 5", x.top5, got.Top5)
		if x.top3 > 0 {
			exact(name+"top 3", x.top3, got.Top3)
			exact(name+"top 10", x.top10, got.Top10)
		}
	}
	least := func(what string, want, got float64) {
		r.Figures = append(r.Figures, Figure{what, fmt.Sprintf("at least %g", want), got, got >= want})
	}
	most := func(what string, want, got float64) {
		r.Figures = append(r.Figures, Figure{what, fmt.Sprintf("at most %g", want), got, got <= want})
	}
	least("held-out reports with software, before the cap: top 1", 60, of("E2", both, "pumphandle").Top1)
	least("held-out reports with software, before the cap: top 5", 78, of("E2", both, "pumphandle").Top5)
	least("held-out reports with software, capped: top 1", 52, of("E2", both, "pumphandle, software capped").Top1)
	most("framed by three planted tools, capped", 8, r.FalseFlag[len(r.FalseFlag)-1].Framed[2])
	o := r.OpenSet[len(r.OpenSet)-1]
	least("open set, capped, P >= 0.80: right among the named, %", 92, round1(100*o.Naming[1].Right))
	most("open set, capped, P >= 0.80: unknown hands named, %", 3, round1(100*o.Naming[1].Unknown))
	for _, o := range r.OpenSet {
		most("calibration error, "+string(o.Input), 0.05, math.Round(1000*o.ECE)/1000)
	}
}

func round1(x float64) float64 { return math.Round(10*x) / 10 }
