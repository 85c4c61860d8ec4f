// Package input opens what a user names on the command line: files,
// directories and standard input, packed or not, in UTF-8 or UTF-16. It
// decides by content, never by a file's name, and hands out plain UTF-8 text;
// only Windows event logs (EVTX) and Outlook messages, which are no text, and
// mails, which may be in any code, go through as they are.
//
// Start with [Files], which walks the paths, and [File.Inputs], which unpacks
// one of the files it finds. Files are independent of each other, so several
// may be read at the same time; the inputs of one file come one after the
// other.
//
// What is read may be hostile: memory is bounded, nesting and the number of
// members are limited, and a file that unpacks to a thousand times its size is
// cut off (see the limits in unpack.go).
package input

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"time"
)

// window is how much of the text [Input.Head] and [Input.Tail] give at most.
const window = 64 << 10

// Input is one text: a file, or a member of an archive. It is valid until the
// next one is asked for.
type Input struct {
	Name    string    // the path as given, joined with what lies below; archive!member inside archives
	Rel     string    // the path below the one that was given, with slashes; archives count as directories
	ModTime time.Time // of the member, where the archive has it, else of the file; zero if not known
	Size    int64     // of the text as packed in the innermost container, in bytes; -1 if not known

	text *bufio.Reader
	enc  encoding

	// For Tail: the bytes of a file that is no container, and how to read the
	// text once more; nil where there is only the stream.
	stored *io.SectionReader
	reopen func() (io.ReadCloser, error)
	limit  int64 // of what reopen may give
	ahead  *spool
}

// Head returns the first 64 KiB or less of the text. It consumes nothing; call
// it before Read. The bytes are valid until then.
func (in *Input) Head() []byte {
	head, _ := in.text.Peek(window) // an error comes again when it is read
	return head
}

// Read reads the text. An error other than io.EOF is an *[Error]; what could
// be read before it was given.
func (in *Input) Read(p []byte) (int, error) {
	n, err := in.text.Read(p)
	if err != nil && err != io.EOF {
		err = &Error{in.Name, err}
	}
	return n, err
}

// Error says what could not be read and why.
type Error struct {
	Name string // as in [Input.Name]
	Err  error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Name, e.Err) }
func (e *Error) Unwrap() error { return e.Err }

// BinaryError is the reason for a file that holds no text.
type BinaryError struct {
	What string // what it seems to be
	Hint string // what to do about it; may be empty
}

func (e *BinaryError) Error() string {
	if e.Hint == "" {
		return e.What
	}
	return e.What + ": " + e.Hint
}

// Why a file or a part of it is not read, inside an [Error].
var (
	ErrTooDeep   = errors.New("containers nested too deeply")
	ErrTooMany   = errors.New("too many members")
	ErrTooBig    = errors.New("unpacks to more than a thousand times its size")
	ErrEncrypted = errors.New("encrypted: unpack it first")

	errDirectory = errors.New("directory of the archive is too large")
)
