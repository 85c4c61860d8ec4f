package leak

import (
	"bytes"
	"html"
	"mime"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// reading is another way to read the same text. decode returns nil where the
// text holds nothing that it would read differently.
type reading struct {
	name   string
	local  bool // it changes single words and leaves the lines without them as they are
	decode func(text []byte) []byte
}

var readings = []reading{
	{"character references", true, entities},
	{"letters folded", true, foldedForms},
	{"comments opened", false, comments},
	{"tags removed", false, func(t []byte) []byte { return tags(t, "") }},
	{"tags as spaces", false, func(t []byte) []byte { return tags(t, " ") }},
	{"percent encoding", true, percent},
	{"backslash escapes", true, backslashes},
	{"CSS escapes", true, cssEscapes},
	{"quoted-printable", true, quotedPrintable},
	{"MIME encoded words", true, encodedWords},
	{"spoken address", true, spoken},
	{"punycode", true, punycode},
}

func entities(text []byte) []byte {
	if bytes.IndexByte(text, '&') < 0 {
		return nil
	}
	return []byte(html.UnescapeString(string(text)))
}

// foldedForms folds the characters that are ASCII in another dress, or nothing
// to the eye, so that the encodings below are seen through them.
func foldedForms(text []byte) []byte {
	dressed := func(r rune) bool {
		return r >= utf8.RuneSelf && unicode.Is(unicode.Cf, r) || r >= '\uff01' && r <= '\uff5e' || r >= '\U0001d400' && r <= '\U0001d7ff'
	}
	if isASCII(text) || !bytes.ContainsFunc(text, dressed) {
		return nil
	}
	folded, _ := fold(text)
	return folded
}

// comments takes away what makes a comment or a CDATA section one, and leaves
// what stands in it: it may hold markup of its own.
func comments(text []byte) []byte {
	if !bytes.Contains(text, []byte("<!")) {
		return nil
	}
	for _, mark := range []string{"<!--", "-->", "<![CDATA[", "]]>"} {
		text = bytes.ReplaceAll(text, []byte(mark), []byte(" "))
	}
	return text
}

// tags replaces markup by another text: removed, it joins what a tag splits
// inside a word (<wbr>, <b>, w:r); as space, it parts table cells.
func tags(text []byte, by string) []byte {
	if bytes.IndexByte(text, '<') < 0 {
		return nil
	}
	out := make([]byte, 0, len(text))
	for len(text) > 0 {
		open := bytes.IndexByte(text, '<')
		if open < 0 {
			break
		}
		end := tagEnd(text[open:])
		if end == 0 {
			out = append(out, text[:open+1]...)
			text = text[open+1:]
			continue
		}
		out = append(append(out, text[:open]...), by...)
		text = text[open+end:]
	}
	return append(out, text...)
}

// tagEnd returns the length of the tag or comment at the start of text, 0 if
// there is none.
func tagEnd(text []byte) int {
	if bytes.HasPrefix(text, []byte("<!--")) {
		if i := bytes.Index(text, []byte("-->")); i >= 0 {
			return i + len("-->")
		}
		return 0
	}
	if len(text) < 2 || !(text[1] == '/' || text[1] == '!' || text[1] == '?' || isLetter(text[1])) {
		return 0
	}
	quote := byte(0)
	for i, c := range text {
		switch {
		case quote != 0:
			if c == quote {
				quote = 0
			}
		case c == '"' || c == '\'':
			quote = c
		case c == '>':
			return i + 1
		}
	}
	return bytes.IndexByte(text, '>') + 1
}

func percent(text []byte) []byte {
	if bytes.IndexByte(text, '%') < 0 {
		return nil
	}
	return hexAfter(text, '%')
}

// hexAfter replaces each mark that two hexadecimal digits follow by the byte
// they stand for.
func hexAfter(text []byte, mark byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] == mark && i+2 < len(text) {
			if b, ok := hexByte(text[i+1], text[i+2]); ok {
				out = append(out, b)
				i += 2
				continue
			}
		}
		out = append(out, text[i])
	}
	return out
}

