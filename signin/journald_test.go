package signin

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestJournal(t *testing.T) {
	const head = `{"__CURSOR":"s=1;i=2","__REALTIME_TIMESTAMP":"1772359200123456","_HOSTNAME":"Bastion",`
	at := time.Date(2026, time.March, 1, 10, 0, 0, 123456000, time.UTC)
	for _, c := range []struct {
		why, entry string
		account    string
	}{
		{"a text", head + `"SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":"Invalid user ana from 192.0.2.1 port 4711"}`, "ana"},
		{"an array of bytes, for what is not UTF-8", head + `"SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":[` + bytesOf("Invalid user a\xff from 192.0.2.1 port 4711") + `]}`, "a\uFFFD"},
		{"escapes", head + `"SYSLOG_IDENTIFIER":"sshd","_PID":"7","MESSAGE":"Invalid user \u0061\"b from 192.0.2.1 port 4711"}`, `a"b`},
		{"the command for want of an identifier", head + `"_COMM":"sshd-session","_PID":"7","MESSAGE":"Invalid user ana from 192.0.2.1 port 4711"}`, "ana"},
		{"the process as the program says it", head + `"SYSLOG_IDENTIFIER":"sshd","SYSLOG_PID":"7","MESSAGE":"Invalid user ana from 192.0.2.1 port 4711"}`, "ana"},
	} {
		events := decodeSSHD(t, c.entry+"\n", Options{})
		if len(events) != 1 {
			t.Errorf("%s: %d events", c.why, len(events))
			continue
		}
		ev := events[0]
		if ev.Account != c.account || !ev.Time.Equal(at) || ev.Host != "bastion" || ev.Try == 0 || ev.Addr.String() != "192.0.2.1" {
			t.Errorf("%s: %+v", c.why, ev)
		}
	}
}

// Exports of one journal differ in the fields they have, but not in keys.
func TestJournalKey(t *testing.T) {
	const entry = `{"__REALTIME_TIMESTAMP":"1772359200123456","_HOSTNAME":"bastion","_PID":"7","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"Invalid user ana from 192.0.2.1"}` + "\n"
	more := strings.Replace(entry, "{", `{"__CURSOR":"s=1","PRIORITY":"6",`, 1)
	later := strings.Replace(entry, "3456", "3457", 1)
	a, b, c := decodeSSHD(t, entry, Options{}), decodeSSHD(t, more, Options{}), decodeSSHD(t, later, Options{})
	if a[0].Key != b[0].Key || a[0].Key == c[0].Key || a[0].Try != c[0].Try {
		t.Errorf("keys %x %x %x", a[0].Key, b[0].Key, c[0].Key)
	}
}

func TestJournalRecords(t *testing.T) {
	for _, c := range []struct {
		why, entry   string
		records, bad int
	}{
		{"a message that journalctl left out for its length", `{"__REALTIME_TIMESTAMP":"1772359200123456","SYSLOG_IDENTIFIER":"sshd","MESSAGE":null}`, 1, 0},
		{"an array of something else", `{"__REALTIME_TIMESTAMP":"1772359200123456","SYSLOG_IDENTIFIER":"sshd","MESSAGE":["a"]}`, 0, 1},
		{"a time that is none", `{"__REALTIME_TIMESTAMP":"soon","SYSLOG_IDENTIFIER":"sshd","MESSAGE":"x"}`, 0, 1},
		{"no JSON", `{"__REALTIME_TIMESTAMP"`, 0, 1},
	} {
		events, bad := decodeAll(t, sshd, []byte(c.entry))
		if len(events) != c.records || bad != c.bad {
			t.Errorf("%s: %d records, %d bad", c.why, len(events), bad)
		}
	}
}

// bytesOf writes the bytes of a text as journalctl does.
func bytesOf(text string) string {
	var numbers []string
	for _, b := range []byte(text) {
		numbers = append(numbers, strconv.Itoa(int(b)))
	}
	return strings.Join(numbers, ",")
}

// journalctl -o json-pretty writes an entry on several lines.
func TestJournalPretty(t *testing.T) {
	text := readSample(t, "journal", "pretty.json")
	format, _ := Detect(text)
	if format.Name != "shipped-json" {
		t.Fatalf("taken for %q", format.Name)
	}
	goldenEvents(t, format, filepath.Join("testdata", "journal", "pretty.json"), Options{})
}
