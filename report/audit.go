package report

import "fmt"

// Breach is a number that an outsider can work out to be 1 to k-1.
type Breach struct {
	What  string // "sector pharma", "organisations, since edition 2"
	Least int
	Most  int
}

func (b Breach) String() string {
	return fmt.Sprintf("%s: an outsider can prove %d to %d", b.What, b.Least, b.Most)
}

// Audit works out what the numbers of an edition prove, alone and together
// with those of earlier editions, and returns what they should not. It reads
// the edition as the public does and knows nothing of how it was made.
//
// The bounds are exact for tables of one dimension that share a total: the
// tables constrain each other through the total only. Given bounds lo and hi
// of all cells and the total N, a cell is at least N minus the most of all
// others and at most N minus the least of all others.
func Audit(e Edition, l Ledger) []Breach {
	k := e.Rules.K
	var breaches []Breach
	check := func(what string, c Count) {
		if c.AtLeast >= 1 && c.AtMost < k {
			breaches = append(breaches, Breach{what, c.AtLeast, c.AtMost})
		}
	}
	total, cells := bounds(e.Total, e.Tables)
	check("organisations", total)
	for i, t := range e.Tables {
		for r, c := range cells[i] {
			what := string(t.Dimension) + " (rest)"
			if r < len(t.Rows) {
				what = string(t.Dimension) + " " + t.Rows[r].Value
			}
			check(what, c)
		}
	}
	for _, old := range l.Entries {
		since := fmt.Sprintf(", since edition %d", old.Number)
		oldTotal, oldCells := bounds(old.Total, old.Tables)
		check("organisations"+since, difference(total, oldTotal))
		for i, t := range e.Tables {
			for r, row := range t.Rows {
				for oi, ot := range old.Tables {
					for or, orow := range ot.Rows {
						if ot.Dimension == t.Dimension && orow.Value == row.Value {
							check(string(t.Dimension)+" "+row.Value+since, difference(cells[i][r], oldCells[oi][or]))
						}
					}
				}
			}
		}
	}
	return breaches
}

// unbounded is more than any count.
const unbounded = 1 << 24

// bounds returns the tightest bounds of the total and of each cell. The last
// cell of each table is its rest, of which nothing is published.
func bounds(total Count, tables []Table) (Count, [][]Count) {
	cells := make([][]Count, len(tables))
	for i, t := range tables {
		for _, r := range t.Rows {
			cells[i] = append(cells[i], r.Count)
		}
		cells[i] = append(cells[i], Count{0, unbounded})
	}
	// What each table says about the total.
	for i, t := range tables {
		if t.Multiple { // the total is at least the largest row and at most their sum
			for _, c := range cells[i] {
				total.AtLeast = max(total.AtLeast, c.AtLeast)
			}
			total.AtMost = min(total.AtMost, sum(cells[i]).AtMost)
			continue
		}
		s := sum(cells[i])
		total.AtLeast, total.AtMost = max(total.AtLeast, s.AtLeast), min(total.AtMost, s.AtMost)
	}
	// What the total says about each cell.
	out := make([][]Count, len(tables))
	for i, t := range tables {
		s := sum(cells[i])
		for _, c := range cells[i] {
			others := Count{s.AtLeast - c.AtLeast, s.AtMost - c.AtMost}
			most := total.AtMost - others.AtLeast
			if t.Multiple {
				most = total.AtMost
			}
			out[i] = append(out[i], Count{max(c.AtLeast, total.AtLeast-others.AtMost), min(c.AtMost, most)})
		}
	}
	return total, out
}

func sum(cells []Count) (s Count) {
	for _, c := range cells {
		s.AtLeast += c.AtLeast
		s.AtMost += c.AtMost
	}
	return s
}

// difference bounds the change from old to new, without its sign: to see three
// leave is as good as to see three come.
func difference(now, old Count) Count {
	lo, hi := now.AtLeast-old.AtMost, now.AtMost-old.AtLeast
	switch {
	case lo >= 0:
		return Count{lo, hi}
	case hi <= 0:
		return Count{-hi, -lo}
	}
	return Count{0, max(-lo, hi)}
}
