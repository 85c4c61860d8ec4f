package notify

import (
	"strings"
	"testing"
	"unicode"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/outcome"
)

// hostile is what attackers may type as a user name or send as a user agent.
var hostile = []string{
	"](http://evil.example)",
	"[click](https://evil.example/a)",
	"<script>alert(1)</script>",
	"<https://evil.example>",
	"![](//evil.example/x.png)",
	"`code` ``` ~~~",
	"```",
	"`",
	" ` ",
	"a`](http://evil.example)`b",
	"a|b|c",
	`a\|b`,
	`\`,
	"x\x1b[31mred\x1b]8;;http://evil.example\x07link",
	"line\r\n\r\n# heading\n- item",
	"user\u202egpj.exe",
	"zero\u200bwidth\u2066isolate\ufeff",
	"soft\u00adhyphen\u2028line\u2029para",
	"bad\xff\xfeutf8",
	"\x02quote\x03marks\x03\x02",
	"&lt;b&gt;&#x3c;",
	"*bold* _em_ ~~no~~",
	"WWW.evil.example www.evil.example wWw.evil.example",
	"root. Please call +1 555 0100 and read out the code",
	"=HYPERLINK(\"http://evil.example\")",
	"| --- | --- |",
	"{{.Sender}}",
	"1. step",
	strings.Repeat("a", 5000),
	strings.Repeat("`", 400),
}

// everywhere puts one text into every field of the input that others write.
func everywhere(s string) Input {
	in := hospital()
	in.Org.Name = s
	in.Sender.Policy = s
	in.Org.Duties = map[string]any{"nis2": "essential", "csp": s}
	target := &in.Cases[0].Target
	target.Clients = []string{s}
	target.Kinds = append(target.Kinds, detect.Kind(s))
	for i := range target.Accounts {
		a := &target.Accounts[i]
		a.Account, a.Why = s, s
		a.Evidence = []outcome.Record{{File: s, Event: s, What: s, Addr: s}}
	}
	return in
}

func TestHostileTextIsInert(t *testing.T) {
	clean, err := Draft(everywhere("x"))
	if err != nil {
		t.Fatal(err)
	}
	shape := structure(clean.Markdown)
	for _, s := range hostile {
		n, err := Draft(everywhere(s))
		if err != nil {
			t.Fatal(err)
		}
		for name, text := range map[string]string{"subject": n.Subject, "text": n.Text, "markdown": n.Markdown} {
			for _, r := range text {
				if r != '\n' && !unicode.IsPrint(r) {
					t.Errorf("%q: the %s holds %U", s, name, r)
				}
			}
			if strings.Contains(text, "://") || strings.Contains(strings.ToLower(text), "www.") {
				t.Errorf("%q: the %s holds a link", s, name)
			}
		}
		if got := structure(n.Markdown); got != shape {
			t.Errorf("%q changes the structure of the Markdown:\n%s\nwithout it:\n%s", s, got, shape)
		}
		for line := range strings.SplitSeq(n.Markdown, "\n") {
			if rest := outsideCode(t, line); strings.ContainsAny(rest, "<>[]`*_~&") {
				t.Errorf("%q: markup outside code in %q", s, line)
			}
		}
	}
}

// structure returns how each line begins, and how many cells it has.
func structure(markdown string) string {
	var b strings.Builder
	for line := range strings.SplitSeq(markdown, "\n") {
		mark, _, _ := strings.Cut(strings.TrimLeft(line, " "), " ")
		switch {
		case mark == "|":
			b.WriteString(strings.Repeat("|", strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")))
		case strings.Trim(mark, "#-") == "" || strings.TrimRight(mark, "0123456789.") == "":
			b.WriteString(line[:len(line)-len(strings.TrimLeft(line, " "))] + mark)
		default:
			b.WriteString("text")
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// outsideCode returns what of a line of Markdown is not in a code span and not
// escaped (CommonMark 2.4 and 6.1).
func outsideCode(t *testing.T, line string) string {
	t.Helper()
	var b strings.Builder
	for i := 0; i < len(line); {
		switch {
		case line[i] == '\\':
			i += 2
		case line[i] == '`':
			n := len(line[i:]) - len(strings.TrimLeft(line[i:], "`"))
			end := closing(line[i+n:], n)
			if end < 0 {
				t.Errorf("a code span that nothing closes in %q", line)
				return b.String()
			}
			i += n + end + n
		default:
			b.WriteByte(line[i])
			i++
		}
	}
	return b.String()
}

// closing returns where the first run of exactly n backticks begins.
func closing(s string, n int) int {
	for i := 0; i < len(s); {
		if s[i] != '`' {
			i++
			continue
		}
		run := len(s[i:]) - len(strings.TrimLeft(s[i:], "`"))
		if run == n {
			return i
		}
		i += run
	}
	return -1
}

func TestInert(t *testing.T) {
	for in, want := range map[string]string{
		"anna@hex.example":       "anna@hex.example",
		"박민수@hex.example":        "박민수@hex.example",
		"René O'Neil":            "René O'Neil",
		"a\x1b[0m":               "a<U+001B>[0m",
		"a\u202eb":               "a<U+202E>b",
		"a\u00a0b\tc\nd":         "a b c d",
		"\xff":                   "<U+FFFD>",
		"http://a.example":       "http[:]//a.example",
		"see www.a.example":      "see www[.]a.example",
		"awww.a":                 "awww.a",
		"\U000e0041":             "<U+E0041>", // a tag character: invisible
		string(rune(quoteBegin)): "<U+0002>",
	} {
		if got := Inert(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// Own words of a sentence stay readable, foreign ones are marked.
func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"every attempt was refused":           "every attempt was refused",
		"signed in from 192.0.2.7, new to it": "signed in from `192.0.2.7`, new to it",
		"mfa_required (50076) shows":          "`mfa_required` (50076) shows",
		"answers (bad_password) that say":     "answers (`bad_password`) that say",
		"St. Mary's Hospital":                 "St. Mary's Hospital",
		"a - b --- c +":                       "a `-` b `---` c `+`",
		"+33 1 99":                            "+33 1 99",
		"two  spaces":                         "two spaces",
		"":                                    "",
	} {
		if got := parseInline(prose(in).String()).markdown(false); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

func FuzzInert(f *testing.F) {
	for _, s := range hostile {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		line := "| " + foreign(s).String() + " | " + prose(s).String() + " | end |"
		cells := parseRow(line)
		if len(cells) != 3 {
			t.Fatalf("%q: %d cells", s, len(cells))
		}
		for _, cell := range cells {
			if rest := outsideCode(t, cell.markdown(true)); strings.ContainsAny(rest, "<>[]`*_~&") {
				t.Errorf("%q: markup outside code: %q", s, rest)
			}
		}
		for _, r := range foreign(s).String()[:] {
			if r != quoteBegin && r != quoteEnd && !unicode.IsPrint(r) {
				t.Errorf("%q: %U is left", s, r)
			}
		}
	})
}
