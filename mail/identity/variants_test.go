package identity

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/variant"
)

// groups are the domains whose recall is given by itself.
var groups = []struct {
	name    string
	classes string
}{
	{"all", strings.Join(classes, " ")},
	{"health authorities, bodies, ministries", "health_authority health_body ministry"},
	{"pharma, recruiters, logins", "pharma recruiter login_brand"},
	{"employers, consumer brands", "employer consumer_brand"},
}

// The recall of made-up look-alikes, by kind and length of the label; -v prints it.
// docs/detection/mail-identity.md says what is given up.
func TestVariantsAreFound(t *testing.T) {
	tab := New()
	type key struct {
		kind   string
		length int // of the label; -1 an ordinary word, 0 all
	}
	type count struct{ n, found int }
	counts := make([]map[key]*count, len(groups))
	for i := range counts {
		counts[i] = map[key]*count{}
	}
	var missed []string
	seen := map[string]bool{}
	for _, x := range tab.targets {
		if x.name || seen[x.domain] {
			continue
		}
		seen[x.domain] = true
		length := min(len(x.label), minTypo)
		if x.weak && length >= minTypo {
			length = -1
		}
		class := tab.entries[x.entry].Class
		for kind, all := range variant.Of(x.domain) {
			for _, v := range all {
				if own, d := tab.owner(v); own != nil && !hosts().authorities[d] || below(others(), v) {
					continue // somebody's own, also by chance
				}
				_, ok := tab.LookAlike(v)
				if !ok {
					missed = append(missed, fmt.Sprint(class, " ", kind, " ", length, " ", v))
				}
				for i, g := range groups {
					if !slices.Contains(strings.Fields(g.classes), class) {
						continue
					}
					for _, k := range []key{{kind, length}, {kind, 0}, {"", length}, {"", 0}} {
						c := counts[i][k]
						if c == nil {
							c = &count{}
							counts[i][k] = c
						}
						c.n++
						if ok {
							c.found++
						}
					}
				}
			}
		}
	}
	for i, g := range groups {
		kinds := map[string]bool{}
		for k := range counts[i] {
			kinds[k.kind] = true
		}
		t.Logf("%s; letters 2, 3, 4, 5, 6 and more, ordinary words, all", g.name)
		for _, kind := range slices.Sorted(maps.Keys(kinds)) {
			line := fmt.Sprintf("%-18s", kind)
			for _, n := range []int{2, 3, 4, 5, 6, -1, 0} {
				if c := counts[i][key{kind, n}]; c != nil {
					line += fmt.Sprintf(" %6d %.4f", c.n, float64(c.found)/float64(c.n))
				} else {
					line += "      0      -"
				}
			}
			t.Log(line)
		}
	}
	if c := counts[0][key{"", minTypo}]; float64(c.found) < 0.99*float64(c.n) {
		t.Errorf("%d of %d variants of distinct labels are found", c.found, c.n)
	}
	if f := os.Getenv("MISSED"); f != "" {
		os.WriteFile(f, []byte(strings.Join(missed, "\n")), 0o644)
	}
}
