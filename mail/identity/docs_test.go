package identity

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
)

// The table of the documentation is made from the data.
func TestDocumentedClasses(t *testing.T) {
	var b strings.Builder
	b.WriteString("| class | identities | domains whose look-alikes are looked for |\n| --- | --- | --- |\n")
	for _, class := range classes {
		n, domains := 0, 0
		for _, e := range protected() {
			if e.Class == class {
				n, domains = n+1, domains+len(e.Domains)
			}
		}
		if n > 0 {
			fmt.Fprintf(&b, "| %s | %d | %d |\n", class, n, domains)
		}
	}
	golden.Section(t, "../../docs/detection/mail-identity.md", "classes", b.String())
}
