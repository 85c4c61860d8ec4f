// Package golden holds what a test made against what people have read and
// committed: whole files, and the parts of the documentation that are made from
// data. go test -update writes them anew; their diff is what a reviewer reads.
package golden

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden files, and what the documentation takes from the code, anew")

// File holds got against the file of that path.
func File(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test -run %s -update writes it)", err, t.Name())
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-golden +got; go test -update writes it anew):\n%s", path, diff)
	}
}

// Section holds got against what stands in a page of the documentation between
// the lines <!-- name --> and <!-- end of name -->.
func Section(t testing.TB, page, name, got string) {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->\n"
	head, rest, ok := strings.Cut(string(text), begin)
	old, tail, ok2 := strings.Cut(rest, end)
	if !ok || !ok2 {
		t.Fatalf("%s has no marks of %q", page, name)
	}
	switch {
	case old == got:
	case *update:
		if err := os.WriteFile(page, []byte(head+begin+got+end+tail), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%q in %s is not what the code says (-page +code; go test -update writes it anew):\n%s", name, page, cmp.Diff(old, got))
	}
}
