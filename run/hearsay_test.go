package run

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/export"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/store"
)

// tempo is a spray at the tempo that Microsoft published in September 2020,
// from ten addresses, and others beside it that share the last one.
func tempo(others int) *Result {
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	r := &Result{}
	for n := range others + 1 {
		id := fmt.Sprintf("PH-2026-%04d", n+1)
		c := campaign.Campaign{
			ID: id, Kinds: []detect.Kind{detect.PasswordSpray}, Techniques: []string{"T1110.003"}, First: begin, Last: begin.AddDate(0, 0, 15),
			Features: campaign.Features{
				Attempts: 210_000, Accounts: 1_600, Sources: 1_294, Networks: 536, PerAccountHour: 4.01, AddressPerAttempt: 0.006,
				Clients: []string{"sprayer/1"}, Protocols: []string{"legacy"},
			},
		}
		t := outcome.Target{Campaign: id, Org: "hex"}
		for k := range 10 {
			t.Sources = append(t.Sources, netip.AddrFrom4([4]byte{198, 51, byte(n), byte(k + 1)}))
		}
		if n > 0 {
			t.Sources[9] = netip.AddrFrom4([4]byte{198, 51, 0, 10})
		}
		r.Campaigns, r.Targets = append(r.Campaigns, c), append(r.Targets, []outcome.Target{t})
	}
	return r
}

