package signin

import (
	"bytes"
	"cmp"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/csvscan"
	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// minCarried is the shortest text that is looked at for a record, in bytes.
const minCarried = 16

// texts recognises records that are text in a member of each object, or in a
// column of a CSV file: {"message":"{\"eventType\":…}"}, {"log":"…\n"}, "_raw" of
// Splunk, "@message" of CloudWatch.
func (u *unwrapper) texts(head []byte, left int) (Format, bool) {
	if looksLikeJSON(head) && !holdsRecord(head) {
		return Format{}, false
	}
	carried := carriedTexts(head)
	names := slices.Sorted(maps.Keys(carried))
	slices.SortStableFunc(names, func(a, b string) int { // the likely ones before tries run out
		return cmp.Compare(strings.IndexByte("[{", carried[b][0]), strings.IndexByte("[{", carried[a][0]))
	})
	for _, name := range names {
		if !u.may() {
			return Format{}, false
		}
		if inner, ok := u.detect([]byte(carried[name]), left); ok {
			return carriedFormat(inner, name), true
		}
	}
	return Format{}, false
}

// carriedTexts returns the texts of the first objects or rows of head, by the
// name of the member or column that holds them.
func carriedTexts(head []byte) map[string]string {
	texts := map[string]string{}
	if !looksLikeJSON(head) {
		table := csvTable{rows: csvscan.NewReader(bytes.NewReader(head), len(head)+1)}
		for range sniffed {
			cells, _, err := table.next()
			if err != nil {
				break
			}
			for i, cell := range cells {
				if len(cell) >= minCarried && carries(table.header[i]) {
					texts[table.header[i]] += strings.TrimRight(validText(cell), "\r\n") + "\n"
				}
			}
		}
		return texts
	}
	records := jsonscan.NewReader(bytes.NewReader(head), anyRecord, len(head)+1)
	for range sniffed {
		rec, err := records.Next()
		if err != nil {
			if _, goesOn := jsonError(err); goesOn {
				continue
			}
			break
		}
		var members map[string]any
		if json.Unmarshal(rec.Raw(), &members) != nil {
			continue
		}
		for name, value := range members {
			if text, ok := value.(string); ok && len(text) >= minCarried && carries(name) {
				texts[name] += strings.TrimRight(text, "\r\n") + "\n"
			}
		}
	}
	return texts
}

// carries reports whether a member or column of that name may hold the records of
// a log. Others are no place for one, whatever stands there: who sends a record of
// his making as user agent or as path to a server whose log is read, too, must not
// invent sign-ins.
func carries(name string) bool {
	if !isMemberName(name) { // "meſſage" is "message" to EqualFold
		return false
	}
	for _, names := range [...][]string{shippedNames[shippedRaw], otherCarriers[:]} {
		for _, n := range names {
			if strings.EqualFold(name, n) {
				return true
			}
		}
	}
	return false
}

// otherCarriers are names for whole records beside those for lines: of CloudWatch
// Logs Insights (value of a field) and of collectors.
var otherCarriers = [...]string{"value", "raw_event", "rawEvent", "payload", "data", "record", "eventData", "event_data"}

// carriedFormat reads records of format inner that the member of that name
// carries. A carrier whose text is of another format that is known is read as
// that.
func carriedFormat(inner Format, name string) Format {
	fields := jsonscan.Compile(jsonscan.Config{Mark: []int{0}}, strings.ReplaceAll(name, ".", `\.`))
	outer := inner
	outer.Apart = false // what is around the records is taken off from the beginning on
	outer.wrapped(inner, func(head []byte) []byte { return []byte(carriedTexts(head)[name]) })
	outer.Decode = func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		start, whole := peek(r)
		if !looksLikeJSON(start) {
			return decodeColumn(whole, name, inner, opt)
		}
		return decodeCarried(whole, fields, carriers{
			originals: func(rec *jsonscan.Record, take func(shipped) bool) {
				take(shipped{raw: rec.Text(0)})
			},
			format: &inner,
		}, opt)
	}
	return outer
}

// decodeColumn reads the records in a column of a CSV file.
func decodeColumn(r io.Reader, name string, format Format, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		table := csvTable{rows: csvscan.NewReader(r, MaxRecord)}
		d := originals{opt: opt, format: &format, unwrap: &unwrapper{records: true}}
		for {
			cells, line, err := table.next()
			if err == io.EOF {
				d.flush(yield)
				return
			}
			if err != nil {
				err, goesOn := csvError(err)
				if !d.flush(yield) || !yield(nil, err) || !goesOn {
					return
				}
				continue
			}
			text := ""
			if i := slices.Index(table.header, name); i >= 0 && i < len(cells) {
				text = validText(cells[i])
			}
			one := &format
			if text != "" {
				if known, line := d.formatOf(shipped{raw: text}, &format); known != nil {
					one, text = known, line
				}
			}
			if !d.add(one, text, &Event{Line: line}, nil, yield) {
				return
			}
		}
	}
}

// csvTable reads a CSV file whose first row is its header.
type csvTable struct {
	rows   *csvscan.Reader
	header []string
}

// next returns the next row, without the cells that no column is above.
func (t *csvTable) next() (cells [][]byte, line int64, err error) {
	for {
		cells, line, err = t.rows.Next()
		if err != nil || t.header != nil {
			return cells[:min(len(cells), len(t.header))], line, err
		}
		t.header = []string{}
		for _, cell := range cells {
			t.header = append(t.header, string(bytes.TrimPrefix(cell, []byte("\xef\xbb\xbf"))))
		}
	}
}

// validText returns a cell as text that JSON can hold.
func validText(cell []byte) string { return strings.ToValidUTF8(string(cell), "\uFFFD") }
