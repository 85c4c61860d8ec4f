package mail

import (
	"strings"
	"unicode/utf8"
)

// decodeWords decodes the encoded words (RFC 2047) of an unfolded value and
// makes it valid UTF-8. It reads what mail programs read beyond the RFC: words
// inside quoted strings and next to other text, of any length, without
// padding, with blanks inside, and characters that are cut between two words.
// Bytes that are not declared are of the charset fallback.
func (c *charsets) decodeWords(s, fallback string) string {
	at := strings.Index(s, "=?")
	if at < 0 {
		return c.plain(s, fallback)
	}
	var out strings.Builder
	out.Grow(len(s))
	var pending []byte // bytes of adjacent words of one charset
	var label string
	flush := func() {
		if len(pending) > 0 {
			text, _ := c.text(pending, label)
			out.WriteString(text)
			pending = pending[:0]
		}
	}
	for at >= 0 {
		w, size := encodedWord(s[at:])
		if size < 0 {
			break // no word ends any more
		}
		if size == 0 {
			flush()
			out.WriteString(c.plain(s[:at+2], fallback))
			s = s[at+2:]
			at = strings.Index(s, "=?")
			continue
		}
		between := s[:at]
		if label != "" && strings.Trim(between, " \t\r\n") == "" {
			between = "" // RFC 2047 §6.2: between words blanks are not shown
		}
		if between != "" || w.charset != label {
			flush()
			out.WriteString(c.plain(between, fallback))
		}
		label = w.charset
		pending = w.bytes(pending)
		s = s[at+size:]
		at = strings.Index(s, "=?")
	}
	flush()
	out.WriteString(c.plain(s, fallback))
	return clean(out.String())
}

// word is an encoded word.
type word struct {
	charset string
	code    transfer
	text    string
}

// encodedWord looks at s, which begins with "=?". size is 0 where that begins
// no word, and -1 where in all of s no word ends.
func encodedWord(s string) (w word, size int) {
	const longestCharset = 60
	q := strings.IndexByte(s[2:min(len(s), longestCharset)], '?')
	if q < 0 {
		return w, 0
	}
	q += 2
	if q+3 >= len(s) || s[q+2] != '?' {
		return w, 0
	}
	switch s[q+1] {
	case 'b', 'B':
		w.code = base64Coded
	case 'q', 'Q':
		w.code = quotedPrintable
	default:
		return w, 0
	}
	from := q + 3
	end := strings.Index(s[from:], "?=")
	if end < 0 {
		return w, -1
	}
	w.charset, _, _ = strings.Cut(s[2:q], "*") // RFC 2231 §5: a language follows
	w.charset = strings.ToLower(w.charset)
	w.text = s[from : from+end]
	return w, from + end + 2
}

// bytes appends what the word stands for.
func (w word) bytes(dst []byte) []byte {
	d := decoder{code: w.code}
	if w.code == base64Coded {
		return d.decode(dst, []byte(w.text), true)
	}
	return d.decode(dst, []byte(strings.ReplaceAll(w.text, "_", " ")), true)
}

// plain returns a value that has no encoded words as clean UTF-8.
func (c *charsets) plain(s, fallback string) string {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			if !utf8.ValidString(s) {
				s, _ = c.text([]byte(s), fallback)
			}
			break
		}
	}
	return clean(s)
}

// clean drops what is not shown in a header but hides a word from those that
// look for it: zero bytes, and line breaks that an encoded word smuggled in.
func clean(s string) string {
	if strings.IndexByte(s, 0) < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case 0:
			return -1
		case '\r', '\n':
			return ' '
		}
		return r
	}, s)
}
