package signin

import (
	"errors"
	"io"
	"iter"
	"sort"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// ecsBatch is how many documents, and how many bytes of event.original, are
// given to the format of the originals at once: one at a time would lose what
// formats learn from the records around, and cost a buffer for each.
const (
	ecsBatch      = 256
	ecsBatchBytes = 1 << 20
)

// decodeECS reads the original of a document where it is kept and known, else
// the document's fields.
func decodeECS(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := ecsDecoder{opt: opt}
		records := jsonscan.NewReader(r, ecsFields, MaxRecord)
		var ev Event
		for {
			rec, err := records.Next()
			if err == io.EOF {
				d.flush(yield)
				return
			}
			if err != nil {
				err, goesOn := jsonError(err)
				if !d.flush(yield) || !yield(nil, err) || !goesOn {
					return
				}
				continue
			}
			ev = Event{Line: rec.Line}
			err = readECS(rec, &ev, opt)
			if format, original, ok := d.formatOf(ecsShipped(rec)); ok {
				if !d.add(format, original, &ev, err, yield) {
					return
				}
				continue
			}
			if !d.flush(yield) || !yieldRead(yield, &ev, err) {
				return
			}
		}
	}
}

// ecsShipped is the original of a document, or the message with what Filebeat's
// system module and others took off it.
func ecsShipped(rec *jsonscan.Record) shipped {
	s := shipped{raw: ecsText(rec, ecsOriginal)}
	s.at, _ = parseStamp(ecsText(rec, ecsTime), nil)
	if s.raw == "" {
		s.raw, s.part = ecsText(rec, ecsMessage), true
		s.program, s.pid = ecsText(rec, ecsProcess), ecsText(rec, ecsPID)
		s.host = firstText(ecsText(rec, ecsHostname), ecsText(rec, ecsHost))
	}
	return s
}

// ecsDecoder collects originals of one format.
type ecsDecoder struct {
	opt    Options
	others map[string]bool // programs whose lines are of no format
	format Format
	text   strings.Builder
	docs   []ecsDocument
	lines  int64 // in text
}

// ecsDocument is a document whose original waits.
type ecsDocument struct {
	first  int64 // line of its original in the batch
	fields Event // what its fields say, in case the original says nothing
	err    error
}

// add puts a document into the batch, after what waits for another format.
func (d *ecsDecoder) add(format Format, original string, fields *Event, err error, yield func(*Event, error) bool) bool {
	if d.format.Name != format.Name && !d.flush(yield) {
		return false
	}
	d.format = format
	cloneStrings(fields)
	d.docs = append(d.docs, ecsDocument{d.lines + 1, *fields, err})
	original = strings.TrimRight(original, "\r\n")
	d.text.WriteString(original)
	d.text.WriteByte('\n')
	d.lines += int64(strings.Count(original, "\n")) + 1
	if len(d.docs) < ecsBatch && d.text.Len() < ecsBatchBytes {
		return true
	}
	return d.flush(yield)
}

// flush decodes the originals and yields their events with the lines of their
// documents. A document whose original cannot be read gives what its fields
// say.
func (d *ecsDecoder) flush(yield func(*Event, error) bool) bool {
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
