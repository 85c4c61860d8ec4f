package mail

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/internal/golden"
)

// tableSamples has the format of each sample, all written by us.
var tableSamples = map[string]Format{
	"m365-trace-summary.csv":    m365Trace,
	"m365-trace-extended.csv":   m365Trace,
	"m365-trace-powershell.csv": m365Trace,
	"defender-email-events.csv": defenderMail,
	"defender-url-clicks.csv":   defenderMail,
	"defender-attachments.csv":  defenderMail,
	"defender-stream.json":      defenderMail,
	"gmail-log.ndjson":          gmailLog,
	"gmail-reports.json":        gmailLog,
}

func TestTableGoldens(t *testing.T) {
	for name, format := range tableSamples {
		input, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		golden.File(t, filepath.Join("testdata", name+".golden.jsonl"), tableLines(t, format, input))
	}
}

// tableLines gives one line of JSON for each item or error, without what is
// empty.
func tableLines(t *testing.T, format Format, input []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	for item, err := range format.Decode(bytes.NewReader(input), Options{}) {
		var line any
		switch {
		case err != nil:
			line = map[string]string{"error": err.Error()}
		case item.Message != nil:
			line = map[string]any{"message": short(t, item.Message, "Delivery", deliveries, "Direction", directions)}
		default:
			line = map[string]any{"act": short(t, item.Act, "Delivery", deliveries, "Kind", kinds)}
		}
		if err := enc.Encode(line); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

var (
	deliveries = []string{"", "rejected", "quarantined", "junked", "removed", "delivered"}
	directions = []string{"", "inbound", "internal", "outbound"}
	kinds      = []string{"unknown", "click allowed", "click blocked", "click through", "delivery changed", "opened", "reported", "attachment saved", "replied"}
)

func short(t *testing.T, v any, words ...any) map[string]any {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(text, &m); err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(words); i += 2 {
		if n, ok := m[words[i].(string)].(float64); ok {
			m[words[i].(string)] = words[i+1].([]string)[int(n)]
		}
	}
	prune(m)
	return m
}

func prune(m map[string]any) {
	for k, v := range m {
		if list, ok := v.([]any); ok {
			for _, one := range list {
				if inner, ok := one.(map[string]any); ok {
					prune(inner)
				}
			}
		}
		if inner, ok := v.(map[string]any); ok {
			if prune(inner); len(inner) == 0 {
				v = nil
			}
		}
		switch v {
		case nil, "", 0.0, false, "0001-01-01T00:00:00Z":
			delete(m, k)
		}
	}
}

// Each sample is recognised as its own format by its beginning alone, and as
// no other one of these.
func TestTableSniff(t *testing.T) {
	for name, format := range tableSamples {
		input, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, head := range [][]byte{input, append([]byte("\xef\xbb\xbf"), input...)} {
			for _, other := range []Format{m365Trace, defenderMail, gmailLog} {
				if sure := other.Sniff(head); (sure > 0) != (other.Name == format.Name) {
					t.Errorf("%s as %s: %d", name, other.Name, sure)
				}
			}
		}
	}
	for _, head := range []string{"", "{}", "a,b,c\n", "From x\n", "[{\"Timestamp\":1}]", "Date,Sender,Recipient\n"} {
		for name, format := range tableSamples {
			if format.Sniff([]byte(head)) != 0 {
				t.Errorf("%q as the format of %s", head, name)
			}
		}
	}
}

// A source that breaks gives what was whole, and then its own error.
func TestTableReadError(t *testing.T) {
	broken := errors.New("gzip: unexpected end")
	for _, in := range []string{"", "{", "Timestamp,NetworkMessageId,Url\n2026-03-02T08:15:30Z,1,http://a.example\n"} {
		var last error
		items := 0
		for item, err := range defenderMail.Decode(errorAfter(in, broken), Options{}) {
			if item.Message != nil {
				items++
			}
			last = err
		}
		if !errors.Is(last, broken) || items != strings.Count(in, "http:") {
			t.Errorf("%q: %d items, ended with %v", in, items, last)
		}
	}
}

func errorAfter(text string, err error) *errorReader {
	return &errorReader{strings.NewReader(text), err}
}

type errorReader struct {
	*strings.Reader
	err error
}

func (r *errorReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil {
		err = r.err
	}
	return n, err
}

func TestParseRecordTime(t *testing.T) {
	paris := time.FixedZone("", 3600)
	for in, want := range map[string]string{
		"2026-03-02T08:15:30.1234567Z":     "2026-03-02T08:15:30.1234567Z",
		"2026-03-02T08:15:30+02:00":        "2026-03-02T06:15:30Z",
		"2026-03-02 08:15:30":              "2026-03-02T07:15:30Z",
		"2026-03-02 08:15:30.5 UTC":        "2026-03-02T08:15:30.5Z", // the word is the zone
		"3/2/2026, 1:15:30.190 PM":         "2026-03-02T12:15:30.19Z",
		"3/2/2026 13:15":                   "2026-03-02T12:15:00Z",
		"Mar 2, 2026 1:15:30 PM":           "2026-03-02T12:15:30Z",
		"1772439330123456":                 "2026-03-02T08:15:30.123456Z",
		"/Date(1772439330000)/":            "2026-03-02T08:15:30Z",
		"1772439330":                       "2026-03-02T08:15:30Z",
		"15/6/2026 1:05:00 PM":             "",
		"0001-01-01T00:00:00Z":             "",
		"":                                 "",
		"-5":                               "",
		"99999999999999999999999999999999": "",
	} {
		got, err := parseRecordTime(in, paris)
		if text := got.Format(time.RFC3339Nano); err == nil && text != want || (err != nil) != (want == "") {
			t.Errorf("%q: %s %v, want %s", in, text, err, want)
		}
	}
}

// A cell longer than what is kept is cut on a character, and that is said.
func TestTableCut(t *testing.T) {
	long := strings.Repeat("é", maxCell)
	in := fmt.Sprintf("Timestamp,NetworkMessageId,SenderFromAddress,RecipientEmailAddress,Subject\n2026-03-02T08:15:30Z,1,a@b.example,c@d.example,%s\n2026-03-02T08:15:30Z,2,a@b.example,c@d.example,short\n", long)
	n := 0
	for item, err := range defenderMail.Decode(strings.NewReader(in), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		m := item.Message
		if cut := len(m.Problems) == 1; cut != (n == 0) || len(m.Subject) > maxCell || strings.ContainsRune(m.Subject, '\uFFFD') {
			t.Errorf("%d: %v, %d bytes", n, m.Problems, len(m.Subject))
		}
		n++
	}
	if n != 2 {
		t.Errorf("%d items", n)
	}
}

// Exports are put together: a second header, in another order, is no record.
func TestTableSecondHeader(t *testing.T) {
	in := "Timestamp,NetworkMessageId,Url\n2026-03-02T08:15:30Z,1,http://a.example\n" +
		"Url,Timestamp,NetworkMessageId\nhttp://b.example,2026-03-02T08:15:30Z,2\n" +
		"Timestamp,AccountUpn,Url,ActionType\n2026-03-02T08:15:30Z,a@b.example,http://c.example,ClickAllowed\n"
	var got []string
	for item, err := range defenderMail.Decode(strings.NewReader(in), Options{}) {
		switch {
		case err != nil:
			got = append(got, err.Error())
		case item.Message != nil:
			got = append(got, item.Message.NetworkID+" "+item.Message.Links[0])
		default:
			got = append(got, item.Act.URL)
		}
	}
	if diff := cmp.Diff([]string{"1 http://a.example", "2 http://b.example", "http://c.example"}, got); diff != "" {
		t.Error(diff)
	}
}

func fuzzTable(f *testing.F, format Format) {
	for name, other := range tableSamples {
		if other.Name != format.Name {
			continue
		}
		input, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(input)
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		format.Sniff(input)
		items := 0
		for item, err := range format.Decode(bytes.NewReader(input), Options{}) {
			var bad *RecordError
			switch {
			case err != nil:
				if !errors.As(err, &bad) {
					t.Fatalf("ended with %v", err)
				}
			case (item.Message == nil) == (item.Act == nil):
				t.Fatal("neither a message nor an act, or both")
			case item.Message != nil:
				m := item.Message
				if m.Format != format.Name || m.Line < 1 || m.Arrived.IsZero() || len(m.DeliveredTo) > 1 || len(m.Subject) > maxCell+2 {
					t.Fatalf("%+v", m)
				}
			case item.Act.Time.IsZero() || item.Act.Line < 1:
				t.Fatalf("%+v", item.Act)
			}
			if items++; items > len(input)+1 {
				t.Fatal("more items than bytes")
			}
		}
	})
}

func FuzzM365Trace(f *testing.F)    { fuzzTable(f, m365Trace) }
func FuzzDefenderMail(f *testing.F) { fuzzTable(f, defenderMail) }
func FuzzGmailLog(f *testing.F)     { fuzzTable(f, gmailLog) }
