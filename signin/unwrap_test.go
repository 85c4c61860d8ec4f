package signin

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// wrappings are ways in which collectors and APIs keep records, each with what
// it does to one record or to all.
var wrappings = map[string]func(list []json.RawMessage) string{
	"API answer": func(list []json.RawMessage) string {
		return `{"stat":"OK","response":{"metadata":{"next":[1,"x"]},"list":[` + joinRecords(list, ",\n", false) + `],"n":3}}`
	},
	"pretty API answers": func(list []json.RawMessage) string {
		page := "{\n \"meta\": {\"a\": \"}]\\\"\"},\n \"results\": [\n" + joinRecords(list, ",\n", true) + "\n ]\n}\n"
		return page + "{\"meta\": {}, \"results\": []}\n"
	},
	"pages in a list": func(list []json.RawMessage) string {
		return "[\n[" + joinRecords(list[:1], ",\n", true) + "],\n[" + joinRecords(list[1:], ",\n", true) + "]\n]\n"
	},
	"fields in a list of lists": func(list []json.RawMessage) string {
		return `{"results":[` + strings.ReplaceAll(strings.TrimSpace(eachWrapped(func(r string) string {
			return `[{"field":"@timestamp","value":"2026-03-02 08:00:00.000"},{"field":"@message","value":` + quoted(r) + `}]`
		})(list)), "\n", ",\n") + `],"statistics":{"recordsMatched":2.0}}`
	},
	"hits": func(list []json.RawMessage) string {
		return `{"took":1,"hits":{"total":{"value":2},"hits":[{"_source":` + joinRecords(list, `},{"_source":`, false) + `}]}}`
	},
	"member": eachWrapped(func(r string) string { return `{"time":1772438400,"host":"c","event":` + r + `,"source":"x"}` }),
	"text":   eachWrapped(func(r string) string { return `{"stream":"stdout","log":` + quoted(r+"\n") + `}` }),
	"text in a member": eachWrapped(func(r string) string {
		return `{"preview":false,"result":{"_time":"2026-03-02","_raw":` + quoted(r) + `}}`
	}),
	"text in a list": func(list []json.RawMessage) string {
		return `{"messageType":"DATA_MESSAGE","logEvents":[` + strings.ReplaceAll(strings.TrimSpace(
			eachWrapped(func(r string) string { return `{"id":"1","message":` + quoted(r) + `}` })(list)), "\n", ",") + `]}`
	},
	"shipper": eachWrapped(func(r string) string {
		return `{"@timestamp":"2026-03-02T08:00:00Z","ecs":{"version":"8.0.0"},"agent":{"type":"filebeat"},"message":` + quoted(r) + `}`
	}),
	"syslog": eachWrapped(func(r string) string { return `<134>Mar  2 08:00:00 collector {app}[7]: ` + r }),
	"syslog of RFC 5424": eachWrapped(func(r string) string {
		return `<134>1 2026-03-02T08:00:00Z collector app - - [x@1 a="{"] ` + "\ufeff" + r
	}),
	"column": func(list []json.RawMessage) string {
		var out strings.Builder
		w := csv.NewWriter(&out)
		_ = w.Write([]string{"_time", "_raw", "source"})
		for _, r := range list {
			_ = w.Write([]string{"2026-03-02T08:00:00.000+0000", joinRecords([]json.RawMessage{r}, "", false), "x"})
		}
		w.Flush()
		return out.String()
	},
	"text behind a header": eachWrapped(func(r string) string { return `{"raw_event":` + quoted(`Mar  2 08:00:00 c a: `+r) + `}` }),
}

// eachWrapped writes each record on a line.
func eachWrapped(wrap func(string) string) func([]json.RawMessage) string {
	return func(list []json.RawMessage) string {
		var out strings.Builder
		for _, r := range list {
			var compact bytes.Buffer
			_ = json.Compact(&compact, r)
			out.WriteString(wrap(compact.String()) + "\n")
		}
		return out.String()
	}
}

func quoted(s string) string {
	text, _ := json.Marshal(s)
	return string(text)
}

