package exchange

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"
)

func written(t interface{ Fatal(...any) }, err error, b *bytes.Buffer) []byte {
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func writeSTIX(t interface{ Fatal(...any) }, d Document) []byte {
	var b bytes.Buffer
	err := WriteSTIX(&b, d)
	return written(t, err, &b)
}

// What is written as STIX reads back equal, all of it.
func TestSTIXRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := drawDocument(t)
		text := writeSTIX(t, want)
		got, err := Read(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		if got.Format != "stix-2.1" || len(got.Skipped) > 0 {
			t.Errorf("format %s, skipped %v", got.Format, got.Skipped)
		}
		if diff := cmp.Diff(want, got.Document, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("document (-want +got):\n%s\n%s", diff, text)
		}
	})
}

const schemas = conformance + "stix-conformance/schemas"

// stixSchemas returns a function that holds an object against the schema that
// OASIS publishes for its type.
func stixSchemas(t *testing.T) func(kind string, value any) error {
	t.Helper()
	if _, err := os.Stat(schemas); err != nil {
		t.Skip("the 57 OASIS schemas for STIX 2.1 are not here")
	}
	compiler := jsonschema.NewCompiler()
	byType := map[string]string{}
	err := filepath.WalkDir(schemas, func(file string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		f, err := os.Open(file)
		if err != nil {
			return err
		}
		defer f.Close()
		doc, err := jsonschema.UnmarshalJSON(f)
		if err != nil {
			return err
		}
		id, _ := doc.(map[string]any)["$id"].(string)
		byType[strings.TrimSuffix(d.Name(), ".json")] = id
		return compiler.AddResource(id, doc)
	})
	if err != nil {
		t.Fatal(err)
	}
	compiled := map[string]*jsonschema.Schema{}
	return func(kind string, value any) error {
		if compiled[kind] == nil {
			schema, err := compiler.Compile(byType[kind])
			if err != nil {
				return fmt.Errorf("compile %s: %w", kind, err)
			}
			compiled[kind] = schema
		}
		return compiled[kind].Validate(value)
	}
}

func TestSTIXConformsToOASISSchemas(t *testing.T) {
	validate := stixSchemas(t)
	types := map[string]bool{}
	documents := 0
	rapid.Check(t, func(t *rapid.T) {
		if documents++; documents > 25 {
			return // these schemas are slow
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(writeSTIX(t, drawDocument(t))))
		if err != nil {
			t.Fatal(err)
		}
		// The schema of a bundle forgets notes, opinions and sightings, which are
		// valid by their own: it sees the bundle without them.
		whole := value.(map[string]any)
		all := whole["objects"].([]any)
		whole["objects"] = slices.DeleteFunc(slices.Clone(all), func(o any) bool {
			return slices.Contains([]string{"note", "opinion"}, o.(map[string]any)["type"].(string))
		})
		if err := validate("bundle", value); err != nil {
			t.Error(err)
		}
		for _, o := range all {
			kind := o.(map[string]any)["type"].(string)
			seen := types[kind]
			types[kind] = true
			if err := validate(kind, o); err != nil {
				t.Errorf("%s: %v", kind, err)
			}
			if seen {
				continue
			}
			delete(o.(map[string]any), "spec_version") // that the schemas see anything at all
			if validate(kind, o) == nil {
				t.Errorf("a %s without spec_version is valid", kind)
			}
		}
	})
	for _, kind := range []string{"campaign", "indicator", "intrusion-set", "note", "opinion", "relationship", "report", "sighting", "marking-definition", "identity", "attack-pattern"} {
		if !types[kind] {
			t.Errorf("no %s was drawn", kind)
		}
	}
}

// What the schemas cannot say: references lead somewhere, ids are unique,
// times are in order, everything carries the marking.
func TestSTIXIsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawDocument(t)
		var b stixBundle
		if err := json.Unmarshal(writeSTIX(t, d), &b); err != nil {
			t.Fatal(err)
		}
		ids := map[string]bool{}
		for _, o := range b.Objects {
			if ids[o.ID] {
				t.Errorf("%s is there twice", o.ID)
			}
			ids[o.ID] = true
		}
		for _, o := range b.Objects {
			for _, ref := range slices.Concat([]string{o.CreatedBy, o.Source, o.Target, o.SightingOf}, o.ObjectRefs, o.Markings) {
				if ref != "" && !ids[ref] {
					t.Errorf("%s refers to %s, which is not in the bundle", o.ID, ref)
				}
			}
			if o.Type != "marking-definition" && (o.Modified.Before(o.Created.Time) || !slices.Equal(o.Markings, []string{tlpMarkings[d.TLP]})) {
				t.Errorf("%s: created %s, modified %s, marked %q", o.ID, o.Created, o.Modified, o.Markings)
			}
		}
	})
}
