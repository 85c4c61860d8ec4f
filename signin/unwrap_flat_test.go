package signin

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// flattened returns the values of a record by the names of columns: those of
// the members that lead there, with sep between them, and lists as JSON.
func flattened(t *testing.T, record json.RawMessage, sep string, typed bool) map[string]string {
	t.Helper()
	columns := map[string]string{}
	var walk func(prefix string, value any)
	walk = func(prefix string, value any) {
		kind := "_s"
		switch v := value.(type) {
		case map[string]any:
			for name, inner := range v {
				if prefix != "" {
					name = prefix + sep + name
				}
				walk(name, inner)
			}
			return
		case nil:
			value = ""
		case json.Number:
			kind, value = "_d", v.String()
			if typed && !strings.Contains(v.String(), ".") {
				value = v.String() + ".0"
			}
		case bool:
			kind, value = "_b", strings.ToUpper(string(jsonOf(v)))
		case []any:
			value = string(jsonOf(v))
		}
		if typed {
			prefix += kind
		}
		columns[prefix] = value.(string)
	}
	var members map[string]any
	dec := json.NewDecoder(bytes.NewReader(record))
	dec.UseNumber()
	if err := dec.Decode(&members); err != nil {
		t.Fatal(err)
	}
	walk("", members)
	return columns
}

func jsonOf(v any) []byte {
	text, _ := json.Marshal(v)
	return text
}

// Records that a table or a spreadsheet made flat give the same events.
func TestFlat(t *testing.T) {
	asJSON := func(rows []map[string]string) string {
		return `{"value":` + string(jsonOf(rows)) + "}"
	}
	asCSV := func(rows []map[string]string) string {
		columns := map[string]string{}
		for _, row := range rows {
			maps.Copy(columns, row)
		}
		var out strings.Builder
		w := csv.NewWriter(&out)
		header := slices.Sorted(maps.Keys(columns))
		_ = w.Write(header)
		for _, row := range rows {
			var cells []string
			for _, column := range header {
				cells = append(cells, row[column])
			}
			_ = w.Write(cells)
		}
		w.Flush()
		return "\ufeff" + out.String()
	}
	tried := 0
	for _, f := range flatFormats() {
		name := f.format.Name
		for _, file := range samplesOf(t, name) {
			list := records(t, readSample(t, name, file))
			if len(list) == 0 || file == "lookup-events.json" || file == "cmdlet.json" { // those hold the record as text
				continue
			}
			tried++
			want, _ := decodeAll(t, f.format, []byte(joinRecords(list, "\n", false)))
			for shape, write := range map[string]func([]map[string]string) string{"rows of JSON": asJSON, "CSV": asCSV} {
				for _, names := range []struct {
					sep   string
					typed bool
				}{{".", false}, {"_", true}, {" ", false}} {
					var rows []map[string]string
					for _, r := range list {
						rows = append(rows, flattened(t, r, names.sep, names.typed))
					}
					text := []byte(write(rows))
					found, _ := Detect(text)
					if found.Name == "entra-csv" {
						continue // which reads such columns by itself
					}
					if found.Name != name {
						t.Errorf("%s/%s as %s with %q is taken for %q", name, file, shape, names.sep, found.Name)
						continue
					}
					got, _ := decodeAll(t, found, text)
					if missing(keyed(want), keyed(got)) > 0 || missing(keyed(got), keyed(want)) > 0 {
						t.Errorf("%s/%s as %s with %q: %d events, %d as they are", name, file, shape, names.sep, len(keyed(got)), len(keyed(want)))
					}
				}
			}
		}
	}
	if tried < 10 {
		t.Errorf("only %d samples", tried)
	}
}

