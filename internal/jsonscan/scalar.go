package jsonscan

import (
	"encoding/binary"
	"math/bits"
)

func (s *scanner) literal(i int, word string) int {
	for k := 1; k < len(word); k++ {
		if i+k >= len(s.buf) {
			return s.short()
		}
		if s.buf[i+k] != word[k] {
			return s.fail(i+k, "no value")
		}
	}
	return i + len(word)
}

// number reads a number after RFC 8259 6.
func (s *scanner) number(i int) int {
	if s.buf[i] == '-' {
		i++
	}
	first := i
	if i = s.digits(i); i < 0 {
		return -1
	}
	if s.buf[first] == '0' && i-first > 1 {
		return s.fail(first, "number begins with 0")
	}
	if i < len(s.buf) && s.buf[i] == '.' {
		if i = s.digits(i + 1); i < 0 {
			return -1
		}
	}
	if i < len(s.buf) && s.buf[i]|0x20 == 'e' {
		i++
		if i < len(s.buf) && (s.buf[i] == '+' || s.buf[i] == '-') {
			i++
		}
		return s.digits(i)
	}
	return i
}

// digits reads one digit or more.
func (s *scanner) digits(i int) int {
	begin := i
	for i < len(s.buf) && s.buf[i]-'0' < 10 {
		i++
	}
	switch {
	case i > begin:
		return i
	case i >= len(s.buf):
		return s.short()
	}
	return s.fail(i, "no digit in a number")
}

// look is what reading a string showed of it.
type look struct {
	escaped bool // it has escapes
	ascii   bool // it has none but ASCII bytes
}

// text reads a string, from quote to quote.
func (s *scanner) text(i int) (end int, l look) {
	l.ascii = true
	for i++; ; {
		n, ascii := plain(s.buf[i:])
		l.ascii = l.ascii && ascii
		if i += n; i >= len(s.buf) {
			return s.short(), l
		}
		switch s.buf[i] {
		case '"':
			return i + 1, l
		case '\\':
			l.escaped = true
			if i = s.escape(i); i < 0 {
				return -1, l
			}
		default:
			return s.fail(i, "control character in a string"), l
		}
	}
}

// plain returns how many bytes of a string come before the first that is a quote,
// a backslash or a control character, and whether they are ASCII.
func plain(b []byte) (n int, ascii bool) {
	all := len(b)
	high := uint64(0) // what was read
	for ; len(b) >= 8; b = b[8:] {
		w := binary.LittleEndian.Uint64(b)
		if found := special(w); found != 0 {
			high |= w & ((found ^ (found - 1)) >> 1) // what lies before it
			return all - len(b) + bits.TrailingZeros64(found)>>3, high&tops == 0
		}
		high |= w
	}
	for _, c := range b {
		if c == '"' || c == '\\' || c < ' ' {
			break
		}
		high |= uint64(c)
		b = b[1:]
	}
	return all - len(b), high&tops == 0
}

// A word of eight bytes with the lowest and with the highest bit of each.
const ones, tops = 0x0101010101010101, 0x8080808080808080

// special finds the first of eight bytes of a string that is a quote, a
// backslash or a control character: the lowest bit set is the top bit of it.
func special(w uint64) uint64 {
	// A byte x is below n where (x-n)&^x has its top bit set, if no lower byte
	// was; so the lowest bit is sure and those above it need not be. With its
	// second bit turned, a quote is 0x20 and what is below 0x20 stays there.
	low, slash := w^(ones*2), w^(ones*'\\')
	return (((low - ones*0x21) &^ low) | ((slash - ones) &^ slash)) & tops
}

// escape reads one escape sequence.
func (s *scanner) escape(i int) int {
	if i+1 >= len(s.buf) {
		return s.short()
	}
	switch s.buf[i+1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return i + 2
	case 'u':
		for k := i + 2; k < i+6; k++ {
			if k >= len(s.buf) {
				return s.short()
			}
			if hexValue(s.buf[k]) > 15 {
				return s.fail(k, "no hexadecimal digit in an escape")
			}
		}
		return i + 6
	}
	return s.fail(i+1, "unknown escape")
}
