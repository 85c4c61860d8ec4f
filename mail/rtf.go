package mail

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// maxRTF bounds a decompressed RTF body.
const maxRTF = 4 << 20

// unpackRTF undoes the compression of PidTagRtfCompressed ([MS-OXRTFCP] §2.2).
func unpackRTF(b []byte) ([]byte, bool) {
	const dictionary = `{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0` + "\r\n" + `\par \pard\plain\f0\fs20\b\i\u\tab\tx`
	if len(b) < 16 {
		return nil, false
	}
	size := min(int64(binary.LittleEndian.Uint32(b[4:])), maxRTF)
	switch binary.LittleEndian.Uint32(b[8:]) {
	case 0x414c454d: // MELA: not compressed
		return b[16:][:min(int64(len(b)-16), size)], true
	case 0x75465a4c: // LZFu
	default:
		return nil, false
	}
	var window [4096]byte
	at := copy(window[:], dictionary)
	out := make([]byte, 0, min(size, int64(len(b))*9))
	put := func(c byte) {
		out = append(out, c)
		window[at&4095] = c
		at++
	}
	for b = b[16:]; len(b) > 0 && int64(len(out)) < size; {
		control := b[0]
		b = b[1:]
		for i := 0; i < 8 && len(b) > 0 && int64(len(out)) < size; i++ {
			if control>>i&1 == 0 {
				put(b[0])
				b = b[1:]
				continue
			}
			if len(b) < 2 {
				return out, true
			}
			offset, length := int(b[0])<<4|int(b[1])>>4, int(b[1]&15)+2
			b = b[2:]
			if offset == at&4095 { // the end
				return out, true
			}
			for range length {
				put(window[offset&4095])
				offset++
			}
		}
	}
	return out, true
}

// rtfText takes the text out of an RTF body: the HTML that Outlook put into it
// ([MS-OXRTFEX] §2.1.3: htmltag groups, and what stands outside of htmlrtf),
// or what is shown of plain RTF.
func (c *charsets) rtfText(b []byte) (text string, html bool) {
	s := string(b)
	html = strings.Contains(s[:min(len(s), 1000)], `\fromhtml`)
	var out strings.Builder
	type group struct{ skip, hidden bool } // hidden: htmlrtf
	var stack []group
	g := group{}
	unicodeSkip, pending := 1, 0 // \uc, and how many stand-ins follow a \u
	page := "windows-1252"
	var coded []byte // of that code page, not yet decoded
	flush := func() {
		if len(coded) > 0 {
			text, _ := c.text(coded, page)
			out.WriteString(text)
			coded = coded[:0]
		}
	}
	shown := func() bool { return !g.skip && !g.hidden && out.Len() < MaxText }
	write := func(c byte) {
		switch {
		case pending > 0:
			pending--
		case !shown():
		case c >= 0x80: // not escaped, as it should be
			coded = append(coded, c)
		default:
			flush()
			out.WriteByte(c)
		}
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '{':
			if len(stack) < 10_000 {
				stack = append(stack, g)
			}
			pending = 0
		case '}':
			if len(stack) > 0 {
				g = stack[len(stack)-1]
				stack = stack[:len(stack)-1]
			}
			pending = 0
		case '\r', '\n':
		case '\\':
			i++
			if i == len(s) {
				break
			}
			if c = s[i]; c|0x20 < 'a' || c|0x20 > 'z' {
				switch c {
				case '\'':
					if i+2 < len(s) && hexValue(s[i+1]) < 16 && hexValue(s[i+2]) < 16 {
						if pending > 0 {
							pending--
						} else if shown() {
							coded = append(coded, hexValue(s[i+1])<<4|hexValue(s[i+2]))
						}
						i += 2
					}
				case '*': // a destination that may be passed over
					g.skip = !strings.HasPrefix(s[i+1:], `\htmltag`)
				case '~':
					write(' ')
				case '\\', '{', '}':
					write(c)
				}
				continue
			}
			word, number, signed, size := rtfWord(s[i:])
			i += size - 1
			switch word {
			case "u":
				if shown() {
					flush()
					out.WriteRune(rune(uint16(number)))
				}
				pending = unicodeSkip
			case "uc":
				unicodeSkip = max(0, min(number, 8))
			case "par", "line":
				write('\n')
			case "ansicpg":
				page = codePage(number)
			case "tab":
				write('\t')
			case "htmlrtf":
				g.hidden = !signed || number != 0
			case "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "pntext", "mhtmltag":
				g.skip = true
			case "bin":
				i += max(0, min(number, len(s)-i-1))
			}
		default:
			write(c)
		}
	}
	flush()
	return out.String(), html
}

// codePage is the label of a Windows code page.
func codePage(n int) string {
	switch n {
	case 0, 1252:
		return "windows-1252"
	case 932:
		return "shift_jis"
	case 936:
		return "gbk"
	case 949:
		return "euc-kr"
	case 950:
		return "big5"
	case 20127, 65001:
		return "utf-8"
	case 28591:
		return "iso-8859-1"
	case 50220, 50221:
		return "iso-2022-jp"
	case 51949:
		return "euc-kr"
	case 54936:
		return "gb18030"
	}
	if n >= 28592 && n <= 28605 {
		return "iso-8859-" + strconv.Itoa(n-28590)
	}
	return "windows-" + strconv.Itoa(n)
}

// rtfWord reads a control word and its number.
func rtfWord(s string) (word string, n int, signed bool, size int) {
	for size < len(s) && s[size]|0x20 >= 'a' && s[size]|0x20 <= 'z' && size < 32 {
		size++
	}
	word = s[:size]
	negative := size < len(s) && s[size] == '-'
	if negative {
		size++
	}
	n, digits := number(s[size:])
	size += digits
	if negative {
		n = -n
	}
	if size < len(s) && s[size] == ' ' {
		size++
	}
	return word, n, digits > 0, size
}
