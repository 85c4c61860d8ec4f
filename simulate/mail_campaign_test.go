package simulate

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/outcome"
)

func mailRun(t *testing.T) (string, Manifest) {
	t.Helper()
	var names []string
	for _, s := range MailScenarios() {
		names = append(names, s.Name)
	}
	spec, err := Request{Seed: 4, Scenarios: names, Formats: []string{"entra-graph"}, Bystanders: 1, Accounts: 80}.Spec()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	m, err := Run(context.Background(), dir, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	return dir, m
}

// Fails if anything of the mail depends on more than the seed.
func TestMailSameSeedSameBytes(t *testing.T) {
	a, _ := mailRun(t)
	b, _ := mailRun(t)
	err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, _ := filepath.Rel(a, path)
		x, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		y, err := os.ReadFile(filepath.Join(b, rel))
		if err != nil {
			return err
		}
		if !bytes.Equal(x, y) {
			t.Errorf("%s differs", rel)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// Fails if a label claims what no export shows: a mail that is in none, a
// refused one in a mailbox, a click that is not logged, a sign-in that is not
// in the log.
func TestMailLabelsAgreeWithExports(t *testing.T) {
	dir, m := mailRun(t)
	texts := map[string]string{}
	text := func(org string) string {
		if texts[org] == "" {
			var all strings.Builder
			_ = filepath.WalkDir(filepath.Join(dir, LogsDir, org), func(path string, d fs.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					b, _ := os.ReadFile(path)
					all.Write(b)
				}
				return err
			})
			texts[org] = all.String()
		}
		return texts[org]
	}
	read := func(org, name string) string {
		b, _ := os.ReadFile(filepath.Join(dir, LogsDir, org, name))
		return string(b)
	}
	if len(m.Mails) == 0 {
		t.Fatal("no mail of a campaign")
	}
	for _, l := range m.Mails {
		if !strings.Contains(text(l.Org), l.MessageID) {
			t.Errorf("%s: %s is in no export", l.Org, l.MessageID)
		}
		if l.Outcome == outcome.Blocked.String() && strings.Contains(read(l.Org, "mail.mbox"), "Message-ID: <"+l.MessageID+">") {
			t.Errorf("%s: %s was refused and is in the mailbox", l.Org, l.MessageID)
		}
	}
	kinds, taken := map[string]bool{}, 0
	for _, l := range m.Labels {
		kinds[string(l.Kind)] = true
		for _, a := range l.Accounts {
			if a.Outcome == outcome.Succeeded {
				taken++
				if !strings.Contains(text(string(l.Org)), `"userPrincipalName":"`+a.Account+`"`) {
					t.Errorf("%s: %s was taken and never signs in", l.Org, a.Account)
				}
			}
		}
	}
	if len(kinds) != len(MailScenarios()) || taken == 0 {
		t.Errorf("kinds %v, %d accounts taken", kinds, taken)
	}
	clicks := 0
	for s := bufio.NewScanner(strings.NewReader(read("org-01", "UrlClickEvents.ndjson"))); s.Scan(); clicks++ {
		var c struct{ NetworkMessageId, AccountUpn string }
		if err := json.Unmarshal(s.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(read("org-01", "EmailEvents.ndjson"), c.NetworkMessageId) {
			t.Errorf("a click on %s, which never came", c.NetworkMessageId)
		}
		if !slices.ContainsFunc(m.Labels, func(l Label) bool {
			return l.Org == "org-01" && slices.ContainsFunc(l.Accounts, func(a LabelAccount) bool {
				return a.Account == c.AccountUpn && a.Outcome >= outcome.PasswordConfirmed
			})
		}) {
			t.Errorf("%s clicked, and no label says so", c.AccountUpn)
		}
	}
	if clicks == 0 {
		t.Error("nobody clicked")
	}
}

func TestMailScenariosAreDescribed(t *testing.T) {
	book, err := newPost(&World{}, MailSpec{Campaigns: []MailCampaignSpec{{Scenario: "zinc-recruiter"}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range MailScenarios() {
		if s.Published == "" || s.Source == "" || s.Assumed == "" || s.Kind == "" || s.Orgs == 0 || s.Days == 0 || s.Personas == 0 {
			t.Errorf("%s lacks something", s.Name)
		}
		for _, f := range s.Families {
			if _, ok := book.book.Family(f + ".en"); !ok {
				t.Errorf("%s: no family %s", s.Name, f)
			}
		}
	}
}
