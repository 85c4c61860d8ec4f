package run

import (
	"os"
	"slices"
	"testing"

	"github.com/pumphandle/pumphandle/outcome"
)

// The logs below ../shared are third-party data with known truth. They are not
// part of the repository; without them these tests say what they skip.
const shared = "../../shared/data/signin/"

func scanShared(t *testing.T, paths ...string) *Result {
	t.Helper()
	for i, p := range paths {
		paths[i] = shared + p
		if _, err := os.Stat(paths[i]); err != nil {
			t.Skipf("skipped: %s is not here", paths[i])
		}
	}
	return scan(t, Config{Paths: paths})
}

// A real lab tenant: two sprays from an address where the administrator signs
// in, a brute force from three addresses, and nothing else.
func TestRealAuditLog(t *testing.T) {
	for _, path := range []string{"invictus_o365/signins_auditdata.jsonl", "invictus_o365/signins_purview_export.csv"} {
		r := scanShared(t, path)
		if len(r.Campaigns) != 3 {
			t.Fatalf("%s: %d campaigns, want 3", path, len(r.Campaigns))
		}
		for i, want := range []struct {
			kind     string
			accounts int
			attempts int
			sources  int
			got      []string // accounts that were succeeded on
		}{
			{"password_spray", 6, 36, 1, nil},
			{"password_spray", 4, 20, 1, []string{"a.thulile@dutchmasterz.onmicrosoft.com"}},
			{"brute_force", 2, 64, 3, nil},
		} {
			if len(r.Targets[i]) != 1 {
				t.Fatalf("%s: campaign %d has %d targets", path, i, len(r.Targets[i]))
			}
			target := r.Targets[i][0]
			if string(target.Kinds[0]) != want.kind || len(target.Accounts) != want.accounts || target.Attempts != want.attempts || len(target.Sources) != want.sources {
				t.Errorf("%s: campaign %d is %v on %d accounts with %d tries from %d addresses, want %+v", path, i, target.Kinds, len(target.Accounts), target.Attempts, len(target.Sources), want)
			}
			var got []string
			for _, a := range target.Accounts {
				switch a.Outcome {
				case outcome.Succeeded:
					got = append(got, a.Account)
				case outcome.Blocked:
				default:
					t.Errorf("%s: %s is %s, want blocked", path, a.Account, a.Outcome)
				}
				if len(a.Evidence) == 0 {
					t.Errorf("%s: no record proves what is said of %s", path, a.Account)
				}
			}
			if !slices.Equal(got, want.got) {
				t.Errorf("%s: campaign %d succeeded on %v, want %v", path, i, got, want.got)
			}
		}
	}
}

// Two exports of the same records are the same records.
func TestRealExportsOfTheSameRecords(t *testing.T) {
	one := scanShared(t, "invictus_o365/signins_auditdata.jsonl")
	both := scanShared(t, "invictus_o365/signins_auditdata.jsonl", "invictus_o365/signins_purview_export.csv")
	for i := range one.Campaigns {
		if a, b := one.Campaigns[i].Features.Attempts, both.Campaigns[i].Features.Attempts; a != b {
			t.Errorf("campaign %d has %d attempts in one export and %d in both", i, a, b)
		}
	}
}

// An sshd host on the Internet: everybody knocks, nobody gets in.
func TestRealAuthLog(t *testing.T) {
	r := scanShared(t, "elastic_examples/auth.log")
	alphabetical := false
	for i, c := range r.Campaigns {
		for _, target := range r.Targets[i] {
			if target.Outcome == outcome.Succeeded {
				t.Errorf("%s claims an access that did not happen: %+v", c.ID, target.Accounts[0])
			}
			if target.Sources[0].String() == "91.197.232.109" && len(target.Sources) == 1 && len(target.Accounts) == 24 {
				alphabetical = c.Features.Alphabetical
			}
		}
	}
	if !alphabetical {
		t.Error("the attacker who goes through 24 names in alphabetical order is not marked as such")
	}
	if len(r.Campaigns) > 6 {
		t.Errorf("%d campaigns, want no more than the handful that stands out", len(r.Campaigns))
	}
	if len(r.Digests) != 1 || r.Digests[0].Sources < 110 {
		t.Errorf("the single knocks are not in the digest: %+v", r.Digests)
	}
}
