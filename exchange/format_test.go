package exchange

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

// back reads what was written and holds it against what the format carries.
func back(t *rapid.T, text []byte, format string, want Document) {
	got, err := Read(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	if got.Format != format || len(got.Skipped) > 0 {
		t.Errorf("format %s, skipped %v\n%s", got.Format, got.Skipped, text)
	}
	want.Sort()
	if diff := cmp.Diff(want, got.Document, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("document (-want +got):\n%s\n%s", diff, text)
	}
}

// ofCampaigns keeps what single campaigns have: their indicators, the actors
// asserted, and no reports.
func ofCampaigns(d Document) Document {
	campaigns, asserted := map[string]bool{}, map[string]bool{}
	for _, c := range d.Campaigns {
		campaigns[c.ID] = true
	}
	for _, a := range d.Assertions {
		asserted[a.Actor] = true
	}
	d.Actors = slices.DeleteFunc(slices.Clone(d.Actors), func(a Actor) bool { return !asserted[a.ID] })
	var indicators []Indicator
	for _, i := range d.Indicators {
		for _, id := range i.About {
			if campaigns[id] {
				one := i
				one.About = []string{id}
				indicators = append(indicators, one)
			}
		}
	}
	d.Indicators, d.Reports = indicators, nil
	return d
}

// inMISP is what MISP events carry of a document.
func inMISP(d Document) Document {
	d = ofCampaigns(d)
	for i := range d.Actors {
		d.Actors[i].Names = []Name{{Name: d.Actors[i].Names[0].Name}}
		d.Actors[i].Uses = nil
	}
	at := map[string]int{}
	var surest []Indicator // of those of one value about one campaign
	for _, i := range d.Indicators {
		i.From, i.Until = time.Time{}, time.Time{}
		key := fmt.Sprintf("%q %q %q", i.About, i.Kind, i.Value)
		k, twice := at[key]
		switch {
		case !twice:
			at[key] = len(surest)
			surest = append(surest, i)
		case surest[k].Confidence < i.Confidence:
			surest[k] = i
		}
	}
	d.Indicators = surest
	for i := range d.Assertions {
		d.Assertions[i].At = d.At
	}
	return d
}

func writeMISP(t interface{ Fatal(...any) }, d Document) []byte {
	var b bytes.Buffer
	err := WriteMISP(&b, d)
	return written(t, err, &b)
}

func TestMISPRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		back(t, writeMISP(t, d), "misp", inMISP(d))
	})
}

// inOCSF is what Detection Findings carry of a document.
func inOCSF(d Document) Document {
	d = ofCampaigns(d)
	for i := range d.Indicators {
		d.Indicators[i].Confidence = ocsfLevels[ocsfLevel(d.Indicators[i].Confidence)].as
	}
	return d
}

func writeOCSF(t interface{ Fatal(...any) }, d Document) []byte {
	var b bytes.Buffer
	err := WriteOCSF(&b, d)
	return written(t, err, &b)
}

func TestOCSFRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		back(t, writeOCSF(t, d), "ocsf", inOCSF(d))
	})
}

// inCSV is what a table of indicators carries of a document.
func inCSV(d Document) Document {
	out := Document{Indicators: slices.Clone(d.Indicators)}
	about := map[string]bool{}
	for i := range out.Indicators {
		x := &out.Indicators[i]
		x.Text = oneLine(x.Text)
		for _, id := range x.About {
			about[id] = true
		}
	}
	for id := range about {
		out.Campaigns = append(out.Campaigns, Campaign{ID: id, Name: id})
	}
	if len(d.Indicators) > 0 {
		out.Producer, out.At, out.TLP = oneLine(d.Producer), d.At, d.TLP
	}
	return out
}

func TestCSVRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		var b bytes.Buffer
		if err := WriteCSV(&b, d); err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(bytes.NewReader(b.Bytes())).ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if formula(cell) && !strings.HasPrefix(cell, "'") {
					t.Errorf("a spreadsheet takes %q for a formula", cell)
				}
			}
		}
		back(t, b.Bytes(), "csv", inCSV(d))
	})
}

func TestMISPConformsToSchemas(t *testing.T) {
	for _, name := range []string{"schema.json", "schema-lax.json"} {
		t.Run(name, func(t *testing.T) {
			f, err := os.Open(conformance + "misp-format/" + name)
			if err != nil {
				t.Skip("the schemas of PyMISP are not here")
			}
			defer f.Close()
			doc, err := jsonschema.UnmarshalJSON(f)
			if err != nil {
				t.Fatal(err)
			}
			// A slip of the schema: "required" stands among the properties of a
			// sharing group, where it is no schema. We write no sharing groups.
			group := doc.(map[string]any)["defs"].(map[string]any)["sharing_group"].(map[string]any)
			delete(group["properties"].(map[string]any), "required")
			compiler := jsonschema.NewCompiler()
			id := doc.(map[string]any)["id"].(string)
			if err := compiler.AddResource(id, doc); err != nil {
				t.Fatal(err)
			}
			schema, err := compiler.Compile(id)
			if err != nil {
				t.Fatal(err)
			}
			rapid.Check(t, func(t *rapid.T) {
				value, err := jsonschema.UnmarshalJSON(bytes.NewReader(writeMISP(t, drawDocument(t))))
				if err != nil {
					t.Fatal(err)
				}
				files := []any{value}
				if list, ok := value.(map[string]any)["response"]; ok {
					files = list.([]any)
				}
				for _, file := range files {
					if err := schema.Validate(file); err != nil {
						t.Errorf("%v", err)
					}
					file.(map[string]any)["Event"].(map[string]any)["info"] = 1 // that the schema sees anything at all
					if schema.Validate(file) == nil {
						t.Error("an event whose info is a number is valid")
					}
				}
			})
		})
	}
}

