package mail

import (
	"slices"
	"strconv"
	"strings"
)

// params is a structured value: a media type or disposition with parameters
// (RFC 2045 §5.1, RFC 2183 §2), those of RFC 2231 put together.
type params struct {
	value string // lower case
	names []param
	two   bool // one parameter is given twice, with different values
}

type param struct {
	name, value string
	section     int    // of RFC 2231 §3; -1: not in sections
	extended    bool   // percent-encoded
	charset     string // of an extended one
}

// maxParams bounds the parameters of one field.
const maxParams = 64

// parseParams reads a value as mail programs do: parameters may lack quotes
// around blanks, have blanks around the equals sign and empty ones between.
func parseParams(s string) params {
	var p params
	p.value, s, _ = strings.Cut(s, ";")
	if i := strings.IndexByte(p.value, '('); i >= 0 {
		p.value = p.value[:i]
	}
	p.value = strings.ToLower(strings.Trim(p.value, " \t\"'"))
	for s != "" && len(p.names) < maxParams {
		var name, value string
		s = strings.TrimLeft(s, " \t;")
		end := strings.IndexAny(s, "=;")
		if end < 0 {
			break
		}
		if s[end] == ';' { // a name without value
			s = s[end:]
			continue
		}
		name = strings.ToLower(strings.TrimSpace(s[:end]))
		s = strings.TrimLeft(s[end+1:], " \t")
		if value, s = paramValue(s); name != "" {
			p.names = append(p.names, sectionOf(name, value))
		}
	}
	return p
}

// paramValue reads a quoted string, or else all up to the next semicolon.
func paramValue(s string) (value, rest string) {
	if s == "" || s[0] != '"' {
		value, rest, _ = strings.Cut(s, ";")
		if i := strings.Index(value, " ("); i > 0 && strings.HasSuffix(strings.TrimSpace(value), ")") { // a comment
			value = value[:i]
		}
		return strings.TrimSpace(value), rest
	}
	return quotedString(s, false)
}

// quotedString reads the quoted string that s begins with; without an end, all
// of s is in it. pairs: a backslash quotes any sign (RFC 5322 §3.2.4), not only
// quotes and backslashes: names of files have it as it stands.
func quotedString(s string, pairs bool) (value, rest string) {
	s = s[1:]
	i := strings.IndexAny(s, `"\`)
	if i >= 0 && s[i] == '"' {
		return s[:i], s[i+1:]
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:]
		case c == '\\' && i+1 < len(s) && (pairs || s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), ""
}

// sectionOf reads name*0*, name*1, name* (RFC 2231 §3 and §4).
func sectionOf(name, value string) param {
	q := param{name: name, value: value, section: -1}
	base, star, found := strings.Cut(name, "*")
	if !found {
		return q
	}
	q.name = base
	q.extended = star == "" || strings.HasSuffix(star, "*")
	if n, err := strconv.Atoi(strings.TrimSuffix(star, "*")); err == nil && n >= 0 {
		q.section = n
	}
	if q.extended && q.section <= 0 {
		if parts := strings.SplitN(value, "'", 3); len(parts) == 3 {
			q.charset, q.value = parts[0], parts[2]
		}
	}
	return q
}

// get returns a parameter, raw for boundaries and charsets.
func (p *params) get(name string) string {
	for i := range p.names {
		if p.names[i].name == name && !p.names[i].extended {
			return p.names[i].value
		}
	}
	return ""
}

// param returns a parameter that is shown to people, decoded. The extended form
// wins over the plain one (RFC 6266 §4.3), as in mail programs.
func (c *charsets) param(p *params, name, fallback string) string {
	var sections []param
	plain, found := "", false
	for _, q := range p.names {
		switch {
		case q.name != name:
		case q.section >= 0 || q.extended:
			sections = append(sections, q)
		case !found:
			plain, found = q.value, true
		case q.value != plain:
			p.two = true
		}
	}
	if len(sections) == 0 {
		return c.decodeWords(plain, fallback)
	}
	slices.SortStableFunc(sections, func(a, b param) int { return a.section - b.section })
	var b []byte
	charset := sections[0].charset
	for i, q := range sections {
		if i > 0 && q.section == sections[i-1].section {
			continue // given twice
		}
		if q.extended {
			b = unpercent(b, q.value)
		} else {
			b = append(b, q.value...)
		}
	}
	if charset == "" {
		return c.decodeWords(string(b), fallback)
	}
	text, _ := c.text(b, charset)
	return clean(text)
}

func unpercent(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) {
			if hi, lo := hexValue(s[i+1]), hexValue(s[i+2]); hi < 16 && lo < 16 {
				dst = append(dst, hi<<4|lo)
				i += 2
				continue
			}
		}
		dst = append(dst, s[i])
	}
	return dst
}
