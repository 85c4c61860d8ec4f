package signin

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// mapped returns the format of the mapping beside a sample.
func mapped(t testing.TB, sample string) Format {
	t.Helper()
	file := filepath.Join("testdata", "generic", sample+".yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	f, err := ParseMapping(file, text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

var mappedSamples = []string{"snowflake.csv", "vault.json"}

func TestGenericGolden(t *testing.T) {
	for _, sample := range mappedSamples {
		f := mapped(t, sample)
		goldenEvents(t, f, filepath.Join("testdata", "generic", sample), Options{})
		head := readSample(t, "generic", sample)
		if f.Sniff(head) == 0 {
			t.Errorf("%s does not fit its own mapping", sample)
		}
		if other, ok := Detect(head); ok {
			t.Errorf("%s is taken for %s", sample, other.Name)
		}
		for _, other := range mappedSamples {
			if other != sample && f.Sniff(readSample(t, "generic", other)) > 0 {
				t.Errorf("the mapping of %s fits %s", sample, other)
			}
		}
	}
}

// The example in the documentation is the mapping that is tested.
func TestGenericDocumentation(t *testing.T) {
	doc, err := os.ReadFile(filepath.Join("..", "docs", "formats", "generic.md"))
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := bytes.Cut(doc, []byte("```yaml\n"))
	example, _, _ := bytes.Cut(rest, []byte("```"))
	if want := readSample(t, "generic", "snowflake.csv.yaml"); !bytes.Equal(example, want) {
		t.Error("the example differs from testdata/generic/snowflake.csv.yaml")
	}
	for _, name := range mapFieldNames {
		if !bytes.Contains(doc, []byte("`"+name+"`")) {
			t.Errorf("the documentation lacks the field %s", name)
		}
	}
}

func TestMappingErrors(t *testing.T) {
	const good = "name: x\nkind: json\nfields: {time: t, account: a, result: r}\nresults: {ok: 'yes'}\n"
	if _, err := ParseMapping("m.yaml", []byte(good)); err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		good + "adress: a":                        `m.yaml:5: the mapping has no key "adress"`,
		good + "name: y":                          `m.yaml:5: "name" stands twice in the mapping`,
		strings.Replace(good, "time", "tme", 1):   `m.yaml:3: fields has no key "tme"`,
		strings.Replace(good, "time: t, ", "", 1): `m.yaml:1: fields needs time`,
		strings.Replace(good, "ok:", "fine:", 1):  `m.yaml:4: results has no key "fine"`,
		strings.Replace(good, "ok:", "none:", 1):  `m.yaml:4: results has no key "none"`,
		strings.Replace(good, "json", "xml", 1):   `m.yaml:2: kind is json or csv, not "xml"`,
		strings.Replace(good, "r}", "[]}", 1):     `m.yaml:3: the list is empty`,
		strings.Replace(good, "r}", "{a: b}}", 1): `m.yaml:3: a text is needed here`,
		good + "zone: Nowhere/City":               `m.yaml:5: no time zone is called "Nowhere/City"`,
		good + "protocol: carrier":                `m.yaml:5: no protocol is called "carrier": interactive`,
		good + "reasons:\n  - {has: x}":           `m.yaml:6: a reason needs has and class`,
		good + "reasons: x":                       `m.yaml:5: reasons is a list`,
		"name: x\nkind: json\nfields: {time: t, account: a, result: r}\nresults: {ok: x, locked: X}": `m.yaml:4: result "x" has two classes`,
		strings.Replace(good, "time: t", "time: 'a[9]'", 1):                                          `m.yaml: a field's path cannot be read`,
		"- a":  `m.yaml:1: the mapping is no mapping of keys to values`,
		"a: [": `m.yaml: yaml`,
		"":     `m.yaml: EOF`,
	} {
		_, err := ParseMapping("m.yaml", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\n%v, want\n%s", text, err, want)
		}
	}
}

// A file that lacks what the mapping names says which.
func TestGenericMissingColumn(t *testing.T) {
	f := mapped(t, "snowflake.csv")
	for _, err := range f.Decode(strings.NewReader("a,b\n1,2\n"), Options{}) {
		if err == nil || !strings.Contains(err.Error(), "no column EVENT_TIMESTAMP, which the mapping names as time") {
			t.Errorf("%v", err)
		}
	}
}

func FuzzMapping(f *testing.F) {
	for _, sample := range mappedSamples {
		f.Add(readSample(f, "generic", sample+".yaml"), readSample(f, "generic", sample))
	}
	f.Fuzz(func(t *testing.T, rules, text []byte) {
		format, err := ParseMapping("m.yaml", rules)
		if err != nil {
			return
		}
		format.Sniff(text)
		for range format.Decode(bytes.NewReader(text), Options{}) {
		}
	})
}
