package mail

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/internal/csvscan"
	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// This file reads tables of records: rows of CSV and JSON objects alike become
// a [record] with numbered columns, so that a table needs one reader whichever
// way it was exported.

const (
	maxRecord = 4 << 20 // bytes of one record
	maxCell   = 8 << 10 // bytes that are kept of one column
)

// table is a kind of records.
type table struct {
	// names has the names of each column, the best first: where it is empty
	// in a record the next one is taken. Letter case, spaces, points within a
	// CSV header and underscores mean nothing.
	names [][]string

	// within names objects that may hold the columns in JSON: "properties".
	within []string

	// known reports whether something with these columns is a record of this
	// kind.
	known func(has func(column int) bool) bool

	// sure scores a known object for [Format.Sniff]; nil: 92 for each.
	sure func(r *record) int

	// read yields what a record holds, if anything. It returns false when the
	// reader wants no more.
	read func(r *record, yield func(Item) bool) (more bool, err error)

	fields *jsonscan.Fields
	slots  [][]int         // of fields, by column
	folded map[string]bool // all names, as [columnName] folds them
}

// newTable compiles the JSON paths of a table.
func newTable(t table) *table {
	var paths []string
	t.slots = make([][]int, len(t.names))
	t.folded = map[string]bool{}
	seen := map[string]int{}
	for column, names := range t.names {
		for _, name := range names {
			folded, _ := columnName(name)
			t.folded[folded] = true
			for _, prefix := range append([]string{""}, t.within...) {
				path := name
				if prefix != "" {
					path = prefix + "." + name
				}
				slot, twice := seen[strings.ToLower(path)]
				if !twice {
					slot = len(paths)
					paths = append(paths, path)
					seen[strings.ToLower(path)] = slot
				}
				t.slots[column] = append(t.slots[column], slot)
			}
		}
	}
	t.fields = jsonscan.Compile(jsonscan.Config{AnyCase: true, Wrap: []string{"records", "value", "Results", "items"}, Mark: t.slots[0]}, paths...)
	return &t
}

// record is a row or an object.
type record struct {
	line int64
	zone *time.Location // of times without one

	cells   [][]byte // of a row
	columns [][]int  // positions in cells, by column
	utc     []bool   // by position: the header says so

	json  *jsonscan.Record
	slots [][]int

	cut bool // a column was longer than what is kept
}

// has reports whether the record has a column at all.
func (r *record) has(column int) bool {
	if r.json == nil {
		return len(r.columns[column]) > 0
	}
	for _, slot := range r.slots[column] {
		if r.json.Kind(slot) != jsonscan.Missing {
			return true
		}
	}
	return false
}

// raw returns the bytes of a column, valid until the next record.
func (r *record) raw(column int) []byte {
	if r.json != nil {
		for _, slot := range r.slots[column] {
			if b := r.json.Bytes(slot); len(b) > 0 {
				return b
			}
		}
		return nil
	}
	for _, i := range r.columns[column] {
		if b := bytes.TrimSpace(r.cells[i]); len(b) > 0 {
			return b
		}
	}
	return nil
}

// text returns a column as a string of its own, valid UTF-8, cut at maxCell.
func (r *record) text(column int) string {
	b := r.raw(column)
	if len(b) > maxCell {
		r.cut = true
		b = b[:maxCell]
		for range utf8.UTFMax - 1 { // not within a character
			if last, size := utf8.DecodeLastRune(b); last != utf8.RuneError || size != 1 {
				break
			}
			b = b[:len(b)-1]
		}
	}
	return strings.ToValidUTF8(string(b), "\uFFFD")
}

var errNoTime = errors.New("record has no time")

// time returns the time of a record.
func (r *record) time(column int) (time.Time, error) {
	zone := r.zone
	if r.json == nil {
		for _, i := range r.columns[column] {
			if len(r.cells[i]) > 0 {
				if r.utc[i] {
					zone = time.UTC
				}
				break
			}
		}
	}
	text := r.text(column)
	if text == "" {
		return time.Time{}, errNoTime
	}
	return parseRecordTime(text, zone)
}

// recordLayouts are the ways in which exports write times. Go takes fractions
// of seconds with each. The order of the United States is that of Microsoft's
// portals and of PowerShell with its default culture; a day before a month is
// an error where it shows (15/6/2026).
var recordLayouts = []string{
	"2006-01-02T15:04:05Z07:00",
	"2006-01-02T15:04:05",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05",
	"1/2/2006 3:04:05 PM",
	"1/2/2006, 3:04:05 PM",
	"1/2/2006 15:04:05",
	"1/2/2006, 15:04:05",
	"1/2/2006 3:04 PM",
	"1/2/2006 15:04",
	"Jan 2, 2006 3:04:05 PM",
	"Jan 2, 2006, 3:04:05 PM",
}

