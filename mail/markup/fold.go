package markup

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// folder collects text: white space folded to one space, blocks on lines of
// their own, characters without width dropped. The zero value with a limit is
// ready.
type folder struct {
	buf   []byte
	limit int  // of buf
	gap   byte // what separates the next character from the last: 0, ' ' or '\n'
	total int  // bytes that would be in buf if there were no limit
	words int
	zero  int  // dropped
	open  bool // the last character belongs to a word
}

// line ends a block.
func (f *folder) line() { f.gap, f.open = '\n', false }

func (f *folder) space() {
	if f.gap == 0 {
		f.gap = ' '
	}
	f.open = false
}

// text adds running text, in which line breaks are spaces.
func (f *folder) text(b []byte) {
	for i := 0; i < len(b); {
		c := b[i]
		if c <= ' ' || c == 0x7f {
			f.space()
			i++
			continue
		}
		if c < utf8.RuneSelf {
			j := i + 1
			for j < len(b) && b[j] > ' ' && b[j] < 0x7f {
				j++
			}
			f.put(b[i:j])
			i = j
			continue
		}
		r, n := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && n == 1:
			f.put([]byte("\uFFFD"))
		case invisible(r):
			f.zero++
		case unicode.IsSpace(r) || r == 0x2800 || r == 0x3164 || r == 0x115F || r == 0x1160: // blank Braille and Hangul fillers
			f.space()
		default:
			f.put(b[i : i+n])
		}
		i += n
	}
}

// plain adds text whose line breaks count.
func (f *folder) plain(s string) {
	for l := range strings.SplitSeq(s, "\n") {
		f.text([]byte(l))
		f.line()
		if f.total > 16*f.limit {
			return
		}
	}
}

func (f *folder) put(b []byte) {
	if f.gap != 0 {
		if f.total > 0 {
			f.total++
			if len(f.buf) < f.limit {
				f.buf = append(f.buf, f.gap)
			}
		}
		f.gap = 0
	}
	if !f.open {
		f.words++
		f.open = true
	}
	f.total += len(b)
	if len(f.buf)+len(b) > f.limit {
		b = b[:max(0, f.limit-len(f.buf))]
		for len(b) > 0 { // not in the middle of a character
			if r, n := utf8.DecodeLastRune(b); r != utf8.RuneError || n != 1 {
				break
			}
			b = b[:len(b)-1]
		}
		f.buf = append(f.buf, b...)
		f.limit = len(f.buf)
		return
	}
	f.buf = append(f.buf, b...)
}

func (f *folder) string() string { return string(f.buf) }

// invisible are characters that take no room: a word with some of them inside
// reads like the word. Joiners of Indic scripts are among them: the text is for
// comparison, not for display.
func invisible(r rune) bool {
	switch {
	case r < 0xAD:
		return r >= 0x80 && r < 0xA0 // C1 controls
	case r == 0xAD, r == 0x34F, r == 0x61C, r == 0x180E, r == 0xFEFF:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E, r >= 0x2060 && r <= 0x206F:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0000 && r <= 0xE0FFF, r >= 0xFFF0 && r <= 0xFFFB:
		return true
	}
	return false
}

func notWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r)
}

// cut shortens s to n bytes at most, between characters.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}
