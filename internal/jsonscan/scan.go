package jsonscan

import (
	"errors"
	"fmt"
	"iter"
)

// MaxDepth is how deep objects and arrays may be nested.
const MaxDepth = 128

// ErrShort is the reason for text that ends inside a record.
var ErrShort = errors.New("ends inside a record")

// Scan reads the fields of one record, an object that is all of text but for
// surrounding space and shorter than 2 GiB. rec refers to text until it is
// used again.
func (f *Fields) Scan(text []byte, rec *Record) error {
	s := scanner{fields: f, rec: rec, buf: text}
	begin := s.space(0)
	end := s.record(begin, false)
	if end < 0 {
		return s.err(begin)
	}
	if after := s.space(end); after < len(text) {
		s.fail(after, "text after the record")
		return s.err(begin)
	}
	return nil
}

// Each reads the objects in text, an array, one after the other into rec, and
// yields it for each. It ends at the first element that is no object.
func (f *Fields) Each(text []byte, rec *Record) iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		s := scanner{fields: f, rec: rec, buf: text}
		i := s.space(0)
		for open := byte('['); i < len(text) && text[i] == open; open = ',' {
			if i = s.record(s.space(i+1), false); i < 0 || !yield(rec) {
				return
			}
			i = s.space(i)
		}
	}
}

// scanner walks one record. Its methods take the position of the first byte of
// what they read and return the position after it, or -1 when stopped.
type scanner struct {
	fields *Fields
	rec    *Record
	buf    []byte
	depth  int

	mayWrap bool   // the record may be the wrapper of an array of records
	at      int    // where the scan stopped
	why     string // what was wrong there
	state   stop
}

// stop is why a scan ended early.
type stop uint8

const (
	invalid stop = iota // the text is no JSON
	short               // the text ends too early
	wrapped             // at is the first byte inside a wrapped array of records
)

// record reads the object at i into rec.
func (s *scanner) record(i int, mayWrap bool) int {
	s.rec.reset(s.fields, s.buf)
	s.depth, s.mayWrap = 0, mayWrap
	if i >= len(s.buf) {
		return s.short()
	}
	if s.buf[i] != '{' {
		return s.fail(i, "no object")
	}
	end := s.object(i, s.fields.root, firstPlace)
	s.rec.begin, s.rec.end = i, end
	return end
}

func (s *scanner) fail(at int, why string) int {
	s.at, s.why, s.state = at, why, invalid
	return -1
}

func (s *scanner) short() int {
	s.at, s.state = len(s.buf), short
	return -1
}

// err tells why the scan of the record at begin stopped.
func (s *scanner) err(begin int) error {
	if s.state == short {
		return ErrShort
	}
	return fmt.Errorf("byte %d of the record: %s", s.at-begin+1, s.why)
}

// space skips white space and returns the position of what follows, which is
// len(buf) at the end. Mostly there is none: only the question is inlined.
func (s *scanner) space(i int) int {
	if i < len(s.buf) && s.buf[i] > ' ' {
		return i
	}
	return s.skipSpace(i)
}

func (s *scanner) skipSpace(i int) int {
	for i < len(s.buf) {
		switch s.buf[i] {
		case ' ', '\n', '\t', '\r':
			i++
		default:
			return i
		}
	}
	return i
}

// value reads any value; n is nil where nothing in it is wanted, at is its
// place (see habit.go).
func (s *scanner) value(i int, n *node, at place) int {
	if i >= len(s.buf) {
		return s.short()
	}
	if n != nil {
		s.rec.empty(n.inner)
		if n.wrap && s.mayWrap && s.depth == 1 && s.buf[i] == '[' {
			s.at, s.state = i+1, wrapped
			return -1
		}
	}
	var end int
	var kind Kind
	switch c := s.buf[i]; c {
	case '"':
		return s.stringValue(i, n)
	case '{':
		end, kind = s.object(i, n, at), Object
	case '[':
		end, kind = s.array(i, n, at), Array
	case 't':
		end, kind = s.literal(i, "true"), True
	case 'f':
		end, kind = s.literal(i, "false"), False
	case 'n':
		end, kind = s.literal(i, "null"), Null
	case '-', '0', '1', '2', '3', '4', '5', '6', '7', '8', '9':
		end, kind = s.number(i), Number
	default:
		return s.fail(i, "no value")
	}
	if end >= 0 && n != nil && n.leaf >= 0 {
		s.rec.set(n.leaf, kind, i, end)
	}
	return end
}

func (s *scanner) stringValue(i int, n *node) int {
	end, look := s.text(i)
	if end >= 0 && n != nil && n.leaf >= 0 {
		s.rec.setString(n.leaf, i+1, end-1, look)
	}
	return end
}

func (s *scanner) object(i int, n *node, at place) int {
	if s.depth++; s.depth > MaxDepth {
		return s.fail(i, "nested too deep")
	}
	i = s.space(i + 1)
	if i < len(s.buf) && s.buf[i] == '}' {
		s.depth--
		return i + 1
	}
	return s.members(i, n, at)
}

