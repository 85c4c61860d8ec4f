package exchange

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// next reads a token.
func (p *patternParser) next() {
	if p.err != nil {
		return
	}
	for p.pos < len(p.in) && strings.IndexByte(" \t\r\n", p.in[p.pos]) >= 0 {
		p.pos++
	}
	p.tok = token{at: p.pos}
	if p.pos == len(p.in) {
		return
	}
	c := p.in[p.pos]
	switch {
	case c == '\'':
		p.tok.kind, p.tok.text = tokString, p.quoted(p.pos)
	case strings.IndexByte("hbt", c) >= 0 && strings.HasPrefix(p.in[p.pos+1:], "'"):
		text := p.quoted(p.pos + 1)
		p.tok.kind, p.tok.text = tokOther, string(c)+"'"+text+"'"
		var err error
		switch c {
		case 'h':
			_, err = hex.DecodeString(text)
		case 'b':
			_, err = base64.StdEncoding.DecodeString(text)
		case 't':
			if _, err = time.Parse(time.RFC3339Nano, text); err == nil && !strings.HasSuffix(text, "Z") {
				err = fmt.Errorf("%q is not in UTC", text)
			}
		}
		if err != nil {
			p.fail("%v", err)
		}
	case letter(c):
		p.tok.kind, p.tok.text = tokWord, p.run(func(c byte) bool { return letter(c) || digit(c) || c == '-' })
	case digit(c), (c == '-' || c == '+') && p.pos+1 < len(p.in) && digit(p.in[p.pos+1]):
		p.pos++
		p.tok.kind, p.tok.text = tokOther, string(c)+p.run(func(c byte) bool { return digit(c) || c == '.' })
		if _, err := strconv.ParseFloat(p.tok.text, 64); err != nil {
			p.fail("%q is no number", p.tok.text)
		}
	default:
		p.tok.kind, p.tok.text = tokSign, string(c)
		for _, two := range []string{"==", "!=", "<>", "<=", ">="} {
			if strings.HasPrefix(p.in[p.pos:], two) {
				p.tok.text = two
			}
		}
		p.pos += len(p.tok.text)
	}
}

func (p *patternParser) run(in func(byte) bool) string {
	from := p.pos
	for p.pos < len(p.in) && in(p.in[p.pos]) {
		p.pos++
	}
	return p.in[from:p.pos]
}

// quoted reads '...' from byte at; a backslash takes the next byte as it is.
func (p *patternParser) quoted(at int) string {
	var b strings.Builder
	for i := at + 1; i < len(p.in); i++ {
		switch p.in[i] {
		case '\'':
			p.pos = i + 1
			return b.String()
		case '\\':
			i++
		}
		if i < len(p.in) {
			b.WriteByte(p.in[i])
		}
	}
	p.pos = len(p.in)
	p.fail("a string without its end")
	return ""
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }
