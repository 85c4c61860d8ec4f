package actor

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// data opens a file of public knowledge that is not part of the repository.
func data(t *testing.T, name string) *os.File {
	t.Helper()
	f, err := os.Open(filepath.Join("../../shared/data/actors", name))
	if err != nil {
		t.Skipf("skipped: %s is not here (see docs/attribution.md for where to get it)", name)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func imported(t *testing.T, b *Base, name string, r io.Reader) Imported {
	t.Helper()
	got, err := b.Import(name, r)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func ids(records []*Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, r.Source+"/"+r.ID)
	}
	return out
}

func TestStarterHoldsTheThreeOfTheMission(t *testing.T) {
	b := Starter()
	for name, want := range map[string]string{
		"Strontium": "forest-blizzard", "APT28": "forest-blizzard", "FANCY BEAR": "forest-blizzard", "g0007": "forest-blizzard",
		"Zinc": "diamond-sleet", "hidden cobra": "diamond-sleet", "Cerium": "ruby-sleet", "DEV-0343": "gray-sandstorm",
		"Holmium": "peach-sandstorm", "Quad7": "storm-0940", "Nobelium": "midnight-blizzard",
	} {
		if got := ids(b.Find(name)); !slices.Equal(got, []string{"pumphandle/" + want}) {
			t.Errorf("Find(%q) = %q, want %s alone", name, got, want)
		}
	}
	if w := b.Imports()[0].Warnings; len(w) != 0 {
		t.Errorf("the starter base has oddities: %+v", w)
	}
	for _, r := range b.Records() {
		if len(r.Techniques) == 0 || r.Names[0].Producer == "" {
			t.Errorf("%s: without technique or without a name that is somebody's", r.ID)
		}
		for _, n := range r.Names {
			if n.Ref == "" {
				t.Errorf("%s: the name %q cites nothing", r.ID, n.Name)
			}
		}
	}
}

func TestAmbiguousNamesFindEveryBearer(t *testing.T) {
	b := Starter()
	for name, want := range map[string][]string{
		"Grizzly Steppe":     {"forest-blizzard", "midnight-blizzard"},
		"VELVET CHOLLIMA":    {"emerald-sleet", "ruby-sleet"},
		"Labyrinth Chollima": {"diamond-sleet", "moonstone-sleet"},
		"Kimsuky":            {"emerald-sleet", "ruby-sleet"}, // the live conflict: the Journal's Kimsuky is Microsoft's Cerium
		"Mint Sandstorm":     {"apt42", "mint-sandstorm"},
	} {
		var got []string
		for _, r := range b.Find(name) {
			got = append(got, r.ID)
		}
		if !slices.Equal(got, want) {
			t.Errorf("Find(%q) = %q, want %q", name, got, want)
		}
	}
	if got := b.Find("nobody of this name"); got != nil {
		t.Errorf("an unknown name finds %q", ids(got))
	}
	for _, empty := range []string{"", " ", "-", "\u200b", "…"} {
		if got := b.Find(empty); got != nil {
			t.Errorf("Find(%q) = %q", empty, ids(got))
		}
	}
}

func TestNamesAreComparedByLettersAndDigits(t *testing.T) {
	for _, same := range []string{"APT28", "apt 28", "APT-28", "apt_28", "APT\u00a028", "APT\u201028", "ＡＰＴ２８", "Apt.28"} {
		if fold(same) != "apt28" {
			t.Errorf("fold(%q) = %q", same, fold(same))
		}
	}
	for a, b := range map[string]string{"APT28": "APT29", "APT2": "APT28", "Zinc": "Zink", "ΑPT28": "APT28" /* a Greek alpha is another letter */} {
		if fold(a) == fold(b) {
			t.Errorf("%q and %q are one name", a, b)
		}
	}
	if fold("STRASSE Bär") != fold("straße BÄR") {
		t.Error("case folding is not Unicode's")
	}
}

func TestFindReturnsACopy(t *testing.T) {
	b := Starter()
	b.Find("Strontium")[0] = nil
	if b.Find("Strontium")[0] == nil {
		t.Error("a caller changed the index")
	}
}

// The base is built of two bundles that say little, by hand.
const bundle20 = `{"type":"bundle","id":"bundle--1","spec_version":"2.0","objects":[
 {"type":"relationship","id":"relationship--1","relationship_type":"uses","source_ref":"intrusion-set--a","target_ref":"attack-pattern--old",
  "external_references":[{"source_name":"Report One"},{"source_name":"Report Two"},{"source_name":"Report One"}]},
 {"type":"relationship","id":"relationship--2","relationship_type":"uses","source_ref":"intrusion-set--gone","target_ref":"attack-pattern--new",
  "external_references":[{"source_name":"Report Three"}]},
 {"type":"relationship","id":"relationship--3","relationship_type":"revoked-by","source_ref":"attack-pattern--old","target_ref":"attack-pattern--mid"},
 {"type":"relationship","id":"relationship--4","relationship_type":"revoked-by","source_ref":"attack-pattern--mid","target_ref":"attack-pattern--new"},
 {"type":"relationship","id":"relationship--5","relationship_type":"revoked-by","source_ref":"intrusion-set--gone","target_ref":"intrusion-set--a"},
 {"type":"relationship","id":"relationship--6","relationship_type":"uses","source_ref":"intrusion-set--a","target_ref":"malware--m"},
 {"type":"relationship","id":"relationship--7","relationship_type":"uses","source_ref":"intrusion-set--a","target_ref":"malware--missing"},
 {"type":"relationship","id":"relationship--8","relationship_type":"uses","source_ref":"intrusion-set--a","target_ref":"attack-pattern--dead"},
 {"type":"relationship","id":"relationship--9","revoked":true,"relationship_type":"uses","source_ref":"intrusion-set--b","target_ref":"attack-pattern--new"},
 {"type":"attack-pattern","id":"attack-pattern--old","name":"Old","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1001"}]},
 {"type":"attack-pattern","id":"attack-pattern--mid","name":"Mid","revoked":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1002"}]},
 {"type":"attack-pattern","id":"attack-pattern--new","name":"New","external_references":[{"source_name":"mitre-attack","external_id":"T1003.001"}]},
 {"type":"attack-pattern","id":"attack-pattern--dead","name":"Dead","x_mitre_deprecated":true,"external_references":[{"source_name":"mitre-attack","external_id":"T1004"}]},
 {"type":"malware","id":"malware--m","name":"M","external_references":[{"source_name":"mitre-attack","external_id":"S0001"}]},
 {"type":"intrusion-set","id":"intrusion-set--a","name":"Example Alpha","modified":"2025-01-01T00:00:00Z","aliases":["Example Alpha","First Bear"],
  "external_references":[{"source_name":"mitre-attack","external_id":"G9001"},{"source_name":"First Bear","description":"(Citation: Bear Report 2024)"}]},
 {"type":"intrusion-set","id":"intrusion-set--a","name":"Example Alpha of old","modified":"2019-01-01T00:00:00Z","external_references":[{"source_name":"mitre-attack","external_id":"G9001"}]},
 {"type":"intrusion-set","id":"intrusion-set--b","name":"Example Beta","aliases":["First Bear"],"external_references":[{"source_name":"mitre-attack","external_id":"G9002"}]},
 {"type":"intrusion-set","id":"intrusion-set--gone","name":"Example Gone","revoked":true,"aliases":["Gone Bear"],"external_references":[{"source_name":"mitre-attack","external_id":"G9003"}]},
 {"type":"intrusion-set","id":"intrusion-set--dep","name":"Example Deprecated","x_mitre_deprecated":true,"external_references":[{"source_name":"mitre-attack","external_id":"G9004"}]},
 {"type":"intrusion-set","id":"intrusion-set--odd","name":7},
 {"type":"x-unheard-of","id":"x-unheard-of--1"},
 {"name":"without type"}
]}`

func TestSTIXFollowsWhatWasRevoked(t *testing.T) {
	b := New()
	got := imported(t, b, "bundle.json", strings.NewReader(bundle20))
	if got.Format != "stix-2.0" || got.Source != "MITRE ATT&CK" || got.Added != 2 || got.Excluded != 2 {
		t.Errorf("imported %+v", got)
	}
	alpha := b.Find("G9001")[0]
	want := []Use{{"T1003.001", []string{"Report One", "Report Three", "Report Two"}}} // one of its own, by an id replaced twice, and one of the group that became it
	if !reflect.DeepEqual(alpha.Techniques, want) {
		t.Errorf("techniques %+v, want %+v", alpha.Techniques, want)
	}
	if !reflect.DeepEqual(alpha.Software, []Use{{ID: "S0001"}}) || alpha.Software[0].Sources() != 1 {
		t.Errorf("software %+v", alpha.Software)
	}
	if alpha.Names[0].Name != "Example Alpha" || alpha.Names[1].Ref != "Bear Report 2024" {
		t.Errorf("names %+v: not of the newest version of the object", alpha.Names)
	}
	for _, old := range []string{"G9003", "Example Gone", "gone bear"} {
		if got := b.Find(old); len(got) != 1 || got[0] != alpha {
			t.Errorf("Find(%q) = %q, want the successor", old, ids(got))
		}
	}
	if n := alpha.Names[slices.IndexFunc(alpha.Names, func(n Name) bool { return n.Name == "Gone Bear" })]; n.Relation != Formerly {
		t.Errorf("a name of the revoked group is %q", n.Relation)
	}
	if got := b.Find("Example Deprecated"); got != nil {
		t.Errorf("a deprecated group is in the base: %q", ids(got))
	}
	if got := b.Find("First Bear"); len(got) != 2 {
		t.Errorf("a shared alias finds %q", ids(got))
	}
	if got := b.Technique("T1001") + " " + b.Technique("T1002") + " " + b.Technique("T1110"); got != "T1003.001 T1003.001 T1110" {
		t.Errorf("old technique ids lead to %s", got)
	}
	warnings := map[string]int{}
	for _, w := range got.Warnings {
		warnings[w.What] = w.Count
	}
	if want := map[string]int{
		"objects with a field of the wrong type": 1, "objects without type or id": 1, "objects of a type that STIX does not have": 1,
		"relationships to something that the bundle does not hold": 1, "uses of something deprecated": 1,
	}; !maps.Equal(warnings, want) {
		t.Errorf("warnings %v, want %v", warnings, want)
	}
}

func TestSTIXRingOfRevocationsEnds(t *testing.T) {
	ring := `{"type":"bundle","objects":[
	 {"type":"intrusion-set","spec_version":"2.1","id":"intrusion-set--a","name":"A"},
	 {"type":"relationship","id":"relationship--1","relationship_type":"revoked-by","source_ref":"x--1","target_ref":"x--2"},
	 {"type":"relationship","id":"relationship--2","relationship_type":"revoked-by","source_ref":"x--2","target_ref":"x--1"},
	 {"type":"relationship","id":"relationship--3","relationship_type":"revoked-by","source_ref":"x--3","target_ref":"x--3"}]}`
	if got := imported(t, New(), "ring.json", strings.NewReader(ring)); got.Format != "stix-2.1" || got.Added != 1 {
		t.Errorf("imported %+v", got)
	}
}

func TestImportAgainChangesNothing(t *testing.T) {
	b := Starter()
	imported(t, b, "a.json", strings.NewReader(bundle20))
	records, groups := len(b.Records()), len(b.Groups())
	before := b.Find("G9001")[0]
	again := imported(t, b, "renamed.json", strings.NewReader(bundle20))
	spaced := imported(t, b, "b.json", strings.NewReader(bundle20+"\n")) // other bytes, the same records
	if again.Added+again.Replaced+spaced.Added+spaced.Replaced != 0 || again.Unchanged != 2 || spaced.Unchanged != 2 {
		t.Errorf("imported again: %+v, then %+v", again, spaced)
	}
	if len(b.Records()) != records || len(b.Groups()) != groups || b.Find("G9001")[0] != before {
		t.Error("the base changed")
	}
	if got := len(b.Imports()); got != 3 {
		t.Errorf("%d contents recorded, want the starter base and two", got)
	}
	if h := b.Imports()[1].SHA256; len(h) != 64 || h == b.Imports()[2].SHA256 {
		t.Errorf("hashes %v", b.Imports())
	}
	changed := imported(t, b, "c.json", strings.NewReader(strings.Replace(bundle20, "Example Beta", "Example Gamma", 1)))
	if changed.Replaced != 1 || changed.Unchanged != 1 || b.Find("Example Beta") != nil || len(b.Find("Example Gamma")) != 1 {
		t.Errorf("a changed file: %+v", changed)
	}
	withdrawn := strings.Replace(bundle20, `"name":"Example Beta"`, `"name":"Example Beta","revoked":true`, 1)
	imported(t, b, "d.json", strings.NewReader(withdrawn))
	if got := b.Find("G9002"); got != nil {
		t.Errorf("a group revoked since is still there: %q", ids(got))
	}
}

func TestDamagedKnowledgeLeavesTheBaseAlone(t *testing.T) {
	good := map[string]string{
		"stix": bundle20, "microsoft": microsoftMapping, "misp": mispActors,
		"own": "source: x\nreports: {r: {by: a, title: b}}\nactors: [{id: a, names: [{name: A, by: B}], techniques: {T1110: [r]}}]\n",
	}
	for name, text := range good {
		imported(t, New(), name, strings.NewReader(text))
	}
	for name, c := range map[string]struct{ text, want string }{
		"empty":                   {"", "empty"},
		"blank":                   {" \n\t", "empty"},
		"gzip":                    {"\x1f\x8b\x08", "unpack it first"},
		"cut bundle":              {bundle20[:1500], "ends in the middle"},
		"cut after the objects":   {strings.TrimSuffix(bundle20, "}"), "ends in the middle"},
		"broken bundle":           {strings.Replace(bundle20, `"id":"malware--m"`, `"id":malware`, 1), "damaged JSON"},
		"two bundles":             {bundle20 + bundle20, "something follows"},
		"two lists":               {strings.TrimSuffix(bundle20, "}") + `,"objects":[]}`, "twice"},
		"objects are no array":    {`{"type":"bundle","spec_version":"2.0","objects":{"a":1}}`, "not an array"},
		"an old STIX":             {`{"type":"bundle","spec_version":"1.2","objects":[]}`, "neither version"},
		"no actors":               {`{"type":"bundle","spec_version":"2.0","objects":[{"type":"identity","id":"identity--1"}]}`, "no intrusion set"},
		"another JSON":            {`{"hello":"world"}`, "neither a STIX bundle"},
		"a galaxy of tools":       {`{"type":"tool","values":[{"value":"x","uuid":"y"}]}`, "not one of actors"},
		"an array of other":       {`[{"a":1},{"b":2}]`, "not Microsoft's name mapping"},
		"an array of numbers":     {`[1,2]`, "not Microsoft's name mapping"},
		"cut mapping":             {microsoftMapping[:60], "ends in the middle"},
		"prose":                   {"Dear all, the actors are as follows.", "not our own format"},
		"own, unknown key":        {strings.Replace(good["own"], "source", "sauce", 1), "sauce"},
		"own, unknown report":     {strings.Replace(good["own"], "[r]", "[q]", 1), `"q" is not among the reports`},
		"own, nothing cited":      {strings.Replace(good["own"], "[r]", "[]", 1), "no report is cited"},
		"own, bad technique":      {strings.Replace(good["own"], "T1110", "brute force", 1), `"brute force"`},
		"own, bad id":             {strings.Replace(good["own"], "id: a", "id: A B", 1), "an id is"},
		"own, id twice":           {strings.Replace(good["own"], "}]\n", "}, {id: a, names: [{name: A}]}]\n", 1), "taken"},
		"own, bad relation":       {strings.Replace(good["own"], "by: B", "relation: twin", 1), `"twin"`},
		"own, two documents":      {good["own"] + "---\na: 1\n", "follows the first"},
		"own, habit without rate": {habits(`{kind: tempo, text: t, refs: [r]}`), "per_account_hour"},
		"own, hours backwards":    {habits(`{kind: hours, utc: ["13:00", "05:00"], text: t, refs: [r]}`), "earlier first"},
		"own, unknown day":        {habits(`{kind: days, days: [someday], text: t, refs: [r]}`), "someday"},
		"own, unknown habit":      {habits(`{kind: whistling, text: t, refs: [r]}`), "no such kind"},
		"own, habit of nothing":   {habits(`{kind: client, text: t, refs: [r]}`), "needs has"},
	} {
		b := Starter()
		before := b.Records()
		_, err := b.Import(name, strings.NewReader(c.text))
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: error %v, want one that says %q", name, err, c.want)
		}
		if !reflect.DeepEqual(before, b.Records()) || len(b.Imports()) != 1 {
			t.Errorf("%s: the base changed", name)
		}
	}
	b := Starter()
	unplugged := errors.New("unplugged")
	if _, err := b.Import("disk", io.MultiReader(strings.NewReader(bundle20[:900]), iotest.ErrReader(unplugged))); !errors.Is(err, unplugged) || len(b.Records()) != len(Starter().Records()) {
		t.Errorf("a failing reader: %v, %d records", err, len(b.Records()))
	}
}

func habits(h string) string {
	return "source: x\nreports: {r: {by: a, title: b}}\nactors: [{id: a, names: [{name: A, by: B}], habits: [" + h + "]}]\n"
}

const microsoftMapping = `[
 {"Threat actor name": "Teal Example", "Origin/Threat": "Atlantis", "Other names": "FIRST BEAR, Storm-9999, "},
 {"Threat actor name": "Plum Example", "Origin/Threat": "", "Other names": ""},
 {"Threat actor name": "", "Other names": "X"},
 {"Threat actor name": "Teal Example", "Other names": "Twice"}
]`

const mispActors = `{"values":[
 {"uuid":"00000000-0000-4000-8000-000000000001","value":"Alpha","meta":{"synonyms":["G9001","Teal Example"],"country":"AT",
  "name-attribution":["Alpha:00000000-0000-4000-8000-00000000aaaa","Teal Example:00000000-0000-4000-8000-00000000bbbb"]},
  "related":[{"dest-uuid":"a","type":"similar"},{"dest-uuid":"malware","type":"uses"}]},
 {"uuid":"00000000-0000-4000-8000-000000000002","value":"Both","meta":{"synonyms":["G9001","G9002"]}},
 {"uuid":"00000000-0000-4000-8000-000000000003","value":"One synonym","meta":{"synonyms":"Lone"}},
 {"value":"Without uuid"}
],"type":"threat-actor","version":9}`

