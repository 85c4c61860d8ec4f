package mail

import (
	"bytes"
	"strings"
)

// transfer is a Content-Transfer-Encoding (RFC 2045 §6).
type transfer uint8

const (
	identity transfer = iota // 7bit, 8bit, binary, and all that is not known
	base64Coded
	quotedPrintable
)

// chunk is how much of a part is decoded at a time, in encoded bytes.
const chunk = 48 << 10

// decoder undoes a transfer encoding piece by piece. It never fails: what is
// no code is left out (base64) or left as it is (quoted-printable), and noted.
type decoder struct {
	code transfer
	bits uint32 // of base64 characters that do not make three bytes yet
	n    uint8  // how many characters those are
	junk bool   // something was no code
}

// decode appends to dst what src decodes to. With last set, src ends the part.
func (d *decoder) decode(dst, src []byte, last bool) []byte {
	switch d.code {
	case base64Coded:
		return d.base64(dst, src, last)
	case quotedPrintable:
		return d.quoted(dst, src)
	}
	return append(dst, src...)
}

const (
	noCode = 0x40 + iota
	blank
	padding
)

var base64Values = func() (t [256]uint8) {
	for i := range t {
		t[i] = noCode
	}
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
	for i := range len(alphabet) {
		t[alphabet[i]] = uint8(i)
	}
	t['\r'], t['\n'], t[' '], t['\t'], t['='] = blank, blank, blank, blank, padding
	return t
}()

// base64 goes on after padding: several padded pieces in a row are read by
// mail programs and used to hide from those that stop.
func (d *decoder) base64(dst, src []byte, last bool) []byte {
	for i := 0; i < len(src); {
		if d.n == 0 {
			for i+4 <= len(src) {
				a, b, c, e := base64Values[src[i]], base64Values[src[i+1]], base64Values[src[i+2]], base64Values[src[i+3]]
				if (a|b|c|e)&0xc0 != 0 {
					break
				}
				v := uint32(a)<<18 | uint32(b)<<12 | uint32(c)<<6 | uint32(e)
				dst = append(dst, byte(v>>16), byte(v>>8), byte(v))
				i += 4
			}
			if i == len(src) {
				break
			}
		}
		switch v := base64Values[src[i]]; v {
		case noCode:
			d.junk = true
		case padding:
			dst = d.flush(dst)
		case blank:
		default:
			d.bits = d.bits<<6 | uint32(v)
			if d.n++; d.n == 4 {
				dst = append(dst, byte(d.bits>>16), byte(d.bits>>8), byte(d.bits))
				d.bits, d.n = 0, 0
			}
		}
		i++
	}
	if last {
		d.junk = d.junk || d.n > 0 // padding is missing
		dst = d.flush(dst)
	}
	return dst
}

// flush gives the bytes of an unfinished group of four.
func (d *decoder) flush(dst []byte) []byte {
	switch d.n {
	case 1:
		d.junk = true
	case 2:
		dst = append(dst, byte(d.bits>>4))
	case 3:
		dst = append(dst, byte(d.bits>>10), byte(d.bits>>2))
	}
	d.bits, d.n = 0, 0
	return dst
}

// quoted decodes whole lines, or pieces that nextPiece cut.
func (d *decoder) quoted(dst, src []byte) []byte {
	for {
		i := bytes.IndexByte(src, '=')
		if i < 0 {
			return append(dst, src...)
		}
		dst = append(dst, src[:i]...)
		src = src[i+1:]
		if len(src) >= 2 {
			if hi, lo := hexValue(src[0]), hexValue(src[1]); hi < 16 && lo < 16 {
				dst = append(dst, hi<<4|lo)
				src = src[2:]
				continue
			}
		}
		// A soft line break; blanks after it were added on the way (RFC 2045 §6.7 rule 3).
		j := 0
		for j < len(src) && (src[j] == ' ' || src[j] == '\t' || src[j] == '\r') {
			j++
		}
		switch {
		case j < len(src) && src[j] == '\n':
			src = src[j+1:]
		case j == len(src):
			src = nil
		default:
			d.junk = true
			dst = append(dst, '=')
		}
	}
}

func hexValue(c byte) byte {
	switch {
	case c >= '0' && c <= '9':
		return c - '0'
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10
	}
	return 0xff
}

// nextPiece cuts a piece of about a chunk off src, not within a sequence of
// quoted-printable.
func nextPiece(src []byte) (piece, rest []byte) {
	if len(src) <= chunk {
		return src, nil
	}
	end := bytes.LastIndexByte(src[:chunk], '\n') + 1
	if end == 0 {
		end = chunk
		if i := bytes.LastIndexByte(src[chunk-8:chunk], '='); i >= 0 {
			end += i - 8
		}
	}
	return src[:end], src[end:]
}

// transferOf reads the value of a Content-Transfer-Encoding field; known is
// false for one that is not defined.
func transferOf(value string) (code transfer, known bool) {
	value = strings.TrimRight(strings.TrimSpace(value), ";")
	if i := strings.IndexAny(value, " \t;("); i > 0 {
		value = value[:i]
	}
	switch strings.ToLower(strings.Trim(value, `"'`)) {
	case "", "7bit", "8bit", "binary", "7-bit", "8-bit":
		return identity, true
	case "base64":
		return base64Coded, true
	case "quoted-printable":
		return quotedPrintable, true
	}
	return identity, false
}
