package attribute

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/campaign"
)

// Case is what is held against the actors: what a campaign shows, what is
// known of its victims, and what people added.
type Case struct {
	Campaign campaign.Campaign // its techniques, kinds, times and features
	Victims  Victims
	Software []string // ATT&CK ids
	Given    []Item   // outside assessments, infrastructure, lures
}

// Victims is what attribution may know of the organisations hit. Countries are
// ISO 3166-1 alpha-2, sectors those of the organisations file.
type Victims struct {
	Countries []string
	Sectors   []string
}

// Assessor holds cases against one knowledge base. Several goroutines may use
// one.
type Assessor struct {
	base     *actor.Base
	model    *Model
	corpus   *Corpus
	shelves  map[Input]*shelf
	position map[*actor.Record]int // of its group's lead in the corpus
	groupOf  map[*actor.Record]actor.Group
	borne    []int     // by fact: how many actors are known for it
	known    []suspect // all of whom something is known; copied for each case
}

// NewAssessor makes the base ready to be asked. The model is that which
// [Calibrate] made of it; nil stands for constants.
func NewAssessor(b *actor.Base, m *Model) *Assessor {
	if b == nil {
		b = actor.New()
	}
	a := &Assessor{base: b, model: m, corpus: NewCorpus(b, ""), shelves: map[Input]*shelf{},
		position: map[*actor.Record]int{}, groupOf: map[*actor.Record]actor.Group{}}
	if a.model == nil {
		a.model = &Model{}
	}
	for in := range a.model.Tables {
		a.shelves[in] = a.corpus.library(in).without(nil)
	}
	for i, g := range a.corpus.Actors {
		a.position[g.Lead] = i
	}
	for _, g := range b.Groups() {
		for _, r := range g.Records {
			a.groupOf[r] = g
		}
	}
	a.borne = make([]int, len(a.corpus.facts))
	for _, uses := range a.corpus.uses {
		for _, u := range uses {
			a.borne[u.fact]++
		}
	}
	a.known = knownOf(b)
	return a
}

// Assess is [Assessor.Judge] for one campaign and a base that was not
// calibrated.
func Assess(c campaign.Campaign, v Victims, b *actor.Base) Assessment {
	return NewAssessor(b, nil).Judge(Case{Campaign: c, Victims: v})
}

// Judge says who the hand of the case may have been. The hypotheses are each
// actor of the base, a known actor that the base does not have, and somebody
// whom nobody has named: that one begins at 0.7, for nearly all clusters of
// activity never get a name. Each item of evidence is a log-likelihood ratio
// against it.
func (a *Assessor) Judge(c Case) Assessment {
	return a.JudgeWith(c, nil)
}

// JudgeWith is Judge with weights that people set.
func (a *Assessor) JudgeWith(c Case, set []Decision) Assessment {
	d := a.docket(c)
	suspects := a.weigh(d, set)
	out := a.conclude(suspects, d)
	out.Items, out.Base = d.items, a.model.Base
	out.Matrix = a.matrix(d, suspects, out.Candidates)
	if len(out.Candidates) > 0 {
		out.Without = a.without(d, suspects, set)
	}
	return out
}

// docket is a case made ready: what of it may be weighed, as items.
type docket struct {
	Case
	techniques []string // under the ids of today, sorted
	software   []string
	full       bool // something was seen that logs and mail alone do not show
	items      []Item
	means      map[int]*actor.Record // whom an item names, by its number; a name of several actors means none of them
	gone       Item                  // the one that is left out, to see what it does
}

func (a *Assessor) docket(c Case) *docket {
	d := &docket{Case: c}
	seen := map[string]bool{}
	for _, t := range c.Campaign.Techniques {
		seen[a.base.Technique(t)] = true
	}
	for _, k := range c.Campaign.Kinds {
		seen[a.base.Technique(k.Technique())] = true
	}
	maps.DeleteFunc(seen, func(t string, _ bool) bool {
		_, known := a.corpus.number[t]
		return !visible[t] && !known
	})
	d.techniques = slices.Sorted(maps.Keys(seen))
	d.software = slices.Compact(slices.Sorted(slices.Values(c.Software)))
	d.full = len(d.software) > 0 || slices.ContainsFunc(d.techniques, func(t string) bool { return !visible[t] })
	d.collect(a)
	return d
}

