package signin

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

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
	b := []byte{'{'}
	var open []string // the objects around what is written next
	first := true
	for _, m := range r.members {
		value := m.value(doc)
		if value == nil {
			continue
		}
		within := m.path[:len(m.path)-1]
		same := 0
		for same < len(open) && same < len(within) && open[same] == within[same] {
			same++
		}
		for len(open) > same {
			next := ""
			if len(open) == same+1 && same < len(within) {
				next = within[same]
			}
			last := open[len(open)-1]
			open = open[:len(open)-1]
			b = append(b, '}')
			name, _, array := strings.Cut(last, "[")
			if other, _, also := strings.Cut(next, "["); array && also && other == name { // the next element of this array
				open = append(open, next)
				b = append(b, ',', '{')
				b, first = appendECSName(b, next)
				same++
				break
			}
			if array {
				b = append(b, ']')
			}
			first = false
		}
		for _, step := range within[same:] {
			if !first {
				b = append(b, ',')
			}
			name, _, array := strings.Cut(step, "[")
			b = append(appendJSON(b, name), ':')
			if array {
				b = append(b, '[')
			}
			b = append(b, '{')
			b, first = appendECSName(b, step)
			open = append(open, step)
		}
		if !first {
			b = append(b, ',')
		}
		b = append(appendJSON(b, m.path[len(m.path)-1]), ':')
		b = append(b, value...)
		first = false
	}
	for len(open) > 0 {
		b = append(b, '}')
		if strings.Contains(open[len(open)-1], "[") {
			b = append(b, ']')
		}
		open = open[:len(open)-1]
	}
	return string(append(b, '}'))
}

// appendECSName writes the naming member of an element "x[a=b]" that begins, and
// reports whether nothing was to be written.
func appendECSName(b []byte, step string) ([]byte, bool) {
	_, index, _ := strings.Cut(strings.TrimSuffix(step, "]"), "[")
	name, value, named := strings.Cut(index, "=")
	if !named {
		return b, true
	}
	return appendJSON(append(appendJSON(b, name), ':'), value), false
}

// value returns a member's value as JSON, nil where the document has none.
func (m *ecsMember) value(doc *jsonscan.Record) []byte {
	if m.unless >= 0 && doc.Text(m.unless) != "" {
		return nil
	}
	for _, f := range m.from {
		switch text := doc.Text(f); doc.Kind(f) {
		case jsonscan.Missing, jsonscan.Null:
		case jsonscan.String:
			if text != "" {
				return appendJSON(nil, text)
			}
		default:
			return []byte(text)
		}
	}
	return nil
}

func appendJSON(b []byte, s string) []byte {
	quoted, _ := json.Marshal(s) // never fails
	return append(b, quoted...)
}
