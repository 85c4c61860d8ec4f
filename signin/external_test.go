package signin

import (
	"bytes"
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// external returns the path of third-party data that is not in the repository,
// and skips the test where it is absent.
func external(t *testing.T, path string) string {
	t.Helper()
	full := filepath.Join("..", "..", "shared", "data", "signin", path)
	if _, err := os.Stat(full); err != nil {
		t.Skipf("skipped: no third-party data %s", path)
	}
	return full
}

// decodeFile decodes a file and fails the test if a record is damaged. Strings
// are cloned, as each event is only valid until the next.
func decodeFile(t *testing.T, format Format, path string) (events []Event) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		events = append(events, cloneEvent(ev))
	}
	return events
}

func cloneEvent(ev *Event) Event {
	c := *ev
	for _, s := range []*string{
		&c.ID, &c.Tenant, &c.Host, &c.Account, &c.Country, &c.UserAgent, &c.Client, &c.App, &c.Code, &c.Action,
	} {
		*s = strings.Clone(*s)
	}
	return c
}

// The audit log of a real lab tenant, as API records and as a Purview export:
// see the truth in shared/data/signin/INDEX.md.
func TestExternalAuditLog(t *testing.T) {
	records := decodeFile(t, m365Audit, external(t, "invictus_o365/signins_auditdata.jsonl"))
	export := decodeFile(t, m365Audit, external(t, "invictus_o365/signins_purview_export.csv"))

	var failed, confirmed int
	spray := map[string]int{} // attack A: the account → its failures by ROPC
	byKey := map[uint64]Event{}
	for _, ev := range records {
		byKey[ev.Key] = ev
		if ev.Time.IsZero() || !ev.Addr.IsValid() || ev.Tenant == "" || ev.Account == "" || ev.Class == ClassNone {
			t.Errorf("line %d lacks something: %+v", ev.Line, ev)
		}
		if ev.Class.Succeeded() {
			continue
		}
		failed++
		if ev.Class.ConfirmsPassword() {
			confirmed++
		}
		if ev.Protocol == ROPC && ev.Class == BadPassword && ev.Time.Format("2006-01-02") == "2021-03-26" {
			spray[ev.Account]++
		}
	}
	if len(records) != 569 || len(byKey) != 569 || failed != 216 || confirmed != 39 {
		t.Errorf("%d records with %d keys, %d failed, %d of these confirm the password; want 569, 569, 216, 39",
			len(records), len(byKey), failed, confirmed)
	}
	if len(spray) != 6 {
		t.Errorf("attack A is on %v, want six accounts", spray)
	}
	for account, n := range spray {
		if n != 6 {
			t.Errorf("attack A: %d failures of %s, want 6", n, account)
		}
	}
	if len(export) != len(records) {
		t.Errorf("the export has %d events", len(export))
	}
	for _, ev := range export {
		want := byKey[ev.Key]
		want.Line = ev.Line
		if ev != want {
			t.Errorf("the export differs:\n%+v\n%+v", ev, want)
		}
	}
}

// The mailbox rules of a real intruder, as Sentinel's OfficeActivity has them.
func TestExternalOfficeActivity(t *testing.T) {
	text, err := os.ReadFile(external(t, "entra_lab_NO_LICENCE/bec_OfficeActivity.csv"))
	if err != nil {
		t.Fatal(err)
	}
	format, _ := Detect(text)
	acts := map[string]int{}
	for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
		if err != nil {
			t.Error(err)
		} else if ev.Class == ClassActivity {
			acts[ev.Action+" from "+ev.Addr.String()]++
		}
	}
	want := map[string]int{
		"New-InboxRule from 10.0.0.1": 4, "New-InboxRule from 192.168.1.1": 1, // of the intruder, and of the owner
		"MailItemsAccessed from 192.168.1.1": 1, "MailItemsAccessed from 2001:db8:123:abc::45": 2,
	}
	if format.Name != "m365-audit" || !maps.Equal(acts, want) {
		t.Errorf("%q: %v, want %v", format.Name, acts, want)
	}
}

// Vendor samples with the result that the source expects.
func TestExternalSekoia(t *testing.T) {
	for _, set := range []struct {
		pattern          string
		format           Format
		files            int
		success, failure int
	}{
		{"Azure_azure-ad__*.json", entraMonitor, 13, 1, 1},
		{"Office-365_o365__*.json", m365Audit, 37, 2, 0},
		{"Microsoft_microsoft-entraid-graphapi__*.json", entraAudit, 39, 0, 0},
	} {
		files, err := filepath.Glob(filepath.Join(external(t, "sekoia_NO_LICENCE"), set.pattern))
		if err != nil || len(files) != set.files {
			t.Fatalf("%s: %d files, %v", set.pattern, len(files), err)
		}
		success, failure := 0, 0
		for _, file := range files {
			var sample struct {
				Input    struct{ Message string }
				Expected struct {
					Event struct {
						Category []string
						Outcome  string
					}
				}
			}
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, &sample)
			}
			if err != nil {
				t.Fatal(err)
			}
			got := outcomeOf(t, set.format, []byte(sample.Input.Message))
			want := ""
			if strings.Join(sample.Expected.Event.Category, " ") == "authentication" {
				want = sample.Expected.Event.Outcome
			}
			// A workload's sign-in is one, too; the source files it elsewhere.
			if got != want && !strings.Contains(sample.Input.Message, "ServicePrincipalSignInLogs") {
				t.Errorf("%s: %q, want %q", filepath.Base(file), got, want)
			}
			switch want {
			case "success":
				success++
			case "failure":
				failure++
			}
		}
		if success != set.success || failure != set.failure {
			t.Errorf("%s: %d successes and %d failures, want %d and %d", set.pattern, success, failure, set.success, set.failure)
		}
	}
}

