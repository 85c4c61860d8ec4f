package norm

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the tables of docs/norms.md")

// The tables of docs/norms.md are made from the data, so that what people read
// and what the program says cannot differ.
func TestDocumentedTables(t *testing.T) {
	const file = "../docs/norms.md"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := replaceTable(t, string(old), "duties", dutyTable())
	text = replaceTable(t, text, "norms", normTable())
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the data; run go test ./norm -update", file)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func replaceTable(t *testing.T, doc, name, table string) string {
	t.Helper()
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	head, rest, ok := strings.Cut(doc, begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("docs/norms.md has no marks around its table of %s", name)
	}
	return head + begin + table + end + tail
}

func dutyTable() string {
	var b strings.Builder
	b.WriteString("| id | duty | needs | clocks | settled by | status | text, read at | verified |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n")
	for _, r := range Rules() {
		var clocks []string
		for _, c := range r.Clocks {
			clocks = append(clocks, c.String())
		}
		key := ""
		if r.When.Key != "" {
			key = "`" + r.When.Key + ": " + strings.Join(r.When.Is, "` or `"+r.When.Key+": ") + "`"
		}
		fmt.Fprintf(&b, "| %s | %s (%s) | %s | %s | %s | %s | %s | %s |\n", r.ID, r.Title, r.Jurisdiction, r.When.Incident,
			strings.Join(clocks, "; "), key, r.Status, r.Source.link(), r.VerifiedAt)
	}
	return b.String()
}

func normTable() string {
	var b strings.Builder
	b.WriteString("| id | in our words | for | text, read at | verified |\n| --- | --- | --- | --- | --- |\n")
	for _, n := range Norms() {
		text := n.Text
		if n.When.Condition != "" {
			text += " (only if: " + strings.ReplaceAll(string(n.When.Condition), "_", " ") + ")"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", n.ID, text, n.Addressee, n.Source.link(), n.VerifiedAt)
	}
	return b.String()
}

func (s Source) link() string { return "[" + s.Citation + "](" + s.URL + ")" }
