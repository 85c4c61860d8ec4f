package signin

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// Elastic's integrations keep the record that a document was made of in
// event.original only where they are told to. What it said is there all the
// same, under other names: it is put together again and read as the provider's,
// with the provider's codes and the provider's ids.

// ecsRecordsText says for each integration where the values of the provider's
// records are in its documents.
//
//go:embed ecs_records.txt
var ecsRecordsText string

// ecsRecord is how the records of one provider are put together again.
type ecsRecord struct {
	mark    string // a field that only its documents have
	format  string // of the record
	members []ecsMember
	fields  [ecsShapeCount]*jsonscan.Fields
}

// ecsMember is a value of the record.
type ecsMember struct {
	path   []string // where it belongs, from the outside in; "x[0]" and "x[a=b]" are elements of arrays
	from   []int    // the fields of the document that may have it: the first that is there does
	unless int      // a field that tells it better; -1 for none
}

var ecsRecords = parseECSRecords(ecsRecordsText)

// parseECSRecords reads the table. It panics on what it cannot read: the table is
// part of the program.
func parseECSRecords(text string) (records []*ecsRecord) {
	var paths []string // of the record at hand
	field := func(path string) int {
		i := slices.Index(paths, path)
		if i < 0 {
			i = len(paths)
			paths = append(paths, path)
		}
		return i
	}
	end := func() {
		if len(records) > 0 {
			for shape := range ecsShapeCount {
				records[len(records)-1].fields[shape] = jsonscan.Compile(jsonscan.Config{}, ecsShape(shape, paths)...)
			}
		}
		paths = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' {
			continue
		}
		if mark, ok := strings.CutPrefix(line, "mark "); ok {
			end()
			mark, format, _ := strings.Cut(mark, " as ")
			records = append(records, &ecsRecord{mark: mark, format: format})
			continue
		}
		path, from, ok := strings.Cut(line, " = ")
		if !ok || len(records) == 0 {
			panic(fmt.Sprintf("signin: ecs_records.txt: %q", line))
		}
		from, unless, better := strings.Cut(from, " unless ")
		m := ecsMember{path: strings.Split(path, "."), unless: -1}
		for _, f := range strings.Fields(from) {
			m.from = append(m.from, field(f))
		}
		if better {
			m.unless = field(unless)
		}
		r := records[len(records)-1]
		r.members = append(r.members, m)
	}
	end()
	return records
}

// ecsMarks are the marks of all records.
func ecsMarks() (marks []string) {
	for _, r := range ecsRecords {
		marks = append(marks, r.mark)
	}
	return marks
}

// ecsRestorer puts the records of the documents of one input together.
type ecsRestorer struct {
	docs    [][ecsShapeCount]jsonscan.Record // one for each kind of record and shape, which remembers how they look
	formats []*Format
}

// record returns the record that a document was made of, and its format; false
// where the document is of no integration that is known.
func (e *ecsRestorer) record(doc *jsonscan.Record) (shipped, bool) {
	for n, r := range ecsRecords {
		for shape := range ecsShapeCount {
			if doc.Text(shape*ecsFieldCount+ecsMark+n) == "" {
				continue
			}
			if e.docs == nil {
				e.docs = make([][ecsShapeCount]jsonscan.Record, len(ecsRecords))
				e.formats = make([]*Format, len(ecsRecords))
			}
			if e.formats[n] == nil {
				format, _ := Lookup(r.format)
				e.formats[n] = &format
			}
			fields := &e.docs[n][shape]
			if r.fields[shape].Scan(doc.Raw(), fields) != nil {
				return shipped{}, false
			}
			return shipped{raw: r.text(fields), format: e.formats[n]}, true
		}
	}
	return shipped{}, false
}

// text writes the record as JSON.
func (r *ecsRecord) text(doc *jsonscan.Record) string {
	return string(append(appendMembers([]byte{'{'}, r.members, 0, doc), '}'))
}

// appendMembers appends members of one object, whose own path has that many
// steps.
func appendMembers(b []byte, members []ecsMember, depth int, doc *jsonscan.Record) []byte {
	list := "" // the array that is open
	for len(members) > 0 {
		step, leaf := members[0].path[depth], len(members[0].path) == depth+1
		if leaf {
			if value, kind := members[0].value(doc); kind != jsonscan.Missing {
				b = appendValue(appendKey(b, step), value, kind)
			}
			members = members[1:]
			continue
		}
		same := 1
		for same < len(members) && members[same].path[depth] == step {
			same++
		}
		name, index, array := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		switch {
		case !array:
			b = append(appendKey(b, name), '{')
		case name != list:
			b = append(appendKey(b, name), '[', '{')
			list = name
		default:
			b = append(b, ',', '{')
		}
		if key, value, named := strings.Cut(index, "="); named {
			b = appendValue(appendKey(b, key), value, jsonscan.String)
		}
		b = append(appendMembers(b, members[:same], depth+1, doc), '}')
		members = members[same:]
		if array && (len(members) == 0 || !strings.HasPrefix(members[0].path[depth], name+"[")) {
			b = append(b, ']')
			list = ""
		}
	}
	return b
}

// appendKey appends the key of a member, behind a comma if it is not the first.
func appendKey(b []byte, key string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	return append(appendValue(b, key, jsonscan.String), ':')
}

// appendValue appends a value. Most strings need no escapes.
func appendValue(b []byte, text string, kind jsonscan.Kind) []byte {
	if kind != jsonscan.String {
		return append(b, text...)
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c >= utf8.RuneSelf || c == '"' || c == '\\' {
			quoted, _ := json.Marshal(text) // never fails
			return append(b, quoted...)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// value returns a member's value and of which kind it is, [jsonscan.Missing] where
// the document has none.
func (m *ecsMember) value(doc *jsonscan.Record) (string, jsonscan.Kind) {
	if m.unless >= 0 && doc.Text(m.unless) != "" {
		return "", jsonscan.Missing
	}
	for _, f := range m.from {
		if text := doc.Text(f); text != "" { // neither missing nor null
			return text, doc.Kind(f)
		}
	}
	return "", jsonscan.Missing
}