// quotedPrintable reads RFC 2045 6.7, with the soft line breaks removed.
func quotedPrintable(text []byte) []byte {
	if bytes.IndexByte(text, '=') < 0 {
		return nil
	}
	joined := bytes.ReplaceAll(text, []byte("=\r\n"), nil)
	joined = bytes.ReplaceAll(joined, []byte("=\n"), nil)
	return hexAfter(joined, '=')
}

// backslashes reads the escapes of JSON, JavaScript, Go and C: \u0048,
// \u{48}, \U00000048, \x48, \110; any other escaped character is itself.
func backslashes(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return nil
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			i++
			continue
		}
		r, n, isByte := escape(text[i+1:])
		if isByte {
			out = append(out, byte(r))
		} else {
			if utf16.IsSurrogate(r) && i+1+n < len(text) && text[i+1+n] == '\\' {
				if low, m, _ := escape(text[i+2+n:]); utf16.DecodeRune(r, low) != unicode.ReplacementChar {
					r, n = utf16.DecodeRune(r, low), n+1+m
				}
			}
			out = utf8.AppendRune(out, r)
		}
		i += 1 + n
	}
	return out
}

// escape reads what follows a backslash: the character, how many bytes it
// takes, and whether it is a byte rather than a character.
func escape(s []byte) (r rune, n int, isByte bool) {
	if len(s) == 0 {
		return ' ', 0, false
	}
	number := func(digits []byte, base int) (rune, bool) {
		v, err := strconv.ParseUint(string(digits), base, 32)
		return rune(v), err == nil && v <= unicode.MaxRune
	}
	switch c := s[0]; c {
	case 'u', 'U', 'x':
		if len(s) > 1 && s[1] == '{' {
			if end := bytes.IndexByte(s[:min(len(s), 10)], '}'); end > 0 {
				if r, ok := number(s[2:end], 16); ok {
					return r, end + 1, false
				}
			}
		}
		want := map[byte]int{'u': 4, 'U': 8, 'x': 2}[c]
		if len(s) > want {
			if r, ok := number(s[1:1+want], 16); ok {
				return r, 1 + want, c == 'x'
			}
		}
	case 'n', 'r', 't', 'f', 'v', 'b':
		return ' ', 1, false
	case '\n':
		return '\u200b', 1, false // a continued line: nothing shows
	}
	if len(s) >= 3 && s[0] >= '0' && s[0] <= '3' {
		if r, ok := number(s[:3], 8); ok {
			return r, 3, true
		}
	}
	r, n = utf8.DecodeRune(s)
	return r, n, false
}

// cssEscapes reads a backslash with one to six hexadecimal digits and one
// space (CSS Syntax 4.3.7).
func cssEscapes(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return nil
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); {
		end := i + 1
		for text[i] == '\\' && end < len(text) && end <= i+6 && isHex(text[end]) {
			end++
		}
		if end == i+1 {
			if text[i] != '\\' {
				out = append(out, text[i])
			}
			i++
			continue
		}
		v, _ := strconv.ParseUint(string(text[i+1:end]), 16, 32)
		out = utf8.AppendRune(out, rune(v))
		if i = end; i < len(text) && (text[i] == ' ' || text[i] == '\n' || text[i] == '\t') {
			i++
		}
	}
	return out
}

// encodedWords reads RFC 2047, which splits long headers inside words.
func encodedWords(text []byte) []byte {
	if !bytes.Contains(text, []byte("=?")) {
		return nil
	}
	var out []byte
	for line := range bytes.SplitAfterSeq(unfolded(text), []byte("\n")) {
		decoded, err := new(mime.WordDecoder).DecodeHeader(string(line))
		if err != nil {
			decoded = string(line)
		}
		out = append(out, decoded...)
	}
	return out
}

// unfolded joins the lines of a header field (RFC 5322 2.2.3).
func unfolded(text []byte) []byte {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	text = bytes.ReplaceAll(text, []byte("\n\t"), []byte(" "))
	return bytes.ReplaceAll(text, []byte("\n "), []byte(" "))
}

// spokenMarks are the words and signs by which people write addresses that
// machines should not find.
var spokenMarks = map[string]byte{
	"at": '@', "arroba": '@', "@": '@',
	"dot": '.', "punkt": '.', "punto": '.', "point": '.', ".": '.',
	":": ':', "colon": ':',
}

