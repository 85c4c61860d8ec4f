package run

import (
	"encoding/json"
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
