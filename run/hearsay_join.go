package run

import (
	"cmp"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/exchange"
)

// Design values: nobody has measured them.
const (
	sameAtLeast   = 3   // addresses in common from which on two campaigns may be one
	sameShare     = 0.5 // of the addresses that the document names for its campaign
	dedicatedFrom = 0.1 // share of a campaign's addresses that others tie to an actor, from which on they are no chance
	narrow4       = 24  // bits of the widest networks that may be one's own
	narrow6       = 48
	mostHeard     = 40 // items of one campaign
)

// hit is what one file names of a campaign's sources and clients.
type hit struct {
	mention
	kind exchange.Kind
	from map[netip.Addr]bool // the campaign's addresses that it names
}

// about returns, by campaign, what was imported of others as evidence. The
// result's campaigns and targets must be there; it counts the names that
// nobody bears.
func (h *Hearsay) about(r *Result, a *attribute.Assessor) [][]attribute.Item {
	out := make([][]attribute.Item, len(r.Campaigns))
	if h == nil {
		return out
	}
	r.Unheard = map[string]int{}
	hits := make([][]hit, len(r.Campaigns))
	campaigns := map[string]int{} // by value: how many campaigns of ours show it
	for i := range r.Campaigns {
		hits[i] = h.hits(r, i)
		values := map[string]bool{}
		for _, x := range hits[i] {
			values[x.value] = true
		}
		for v := range values {
			campaigns[v]++
		}
	}
	for i := range r.Campaigns {
		j := joint{h: h, r: r, i: i, assessor: a, campaigns: campaigns, addresses: len(sourcesOf(r, i))}
		for f := range h.files {
			j.file(f, slices.DeleteFunc(slices.Clone(hits[i]), func(x hit) bool { return x.file != f }))
		}
		out[i] = j.items()
	}
	return out
}

func sourcesOf(r *Result, i int) map[netip.Addr]bool {
	seen := map[netip.Addr]bool{}
	for _, t := range r.Targets[i] {
		for _, a := range t.Sources {
			seen[a.Unmap()] = true
		}
	}
	return seen
}

// hits returns what is named of a campaign, by file, kind and value.
func (h *Hearsay) hits(r *Result, i int) []hit {
	type key struct {
		file  int
		kind  exchange.Kind
		value string
		about string
	}
	found := map[key]*hit{}
	add := func(kind exchange.Kind, m mention, from ...netip.Addr) {
		k := key{m.file, kind, m.value, strings.Join(m.about, "\x00")}
		if found[k] == nil {
			found[k] = &hit{mention: m, kind: kind, from: map[netip.Addr]bool{}}
		}
		if found[k].until.Before(m.until) {
			found[k].until = m.until
		}
		for _, a := range from {
			found[k].from[a] = true
		}
	}
	for a := range sourcesOf(r, i) {
		for _, m := range h.mentions(a) {
			kind := exchange.Address
			if strings.Contains(m.value, "/") {
				kind = exchange.Network
			}
			add(kind, m, a)
		}
	}
	for _, client := range r.Campaigns[i].Features.Clients {
		for _, m := range h.clients[client] {
			add(exchange.UserAgent, m)
		}
	}
	var out []hit
	for _, x := range found {
		out = append(out, *x)
	}
	slices.SortFunc(out, func(x, y hit) int {
		return cmp.Or(cmp.Compare(x.file, y.file), cmp.Compare(x.kind, y.kind), cmp.Compare(x.value, y.value), slices.Compare(x.about, y.about))
	})
	return out
}

// joint collects what was imported about one campaign.
type joint struct {
	h         *Hearsay
	r         *Result
	i         int
	assessor  *attribute.Assessor
	campaigns map[string]int
	addresses int // how many the campaign has
	named     []attribute.Item
	context   []attribute.Item
}

// items are the assertions and infrastructure first, then what names nobody.
// Of more than are shown the last ones are counted.
func (j *joint) items() []attribute.Item {
	slices.SortStableFunc(j.named, func(x, y attribute.Item) int { return cmp.Compare(x.Grade, y.Grade) })
	all := slices.Concat(j.named, j.context)
	if more := len(all) - mostHeard; more > 0 {
		all = append(all[:mostHeard:mostHeard], attribute.Item{
			Class: attribute.ClassOutside, What: "more", Source: "imported files", Grade: Ungraded,
			Text: fmt.Sprintf("%d more items were imported about this campaign; those of the best grades are shown and weighed", more),
		})
	}
	return all
}

