package letter

import (
	"strings"
	"unicode/utf8"
)

// block is one piece of a text, from which the plain and the HTML form are
// made alike.
type block struct {
	kind blockKind
	text string // lines
	url  string // of a button
}

type blockKind uint8

const (
	paragraph blockKind = iota
	list                // lines of a list
	quote               // of an earlier mail
	button              // a link with a label
	picture             // with what it shows
	rule                // a line across
	small               // the foot
	heading             //
	verbatim            // code, patches, tables of figures
	rows                // "a;b" lines of a table
)

// compose draws the body. A line that begins with ? stands in half of the
// letters; "\n" in a word breaks a line; an empty line ends a block.
func (l *Letter) compose(sc *scope) {
	if l.Payload != "" {
		sc.set["file"] = l.fileName(sc)
	}
	var b strings.Builder
	for _, t := range l.Family.body {
		line := sc.expand(t)
		if strings.HasPrefix(line, "?") {
			if l.r.IntN(2) == 0 {
				continue
			}
			line = line[1:]
		}
		if line == "@payload" {
			if l.Payload == "" {
				continue
			}
			line = sc.word("pay_"+l.Payload, false)
		}
		b.WriteString(line)
		b.WriteByte('\n')
	}
	body := strings.ReplaceAll(b.String(), `\n`, "\n")
	for part := range strings.SplitSeq(body, "\n\n") {
		if part = strings.Trim(part, "\n"); part != "" {
			l.blocks = append(l.blocks, blocksOf(part)...)
		}
	}
	if p := l.scene.Parent; l.Family.Thread == "reply" && p.Text != "" {
		l.blocks = append(l.blocks,
			block{kind: paragraph, text: p.Time.Format("2006-01-02 15:04") + ", " + p.From.Name + " <" + p.From.Email + ">:"},
			block{kind: quote, text: strings.TrimRight(p.Text, "\n")})
	}
	l.URL = ""
	for _, bl := range l.blocks {
		if bl.kind == button || strings.Contains(bl.text, sc.set["url"]) {
			l.URL = sc.set["url"]
		}
	}
	l.attach(sc)
	l.disguise(sc)
}

// blocksOf parses one part; lines of other kinds than the first begin a block.
func blocksOf(part string) []block {
	var all []block
	if rest, ok := strings.CutPrefix(part, "@pre\n"); ok {
		return []block{{kind: verbatim, text: rest}}
	}
	add := func(k blockKind, line, url string) {
		if n := len(all); n > 0 && all[n-1].kind == k && k != button && k != picture && k != rule {
			all[n-1].text += "\n" + line
			return
		}
		all = append(all, block{k, line, url})
	}
	for line := range strings.SplitSeq(part, "\n") {
		word, rest, _ := strings.Cut(line, " ")
		switch word {
		case "*":
			add(list, rest, "")
		case ">":
			add(quote, rest, "")
		case "@button":
			label, url, _ := strings.Cut(rest, " -> ")
			add(button, label, url)
		case "@img":
			add(picture, rest, "")
		case "@hr":
			add(rule, "", "")
		case "@small":
			add(small, rest, "")
		case "@h1":
			add(heading, rest, "")
		case "@row":
			add(rows, rest, "")
		default:
			add(paragraph, strings.TrimSpace(strings.ReplaceAll(line, "  ", " ")), "")
		}
	}
	return all
}

// Plain is the text form.
func (l *Letter) Plain() string {
	var b strings.Builder
	width := []int{72, 76, 0, 0}[len(l.From.Email)%4] // some programs leave the lines long
	if l.Sender == "list" {
		width = 72
	}
	for i, bl := range l.blocks {
		if i > 0 {
			b.WriteByte('\n')
		}
		switch bl.kind {
		case list:
			prefixed(&b, bl.text, []string{"* ", "- ", "  - "}[len(l.Subject)%3])
		case quote:
			prefixed(&b, bl.text, "> ")
		case button:
			if bl.text != "" {
				b.WriteString(bl.text + ": ")
			}
			b.WriteString(bl.url + "\n")
		case picture:
			b.WriteString("[" + bl.text + "]\n")
		case rule:
			b.WriteString(strings.Repeat("-", 40) + "\n")
		case heading:
			b.WriteString(bl.text + "\n")
		case rows:
			b.WriteString(strings.ReplaceAll(bl.text, ";", "   ") + "\n")
		case verbatim:
			b.WriteString(bl.text + "\n")
		default:
			for line := range strings.SplitSeq(bl.text, "\n") {
				wrap(&b, line, width)
			}
		}
	}
	return b.String()
}

func prefixed(b *strings.Builder, text, prefix string) {
	for line := range strings.SplitSeq(text, "\n") {
		b.WriteString(prefix + line + "\n")
	}
}

// wrap breaks a line at spaces; width 0 leaves it.
func wrap(b *strings.Builder, line string, width int) {
	if width == 0 {
		b.WriteString(line + "\n")
		return
	}
	n := 0
	for i, word := range strings.Split(line, " ") {
		w := utf8.RuneCountInString(word)
		switch {
		case i == 0:
		case n+1+w > width:
			b.WriteByte('\n')
			n = 0
		default:
			b.WriteByte(' ')
			n++
		}
		b.WriteString(word)
		n += w
	}
	b.WriteByte('\n')
}
