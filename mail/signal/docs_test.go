package signal

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
)

// The list of the documentation is made from signals.yaml, in its groups.
func TestDocumentedSignals(t *testing.T) {
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
	golden.Section(t, "../../docs/detection/mail-verdict.md", "signals", strings.ReplaceAll(b.String(), "\n### ", "\n\n### "))
}
