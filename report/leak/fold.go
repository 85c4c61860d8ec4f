package leak

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// fold writes text so that its letters are compared by what they look like:
// compatibility decomposition (NFKD, Unicode Standard Annex 15), without marks
// and format characters (soft hyphens, zero-width spaces), look-alikes of other
// scripts as the Latin letters they imitate. ASCII stays as it is, in its case;
// what is neither letter nor digit and not ASCII becomes a space. at gives the
// position in text of each folded byte, and is nil where they are the same.
func fold(text []byte) (folded []byte, at []int32) {
	if isASCII(text) {
		return text, nil
	}
	folded = make([]byte, 0, len(text))
	at = make([]int32, 0, len(text))
	var parts []byte
	for i := 0; i < len(text); {
		if c := text[i]; c < utf8.RuneSelf {
			folded, at = append(folded, c), append(at, int32(i))
			i++
			continue
		}
		_, size := utf8.DecodeRune(text[i:])
		parts = norm.NFKD.Append(parts[:0], text[i:i+size]...)
		for p := parts; len(p) > 0; {
			r, n := utf8.DecodeRune(p)
			p = p[n:]
			before := len(folded)
			folded = appendFolded(folded, r)
			for range len(folded) - before {
				at = append(at, int32(i))
			}
		}
		i += size
	}
	return folded, at
}

func appendFolded(b []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(b, byte(r))
	}
	if s, ok := lookalike(r); ok {
		return append(b, s...)
	}
	switch {
	case unicode.In(r, unicode.M, unicode.Cf) || r == 'ᅟ' || r == 'ᅠ': // Hangul fillers are letters that show nothing
		return b
	case unicode.IsDigit(r):
		return append(b, '0'+byte(digitValue(r)))
	case unicode.IsLetter(r) || unicode.IsNumber(r):
		return utf8.AppendRune(b, unicode.ToLower(r))
	case r == '。' || r == '․' || r == '·': // read as the dot of a host name (UTS 46; U+00B7 by eye)
		return append(b, '.')
	case unicode.Is(unicode.Pd, r):
		return append(b, '-')
	}
	return append(b, ' ')
}

// digitValue returns the value of a decimal digit: Unicode assigns each set of
// them as ten in a row, ascending (The Unicode Standard, 4.6).
func digitValue(r rune) int {
	n := 0
	for n < 9 && unicode.IsDigit(r-1-rune(n)) {
		n++
	}
	return n
}

// The look-alikes of Latin letters in Cyrillic and Greek and the Latin letters
// that do not decompose: a small part of Unicode's confusables (UTS 39).

func lookalike(r rune) (string, bool) {
	switch r {
	case 'а', 'α', 'ɑ':
		return "a", true
	case 'А', 'Α':
		return "A", true
	case 'В', 'Β':
		return "B", true
	case 'ь', 'Ь', 'β', 'в':
		return "b", true
	case 'с', 'ϲ', 'ᴄ':
		return "c", true
	case 'С', 'Ϲ':
		return "C", true
	case 'ԁ', 'đ', 'ð', 'ɗ':
		return "d", true
	case 'Đ', 'Ð':
		return "D", true
	case 'е', 'ε', 'є', 'ɛ', 'э':
		return "e", true
	case 'Е', 'Ε', 'Є':
		return "E", true
	case 'ƒ':
		return "f", true
	case 'ɡ', 'ց':
		return "g", true
	case 'һ', 'ħ', 'н':
		return "h", true
	case 'Н', 'Η', 'Ħ':
		return "H", true
	case 'і', 'ι', 'ı', 'ɩ', 'ӏ':
		return "i", true
	case 'І', 'Ι', 'Ӏ':
		return "I", true
	case 'ј':
		return "j", true
	case 'Ј':
		return "J", true
	case 'к', 'κ':
		return "k", true
	case 'К', 'Κ':
		return "K", true
	case 'ł', 'ƚ':
		return "l", true
	case 'Ł':
		return "L", true
	case 'м':
		return "m", true
	case 'М', 'Μ':
		return "M", true
	case 'п', 'η', 'ո':
		return "n", true
	case 'Ν':
		return "N", true
	case 'о', 'ο', 'ø', 'σ', 'օ':
		return "o", true
	case 'О', 'Ο', 'Ø':
		return "O", true
	case 'р', 'ρ':
		return "p", true
	case 'Р', 'Ρ':
		return "P", true
	case 'ԛ':
		return "q", true
	case 'г', 'ᴦ':
		return "r", true
	case 'ѕ', 'ʂ':
		return "s", true
	case 'Ѕ':
		return "S", true
	case 'т', 'τ':
		return "t", true
	case 'Т', 'Τ':
		return "T", true
	case 'υ', 'ս':
		return "u", true
	case 'ν', 'ѵ':
		return "v", true
	case 'ω', 'ԝ', 'ш':
		return "w", true
	case 'х', 'χ':
		return "x", true
	case 'Х', 'Χ':
		return "X", true
	case 'у', 'γ':
		return "y", true
	case 'У', 'Υ':
		return "Y", true
	case 'Ζ':
		return "Z", true
	case 'ʐ':
		return "z", true
	case 'ß', 'ẞ':
		return "ss", true
	case 'æ', 'Æ':
		return "ae", true
	case 'œ', 'Œ':
		return "oe", true
	case 'þ', 'Þ':
		return "th", true
	}
	return "", false
}

// letters is folded text reduced to its letters and digits in lower case.
type letters struct {
	key    []byte
	begins []bool  // whether a token begins at that byte of key; one longer than key, true at its end
	at     []int32 // position in the folded text
}

// lower maps a byte of folded text to its canonical form, 0 for a separator.
// Bytes of letters beyond ASCII stay.
var lower = func() (t [256]byte) {
	for c := range t {
		switch {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c >= utf8.RuneSelf:
			t[c] = byte(c)
		case c >= 'A' && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		}
	}
	return t
}()

func reduce(folded []byte) letters {
	l := letters{
		key:    make([]byte, 0, len(folded)),
		begins: make([]bool, 0, len(folded)+1),
		at:     make([]int32, 0, len(folded)),
	}
	fresh := true
	for i, c := range folded {
		k := lower[c]
		if k == 0 {
			fresh = true
			continue
		}
		l.key = append(l.key, k)
		l.begins = append(l.begins, fresh)
		l.at = append(l.at, int32(i))
		fresh = false
	}
	l.begins = append(l.begins, true)
	return l
}

// tokens returns the canonical tokens of a text.
func tokens(text string) []string {
	folded, _ := fold([]byte(text))
	l := reduce(folded)
	var out []string
	start := 0
	for i := 1; i < len(l.begins); i++ {
		if l.begins[i] {
			out = append(out, string(l.key[start:i]))
			start = i
		}
	}
	return out
}

// canonical returns the letters and digits of a text in canonical form.
func canonical(text string) string { return strings.Join(tokens(text), "") }

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
