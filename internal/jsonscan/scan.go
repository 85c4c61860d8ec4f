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

	mayWrap bool   // the record may be the wrapper of an array of records
	at      int    // where the scan stopped
	why     string // what was wrong there
	state   stop
}

// frame is an object or array that is open.
type frame struct {
	node  *node // nil where nothing in it is wanted
	in    place // its own
	last  place // of the member or element that was met last
	index int32 // of that element, -1 before the first
	array bool
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
	s.mayWrap = mayWrap
	if i >= len(s.buf) {
		return s.short()
	}
	if s.buf[i] != '{' {
		return s.fail(i, "no object")
	}
	end := s.object(i)
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
		case '\n':
			s.rec.lines++
		case ' ', '\t', '\r':
		default:
			return i
		}
		i++
	}
	return i
}

// object reads the object at i, which is the record.
func (s *scanner) object(i int) int {
	h := &s.rec.habit
	if !h.studies() {
		end, at := s.fill(i, firstPlace)
		if at == nowhere {
			return end
		}
		if at != firstPlace {
			h.beginRun(at, end)
			s.rec.reopen(at)
			return s.walk(end, behindValue, nil, at)
		}
	}
	h.beginRun(firstPlace, i)
	s.rec.frames = s.rec.frames[:0]
	return s.walk(i, atValue, s.fields.root, firstPlace)
}

// members reads what follows a comma between the members of an object whose
// beginning is not there.
func (s *scanner) members(i int) int {
	s.rec.habit.stopRun()
	s.rec.frames = append(s.rec.frames[:0], frame{node: s.fields.root})
	return s.walk(i, atNext, nil, nowhere)
}

// fill reads what runs fit, beginning behind the value at a place, and the
// values between them. It returns how far it came and behind which value, or
// nowhere at the end of the record and where it was stopped.
func (s *scanner) fill(i int, at place) (end int, last place) {
	buf, places := s.buf, s.rec.habit.places
next:
	for {
		runs := places[at].runs
		for k := range runs {
			r := &runs[k]
			v := i + len(r.text)
			if v > len(buf) || string(buf[i:v]) != r.text {
				continue
			}
			if r.to == nowhere {
				s.rec.lines += r.lines
				s.again(r.steps, i)
				return v, nowhere
			}
			if v == len(buf) {
				continue
			}
			kind := startOf[buf[v]]
			if kind < Null || kind > String {
				continue
			}
			s.rec.lines += r.lines
			if len(r.steps) > 0 {
				s.again(r.steps, i)
			}
			at = r.to
			if kind == String { // the quick way to what scalar does
				n, ascii := plain(buf[v+1:])
				if i = v + 1 + n; i < len(buf) && buf[i] == '"' {
					if r.child != nil {
						s.stringOf(r.child, v+1, i, look{ascii: ascii})
					}
					i++
					continue next
				}
			}
			if i = s.scalar(v, r.child); i < 0 {
				return -1, nowhere
			}
			continue next
		}
		return i, at
	}
}

// again does the steps of a run at i.
func (s *scanner) again(steps []step, i int) {
	for k := range steps {
		t := &steps[k]
		switch t.what {
		case take:
			s.rec.set(int(t.field), t.kind, i+int(t.from), i+int(t.to))
		case clean:
			s.rec.empty(t.node.inner)
			if t.field >= 0 {
				s.rec.set(int(t.field), t.kind, i+int(t.from), i+int(t.to))
			}
		case open:
			s.rec.open(t.node, i+int(t.from))
		case shut:
			s.rec.shut(t.node, t.kind, i+int(t.to))
		case match:
			s.match(t.node.pairs)
		}
	}
}

// phase is what a walk comes to.
type phase uint8

const (
	atValue     phase = iota
	atFirst           // the first member or element, or the end of an empty object or array
	atNext            // a member or element
	behindValue       // a comma, or the end of the object or array
)

// walk reads from i on, step by step, until all frames are closed. The value
// that is next or was last is at a place; n is the node of the next one.
func (s *scanner) walk(i int, next phase, n *node, at place) int {
	h, buf := &s.rec.habit, s.buf
	quick := !h.studies()
	for {
		if i = s.space(i); i >= len(buf) {
			return s.short()
		}
		switch c := buf[i]; next {
		case atValue:
			if c == '{' || c == '[' {
				if !s.enter(i, n, at, c == '[') {
					return -1
				}
				i, next = i+1, atFirst
				continue
			}
			begin := i
			if i = s.scalar(i, n); i < 0 {
				return -1
			}
			next = behindValue
			if s.same(begin, i, n, at) {
				continue
			}
			h.endRun(at, buf[:begin])
			if quick && at != nowhere {
				end, to := s.fill(i, at)
				if to == nowhere {
					return end
				}
				if to != at || end != i {
					i, at = end, to
					s.rec.reopen(at)
				}
			}
			h.beginRun(at, i)

		case behindValue:
			switch top := &s.rec.frames[len(s.rec.frames)-1]; {
			case c == ',':
				i, next = i+1, atNext
			case c == '}' && !top.array, c == ']' && top.array:
				i++
				if at = s.leave(i); len(s.rec.frames) == 0 {
					h.endRun(nowhere, buf[:i])
					return i
				}
			case top.array:
				return s.fail(i, "no comma or bracket after an element")
			default:
				return s.fail(i, "no comma or brace after a value")
			}

		case atFirst, atNext:
			top := &s.rec.frames[len(s.rec.frames)-1]
			switch {
			case next == atFirst && (c == '}' && !top.array || c == ']' && top.array):
				next = behindValue
				continue
			case top.array:
				n, at = s.element(top)
			default:
				if i, at, n = s.key(i, top); i < 0 {
					return -1
				}
			}
			if top.last = at; at == nowhere {
				h.stopRun()
				top.in = nowhere // what follows it is nobody's habit
			}
			next = atValue
		}
	}
}

