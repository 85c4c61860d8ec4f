package actor

import (
	"slices"
	"strings"
	"unicode"
)

// LookAlikes returns the records that bear a name which looks like this one
// and is another: with a Cyrillic or Greek letter, or a digit, for a Latin
// letter. Find does not return them; whoever reads a name off a screen cannot
// tell them apart.
func (b *Base) LookAlikes(name string) []*Record {
	folded, look := fold(name), skeleton(name)
	if look == "" {
		return nil
	}
	var out []*Record
	for _, r := range b.byLook[look] {
		same := slices.ContainsFunc(r.labels(), func(l string) bool { return fold(l) == folded })
		if !same {
			out = append(out, r)
		}
	}
	return out
}

// skeleton is what a name looks like (after UTS #39 §4, with the letters that
// names of actors are written in).
func skeleton(name string) string {
	return strings.Map(func(r rune) rune {
		if to, ok := looksLike[r]; ok {
			return to
		}
		return r
	}, fold(name))
}

var looksLike = func() map[rune]rune {
	m := map[rune]rune{}
	for _, pair := range [][2]string{
		{"ааɑα", "a"}, {"вβ", "b"}, {"сϲ", "c"}, {"ԁ", "d"}, {"еєε", "e"}, {"ԍ", "g"}, {"нһη", "h"}, {"іιı1l|", "i"}, {"јϳ", "j"},
		{"кκ", "k"}, {"мμ", "m"}, {"пո", "n"}, {"оοσ0", "o"}, {"рρ", "p"}, {"ԛ", "q"}, {"г", "r"}, {"ѕ5", "s"}, {"тτ", "t"},
		{"υս", "u"}, {"νѵ", "v"}, {"ԝω", "w"}, {"хχ", "x"}, {"уγ", "y"},
	} {
		to := []rune(pair[1])[0]
		for _, r := range pair[0] {
			m[r] = to
		}
	}
	return m
}()

// mixed reports whether a name has letters of Latin and of a script that can
// be taken for it.
func mixed(name string) bool {
	latin, other := false, false
	for _, r := range name {
		latin = latin || unicode.Is(unicode.Latin, r)
		other = other || unicode.In(r, unicode.Cyrillic, unicode.Greek, unicode.Armenian)
	}
	return latin && other
}
