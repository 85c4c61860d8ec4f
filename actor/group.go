package actor

import (
	"regexp"
	"slices"
	"strings"
)

// Group is the records of different sources that say, by explicit
// identifiers, that they mean the same actor. It is a view: the records stay
// as they are, and with other records the view is another.
type Group struct {
	Lead    *Record   // of the source that came first into the base
	Records []*Record // all, the lead first; never two of one source
}

// Groups returns all records in groups, by their leads. They must not be
// changed.
func (b *Base) Groups() []Group { return slices.Clone(b.groups) }

// groupRecords joins records where one names another by an identifier that
// has one owner: an ATT&CK id, a uuid, or a name of the naming scheme of the
// source that keeps the other. An alias shared by two records joins nothing:
// over ATT&CK, MISP and Microsoft's mapping that fused at least two actors that
// one source itself keeps apart in 45 of 1,019 components, the largest of
// them 18 records.
//
// A record that is tied to two of one source, by its own word or theirs, is
// joined to none of them (MISP's Lazarus Group is tied to several groups of
// ATT&CK and names of Microsoft), and no group ever holds two records of one
// source. A link that says "distinct" takes a tie back.
func groupRecords(all []*Record) []Group {
	parent := make([]int, len(all))
	members := make([][]int, len(all))
	for i := range all {
		parent[i], members[i] = i, []int{i}
	}
	ties, apart := tie(all), distinct(all)
	for i := range all {
		for _, k := range ties[i] {
			if count(all, ties[i], all[k].Source) == 1 && count(all, ties[k], all[i].Source) == 1 {
				join(all, parent, members, apart, parent[i], parent[k])
			}
		}
	}
	var groups []Group
	for i := range all {
		if parent[i] != i {
			continue
		}
		slices.Sort(members[i])
		g := Group{Lead: all[members[i][0]]}
		for _, k := range members[i] {
			g.Records = append(g.Records, all[k])
		}
		groups = append(groups, g)
	}
	return groups
}

// tie returns, for each record, the records of other sources with which one of
// the two says it is the same, sorted. Who points to several of one source says
// nothing of any of them.
func tie(all []*Record) [][]int {
	owner := map[string][]int{}
	for i, r := range all {
		for _, id := range r.identifiers() {
			owner[id] = append(owner[id], i)
		}
	}
	points := make([][]int, len(all))
	for i, r := range all {
		for _, id := range r.pointsTo() {
			for _, k := range owner[id] {
				if all[k].Source != r.Source && !slices.Contains(points[i], k) {
					points[i] = append(points[i], k)
				}
			}
		}
	}
	ties := make([][]int, len(all))
	for i := range all {
		for _, k := range points[i] {
			if count(all, points[i], all[k].Source) > 1 || count(all, points[k], all[i].Source) > 1 || slices.Contains(ties[i], k) {
				continue
			}
			ties[i], ties[k] = append(ties[i], k), append(ties[k], i)
		}
	}
	for i := range ties {
		slices.Sort(ties[i])
	}
	return ties
}

// distinct returns the pairs of records of which a link says that they are not
// the same, the lower first.
func distinct(all []*Record) map[[2]int]bool {
	index := map[string]int{}
	for i, r := range all {
		index["id:"+r.Source+"\x00"+r.ID] = i
		if r.UUID != "" {
			index["uuid:"+strings.ToLower(r.UUID)] = i
		}
	}
	apart := map[[2]int]bool{}
	for i, r := range all {
		for _, l := range r.Links {
			if l.Relation != Distinct {
				continue
			}
			for _, to := range []string{"id:" + l.Source + "\x00" + l.ID, "uuid:" + strings.ToLower(l.UUID)} {
				if k, ok := index[to]; ok && k != i {
					apart[[2]int{min(i, k), max(i, k)}] = true
				}
			}
		}
	}
	return apart
}

// count returns how many of the records are of the source.
func count(all []*Record, records []int, source string) int {
	n := 0
	for _, i := range records {
		if all[i].Source == source {
			n++
		}
	}
	return n
}

// join makes one group of the groups a and b unless they hold records of one
// source, which keeps these actors apart, or somebody says that two of them are
// distinct.
func join(all []*Record, parent []int, members [][]int, apart map[[2]int]bool, a, b int) {
	if a == b {
		return
	}
	for _, i := range members[a] {
		for _, k := range members[b] {
			if all[i].Source == all[k].Source || apart[[2]int{min(i, k), max(i, k)}] {
				return
			}
		}
	}
	a, b = min(a, b), max(a, b)
	for _, i := range members[b] {
		parent[i] = a
	}
	members[a], members[b] = append(members[a], members[b]...), nil
}

// identifiers are what others may name the record by.
func (r *Record) identifiers() []string {
	var ids []string
	if r.UUID != "" {
		ids = append(ids, "uuid:"+strings.ToLower(r.UUID))
	}
	for _, id := range append([]string{r.ID}, r.Retired...) {
		if attackGroup.MatchString(id) {
			ids = append(ids, id)
		}
	}
	if len(r.Names) > 0 && r.Names[0].Producer != "" {
		ids = append(ids, schemeName(r.Names[0]))
	}
	return ids
}

// pointsTo returns the identifiers by which r says that it is the same actor
// as a record of another source.
func (r *Record) pointsTo() []string {
	var ids []string
	for _, l := range r.Links {
		if l.Relation == Same {
			ids = append(ids, "uuid:"+strings.ToLower(l.UUID))
		}
	}
	for _, n := range r.Names {
		switch {
		case n.Relation != Same:
		case attackGroup.MatchString(n.Name):
			ids = append(ids, n.Name)
		case n.Producer != "":
			ids = append(ids, schemeName(n))
		}
	}
	return ids
}

// attackGroup is the form of an ATT&CK group id.
var attackGroup = regexp.MustCompile(`^G\d{4}$`)

func schemeName(n Name) string { return "name:" + fold(n.Producer) + ":" + fold(n.Name) }
