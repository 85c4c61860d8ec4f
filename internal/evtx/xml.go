package evtx

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// XMLReader reads events that were exported as XML: a document, as the Event
// Viewer saves it, or one event after the other without a root, as wevtutil and
// agents write them, with anything between them.
//
// It is no validating parser: an event is what stands from <Event to </Event>,
// and what is not well-formed in it costs that event.
type XMLReader struct {
	src io.Reader
	max int
	rec Record
	f   *Fields

	buf  []byte
	pos  int
	err  error
	line int64 // on which buf[pos] stands
}

// What is wrong with an event, inside a [RecordError].
var (
	ErrUnfinished = errors.New("event without an end")
	ErrTooLong    = errors.New("event is too long")
)

// NewXMLReader returns a reader of events of at most maxRecord bytes.
func NewXMLReader(src io.Reader, fields *Fields, maxRecord int) *XMLReader {
	return &XMLReader{src: src, max: maxRecord, f: fields, line: 1}
}

var (
	eventBegin = []byte("<Event")
	eventEnd   = []byte("</Event>")
)

// Next returns the next event, which is valid until the next call. The error is
// a *[RecordError] for a damaged event, after which Next may be called again,
// [io.EOF] at the end, or what the source failed with.
func (r *XMLReader) Next() (*Record, error) {
	if !r.begin() {
		return nil, r.err
	}
	searched := len(eventBegin)
	for {
		text := r.buf[r.pos:]
		end, next := bytes.Index(text[searched:], eventEnd), nextEvent(text[searched:])
		if next >= 0 {
			next += searched
		}
		if end >= 0 {
			end += searched + len(eventEnd)
		}
		switch {
		case next >= 0 && (end < 0 || next < end): // another begins before this one ends
			return nil, r.bad(next, ErrUnfinished)
		case end > r.max, end < 0 && len(text) > r.max:
			return nil, r.bad(len(eventBegin), ErrTooLong)
		case end >= 0:
			return r.event(text[:end])
		case r.err != nil:
			if r.err != io.EOF {
				return nil, r.err
			}
			return nil, r.bad(len(text), ErrUnfinished)
		}
		searched = max(searched, len(text)-len(eventEnd))
		r.fill()
	}
}

// bad reports the event at pos and skips n bytes of it.
func (r *XMLReader) bad(n int, err error) error {
	at := r.line
	r.skip(n)
	return &RecordError{at, err}
}

func (r *XMLReader) event(text []byte) (*Record, error) {
	r.rec.reset(r.f)
	r.rec.At = r.line
	p := xmlParser{text: text, rec: &r.rec}
	err := p.elements(r.f.top)
	r.skip(len(text))
	if err != nil {
		return nil, &RecordError{r.rec.At, err}
	}
	return &r.rec, nil
}

// begin moves to the next event and reports whether there is one.
func (r *XMLReader) begin() bool {
	for {
		text := r.buf[r.pos:]
		if i := nextEvent(text); i >= 0 {
			r.skip(i)
			return true
		}
		r.skip(max(0, len(text)-len(eventBegin)))
		if r.err != nil {
			return false
		}
		r.fill()
	}
}

// nextEvent returns where the next event begins in text, or -1. <EventData> is
// none; what follows the name must be seen.
func nextEvent(text []byte) int {
	for from := 0; ; {
		i := bytes.Index(text[from:], eventBegin)
		if i < 0 || from+i+len(eventBegin) >= len(text) {
			return -1
		}
		switch text[from+i+len(eventBegin)] {
		case ' ', '>', '\t', '\n', '\r':
			return from + i
		}
		from += i + len(eventBegin)
	}
}

func (r *XMLReader) skip(n int) {
	r.line += int64(bytes.Count(r.buf[r.pos:r.pos+n], []byte("\n")))
	r.pos += n
}

