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
		n := 0
		for row, err := range scanTable(bytes.NewReader(head), len(head)+1) {
			if n++; err != nil || n > sniffed {
				break
			}
			for i, cell := range row.cells {
				if len(cell) >= minCarried && carries(row.header[i]) {
					texts[row.header[i]] += strings.TrimRight(validText(cell), "\r\n") + "\n"
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
	head := func(head []byte) []byte { return []byte(carriedTexts(head)[name]) }
	return wrapped(inner, head, func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
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
	})
}

// decodeColumn reads the records in a column of a CSV file.
func decodeColumn(r io.Reader, name string, format Format, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := newOriginals(opt, &format)
		for row, err := range scanTable(r, MaxRecord) {
			if err != nil {
				if !d.flush(yield) || !yield(nil, err) {
					return
				}
				continue
			}
			text := ""
			if i := slices.Index(row.header, name); i >= 0 && i < len(row.cells) {
				text = validText(row.cells[i])
			}
			one := &format
			if text != "" {
				if known, line := d.formatOf(shipped{raw: text}, &format); known != nil {
					one, text = known, line
				}
			}
			if !d.add(one, text, &Event{Line: row.line}, nil, yield) {
				return
			}
		}
		d.flush(yield)
	}
}

// validText returns a cell as text that JSON can hold.
func validText(cell []byte) string { return strings.ToValidUTF8(string(cell), "\uFFFD") }
