package auth

import (
	"bytes"
	"crypto/sha256"
	"hash"
	"strings"
)

var crlf = []byte("\r\n")

// rawField is one header field as it stands in the mail, without its last line
// end.
type rawField struct{ raw []byte }

// is compares the name, given in lower case.
func (f rawField) is(name string) bool {
	colon := bytes.IndexByte(f.raw, ':')
	if colon < 0 {
		return false
	}
	own := bytes.TrimRight(f.raw[:colon], " \t")
	return len(own) == len(name) && strings.EqualFold(string(own), name)
}

// splitRaw parts header and body at the first empty line. The header is nil
// where there is none.
func splitRaw(raw []byte) (header, body []byte) {
	for pos := 0; pos < len(raw); {
		end := bytes.IndexByte(raw[pos:], '\n')
		if end < 0 {
			return raw, nil
		}
		line := raw[pos : pos+end]
		if len(line) == 0 || len(line) == 1 && line[0] == '\r' {
			if pos == 0 {
				return nil, raw[pos+end+1:]
			}
			return raw[:pos], raw[pos+end+1:]
		}
		pos += end + 1
	}
	return raw, nil
}

// rawFields parts a header into its fields. At most 5,000: a flood is cut.
func rawFields(header []byte) []rawField {
	var fields []rawField
	begin := 0
	for pos := 0; pos < len(header) && len(fields) < 5000; {
		end := bytes.IndexByte(header[pos:], '\n') + 1
		if end == 0 {
			end = len(header) - pos
		}
		next := pos + end
		if next >= len(header) || header[next] != ' ' && header[next] != '\t' {
			fields = append(fields, rawField{bytes.TrimRight(header[begin:next], "\r\n")})
			begin = next
		}
		pos = next
	}
	return fields
}

// canonicalField is a field as it is hashed, without its line end: RFC 6376
// §3.4.1 and §3.4.2. Line ends are CRLF, however the file was kept.
func canonicalField(raw []byte, relaxed bool) []byte {
	if !relaxed {
		return bytes.ReplaceAll(bytes.ReplaceAll(raw, crlf, []byte("\n")), []byte("\n"), crlf)
	}
	name, value, _ := bytes.Cut(raw, []byte(":"))
	out := bytes.ToLower(bytes.TrimRight(name, " \t"))
	out = append(out, ':')
	space := false
	started := len(out)
	for _, b := range value {
		switch b {
		case '\r', '\n':
		case ' ', '\t':
			space = true
		default:
			if space && len(out) > started {
				out = append(out, ' ')
			}
			space = false
			out = append(out, b)
		}
	}
	return out
}

// bodyForm is a way to hash a body: mails with many signatures are hashed once
// for each.
type bodyForm struct {
	relaxed bool
	length  int64
}

// bodyHash hashes the first bytes of a canonical body and counts all.
type bodyHash struct {
	sum   hash.Hash
	limit int64 // -1: all
	total int64
}

func newBodyHash(limit int64) *bodyHash { return &bodyHash{sum: sha256.New(), limit: limit} }

func (h *bodyHash) write(b []byte) {
	take := int64(len(b))
	if h.limit >= 0 {
		take = min(take, max(0, h.limit-h.total))
	}
	h.sum.Write(b[:take])
	h.total += int64(len(b))
}

// canonicalBody writes a body as it is hashed: RFC 6376 §3.4.3 and §3.4.4. Line
// ends become CRLF, empty lines at the end are dropped; relaxed folds white
// space, and an empty body is nothing.
func canonicalBody(w *bodyHash, body []byte, relaxed bool) {
	empty, lines := 0, 0
	var line []byte
	for len(body) > 0 {
		end := bytes.IndexByte(body, '\n')
		text := body
		if end >= 0 {
			text, body = body[:end], body[end+1:]
		} else {
			body = nil
		}
		text = bytes.TrimSuffix(text, []byte("\r"))
		if relaxed {
			line = foldSpace(line[:0], text)
			text = line
		}
		if len(text) == 0 {
			empty++
			continue
		}
		for ; empty > 0; empty-- {
			w.write(crlf)
		}
		w.write(text)
		w.write(crlf)
		lines++
	}
	if lines == 0 && !relaxed {
		w.write(crlf)
	}
}

// foldSpace appends text with each run of white space as one space, and none
// at the end.
func foldSpace(dst, text []byte) []byte {
	space := false
	for _, b := range text {
		if b == ' ' || b == '\t' {
			space = true
			continue
		}
		if space {
			dst = append(dst, ' ')
			space = false
		}
		dst = append(dst, b)
	}
	return dst
}
