package simulate

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// small is a specification with one organisation for each format and a
// campaign at all of them, small enough to be run often.
func small(seed uint64) Spec {
	s := Spec{
		Seed: seed, Start: time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC), Days: 3, Background: DefaultBackground(),
		Campaigns: []CampaignSpec{{
			Name: "spray", Scenario: "strontium-spray", Start: time.Date(2026, 9, 8, 0, 0, 0, 0, time.UTC), Days: 0.5,
		}},
	}
	for i, f := range Formats() {
		id := org.ID("org-" + f.Name)
		s.Orgs = append(s.Orgs, OrgSpec{
			ID: id, Name: f.Name, Country: []string{"US", "FR", "KR"}[i%3], Sector: org.Hospital, Accounts: 60,
			Exports: []Export{{f.Name, []string{"", "gzip", "zstd"}[i%3]}}, TorUsers: 1, ScannerRuns: 1,
		})
		s.Campaigns[0].Orgs = append(s.Campaigns[0].Orgs, id)
		s.Campaigns[0].Breaches = append(s.Campaigns[0].Breaches, Breach{id, outcome.Outcome(uint8(outcome.PasswordConfirmed) + uint8(i%2))})
	}
	return s
}

// TestSameSeedSameBytes fails if anything depends on the clock, on the order
// of a map or on which organisation is finished first.
func TestSameSeedSameBytes(t *testing.T) {
	first := hashes(t, small(1), 1)
	if diff := cmp.Diff(first, hashes(t, small(1), 4)); diff != "" {
		t.Errorf("the same seed gave other bytes (-one worker +four):\n%s", diff)
	}
	for path, sum := range hashes(t, small(2), 2) {
		if first[path] == sum {
			t.Errorf("%s is the same under another seed", path)
		}
	}
}

// hashes runs a specification with so many workers and hashes what it wrote.
func hashes(t *testing.T, s Spec, workers int) map[string]string {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(workers))
	dir := t.TempDir()
	m, err := Run(context.Background(), dir, s, nil)
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		sum := sha256.Sum256(text)
		rel, _ := filepath.Rel(dir, path)
		sums[filepath.ToSlash(rel)] = hex.EncodeToString(sum[:])
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range m.Files {
		info, err := os.Stat(filepath.Join(dir, f.Path))
		if err != nil || info.Size() != f.Bytes {
			t.Errorf("manifest says %s has %d bytes; on disk: %v, %v", f.Path, f.Bytes, info, err)
		}
	}
	return sums
}

func TestRunStopsWhenCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, t.TempDir(), small(1), nil); err != context.Canceled {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}

func TestRunReportsProgress(t *testing.T) {
	s := small(1)
	s.Orgs, s.Campaigns = s.Orgs[:1], nil
	var done, total int64
	if _, err := Run(context.Background(), t.TempDir(), s, func(d, n int64) { done, total = d, n }); err != nil {
		t.Fatal(err)
	}
	if done != 60 || total != 60 {
		t.Errorf("progress ended at %d of %d, want 60 of 60", done, total)
	}
}

func TestSpecIsChecked(t *testing.T) {
	for name, spoil := range map[string]func(*Spec){
		"no organisation":           func(s *Spec) { s.Orgs = nil },
		"no days":                   func(s *Spec) { s.Days = 0 },
		"start at noon":             func(s *Spec) { s.Start = s.Start.Add(12 * time.Hour) },
		"country without people":    func(s *Spec) { s.Orgs[0].Country = "DE" },
		"no accounts":               func(s *Spec) { s.Orgs[0].Accounts = 0 },
		"no export":                 func(s *Spec) { s.Orgs[0].Exports = nil },
		"unknown format":            func(s *Spec) { s.Orgs[0].Exports[0].Format = "papyrus" },
		"unknown compression":       func(s *Spec) { s.Orgs[0].Exports[0].Compress = "lha" },
		"hosts and tenant in one":   func(s *Spec) { s.Orgs[0].Exports = []Export{{"sshd", ""}, {"m365-audit", ""}} },
		"organisation twice":        func(s *Spec) { s.Orgs[1].ID = s.Orgs[0].ID },
		"unknown scenario":          func(s *Spec) { s.Campaigns[0].Scenario = "moonlight" },
		"campaign elsewhere":        func(s *Spec) { s.Campaigns[0].Orgs = []org.ID{"nowhere"} },
		"breach elsewhere":          func(s *Spec) { s.Campaigns[0].Breaches[0].Org = "nowhere" },
		"stale device every 0 s":    func(s *Spec) { s.Background.StaleEvery = 0 },
		"id that leaves the folder": func(s *Spec) { s.Orgs[0].ID = "../x" },
	} {
		s := small(1)
		spoil(&s)
		if _, err := Run(context.Background(), t.TempDir(), s, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestOrgsFileIsRead holds the organisations file against its own reader, and
// against the accounts that must be seen to belong.
func TestOrgsFileIsRead(t *testing.T) {
	s := small(1)
	w := newWorld(s)
	var file bytes.Buffer
	if err := writeOrgs(&file, w); err != nil {
		t.Fatal(err)
	}
	dir, err := org.Parse(OrgsFile, file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range w.Orgs {
		tenant, account, host := o.Tenant.String(), o.People[0].Account, ""
		if o.Hosts != nil {
			tenant, host = "", o.Hosts[0]
		}
		for _, rel := range []string{"logs/" + string(o.ID) + "/auth.log", string(o.ID) + "/auth.log"} {
			if id, ok := dir.Resolve(tenant, account, host, rel); id != o.ID {
				t.Errorf("%s: a record of its account %q belongs to %q, %v", o.ID, account, id, ok)
			}
		}
	}
}
