package identity

import (
	"cmp"
	"slices"
)

// Protected is a domain whose look-alikes are looked for.
type Protected struct {
	Identity, Class, Domain string

	Weak bool // its label is short or an ordinary word: only the plainest tricks are looked for (docs/detection/mail-identity.md)
}

// Protected lists the domains whose look-alikes are looked for, sorted, each
// once.
func (t *Table) Protected() []Protected {
	var all []Protected
	for i := range t.targets {
		if x := &t.targets[i]; !x.name {
			e := t.entries[x.entry]
			all = append(all, Protected{e.ID, e.Class, x.domain, x.weak || len(x.folded) < minTypo})
		}
	}
	slices.SortStableFunc(all, func(a, b Protected) int {
		return cmp.Or(cmp.Compare(a.Domain, b.Domain), cmp.Compare(a.Identity, b.Identity))
	})
	return slices.CompactFunc(all, func(a, b Protected) bool { return a.Domain == b.Domain })
}