// collect writes down the evidence, numbered.
func (d *docket) collect(a *Assessor) {
	add := func(i Item) {
		i.No = len(d.items) + 1
		d.items = append(d.items, i)
	}
	const own = "what was read here"
	for _, t := range d.techniques {
		add(Item{Class: ClassTechnique, What: t, Source: own, Grade: "B2", Shared: a.bearers(t),
			Text: strings.TrimSpace(t + " " + a.base.Title(t))})
	}
	for _, s := range d.software {
		add(Item{Class: ClassSoftware, What: s, Source: own, Grade: "B2", Shared: a.bearers(s),
			Text: strings.TrimSpace(s + " " + a.base.Title(s))})
	}
	for _, what := range habitKinds {
		if text := measured(what, d.Campaign); text != "" {
			add(Item{Class: ClassHabit, What: what, Source: own, Grade: "B2", Text: text})
		}
	}
	for _, v := range []struct {
		what string
		hit  []string
	}{{"countries", d.Victims.Countries}, {"sectors", d.Victims.Sectors}} {
		if hit := stated(v.hit); len(hit) > 0 {
			add(Item{Class: ClassVictim, What: v.what, Source: own, Grade: "B2", Text: strings.Join(hit, ", ")})
		}
	}
	for _, i := range d.Given {
		i.Grade = cmp.Or(i.Grade, "F6")
		i.Source = cmp.Or(i.Source, "not stated")
		add(i)
		if g, err := a.Resolve(i.Actor); err == nil && i.Actor != "" {
			if d.means == nil {
				d.means = map[int]*actor.Record{}
			}
			d.means[len(d.items)] = g.Lead
		}
	}
}

// bearers returns how many actors are known for a fact.
func (a *Assessor) bearers(fact string) int {
	f, ok := a.corpus.number[fact]
	if !ok {
		return 0
	}
	return a.borne[f]
}

// numbers returns the numbers of the items of a class, and of one thing in it
// if that is given.
func (d *docket) numbers(class, what string) []int {
	var out []int
	for _, i := range d.items {
		if i.Class == class && (what == "" || i.What == what) {
			out = append(out, i.No)
		}
	}
	return out
}

// Knows reports whether a technique, or software, is known of any actor.
func (a *Assessor) Knows(id string) bool { return a.bearers(a.base.Technique(id)) > 0 }

// Bearers returns the actors that bear a name, each once; of an id the one
// whose it is.
func (a *Assessor) Bearers(name string) []actor.Group {
	var found []actor.Group
	for _, r := range a.base.Find(name) {
		g := a.groupOf[r]
		if strings.EqualFold(r.ID, name) {
			return []actor.Group{g} // an id is nobody else's
		}
		if !slices.ContainsFunc(found, func(o actor.Group) bool { return o.Lead == g.Lead }) {
			found = append(found, g)
		}
	}
	return found
}

// Resolve returns the actor that a name or id means. A name that several
// actors bear is an error that lists them: the reader must choose.
func (a *Assessor) Resolve(name string) (actor.Group, error) {
	found := a.Bearers(name)
	switch len(found) {
	case 0:
		return actor.Group{}, fmt.Errorf("nobody here is called %q", name)
	case 1:
		return found[0], nil
	}
	var who []string
	for _, g := range found {
		who = append(who, fmt.Sprintf("%s (%s)", g.Lead.ID, g.Lead.Names[0].Name))
	}
	return actor.Group{}, fmt.Errorf("%q is a name of several actors: %s", name, strings.Join(who, ", "))
}
