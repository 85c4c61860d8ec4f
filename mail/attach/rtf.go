package attach

import (
	"bytes"
	"encoding/hex"
	"strings"
)

// rtf examines a rich text file for objects and templates (RTF 1.9.1,
// \objdata, \*\template). Word forgives nearly everything in this format, so
// the search is for control words, not for structure.
func (x *examiner) rtf(s subject) string {
	b := x.search(s.body)
	if at := bytes.Index(b, []byte(`\*\template`)); at >= 0 {
		t := rtfText(b[at+len(`\*\template`) : min(len(b), at+1000)])
		if x.link(t) {
			x.find("remote_template", s, t)
		}
	}
	for at, n := 0, 0; n < 10; n++ {
		i := bytes.Index(b[at:], []byte(`\objdata`))
		if i < 0 {
			break
		}
		at += i + len(`\objdata`)
		data := hexDigits(b[at:], 4<<10)
		low := bytes.ToLower(data)
		switch {
		case bytes.Contains(low, []byte("equation.")) || strings.Contains(hex.EncodeToString(data), classEquation):
			x.find("equation_object", s, "")
		case bytes.Contains(low, []byte("package\x00")):
			x.find("ole_package", s, "")
		}
		x.find("rtf_object", s, objectClass(data))
	}
	low := bytes.ToLower(b)
	if bytes.Contains(low, []byte(`\objupdate`)) {
		x.find("rtf_object", s, `\objupdate: loaded without a click`)
	}
	if bytes.Contains(low, []byte("ddeauto")) {
		x.find("external_link_dde", s, "")
	}
	if i := bytes.Index(low, []byte("includepicture")); i >= 0 && bytes.Contains(low[i:min(len(low), i+200)], []byte("http")) {
		x.find("remote_image", s, "includepicture")
	}
	for _, u := range urlsIn(string(b[:min(len(b), 1<<20)]), 50) {
		if !strings.Contains(u, "schemas.microsoft.com") {
			x.link(u)
		}
	}
	return ""
}

// rtfText decodes \'hh and \uN up to the end of the group.
func rtfText(b []byte) string {
	var out strings.Builder
	for i := 0; i < len(b) && b[i] != '}' && out.Len() < maxLinkBytes; i++ {
		switch {
		case b[i] == '\\' && i+3 < len(b) && b[i+1] == '\'':
			var c [1]byte
			if _, err := hex.Decode(c[:], b[i+2:i+4]); err == nil {
				out.WriteByte(c[0])
			}
			i += 3
		case b[i] == '\\' && i+2 < len(b) && b[i+1] == 'u' && (b[i+2] == '-' || b[i+2] >= '0' && b[i+2] <= '9'):
			j, n, negative := i+2, 0, b[i+2] == '-'
			if negative {
				j++
			}
			for ; j < len(b) && b[j] >= '0' && b[j] <= '9' && n < 1<<16; j++ {
				n = n*10 + int(b[j]-'0')
			}
			if negative {
				n = 65536 - n // signed 16 bits
			}
			out.WriteRune(rune(n))
			if j < len(b) && (b[j] == '?' || b[j] == ' ') {
				j++ // the character for readers without Unicode
			}
			i = j - 1
		case b[i] == '\\' && i+1 < len(b) && b[i+1] == '\\':
			out.WriteByte('\\')
			i++
		case b[i] == '{' || b[i] == '\r' || b[i] == '\n':
		default:
			out.WriteByte(b[i])
		}
	}
	return strings.TrimSpace(out.String())
}

// hexDigits decodes hexadecimal data up to a brace, stepping over all that
// writers put between the digits, up to limit bytes.
func hexDigits(b []byte, limit int) []byte {
	var out []byte
	half, have := byte(0), false
	for i := 0; i < len(b) && i < 8*limit && len(out) < limit && b[i] != '}'; i++ {
		var v byte
		switch c := b[i]; {
		case c >= '0' && c <= '9':
			v = c - '0'
		case c >= 'a' && c <= 'f':
			v = c - 'a' + 10
		case c >= 'A' && c <= 'F':
			v = c - 'A' + 10
		default:
			continue
		}
		if have {
			out = append(out, half<<4|v)
		}
		half, have = v, !have
	}
	return out
}

// objectClass is the class name in OLE 1 object data (MS-OLEDS 2.2.4).
func objectClass(b []byte) string {
	if len(b) < 13 {
		return ""
	}
	n := int(le32(b, 8))
	if n < 1 || n > 60 || 12+n > len(b) {
		return ""
	}
	return strings.TrimRight(string(b[12:12+n]), "\x00")
}
