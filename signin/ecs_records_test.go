package signin

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// What an integration takes apart and the table puts together again reads as the
// record that it was made of: the same result, the same ids, the same tries.
func TestECSRecordsAreTheProviders(t *testing.T) {
	for mark, of := range map[string]struct{ format, sample string }{
		"azure.signinlogs.category":    {"entra-monitor", "eventhub.json"},
		"o365.audit.RecordType":        {"m365-audit", "api.json"},
		"okta.event_type":              {"okta", "results.jsonl"},
		"cisco_duo.auth.result":        {"duo", "authlogs.json"},
		"aws.cloudtrail.event_version": {"aws-cloudtrail", "trail.json"},
	} {
		format, _ := Lookup(of.format)
		sample := readSample(t, of.format, of.sample)
		want := signInsOf(format, sample)
		for shape := range ecsShapeCount {
			docs := ecsDocuments(t, mark, sample, shape)
			if got, _ := Detect(docs); got.Name != "ecs" {
				t.Errorf("%s in shape %d is taken for %q", mark, shape, got.Name)
			}
			got := signInsOf(ecs(), docs)
			if len(want) < 3 || len(got) != len(want) {
				t.Errorf("%s in shape %d: %d sign-ins of %d", mark, shape, len(got), len(want))
				continue
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("%s in shape %d, sign-in %d:\n got %+v\nwant %+v", mark, shape, i, got[i], want[i])
				}
			}
		}
	}
}

// signInsOf returns the sign-ins in a text, without their lines.
func signInsOf(format Format, text []byte) (events []Event) {
	for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
		if err != nil {
			continue // some samples have a damaged record
		}
		if ev.Class != ClassNone && ev.Class != ClassActivity { // documents do not have all that acts are told by
			c := cloneEvent(ev)
			c.Line = 0
			events = append(events, c)
		}
	}
	return events
}

// ecsDocuments makes documents of the records in a sample: each value of the
// table's goes where the table would look for it first.
func ecsDocuments(t *testing.T, mark string, sample []byte, shape int) []byte {
	t.Helper()
	var own, docs []string
	at := ""
	for line := range strings.Lines(ecsRecordsText) {
		if found, ok := strings.CutPrefix(line, "mark "); ok {
			at, _, _ = strings.Cut(strings.TrimSpace(found), " ")
		}
		if path, from, ok := strings.Cut(line, " = "); ok && at == mark && line[0] != '#' {
			own, docs = append(own, path), append(docs, strings.Fields(from)[0])
		}
	}
	fields := jsonscan.Compile(jsonscan.Config{AnyCase: true, Wrap: lists("authlogs")}, own...)
	var out bytes.Buffer
	r := jsonscan.NewReader(bytes.NewReader(sample), fields, MaxRecord)
	for {
		rec, err := r.Next()
		if err != nil {
			return out.Bytes()
		}
		doc := map[string]any{"ecs": map[string]any{"version": "8.11.0"}}
		putAt(doc, mark, "x")
		putAt(doc, "@timestamp", "2026-03-02T08:00:00Z")
		for i := range own {
			var value any
			switch rec.Kind(i) {
			case jsonscan.Missing, jsonscan.Null:
				continue
			case jsonscan.String:
				value = rec.Text(i)
			default:
				value = json.RawMessage(strings.Clone(rec.Text(i)))
			}
			putAt(doc, docs[i], value)
		}
		if shape%2 == 1 {
			doc = flat(doc)
		}
		if shape >= 2 {
			doc = map[string]any{"_index": "logs", "_source": doc}
		}
		line, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
}

// putAt sets the value at a path, an element of an array by its name or place.
func putAt(doc map[string]any, path string, value any) {
	steps := strings.Split(path, ".")
	for i, step := range steps {
		name, index, array := strings.Cut(strings.TrimSuffix(step, "]"), "[")
		switch {
		case i == len(steps)-1:
			doc[name] = value
		case array:
			list, _ := doc[name].([]any)
			element := map[string]any{}
			if key, is, named := strings.Cut(index, "="); named {
				element[key] = is
			}
			doc[name] = append(list, element)
			doc = element
		default:
			if doc[name] == nil {
				doc[name] = map[string]any{}
			}
			doc = doc[name].(map[string]any)
		}
	}
}

// flat writes a document with points in its keys.
func flat(doc map[string]any) map[string]any {
	out := map[string]any{}
	for k, v := range doc {
		if inner, ok := v.(map[string]any); ok {
			for key, value := range flat(inner) {
				out[k+"."+key] = value
			}
		} else {
			out[k] = v
		}
	}
	return out
}

// A value may be anything that JSON holds, and nothing in it makes members of its
// own.
func TestECSRecordIsJSON(t *testing.T) {
	for _, value := range []string{`"`, `\`, "\x00\n", "\xff", `","eventType":"x`, "é", "{}", strings.Repeat("[", 200)} {
		doc := map[string]any{"ecs": map[string]any{"version": "8.11.0"}}
		for _, r := range ecsRecords {
			putAt(doc, r.mark, value)
		}
		for _, path := range []string{"okta.actor.alternate_id", "okta.target[type=User].alternate_id", "okta.request.ip_chain[0].ip", "user_agent.original"} {
			putAt(doc, path, value)
		}
		text, _ := json.Marshal(doc)
		for n, r := range ecsRecords {
			var fields jsonscan.Record
			if err := r.fields[0].Scan(text, &fields); err != nil {
				t.Fatal(err)
			}
			if got := r.text(&fields); !json.Valid([]byte(got)) {
				t.Errorf("%q, record %d: %s", value, n, got)
			}
		}
	}
}

func TestParseECSRecordsPanics(t *testing.T) {
	for _, text := range []string{"a = b", "mark x\na b", "mark x\na = b..c"} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%q is read", text)
				}
			}()
			parseECSRecords(text)
		}()
	}
	for _, r := range ecsRecords {
		if _, ok := Lookup(r.format); !ok {
			t.Errorf("%s is of format %q", r.mark, r.format)
		}
	}
}
