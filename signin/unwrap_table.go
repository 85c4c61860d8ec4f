package signin

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"strings"
)

// The answer of a query to Log Analytics, Data Explorer or Elasticsearch names
// its columns once and has the rows as lists:
// {"tables":[{"columns":[{"name":"TimeGenerated"},…],"rows":[["2026-…",…],…]}]}.
// Each row is made an object again.

// tables recognises records that are rows of such an answer.
func (u *unwrapper) tables(head []byte, left int) (Format, bool) {
	if !looksLikeJSON(head) || !bytes.Contains(head, []byte(`olumns"`)) {
		return Format{}, false
	}
	text := tableHead(head)
	if !holdsRecord(text) || !u.may() {
		return Format{}, false
	}
	inner, ok := u.detect(text, left)
	if !ok {
		return Format{}, false
	}
	return wrapped(inner, tableHead, func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		opt.Tail = nil // it would show the text as it is
		return inner.Decode(&tableReader{src: r}, opt)
	}), true
}

// tableHead returns the objects that the first rows in head are, no more than a
// head is: rows of nothing still get the names of their columns.
func tableHead(head []byte) []byte {
	var t tableRows
	for _, c := range head {
		if t.take(c); t.out.Len() > len(head) {
			break
		}
	}
	return t.out.Bytes()
}

// tableReader reads the rows of tables as objects. Each is on its line.
type tableReader struct {
	src  io.Reader
	rows tableRows
	buf  [16 << 10]byte
}

func (t *tableReader) Read(p []byte) (int, error) {
	for empty := 0; t.rows.out.Len() == 0; {
		n, err := t.src.Read(t.buf[:])
		for _, c := range t.buf[:n] {
			t.rows.take(c)
		}
		if t.rows.out.Len() > 0 {
			break // an error comes again when more is read
		}
		if err != nil {
			return 0, err
		}
		if empty++; n == 0 && empty > 100 { // as bufio does
			return 0, io.ErrNoProgress
		}
	}
	return t.rows.out.Read(p)
}

// The names of columns are written for each value, so that long ones would make
// much of little.
const (
	maxColumnsText = 64 << 10
	maxColumnName  = 128
)

// tableRows writes rows as objects.
type tableRows struct {
	out  bytes.Buffer
	open []byte // the brackets around, at most maxOpen,
	deep int    // and how many more
	jsonString

	key   []byte // the name of the member
	isKey bool   // the string is one
	value bool   // the name was read, its value comes

	columns []byte   // text of the list of columns
	cols    int      // depth of that list; 0: outside
	names   [][]byte // of columns

	rows   int  // depth of the list of rows; 0: outside
	row    bool // in one that is a list,
	begins bool // of which nothing was read yet
	column int
}

// take takes the next byte.
func (t *tableRows) take(c byte) {
	if t.cols > 0 {
		if t.columns = append(t.columns, c); len(t.columns) > maxColumnsText {
			t.cols, t.columns = 0, nil
		}
	}
	inRow := t.rows > 0 && len(t.open) > t.rows
	if t.str {
		if t.goesOn(c) && t.isKey && len(t.key) < maxColumnName {
			t.key = append(t.key, c)
		}
	} else {
		switch c {
		case '"':
			t.str = true
			if t.isKey = t.top() == '{' && !t.value && t.rows == 0 && t.cols == 0; t.isKey {
				t.key = t.key[:0]
			}
		case ':':
			t.value = true
		case ',':
			t.value = false
			if t.row && len(t.open) == t.rows+1 && t.deep == 0 {
				t.column++
				t.out.WriteByte(',')
				t.name()
				return
			}
		case '{', '[':
			t.opens(c)
			return
		case '}', ']':
			t.closes(c)
			return
		}
	}
	if inRow {
		if t.begins && c > ' ' {
			t.name()
		}
		t.out.WriteByte(c)
	} else if c == '\n' {
		t.out.WriteByte(c)
	}
}

func (t *tableRows) top() byte {
	if len(t.open) == 0 {
		return 0
	}
	return t.open[len(t.open)-1]
}

func (t *tableRows) opens(c byte) {
	member := t.top() == '{' && t.value && c == '['
	switch {
	case t.rows > 0 && len(t.open) == t.rows: // a row
		t.row, t.begins, t.column = c == '[', c == '[', 0
		t.out.WriteByte('{')
	case t.rows > 0:
		if t.begins {
			t.name()
		}
		t.out.WriteByte(c)
	case t.cols > 0:
	case member && strings.EqualFold(string(t.key), "columns"):
		t.cols, t.columns = len(t.open)+1, append(t.columns[:0], c)
	case member && len(t.names) > 0 && (strings.EqualFold(string(t.key), "rows") || strings.EqualFold(string(t.key), "values")):
		t.rows = len(t.open) + 1
	}
	t.value = false
	if len(t.open) == maxOpen {
		t.deep++
		return
	}
	t.open = append(t.open, c)
}

func (t *tableRows) closes(c byte) {
	t.value = false
	if t.deep > 0 {
		t.deep--
	} else if len(t.open) > 0 {
		t.open = t.open[:len(t.open)-1]
	}
	switch {
	case t.rows > 0 && len(t.open) == t.rows:
		t.out.WriteString("} ")
		t.row, t.begins = false, false
	case t.rows > 0 && len(t.open) > t.rows:
		t.out.WriteByte(c)
	case t.rows > 0:
		t.rows = 0
	case t.cols > 0 && len(t.open) < t.cols:
		t.cols = 0
		t.names = columnNames(t.columns)
	}
}

// name writes the name of the column.
func (t *tableRows) name() {
	t.begins = false
	if t.column < len(t.names) {
		t.out.Write(t.names[t.column])
	} else {
		t.out.WriteString(`"":`) // a row that is longer
	}
}

// columnNames returns the names in a list of columns, as they stand before
// values.
func columnNames(text []byte) [][]byte {
	var columns []struct{ Name, ColumnName string } // Data Explorer has the second
	if json.Unmarshal(text, &columns) != nil {
		return nil
	}
	names := make([][]byte, len(columns))
	for i, c := range columns {
		name := c.Name + c.ColumnName
		if len(name) > maxColumnName {
			return nil
		}
		quoted, _ := json.Marshal(name)
		names[i] = append(quoted, ':')
	}
	return names
}
