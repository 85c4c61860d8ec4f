package report

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/netip"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/internal/golden"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/report/leak"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/net/html"
)

// random is a source of ids that is the same in every run.
func random() io.Reader { return rand.NewChaCha8([32]byte{1}) }

// marked returns an organisation of which every field holds a word that is
// found again wherever it goes.
func marked(i int, country string, sector org.Sector) org.Organisation {
	word := fmt.Sprintf("Qorvax%c%c", 'a'+i/26, 'a'+i%26)
	return org.Organisation{
		ID: org.ID(strings.ToLower(word)), Name: word + " Hospital", Aliases: []string{"The " + word + " House"},
		Country: country, Sector: sector, Domains: []string{strings.ToLower(word) + ".example"}, Tenants: []string{"tenant-" + word},
		Netblocks: []netip.Prefix{netip.PrefixFrom(netip.AddrFrom4([4]byte{203, 0, 113, byte(8 * i)}), 29)},
		Contacts:  []org.Contact{{Name: "Person " + word, Email: "it-" + word + "@" + strings.ToLower(word) + ".example"}},
	}
}

var day = time.Date(2020, 9, 14, 8, 30, 0, 0, time.UTC)

// hit returns a target of which every text names the organisation.
func hit(campaign string, o org.Organisation, result outcome.Outcome, sources []string, kinds ...detect.Kind) outcome.Target {
	t := outcome.Target{
		Campaign: campaign, Org: o.ID, Kinds: kinds, First: day, Last: day.AddDate(0, 0, 3), Attempts: 4711, Outcome: result,
		Clients: []string{"Mozilla/5.0 " + o.Name},
		Accounts: []outcome.Account{{Account: "jane@" + o.Domains[0], Outcome: result, Why: "because " + o.Name,
			Evidence: []outcome.Record{{File: "/logs/" + string(o.ID), Event: o.Name}}}},
	}
	for _, s := range sources {
		t.Sources = append(t.Sources, netip.MustParseAddr(s))
	}
	return t
}

// founding is the case of November 2020: three campaigns, seven
// organisations, five countries, hardly a number that may be told.
func founding() Input {
	in := Input{
		Number: 1, Released: time.Date(2020, 11, 13, 15, 4, 5, 0, time.UTC),
		Publisher: Publisher{"Broad Street CERT", "https://broadstreet.example", "RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3"},
		Policy:    Default(), Random: random(),
	}
	in.Policy.Countries = map[string]int{"CA": 60, "FR": 80, "IN": 200, "KR": 70, "US": 400}
	in.Policy.Sectors = map[org.Sector]int{org.VaccineResearch: 90, org.ClinicalResearch: 120, org.Diagnostics: 45, org.Pharma: 300}
	for i, c := range []string{"CA", "FR", "IN", "KR", "US", "US", "US"} {
		sector := org.VaccineResearch
		switch i {
		case 5:
			sector = org.ClinicalResearch
		case 6:
			sector = org.Diagnostics
		}
		in.Organisations = append(in.Organisations, marked(i, c, sector))
	}
	o := in.Organisations
	in.Campaigns = []campaign.Campaign{
		{ID: "PH-2020-0001", Kinds: []detect.Kind{detect.PasswordSpray}, Techniques: []string{"T1110.003"},
			Features: campaign.Features{Attempts: 40210, Accounts: 1130, PerAccountHour: 0.4, AddressPerAttempt: 0.97, Alphabetical: true}},
		{ID: "PH-2020-0002", Kinds: []detect.Kind{"recruiter_lure"}, Features: campaign.Features{Attempts: 60}},
		{ID: "PH-2020-0003", Kinds: []detect.Kind{"health_authority_lure"}, Features: campaign.Features{Attempts: 20}},
	}
	shared := []string{"198.51.100.7", "198.51.100.8"}
	in.Targets = []outcome.Target{
		hit("PH-2020-0001", o[0], outcome.Blocked, shared, detect.PasswordSpray),
		hit("PH-2020-0001", o[1], outcome.Blocked, append(shared, "198.51.100.99"), detect.PasswordSpray),
		hit("PH-2020-0001", o[2], outcome.Blocked, append(shared, "203.0.113.9"), detect.PasswordSpray),
		hit("PH-2020-0001", o[4], outcome.PasswordConfirmed, append(shared, "10.0.0.1"), detect.PasswordSpray),
		hit("PH-2020-0001", o[6], outcome.Succeeded, nil, detect.PasswordSpray, detect.MFAFatigue),
		hit("PH-2020-0002", o[3], outcome.Blocked, nil, "recruiter_lure"),
		hit("PH-2020-0002", o[5], outcome.Blocked, nil, "recruiter_lure"),
		hit("PH-2020-0003", o[5], outcome.Attempted, nil, "health_authority_lure"),
	}
	in.Assessments = map[string]attribute.Assessment{
		"PH-2020-0001": {Status: attribute.Proposed, Confidence: "moderate", Reason: "seen at " + o[0].Name,
			Candidates: []attribute.Hypothesis{{Actor: "A1", Names: []attribute.Name{{Name: "Strontium", Producer: "Microsoft"}}, P: 0.7, Likelihood: "likely"}}},
	}
	return in
}

