// Package identity knows who is pretended to be: a table of protected names
// (health authorities, vaccine makers, recruiters, login brands, what mass
// phishing imitates, and the organisation's own) with the domains that are
// theirs, all of it data in names/*.yaml.
//
// [Table.LookAlike] finds domains made to look like theirs, [Table.Claims] what
// a mail says about who it is from; whether that is true is Claim.Genuine.
// [Freemail] and its neighbours know hosts that anybody can have.
//
// Start with [New]; [Table.With] adds the organisation's own names.
package identity

import (
	"cmp"
	"iter"
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Table is a set of protected identities. It is not changed after it was made
// and may be used by several goroutines.
type Table struct {
	entries []*entry
	owners  map[string][]int32            // domain to indexes of entries whose it is
	targets []target                      // protected domains and names, by length of their folded label
	byLen   [64][]int32                   // targets by length of the folded label
	equal   map[string][]int32            // folded label to targets
	slips   map[string]map[string][]int32 // by suffix: short or ordinary labels, as they are and with one character left out, to targets
	tokens  *trie                         // folded labels, to find them inside others; value: index of targets
	names   *trie                         // skeletons of names; value: index of spoken
	spoken  []spoken
	people  map[string][]personRef
}

// Own is a protected organisation: one of those that the reader belongs to.
type Own struct {
	ID      string
	Names   []string // and aliases
	Domains []string
	People  []Person // whose names are worth borrowing: executives, finance
}

// Person is somebody whose name is borrowed to give orders.
type Person struct {
	Name      string
	Addresses []string // besides those of the organisation's domains
}

type personRef struct{ entry, person int32 }

// New is the table that ships with pumphandle.
func New() *Table { return newTable(protected()) }

// With is the table with own organisations added. It costs some milliseconds;
// do it once for a run.
func (t *Table) With(own []Own) *Table {
	all := slices.Clone(t.entries)
	for _, o := range own {
		e := &entry{ID: "org:" + o.ID, Class: "own", people: o.People, Names: map[string][]string{}}
		for _, n := range o.Names {
			switch {
			case isAcronym(n):
				e.Acronyms = append(e.Acronyms, n)
			case len(Skeleton(n)) >= 3:
				e.Names["und"] = append(e.Names["und"], n)
			}
		}
		for _, d := range o.Domains {
			e.Domains = append(e.Domains, strings.ToLower(d))
		}
		all = append(all, e)
	}
	return newTable(all)
}

// isAcronym says that a name is short and in capitals, so that its letters mean
// other things elsewhere.
func isAcronym(s string) bool {
	return len(s) <= 5 && strings.ToUpper(s) == s && !strings.Contains(s, " ")
}

func newTable(entries []*entry) *Table {
	t := &Table{entries: entries, owners: map[string][]int32{}, equal: map[string][]int32{}, people: map[string][]personRef{}}
	for i, e := range entries {
		for _, d := range e.Domains {
			t.owners[d] = append(t.owners[d], int32(i))
		}
		for j, p := range e.people {
			if key := personKey(p.Name); key != "" {
				t.people[key] = append(t.people[key], personRef{int32(i), int32(j)})
			}
		}
	}
	for i, e := range entries {
		for _, d := range e.Also { // behind those whose own it is
			if !slices.Contains(t.owners[d], int32(i)) {
				t.owners[d] = append(t.owners[d], int32(i))
			}
		}
	}
	t.indexLabels()
	t.indexNames()
	return t
}

// Owner gives the identities whose domain a host is or lies below, and the
// domain of theirs that says so.
func (t *Table) Owner(host string) (ids []string, domain string) {
	own, d := t.owner(host)
	for _, i := range own {
		ids = append(ids, t.entries[i].ID)
	}
	return ids, d
}

func (t *Table) owner(host string) ([]int32, string) {
	for d := range upwards(host) {
		if o, ok := t.owners[d]; ok {
			return o, d
		}
	}
	return nil, ""
}

// belongs says that a host is a domain of entry i or lies below one. Unlike
// owner it goes on to shorter domains: sante.gouv.fr is one ministry's, gouv.fr
// the state's.
func (t *Table) belongs(host string, i int32) bool {
	for d := range upwards(host) {
		if slices.Contains(t.owners[d], i) {
			return true
		}
	}
	return false
}

// upwards yields a host and the domains that it lies below, the longest first.
func upwards(host string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for host != "" && yield(host) {
			_, host, _ = strings.Cut(host, ".")
		}
	}
}

// normal brings a host into the form in which hosts are compared: lower case, no final dot, xn-- labels where
// it has other letters. What is no host stays as it is, in lower case.
func normal(host string) string {
	host = strings.TrimSuffix(strings.ToLower(strings.TrimSpace(host)), ".")
	if a, err := idna.Punycode.ToASCII(host); err == nil {
		return a
	}
	return host
}

// Registrable is the domain that was registered for a host: one label below its
// public suffix; the host itself if it is a suffix or no name.
func Registrable(host string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		return d
	}
	return host
}

// personKey is the same for "Jane M. Doe", "Doe, Jane" and "JANE DOE":
// the skeleton's words in order, initials left out. Empty for less than two words.
func personKey(name string) string {
	words := strings.Fields(Skeleton(name))
	words = slices.DeleteFunc(words, func(w string) bool { return len(w) < 2 || honorific[w] })
	if len(words) < 2 {
		return ""
	}
	slices.SortFunc(words, cmp.Compare[string])
	return strings.Join(words, " ")
}

// honorific holds the skeletons of titles that come and go with a name.
var honorific = map[string]bool{"dr": true, "prof": true, "mr": true, "mrs": true, "ms": true, "phd": true, "md": true,
	"mme": true, "herr": true, "frau": true, "dra": true, "ceo": true, "cfo": true}
