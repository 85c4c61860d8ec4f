package signin

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// lineReader cuts a stream into lines. It turns whole blocks of lines into one
// string each, so that a line and what is cut out of it cost no allocation and
// stay valid for as long as somebody holds them.
type lineReader struct {
	src io.Reader
	max int // bytes of the longest line

	buf  []byte // buf[:have] is what was read and is not in block
	have int
	err  error // why src has no more

	block string // lines that next has not returned yet
	line  int64  // the number of the line that next returned last
	skip  bool   // the rest of a line that was too long is still to come
}

const lineBlock = 64 << 10

var errLineTooLong = errors.New("line is too long")

func newLineReader(src io.Reader, maxLine int) *lineReader {
	return &lineReader{src: src, max: maxLine, buf: make([]byte, min(lineBlock, maxLine+1))}
}

// next returns the next line without its end. The error is a *[RecordError]
// for a line that is too long, after which next may be called again; io.EOF
// at the end; or what the source failed with.
func (r *lineReader) next() (string, error) {
	for r.block == "" {
		if r.err != nil {
			return "", r.err
		}
		if r.fill(); r.overflow() {
			r.line++
			return "", &RecordError{r.line, fmt.Errorf("%w: more than %d bytes", errLineTooLong, r.max)}
		}
	}
	r.line++
	text, rest, _ := strings.Cut(r.block, "\n")
	r.block = rest
	return strings.TrimSuffix(text, "\r"), nil
}

// fill reads once and moves what is complete from buf to block.
func (r *lineReader) fill() {
	if r.have == len(r.buf) {
		r.buf = append(r.buf, make([]byte, min(len(r.buf), r.max+1-len(r.buf)))...)
	}
	n, err := r.read()
	fresh := r.buf[r.have : r.have+n]
	r.have += n
	if r.skip {
		if end := bytes.IndexByte(fresh, '\n'); end < 0 {
			r.have = 0
		} else {
			r.drop(end + 1)
			r.skip = false
		}
	}
	r.err = err
	whole := bytes.LastIndexByte(r.buf[:r.have], '\n') + 1
	if err == io.EOF {
		whole = r.have // the last line may lack its end
	}
	r.block = string(r.buf[:whole])
	r.drop(whole)
}

// read reads something, or says why not.
func (r *lineReader) read() (int, error) {
	for range 100 { // as bufio does, for a source that gives neither bytes nor an error
		if n, err := r.src.Read(r.buf[r.have:]); n > 0 || err != nil {
			return n, err
		}
	}
	return 0, io.ErrNoProgress
}

// overflow reports whether buf is full without the end of its line, and if so
// gives that line up.
func (r *lineReader) overflow() bool {
	if r.have <= r.max {
		return false
	}
	r.have, r.skip = 0, true
	return true
}

func (r *lineReader) drop(n int) {
	copy(r.buf, r.buf[n:r.have])
	r.have -= n
}
