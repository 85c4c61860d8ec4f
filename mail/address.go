package mail

import "strings"

// addresses reads an address list (RFC 5322 §3.4), unfolded and not decoded,
// with the obsolete syntax (§4.4) and what is wrong but common: semicolons as
// separators, missing brackets and quotes, encoded words with commas in them.
// Groups become their members. At most max are read; more reports that there
// were more.
func (c *charsets) addresses(into []Address, s, fallback string, max int) (list []Address, more bool) {
	list = into
	p := addressParser{s: s}
	loose := -1 // the last one is a name without address: its index
	for p.pos < len(s) {
		if len(list) >= max {
			return list, strings.Trim(s[p.pos:], " \t,;") != ""
		}
		if name, email, ok := p.next(); ok {
			a := Address{Name: onLine(strings.TrimSpace(c.decodeWords(name, fallback))), Email: onLine(c.email(email, fallback))}
			switch {
			case a.Name == "" && a.Email == "":
			case loose >= 0 && a.Name != "": // Example, Inc <a@b.example>: the name was not quoted
				list[loose] = Address{onLine(list[loose].Name + list[loose].Email + ", " + a.Name), a.Email}
			default:
				loose = len(list)
				list = append(list, a)
			}
			if strings.Contains(a.Email, "@") || len(list) > 0 && len(list[len(list)-1].Name) > 1000 {
				loose = -1
			}
		}
	}
	return list, false
}

// addressParser cuts a list into mailboxes.
type addressParser struct {
	s        string
	pos      int
	unclosed bool // no quoted string ends any more
}

// next reads up to the next separator, or to the next of two bracketed
// addresses in a row. Each byte is looked at a bounded number of times.
func (p *addressParser) next() (name, email string, ok bool) {
	var phrase strings.Builder // the text outside of brackets, without quotes
	var bare strings.Builder   // the same as it stands, for an address without brackets
	comment := ""
	quoted := false // something stood in quotes
	put := func(s string) { phrase.WriteString(s); bare.WriteString(s) }
	s := p.s
	for p.pos < len(s) {
		switch ch := s[p.pos]; ch {
		case '"':
			if p.unclosed {
				p.pos++
				break
			}
			text, rest := quotedString(s[p.pos:], true)
			raw := s[p.pos : len(s)-len(rest)]
			if p.unclosed = p.unclosed || rest == "" && (len(raw) < 2 || raw[len(raw)-1] != '"'); p.unclosed {
				p.pos++ // a sign like any other
				break
			}
			p.pos += len(raw)
			phrase.WriteString(text)
			bare.WriteString(raw)
			quoted = true
		case '(':
			size := commentLength(s[p.pos:])
			if size > 2 {
				comment = s[p.pos+1 : p.pos+size-1]
			}
			p.pos += size
			put(" ")
		case '<':
			inside, size := bracketed(s[p.pos:])
			if size == 0 { // no address follows: a sign like any other
				put("<")
				p.pos++
				break
			}
			p.pos += size
			p.skipSeparator()
			name = squeeze(phrase.String())
			if name == "" {
				name = comment
			}
			return name, inside, true
		case ',', ';':
			p.pos++
			return single(phrase.String(), bare.String(), comment, quoted)
		case ':':
			p.pos++
			if strings.Contains(bare.String(), "@") { // not a group's name
				put(":")
				break
			}
			phrase.Reset()
			bare.Reset()
			quoted = false
		case '=':
			size := 1
			if strings.HasPrefix(s[p.pos:], "=?") {
				if _, n := encodedWord(s[p.pos:min(len(s), p.pos+maxWord)]); n > 0 {
					size = n
				}
			}
			put(s[p.pos : p.pos+size])
			p.pos += size
		case '>':
			p.pos++ // of a bracket that was not opened
		default:
			n := strings.IndexAny(s[p.pos+1:], "\"(<,;:=>")
			if n < 0 {
				n = len(s) - p.pos - 1
			}
			put(s[p.pos : p.pos+1+n])
			p.pos += 1 + n
		}
	}
	return single(phrase.String(), bare.String(), comment, quoted)
}

