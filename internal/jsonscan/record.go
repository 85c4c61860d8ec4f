package jsonscan

import (
	"slices"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"
)

// Kind is the JSON type of a value.
type Kind uint8

// The kinds of value. Missing means that the record has no such field.
const (
	Missing Kind = iota
	Null
	False
	True
	Number
	String
	Object
	Array
)

// Record holds the fields of one scanned record. It is reused: what its
// methods return is valid until the next record is read into it.
type Record struct {
	Line int64 // where the record begins, from 1; set by [Reader]

	buf     []byte // the text that the slots point into
	begin   int    // where the record lies in buf
	end     int
	lines   int // line breaks in it
	slots   []slot
	scratch []byte  // strings that had to be unescaped
	frames  []frame // what is open while it is read
	habit   habit
}

// slot is the value of one field: a range of the text or of the scratch.
type slot struct {
	begin, end int32
	kind       Kind
	unescaped  bool // the range is one of the scratch
}

// Kind returns the type of a field.
func (r *Record) Kind(field int) Kind { return r.slots[field].kind }

// Text returns a field as text without copying it: a string unescaped, a number
// as written, "true" or "false", an object or array as JSON. It is "" for null
// and for what is missing.
func (r *Record) Text(field int) string {
	b := r.Bytes(field)
	return unsafe.String(unsafe.SliceData(b), len(b))
}

// Bytes is Text as bytes, which must not be changed.
func (r *Record) Bytes(field int) []byte {
	switch s := r.slots[field]; {
	case s.kind <= Null:
		return nil
	case s.unescaped:
		return r.scratch[s.begin:s.end]
	default:
		return r.buf[s.begin:s.end]
	}
}

// Raw returns the whole record as it stands in the input.
func (r *Record) Raw() []byte { return r.buf[r.begin:r.end] }

func (r *Record) reset(f *Fields, buf []byte) {
	if len(r.slots) != f.slots {
		r.slots = make([]slot, f.slots)
	}
	clear(r.slots)
	r.habit.begin(f)
	r.buf, r.lines = buf, 0
	r.scratch = r.scratch[:0]
}

// has reports whether one of the fields is there.
func (r *Record) has(fields []int) bool {
	for _, f := range fields {
		if r.slots[f].kind != Missing {
			return true
		}
	}
	return len(fields) == 0
}

func (r *Record) empty(slots []int) {
	for _, s := range slots {
		r.slots[s] = slot{}
	}
}

// open notes where the object or array of a node begins.
func (r *Record) open(n *node, begin int) {
	r.empty(n.inner)
	if n.leaf >= 0 {
		r.slots[n.leaf] = slot{begin: int32(begin)}
	}
}

// shut stores the one that was opened last, which ends at end.
func (r *Record) shut(n *node, kind Kind, end int) {
	r.set(n.leaf, kind, int(r.slots[n.leaf].begin), end)
}

// reopen sets the frames to those around the value at a place.
func (r *Record) reopen(at place) {
	r.frames = r.frames[:0]
	for at != firstPlace {
		p := &r.habit.places[at]
		r.frames = append(r.frames, frame{r.habit.places[p.in].child, p.in, at, int32(p.index), p.index >= 0})
		at = p.in
	}
	slices.Reverse(r.frames)
}

// set stores a value whose text is buf[begin:end].
func (r *Record) set(field int, kind Kind, begin, end int) {
	r.slots[field] = slot{int32(begin), int32(end), kind, false}
}

// setString stores the string whose text between the quotes is
// buf[begin:end].
func (r *Record) setString(field, begin, end int, l look) {
	if !l.escaped && (l.ascii || utf8.Valid(r.buf[begin:end])) {
		r.set(field, String, begin, end)
		return
	}
	start := len(r.scratch)
	r.scratch = appendUnescaped(r.scratch, r.buf[begin:end])
	r.slots[field] = slot{int32(start), int32(len(r.scratch)), String, true}
}

// appendUnescaped appends the value of a string that has been validated, as
// encoding/json would give it: bytes that are not UTF-8 and lone surrogates
// become U+FFFD.
func appendUnescaped(dst, s []byte) []byte {
	for len(s) > 0 {
		switch c := s[0]; {
		case c == '\\' && s[1] == 'u':
			r := hex4(s[2:6])
			s = s[6:]
			if utf16.IsSurrogate(r) {
				r, s = surrogates(r, s)
			}
			dst = utf8.AppendRune(dst, r)
		case c == '\\':
			dst = append(dst, unescape(s[1]))
			s = s[2:]
		case c < utf8.RuneSelf:
			dst = append(dst, c)
			s = s[1:]
		default:
			r, n := utf8.DecodeRune(s)
			dst = utf8.AppendRune(dst, r)
			s = s[n:]
		}
	}
	return dst
}

// surrogates joins a surrogate with its partner, if that follows as \uXXXX.
func surrogates(high rune, s []byte) (rune, []byte) {
	if len(s) >= 6 && s[0] == '\\' && s[1] == 'u' {
		if r := utf16.DecodeRune(high, hex4(s[2:6])); r != utf8.RuneError {
			return r, s[6:]
		}
	}
	return utf8.RuneError, s
}

func unescape(b byte) byte {
	switch b {
	case 'b':
		return '\b'
	case 'f':
		return '\f'
	case 'n':
		return '\n'
	case 'r':
		return '\r'
	case 't':
		return '\t'
	}
	return b // " \ /
}

func hex4(s []byte) rune {
	var r rune
	for _, c := range s[:4] {
		r = r<<4 | rune(hexValue(c))
	}
	return r
}

// hexValue returns the value of a hexadecimal digit, and 255 for others.
func hexValue(c byte) byte {
	switch {
	case c-'0' < 10:
		return c - '0'
	case c|0x20-'a' < 6:
		return c | 0x20 - 'a' + 10
	}
	return 255
}
