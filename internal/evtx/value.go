package evtx

import (
	"iter"
	"math"
	"strconv"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// The kinds of value.
const (
	kindNull     = 0
	kindString   = 1 // UTF-16
	kindANSI     = 2
	kindInt8     = 3
	kindUint8    = 4
	kindInt16    = 5
	kindUint16   = 6
	kindInt32    = 7
	kindUint32   = 8
	kindInt64    = 9
	kindUint64   = 10
	kindFloat32  = 11
	kindFloat64  = 12
	kindBool     = 13
	kindBinary   = 14
	kindGUID     = 15
	kindSize     = 16
	kindFileTime = 17
	kindSysTime  = 18
	kindSID      = 19
	kindHex32    = 20
	kindHex64    = 21
	kindBinXML   = 33

	kindArray = 0x80 // of values of the kind beside it
)

// kindSizes are the bytes of one value; 0 for kinds whose values end by
// themselves or with the data.
var kindSizes = [...]int{
	kindInt8: 1, kindUint8: 1, kindInt16: 2, kindUint16: 2, kindInt32: 4, kindUint32: 4, kindInt64: 8, kindUint64: 8,
	kindFloat32: 4, kindFloat64: 8, kindBool: 4, kindGUID: 16, kindFileTime: 8, kindSysTime: 16, kindHex32: 4, kindHex64: 8,
}

// appendValue appends a value as Windows writes it in XML. What is too short
// for its kind, or of a kind that is not known, has no text.
func appendValue(dst []byte, kind byte, b []byte) []byte {
	if kind&kindArray != 0 {
		first := true
		for item := range items(kind, b) {
			if !first {
				dst = append(dst, ' ')
			}
			first = false
			dst = appendValue(dst, kind&^kindArray, item)
		}
		return dst
	}
	if int(kind) < len(kindSizes) && len(b) < kindSizes[kind] {
		return dst
	}
	switch kind {
	case kindString:
		return appendUTF16(dst, b)
	case kindANSI:
		return appendANSI(dst, b)
	case kindInt8:
		return strconv.AppendInt(dst, int64(int8(b[0])), 10)
	case kindUint8:
		return strconv.AppendUint(dst, uint64(b[0]), 10)
	case kindInt16:
		return strconv.AppendInt(dst, int64(int16(u16(b, 0))), 10)
	case kindUint16:
		return strconv.AppendUint(dst, uint64(u16(b, 0)), 10)
	case kindInt32:
		return strconv.AppendInt(dst, int64(int32(u32(b, 0))), 10)
	case kindUint32:
		return strconv.AppendUint(dst, uint64(u32(b, 0)), 10)
	case kindInt64:
		return strconv.AppendInt(dst, int64(u64(b, 0)), 10)
	case kindUint64:
		return strconv.AppendUint(dst, u64(b, 0), 10)
	case kindFloat32:
		return strconv.AppendFloat(dst, float64(math.Float32frombits(u32(b, 0))), 'g', -1, 32)
	case kindFloat64:
		return strconv.AppendFloat(dst, math.Float64frombits(u64(b, 0)), 'g', -1, 64)
	case kindBool:
		return strconv.AppendBool(dst, u32(b, 0) != 0)
	case kindBinary:
		return appendHex(dst, b)
	case kindGUID:
		return appendGUID(dst, b)
	case kindSize:
		if len(b) == 4 {
			return appendHexNumber(dst, uint64(u32(b, 0)))
		}
		if len(b) == 8 {
			return appendHexNumber(dst, u64(b, 0))
		}
	case kindFileTime:
		return appendFileTime(dst, u64(b, 0))
	case kindSysTime:
		return appendSysTime(dst, b)
	case kindSID:
		return appendSID(dst, b)
	case kindHex32:
		return appendHexNumber(dst, uint64(u32(b, 0)))
	case kindHex64:
		return appendHexNumber(dst, u64(b, 0))
	}
	return dst
}

// items cuts an array into its elements: strings end with a zero, others have
// the size of their kind.
func items(kind byte, b []byte) iter.Seq[[]byte] {
	kind &^= kindArray
	return func(yield func([]byte) bool) {
		for len(b) > 0 {
			n, skip := len(b), 0
			switch {
			case kind == kindString:
				for i := 0; i+1 < len(b); i += 2 {
					if b[i] == 0 && b[i+1] == 0 {
						n, skip = i, 2
						break
					}
				}
			case int(kind) < len(kindSizes) && kindSizes[kind] > 0:
				n = min(kindSizes[kind], len(b))
			}
			if !yield(b[:n]) {
				return
			}
			b = b[n+skip:]
		}
	}
}

// appendUTF16 appends text in UTF-16 as UTF-8, up to the zeros with which it
// may end. Halves of surrogate pairs become U+FFFD.
func appendUTF16(dst, b []byte) []byte {
	for len(b) >= 2 && b[len(b)-1] == 0 && b[len(b)-2] == 0 {
		b = b[:len(b)-2]
	}
	for i := 0; i+1 < len(b); i += 2 {
		c := rune(b[i]) | rune(b[i+1])<<8
		switch {
		case c < utf8.RuneSelf:
			dst = append(dst, byte(c))
			continue
		case utf16.IsSurrogate(c):
			low := rune(0)
			if i+3 < len(b) {
				low = rune(b[i+2]) | rune(b[i+3])<<8
			}
			if c = utf16.DecodeRune(c, low); c != utf8.RuneError {
				i += 2
			}
		}
		dst = utf8.AppendRune(dst, c)
	}
	return dst
}

// appendANSI appends text in an eight-bit code that is not named, as Latin-1.
func appendANSI(dst, b []byte) []byte {
	for _, c := range b {
		if c == 0 {
			break
		}
		dst = utf8.AppendRune(dst, rune(c))
	}
	return dst
}

const hexDigits = "0123456789ABCDEF"

func appendHex(dst, b []byte) []byte {
	for _, c := range b {
		dst = append(dst, hexDigits[c>>4], hexDigits[c&15])
	}
	return dst
}

func appendHexNumber(dst []byte, n uint64) []byte {
	return strconv.AppendUint(append(dst, "0x"...), n, 16)
}

func appendGUID(dst, b []byte) []byte {
	dst = append(dst, '{')
	for i, at := range [...]int{3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15} {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			dst = append(dst, '-')
		}
		const digits = "0123456789abcdef"
		dst = append(dst, digits[b[at]>>4], digits[b[at]&15])
	}
	return append(dst, '}')
}