// heard imports files, each of name=grade and content, and judges the first campaign.
func heard(t testing.TB, r *Result, files ...[3]string) (attribute.Assessment, []attribute.Item) {
	t.Helper()
	ctx := context.Background()
	s, err := store.Open(ctx, filepath.Join(t.TempDir(), "ph.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for n, f := range files {
		o, err := ReadOutside("file.json", f[0], f[1], strings.NewReader(f[2]))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := o.Keep(ctx, s, time.Date(2026, 4, 1, 0, n, 0, 0, time.UTC)); err != nil {
			t.Fatal(err)
		}
	}
	h, err := recallHearsay(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	a := attribute.NewAssessor(actor.Starter(), nil)
	items := h.about(r, a)[0]
	v := attribute.Victims{Countries: []string{"CA", "FR", "IN", "KR", "US"}, Sectors: []string{"clinical_research", "pharma", "vaccine_research"}}
	return a.JudgeDecided(attribute.Case{Campaign: r.Campaigns[0], Victims: v, Given: items}, nil), items
}

// stixSays is a bundle by a CERT: a campaign of that name, attributed to that
// actor, with addresses.
func stixSays(cert, name, who string, addresses ...string) string {
	const head = `"spec_version":"2.1","created":"2026-04-01T00:00:00Z","modified":"2026-04-01T00:00:00Z","created_by_ref":"identity--00000000-0000-4000-8000-000000000001"`
	id := func(kind string, n int) string { return fmt.Sprintf("%s--00000000-0000-4000-8000-%012d", kind, n) }
	objects := []string{
		fmt.Sprintf(`{"type":"identity",%s,"id":%q,"name":%q}`, head, id("identity", 1), cert),
		fmt.Sprintf(`{"type":"campaign",%s,"id":%q,"name":%q}`, head, id("campaign", 2), name),
		fmt.Sprintf(`{"type":"intrusion-set",%s,"id":%q,"name":%q}`, head, id("intrusion-set", 3), who),
		fmt.Sprintf(`{"type":"relationship",%s,"id":%q,"relationship_type":"attributed-to","source_ref":%q,"target_ref":%q,"confidence":85}`, head, id("relationship", 4), id("campaign", 2), id("intrusion-set", 3)),
	}
	for n, a := range addresses {
		objects = append(objects,
			fmt.Sprintf(`{"type":"indicator",%s,"id":%q,"pattern":"[ipv4-addr:value = '%s']","pattern_type":"stix","valid_from":"2026-03-01T00:00:00Z"}`, head, id("indicator", 10+n), a),
			fmt.Sprintf(`{"type":"relationship",%s,"id":%q,"relationship_type":"indicates","source_ref":%q,"target_ref":%q}`, head, id("relationship", 1000+n), id("indicator", 10+n), id("campaign", 2)))
	}
	return `{"type":"bundle","id":"` + id("bundle", 9) + `","objects":[` + strings.Join(objects, ",\n") + `]}`
}

func p(a attribute.Assessment, id string) float64 {
	for _, h := range a.Candidates {
		if h.Actor == id {
			return h.P
		}
	}
	return 0
}

// An assessment of others makes the mission's tempo "proposed" from B2 on, one
// that nobody has graded changes nothing; and it opens.
func TestImportedAssessmentsWeighByTheirGrade(t *testing.T) {
	before, _ := heard(t, tempo(0))
	if before.Status != attribute.Unattributed || p(before, "forest-blizzard") == 0 {
		t.Fatalf("without: %+v", before)
	}
	say := stixSays("Other CERT", "PH-2026-0001", "APT28")
	for _, grade := range []string{"A1", "B2", "C3", "F6", ""} {
		a, items := heard(t, tempo(0), [3]string{"", grade, say})
		want := grade == "A1" || grade == "B2"
		if (a.Status == attribute.Proposed) != want {
			t.Errorf("graded %q: %s", grade, a.Status)
		}
		if grade == "F6" || grade == "" {
			if p(a, "forest-blizzard") != p(before, "forest-blizzard") {
				t.Errorf("ungraded it weighs: %g, before %g", p(a, "forest-blizzard"), p(before, "forest-blizzard"))
			}
		}
		if len(items) != 1 || items[0].Source != "Other CERT" || items[0].Date != "2026-04-01" || !strings.HasPrefix(items[0].Ref, attribute.ImportedRef) || items[0].Actor != "forest-blizzard" {
			t.Fatalf("graded %q: %+v", grade, items)
		}
		var text bytes.Buffer
		if err := WriteAssessment(&text, a); err != nil {
			t.Fatal(err)
		}
		flat := strings.Join(strings.Fields(text.String()), " ")
		for _, part := range []string{"Other CERT", "2026-04-01", items[0].Ref, `to "APT28"`} {
			if !strings.Contains(flat, part) {
				t.Errorf("graded %q: %q is not in\n%s", grade, part, flat)
			}
		}
		if grade == "B2" && !slices.ContainsFunc(a.Without, func(w attribute.Without) bool {
			return a.Items[w.Item-1].Ref == items[0].Ref && w.Status == attribute.Unattributed
		}) {
			t.Error("nothing says what would be without it")
		}
	}
}

// One origin counts once: the same again, the same under another name, and
// what a person typed of the same source.
func TestOneOriginCountsOnce(t *testing.T) {
	say := stixSays("Other CERT", "PH-2026-0001", "APT28")
	once, _ := heard(t, tempo(0), [3]string{"", "B2", say})
	for name, files := range map[string][][3]string{
		"twice":          {{"", "B2", say}, {"", "B2", say}},
		"another name":   {{"", "B2", say}, {"OC", "B2", say + "\n"}},
		"another form":   {{"", "B2", say}, {"", "B2", strings.ReplaceAll(stixSays("other  cert", "PH-2026-0001", "APT28"), "4000", "4001")}},
		"with addresses": {{"", "B2", say}, {"", "B2", stixSays("Other CERT", "Spray", "APT28", "198.51.0.1", "198.51.0.2", "198.51.0.3")}},
	} {
		if a, _ := heard(t, tempo(0), files...); p(a, "forest-blizzard") != p(once, "forest-blizzard") {
			t.Errorf("%s: %g, once %g", name, p(a, "forest-blizzard"), p(once, "forest-blizzard"))
		}
	}
	other := strings.ReplaceAll(stixSays("Third CERT", "PH-2026-0001", "APT28"), "4000", "4001")
	if a, _ := heard(t, tempo(0), [3]string{"", "B2", say}, [3]string{"", "B2", other}); p(a, "forest-blizzard") <= p(once, "forest-blizzard") {
		t.Error("a second source adds nothing")
	}
	h := &Hearsay{files: []heardFile{{Outside: store.Outside{Source: "Other CERT"}, origin: "o"}}}
	typed := []attribute.Decision{{Verb: attribute.Add, Outside: &attribute.Item{Source: "other cert"}}}
	if got := h.oneOrigin(typed); got[0].Outside.Group != "o" || typed[0].Outside.Group != "" {
		t.Errorf("typed %+v, kept %+v", got[0].Outside, typed[0].Outside)
	}
}

// Our own export, in each of its formats, adds nothing when it comes back.
func TestEchoesAddNothing(t *testing.T) {
	r := tempo(0)
	a, _ := heard(t, r, [3]string{"", "A1", stixSays("Other CERT", "PH-2026-0001", "APT28")})
	if a.Status != attribute.Proposed {
		t.Fatal(a.Status)
	}
	d, err := export.Document(export.Input{Producer: "Our CERT", At: time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
		Cases: []export.Case{{Campaign: r.Campaigns[0], Targets: r.Targets[0], Assessment: a}}})
	if err != nil || len(d.Assertions) == 0 {
		t.Fatal(err, d.Assertions)
	}
	for _, f := range export.Formats {
		var b bytes.Buffer
		if err := f.Write(&b, d); err != nil {
			t.Fatal(err)
		}
		if _, items := heard(t, tempo(0), [3]string{"Somebody else", "A1", b.String()}); len(items) != 0 {
			t.Errorf("%s: %+v", f.Name, items)
		}
	}
	// Somebody else's word about our campaign, in the same bundle, is no echo.
	var b bytes.Buffer
	if err := exchange.WriteSTIX(&b, d); err != nil {
		t.Fatal(err)
	}
	campaign := exchange.STIXCampaignID("Our CERT", "PH-2026-0001")
	const head = `"spec_version":"2.1","created":"2026-04-01T00:00:00Z","modified":"2026-04-01T00:00:00Z"`
	added := fmt.Sprintf(`"objects":[
		{"type":"identity",%s,"id":"identity--00000000-0000-4000-8000-000000000001","name":"Other CERT"},
		{"type":"intrusion-set",%s,"id":"intrusion-set--00000000-0000-4000-8000-000000000003","name":"Zinc"},
		{"type":"relationship",%s,"id":"relationship--00000000-0000-4000-8000-000000000004","created_by_ref":"identity--00000000-0000-4000-8000-000000000001",
		 "relationship_type":"attributed-to","source_ref":%q,"target_ref":"intrusion-set--00000000-0000-4000-8000-000000000003"},`, head, head, head, campaign)
	answer := strings.Replace(b.String(), `"objects": [`, added, 1)
	if _, items := heard(t, tempo(0), [3]string{"Other CERT", "B2", answer}); len(items) != 1 || items[0].Actor != "diamond-sleet" {
		t.Errorf("an answer to our export: %+v", items)
	}
}

// Infrastructure weighs by how much of the campaign is named and is its own.
func TestImportedInfrastructure(t *testing.T) {
	weight := func(others int, grade string, addresses ...string) float64 {
		a, items := heard(t, tempo(others), [3]string{"", grade, stixSays("Other CERT", "Operation", "APT28", addresses...)})
		if len(items) != 1 || items[0].Class != attribute.ClassInfrastructure || !strings.Contains(items[0].Text, "APT28") {
			t.Fatalf("%v: %+v", addresses, items)
		}
		for _, h := range a.Candidates {
			for _, w := range h.Evidence {
				if w.Class == attribute.ClassInfrastructure {
					return w.Weight
				}
			}
		}
		return 0
	}
	if w := weight(0, "B2", "198.51.0.1", "198.51.0.2"); w < 3 {
		t.Errorf("two of ten addresses, of this campaign only: %g", w)
	}
	for name, w := range map[string]float64{
		"shared by five":   weight(4, "A1", "198.51.0.10"),
		"a whole provider": weight(0, "A1", "198.51.0.0/16"),
		"not graded":       weight(0, "F6", "198.51.0.1", "198.51.0.2"),
	} {
		if w != 0 {
			t.Errorf("%s: %g", name, w)
		}
	}
	// Addresses without an actor are shown, and weigh nothing.
	before, _ := heard(t, tempo(0))
	a, items := heard(t, tempo(0), [3]string{"A list", "A1", "value\n198.51.0.1\n198.51.0.2\n203.0.113.9\n"})
	if len(items) != 1 || items[0].Actor != "" || !strings.Contains(items[0].Text, "2 of the campaign's 10 addresses (198.51.0.1, 198.51.0.2)") || p(a, "forest-blizzard") != p(before, "forest-blizzard") {
		t.Errorf("%+v", items)
	}
}

// Half of a document's addresses make its campaign ours; names that mean
// nobody, or several, count for nobody and are counted.
func TestWhoIsMeant(t *testing.T) {
	same := []string{"198.51.0.1", "198.51.0.2", "198.51.0.3", "203.0.113.1"}
	if _, items := heard(t, tempo(0), [3]string{"", "B2", stixSays("Other CERT", "Operation", "APT28", same...)}); len(items) != 1 || items[0].Class != attribute.ClassOutside {
		t.Errorf("the same addresses: %+v", items)
	}
	if _, items := heard(t, tempo(0), [3]string{"", "B2", stixSays("Other CERT", "PH-2026-0001", "APT28", "203.0.113.1")}); len(items) != 0 {
		t.Errorf("another's campaign of that number: %+v", items)
	}
	for name, want := range map[string]string{"Nobody Bear": "nobody bears", "Kimsuky": "", "Grizzly Steppe": "several actors"} {
		r := tempo(0)
		_, items := heard(t, r, [3]string{"", "A1", stixSays("Other CERT", "PH-2026-0001", name)})
		if len(items) != 1 || want != "" && (items[0].Actor != "" || !strings.Contains(items[0].Text, want) || r.Unheard[name] != 1) {
			t.Errorf("%s: %+v, counted %v", name, items, r.Unheard)
		}
	}
}

// Whatever ungraded files say of addresses, nothing is above what behaviour
// alone gives.
func TestUngradedInfrastructureNamesNobody(t *testing.T) {
	before, _ := heard(t, tempo(0))
	rapid.Check(t, func(rt *rapid.T) {
		who := rapid.SampledFrom([]string{"APT28", "Zinc", "Peach Sandstorm", "Kimsuky"})
		grade := rapid.SampledFrom([]string{"F6", "E5", "D4", ""})
		var files [][3]string
		for n := range rapid.IntRange(1, 3).Draw(rt, "files") {
			var list []string
			for _, k := range rapid.SliceOfNDistinct(rapid.IntRange(1, 12), 1, 8, func(k int) int { return k }).Draw(rt, "addresses") {
				list = append(list, fmt.Sprintf("198.51.0.%d", k))
			}
			say := strings.ReplaceAll(stixSays(fmt.Sprint("CERT ", n), "Operation", who.Draw(rt, "who"), list...), "4000", fmt.Sprint(4001+n))
			files = append(files, [3]string{"", grade.Draw(rt, "grade"), say})
		}
		a, _ := heard(t, tempo(0), files...)
		if a.Status != before.Status || p(a, "forest-blizzard") != p(before, "forest-blizzard") {
			rt.Fatalf("%s, %g", a.Status, p(a, "forest-blizzard"))
		}
	})
}

// A compressed file is the file that it holds.
func TestOutsideIsUnpacked(t *testing.T) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	fmt.Fprint(z, "value\n192.0.2.1\n")
	z.Close()
	plain, err := ReadOutside("a", "", "", strings.NewReader("value\n192.0.2.1\n"))
	if err != nil || plain.Packed {
		t.Fatal(err)
	}
	packed, err := ReadOutside("a.gz", "", "", bytes.NewReader(b.Bytes()))
	if err != nil || !packed.Packed || packed.SHA256 != plain.SHA256 || len(packed.Indicators) != 1 {
		t.Errorf("%+v, %v", packed, err)
	}
	if _, err := ReadOutside("a.gz", "", "", bytes.NewReader(b.Bytes()[:b.Len()-6])); err == nil {
		t.Error("a cut file was read")
	}
}
