package signin

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The JSON formats with their samples.
var jsonSamples = map[string][]string{
	"entra-graph":   {"beta.json", "portal.json", "powershell.json", "damaged.jsonl"},
	"entra-monitor": {"eventhub.json", "storage.jsonl", "log-analytics.json", "audit.json", "audit-rows.json"},
	"m365-audit":    {"api.json", "cmdlet.json", "purview.csv", "search-unifiedauditlog.csv"},
}

func TestJSONFormatsGolden(t *testing.T) {
	for name, files := range jsonSamples {
		format, ok := Lookup(name)
		if !ok {
			t.Fatalf("no format %s", name)
		}
		for _, file := range files {
			t.Run(name+"/"+file, func(t *testing.T) {
				goldenEvents(t, format, filepath.Join("testdata", name, file), Options{})
			})
		}
	}
}

func TestJSONFormatsAreDetected(t *testing.T) {
	for name, files := range jsonSamples {
		for _, file := range files {
			head := readSample(t, name, file)
			if got, _ := Detect(head[:min(len(head), 64<<10)]); got.Name != name {
				t.Errorf("%s/%s is taken for %q", name, file, got.Name)
			}
		}
	}
	for why, text := range map[string]string{
		"nothing":               "",
		"text":                  "createdDateTime status errorCode AuditData",
		"other JSON":            `{"id":1,"createdDateTime":"2026-03-02T08:00:00Z"}`,
		"names inside a string": `{"x":"\"createdDateTime\":1,\"status\":{\"errorCode\":0}","y":"AuditData"}`,
		"other CSV":             "time,user,audit data\n1,2,3\n",
		"a list of users":       `{"value":[{"id":"1","createdDateTime":"2026-03-02T08:00:00Z","userPrincipalName":"a@hospital.example"}]}`,
	} {
		for name := range jsonSamples {
			format, _ := Lookup(name)
			if sure := format.Sniff([]byte(text)); sure != 0 {
				t.Errorf("%s: %s says %d", why, name, sure)
			}
		}
	}
}

