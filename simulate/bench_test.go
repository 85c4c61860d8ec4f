package simulate

import (
	"bytes"
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/signin"
)

func TestSSHD1M(t *testing.T) {
	var file bytes.Buffer
	labels, err := SSHD1M(&file, 50_000, 2000, 1)
	if err != nil {
		t.Fatal(err)
	}
	var again bytes.Buffer
	if _, err := SSHD1M(&again, 50_000, 2000, 1); err != nil || !bytes.Equal(file.Bytes(), again.Bytes()) {
		t.Errorf("the same seed gave other bytes, %v", err)
	}
	lines := bytes.Count(file.Bytes(), []byte{'\n'})
	size := float64(file.Len()) / float64(lines)
	if lines != 50_000 || size < 90 || size > 115 { // 102.5 in the file that the peers were measured on
		t.Errorf("%d lines of %.1f bytes", lines, size)
	}
	wantLabels(t, labels, map[string]want{
		"A":  {orgs: 1, accounts: 1, attempts: 300, sources: 1, outcome: outcome.Blocked},
		"B":  {orgs: 1, accounts: 200, attempts: 200, sources: 1, outcome: outcome.Blocked},
		"B2": {orgs: 1, accounts: 200, attempts: 200, sources: 1, outcome: outcome.Blocked},
		"C":  {orgs: 25, accounts: 25, attempts: 500, sources: 500, outcome: outcome.Succeeded},
	})
	ok, planted := 0, map[string]int{}
	for ev, err := range read(t, "sshd", &file) {
		if err != nil {
			t.Fatal(err)
		}
		if ev.Class.Succeeded() {
			ok++
		}
		for _, l := range labels {
			for _, a := range l.Accounts {
				if a.Account == ev.Account+"@"+ev.Host && containsAddr(l, ev) {
					planted[l.Campaign]++
				}
			}
		}
	}
	near(t, "share of lines that get in", float64(ok)/float64(lines), 0.35, 0.02)
	for _, name := range []string{"A", "B", "B2", "C"} {
		if n := map[string]int{"A": 300, "B": 200, "B2": 200, "C": 500}[name]; planted[name] != n {
			t.Errorf("%d lines of %s in the log, want %d", planted[name], name, n)
		}
	}
}

func TestEntra300k(t *testing.T) {
	var file bytes.Buffer
	labels, err := Entra300k(&file, 10_000, 1)
	if err != nil {
		t.Fatal(err)
	}
	lines := bytes.Count(file.Bytes(), []byte{'\n'})
	size := float64(file.Len()) / float64(lines)
	if lines != 10_000 || size < 3600 || size > 4100 { // 3,835 in the file that the peers were measured on
		t.Errorf("%d events of %.0f bytes", lines, size)
	}
	wantLabels(t, labels, map[string]want{
		"C":  {orgs: 25, accounts: 25, attempts: 500, sources: 500, outcome: outcome.Succeeded},
		"D1": {orgs: 40, accounts: 300, attempts: 300, sources: 1, outcome: outcome.Blocked},
		"D2": {orgs: 1, accounts: 1, attempts: 200, sources: 1, outcome: outcome.Blocked},
	})
	tenants, planted := map[string]bool{}, 0
	for ev, err := range read(t, "entra-monitor", &file) {
		if err != nil {
			t.Fatal(err)
		}
		tenants[strings.Clone(ev.Tenant)] = true
		for _, l := range labels {
			for _, a := range l.Accounts {
				if a.Account == ev.Account && containsAddr(l, ev) {
					planted++
				}
			}
		}
	}
	if len(tenants) != 40 || planted != 1000 {
		t.Errorf("%d tenants, %d planted events; want 40, 1,000", len(tenants), planted)
	}
}

