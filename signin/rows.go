package signin

import (
	"bytes"
	"errors"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/csvscan"
)

// csvLine is a row of a CSV file with the line on which it begins. Its cells are
// valid until the next one.
type csvLine struct {
	cells [][]byte
	line  int64
}

// scanRows yields the rows of a CSV file and a *RecordError for each that is
// damaged. Any other error is the last.
func scanRows(r io.Reader, maxRecord int) iter.Seq2[csvLine, error] {
	return func(yield func(csvLine, error) bool) {
		rows := csvscan.NewReader(r, maxRecord)
		for {
			cells, line, err := rows.Next()
			var bad *csvscan.RecordError
			switch {
			case err == io.EOF:
				return
			case err == nil:
				if !yield(csvLine{cells, line}, nil) {
					return
				}
			case errors.As(err, &bad):
				if !yield(csvLine{}, &RecordError{bad.Line, bad.Err}) {
					return
				}
			default:
				yield(csvLine{}, err)
				return
			}
		}
	}
}

// headRows yields the first rows of a head, those that are damaged left out.
func headRows(head []byte, yield func(cells [][]byte) bool) {
	n := 0
	for row, err := range scanRows(bytes.NewReader(head), len(head)+1) {
		if err != nil {
			continue
		}
		if !yield(row.cells) {
			return
		}
		if n++; n > sniffed { // the header and so many
			return
		}
	}
}

// csvTable is a row of a CSV file whose first row is its header.
type csvTable struct {
	header []string
	csvLine
}

// scanTable yields the rows below a header, without the cells that no column is
// above.
func scanTable(r io.Reader, maxRecord int) iter.Seq2[csvTable, error] {
	return func(yield func(csvTable, error) bool) {
		var t csvTable
		for row, err := range scanRows(r, maxRecord) {
			switch {
			case err != nil:
				if !yield(csvTable{}, err) {
					return
				}
			case t.header == nil:
				t.header = []string{}
				for _, cell := range row.cells {
					t.header = append(t.header, string(bytes.TrimPrefix(cell, []byte("\xef\xbb\xbf"))))
				}
			default:
				t.csvLine = csvLine{row.cells[:min(len(row.cells), len(t.header))], row.line}
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}