// outcomeOf returns "success" or "failure" for the one record in text, and ""
// if it is no sign-in.
func outcomeOf(t *testing.T, format Format, text []byte) string {
	t.Helper()
	outcome, n := "", 0
	for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
		if n++; err != nil {
			t.Errorf("%v in %.200s", err, text)
			continue
		}
		switch {
		case ev.Class.Succeeded():
			outcome = "success"
		case ev.Class != ClassNone && ev.Class != ClassActivity:
			outcome = "failure"
		}
	}
	if n != 1 {
		t.Errorf("%d records in %.200s", n, text)
	}
	return outcome
}

// Rule tests of Panther: each raw event is found to be of its format and is a
// sign-in with the class of its code.
func TestExternalPanther(t *testing.T) {
	for _, set := range []struct {
		file   string
		format string
		want   string
	}{
		{"azure_excessive_account_lockouts.yml", "entra-monitor", "locked bad_password locked"},
		{"azure_high_risk_signin.yml", "entra-monitor", "ok ok"},
		{"azure_legacyauth.yml", "entra-monitor", "bad_password ok ok"},
		{"azure_risklevel_passthrough.yml", "entra-monitor", "bad_password bad_password bad_password bad_password bad_password"},
		{"microsoft365_brute_force_login_by_user.yml", "m365-audit", "bad_password ok"},
	} {
		text, err := os.ReadFile(external(t, filepath.Join("panther", set.file)))
		if err != nil {
			t.Fatal(err)
		}
		var rule struct {
			Tests []struct {
				Log map[string]any `yaml:"Log"`
			} `yaml:"Tests"`
		}
		if err := yaml.Unmarshal(text, &rule); err != nil {
			t.Fatal(err)
		}
		var classes []string
		for _, test := range rule.Tests {
			record, err := json.Marshal(test.Log)
			if err != nil {
				t.Fatal(err)
			}
			format, ok := Detect(record)
			if !ok || format.Name != set.format {
				t.Errorf("%s: taken for %q", set.file, format.Name)
				continue
			}
			for ev, err := range format.Decode(bytes.NewReader(record), Options{}) {
				var bad *RecordError
				if errors.As(err, &bad) {
					classes = append(classes, bad.Err.Error())
					continue
				}
				classes = append(classes, ev.Class.String())
			}
		}
		if got := strings.Join(classes, " "); got != set.want {
			t.Errorf("%s: %s, want %s", set.file, got, set.want)
		}
	}
}

// The audit log of a lab as CSV of Log Analytics: of seven records one is a
// person's (Register device); the others are those of a service, or what
// undoes it.
func TestExternalEntraAudit(t *testing.T) {
	text, err := os.ReadFile(external(t, "entra_lab_NO_LICENCE/bec_AuditLogs.csv"))
	if err != nil {
		t.Fatal(err)
	}
	format, _ := Detect(text)
	if format.Name != "entra-audit" {
		t.Fatalf("taken for %q", format.Name)
	}
	events, bad := decodeAll(t, format, text)
	acts := keyed(events)
	if len(events) != 7 || bad != 0 || len(acts) != 1 {
		t.Fatalf("%d records, %d damaged, %d acts; want 7, 0, 1", len(events), bad, len(acts))
	}
	act := acts[0]
	if at := act.Time.Format("2006-01-02 15:04:05.000"); act.Action != "Register device" || at != "2026-06-15 15:50:30.492" || act.Account != "isaacdunham@corp.local" ||
		act.Addr.String() != "10.0.0.1" || act.Tenant != "a1b2c345-1a2b-1234-123a-123abcd12345" || act.App != "Device Registration Service" {
		t.Errorf("%+v", act)
	}
}

// The audit records among the vendor samples: those of a person that are listed.
func TestExternalSekoiaEntraAudit(t *testing.T) {
	want := map[string]string{
		"add_domain":           "",
		"add_user":             "Add user by user1",
		"app_role":             "Add app role assignment to service principal by jdoe-aad@example.onmicrosoft.com",
		"change_user_password": "Change user password by user1",
	}
	files, err := filepath.Glob(filepath.Join(external(t, "sekoia_NO_LICENCE"), "*entra*.json"))
	azure, err2 := filepath.Glob(filepath.Join(external(t, "sekoia_NO_LICENCE"), "Azure_azure-ad__*.json"))
	if err != nil || err2 != nil || len(files)+len(azure) != 52 {
		t.Fatalf("%d files, %v", len(files)+len(azure), err)
	}
	for _, file := range append(files, azure...) {
		message := sekoiaMessage(t, file)
		format, _ := Detect(message)
		if format.Name != "entra-audit" && format.Name != "entra-monitor" {
			t.Errorf("%s is taken for %q", filepath.Base(file), format.Name)
			continue
		}
		events, bad := decodeAll(t, format, message)
		got := ""
		for _, ev := range keyed(events) {
			if ev.Class == ClassActivity {
				got += ev.Action + " by " + ev.Account
			}
		}
		_, name, _ := strings.Cut(strings.TrimSuffix(filepath.Base(file), ".json"), "__")
		if bad != 0 || got != want[name] {
			t.Errorf("%s: %q, %d damaged; want %q", name, got, bad, want[name])
		}
	}
}