func readSample(t testing.TB, format, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("testdata", format, file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// decodeAll decodes text and checks what must hold of any input.
func decodeAll(t testing.TB, format Format, text []byte) (events []Event, bad int) {
	t.Helper()
	for ev, err := range format.Decode(bytes.NewReader(text), Options{}) {
		var damaged *RecordError
		switch {
		case errors.As(err, &damaged):
			if bad++; damaged.Line < 1 {
				t.Errorf("%s: error on line %d", format.Name, damaged.Line)
			}
		case err != nil:
			if !errors.Is(err, errNoAuditData) && !errors.Is(err, errNoEventColumns) {
				t.Errorf("%s: %v ends the file", format.Name, err)
			}
		case ev.Line < 1:
			t.Errorf("%s: event on line %d", format.Name, ev.Line)
		case ev.Class != ClassNone && (ev.Time.IsZero() || ev.Key == 0):
			t.Errorf("%s: event without time or key: %+v", format.Name, ev)
		case tooLong(ev) != "":
			t.Errorf("%s: the %s is too long", format.Name, tooLong(ev))
		default:
			events = append(events, cloneEvent(ev))
		}
	}
	return events, bad
}

func fuzzFormat(f *testing.F, name string) {
	format, _ := Lookup(name)
	for _, file := range jsonSamples[name] {
		f.Add(readSample(f, name, file))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decodeAll(t, format, text)
		if sure := format.Sniff(text); sure < 0 || sure > 100 {
			t.Errorf("%s is sure by %d", name, sure)
		}
	})
}

func FuzzEntraGraph(f *testing.F)   { fuzzFormat(f, "entra-graph") }
func FuzzEntraMonitor(f *testing.F) { fuzzFormat(f, "entra-monitor") }
func FuzzM365Audit(f *testing.F)    { fuzzFormat(f, "m365-audit") }

// A changed byte costs at most the records that it touches, and a cut those
// from the cut on.
func TestDamageCostsOnlyTheDamagedRecord(t *testing.T) {
	for name, file := range map[string]string{"entra-graph": "beta.json", "entra-monitor": "eventhub.json", "m365-audit": "api.json"} {
		format, _ := Lookup(name)
		text := readSample(t, name, file)
		whole, _ := decodeAll(t, format, text)
		begin := bytes.Index(text, []byte(`"id"`)) // behind the head of a wrapper
		if name == "m365-audit" {
			begin = 2
		}
		for i := begin; i < len(text)-4; i += 31 {
			for _, b := range []byte{'"', '{', '}', ',', 0, 0xff, text[i] ^ 1} {
				damaged := slices.Clone(text)
				damaged[i] = b
				got, _ := decodeAll(t, format, damaged)
				if lost := missing(whole, got); lost > 2 || lost == 2 && !bytes.ContainsAny(text[max(0, i-40):i+40], "]}") {
					t.Fatalf("%s: byte %d as %q lost %d records", name, i, b, lost)
				}
			}
			cut, bad := decodeAll(t, format, text[:i])
			if n := len(cut); n > len(whole) || missing(cut, whole) > 0 || bad == 0 {
				t.Fatalf("%s cut at %d: %d events, %d errors", name, i, n, bad)
			}
		}
	}
}

// missing counts the events of want that are not in got, by their key.
func missing(want, got []Event) (n int) {
	keys := map[uint64]bool{}
	for _, ev := range got {
		keys[ev.Key] = true
	}
	for _, ev := range want {
		if !keys[ev.Key] {
			n++
		}
	}
	return n
}

// firstOf returns the first event, without its line, of a text that is of the
// format and has so many; false where it is not, which fails the test.
func firstOf(t *testing.T, name, text string, many int) (ev Event, ok bool) {
	t.Helper()
	format, _ := Detect([]byte(text))
	if format.Name != name {
		t.Errorf("%.60s is taken for %q, not %s", text, format.Name, name)
		return ev, false
	}
	events, bad := decodeAll(t, format, []byte(text))
	if len(events) != many || bad > 0 {
		t.Errorf("%s: %d events, %d errors", name, len(events), bad)
		return ev, false
	}
	events[0].Line = 0
	return events[0], true
}

// One sign-in, however it was exported, is one event with one key.
func TestOneSignInInAllExports(t *testing.T) {
	const (
		graph = `{"id":"7A1B2C3D-0000-4000-8000-000000000001","createdDateTime":"2026-03-02T08:00:01.5Z","userPrincipalName":"Ana@Hospital.example",
			"userId":"5e4d3c2b-0000-4000-8000-000000000001","appId":"app","ipAddress":"198.51.100.1","clientAppUsed":"Browser","userAgent":"curl/8",
			"isInteractive":true,"autonomousSystemNumber":64500,"homeTenantId":"T1","resourceTenantId":"T1","userType":"member",
			"status":{"errorCode":50126,"failureReason":"x"},"location":{"countryOrRegion":"PT"}}`
		row = `{"TimeGenerated":"2026-03-02T08:09:00Z","CreatedDateTime":"3/2/2026, 8:00:01.500 AM","Id":"7a1b2c3d-0000-4000-8000-000000000001","TenantId":"workspace",
			"AADTenantId":"t1","Category":"SignInLogs","ResultType":"50126","IPAddress":"198.51.100.1","UserPrincipalName":"ana@hospital.example",
			"UserId":"5e4d3c2b-0000-4000-8000-000000000001","AppId":"app","ClientAppUsed":"Browser","UserAgent":"curl/8","IsInteractive":"True",
			"AutonomousSystemNumber":"64500","Location":"pt"}`
		csv = "\"CreatedDateTime [UTC]\",Id,AADTenantId,Category,ResultType,IPAddress,UserPrincipalName,UserId,AppId,ClientAppUsed,UserAgent,IsInteractive,AutonomousSystemNumber,Location\n" +
			"\"3/2/2026, 8:00:01.500 AM\",7a1b2c3d-0000-4000-8000-000000000001,t1,SignInLogs,50126,198.51.100.1,ana@hospital.example,5e4d3c2b-0000-4000-8000-000000000001,app,Browser,curl/8,true,64500,PT\n"
	)
	monitor := `{"records":[{"time":"2026-03-02T08:05:00Z","category":"SignInLogs","tenantId":"t1","resultType":"50126","callerIpAddress":"198.51.100.1","properties":` + graph + `}]}`
	audit := `{"CreationTime":"2026-03-02T08:00:01","Id":"7a1b2c3d-0000-4000-8000-000000000001","Operation":"UserLoginFailed","OrganizationId":"t1","RecordType":15,
		"ErrorNumber":"50126","UserId":"ana@hospital.example","ClientIP":"198.51.100.1"}`

	var first Event
	for _, c := range []struct{ format, text string }{
		{"entra-graph", graph}, {"entra-monitor", monitor}, {"entra-monitor", row}, {"entra-csv", csv}, {"m365-audit", audit},
	} {
		ev, ok := firstOf(t, c.format, c.text, 1)
		if !ok {
			continue
		}
		if first.Key == 0 {
			first = ev
		}
		if c.format == "m365-audit" { // says less, but is the same record
			if ev.Key != first.Key || ev.Account != first.Account || ev.Addr != first.Addr || ev.Class != first.Class {
				t.Errorf("%s: %+v, want %+v", c.format, ev, first)
			}
			continue
		}
		if ev != first {
			t.Errorf("%s:\n%+v, want\n%+v", c.format, ev, first)
		}
	}
}

// Without an id the key is of the content, so that two sign-ins that differ
// have two keys and the same one in two files has one.
func TestKeyWithoutID(t *testing.T) {
	const record = `{"createdDateTime":"2026-03-02T08:00:01Z","userPrincipalName":"a@hospital.example","ipAddress":"198.51.100.1","status":{"errorCode":50126}}`
	keyOf := func(text string) uint64 {
		events, _ := decodeAll(t, entraGraph, []byte(text))
		return events[0].Key
	}
	if keyOf(record) != keyOf("\n"+record) {
		t.Error("the same sign-in has two keys")
	}
	for _, change := range [][2]string{{":01Z", ":02Z"}, {"a@", "b@"}, {"100.1", "100.2"}, {"50126", "0"}} {
		if keyOf(record) == keyOf(strings.Replace(record, change[0], change[1], 1)) {
			t.Errorf("%s for %s keeps the key", change[1], change[0])
		}
	}
}

func TestSourceFailureEndsTheSequence(t *testing.T) {
	gone := errors.New("disk gone")
	for name, text := range map[string]string{
		"entra-graph": `[{"id":"1","createdDateTime":"2026-03-02T08:00:01Z","status":{"errorCode":0}}`,
		"m365-audit":  "Id,AuditData\n1,{}\n",
	} {
		format, _ := Lookup(name)
		n := 0
		var last error
		for _, err := range format.Decode(&failingReader{text, gone}, Options{}) {
			n++
			last = err
		}
		var bad *RecordError
		if n != 2 || !errors.Is(last, gone) || errors.As(last, &bad) {
			t.Errorf("%s: %d results, the last %v", name, n, last)
		}
	}
}

type failingReader struct {
	text string
	err  error
}

func (r *failingReader) Read(p []byte) (int, error) {
	if r.text == "" {
		return 0, r.err
	}
	n := copy(p, r.text)
	r.text = r.text[n:]
	return n, nil
}

// A caller may stop at any event or error.
func TestDecodeCanBeStopped(t *testing.T) {
	for name, files := range jsonSamples {
		format, _ := Lookup(name)
		for _, file := range files {
			text := readSample(t, name, file)
			for stop := 1; stop < 8; stop++ {
				n := 0
				for range format.Decode(bytes.NewReader(text), Options{}) {
					if n++; n == stop {
						break
					}
				}
			}
		}
	}
}

func BenchmarkEntraGraph(b *testing.B) {
	line := bytes.TrimSpace(readSample(b, "entra-graph", "damaged.jsonl"))
	line, _, _ = bytes.Cut(line, []byte("\n"))
	text := bytes.Repeat(append(line, '\n'), 2000)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range entraGraph.Decode(bytes.NewReader(text), Options{}) {
			if n++; err != nil {
				b.Fatal(err)
			}
		}
		if n != 2000 {
			b.Fatal(n)
		}
	}
}
