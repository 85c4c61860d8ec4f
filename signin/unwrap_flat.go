package signin

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// Databases and spreadsheets have no members of members: a table of a SIEM or a
// CSV export has actor_alternateId_s, actor.alternateId or "Actor Alternate ID"
// where the record has {"actor":{"alternateId":…}}. Such rows are made records
// again by the names that the format reads, and then read as those are.

// flatFormat is a format whose records come as rows, too.
type flatFormat struct {
	format Format
	names  flatNames
}

// flatFormats lists the formats of which such exports are known. The aliases are
// names that Log Analytics and Sentinel give to columns, and for Entra those of
// Defender's EntraIdSignInEvents.
var flatFormats = sync.OnceValue(func() []flatFormat {
	return []flatFormat{
		{entraGraph, newFlatNames(graphPaths, map[string]string{
			"timegenerated": "createdDateTime", "timestamp": "createdDateTime", "requestid": "id", "aadtenantid": "homeTenantId",
			"accountupn": "userPrincipalName", "accountobjectid": "userId", "alternatesigninname": "signInIdentifier",
			"resulttype": "status.errorCode", "errorcode": "status.errorCode", "resultdescription": "status.failureReason",
			"locationdetails": "location", "country": "location.countryOrRegion", "application": "appDisplayName", "applicationid": "appId",
			"browser": "deviceDetail.browser", "osplatform": "deviceDetail.operatingSystem", "clientapp": "clientAppUsed",
		})},
		{entraAudit, directoryNames},
		{m365Audit, newFlatNames(auditPaths, map[string]string{ // OfficeActivity
			"timegenerated": "CreationTime", "officeid": "Id", "client_ipaddress": "ClientIPAddress", "officeobjectid": "ObjectId",
		})},
		{defenderLogons, newFlatNames(defenderAllPaths, nil)},
		{okta, newFlatNames(oktaPaths, nil)},
		{googleWorkspace, newFlatNames(googleColumns(), map[string]string{ // GAM gives each event a row, and its parameters columns
			"login_type": "parameters.login_type", "login_failure_type": "parameters.login_failure_type",
			"login_challenge_method": "parameters.login_challenge_method", "login_challenge_status": "parameters.login_challenge_status",
			"failure_type": "parameters.failure_type", "application_name": "parameters.application_name",
			"affected_email_address": "parameters.affected_email_address", "login_timestamp": "parameters.login_timestamp",
		})},
		{awsCloudTrail, newFlatNames(awsPaths, map[string]string{
			"awseventid": "eventID", "timegenerated": "eventTime", "username": "userIdentity.userName", // of the event history
		})},
		{duo, newFlatNames(duoPaths, nil)},
		{auth0, newFlatNames(slices.Concat(prefixed("data.", auth0Paths), auth0Paths), nil)},
		{oneLogin, newFlatNames(oneLoginPaths, nil)},
		{jumpCloud, newFlatNames(jumpCloudPaths, nil)},
		{pingOne, newFlatNames(pingOnePaths, nil)},
	}
})

// googleColumns returns the paths of activities, with the lists of events as such.
func googleColumns() []string {
	columns := slices.Clone(googlePaths)
	columns[googleEvents], columns[googleEntryEvents] = "events[", "protoPayload.metadata.event["
	return append(columns, "events.name", "events.parameters[")
}

// flatNames finds the place of a column in a record.
type flatNames struct {
	joined map[string]flatPlace // by path with underscores, in lower case
	folded map[string]flatPlace // by path as letters and digits
}

// flatPlace is a place in a record.
type flatPlace struct {
	path  []string // names of members
	whole bool     // an object or list, written as JSON
}

func newFlatNames(paths []string, aliases map[string]string) flatNames {
	n := flatNames{map[string]flatPlace{}, map[string]flatPlace{}}
	for _, path := range paths {
		// Of a path into a list the row has the list, as JSON.
		path, _, list := strings.Cut(path, "[")
		n.add(path, path, list)
		for end := strings.LastIndexByte(path, '.'); end > 0; end = strings.LastIndexByte(path[:end], '.') {
			n.add(path[:end], path[:end], true)
		}
	}
	for name, path := range aliases {
		n.add(name, path, n.joined[joinFlat(path)].whole)
	}
	return n
}

func (n flatNames) add(name, path string, whole bool) {
	place := flatPlace{strings.Split(path, "."), whole}
	if joined := joinFlat(name); n.joined[joined].path == nil || !whole {
		n.joined[joined] = place
	}
	if folded := foldFlat(name); n.folded[folded].path == nil {
		n.folded[folded] = place
	}
}