// many is a period with numbers that may be told.
func many() Input {
	in := founding()
	in.Number, in.Organisations, in.Targets = 4, nil, nil
	in.Released = time.Date(2021, 1, 29, 0, 0, 0, 0, time.UTC)
	in.Policy.Countries["DE"], in.Policy.Countries["ES"], in.Policy.Countries["LU"] = 310, 140, 9
	in.Policy.Sectors[org.Hospital], in.Policy.Sectors[org.ResearchHospital], in.Policy.Sectors[org.PublicHealth] = 900, 110, 60
	countries := strings.Fields("FR FR FR FR FR FR FR DE DE DE DE DE DE US US US US US US US US US US CA CA CA IN KR ES LU")
	sectors := []org.Sector{org.Hospital, org.VaccineResearch, org.Hospital, org.ResearchHospital, org.Hospital, org.PublicHealth, org.VaccineResearch, org.Hospital}
	outcomes := []outcome.Outcome{outcome.Blocked, outcome.Blocked, outcome.Blocked, outcome.Attempted, outcome.Blocked, outcome.PasswordConfirmed, outcome.Blocked, outcome.Blocked, outcome.Succeeded, outcome.Blocked}
	for i, c := range countries {
		o := marked(i, c, sectors[i%len(sectors)])
		in.Organisations = append(in.Organisations, o)
		var sources []string
		for a := range i % 4 {
			sources = append(sources, fmt.Sprintf("198.51.100.%d", 10+a))
		}
		sources = append(sources, fmt.Sprintf("2001:db8:5::%x", 1+i%3), fmt.Sprintf("192.0.2.%d", 30+i))
		if i < 22 {
			in.Targets = append(in.Targets, hit("PH-2020-0001", o, outcomes[i%len(outcomes)], sources, detect.PasswordSpray))
		}
		if i >= 18 && i < 26 {
			in.Targets = append(in.Targets, hit("PH-2020-0002", o, outcome.Blocked, nil, "recruiter_lure"))
		}
		if i >= 26 {
			in.Targets = append(in.Targets, hit("PH-2020-0003", o, outcomes[i%len(outcomes)], sources, "health_authority_lure", "credential_phish"))
		}
	}
	orgs := func(from, to int) (ids []org.ID) {
		for _, o := range in.Organisations[from:to] {
			ids = append(ids, o.ID)
		}
		return ids
	}
	in.Domains = []SeenDomain{
		{"careers-biolab.example", orgs(18, 26)},
		{"health-update.example", orgs(26, 30)},
		{"one-victim.example", orgs(18, 19)},
		{"qorvaxab-login.example", orgs(18, 26)},
		{"qorvxab.example", orgs(18, 26)},
		{"xn--" + "qorvxab-jwa.example", orgs(18, 26)}, // qorväxab
		{"mail.qorvaxab.example", orgs(18, 26)},
	}
	in.Assessments["PH-2020-0002"] = attribute.Assessment{Status: attribute.Confirmed, Publishable: true, Confidence: "moderate", Reason: "seen at " + in.Organisations[0].Name,
		Candidates: []attribute.Hypothesis{{Actor: "A2", P: 0.85, Likelihood: "very likely",
			Names:    []attribute.Name{{Name: "Zinc", Producer: "Microsoft"}, {Name: "Lazarus Group", Producer: "MITRE ATT&CK"}},
			Evidence: []attribute.Weight{{Class: "lure", Text: "text about " + in.Organisations[0].Name}, {Class: "infrastructure"}, {Class: "lure"}}}}}
	in.Norms = []Norm{
		{"UN norm 13(f): critical infrastructure", "A state should not conduct or knowingly support activity that intentionally damages critical infrastructure that serves the public, or impairs its use.", "https://documents.un.org/doc/undoc/gen/n15/228/35/pdf/n1522835.pdf"},
		{"Oxford statement on the health-care sector (2020)", "International law protects medical facilities at all times; states must not conduct operations with serious adverse consequences for essential medical services.", "https://www.elac.ox.ac.uk/the-oxford-process/"},
	}
	in.Responses = []Response{
		{Party: "The embassy of the state named by others", Kind: Denial, Asked: "2021-01-12", Received: "2021-01-20", Quote: "We have nothing to do with this.", Language: "en", Source: "https://news.example/denial"},
		{Party: "A hosting provider", Kind: NoReply, Asked: "2021-01-12"},
	}
	in.Prose.Foreword = []string{"This edition is the first that covers a whole half-year. The organisations concerned were told before it went out."}
	in.Corrections = []Correction{{"2021-02-03", "The number of a technique was wrong in the first form of this page."}}
	return in
}