// appendFileTime appends a count of 100 ns since 1601.
func appendFileTime(dst []byte, n uint64) []byte {
	const from1601to1970 = 11644473600
	seconds := int64(n/1e7) - from1601to1970
	return time.Unix(seconds, int64(n%1e7)*100).UTC().AppendFormat(dst, "2006-01-02T15:04:05.0000000Z")
}

// appendSysTime appends a SYSTEMTIME: eight numbers of 16 bits, of which the
// third is the day of the week.
func appendSysTime(dst, b []byte) []byte {
	f := func(i int) int { return int(u16(b, 2*i)) }
	t := time.Date(f(0), time.Month(f(1)), f(3), f(4), f(5), f(6), f(7)*1e6, time.UTC)
	return t.AppendFormat(dst, "2006-01-02T15:04:05.000Z")
}

// appendSID appends a security identifier: revision, number of parts, authority
// (big-endian), parts ([MS-DTYP] 2.4.2.2).
func appendSID(dst, b []byte) []byte {
	if len(b) < 8 || len(b) < 8+4*int(b[1]) {
		return dst
	}
	authority := uint64(b[2])<<40 | uint64(b[3])<<32 | uint64(b[4])<<24 | uint64(b[5])<<16 | uint64(b[6])<<8 | uint64(b[7])
	dst = strconv.AppendUint(append(dst, "S-"...), uint64(b[0]), 10)
	dst = strconv.AppendUint(append(dst, '-'), authority, 10)
	for i := range int(b[1]) {
		dst = strconv.AppendUint(append(dst, '-'), uint64(u32(b, 8+4*i)), 10)
	}
	return dst
}
