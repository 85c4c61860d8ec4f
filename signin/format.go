package signin

import (
	"fmt"
	"io"
	"iter"
	"time"
)

// Format is one kind of sign-in log.
type Format struct {
	Name  string // short and stable: the name in --format and in the statistics
	Title string // what a person calls it
	Doc   string // one sentence: where such a file comes from
	Blind string // what matters and cannot be seen in it, for people; docs/formats has more

	// Apart says that records are JSON and each is read without regard to the
	// others, so that several decoders may share a text: see [Format.Share].
	Apart bool

	// Sniff says how sure it is, from 0 (no) to 100 (certain), that head, the
	// first 64 KiB or less of the text, is of this format. It must not panic
	// on any bytes.
	Sniff func(head []byte) int

	// sniffIn is Sniff of a format that looks into records for records of others:
	// what it may look at is bounded by u, as that may hold its own kind again. Nil
	// where Sniff does not.
	sniffIn func(head []byte, u *unwrapper) int

	// Decode reads all of r, UTF-8 text or an EVTX file, and yields every record in order: a
	// sign-in with its event; any other record with an event whose Class is
	// ClassNone and whose Line is set; a damaged one with a *RecordError,
	// after which reading goes on. Any other error ends the sequence. The
	// event is reused: it is valid until the next one is asked for. Memory is
	// bounded whatever r holds ([MaxRecord]).
	Decode func(r io.Reader, opt Options) iter.Seq2[*Event, error]
}

// Options is what a decoder must be told because the log does not say it.
type Options struct {
	Year int            // year of the last stamp in a log whose stamps have none; 0: see ModTime
	Zone *time.Location // zone of stamps that have none; nil is UTC

	ModTime time.Time     // when the file was last written; zero if not known
	Tail    func() []byte // the last 64 KiB or less of the text; nil or returning nil where it cannot be had
}

// MaxRecord is the longest record that is read, in bytes. A longer one is a
// bad record and is skipped: lines are written by attackers.
const MaxRecord = 4 << 20

// RecordError is a damaged record. Reading goes on after it.
type RecordError struct {
	Line int64 // where the record begins, from 1
	Err  error
}

func (e *RecordError) Error() string { return fmt.Sprintf("line %d: %v", e.Line, e.Err) }
func (e *RecordError) Unwrap() error { return e.Err }

// Detect returns the format that is surest of head, and false if none is. Where
// none is, it looks for records inside other records (unwrap.go), and the
// format that it then returns reads them there.
func Detect(head []byte) (Format, bool) {
	u := unwrapper{tries: maxUnwrapTries}
	return u.detect(head, maxWrappings)
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
