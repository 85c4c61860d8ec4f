package actor

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A base is read back as it was written, with what stands beside it.
func TestFileRoundTrip(t *testing.T) {
	b := Starter()
	for _, text := range []string{bundle20, microsoftMapping, mispActors, mispProducers, campaignBundle} {
		imported(t, b, "x", strings.NewReader(text))
	}
	var file bytes.Buffer
	if err := b.Write(&file, json.RawMessage(`{"n":1}`)); err != nil {
		t.Fatal(err)
	}
	whole := file.String()
	back, extra, err := Read(strings.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Records(), back.Records()); diff != "" {
		t.Errorf("records (-written +read):\n%s", diff)
	}
	if diff := cmp.Diff(b.Campaigns(), back.Campaigns()); diff != "" {
		t.Errorf("campaigns (-written +read):\n%s", diff)
	}
	if diff := cmp.Diff(b.Imports(), back.Imports()); diff != "" {
		t.Errorf("imports (-written +read):\n%s", diff)
	}
	if string(extra) != `{"n":1}` || back.Digest() != b.Digest() || back.Technique("T1001") != "T1003.001" || back.Title("S0001") != "M" {
		t.Errorf("extra %s, digests %s and %s", extra, b.Digest(), back.Digest())
	}
	if again := imported(t, back, "again", strings.NewReader(mispActors)); again.Added+again.Replaced != 0 {
		t.Errorf("imported into what was read back: %+v", again)
	}
	lines := strings.SplitAfter(whole, "\n")
	for name, text := range map[string]string{
		"empty":           "",
		"cut in a line":   whole[:len(whole)/2],
		"cut at a line":   strings.Join(lines[:len(lines)/2], ""),
		"a line less":     strings.Join(slices.Delete(slices.Clone(lines), 3, 4), ""),
		"a letter other":  strings.Replace(whole, "Example Alpha", "Example Alphb", 1),
		"another program": "hello\n",
		"another file":    `{"v":1,"type":"campaign"}` + "\n",
		"a newer version": strings.Replace(whole, `{"v":1,`, `{"v":2,`, 1),
	} {
		if _, _, err := Read(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), "actor base") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

const campaignBundle = `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[
 {"type":"intrusion-set","id":"intrusion-set--k","name":"Kappa","external_references":[{"source_name":"mitre-attack","external_id":"G9100"}]},
 {"type":"intrusion-set","id":"intrusion-set--old","name":"Old Kappa","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"G9101"}]},
 {"type":"relationship","id":"relationship--0","relationship_type":"revoked-by","source_ref":"intrusion-set--old","target_ref":"intrusion-set--k"},
 {"type":"campaign","id":"campaign--1","name":"Operation Example","aliases":["Operation Example","Second Name"],"first_seen":"2024-01-01T00:00:00Z",
  "external_references":[{"source_name":"mitre-attack","external_id":"C9001"},{"source_name":"Report C"}]},
 {"type":"campaign","id":"campaign--2","name":"Withdrawn","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"C9002"}]},
 {"type":"attack-pattern","id":"attack-pattern--p","name":"Spray","external_references":[{"source_name":"mitre-attack","external_id":"T1110.003"}]},
 {"type":"relationship","id":"relationship--1","relationship_type":"attributed-to","source_ref":"campaign--1","target_ref":"intrusion-set--old"},
 {"type":"relationship","id":"relationship--2","relationship_type":"uses","source_ref":"campaign--1","target_ref":"attack-pattern--p","external_references":[{"source_name":"Report D"}]}
]}`

// A campaign that is attributed to what was revoked is the successor's.
func TestCampaignsAreRead(t *testing.T) {
	b := New()
	if got := imported(t, b, "x", strings.NewReader(campaignBundle)); got.Campaigns != 1 {
		t.Errorf("%+v", got)
	}
	want := []*Campaign{{
		Source: "MITRE ATT&CK", ID: "C9001", Names: []string{"Operation Example", "Second Name"}, First: "2024-01-01T00:00:00Z", Actors: []string{"G9100"},
		Techniques: []Use{{"T1110.003", []string{"Report D"}}}, Reports: []string{"Report C", "Report D"},
	}}
	if diff := cmp.Diff(want, b.Campaigns()); diff != "" {
		t.Errorf("campaigns (-want +got):\n%s", diff)
	}
}

func TestATTACKCampaignsHaveTheCountsMeasured(t *testing.T) {
	b := New()
	imported(t, b, "attack", data(t, "enterprise-attack-18.1-actors.stix20.json"))
	attributed, two := 0, 0
	for _, c := range b.Campaigns() {
		if len(c.Actors) > 0 {
			attributed++
		}
		if len(c.Actors) > 1 {
			two++
		}
	}
	if len(b.Campaigns()) != 52 || attributed != 24 || two != 1 {
		t.Errorf("%d campaigns, %d attributed, %d to two groups; measured were 52, 24 and 1", len(b.Campaigns()), attributed, two)
	}
}

// What is odd is counted and costs itself only.
func TestOddBundlesAreCounted(t *testing.T) {
	const head = `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[{"type":"intrusion-set","id":"intrusion-set--a","name":"Alpha","modified":"2024-01-01T00:00:00Z","created_by_ref":"identity--1"}`
	for name, c := range map[string]struct{ more, want string }{
		"a ring of revocations": {`,{"type":"relationship","id":"relationship--1","relationship_type":"revoked-by","source_ref":"x--1","target_ref":"x--2"},
			{"type":"relationship","id":"relationship--2","relationship_type":"revoked-by","source_ref":"x--2","target_ref":"x--1"}`, "revocations that go round in a ring"},
		"an invalid time":         {`,{"type":"intrusion-set","id":"intrusion-set--b","name":"Beta","modified":"yesterday"}`, "objects with an invalid time"},
		"an unknown type":         {`,{"type":"spell","id":"spell--1"}`, "objects of a type that STIX does not have"},
		"another's id":            {`,{"type":"intrusion-set","id":"intrusion-set--a","name":"Impostor","modified":"2030-01-01T00:00:00Z","created_by_ref":"identity--2"}`, "objects that claim the id of another"},
		"another's id, same time": {`,{"type":"intrusion-set","id":"intrusion-set--a","name":"Impostor","modified":"2024-01-01T00:00:00Z","created_by_ref":"identity--1"}`, "objects that claim the id of another"},
		"another's ATT&CK id": {`,{"type":"intrusion-set","id":"intrusion-set--c","name":"C1","external_references":[{"source_name":"mitre-attack","external_id":"G1"}]},
			{"type":"intrusion-set","id":"intrusion-set--d","name":"D1","external_references":[{"source_name":"mitre-attack","external_id":"G1"}]}`, "actors with the id of another"},
		"mixed letters":  {`,{"type":"intrusion-set","id":"intrusion-set--e","name":"Аlpha"}`, "names in letters of several scripts"},
		"other letters":  {`,{"type":"intrusion-set","id":"intrusion-set--f","name":"ОСЕАН"},{"type":"intrusion-set","id":"intrusion-set--g","name":"OCEAH"}`, "names that look like that of another actor"},
		"a missing half": {`,{"type":"relationship","id":"relationship--3","relationship_type":"uses","source_ref":"intrusion-set--a","target_ref":"malware--gone"}`, "relationships to something that the bundle does not hold"},
	} {
		b := New()
		got := imported(t, b, name, strings.NewReader(head+c.more+"]}"))
		if !slices.ContainsFunc(got.Warnings, func(w Warning) bool { return w.What == c.want && w.Count > 0 && w.First != "" }) {
			t.Errorf("%s: warnings %+v, want %q", name, got.Warnings, c.want)
		}
		if len(b.Find("Alpha")) != 1 || len(b.Find("Impostor")) != 0 {
			t.Errorf("%s: Alpha is lost, or an impostor took its place", name)
		}
	}
}

// Names that look alike are not the same, and who reads one is told.
func TestLookAlikes(t *testing.T) {
	b := New()
	imported(t, b, "x", strings.NewReader(`[{"Threat actor name":"APT28","Other names":""},{"Threat actor name":"АРТ28","Other names":""}]`))
	for name, like := range map[string]string{"APT28": "АРТ28", "АРТ28": "APT28", "apt-28": "АРТ28"} {
		if got := b.LookAlikes(name); len(got) != 1 || got[0].ID != like {
			t.Errorf("LookAlikes(%q) = %q", name, ids(got))
		}
		if got := b.Find(name); len(got) != 1 || got[0].ID == like {
			t.Errorf("Find(%q) = %q", name, ids(got))
		}
	}
	if got := b.LookAlikes("…"); got != nil {
		t.Errorf("nothing looks like %q", ids(got))
	}
}

// Somebody's word that two are not the same takes a tie back; without it the
// tie is there again.
func TestTiesCanBeTakenBack(t *testing.T) {
	b := New()
	imported(t, b, "x", strings.NewReader(bundle20))
	own := func(link string) string {
		return "source: own\nreports: {r: {by: a, title: b}}\nactors: [{id: mine, names: [{name: Mine, by: own}, {name: G9001, by: MITRE, ref: r}]" + link + "}]\n"
	}
	group := func() int {
		for _, g := range b.Groups() {
			if slices.ContainsFunc(g.Records, func(r *Record) bool { return r.ID == "mine" }) {
				return len(g.Records)
			}
		}
		return 0
	}
	imported(t, b, "own", strings.NewReader(own("")))
	if group() != 2 {
		t.Errorf("tied by an ATT&CK id: a group of %d", group())
	}
	imported(t, b, "own", strings.NewReader(own(`, links: [{relation: distinct, source: "MITRE ATT&CK", id: G9001, by: us, ref: r}]`)))
	if group() != 1 {
		t.Errorf("said to be distinct: a group of %d", group())
	}
	imported(t, b, "own", strings.NewReader(own("")+"\n"))
	if group() != 2 {
		t.Errorf("taken back: a group of %d", group())
	}
}

func TestDiff(t *testing.T) {
	older, newer := New(), New()
	imported(t, older, "x", strings.NewReader(bundle20))
	changed := strings.NewReplacer(`"name":"Example Beta"`, `"name":"Example Gamma"`, `"source_name":"Report Two"`, `"source_name":"Report Nine"`,
		`"target_ref":"malware--m"`, `"target_ref":"malware--missing"`).Replace(bundle20)
	imported(t, newer, "x", strings.NewReader(changed))
	imported(t, newer, "y", strings.NewReader(microsoftMapping))
	var got []string
	for _, c := range Diff(older, newer) {
		got = append(got, fmt.Sprintf("%s %s %q", c.Kind, c.Record.ID, c.What))
	}
	want := []string{
		`changed G9001 ["- software S0001 (1 sources)"]`,
		`changed G9002 ["+ name Example Gamma (same, MITRE)" "- name Example Beta (same, MITRE)"]`,
		`new Plum Example []`,
		`new Teal Example []`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	if same := Diff(newer, newer); len(same) != 0 {
		t.Errorf("a base differs from itself: %+v", same)
	}
}

// flood is a bundle of 500 MB that is never in memory: many small objects, or
// one that does not end.
type flood struct {
	head, each string
	n, most    int
	rest       string
}

func (f *flood) Read(p []byte) (int, error) {
	if f.rest == "" {
		if f.n > f.most {
			return 0, io.EOF
		}
		f.rest = f.each
		if f.n == 0 {
			f.rest = f.head
		}
		f.rest = strings.ReplaceAll(f.rest, "NNN", fmt.Sprint(f.n))
		f.n++
	}
	n := copy(p, f.rest)
	f.rest = f.rest[n:]
	return n, nil
}

func TestFloodsAreRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("skipped: some seconds")
	}
	const head = `{"type":"bundle","spec_version":"2.0","objects":[{"type":"identity","id":"identity--0"}`
	for name, c := range map[string]struct {
		src  *flood
		want string
	}{
		"many objects":             {&flood{head: head, each: `,{"type":"relationship","id":"relationship--NNN","relationship_type":"uses"}`, most: 7_000_000}, "more than 200000 objects"},
		"one that does not end":    {&flood{head: head + `,{"type":"note","id":"`, each: strings.Repeat("y", 1<<16), most: 8000}, "an object of more than 8 MiB"},
		"a head that does not end": {&flood{head: `{"type":"`, each: strings.Repeat("y", 1<<16), most: 8000}, "an object of more than 8 MiB"},
	} {
		b := New()
		if _, err := b.Import(name, c.src); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
		if len(b.Records())+len(b.Imports()) != 0 {
			t.Errorf("%s: the base changed", name)
		}
	}
	large := &flood{head: head, each: `,{"type":"note","id":"note--NNN","content":"` + strings.Repeat("x", 1<<20) + `"}`, most: 9}
	if _, err := read(&input{src: large, hash: sha256.New(), limit: 4 << 20}); err == nil || !strings.Contains(err.Error(), "larger than 4 MiB") {
		t.Errorf("a large file: %v", err)
	}
}

func FuzzRead(f *testing.F) {
	var file bytes.Buffer
	b := New()
	if _, err := b.Import("x", strings.NewReader(bundle20)); err != nil {
		f.Fatal(err)
	}
	if err := b.Write(&file, nil); err != nil {
		f.Fatal(err)
	}
	f.Add(file.Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		b, _, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		var again bytes.Buffer
		if err := b.Write(&again, nil); err != nil {
			t.Fatal(err)
		}
		if _, _, err := Read(&again); err != nil {
			t.Fatalf("what was read cannot be written and read: %v", err)
		}
	})
}
