package signin

import (
	"bytes"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// What collects logs puts records into records of its own: an API's answer
// holds them in a list some members deep, a queue holds one as text in
// "message" or "_raw", syslog puts a header before it. Detect recognises a
// format inside any of these by content, not by the collector: the text is
// looked at without what is around it, and read like that.

// maxWrappings is how many wrappings one inside the other are taken off.
const maxWrappings = 3

// maxUnwrapTries bounds how often one head is looked at without something of it,
// as a head may have many members and members of these.
const maxUnwrapTries = 48

// unwrapper takes wrappings off a head.
type unwrapper struct {
	tries   int        // left
	records bool       // it looks at record after record, and rows are none
	inside  *unwrapper // for what records of shippers hold, see within
}

// within returns what bounds looking into the records of shippers that are met
// while looking at a head: one for all of them, as a record may hold one that
// holds one, and to look anew into each, for each way in which it may be reached,
// would cost a power of their depth.
func (u *unwrapper) within() *unwrapper {
	if u.records {
		return u
	}
	if u.inside == nil {
		u.inside = newInside()
	}
	return u.inside
}

// newInside returns an unwrapper for what the first records of shippers hold. It
// has more tries, as there are several.
func newInside() *unwrapper { return &unwrapper{records: true, tries: 2 * maxUnwrapTries} }

// sniff returns how sure a format is of head.
func (u *unwrapper) sniff(f *Format, head []byte) int {
	if f.sniffIn == nil {
		return f.Sniff(head)
	}
	return f.sniffIn(head, u.within())
}

// wrapped returns the format of texts that hold records of inner in something:
// takeOff leaves of a head what inner knows, decode reads the whole. Such a text
// cannot be shared, as it is read from its beginning on.
func wrapped(inner Format, takeOff func(head []byte) []byte, decode func(io.Reader, Options) iter.Seq2[*Event, error]) Format {
	outer := inner
	outer.Apart, outer.Decode = false, decode
	outer.Sniff = func(head []byte) int { return inner.Sniff(takeOff(head)) }
	if inner.sniffIn != nil {
		outer.sniffIn = func(head []byte, u *unwrapper) int { return inner.sniffIn(takeOff(head), u) }
	}
	return outer
}

// detect returns the format that is surest of head, or of what is in it under
// at most left wrappings.
func (u *unwrapper) detect(head []byte, left int) (best Format, ok bool) {
	if left > 0 && isListOfLists(head) {
		if f, ok := u.members(head, left); ok { // the brackets are of one wrapping with what is around them
			return f, true
		}
	}
	sure := 0
	for _, f := range Formats() {
		if u.records && left == 0 && isShipped(f.Name) {
			continue // a record is not read as one of those anyway: see formatOf
		}
		if s := u.sniff(&f, head); s > sure {
			best, sure = f, s
		}
	}
	if sure > 0 && !isShipped(best.Name) {
		if !u.records {
			if f, ok := u.flatOf(best, head); ok {
				return f, true
			}
		}
		return best, true
	}
	// A shipper's record has the year and the host that its line lacks, and each
	// line may be of another format; a record inside of it needs nothing of it.
	if left == 0 || sure > 0 && !shipsRecords(head) {
		return best, sure > 0
	}
	for _, try := range [...]func([]byte, int) (Format, bool){u.tables, u.members, u.flat, u.texts, u.headers} {
		if f, ok := try(head, left-1); ok {
			return f, true
		}
	}
	return best, sure > 0
}

// may reports whether one more try is allowed.
func (u *unwrapper) may() bool {
	u.tries--
	return u.tries >= 0
}

// holdsRecord reports whether a text of JSON begins with a whole object, a
// damaged one before it allowed. Without one no format can be sure, and to find
// that out costs every format its time.
func holdsRecord(head []byte) bool {
	records := jsonscan.NewReader(bytes.NewReader(head), anyRecord, len(head)+1)
	_, err := records.Next()
	if _, goesOn := jsonError(err); err != nil && goesOn {
		_, err = records.Next()
	}
	return err == nil
}

var anyRecord = jsonscan.Compile(jsonscan.Config{})

// blanked returns the format of what is left of a text when a blanker took
// something off. newBlanker makes one for each text.
func blanked(inner Format, newBlanker func() blanker) Format {
	head := func(head []byte) []byte { return blankHead(head, newBlanker()) }
	return wrapped(inner, head, func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		opt.Tail = nil // it would show the text as it is
		return inner.Decode(&blankReader{src: r, b: newBlanker()}, opt)
	})
}

// blanker overwrites with spaces what is around the records, and leaves the ends
// of lines, so that the lines of records are those of the file. It is given a
// text block by block, and returns how many bytes at the end of the block it
// cannot judge yet: they come again at the beginning of the next one.
type blanker interface {
	blank(block []byte) (unjudged int)
}

// blankHead returns a copy of head without what is around the records.
func blankHead(head []byte, b blanker) []byte {
	text := append([]byte(nil), head...)
	return text[:len(text)-b.blank(text)]
}

// blankReader is a source without what is around the records.
type blankReader struct {
	src io.Reader
	b   blanker
	buf [32 << 10]byte
	// buf[pos:ready] was judged and not read yet, buf[ready:end] not judged.
	pos, ready, end int
}

func (r *blankReader) Read(p []byte) (int, error) {
	for empty := 0; r.pos == r.ready; {
		r.end = copy(r.buf[:], r.buf[r.ready:r.end])
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		r.pos, r.ready = 0, r.end-r.b.blank(r.buf[:r.end])
		if r.pos < r.ready {
			break // an error comes again when more is read
		}
		if err != nil {
			return 0, err
		}
		if empty++; empty > 100 { // as bufio does
			return 0, io.ErrNoProgress
		}
	}
	n := copy(p, r.buf[r.pos:r.ready])
	r.pos += n
	return n, nil
}
