package phish

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/variant"
	"github.com/pumphandle/pumphandle/mail/identity"
)

// LookAlikes is how many generated look-alikes of protected domains are found,
// and how many ordinary domains are taken for one.
type LookAlikes struct {
	Domains  int     `json:"domains"` // protected ones that variants were made of
	All      Share   `json:"all"`
	Distinct Share   `json:"distinct"` // of labels of six letters and more that are no ordinary words
	Health   Share   `json:"health"`   // of health authorities, health bodies and ministries
	Kinds    []Named `json:"kinds"`    // of all, by trick
	HealthBy []Named `json:"health_by_identity"`
	Ordinary *Share  `json:"ordinary,omitempty"` // of a list of ordinary domains; nil: none was given
}

// healthClasses are those of whom the lures of Cerium's kind speak.
var healthClasses = []string{"health_authority", "health_body", "ministry"}

// measureLookAlikes makes variants of every protected domain that is itself
// what is registered: those of ema.europa.eu would be of europa.eu. A variant
// that is somebody's own is none. Of the domains one in every is taken.
func measureLookAlikes(names *identity.Table, every int) *LookAlikes {
	n := 0
	protected := slices.DeleteFunc(names.Protected(), func(p identity.Protected) bool {
		n++
		return n%every != 0 || identity.Registrable(p.Domain) != p.Domain
	})
	found := make([]map[string]count, len(protected))
	parallel(len(protected), func(i int) {
		found[i] = map[string]count{}
		for kind, all := range variant.Of(protected[i].Domain) {
			c := found[i][kind]
			for _, v := range all {
				if own, _ := names.Owner(v); own != nil {
					continue
				}
				c.n++
				if _, ok := names.LookAlike(v); ok {
					c.k++
				}
			}
			found[i][kind] = c
		}
	})
	out := &LookAlikes{Domains: len(protected)}
	var all, distinct, health count
	kinds, identities := map[string]count{}, map[string]count{}
	for i, p := range protected {
		sum := count{}
		for kind, c := range found[i] {
			sum = sum.plus(c)
			kinds[kind] = kinds[kind].plus(c)
		}
		all = all.plus(sum)
		if !p.Weak {
			distinct = distinct.plus(sum)
		}
		if slices.Contains(healthClasses, p.Class) {
			health = health.plus(sum)
			identities[p.Identity] = identities[p.Identity].plus(sum)
		}
	}
	out.All, out.Distinct, out.Health = all.share(), distinct.share(), health.share()
	out.Kinds, out.HealthBy = named(kinds), named(identities)
	return out
}

// count is k of n.
type count struct{ k, n int }

func (c count) plus(d count) count { return count{c.k + d.k, c.n + d.n} }
func (c count) share() Share       { return NewShare(c.k, c.n) }

// named puts the lowest shares first.
func named(m map[string]count) []Named {
	var out []Named
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name].n > 0 {
			out = append(out, Named{name, m[name].share()})
		}
	}
	slices.SortStableFunc(out, func(a, b Named) int { return cmp.Compare(a.Value(), b.Value()) })
	return out
}

// ordinary counts how many domains of a list are taken for look-alikes. A line
// is a domain or "rank,domain".
func ordinary(names *identity.Table, list io.Reader) (Share, error) {
	var c count
	lines := bufio.NewScanner(list)
	for lines.Scan() {
		domain := strings.TrimSpace(lines.Text())
		if i := strings.LastIndexByte(domain, ','); i >= 0 {
			domain = domain[i+1:]
		}
		if !strings.Contains(domain, ".") {
			continue
		}
		c.n++
		if _, ok := names.LookAlike(domain); ok {
			c.k++
		}
	}
	if err := lines.Err(); err != nil {
		return Share{}, fmt.Errorf("reading the list of domains: %w", err)
	}
	return c.share(), nil
}
