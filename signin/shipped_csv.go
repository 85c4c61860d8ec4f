package signin

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strings"
)

// shippedTable is a function because the lines may be of any format.
func shippedTable() Format {
	return Format{
		Name:    shippedCSV,
		Title:   "Lines of a log in CSV",
		Doc:     "CSV with a column that holds lines of another log: Splunk's _raw, Syslog of Log Analytics, Graylog, Kibana.",
		Blind:   "as the log whose lines they are",
		Sniff:   func(head []byte) int { return sniffShippedCSV(head, newInside()) },
		sniffIn: sniffShippedCSV,
		Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
			return decodeShippedCSV(r, opt)
		},
	}
}

// shippedColumns are the columns of each part, in the order in which they are
// believed.
type shippedColumns struct {
	parts  [shippedParts][]int
	byName map[string]int
}

// newShippedColumns reads a header. Log Analytics writes the zone behind a time's
// name: "TimeGenerated [UTC]".
func newShippedColumns(header [][]byte) (c shippedColumns, ok bool) {
	c.byName = map[string]int{}
	ranks := make([]int, len(header))
	for i, column := range header {
		name := strings.TrimSpace(string(column))
		c.byName[name] = i
		if n, ok := shippedRanks[strings.ToLower(strings.TrimSuffix(name, " [UTC]"))]; ok {
			ranks[i] = n.rank
			c.parts[n.part] = append(c.parts[n.part], i)
		}
	}
	for _, columns := range c.parts {
		slices.SortStableFunc(columns, func(a, b int) int { return cmp.Compare(ranks[a], ranks[b]) })
	}
	return c, len(header) > 1 && len(c.parts[shippedRaw]) > 0 && len(c.parts[shippedTime]) > 0
}

// shippedRanks say by its name in lower case which part a column is, and the place
// of the name among those of the part.
var shippedRanks = func() map[string]shippedRank {
	ranks := map[string]shippedRank{}
	for part, names := range shippedNames {
		for rank, name := range slices.Backward(names) { // of spellings the first counts
			ranks[strings.ToLower(name)] = shippedRank{part, rank}
		}
	}
	return ranks
}()

type shippedRank struct{ part, rank int }

// texts gives what a row may have as its line.
func (c *shippedColumns) texts(row [][]byte, take func(shipped) bool) {
	text := func(part int) string {
		for _, i := range c.parts[part] {
			if i < len(row) && len(row[i]) > 0 {
				return string(row[i])
			}
		}
		return ""
	}
	s := shipped{program: text(shippedProgram), pid: text(shippedPID), host: text(shippedHost)}
	s.at, _ = cefTime(text(shippedTime), nil)
	s.raw = cefOfColumns(func(column string) string {
		if i, ok := c.byName[column]; ok && i < len(row) {
			return string(row[i])
		}
		return ""
	}, s.at)
	if s.raw != "" && take(s) {
		return
	}
	for _, i := range c.parts[shippedRaw] {
		if i < len(row) {
			if s.raw = string(row[i]); s.raw != "" && take(s) {
				return
			}
		}
	}
}

func sniffShippedCSV(head []byte, u *unwrapper) (score int) {
	sniffShippedRows(head, func(c *shippedColumns, row [][]byte) {
		d := originals{unwrap: u}
		if format, _ := d.firstOf(func(take func(shipped) bool) { c.texts(row, take) }, nil); format != nil {
			score = shippedSure
		}
	})
	return score
}

// sniffShippedRows goes through the first rows of head, where it is CSV of a
// shipper.
func sniffShippedRows(head []byte, each func(c *shippedColumns, row [][]byte)) {
	if looksLikeJSON(head) {
		return // the commas of a line may be thousands
	}
	var c *shippedColumns
	headRows(head, func(cells [][]byte) bool {
		if c != nil {
			each(c, cells)
			return true
		}
		columns, ok := newShippedColumns(cells)
		c = &columns
		return ok
	})
}

func decodeShippedCSV(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		d := newOriginals(opt, nil)
		var c *shippedColumns
		for row, err := range scanRows(r, MaxRecord) {
			if err != nil {
				if !d.flush(yield) || !yield(nil, err) {
					return
				}
				continue
			}
			if c == nil {
				columns, ok := newShippedColumns(row.cells)
				if !ok {
					yield(nil, errNoEventColumns)
					return
				}
				c = &columns
				continue
			}
			ev := Event{Line: row.line}
			format, text := d.firstOf(func(take func(shipped) bool) { c.texts(row.cells, take) }, nil)
			if format == nil && !(d.flush(yield) && yield(&ev, nil)) || format != nil && !d.add(format, text, &ev, nil, yield) {
				return
			}
		}
		d.flush(yield)
	}
}