// Records inside other records are taken for the same format and give the same
// events.
func TestWrappings(t *testing.T) {
	for _, name := range append([]string{"entra-graph", "entra-monitor", "m365-audit"}, sampleFormats...) {
		format, _ := Lookup(name)
		for _, file := range samplesOf(t, name) {
			list := records(t, readSample(t, name, file))
			if len(list) == 0 || isWrapper(name) {
				continue
			}
			want, wantBad := decodeAll(t, format, []byte(joinRecords(list, "\n", false)))
			for wrapping, write := range wrappings {
				text := []byte(write(list))
				found, ok := Detect(text)
				if !ok || found.Name != name && wrapping != "shipper" {
					t.Errorf("%s/%s in %s is taken for %q", name, file, wrapping, found.Name)
					continue
				}
				if found.Sniff(text) < 40 {
					t.Errorf("%s/%s in %s: its format is sure by %d", name, file, wrapping, found.Sniff(text))
				}
				got, bad := decodeAll(t, found, text)
				if missing(keyed(want), keyed(got)) > 0 || missing(keyed(got), keyed(want)) > 0 {
					t.Errorf("%s/%s in %s: %d events, %d as they are", name, file, wrapping, len(keyed(got)), len(keyed(want)))
				}
				if bad != wantBad && wrapping != "shipper" {
					t.Errorf("%s/%s in %s: %d damaged, %d as they are", name, file, wrapping, bad, wantBad)
				}
			}
		}
	}
}

// Texts of one format may come with a header and without, in any order, and
// with texts that are none between them.
func TestMixedCarriers(t *testing.T) {
	for name, file := range map[string]string{"okta": "collector.jsonl", "ocsf": "events.json"} {
		list := records(t, readSample(t, name, file))
		format, _ := Lookup(name)
		want, _ := decodeAll(t, format, []byte(joinRecords(list, "\n", false)))
		for first := range 2 {
			n := first
			text := []byte(eachWrapped(func(r string) string {
				if n++; n%2 == 0 {
					r = `Mar  2 08:00:00 collector app: ` + r
				}
				return `{"log":"2026-03-02 08:00:00.000"}` + "\n" + `{"log":` + quoted(r) + "}"
			})(list))
			found, _ := Detect(text)
			got, bad := decodeAll(t, found, text)
			if missing(keyed(want), keyed(got)) > 0 || missing(keyed(got), keyed(want)) > 0 || bad > 0 {
				t.Errorf("%s: %d of %d events, %d damaged", name, len(keyed(got)), len(keyed(want)), bad)
			}
		}
	}
}

// The lines of events are those of the file, whatever is taken off.
func TestWrappedLines(t *testing.T) {
	list := records(t, readSample(t, "okta", "collector.jsonl"))
	for wrapping, write := range wrappings {
		if strings.Contains(wrapping, "list") || strings.Contains(wrapping, "answer") || wrapping == "hits" {
			continue // not a record on each line
		}
		if wrapping == "column" {
			continue // has a header
		}
		text := "\n" + write(list)
		format, _ := Detect([]byte(text))
		n := int64(1)
		for ev, err := range format.Decode(iotest.OneByteReader(strings.NewReader(text)), Options{}) {
			n++
			var bad *RecordError
			if errors.As(err, &bad) {
				ev = &Event{Line: bad.Line}
			}
			if ev.Line != n {
				t.Fatalf("%s: record %d is on line %d", wrapping, n-1, ev.Line)
			}
		}
	}
}

// A damaged carrier costs itself.
func TestDamagedWrapping(t *testing.T) {
	list := records(t, readSample(t, "okta", "collector.jsonl"))
	format, _ := Lookup("okta")
	want, _ := decodeAll(t, format, readSample(t, "okta", "collector.jsonl"))
	for wrapping, write := range wrappings {
		if strings.Contains(wrapping, "list") || strings.Contains(wrapping, "answer") || wrapping == "hits" {
			continue
		}
		if wrapping == "column" {
			continue // a quote that is open takes the rows that follow with it
		}
		lines := strings.SplitAfter(write(list), "\n")
		lines[1] = lines[1][:len(lines[1])/2] + "\n"
		text := []byte(strings.Join(lines, ""))
		found, ok := Detect(text)
		got, bad := decodeAll(t, found, text)
		if !ok || missing(keyed(want), keyed(got)) > 1 || bad != 1 {
			t.Errorf("%s: %d of %d events, %d damaged", wrapping, len(got), len(want), bad)
		}
	}
}