func compileOK(t testing.TB, in Input) (Edition, []Withheld) {
	t.Helper()
	e, withheld, err := Compile(in)
	if err != nil {
		t.Fatal(err)
	}
	return e, withheld
}

func TestFoundingCase(t *testing.T) {
	e, withheld := compileOK(t, founding())
	if e.Total != (Count{7, 7}) {
		t.Errorf("total %v, want exactly 7", e.Total)
	}
	if got := e.Period.String(); got != "the second half of 2020" {
		t.Errorf("period %q", got)
	}
	rows := map[string]Count{}
	for _, table := range e.Tables {
		for _, r := range table.Rows {
			rows[r.Value] = r.Count
		}
	}
	few := Count{0, 2}
	for value, want := range map[string]Count{
		"US": {3, 5}, "CA": few, "FR": few, "IN": few, "KR": few,
		"vaccine_research": {3, 5}, "pharma": few, "diagnostics": few,
		"password_spray": {3, 5}, "recruiter_lure": few, "mfa_fatigue": few, "malware_lure": few,
		"blocked": {3, 5}, "succeeded": few, "password_confirmed": few,
	} {
		if rows[value] != want {
			t.Errorf("%s: %v, want %v", value, rows[value], want)
		}
	}
	if len(e.Campaigns) != 1 || len(e.Kinds) != 1 || e.Kinds[0].Techniques[0].ID != "T1110.003" {
		t.Errorf("campaigns %v, kinds %v: only the one at five organisations may be told", e.Campaigns, e.Kinds)
	}
	if want := []Habit{Slow, Rotating, Alphabetical}; !slices.Equal(e.Campaigns[0].Habits, want) {
		t.Errorf("habits %v, want %v", e.Campaigns[0].Habits, want)
	}
	if e.Campaigns[0].Attribution.Attributed {
		t.Error("an actor is named although nobody confirmed it")
	}
	if diff := cmp.Diff([]Indicator{{IPv4Addr, "198.51.100.7"}, {IPv4Addr, "198.51.100.8"}}, e.Indicators); diff != "" {
		t.Errorf("indicators (-want +got):\n%s", diff)
	}
	for _, want := range []string{"campaign PH-2020-0002", "campaign PH-2020-0003", "address 203.0.113.9", "address 10.0.0.1", "1 addresses"} {
		if !slices.ContainsFunc(withheld, func(w Withheld) bool { return w.What == want }) {
			t.Errorf("%q is not listed as withheld: %v", want, withheld)
		}
	}
}

