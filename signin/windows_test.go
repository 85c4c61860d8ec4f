package signin

import (
	"bytes"
	"cmp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/internal/evtx"
	"github.com/pumphandle/pumphandle/internal/evtx/evtxtest"
)

var windowsSamples = map[string][]string{
	"windows-xml":  {"wevtutil.xml", "eventviewer.xml"},
	"windows-json": {"winlogbeat.ndjson", "winlogbeat6.ndjson", "elastic.ndjson", "nxlog.json", "converted.json", "security-event.json", "collectors.ndjson"},
	"windows-csv":  {"security-event.csv", "evtxecmd.csv", "eventviewer.csv", "get-winevent.csv", "kibana.csv"},
	"windows-text": {"splunk.log", "splunk-others.log", "wevtutil.txt", "format-list.txt"},
}

func TestWindowsGolden(t *testing.T) {
	for name, files := range windowsSamples {
		format, _ := Lookup(name)
		for _, file := range files {
			t.Run(name+"/"+file, func(t *testing.T) {
				goldenEvents(t, format, filepath.Join("testdata", name, file), Options{})
			})
			if got, _ := Detect(readSample(t, name, file)); got.Name != name {
				t.Errorf("%s/%s is taken for %q", name, file, got.Name)
			}
		}
	}
}

// sampleEVTX is the sample of XML as an EVTX file.
func sampleEVTX(t testing.TB) []byte {
	t.Helper()
	r := evtx.NewXMLReader(bytes.NewReader(readSample(t, "windows-xml", "wevtutil.xml")), windowsFields, MaxRecord)
	var events []evtxtest.Event
	var first uint64
	for {
		rec, err := r.Next()
		if err != nil {
			return evtxtest.File(first, events)
		}
		text := func(field int) string { return strings.Clone(rec.Text(field)) }
		id, _ := strconv.Atoi(text(winID))
		at, _ := time.Parse(time.RFC3339Nano, text(winTime))
		ev := evtxtest.Event{ID: uint16(id), Time: at, Provider: text(winProvider), Channel: text(winChannel), Computer: text(winComputer)}
		for field := winTargetUser; field < winFields; field++ {
			if !rec.Has(field) {
				continue
			}
			var value any = text(field)
			if n, ok := parseStatus(text(field)); ok && (field == winStatus || field == winSubStatus) {
				value = evtxtest.Hex32(n)
			} else if strings.HasPrefix(text(field), "S-1-") {
				value = evtxtest.SID(text(field))
			}
			ev.Data = append(ev.Data, evtxtest.Pair{Name: winNames[field], Value: value})
		}
		if number, _ := strconv.ParseUint(text(winRecord), 10, 64); first == 0 {
			first = number
		}
		events = append(events, ev)
	}
}

// The same events are the same, whatever they are written in. Programs keep
// less of the time: whole milliseconds or seconds.
func TestWindowsShapesAgree(t *testing.T) {
	decode := func(format Format, text []byte) (events []Event) {
		for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
			if err != nil {
				t.Fatalf("%s: %v", format.Name, err)
			}
			c := cloneEvent(ev)
			c.Line, c.Time = 0, c.Time.Truncate(time.Second)
			if ev.Host == "fs1.hospital.example" { // the writer of EVTX has one process for all
				c.Try = 0
			}
			events = append(events, c)
		}
		return events
	}
	want := decode(windowsXML, readSample(t, "windows-xml", "wevtutil.xml"))
	for name, got := range map[string][]Event{
		"EVTX":         decode(windowsEVTX, sampleEVTX(t)),
		"Winlogbeat":   decode(windowsJSON, readSample(t, "windows-json", "winlogbeat.ndjson")),
		"Winlogbeat 6": decode(windowsJSON, readSample(t, "windows-json", "winlogbeat6.ndjson")),
		"Elastic":      decode(windowsJSON, readSample(t, "windows-json", "elastic.ndjson")),
		"Kibana":       decode(windowsCSV, readSample(t, "windows-csv", "kibana.csv")),
		"NXLog":        decode(windowsJSON, readSample(t, "windows-json", "nxlog.json")),
		"converted":    decode(windowsJSON, readSample(t, "windows-json", "converted.json")),
	} {
		if len(got) < 7 || len(got) < len(want) && name != "Winlogbeat 6" && name != "converted" {
			t.Errorf("%s: %d events of %d", name, len(got), len(want))
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: event %d:\n got %+v\nwant %+v", name, i, got[i], want[i])
			}
		}
	}
	if got, _ := Detect(sampleEVTX(t)); got.Name != "windows-evtx" {
		t.Errorf("EVTX is taken for %q", got.Name)
	}
}

