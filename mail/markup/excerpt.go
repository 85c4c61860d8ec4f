package markup

import (
	"strings"
	"unicode"
)

// MaxExcerpt is the length of an excerpt in bytes at most (mail.MaxExcerpt).
const MaxExcerpt = 512

// Excerpt is the beginning of a text with everything masked that could name
// its recipients or let somebody in: addresses, the recipients' local parts,
// numbers of five digits and more, tokens; links keep their host, defanged.
// Line breaks become spaces.
func Excerpt(text string, recipients []string) string {
	var names []string
	for _, r := range recipients {
		local, _, _ := strings.Cut(strings.ToLower(r), "@")
		if len(local) >= 3 {
			names = append(names, local)
		}
		for part := range strings.FieldsFuncSeq(local, notWord) {
			if len(part) >= 3 && part != local {
				names = append(names, part)
			}
		}
	}
	var b strings.Builder
	w, rest := cutWord(cut(text, 16*MaxExcerpt))
	for before := false; w != ""; {
		var next string
		next, rest = cutWord(rest)
		m := masked(w, names)
		// 4111 1111 1111 1111
		number := digital(w)
		if number && (before || digital(next)) {
			m = "<number>"
		}
		w, before = next, number
		if b.Len()+len(m)+1 > MaxExcerpt {
			break
		}
		if b.Len() > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(m)
	}
	return b.String()
}

// cutWord cuts the first word off a text; "" if there is none.
func cutWord(s string) (word, rest string) {
	s = strings.TrimLeftFunc(s, unicode.IsSpace)
	if i := strings.IndexFunc(s, unicode.IsSpace); i >= 0 {
		return s[:i], s[i:]
	}
	return s, ""
}

// digital: at least two digits and nothing but digits and marks.
func digital(w string) bool {
	return len(w) >= 2 && len(w) < 30 && strings.Trim(w, "0123456789+-().,/:") == "" && strings.ContainsAny(w, "0123456789")
}

func masked(w string, names []string) string {
	if strings.ContainsAny(w, ":[wW") { // as all links have
		if href, _ := asLink(w); href != "" {
			if h := parse(href); h.name != "" {
				return "hxxp://" + strings.ReplaceAll(cut(h.name, 100), ".", "[.]")
			}
		}
	}
	if strings.Contains(w, "@") {
		return "<address>"
	}
	bare := strings.ToLower(strings.TrimFunc(w, notWord))
	for _, n := range names {
		if bare == n {
			return "<recipient>"
		}
	}
	digits := 0
	for _, r := range w {
		if unicode.IsDigit(r) {
			digits++
		}
	}
	switch {
	case isToken(strings.TrimFunc(w, notWord), 12) || len(w) > 60 && !strings.ContainsFunc(w, func(r rune) bool { return r > 0x7f }):
		return "<token>"
	case digits >= 5:
		return "<number>"
	}
	return cut(w, 120)
}