// A head that is nothing is soon given up, whatever it holds.
func TestUnwrapGivesUp(t *testing.T) {
	member := `"` + strings.Repeat("a", 40) + `"`
	for name, text := range map[string]string{
		"many members": "{" + strings.Repeat(`"a":{"b":[{"c":`+member+`}]},`, 1000) + `"z":1}`,
		"many names": func() string {
			var b strings.Builder
			for i := range 2000 {
				fmt.Fprintf(&b, `{"n%d":{"m%d":%s}}`+"\n", i, i, member)
			}
			return b.String()
		}(),
		"deep":    strings.Repeat(`{"a":[`, 10000),
		"strings": strings.Repeat(`{"a":`+member+`,"b":`+member+"}\n", 700),
		"headers": strings.Repeat(`x: {"a":`+member+"}\n", 700),
		"lists":   strings.Repeat(`[`, 10000) + strings.Repeat(`[{"a":`+member+"}],", 500),
		"braces":  strings.Repeat(`{ `, 30000),
	} {
		head := []byte(text[:min(len(text), 64<<10)])
		begin := time.Now()
		if f, ok := Detect(head); ok {
			t.Errorf("%s is taken for %s", name, f.Name)
		}
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("%s took %v", name, took)
		} else {
			t.Logf("%s took %v", name, took)
		}
	}
}

// A record of a shipper that holds one that holds one, by several names: to look
// at each for each way in which it is reached costs a power of the depth.
func TestNestedShippers(t *testing.T) {
	cost := func(depth int) float64 {
		text := `{"a":1}`
		for range depth {
			text = `{"message":` + quoted(text) + `,"msg":` + quoted(text) + `}`
		}
		return testing.AllocsPerRun(1, func() { Detect([]byte(text)) })
	}
	if small, large := cost(3), cost(6); large > 30*small { // the text is 30 times as long
		t.Errorf("%.0f allocations for 3 records one in the other, %.0f for 6", small, large)
	}
}

// A carrier may hold a table in one record and JSON in the next.
func TestColumnThenObject(t *testing.T) {
	record := `{"uuid":"1","published":"2026-03-02T08:00:00.000Z","eventType":"user.session.start","outcome":{"result":"SUCCESS"},` +
		`"actor":{"alternateId":"ana@clinic.example"},"client":{"ipAddress":"192.0.2.1"}}`
	table := "id,_raw\n1,\"" + strings.ReplaceAll(record, `"`, `""`) + "\"\n"
	text := `{"raw":` + quoted(table) + "}\n{\"raw\":\n" + `{"raw":` + quoted(`{"level":"info","text":"nothing"}`) + "}\n"
	f, ok := Detect([]byte(text))
	if !ok || f.Name != "okta" {
		t.Fatalf("detected %q", f.Name)
	}
	events := 0
	for ev, err := range f.Decode(strings.NewReader(text), Options{}) {
		if err == nil && ev.Class != ClassNone {
			events++
		}
	}
	if events != 1 {
		t.Errorf("%d events", events)
	}
}

// A name that only folds into one that carries records is no path of jsonscan.
func TestFoldedName(t *testing.T) {
	Detect([]byte(`{"meſſage":"{\"eventType\":\"user.session.start\",\"published\":\"2026-03-02T08:00:00Z\",\"outcome\":{\"result\":\"SUCCESS\"},\"actor\":{},\"uuid\":\"1\"}"}`))
}

// One program may write lines of its own and pass on records.
func TestProgramWithRecords(t *testing.T) {
	var text strings.Builder
	line := func(program, message string) {
		fmt.Fprintf(&text, `{"@timestamp":"2026-03-02T08:00:00Z","program":%q,"message":%s}`+"\n", program, quoted(message))
	}
	line("sshd", "Failed password for root from 192.0.2.1 port 4000 ssh2")
	for range 20 {
		line("collector", "a file was opened, and all is well")
	}
	for i := range 5 {
		line("collector", fmt.Sprintf(`{"uuid":"%d","published":"2026-03-02T08:00:00.000Z","eventType":"user.session.start",`+
			`"outcome":{"result":"SUCCESS"},"actor":{"alternateId":"ana@clinic.example"},"client":{"ipAddress":"192.0.2.1"}}`, i))
		line("collector", "a file was closed, and all is well")
	}
	f, _ := Detect([]byte(text.String()))
	events := 0
	for ev, err := range f.Decode(strings.NewReader(text.String()), Options{}) {
		if err == nil && ev.Class != ClassNone {
			events++
		}
	}
	if f.Name != shippedJSON || events != 6 {
		t.Errorf("%s: %d events, want 6", f.Name, events)
	}
}

