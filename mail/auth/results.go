package auth

import (
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// statements is one header field about authentication.
type statements struct {
	id      string // authserv-id, lower case; "" where it has none
	field   int    // position in the header
	hop     int    // how many Received fields stand above it
	text    string
	results []statement
	spf     bool // a Received-SPF
}

// statement is one result: method, result, and properties.
type statement struct {
	method, result string // lower case
	props          []prop
}

// prop is ptype.property=value of RFC 8601 §2.2, or a name without ptype
// ("reason", Microsoft's "action").
type prop struct{ name, value string }

func (s statement) prop(name string) string {
	for _, p := range s.props {
		if p.name == name {
			return p.value
		}
	}
	return ""
}

// The bounds of one header: beyond them nothing is read.
const (
	maxFields  = 50   // about authentication in one mail
	maxValue   = 8192 // bytes of one field
	maxResults = 30
	maxProps   = 20
)

// readStatements returns the fields about authentication, from the top.
func readStatements(header []mail.Field) []statements {
	var all []statements
	hop := 0
	for i, f := range header {
		var s statements
		switch strings.ToLower(f.Name) {
		case "received":
			hop++
			continue
		case "authentication-results":
			s = parseResults(f.Value)
		case "x-ms-exchange-authentication-results":
			if s = parseResults(f.Value); s.id != "" {
				continue // Microsoft writes none here
			}
		case "received-spf":
			s = parseReceivedSPF(f.Value)
		default:
			continue
		}
		s.field, s.hop, s.text = i, hop, f.Value
		if all = append(all, s); len(all) == maxFields {
			break
		}
	}
	return all
}

// parseResults reads an Authentication-Results, RFC 8601 §2.2, or the form
// without authserv-id of Exchange Online. What cannot be read is left out:
// everything in it may have been written to be misread, so comments and quoted
// strings never give a result.
func parseResults(value string) (s statements) {
	sc := scanner{text: value[:min(len(value), maxValue)]}
	first := sc.token("=;")
	if sc.skip(); sc.peek() != '=' {
		s.id = strings.TrimSuffix(strings.ToLower(first), ".")
		sc.until(';') // the version: 1 is the only one there is
	} else {
		sc = scanner{text: sc.text}
	}
	for len(s.results) < maxResults && !sc.end() {
		if st, ok := sc.result(); ok {
			s.results = append(s.results, st)
		}
		sc.until(';')
	}
	return s
}

// parseReceivedSPF reads RFC 7208 §9.1: result (comment) key-value-list. Who
// wrote it is the receiver=, or for the two large receivers that write none
// the first word of the comment.
func parseReceivedSPF(value string) (s statements) {
	s.spf = true
	sc := scanner{text: value[:min(len(value), maxValue)]}
	st := statement{method: "spf", result: strings.ToLower(sc.token(";="))}
	comment := value[:min(len(value), maxValue)]
	if i := strings.IndexByte(comment, '('); i >= 0 {
		comment = strings.TrimLeft(comment[i+1:], " ")
	}
	for range maxProps {
		if sc.end() {
			break
		}
		name := strings.ToLower(sc.token("=;"))
		if sc.skip(); sc.peek() != '=' {
			if sc.peek() == ';' {
				sc.pos++
			} else if name == "" {
				break
			}
			continue
		}
		sc.pos++
		switch v := sc.token(";"); name {
		case "receiver":
			s.id = strings.ToLower(v)
		case "envelope-from":
			st.props = append(st.props, prop{"smtp.mailfrom", v})
		case "helo":
			st.props = append(st.props, prop{"smtp.helo", v})
		}
	}
	switch {
	case strings.HasPrefix(comment, "protection.outlook.com:"):
		s.id = ""
	case s.id == "" && strings.HasPrefix(comment, "google.com:"):
		s.id = google
	case s.id == "":
		s.id = "?" // nobody says so
	}
	if len(st.props) == 0 {
		// "domain of a@example.org designates ..."
		if _, rest, ok := strings.Cut(comment, "domain of "); ok {
			who, _, _ := strings.Cut(rest, " ")
			st.props = append(st.props, prop{"smtp.mailfrom", who})
		}
	}
	if st.result != "" {
		s.results = []statement{st}
	}
	return s
}

// result reads methodspec, reasonspec and propspecs up to the semicolon.
func (sc *scanner) result() (st statement, ok bool) {
	method := strings.ToLower(sc.token("=;"))
	method, _, _ = strings.Cut(method, "/") // a version of the method
	if sc.skip(); sc.peek() != '=' || method == "" {
		return st, false
	}
	sc.pos++
	st.method, st.result = method, strings.ToLower(sc.token(";"))
	for len(st.props) < maxProps {
		name := strings.ToLower(sc.token("=;"))
		if sc.skip(); sc.peek() != '=' || name == "" {
			break
		}
		sc.pos++
		st.props = append(st.props, prop{name, sc.token(";")})
	}
	return st, st.result != ""
}

// scanner reads tokens of structured header text.
type scanner struct {
	text string
	pos  int
}

func (sc *scanner) peek() byte {
	if sc.pos < len(sc.text) {
		return sc.text[sc.pos]
	}
	return 0
}

// end skips what means nothing and reports whether that was all.
func (sc *scanner) end() bool {
	sc.skip()
	return sc.pos >= len(sc.text)
}

// skip skips white space and comments, nested ones as well. A comment that
// does not end takes all the rest.
func (sc *scanner) skip() {
	for depth := 0; sc.pos < len(sc.text); sc.pos++ {
		switch c := sc.text[sc.pos]; {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case c == '\\' && depth > 0:
			sc.pos++
		case depth > 0, c == ' ', c == '\t', c == '\r', c == '\n':
		default:
			return
		}
	}
	sc.pos = len(sc.text) // an escape at the very end steps beyond
}

// token reads a word, quoted strings within it unquoted ("a b"@example.org),
// up to white space, a comment, or one of stop.
func (sc *scanner) token(stop string) string {
	sc.skip()
	var quoted []byte
	begin := sc.pos
	for sc.pos < len(sc.text) {
		c := sc.text[sc.pos]
		if c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '(' || strings.IndexByte(stop, c) >= 0 {
			break
		}
		if c != '"' {
			sc.pos++
			if quoted != nil {
				quoted = append(quoted, c)
			}
			continue
		}
		if quoted == nil {
			quoted = append(make([]byte, 0, 64), sc.text[begin:sc.pos]...)
		}
		for sc.pos++; sc.pos < len(sc.text) && sc.text[sc.pos] != '"'; sc.pos++ {
			if sc.text[sc.pos] == '\\' && sc.pos+1 < len(sc.text) {
				sc.pos++
			}
			quoted = append(quoted, sc.text[sc.pos])
		}
		sc.pos = min(sc.pos+1, len(sc.text))
	}
	if quoted != nil {
		return string(quoted)
	}
	return sc.text[begin:sc.pos]
}

// until goes behind the next mark outside comments and quoted strings.
func (sc *scanner) until(mark byte) {
	for !sc.end() {
		if sc.peek() == mark {
			sc.pos++
			return
		}
		before := sc.pos
		sc.token(string(mark))
		if sc.pos == before {
			sc.pos++
		}
	}
}
