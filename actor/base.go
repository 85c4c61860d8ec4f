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
	"reflect"
	"slices"
	"strings"
)

// Base is a set of records. Any number of goroutines may read one that is not
// being imported into.
type Base struct {
	records   map[key]*Record
	sources   []string             // in the order in which they came
	producers map[string]string    // MISP uuid of a producer to its name
	replaced  map[string]string    // retired ATT&CK technique to what replaced it
	imports   []Imported           // one for each content
	byName    map[string][]*Record // folded name, id or retired id
	groups    []Group
}

type key struct{ source, id string }

// New returns an empty base.
func New() *Base {
	return &Base{records: map[key]*Record{}, producers: map[string]string{}, replaced: map[string]string{}}
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
	for id, name := range f.producers {
		b.producers[id] = name
	}
	for id, now := range f.replaced {
		b.replaced[id] = now
	}
	b.imports = append(b.imports, *report)
	b.index()
}

// index computes what follows from the records.
func (b *Base) index() {
	b.byName = map[string][]*Record{}
	all := b.Records()
	for _, r := range all {
		resolved(r, b.producers)
		for _, name := range r.labels() {
			if f := fold(name); f != "" && !slices.Contains(b.byName[f], r) {
				b.byName[f] = append(b.byName[f], r)
			}
		}
	}
	b.groups = groupRecords(all)
}

// resolved gives names their producer where a producer galaxy tells it. The
// galaxies may be imported in either order.
func resolved(r *Record, producers map[string]string) *Record {
	for i, n := range r.Names {
		if n.Producer == "" && n.producerID != "" {
			r.Names[i].Producer = producers[n.producerID]
		}
	}
	return r
}
