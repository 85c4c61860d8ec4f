package attribute

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/actor"
)

// Corpus is what public reports say of actors, ready to be searched: each
// actor with the techniques and software it is known to use, and which report
// says so. That is what can be left out again, report by report, to learn how
// often a ranking is right.
type Corpus struct {
	Actors []actor.Group // those of whom at least one fact is known

	facts   []string       // id of each fact: T1110.003, S0154
	tool    []bool         // the fact is software
	seen    []bool         // the fact is one that logs and mail can show
	number  map[string]int // of a fact
	reports []string
	uses    [][]use // by actor
	ops     []operation
}

// use is one fact of an actor or of an operation, with its reports by number.
type use struct {
	fact    int
	reports []int
}

// operation is a campaign that a source attributes to actors of the corpus.
type operation struct {
	id      string
	actors  []int
	uses    []use
	reports []int // all that are cited for it, sorted
}

// NewCorpus makes the corpus of a base, of what one source says or, if none is
// named, of all. Sources cite the same reports, each in its own way: of a fact
// that several tell, that one counts which has most reports for it, and not
// their sum; and an operation counts only if it adds a report.
func NewCorpus(b *actor.Base, source string) *Corpus {
	c := &Corpus{number: map[string]int{}}
	report := map[string]int{}
	numbered := func(refs []string) []int {
		var out []int
		for _, r := range refs {
			n, ok := report[r]
			if !ok {
				n = len(c.reports)
				report[r] = n
				c.reports = append(c.reports, r)
			}
			out = append(out, n)
		}
		slices.Sort(out)
		return slices.Compact(out)
	}
	index := map[*actor.Record]int{}
	byID := map[[2]string]*actor.Record{}
	for _, g := range b.Groups() {
		facts := map[int][]int{}
		for _, r := range g.Records {
			byID[[2]string{r.Source, r.ID}] = r
			if source != "" && r.Source != source {
				continue
			}
			own := map[int][]int{} // an old and a new id may be one technique
			for _, u := range slices.Concat(r.Techniques, r.Software) {
				n := c.fact(b.Technique(u.ID))
				own[n] = append(own[n], numbered(u.Refs)...)
			}
			for n, refs := range own {
				if before, ok := facts[n]; !ok || len(refs) > len(before) {
					facts[n] = refs
				}
			}
		}
		if len(facts) == 0 {
			continue
		}
		for _, r := range g.Records {
			index[r] = len(c.Actors)
		}
		c.Actors = append(c.Actors, g)
		c.uses = append(c.uses, sorted(facts))
	}
	for _, o := range b.Campaigns() {
		if source != "" && o.Source != source {
			continue
		}
		op := operation{id: o.ID, reports: numbered(o.Reports)}
		for _, id := range o.Actors {
			if i, ok := index[byID[[2]string{o.Source, id}]]; ok && !slices.Contains(op.actors, i) {
				op.actors = append(op.actors, i)
			}
		}
		facts := map[int][]int{}
		for _, u := range slices.Concat(o.Techniques, o.Software) {
			n := c.fact(b.Technique(u.ID))
			facts[n] = append(facts[n], numbered(u.Refs)...)
		}
		op.uses = sorted(facts)
		if len(op.actors) > 0 && len(op.uses) > 0 && (source != "" || c.adds(op)) {
			c.ops = append(c.ops, op)
		}
	}
	return c
}

// adds reports whether an operation has a report that its actors' own facts do
// not cite. One that has none says the same again.
func (c *Corpus) adds(op operation) bool {
	for _, u := range op.uses {
		for _, r := range u.reports {
			for _, i := range op.actors {
				if !slices.ContainsFunc(c.uses[i], func(own use) bool { return slices.Contains(own.reports, r) }) {
					return true
				}
			}
		}
	}
	return false
}

func (c *Corpus) fact(id string) int {
	n, ok := c.number[id]
	if !ok {
		n = len(c.facts)
		c.number[id] = n
		c.facts = append(c.facts, id)
		c.tool = append(c.tool, !strings.HasPrefix(id, "T"))
		c.seen = append(c.seen, visible[id])
	}
	return n
}

