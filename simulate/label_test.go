package simulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/signin"
)

// TestLabelsCountWhatIsInTheLogs takes the files as somebody does who only has
// labels.jsonl: the attempts, accounts and outcomes of each label must be found
// in that organisation's log.
func TestLabelsCountWhatIsInTheLogs(t *testing.T) {
	dir := t.TempDir()
	spec := small(4)
	for i := range spec.Orgs {
		spec.Orgs[i].TorUsers = 0 // they share exits with the campaign
	}
	m, err := Run(context.Background(), dir, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	logs := map[org.ID]File{}
	for _, f := range m.Files {
		logs[f.Org] = f
	}
	labels := readLabels(t, filepath.Join(dir, LabelsFile))
	if len(labels) != len(Formats()) {
		t.Fatalf("%d labels, want one for each of %d organisations", len(labels), len(Formats()))
	}
	outcomes := map[outcome.Outcome]int{}
	for _, l := range labels {
		got := attacked(t, open(t, filepath.Join(dir, logs[l.Org].Path)), l)
		attempts := 0
		for _, a := range l.Accounts {
			attempts += a.Attempts
			if g := got[a.Account]; g != a {
				t.Errorf("%s: label %+v, in the log %+v", l.Org, a, g)
			}
		}
		if attempts != l.Attempts || len(got) != len(l.Accounts) {
			t.Errorf("%s: %d attempts on %d accounts in sum, label says %d on %d", l.Org, attempts, len(got), l.Attempts, len(l.Accounts))
		}
		if l.First.After(l.Last) || len(l.Sources) == 0 {
			t.Errorf("%s: from %s to %s by %d addresses", l.Org, l.First, l.Last, len(l.Sources))
		}
		outcomes[l.Outcome]++
	}
	// One half of the organisations was to lose a password, the other half
	// access; a host has no second factor.
	if outcomes[outcome.PasswordConfirmed] != 4 || outcomes[outcome.Succeeded] != 5 {
		t.Errorf("outcomes %v, want 4 confirmed and 5 succeeded", outcomes)
	}
}

func readLabels(t *testing.T, path string) []Label {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var labels []Label
	lines := bufio.NewScanner(bytes.NewReader(text))
	lines.Buffer(nil, 16<<20)
	for lines.Scan() {
		var l Label
		if err := json.Unmarshal(lines.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		labels = append(labels, l)
	}
	return labels
}

// open returns the text of a log.
func open(t *testing.T, path string) io.Reader {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	switch filepath.Ext(path) {
	case ".gz":
		r, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		return r
	case ".zst":
		r, err := zstd.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(r.Close)
		return r
	}
	return f
}

// attacked counts, by account, what the log has from the label's sources in its
// time, up to the success that ends an account's attempts.
func attacked(t *testing.T, file io.Reader, l Label) map[string]LabelAccount {
	t.Helper()
	text := bufio.NewReaderSize(file, 64<<10)
	head, _ := text.Peek(64 << 10)
	format, ok := signin.Detect(head)
	if !ok {
		t.Fatalf("%s: format not recognised", l.Org)
	}
	sources := map[netip.Addr]bool{}
	for _, s := range l.Sources {
		sources[s] = true
	}
	events, strongest := []signin.Event{}, map[uint64]signin.Strength{}
	for ev, err := range format.Decode(text, signin.Options{Year: 2026}) {
		if err != nil {
			t.Fatal(err)
		}
		if at := ev.Time.Truncate(time.Second); !sources[ev.Addr] || at.Before(l.First) || at.After(l.Last) || ev.Class == signin.ClassActivity || ev.Class == signin.ClassNone {
			continue
		}
		kept := *ev
		kept.Account = string([]byte(ev.Account))
		if ev.Host != "" {
			kept.Account += "@" + ev.Host
		}
		events = append(events, kept)
		if s, ok := strongest[ev.Try]; !ok || ev.Strength < s {
			strongest[ev.Try] = ev.Strength
		}
	}
	if len(events) > 0 && events[0].Time.After(events[len(events)-1].Time) {
		for i, k := 0, len(events)-1; i < k; i, k = i+1, k-1 {
			events[i], events[k] = events[k], events[i]
		}
	}
	got := map[string]LabelAccount{}
	for _, ev := range events {
		a := got[ev.Account]
		if a.Outcome == outcome.Succeeded || ev.Try != 0 && ev.Strength != strongest[ev.Try] {
			continue
		}
		if ev.Strength == signin.Hint {
			t.Fatalf("line %d: a try of hints only", ev.Line)
		}
		a.Account = ev.Account
		a.Attempts++
		a.Outcome = max(a.Outcome, rung(ev.Class))
		got[ev.Account] = a
	}
	return got
}

// rung is what a class proves, from the words of docs/contracts.md and not from
// the table that made the labels.
func rung(c signin.Class) outcome.Outcome {
	switch {
	case c.Succeeded():
		return outcome.Succeeded
	case c.ConfirmsPassword():
		return outcome.PasswordConfirmed
	case c.SaysNothing():
		return outcome.Undetermined
	case c.Refused():
		return outcome.Blocked
	}
	return outcome.Attempted
}