// Bounds of an encoded word and of a comment in a list of addresses: looking
// for the end of each that has none would take quadratic time.
const (
	maxWord    = 1000
	maxComment = 250
)

// skipSeparator goes behind the separator after a bracketed address, and what
// stands before it: comments and junk without another address.
func (p *addressParser) skipSeparator() {
	for p.pos < len(p.s) {
		switch ch := p.s[p.pos]; {
		case ch == ',' || ch == ';':
			p.pos++
			return
		case ch == ' ' || ch == '\t' || ch == '>':
			p.pos++
		case ch == '(':
			p.pos += commentLength(p.s[p.pos:])
		default:
			return
		}
	}
}

// single decides what a mailbox without brackets is.
func single(phrase, bare, comment string, quoted bool) (name, email string, ok bool) {
	bare = strings.TrimSpace(bare)
	if at := strings.IndexByte(bare, '@'); at > 0 && bare[at-1] == ' ' || at >= 0 && at+1 < len(bare) && bare[at+1] == ' ' {
		bare = strings.TrimRight(bare[:at], " \t") + "@" + strings.TrimLeft(bare[at+1:], " \t") // RFC 5322 §4.4
	}
	if bare == "" {
		return "", "", false
	}
	if at := strings.LastIndexByte(bare, '@'); at > 0 && !strings.HasSuffix(bare, `"`) {
		if i := strings.LastIndexAny(bare[:at], " \t"); i >= 0 && bare[0] != '"' { // Name a@b
			return squeeze(bare[:i]), bare[i+1:], true
		}
		return comment, bare, true
	}
	if quoted || strings.ContainsAny(bare, " \t=") {
		return squeeze(phrase), "", true
	}
	return comment, bare, true
}

// commentLength returns the length of the comment that s begins with; comments
// nest. One that does not end is a bracket only.
func commentLength(s string) int {
	depth := 0
	for i := 0; i < len(s) && i < maxComment; i++ {
		switch s[i] {
		case '\\':
			i++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return 1
}

// bracketed reads the <address> that s begins with; size is 0 if there is none.
func bracketed(s string) (inside string, size int) {
	end := strings.IndexAny(s[1:], "<>,;\"")
	switch {
	case end < 0: // never closed
		if strings.IndexByte(s, '@') < 0 {
			return "", 0
		}
		return s[1:], len(s)
	case s[1+end] == '"' || s[1+end] == ',': // a quoted local part, or an obsolete route
		if end = strings.IndexByte(s[1:min(len(s), maxWord)], '>'); end < 0 {
			return "", 0
		}
	case s[1+end] == '<':
		return "", 0
	case s[1+end] == ';': // never closed
		return s[1 : 1+end], 1 + end
	}
	return s[1 : 1+end], 2 + end
}

// email makes an address comparable: without blanks, comments and an obsolete
// route, its domain in lower case.
func (c *charsets) email(s, fallback string) string {
	s = strings.TrimSpace(c.decodeWords(s, fallback))
	if s == "" {
		return ""
	}
	if s[0] == '@' { // <@a,@b:c@d>, RFC 5322 §4.4
		if i := strings.IndexByte(s, ':'); i > 0 {
			s = s[i+1:]
		}
	}
	if len(s) > 7 && strings.EqualFold(s[:7], "mailto:") {
		s = s[7:]
	}
	if s != "" && s[0] != '"' && strings.ContainsAny(s, " \t(") {
		var b strings.Builder
		for i := 0; i < len(s); i++ {
			switch s[i] {
			case ' ', '\t':
			case '(':
				i += commentLength(s[i:]) - 1
			default:
				b.WriteByte(s[i])
			}
		}
		s = b.String()
	}
	s = strings.Trim(s, "'<>")
	at := strings.LastIndexByte(s, '@')
	if at < 0 {
		return s
	}
	if domain := s[at+1:]; hasUpper(domain) {
		s = s[:at+1] + strings.ToLower(domain)
	}
	return s
}

func hasUpper(s string) bool {
	for i := range len(s) {
		if s[i] >= 'A' && s[i] <= 'Z' || s[i] >= 0x80 {
			return true
		}
	}
	return false
}

// squeeze turns runs of blanks into one.
func squeeze(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "  ") && !strings.Contains(s, "\t") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}
