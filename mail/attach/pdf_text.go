package attach

import (
	"bytes"
	"encoding/hex"
)

// pdfName reads a name after its slash, #xx decoded (§7.3.5). It may give a
// part of b.
func pdfName(b []byte, i int) ([]byte, int) {
	start := i
	escaped := false
scan:
	for ; i < len(b) && b[i] > ' '; i++ {
		switch b[i] {
		case '(', ')', '<', '>', '[', ']', '{', '}', '/', '%':
			break scan
		case '#':
			escaped = true
		}
	}
	raw := b[start:min(i, start+127)]
	if !escaped {
		return raw, i
	}
	out := make([]byte, 0, len(raw))
	for j := 0; j < len(raw); j++ {
		var c [1]byte
		if raw[j] == '#' && j+2 < len(raw) {
			if _, err := hex.Decode(c[:], raw[j+1:j+3]); err == nil {
				out = append(out, c[0])
				j += 2
				continue
			}
		}
		out = append(out, raw[j])
	}
	return out, i
}

// pdfString reads a literal string after its parenthesis (§7.3.4.2).
func pdfString(b []byte, i int) (string, int) {
	var out []byte
	for depth := 1; i < len(b); i++ {
		c := b[i]
		switch c {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return string(out), i + 1
			}
		case '\\':
			i++
			if i >= len(b) {
				return string(out), i
			}
			switch c = b[i]; c {
			case 'n':
				c = '\n'
			case 'r':
				c = '\r'
			case 't':
				c = '\t'
			case 'b', 'f':
				c = ' '
			case '\r':
				if i+1 < len(b) && b[i+1] == '\n' {
					i++
				}
				continue
			case '\n':
				continue
			default:
				if c >= '0' && c <= '7' {
					n := 0
					for k := 0; k < 3 && i < len(b) && b[i] >= '0' && b[i] <= '7'; k++ {
						n = n*8 + int(b[i]-'0')
						i++
					}
					i--
					c = byte(n)
				}
			}
		}
		if len(out) < pdfObjectMax {
			out = append(out, c)
		}
	}
	return string(out), i
}

// pdfHexString reads a hexadecimal string after its bracket (§7.3.4.3).
func pdfHexString(b []byte, i int) (string, int) {
	end := bytes.IndexByte(b[i:], '>')
	if end < 0 {
		return "", len(b)
	}
	return string(hexDigits(b[i:i+end], pdfObjectMax)), i + end + 1
}