// spoken reads "soc (at) example [dot] org", "192[.]0[.]2[.]7" and
// "2001[:]db8::7". A bare sign is left alone, a bare word is not.
func spoken(text []byte) []byte {
	const open, closed, gap = "[({<", "])}>", " \t\r\n_-"
	var out []byte
	done := 0
	for i := 0; i < len(text); {
		end := i + 1
		switch c := text[i]; {
		case isLetter(c):
			for end < len(text) && (isLetter(text[end]) || text[end] >= utf8.RuneSelf) {
				end++
			}
			if end-i > len("arroba") || strings.IndexByte("adpcADPC", c) < 0 {
				i = end
				continue
			}
		case c != '@' && c != '.' && c != ':':
			i++
			continue
		}
		mark, ok := spokenMarks[string(text[i:end])]
		if !ok && isLetter(text[i]) {
			mark, ok = spokenMarks[strings.ToLower(string(text[i:end]))]
		}
		if !ok {
			i = end
			continue
		}
		from, to := i, end
		for from > done && strings.IndexByte(gap, text[from-1]) >= 0 {
			from--
		}
		for to < len(text) && strings.IndexByte(gap, text[to]) >= 0 {
			to++
		}
		bracketed := from > done && to < len(text) && strings.IndexByte(open, text[from-1]) >= 0 && strings.IndexByte(closed, text[to]) >= 0
		if bracketed {
			from, to = from-1, to+1
			for from > done && strings.IndexByte(" \t_-", text[from-1]) >= 0 {
				from--
			}
			for to < len(text) && strings.IndexByte(" \t_-", text[to]) >= 0 {
				to++
			}
		}
		if bracketed || isLetter(text[i]) && from < i && to > end {
			out = append(append(out, text[done:from]...), mark)
			done, end = to, to
		}
		i = end
	}
	if out == nil {
		return nil
	}
	return append(out, text[done:]...)
}

// punycode reads the labels that begin with xn-- (RFC 5891).
func punycode(text []byte) []byte {
	if !containsFold(text, "xn--") {
		return nil
	}
	lowered := bytes.ToLower(text)
	var out []byte
	for len(lowered) > 0 {
		i := bytes.Index(lowered, []byte("xn--"))
		if i < 0 {
			break
		}
		end := i + len("xn--")
		for end < len(lowered) && (isLetter(lowered[end]) || lowered[end] >= '0' && lowered[end] <= '9' || lowered[end] == '-') {
			end++
		}
		out = append(out, lowered[:i]...)
		label, err := idna.Punycode.ToUnicode(string(lowered[i:end]))
		if err != nil {
			label = string(lowered[i:end])
		}
		out = append(out, label...)
		lowered = lowered[end:]
	}
	return append(out, lowered...)
}

// containsFold reports whether text contains a lower-case ASCII string in any
// case. Its first two letters are tried in their four forms, which is faster
// than to lower the text.
func containsFold(text []byte, lowered string) bool {
	for _, form := range []string{lowered[:2], strings.ToUpper(lowered[:2]), strings.ToUpper(lowered[:1]) + lowered[1:2], lowered[:1] + strings.ToUpper(lowered[1:2])} {
		for rest := text; ; rest = rest[1:] {
			i := bytes.Index(rest, []byte(form))
			if i < 0 || len(rest)-i < len(lowered) {
				break
			}
			if rest = rest[i:]; strings.EqualFold(string(rest[:len(lowered)]), lowered) {
				return true
			}
		}
	}
	return false
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

func isHex(c byte) bool { return hexDigit[c] < 16 }

// hexDigit gives the value of a hexadecimal digit, 16 for other bytes.
var hexDigit = func() (t [256]byte) {
	for c := range t {
		t[c] = 16
	}
	for v, c := range []byte("0123456789abcdef") {
		t[c] = byte(v)
	}
	for v, c := range []byte("ABCDEF") {
		t[c] = byte(10 + v)
	}
	return t
}()

func hexByte(high, low byte) (byte, bool) {
	h, l := hexDigit[high], hexDigit[low]
	return h<<4 | l, h < 16 && l < 16
}