// file adds what one file says of the campaign.
func (j *joint) file(n int, hits []hit) {
	f := &j.h.files[n]
	subjects := j.subjects(f, hits)
	said := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(subjects)) {
		for _, claim := range f.claims(id) {
			said[id] = true
			j.named = append(j.named, j.assertion(f, claim, subjects[id]))
		}
	}
	by := map[string][]hit{} // by actor in the document
	var nobody []hit
	for _, x := range hits {
		actors, ours := f.actorsOf(x, said, j.r)
		for _, id := range actors {
			by[id] = append(by[id], x)
		}
		if len(actors) == 0 && !ours {
			nobody = append(nobody, x)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(by)) {
		j.named = append(j.named, j.infrastructure(f, id, by[id], len(by)))
	}
	if len(nobody) > 0 {
		i := f.item(attribute.ClassInfrastructure, nobody[0].value, f.day(f.Dated))
		i.Text = "it names " + j.matched(nobody) + ", and nobody whose they would be: it weighs nothing"
		i.Shared = j.shared(nobody)
		j.context = append(j.context, i)
	}
}

func (f *heardFile) item(class, what, date string) attribute.Item {
	return attribute.Item{Class: class, What: what, Source: f.Outside.Source, Grade: f.Grade, Group: f.origin, Ref: f.ref(), Date: date}
}

// subjects returns which campaigns of a document are this one, and how that is
// known: by its number (or the STIX id of an export) where time and addresses
// do not say otherwise, for another's pumphandle counts its campaigns, too; or
// by the addresses that it names.
func (j *joint) subjects(f *heardFile, hits []hit) map[string]string {
	ours := j.r.Campaigns[j.i]
	common := map[string]int{}
	for _, x := range hits {
		if x.kind == exchange.Address {
			for _, id := range x.about {
				common[id]++
			}
		}
	}
	exported := map[string]bool{}
	for _, producer := range []string{f.Producer, f.Outside.Source, "pumphandle"} {
		exported[exchange.STIXCampaignID(producer, ours.ID)] = true
	}
	out := map[string]string{}
	for _, c := range f.Campaigns {
		if !c.First.IsZero() && c.First.After(ours.Last.AddDate(0, 0, 1)) || !c.Last.IsZero() && c.Last.Before(ours.First.AddDate(0, 0, -1)) {
			continue // another time
		}
		size, both := f.sizes[c.ID], common[c.ID]
		numbered := strings.EqualFold(c.ID, ours.ID) || strings.EqualFold(c.Name, ours.ID) || exported[strings.ToLower(c.ID)]
		switch {
		case numbered && (size == 0 || both > 0):
			out[c.ID] = "a campaign that it speaks of by its number"
		case both >= sameAtLeast && float64(both) >= sameShare*float64(size):
			out[c.ID] = fmt.Sprintf("a campaign that it calls %q: %d of the %d addresses that it names are sources of it", c.Name, both, size)
		}
	}
	return out
}

// claims are whom a document says to stand behind a campaign of it. Of several
// that compete the one counts that is held for likelier than not; if there is
// none, none does.
func (f *heardFile) claims(subject string) []exchange.Assertion {
	who := map[string][]exchange.Assertion{}
	for _, a := range f.said[subject] {
		who[folded(a.By)] = append(who[folded(a.By)], a)
	}
	var out []exchange.Assertion
	for _, by := range slices.Sorted(maps.Keys(who)) {
		list := who[by]
		if len(list) > 1 {
			list = slices.DeleteFunc(slices.Clone(list), func(a exchange.Assertion) bool { return a.Confidence <= 50 })
		}
		if len(list) == 1 {
			out = append(out, list[0])
		}
	}
	return out
}

// actorsOf returns whom a document ties an indicator to, by itself or by a
// campaign; not by one in said, whose assertion was taken. ours: it is about
// campaigns of exports or of our own numbers only.
func (f *heardFile) actorsOf(x hit, said map[string]bool, r *Result) (actors []string, ours bool) {
	ours = len(x.about) > 0
	for _, id := range x.about {
		if _, ok := f.actors[id]; ok {
			actors = append(actors, id)
			continue
		}
		own := slices.Contains(f.own.Campaigns, id) || slices.ContainsFunc(r.Campaigns, func(c campaign.Campaign) bool { return c.ID == id })
		ours = ours && own
		if said[id] {
			ours = true // it is said already
			continue
		}
		for _, claim := range f.claims(id) {
			actors = append(actors, claim.Actor)
		}
	}
	return slices.Compact(slices.Sorted(slices.Values(actors))), ours
}

