package mail

import (
	"fmt"
	"io"
	"iter"
	"time"
)

// Format is one kind of file that holds mail or records about mail.
type Format struct {
	Name  string // short and stable: the name in --format and in the statistics
	Title string // what a person calls it
	Doc   string // one sentence: where such a file comes from
	Blind string // what matters and cannot be seen in it, for people; docs/formats has more

	// Sniff says how sure it is, from 0 (no) to 100 (certain), that head, the
	// first 64 KiB or less of the file, is of this format. It must not panic
	// on any bytes.
	Sniff func(head []byte) int

	// Decode reads all of r and yields every mail and every act in order; a
	// damaged record is a *[RecordError], after which reading goes on. A
	// record that is neither yields nothing. Any other error ends the
	// sequence. Memory is bounded whatever r holds; a mail that is broken is
	// still a mail, and its Problems say what is wrong with it.
	Decode func(r io.Reader, opt Options) iter.Seq2[Item, error]
}

// Item is what a record holds: exactly one of both is set. It is reused, with
// all its slices: it is valid until the next one is asked for. Strings may be
// kept, but those of a header hold the whole header in memory: clone them.
type Item struct {
	Message *Message
	Act     *Act
}

// Options is what a decoder must be told because the file does not say it.
type Options struct {
	Zone *time.Location // zone of stamps in records that have none; nil is UTC

	// Where r begins, to go on in an mbox at a [Message] that was seen before:
	// its Offset and Line. Zero: at the beginning of the file.
	Offset int64
	Line   int64
}

// RecordError is a damaged record. Reading goes on after it.
type RecordError struct {
	Line int64 // where the record begins, from 1
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }

// Detect returns the format that is surest of head, and false if none is.
func Detect(head []byte) (Format, bool) {
	best, sure := Format{}, 0
	for _, f := range Formats() {
		if s := f.Sniff(head); s > sure {
			best, sure = f, s
		}
	}
	return best, sure > 0
}

// Lookup returns the format of that name.
func Lookup(name string) (Format, bool) {
	for _, f := range Formats() {
		if f.Name == name {
			return f, true
		}
	}
	return Format{}, false
}
