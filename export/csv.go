package export

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/notify"
	"github.com/pumphandle/pumphandle/outcome"
)

// table writes rows of comma-separated values (RFC 4180) and remembers the
// first error. Every cell is made harmless: attackers write user names.
type table struct {
	w *csv.Writer
}

func newTable(w io.Writer, head ...string) *table {
	t := &table{csv.NewWriter(w)}
	t.row(head...)
	return t
}

func (t *table) row(cells ...string) {
	safe := make([]string, len(cells))
	for i, c := range cells {
		safe[i] = cell(c)
	}
	_ = t.w.Write(safe) // the writer keeps the error for Flush
}

func (t *table) done(what string) error {
	t.w.Flush()
	if err := t.w.Error(); err != nil {
		return fmt.Errorf("%s table: %w", what, err)
	}
	return nil
}

// cell keeps a spreadsheet from taking text for a formula (CWE-1236) and from
// showing it as what it is not. The wide signs are read as the others where
// East Asian text is written.
func cell(s string) string {
	first, _ := utf8.DecodeRuneInString(strings.TrimLeftFunc(s, unicode.IsSpace))
	if strings.ContainsRune("=+-@＝＋－＠", first) {
		s = "'" + s
	}
	return notify.Inert(s)
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func fraction(f float64) string { return strconv.FormatFloat(f, 'g', 4, 64) }

func kindNames(kinds []detect.Kind) string {
	names := make([]string, len(kinds))
	for i, k := range kinds {
		names[i] = string(k)
	}
	return strings.Join(names, " ")
}

// rungs are the outcomes in the order of columns, highest first.
var rungs = []outcome.Outcome{outcome.Succeeded, outcome.PasswordConfirmed, outcome.Blocked, outcome.Undetermined, outcome.Attempted}

func rungNames() []string {
	names := make([]string, len(rungs))
	for i, o := range rungs {
		names[i] = o.String()
	}
	return names
}

// rungCounts returns how many things are on each rung, in the order of rungs.
func rungCounts(n int, outcomeOf func(int) outcome.Outcome) []string {
	counts := map[outcome.Outcome]int{}
	for i := range n {
		counts[outcomeOf(i)]++
	}
	cells := make([]string, len(rungs))
	for i, o := range rungs {
		cells[i] = strconv.Itoa(counts[o])
	}
	return cells
}
