package identity

import (
	"slices"
	"strings"

	"golang.org/x/net/publicsuffix"
)

func (t *Table) indexLabels() {
	t.tokens, t.slips = newTrie(), map[string]map[string][]int32{}
	seen := map[string]bool{}
	add := func(x target) {
		if x.folded == "" || len(x.folded) > 60 || seen[x.folded+" "+x.domain] {
			return
		}
		seen[x.folded+" "+x.domain] = true
		x.bare = strings.ReplaceAll(x.label, "-", "")
		x.set = letters(x.folded)
		i := int32(len(t.targets))
		t.targets = append(t.targets, x)
		t.equal[x.folded] = append(t.equal[x.folded], i)
		t.byLen[len(x.folded)] = append(t.byLen[len(x.folded)], i)
		t.tokens.add(x.folded, i)
		if !x.name && (x.weak || len(x.folded) < minTypo || x.state != "") {
			t.indexSlips(x.label, x.under, i)
		}
	}
	for i, e := range t.entries {
		if len(e.Domains) == 0 {
			continue
		}
		ordinary := map[string]bool{}
		for _, w := range slices.Concat(e.Words, e.Acronyms) {
			ordinary[foldLabel(strings.ReplaceAll(Plain(w), " ", ""))] = true
		}
		for _, d := range e.Domains {
			suffix, _ := publicsuffix.PublicSuffix(d)
			label, _, _ := strings.Cut(Registrable(d), ".")
			if strings.HasSuffix(Registrable(d), ".europa.eu") || d == suffix {
				continue
			}
			if Registrable(d) == "europa.eu" {
				label, _, _ = strings.Cut(d, ".")
				suffix = "europa.eu"
			}
			f := foldLabel(label)
			alone := bare()[f] || e.Class == "own" && segmented(f)
			state := ""
			if hosts().authorities[suffix] {
				state = suffix
			}
			add(target{label: label, folded: f, domain: d, suffix: strings.ReplaceAll(suffix, ".", ""), under: suffix, state: state, entry: int32(i), core: coreClasses[e.Class],
				weak: len(f) < 5 || ordinary[f] || dictionary()[f] || alone, alone: alone})
		}
		for lang, names := range e.Names {
			if lang == "ko" || lang == "hi" {
				continue
			}
			for _, n := range names {
				label := strings.ReplaceAll(Plain(n), " ", "")
				label = strings.Map(func(r rune) rune {
					if r == '&' || r == '+' {
						return -1
					}
					return r
				}, label)
				f := foldLabel(label)
				if len(f) >= 8 && len(f) <= 40 && !dictionary()[f] && e.Class != "own_function" {
					add(target{label: label, folded: f, domain: e.Domains[0], entry: int32(i), name: true})
				}
			}
		}
	}
}

// foldLabel is the skeleton of one label of a host, without hyphens: what is
// read as the same word is the same. Digits in the place of letters too.
func foldLabel(label string) string {
	b := make([]byte, 0, len(label))
	var buf [16]byte
	var last rune
	for _, r := range label {
		for _, c := range plainRune(&buf, r, &last) {
			switch c {
			case ' ', '&', '+':
				continue
			case '0':
				c = 'o'
			case '1', 'i', '|':
				c = 'l'
			case '3':
				c = 'e'
			case '4':
				c = 'a'
			case '5':
				c = 's'
			}
			n := len(b)
			switch {
			case c == 'n' && n > 0 && b[n-1] == 'r':
				b[n-1] = 'm'
			case c == 'v' && n > 0 && b[n-1] == 'v':
				b[n-1] = 'w'
			default:
				b = append(b, c)
			}
		}
	}
	return string(b)
}

func plainRune(buf *[16]byte, r rune, last *rune) []byte {
	if 'a' <= r && r <= 'z' || '0' <= r && r <= '9' {
		*last = 'a'
		return append(buf[:0], byte(r))
	}
	b, l := appendPlain(buf[:0], r, *last)
	*last = l
	return b
}
