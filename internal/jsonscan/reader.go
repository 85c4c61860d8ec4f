package jsonscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/pumphandle/pumphandle/internal/fill"
)

// Reader reads records from a stream, whichever way they are strung together:
// one object on each line, pretty-printed objects one after the other, a
// top-level array, an object that holds an array of records under one of the
// keys of [Config.Wrap], or several such objects. A byte order mark is skipped.
//
// After a damaged record it goes on with the next object that carries a
// [Config.Mark] and is not the value of a member. Damaged records that follow
// one another are reported each by itself where they are lines, and as one in
// an array. Between records it is lenient: commas and
// brackets that are missing or too many cost no record.
type Reader struct {
	src    io.Reader
	shared *sharedSource // in place of src, where that is a share of a stream
	fields *Fields
	max    int // bytes of the longest record

	buf    []byte
	pos    int   // of what is read next
	end    int   // of what buf holds
	eof    bool  // src has no more
	srcErr error // why, where it is not io.EOF

	line    int64 // the line on which buf[counted] stands
	counted int

	open []byte // the arrays and wrappers around pos
	lost bool   // after damage, looking for the next record
	rec  Record
}

// RecordError is a damaged record. Reading goes on after it.
type RecordError struct {
	Line int64 // where the record begins, from 1
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }

const (
	firstBuffer = 128 << 10
	lookBack    = 16 // bytes kept before pos, to see what precedes a brace
)

// NewReader returns a reader of records of at most maxRecord bytes. It holds no
// more than about twice that in memory.
func NewReader(src io.Reader, fields *Fields, maxRecord int) *Reader {
	r := &Reader{src: src, fields: fields, max: maxRecord, line: 1}
	r.shared, _ = src.(*sharedSource)
	return r
}

// Next returns the next record, which is valid until the next call. The error
// is a *[RecordError] for a damaged record, after which Next may be called
// again, [io.EOF] at the end, or what the source failed with.
func (r *Reader) Next() (*Record, error) {
	if r.buf == nil {
		r.start()
	}
	for {
		switch {
		case r.lost && !r.seek():
			return nil, r.finish()
		case r.lost: // at an object that may be the next record
		case !r.approach():
			return nil, r.finish()
		case r.buf[r.pos] != '{':
			return nil, r.damaged(fmt.Errorf("no record: %q", r.peek()))
		}
		rec, err := r.record()
		if rec != nil || err != nil {
			return rec, err
		}
	}
}

// start fills the buffer for the first time and skips a byte order mark.
func (r *Reader) start() {
	if r.shared != nil {
		r.buf = []byte{}
		r.nextBlock()
	} else {
		r.buf = make([]byte, min(firstBuffer, r.max+2*lookBack))
		r.fill()
	}
	if bytes.HasPrefix(r.buf[:r.end], []byte("\xef\xbb\xbf")) {
		r.pos = 3
	}
}

// approach moves to what follows white space, commas and brackets. It reports
// whether there is anything.
func (r *Reader) approach() bool {
	for {
		for r.pos < r.end {
			switch c := r.buf[r.pos]; {
			case c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == ',':
			case c == '[' && len(r.open) == 0:
				r.open = append(r.open, '[')
			case c == ']' && r.in('['):
				r.open = r.open[:len(r.open)-1]
				if r.in('{') {
					r.pos++
					r.leaveWrapper()
					continue
				}
			default:
				return true
			}
			r.pos++
		}
		if !r.more() {
			return false
		}
	}
}

// in reports whether pos is directly inside an array or a wrapper.
func (r *Reader) in(bracket byte) bool {
	return len(r.open) > 0 && r.open[len(r.open)-1] == bracket
}

// record reads the object at pos. It returns neither a record nor an error
// where the object is the wrapper of records, or while lost, where it is no
// record after all.
func (r *Reader) record() (*Record, error) {
	for {
		s := r.scanner()
		after := s.record(r.pos, r.mayWrap())
		switch {
		case after >= 0 && after-r.pos <= r.max:
			return r.found(after)
		case after < 0 && s.state == wrapped:
			r.wrap()
			r.pos = s.at
			return nil, nil
		case after < 0 && s.state == short && r.end-r.pos <= r.max:
			if r.more() {
				continue
			}
			return nil, r.damaged(ErrShort)
		case after < 0 && s.state == invalid:
			return nil, r.damaged(s.err(r.pos))
		}
		return nil, r.damaged(fmt.Errorf("record is longer than %d bytes", r.max))
	}
}

// mayWrap reports whether the object at pos may be a wrapper: at the top or one
// level below, and wherever a line begins, because the one that is open may have
// lost its end.
func (r *Reader) mayWrap() bool {
	return r.beginsLine() || len(r.open) <= 1 && !r.lost
}

// wrap enters the wrapper of an array of records. One that is open has lost its
// end; a list of them has not.
func (r *Reader) wrap() {
	if len(r.open) > 1 || r.in('{') {
		r.open = slices.DeleteFunc(r.open[:1], func(c byte) bool { return c == '{' })
	}
	r.open = append(r.open, '{', '[')
	r.lost = false
}

func (r *Reader) scanner() scanner {
	return scanner{fields: r.fields, rec: &r.rec, buf: r.buf[:r.end]}
}

