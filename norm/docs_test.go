package norm

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
)

// The tables of docs/norms.md are made from the data, so that what people read
// and what the program says cannot differ.
func TestDocumentedTables(t *testing.T) {
	const page = "../docs/norms.md"
	golden.Section(t, page, "duties", dutyTable())
	golden.Section(t, page, "norms", normTable())
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
