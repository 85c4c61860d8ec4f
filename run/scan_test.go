package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/actor"
)

func scan(t *testing.T, cfg Config) *Result {
	t.Helper()
	cfg.Actors = actor.Starter()
	r, err := Scan(context.Background(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ndjson writes audit records of a small tenant with a spray in it.
func ndjson(seed uint64) []string {
	r := rand.New(rand.NewPCG(seed, 1))
	var lines []string
	record := func(at time.Time, user, addr, ua, code string) {
		op := "UserLoginFailed"
		if code == "0" {
			op = "UserLoggedIn"
		}
		lines = append(lines, fmt.Sprintf(`{"CreationTime":%q,"Id":"%08x-0000-4000-8000-%012x","Operation":%q,"OrganizationId":"0d0d0d0d-0000-4000-8000-000000000001","RecordType":15,"ResultStatus":"Success","UserId":%q,"ClientIP":%q,"ActorIpAddress":%q,"Workload":"AzureActiveDirectory","ApplicationId":"00000002-0000-0000-c000-000000000000","ExtendedProperties":[{"Name":"UserAgent","Value":%q},{"Name":"RequestType","Value":"Login:login"}],"ErrorNumber":%q}`,
			at.Format("2006-01-02T15:04:05"), r.Uint32(), len(lines), op, user, addr, addr, ua, code))
	}
	begin := time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)
	for d := range 10 {
		for i := range 30 {
			at := begin.AddDate(0, 0, d).Add(8*time.Hour + time.Duration(r.IntN(7200))*time.Second)
			record(at, fmt.Sprintf("p%02d@clinic.example", i), "192.0.2.10", "Mozilla/5.0 Chrome/139.0", "0")
		}
	}
	for k := range 3 {
		for i := range 12 {
			record(begin.AddDate(0, 0, 6).Add(time.Duration(k*60+i*5)*time.Minute), fmt.Sprintf("p%02d@clinic.example", i), "198.51.100.77", "python-requests/2.31", "50126")
		}
	}
	record(begin.AddDate(0, 0, 6).Add(4*time.Hour), "p03@clinic.example", "198.51.100.77", "python-requests/2.31", "50076")
	record(begin.AddDate(0, 0, 6).Add(5*time.Hour), "p05@clinic.example", "198.51.100.77", "python-requests/2.31", "0")
	return lines
}

func write(t *testing.T, name string, lines []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// verdict is a result without what depends on the place of a record in a file.
func verdict(t *testing.T, r *Result) string {
	t.Helper()
	var b bytes.Buffer
	if err := r.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(b.String()) {
		var rec map[string]any
		if err := json.Unmarshal([]byte(line), &rec); err != nil {
			t.Fatalf("not a JSON line: %v: %s", err, line)
		}
		if rec["type"] == "stats" {
			continue
		}
		if a, ok := rec["assessment"].(map[string]any); ok { // when a store first kept it
			delete(a, "at")
			delete(a, "version")
		}
		accounts, _ := rec["accounts"].([]any)
		for _, a := range accounts {
			evidence, _ := a.(map[string]any)["evidence"].([]any)
			for _, e := range evidence {
				delete(e.(map[string]any), "file")
				delete(e.(map[string]any), "line")
			}
		}
		canonical, err := json.Marshal(rec)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(canonical))
	}
	return strings.Join(out, "\n")
}

// The promises of docs/architecture.md, on whole scans.
func TestScanEqualities(t *testing.T) {
	for seed := range uint64(3) {
		lines := ndjson(seed)
		whole := scan(t, Config{Paths: []string{write(t, "log", lines)}})
		if len(whole.Campaigns) != 1 {
			t.Fatalf("seed %d: %d campaigns, want the one planted", seed, len(whole.Campaigns))
		}
		want := verdict(t, whole)

		shuffled := slices.Clone(lines)
		rand.New(rand.NewPCG(seed, 2)).Shuffle(len(shuffled), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		half := len(shuffled) / 2
		for what, cfg := range map[string]Config{
			"shuffled":             {Paths: []string{write(t, "log", shuffled)}},
			"newest first":         {Paths: []string{write(t, "log", reversed(lines))}},
			"read twice":           {Paths: []string{write(t, "a", lines), write(t, "b", shuffled)}},
			"two files, 2 workers": {Paths: []string{write(t, "a", shuffled[:half]), write(t, "b", shuffled[half:])}, Workers: 2},
		} {
			if got := verdict(t, scan(t, cfg)); got != want {
				t.Errorf("seed %d: %s: the result differs from that of the whole, sorted log:\n%s\nwant\n%s", seed, what, got, want)
			}
		}
	}
}

func reversed(lines []string) []string {
	out := slices.Clone(lines)
	slices.Reverse(out)
	return out
}

// Two scans of halves with a store between them give what one scan gives, and
// the campaign keeps its id.
func TestStoreContinues(t *testing.T) {
	lines := ndjson(1)
	want := verdict(t, scan(t, Config{Paths: []string{write(t, "log", lines)}}))
	half := len(lines) - 20 // inside the spray
	for what, parts := range map[string][2][]string{
		"older half first": {lines[:half], lines[half:]},
		"newer half first": {lines[half:], lines[:half]},
		"overlapping":      {lines[:half+10], lines[half-10:]},
		"the same twice":   {lines, lines},
	} {
		file := filepath.Join(t.TempDir(), "ph.db")
		var last *Result
		for _, part := range parts {
			cfg := Config{Paths: []string{write(t, "log", part)}, Actors: actor.Starter()}
			m, err := OpenMemory(context.Background(), file, &cfg)
			if err != nil {
				t.Fatal(err)
			}
			if last, err = Scan(context.Background(), cfg); err != nil {
				t.Fatal(err)
			}
			if err := m.Keep(context.Background(), last); err != nil {
				t.Fatal(err)
			}
			if err := m.Close(); err != nil {
				t.Fatal(err)
			}
		}
		if got := verdict(t, last); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", what, got, want)
		}
	}
}

// Two runs that use one store at the same time lose nothing.
func TestStoreOfTwoRuns(t *testing.T) {
	lines := ndjson(2)
	want := verdict(t, scan(t, Config{Paths: []string{write(t, "log", lines)}}))
	ctx, file := context.Background(), filepath.Join(t.TempDir(), "ph.db")
	half := len(lines) / 2
	var cfgs [2]Config
	var memories [2]*Memory
	var results [2]*Result
	for i, part := range [][]string{lines[:half], lines[half:]} {
		cfgs[i] = Config{Paths: []string{write(t, "log", part)}, Actors: actor.Starter()}
		var err error
		if memories[i], err = OpenMemory(ctx, file, &cfgs[i]); err != nil {
			t.Fatal(err)
		}
		defer memories[i].Close()
		if results[i], err = Scan(ctx, cfgs[i]); err != nil {
			t.Fatal(err)
		}
	}
	for i, m := range memories { // the second finds the store changed
		if err := m.Keep(ctx, results[i]); err != nil {
			t.Fatal(err)
		}
	}
	if got := verdict(t, results[1]); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// Whatever an attacker typed, nothing of it reaches the terminal as more than
// text, and no line is wider than the terminal but for names.
func TestTextIsSafe(t *testing.T) {
	lines := ndjson(1)
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], "p03@clinic", `p03\u001b[2J\u202e\r\n@clinic`)
	}
	var b bytes.Buffer
	r := scan(t, Config{Paths: []string{write(t, "log", lines)}})
	if err := r.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Explain(&b, r.Campaigns[0].ID); err != nil {
		t.Fatal(err)
	}
	for i, c := range b.String() {
		if c != '\n' && unsafe(c) {
			t.Fatalf("U+%04X at %d of the text", c, i)
		}
	}
	if !strings.Contains(b.String(), "p03<U+001B>[2j<U+202E><U+000D><U+000A>@clinic.example") {
		t.Error("the account's name is not shown with its control characters named")
	}
}