func TestMany(t *testing.T) {
	e, withheld := compileOK(t, many())
	attributed := 0
	for _, c := range e.Campaigns {
		if c.Attribution.Attributed {
			attributed++
			if diff := cmp.Diff([]string{"infrastructure", "lure"}, c.Attribution.Basis); diff != "" {
				t.Errorf("basis (-want +got):\n%s", diff)
			}
		}
	}
	if len(e.Campaigns) != 3 || attributed != 1 {
		t.Errorf("%d campaigns, %d attributed, want 3 and 1", len(e.Campaigns), attributed)
	}
	var domains []string
	for _, i := range e.Indicators {
		if i.Type == DomainName {
			domains = append(domains, i.Value)
		}
	}
	if want := []string{"careers-biolab.example", "health-update.example"}; !slices.Equal(domains, want) {
		t.Errorf("domains %q, want %q (withheld: %v)", domains, want, withheld)
	}
	if places, _ := e.table(ByCountry); slices.ContainsFunc(places.Rows, func(r Row) bool { return r.Value == "LU" }) {
		t.Error("a country with nine eligible organisations is named")
	}
}

// The files of an edition hold nothing of what the private side says of an
// organisation, whoever looks: a plain search for the marks, and the verifier.
func TestNothingPrivateGetsOut(t *testing.T) {
	for name, in := range map[string]Input{"founding": founding(), "many": many()} {
		e, _ := compileOK(t, in)
		files, err := Artefacts(e)
		if err != nil {
			t.Fatal(err)
		}
		tree := fstest.MapFS{}
		for _, f := range files {
			tree[f.Name] = &fstest.MapFile{Data: f.Data, ModTime: f.Modified}
			if !f.Modified.Equal(in.Released.Truncate(24 * time.Hour)) {
				t.Errorf("%s: %s is of %v", name, f.Name, f.Modified)
			}
			if m := regexp.MustCompile(`(?i)qorvax|tenant-|4711|PH-20|Mozilla|2020-09|/logs/`).Find(f.Data); m != nil {
				t.Errorf("%s: %s holds %q", name, f.Name, m)
			}
		}
		scanner := leak.New(leak.FromOrganisations(in.Organisations))
		r, err := scanner.FS(tree)
		if err != nil || !r.Clean() {
			t.Errorf("%s: %+v, %v", name, r, err)
		}
		e.Prose.Foreword = []string{"We thank " + in.Organisations[2].Name + "."}
		files, err = Artefacts(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files[:2] {
			if leaks, _ := scanner.Bytes(f.Name, f.Data); len(leaks) == 0 {
				t.Errorf("%s: a name in the prose of %s is not seen", name, f.Name)
			}
		}
	}
}

// Every text field of an edition is on this list, with the reason why it
// cannot carry an identifier of a protected organisation. A new field fails
// here until somebody has thought about it.
func TestEditionIsAllowListed(t *testing.T) {
	allowed := map[string]string{
		"Schema": "constant", "ID": "random", "TLP": "constant", "Released": "date",
		"Publisher.Name": "publisher's own", "Publisher.Site": "publisher's own", "Publisher.KeyFingerprint": "publisher's own",
		"Rules.Places": "fixed list", "Volume.Attempts": "fixed list", "Volume.Accounts": "fixed list",
		"Tables.Dimension": "fixed list", "Tables.Rows.Value": "fixed by the policy",
		"Kinds.Kind": "kinds.yaml", "Kinds.Techniques.ID": "kinds.yaml", "Kinds.Techniques.Name": "kinds.yaml",
		"Campaigns.ID": "random", "Campaigns.Kinds": "kinds.yaml", "Campaigns.Habits": "fixed list",
		"Campaigns.Attribution.Names.Name": "names of actors, from public knowledge", "Campaigns.Attribution.Names.Producer": "the same",
		"Campaigns.Attribution.Likelihood": "fixed list", "Campaigns.Attribution.Confidence": "fixed list", "Campaigns.Attribution.Basis": "fixed list",
		"Indicators.Type": "fixed list", "Indicators.Value": "attackers' addresses and domains, held against the organisations",
		"Norms.Title": "norms, written by people", "Norms.Text": "the same", "Norms.Source": "the same",
		"Responses.Party": "approved prose", "Responses.Kind": "fixed list", "Responses.Asked": "date", "Responses.Received": "date",
		"Responses.Quote": "approved prose", "Responses.Language": "approved prose", "Responses.Source": "approved prose",
		"Prose.Foreword": "approved prose", "Prose.Call": "approved prose",
		"Corrections.Date": "date", "Corrections.Text": "approved prose",
	}
	var walk func(path string, ty reflect.Type)
	walk = func(path string, ty reflect.Type) {
		switch ty.Kind() {
		case reflect.String:
			if allowed[path] == "" {
				t.Errorf("%s is a text that no rule allows", path)
			}
			delete(allowed, path)
		case reflect.Slice:
			walk(path, ty.Elem())
		case reflect.Struct:
			for i := range ty.NumField() {
				walk(strings.TrimPrefix(path+"."+ty.Field(i).Name, "."), ty.Field(i).Type)
			}
		case reflect.Int, reflect.Bool:
		default:
			t.Errorf("%s is a %v: maps, pointers and interfaces can carry anything", path, ty)
		}
	}
	walk("", reflect.TypeFor[Edition]())
	for path := range allowed {
		t.Errorf("%s is allowed, but does not exist", path)
	}
}

func TestRefusals(t *testing.T) {
	for what, spoil := range map[string]func(in *Input){
		"edition number":   func(in *Input) { in.Number = 0 },
		"no date":          func(in *Input) { in.Released = time.Time{} },
		"random":           func(in *Input) { in.Random = nil },
		"publisher":        func(in *Input) { in.Publisher.Name = "" },
		"https address":    func(in *Input) { in.Publisher.Site = "javascript:alert(1)" },
		"policy k":         func(in *Input) { in.Policy.K = 1 },
		"policy places":    func(in *Input) { in.Policy.Places = "" },
		"ends before":      func(in *Input) { in.Period = Period{Half{2021, false}, Half{2020, true}} },
		"not given":        func(in *Input) { in.Targets[0].Campaign = "other" },
		"more were":        func(in *Input) { in.Policy.Countries["US"] = 2 },
		"response of kind": func(in *Input) { in.Responses = []Response{{Kind: "shrug"}} },
		"YYYY-MM-DD":       func(in *Input) { in.Corrections = []Correction{{"yesterday", "x"}} },
		"does not come":    func(in *Input) { in.Ledger.Entries = []Entry{{Number: 1, K: 3}} },
		"published with k": func(in *Input) { in.Ledger.Entries = []Entry{{Number: 0, K: 5}} },
		"random id":        func(in *Input) { in.Random = strings.NewReader("short") },
		"no actor is given": func(in *Input) {
			in.Assessments["PH-2020-0001"] = attribute.Assessment{Status: attribute.Confirmed, Publishable: true}
		},
		"ICD 203": func(in *Input) {
			a := in.Assessments["PH-2020-0001"]
			a.Status, a.Publishable, a.Candidates[0].Likelihood = attribute.Confirmed, true, "for sure"
			in.Assessments["PH-2020-0001"] = a
		},
	} {
		in := founding()
		spoil(&in)
		if _, _, err := Compile(in); err == nil || !strings.Contains(err.Error(), what) {
			t.Errorf("%s: error %v", what, err)
		}
	}
}

func TestTooFewToTell(t *testing.T) {
	in := founding()
	in.Targets = in.Targets[:2]
	e, _ := compileOK(t, in)
	if e.Total != (Count{0, 2}) || len(e.Kinds)+len(e.Campaigns)+len(e.Indicators) > 0 {
		t.Errorf("two organisations: %+v", e)
	}
	none := founding()
	none.Targets, none.Period = nil, e.Period
	quiet, _ := compileOK(t, none)
	quiet.ID = e.ID
	if diff := cmp.Diff(e, quiet); diff != "" {
		t.Errorf("two organisations do not look like none (-two +none):\n%s", diff)
	}
}

func TestUnassignedAndOutsideThePeriod(t *testing.T) {
	in := founding()
	in.Period = Period{Half{2020, true}, Half{2020, true}}
	stranger := hit("PH-2020-0001", marked(20, "US", org.Pharma), outcome.Succeeded, nil, detect.PasswordSpray)
	stranger.Org = org.Unassigned
	old := hit("PH-2020-0001", marked(21, "US", org.Pharma), outcome.Succeeded, nil, detect.PasswordSpray)
	old.First, old.Last = old.First.AddDate(0, -9, 0), old.Last.AddDate(0, -9, 0)
	in.Targets = append(in.Targets, stranger, old)
	if e, _ := compileOK(t, in); e.Total != (Count{7, 7}) {
		t.Errorf("total %v, want exactly 7", e.Total)
	}
}

func TestAmend(t *testing.T) {
	e, _ := compileOK(t, many())
	a, err := e.Amend([]Response{{Party: "A ministry", Kind: Denial, Received: "2021-02-01"}}, []Correction{{"2021-02-01", "A denial was added."}})
	if err != nil {
		t.Fatal(err)
	}
	if a.Revision != 1 || len(a.Responses) != len(e.Responses)+1 || e.Revision != 0 || len(e.Responses) != 2 {
		t.Errorf("amended %+v, before %+v", a.Responses, e.Responses)
	}
	if diff := cmp.Diff(e.Tables, a.Tables); diff != "" {
		t.Errorf("an amendment changed numbers: %s", diff)
	}
	if _, err := e.Amend([]Response{{Kind: "shrug"}}, nil); err == nil {
		t.Error("an unknown kind of response was taken")
	}
}

func TestJSONMatchesItsSchema(t *testing.T) {
	schema, err := jsonschema.NewCompiler().Compile("../docs/schemas/public-report-1.json")
	if err != nil {
		t.Fatal(err)
	}
	for name, in := range map[string]Input{"founding": founding(), "many": many()} {
		e, _ := compileOK(t, in)
		var b bytes.Buffer
		if err := WriteJSON(&b, e); err != nil {
			t.Fatal(err)
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(doc); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var back Edition
		if err := json.Unmarshal(b.Bytes(), &back); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(e, back); diff != "" {
			t.Errorf("%s is not read back as it was (-want +got):\n%s", name, diff)
		}
		for what, spoil := range map[string]func(m map[string]any){
			"a new field": func(m map[string]any) { m["victim"] = "x" },
			"a timeline":  func(m map[string]any) { m["period"] = map[string]any{"from": "2020-09-14", "to": "2020-H2"} },
			"a name unasked": func(m map[string]any) {
				m["campaigns"].([]any)[0].(map[string]any)["attribution"] = map[string]any{"attributed": true}
			},
		} {
			m, _ := jsonschema.UnmarshalJSON(bytes.NewReader(b.Bytes()))
			spoil(m.(map[string]any))
			if schema.Validate(m) == nil {
				t.Errorf("%s: the schema lets %s pass", name, what)
			}
		}
	}
}

func TestGolden(t *testing.T) {
	for name, in := range map[string]Input{"founding": founding(), "many": many()} {
		e, _ := compileOK(t, in)
		files, err := Artefacts(e)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			golden.File(t, filepath.Join("testdata", name, f.Name), f.Data)
		}
	}
}

// The page loads nothing, runs nothing, and its policy allows exactly the
// style sheet that is in it.
func TestPageStandsAlone(t *testing.T) {
	in := many()
	in.Publisher.Name = `<script>alert(1)</script>`
	in.Responses[0].Quote = `"><img src=x onerror=alert(1)>`
	in.Responses[0].Source = "javascript:alert(1)"
	e, _ := compileOK(t, in)
	var b bytes.Buffer
	if err := WriteHTML(&b, e); err != nil {
		t.Fatal(err)
	}
	doc, err := html.Parse(&b)
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]int{}
	var refs []string
	style, policy, headings := "", "", 0
	for n := range doc.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script", "img", "link", "iframe", "object", "embed", "form", "video", "base":
			t.Errorf("the page holds <%s>", n.Data)
		case "style":
			style = n.FirstChild.Data
		case "h1":
			headings++
		case "table":
			if n.FirstChild == nil || !strings.Contains(text(n), "Number") {
				t.Error("a table without its head")
			}
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "srcset":
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case a.Key == "id":
				ids[a.Val]++
			case a.Key == "href" || a.Key == "aria-labelledby":
				refs = append(refs, a.Val)
			case a.Key == "content" && strings.HasPrefix(a.Val, "default-src"):
				policy = a.Val
			}
		}
	}
	sum := sha256.Sum256([]byte(style))
	if want := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"; policy != want {
		t.Errorf("policy %q, want %q", policy, want)
	}
	if headings != 1 {
		t.Errorf("%d headings of the first order", headings)
	}
	for id, n := range ids {
		if n > 1 {
			t.Errorf("id %q is there %d times", id, n)
		}
	}
	for _, r := range refs {
		if id := strings.TrimPrefix(r, "#"); ids[id] == 0 && r != e.Publisher.Site {
			t.Errorf("a reference leads to %q", r)
		}
	}
	if strings.Contains(style, "@import") || strings.Contains(style, "url(") {
		t.Error("the style sheet loads something")
	}
}