// parseRecordTime reads a time of an export: one of recordLayouts, or seconds,
// milliseconds, microseconds or nanoseconds since 1970, told by their size.
func parseRecordTime(text string, zone *time.Location) (time.Time, error) {
	if zone == nil {
		zone = time.UTC
	}
	text = strings.TrimSpace(text)
	if rest, is := strings.CutSuffix(text, " UTC"); is {
		text, zone = rest, time.UTC
	}
	t, ok := parseEpoch(strings.TrimSuffix(strings.TrimPrefix(text, "/Date("), ")/")) // PowerShell's JSON
	for i := 0; !ok && i < len(recordLayouts); i++ {
		var err error
		t, err = time.ParseInLocation(recordLayouts[i], text, zone)
		ok = err == nil
	}
	t = t.UTC()
	if !ok || t.Year() < 1980 || t.Year() > 2200 {
		return time.Time{}, fmt.Errorf("no time that can be read: %.60q", text)
	}
	return t, nil
}

func parseEpoch(text string) (time.Time, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || n <= 0:
		return time.Time{}, false
	case len(text) >= 18:
		return time.Unix(0, n), true
	case len(text) >= 15:
		return time.UnixMicro(n), true
	case len(text) >= 12:
		return time.UnixMilli(n), true
	case len(text) >= 9:
		return time.Unix(n, 0), true
	}
	return time.Time{}, false
}

// sniff scores a head by the first records in it.
func (t *table) sniff(head []byte) int {
	if looksLikeJSON(head) {
		records := jsonscan.NewReader(bytes.NewReader(head), t.fields, len(head)+1)
		best := 0
		for range 8 { // an export may begin with a record of another table
			rec, err := records.Next()
			var bad *jsonscan.RecordError
			switch {
			case err == nil:
				r := record{json: rec, slots: t.slots}
				switch {
				case !t.known(r.has):
				case t.sure == nil:
					return 92
				default:
					best = max(best, t.sure(&r))
				}
			case !errors.As(err, &bad):
				return best
			}
		}
		return best
	}
	rows := csvscan.NewReader(bytes.NewReader(head), len(head)+1)
	for range 5 { // people put a title above
		row, _, err := rows.Next()
		var bad *csvscan.RecordError
		if err != nil && !errors.As(err, &bad) {
			return 0
		}
		if _, ok := t.header(row); ok {
			return 92
		}
	}
	return 0
}

// decode reads records from CSV or JSON.
func (t *table) decode(r io.Reader, opt Options) iter.Seq2[Item, error] {
	return func(yield func(Item, error) bool) {
		var head [4096]byte
		n, err := io.ReadFull(r, head[:])
		whole := io.MultiReader(bytes.NewReader(head[:n]), r)
		if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
			whole = io.MultiReader(bytes.NewReader(head[:n]), failing{err})
		}
		if looksLikeJSON(head[:n]) {
			t.objects(whole, opt, yield)
		} else {
			t.rows(whole, opt, yield)
		}
	}
}

// failing gives an error again that came while the head was read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

func (t *table) objects(r io.Reader, opt Options, yield func(Item, error) bool) {
	records := jsonscan.NewReader(r, t.fields, maxRecord)
	for {
		rec, err := records.Next()
		var bad *jsonscan.RecordError
		switch {
		case err == io.EOF:
			return
		case errors.As(err, &bad):
			if !yield(Item{}, &RecordError{bad.Line, bad.Err}) {
				return
			}
		case err != nil:
			yield(Item{}, err)
			return
		default:
			one := record{line: rec.Line, zone: opt.Zone, json: rec, slots: t.slots}
			if t.known(one.has) && !t.yield(&one, yield) {
				return
			}
		}
	}
}

func (t *table) rows(r io.Reader, opt Options, yield func(Item, error) bool) {
	rows := csvscan.NewReader(r, maxRecord)
	var one record
	for {
		cells, line, err := rows.Next()
		var bad *csvscan.RecordError
		switch {
		case err == io.EOF:
			return
		case errors.As(err, &bad):
			if !yield(Item{}, &RecordError{bad.Line, bad.Err}) {
				return
			}
			continue
		case err != nil:
			yield(Item{}, err)
			return
		}
		if t.mayBeHeader(&one, cells) {
			if next, ok := t.header(cells); ok { // again inside a file, where exports were put together
				one = next
				continue
			}
		}
		if one.columns == nil {
			continue // a title above the header
		}
		if len(cells) != len(one.utc) {
			if !yield(Item{}, &RecordError{line, fmt.Errorf("row has %d columns, its header %d", len(cells), len(one.utc))}) {
				return
			}
			continue
		}
		one.line, one.zone, one.cells, one.cut = line, opt.Zone, cells, false
		if !t.yield(&one, yield) {
			return
		}
	}
}

