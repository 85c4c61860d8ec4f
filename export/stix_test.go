package export

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"pgregory.net/rapid"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

var update = flag.Bool("update", false, "write the golden files")

func at(s string) time.Time {
	t, err := time.Parse("2006-01-02 15:04", s)
	if err != nil {
		panic(err)
	}
	return t
}

func addrs(list ...string) []netip.Addr {
	var out []netip.Addr
	for _, s := range list {
		out = append(out, netip.MustParseAddr(s))
	}
	return out
}

// example is a spray at two organisations and an attack on a host.
func example() STIX {
	account := func(name string, o outcome.Outcome) outcome.Account {
		return outcome.Account{Account: name, Outcome: o, Attempts: 4, First: at("2026-11-02 08:12"), Last: at("2026-11-09 17:40"), Why: "every attempt was refused"}
	}
	spray := Case{
		Campaign: campaign.Campaign{
			ID: "PH-2026-0001", Kinds: []detect.Kind{detect.PasswordSpray, detect.AccountEnumeration}, Techniques: []string{"T1110.003", "T1589.002"},
			First: at("2026-11-02 08:12"), Last: at("2026-11-09 17:40"), Confidence: 0.974,
			Evidence: []detect.Evidence{
				{What: "addresses_per_attempt", Value: 0.99, Weight: 1.3, Text: "0.99 addresses per attempt: nearly each came from a new one"},
				{What: "subject", Value: 1, Weight: 0.2, Text: "labo@hopital-exemple.fr was tried first"},
			},
			Members: []campaign.Member{{Org: "hopital-exemple"}, {Org: "impfwerk"}},
			Features: campaign.Features{
				Attempts: 5127, Accounts: 140, Sources: 6, Clients: []string{"CBAInPROD", `O'Brien\Tool 1.0`, "Mozilla/5.0 (X11; Linux x86_64)", "probe for hopital-exemple.fr"},
				Protocols: []string{"legacy", "ropc"}, Networks: 3, PerAccountHour: 3.98, AddressPerAttempt: 0.99, ActiveHours: [24]int{8: 400, 9: 600, 16: 300}, UnknownNames: 0.12,
			},
		},
		Targets: []outcome.Target{
			{Campaign: "PH-2026-0001", Org: "hopital-exemple", Kinds: []detect.Kind{detect.PasswordSpray}, First: at("2026-11-02 08:12"), Last: at("2026-11-09 17:40"), Attempts: 4000, Outcome: outcome.Succeeded, Confidence: 0.9,
				Sources: addrs("192.0.2.7", "192.0.2.91", "2001:db8::17", "10.1.2.3", "203.0.113.40"), More: 12,
				Accounts: []outcome.Account{account("claire.martin@hopital-exemple.fr", outcome.Succeeded), account("labo@hopital-exemple.fr", outcome.Blocked)}},
			{Campaign: "PH-2026-0001", Org: "impfwerk", Kinds: []detect.Kind{detect.PasswordSpray}, First: at("2026-11-03 08:12"), Last: at("2026-11-04 17:40"), Attempts: 1127, Outcome: outcome.Blocked, Confidence: 0.9,
				Sources: addrs("192.0.2.7", "::ffff:192.0.2.91"), Accounts: []outcome.Account{account("=cmd|' /C calc'!A0", outcome.Blocked)}},
		},
		Assessment: attribute.Assessment{
			Status: attribute.Candidate, Unknown: 0.71, Confidence: "low", Reason: "Behaviour alone never names anybody.",
			Candidates: []attribute.Hypothesis{{Actor: "actor-1", P: 0.21, Likelihood: "unlikely", Names: []attribute.Name{{Name: "Example Bear", Producer: "Example Vendor"}}}},
		},
	}
	brute := Case{
		Campaign: campaign.Campaign{ID: "PH-2026-0002", Kinds: []detect.Kind{detect.BruteForce}, Techniques: []string{"T1110.001"}, First: at("2026-11-05 00:00"), Last: at("2026-11-05 06:00"), Confidence: 1,
			Features: campaign.Features{Attempts: 4210, Accounts: 1, Sources: 1, Networks: 1}},
		Targets: []outcome.Target{{Campaign: "PH-2026-0002", Org: "impfwerk", Sources: addrs("198.51.100.9"), Outcome: outcome.Blocked, Accounts: []outcome.Account{account("root@gw1", outcome.Blocked)}}},
	}
	return STIX{
		Producer: "Example Health CERT", At: at("2026-11-10 09:00"), Cases: []Case{spray, brute},
		Protected: []org.Organisation{{ID: "impfwerk", Name: "Impfwerk & Söhne GmbH", Domains: []string{"impfwerk.example"}, Netblocks: []netip.Prefix{netip.MustParsePrefix("203.0.113.32/27")}}},
	}
}

func bundle(t testing.TB, in STIX) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSTIX(&b, in); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", file, diff)
	}
}

