package mail

import (
	"bytes"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
)

// charsets turns texts into UTF-8. It remembers what labels mean.
type charsets struct {
	known map[string]encoding.Encoding // nil: a label that says nothing
}

// maxLabels bounds what is remembered: labels are written by attackers.
const maxLabels = 256

// otherLabels are found in mail, but in neither the WHATWG's nor IANA's index,
// or mean less there: the WHATWG refuses two that are unsafe on web pages.
var otherLabels = map[string]encoding.Encoding{
	"cp949": korean.EUCKR, "ms949": korean.EUCKR, "uhc": korean.EUCKR,
	"cp936": simplifiedchinese.GBK, "hz-gb-2312": simplifiedchinese.HZGB2312,
	"eucgb2312_cn": simplifiedchinese.GBK, "euc-cn": simplifiedchinese.GBK,
	"ansi": charmap.Windows1252, "cp-1252": charmap.Windows1252,
	"iso-8859-1-windows-1252": charmap.Windows1252,
	"iso-2022-kr":             nil, "iso-2022-cn": nil, "iso-2022-cn-ext": nil,
}

// find returns the encoding of a label; nil for UTF-8, ASCII, and what is not
// known, which are all guessed the same way.
func (c *charsets) find(label string) encoding.Encoding {
	if e, ok := c.known[label]; ok {
		return e
	}
	if len(label) > 64 {
		return nil
	}
	e, ok := otherLabels[label]
	if !ok {
		var err error
		if e, err = htmlindex.Get(label); err != nil {
			if e, err = ianaindex.MIME.Encoding(label); err != nil {
				e = nil
			}
		}
	}
	if name, err := htmlindex.Name(e); e != nil && err == nil && (name == "utf-8" || name == "replacement") {
		e = nil
	}
	if c.known == nil {
		c.known = make(map[string]encoding.Encoding)
	}
	if len(c.known) < maxLabels {
		c.known[label] = e
	}
	return e
}

// text returns b, of the declared charset, as UTF-8, and whether the charset
// was declared wrongly. The result may be up to three times as long as b.
func (c *charsets) text(b []byte, label string) (text string, lie bool) {
	if ascii(b) && !strings.ContainsAny(label, "27zZ") { // iso-2022, utf-7 and hz write in ASCII
		return string(b), false
	}
	switch label = strings.ToLower(label); label {
	case "utf-8", "utf8", "us-ascii", "":
	case "utf-7", "unicode-1-1-utf-7":
		return decodeUTF7(b), false
	default:
		if e := c.find(label); e != nil {
			// Programs that declare a Latin code and write UTF-8 are common; the
			// reverse, Latin text that is by chance valid UTF-8, is not.
			if _, single := e.(*charmap.Charmap); single && !ascii(b) && utf8.Valid(b) {
				return string(b), true
			}
			if out, err := e.NewDecoder().Bytes(b); err == nil {
				return string(out), false
			}
		}
	}
	if utf8.Valid(b) {
		return string(b), label == "us-ascii" && !ascii(b)
	}
	if valid, invalid := countUTF8(b); valid >= invalid { // damaged, or cut within a character
		return string(bytes.ToValidUTF8(b, []byte("\ufffd"))), true
	}
	out, _ := charmap.Windows1252.NewDecoder().Bytes(b)
	return string(out), label != "" && label != "unknown-8bit" && label != "x-unknown"
}

func ascii(b []byte) bool {
	for len(b) >= 8 {
		if (uint64(b[0])|uint64(b[1])|uint64(b[2])|uint64(b[3])|uint64(b[4])|uint64(b[5])|uint64(b[6])|uint64(b[7]))&0x80 != 0 {
			return false
		}
		b = b[8:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// countUTF8 counts the characters beyond ASCII and the bytes that are none.
func countUTF8(b []byte) (valid, invalid int) {
	for i := 0; i < len(b); {
		if b[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			invalid++
		} else {
			valid++
		}
		i += size
	}
	return valid, invalid
}

// decodeUTF7 reads RFC 2152, which x/text does not know: browsers dropped it,
// mail programs did not all.
func decodeUTF7(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for len(b) > 0 {
		i := bytes.IndexByte(b, '+')
		if i < 0 {
			break
		}
		out.Write(bytes.ToValidUTF8(b[:i], []byte("\ufffd")))
		b = b[i+1:]
		n := 0
		for n < len(b) && base64Values[b[n]] < 64 {
			n++
		}
		if n == 0 {
			out.WriteByte('+') // "+-", and a plus that stands alone
			b = bytes.TrimPrefix(b, []byte("-"))
			continue
		}
		d := decoder{code: base64Coded}
		code := d.decode(nil, b[:n], true)
		units := make([]uint16, len(code)/2)
		for k := range units {
			units[k] = uint16(code[2*k])<<8 | uint16(code[2*k+1])
		}
		out.WriteString(string(utf16.Decode(units)))
		b = bytes.TrimPrefix(b[n:], []byte("-"))
	}
	out.Write(bytes.ToValidUTF8(b, []byte("\ufffd")))
	return out.String()
}
