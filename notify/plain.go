package notify

import (
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// columns is the width of plain text. A word that is longer alone stays whole:
// an account or address that is broken cannot be copied.
const columns = 80

// plain renders the document as plain text.
func (doc document) plain() string {
	var p plainText
	step := 0
	for i, blk := range doc {
		if i > 0 && !(inList(blk) && inList(doc[i-1])) {
			p.b.WriteByte('\n')
		}
		if blk.kind != numbered {
			step = 0
		}
		switch blk.kind {
		case heading:
			p.heading(blk)
		case bullet:
			indent := strings.Repeat("  ", blk.level-1)
			p.wrap(indent+"- ", indent+"  ", blk.text.plain())
		case numbered:
			step++
			p.wrap(strconv.Itoa(step)+". ", "   ", blk.text.plain())
		case table:
			p.table(blk.rows)
		case paragraph:
			p.wrap("", "", blk.text.plain())
		}
	}
	return p.b.String()
}

type plainText struct{ b strings.Builder }

func (p *plainText) heading(blk block) {
	text := blk.text.plain()
	if blk.level == 2 {
		text = strings.ToUpper(text)
	}
	p.wrap("", "", text)
	if blk.level == 1 {
		p.b.WriteString(strings.Repeat("=", min(displayWidth(text), columns)) + "\n")
	}
}

// wrap writes words in lines of at most columns, the first behind first, the
// others behind rest.
func (p *plainText) wrap(first, rest, text string) {
	line, used := first, displayWidth(first)
	fresh := true
	for word := range strings.FieldsSeq(text) {
		w := displayWidth(word)
		if !fresh && used+1+w > columns {
			p.b.WriteString(line + "\n")
			line, used, fresh = rest, displayWidth(rest), true
		}
		if !fresh {
			line += " "
			used++
		}
		line, used, fresh = line+word, used+w, false
	}
	if !fresh {
		p.b.WriteString(line + "\n")
	}
}

// table writes aligned columns; where they are too wide, the first cell of
// each row stands on a line of its own and the others below it.
func (p *plainText) table(rows [][]inline) {
	cells := make([][]string, len(rows))
	var widths []int
	for i, row := range rows {
		for k, cell := range row {
			text := cell.plain()
			cells[i] = append(cells[i], text)
			if k == len(widths) {
				widths = append(widths, 0)
			}
			widths[k] = max(widths[k], displayWidth(text))
		}
	}
	total := 2 * (len(widths) - 1)
	for _, w := range widths {
		total += w
	}
	for _, row := range cells {
		if total > columns {
			p.b.WriteString(row[0] + "\n")
			p.row("    ", row[1:], widths[1:])
		} else {
			p.row("", row, widths)
		}
	}
}

func (p *plainText) row(indent string, row []string, widths []int) {
	line := indent
	for k, text := range row {
		line += text + strings.Repeat(" ", widths[k]-displayWidth(text)+2)
	}
	p.b.WriteString(strings.TrimRight(line, " ") + "\n")
}

// plain writes foreign text that has spaces between quotation marks, so that
// its words are not taken for ours.
func (t inline) plain() string {
	var b strings.Builder
	for _, s := range t {
		if s.foreign && strings.Contains(s.text, " ") {
			b.WriteString(`"` + strings.ReplaceAll(s.text, `"`, "'") + `"`)
		} else {
			b.WriteString(s.text)
		}
	}
	return b.String()
}

// displayWidth returns how many columns a text takes (Unicode UAX 11).
func displayWidth(s string) int {
	n := 0
	for _, r := range s {
		switch width.LookupRune(r).Kind() {
		case width.EastAsianWide, width.EastAsianFullwidth:
			n += 2
		default:
			if !unicode.Is(unicode.Mn, r) {
				n++
			}
		}
	}
	return n
}
