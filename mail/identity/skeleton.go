package identity

import (
	_ "embed"
	"strconv"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// confusablesTxt is Unicode 17's data of UTS 39 §4, reduced; foldsTxt is ours.
var (
	//go:embed confusables.txt
	confusablesTxt string
	//go:embed folds.txt
	foldsTxt string
)

// Skeleton reduces s to what a reader sees at a glance (UTS 39 §4 and more):
// compatibility forms, look-alike letters of other scripts, marks on Latin
// letters, and what has no width are folded away, then case and the look-alikes
// within ASCII: 0 is o, 1 and I and l are one, rn is m, vv is w. What is
// neither letter nor digit becomes one space. It is for comparing with another
// skeleton only; it is not readable.
func Skeleton(s string) string {
	f := foldText(s, false)
	return string(f.skel)
}

// Plain undoes disguise as [Skeleton] does but keeps apart what ASCII keeps
// apart, but for case: "Mіcrosоft" in Cyrillic letters is "microsoft", "rn" stays.
func Plain(s string) string {
	var b []byte
	var last rune
	for _, r := range s {
		b, last = appendPlain(b, r, last)
	}
	return strings.TrimSpace(string(b))
}

// folded is a text with its skeleton and the way back.
type folded struct {
	text string
	skel []byte
	at   []int32 // for each byte of skel, where its character begins in text; one more for the end
}

// foldText makes the skeleton of s; with the way back to s if back is set.
func foldText(s string, back bool) folded {
	f := folded{text: s, skel: make([]byte, 0, len(s)+len(s)/8)}
	if back {
		f.at = make([]int32, 0, cap(f.skel)+1)
	}
	var plain []byte
	var last rune
	for i := 0; i < len(s); {
		c := s[i]
		if b := alwaysPlain[c]; b != 0 {
			f.skel = append(f.skel, b)
			if back {
				f.at = append(f.at, int32(i))
			}
			last = 'a'
			i++
			continue
		}
		if c < utf8.RuneSelf {
			f.add(asciiPlain[c], i, back)
			last = 'a'
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		plain, last = appendPlain(plain[:0], r, last)
		for _, b := range plain {
			f.add(b, i, back)
		}
		i += n
	}
	if n := len(f.skel); n > 0 && f.skel[n-1] == ' ' {
		f.skel = f.skel[:n-1]
	}
	if back {
		f.at = append(f.at[:len(f.skel)], int32(len(s)))
	}
	return f
}

// alwaysPlain is asciiPlain for what add takes as it is, whatever stands before.
var alwaysPlain = func() (t [256]byte) {
	for c, b := range asciiPlain {
		if !strings.ContainsRune(" 01i|nv\x00", rune(b)) {
			t[c] = b
		}
	}
	return t
}()

// add appends a byte of plain text, folding what looks alike within ASCII.
func (f *folded) add(b byte, at int, back bool) {
	n := len(f.skel)
	switch b {
	case 0:
		return
	case ' ':
		if n == 0 || f.skel[n-1] == ' ' {
			return
		}
	case '0':
		b = 'o'
	case '1', 'i', '|':
		b = 'l'
	case 'n':
		if n > 0 && f.skel[n-1] == 'r' {
			f.skel[n-1] = 'm'
			return
		}
	case 'v':
		if n > 0 && f.skel[n-1] == 'v' {
			f.skel[n-1] = 'w'
			return
		}
	}
	f.skel = append(f.skel, b)
	if back {
		f.at = append(f.at, int32(at))
	}
}

// asciiPlain folds case and makes a space of what parts words; an apostrophe
// parts none ("Lowe's", "Lowes"). & and + belong to names ("AT&T").
var asciiPlain = func() (t [128]byte) {
	for c := range t {
		switch {
		case 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '&' || c == '+' || c == '|':
			t[c] = byte(c)
		case 'A' <= c && c <= 'Z':
			t[c] = byte(c) + 'a' - 'A'
		case c == '\'':
			t[c] = 0
		default:
			t[c] = ' '
		}
	}
	return t
}()

// appendPlain appends what r is read as; last is the character before it, which
// decides whether a mark is disguise (on Latin letters) or spelling (Devanagari).
func appendPlain(b []byte, r, last rune) ([]byte, rune) {
	if r < utf8.RuneSelf {
		if c := asciiPlain[r]; c != 0 {
			b = append(b, c)
		}
		return b, 'a'
	}
	if r == '’' || r == 'ʼ' {
		return b, 'a' // an apostrophe, as in ASCII
	}
	if s, ok := confusable(r); ok {
		return append(b, s...), 'a'
	}
	switch {
	case ignorable(r):
		return b, last
	case unicode.In(r, unicode.Mn, unicode.Me):
		if last < utf8.RuneSelf {
			return b, last
		}
		return utf8.AppendRune(b, r), last
	case unicode.Is(unicode.Hangul, r) && 0xAC00 <= r && r <= 0xD7A3:
		return utf8.AppendRune(b, r), r
	}
	symbol := unicode.IsSymbol(r) || unicode.Is(unicode.No, r)
	var buf [utf8.UTFMax]byte
	d := norm.NFKD.Bytes(buf[:utf8.EncodeRune(buf[:], r)])
	if symbol {
		// Letters in circles and squares are letters; ™ and ¹ are not.
		if len(d) != 1 || r == '¹' || r == '²' || r == '³' {
			return append(b, ' '), 'a'
		}
	}
	for _, x := range string(d) {
		if x < utf8.RuneSelf {
			if c := asciiPlain[x]; c != 0 {
				b = append(b, c)
			}
			last = 'a'
			continue
		}
		if s, ok := confusable(x); ok {
			b, last = append(b, s...), 'a'
			continue
		}
		if ignorable(x) || unicode.In(x, unicode.Mn, unicode.Me) && last < utf8.RuneSelf {
			continue
		}
		if !unicode.In(x, unicode.L, unicode.M, unicode.Nd) {
			b, last = append(b, ' '), 'a'
			continue
		}
		b, last = utf8.AppendRune(b, unicode.ToLower(x)), x
	}
	return b, last
}

// ignorable says that r takes no room: zero-width and direction marks, soft
// hyphens, variation selectors, tags (Default_Ignorable_Code_Point, as far as
// it is met in mail).
func ignorable(r rune) bool {
	return unicode.In(r, unicode.Cf, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point)
}

// confusable looks r up among the look-alikes of Latin letters and digits.
func confusable(r rune) (string, bool) {
	s, ok := confusables()[r]
	return s, ok
}

// confusables maps characters to what they are read as, in lower case. The two
// files are parsed when first needed; their form is tested.
var confusables = sync.OnceValue(func() map[rune]string {
	m := make(map[rune]string, 3000)
	for _, file := range []string{confusablesTxt, foldsTxt} {
		for line := range strings.Lines(file) {
			line, _, _ = strings.Cut(line, "#")
			from, to, ok := strings.Cut(line, ";")
			if !ok {
				continue
			}
			var b []byte
			for h := range strings.FieldsSeq(to) {
				for _, x := range norm.NFD.String(string(hexRune(h))) {
					if x < utf8.RuneSelf && asciiPlain[x] > ' ' {
						b = append(b, asciiPlain[x])
					}
				}
			}
			m[hexRune(strings.TrimSpace(from))] = string(b)
		}
	}
	return m
})

func hexRune(s string) rune {
	n, err := strconv.ParseUint(s, 16, 32)
	if err != nil {
		return utf8.RuneError
	}
	return rune(n)
}
