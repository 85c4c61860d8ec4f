// Package pumphandle_test holds what is true of the whole tree.
package pumphandle_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// layers lists all packages, bottom up. Imports point down: a package imports
// own packages of the lines above its own only (docs/architecture.md).
// Packages on one line do not know each other.
var layers = []string{
	"internal/fill",
	"internal/csvscan internal/evtx internal/evtx/evtxtest internal/golden internal/input internal/jsonscan internal/place internal/variant",
	"org",
	"signin mail actor norm exchange",
	"mail/markup mail/attach mail/auth mail/identity mail/lure",
	"mail/content",
	"mail/signal",
	"ledger",
	"detect",
	"campaign",
	"attribute outcome",
	"notify report report/leak",
	"export store taxii internal/maildns",
	"store/storetest simulate/letter",
	"run simulate",
	"web",
	"bench/attribution bench/phish bench/spray",
	"cmd/pumphandle bench/calibrate bench/decode bench/filters bench/gen bench/measure bench/profile",
}

const module = "github.com/pumphandle/pumphandle/"

// It parses the imports itself: go test's cache does not see what `go list`
// reads and would go on saying PASS.
func TestImportsPointDown(t *testing.T) {
	line := map[string]int{}
	for i, l := range layers {
		for p := range strings.FieldsSeq(l) {
			line[p] = i
		}
	}
	err := filepath.WalkDir(".", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || d.Name() == "tools" || d.Name() == "duckdb" || d.Name() == ".git") {
			return filepath.SkipDir
		}
		pkg := path.Dir(filepath.ToSlash(file))
		if d.IsDir() || pkg == "." || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		own, listed := line[pkg]
		if !listed {
			t.Errorf("%s is on no layer: add it to the list in layers_test.go", pkg)
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		for _, imp := range f.Imports {
			p, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			if dep, ok := strings.CutPrefix(p, module); ok && line[dep] >= own {
				t.Errorf("%s imports %s, which is not below it", file, dep)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// pure packages decide; they do not touch files, network, clock or logs.
func TestDecidingPackagesArePure(t *testing.T) {
	banned := []string{"os", "os/exec", "net", "net/http", "log", "log/slog", "syscall", "path/filepath"}
	for _, l := range layers[2:12] { // from org up
		for pkg := range strings.FieldsSeq(l) {
			files, err := filepath.Glob(filepath.Join(filepath.FromSlash(pkg), "*.go"))
			if err != nil {
				t.Fatal(err)
			}
			for _, file := range files {
				if strings.HasSuffix(file, "_test.go") {
					continue
				}
				f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
				if err != nil {
					t.Fatal(err)
				}
				for _, imp := range f.Imports {
					p, err := strconv.Unquote(imp.Path.Value)
					if err != nil {
						t.Fatal(err)
					}
					for _, b := range banned {
						if p == b {
							t.Errorf("%s imports %s: packages up to report are pure", file, p)
						}
					}
				}
			}
		}
	}
}
