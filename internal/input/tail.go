package input

import (
	"bufio"
	"bytes"
	"io"
	"os"
)

// maxAhead is how much Tail writes to a temporary file where a text can only
// be read once.
const maxAhead = 1 << 30

// Tail returns the last 64 KiB or less of the text, and nil where it cannot be
// had. It consumes nothing. A file is read from its end, a packed one is
// unpacked once more, and what can only be read once (a member of a packed tar,
// standard input) is read to its end into a temporary file, from which Read
// then goes on. So it may take as long as reading the text.
func (in *Input) Tail() []byte {
	switch {
	case in.stored != nil:
		return in.enc.tail(in.stored)
	case in.reopen != nil:
		return in.tailAgain()
	}
	return in.tailAhead()
}

func (in *Input) tailAgain() []byte {
	r, err := in.reopen()
	if err != nil {
		return nil
	}
	defer r.Close()
	limited := &io.LimitedReader{R: r, N: in.limit}
	tail := lastOf(in.enc.reader(bufio.NewReaderSize(limited, window)))
	if limited.N <= 0 {
		return nil
	}
	return tail
}

// lastOf returns the last bytes before the end or an error: of a text that is
// cut off, the last ones there are.
func lastOf(r io.Reader) []byte {
	buf := make([]byte, 0, 2*window)
	for {
		if len(buf) == cap(buf) {
			buf = buf[:copy(buf, buf[len(buf)-window:])]
		}
		n, err := r.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if err != nil {
			return buf[max(0, len(buf)-window):]
		}
	}
}

func (in *Input) tailAhead() []byte {
	if in.ahead == nil {
		var err error
		if in.ahead, err = newSpool(); err != nil {
			return nil
		}
		rest, whole := in.ahead.fill(in.text, maxAhead)
		in.ahead.whole = whole
		in.text = bufio.NewReaderSize(io.MultiReader(io.NewSectionReader(in.ahead.file, 0, in.ahead.size), rest), window)
	}
	if !in.ahead.whole {
		return nil
	}
	return encoding{}.tail(io.NewSectionReader(in.ahead.file, 0, in.ahead.size))
}

func (in *Input) close() {
	if in.ahead != nil {
		in.ahead.remove()
	}
}

// spool is a temporary file.
type spool struct {
	file  *os.File
	size  int64
	whole bool // nothing of the source is missing
}

func newSpool() (*spool, error) {
	f, err := os.CreateTemp("", "pumphandle-*")
	if err != nil {
		return nil, plain(err)
	}
	return &spool{file: f}, nil
}

func (s *spool) remove() {
	s.file.Close()
	os.Remove(s.file.Name())
}

// fill copies r up to a limit. It returns what is not in the file: text and
// the error that ended it, if that is not io.EOF.
func (s *spool) fill(r io.Reader, limit int64) (rest io.Reader, whole bool) {
	buf := make([]byte, window)
	for s.size < limit {
		n, err := r.Read(buf)
		if _, full := s.file.WriteAt(buf[:n], s.size); full != nil {
			return io.MultiReader(bytes.NewReader(buf[:n]), failing{err}, r), false
		}
		s.size += int64(n)
		if err != nil {
			return failing{err}, true
		}
	}
	return r, false
}

// failing gives an error, or nothing where there is none.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) {
	if f.err == nil {
		return 0, io.EOF
	}
	return 0, f.err
}

// spoolAll copies r into a temporary file.
func spoolAll(r io.Reader) (*spool, error) {
	s, err := newSpool()
	if err != nil {
		return nil, err
	}
	if s.size, err = io.Copy(s.file, r); err != nil {
		s.remove()
		return nil, plain(err)
	}
	return s, nil
}
