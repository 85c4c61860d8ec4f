package actor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Change is what two bases say differently of one record.
type Change struct {
	Kind   ChangeKind
	Record *Record  // as the newer base has it; of Gone as the older one had it
	What   []string // of Changed: what differs, in plain words, sorted by kind
}

// ChangeKind says how a record changed.
type ChangeKind string

// The kinds of change.
const (
	Fresh   ChangeKind = "new"
	Gone    ChangeKind = "gone"
	Changed ChangeKind = "changed"
)

// Diff returns what the newer base says otherwise than the older, by source
// and id.
func Diff(older, newer *Base) []Change {
	keys := map[key]bool{}
	for k := range older.records {
		keys[k] = true
	}
	for k := range newer.records {
		keys[k] = true
	}
	var out []Change
	for _, k := range slices.SortedFunc(maps.Keys(keys), func(a, b key) int {
		return cmp.Or(strings.Compare(a.source, b.source), strings.Compare(a.id, b.id))
	}) {
		was, is := older.records[k], newer.records[k]
		switch {
		case was == nil:
			out = append(out, Change{Kind: Fresh, Record: is})
		case is == nil:
			out = append(out, Change{Kind: Gone, Record: was})
		default:
			if what := differences(was, is); len(what) > 0 {
				out = append(out, Change{Changed, is, what})
			}
		}
	}
	return out
}

func differences(was, is *Record) []string {
	var out []string
	compare := func(what string, old, now map[string]string) {
		for _, k := range slices.Sorted(maps.Keys(now)) {
			if before, ok := old[k]; !ok {
				out = append(out, fmt.Sprintf("+ %s %s%s", what, k, now[k]))
			} else if before != now[k] {
				out = append(out, fmt.Sprintf("~ %s %s:%s, was%s", what, k, now[k], before))
			}
		}
		for _, k := range slices.Sorted(maps.Keys(old)) {
			if _, ok := now[k]; !ok {
				out = append(out, fmt.Sprintf("- %s %s%s", what, k, old[k]))
			}
		}
	}
	names := func(r *Record) map[string]string {
		m := map[string]string{}
		for _, n := range r.Names {
			m[n.Name] = fmt.Sprintf(" (%s, %s)", n.Relation, cmp.Or(n.Producer, "producer not stated"))
		}
		return m
	}
	uses := func(list []Use) map[string]string {
		m := map[string]string{}
		for _, u := range list {
			m[u.ID] = fmt.Sprintf(" (%d sources)", u.Sources())
		}
		return m
	}
	targets := func(list []Target) map[string]string {
		m := map[string]string{}
		for _, t := range list {
			m[t.What] = ""
		}
		return m
	}
	compare("name", names(was), names(is))
	compare("technique", uses(was.Techniques), uses(is.Techniques))
	compare("software", uses(was.Software), uses(is.Software))
	compare("country", targets(was.Countries), targets(is.Countries))
	compare("sector", targets(was.Sectors), targets(is.Sectors))
	habits := func(r *Record) map[string]string {
		m := map[string]string{}
		for _, h := range r.Habits {
			m[string(h.Kind)+" "+h.Text] = ""
		}
		return m
	}
	compare("habit", habits(was), habits(is))
	return out
}