func (j *joint) assertion(f *heardFile, a exchange.Assertion, how string) attribute.Item {
	i := f.item(attribute.ClassOutside, f.Outside.Source, f.day(a.At))
	name, actor, note := j.resolve(f, a.Actor)
	i.Actor = actor
	i.Text = fmt.Sprintf("it attributes %s to %q%s, %s", j.r.Campaigns[j.i].ID, name, note, how)
	if a.By != "" && folded(a.By) != folded(f.Outside.Source) {
		i.Text += ", by " + a.By
	}
	if a.Confidence > 0 {
		i.Text += fmt.Sprintf(", with a confidence of its own of %d %%", a.Confidence)
	}
	return i
}

// infrastructure is what a file ties to one actor. It is dedicated where
// enough of the campaign's addresses are named, each in this campaign only, in
// time, and for this actor only. A client is anybody's.
func (j *joint) infrastructure(f *heardFile, id string, hits []hit, actors int) attribute.Item {
	i := f.item(attribute.ClassInfrastructure, hits[0].value, f.day(f.Dated))
	name, actor, note := j.resolve(f, id)
	i.Actor, i.Shared = actor, max(j.shared(hits), actors)
	own := map[netip.Addr]bool{}
	for _, x := range hits {
		wide := false
		if p, err := netip.ParsePrefix(x.value); err == nil {
			wide = p.Addr().Is4() && p.Bits() < narrow4 || p.Addr().Is6() && p.Bits() < narrow6
		}
		late := !x.until.IsZero() && x.until.Before(j.r.Campaigns[j.i].First)
		if x.kind != exchange.UserAgent && !wide && !late && j.campaigns[x.value] == 1 {
			maps.Copy(own, x.from)
		}
	}
	i.Dedicated = actors == 1 && j.addresses > 0 && float64(len(own)) >= dedicatedFrom*float64(j.addresses)
	i.Text = fmt.Sprintf("it ties %s to %q%s", j.matched(hits), name, note)
	if !i.Dedicated {
		i.Text += "; too little of it is this campaign's alone: it weighs nothing"
	}
	return i
}

// shared returns in how many campaigns the rarest of the values was seen.
func (j *joint) shared(hits []hit) int {
	least := 0
	for _, x := range hits {
		if n := j.campaigns[x.value]; least == 0 || n < least {
			least = n
		}
	}
	return least
}

// matched says what was matched, in words.
func (j *joint) matched(hits []hit) string {
	var parts, values []string
	addresses, clients := map[netip.Addr]bool{}, 0
	for _, x := range hits {
		maps.Copy(addresses, x.from)
		if x.kind == exchange.UserAgent {
			clients++
		}
		if len(values) < 5 {
			values = append(values, x.value)
		}
	}
	if len(addresses) > 0 {
		parts = append(parts, fmt.Sprintf("%d of the campaign's %s", len(addresses), countPlural(j.addresses, "address", "addresses")))
	}
	if clients > 0 {
		parts = append(parts, countPlural(clients, "client", "clients"))
	}
	if more := len(hits) - len(values); more > 0 {
		values = append(values, fmt.Sprintf("%d more", more))
	}
	return strings.Join(parts, " and ") + " (" + strings.Join(values, ", ") + ")"
}

// resolve returns the actor whom an actor of a document means. His first name
// decides if anybody bears it; else the others do where they mean one. note
// says why nobody is meant; such names are counted.
func (j *joint) resolve(f *heardFile, id string) (name, actor, note string) {
	at, ok := f.actors[id]
	if !ok || len(f.Actors[at].Names) == 0 {
		return id, "", "; it does not say who that is"
	}
	names := f.Actors[at].Names
	name = names[0].Name
	if len(j.assessor.Bearers(name)) > 0 {
		names = names[:1]
	}
	means := map[string]string{}
	for _, n := range names {
		for _, g := range j.assessor.Bearers(n.Name) {
			means[g.Lead.ID] = g.Lead.Names[0].Name
		}
	}
	switch ids := slices.Sorted(maps.Keys(means)); len(ids) {
	case 0:
		note = ", a name that nobody bears in the actor base: it weighs nothing"
	case 1:
		return name, ids[0], fmt.Sprintf(" (%s)", ids[0])
	default:
		note = fmt.Sprintf(", a name of several actors (%s): it counts for none of them", strings.Join(ids, ", "))
	}
	j.r.Unheard[name]++
	return name, "", note
}