// found returns the record that ends at after, unless it is a fragment.
func (r *Reader) found(after int) (*Record, error) {
	if r.lost && !r.rec.has(r.fields.mark) {
		r.pos++
		return nil, nil
	}
	r.rec.Line = r.lineHere()
	r.pos, r.lost = after, false
	r.line, r.counted = r.line+int64(r.rec.lines), after // its line breaks were counted on the way
	return &r.rec, nil
}

// damaged loses the way at pos. While lost already it says nothing again,
// unless a line begins here.
func (r *Reader) damaged(why error) error {
	silent := r.lost && !r.atLineStart()
	r.lost = true
	line := r.lineHere()
	r.pos++
	if silent {
		return nil
	}
	return &RecordError{line, why}
}

// leaveWrapper reads the members of a wrapper that follow its array.
func (r *Reader) leaveWrapper() {
	for {
		s := r.scanner()
		s.rec.reset(r.fields, s.buf)
		s.mayWrap = true
		i, after := s.space(r.pos), -1
		switch {
		case i >= len(s.buf):
			s.short()
		case s.buf[i] == ',':
			after = s.members(i + 1)
		case s.buf[i] == '}':
			after = i + 1
		}
		switch {
		case after >= 0:
			r.pos = after
		case s.state == wrapped: // a second array of records
			r.open, r.pos = append(r.open, '['), s.at
			return
		case s.state == short && r.end-r.pos <= r.max && r.more():
			continue
		}
		// What is no member is met again outside, and reported there.
		r.open = r.open[:len(r.open)-1]
		return
	}
}

// seek moves to the next object that may be a record: one that begins a line
// outside of arrays, or any that is no member's value.
func (r *Reader) seek() bool {
	for {
		i := bytes.IndexByte(r.buf[r.pos:r.end], '{')
		if i < 0 {
			r.pos = r.end
			if !r.more() {
				return false
			}
			continue
		}
		r.pos += i
		if r.atLineStart() || !r.isMember() {
			return true
		}
		r.pos++
	}
}

// atLineStart reports whether pos is the first byte of a line, outside of
// arrays: only there do line breaks separate records.
func (r *Reader) atLineStart() bool {
	return len(r.open) == 0 && r.beginsLine()
}

func (r *Reader) beginsLine() bool { return r.pos == 0 || r.buf[r.pos-1] == '\n' }

// isMember reports whether the object at pos follows a key and its colon.
func (r *Reader) isMember() bool {
	before := bytes.TrimRight(r.buf[max(0, r.pos-lookBack):r.pos], " \n\r\t")
	key, colon := bytes.CutSuffix(before, []byte{':'})
	return colon && bytes.HasSuffix(bytes.TrimRight(key, " \n\r\t"), []byte{'"'})
}

// more gets more of the source into the buffer, dropping what lies before pos.
// It reports whether there was more.
func (r *Reader) more() bool {
	switch {
	case r.eof:
		return false
	case r.shared != nil:
		return r.pos == r.end && r.nextBlock()
	}
	if drop := r.pos - lookBack; drop > 0 {
		r.lineHere()
		r.end = copy(r.buf, r.buf[drop:r.end])
		r.pos -= drop
		r.counted -= drop
	}
	if r.end == len(r.buf) {
		r.buf = append(r.buf, make([]byte, min(len(r.buf), r.max+2*lookBack))...)
	}
	had := r.end
	r.fill()
	return r.end > had
}

// fill reads until the buffer is full, so that a record is not scanned again
// for each small piece that arrives.
func (r *Reader) fill() {
	n, err := fill.Up(r.src, r.buf[r.end:])
	r.end += n
	r.ended(err)
}

func (r *Reader) ended(err error) {
	if err == nil {
		return
	}
	if r.eof = true; err != io.EOF {
		r.srcErr = err
	}
}

// nextBlock goes on with the next block of a stream that is shared. It reports
// whether there was more.
func (r *Reader) nextBlock() bool {
	b, err := r.shared.next()
	if err != nil {
		r.ended(err)
		return false
	}
	r.buf, r.pos, r.end = b.text, 0, len(b.text)
	r.counted, r.line = 0, b.line
	if b.rest != nil { // from here on it has the stream for itself
		r.src, r.shared = b.rest, nil
		r.buf = make([]byte, len(b.text)+firstBuffer)
		copy(r.buf, b.text)
	}
	return r.end > 0
}

// lineHere returns the line of pos.
func (r *Reader) lineHere() int64 {
	if r.pos > r.counted {
		r.line += int64(bytes.Count(r.buf[r.counted:r.pos], []byte{'\n'}))
		r.counted = r.pos
	}
	return r.line
}

// errOpen is the reason for an input that was cut between two records.
var errOpen = errors.New("input ends inside an array of records")

// finish returns the error for the end of the input.
func (r *Reader) finish() error {
	switch {
	case r.srcErr != nil:
		return r.srcErr
	case len(r.open) > 0 && !r.lost:
		r.open = nil
		return &RecordError{r.lineHere(), errOpen}
	}
	return io.EOF
}

// peek returns a little of what stands at pos, for a message.
func (r *Reader) peek() []byte {
	line, _, _ := bytes.Cut(r.buf[r.pos:min(r.end, r.pos+20)], []byte{'\n'})
	return line
}