func text(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func TestKindsFile(t *testing.T) {
	l, err := readKindList()
	if err != nil {
		t.Fatal(err)
	}
	uncounted := 0
	seen := map[detect.Kind]bool{}
	for _, k := range l.Kinds {
		seen[k.Kind] = true
		if !k.Counted {
			uncounted++
		}
		if k.Title == "" || k.Text == "" || len(k.Advice) == 0 || len(k.Techniques) == 0 {
			t.Errorf("%s is incomplete", k.Kind)
		}
		want := k.Kind.Technique()
		same := func(t Technique) bool { return t.ID == want || strings.HasPrefix(t.ID, want+".") } // what a mail carries says it more exactly
		if want != "" && !slices.ContainsFunc(k.Techniques, same) {
			t.Errorf("%s: techniques %v, but findings say %s", k.Kind, k.Techniques, want)
		}
	}
	if uncounted < 2 {
		t.Errorf("%d kinds make the rest: fewer than two give it away", uncounted)
	}
	for _, k := range []detect.Kind{detect.PasswordSpray, detect.BruteForce, detect.CredentialStuffing, detect.AccountEnumeration, detect.MFAFatigue, detect.WorkloadBruteForce,
		"recruiter_lure", "health_authority_lure", "credential_phish", "malware_lure", "thread_hijack", "lateral_phish", "device_code_phish"} {
		if !seen[k] {
			t.Errorf("%s is missing", k)
		}
	}
}

func TestWords(t *testing.T) {
	e := Edition{Rules: Rules{K: 3}, Total: Count{12, 12}, Tables: []Table{{Dimension: ByOutcome, Rows: []Row{
		{"blocked", Count{6, 8}}, {"password_confirmed", Count{3, 5}}, {"succeeded", Count{0, 2}}}}}}
	plain := func(s string) string { return strings.ReplaceAll(s, "\u00a0", " ") }
	got := plain(strings.Join(e.outcomeSentences(), " "))
	for _, want := range []string{"In some of them (6 to 8), every attempt was refused.", "In some of them (3 to 5), an attacker had", "the number is fewer than 3, which may be none"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q does not say %q", got, want)
		}
	}
	e.Total = Count{11, 11} // six of eleven is proved to be more than half
	if got := plain(e.outcomeSentences()[0]); !strings.HasPrefix(got, "In most of them (6 to 8),") {
		t.Errorf("%q", got)
	}
}

