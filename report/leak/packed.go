package leak

import "bytes"

// piece is what a run of base64 or hexadecimal digits stands for.
type piece struct {
	name   string
	offset int
	data   []byte
}

// minPacked is the smallest piece that is looked at, in bytes: shorter ones
// are more often words than encodings.
const minPacked = 6

// packed returns the pieces of a text that may be something readable.
func packed(text []byte) []piece {
	return append(base64Pieces(text), hexPieces(text)...)
}

// base64Value gives the value of a base64 digit of both alphabets (RFC 4648 4
// and 5), 64 for other bytes.
var base64Value = func() (t [256]byte) {
	for c := range t {
		t[c] = 64
	}
	for v, c := range []byte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/") {
		t[c] = byte(v)
	}
	t['-'], t['_'] = 62, 63
	return t
}()

// base64Pieces decodes every run of base64 digits at all four alignments: a
// run may begin with letters that belong to what stands before it. Lines are
// joined where the break comes after a full line (RFC 2045 6.8).
func base64Pieces(text []byte) []piece {
	var out []piece
	var digits, data []byte
	for i := 0; i < len(text); {
		if base64Value[text[i]] == 64 {
			i++
			continue
		}
		start := i
		digits = digits[:0]
		for line := i; i < len(text); i++ {
			if v := base64Value[text[i]]; v < 64 {
				digits = append(digits, v)
				continue
			}
			if i-line < 60 {
				break
			}
			next := lineBreak(text[i:])
			if next == 0 {
				break
			}
			i += next - 1
			line = i + 1
		}
		for shift := range max(0, min(4, len(digits)-2)) {
			d := digits[shift:]
			if hopeless(d[0]<<2|d[1]>>4, d[1]<<4|d[2]>>2) {
				continue
			}
			data = decode64(data[:0], d)
			if len(data) >= minPacked && kindOf(data) != kindUnknown {
				out = append(out, piece{"base64", start + shift, bytes.Clone(data)})
			}
		}
	}
	return out
}

// lineBreak returns the length of a line break and the white space after it.
func lineBreak(text []byte) int {
	n := len(text) - len(bytes.TrimLeft(text[:min(len(text), 64)], "\r\n\t ")) - max(0, len(text)-64)
	if bytes.IndexByte(text[:max(0, n)], '\n') < 0 {
		return 0
	}
	return n
}

func decode64(out, digits []byte) []byte {
	for len(digits) >= 2 {
		out = append(out, digits[0]<<2|digits[1]>>4)
		if len(digits) >= 3 {
			out = append(out, digits[1]<<4|digits[2]>>2)
		}
		if len(digits) >= 4 {
			out = append(out, digits[2]<<6|digits[3])
		}
		digits = digits[min(4, len(digits)):]
	}
	return out
}

// hopeless reports whether no text and no known format begins with the bytes
// a and b. Most words that look like base64 end here.
func hopeless(a, b byte) bool {
	text := func(c byte) bool { return c >= ' ' && c < 0x7f || c >= '\t' && c <= '\r' }
	switch {
	case text(a) && (text(b) || b >= 0xc2 && b <= 0xf4), a == 0 || b == 0: // ASCII, UTF-16
		return false
	case a >= 0xc2 && a <= 0xf4 && b >= 0x80 && b < 0xc0: // UTF-8
		return false
	case a == 0x1f && b == 0x8b, a == 0x78, a == 0xff && b == 0xfe, a == 0xfe && b == 0xff:
		return false
	}
	for _, r := range refused {
		if r.magic[0] == a && r.magic[1] == b {
			return false
		}
	}
	return true
}

// hexPieces decodes runs of hexadecimal digits, also written byte by byte:
// 68:6f:70, 0x68, 0x6f.
func hexPieces(text []byte) []piece {
	var out []piece
	for i := 0; i < len(text); {
		if !isHex(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && isHex(text[end]) {
			end++
		}
		switch n := end - i; {
		case n >= 2*minPacked:
			for shift := range 2 {
				if data := pairs(text[i+shift : end]); kindOf(data) != kindUnknown {
					out = append(out, piece{"hexadecimal", i + shift, data})
				}
			}
		case n <= 2:
			data, next := spacedPairs(text[i:])
			if len(data) >= minPacked && kindOf(data) != kindUnknown {
				out = append(out, piece{"hexadecimal", i, data})
			}
			end = max(end, i+next)
		}
		i = end
	}
	return out
}

func pairs(digits []byte) []byte {
	out := make([]byte, 0, len(digits)/2)
	for i := 0; i+1 < len(digits); i += 2 {
		b, _ := hexByte(digits[i], digits[i+1])
		out = append(out, b)
	}
	return out
}

// spacedPairs decodes bytes of two digits each, with up to three signs of
// separation and an optional 0x between. It returns how much it read.
func spacedPairs(text []byte) (out []byte, n int) {
	for {
		i := n
		if len(out) > 0 {
			for i < len(text) && i < n+3 && bytes.IndexByte([]byte(" ,:;-\n\t"), text[i]) >= 0 {
				i++
			}
			if i == n {
				return out, n
			}
		}
		if i+1 < len(text) && text[i] == '0' && text[i+1]|0x20 == 'x' {
			i += 2
		}
		if i+1 >= len(text) {
			return out, n
		}
		b, ok := hexByte(text[i], text[i+1])
		if !ok || i+2 < len(text) && isHex(text[i+2]) {
			return out, n
		}
		out, n = append(out, b), i+2
	}
}
