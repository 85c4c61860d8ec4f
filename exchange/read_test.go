package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// stix makes a bundle of objects written as JSON without their common
// properties; ids end in a digit.
func stix(objects ...string) string {
	for i, o := range objects {
		if !strings.Contains(o, `"created"`) {
			o = strings.Replace(o, "{", `{"spec_version":"2.1","created":"2026-01-01T00:00:00Z","modified":"2026-01-02T00:00:00Z",`, 1)
		}
		objects[i] = o
	}
	return `{"type":"bundle","id":"bundle--00000000-0000-4000-8000-000000000000","objects":[` + strings.Join(objects, ",\n") + `]}`
}

func id(kind string, n int) string { return fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n) }

func object(kind string, n int, rest string) string {
	return fmt.Sprintf(`{"type":%q,"id":%q,%s}`, kind, id(kind, n), rest)
}

func read(t *testing.T, text string) Reading {
	t.Helper()
	r, err := Read(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Odd objects cost themselves only, and each is counted under its reason.
func TestSTIXOddObjects(t *testing.T) {
	group := object("intrusion-set", 1, `"name":"Example Bear"`)
	for name, tt := range map[string]struct {
		objects []string
		skipped map[string]int
	}{
		"unknown type":         {[]string{object("x-thing", 2, `"a":1`)}, map[string]int{"objects of unknown type": 1}},
		"another type's id":    {[]string{`{"type":"campaign","id":"` + id("indicator", 2) + `","name":"x"}`}, map[string]int{"objects whose id is that of another type": 1}},
		"no id":                {[]string{`{"type":"campaign","name":"x"}`}, map[string]int{"objects without type or id": 1}},
		"no uuid":              {[]string{`{"type":"campaign","id":"campaign--1","name":"x"}`}, map[string]int{"objects whose id is none": 1}},
		"not an object":        {[]string{`7`}, map[string]int{"objects without type or id": 1}},
		"wrong type":           {[]string{object("campaign", 2, `"name":["x"]`)}, map[string]int{"objects with a field of the wrong type": 1}},
		"no such day":          {[]string{object("campaign", 2, `"name":"x","first_seen":"2026-02-30T00:00:00Z"`)}, map[string]int{"objects with an invalid timestamp": 1}},
		"not UTC":              {[]string{object("campaign", 2, `"name":"x","first_seen":"2026-02-03T00:00:00+01:00"`)}, map[string]int{"objects with an invalid timestamp": 1}},
		"modified before made": {[]string{object("campaign", 2, `"name":"x","created":"2026-01-02T00:00:00Z","modified":"2026-01-01T00:00:00Z"`)}, map[string]int{"objects modified before they were created": 1}},
		"never made":           {[]string{object("campaign", 2, `"name":"x","created":"2026-01-02T00:00:00Z"`)}, map[string]int{"objects without created or modified": 1}},
		"ends before it began": {[]string{object("campaign", 2, `"name":"x","first_seen":"2026-02-03T00:00:00Z","last_seen":"2026-02-02T00:00:00Z"`)}, map[string]int{"objects that end before they begin": 1}},
		"revoked":              {[]string{object("campaign", 2, `"name":"x","revoked":true`)}, map[string]int{"revoked and deprecated objects": 1}},
		"confidence of 900":    {[]string{object("campaign", 2, `"name":"x","confidence":900`)}, map[string]int{"objects with a confidence outside of 0 to 100": 1}},
		"there twice":          {[]string{group}, map[string]int{}},
		"claims its id":        {[]string{object("intrusion-set", 1, `"name":"Another"`)}, map[string]int{"objects that claim the id of another": 1}},
		"claims its id, newer": {[]string{object("intrusion-set", 1, `"name":"Another","created":"2026-01-01T00:00:00Z","modified":"2026-03-01T00:00:00Z","created_by_ref":"`+id("identity", 9)+`"`)}, map[string]int{"objects that claim the id of another": 1}},
		"revoked-by in a ring": {[]string{
			object("relationship", 2, `"relationship_type":"revoked-by","source_ref":"`+id("intrusion-set", 1)+`","target_ref":"`+id("intrusion-set", 3)+`"`),
			object("relationship", 3, `"relationship_type":"revoked-by","source_ref":"`+id("intrusion-set", 3)+`","target_ref":"`+id("intrusion-set", 1)+`"`),
		}, map[string]int{"relationships that say nothing about a campaign or actor kept: revoked-by": 2}},
		"of itself":       {[]string{object("relationship", 2, `"relationship_type":"attributed-to","source_ref":"`+id("intrusion-set", 1)+`","target_ref":"`+id("intrusion-set", 1)+`"`)}, map[string]int{"relationships of an object to itself": 1}},
		"leads nowhere":   {[]string{object("relationship", 2, `"relationship_type":"attributed-to","source_ref":"`+id("campaign", 8)+`","target_ref":"`+id("intrusion-set", 1)+`"`)}, map[string]int{"relationships that say nothing about a campaign or actor kept: attributed-to": 1}},
		"half a pattern":  {[]string{object("indicator", 2, `"pattern":"[ipv4-addr:value = ","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"`)}, map[string]int{"indicators whose pattern cannot be read": 1}},
		"report of self":  {[]string{object("report", 2, `"name":"r","published":"2026-01-01T00:00:00Z","object_refs":["`+id("report", 2)+`"]`)}, map[string]int{"reports that speak of no campaign or actor kept": 1}},
		"our id, claimed": {[]string{object("intrusion-set", 2, `"name":"Other","external_references":[{"source_name":"pumphandle","external_id":"`+id("intrusion-set", 1)+`"}]`)}, map[string]int{"ids that two objects claim": 1}},
	} {
		t.Run(name, func(t *testing.T) {
			got := read(t, stix(append([]string{group}, tt.objects...)...))
			counts := map[string]int{}
			for _, s := range got.Skipped {
				counts[s.Why] = s.Count
			}
			if diff := cmp.Diff(tt.skipped, counts); diff != "" {
				t.Errorf("skipped (-want +got):\n%s", diff)
			}
			// What was there before stays what it was.
			if len(got.Actors) == 0 || got.Actors[0].ID != id("intrusion-set", 1) || got.Actors[0].Names[0].Name != "Example Bear" {
				t.Errorf("actors %+v", got.Actors)
			}
			if len(got.Campaigns)+len(got.Assertions)+len(got.Indicators)+len(got.Reports) > 0 {
				t.Errorf("it gave %+v", got.Document)
			}
		})
	}
}

// Of two versions the newer one is taken, in whatever order they come.
func TestSTIXVersions(t *testing.T) {
	old := object("intrusion-set", 1, `"name":"Old","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z"`)
	young := object("intrusion-set", 1, `"name":"New","created":"2026-01-01T00:00:00Z","modified":"2026-02-01T00:00:00Z"`)
	for _, text := range []string{stix(old, young), stix(young, old)} {
		if got := read(t, text); len(got.Actors) != 1 || got.Actors[0].Names[0].Name != "New" || got.At != time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC) {
			t.Errorf("%+v", got)
		}
	}
}

// What its latest version revokes is gone, also where an older one follows.
func TestSTIXRevokedLater(t *testing.T) {
	old := object("intrusion-set", 1, `"name":"Old","created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z"`)
	gone := object("intrusion-set", 1, `"name":"Old","revoked":true,"created":"2026-01-01T00:00:00Z","modified":"2026-02-01T00:00:00Z"`)
	for _, text := range []string{stix(old, gone), stix(gone, old)} {
		if got := read(t, text); len(got.Actors) > 0 || len(got.Skipped) != 2 {
			t.Errorf("%+v", got)
		}
	}
}

// A report of others, as a person gets one: who says what stays with who says it.
func TestSTIXOfOthers(t *testing.T) {
	got := read(t, stix(
		object("identity", 1, `"name":"Other CERT","identity_class":"organization"`),
		object("campaign", 2, `"name":"Operation Example","created_by_ref":"`+id("identity", 1)+`","object_marking_refs":["marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"]`),
		object("threat-actor", 3, `"name":"Example Bear","aliases":["EB"],"external_references":[{"source_name":"Vendor","external_id":"EB"}],"object_marking_refs":["marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"]`),
		object("relationship", 4, `"relationship_type":"attributed-to","source_ref":"`+id("campaign", 2)+`","target_ref":"`+id("threat-actor", 3)+`","confidence":80,"description":"certificates","created_by_ref":"`+id("identity", 1)+`"`),
		object("opinion", 5, `"opinion":"strongly-disagree","explanation":"not us","authors":["An embassy"],"object_refs":["`+id("relationship", 4)+`"]`),
		object("indicator", 6, `"pattern":"[ipv4-addr:value = '192.0.2.7' OR domain-name:value = 'c2.example']","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"`),
		object("relationship", 7, `"relationship_type":"indicates","source_ref":"`+id("indicator", 6)+`","target_ref":"`+id("threat-actor", 3)+`"`),
		object("report", 8, `"name":"About Example","published":"2026-01-03T00:00:00Z","object_refs":["`+id("threat-actor", 3)+`"],"external_references":[{"source_name":"Other CERT","url":"https://cert.example/1"}]`),
	))
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	campaign, actor := id("campaign", 2), id("threat-actor", 3)
	want := Reading{Format: "stix-2.1", Document: Document{
		Producer: "Other CERT", At: day(2), TLP: Amber,
		Campaigns:  []Campaign{{ID: campaign, Name: "Operation Example"}},
		Actors:     []Actor{{ID: actor, Names: []Name{{Name: "Example Bear"}, {Name: "EB", Producer: "Vendor"}}}},
		Indicators: []Indicator{{Kind: Address, Value: "192.0.2.7", About: []string{actor}, From: day(1)}, {Kind: Domain, Value: "c2.example", About: []string{actor}, From: day(1)}},
		Assertions: []Assertion{{Subject: campaign, Actor: actor, By: "Other CERT", At: day(2), Confidence: 80, Text: "certificates"}},
		Statements: []Statement{{Subject: campaign, Actor: actor, Kind: Rejection, By: "An embassy", At: day(1), Text: "not us"}},
		Reports:    []Report{{Name: "About Example", At: day(3), Refs: []string{"https://cert.example/1"}, About: []string{actor}}},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// An event of another MISP: numbers as numbers, composites, tags of all kinds.
func TestMISPOfOthers(t *testing.T) {
	got := read(t, `{"response":[{"Event":{"id":594,"uuid":"57c06bb1-625c-4d34-9b9f-4066950d210f","info":"Spray on clinics","date":"2026-08-26","timestamp":1787702400,
		"Orgc":{"name":"Other CERT","uuid":"x"},
		"Tag":[{"name":"tlp:green"},{"name":"admiralty-scale:source-reliability=\"b\""},{"name":"admiralty-scale:information-credibility=\"2\""},
			{"name":"misp-galaxy:mitre-intrusion-set=\"APT28 - G0007\""},{"name":"misp-galaxy:mitre-attack-pattern=\"Password Spraying - T1110.003\""}],
		"Attribute":[
			{"type":"ip-dst|port","category":"Network activity","value":"192.0.2.7|443","to_ids":true,"first_seen":"2026-08-20T00:00:00.000000+00:00"},
			{"type":"filename|md5","value":"cv.doc|d41d8cd98f00b204e9800998ecf8427e","comment":"lure","Tag":[{"name":"misp-galaxy:threat-actor=\"Sofacy\""}]},
			{"type":"email-dst","value":"victim@clinic.example"},
			{"type":"ip-src","value":"not an address"},
			{"type":"ip-src","value":"192.0.2.8","deleted":true}],
		"Object":[{"name":"url","Attribute":[{"type":"url","value":"http://c2.example/a"}]}],
		"RelatedEvent":[{"Event":{"uuid":"y"}}]}}]}`)
	event, when := "57c06bb1-625c-4d34-9b9f-4066950d210f", time.Unix(1787702400, 0).UTC()
	about := []string{event}
	want := Reading{Format: "misp", Grade: "B2", Document: Document{
		Producer: "Other CERT", At: when, TLP: Green,
		Campaigns: []Campaign{{ID: event, Name: "Spray on clinics", First: time.Date(2026, 8, 26, 0, 0, 0, 0, time.UTC), Techniques: []Technique{{"T1110.003", "Password Spraying"}}}},
		Actors:    []Actor{{ID: "APT28 - G0007", Names: []Name{{Name: "APT28 - G0007"}}}, {ID: "Sofacy", Names: []Name{{Name: "Sofacy"}}}},
		Indicators: []Indicator{
			{Kind: Address, Value: "192.0.2.7", About: about, From: time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC)},
			{Kind: URL, Value: "http://c2.example/a", About: about},
			{Kind: FileName, Value: "cv.doc", About: []string{event, "Sofacy"}, Text: "lure"},
			{Kind: MD5, Value: "d41d8cd98f00b204e9800998ecf8427e", About: []string{event, "Sofacy"}, Text: "lure"},
		},
		Assertions: []Assertion{{Subject: event, Actor: "APT28 - G0007", By: "Other CERT", At: when}},
	}, Skipped: []Skipped{
		{"attributes of types that are not kept: email-dst", 1, "victim@clinic.example"},
		{"attributes whose value is none of their type", 1, "not an address"},
		{"deleted attributes", 1, "192.0.2.8"},
		{"proposals and related events", 1, "RelatedEvent"},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCSVOfOthers(t *testing.T) {
	got := read(t, "Indicator;Type;First Seen;Confidence;Source;Comment\n"+
		"192.0.2[.]7;ipv4;2026-08-20;80;Other CERT;seen\n"+
		"hxxps://c2[.]example/a;url;;;;\n"+
		"CBAInPROD;user-agent;;;;\n"+
		"what is this;;;;;\n"+
		"192.0.2.9;ipv4;yesterday;;;\n")
	want := Reading{Format: "csv", Document: Document{Producer: "Other CERT", Indicators: []Indicator{
		{Kind: Address, Value: "192.0.2.7", From: time.Date(2026, 8, 20, 0, 0, 0, 0, time.UTC), Confidence: 80, Text: "seen"},
		{Kind: URL, Value: "https://c2.example/a"}, {Kind: UserAgent, Value: "CBAInPROD"},
	}}, Skipped: []Skipped{
		{"rows whose value is none of a kind known here", 1, "line 5: what is this"}, {"rows with an invalid time", 1, "line 6"},
	}}
	if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	list := read(t, "# a list\n192.0.2.7\n198.51.100.0/24\n2001:db8::1\nnot one of them\n")
	if len(list.Indicators) != 3 || len(list.Skipped) != 1 {
		t.Errorf("%+v", list)
	}
}

func TestReadRefuses(t *testing.T) {
	whole := stix(object("intrusion-set", 1, `"name":"Example Bear"`))
	for name, tt := range map[string]struct{ text, want string }{
		"nothing":          {" \n", "empty"},
		"half a bundle":    {whole[:len(whole)-30], "ends in the middle, at byte"},
		"damaged":          {strings.Replace(whole, `"name"`, `name`, 1), "damaged JSON after byte"},
		"something behind": {whole + "x", "damaged JSON"},
		"no such format":   {`{"a":1}`, "neither a STIX bundle"},
		"prose":            {"Dear colleagues,\nplease find attached", "neither JSON, nor a table"},
		"two formats":      {whole + `{"Event":{"uuid":"x","info":"y"}}`, "several formats"},
		"empty bundle":     {`{"type":"bundle","id":"x","objects":[]}`, "without objects"},
		"objects of text":  {`{"type":"bundle","objects":"x"}`, "where an array should begin"},
		"numbers":          {`[1,2]`, "array of something else"},
		"deep":             {strings.Repeat("[", 20_000), "something else"},
		"deep inside":      {`{"type":"bundle","objects":[` + strings.Repeat(`{"a":`, 20_000), "exceeded max depth"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := Read(strings.NewReader(tt.text))
			if err == nil || !strings.Contains(err.Error(), tt.want) || len(got.Actors) > 0 {
				t.Errorf("%v, %+v", err, got)
			}
		})
	}
	failing := errors.New("disk on fire")
	if _, err := Read(io.MultiReader(strings.NewReader(whole[:50]), errReader{failing})); !errors.Is(err, failing) {
		t.Errorf("the reader's own error is lost: %v", err)
	}
}

type errReader struct{ err error }

func (r errReader) Read([]byte) (int, error) { return 0, r.err }

// endless repeats a text n times between a head and a tail.
func endless(head, body, tail string, n int) io.Reader {
	return io.MultiReader(strings.NewReader(head), &repeat{body, n, 0}, strings.NewReader(tail))
}

type repeat struct {
	text string
	n    int
	at   int
}

func (r *repeat) Read(p []byte) (n int, err error) {
	for n < len(p) {
		if r.at == len(r.text) {
			r.at, r.n = 0, r.n-1
		}
		if r.n <= 0 {
			return n, io.EOF
		}
		c := copy(p[n:], r.text[r.at:])
		n, r.at = n+c, r.at+c
	}
	return n, nil
}

// A file of any size is read in bounded memory, or refused.
func TestReadIsBounded(t *testing.T) {
	t.Run("a bundle of what is not kept", func(t *testing.T) {
		body := object("malware", 1, `"name":"`+strings.Repeat("x", 1000)+`"`) + ","
		grew := heap(t, func() {
			got, err := Read(endless(`{"type":"bundle","objects":[`, body, object("intrusion-set", 1, `"created":"2026-01-01T00:00:00Z","modified":"2026-01-01T00:00:00Z","name":"Example Bear"`)+"]}", 60_000))
			if err != nil || len(got.Actors) != 1 || got.Skipped[0].Count != 60_000 {
				t.Errorf("%v, %+v", err, got)
			}
		})
		if grew > 8<<20 {
			t.Errorf("60 MB of objects left %d bytes behind", grew)
		}
	})
	t.Run("an object without end", func(t *testing.T) {
		_, err := Read(endless(`{"type":"bundle","objects":[{"type":"x","a":"`, "xxxxxxxxxxxxxxxx", ``, 10<<20))
		if !errors.Is(err, errTooLarge) || !strings.Contains(err.Error(), "larger than 16 MiB") {
			t.Error(err)
		}
	})
	t.Run("a key without end", func(t *testing.T) {
		if _, err := Read(endless(`{"`, "xxxxxxxxxxxxxxxx", ``, 10<<20)); !errors.Is(err, errTooLarge) {
			t.Error(err)
		}
	})
	t.Run("a head without end", func(t *testing.T) {
		n := 0
		body := func() string { n++; return fmt.Sprintf(`"k%d":"%s",`, n, strings.Repeat("x", 1<<20)) }
		var b strings.Builder
		for range 20 {
			b.WriteString(body())
		}
		if _, err := Read(strings.NewReader("{" + b.String() + `"z":1}`)); !errors.Is(err, errTooLarge) {
			t.Error(err)
		}
	})
	t.Run("too many rows", func(t *testing.T) {
		if _, err := Read(endless("", "192.0.2.7\n", "", maxItems+2)); !errors.Is(err, ErrTooMuch) {
			t.Error(err)
		}
	})
	t.Run("too much text", func(t *testing.T) {
		body := `{"type":"ip-src","value":"192.0.2.7","comment":"` + strings.Repeat("x", 1<<20) + `"},`
		if _, err := Read(endless(`{"Event":{"uuid":"x","info":"y","Attribute":[`, body, `]}}`, 200)); !errors.Is(err, ErrTooMuch) {
			t.Error(err)
		}
	})
	t.Run("patterns with many values", func(t *testing.T) {
		pattern := "[file:name IN (" + strings.TrimSuffix(strings.Repeat("'a',", 16_000), ",") + ")]"
		var objects []string
		for n := range 20 {
			objects = append(objects, object("indicator", n, `"pattern":"`+pattern+`","pattern_type":"stix","valid_from":"2026-01-01T00:00:00Z"`))
		}
		if _, err := Read(strings.NewReader(stix(objects...))); !errors.Is(err, ErrTooMuch) {
			t.Error(err)
		}
	})
	t.Run("an actor with a million names", func(t *testing.T) {
		var names strings.Builder
		for n := range 1_000_000 {
			fmt.Fprintf(&names, `,"n%d"`, n)
		}
		got := read(t, stix(object("intrusion-set", 1, `"name":"x","aliases":[""`+names.String()+`]`)))
		if len(got.Actors) != 1 || len(got.Actors[0].Names) != mostNames || len(got.Skipped) != 1 {
			t.Errorf("%d names, %v", len(got.Actors[0].Names), got.Skipped)
		}
	})
	t.Run("a row about a million campaigns", func(t *testing.T) {
		var ids strings.Builder
		for n := range 1_000_000 {
			fmt.Fprintf(&ids, " %d", n)
		}
		if _, err := Read(strings.NewReader("value,about\n192.0.2.7," + ids.String() + "\n")); !errors.Is(err, ErrTooMuch) {
			t.Error(err)
		}
	})
	t.Run("many reasons", func(t *testing.T) {
		var attributes []string
		for n := range 1000 {
			attributes = append(attributes, fmt.Sprintf(`{"type":"t%d","value":"x"}`, n))
		}
		got := read(t, `{"Event":{"uuid":"x","info":"y","Attribute":[`+strings.Join(attributes, ",")+`]}}`)
		n := 0
		for _, s := range got.Skipped {
			n += s.Count
		}
		if len(got.Skipped) > 101 || n != 1000 {
			t.Errorf("%d reasons for %d attributes", len(got.Skipped), n)
		}
	})
	t.Run("too many attributes", func(t *testing.T) {
		if _, err := Read(endless(`{"Event":{"uuid":"x","info":"y","Attribute":[`, `{"type":"ip-src","value":"192.0.2.7"},`, `]}}`, maxItems+2)); !errors.Is(err, ErrTooMuch) {
			t.Error(err)
		}
	})
}

func heap(t *testing.T, f func()) int64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.GC()
	runtime.ReadMemStats(&after)
	return int64(after.HeapAlloc) - int64(before.HeapAlloc)
}

// What others publish: the counts are those of the files.
func TestReadsWhatOthersPublish(t *testing.T) {
	skipped := 0
	for name, want := range map[string][5]int{ // campaigns, actors, indicators, assertions, reports
		"stix-conformance/examples/threat-reports/poisonivy.json":           {3, 0, 66, 0, 1},
		"stix-conformance/examples/threat-reports/apt1.json":                {0, 6, 12, 3, 1},
		"stix-conformance/examples/indicator-to-campaign-relationship.json": {1, 0, 1, 0, 0},
		"misp-format/57c4445b-c548-4654-af0b-4be3950d210f.json":             {1, 0, 4, 0, 0},
		"enterprise-attack-18.1-actors.stix20.json":                         {52, 172, 0, 25, 0},
	} {
		f, err := os.Open(conformance + name)
		if err != nil {
			skipped++
			continue
		}
		got, err := Read(f)
		f.Close()
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if counts := [5]int{len(got.Campaigns), len(got.Actors), len(got.Indicators), len(got.Assertions), len(got.Reports)}; counts != want {
			t.Errorf("%s: %v, want %v", name, counts, want)
		}
	}
	if skipped > 0 {
		t.Skipf("%d of 5 published files are not here", skipped)
	}
}

func FuzzRead(f *testing.F) {
	d := Document{
		Producer: "CERT", At: time.Date(2026, 11, 10, 9, 0, 0, 0, time.UTC), TLP: Amber, Campaigns: []Campaign{{ID: "PH-2026-0001", Name: "x", Techniques: techniques}},
		Indicators: []Indicator{{Kind: Address, Value: "192.0.2.7", About: []string{"PH-2026-0001"}}},
	}
	f.Add(string(writeSTIX(f, d)))
	f.Add(string(writeMISP(f, d)))
	f.Add(string(writeOCSF(f, d)))
	f.Add("value,kind,from\n192.0.2.7,address,2026-01-01\n")
	f.Add(stix(object("intrusion-set", 1, `"name":"a"`), object("relationship", 2, `"relationship_type":"uses","source_ref":"`+id("intrusion-set", 1)+`"`)))
	f.Add(`{"response":[{"Event":{"Tag":[{"name":"tlp:red"}],"Attribute":[{"type":"ip-src|port","value":"|"}]}}]}`)
	f.Fuzz(func(t *testing.T, text string) {
		got, err := Read(strings.NewReader(text))
		if err != nil {
			return
		}
		// What was read is whole: every id leads to something in the document.
		known := map[string]bool{}
		for _, c := range got.Campaigns {
			known[c.ID] = true
		}
		for _, a := range got.Actors {
			known[a.ID] = true
		}
		for _, i := range got.Indicators {
			if n, ok := NewIndicator(i.Kind, i.Value); !ok || n.Value != i.Value {
				t.Errorf("indicator %+v is none", i)
			}
			for _, id := range i.About {
				if !known[id] {
					t.Errorf("indicator about %q", id)
				}
			}
		}
		for _, a := range got.Assertions {
			if !known[a.Subject] || !known[a.Actor] {
				t.Errorf("assertion %+v leads nowhere", a)
			}
		}
		again, err := Read(bytes.NewReader([]byte(text)))
		if diff := cmp.Diff(got, again); err != nil || diff != "" {
			t.Errorf("read twice: %v\n%s", err, diff)
		}
	})
}
