package notify

import "strings"

// document is a notice between its template and its renderings, so that the
// two cannot say different things. A template writes it in a small markup, one
// mark at the start of a line: "# ", "## ", "### " headings, "- " and "  - "
// bullets, "1. " steps, "| a | b |" table rows of which the first is the head;
// other lines form paragraphs that blank lines end. Foreign text stands between
// quote marks and has no line breaks, so it can begin nothing.
type document []block

type block struct {
	kind  blockKind
	level int        // of headings from 1, of bullets from 1
	text  inline     // of all but tables
	rows  [][]inline // of tables
}

type blockKind uint8

const (
	paragraph blockKind = iota
	heading
	bullet
	numbered
	table
)

// inline is a run of text, ours and foreign.
type inline []span

type span struct {
	text    string
	foreign bool
}

func parseDocument(text string) document {
	var doc document
	open := false // the last block is a paragraph that may go on
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, " \t")
		mark, rest, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		switch {
		case line == "":
			open = false
			continue
		case mark == "#" || mark == "##" || mark == "###":
			doc = append(doc, block{kind: heading, level: len(mark), text: parseInline(rest)})
		case mark == "-":
			doc = append(doc, block{kind: bullet, level: 1 + (len(line)-len(strings.TrimLeft(line, " ")))/2, text: parseInline(rest)})
		case mark == "1.":
			doc = append(doc, block{kind: numbered, level: 1, text: parseInline(rest)})
		case mark == "|":
			row := parseRow(line)
			if n := len(doc); n > 0 && doc[n-1].kind == table && !open {
				doc[n-1].rows = append(doc[n-1].rows, row)
			} else {
				doc = append(doc, block{kind: table, rows: [][]inline{row}})
			}
		case open:
			last := &doc[len(doc)-1]
			last.text = append(last.text, span{text: " "})
			last.text = append(last.text, parseInline(strings.TrimLeft(line, " "))...)
			continue
		default:
			doc = append(doc, block{kind: paragraph, text: parseInline(strings.TrimLeft(line, " "))})
			open = true
			continue
		}
		open = false
	}
	return doc
}

func parseInline(s string) inline {
	var out inline
	for s != "" {
		before, rest, quoted := strings.Cut(s, string(quoteBegin))
		if before != "" {
			out = append(out, span{text: before})
		}
		if !quoted {
			break
		}
		text, after, _ := strings.Cut(rest, string(quoteEnd))
		out = append(out, span{text: text, foreign: true})
		s = after
	}
	return out
}

// parseRow splits "| a | b |" at the bars that are not in foreign text.
func parseRow(line string) []inline {
	line = strings.Trim(line, " ")
	line = strings.TrimSuffix(strings.TrimPrefix(line, "|"), "|")
	var cells []inline
	start, quoted := 0, false
	for i := range len(line) + 1 {
		switch {
		case i < len(line) && line[i] == quoteBegin:
			quoted = true
		case i < len(line) && line[i] == quoteEnd:
			quoted = false
		case i == len(line) || line[i] == '|' && !quoted:
			cells = append(cells, parseInline(strings.TrimSpace(line[start:i])))
			start = i + 1
		}
	}
	return cells
}