// sorted makes uses of facts, by fact, each with its reports once.
func sorted(facts map[int][]int) []use {
	var out []use
	for f, refs := range facts {
		slices.Sort(refs)
		out = append(out, use{f, slices.Compact(refs)})
	}
	slices.SortFunc(out, func(a, b use) int { return cmp.Compare(a.fact, b.fact) })
	return out
}

// Input is which facts are held against the corpus.
type Input string

// The inputs. Each has a table of its own in a [Model].
const (
	VisibleInput   Input = "visible"    // techniques that sign-in logs and mail can show
	TechniqueInput Input = "techniques" // all techniques
	SoftwareInput  Input = "software"   // techniques and software, which counts at most twice what the techniques do
)

func (c *Corpus) takes(in Input, fact int) bool {
	switch in {
	case VisibleInput:
		return c.seen[fact]
	case TechniqueInput:
		return !c.tool[fact]
	}
	return true
}

// shelf is the corpus as it stands without some reports.
type shelf struct {
	*library
	facts [][]counted // by actor
	gone  []int       // numbers of the reports that are left out, sorted
	df    []float64   // by fact: actors known for it
	cf    []float64   // by fact: reports that tell of it, over all actors
	total float64     // of cf, of techniques
	mean  float64     // facts of an actor
	idf   []float64
	size  [][][2]float64 // by actor and doc: sum of the idf of its techniques, and of its software
}

// counted is a fact and the number of distinct reports for it.
type counted struct {
	fact int
	n    float64
}

// library is the corpus cut down to one input, from which shelves are taken.
type library struct {
	c    *Corpus
	uses [][]told // by actor
	docs [][]doc  // by actor: what single reports say
}

// told is one fact of an actor: the reports that say so, and the operations.
type told struct {
	fact    int
	stated  bool // without any report
	reports []int
	ops     []int
}

// doc is what one report says of one actor.
type doc struct {
	report int
	facts  []int
}

func (c *Corpus) library(in Input) *library {
	l := &library{c: c, uses: make([][]told, len(c.Actors)), docs: make([][]doc, len(c.Actors))}
	for i := range c.Actors {
		facts, docs := map[int]*told{}, map[int][]int{}
		add := func(u use) *told {
			if facts[u.fact] == nil {
				facts[u.fact] = &told{fact: u.fact}
			}
			for _, r := range u.reports {
				docs[r] = append(docs[r], u.fact)
			}
			return facts[u.fact]
		}
		for _, u := range c.uses[i] {
			if c.takes(in, u.fact) {
				t := add(u)
				t.reports, t.stated = u.reports, len(u.reports) == 0
			}
		}
		for k, op := range c.ops {
			for _, u := range op.uses {
				if slices.Contains(op.actors, i) && c.takes(in, u.fact) {
					t := add(u)
					t.ops = append(t.ops, k)
				}
			}
		}
		for _, f := range slices.Sorted(maps.Keys(facts)) {
			l.uses[i] = append(l.uses[i], *facts[f])
		}
		for _, r := range slices.Sorted(maps.Keys(docs)) {
			slices.Sort(docs[r])
			l.docs[i] = append(l.docs[i], doc{r, slices.Compact(docs[r])})
		}
	}
	return l
}

// without returns the shelf without the reports, sorted by number, and
// without the operations that cite any of them. A fact that no report is cited
// for counts as one of its own, and so does an operation.
func (l *library) without(reports []int) *shelf {
	n := len(l.c.facts)
	s := &shelf{library: l, gone: reports, df: make([]float64, n), cf: make([]float64, n), idf: make([]float64, n)}
	out := func(r int) bool { return slices.Contains(reports, r) }
	cites := make([]bool, len(l.c.ops))
	for k, op := range l.c.ops {
		cites[k] = slices.ContainsFunc(op.reports, out)
	}
	s.facts = make([][]counted, len(l.uses))
	for i, uses := range l.uses {
		s.facts[i] = make([]counted, 0, len(uses))
		for _, u := range uses {
			n := 0.0
			if u.stated {
				n = 1
			}
			for _, r := range u.reports {
				if !out(r) {
					n++
				}
			}
			for _, k := range u.ops {
				if !cites[k] {
					n++
				}
			}
			if n == 0 {
				continue
			}
			s.facts[i] = append(s.facts[i], counted{u.fact, n})
			s.df[u.fact]++
			s.cf[u.fact] += n
			if !l.c.tool[u.fact] {
				s.total += n
			}
		}
		s.mean += float64(len(s.facts[i])) / float64(len(l.uses))
	}
	all := float64(len(l.uses))
	for f := range s.idf {
		s.idf[f] = math.Log(1 + (all-s.df[f]+0.5)/(s.df[f]+0.5))
	}
	s.size = make([][][2]float64, len(l.docs))
	for i, docs := range l.docs {
		s.size[i] = make([][2]float64, len(docs))
		for k, d := range docs {
			for _, f := range d.facts {
				if l.c.tool[f] {
					s.size[i][k][1] += s.idf[f]
				} else {
					s.size[i][k][0] += s.idf[f]
				}
			}
		}
	}
	return s
}

