package actor

import (
	"strings"
	"unicode"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// fold returns the form in which names are compared: letters, marks and digits
// only, in one case and width. Sources write one name as "APT 28", "APT-28"
// and "apt28", "TEMP.Tick" and "Temp Tick".
func fold(name string) string {
	kept := strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			return r
		}
		return -1
	}, norm.NFKC.String(name))
	return norm.NFKC.String(cases.Fold().String(kept))
}

// SameName reports whether two names are one but for case, spaces,
// punctuation and width.
func SameName(a, b string) bool { return fold(a) == fold(b) }