// yield passes on what a record holds, with what all items of tables have in
// common.
func (t *table) yield(r *record, yield func(Item, error) bool) bool {
	more, err := t.read(r, func(item Item) bool {
		switch {
		case item.Message != nil:
			item.Message.Line = r.line
			if r.cut {
				item.Message.Problems = append(item.Message.Problems, Problem{"cut_field", "a column of the record is longer than what is read"})
			}
		case item.Act != nil:
			item.Act.Line = r.line
		}
		return yield(item, nil)
	})
	if err != nil {
		return more && yield(Item{}, &RecordError{r.line, err})
	}
	return more
}

// mayBeHeader reports whether a row may begin another sheet: it is not as wide
// as the header above it, or has the name of a column where that has one.
func (t *table) mayBeHeader(r *record, cells [][]byte) bool {
	if r.columns == nil || len(cells) != len(r.utc) {
		return true
	}
	for _, positions := range r.columns {
		if len(positions) > 0 {
			cell := cells[positions[0]]
			if len(cell) > 40 {
				return false
			}
			name, _ := columnName(string(cell))
			return t.folded[name]
		}
	}
	return true
}

// header returns an empty record with the columns of a row, if that row is a
// header of this table.
func (t *table) header(row [][]byte) (record, bool) {
	if len(row) < 3 {
		return record{}, false
	}
	r := record{columns: make([][]int, len(t.names)), utc: make([]bool, len(row))}
	position := map[string]int{}
	for i, cell := range row {
		if len(cell) > 200 {
			return record{}, false
		}
		name, utc := columnName(string(cell))
		r.utc[i] = utc
		if _, twice := position[name]; !twice {
			position[name] = i
		}
	}
	for column, names := range t.names {
		for _, name := range names {
			folded, _ := columnName(name)
			if i, ok := position[folded]; ok {
				r.columns[column] = append(r.columns[column], i)
			}
		}
	}
	return r, t.known(r.has)
}

// columnName folds the name of a column to lower-case letters and digits,
// without the zone, and reports whether that is UTC: "TimeGenerated [UTC]",
// "Date (UTC)", "date_time_utc", "origin_timestamp_utc".
func columnName(text string) (name string, utc bool) {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, mark := range []string{"[utc]", "(utc)", "_utc"} {
		if rest, found := strings.CutSuffix(text, mark); found {
			text, utc = rest, true
		}
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text), utc
}

// looksLikeJSON reports whether text begins with an object or array.
func looksLikeJSON(head []byte) bool {
	head = bytes.TrimPrefix(head, []byte("\xef\xbb\xbf"))
	head = bytes.TrimLeft(head, " \t\r\n")
	return len(head) > 0 && (head[0] == '{' || head[0] == '[')
}

// recordAddress reads the address of a mailbox in a column of its own: the
// domain in lower case.
func recordAddress(name, email string) []Address {
	email = strings.Trim(strings.TrimSpace(email), "<>")
	if email == "" && name == "" {
		return nil
	}
	if at := strings.LastIndexByte(email, '@'); at >= 0 {
		email = email[:at] + strings.ToLower(email[at:])
	}
	return []Address{{Name: name, Email: email}}
}

// recordEnvelope reads an envelope sender: "<>" is the null sender, and
// nothing is not known.
func recordEnvelope(text string) string {
	if text = strings.ToLower(strings.TrimSpace(text)); text == "<>" {
		return text
	}
	return strings.Trim(text, "<>")
}

// recordAddr returns the first of texts that is an address.
func recordAddr(texts ...string) netip.Addr {
	for _, text := range texts {
		if a, err := netip.ParseAddr(strings.Trim(strings.TrimSpace(text), "[]")); err == nil && !a.IsUnspecified() {
			return a.Unmap().WithZone("")
		}
	}
	return netip.Addr{}
}

// networkID folds a gateway's id of a mail. Microsoft writes the same GUID
// with and without hyphens.
func networkID(text string) string {
	text = strings.ToLower(strings.Trim(strings.TrimSpace(text), "{}"))
	if len(text) != 32 || strings.Trim(text, "0123456789abcdef") != "" {
		return text
	}
	return text[:8] + "-" + text[8:12] + "-" + text[12:16] + "-" + text[16:20] + "-" + text[20:]
}

// containsFold reports whether text has part, in lower case, in any case.
func containsFold(text, part string) bool { return strings.Contains(strings.ToLower(text), part) }