const mispProducers = `{"type":"producer","version":3,"values":[
 {"uuid":"00000000-0000-4000-8000-00000000aaaa","value":"Example Intelligence"},
 {"uuid":"00000000-0000-4000-8000-00000000bbbb","value":"Microsoft"}]}`

// The producers resolve whether their galaxy comes before or after.
func TestMISPNamesCarryTheirProducer(t *testing.T) {
	for _, order := range [][]string{{mispActors, mispProducers}, {mispProducers, mispActors}} {
		b := New()
		for _, text := range order {
			imported(t, b, "galaxy.json", strings.NewReader(text))
		}
		r := b.Find("Alpha")[0]
		want := []string{"Alpha by Example Intelligence", "G9001 by ", "Teal Example by Microsoft"}
		var got []string
		for _, n := range r.Names {
			got = append(got, n.Name+" by "+n.Producer)
		}
		if !slices.Equal(got, want) {
			t.Errorf("names %q, want %q", got, want)
		}
		if len(b.Find("lone")) != 1 {
			t.Error("a synonym that is no list is lost")
		}
		again := imported(t, b, "again.json", strings.NewReader(mispActors+" "))
		if again.Unchanged != 3 || again.Replaced != 0 || again.Version != "9" {
			t.Errorf("imported again: %+v", again)
		}
	}
}

