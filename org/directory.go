package org

import (
	"cmp"
	"slices"
	"strings"

	"golang.org/x/net/idna"
)

// Directory is the organisations of one file and how records are seen to be
// theirs. It never changes and may be used by many goroutines.
type Directory struct {
	orgs    []Organisation // by id
	tenants map[string]ID
	domains map[string]ID // in ASCII and, where it differs, as people write it
	tokens  map[string]ID
	paths   map[string][]binding // by the pattern's first segment; "" where that is not literal
}

type binding struct {
	pattern string
	id      ID
}

func newDirectory(orgs []Organisation) *Directory {
	d := &Directory{
		orgs:    slices.Clone(orgs),
		tenants: map[string]ID{}, domains: map[string]ID{}, tokens: map[string]ID{}, paths: map[string][]binding{},
	}
	slices.SortFunc(d.orgs, func(a, b Organisation) int { return cmp.Compare(a.ID, b.ID) })
	for _, o := range d.orgs {
		for _, t := range o.Tenants {
			d.tenants[t] = o.ID
		}
		for _, domain := range o.Domains {
			d.domains[domain] = o.ID
			if unicode, err := idna.Lookup.ToUnicode(domain); err == nil {
				d.domains[unicode] = o.ID
			}
		}
		for _, s := range o.Sources {
			if s.Token != "" {
				d.tokens[s.Token] = o.ID
				continue
			}
			first, _, _ := strings.Cut(s.Path, "/")
			if strings.ContainsAny(first, `*?[`) {
				first = ""
			}
			d.paths[first] = append(d.paths[first], binding{s.Path, o.ID})
		}
	}
	return d
}

// All returns every organisation, by id.
func (d *Directory) All() []Organisation { return slices.Clone(d.orgs) }

// Lookup returns the organisation of that id.
func (d *Directory) Lookup(id ID) (Organisation, bool) {
	i, ok := slices.BinarySearchFunc(d.orgs, id, func(o Organisation, id ID) int { return cmp.Compare(o.ID, id) })
	if !ok {
		return Organisation{}, false
	}
	return d.orgs[i], true
}

// Resolve returns whose a record is: the organisation of its tenant id, else
// of its account's domain, else of the domain of the host that wrote it, else
// the one to which the sources bind the file. rel is the file's path relative
// to the scanned PATH, with slashes. A record of unknown owner is Unassigned
// and false.
//
// Of listed domains the longest that holds the name wins. tenant, account and
// host are lower case, as in a signin.Event. Nothing is kept of the arguments
// and nothing is allocated.
func (d *Directory) Resolve(tenant, account, host, rel string) (ID, bool) {
	if id, ok := d.tenants[tenant]; ok {
		return id, true
	}
	if id, ok := d.byDomain(AccountDomain(account)); ok {
		return id, true
	}
	if id, ok := d.byDomain(strings.TrimSuffix(host, ".")); ok {
		return id, true
	}
	return d.Bound(rel)
}

func (d *Directory) byDomain(name string) (ID, bool) {
	if len(name) > 4*maxName { // no DNS name; a name made of dots would cost a look-up for each
		return "", false
	}
	for name != "" {
		if id, ok := d.domains[name]; ok {
			return id, true
		}
		_, name, _ = strings.Cut(name, ".")
	}
	return "", false
}

// Bound returns the organisation to which the sources bind a file. A file
// that matches patterns of two organisations is Unassigned: nothing says
// which of them is meant.
func (d *Directory) Bound(rel string) (ID, bool) {
	if rel == "" {
		return Unassigned, false
	}
	first, _, _ := strings.Cut(rel, "/")
	owner := Unassigned
	for _, group := range [2][]binding{d.paths[first], d.paths[""]} {
		for _, b := range group {
			if b.id == owner || !matchPath(b.pattern, rel) {
				continue
			}
			if owner != Unassigned {
				return Unassigned, false
			}
			owner = b.id
		}
	}
	return owner, owner != Unassigned
}

// Pushed returns the organisation whose sources name this push token.
func (d *Directory) Pushed(token string) (ID, bool) {
	if id, ok := d.tokens[token]; ok {
		return id, true
	}
	return Unassigned, false
}
