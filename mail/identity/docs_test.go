package identity

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the table of docs/detection/mail-identity.md")

// The table of the documentation is made from the data.
func TestDocumentedClasses(t *testing.T) {
	const file = "../../docs/detection/mail-identity.md"
	old, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- classes -->\n", "<!-- end of classes -->\n"
	head, rest, ok := strings.Cut(string(old), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatal("the marks around the table are missing")
	}
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
	text := head + begin + b.String() + end + tail
	if text == string(old) {
		return
	}
	if !*update {
		t.Fatalf("%s differs from the data; run go test ./mail/identity -update", file)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