func TestGroupsFollowExplicitIdentifiersOnly(t *testing.T) {
	b := New()
	for _, text := range []string{bundle20, microsoftMapping, mispActors, mispProducers} {
		imported(t, b, "x", strings.NewReader(text))
	}
	var got []string
	for _, g := range b.Groups() {
		var names []string
		for _, r := range g.Records {
			names = append(names, r.Names[0].Name)
		}
		got = append(got, strings.Join(names, "+"))
	}
	want := []string{
		"Example Alpha+Teal Example+Alpha", // MISP's Alpha names G9001, and Teal Example as Microsoft's
		"Example Beta",                     // shares the alias First Bear with two others: that joins nothing
		"Plum Example",
		"Both", // names two groups of ATT&CK: it is neither
		"One synonym",
	}
	if !slices.Equal(got, want) {
		t.Errorf("groups\n%q, want\n%q", got, want)
	}
}

// A source that keeps two actors apart is never overruled by a third that
// holds each of them for the same.
func TestGroupsNeverHoldTwoRecordsOfASource(t *testing.T) {
	b := Starter()
	for _, name := range []string{
		"enterprise-attack-18.1-actors.stix20.json", "MicrosoftMapping.json", "misp-galaxy-threat-actor.json",
		"misp-galaxy-producer.json", "misp-galaxy-microsoft-activity-group.json",
	} {
		imported(t, b, name, data(t, name))
	}
	largest, joined := 0, 0
	for _, g := range b.Groups() {
		sources := map[string]bool{}
		for _, r := range g.Records {
			if sources[r.Source] {
				t.Errorf("%s: two records of %s in one group: %q", g.Lead.ID, r.Source, ids(g.Records))
			}
			sources[r.Source] = true
		}
		largest = max(largest, len(g.Records))
		if len(g.Records) > 1 {
			joined++
		}
	}
	t.Logf("%d records in %d groups, %d of them of several sources, the largest of %d", len(b.Records()), len(b.Groups()), joined, largest)
	if largest > 5 || joined < 100 {
		t.Errorf("%d groups of several sources, the largest of %d records", joined, largest)
	}
	for id, want := range map[string]int{"forest-blizzard": 5, "diamond-sleet": 4, "ruby-sleet": 4, "storm-0940": 4} {
		i := slices.IndexFunc(b.Groups(), func(g Group) bool { return g.Lead.ID == id })
		if i < 0 || len(b.Groups()[i].Records) != want {
			t.Errorf("%s is not the lead of a group of %d", id, want)
		}
	}
	for _, g := range b.Groups() {
		if len(g.Records) > 1 && slices.ContainsFunc(g.Records, func(r *Record) bool { return r.ID == "68391641-859f-4a9a-9a1e-3e5cf71ec376" }) {
			t.Errorf("MISP's Lazarus Group, which is several actors of others, is in %q", ids(g.Records))
		}
	}
}