func TestWindowsCodes(t *testing.T) {
	for status, want := range map[string]string{
		"0xc000006a": "bad_password", "C0000064": "unknown_user", "3221226036": "locked", "-1073741710": "disabled", "0xC0000071": "pw_expired",
		"0xc0000224": "pw_expired", "0xc000006e": "policy_block", "0x0": "ok", "0xc000005e": "app_config", "0xc0fffff1": "other",
	} {
		n, ok := parseStatus(status)
		class, code := new(windowsReader).ntStatus(n)
		if !ok || class.String() != want || len(code) != 10 {
			t.Errorf("%s is %v %v (%s), want %s", status, ok, class, code, want)
		}
	}
	for _, bad := range []string{"", "-", "%%2313", "0x1ffffffff", "123456789012", "c000006", "zzzzzzzz"} {
		if n, ok := parseStatus(bad); ok {
			t.Errorf("%q is %x", bad, n)
		}
	}
}

func FuzzWindowsXML(f *testing.F)  { fuzzWindows(f, windowsXML) }
func FuzzWindowsJSON(f *testing.F) { fuzzWindows(f, windowsJSON) }

func FuzzWindowsCSV(f *testing.F)  { fuzzWindows(f, windowsCSV) }
func FuzzWindowsText(f *testing.F) { fuzzWindows(f, windowsText) }

func fuzzWindows(f *testing.F, format Format) {
	for _, file := range windowsSamples[format.Name] {
		f.Add(readSample(f, format.Name, file)) // a record may be of many lines
		for line := range bytes.Lines(readSample(f, format.Name, file)) {
			f.Add(line)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decodeAll(t, format, text)
		format.Sniff(text)
	})
}

// A flipped bit, a cut or a foreign line costs what it touches.
func TestWindowsDamage(t *testing.T) {
	for name, file := range map[string]string{"windows-xml": "wevtutil.xml", "windows-json": "nxlog.json"} {
		format, _ := Lookup(name)
		text := readSample(t, name, file)
		whole, _ := decodeAll(t, format, text)
		for i := 0; i < len(text); i += 97 {
			damaged := slices.Clone(text)
			damaged[i] ^= 1 << (i % 8)
			got, _ := decodeAll(t, format, damaged)
			if lost := missing(whole, got); lost > 2 {
				t.Fatalf("%s: byte %d lost %d", name, i, lost)
			}
			cut, _ := decodeAll(t, format, text[:i])
			if lost := missing(cut, whole); lost > 0 {
				t.Fatalf("%s: cut at %d invents", name, i)
			}
		}
		mixed := bytes.ReplaceAll(text, []byte("\n"), []byte("\nMar  2 08:00:00 x y: not of here\n"))
		got, _ := decodeAll(t, format, mixed)
		if lost := missing(whole, got); lost > 0 {
			t.Errorf("%s: lines between lost %d", name, lost)
		}
	}
}

// tryCount counts tries as the ledger does.
func tryCount(events []Event) (n int) {
	best := map[uint64]Strength{}
	for _, ev := range events {
		if s, ok := best[ev.Try]; !ok || ev.Strength < s {
			best[ev.Try] = ev.Strength
		}
	}
	hinted := map[uint64]bool{}
	for _, ev := range events {
		switch {
		case ev.Class.Succeeded() || ev.Class == ClassNone:
		case ev.Try == 0:
			n++
		case ev.Strength > best[ev.Try] || ev.Strength == Hint && hinted[ev.Try]:
		default:
			hinted[ev.Try] = true
			n++
		}
	}
	return n
}