func TestBenchOfProviders(t *testing.T) {
	for _, c := range []struct {
		format   string
		write    func(io.Writer, int, uint64) ([]Label, error)
		perLogon float64 // records of a sign-in, at least
	}{
		{"okta", OktaBench, 2},
		{"aws-cloudtrail", CloudTrailBench, 1},
		{"windows-json", WindowsBench, 1},
	} {
		t.Run(c.format, func(t *testing.T) {
			var file bytes.Buffer
			labels, err := c.write(&file, 10_000, 1)
			if err != nil {
				t.Fatal(err)
			}
			if lines := bytes.Count(file.Bytes(), []byte{'\n'}); float64(lines) < 10_000*c.perLogon {
				t.Errorf("%d lines", lines)
			}
			wantLabels(t, labels, map[string]want{
				"C":  {orgs: 25, accounts: 25, attempts: 500, sources: 500, outcome: outcome.Succeeded},
				"D1": {orgs: 40, accounts: 300, attempts: 300, sources: 1, outcome: outcome.Blocked},
				"D2": {orgs: 1, accounts: 1, attempts: 200, sources: 1, outcome: outcome.Blocked},
			})
			planted, got := map[netip.Addr]bool{}, map[netip.Addr]bool{}
			for _, l := range labels {
				for _, a := range l.Sources {
					planted[a] = true
				}
			}
			var last time.Time
			for ev, err := range read(t, c.format, &file) {
				if err != nil {
					t.Fatal(err)
				}
				if ev.Class == signin.ClassNone {
					continue // a step of a sign-in that comes later
				}
				if planted[ev.Addr] {
					got[ev.Addr] = true
				}
				if ev.Time.Before(last.Add(-time.Second)) {
					t.Fatalf("%s after %s", ev.Time, last)
				}
				last = ev.Time
			}
			if len(got) != len(planted) {
				t.Errorf("%d of %d planted addresses are in the log", len(got), len(planted))
			}
		})
	}
}

// The background of a large log once turned back in time: a day in nanoseconds
// times the number of the event did not fit.
func TestEventsFillTheDay(t *testing.T) {
	for _, n := range []int{10_000, 300_000, 1_000_000, 10_000_000} {
		last := time.Duration(-1)
		for _, i := range []int{0, n / 100, n / 3, n / 2, n - 1} {
			at := ofDay(i, n)
			if at <= last {
				t.Errorf("event %d of %d is at %s, after one at %s", i, n, at, last)
			}
			last = at
		}
		if last < 23*time.Hour+59*time.Minute || last >= 24*time.Hour {
			t.Errorf("the last of %d events is at %s", n, last)
		}
	}
}

func read(t *testing.T, format string, r io.Reader) func(func(*signin.Event, error) bool) {
	t.Helper()
	f, ok := signin.Lookup(format)
	if !ok {
		t.Fatalf("no format %q", format)
	}
	return f.Decode(r, signin.Options{Year: 2026})
}

func containsAddr(l Label, ev *signin.Event) bool {
	for _, s := range l.Sources {
		if s == ev.Addr {
			return true
		}
	}
	return false
}

type want struct {
	orgs, accounts, attempts, sources int
	outcome                           outcome.Outcome
}

func wantLabels(t *testing.T, labels []Label, wants map[string]want) {
	t.Helper()
	got, sources := map[string]want{}, map[string]map[string]bool{}
	for _, l := range labels {
		g := got[l.Campaign]
		g.orgs++
		g.accounts += len(l.Accounts)
		g.attempts += l.Attempts
		g.outcome = max(g.outcome, l.Outcome)
		if sources[l.Campaign] == nil {
			sources[l.Campaign] = map[string]bool{}
		}
		for _, s := range l.Sources {
			sources[l.Campaign][s.String()] = true
		}
		g.sources = len(sources[l.Campaign])
		got[l.Campaign] = g
	}
	for name, w := range wants {
		if got[name] != w {
			t.Errorf("%s: labels say %+v, want %+v", name, got[name], w)
		}
	}
}

func BenchmarkSSHD1M(b *testing.B) {
	for b.Loop() {
		if _, err := SSHD1M(io.Discard, 1_000_000, 20_000, 1); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEntraRecord(b *testing.B) {
	for b.Loop() {
		if _, err := Entra300k(io.Discard, 10_000, 1); err != nil {
			b.Fatal(err)
		}
	}
}
