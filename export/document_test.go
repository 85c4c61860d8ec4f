package export

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/netip"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/exchange"
	"github.com/pumphandle/pumphandle/internal/golden"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

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
func example() Input {
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
	return Input{
		Producer: "Example Health CERT", At: at("2026-11-10 09:00"), Cases: []Case{spray, brute},
		Protected: []org.Organisation{{ID: "impfwerk", Name: "Impfwerk & Söhne GmbH", Domains: []string{"impfwerk.example"}, Netblocks: []netip.Prefix{netip.MustParsePrefix("203.0.113.32/27")}}},
	}
}

func document(t testing.TB, in Input) exchange.Document {
	t.Helper()
	d, err := Document(in)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func bundle(t testing.TB, in Input) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := exchange.WriteSTIX(&b, document(t, in)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// proposed is the example with an assessment that may be stated, an analyst
// who rejects it, and an accused who denies.
func proposed() Input {
	in := example()
	c := &in.Cases[0]
	c.Assessment = attribute.Assessment{
		Status: attribute.Rejected, Unknown: 0.4, Confidence: "moderate", Reason: "The certificate was bought by somebody else.",
		Candidates: []attribute.Hypothesis{
			{Actor: "actor-1", P: 0.56, Likelihood: "likely", Names: []attribute.Name{{Name: "Example Bear", Producer: "Example Vendor"}, {Name: "EB-1", Producer: "Other Vendor"}},
				Evidence: []attribute.Weight{{Class: "infrastructure", Text: "a certificate of its own", Weight: 3}, {Class: "victim", Text: "hits impfwerk", Weight: 0.4}}},
			{Actor: "actor-2", P: 0.04, Likelihood: "almost no chance", Names: []attribute.Name{{Name: "Example Panda", Producer: "Example Vendor"}}},
		},
	}
	c.Statements = []exchange.Statement{
		{Actor: "actor-1", Kind: exchange.Denial, By: "Embassy of the state named", At: at("2026-11-12 00:00"), Text: "We have nothing to do with this.", Ref: "https://news.example/denial"},
		{Actor: "actor-1", Kind: exchange.Referral, By: "A ministry", At: at("2026-11-13 00:00"), Text: "Nothing to add to earlier denials."},
		{Actor: "somebody", Kind: exchange.NoReply, By: "Another embassy", At: at("2026-11-14 00:00"), Text: "Asked on 11 November, no answer."},
		{Actor: "actor-1", Kind: exchange.Comment, By: "A colleague", At: at("2026-11-14 00:00"), Text: "It fits what impfwerk told us."},
	}
	return in
}

func TestGolden(t *testing.T) {
	for name, in := range map[string]Input{"example": example(), "proposed": proposed()} {
		for _, f := range Formats {
			var b bytes.Buffer
			if err := f.Write(&b, document(t, in)); err != nil {
				t.Fatal(err)
			}
			ext := map[string]string{"stix": "stix.json", "misp": "misp.json", "ocsf": "ocsf.jsonl", "csv": "csv"}[f.Name]
			golden.File(t, filepath.Join("testdata", name+"."+ext), b.Bytes())
		}
	}
}

// Behaviour alone never makes an actor an object: candidates stand in a note,
// unless somebody asks for them.
func TestCandidatesAreNoNames(t *testing.T) {
	in := example()
	d := document(t, in)
	if len(d.Actors)+len(d.Assertions) > 0 {
		t.Errorf("a candidate is stated: %+v", d.Assertions)
	}
	in.Hypotheses = true
	d = document(t, in)
	if len(d.Assertions) != 2 || d.Assertions[0].Actor != "unnamed/PH-2026-0001" || d.Assertions[0].Confidence != 71 || d.Assertions[1].Actor != "actor-1" || d.Assertions[1].Confidence != 21 {
		t.Errorf("the hypotheses do not compete: %+v", d.Assertions)
	}
	in.Cases[0].Assessment.Status = attribute.Unattributed
	if d := document(t, in); len(d.Assertions) > 0 {
		t.Errorf("an unattributed campaign is attributed: %+v", d.Assertions)
	}
}

// What others say goes with what it is about, and shows no victim either.
func TestStatements(t *testing.T) {
	d := document(t, proposed())
	for _, a := range d.Assertions { // the decision is about the first candidate only
		if (a.Status == "rejected") != (a.Actor == "actor-1") {
			t.Errorf("%s is %q", a.Actor, a.Status)
		}
	}
	var kinds []exchange.StatementKind
	for _, s := range d.Statements {
		kinds = append(kinds, s.Kind)
	}
	if want := []exchange.StatementKind{exchange.Rejection, exchange.Denial, exchange.Referral}; !slices.Equal(kinds, want) {
		t.Errorf("statements %q, want %q", kinds, want)
	}
	noted := false
	for _, n := range d.Campaigns[0].Notes {
		noted = noted || strings.Contains(n.Title, "no reply") && strings.Contains(n.Text, "Asked on 11 November")
	}
	if !slices.Contains(d.Campaigns[0].Notes, exchange.Note{Title: "Not in this document", Text: "Statements that show a victim: 1."}) {
		t.Error("a statement is left out and not counted")
	}
	if !noted {
		t.Error("a statement about an actor that is not stated is lost")
	}
	if text := string(bundle(t, proposed())); strings.Contains(text, "impfwerk") {
		t.Error("evidence or a statement shows a victim")
	}
}

func TestMarking(t *testing.T) {
	for name, tt := range map[string]struct {
		tlp     exchange.TLP
		victims bool
		want    exchange.TLP
	}{
		"usually":              {"", false, exchange.Amber},
		"asked for":            {exchange.Green, false, exchange.Green},
		"public":               {exchange.Clear, false, ""},
		"with victims":         {"", true, exchange.AmberStrict},
		"victims to everybody": {exchange.Amber, true, ""},
		"victims, red":         {exchange.Red, true, exchange.Red},
	} {
		in := example()
		in.TLP, in.Victims = tt.tlp, tt.victims
		d, err := Document(in)
		if d.TLP != tt.want || (err != nil) != (tt.want == "") || err != nil && !errors.Is(err, ErrTooOpen) {
			t.Errorf("%s: %s, %v", name, d.TLP, err)
		}
	}
}

// Victims are named where somebody asks for it: their names and outcomes,
// never their people or addresses.
func TestVictimsWhereAskedFor(t *testing.T) {
	in := example()
	in.Victims = true
	for _, f := range Formats {
		var b bytes.Buffer
		if err := f.Write(&b, document(t, in)); err != nil {
			t.Fatal(err)
		}
		if text := b.String(); f.Name != "csv" && (!strings.Contains(text, "Impfwerk & Söhne GmbH") || !strings.Contains(text, "succeeded")) {
			t.Errorf("%s does not name the victims", f.Name)
		}
		for _, id := range []string{"claire.martin", "203.0.113.40", "10.1.2.3", "hopital-exemple.fr"} {
			if strings.Contains(b.String(), id) {
				t.Errorf("%s holds %q", f.Name, id)
			}
		}
	}
}

func TestKnowledge(t *testing.T) {
	d := Knowledge(actor.Starter(), "Example CERT", at("2026-11-10 09:00"), exchange.Green)
	var b bytes.Buffer
	if err := exchange.WriteSTIX(&b, d); err != nil {
		t.Fatal(err)
	}
	base := actor.New()
	if _, err := base.Import("knowledge.json", &b); err != nil {
		t.Fatal(err)
	}
	// The base reads back the same actors, names and techniques, each with as
	// many reports.
	want, got := actor.Starter().Records(), base.Records()
	if len(got) != len(want) {
		t.Fatalf("%d records, %d came back", len(want), len(got))
	}
	for _, w := range want {
		found := base.Find(w.Names[0].Name)
		i := slices.IndexFunc(found, func(r *actor.Record) bool { return r.Names[0].Name == w.Names[0].Name })
		if i < 0 || len(found[i].Techniques) != len(w.Techniques) {
			t.Errorf("%s did not come back whole", w.Names[0].Name)
			continue
		}
		for k, u := range found[i].Techniques {
			if u.ID != w.Techniques[k].ID || u.Sources() != w.Techniques[k].Sources() {
				t.Errorf("%s: %v became %v", w.Names[0].Name, w.Techniques[k], u)
			}
		}
	}
}

func TestVictimsStayOut(t *testing.T) {
	for _, f := range Formats {
		var b bytes.Buffer
		if err := f.Write(&b, document(t, example())); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"hopital-exemple", "impfwerk", "claire.martin", "gw1", "10.1.2.3", "203.0.113.40"} {
			if strings.Contains(strings.ToLower(b.String()), id) {
				t.Errorf("%s holds %q", f.Name, id)
			}
		}
		for _, want := range []string{"192.0.2.7", "2001:db8::17", "CBAInPROD"} {
			if !strings.Contains(b.String(), want) {
				t.Errorf("%s does not hold %q", f.Name, want)
			}
		}
	}
	for _, want := range []string{
		"internal addresses and addresses of protected organisations: 2", "more addresses: 12", "evidence that shows a victim: 1", "client names that show a victim: 1", "nearly each came from a new one",
	} {
		if data := string(bundle(t, example())); !strings.Contains(data, want) {
			t.Errorf("the bundle does not say %q", want)
		}
	}
}

func TestIndicatorLimit(t *testing.T) {
	in := example()
	in.Indicators = 2
	var values []string
	for _, i := range document(t, in).Indicators {
		if i.Kind == exchange.Address && i.About[0] == "PH-2026-0001" {
			values = append(values, i.Value)
		}
	}
	// The two that both targets saw, one of them in its IPv4-mapped form.
	if want := []string{"192.0.2.7", "192.0.2.91"}; !slices.Equal(values, want) {
		t.Errorf("got %q, want %q", values, want)
	}
	if !strings.Contains(string(bundle(t, in)), "more addresses: 13") {
		t.Error("what was cut is not counted")
	}
}

// stixObject is what the next test looks at.
type stixObject struct {
	Type    string `json:"type"`
	ID      string `json:"id"`
	Created string `json:"created"`
}

func objects(t testing.TB, data []byte) []stixObject {
	t.Helper()
	var b struct{ Objects []stixObject }
	if err := json.Unmarshal(data, &b); err != nil {
		t.Fatal(err)
	}
	return b.Objects
}

// An object keeps its id and the time of its making from version to version,
// and no two producers share one.
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

func TestDocumentRefuses(t *testing.T) {
	in := example()
	in.Cases[1].Campaign.ID = ""
	if _, err := Document(in); err == nil {
		t.Error("a campaign without a number was written")
	}
	in = example()
	in.Cases[1].Campaign.ID = in.Cases[0].Campaign.ID
	if _, err := Document(in); err == nil {
		t.Error("a campaign was written twice")
	}
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
