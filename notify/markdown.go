package notify

import (
	"strconv"
	"strings"
)

// markdown renders the document as CommonMark with the tables of GitHub
// Flavored Markdown.
func (doc document) markdown() string {
	var b strings.Builder
	step := 0
	for i, blk := range doc {
		if i > 0 && !(inList(blk) && inList(doc[i-1])) {
			b.WriteByte('\n')
		}
		if blk.kind != numbered {
			step = 0
		}
		switch blk.kind {
		case heading:
			b.WriteString(strings.Repeat("#", blk.level) + " " + blk.text.markdown(false))
		case bullet:
			b.WriteString(strings.Repeat("  ", blk.level-1) + "- " + blk.text.markdown(false))
		case numbered:
			step++
			b.WriteString(strconv.Itoa(step) + ". " + blk.text.markdown(false))
		case table:
			for k, row := range blk.rows {
				if k > 0 {
					b.WriteByte('\n')
				}
				for _, cell := range row {
					b.WriteString("| " + cell.markdown(true) + " ")
				}
				b.WriteByte('|')
				if k == 0 {
					b.WriteString("\n" + strings.Repeat("| --- ", len(row)) + "|")
				}
			}
		case paragraph:
			b.WriteString(blk.text.markdown(false))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func inList(b block) bool { return b.kind == bullet || b.kind == numbered }

func (t inline) markdown(inTable bool) string {
	var b strings.Builder
	for _, s := range t {
		text := markdownEscapes.Replace(s.text)
		if s.foreign {
			text = codeSpan(s.text)
			if inTable {
				text = strings.ReplaceAll(text, "|", `\|`) // holds in code too, where it stands in a table (GFM 4.10)
			}
		}
		b.WriteString(text)
	}
	return b.String()
}

// markdownEscapes keeps our own words from being markup by accident.
var markdownEscapes = strings.NewReplacer(
	`\`, `\\`, "`", "\\`", "*", `\*`, "_", `\_`, "<", `\<`, ">", `\>`, "[", `\[`, "]", `\]`, "|", `\|`, "~", `\~`, "&", `\&`,
)

// codeSpan quotes a foreign text so that nothing in it is markup, HTML or a
// link: between more backticks than it has in a row (CommonMark 6.1).
func codeSpan(s string) string {
	longest, run := 0, 0
	for i := range len(s) {
		if s[i] == '`' {
			run++
			longest = max(longest, run)
		} else {
			run = 0
		}
	}
	fence := strings.Repeat("`", longest+1)
	if strings.HasPrefix(s, "`") || strings.HasSuffix(s, "`") || strings.HasPrefix(s, " ") && strings.HasSuffix(s, " ") {
		s = " " + s + " " // one space at each end is taken away again
	}
	return fence + s + fence
}
