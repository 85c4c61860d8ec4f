package identity

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/variant"
)

// Kinds that are given up for labels that are short or ordinary words, see
// docs/detection/mail-identity.md.
func TestVariantsAreFound(t *testing.T) {
	tab := New()
	type count struct{ n, found int }
	var strong, weak = map[string]*count{}, map[string]*count{}
	var missed []string
	seen := map[string]bool{}
	for _, x := range tab.targets {
		if x.name || seen[x.domain] || strings.HasSuffix(x.domain, ".europa.eu") {
			continue
		}
		seen[x.domain] = true
		into, distinctLabel := strong, true
		if x.weak || len(x.folded) < minTypo {
			into, distinctLabel = weak, false
		}
		for kind, all := range variant.Of(x.domain) {
			c := into[kind]
			if c == nil {
				c = &count{}
				into[kind] = c
			}
			for _, v := range all {
				if own, _ := tab.owner(v); own != nil || others()[Registrable(v)] {
					continue // somebody's own, also by chance
				}
				c.n++
				if _, ok := tab.LookAlike(v); ok {
					c.found++
				} else if distinctLabel {
					missed = append(missed, kind+" "+v)
				}
			}
		}
	}
	all := count{}
	for _, part := range []struct {
		name string
		m    map[string]*count
	}{{"distinct labels of 6 or more", strong}, {"short labels and ordinary words", weak}} {
		var kinds []string
		sum := count{}
		for k := range part.m {
			kinds = append(kinds, k)
		}
		slices.Sort(kinds)
		for _, k := range kinds {
			c := part.m[k]
			sum.n, sum.found = sum.n+c.n, sum.found+c.found
			t.Logf("%-32s %-18s %6d %.4f", part.name, k, c.n, float64(c.found)/float64(c.n))
		}
		t.Logf("%-32s %-18s %6d %.4f", part.name, "all", sum.n, float64(sum.found)/float64(sum.n))
		if part.name[0] == 'd' {
			all = sum
		}
	}
	if r := float64(all.found) / float64(all.n); r < 0.99 {
		t.Errorf("recall %.4f of %d variants of distinct labels", r, all.n)
	}
	if f := os.Getenv("MISSED"); f != "" {
		os.WriteFile(f, []byte(strings.Join(missed, "\n")), 0o644)
	}
	fmt.Fprintf(os.Stderr, "%d targets\n", len(seen))
}
