package signin

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/internal/input"
)

func TestEntraCSV(t *testing.T) {
	paths, err := filepath.Glob("testdata/entra-csv/*.csv")
	if err != nil || len(paths) < 8 {
		t.Fatalf("%d samples, %v", len(paths), err)
	}
	for _, path := range paths {
		if strings.HasSuffix(path, "-utf16.csv") {
			continue // for TestEntraCSVInUTF16
		}
		t.Run(filepath.Base(path), func(t *testing.T) {
			goldenEvents(t, entraCSV, path, Options{})
			head, _ := os.ReadFile(path)
			if f, _ := Detect(head); f.Name != entraCSV.Name {
				t.Errorf("recognised as %q", f.Name)
			}
		})
	}
}

// Log Analytics writes UTF-16 with a mark; the input layer turns it into UTF-8,
// and every event is the same, its line included.
func TestEntraCSVInUTF16(t *testing.T) {
	const path = "testdata/entra-csv/log-analytics"
	want := decodeFile(t, entraCSV, path+".csv")
	var got []Event
	for file, err := range input.Files(t.Context(), []string{path + "-utf16.csv"}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		for in, err := range file.Inputs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if f, _ := Detect(in.Head()); f.Name != entraCSV.Name {
				t.Errorf("recognised as %q", f.Name)
			}
			for ev, err := range entraCSV.Decode(in, Options{}) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, cloneEvent(ev))
			}
		}
	}
	if !slices.Equal(got, want) || len(got) == 0 {
		t.Errorf("%d events differ from the %d in UTF-8", len(got), len(want))
	}
}

// The same record has the same key in CSV as in JSON, whatever the case of its
// id, and in a row that Log Analytics wrote twice.
func TestEntraCSVKey(t *testing.T) {
	const (
		id   = "A0000000-0000-4000-8000-000000000001"
		row  = "Date (UTC),Request ID,Username,IP address,Sign-in error code\n2026-10-05T09:11:02Z," + id + ",a@hopital-exemple.example,192.0.2.1,50126\n"
		json = `{"id":"` + id + `","createdDateTime":"2026-10-05T09:11:02Z","userPrincipalName":"A@hopital-exemple.example","ipAddress":"192.0.2.1","status":{"errorCode":50126}}`
	)
	fromCSV, fromJSON := decodeText(t, entraCSV, row, Options{}), decodeText(t, entraGraph, json, Options{})
	if len(fromCSV) != 1 || len(fromJSON) != 1 || fromCSV[0].Key != fromJSON[0].Key || fromCSV[0].Key != Key(strings.ToLower(id)) {
		t.Errorf("keys differ: %v, %v", fromCSV, fromJSON)
	}
	twice := decodeFile(t, entraCSV, "testdata/entra-csv/log-analytics.csv")
	if twice[0].Key != twice[1].Key || !twice[0].Time.Equal(twice[1].Time) {
		t.Errorf("a repeated row is another record: %v, %v", twice[0], twice[1])
	}
}

func decodeText(t *testing.T, f Format, text string, opt Options) (events []Event) {
	t.Helper()
	for ev, err := range f.Decode(strings.NewReader(text), opt) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, cloneEvent(ev))
	}
	return events
}

// A header that states UTC wins over the zone that the user gave; a stamp that
// has its own zone wins over both.
func TestEntraCSVZone(t *testing.T) {
	zone := Options{Zone: time.FixedZone("", 2*60*60)}
	for header, tests := range map[string]map[string]string{
		"Date (UTC)":          {"10/5/2026, 9:11:02 AM": "09:11:02", "2026-10-05T09:11:02+01:00": "08:11:02"},
		"CreatedDateTime":     {"10/5/2026 9:11:02 AM": "07:11:02", "2026-10-05T09:11:02Z": "09:11:02"},
		"TimeGenerated [UTC]": {"2026-10-05 09:11:02": "09:11:02"},
	} {
		for stamp, want := range tests {
			text := header + ",Username,IP address,Sign-in error code\n\"" + stamp + "\",a,192.0.2.1,0\n"
			if got := decodeText(t, entraCSV, text, zone); len(got) != 1 || got[0].Time.Format(time.TimeOnly) != want {
				t.Errorf("%s of %q: %v, want %s", header, stamp, got, want)
			}
		}
	}
}

func TestDeriveCode(t *testing.T) {
	tests := []struct{ status, reason, want string }{
		{"Success", "", "0"},
		{"success", "Other.", "0"},
		{"Failure", "Invalid username or password or Invalid on-premise username or password.", "50126"},
		{"Failure", "User did not pass the MFA challenge (non interactive)", "50076"},
		{"Failure", "Access has been blocked due to conditional access policies.", "53003"},
		{"Failure", "AADSTS90019: No tenant-identifying information found", "90019"},
		{"Failure", "Other.", ""},
		{"Interrupted", "", ""},
		{"", "", ""},
	}
	for _, tt := range tests {
		if got := deriveCode(tt.status, tt.reason); got != tt.want {
			t.Errorf("%s, %q: code %q, want %q", tt.status, tt.reason, got, tt.want)
		}
	}
}