// Rows of Sentinel's AWSCloudTrail have names of their own.
func TestFlatSentinel(t *testing.T) {
	const header = "TenantId,TimeGenerated [UTC],AwsEventId,EventName,EventSource,UserAgent,ErrorMessage,AdditionalEventData,ResponseElements," +
		"SourceIpAddress,UserIdentityType,UserIdentityUserName,UserIdentityAccountId,RecipientAccountId,Type\n"
	const row = `w,"3/2/2026, 8:00:01.000 AM",e1,ConsoleLogin,signin.amazonaws.com,curl/8,Failed authentication,"{""MFAUsed"":""No""}",` +
		`"{""ConsoleLogin"":""Failure""}",198.51.100.7,IAMUser,Ana,111122223333,111122223333,AWSCloudTrail` + "\n"
	format, ok := Detect([]byte(header + row))
	events, bad := decodeAll(t, format, []byte(header+row))
	if !ok || len(events) != 1 || bad != 0 {
		t.Fatalf("%q: %d events, %d damaged", format.Name, len(events), bad)
	}
	ev := events[0]
	if ev.Class != BadPassword || ev.Account != "ana" || ev.Addr.String() != "198.51.100.7" || ev.ID != "e1" || ev.Tenant != "111122223333" || ev.Line != 2 {
		t.Errorf("%+v", ev)
	}
}

// Sentinel's OfficeActivity has names of its own for the Microsoft 365 audit log,
// as JSON and as CSV, which a spreadsheet may have cut to the time of day.
func TestFlatOfficeActivity(t *testing.T) {
	const header = "TenantId,RecordType,TimeGenerated [UTC],Operation,OrganizationId,UserKey,OfficeWorkload,ResultStatus,OfficeObjectId,UserId,ClientIP,Parameters,OfficeId,Start_Time,Type\n"
	const rule = `"[{""Name"":""ForwardTo"",""Value"":""x@mail.example""}]"`
	csv := header +
		`w,ExchangeAdmin,"3/2/2026, 8:00:01.000 AM",New-InboxRule,t1,ana@h.example,Exchange,True,box\rule,Ana@h.example,198.51.100.7:25493,` + rule + `,e1,"3/2/2026, 8:04:00.000 AM",OfficeActivity` + "\n" +
		`w,ExchangeAdmin,8:00 AM,Set-Mailbox,t1,ana@h.example,Exchange,True,box,Ana@h.example,198.51.100.7:25494,"[{""Name"":""ForwardingSmtpAddress"",""Value"":""smtp:x@mail.example""}]",e2,"3/2/2026, 8:04:00.000 AM",OfficeActivity` + "\n" +
		`w,ExchangeAdmin,"3/2/2026, 8:00:03.000 AM",Set-Mailbox,t1,ana@h.example,Exchange,True,box,Ana@h.example,198.51.100.7:25495,"[{""Name"":""AuditEnabled"",""Value"":""True""}]",e3,,OfficeActivity` + "\n"
	const rows = `{"TenantId":"w","RecordType":"ExchangeAdmin","TimeGenerated":"2026-03-02T08:00:01Z","Operation":"New-InboxRule","OrganizationId":"t1","UserKey":"ana@h.example","OfficeWorkload":"Exchange","ResultStatus":"True","OfficeObjectId":"box\\rule","UserId":"ana@h.example","ClientIP":"198.51.100.7:25493","Parameters":"[{\"Name\":\"ForwardTo\",\"Value\":\"x@mail.example\"}]","OfficeId":"e1","Type":"OfficeActivity"}
{"TenantId":"w","RecordType":"ExchangeItem","TimeGenerated":"2026-03-02T08:00:02Z","Operation":"Send","OrganizationId":"t1","UserKey":"k","OfficeWorkload":"Exchange","ResultStatus":"Succeeded","UserId":"ana@h.example","Client_IPAddress":"198.51.100.7","OfficeId":"e2","Type":"OfficeActivity"}
`
	for what, c := range map[string]struct {
		text string
		want []string
	}{
		"CSV":  {csv, []string{"New-InboxRule 08:00:01 e1 line 2", "Set-Mailbox 08:04:00 e2 line 3", " 00:00:00  line 4"}},
		"JSON": {rows, []string{"New-InboxRule 08:00:01 e1 line 1", " 00:00:00  line 2"}},
	} {
		format, _ := Detect([]byte(c.text))
		events, bad := decodeAll(t, format, []byte(c.text))
		var got []string
		for _, ev := range events {
			if ev.Class == ClassActivity && (ev.Account != "ana@h.example" || ev.Tenant != "t1" || ev.Addr.String() != "198.51.100.7") {
				t.Errorf("%s: %+v", what, ev)
			}
			got = append(got, fmt.Sprintf("%s %s %s line %d", ev.Action, ev.Time.Format(time.TimeOnly), ev.ID, ev.Line))
		}
		if format.Name != "m365-audit" || bad != 0 || !slices.Equal(got, c.want) {
			t.Errorf("%s, %q: %q, %d damaged; want %q", what, format.Name, got, bad, c.want)
		}
	}
}

