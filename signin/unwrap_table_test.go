package signin

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// table writes records as the answer of a query: names of columns once, and a
// list for each row. Members that are no scalars are JSON as text, as Log
// Analytics writes them.
func table(t *testing.T, list []json.RawMessage, layout string) string {
	t.Helper()
	columns := map[string]bool{}
	rows := make([]map[string]json.RawMessage, len(list))
	for i, r := range list {
		if err := json.Unmarshal(r, &rows[i]); err != nil {
			t.Fatal(err)
		}
		for name := range rows[i] {
			columns[name] = true
		}
	}
	names := slices.Sorted(maps.Keys(columns))
	var head, body []string
	for _, name := range names {
		head = append(head, strings.ReplaceAll(`{"name":NAME,"type":"string"}`, "NAME", quoted(name)))
	}
	for _, row := range rows {
		var cells []string
		for _, name := range names {
			cell := bytes.TrimSpace(row[name])
			switch {
			case cell == nil:
				cell = []byte("null")
			case cell[0] == '{' || cell[0] == '[':
				cell = jsonOf(string(cell))
			}
			cells = append(cells, string(cell))
		}
		body = append(body, "["+strings.Join(cells, ", ")+"]")
	}
	return strings.NewReplacer("COLUMNS", strings.Join(head, ","), "ROWS", strings.Join(body, ",\n")).Replace(layout)
}

var tableLayouts = map[string]string{
	"Log Analytics": `{"tables":[{"name":"PrimaryResult","columns":[COLUMNS],"rows":[ROWS]}]}`,
	"Data Explorer": `[{"FrameType":"DataSetHeader","Version":"v2.0"},{"FrameType":"DataTable","TableKind":"QueryProperties","Columns":[{"ColumnName":"TableId","ColumnType":"int"},` +
		`{"ColumnName":"Value","ColumnType":"dynamic"}],"Rows":[[1,"{\"a\":[1,2]}"],[]]},` +
		`{"FrameType":"DataTable","Columns":[COLUMNS],"Rows":[ROWS,{"OneApiErrors":[]}]}]`,
	"Elasticsearch": `{"took":1,"is_partial":false,"columns":[COLUMNS],"values":[ROWS]}`,
}

// Rows of the answers of queries are read as the same rows in a list.
func TestTables(t *testing.T) {
	list := records(t, readSample(t, "entra-monitor", "log-analytics.json"))
	for layout, text := range tableLayouts {
		text = table(t, list, text)
		found, ok := Detect([]byte(text))
		if !ok || found.Name != "entra-monitor" {
			t.Errorf("%s is taken for %q", layout, found.Name)
			continue
		}
		format, _ := Lookup("entra-monitor")
		want, wantBad := decodeAll(t, format, []byte(joinRecords(list, "\n", false)))
		got, bad := decodeAll(t, found, []byte(text))
		if len(keyed(want)) == 0 || missing(keyed(want), keyed(got)) > 0 || missing(keyed(got), keyed(want)) > 0 || bad != wantBad {
			t.Errorf("%s: %d events, %d damaged; %d, %d as they are", layout, len(keyed(got)), bad, len(keyed(want)), wantBad)
		}
	}
}

// Each row is on its line.
func TestTableLines(t *testing.T) {
	list := records(t, readSample(t, "entra-monitor", "log-analytics.json"))
	text := table(t, list, tableLayouts["Log Analytics"])
	format, _ := Detect([]byte(text))
	n := int64(0)
	for ev, err := range format.Decode(iotest.OneByteReader(strings.NewReader(text)), Options{}) {
		if n++; err == nil && ev.Line != n {
			t.Errorf("row %d is on line %d", n, ev.Line)
		}
	}
	if n != int64(len(list)) {
		t.Errorf("%d rows of %d", n, len(list))
	}
}

// A row writes the names of columns that it has no values for.
func TestTableHead(t *testing.T) {
	text := `{"columns":[` + strings.Repeat(`{"name":"`+strings.Repeat("<", maxColumnName)+`"},`, 9) + `{"name":"x"}],"rows":[` +
		strings.Repeat("["+strings.Repeat(",", 9)+"],", 4000) + "]}"
	if n := len(tableHead([]byte(text))); n > 2*len(text) {
		t.Errorf("a head of %d bytes becomes one of %d", len(text), n)
	}
}

func TestTableRows(t *testing.T) {
	for text, want := range map[string]string{
		`{"columns":[{"name":"a"},{"name":"b\"c"}],"rows":[["]\",[",{"x":[1,2]}],[null , -1.5e3]]}`: `{"a":"]\",[","b\"c":{"x":[1,2]}} {"a":null ,"b\"c": -1.5e3} `,
		`{"columns":[{"name":"a"}],"rows":[[1,2],[],[ ]]}`:                                          `{"a":1,"":2} {} { } `,
		`{"columns":[{"name":"a"}],"rows":[[[1,[2]]],3,"x",{"b":1}]}`:                               `{"a":[1,[2]]} {"b":1} `,
		`{"columns":[],"rows":[[1]]}`:                                                               ``,
		`{"columns":["a"],"rows":[[1]]}`:                                                            ``,
		`{"rows":[[1]],"columns":[{"name":"a"}]}`:                                                   ``,
		"{\"columns\":[{\"name\":\"a\"}],\"rows\":[[\"x\n],\n[2]]}":                                 "{\"a\":\"x\n} \n{\"a\":2} ",
		`{"columns":[{"name":"` + strings.Repeat("a", maxColumnName+1) + `"}],"rows":[[1]]}`:        ``,
		strings.Repeat("[", 1000) + `{"columns":[{"name":"a"}],"rows":[[1]]}`:                       ``,
		`{"columns":[{"name":"a"}],"rows":[[` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `]]}`: `{"a":` +
			strings.Repeat("[", 200) + strings.Repeat("]", 200) + `} `,
	} {
		if got := string(tableHead([]byte(text))); got != want {
			t.Errorf("%.80s: %q, want %q", text, got, want)
		}
	}
}
