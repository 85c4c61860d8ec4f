package signal

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/mail/lure"
)

// A signal that nothing notes weighs nothing, and one that is noted or asked
// for under another name than it has in the list is never told: each id of
// signals.yaml must be noted somewhere, and each that is noted, or of which a
// story is made, must be in the list.
func TestEachSignalIsNotedAndListed(t *testing.T) {
	listed := func(id string) bool { _, ok := table().at[id]; return ok }
	noted := map[string]bool{}
	for _, pack := range lure.Packs() {
		noted["lure_"+pack] = true // (*exam).lures
	}
	files, err := filepath.Glob("*.go")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if g, ok := d.(*ast.GenDecl); ok && g.Tok == token.IMPORT {
				continue
			}
			ast.Inspect(d, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.CallExpr:
					if id, ok := firstText(n); ok && (called(n) == "note" || called(n) == "once") && !listed(id) {
						t.Errorf("%s notes %q, which signals.yaml does not have", file, id)
					}
				case *ast.BasicLit:
					id, _ := strconv.Unquote(n.Value)
					switch {
					case n.Kind != token.STRING:
					case file != "composite.go":
						noted[id] = true
					case !listed(id) && storyText[id] == "":
						t.Errorf("%s makes a story of %q, which signals.yaml does not have", file, id)
					}
				}
				return true
			})
		}
	}
	for code, id := range fileSignals {
		if !listed(id) {
			t.Errorf("a finding of %s notes %q, which signals.yaml does not have", code, id)
		}
	}
	for _, d := range Defs() {
		if !noted[d.ID] {
			t.Errorf("nothing notes %s", d.ID)
		}
	}
}

// called is the name of the function or method of a call.
func called(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// firstText is the first argument of a call where it is a string constant.
func firstText(c *ast.CallExpr) (string, bool) {
	if len(c.Args) == 0 {
		return "", false
	}
	lit, ok := c.Args[0].(*ast.BasicLit)
	if !ok || lit.Kind != token.STRING {
		return "", false
	}
	text, err := strconv.Unquote(lit.Value)
	return text, err == nil
}

// Notes of one examination stand in the order of the list, whatever the order
// of a map.
func TestListedIsInTheOrderOfTheList(t *testing.T) {
	found := map[string]int{"file_qr_code": 1, "claims_brand": 1, "form": 1, "claims_own": 1}
	if got, want := listed(found), []string{"claims_brand", "claims_own", "form", "file_qr_code"}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
