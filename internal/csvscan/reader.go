// Package csvscan reads CSV files that nobody vouches for: streaming, in
// bounded memory, without an allocation per row, and going on after a damaged
// row. It knows nothing of what the columns mean.
//
// It differs from encoding/csv in that a bad row costs that row and not the
// rest of the file, that the delimiter is found in the file, and that a row's
// length has a limit.
package csvscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// MaxColumns is the highest number of columns that is read, that of Excel. A
// row with more is damaged: without a limit a row of nothing but commas would
// take fifty times its size in memory.
const MaxColumns = 16384

// What is wrong with a damaged row, inside a [RecordError].
var (
	ErrBareQuote    = errors.New("quote inside a field that is not quoted as a whole")
	ErrUnterminated = errors.New("quoted field does not end")
	ErrTooLong      = errors.New("row is too long")
	ErrTooWide      = errors.New("row has too many columns")
)

// errCut is for a row that an error of the underlying reader cuts off.
var errCut = errors.New("row is cut off")

// RecordError is a damaged row. Reading goes on after it.
type RecordError struct {
	Line int64 // where the row begins, from 1
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }

// Reader reads rows as RFC 4180 writes them, with CRLF or LF, and with comma,
// semicolon or tab between fields, whichever is most frequent in the first row
// that has any of them. A byte order mark, empty lines, and the lines that
// Excel ("sep=;") and PowerShell ("#TYPE …") put before the header are no rows.
type Reader struct {
	src io.Reader
	err error // what src ended with
	max int

	buf        []byte
	start, end int   // buf[start:end] is read and not consumed; a row begins at start
	line       int64 // on which that row begins
	delim      byte  // 0: no row had one yet
	begun      bool  // a row was seen

	columns int // of the last good row
	damage  int // bytes up to which a damaged row may still reach; 0: not in one

	spans  []span
	fields [][]byte
}

// span is where the text of one field stands, counted from the beginning of
// its row.
type span struct {
	from, to int
	doubled  bool // has doubled quotes
}

// NewReader returns a reader of rows of at most maxRecord bytes, at least 64.
func NewReader(r io.Reader, maxRecord int) *Reader {
	maxRecord = max(maxRecord, 64)
	return &Reader{src: r, max: maxRecord, buf: make([]byte, min(maxRecord, 64<<10)), line: 1}
}

// Next returns the fields of the next row and the line on which it begins,
// newlines inside quotes counted. The fields are valid until the next call.
//
// A damaged row gives a *RecordError. It ends where a later line, read as the
// beginning of a row, is whole and has as many columns as the last good row, or
// at the first line that is 64 KiB on: the rest of a damaged row is not taken
// for rows, but another table behind it is not lost in silence. The end of the file is io.EOF, and any other error is
// that of the underlying reader; a row that such an error cuts off is dropped.
func (r *Reader) Next() (fields [][]byte, line int64, err error) {
	for r.seek() {
		length, bad := r.scan()
		if bad == nil && (r.damage == 0 || r.columns == 0 || len(r.spans) == r.columns) {
			return r.take(length)
		}
		line, known := r.line, r.damage > 0
		if bad == errCut {
			return nil, line, r.err
		}
		if !known {
			r.damage = min(r.max, 64<<10)
		}
		r.dropLine()
		if !known {
			return nil, line, &RecordError{line, bad}
		}
	}
	return nil, r.line, r.err
}

// take consumes a scanned row.
func (r *Reader) take(length int) ([][]byte, int64, error) {
	row, line := r.buf[r.start:r.start+length], r.line
	r.line += int64(bytes.Count(row, newline))
	r.start += length
	r.columns, r.damage = len(r.spans), 0

	r.fields = r.fields[:0]
	for _, s := range r.spans {
		text := row[s.from:s.to:s.to]
		if s.doubled {
			text = undouble(text)
		}
		r.fields = append(r.fields, text)
	}
	return r.fields, line, nil
}

var newline = []byte("\n")

// undouble turns each doubled quote into one, in place.
func undouble(text []byte) []byte {
	n := 0
	for i := 0; i < len(text); i++ {
		text[n] = text[i]
		n++
		if text[i] == '"' {
			i++
		}
	}
	return text[:n]
}

// dropLine consumes the rest of the line, however long it is.
func (r *Reader) dropLine() {
	for {
		n := bytes.IndexByte(r.buf[r.start:r.end], '\n') + 1
		if n == 0 {
			n = r.end - r.start
		} else {
			r.line++
		}
		ended := n > 0 && r.buf[r.start+n-1] == '\n'
		r.start += n
		r.damage = max(0, r.damage-n)
		if ended || r.more() != nil {
			return
		}
	}
}

// seek goes to where the next row begins; false is the end.
func (r *Reader) seek() bool {
	if !r.begun && string(r.peek(3)) == "\uFEFF" {
		r.start += 3
	}
	for {
		text := r.peek(2)
		switch {
		case len(text) == 0, string(text) == "\r": // encoding/csv drops a last CR as well
			return false
		case text[0] == '\n', string(text) == "\r\n":
			r.dropLine()
		case !r.begun && r.preamble():
			r.dropLine()
		default:
			r.begun = true
			if r.delim == 0 {
				r.findDelim()
			}
			return true
		}
	}
}

