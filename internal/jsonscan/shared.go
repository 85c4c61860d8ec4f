package jsonscan

import (
	"bytes"
	"io"
	"sync"

	"github.com/pumphandle/pumphandle/internal/fill"
)

// Shared is a stream of records that several readers read side by side: each
// takes the next block of whole records when it has read the last one. It may
// be used by several goroutines at a time.
//
// A block ends where a line ends with a brace and the next one begins with one.
// In JSON that is only between records: inside of one, a comma, a bracket or a
// key would stand there, and a string has no line breaks.
type Shared struct {
	mu   sync.Mutex
	src  io.Reader
	line int64  // of what is read next
	rest []byte // what was read behind the last block
	done bool

	size, most int // see blockSize and maxBlock
}

// NewShared returns src as a stream for several readers.
func NewShared(src io.Reader) *Shared {
	return &Shared{src: src, line: 1, size: blockSize, most: maxBlock}
}

// Splits reports whether a stream that begins with head has records that end
// with their lines, so that it is worth sharing.
func Splits(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n"), []byte("{")) && lastEnd(head) > 0
}

// Source returns the source of one more reader, for [NewReader].
func (s *Shared) Source() io.Reader { return &sharedSource{from: s} }

const (
	blockSize = 1 << 18
	maxBlock  = 16 << 20 // one without the end of a record: the rest is then for one reader
)

// block is text that one reader reads.
type block struct {
	text []byte
	line int64     // on which it begins
	rest io.Reader // what goes on behind text; nil where text ends between records
}

// next returns the next block, whose text is buf or another. The error is
// [io.EOF] at the end; that of src goes to one of the readers.
func (s *Shared) next(buf []byte) (block, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.done {
		return block{}, io.EOF
	}
	if cap(buf) < max(s.size, 2*len(s.rest)) {
		buf = make([]byte, max(s.size, 2*len(s.rest)))
	}
	buf = buf[:cap(buf)]
	n := copy(buf, s.rest)
	for {
		more, err := fill.Up(s.src, buf[n:])
		n += more
		if err != nil {
			s.done = true
			if err == io.EOF && n == 0 {
				return block{}, io.EOF
			}
			return block{buf[:n], s.line, failing{err}}, nil
		}
		if end := lastEnd(buf); end > 0 {
			s.rest = append(s.rest[:0], buf[end:]...)
			b := block{buf[:end], s.line, nil}
			s.line += int64(bytes.Count(b.text, []byte{'\n'}))
			return b, nil
		}
		if len(buf) >= s.most {
			s.done = true
			return block{buf, s.line, s.src}, nil
		}
		buf = append(buf, make([]byte, len(buf))...)
	}
}

// lastEnd returns the position behind the last end of a record in text that can
// be seen to be one; 0 where there is none.
func lastEnd(text []byte) int {
	for end := len(text) - 1; ; {
		at := bytes.LastIndexByte(text[:max(0, end)], '\n') // a brace may follow
		if at < 0 {
			return 0
		}
		if before := bytes.TrimSuffix(text[:at], []byte{'\r'}); text[at+1] == '{' && len(before) > 0 && before[len(before)-1] == '}' {
			return at + 1
		}
		end = at
	}
}

// failing is a source that has nothing but an error.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// sharedSource is a share of a stream.
type sharedSource struct {
	from *Shared
	text []byte // the block that is being read
}

// IsShared reports whether a source is a share of a stream, which is JSON.
func IsShared(src io.Reader) bool {
	_, ok := src.(*sharedSource)
	return ok
}

// next returns the next block. The text of the one before is used again.
func (s *sharedSource) next() (block, error) {
	b, err := s.from.next(s.text)
	s.text = b.text
	return b, err
}

// Read is for readers other than [Reader], which takes whole blocks.
func (s *sharedSource) Read([]byte) (int, error) { return 0, io.ErrNoProgress }