// find returns the place of a column. Log Analytics puts the type behind the
// names of custom tables: _s, _d, _b, _t, _g.
func (n flatNames) find(column string) (flatPlace, bool) {
	names := []string{column}
	if i := len(column) - 2; i > 0 && column[i] == '_' && strings.IndexByte("sdbtg", column[i+1]) >= 0 {
		names = append(names, column[:i])
	}
	for _, name := range names {
		if place, ok := n.joined[joinFlat(name)]; ok {
			return place, true
		}
	}
	for _, name := range names {
		if place, ok := n.folded[foldFlat(name)]; ok {
			return place, true
		}
	}
	return flatPlace{}, false
}

func joinFlat(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '.' || r == ' ' || r == '-' || r == '/' {
			return '_'
		}
		return r
	}, strings.ToLower(strings.TrimSpace(name)))
}

func foldFlat(name string) string {
	folded, _ := columnName([]byte(name)) // drops "[UTC]" as well
	return folded
}

// minFlatColumns is how many columns of a row must be known, so that a table of
// anything with a user and an address is not taken for a log.
const minFlatColumns = 5

// record returns the record of a row, and how many columns of it are known.
func (n flatNames) record(row iter.Seq2[string, json.RawMessage]) (text []byte, known int) {
	record := map[string]any{}
	for column, value := range row {
		place, ok := n.find(column)
		if !ok {
			continue
		}
		known++
		if len(value) == 0 || bytes.Equal(value, []byte(`""`)) || bytes.Equal(value, []byte("null")) {
			continue // an empty cell: most tables hold records of several kinds
		}
		if strings.HasSuffix(column, "_d") { // a number without fraction is a double all the same
			value = bytes.Replace(value, []byte(`.0"`), []byte(`"`), 1)
			value = bytes.TrimSuffix(value, []byte(".0"))
		}
		if inner := innerJSON(value); inner != nil && place.whole {
			value = inner
		} else if place.whole {
			continue
		}
		put(record, place.path, value)
	}
	text, err := json.Marshal(record)
	if err != nil {
		return nil, 0
	}
	return text, known
}

// ofJSON returns the record of a row that is an object.
func (n flatNames) ofJSON(object []byte) []byte {
	row := jsonRow(object)
	if row == nil {
		return []byte("{}")
	}
	text, _ := n.record(row)
	return text
}

// put puts a value at its place in a record, unless something is there.
func put(record map[string]any, path []string, value json.RawMessage) {
	for len(path) > 1 {
		switch next := record[path[0]].(type) {
		case nil:
			inner := map[string]any{}
			record[path[0]] = inner
			record = inner
		case map[string]any:
			record = next
		default:
			return // the whole of it stands there
		}
		path = path[1:]
	}
	if record[path[0]] == nil {
		record[path[0]] = value
	}
}

// flat recognises rows of JSON or CSV.
func (u *unwrapper) flat(head []byte, _ int) (Format, bool) {
	rows := flatRows(head)
	if len(rows) == 0 || !u.may() {
		return Format{}, false
	}
	var best Format
	sure := 0
	for _, f := range flatFormats() {
		if s := f.sniff(rows); s > sure {
			best, sure = f.read(), s
		}
	}
	return best, sure > 0
}

// flatOf returns how rows are read that a format takes for its records because
// what it looks at first is at the top of those anyway.
func (u *unwrapper) flatOf(format Format, head []byte) (Format, bool) {
	for _, f := range flatFormats() {
		if f.format.Name != format.Name || !looksLikeJSON(head) {
			continue
		}
		rows := flatRows(head)
		flat := slices.ContainsFunc(rows, func(row iter.Seq2[string, json.RawMessage]) bool {
			for column, value := range row {
				place, ok := f.names.find(column)
				if ok && (len(place.path) > 1 || place.whole && value[0] == '"' && innerJSON(value) != nil) {
					return true
				}
			}
			return false
		})
		if flat && f.sniff(rows) > 0 {
			return f.read(), true
		}
	}
	return Format{}, false
}

// sniff returns how sure the format is of the records that rows are.
func (f flatFormat) sniff(rows []iter.Seq2[string, json.RawMessage]) int {
	return f.format.Sniff(f.records(rows))
}

// records returns the records that rows are, one on each line.
func (f flatFormat) records(rows []iter.Seq2[string, json.RawMessage]) []byte {
	var records bytes.Buffer
	for _, row := range rows {
		if text, known := f.names.record(row); known >= minFlatColumns {
			records.Write(text)
			records.WriteByte('\n')
		}
	}
	return records.Bytes()
}

