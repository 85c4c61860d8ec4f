package run

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/signin"
)

// A log that several workers share is one log.
func TestScanSharesALog(t *testing.T) {
	lines := ndjson(1)
	pad := `,"pad":"` + strings.Repeat("x", 2*sharedFrom/len(lines)) + `"}`
	for i, line := range lines {
		lines[i] = strings.TrimSuffix(strings.TrimSpace(line), "}") + pad
	}
	lines[len(lines)/2] = lines[len(lines)/2][:100]
	file := write(t, "log", lines)
	whole := scan(t, Config{Paths: []string{file}})
	shared := scan(t, Config{Paths: []string{file}, Workers: 4})
	if got, want := verdict(t, shared), verdict(t, whole); got != want {
		t.Errorf("shared by four:\n%s\nread by one:\n%s", got, want)
	}
	if got, want := shared.Stats, whole.Stats; got.Files != want.Files || got.Records != want.Records || got.Events != want.Events ||
		got.BadRecords != 1 || want.BadRecords != 1 || *got.First != *want.First || *got.Last != *want.Last {
		t.Errorf("shared by four: %+v\nread by one: %+v", got, want)
	}
}

// A format that is forced is found inside of what a collector wrapped around it.
func TestForcedFormatUnwraps(t *testing.T) {
	audit, _ := signin.Lookup("m365-audit")
	var wrapped []string
	for _, line := range ndjson(1) {
		text, err := json.Marshal(strings.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		wrapped = append(wrapped, `{"collector":"c1","line":`+string(text)+`}`)
	}
	file := write(t, "log", wrapped)
	free := scan(t, Config{Paths: []string{file}})
	forced := scan(t, Config{Paths: []string{file}, Format: &audit})
	if free.Stats.Events == 0 || forced.Stats.Events != free.Stats.Events {
		t.Errorf("%d events where the format is forced, %d where it is recognised", forced.Stats.Events, free.Stats.Events)
	}
}

// Rows that are made records again are of a format that shares its texts, but
// are themselves read by one worker, however long they are.
func TestLongRowsAreRead(t *testing.T) {
	const rows = 2000
	pad := strings.Repeat("x", 2*sharedFrom/rows)
	var lines []string
	for i := range rows {
		lines = append(lines, fmt.Sprintf(`{"TimeGenerated":"2026-03-02T08:%02d:00Z","RequestId":"a0a00000-0000-4000-8000-%012d","AccountUpn":"p%d@clinic.example",`+
			`"IPAddress":"192.0.2.7","ErrorCode":"50126","Application":"Office","Country":"PT","Pad":%q}`, i%60, i, i%40, pad))
	}
	file := write(t, "log", lines)
	r := scan(t, Config{Paths: []string{file}, Workers: 4})
	if r.Stats.Events != rows || len(r.Stats.Unread) > 0 {
		t.Errorf("%d events of %d, %d errors", r.Stats.Events, rows, len(r.Stats.Unread))
	}
}