// The event history's CSV does not say whether a sign-in succeeded.
func TestFlatEventHistory(t *testing.T) {
	const text = "Event ID,Event name,Event source,Event time,User name,AWS access key,AWS region,Error code,Source IP address\n" +
		"e1,ConsoleLogin,signin.amazonaws.com,2026-03-02T08:00:00Z,ana,,eu-west-1,,198.51.100.7\n"
	format, _ := Detect([]byte(text))
	events, bad := decodeAll(t, format, []byte(text))
	if format.Name != "aws-cloudtrail" || len(events) != 1 || bad != 0 || events[0].Class != Other || events[0].Account != "ana" {
		t.Errorf("%q: %+v, %d damaged", format.Name, events, bad)
	}
}

// Athena writes rows inside of rows in its own way.
func TestFlatAthena(t *testing.T) {
	const header = "eventversion,useridentity,eventtime,eventsource,eventname,awsregion,sourceipaddress,useragent,errorcode,errormessage," +
		"requestparameters,responseelements,additionaleventdata,eventid,recipientaccountid\n"
	const rows = `1.08,"{type=IAMUser, principalid=AIDAX, arn=arn:aws:iam::111122223333:user/ana, accountid=111122223333, accesskeyid=, ` +
		`username=ana, sessioncontext=null}",2026-03-02T08:00:00Z,signin.amazonaws.com,ConsoleLogin,eu-west-1,198.51.100.7,curl/8,,` +
		`Failed authentication,null,"{""ConsoleLogin"":""Failure""}","{""MFAUsed"":""No""}",e1,111122223333` + "\n" +
		`1.08,"{type=AssumedRole, principalid=AROAX:rui@h.example, arn=arn:aws:sts::111122223333:assumed-role/adm/rui@h.example, accountid=111122223333, ` +
		`username=null, sessioncontext={attributes={mfaauthenticated=false}, sessionissuer={type=Role, username=adm}}}",2026-03-02T08:00:01Z,` +
		`signin.amazonaws.com,ConsoleLogin,eu-west-1,198.51.100.7,curl/8,,,null,"{""ConsoleLogin"":""Success""}",,e2,111122223333` + "\n"
	format, _ := Detect([]byte(header + rows))
	events, bad := decodeAll(t, format, []byte(header+rows))
	if format.Name != "aws-cloudtrail" || len(events) != 2 || bad != 0 {
		t.Fatalf("%q: %d events, %d damaged", format.Name, len(events), bad)
	}
	for i, want := range []string{"bad_password ana", "ok rui@h.example"} {
		if got := events[i].Class.String() + " " + events[i].Account; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestRows(t *testing.T) {
	for text, want := range map[string]string{
		"{}": "{}", "[]": "[]", "{a=}": `{"a":""}`, "{a=null, b=x, y=z}": `{"a":null,"b":"x","y":"z"}`,
		"{a=Lisboa, Porto, b={c=[1, {d=2}], e=}}": `{"a":"Lisboa, Porto","b":{"c":["1",{"d":"2"}],"e":""}}`,
		"[a, null, [b]]": `["a",null,["b"]]`,
		"{":              "", "{a": "", "{a=": "", "{a=1} x": "", "{=1}": "", "[a": "", "{a={}b}": "", "{a=1,b=2}": `{"a":"1,b=2"}`,
		strings.Repeat("[", 1000): "",
	} {
		if got := string(innerJSON(jsonOf(text))); got != want {
			t.Errorf("%.60s: %s, want %s", text, got, want)
		}
	}
}

// GAM writes a row for each event of an activity, with its parameters as columns.
// Rows of Log Analytics may have 500 columns.
func TestFlatWide(t *testing.T) {
	row := `{"published_t":"2026-03-02T08:00:00Z","uuid_g":"1","eventType_s":"user.session.start","outcome_result_s":"SUCCESS",` +
		`"actor_alternateId_s":"ana@clinic.example","client_ipAddress_s":"192.0.2.1"`
	for i := range 500 {
		row += fmt.Sprintf(`,"custom_%d":""`, i)
	}
	row += "}\n"
	f, ok := Detect([]byte(row))
	if !ok || f.Name != "okta" {
		t.Fatalf("detected %q", f.Name)
	}
	events, damaged := 0, 0
	for ev, err := range f.Decode(strings.NewReader(row+row[:100]+"\n"+row), Options{}) {
		switch {
		case err != nil:
			damaged++
		case ev.Class == OK:
			events++
		}
	}
	if events != 2 || damaged != 1 {
		t.Errorf("%d events, %d damaged; want 2, 1", events, damaged)
	}
}

func TestFlatGAM(t *testing.T) {
	const header = "name,actor.callerType,actor.email,actor.profileId,affected_email_address,etag,id.applicationName,id.customerId,id.time," +
		"id.uniqueQualifier,ipAddress,is_suspicious,kind,login_challenge_method,login_failure_type,login_timestamp,login_type,type\n"
	const common = `,"""x/y""",login,C01,2026-03-02T08:00:01.357Z,-42,198.51.100.7,`
	const rows = "login_failure,USER,ana@h.example,1001," + common + "False,admin#reports#activity,,login_failure_invalid_password,,google_password,login\n" +
		"login_challenge,USER,ana@h.example,1001," + common + ",admin#reports#activity,google_prompt,,,google_password,login\n" +
		"login_success,USER,ana@h.example,1001," + common + "False,admin#reports#activity,password google_prompt,,,google_password,login\n" +
		"logout,USER,ana@h.example,1001," + common + ",admin#reports#activity,,,,google_password,login\n" +
		"suspicious_login,,,1001,rui@h.example" + common + ",admin#reports#activity,,,1772434800000000,,account_warning\n"
	format, _ := Detect([]byte(header + rows))
	events, bad := decodeAll(t, format, []byte(header+rows))
	want := []string{"bad_password ana@h.example", "mfa_failed ana@h.example", "ok ana@h.example", "risk_block rui@h.example"}
	var got []string
	for _, ev := range events {
		if ev.Class == ClassNone {
			continue
		}
		got = append(got, ev.Class.String()+" "+ev.Account)
		if ev.Addr.String() != "198.51.100.7" || ev.Tenant != "c01" || ev.ID != "-42" {
			t.Errorf("%+v", ev)
		}
	}
	if format.Name != "google-workspace" || !slices.Equal(got, want) || bad != 0 {
		t.Errorf("%q: %q, %d damaged; want %q", format.Name, got, bad, want)
	}
}

// Tables of other things are no logs, and a damaged row costs itself.
func TestFlatTables(t *testing.T) {
	for _, text := range []string{
		"name,ip,user,timestamp,id,host\na,192.0.2.1,b,2026-03-02T08:00:00Z,1,c\n",
		`[{"user_name":"a","ip":"192.0.2.1","timestamp":1,"action":"x","description":"y","host":"h"}]`,
		"a,b,c,d,e,f\n\"",
	} {
		if f, ok := Detect([]byte(text)); ok {
			t.Errorf("%.40q is taken for %s", text, f.Name)
		}
	}
	list := records(t, readSample(t, "okta", "collector.jsonl"))
	var lines []string
	for _, r := range list {
		lines = append(lines, string(jsonOf(flattened(t, r, "_", true))))
	}
	format, _ := Detect([]byte(strings.Join(lines, "\n")))
	whole, _ := decodeAll(t, format, []byte(strings.Join(lines, "\n")))
	lines[1] = lines[1][:len(lines[1])/2]
	got, bad := decodeAll(t, format, []byte(strings.Join(lines, "\n")))
	if lost := missing(whole, got); lost > 1 || bad != 1 {
		t.Errorf("%d of %d events lost, %d damaged", lost, len(whole), bad)
	}
}
