package lure

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"
)

// languageBytes is how much of a text is looked at to find its language.
const languageBytes = 4 << 10

// Language is the language of a folded text, by script and by a vote of stop
// words, as an ISO 639-1 code of those that there is a vocabulary for, and how
// sure that is, 0 to 1. "" and 0: too little text, or another language.
func (v *Vocabulary) Language(text string) (iso string, sure float64) {
	if len(text) > languageBytes {
		text = text[:languageBytes]
		for len(text) > 0 && !utf8.RuneStart(text[len(text)-1]) {
			text = text[:len(text)-1]
		}
	}
	var latin, hangul, devanagari, kana, others int
	for _, r := range text {
		switch {
		case r < utf8.RuneSelf:
			if wordASCII[byte(r)] && r > '9' {
				latin++
			}
		case r >= 0xC0 && r < 0x250:
			latin++
		case r >= 0xAC00 && r <= 0xD7A3, r >= 0x1100 && r < 0x1200:
			hangul++
		case r >= 0x900 && r < 0x980:
			devanagari++
		case r >= 0x3040 && r <= 0x30FF:
			kana++
		case unicode.IsLetter(r):
			others++
		}
	}
	total := float64(latin + hangul + devanagari + kana + others)
	// A syllable sign says more than a Latin letter: mails in these scripts are
	// full of Latin names and URLs.
	script := func(n int, iso string) (string, float64, bool) {
		ok := n >= 8 && 4*n >= latin && n >= others/2
		return iso, min(1, 4*float64(n)/total), ok
	}
	for _, s := range [...]struct {
		n   int
		iso string
	}{{hangul, "ko"}, {devanagari, "hi"}, {kana, "ja"}} {
		if iso, sure, ok := script(s.n, s.iso); ok && v.languages[iso] != nil {
			return iso, sure
		}
	}
	if others > latin {
		return "", 0
	}
	var best, second, words int
	var votes [32]int
	for w := range strings.FieldsFuncSeq(text, func(r rune) bool {
		return r < utf8.RuneSelf && !wordASCII[byte(r)] || r >= utf8.RuneSelf && separates(r)
	}) {
		words++
		if len(w) > 12 {
			continue
		}
		for in := v.stopwords[w]; in != 0; in &= in - 1 {
			votes[bits.TrailingZeros32(in)]++
		}
	}
	for i, name := range v.order {
		if n := votes[i]; n > best {
			best, second, iso = n, best, name
		} else if n > second {
			second = n
		}
	}
	if best < 2 || best == second || 12*best < words {
		return "", 0
	}
	return iso, float64(best-second) / float64(best) * min(1, float64(best)/8)
}