var flatRecords = jsonscan.Compile(jsonscan.Config{Wrap: lists()})

// flatRows returns the first rows of a head.
func flatRows(head []byte) (rows []iter.Seq2[string, json.RawMessage]) {
	if looksLikeJSON(head) {
		records := jsonscan.NewReader(bytes.NewReader(head), flatRecords, len(head)+1)
		for range sniffed {
			rec, err := records.Next()
			if err != nil {
				break
			}
			if row := jsonRow(bytes.Clone(rec.Raw())); row != nil {
				rows = append(rows, row)
			}
		}
		return rows
	}
	for row, err := range scanTable(bytes.NewReader(head), len(head)+1) {
		if err != nil || len(row.header) < minFlatColumns || len(rows) == sniffed {
			break
		}
		rows = append(rows, cellsByColumn(row.header, row.cells))
	}
	return rows
}

// jsonRow returns the members of an object.
func jsonRow(text []byte) iter.Seq2[string, json.RawMessage] {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil {
		return nil
	}
	return func(yield func(string, json.RawMessage) bool) {
		for _, name := range slices.Sorted(maps.Keys(members)) {
			if !yield(name, members[name]) {
				return
			}
		}
	}
}

// cellsByColumn returns the cells of a row by their columns.
func cellsByColumn(header []string, cells [][]byte) iter.Seq2[string, json.RawMessage] {
	values := make([]json.RawMessage, len(cells))
	for i, cell := range cells {
		values[i], _ = json.Marshal(validText(cell)) // cells are valid until the next row
	}
	return func(yield func(string, json.RawMessage) bool) {
		for i, value := range values {
			if !yield(header[i], value) {
				return
			}
		}
	}
}

// read returns the format that reads the rows of a file as records of f.
func (f flatFormat) read() Format {
	head := func(head []byte) []byte { return f.records(flatRows(head)) }
	return wrapped(f.format, head, func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return func(yield func(*Event, error) bool) {
			start, whole := peek(r)
			d := newOriginals(opt, &f.format)
			lines := f.csvRecords(whole)
			if looksLikeJSON(start) {
				lines = f.jsonRecords(whole, f.flatFields(start))
			}
			for rec, err := range lines {
				if err != nil {
					if !d.flush(yield) || !yield(nil, err) {
						return
					}
					continue
				}
				if !d.add(&f.format, rec.text, &Event{Line: rec.line}, nil, yield) {
					return
				}
			}
			d.flush(yield)
		}
	})
}

// flatRecord is a record with the line on which its row begins.
type flatRecord struct {
	text string
	line int64
}

// maxFlatMarks is by how many columns rows are known after damage: a table may
// have any number, and a reader looks for few.
const maxFlatMarks = 64

// flatFields returns the columns by which the rows of a file are known after
// damage: those of its first row that the record has a place for.
func (f flatFormat) flatFields(start []byte) *jsonscan.Fields {
	var paths []string
	var marks []int
	if rows := flatRows(start); len(rows) > 0 {
		for column := range rows[0] {
			if _, known := f.names.find(column); known && isMemberName(column) && len(marks) < maxFlatMarks {
				marks = append(marks, len(paths))
				paths = append(paths, strings.ReplaceAll(column, ".", `\.`))
			}
		}
	}
	return jsonscan.Compile(jsonscan.Config{Wrap: lists(), Mark: marks}, paths...)
}

func (f flatFormat) jsonRecords(r io.Reader, fields *jsonscan.Fields) iter.Seq2[flatRecord, error] {
	return func(yield func(flatRecord, error) bool) {
		for rec, err := range scanRecords(r, fields) {
			if err != nil {
				if !yield(flatRecord{}, err) {
					return
				}
				continue
			}
			if !yield(flatRecord{string(f.names.ofJSON(rec.Raw())), rec.Line}, nil) {
				return
			}
		}
	}
}

func (f flatFormat) csvRecords(r io.Reader) iter.Seq2[flatRecord, error] {
	return func(yield func(flatRecord, error) bool) {
		for row, err := range scanTable(r, MaxRecord) {
			if err != nil {
				if !yield(flatRecord{}, err) {
					return
				}
				continue
			}
			text, _ := f.names.record(cellsByColumn(row.header, row.cells))
			if !yield(flatRecord{string(text), row.line}, nil) {
				return
			}
		}
	}
}

// isMemberName reports whether a name can be a path of jsonscan.
func isMemberName(name string) bool {
	return name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-@. ") == ""
}
