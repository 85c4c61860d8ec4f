package signin

import (
	"bytes"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/csvscan"
	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// GenericName is the name of every format that a mapping file describes.
const GenericName = "generic"

// newGeneric returns the format of a mapping.
func newGeneric(m *mapping, file string) (Format, error) {
	g := &generic{mapping: m, paths: m.paths(), index: map[string]int{}}
	for i, p := range g.paths {
		g.index[p] = i
	}
	f := Format{Name: GenericName, Title: m.name, Doc: "What " + file + " describes.", Sniff: g.sniffCSV, Decode: g.decodeCSV}
	if !m.csv {
		if err := g.compile(); err != nil {
			return Format{}, &MappingError{file, 0, err.Error()}
		}
		f.Sniff = func(head []byte) int { return sniffJSON(head, g.fields, g.score) }
		f.Decode = g.decodeJSON
	}
	return f, nil
}

// generic reads logs by a mapping.
type generic struct {
	*mapping
	paths  []string
	index  map[string]int
	fields *jsonscan.Fields // of JSON
}

// compile turns the paths into fields. Paths of a mapping are a person's words,
// and those of Compile are part of a program: it panics on what it cannot read.
func (g *generic) compile() (err error) {
	defer func() {
		if why := recover(); why != nil {
			err = fmt.Errorf("a field's path cannot be read: %v", why)
		}
	}()
	var marks []int
	for _, p := range g.mapping.fields[mapTime] {
		marks = append(marks, g.index[p])
	}
	g.fields = jsonscan.Compile(jsonscan.Config{AnyCase: true, Wrap: g.wrap, Mark: marks}, g.paths...)
	return nil
}

// score wants a time and a result, or what only asks for.
func (g *generic) score(rec *jsonscan.Record) int {
	has := func(field int) bool {
		for _, p := range g.mapping.fields[field] {
			if rec.Kind(g.index[p]) != jsonscan.Missing {
				return true
			}
		}
		return false
	}
	if has(mapTime) && (has(mapResult) || has(mapAccount)) {
		return 50
	}
	return 0
}

func (g *generic) decodeJSON(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return jsonRecords(r, g.fields, func(rec *jsonscan.Record, ev *Event) error {
		return g.event(ev, g.index, rec.Text, opt.Zone)
	})
}

func (g *generic) sniffCSV(head []byte) int {
	header, _, err := csvscan.NewReader(bytes.NewReader(head), len(head)+1).Next()
	if err != nil {
		return 0
	}
	if _, err := g.columns(header); err != nil {
		return 0
	}
	return 50
}

// columns finds the columns of the paths by their names, in any case; -1 for
// one that is not there.
func (g *generic) columns(header [][]byte) ([]int, error) {
	at := make([]int, len(g.paths))
	for i, path := range g.paths {
		at[i] = -1
		for c, name := range header {
			if strings.EqualFold(strings.TrimSpace(string(name)), path) {
				at[i] = c
				break
			}
		}
	}
	for _, need := range []int{mapTime, mapAccount, mapResult} {
		found := false
		for _, path := range g.mapping.fields[need] {
			found = found || at[g.index[path]] >= 0
		}
		if !found {
			return nil, fmt.Errorf("no column %s, which the mapping names as %s", strings.Join(g.mapping.fields[need], " or "), mapFieldNames[need])
		}
	}
	return at, nil
}

func (g *generic) decodeCSV(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var at []int
		width := 0
		var ev Event
		for row, err := range scanRows(r, MaxRecord) {
			more := true
			switch {
			case err != nil:
				more = yield(nil, err)
			case at == nil:
				if at, err = g.columns(row.cells); err != nil {
					yield(nil, err)
					return
				}
				width = len(row.cells)
			case len(row.cells) != width:
				more = yield(nil, &RecordError{row.line, fmt.Errorf("row has %d columns, its header %d", len(row.cells), width)})
			default:
				ev = Event{Line: row.line}
				err := g.event(&ev, g.index, func(i int) string {
					if at[i] < 0 {
						return ""
					}
					return string(row.cells[at[i]])
				}, opt.Zone)
				more = yieldRead(yield, &ev, err)
			}
			if !more {
				return
			}
		}
	}
}
