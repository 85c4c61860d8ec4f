package simulate

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
	"go.yaml.in/yaml/v3"
)

// TestListsAreComplete fails if a file declares a scenario or a format that is
// not listed.
func TestListsAreComplete(t *testing.T) {
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	scenarios, formats := 0, 0
	for _, f := range files {
		if !strings.HasSuffix(f.Name(), ".go") || strings.HasSuffix(f.Name(), "_test.go") {
			continue
		}
		tree, err := parser.ParseFile(token.NewFileSet(), f.Name(), nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range tree.Decls {
			switch d := d.(type) {
			case *ast.FuncDecl:
				if named(d.Type.Results, "Scenario") && d.Name.Name != "realSpray" { // what real-a and real-b share
					scenarios++
				}
			case *ast.GenDecl:
				for _, spec := range d.Specs {
					if v, ok := spec.(*ast.ValueSpec); ok && len(v.Values) == 1 && literal(v.Values[0], "Format") {
						formats++
					}
				}
			}
		}
	}
	if listed := len(Scenarios()); scenarios != listed {
		t.Errorf("%d scenarios are declared, %d listed", scenarios, listed)
	}
	if listed := len(Formats()); formats != listed {
		t.Errorf("%d formats are declared, %d listed", formats, listed)
	}
}

// named reports whether a function has one result, of that type.
func named(results *ast.FieldList, name string) bool {
	if results == nil || len(results.List) != 1 {
		return false
	}
	id, ok := results.List[0].Type.(*ast.Ident)
	return ok && id.Name == name
}

func literal(e ast.Expr, name string) bool {
	lit, ok := e.(*ast.CompositeLit)
	if !ok {
		return false
	}
	id, ok := lit.Type.(*ast.Ident)
	return ok && id.Name == name
}

func TestScenariosAreDescribed(t *testing.T) {
	names := map[string]bool{}
	for _, s := range Scenarios() {
		if names[s.Name] {
			t.Errorf("scenario %q stands twice", s.Name)
		}
		names[s.Name] = true
		if s.Published == "" || s.Source == "" || s.Assumed == "" || s.Kind == "" || s.Days == 0 || s.Orgs == 0 {
			t.Errorf("scenario %q does not say what is published, where, and what is assumed", s.Name)
		}
	}
}

// TestDocsListEverything holds the lists in docs/simulation.md against the code.
func TestDocsListEverything(t *testing.T) {
	list := func(name, text string) { golden.Section(t, "../docs/simulation.md", name, "\n"+text+"\n\n") }
	var scenarios, formats strings.Builder
	for _, s := range Scenarios() {
		fmt.Fprintf(&scenarios, "### `%s` (%s)\n\n- Published: %s\n- Source: %s\n- Assumed: %s\n\n", s.Name, s.Kind, s.Published, s.Source, s.Assumed)
	}
	fmt.Fprintf(&formats, "| format | what | read as |\n| --- | --- | --- |\n")
	for _, f := range Formats() {
		fmt.Fprintf(&formats, "| `%s` | %s | `%s` |\n", f.Name, f.Title, f.Signin)
	}
	list("scenarios", strings.TrimSpace(scenarios.String()))
	var mixes strings.Builder
	for _, m := range Mixes() {
		names := make([]string, len(m.Parts))
		for i, p := range m.Parts {
			names[i] = "`" + p.Scenario + "`"
		}
		fmt.Fprintf(&mixes, "- `%s` (%s): %s\n", m.Name, strings.Join(names, ", "), m.What)
	}
	list("mixes", strings.TrimSpace(mixes.String()))
	var mails, mailForms strings.Builder
	for _, s := range MailScenarios() {
		fmt.Fprintf(&mails, "#### `%s` (%s)\n\n- Published: %s\n- Source: %s\n- Assumed: %s\n\n", s.Name, s.Kind, s.Published, s.Source, s.Assumed)
	}
	fmt.Fprintf(&mailForms, "| form | what |\n| --- | --- |\n")
	for _, f := range MailFormats() {
		fmt.Fprintf(&mailForms, "| `%s` | %s |\n", f[0], f[1])
	}
	list("mail scenarios", strings.TrimSpace(mails.String()))
	list("mail formats", strings.TrimSpace(mailForms.String()))
	list("formats", strings.TrimSpace(formats.String()))
	list("background", "```yaml\n"+strings.TrimSpace(string(backgroundFile))+"\n```")
}

// TestBackgroundFileIsWhole fails if a parameter has no documented value.
func TestBackgroundFileIsWhole(t *testing.T) {
	var keys map[string]any
	if err := yaml.Unmarshal(backgroundFile, &keys); err != nil {
		t.Fatal(err)
	}
	fields := reflect.TypeFor[Background]()
	for i := range fields.NumField() {
		key := fields.Field(i).Tag.Get("yaml")
		if _, ok := keys[key]; !ok {
			t.Errorf("background.yaml does not have %q", key)
		}
	}
}

func TestParseBackground(t *testing.T) {
	b, err := ParseBackground(DefaultBackground(), "mine.yaml", []byte("sign_ins: 1.5\napp_every: 2h\n"))
	if err != nil || b.SignIns != 1.5 || b.AppEvery.Hours() != 2 || b.Home != DefaultBackground().Home {
		t.Errorf("got %+v, %v", b, err)
	}
	for bad, want := range map[string]string{
		"home: 0.1\nsign_in: 1":    `mine.yaml:2: no parameter is called "sign_in"`,
		"sign_ins: many":           `mine.yaml:1: "many" is not a number`,
		"apps: two":                `mine.yaml:1: "two" is not a whole number`,
		"\n\napp_every: soon":      `mine.yaml:3: "soon" is not a duration like 45m`,
		"app_every: 1s":            "mine.yaml: app_every: 1s is not between 1m0s and 9600h0m0s",
		"typo_beta: 0":             "mine.yaml: typo_beta: 0 is not between 0.001 and 1e+06",
		"home: .nan":               "mine.yaml: home: NaN is not between 0 and 1",
		"home: 0.7\nmobile: 0.7":   "mine.yaml: home and mobile: the shares are 1.4 in sum, more than all",
		"sign_ins: 1\nsign_ins: 2": `mine.yaml: line 2: mapping key "sign_ins" already defined at line 1`,
	} {
		if _, err := ParseBackground(DefaultBackground(), "mine.yaml", []byte(bad)); err == nil || err.Error() != want {
			t.Errorf("%q gives\n%v, want\n%s", bad, err, want)
		}
	}
}

// TestBackgroundIsChecked fails if a parameter may be out of all reason.
func TestBackgroundIsChecked(t *testing.T) {
	fields := reflect.TypeFor[Background]()
	for i := range fields.NumField() {
		b := DefaultBackground()
		v := reflect.ValueOf(&b).Elem().Field(i)
		if v.Kind() == reflect.Float64 {
			v.SetFloat(-1)
		} else {
			v.SetInt(-1)
		}
		if b.check() == nil {
			t.Errorf("%s may be -1", fields.Field(i).Tag.Get("yaml"))
		}
	}
}
