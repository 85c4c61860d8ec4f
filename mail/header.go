package mail

import (
	"bytes"
	"strings"
)

// header is the header of a mail or of one of its parts.
type header struct {
	fields []Field
	end    int  // where the body begins
	junk   bool // a line is no field
	bare   bool // a carriage return stands alone
	cut    bool // more fields or bytes than are read
	body   bool // there was an empty line, or junk: the header has an end
}

// readHeader splits the header that b begins with into fields (RFC 5322 §2.2),
// unfolded, and appends them to into. Lines end with LF, CRLF or any CRs and LF.
// A line that is no field is passed over if a field follows, as mail programs
// do; otherwise it is the first of the body. scratch is reused.
func readHeader(b []byte, into []Field, scratch *[]byte) header {
	h := header{fields: into}
	block := (*scratch)[:0]
	type span struct{ name, from, to int } // name: its length
	var spansArray [64]span
	spans := spansArray[:0]
	pos, lost := 0, false // lost: the last line was no field
	for pos < len(b) {
		if pos > 4*MaxHeaderBytes {
			h.cut, h.body = true, true
			break
		}
		next := bytes.IndexByte(b[pos:], '\n') + 1
		if next == 0 {
			next = len(b) - pos
		}
		line := b[pos : pos+next]
		if i := bytes.IndexByte(line, '\r'); i >= 0 && i < len(line)-2 && line[i+1] != '\r' && line[i+1] != '\n' {
			h.bare = true
			next, line = i+1, line[:i]
		}
		for len(line) > 0 && (line[len(line)-1] == '\n' || line[len(line)-1] == '\r') {
			line = line[:len(line)-1]
		}
		if len(line) == 0 {
			pos += next
			h.body = true
			break
		}
		switch room := MaxHeaderBytes - len(block); {
		case line[0] == ' ' || line[0] == '\t':
			if len(spans) == 0 || lost { // nothing to go on with
				h.junk = true
				if !goesOn(b[pos+next:]) {
					h.body = true
					goto done
				}
				break
			}
			if h.cut = h.cut || len(line) > room; len(line) <= room {
				block = append(block, line...)
				spans[len(spans)-1].to = len(block)
			}
		case nameLength(line) > 0:
			if h.cut = h.cut || len(line) > room || len(spans) >= MaxFields; len(line) <= room && len(spans) < MaxFields {
				lost = false
				spans = append(spans, span{nameLength(line), len(block), len(block) + len(line)})
				block = append(block, line...)
			} else if len(line) > room && room > 1024 && len(spans) < MaxFields { // one absurdly long line: its beginning
				n := nameLength(line)
				if n < 1024 {
					spans = append(spans, span{n, len(block), len(block) + 1024})
					block = append(block, line[:1024]...)
				}
			}
		case isFromLine(line), isEscapedFrom(line):
			// An mbox separator that was copied into a mail.
		default:
			h.junk, lost = true, true
			if !goesOn(b[pos+next:]) {
				h.body = true
				goto done
			}
		}
		pos += next
	}
done:
	h.end = pos
	*scratch = block
	all := string(block)
	for _, s := range spans {
		f := all[s.from:s.to]
		value := f[s.name:]
		value = value[strings.IndexByte(value, ':')+1:]
		h.fields = append(h.fields, Field{Name: f[:s.name], Value: strings.Trim(value, " \t\r")})
	}
	return h
}

// nameLength returns how long the name of the field is that line begins with,
// 0 if it begins none. Blanks before the colon are obsolete syntax (RFC 5322
// §4.5).
func nameLength(line []byte) int {
	for i, c := range line {
		switch {
		case c == ':':
			return i
		case c == ' ' || c == '\t':
			if rest := bytes.TrimLeft(line[i:], " \t"); len(rest) > 0 && rest[0] == ':' {
				return i
			}
			return 0
		case c < '!' || c > '~':
			return 0
		}
	}
	return 0
}

// fieldFollows reports whether b begins with a field.
func fieldFollows(b []byte) bool {
	b = b[:min(len(b), 1000)]
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		b = b[:i]
	}
	return nameLength(b) > 0
}

// goesOn reports whether b, behind a line that is no field, still is of a
// mail's header: a field follows that mails have. Any word with a colon would
// not do, as a text without an empty line before it may have one.
func goesOn(b []byte) bool {
	b = b[:min(len(b), 2000)]
	for len(b) > 0 && (b[0] == ' ' || b[0] == '\t') {
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			return false
		}
		b = b[i+1:]
	}
	if !fieldFollows(b) {
		return false
	}
	name := b[:nameLength(b)]
	return telling(name) || len(name) > 2 && (isName(string(name[:2]), "x-") || len(name) > 8 && isName(string(name[:8]), "content-"))
}

// first returns the value of the first field of that name, given in lower case.
func first(fields []Field, name string) (string, bool) {
	for i := range fields {
		if isName(fields[i].Name, name) {
			return fields[i].Value, true
		}
	}
	return "", false
}

// isName compares without case; lower is in lower case.
func isName(name, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
