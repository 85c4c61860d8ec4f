package run

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/actor"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/simulate"
)

// mailTruth is a scan of simulated mail held against its labels.
type mailTruth struct {
	planted, found     int // hostile mails at an organisation that any of its records shows
	campaigns          int // planted
	senders            int // who wrote them
	split              int // of them, whose mails lie in more than one campaign
	parts              int // campaigns found that hold mails of planted ones
	merged             int // campaigns found that hold what several planted ones did
	falseCampaigns     int // campaigns with no planted mail and no planted account
	falseMailCampaigns int // ... that are of mails
	falseMails         int // mails in campaigns that nobody planted
	right, over, low   int // recipients, by the rung
	missed             []string
	wrong              []string
}

func (t *mailTruth) add(o mailTruth) {
	t.planted += o.planted
	t.found += o.found
	t.campaigns += o.campaigns
	t.parts += o.parts
	t.merged += o.merged
	t.senders += o.senders
	t.split += o.split
	t.falseCampaigns += o.falseCampaigns
	t.falseMails += o.falseMails
	t.falseMailCampaigns += o.falseMailCampaigns
	t.right += o.right
	t.over += o.over
	t.low += o.low
	t.missed = append(t.missed, o.missed...)
	t.wrong = append(t.wrong, o.wrong...)
}

// holdMail compares a result with what was planted.
func holdMail(r *Result, world simulate.Manifest) mailTruth {
	var t mailTruth
	type at struct {
		org org.ID
		id  string
	}
	planted := map[at]string{}
	for _, l := range world.Mails {
		planted[at{org.ID(l.Org), l.MessageID}] = l.Campaign
	}
	t.planted = len(planted)
	accounts := map[at]bool{} // of campaigns of sign-ins, too
	names := map[string]bool{}
	for _, l := range world.Mails {
		names[l.Campaign] = true
	}
	t.campaigns = len(names)
	for _, l := range world.Labels {
		for _, a := range l.Accounts {
			accounts[at{l.Org, a.Account}] = true
		}
	}
	found := map[at]bool{}
	parts := map[string]map[int]int{} // planted campaign: campaign found: mails
	bySender := map[string]map[int]int{}
	sources := map[at]string{} // of planted campaigns of sign-ins
	for _, l := range world.Labels {
		for _, a := range l.Sources {
			if !names[l.Campaign] {
				sources[at{l.Org, a.String()}] = l.Campaign
			}
		}
	}
	for i, c := range r.Campaigns {
		of := map[string]bool{}
		hit := false
		for k, m := range c.Members {
			for _, n := range m.Mails {
				f := r.Scenes[m.Org].Mail(n)
				key := at{m.Org, f.MessageID}
				name, ok := planted[key]
				if !ok {
					t.falseMails++
					t.wrong = append(t.wrong, fmt.Sprintf("false mail %s at %s: %s %q", c.ID, m.Org, f.From.Email, f.Subject))
					continue
				}
				of[name], found[key] = true, true
				if parts[name] == nil {
					parts[name] = map[int]int{}
				}
				parts[name][i]++
				if bySender[f.From.Email] == nil {
					bySender[f.From.Email] = map[int]int{}
				}
				bySender[f.From.Email][i]++
			}
			if s := r.Scenes[m.Org]; len(m.Mails) > 0 {
				for _, n := range m.Attempts {
					if name := sources[at{m.Org, s.Addr(s.AttemptAddr(n)).String()}]; name != "" {
						of[name] = true
					}
				}
			}
			for _, a := range r.Targets[i][k].Accounts {
				hit = hit || accounts[at{m.Org, a.Account}]
			}
		}
		switch {
		case len(of) > 1:
			t.merged++
			t.wrong = append(t.wrong, fmt.Sprint("merged ", c.ID, " ", slices.Sorted(maps.Keys(of))))
		case len(of) == 0 && !hit:
			t.falseCampaigns++
			if c.Features.Mails > 0 {
				t.falseMailCampaigns++
			}
			t.wrong = append(t.wrong, fmt.Sprint("false campaign ", c.ID, " ", c.Kinds, " ", c.Evidence))
		}
	}
	t.found = len(found)
	for _, l := range world.Mails {
		if key := (at{org.ID(l.Org), l.MessageID}); !found[key] {
			t.missed = append(t.missed, fmt.Sprintf("%s at %s: %s %s %s %s %s", l.Campaign, l.Org, l.Family, l.Sender, l.Payload, l.MessageID, findingOn(r, key.org, l.MessageID)))
		}
	}
	for sender, p := range bySender {
		if n := len(p); n > 1 {
			t.split++
			t.wrong = append(t.wrong, fmt.Sprint("split ", sender, " ", p))
		}
		t.senders++
	}
	for _, p := range parts {
		t.parts += len(p)
	}
	t.outcomes(r, world, parts)
	return t
}

// findingOn is what was found of a mail that is in no campaign.
func findingOn(r *Result, id org.ID, message string) string {
	for _, f := range r.Findings {
		if f.Org == id && len(f.Mails) == 1 && r.Scenes[id].Mail(f.Mails[0]).MessageID == message {
			return fmt.Sprint(f.Kind, f.Score, f.Evidence)
		}
	}
	return "nothing found"
}