// The features by which an actor is held against what was seen. Each is a
// score that grows with the fit; [Model] says what they weigh.
const (
	fTechniques = iota // BM25 over techniques
	fLanguage          // how much likelier its reports make the techniques than all reports do
	fReport            // the best match of techniques with one single report
	fSoftware          // BM25 over software
	fSoftReport        // the best match of software with one single report
	features
)

// Parameters of the two BM25 scores: those that ranked best in the reference
// (docs/attribution.md), and of the others.
var (
	techniqueParams = Params{K1: 1.5, B: 0.7, P: 1.5}
	softwareParams  = Params{K1: 0.3, B: 0.7, P: 2}
)

const (
	smoothing = 60.0 // reports' worth of the language of all reports that is added to an actor's own (Dirichlet)
	shortDoc  = 5.0  // sum of idf that is added to a report's, so that one of two facts does not match best
)

// score returns the features of each actor for a set of facts.
func (s *shelf) score(asked []int) [][features]float64 {
	want, rarity := make([]bool, len(s.c.facts)), make([]float64, len(s.c.facts))
	var techs, softs, techniques float64
	for _, f := range asked {
		if want[f] {
			continue
		}
		want[f] = true
		if s.c.tool[f] {
			softs += s.idf[f]
			rarity[f] = math.Pow(s.idf[f], softwareParams.P)
		} else {
			techs += s.idf[f]
			techniques++
			rarity[f] = math.Pow(s.idf[f], techniqueParams.P)
		}
	}
	out := make([][features]float64, len(s.facts))
	for i, facts := range s.facts {
		own, lift := 0.0, 0.0
		for _, f := range facts {
			if !s.c.tool[f.fact] {
				own += f.n
			}
			if !want[f.fact] {
				continue
			}
			p, to := techniqueParams, fTechniques
			if s.c.tool[f.fact] {
				p, to = softwareParams, fSoftware
			}
			length := p.K1 * (1 - p.B + p.B*float64(len(facts))/s.mean)
			out[i][to] += rarity[f.fact] * f.n * (p.K1 + 1) / (f.n + length)
			if to == fTechniques {
				lift += math.Log1p(f.n / (smoothing * s.common(f.fact)))
			}
		}
		// log((n + μc)/(own + μ)) - log(c) summed: what is not known of the actor
		// has n = 0.
		out[i][fLanguage] = lift - techniques*math.Log1p(own/smoothing)
		for k, d := range s.docs[i] {
			var t, m float64 // idf of what is asked
			for _, f := range d.facts {
				if !want[f] {
					continue
				}
				if s.c.tool[f] {
					m += s.idf[f]
				} else {
					t += s.idf[f]
				}
			}
			if t+m == 0 || slices.Contains(s.gone, d.report) {
				continue
			}
			out[i][fReport] = max(out[i][fReport], t/math.Sqrt((s.size[i][k][0]+shortDoc)*(techs+1)))
			out[i][fSoftReport] = max(out[i][fSoftReport], m/math.Sqrt((s.size[i][k][1]+shortDoc)*(softs+1)))
		}
	}
	return out
}

// common is the share of a technique in all reports.
func (s *shelf) common(fact int) float64 {
	return (s.cf[fact] + 0.5) / (s.total + 0.5*float64(len(s.cf)))
}