// The figures are those measured on the same files by another program.
func TestPublicKnowledgeHasTheCountsMeasured(t *testing.T) {
	for _, c := range []struct {
		file, format, source, version string
		added, excluded               int
		names, ambiguous              int
	}{
		{"enterprise-attack-18.1-actors.stix20.json", "stix-2.0", "MITRE ATT&CK", "", 172, 15, 567, 3},
		{"misp-galaxy-threat-actor.json", "misp-galaxy", "MISP threat-actor", "349", 1041, 0, 2354, 30},
		{"misp-galaxy-microsoft-activity-group.json", "misp-galaxy", "MISP microsoft-activity-group", "23", 179, 0, 644, 33},
		{"MicrosoftMapping.json", "microsoft-mapping", "Microsoft name mapping", "", 166, 0, 596, 10},
	} {
		t.Run(c.file, func(t *testing.T) {
			b := New()
			got := imported(t, b, c.file, data(t, c.file))
			t.Logf("%+v", got)
			if got.Format != c.format || got.Source != c.source || got.Version != c.version || got.Added != c.added || got.Excluded != c.excluded {
				t.Errorf("imported %+v", got)
			}
			names, ambiguous := map[string]map[*Record]bool{}, 0
			for _, r := range b.Records() {
				for _, n := range r.Names {
					if n.Relation == Formerly {
						continue
					}
					f := fold(n.Name)
					if names[f] == nil {
						names[f] = map[*Record]bool{}
					}
					names[f][r] = true
				}
			}
			for _, bearers := range names {
				if len(bearers) > 1 {
					ambiguous++
				}
			}
			if len(names) != c.names || ambiguous != c.ambiguous {
				t.Errorf("%d names, %d of them of several actors; want %d and %d", len(names), ambiguous, c.names, c.ambiguous)
			}
		})
	}
}