// preamble reports whether the line before the first row is a remark: which
// delimiter Excel shall use, or the type name that Export-Csv of PowerShell 5
// writes first.
func (r *Reader) preamble() bool {
	text := r.peek(8)
	if bytes.HasPrefix(text, []byte("#TYPE ")) {
		return true
	}
	if len(text) < 5 || !bytes.EqualFold(text[:4], []byte("sep=")) {
		return false
	}
	rest := bytes.TrimPrefix(text[5:], []byte("\r"))
	if !isDelim(text[4]) || len(rest) > 0 && rest[0] != '\n' {
		return false
	}
	r.delim = text[4]
	return true
}

func isDelim(b byte) bool { return b == ',' || b == ';' || b == '\t' }

// findDelim sets the delimiter that is most frequent in this row, if it has
// any outside quotes. It looks at no more than the first 64 KiB.
func (r *Reader) findDelim() {
	var count [256]int
	quoted := false
	for i := range min(r.max, 64<<10) {
		if i == r.end-r.start && r.more() != nil {
			break
		}
		b := r.buf[r.start+i]
		if b == '"' {
			quoted = !quoted
		}
		if b == '\n' && !quoted {
			break
		}
		if !quoted {
			count[b]++
		}
	}
	best := 0
	for _, b := range []byte(",;\t") {
		if count[b] > best {
			r.delim, best = b, count[b]
		}
	}
}

// scan finds the fields of the row at start and returns its length with the
// line end.
func (r *Reader) scan() (int, error) {
	r.spans = r.spans[:0]
	for pos := 0; ; {
		if len(r.spans) == MaxColumns {
			return 0, ErrTooWide
		}
		s, next, last, err := r.field(pos)
		if err != nil {
			return 0, err
		}
		r.spans = append(r.spans, s)
		if last {
			return next, nil
		}
		pos = next
	}
}

// field finds the field at pos, and where the next one or, after the last, the
// next row begins.
func (r *Reader) field(pos int) (s span, next int, last bool, err error) {
	text := r.buf[r.start:r.end]
	for i := pos; ; i++ {
		if i == len(text) {
			switch err := r.more(); err {
			case nil:
			case io.EOF:
				return span{from: pos, to: trimCR(text, pos, i)}, i, true, nil
			case ErrTooLong:
				return s, 0, false, err
			default:
				return s, 0, false, errCut
			}
			text = r.buf[r.start:r.end]
		}
		switch b := text[i]; {
		case b == r.delim && isDelim(b):
			return span{from: pos, to: i}, i + 1, false, nil
		case b == '\n':
			return span{from: pos, to: trimCR(text, pos, i)}, i + 1, true, nil
		case b == '"' && i == pos:
			return r.quoted(pos)
		case b == '"':
			return s, 0, false, ErrBareQuote
		}
	}
}

func trimCR(text []byte, from, to int) int {
	if to > from && text[to-1] == '\r' {
		return to - 1
	}
	return to
}

// quoted finds the field whose opening quote is at pos.
func (r *Reader) quoted(pos int) (s span, next int, last bool, err error) {
	s.from = pos + 1
	for i := pos + 1; ; {
		n := bytes.IndexByte(r.buf[r.start+i:r.end], '"')
		if n < 0 {
			i = r.end - r.start
			if err := r.more(); err == ErrTooLong {
				return s, 0, false, err
			} else if err != nil {
				return s, 0, false, ErrUnterminated
			}
			continue
		}
		i += n
		after, err := r.after(i)
		if err != nil {
			return s, 0, false, err
		}
		switch {
		case len(after) == 0, string(after) == "\r":
			s.to = i
			return s, i + 1 + len(after), true, nil
		case after[0] == '"':
			s.doubled = true
			i += 2
		case after[0] == r.delim && isDelim(r.delim):
			s.to = i
			return s, i + 2, false, nil
		case after[0] == '\n':
			s.to = i
			return s, i + 2, true, nil
		case string(after) == "\r\n":
			s.to = i
			return s, i + 3, true, nil
		default:
			return s, 0, false, ErrBareQuote
		}
	}
}

// after returns the two bytes behind i, or what there is of them before the
// end of the file.
func (r *Reader) after(i int) ([]byte, error) {
	for r.end-r.start < i+3 {
		err := r.more()
		if err == io.EOF {
			break
		}
		if err == ErrTooLong {
			return nil, err
		}
		if err != nil {
			return nil, errCut
		}
	}
	return r.buf[r.start+i+1 : min(r.end, r.start+i+3)], nil
}

// peek returns the next n bytes, fewer before the end.
func (r *Reader) peek(n int) []byte {
	for r.end-r.start < n && r.more() == nil {
	}
	return r.buf[r.start:min(r.end, r.start+n)]
}

// more reads some more bytes behind the row at start, which may move. The
// error is ErrTooLong or what the source ended with.
func (r *Reader) more() error {
	if r.err != nil {
		return r.err
	}
	if r.start > 0 {
		r.end = copy(r.buf, r.buf[r.start:r.end])
		r.start = 0
	}
	if r.end == len(r.buf) {
		if r.end >= r.max {
			return ErrTooLong
		}
		r.buf = append(r.buf, make([]byte, min(len(r.buf), r.max-len(r.buf)))...)
	}
	for range 100 { // as bufio does: a reader that gives nothing, for ever
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		if err != nil {
			r.err = err
		}
		if n > 0 {
			return nil
		}
		if err != nil {
			return err
		}
	}
	r.err = io.ErrNoProgress
	return r.err
}