// fill reads more behind what is not consumed.
func (r *XMLReader) fill() {
	r.buf = r.buf[:copy(r.buf, r.buf[r.pos:])]
	r.pos = 0
	if cap(r.buf)-len(r.buf) < 4<<10 {
		grown := make([]byte, len(r.buf), max(64<<10, 2*cap(r.buf)))
		copy(grown, r.buf)
		r.buf = grown
	}
	for range 100 { // as bufio does, for a source that gives neither bytes nor an error
		n, err := r.src.Read(r.buf[len(r.buf):cap(r.buf)])
		r.buf = r.buf[:len(r.buf)+n]
		if r.err = err; n > 0 || err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}

// xmlParser reads one event.
type xmlParser struct {
	text []byte
	pos  int
	rec  *Record
}

// xmlPlace is an open element.
type xmlPlace struct {
	name   []byte
	node   *node
	data   int // the Data that came in it
	target int32
	begin  int
}

// elements reads all elements.
func (p *xmlParser) elements(top *node) error {
	open := make([]xmlPlace, 1, 16)
	open[0] = xmlPlace{node: top, target: -1}
	for p.pos < len(p.text) {
		here := &open[len(open)-1]
		lt := bytes.IndexByte(p.text[p.pos:], '<')
		if lt < 0 {
			lt = len(p.text) - p.pos
		}
		if here.target >= 0 {
			p.rec.text = appendXMLText(p.rec.text, p.text[p.pos:p.pos+lt])
		}
		if p.pos += lt; p.pos >= len(p.text) {
			break
		}
		rest := p.text[p.pos:]
		switch {
		case bytes.HasPrefix(rest, []byte("</")):
			gt := bytes.IndexByte(rest, '>')
			if gt < 0 || len(open) == 1 || !bytes.Equal(localName(bytes.TrimSpace(rest[2:gt])), here.name) {
				return fmt.Errorf("end of another element than %q", here.name)
			}
			p.rec.set(here.target, here.begin)
			open = open[:len(open)-1]
			p.pos += gt + 1
		case bytes.HasPrefix(rest, []byte("<![CDATA[")):
			end := bytes.Index(rest, []byte("]]>"))
			if end < 0 {
				return errors.New("CDATA without an end")
			}
			if here.target >= 0 {
				p.rec.text = append(p.rec.text, rest[len("<![CDATA["):end]...)
			}
			p.pos += end + len("]]>")
		case bytes.HasPrefix(rest, []byte("<!--")), bytes.HasPrefix(rest, []byte("<?")), bytes.HasPrefix(rest, []byte("<!")):
			mark := ">"
			if rest[1] == '!' && len(rest) > 2 && rest[2] == '-' {
				mark = "-->"
			}
			end := bytes.Index(rest, []byte(mark))
			if end < 0 {
				return errors.New("comment without an end")
			}
			p.pos += end + len(mark)
		default:
			inner, empty, err := p.start(here)
			switch {
			case err != nil:
				return err
			case empty:
				p.rec.set(inner.target, inner.begin)
			case len(open) > maxElements:
				return errNesting
			default:
				open = append(open, inner)
			}
		}
	}
	if len(open) > 1 {
		return ErrUnfinished
	}
	return nil
}

// start reads a start tag inside parent.
func (p *xmlParser) start(parent *xmlPlace) (inner xmlPlace, empty bool, err error) {
	p.pos++
	inner = xmlPlace{name: localName(p.token()), target: -1}
	if len(inner.name) == 0 {
		return inner, false, errors.New("tag without a name")
	}
	inner.node = parent.node.child(inner.name)
	isData := parent.node.holdsData() && string(inner.name) == "Data"
	var dataName []byte
	for {
		p.space()
		switch {
		case p.pos >= len(p.text):
			return inner, false, errors.New("tag without an end")
		case p.text[p.pos] == '>':
			p.pos++
		case p.text[p.pos] == '/' && p.pos+1 < len(p.text) && p.text[p.pos+1] == '>':
			p.pos, empty = p.pos+2, true
		default:
			name, value, err := p.attribute()
			if err != nil {
				return inner, false, err
			}
			if isData && string(name) == "Name" {
				dataName = appendXMLText(nil, value)
			}
			if inner.node != nil {
				if slot, ok := inner.node.attrs[string(name)]; ok {
					begin := len(p.rec.text)
					p.rec.text = appendXMLText(p.rec.text, value)
					p.rec.set(slot, begin)
				}
			}
			continue
		}
		break
	}
	switch {
	case isData:
		inner.target = parent.node.dataSlot(string(dataName), parent.data)
		parent.data++
	case inner.node != nil:
		inner.target = inner.node.leaf
	}
	inner.begin = len(p.rec.text)
	return inner, empty, nil
}

// attribute reads name="value".
func (p *xmlParser) attribute() (name, value []byte, err error) {
	name = p.token()
	p.space()
	if len(name) == 0 || p.pos >= len(p.text) || p.text[p.pos] != '=' {
		return nil, nil, errors.New("attribute without a value")
	}
	p.pos++
	p.space()
	if p.pos >= len(p.text) || p.text[p.pos] != '"' && p.text[p.pos] != '\'' {
		return nil, nil, errors.New("attribute without quotes")
	}
	end := bytes.IndexByte(p.text[p.pos+1:], p.text[p.pos])
	if end < 0 {
		return nil, nil, errors.New("attribute without an end")
	}
	value = p.text[p.pos+1 : p.pos+1+end]
	p.pos += end + 2
	return name, value, nil
}

// token reads up to what cannot be part of a name.
func (p *xmlParser) token() []byte {
	start := p.pos
	for p.pos < len(p.text) {
		switch p.text[p.pos] {
		case ' ', '\t', '\r', '\n', '=', '>', '/', '<', '"', '\'':
			return p.text[start:p.pos]
		}
		p.pos++
	}
	return p.text[start:p.pos]
}

func (p *xmlParser) space() {
	for p.pos < len(p.text) && (p.text[p.pos] == ' ' || p.text[p.pos] == '\n' || p.text[p.pos] == '\r' || p.text[p.pos] == '\t') {
		p.pos++
	}
}

// localName cuts off the prefix of a namespace.
func localName(name []byte) []byte {
	return name[bytes.LastIndexByte(name, ':')+1:]
}

// appendXMLText appends text with its references resolved. What is none stays
// as it is.
func appendXMLText(dst, text []byte) []byte {
	for {
		amp := bytes.IndexByte(text, '&')
		if amp < 0 {
			return append(dst, text...)
		}
		dst, text = append(dst, text[:amp]...), text[amp:]
		end := bytes.IndexByte(text[:min(len(text), 12)], ';')
		if end < 0 {
			dst, text = append(dst, '&'), text[1:]
			continue
		}
		name := string(text[1:end])
		if s, ok := entities[name]; ok {
			dst = append(dst, s...)
		} else if r, ok := charRef(name); ok {
			dst = utf8.AppendRune(dst, r)
		} else {
			dst = append(dst, text[:end+1]...)
		}
		text = text[end+1:]
	}
}

// charRef reads "#65" or "#x41".
func charRef(s string) (rune, bool) {
	if len(s) < 2 || s[0] != '#' {
		return 0, false
	}
	base, digits := 10, s[1:]
	if digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	n, err := strconv.ParseUint(digits, base, 32)
	return rune(n), err == nil && n <= utf8.MaxRune
}
