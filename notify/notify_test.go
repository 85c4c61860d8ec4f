package notify

import (
	"encoding/json"
	"net/netip"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/detect"
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

var sender = Sender{
	Name: "Example Health CERT", Phone: "+33 1 99 00 12 34", KeyFingerprint: "0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567",
	Site: "https://cert.example", Policy: "cert.example, page Notices",
}

// hospital was sprayed: one account taken over, one password found, one
// sign-in that may be the owner's, the rest refused or unclear.
func hospital() Input {
	no := false
	record := func(stamp, what, addr string, line int64, event string) outcome.Record {
		return outcome.Record{File: "/srv/logs/hopital-exemple/entra-2026-11.json.gz", Line: line, Event: event, Time: at(stamp), What: what, Addr: addr}
	}
	return Input{
		Org: org.Organisation{
			ID: "hopital-exemple", Name: "Hôpital Exemple", Country: "FR", Sector: org.ResearchHospital,
			Language: "fr", Duties: map[string]any{"nis2": "essential"},
		},
		Cases: []Case{{
			Confidence: 0.974, Attribution: attribute.Candidate, Protocols: []string{"legacy", "ropc"},
			Target: outcome.Target{
				Campaign: "PH-2026-0001", Org: "hopital-exemple", Kinds: []detect.Kind{detect.PasswordSpray},
				First: at("2026-11-02 08:12"), Last: at("2026-11-09 17:40"), Attempts: 1432,
				Sources: addrs("192.0.2.7", "192.0.2.91", "198.51.100.14", "2001:db8::17"), More: 208,
				Clients: []string{"CBAInPROD", "python-requests/2.28"},
				Outcome: outcome.Succeeded, Confidence: 0.95, Undetermined: 2,
				Gaps: []outcome.Gap{{From: at("2026-11-04 00:00"), To: at("2026-11-04 09:30")}},
				Accounts: []outcome.Account{
					{Account: "claire.martin@hopital-exemple.fr", Outcome: outcome.Succeeded, Attempts: 14, First: at("2026-11-02 08:12"), Last: at("2026-11-09 17:40"),
						Why: "signed in from 198.51.100.14, an address of the attack that the account had not used before",
						Evidence: []outcome.Record{
							record("2026-11-07 03:05", "ok 0", "198.51.100.14", 88123, "5d0c7c1e-1111-4a3c-9b1e-000000000001"),
							record("2026-11-07 03:01", "bad_password 50126", "198.51.100.14", 88119, "5d0c7c1e-1111-4a3c-9b1e-000000000002"),
						}},
					{Account: "pharmacie@hopital-exemple.fr", Outcome: outcome.PasswordConfirmed, Attempts: 9, First: at("2026-11-03 11:20"), Last: at("2026-11-08 12:01"),
						Why:      "mfa_required (50076) shows that the password was right; no access is seen",
						Evidence: []outcome.Record{record("2026-11-08 12:01", "mfa_required 50076", "192.0.2.91", 90412, "")}},
					{Account: "j.petit@hopital-exemple.fr", Outcome: outcome.Blocked, Attempts: 12, First: at("2026-11-02 09:00"), Last: at("2026-11-08 10:10"),
						Why: "every attempt was refused and nothing shows that a password was right"},
					{Account: "nobody@hopital-exemple.fr", Known: &no, Outcome: outcome.Blocked, Attempts: 3, First: at("2026-11-02 09:02"), Last: at("2026-11-02 19:30"),
						Why: "every attempt was refused and nothing shows that a password was right"},
					{Account: "labo@hopital-exemple.fr", Outcome: outcome.Undetermined, Attempts: 4, First: at("2026-11-04 09:40"), Last: at("2026-11-05 10:10"),
						Why: "the only answers were of a kind that says nothing about the password (locked 50053)"},
					{Account: "interne@hopital-exemple.fr", Outcome: outcome.Undetermined, Attempts: 5, First: at("2026-11-05 09:40"), Last: at("2026-11-08 08:10"),
						Why:      "the tries end with a sign-in from 203.0.113.50, from where the account had never signed in: its owner on the road or the attacker",
						Evidence: []outcome.Record{record("2026-11-08 11:30", "ok", "203.0.113.50", 90377, "")}},
				},
			},
		}},
		Sender:  sender,
		At:      at("2026-11-10 09:00"),
		Aware:   at("2026-11-10 10:00"),
		Edition: Edition{On: at("2027-01-15 00:00"), ObjectBy: at("2026-12-15 00:00")},
	}
}

// workshop has two campaigns: an attack on a host and false recruiters.
func workshop() Input {
	account := outcome.Account{Account: "root@gw1", Outcome: outcome.Blocked, Attempts: 4210, First: at("2026-11-01 00:00"), Last: at("2026-11-02 00:00"),
		Why: "every attempt was refused and nothing shows that a password was right"}
	return Input{
		Org: org.Organisation{ID: "impfwerk", Name: "Impfwerk & Söhne GmbH", Country: "IN", Sector: org.VaccineResearch},
		Cases: []Case{
			{Confidence: 1, Attribution: attribute.Unattributed, Protocols: []string{"ssh"}, Target: outcome.Target{
				Campaign: "PH-2026-0002", Org: "impfwerk", Kinds: []detect.Kind{detect.BruteForce}, First: account.First, Last: account.Last,
				Attempts: 4210, Sources: addrs("203.0.113.9"), Outcome: outcome.Blocked, Confidence: 0.9, Accounts: []outcome.Account{account},
			}},
			{Confidence: 0.8, Target: outcome.Target{
				Campaign: "PH-2026-0003", Org: "impfwerk", Kinds: []detect.Kind{"recruiter_lure"}, First: at("2026-11-05 06:00"), Last: at("2026-11-05 07:00"),
				Attempts: 1, Outcome: outcome.Attempted, Confidence: 0.5,
				Accounts: []outcome.Account{{Account: "박민수@impfwerk.example", Outcome: outcome.Attempted, Attempts: 1, First: at("2026-11-05 06:00"), Last: at("2026-11-05 07:00"), Why: "the mail was delivered"}},
			}},
		},
		At: at("2026-11-10 09:00"),
	}
}

// institute got false mail of a health authority: one person followed it.
func institute() Input {
	record := func(stamp, what string, line int64) outcome.Record {
		return outcome.Record{File: "institute/UrlClickEvents.csv", Line: line, Event: "3f0c9a1e-0000-4000-8000-000000000001", Time: at(stamp), What: what}
	}
	return Input{
		Org: org.Organisation{ID: "institut", Name: "Institut Exemple", Country: "FR", Sector: org.ClinicalResearch},
		Cases: []Case{{Confidence: 0.95, Attribution: attribute.Unattributed, Target: outcome.Target{
			Campaign: "PH-2026-0004", Org: "institut", Kinds: []detect.Kind{detect.HealthAuthorityLure}, First: at("2026-11-05 06:00"), Last: at("2026-11-05 08:10"),
			Attempts: 3, Outcome: outcome.PasswordConfirmed, Confidence: 0.9,
			Mails: []outcome.Mail{{
				MessageID: "1605.77@mailer.who-office.example", Time: at("2026-11-05 06:00"), From: "covid@who-office.example", Name: "World Health Organization",
				ReplyTo: "desk@who-reply.example", Subject: "[Click](http://evil.example) Situation report\x1b[31m 42", Recipients: 3,
				Links: []string{"hxxps://files[.]who-office[.]example/report?id=***"}, Domains: []string{"who-office.example"},
				Files: []outcome.File{{Name: "report\u202efdp.exe", SHA256: strings.Repeat("0f", 32), Kind: "exe"}},
			}},
			Accounts: []outcome.Account{
				{Account: "a.durand@institut.example", Outcome: outcome.PasswordConfirmed, Attempts: 1, First: at("2026-11-05 06:00"), Last: at("2026-11-05 08:10"),
					Why:      "the recipient followed a link of the mail at 2026-11-05 08:10 UTC, and credentials were at stake there; no access is seen",
					Evidence: []outcome.Record{record("2026-11-05 08:10", "click (ClickAllowed)", 17)}},
				{Account: "b.roy@institut.example", Outcome: outcome.Attempted, Attempts: 1, First: at("2026-11-05 06:00"), Last: at("2026-11-05 06:00"), Why: "the mail was delivered; no click is logged"},
				{Account: "c.noel@institut.example", Outcome: outcome.Blocked, Attempts: 1, First: at("2026-11-05 06:00"), Last: at("2026-11-05 06:00"), Why: "the mail was quarantined"},
			},
		}}},
		Sender: sender, At: at("2026-11-10 09:00"),
	}
}

func TestGolden(t *testing.T) {
	for name, in := range map[string]Input{"hospital": hospital(), "workshop": workshop(), "institute": institute()} {
		n, err := Draft(in)
		if err != nil {
			t.Fatal(err)
		}
		golden.File(t, filepath.Join("testdata", name+".txt"), []byte(n.Subject+"\n\n"+n.Text))
		golden.File(t, filepath.Join("testdata", name+".md"), []byte(n.Markdown))
	}
}

// What was refused says nothing of what was not: the first paragraph must not
// calm a reader by the better half.
func TestInShort(t *testing.T) {
	const refused, held = "Every try to sign in that we saw was refused", "All of the mail that we saw was refused"
	for _, tt := range []struct {
		signIns, mails outcome.Outcome
		refused, held  bool
		outcome        outcome.Outcome
	}{
		{outcome.Blocked, outcome.Blocked, true, true, outcome.Blocked},
		{outcome.Blocked, outcome.Attempted, true, false, outcome.Attempted},
		{outcome.Blocked, outcome.Undetermined, true, false, outcome.Undetermined},
		{outcome.Undetermined, outcome.Blocked, false, true, outcome.Undetermined},
		{outcome.Attempted, outcome.Undetermined, false, false, outcome.Undetermined},
		{outcome.Blocked, outcome.Succeeded, false, false, outcome.Succeeded},
	} {
		in := workshop()
		in.Cases[0].Target.Outcome, in.Cases[1].Target.Outcome = tt.signIns, tt.mails
		n, err := Draft(in)
		if err != nil {
			t.Fatal(err)
		}
		if n.Outcome != tt.outcome || strings.Contains(n.Markdown, refused) != tt.refused || strings.Contains(n.Markdown, held) != tt.held {
			t.Errorf("sign-ins %v, mails %v: outcome %v, %q", tt.signIns, tt.mails, n.Outcome, n.Markdown[:1000])
		}
	}
}

func TestDraftRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(*Input)
		want   string
	}{
		{"another organisation's target", func(in *Input) { in.Cases[0].Target.Org = "impfwerk" }, `the target is "impfwerk"`},
		{"another organisation's target behind its own", func(in *Input) { in.Cases = append(in.Cases, workshop().Cases[0]) }, `campaign "PH-2026-0002": the target is "impfwerk"`},
		{"events of nobody", func(in *Input) { in.Org.ID = org.Unassigned; in.Cases[0].Target.Org = org.Unassigned }, "not known"},
		{"no organisation", func(in *Input) { in.Org.ID = ""; in.Cases[0].Target.Org = "" }, "not known"},
		{"nothing to tell", func(in *Input) { in.Cases = nil }, "nothing to tell"},
		{"one campaign twice", func(in *Input) { in.Cases = append(in.Cases, in.Cases[0]) }, "twice"},
		{"to replace another organisation's notice", func(in *Input) { in.Previous = &Notice{Org: "impfwerk"} }, `that of "impfwerk"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			in := hospital()
			tt.change(&in)
			n, err := Draft(in)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
			if n.Text != "" || n.Markdown != "" || n.Subject != "" {
				t.Error("a refused notice has text")
			}
		})
	}
}

func TestSubjectNamesNobody(t *testing.T) {
	n, err := Draft(hospital())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(n.Subject, "[TLP:AMBER+STRICT] Sign-in attack against your organisation - reference "+n.Reference) {
		t.Errorf("subject %q", n.Subject)
	}
	for _, name := range []string{"Exemple", "hopital", "PH-2026"} {
		if strings.Contains(n.Subject, name) {
			t.Errorf("subject %q names %q", n.Subject, name)
		}
	}
	if strings.Contains(n.Subject, n.Code) {
		t.Error("the subject, which is never encrypted, holds the code")
	}
}

func TestReference(t *testing.T) {
	draft := func(change func(*Input)) Notice {
		t.Helper()
		in := workshop()
		change(&in)
		n, err := Draft(in)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	same := draft(func(*Input) {})
	if len(same.Reference) != 9 || same.Reference[4] != '-' || strings.ContainsAny(same.Reference, "ILOU") {
		t.Errorf("reference %q", same.Reference)
	}
	if same.Reference == same.Code {
		t.Error("who knows the reference knows the code")
	}
	if n := draft(func(in *Input) { in.Cases[0], in.Cases[1] = in.Cases[1], in.Cases[0] }); n.Reference != same.Reference {
		t.Error("the order of campaigns changes the reference")
	}
	if n := draft(func(in *Input) { in.At = in.At.Add(time.Hour); in.Sender = Sender{} }); n.Reference != same.Reference {
		t.Error("the time or the sender changes the reference")
	}
	seen := map[string]string{same.Reference: "the first"}
	for name, change := range map[string]func(*Input){
		"another organisation": func(in *Input) {
			in.Org.ID = "other"
			for i := range in.Cases {
				in.Cases[i].Target.Org = "other"
			}
		},
		"fewer campaigns": func(in *Input) { in.Cases = in.Cases[:1] },
		"ids that join to the same text": func(in *Input) {
			in.Cases[0].Target.Campaign, in.Cases[1].Target.Campaign = "PH-2026-0002P", "H-2026-0003"
		},
		"a revision": func(in *Input) { in.Previous = &same },
		"a key":      func(in *Input) { in.Key = []byte("secret") },
	} {
		n := draft(change)
		if was, ok := seen[n.Reference]; ok {
			t.Errorf("%s has the reference of %s", name, was)
		}
		seen[n.Reference] = name
	}
}

func TestRevision(t *testing.T) {
	first, err := Draft(hospital())
	if err != nil {
		t.Fatal(err)
	}
	in := hospital()
	in.Previous = &first
	in.Cases[0].Target.Outcome = outcome.Blocked
	in.Cases[0].Target.Accounts = in.Cases[0].Target.Accounts[2:4]
	second, err := Draft(in)
	if err != nil {
		t.Fatal(err)
	}
	if second.Revision != 2 {
		t.Errorf("revision %d", second.Revision)
	}
	for _, want := range []string{"Replaces: revision 1, reference " + first.Reference, "Correction: our earlier notice said more"} {
		if !strings.Contains(second.Markdown, want) {
			t.Errorf("the notice does not say %q", want)
		}
	}
	in.Cases[0].Target.Outcome = outcome.Succeeded
	if same, _ := Draft(in); strings.Contains(same.Text, "Correction") {
		t.Error("a notice that says no less is called a correction")
	}
}

// India asks for a report of an attempt, France of access only.
func TestDutiesFollowTheOutcome(t *testing.T) {
	in := hospital()
	n, _ := Draft(in)
	for _, want := range []string{
		"NIS2 Directive, Article 23 (European Union): could apply", "early warning within 24 hours of becoming aware: by 2026-11-11 10:00 UTC",
		"check with counsel",
	} {
		if !strings.Contains(n.Markdown, want) {
			t.Errorf("the notice does not say %q", want)
		}
	}
	in.Cases[0].Target.Outcome = outcome.PasswordConfirmed
	if n, _ = Draft(in); strings.Contains(n.Markdown, "NIS2") {
		t.Error("without access the NIS2 clock runs")
	}
	if n, _ = Draft(workshop()); !strings.Contains(n.Markdown, "report within 6 hours of becoming aware: by 2026-11-10 15:00 UTC") {
		t.Error("an attempt in India starts no clock")
	}
}

func TestMissingSender(t *testing.T) {
	in := hospital()
	in.Sender = Sender{Name: "Example Health CERT"}
	n, err := Draft(in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"phone", "key fingerprint", "site"}, n.Missing); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(n.Text, "This is a draft.") {
		t.Error("the draft does not say that it is one")
	}
	if n, _ := Draft(hospital()); n.Missing != nil || strings.Contains(n.Text, "This is a draft.") {
		t.Error("a complete notice says that it is a draft")
	}
}

// A large target is cut, and says so.
func TestLimits(t *testing.T) {
	in := hospital()
	target := &in.Cases[0].Target
	target.Sources, target.More = nil, 0
	for i := range maxSources + 7 {
		target.Sources = append(target.Sources, netip.AddrFrom4([4]byte{198, 51, 100, byte(i)}))
	}
	target.Accounts = nil
	for range maxAccounts + 9 {
		target.Accounts = append(target.Accounts, outcome.Account{Account: "a@hopital-exemple.fr", Outcome: outcome.Succeeded, Why: "signed in"})
	}
	n, err := Draft(in)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"and 7 more addresses", "9 more accounts are not listed here", "For 4,959 more accounts of this kind"} {
		if !strings.Contains(n.Markdown, want) {
			t.Errorf("the notice does not say %q", want)
		}
	}
	if strings.Contains(n.Markdown, "198.51.100.103") {
		t.Error("an address beyond the limit is listed")
	}
}

func TestNoticeIsStable(t *testing.T) {
	a, _ := Draft(hospital())
	for range 5 {
		if b, _ := Draft(hospital()); cmp.Diff(a, b) != "" {
			t.Fatal("the same input gave another notice")
		}
	}
	encoded, err := json.Marshal(a)
	if err != nil {
		t.Fatal(err)
	}
	var back Notice
	if err := json.Unmarshal(encoded, &back); err != nil || cmp.Diff(a, back) != "" {
		t.Errorf("not the same after JSON: %v", err)
	}
}
