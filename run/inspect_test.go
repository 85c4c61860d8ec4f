package run

import (
	"bytes"
	"compress/gzip"
	"context"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/pumphandle/pumphandle/signin"
)

// inspectOne inspects one file.
func inspectOne(t *testing.T, path string) (found Inspection) {
	t.Helper()
	n := 0
	err := Inspect(context.Background(), Config{Paths: []string{path}}, func(f Inspection) error {
		found = f
		n++
		return nil
	})
	if err != nil || n != 1 {
		t.Fatalf("%s: %d inspections, %v", path, n, err)
	}
	return found
}

// However a file is stored, the same is in it.
func TestInspectEncodings(t *testing.T) {
	for _, sample := range []string{"okta/api.json", "keycloak/server.log", "aws-cloudtrail/trail.json", "jumpcloud/events.jsonl", "pingfederate/audit.log"} {
		source := filepath.Join("..", "signin", "testdata", filepath.FromSlash(sample))
		text, err := os.ReadFile(source)
		if err != nil {
			t.Fatal(err)
		}
		want := inspectOne(t, source)
		if want.Events == 0 || want.Format != strings.Split(sample, "/")[0] {
			t.Fatalf("%s: %+v", sample, want)
		}
		utf16LE := []byte{0xff, 0xfe}
		for _, u := range utf16.Encode([]rune(string(text))) {
			utf16LE = append(utf16LE, byte(u), byte(u>>8))
		}
		var packed bytes.Buffer
		z := gzip.NewWriter(&packed)
		z.Write(utf16LE)
		z.Close()
		for shape, stored := range map[string][]byte{"UTF-8 with a mark": append([]byte("\xef\xbb\xbf"), text...), "UTF-16": utf16LE, "UTF-16 in gzip": packed.Bytes()} {
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, stored, 0o600); err != nil {
				t.Fatal(err)
			}
			got := inspectOne(t, path)
			got.File = want.File
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s in %s (-plain +got):\n%s", sample, shape, diff)
			}
		}
	}
}

// What a log lacks is said, and what it has is not.
func TestInspectMissing(t *testing.T) {
	const line = `{"uuid":"%","published":"2026-03-02T08:%:00Z","eventType":"user.session.start","outcome":{"result":"FAILURE","reason":"INVALID_CREDENTIALS"},` +
		`"actor":{"alternateId":"ana@hospital.example","id":"1"},"client":{"ipAddress":"203.0.113.9","userAgent":{"rawUserAgent":"curl/8"}},"securityContext":{"asNumber":64500}}` + "\n"
	var text strings.Builder
	for i := 10; i < 40; i++ {
		text.WriteString(strings.ReplaceAll(line, "%", string(rune('0'+i/10))+string(rune('0'+i%10))))
	}
	lacks := func(text string) (words []string) {
		path := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, l := range inspectOne(t, path).Missing {
			words = append(words, l.What)
		}
		return words
	}
	whole := text.String()
	for why, c := range map[string]struct{ text, want string }{
		"only failures":     {whole, "successes format"},
		"only successes":    {strings.ReplaceAll(whole, "FAILURE", "SUCCESS"), "refusals format"},
		"no address":        {strings.ReplaceAll(whole, `"203.0.113.9"`, `null`), "addresses successes format"},
		"no user agent":     {strings.ReplaceAll(whole, `"curl/8"`, `""`), "successes user_agents format"},
		"no network":        {strings.ReplaceAll(whole, `64500`, `null`), "successes places format"},
		"no id":             {strings.ReplaceAll(whole, `"uuid"`, `"other"`), "successes ids format"},
		"a clock is wrong":  {strings.ReplaceAll(whole, `2026-03`, `2100-03`), "clock successes format"},
		"an unknown result": {strings.ReplaceAll(whole, `user.session.start`, `user.authentication.sso`), "successes format"},
		"nothing":           {strings.ReplaceAll(whole, `user.session.start`, `user.lifecycle.create`), "sign_ins format"},
	} {
		if got := strings.Join(lacks(c.text), " "); got != c.want {
			t.Errorf("%s: %s, want %s", why, got, c.want)
		}
	}
}

// Ten events, with at least one of each result while there is room; no line is
// wider than 80 columns.
func TestInspectText(t *testing.T) {
	found := inspectOne(t, filepath.Join("..", "signin", "testdata", "okta", "api.json"))
	classes := map[string]bool{}
	for _, e := range found.Sample {
		classes[e.Class] = true
	}
	if len(found.Sample) != maxSample || len(classes) < maxSample {
		t.Errorf("%d events of %d classes", len(found.Sample), len(classes))
	}
	found.Sample[0].UserAgent = strings.Repeat("w", 500)
	found.Sample[0].Account = strings.Repeat("ü", 500)
	found.File = strings.Repeat("dir ", 40)
	var out bytes.Buffer
	if err := found.WriteText(&out); err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(out.String()) {
		if n := len([]rune(strings.TrimRight(line, "\n"))); n > width {
			t.Errorf("%d columns: %s", n, line)
		}
	}
}

// A scan warns of what should be in a log and is not, and is silent about what
// no log of its kind has.
func TestWarnings(t *testing.T) {
	at := time.Date(2026, 3, 2, 8, 0, 0, 0, time.UTC)
	stats := func(format string, n int, ev signin.Event) []string {
		fs := &FormatStats{}
		for range n {
			fs.Events++
			fs.seen.see(&ev, at)
		}
		return fs.Warnings(format)
	}
	whole := signin.Event{Time: at, Account: "ana@hospital.example", Addr: netip.MustParseAddr("203.0.113.9"), Class: signin.BadPassword}
	if got := strings.Join(stats("keycloak", 30, whole), "; "); !strings.HasPrefix(got, "no sign-in that succeeded") || strings.Contains(got, "user agents") {
		t.Errorf("keycloak: %s", got)
	}
	if got := strings.Join(stats("entra-graph", 30, whole), "; "); !strings.Contains(got, "no non-interactive sign-ins") || !strings.Contains(got, "no legacy") {
		t.Errorf("entra: %s", got)
	}
	whole.Time = at.AddDate(0, 0, 3)
	if got := strings.Join(stats("okta", 1, whole), "; "); !strings.HasPrefix(got, "1 sign-ins lie in the future") {
		t.Errorf("clock: %s", got)
	}
	if got := stats("okta", 0, whole); len(got) > 0 {
		t.Errorf("nothing read: %v", got)
	}
}