// The oracle is the compact file, which another program made of the same
// objects.
func TestATTACKFactsAreThoseOfAnotherReader(t *testing.T) {
	b := New()
	imported(t, b, "attack", data(t, "enterprise-attack-18.1-actors.stix20.json"))
	var compact struct {
		Groups []struct {
			ID         string              `json:"id"`
			Name       string              `json:"name"`
			Techniques map[string][]string `json:"techniques"`
			Software   map[string][]string `json:"software"`
		} `json:"groups"`
	}
	if err := json.NewDecoder(data(t, "attack-18.1-actors.compact.json")).Decode(&compact); err != nil {
		t.Fatal(err)
	}
	facts := func(uses []Use) map[string][]string {
		m := map[string][]string{}
		for _, u := range uses {
			m[u.ID] = u.Refs
		}
		return m
	}
	sorted := func(m map[string][]string) map[string][]string {
		for _, refs := range m {
			slices.Sort(refs)
		}
		return m
	}
	for _, g := range compact.Groups {
		i := slices.IndexFunc(b.Find(g.ID), func(r *Record) bool { return r.ID == g.ID })
		if i < 0 {
			t.Errorf("%s %s is missing", g.ID, g.Name)
			continue
		}
		r := b.Find(g.ID)[i]
		if d := cmp.Diff(sorted(g.Techniques), facts(r.Techniques), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s techniques (-theirs +ours):\n%s", g.ID, d)
		}
		if d := cmp.Diff(sorted(g.Software), facts(r.Software), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("%s software (-theirs +ours):\n%s", g.ID, d)
		}
	}
	if len(compact.Groups) != len(b.Records()) {
		t.Errorf("%d groups, theirs are %d", len(b.Records()), len(compact.Groups))
	}
}

