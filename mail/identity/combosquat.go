package identity

import "strings"

// combined: a protected label with more around it: words that phishing adds to
// names, or the genuine suffix.
func (t *Table) combined(shown, folded, suffix string) (Hit, bool) {
	parts := strings.Split(shown, "-")
	best, weak := int32(-1), false
	how, detail := Combosquat, ""
	try := func(before, token, after string) {
		for _, i := range t.equal[token] {
			x := &t.targets[i]
			longer := best < 0 || len(t.targets[best].folded) < len(token)
			if !longer && !weak {
				continue
			}
			if before == "" && !x.name && len(token) > 2 && after == foldLabel(x.suffix) {
				best, weak, how, detail = i, false, Glued, shown
				continue
			}
			switch adds := t.adds(x, before, after, shown, parts, suffix); {
			case adds == firmly:
				best, weak, how, detail = i, false, Combosquat, shown
			case adds == weakly && longer:
				best, weak, how, detail = i, true, Combosquat, shown
			}
		}
	}
	for at := range len(folded) {
		each(t.tokens, folded[at:], func(n int, v int32) bool {
			if n < len(folded) {
				try(folded[:at], folded[at:at+n], folded[at+n:])
			}
			return true
		})
	}
	if strings.Contains(shown, "r-n") || strings.Contains(shown, "v-v") {
		// hr-novartis: folded without its hyphen, r and n would be one letter.
		for i := range parts {
			for j := i + 1; j <= min(len(parts), i+4); j++ {
				if j-i < len(parts) {
					try(foldLabel(strings.Join(parts[:i], "")), foldLabel(strings.Join(parts[i:j], "")), foldLabel(strings.Join(parts[j:], "")))
				}
			}
		}
	}
	for i := 1; i < len(shown); i++ {
		if joint := shown[i-1 : i+1]; joint == "rn" || joint == "vv" {
			try(foldLabel(shown[:i]), foldLabel(shown[i:]), "") // hrnovartis
		}
	}
	if best < 0 {
		return Hit{}, false
	}
	h := t.hit(best, how, 0, detail)
	h.Weak = weak
	return h, true
}

// sureness is how much what stands around a label says that it is a copy.
type sureness uint8

const (
	not sureness = iota
	weakly
	firmly
)

// adds says whether what stands around a protected label is of the kind that
// phishing adds.
func (t *Table) adds(x *target, before, after, shown string, parts []string, suffix string) sureness {
	word := false // the label stands by itself between hyphens
	for i := range parts {
		for j := i + 1; j <= min(len(parts), i+4); j++ {
			if foldLabel(strings.Join(parts[i:j], "")) == x.folded {
				word = true
			}
		}
	}
	n, around := len(x.folded), len(before)+len(after)
	rest := segmented(before) && segmented(after)
	ordinary := dictionary()[x.folded]
	switch {
	case (n < 5 || n < 6 && !word) && !strings.Contains(shown, x.label):
		return not // within words, short labels count as they are written only: dhi is not dhl, nor shoppingmall gmail
	case rest && x.state != "" && sameSuffix(suffix, x):
		return firmly // whatever is put beside the name of an authority, below its own suffix
	case before == "www" && after == "" && n > 2 && !x.alone:
		return firmly // a dot forgotten: wwwgavi.org
	case x.alone:
		// web-support and post-view are anybody's; live-login.com may be.
		if word && rest && hooked(before, after) && sameSuffix(suffix, x) && t.entries[x.entry].Class != "own" {
			return weakly
		}
		return not
	case n < 3:
		if word && rest && hooked(before, after) && (x.core || sameSuffix(suffix, x)) {
			return weakly
		}
		return not
	case ordinary && rest && hooked(before, after):
		if word || n > 3 && around >= 5 {
			return firmly // apple-support, not apple-tree, nor stripe-club
		}
	case ordinary:
		return not
	case word && rest:
		return firmly // even who-covid19
	case word && !x.weak && n >= 7:
		return firmly // a name that is nothing else, and anything: lockheedmartin-kr
	case !rest:
		return not
	case !x.weak && n >= minToken:
		return firmly
	case around >= 5 && hooked(before, after):
		return firmly
	}
	if rest && (sameSuffix(suffix, x) || x.core) && hooked(before, after) {
		return weakly // cdcjobs, boxlogin
	}
	return not
}

// hooked says that what stands around an ordinary word has one of the words
// with which phishing speaks: login, verify, careers.
func hooked(before, after string) bool {
	for _, s := range [2]string{before, after} {
		for i := range len(s) {
			found := false
			each(hooks(), s[i:], func(int, int32) bool { found = true; return false })
			if found {
				return true
			}
		}
	}
	return false
}

// segmented says that a folded text is made of affixes and digits only.
func segmented(s string) bool {
	if s == "" {
		return true
	}
	if len(s) > 40 {
		return false
	}
	var reach [42]bool
	reach[0] = true
	for i := range len(s) {
		if !reach[i] {
			continue
		}
		if c := s[i]; '0' <= c && c <= '9' {
			reach[i+1] = true
		}
		each(affixes(), s[i:], func(n int, _ int32) bool {
			reach[i+n] = true
			return true
		})
	}
	return reach[len(s)]
}
