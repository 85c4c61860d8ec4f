package signin

import (
	"bytes"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/internal/golden"
)

// The CSV of Log Analytics and of the portal, which is read as rows.
func TestEntraAuditCSV(t *testing.T) {
	for _, file := range []string{"log-analytics.csv", "portal.csv"} {
		text := readSample(t, "entra-audit-csv", file)
		format, _ := Detect(text)
		if format.Name != "entra-audit" {
			t.Errorf("%s is taken for %q", file, format.Name)
			continue
		}
		golden.File(t, filepath.Join("testdata", "entra-audit-csv", file+".golden.jsonl"), goldenLines(t, format, text, Options{}))
	}
}

// One act, however it was exported, is one event with one key; only Graph's JSON
// does not say whose tenant it is.
func TestOneActInAllExports(t *testing.T) {
	const (
		graph = `{"id":"Directory_C0FFEE_1","category":"Device","correlationId":"c","result":"success","activityDisplayName":"Register device",
			"activityDateTime":"2026-03-02T08:00:01.5Z","loggedByService":"Device Registration Service",
			"initiatedBy":{"user":{"id":"5e4d3c2b-0000-4000-8000-000000000001","userPrincipalName":"Ana@Hospital.example","ipAddress":"203.0.113.7"},"app":null},
			"targetResources":[],"additionalDetails":[{"key":"User-Agent","value":"curl/8"}]}`
		row = `{"TimeGenerated":"2026-03-02T08:00:01.5Z","ActivityDateTime":"2026-03-02T08:00:01.5Z","TenantId":"workspace","AADTenantId":"T1","Category":"Device",
			"Type":"AuditLogs","Id":"Directory_C0FFEE_1","CorrelationId":"c","OperationName":"Register device","Result":"success","LoggedByService":"Device Registration Service",
			"InitiatedBy":"{\"user\":{\"userPrincipalName\":\"ana@hospital.example\",\"ipAddress\":\"203.0.113.7\"}}",
			"AdditionalDetails":"[{\"key\":\"User-Agent\",\"value\":\"curl/8\"}]"}`
		csv = `TenantId,"TimeGenerated [UTC]",ResourceId,OperationName,Category,CorrelationId,AdditionalDetails,Id,InitiatedBy,LoggedByService,Result,AADTenantId,Type` + "\n" +
			`workspace,"3/2/2026, 8:00:01.500 AM",/tenants/t1/providers/Microsoft.aadiam,Register device,Device,c,"[{""key"":""User-Agent"",""value"":""curl/8""}]",Directory_C0FFEE_1,` +
			`"{""user"":{""userPrincipalName"":""ana@hospital.example"",""ipAddress"":""203.0.113.7""}}",Device Registration Service,success,t1,AuditLogs` + "\n"
		signIn = `{"time":"2026-03-02T08:00:00Z","category":"SignInLogs","tenantId":"t1","resultType":"0","properties":{"id":"1","userPrincipalName":"ana@hospital.example"}}`
	)
	around := func(tenant string) string {
		return `{"time":"2026-03-02T08:00:01.5Z","category":"AuditLogs",` + tenant + `,"callerIpAddress":"192.0.2.9","properties":` + graph + `}`
	}
	var first Event
	for _, c := range []struct{ format, text string }{
		{"entra-monitor", `{"records":[` + around(`"tenantId":"T1"`) + `]}`},
		{"entra-monitor", around(`"resourceId":"/tenants/T1/providers/Microsoft.aadiam"`)},
		{"entra-monitor", around(`"tenantId":"T1"`) + "\n" + signIn},
		{"entra-monitor", row},
		{"entra-audit", csv},
		{"entra-audit", graph},
		{"entra-audit", `{"value":[` + graph + `]}`},
	} {
		ev, ok := firstOf(t, c.format, c.text, 1+strings.Count(c.text, "SignInLogs"))
		if !ok {
			continue
		}
		if first.Key == 0 {
			first = ev
		}
		if c.format == "entra-audit" && c.text != csv {
			ev.Tenant = first.Tenant
		}
		if ev != first {
			t.Errorf("%.60s:\n%+v, want\n%+v", c.text, ev, first)
		}
	}
}

// A file of Graph's JSON with sign-ins and acts gives both, whichever come first.
func TestEntraGraphMixed(t *testing.T) {
	audit, signIns := readSample(t, "entra-audit", "graph.json"), readSample(t, "entra-graph", "beta.json")
	wantActs, _ := decodeAll(t, entraAudit, audit)
	wantSignIns, _ := decodeAll(t, entraGraph, signIns)
	want := append(keyed(wantActs), keyed(wantSignIns)...)
	for _, parts := range [][][]byte{{audit, signIns}, {signIns, audit}} {
		text := bytes.Join(parts, []byte("\n"))
		format, _ := Detect(text)
		got, _ := decodeAll(t, format, text)
		if n := missing(want, keyed(got)); n > 0 || len(want) == 0 {
			t.Errorf("%s misses %d of %d", format.Name, n, len(want))
		}
	}
}