func TestLongPrograms(t *testing.T) {
	var d originals
	for i := range 3 {
		d.other(strings.Repeat("p", MaxField+i))
	}
	if len(d.others) != 1 {
		t.Errorf("%d programs remembered", len(d.others))
	}
}

func FuzzUnwrap(f *testing.F) {
	for _, file := range []string{"okta/collector.jsonl", "duo/older.jsonl"} {
		text, err := os.ReadFile("testdata/" + file)
		if err != nil {
			f.Fatal(err)
		}
		var list []json.RawMessage
		for line := range bytes.Lines(text) {
			list = append(list, bytes.TrimSpace(line))
		}
		for _, write := range wrappings {
			f.Add([]byte(write(list[:2])))
		}
	}
	f.Add([]byte(`{"tables":[{"columns":[{"name":"TimeGenerated"},{"name":"Type"},{"name":"ResultType"}],"rows":[["2026-03-02T08:00:00Z","SigninLogs","50126"],[]]}]}`))
	f.Add([]byte("eventtime,eventsource,eventname,sourceipaddress,eventid,useridentity\n" +
		"2026-03-02T08:00:00Z,signin.amazonaws.com,ConsoleLogin,198.51.100.7,e1,\"{type=IAMUser, username=ana, x=[{a=1}, null]}\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if format, ok := Detect(text); ok {
			decodeAll(t, format, text)
			if sure := format.Sniff(text); sure < 0 || sure > 100 {
				t.Errorf("%s is sure by %d", format.Name, sure)
			}
		}
	})
}

// Who sends a record of his making to a server whose log is read, too, must not
// invent sign-ins: a record counts where collectors put one.
func TestTypedRecords(t *testing.T) {
	const forged = `{"actor":{"alternateId":"ceo@clinic.example"},"client":{"ipAddress":"192.0.2.1"},"eventType":"user.session.start",` +
		`"outcome":{"result":"SUCCESS"},"published":"2026-03-02T08:00:00.000Z","uuid":"a0a00000-0000-4000-8000-000000000009"}`
	for what, line := range map[string]string{
		"user agent":         `{"time":"2026-03-02T08:00:00Z","path":"/","user_agent":` + quoted(forged) + `,"status":200}`,
		"path":               `{"ts":1772438400,"request":{"uri":` + quoted(forged) + `},"status":404}`,
		"body":               `{"ts":1772438400,"request":{"method":"POST","body":` + forged + `},"status":404}`,
		"line in a body":     `{"time":"2026-03-02T08:00:00Z","httpMethod":"POST","body":"Mar  2 08:00:00 h sshd[7]: Accepted password for root from 192.0.2.1 port 22 ssh2"}`,
		"bare message":       `{"time":"2026-03-02T08:00:00Z","host":"h","message":"Accepted password for root from 192.0.2.1 port 22 ssh2"}`,
		"name in a message":  `2026-03-02 08:00:00 WARN login failed for user ` + forged,
		"name behind syslog": `Mar  2 08:00:00 web app[7]: login failed for user ` + forged,
		"name behind a mark": `Mar  2 08:00:00 web app[7]: user=` + forged,
		"column":             "time,status,user_agent\n2026-03-02,200,\"" + strings.ReplaceAll(forged, `"`, `""`) + `"`,
	} {
		text := strings.Repeat(line+"\n", 20)
		f, ok := Detect([]byte(text))
		if !ok {
			continue
		}
		for ev, err := range f.Decode(strings.NewReader(text), Options{}) {
			if err == nil && ev.Class != ClassNone {
				t.Errorf("%s: taken for %s, a sign-in of %s", what, f.Name, ev.Account)
				break
			}
		}
	}
}
