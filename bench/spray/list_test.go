package spray

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
)

// A rule that is declared and not listed would not run.
func TestRivalsAreListed(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	declared, listed := 0, 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok {
				continue
			}
			for _, s := range decl.Specs {
				if v, ok := s.(*ast.ValueSpec); ok && len(v.Values) == 1 && isRival(v.Values[0]) {
					declared++
				}
			}
		}
	}
	names := map[string]bool{}
	for _, r := range Rivals() {
		if names[r.Name] || r.Rule == "" || r.Source == "" {
			t.Errorf("%q stands twice, or has no rule or no source", r.Name)
		}
		if len(r.Name) > 38 {
			t.Errorf("%q is too long for a line of 80", r.Name)
		}
		names[r.Name] = true
		if !r.Pooled {
			listed++
		}
	}
	if declared != listed {
		t.Errorf("%d rules are declared, %d listed", declared, listed)
	}
}

func isRival(e ast.Expr) bool {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return false
	}
	id, ok := lit.Type.(*ast.Ident)
	return ok && id.Name == "Rival"
}

// docs/benchmark.md lists every rule with what stands in the code.
func TestDocsListRivals(t *testing.T) {
	var list strings.Builder
	list.WriteString("| rule | thresholds | source | left out or changed |\n| --- | --- | --- | --- |\n")
	for _, r := range Rivals() {
		if !r.Pooled {
			fmt.Fprintf(&list, "| %s | %s | %s | %s |\n", r.Name, r.Rule, r.Source, r.LeftOut)
		}
	}
	golden.Section(t, "../../docs/benchmark.md", "rivals", list.String())
}