// The EVTX files of shared/data/signin, with the truth of its INDEX.md.
func TestExternalEVTX(t *testing.T) {
	type key struct{ code, class string }
	for name, want := range map[string]struct {
		events map[key]int
		tries  int
	}{
		"DeepBlueCLI__password-spray":                                {map[key]int{{"4648", "other"}: 294}, 294},
		"DeepBlueCLI__smb-password-guessing-security":                {map[key]int{{"0xc000006a", "bad_password"}: 3558, {"0xc0000072", "disabled"}: 2, {"0xc0000064", "unknown_user"}: 1}, 3561},
		"Kerberos_brutforce_with_non_existing_users":                 {map[key]int{{"0x6", "unknown_user"}: 46, {"0x18", "bad_password"}: 2, {"0x12", "locked"}: 1, {"0x0", "ok"}: 3}, 49},
		"ID4771-Kerberos_brutforce_with_valid_user":                  {map[key]int{{"0x18", "bad_password"}: 54}, 54},
		"ID4-OpenSSH_brutforce_with_valid_users":                     {nil, 0},
		"ID4625-OpenSSH_brutforce_with_valid_users":                  {map[key]int{{"0xc000006a", "bad_password"}: 5}, 5},
		"ID4625-OpenSSH_brutforce_with_non_existing_users":           {map[key]int{{"0xc0000064", "unknown_user"}: 10}, 5},
		"ID_4776,4625-AccountRestore_local_bruteforce":               {map[key]int{{"0xc000006a", "bad_password"}: 16}, 16},
		"LogonType2_LogonProc_chrome":                                {map[key]int{{"0xc000006a", "bad_password"}: 1}, 1},
		"MSSQL_multiple_failed_logon_EventID_18456":                  {nil, 10},
		"ID18456-SQL_Server_failed_login_because_only_Windows_auth":  {nil, 6},
		"ID33205-SQL_Server_failed_login_because_only_Windows_auth":  {nil, 6},
		"ID33205-SQL_Server_failed_login_with_non_existing_accounts": {nil, 72},
	} {
		files, err := filepath.Glob(filepath.Join(external(t, "evtx"), "*"+name+".evtx"))
		if err != nil || len(files) != 1 {
			t.Fatalf("%s: %v %v", name, files, err)
		}
		events := decodeFile(t, windowsEVTX, files[0])
		got := map[key]int{}
		var accounts, addrs []string
		for _, ev := range events {
			if ev.Class == ClassNone {
				continue
			}
			got[key{ev.Code, ev.Class.String()}]++
			accounts, addrs = append(accounts, ev.Account), append(addrs, ev.Addr.String())
		}
		slices.Sort(accounts)
		slices.Sort(addrs)
		accounts, addrs = slices.Compact(accounts), slices.Compact(addrs)
		for k, n := range want.events {
			if got[k] != n {
				t.Errorf("%s: %d of %v, want %d", name, got[k], k, n)
			}
		}
		if tries := tryCount(events); want.tries > 0 && tries != want.tries {
			t.Errorf("%s: %d tries, want %d", name, tries, want.tries)
		}
		t.Logf("%s: %v, accounts %.200q, addresses %q", name, got, accounts, addrs)
	}
}

// Each line is an event as XML.
func TestExternalCrowdsecWindows(t *testing.T) {
	for path, want := range map[string]int{"windows-bf/windows-bf.log": 6, "windows-logs/windows-logs.log": 1, "iis-xml-logs/iis-logs.log": 0} {
		text, err := os.ReadFile(external(t, "crowdsec/"+path))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := Detect(text); got.Name != "windows-xml" {
			t.Errorf("%s is taken for %q", path, got.Name)
		}
		n := 0
		for _, ev := range decodeFile(t, windowsXML, filepath.Join("..", "..", "shared", "data", "signin", "crowdsec", path)) {
			if ev.Class == ClassNone {
				continue
			}
			if n++; ev.Class != UnknownUser || !ev.Addr.IsValid() || ev.Account == "" {
				t.Errorf("%s: %+v", path, ev)
			}
		}
		if n != want {
			t.Errorf("%s: %d sign-ins, want %d", path, n, want)
		}
	}
}