func TestBadInput(t *testing.T) {
	dir := t.TempDir()
	good := write(t, "good.json", ndjson(1))
	files := map[string]string{
		"empty.log":   "",
		"prose.txt":   "Dear all, the cafeteria is closed today.\n",
		"cut.json":    `{"CreationTime":"2026-09-01T00:00:00","Id":"1","Operation":"UserLoginFailed","OrganizationId":"x","RecordType":15,"UserId":"a@clinic.ex`,
		"long.json":   `{"CreationTime":"2026-09-01T00:00:00","Id":"1","Operation":"UserLoginFailed","RecordType":15,"UserId":"` + strings.Repeat("a", 10<<20) + `"}`,
		"broken.json": strings.Join(ndjson(1)[:3], "\n") + "\n{\"CreationTime\": nonsense}\n" + strings.Join(ndjson(1)[3:6], "\n"),
	}
	paths := []string{good}
	for name, text := range files {
		p := filepath.Join(dir, name)
		if err := os.WriteFile(p, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, p)
	}
	paths = append(paths, filepath.Join(dir, "nowhere"))
	warned := map[string]string{}
	r := scan(t, Config{Paths: paths, Warn: func(file string, err error) { warned[filepath.Base(file)] = err.Error() }})
	if len(r.Campaigns) != 1 {
		t.Errorf("%d campaigns: damaged neighbours must not cost the good file", len(r.Campaigns))
	}
	for name := range files {
		if warned[name] == "" {
			t.Errorf("%s: nobody was told", name)
		}
	}
	if warned["nowhere"] == "" || !strings.Contains(warned["broken.json"], "line 4") {
		t.Errorf("warnings name file and line: %v", warned)
	}
	if r.Stats.BadRecords == 0 || len(r.Stats.Unread) < 3 {
		t.Errorf("statistics: %d bad records, unread %v", r.Stats.BadRecords, r.Stats.Unread)
	}
}

func TestSinceUntil(t *testing.T) {
	path := write(t, "log", ndjson(1))
	day := time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)
	r := scan(t, Config{Paths: []string{path}, Since: day, Until: day.AddDate(0, 0, 1)})
	if r.Stats.First.Before(day) || !r.Stats.Last.Before(day.AddDate(0, 0, 1)) {
		t.Errorf("events from %v to %v, want only those of %v", r.Stats.First, r.Stats.Last, day)
	}
}
