package markup

import (
	"strings"
	"unicode/utf8"
)

// textLinks adds what looks like a link in running text and is none of the
// links that are known: with a scheme, with "www.", or made harmless by an
// analyst or a filter (hxxps://evil[.]example).
func (p *Page) textLinks(text string, area Area, seen places) {
	if !strings.Contains(text, "://") && !hasFold(text, "www.") && !strings.Contains(text, "[.]") && !strings.Contains(text, "hxxp") {
		return
	}
	n := 0
	for at := 0; at < len(text); {
		w, next := linkWord(text, at)
		at = next
		if len(w) < 6 {
			continue
		}
		href, defanged := asLink(w)
		if href == "" {
			continue
		}
		if n++; n > 10*MaxLinks {
			return
		}
		p.add(Link{Href: clean(href), Area: area, Defanged: defanged}, seen)
	}
}

// linkWord returns the word at or after at, if it may be a link (it has one of
// the marks that [asLink] looks for), and where to go on.
func linkWord(text string, at int) (w string, next int) {
	marked := false
	for i := at; i < len(text); {
		c := text[i]
		if c < utf8.RuneSelf {
			if !betweenASCII[c] {
				// "://" or "[.]" in it, or "www" near its beginning.
				marked = marked || c == ':' || c == '[' || c|0x20 == 'w'
				i++
				continue
			}
		} else if r, n := utf8.DecodeRuneInString(text[i:]); !betweenLinks(r) {
			i += n
			continue
		}
		if marked {
			return text[at:i], i + 1
		}
		for i++; i < len(text) && !utf8.RuneStart(text[i]); i++ {
		}
		at = i
	}
	if marked {
		return text[at:], len(text)
	}
	return "", len(text)
}

var betweenASCII = func() (t [utf8.RuneSelf]bool) {
	for c := range t {
		t[c] = betweenLinks(rune(c))
	}
	return t
}()

func betweenLinks(r rune) bool {
	switch r {
	case ' ', '\n', '\t', '<', '>', '"', '|', '`', '「', '」', '（', '）', '，', '。', '“', '”', '«', '»', '।':
		return true
	}
	return r == utf8.RuneError
}

// asLink is the URL that a word is; "" if it is none.
func asLink(w string) (href string, defanged bool) {
	w = strings.TrimLeft(w, "('[{*_-.,:;")
	if i := strings.Index(w, "://"); i > 0 && i < len(w)-3 {
		start := i
		for start > 0 && w[start-1]|0x20 >= 'a' && w[start-1]|0x20 <= 'z' {
			start--
		}
		switch scheme := strings.ToLower(w[start:i]); scheme {
		case "http", "https", "hxxp", "hxxps", "ftp":
			w = w[start:]
			defanged = scheme[1] == 'x'
		default:
			return "", false
		}
	} else if hasFold(cut(w, 4), "www.") {
		w = "http://" + w
	} else if !strings.Contains(w, "[.]") && !strings.Contains(w, "[://]") {
		return "", false
	} else if !strings.Contains(w, "://") && !strings.Contains(w, "[://]") {
		w, defanged = "http://"+w, true
	}
	for _, dot := range [...]string{"[.]", "(.)", "{.}", "[dot]"} {
		if strings.Contains(w, dot) {
			w, defanged = strings.ReplaceAll(w, dot, "."), true
		}
	}
	if strings.Contains(w, "[:]") || strings.Contains(w, "[://]") {
		w, defanged = strings.NewReplacer("[:]", ":", "[://]", "://").Replace(w), true
	}
	if defanged && len(w) > 4 && w[1]|0x20 == 'x' {
		w = "http" + w[4:]
	}
	w = strings.TrimRight(w, ".,;:!?'*_]}")
	if strings.HasSuffix(w, ")") && !strings.Contains(w, "(") {
		w = strings.TrimRight(w, ")")
	}
	h := parse(w)
	if !h.address && (!strings.Contains(h.name, ".") || strings.ContainsAny(h.name, "[](){}$,")) {
		return "", false
	}
	return w, defanged
}

// hasFold: low is in lower case ASCII.
func hasFold(s, low string) bool {
	for i := 0; i+len(low) <= len(s); i++ {
		j := strings.IndexByte(s[i:], low[len(low)-1])
		if j < 0 {
			return false
		}
		if i += j; i+1 >= len(low) && strings.EqualFold(s[i+1-len(low):i+1], low) {
			return true
		}
	}
	return len(s) >= len(low) && strings.EqualFold(s[len(s)-len(low):], low)
}

// phones counts telephone numbers: 9 to 15 digits (ITU-T E.164) with at least
// two of the usual separators among them, or a leading + or 00.
func phones(text string) int {
	n := 0
	for i := 0; i < len(text); {
		c := text[i]
		if !(c >= '0' && c <= '9' || c == '+' || c == '(') || i > 0 && wordByte(text[i-1]) {
			i++
			continue
		}
		j, end, digits, gaps, pending := i, i, 0, 0, false
	number:
		for ; j < len(text) && j < i+40; j++ {
			switch d := text[j]; {
			case d >= '0' && d <= '9':
				digits++
				end = j + 1
				if pending {
					gaps++
					pending = false
				}
			case d == ' ' || d == '-' || d == '.' || d == '/' || d == '(' || d == ')':
				pending = digits > 0
			case d == '+' && j == i:
			default:
				break number
			}
		}
		whole := end >= len(text) || !wordByte(text[end])
		date := digits == 8 // 2020-11-13
		if whole && !date && digits >= 9 && digits <= 15 && (gaps >= 2 && gaps <= 6 || c == '+' || strings.HasPrefix(text[i:], "00")) {
			n++
		}
		i = max(j, i+1)
	}
	return n
}

func wordByte(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '_' || c == '@' || c == '=' || c == '/'
}