func TestMagnitude(t *testing.T) {
	for n, want := range map[int]Magnitude{0: "fewer than 100", 99: "fewer than 100", 100: "hundreds", 9999: "thousands", 51277: "tens of thousands", 5_000_000: "millions", 1 << 40: "millions"} {
		if got := magnitudeOf(n); got != want {
			t.Errorf("%d: %s, want %s", n, got, want)
		}
	}
}

// An organisation where one attack was refused is none where every attempt was.
func TestVictimOfSeveralAttacks(t *testing.T) {
	for _, tt := range []struct{ a, b, want outcome.Outcome }{
		{outcome.Blocked, outcome.Blocked, outcome.Blocked},
		{outcome.Blocked, outcome.Attempted, outcome.Attempted},
		{outcome.Undetermined, outcome.Blocked, outcome.Undetermined},
		{outcome.Blocked, outcome.Succeeded, outcome.Succeeded},
	} {
		kinds := []detect.Kind{detect.PasswordSpray}
		got := Input{}.victims([]outcome.Target{{Org: "a", Kinds: kinds, Outcome: tt.a}, {Org: "a", Kinds: kinds, Outcome: tt.b}})
		if len(got) != 1 || got[0].outcome != tt.want {
			t.Errorf("%v and %v: %+v, want %v", tt.a, tt.b, got, tt.want)
		}
	}
}