// members reads the members of an object, from the first key to the closing
// brace.
func (s *scanner) members(i int, n *node, in place) int {
	h := &s.rec.habit
	last := nowhere // the member before
	h.stopRun()
	for {
		if i >= len(s.buf) {
			return s.short()
		}
		begin := i
		var child *node
		at, how := h.expected(in, last, s.buf[i:])
		switch how {
		case asRun:
			r := h.places[at].run
			h.goOnRun(at, s.buf, begin)
			s.again(i, r.wanted)
			i += len(r.text)
			h.endRun(r.to, s.buf[:i])
			if r.to == nowhere {
				s.depth--
				return i
			}
			p := &h.places[r.to]
			begin, child = i-len(p.key), p.child
			if how = h.behindRun(at, r.to, s.buf[begin:]); how == asBefore {
				s.again(begin, p.wanted)
				i = begin + len(p.whole)
			}
			at = r.to
		case asBefore:
			p := &h.places[at]
			s.again(i, p.wanted)
			i += len(p.whole)
			h.goOn(at, s.buf, begin)
		case byKey:
			p := &h.places[at]
			child = p.child
			i += len(p.key)
			h.endRun(at, s.buf[:i])
		default:
			h.stopRun()
			if i, at, child = s.key(i, n, in, last); i < 0 {
				return -1
			}
		}
		if how != asBefore {
			value := s.space(i)
			if value < len(s.buf) && s.buf[value] == '"' {
				if child != nil {
					s.rec.empty(child.inner)
				}
				i = s.stringValue(value, child)
			} else {
				i = s.value(value, child, at)
			}
			if i < 0 {
				return -1
			}
			if at != nowhere && h.places[at].learned <= maxLearned {
				s.notice(at, begin, value, i)
			}
			if i = s.space(i); i >= len(s.buf) {
				return s.short()
			}
			i++
			h.stopRun() // what lies in the value had runs of its own
		}
		switch s.buf[i-1] {
		case ',':
			i = s.space(i)
		case '}':
			h.endRun(nowhere, s.buf[:i])
			s.depth--
			return i
		default:
			return s.fail(i-1, "no comma or brace after a value")
		}
		last = at
		if at == nowhere {
			in = nowhere // what follows it is nobody's habit
		}
	}
}

// again takes the values that are wanted out of the text at i, which is the same
// as before.
func (s *scanner) again(i int, wanted []wantedValue) {
	for k := range wanted {
		w := &wanted[k]
		s.rec.empty(w.child.inner)
		if w.child.leaf >= 0 {
			s.rec.set(w.child.leaf, w.kind, i+int(w.from), i+int(w.to))
		}
	}
}

// notice lets the habit know which value the member from begin to end had. Only
// what stands for itself can be known again: a value out of which nothing is
// wanted, or one that is wanted as a whole and lies in the text as it is read.
func (s *scanner) notice(at place, begin, value, end int) {
	if end >= len(s.buf) || s.buf[end] != ',' && s.buf[end] != '}' {
		return
	}
	n := s.rec.habit.places[at].child
	w := wantedValue{child: n}
	if n != nil && n.leaf >= 0 {
		slot := s.rec.slots[n.leaf]
		if slot.kind >= Object || slot.unescaped {
			return
		}
		w.kind, w.from, w.to = slot.kind, slot.begin-int32(begin), slot.end-int32(begin)
	} else if n != nil && (s.buf[value] == '{' || s.buf[value] == '[') {
		return
	}
	s.rec.habit.changed(at, s.buf[begin:end+1], w)
}

// key reads a key and its colon.
func (s *scanner) key(i int, n *node, in, last place) (int, place, *node) {
	if s.buf[i] != '"' {
		return s.fail(i, "no key"), nowhere, nil
	}
	end, look := s.text(i)
	if end < 0 {
		return -1, nowhere, nil
	}
	var child *node
	if n != nil {
		child = s.child(n, i+1, end-1, look.escaped)
	}
	colon := s.space(end)
	if colon >= len(s.buf) {
		return s.short(), nowhere, nil
	}
	if s.buf[colon] != ':' {
		return s.fail(colon, "no colon after a key"), nowhere, nil
	}
	return colon + 1, s.rec.habit.learn(in, last, s.buf[i:colon+1], child), child
}

// child returns the node for the key at buf[begin:end].
func (s *scanner) child(n *node, begin, end int, escaped bool) *node {
	if !escaped {
		return n.child(s.buf[begin:end], s.fields.anyCase)
	}
	mark := len(s.rec.scratch)
	s.rec.scratch = appendUnescaped(s.rec.scratch, s.buf[begin:end])
	key := s.rec.scratch[mark:]
	s.rec.scratch = s.rec.scratch[:mark]
	return n.child(key, s.fields.anyCase)
}

func (s *scanner) array(i int, n *node, at place) int {
	if s.depth++; s.depth > MaxDepth {
		return s.fail(i, "nested too deep")
	}
	i = s.space(i + 1)
	if i < len(s.buf) && s.buf[i] == ']' {
		s.depth--
		return i + 1
	}
	var element *node
	if n != nil {
		element = n.first
	}
	last := nowhere
	for index := 0; ; index++ {
		last = s.rec.habit.element(at, last, index)
		if n != nil && n.pairs != nil {
			i = s.pair(i, n.pairs, last)
		} else {
			i = s.value(i, element, last)
		}
		if i < 0 {
			return -1
		}
		element = nil
		if i = s.space(i); i >= len(s.buf) {
			return s.short()
		}
		switch s.buf[i] {
		case ',':
			i = s.space(i + 1)
		case ']':
			s.depth--
			return i + 1
		default:
			return s.fail(i, "no comma or bracket after an element")
		}
	}
}

// pair reads one element of an array of named values.
func (s *scanner) pair(i int, p *pairs, at place) int {
	end := s.value(i, p.element, at)
	if end < 0 || s.rec.slots[p.name].kind != String {
		return end
	}
	name := s.rec.Bytes(p.name)
	for _, w := range p.wanted {
		if len(name) == len(w.name) && len(name) > 0 && sameKey(name, w.name, s.fields.anyCase) {
			s.rec.slots[w.to] = s.rec.slots[w.from]
		}
	}
	return end
}