// The benign background of a domain controller: no refused sign-in.
func TestExternalBenignEVTX(t *testing.T) {
	events := decodeFile(t, windowsEVTX, external(t, "ocsf/raw_sample_log_dataset__Microsoft__WinEventLog__Security__xml__security.evtx"))
	classes := map[string]int{}
	for _, ev := range events {
		classes[ev.Class.String()]++
	}
	if len(events) != 2261 || classes["bad_password"]+classes["unknown_user"] > 0 {
		t.Errorf("%d events, %v", len(events), classes)
	}
	t.Log(classes)
}

func BenchmarkEVTX(b *testing.B) {
	var events []evtxtest.Event
	for i := range 20000 {
		status := []evtxtest.Hex32{0xc000006a, 0xc0000064}[i%2]
		events = append(events, evtxtest.Event{
			ID: 4625, Time: time.Unix(1772438400+int64(i), 0), Provider: "Microsoft-Windows-Security-Auditing", Channel: "Security",
			Computer: "dc1.hospital.example", Data: windowsData(
				"SubjectUserSid", evtxtest.SID("S-1-0-0"), "SubjectUserName", "-", "SubjectDomainName", "-", "SubjectLogonId", evtxtest.Hex64(0),
				"TargetUserSid", evtxtest.SID("S-1-0-0"), "TargetUserName", "user"+strconv.Itoa(i%5000), "TargetDomainName", "HOSPITAL",
				"Status", evtxtest.Hex32(0xc000006d), "FailureReason", "%%2313", "SubStatus", status, "LogonType", uint32(3),
				"LogonProcessName", "NtLmSsp ", "AuthenticationPackageName", "NTLM", "WorkstationName", "KALI", "TransmittedServices", "-",
				"LmPackageName", "-", "KeyLength", uint32(0), "ProcessId", evtxtest.Hex64(0), "ProcessName", "-",
				"IpAddress", "198.51.100."+strconv.Itoa(i%250), "IpPort", "49152"),
		})
	}
	file := evtxtest.File(1, events)
	b.SetBytes(int64(len(file)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for ev, err := range windowsEVTX.Decode(bytes.NewReader(file), Options{}) {
			if err != nil {
				b.Fatal(err)
			}
			n += cmp.Compare(ev.Class, ClassNone)
		}
		if n != len(events) {
			b.Fatal(n)
		}
	}
	b.ReportMetric(float64(b.N*len(events))/b.Elapsed().Seconds(), "records/s")
}

func windowsData(pairs ...any) (data []evtxtest.Pair) {
	for i := 0; i < len(pairs); i += 2 {
		data = append(data, evtxtest.Pair{Name: pairs[i].(string), Value: pairs[i+1]})
	}
	return data
}

// Third-party events as texts: Splunk's, and OSSEC's lines.
func TestExternalWindowsTexts(t *testing.T) {
	for file, want := range map[string]string{
		"4624_0.event": "", // SYSTEM's, which is left out
		"4625_0.event": "bad_password administrator",
	} {
		path := external(t, "ocsf/"+file)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if format, _ := Detect(text); format.Name != "windows-text" {
			t.Errorf("%s is taken for %q", file, format.Name)
		}
		got := ""
		for _, ev := range decodeFile(t, windowsText, path) {
			if ev.Class != ClassNone {
				got += ev.Class.String() + " " + ev.Account
			}
		}
		if got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
	good := 0
	for _, v := range wazuhVectors(t, "ossec_msauth.ini") {
		for ev, err := range windowsSyslog.Decode(strings.NewReader(strings.Join(v.lines, "\n")), Options{}) {
			if err == nil && ev.Class == OK {
				good++
			}
		}
	}
	if good != 3 {
		t.Errorf("%d sign-ins in OSSEC's lines, want 3", good)
	}
}

// What somebody sends costs no more than its length.
func TestWinMessageLength(t *testing.T) {
	text := "An account failed to log on. Subject: Account Name: " + strings.Repeat(":", 1<<20) + strings.Repeat(" Port:", 1<<17)
	var m winMessage
	begin := time.Now()
	m.read("4625", text)
	if d := time.Since(begin); d > 5*time.Second {
		t.Errorf("%v for %d bytes", d, len(text))
	}
}
