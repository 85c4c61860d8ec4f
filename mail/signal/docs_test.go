package signal

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the list of docs/detection/mail-verdict.md")

// The list of the documentation is made from signals.yaml, in its groups.
func TestDocumentedSignals(t *testing.T) {
	const file = "../../docs/detection/mail-verdict.md"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- signals -->\n", "<!-- end of signals -->\n"
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the marks around the list are missing")
	}
	var b strings.Builder
	comment := ""
	for line := range strings.Lines(string(signalsFile)) {
		line = strings.TrimSpace(line)
		switch {
		case line == "":
			comment = ""
		case line[0] == '#':
			comment = strings.TrimSpace(line[1:])
		case strings.HasPrefix(line, "- {id: "):
			if comment != "" {
				fmt.Fprintf(&b, "### %s\n\n| signal | weight | what is said |\n| --- | --- | --- |\n", strings.TrimSuffix(comment, "."))
				comment = ""
			}
			id, _, _ := strings.Cut(strings.TrimPrefix(line, "- {id: "), ",")
			d := table().list[table().at[id]]
			fmt.Fprintf(&b, "| `%s` | %+.1f | %s |\n", d.ID, d.Weight, strings.ReplaceAll(strings.ReplaceAll(d.Text, ": %s", ""), " (%s)", ""))
		}
	}
	text := head + begin + strings.ReplaceAll(b.String(), "\n### ", "\n\n### ") + end + tail
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if text != string(old) {
		t.Error("docs/detection/mail-verdict.md is not what signals.yaml says; go test ./mail/signal -run Documented -update")
	}
}