// outcomes holds the recipients' rungs against the labels'.
func (t *mailTruth) outcomes(r *Result, world simulate.Manifest, parts map[string]map[int]int) {
	for _, l := range world.Labels {
		got := map[string]outcome.Account{}
		for i := range parts[l.Campaign] {
			for _, target := range r.Targets[i] {
				for _, a := range target.Accounts {
					if old, ok := got[a.Account]; target.Org == l.Org && (!ok || old.Outcome == outcome.Blocked || a.Outcome > old.Outcome && a.Outcome != outcome.Blocked) {
						got[a.Account] = a
					}
				}
			}
		}
		for _, x := range l.Accounts {
			a, ok := got[x.Account]
			if !ok {
				continue // its mail was missed, or it is no campaign of mails
			}
			switch {
			case a.Outcome == x.Outcome:
				t.right++
				continue
			case a.Outcome > x.Outcome:
				t.over++
			default:
				t.low++
			}
			t.wrong = append(t.wrong, fmt.Sprintf("%s %s is %s, found %s: %s", l.Org, x.Account, x.Outcome, a.Outcome, a.Why))
		}
	}
}

// mailWorlds are the simulations that are held against the truth.
var mailWorlds = []struct {
	name      string
	scenarios []string
}{
	{"quiet", nil},
	{"zinc-recruiter", []string{"zinc-recruiter"}},
	{"cerium-who", []string{"cerium-who"}},
	{"hijacked-threads", []string{"hijacked-threads"}},
	{"lateral-2019", []string{"lateral-2019"}},
	{"storm-2372", []string{"storm-2372"}},
	{"all of mail", []string{"zinc-recruiter", "cerium-who", "hijacked-threads", "lateral-2019", "storm-2372"}},
	{"with sign-ins", []string{"zinc-recruiter", "cerium-who", "strontium-spray", "takeover"}},
}

func scanWorld(t *testing.T, seed uint64, scenarios []string) (*Result, simulate.Manifest) {
	t.Helper()
	b := simulate.RequestBackground()
	b.SignIns = 1
	spec, err := simulate.Request{Seed: seed, Scenarios: scenarios, Formats: []string{"entra-graph"}, Bystanders: 2, Accounts: 150, Background: b, Orgs: map[bool]int{true: 8}[scenarios == nil]}.Spec()
	if err != nil {
		t.Fatal(err)
	}
	spec.Mail.PerDay = 20
	dir := t.TempDir()
	world, err := simulate.Run(context.Background(), dir, spec, nil)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, simulate.OrgsFile)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	orgs, err := org.Parse(file, text)
	if err != nil {
		t.Fatal(err)
	}
	examiner, err := NewExaminer(orgs, auth.Options{}, content.Default())
	if err != nil {
		t.Fatal(err)
	}
	r, err := Scan(context.Background(), Config{Paths: []string{filepath.Join(dir, simulate.LogsDir)}, Orgs: orgs, Examine: examiner, Actors: actor.Starter(), Workers: 2})
	if err != nil {
		t.Fatal(err)
	}
	return r, world
}

// TestMailTruth holds what a scan says of simulated mail against what was
// planted: a quiet month and all scenarios of mail at once. With
// PUMPHANDLE_SEEDS=n it is n seeds (from PUMPHANDLE_SEED on) and every world, or
// those whose names hold PUMPHANDLE_WORLD; docs/detection/mail.md has the table.
//
// Senders are what is counted as one hand: personas of a scenario share no
// server, page, file or address, so that nobody can tell that they are one.
func TestMailTruth(t *testing.T) {
	if testing.Short() {
		t.Skip("simulates and scans whole months")
	}
	seeds, _ := strconv.Atoi(cmp.Or(os.Getenv("PUMPHANDLE_SEEDS"), "1"))
	first, _ := strconv.Atoi(cmp.Or(os.Getenv("PUMPHANDLE_SEED"), "1"))
	only, every := os.Getenv("PUMPHANDLE_WORLD"), os.Getenv("PUMPHANDLE_SEEDS") != ""
	var lines []string
	var all mailTruth
	for _, w := range mailWorlds {
		if !strings.Contains(w.name, only) || !every && w.name != "quiet" && w.name != "all of mail" {
			continue
		}
		var sum mailTruth
		for seed := range seeds {
			r, world := scanWorld(t, uint64(first+seed), w.scenarios)
			one := holdMail(r, world)
			for _, x := range slices.Concat(one.missed, one.wrong) {
				t.Logf("%s, seed %d: %s", w.name, first+seed, x)
			}
			sum.add(one)
		}
		all.add(sum)
		lines = append(lines, fmt.Sprintf("%-18s %5d %5d %9d %7d %5d %6d %5d %6d %6d %6d %6d %6d", w.name, sum.planted, sum.found, sum.campaigns, sum.senders, sum.parts, sum.merged,
			sum.split, sum.falseCampaigns, sum.falseMails, sum.right, sum.over, sum.low))
	}
	t.Logf("\n%-18s %5s %5s %9s %7s %5s %6s %5s %6s %6s %6s %6s %6s\n%s", "world", "mails", "found", "campaigns", "senders", "parts", "merged", "split", "false", "f.mail", "right", "over", "under", strings.Join(lines, "\n"))
	if 100*all.found < 95*all.planted {
		t.Errorf("%d of %d planted mails are in a campaign", all.found, all.planted)
	}
	if all.merged > 0 || all.split > all.senders/50 {
		t.Errorf("%d campaigns are several hands, %d of %d senders are in several campaigns", all.merged, all.split, all.senders)
	}
	if all.falseMailCampaigns > 0 {
		t.Errorf("%d campaigns of mail that nobody planted", all.falseMailCampaigns)
	}
	if n := all.right + all.over + all.low; 100*all.over > 2*n || 100*all.right < 95*n {
		t.Errorf("of %d recipients %d are right and %d claim too much", n, all.right, all.over)
	}
}