// There is no machine-readable schema of OCSF here. These are the required
// attributes, the constraints and the values of enumerations, read in
// ocsf/ocsf-schema (events/base_event, events/findings, objects/*).
func TestOCSFHasWhatTheClassRequires(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		for line := range bytes.Lines(writeOCSF(t, drawDocument(t))) {
			var f map[string]any
			if err := json.Unmarshal(line, &f); err != nil {
				t.Fatal(err)
			}
			at := func(path string) any {
				var v any = f
				for name := range strings.SplitSeq(path, ".") {
					m, _ := v.(map[string]any)
					v = m[name]
				}
				return v
			}
			for path, want := range map[string]any{"class_uid": 2004.0, "category_uid": 2.0, "type_uid": 200401.0, "activity_id": 1.0, "metadata.version": ocsfVersion, "metadata.product.name": "pumphandle"} {
				if got := at(path); got != want {
					t.Errorf("%s is %v, not %v", path, got, want)
				}
			}
			for _, path := range []string{"time", "severity_id", "finding_info.uid", "metadata", "metadata.product"} {
				if at(path) == nil {
					t.Errorf("%s is missing", path)
				}
			}
			if s := at("severity_id").(float64); s < 0 || s > 5 || at("severity") != ocsfSeverityNames[int(s)] {
				t.Errorf("severity %v is called %v", s, at("severity"))
			}
			for _, a := range list(at("finding_info.attacks")) {
				if a["technique"] == nil && a["sub_technique"] == nil && a["tactic"] == nil { // at_least_one
					t.Errorf("an attack without any technique: %v", a)
				}
			}
			for _, o := range list(at("osint")) {
				if o["type_id"] == nil || o["value"] == nil || o["type_id"] == 99.0 && o["type"] == "" {
					t.Errorf("an indicator without type or value: %v", o)
				}
				if !slices.Contains([]any{"CLEAR", "GREEN", "AMBER", "AMBER STRICT", "RED"}, o["tlp"]) {
					t.Errorf("tlp %v", o["tlp"])
				}
			}
		}
	})
}

func list(v any) (out []map[string]any) {
	items, _ := v.([]any)
	for _, i := range items {
		out = append(out, i.(map[string]any))
	}
	return out
}

func TestGuard(t *testing.T) {
	for in, want := range map[string]string{
		"anna@hex.example": "anna@hex.example", "=1+1": "'=1+1", " =1+1": "' =1+1", "'=1+1": "''=1+1", "＝1": "'＝1", "a=b": "a=b", "'quoted'": "'quoted'", "": "",
	} {
		if got := guard(in); got != want || unguard(got) != in {
			t.Errorf("%q is guarded as %q, which gives %q", in, got, unguard(got))
		}
	}
}

// What cannot be read back is refused when it is written.
func TestWritersRefuse(t *testing.T) {
	at := time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC)
	good := Document{
		Producer: "CERT", At: at, TLP: Amber, Campaigns: []Campaign{{ID: "PH-2026-0001", Name: "x"}}, Actors: []Actor{{ID: "a", Names: []Name{{Name: "A"}}}},
		Assertions: []Assertion{{Subject: "PH-2026-0001", Actor: "a", By: "CERT", At: at}}, Indicators: []Indicator{{Kind: Address, Value: "192.0.2.7"}},
	}
	if err := good.check(); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Document){
		"no TLP":        func(d *Document) { d.TLP = "" },
		"who says":      func(d *Document) { d.Producer = "" },
		"no id":         func(d *Document) { d.Campaigns = []Campaign{{Name: "x"}} },
		"there twice":   func(d *Document) { d.Campaigns = append(slices.Clone(d.Campaigns), d.Campaigns...) },
		"is no address": func(d *Document) { d.Indicators = []Indicator{{Kind: Address, Value: "192.0.2.007"}} },
		"not in the doc": func(d *Document) {
			d.Indicators = []Indicator{{Kind: Address, Value: "192.0.2.7", About: []string{"PH-2026-0002"}}}
		},
		"speaks for itself": func(d *Document) {
			d.Assertions = []Assertion{{Subject: "PH-2026-0001", Actor: "a", By: "somebody else", At: at}}
		},
		"which is not": func(d *Document) {
			d.Statements = []Statement{{Subject: "PH-2026-0001", Actor: "b", Kind: Denial, By: "x", At: at, Text: "no"}}
		},
	} {
		d := good
		spoil(&d)
		for format, write := range map[string]func(*bytes.Buffer) error{
			"stix": func(b *bytes.Buffer) error { return WriteSTIX(b, d) }, "misp": func(b *bytes.Buffer) error { return WriteMISP(b, d) },
			"ocsf": func(b *bytes.Buffer) error { return WriteOCSF(b, d) }, "csv": func(b *bytes.Buffer) error { return WriteCSV(b, d) },
		} {
			var b bytes.Buffer
			if err := write(&b); err == nil || !strings.Contains(err.Error(), name) || b.Len() > 0 {
				t.Errorf("%s in %s: %v, %d bytes written", name, format, err, b.Len())
			}
		}
	}
}

func ExampleParseTLP() {
	for _, s := range []string{"amber", "TLP:AMBER+STRICT", "white", "pink"} {
		fmt.Println(ParseTLP(s))
	}
	// Output:
	// TLP:AMBER true
	// TLP:AMBER+STRICT true
	// TLP:CLEAR true
	// TLP:PINK false
}
