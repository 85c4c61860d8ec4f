package signin

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// jsonRecords decodes a stream of JSON records: read fills the event, whose
// Line is set, from one of them.
func jsonRecords(r io.Reader, fields *jsonscan.Fields, read func(*jsonscan.Record, *Event) error) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var ev Event
		for rec, err := range scanRecords(r, fields) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			ev = Event{Line: rec.Line}
			if !yieldRead(yield, &ev, read(rec, &ev)) {
				return
			}
		}
	}
}

// scanRecords yields the records of a stream of JSON and a *RecordError for each
// that is damaged. Any other error is the last.
func scanRecords(r io.Reader, fields *jsonscan.Fields) iter.Seq2[*jsonscan.Record, error] {
	return func(yield func(*jsonscan.Record, error) bool) {
		records := jsonscan.NewReader(r, fields, MaxRecord)
		for {
			rec, err := records.Next()
			switch {
			case err == io.EOF:
				return
			case err == nil:
				if !yield(rec, nil) {
					return
				}
			default:
				err, goesOn := jsonError(err)
				if !yield(nil, err) || !goesOn {
					return
				}
			}
		}
	}
}

// jsonError returns an error of the reader as this package reports it, and
// whether reading goes on after it.
func jsonError(err error) (_ error, goesOn bool) {
	var bad *jsonscan.RecordError
	if errors.As(err, &bad) {
		return &RecordError{bad.Line, bad.Err}, true
	}
	return err, false
}

// yieldRead yields an event, or the error with which its record was read.
func yieldRead(yield func(*Event, error) bool, ev *Event, err error) bool {
	if err != nil {
		return yield(nil, &RecordError{ev.Line, err})
	}
	return yield(ev, nil)
}

// sniffed is how many records of the head are looked at. More than one,
// because an export may begin with a record of a rare kind.
const sniffed = 8

// sniffJSON returns the highest score that one of the first records in head
// gets.
func sniffJSON(head []byte, fields *jsonscan.Fields, score func(*jsonscan.Record) int) int {
	if !looksLikeJSON(head) {
		return 0
	}
	best := 0
	records := jsonscan.NewReader(bytes.NewReader(head), fields, len(head)+1)
	for range sniffed {
		rec, err := records.Next()
		if err == nil {
			best = max(best, score(rec))
		} else if _, goesOn := jsonError(err); !goesOn {
			break
		}
	}
	return best
}

// looksLikeJSON reports whether text begins with an object or array.
func looksLikeJSON(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[')
}