// Two reports that OASIS wrote out in STIX 2.1: one names actors, the other
// only campaigns.
func TestSTIXReportsOfOASIS(t *testing.T) {
	b := New()
	got := imported(t, b, "apt1.json", data(t, "stix-conformance/examples/threat-reports/apt1.json"))
	if got.Format != "stix-2.1" || got.Added != 6 {
		t.Errorf("imported %+v", got)
	}
	apt1 := b.Find("comment crew")
	if len(apt1) != 1 || apt1[0].Names[0].Name != "APT1" || !strings.HasPrefix(apt1[0].ID, "intrusion-set--") || apt1[0].Source == "MITRE ATT&CK" {
		t.Errorf("Comment Crew is %+v", apt1)
	}
	_, err := b.Import("poisonivy.json", data(t, "stix-conformance/examples/threat-reports/poisonivy.json"))
	if err == nil || !strings.Contains(err.Error(), "no intrusion set and no threat actor") {
		t.Errorf("a bundle without actors: %v", err)
	}
}

func TestProducersResolve(t *testing.T) {
	b := New()
	imported(t, b, "actors", data(t, "misp-galaxy-threat-actor.json"))
	imported(t, b, "producers", data(t, "misp-galaxy-producer.json"))
	of := map[string]int{}
	for _, r := range b.Records() {
		for _, n := range r.Names {
			if n.Producer != "" {
				of[n.Producer]++
			}
		}
	}
	if of["Microsoft"] < 200 || of["CrowdStrike"] < 180 || of["Mandiant"] < 140 {
		t.Errorf("Microsoft has %d names, CrowdStrike %d, Mandiant %d", of["Microsoft"], of["CrowdStrike"], of["Mandiant"])
	}
}

// The example of the format in the documentation is read as it stands.
func TestDocumentedFormat(t *testing.T) {
	doc, err := os.ReadFile("../docs/attribution.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(doc), "```yaml\n")
	example, _, found := strings.Cut(rest, "```")
	if !found {
		t.Fatal("no example in the document")
	}
	b := New()
	got := imported(t, b, "example", strings.NewReader(example))
	if got.Added != 1 || got.Version != "2026-11" || len(got.Warnings) != 0 {
		t.Errorf("imported %+v", got)
	}
	r := b.Find("old example")[0]
	kinds := map[HabitKind]bool{}
	for _, h := range r.Habits {
		kinds[h.Kind] = true
	}
	if len(kinds) != 8 || len(r.Techniques)+len(r.Software)+len(r.Countries)+len(r.Sectors)+len(r.Origins) != 5 {
		t.Errorf("read %+v", r)
	}
	if want := `Example CERT, "An example", 2026-11-01, https://cert.example/1`; r.Techniques[0].Refs[0] != want {
		t.Errorf("cited as %q, want %q", r.Techniques[0].Refs[0], want)
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range []string{bundle20, microsoftMapping, mispActors, mispProducers, habits(`{kind: note, text: t, refs: [r]}`)} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		b := New()
		if _, err := b.Import("fuzz", bytes.NewReader(text)); err != nil {
			if len(b.Records())+len(b.Imports()) != 0 {
				t.Fatal("an error left something in the base")
			}
			return
		}
		records := b.Records()
		if again, err := b.Import("fuzz", bytes.NewReader(text)); err != nil || again.Added+again.Replaced != 0 || len(b.Records()) != len(records) {
			t.Fatalf("the same again: %+v, %v", again, err)
		}
		for _, r := range records {
			if fold(r.ID) != "" && !slices.Contains(b.Find(r.ID), r) {
				t.Fatalf("%q is not found by its id", r.ID)
			}
		}
	})
}