func TestSTIXGolden(t *testing.T) { golden(t, "bundle.stix.json", bundle(t, example())) }

type stixObject struct {
	Type        string   `json:"type"`
	ID          string   `json:"id"`
	CreatedBy   string   `json:"created_by_ref"`
	Created     string   `json:"created"`
	Modified    string   `json:"modified"`
	ValidFrom   string   `json:"valid_from"`
	FirstSeen   string   `json:"first_seen"`
	LastSeen    string   `json:"last_seen"`
	Name        string   `json:"name"`
	Pattern     string   `json:"pattern"`
	Content     string   `json:"content"`
	Markings    []string `json:"object_marking_refs"`
	Objects     []string `json:"object_refs"`
	Source      string   `json:"source_ref"`
	Target      string   `json:"target_ref"`
	Kind        string   `json:"relationship_type"`
	Description string   `json:"description"`
}

func objects(t testing.TB, data []byte) []stixObject {
	t.Helper()
	var b struct{ Objects []stixObject }
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	return b.Objects
}

// What the schemas cannot say: references lead somewhere, ids are unique,
// times are real and in order, everything carries its marking.
func TestSTIXIsWhole(t *testing.T) {
	all := objects(t, bundle(t, example()))
	ids := map[string]bool{}
	for _, o := range all {
		if ids[o.ID] {
			t.Errorf("%s is there twice", o.ID)
		}
		ids[o.ID] = true
	}
	version5 := regexp.MustCompile(`^[a-z-]+--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	for _, o := range all {
		for _, ref := range slices.Concat([]string{o.CreatedBy, o.Source, o.Target}, o.Objects, o.Markings) {
			if ref != "" && !ids[ref] {
				t.Errorf("%s refers to %s, which is not in the bundle", o.ID, ref)
			}
		}
		for _, stamp := range []string{o.Created, o.Modified, o.ValidFrom, o.FirstSeen, o.LastSeen} {
			if _, err := time.Parse("2006-01-02T15:04:05.000Z", stamp); err != nil && stamp != "" {
				t.Errorf("%s: %v", o.ID, err)
			}
		}
		if o.Modified != "" && o.Modified < o.Created || o.LastSeen < o.FirstSeen {
			t.Errorf("%s: times in no order: %+v", o.ID, o)
		}
		if o.Type == "marking-definition" {
			continue
		}
		if !version5.MatchString(o.ID) {
			t.Errorf("%s is no version 5 id", o.ID)
		}
		if !slices.Equal(o.Markings, []string{tlpAmber}) {
			t.Errorf("%s is marked %q", o.ID, o.Markings)
		}
	}
}

func TestSTIXNeverAttributes(t *testing.T) {
	for _, o := range objects(t, bundle(t, example())) {
		if slices.Contains([]string{"threat-actor", "intrusion-set", "location", "sighting", "incident"}, o.Type) || o.Kind == "attributed-to" || o.Kind == "targets" {
			t.Errorf("%s %s", o.Type, o.Kind)
		}
		if strings.Contains(o.Name+o.Description, "Example Bear") || o.Type != "note" && strings.Contains(o.Content, "Example Bear") {
			t.Errorf("%s names an actor outside of a note", o.ID)
		}
	}
}

func TestSTIXLeavesVictimsOut(t *testing.T) {
	data := string(bundle(t, example()))
	for _, id := range []string{"hopital-exemple", "impfwerk", "claire.martin", "gw1", "10.1.2.3", "203.0.113.40"} {
		if strings.Contains(strings.ToLower(data), id) {
			t.Errorf("the bundle holds %q", id)
		}
	}
	for _, want := range []string{
		"internal addresses and addresses of protected organisations: 2", "more addresses: 12", "evidence that shows a victim: 1", "client names that show a victim: 1",
		"[ipv4-addr:value = '192.0.2.7']", "[ipv6-addr:value = '2001:db8::17']", "nearly each came from a new one",
	} {
		if !strings.Contains(data, want) {
			t.Errorf("the bundle does not say %q", want)
		}
	}
}

func TestSTIXIndicatorLimit(t *testing.T) {
	in := example()
	in.Indicators = 2
	var patterns []string
	for _, o := range objects(t, bundle(t, in)) {
		if strings.HasPrefix(o.Pattern, "[ipv") && strings.Contains(o.Pattern, "192.0.2") || strings.Contains(o.Pattern, "2001") {
			patterns = append(patterns, o.Pattern)
		}
	}
	// The two that both targets saw, one of them in its IPv4-mapped form.
	if want := []string{"[ipv4-addr:value = '192.0.2.7']", "[ipv4-addr:value = '192.0.2.91']"}; !slices.Equal(patterns, want) {
		t.Errorf("got %q, want %q", patterns, want)
	}
	if !strings.Contains(string(bundle(t, in)), "more addresses: 13") {
		t.Error("what was cut is not counted")
	}
}

func TestSTIXIsStable(t *testing.T) {
	want := bundle(t, example())
	in := example()
	slices.Reverse(in.Cases[0].Targets)
	if got := bundle(t, in); !bytes.Equal(got, want) {
		t.Error("the order of targets changes the bundle")
	}
	in = example()
	in.At = in.At.Add(24 * time.Hour)
	in.Cases[0].Campaign.First = in.Cases[0].Campaign.First.Add(-time.Hour) // an older log was read meanwhile
	before, after := map[string]stixObject{}, map[string]stixObject{}
	for _, o := range objects(t, want) {
		before[o.ID] = o
	}
	for _, o := range objects(t, bundle(t, in)) {
		after[o.ID] = o
		if o.Created != before[o.ID].Created {
			t.Errorf("%s was created %s and %s", o.ID, before[o.ID].Created, o.Created)
		}
	}
	if len(before) != len(after) {
		t.Errorf("%d objects, later %d", len(before), len(after))
	}
	in = example()
	in.Producer = "Another CERT"
	for _, o := range objects(t, bundle(t, in)) {
		if _, shared := before[o.ID]; shared && o.Type != "marking-definition" {
			t.Errorf("two producers both claim %s", o.ID)
		}
	}
}

func TestSTIXRefuses(t *testing.T) {
	in := example()
	in.Cases[1].Campaign.ID = ""
	if err := WriteSTIX(&bytes.Buffer{}, in); err == nil {
		t.Error("a campaign without a number was written")
	}
	in = example()
	in.Cases[1].Campaign.ID = in.Cases[0].Campaign.ID
	if err := WriteSTIX(&bytes.Buffer{}, in); err == nil {
		t.Error("a campaign was written twice")
	}
}

// A pattern must give back the user agent that it was made of.
func TestPatternText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ua := rapid.String().Draw(t, "user agent")
		quoted := patternText.Replace(ua)
		var back strings.Builder
		for i := 0; i < len(quoted); i++ {
			if quoted[i] == '\'' {
				t.Fatalf("%q ends the string early", quoted)
			}
			if quoted[i] == '\\' {
				i++
			}
			back.WriteByte(quoted[i])
		}
		if back.String() != ua {
			t.Errorf("%q came back as %q", ua, back.String())
		}
	})
}

func TestVictims(t *testing.T) {
	v := newVictims([]outcome.Target{{Org: "hex", Accounts: []outcome.Account{{Account: "a@hex-clinic.example"}}}}, nil)
	for text, want := range map[string]bool{
		"seen at HEX first":              true,
		"(hex)":                          true,
		"hexadecimal":                    false,
		"b@hex-clinic.example was tried": true,
		"mx.hex-clinic.example":          true,
		"another.example":                false,
		"":                               false,
	} {
		if got := v.in(text); got != want {
			t.Errorf("%q: got %t, want %t", text, got, want)
		}
	}
}

func TestUUID(t *testing.T) {
	// RFC 9562, appendix A.4: version 5 of www.example.com in the namespace for DNS names.
	dns := uuid{0x6b, 0xa7, 0xb8, 0x10, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}
	if got, want := dns.version5([]byte("www.example.com")).String(), "2ed6657d-e927-568b-95e1-2665a8aea6a2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if dns.child("ab", "c") == dns.child("a", "bc") {
		t.Error("two lists of parts have one id")
	}
}

// schemas is the set of JSON schemas that OASIS publishes for STIX 2.1.
const schemas = "../../shared/data/actors/stix-conformance/schemas"

func TestSTIXConformsToOASISSchemas(t *testing.T) {
	if _, err := os.Stat(schemas); err != nil {
		t.Skip("the OASIS schemas for STIX 2.1 are not here")
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
	validate := func(kind string, value any) error {
		schema, err := compiler.Compile(byType[kind])
		if err != nil {
			return fmt.Errorf("compile %s: %w", kind, err)
		}
		return schema.Validate(value)
	}
	for name, in := range map[string]STIX{"example": example(), "empty": {At: at("2026-11-10 09:00")}} {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(bundle(t, in)))
		if err != nil {
			t.Fatal(err)
		}
		// The schema of a bundle forgets notes (and locations, opinions …), which
		// are valid by their own: it sees the bundle without them.
		whole := value.(map[string]any)
		all := whole["objects"].([]any)
		whole["objects"] = slices.DeleteFunc(slices.Clone(all), func(o any) bool { return o.(map[string]any)["type"] == "note" })
		if err := validate("bundle", value); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, o := range all {
			kind := o.(map[string]any)["type"].(string)
			if err := validate(kind, o); err != nil {
				t.Errorf("%s: %s: %v", name, kind, err)
			}
			delete(o.(map[string]any), "spec_version") // that the schemas see anything at all
			if validate(kind, o) == nil {
				t.Errorf("%s: a %s without spec_version is valid", name, kind)
			}
		}
	}
}