// scalar reads the string, number or literal at i.
func (s *scanner) scalar(i int, n *node) (end int) {
	kind := startOf[s.buf[i]]
	switch kind {
	case String:
		var l look
		if end, l = s.text(i); end >= 0 && n != nil {
			s.stringOf(n, i+1, end-1, l)
		}
		return end
	case Number:
		end = s.number(i)
	case True:
		end = s.literal(i, "true")
	case False:
		end = s.literal(i, "false")
	case Null:
		end = s.literal(i, "null")
	default:
		return s.fail(i, "no value")
	}
	if end >= 0 && n != nil {
		s.rec.empty(n.inner)
		if n.leaf >= 0 {
			s.rec.set(n.leaf, kind, i, end)
		}
	}
	return end
}

// stringOf takes the string between the quotes at begin and end, the value of a
// node.
func (s *scanner) stringOf(n *node, begin, end int, l look) {
	if len(n.inner) > 0 {
		s.rec.empty(n.inner)
	}
	if n.leaf >= 0 {
		s.rec.setString(n.leaf, begin, end, l)
	}
}

// startOf tells by its first byte of which kind a value is, if it is any.
var startOf = [256]Kind{
	'"': String, '{': Object, '[': Array, 't': True, 'f': False, 'n': Null, '-': Number,
	'0': Number, '1': Number, '2': Number, '3': Number, '4': Number, '5': Number, '6': Number, '7': Number, '8': Number, '9': Number,
}

// same reports whether the value that was read belongs into the run that is
// being learned, because it is always this one. What is wanted of it must lie in
// the text as it is read.
func (s *scanner) same(begin, end int, n *node, at place) bool {
	h := &s.rec.habit
	if !h.constant(at, s.buf[begin:end]) {
		return false
	}
	switch {
	case n == nil:
	case n.leaf >= 0:
		slot := s.rec.slots[n.leaf]
		if slot.unescaped {
			return false
		}
		what := take
		if len(n.inner) > 0 {
			what = clean
		}
		h.want(what, n, slot.kind, int(slot.begin), int(slot.end))
	case len(n.inner) > 0:
		h.want(clean, n, Missing, begin, end)
	}
	return true
}

// enter opens the object or array at i.
func (s *scanner) enter(i int, n *node, at place, array bool) bool {
	if n != nil {
		s.rec.open(n, i)
		switch {
		case array && n.wrap && s.mayWrap && len(s.rec.frames) == 1:
			s.at, s.state = i+1, wrapped
			return false
		case array && n.wrap:
			s.rec.habit.stopRun() // the next record may be a wrapper
		default:
			s.rec.habit.want(open, n, Missing, i, i)
		}
	}
	if len(s.rec.frames) == MaxDepth {
		s.fail(i, "nested too deep")
		return false
	}
	s.rec.frames = append(s.rec.frames, frame{node: n, in: at, index: -1, array: array})
	return true
}

// leave closes the object or array that ends at i and returns its place.
func (s *scanner) leave(i int) place {
	h, last := &s.rec.habit, len(s.rec.frames)-1
	f := s.rec.frames[last]
	s.rec.frames = s.rec.frames[:last]
	if f.node != nil && f.node.leaf >= 0 {
		kind := Object
		if f.array {
			kind = Array
		}
		s.rec.shut(f.node, kind, i)
		h.want(shut, f.node, kind, i, i)
	}
	if last == 0 {
		return nowhere
	}
	top := &s.rec.frames[last-1]
	if top.array && top.node != nil && top.node.pairs != nil {
		s.match(top.node.pairs)
		h.want(match, top.node, Missing, i, i)
	}
	return top.last
}

// key reads a key and its colon, of a member of an object.
func (s *scanner) key(i int, object *frame) (end int, at place, child *node) {
	h := &s.rec.habit
	if at = h.member(object.in, object.last, s.buf[i:]); at != nowhere {
		s.rec.lines += h.places[at].lines
		return i + len(h.places[at].key), at, h.places[at].child
	}
	if s.buf[i] != '"' {
		return s.fail(i, "no key"), nowhere, nil
	}
	end, look := s.text(i)
	if end < 0 {
		return -1, nowhere, nil
	}
	if object.node != nil {
		child = s.child(object.node, i+1, end-1, look.escaped)
	}
	colon := s.space(end)
	if colon >= len(s.buf) {
		return s.short(), nowhere, nil
	}
	if s.buf[colon] != ':' {
		return s.fail(colon, "no colon after a key"), nowhere, nil
	}
	return colon + 1, h.learn(object.in, object.last, s.buf[i:colon+1], child), child
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

// element goes on to the next element of an array.
func (s *scanner) element(array *frame) (child *node, at place) {
	array.index++
	switch n := array.node; {
	case n == nil:
	case n.pairs != nil:
		child = n.pairs.element
	case array.index == 0:
		child = n.first
	}
	return child, s.rec.habit.element(array.in, array.last, int(array.index), child)
}

// match takes what is wanted out of an element of an array of named values.
func (s *scanner) match(p *pairs) {
	if s.rec.slots[p.name].kind != String {
		return
	}
	name := s.rec.Bytes(p.name)
	for _, w := range p.wanted {
		if len(name) == len(w.name) && len(name) > 0 && sameKey(name, w.name, s.fields.anyCase) {
			s.rec.slots[w.to] = s.rec.slots[w.from]
		}
	}
}
