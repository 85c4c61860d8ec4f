// Package actor is the knowledge of actors: who says what of whom, under
// which name.
//
// Names are assertions, not identities. Each [Record] is what one source says
// of one actor; records are never merged. A name that several actors bear
// finds them all and is never resolved by the program. [Base.Groups] is a view
// on top, computed anew after each import, of records that name each other by
// explicit identifiers.
//
// [Starter] is the small base written by us; [Base.Import] adds ATT&CK, MISP
// galaxies, Microsoft's name mapping or a file of one's own.
package actor

import (
	"cmp"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Base is a set of records. Any number of goroutines may read one that is not
// being imported into.
type Base struct {
	records   map[key]*Record
	sources   []string          // in the order in which they came
	producers map[string]string // MISP uuid of a producer to its name
	replaced  map[string]string // retired ATT&CK technique to what replaced it
	titles    map[string]string // ATT&CK id to the name of a technique or of software
	campaigns map[key]*Campaign
	imports   []Imported           // one for each content
	byName    map[string][]*Record // folded name, id or retired id
	byLook    map[string][]*Record // what a name looks like
	groups    []Group
}

type key struct{ source, id string }

// New returns an empty base.
func New() *Base {
	return &Base{records: map[key]*Record{}, producers: map[string]string{}, replaced: map[string]string{}, titles: map[string]string{}, campaigns: map[key]*Campaign{}}
}

// Find returns all records that bear the name or id, whatever the relation
// that is asserted; upper case, spaces, punctuation and width do not matter.
// More than one actor among them means that the name is ambiguous: it is for
// the reader to choose. The records must not be changed.
func (b *Base) Find(name string) []*Record {
	folded := fold(name)
	if folded == "" {
		return nil
	}
	return slices.Clone(b.byName[folded])
}

// Records returns all records, by source in the order of import, then by id.
// They must not be changed.
func (b *Base) Records() []*Record {
	rank := map[string]int{}
	for i, s := range b.sources {
		rank[s] = i
	}
	all := make([]*Record, 0, len(b.records))
	for _, r := range b.records {
		all = append(all, r)
	}
	slices.SortFunc(all, func(x, y *Record) int {
		return cmp.Or(cmp.Compare(rank[x.Source], rank[y.Source]), strings.Compare(x.ID, y.ID))
	})
	return all
}

// Imports returns what the base was made of, in the order of import.
func (b *Base) Imports() []Imported { return slices.Clone(b.imports) }

// Technique returns the id under which ATT&CK keeps a technique today: that
// of its replacement if an imported bundle says that it was revoked.
func (b *Base) Technique(id string) string {
	if now, ok := b.replaced[id]; ok {
		return now
	}
	return id
}

// Campaigns returns the operations that the sources tell of, by source, then
// by id. They must not be changed.
func (b *Base) Campaigns() []*Campaign {
	return slices.SortedFunc(maps.Values(b.campaigns), func(x, y *Campaign) int {
		return cmp.Or(strings.Compare(x.Source, y.Source), strings.Compare(x.ID, y.ID))
	})
}

// Title returns the name of a technique or of software by its ATT&CK id; ""
// if no imported file gives it.
func (b *Base) Title(id string) string { return b.titles[id] }

// Software returns the ids of the software that an id or name means: none if
// no file tells of it, several if the name is one of several.
func (b *Base) Software(name string) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(b.titles)) {
		if !technique.MatchString(id) && (strings.EqualFold(id, name) || SameName(b.titles[id], name)) {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 && software.MatchString(name) {
		for _, r := range b.records {
			if slices.ContainsFunc(r.Software, func(u Use) bool { return u.ID == name }) {
				return []string{name}
			}
		}
	}
	return ids
}

// take puts what was read into the base and counts what changed.
func (b *Base) take(f *found, report *Imported) {
	for _, r := range f.records {
		old, known := b.records[r.key()]
		switch {
		case !known:
			report.Added++
		case reflect.DeepEqual(old, resolved(r, b.producers)):
			report.Unchanged++
			continue
		default:
			report.Replaced++
		}
		b.records[r.key()] = r
		if !slices.Contains(b.sources, r.Source) {
			b.sources = append(b.sources, r.Source)
		}
	}
	for _, k := range f.withdrawn {
		delete(b.records, k)
	}
	maps.Copy(b.producers, f.producers)
	maps.Copy(b.replaced, f.replaced)
	maps.Copy(b.titles, f.titles)
	for _, c := range f.campaigns {
		b.campaigns[key{c.Source, c.ID}] = c
	}
	b.index()
	b.warnOfLookAlikes(f, report)
	b.imports = append(b.imports, *report)
}

// warnOfLookAlikes counts the names of the file that can be taken for another.
func (b *Base) warnOfLookAlikes(f *found, report *Imported) {
	for _, r := range f.records {
		for _, n := range r.Names {
			like := b.LookAlikes(n.Name)
			like = slices.DeleteFunc(like, func(o *Record) bool { return o == r })
			switch {
			case mixed(n.Name):
				f.warn("names in letters of several scripts", n.Name)
			case len(like) > 0 && !ascii(n.Name):
				f.warn("names that look like that of another actor", n.Name)
			}
		}
	}
	report.Warnings = f.warnings
}

func ascii(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r > 127 }) < 0
}

// index computes what follows from the records.
func (b *Base) index() {
	b.byName, b.byLook = map[string][]*Record{}, map[string][]*Record{}
	all := b.Records()
	for _, r := range all {
		resolved(r, b.producers)
		for _, name := range r.labels() {
			if f := fold(name); f != "" && !slices.Contains(b.byName[f], r) {
				b.byName[f] = append(b.byName[f], r)
			}
			if s := skeleton(name); s != "" && !slices.Contains(b.byLook[s], r) {
				b.byLook[s] = append(b.byLook[s], r)
			}
		}
	}
	b.groups = groupRecords(all)
}

// resolved gives names their producer where a producer galaxy tells it. The
// galaxies may be imported in either order.
func resolved(r *Record, producers map[string]string) *Record {
	for i, n := range r.Names {
		if n.Producer == "" && n.ProducerID != "" {
			r.Names[i].Producer = producers[n.ProducerID]
		}
	}
	return r
}
