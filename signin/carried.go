package signin

import (
	"errors"
	"io"
	"iter"
	"sort"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// carriedBatch is how many records, and how many bytes of what they carry, are
// given to their format at once: one at a time would lose what formats learn from
// the records around, and cost a buffer for each.
const (
	carriedBatch = 256
	carriedBytes = 1 << 20
)

// carriers says how to read records that carry other records as text.
type carriers struct {
	// originals gives what may be the record until take finds a format for it.
	originals func(rec *jsonscan.Record, take func(shipped) bool)
	fields    func(*jsonscan.Record, *Event) error // what the carrier itself says; nil: nothing
	format    *Format                              // of originals that show none themselves; nil: these are not read
}

// decodeCarried reads the originals in the records of r, and what a record
// itself says where its original is of no format that is known.
func decodeCarried(r io.Reader, fields *jsonscan.Fields, c carriers, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := newOriginals(opt, c.format)
		var ev Event
		for rec, err := range scanRecords(r, fields) {
			if err != nil {
				if !d.flush(yield) || !yield(nil, err) {
					return
				}
				continue
			}
			ev = Event{Line: rec.Line}
			if c.fields != nil {
				err = c.fields(rec, &ev)
			}
			format, text := d.firstOf(func(take func(shipped) bool) { c.originals(rec, take) }, c.format)
			if format != nil {
				if !d.add(format, text, &ev, err, yield) {
					return
				}
				continue
			}
			if !d.flush(yield) || !yieldRead(yield, &ev, err) {
				return
			}
		}
		d.flush(yield)
	}
}

// originals collects originals of one format.
type originals struct {
	opt    Options
	format *Format         // of those that wait; nil before the first
	unwrap *unwrapper      // bounds what is done for originals that are not known
	known  []*Format       // those found so far
	others map[string]bool // programs whose lines are of no format
	text   strings.Builder
	docs   []carrier
	lines  int64 // in text
}

// newOriginals returns a collector for one text. format is the one to begin with;
// nil: none.
func newOriginals(opt Options, format *Format) *originals {
	return &originals{opt: opt, format: format, unwrap: &unwrapper{records: true, tries: maxUnwrapTries}}
}

// carrier is a record whose original waits.
type carrier struct {
	first  int64 // line of its original in the batch
	fields Event // what its fields say, in case the original says nothing
	err    error
}

// formatOf returns the format of what was shipped, and the text to decode: as it
// is, a line of syslog made of its parts, or a line whose stamp has no year with
// the shipper's time in place of it. The format at hand stays where it reads the
// original as well as any, as those of one file mostly have one. An original that
// shows none is read as if it stood in a file of format otherwise, or not where
// that is nil.
func (d *originals) formatOf(s shipped, otherwise *Format) (*Format, string) {
	s.raw = strings.TrimRight(s.raw, "\r\n ")
	if s.raw == "" {
		return nil, ""
	}
	if s.format != nil {
		return s.format, s.raw
	}
	head := []byte(s.raw[:min(len(s.raw), 64<<10)])
	at, sure := "", 0 // the format at hand
	if d.format != nil {
		at = d.format.Name
		if sure = d.unwrap.sniff(d.format, head); sure >= 80 && at != sshd.Name {
			return d.format, s.raw
		}
	}
	line, program := s.hostLine()
	if line != "" {
		if otherwise != nil && otherwise.Name == sshd.Name {
			return otherwise, line
		}
		return &sshd, line
	}
	// What a program says in JSON may be records that it collects, whatever its own
	// lines are.
	object := looksLikeJSON(head)
	if s.part || !object && d.others[program] {
		return otherwise, s.raw
	}
	for _, f := range d.known {
		if d.unwrap.sniff(f, head) >= 80 {
			return f, s.raw
		}
	}
	left := 1
	if d.unwrap.tries <= 0 {
		left = 0
	}
	f, ok := d.unwrap.detect(head, left)
	switch {
	case !ok || isWrapper(f.Name):
		if !object {
			d.other(program)
		}
		if otherwise != nil && otherwise.Name == at {
			return d.format, s.raw
		}
		return otherwise, s.raw
	case f.Name == at && d.unwrap.sniff(&f, head) == sure:
		return d.format, s.raw // it may take something off other texts that this one does not have
	}
	if len(d.known) < maxKnown && f.Name != sshd.Name {
		d.known = append(d.known, &f)
	}
	return &f, s.raw
}

// maxKnown is how many formats are asked before all are, where records of several
// stand one after the other.
const maxKnown = 8

// firstOf is formatOf for the first of several originals that is of a format.
func (d *originals) firstOf(each func(take func(shipped) bool), otherwise *Format) (format *Format, text string) {
	each(func(s shipped) bool {
		format, text = d.formatOf(s, otherwise)
		return format != nil
	})
	return format, text
}

// other remembers a program whose lines are of no format: to find that out costs
// every format its time.
func (d *originals) other(program string) {
	if program == "" || len(program) > MaxField {
		return // long names are no programs, and many of them are much
	}
	if d.others == nil || len(d.others) >= maxOthers {
		d.others = map[string]bool{}
	}
	d.others[strings.Clone(program)] = true
}

// add puts a document into the batch, after what waits for another format.
func (d *originals) add(format *Format, original string, fields *Event, err error, yield func(*Event, error) bool) bool {
	if d.format != format && !d.flush(yield) {
		return false
	}
	d.format = format
	cloneStrings(fields)
	d.docs = append(d.docs, carrier{d.lines + 1, *fields, err})
	original = strings.TrimRight(original, "\r\n")
	d.text.WriteString(original)
	d.text.WriteByte('\n')
	d.lines += int64(strings.Count(original, "\n")) + 1
	if len(d.docs) < carriedBatch && d.text.Len() < carriedBytes {
		return true
	}
	return d.flush(yield)
}

// flush decodes the originals and yields their events with the lines of their
// documents. A document whose original cannot be read gives what its fields
// say, and if they say nothing the damage.
func (d *originals) flush(yield func(*Event, error) bool) bool {
	docs, text, next := d.docs, d.text.String(), 0
	d.docs, d.lines = d.docs[:0], 0
	d.text.Reset()
	if len(docs) == 0 {
		return true
	}
	inner := d.opt
	inner.Tail = nil // the end of the documents, not of the log
	// upTo yields the fields of the documents before the given one that had no
	// event of their own.
	upTo := func(doc int) bool {
		for ; next < doc; next++ {
			if !yieldRead(yield, &docs[next].fields, docs[next].err) {
				return false
			}
		}
		return true
	}
	for ev, err := range d.format.Decode(strings.NewReader(text), inner) {
		var bad *RecordError
		line := int64(1)
		switch {
		case errors.As(err, &bad):
			line = bad.Line
		case err != nil:
			continue // the text is in memory: nothing else can go wrong
		default:
			line = ev.Line
		}
		doc := sort.Search(len(docs), func(i int) bool { return docs[i].first > line }) - 1
		if doc < 0 {
			continue
		}
		if err != nil && docs[doc].fields.Class == ClassNone && docs[doc].err == nil {
			docs[doc].err = bad.Err
		}
		if err != nil || ev.Class == ClassNone {
			continue // its fields may say more; they come with the next
		}
		if !upTo(doc) {
			return false
		}
		next = max(next, doc+1)
		ev.Line = docs[doc].fields.Line
		if !yield(ev, nil) {
			return false
		}
	}
	return upTo(len(docs))
}