// Tables that come out of the same exporters and are no sign-ins.
func TestEntraCSVSniffsOnlySignIns(t *testing.T) {
	for name, head := range map[string]string{
		"AuditLogs":          "TenantId,SourceSystem,\"TimeGenerated [UTC]\",OperationName,Category,ResultType,ResultDescription,CorrelationId,Identity,Id,InitiatedBy,TargetResources,Type\n",
		"OfficeActivity":     "TenantId,UserAgent,RecordType,TimeGenerated,Operation,UserType,UserKey,ResultStatus,UserId,ClientIP,AppId,Type\n",
		"portal AuthDetails": "Date (UTC),Request ID,Authentication method,Authentication method detail,Succeeded,Result detail,Requirement\n",
		"portal audit":       "Date (UTC),CorrelationId,Service,Category,Activity,Result,ResultReason,ActorType,ActorUserPrincipalName,IPAddress\n",
		"another VPN":        "Date,Username,IP address,Status\n2026-10-05,a,192.0.2.1,Failure\n",
		"IdentityLogons":     "Timestamp,ActionType,Application,LogonType,Protocol,FailureReason,AccountUpn,AccountObjectId,IPAddress,Location\n",
		"Purview":            "RecordId,CreationDate,RecordType,Operation,UserId,AuditData\n",
		"JSON":               `{"createdDateTime":"2026-10-05T09:11:02Z","userPrincipalName":"a","ipAddress":"192.0.2.1","status":{}}`,
		"nothing":            "",
	} {
		if sure := entraCSV.Sniff([]byte(head)); sure != 0 {
			t.Errorf("%s: %d", name, sure)
		}
		for ev, err := range entraCSV.Decode(strings.NewReader(head+strings.Repeat("2026-10-05,a,192.0.2.1,0\n", 3)), Options{}) {
			if err == nil && (ev.Class != ClassNone || ev.Line == 0) {
				t.Errorf("%s: decoded as %v", name, ev)
			}
		}
	}
}

// The lab tenant of shared/data/signin/INDEX.md.
func TestExternalEntraCSV(t *testing.T) {
	const lab = "entra_lab_NO_LICENCE/"
	interactive := decodeFile(t, entraCSV, external(t, lab+"bec_SigninLogs.csv"))
	background := decodeFile(t, entraCSV, external(t, lab+"bec_AADNonInteractiveUserSignInLogs.csv"))

	got := map[string]int{}
	for kind, events := range map[string][]Event{"interactive": interactive, "non-interactive": background} {
		for _, ev := range events {
			got[kind+" rows"]++
			got["code "+ev.Code]++
			if ev.Class == OK && ev.Addr.String() == "10.0.0.1" {
				got[kind+" successes"]++
			}
			if ev.Class != OK && ev.Code != "0" && ev.Addr.String() == "10.0.0.2" {
				got["second address"]++
			}
			if ev.Protocol == DeviceCode {
				got["device code"]++
			}
			if ev.Protocol == NonInteractive {
				got["background"]++
			}
			if ev.Account != "isaacdunham@corp.local" || ev.Known != Yes || len(ev.Tenant) != 36 || ev.ASN == 0 || ev.UserAgent == "" || ev.Time.Year() != 2026 {
				t.Errorf("%s line %d: %+v", kind, ev.Line, ev)
			}
		}
	}
	want := map[string]int{
		"interactive rows": 18, "non-interactive rows": 302,
		"interactive successes": 9, "non-interactive successes": 45, "device code": 3, "background": 302,
		"code 0": 317, "code 50199": 1, "code 700003": 2, "second address": 2,
	}
	for what, n := range want {
		if got[what] != n {
			t.Errorf("%s: %d, want %d", what, got[what], n)
		}
	}
	for _, other := range []string{"bec_AuditLogs.csv", "bec_OfficeActivity.csv"} {
		head, err := os.ReadFile(external(t, lab+other))
		if err != nil {
			t.Fatal(err)
		}
		if sure := entraCSV.Sniff(head); sure != 0 {
			t.Errorf("%s sniffed as sign-ins: %d", other, sure)
		}
		for ev, err := range entraCSV.Decode(bytes.NewReader(head), Options{}) {
			if err != nil || ev.Class != ClassNone {
				t.Errorf("%s: %v, %v", other, ev, err)
			}
		}
	}
}

func BenchmarkEntraCSV(b *testing.B) {
	text, err := os.ReadFile("testdata/entra-csv/log-analytics.csv")
	if err != nil {
		b.Fatal(err)
	}
	header, rows, _ := bytes.Cut(text, []byte("\n"))
	text = append(append(header, '\n'), bytes.Repeat(rows, 100)...)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range entraCSV.Decode(bytes.NewReader(text), Options{}) {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

func FuzzEntraCSV(f *testing.F) {
	paths, _ := filepath.Glob("testdata/entra-csv/*.csv")
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		entraCSV.Sniff(text)
		last := int64(0)
		for ev, err := range entraCSV.Decode(bytes.NewReader(text), Options{}) {
			if err != nil {
				continue
			}
			if ev.Line <= last {
				t.Fatalf("line %d after %d", ev.Line, last)
			}
			last = ev.Line
			if ev.Class != ClassNone && (ev.Time.IsZero() || ev.Key == 0 || tooLong(ev) != "") {
				t.Fatalf("%+v", ev)
			}
		}
	})
}