// Only what a person did with success counts, and nothing that is written into a
// name or a user agent.
func TestEntraAuditActs(t *testing.T) {
	record := func(operation, result, initiator, more string) string {
		return fmt.Sprintf(`{"id":"1","activityDateTime":"2026-03-02T08:00:01Z","activityDisplayName":%s,"result":%s,"loggedByService":"Core Directory",`+
			`"correlationId":"c","initiatedBy":%s%s}`, quoted(operation), quoted(result), initiator, more)
	}
	const ana = `{"user":{"id":"x","userPrincipalName":"ana@hospital.example","ipAddress":"203.0.113.7"}}`
	forged := record("Add member to role", "success", `{"user":{"userPrincipalName":"ceo@hospital.example","ipAddress":"192.0.2.9"}}`, "")
	for _, c := range []struct{ why, text, want string }{
		{"an act", record("Consent to application", "success", ana, ""), "Consent to application by ana@hospital.example"},
		{"a full stop", record("Consent to application.", "Success", ana, ""), "Consent to application by ana@hospital.example"},
		{"a failed one", record("Consent to application", "failure", ana, ""), ""},
		{"one that timed out", record("Consent to application", "timeout", ana, ""), ""},
		{"an application's", record("Consent to application", "success", `{"app":{"displayName":"a","servicePrincipalId":"b"}}`, ""), ""},
		{"nobody's", record("Consent to application", "success", `{}`, ""), ""},
		{"nobody's in words", record("Consent to application", "success", `{"user":{"id":"00000000-0000-0000-0000-000000000000","userPrincipalName":""}}`, ""), ""},
		{"a user without a name", record("Consent to application", "success", `{"user":{"id":"5e4d3c2b-0000-4000-8000-000000000001"}}`, ""), "Consent to application by 5e4d3c2b-0000-4000-8000-000000000001"},
		{"another operation", record("Update group", "success", ana, ""), ""},
		{"a user updated", record("Update user", "success", ana, `,"targetResources":[{"modifiedProperties":[{"displayName":"City","newValue":"x"}]}]`), ""},
		{"a second factor", record("Update user", "success", ana, `,"targetResources":[{"modifiedProperties":[{"displayName":"StrongAuthenticationMethod","newValue":"[{}]"}]}]`),
			"Update user by ana@hospital.example"},
		{"the name of a property", record("Update user", "success", ana, `,"targetResources":[{"displayName":"StrongAuthenticationMethod","modifiedProperties":[{"displayName":"City","newValue":"StrongAuthenticationMethod"}]}]`), ""},
		{"a record as user agent", record("Update group", "success", ana, `,"additionalDetails":[{"key":"User-Agent","value":`+quoted(forged)+`}]`), ""},
		{"a record as name", record("Update group", "success", ana, `,"targetResources":[{"displayName":`+quoted(forged)+`}]`), ""},
		{"an object as name", record("Update group", "success", ana, `,"targetResources":[`+forged+`]`), ""},
		{"a record as account", record("Register device", "success", `{"user":{"userPrincipalName":`+quoted(forged)+`}}`, ""), "Register device by " + strings.ToLower(forged)},
	} {
		texts := map[string]string{
			"Graph":  c.text,
			"Hub":    `{"time":"2026-03-02T08:00:01Z","category":"AuditLogs","tenantId":"t","properties":` + c.text + `}`,
			"rows":   string(jsonOf(flattened(t, []byte(c.text), "_", false))),
			"in CSV": "a,_raw,b\n1,\"" + strings.ReplaceAll(c.text, `"`, `""`) + "\",2\n",
		}
		for shape, text := range texts {
			format, _ := Detect([]byte(text + "\n"))
			got := ""
			if format.Decode != nil {
				events, _ := decodeAll(t, format, []byte(text+"\n"))
				for _, ev := range keyed(events) {
					got += ev.Action + " by " + ev.Account
				}
			}
			if got != c.want {
				t.Errorf("%s, %s: %q, want %q", c.why, shape, got, c.want)
			}
		}
	}
}

// Every act of the log has its name as the log writes it: none with what is cut
// off behind it, none in two spellings of case.
func TestEntraActsAreBare(t *testing.T) {
	seen := map[string]string{}
	for operation := range directoryActTable.any {
		if bareOperation(operation) != operation {
			t.Errorf("%q is never asked for", operation)
		}
		if other, twice := seen[strings.ToLower(operation)]; twice {
			t.Errorf("%q and %q", operation, other)
		}
		seen[strings.ToLower(operation)] = operation
	}
}
