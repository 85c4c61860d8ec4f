package exchange

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/internal/csvscan"
)

// csvHead are the columns of an indicator table.
var csvHead = []string{"kind", "value", "about", "from", "until", "confidence", "text", "tlp", "producer", "at"}

// WriteCSV writes the indicators of a document as comma-separated values (RFC
// 4180), one row each. Cells that a spreadsheet would take for a formula begin
// with an apostrophe (CWE-1236), which [Read] takes off again; texts are on one
// line.
func WriteCSV(w io.Writer, d Document) error {
	d.Sort()
	if err := d.check(); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	t := csv.NewWriter(w)
	rows := [][]string{csvHead}
	for _, i := range d.Indicators {
		confidence := ""
		if i.Confidence > 0 {
			confidence = strconv.Itoa(i.Confidence)
		}
		rows = append(rows, []string{
			string(i.Kind), i.Value, strings.Join(i.About, " "), csvTime(i.From), csvTime(i.Until), confidence, oneLine(i.Text), string(d.TLP), oneLine(d.Producer), csvTime(d.At),
		})
	}
	for _, row := range rows {
		for i := range row {
			row[i] = guard(row[i])
		}
		_ = t.Write(row) // the writer keeps the error for Flush
	}
	t.Flush()
	if err := t.Error(); err != nil {
		return fmt.Errorf("csv: %w", err)
	}
	return nil
}

func csvTime(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

func oneLine(s string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s))
}

// guard keeps a spreadsheet from taking a cell for a formula. A cell that
// already begins so is guarded once more, so that unguard gives it back.
func guard(s string) string {
	if formula(s) {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if rest, ok := strings.CutPrefix(s, "'"); ok && formula(rest) {
		return rest
	}
	return s
}

func formula(s string) bool {
	s = strings.TrimLeftFunc(strings.TrimLeft(s, "'"), unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(s)
	return strings.ContainsRune("=+-@＝＋－＠", first)
}

// csvNames are the columns by the names that others give them.
var csvNames = map[string]string{
	"kind": "kind", "type": "kind", "indicator_type": "kind", "ioc_type": "kind",
	"value": "value", "indicator": "value", "indicator_value": "value", "ioc": "value", "ioc_value": "value", "observable": "value",
	"ip": "value", "ip_address": "value", "ipaddress": "value", "address": "value", "domain": "value", "url": "value", "hash": "value", "sha256": "value", "md5": "value",
	"about": "about", "campaign": "about",
	"from": "from", "first_seen": "from", "firstseen": "from", "valid_from": "from", "date": "from", "until": "until", "valid_until": "until", "expires": "until",
	"confidence": "confidence", "text": "text", "comment": "text", "description": "text", "note": "text", "notes": "text",
	"tlp": "tlp", "producer": "producer", "source": "producer", "at": "at",
}

// csvKinds are the words of others for kinds; an unknown one lets the value
// speak for itself.
var csvKinds = map[string]Kind{
	"useragent": UserAgent, "user-agent": UserAgent, "filename": FileName, "file": FileName, "email-subject": Subject, "yara": YARA, "sigma": Sigma, "snort": Snort, "stix": Pattern,
}

// csvReader reads a table of indicators, or a list with one a line.
type csvReader struct {
	columns map[string]int
	doc     Document
	skips   skips
	about   map[string]bool
	load
}

func readCSV(in io.Reader) (Reading, error) {
	scan := csvscan.NewReader(in, maxValue)
	c := &csvReader{skips: skips{}, about: map[string]bool{}}
	for {
		row, line, err := scan.Next()
		var bad *csvscan.RecordError
		switch {
		case errors.Is(err, io.EOF):
			if c.columns == nil {
				return Reading{}, errors.New("the file has no rows")
			}
			c.doc.Sort()
			return Reading{Format: "csv", Skipped: c.skips.list(), Document: c.doc}, nil
		case errors.As(err, &bad):
			c.skips.add("damaged rows", bad.Error())
			continue
		case err != nil:
			return Reading{}, err
		}
		cells := make([]string, len(row))
		for i, cell := range row {
			cells[i] = unguard(string(cell))
		}
		if strings.HasPrefix(cells[0], "#") {
			continue // a comment
		}
		if c.columns == nil {
			switch head, ok := c.header(cells); {
			case !ok:
				return Reading{}, fmt.Errorf("line %d: neither JSON, nor a table of indicators with a column \"value\", nor a list of them", line)
			case head:
				continue
			}
		}
		size := 0
		for _, cell := range row {
			size += len(cell)
		}
		if err := c.hold(size); err != nil {
			return Reading{}, err
		}
		if err := c.row(cells, line); err != nil {
			return Reading{}, err
		}
	}
}

// header takes the names of columns, or knows a list by its first value, which
// is then no head.
func (c *csvReader) header(cells []string) (head, ok bool) {
	names := map[string]int{}
	for i, cell := range cells {
		name := csvNames[strings.NewReplacer(" ", "_", "-", "_").Replace(strings.ToLower(strings.TrimSpace(cell)))]
		if _, twice := names[name]; name != "" && !twice {
			names[name] = i
		}
	}
	if _, ok := names["value"]; ok {
		c.columns = names
		return true, true
	}
	c.columns = map[string]int{"value": 0}
	_, ok = Classify(cells[0])
	return false, ok
}

func (c *csvReader) cell(cells []string, column string) string {
	if i, ok := c.columns[column]; ok && i < len(cells) {
		return cells[i]
	}
	return ""
}

func (c *csvReader) row(cells []string, line int64) error {
	value := c.cell(cells, "value")
	kind := Kind(strings.ToLower(c.cell(cells, "kind")))
	if k, ok := csvKinds[string(kind)]; ok {
		kind = k
	}
	i, ok := NewIndicator(kind, value)
	if !ok {
		i, ok = Classify(value)
	}
	if !ok {
		c.skips.add("rows whose value is none of a kind known here", fmt.Sprintf("line %d: %s", line, value))
		return nil
	}
	i.Text, i.Confidence = c.cell(cells, "text"), percent(c.cell(cells, "confidence"))
	var okFrom, okUntil bool
	i.From, okFrom = anyTime(c.cell(cells, "from"))
	i.Until, okUntil = anyTime(c.cell(cells, "until"))
	if !okFrom || !okUntil || !i.Until.IsZero() && i.Until.Before(i.From) {
		c.skips.add("rows with an invalid time", fmt.Sprintf("line %d", line))
		return nil
	}
	for id := range strings.FieldsSeq(c.cell(cells, "about")) {
		i.About = append(i.About, id)
		if !c.about[id] { // all that a table says of a campaign is its id
			if err := c.hold(0); err != nil {
				return err
			}
			c.about[id] = true
			c.doc.Campaigns = append(c.doc.Campaigns, Campaign{ID: id, Name: id})
		}
	}
	c.doc.Indicators = append(c.doc.Indicators, i)
	if t, ok := ParseTLP(c.cell(cells, "tlp")); ok && t.Stricter(c.doc.TLP) {
		c.doc.TLP = t
	}
	if c.doc.Producer == "" {
		c.doc.Producer = c.cell(cells, "producer")
	}
	if at, _ := anyTime(c.cell(cells, "at")); at.After(c.doc.At) {
		c.doc.At = at
	}
	return nil
}

// anyTime reads a moment or a day, UTC. Nothing is no moment, and no mistake.
func anyTime(s string) (time.Time, bool) {
	if s = strings.TrimSpace(s); s == "" {
		return time.Time{}, true
	}
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
