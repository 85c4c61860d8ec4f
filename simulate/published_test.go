package simulate

import (
	"bytes"
	"math"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/signin"
)

// The figures that were published of each campaign must hold in what is
// simulated of it. Where a figure is random, the bounds are several standard
// deviations wide; the seed is fixed.

// seen is what one scenario did, by organisation, in order of time.
type seen struct {
	w        *World
	campaign *campaign
	attempts map[org.ID][]*Attempt // of the campaign, without what intruders do afterwards
	all      []*Attempt
}

// play runs one scenario with organisations of that many accounts.
func play(t *testing.T, scenario string, accounts int, change func(*CampaignSpec)) *seen {
	t.Helper()
	spec, err := Single(scenario, "entra-graph", 0, 0, 11)
	if err != nil {
		t.Fatal(err)
	}
	spec.Background = Background{ // nobody else signs in
		MFAShare: 0.75, TypoAlpha: 1, TypoBeta: 1, NoiseShape: 1, StaleEvery: time.Hour, AppEvery: time.Hour,
		LockoutThreshold: 10, LockoutFirst: time.Minute, LockoutGrowth: 2, LockoutLongest: 15 * time.Minute,
		LockoutMemory: 10 * time.Minute, LockoutDatacentres: 3,
		Workloads: 8, WorkloadEvery: 400 * 24 * time.Hour,
	}
	for i := range spec.Orgs {
		spec.Orgs[i].Accounts = accounts
	}
	if change != nil {
		change(&spec.Campaigns[0])
	}
	if err := spec.check(); err != nil {
		t.Fatal(err)
	}
	w := newWorld(spec)
	s := &seen{w: w, campaign: newCampaigns(w, spec.Campaigns)[0], attempts: map[org.ID][]*Attempt{}}
	for _, o := range w.Orgs {
		answered := live(w, o, []*campaign{s.campaign})
		for i := range answered {
			if answered[i].Cause == CauseCampaign {
				s.attempts[o.ID] = append(s.attempts[o.ID], &answered[i])
				s.all = append(s.all, &answered[i])
			}
		}
	}
	return s
}

// label returns the truth of one organisation, or of all together.
func (s *seen) truth(attempts []*Attempt) *truth {
	t := newTruth()
	for _, a := range attempts {
		t.add(a)
	}
	return t
}

// outcomes counts accounts by outcome, over all organisations.
func (s *seen) outcomes() map[outcome.Outcome]int {
	n := map[outcome.Outcome]int{}
	for _, a := range s.truth(s.all).accounts {
		n[a.Outcome]++
	}
	return n
}

func near(t *testing.T, what string, got, want, tolerance float64) {
	t.Helper()
	if math.Abs(got-want) > tolerance || math.IsNaN(got) {
		t.Errorf("%s: %.3f, published %.3f (allowed ± %.3f)", what, got, want, tolerance)
	}
}

func TestStrontiumSpray(t *testing.T) {
	s := play(t, "strontium-spray", 400, nil)
	var perHour, addresses, hours float64
	for id, attempts := range s.attempts {
		near(t, string(id)+": share of accounts", float64(len(s.truth(attempts).accounts))/400, 0.20, 0.01)
		type hour struct {
			account string
			hour    int64
		}
		tries, sources := map[hour]int{}, map[hour]map[netip.Addr]bool{}
		for _, a := range attempts {
			k := hour{a.Account, a.Time.Unix() / 3600}
			if sources[k] == nil {
				sources[k] = map[netip.Addr]bool{}
			}
			tries[k]++
			sources[k][a.From.Addr] = true
		}
		for k, n := range tries {
			perHour += float64(n)
			addresses += float64(len(sources[k]))
			hours++
		}
	}
	near(t, "attempts per account and hour", perHour/hours, 4, 0.05)
	near(t, "addresses per account and hour", addresses/hours, 4, 0.05)

	day := s.truth(s.all[:0])
	nets, systems, tor := map[netip.Prefix]bool{}, map[uint32]bool{}, 0
	start := s.campaign.spec.Start.Truncate(24 * time.Hour)
	exits := map[netip.Addr]bool{}
	for _, e := range s.w.Net.tor {
		exits[e.Addr] = true
	}
	for _, a := range s.all {
		if a.Time.Before(start) || !a.Time.Before(start.Add(24*time.Hour)) {
			continue
		}
		day.add(a)
		prefix, _ := a.From.Addr.Prefix(24)
		nets[prefix], systems[a.From.Net.ASN] = true, true
		if exits[a.From.Addr] {
			tor++
		}
	}
	near(t, "addresses in a day", float64(len(day.sources)), 1100, 10)
	near(t, "netblocks in a day", float64(len(nets)), 536, 80) // published with 1,294 addresses
	near(t, "autonomous systems in a day", float64(len(systems)), 273, 40)
	if share := float64(tor) / float64(day.attempts); share < 0.5 {
		t.Errorf("%.2f of the attempts come from Tor, published: most", share)
	}
	if n := s.outcomes(); n[outcome.Succeeded]+n[outcome.PasswordConfirmed] > 0 {
		t.Errorf("outcomes %v, published: none compromised", n)
	}
}

func TestStrontiumBrute(t *testing.T) {
	s := play(t, "strontium-brute", 400, func(c *CampaignSpec) { c.Orgs, c.Accounts, c.Days = []org.ID{"org-01"}, 5, 1.0/24 })
	for name, acc := range s.truth(s.all).accounts {
		sources := map[netip.Addr]bool{}
		for _, a := range s.all {
			if a.Account == name {
				sources[a.From.Addr] = true
			}
		}
		near(t, "attempts per account and hour", float64(acc.Attempts), 335, 2)
		near(t, "addresses per account and hour", float64(len(sources)), 200, 25)
	}
	locked := 0
	for _, a := range s.all {
		if a.Code == Locked {
			locked++
		}
	}
	if locked == 0 {
		t.Error("335 attempts an hour lock nobody out")
	}
}

func TestQuad7(t *testing.T) {
	s := play(t, "quad7", 400, func(c *CampaignSpec) { c.Accounts = 60 })
	type day struct {
		account string
		day     int64
	}
	tries := map[day]int{}
	for _, a := range s.all {
		tries[day{a.Account, int64(a.Time.Sub(s.campaign.spec.Start) / (24 * time.Hour))}]++
	}
	once := 0
	for _, n := range tries {
		if n == 1 {
			once++
		}
	}
	near(t, "share of account-days with one attempt", float64(once)/float64(len(tries)), 0.80, 0.02)
	near(t, "addresses", float64(len(s.truth(s.all).sources)), 1600, 60)
	if n := s.outcomes(); n[outcome.Succeeded] != 1 {
		t.Errorf("outcomes %v, want one succeeded", n)
	}
}

func TestPeachKeepsIranianHours(t *testing.T) {
	s := play(t, "peach-2023", 50, nil)
	iran := time.FixedZone("IRST", 3*3600+1800)
	for _, a := range s.all {
		if h := a.Time.In(iran).Hour(); h < 9 || h >= 17 {
			t.Fatalf("an attempt at %s", a.Time.In(iran))
		}
		if a.Client.UserAgent != "Go-http-client/1.1" {
			t.Fatalf("user agent %q", a.Client.UserAgent)
		}
	}
	near(t, "share of accounts", float64(len(s.truth(s.attempts["org-01"]).accounts))/50, 1, 0)
}

func TestDEV0343(t *testing.T) {
	s := play(t, "dev-0343", 400, nil)
	for id, attempts := range s.attempts {
		truth := s.truth(attempts)
		if n := len(truth.accounts); n < 12 || n > 300 {
			t.Errorf("%s: %d accounts, published dozens to hundreds", id, n)
		}
		if n := len(truth.sources); n < 150 || n > 1000 {
			t.Errorf("%s: %d addresses, published 150 to more than 1,000", id, n)
		}
		for _, a := range attempts {
			if d, h := a.Time.Weekday(), a.Time.Hour(); d == time.Friday || d == time.Saturday || h < 4 || h >= 17 {
				t.Fatalf("%s: an attempt on %s at %s", id, d, a.Time.Format(time.TimeOnly))
			}
		}
	}
}

func TestMidnight(t *testing.T) {
	s := play(t, "midnight", 400, nil)
	truth := s.truth(s.all)
	if len(truth.accounts) < 5 || len(truth.accounts) > 20 {
		t.Errorf("%d accounts", len(truth.accounts))
	}
	near(t, "addresses per attempt", float64(len(truth.sources))/float64(truth.attempts), 1, 0.001)
	for _, a := range s.all {
		if a.Code == Accepted && a.Person.MFA {
			t.Error("the account that fell had a second factor")
		}
	}
	if n := s.outcomes(); n[outcome.Succeeded] != 1 {
		t.Errorf("outcomes %v, want one succeeded", n)
	}
}

func TestSneakyStrikePausesBetweenBursts(t *testing.T) {
	s := play(t, "sneakystrike", 60, nil)
	for id, attempts := range s.attempts {
		bursts := 1
		for i, a := range attempts[1:] {
			gap := a.Time.Sub(attempts[i].Time)
			if gap > 2*time.Hour && gap < 3*24*time.Hour {
				t.Errorf("%s: a pause of %s", id, gap)
			}
			if gap >= 3*24*time.Hour {
				bursts++
			}
		}
		if truth := s.truth(attempts); bursts < 2 || len(truth.sources) > 10 || len(truth.accounts) != 60 {
			t.Errorf("%s: %d bursts, %d addresses, %d of 60 accounts", id, bursts, len(truth.sources), len(truth.accounts))
		}
	}
}

func TestFastHTTPAnswers(t *testing.T) {
	s := play(t, "fasthttp", 400, nil)
	codes, brazil := map[Code]float64{}, 0.0
	for _, a := range s.all {
		codes[a.Code] += 100 / float64(len(s.all))
		if a.From.Net.Country.Code == "BR" {
			brazil += 1 / float64(len(s.all))
		}
	}
	for code, published := range map[Code]float64{WrongPassword: 41.53, Locked: 20.97, BlockedByPolicy: 17.74, MFAFailed: 10.08, Accepted: 9.68} {
		near(t, codeTexts[code].name, codes[code], published, 2.5)
	}
	near(t, "share from Brazil", brazil, 0.65, 0.03)
}

func TestHuntress2026(t *testing.T) {
	s := play(t, "huntress-2026", 400, nil)
	nets := map[netip.Prefix]bool{}
	for _, a := range s.all {
		if !s.w.Net.v6.Prefix.Contains(a.From.Addr) || a.Client.Protocol != signin.ROPC || a.Client.App != azureCLI {
			t.Fatalf("an attempt from %s with %s", a.From.Addr, a.Client.App.Name)
		}
		prefix, _ := a.From.Addr.Prefix(64)
		nets[prefix] = true
	}
	near(t, "a new /64 for each attempt", float64(len(nets))/float64(len(s.all)), 1, 0.001)
}

func TestGossamer(t *testing.T) {
	s := play(t, "gossamer", 4000, nil)
	truth := s.truth(s.all)
	near(t, "attempts per user", float64(truth.attempts)/float64(len(truth.accounts)), 169.0/76, 0.25)
	if len(truth.sources) != 12 || truth.last.Sub(truth.first) > 24*time.Hour {
		t.Errorf("%d addresses in %s, published 12 in a day", len(truth.sources), truth.last.Sub(truth.first))
	}
}

// TestRealSprays wants the figures of the two sprays of signin.md, §3: a
// variance of 0 and, in B, a success on the fifth try.
func TestRealSprays(t *testing.T) {
	a := play(t, "real-a", 100, nil).truthOfAll()
	if len(a.accounts) != 6 || a.attempts != 36 || len(a.sources) != 1 {
		t.Errorf("A: %d accounts, %d attempts, %d addresses; want 6, 36, 1", len(a.accounts), a.attempts, len(a.sources))
	}
	for name, acc := range a.accounts {
		if acc.Attempts != 6 || acc.Outcome != outcome.Blocked {
			t.Errorf("A: %s has %d attempts, %s", name, acc.Attempts, acc.Outcome)
		}
	}
	near(t, "A: minutes", a.last.Sub(a.first).Minutes(), 44, 2)

	s := play(t, "real-b", 100, nil)
	b := s.truthOfAll()
	if len(b.accounts) != 4 || b.attempts != 20 {
		t.Errorf("B: %d accounts, %d attempts; want 4, 20", len(b.accounts), b.attempts)
	}
	failures := 0
	for _, a := range s.all {
		if a.Code == WrongPassword {
			failures++
		}
		if a.From.Net != s.w.Orgs[0].Office {
			t.Errorf("B: an attempt from %s, which is not the office", a.From.Addr)
		}
	}
	if n := s.outcomes(); failures != 19 || n[outcome.Succeeded] != 1 {
		t.Errorf("B: %d failures, outcomes %v; want 19 and one succeeded", failures, n)
	}
}

func (s *seen) truthOfAll() *truth { return s.truth(s.all) }

func TestAlphabetical(t *testing.T) {
	s := play(t, "alphabetical", 100, nil)
	for i, a := range s.all[1:] {
		if a.Account <= s.all[i].Account {
			t.Errorf("%q after %q", a.Account, s.all[i].Account)
		}
	}
	if truth := s.truthOfAll(); len(s.all) != 24 || len(truth.sources) != 1 {
		t.Errorf("%d names from %d addresses, want 24 from 1", len(s.all), len(truth.sources))
	}
}

func TestSlowOneSource(t *testing.T) {
	s := play(t, "slow-one-source", 400, nil)
	truth := s.truthOfAll()
	if len(truth.accounts) != 200 || truth.attempts != 200 || len(truth.sources) != 1 {
		t.Errorf("%d accounts, %d attempts, %d addresses; want 200, 200, 1", len(truth.accounts), truth.attempts, len(truth.sources))
	}
	for i, a := range s.all[1:] {
		if gap := a.Time.Sub(s.all[i].Time); gap != 5*time.Minute {
			t.Fatalf("a gap of %s", gap)
		}
	}
}

func TestPlanted500(t *testing.T) {
	s := play(t, "planted-500", 30, nil)
	truth := s.truthOfAll()
	if len(s.attempts) != 25 || len(truth.accounts) != 25 || truth.attempts != 500 || len(truth.sources) != 500 {
		t.Errorf("%d organisations, %d accounts, %d attempts, %d addresses; want 25, 25, 500, 500",
			len(s.attempts), len(truth.accounts), truth.attempts, len(truth.sources))
	}
	for id, attempts := range s.attempts {
		for i, a := range attempts {
			if a.Code == Accepted && i != 19 {
				t.Errorf("%s: the password is found on try %d of 20", id, i+1)
			}
		}
	}
	if n := s.outcomes(); n[outcome.Succeeded] != 1 || n[outcome.Blocked] != 24 {
		t.Errorf("outcomes %v, want one succeeded and 24 blocked", n)
	}
}

func TestUltraSlow(t *testing.T) {
	s := play(t, "ultra-slow", 100, func(c *CampaignSpec) { c.Orgs = []org.ID{"org-01", "org-02"} })
	for id, attempts := range s.attempts {
		near(t, string(id)+": attempts a day", float64(len(attempts))/28, 4, 0)
	}
}

func TestPlantedVaried(t *testing.T) {
	s := play(t, "planted-varied", 30, nil)
	truth := s.truthOfAll()
	if len(truth.accounts) != 25 || truth.attempts != 500 || len(truth.sources) != 500 {
		t.Errorf("%d accounts, %d attempts, %d addresses; want 25, 500, 500", len(truth.accounts), truth.attempts, len(truth.sources))
	}
	clients, tor := map[*Client]int{}, map[bool]int{}
	gaps := map[time.Duration]int{}
	for _, attempts := range s.attempts {
		for i, a := range attempts {
			clients[a.Client]++
			tor[slices.Contains(s.w.Net.tor, a.From)]++
			if i > 0 {
				gaps[a.Time.Sub(attempts[i-1].Time).Truncate(time.Minute)]++
			}
		}
	}
	if len(clients) != 10 || tor[true] < 40 || tor[false] < 300 || len(gaps) < 20 {
		t.Errorf("%d clients, %d from Tor and %d not, %d different gaps", len(clients), tor[true], tor[false], len(gaps))
	}
	if n := s.outcomes(); n[outcome.Succeeded] != 1 || n[outcome.Blocked] != 24 {
		t.Errorf("outcomes %v, want one succeeded and 24 blocked", n)
	}
}

// TestEnumerateThenSpray wants names first, and afterwards only those that exist.
func TestEnumerateThenSpray(t *testing.T) {
	s := play(t, "enumerate-then-spray", 300, nil)
	for id, attempts := range s.attempts {
		begin := s.campaign.spec.Start
		unknown, names, later := 0, map[string]bool{}, 0
		for _, a := range attempts {
			names[a.Account] = true
			switch first := a.Time.Sub(begin) < 2*time.Hour; {
			case a.Code == UserNotFound && !first:
				t.Fatalf("%s: %s does not exist and is tried at %s", id, a.Account, a.Time)
			case a.Code == UserNotFound:
				unknown++
			case !first:
				later++
			}
		}
		near(t, string(id)+": share of names that do not exist", float64(unknown)/float64(len(names)), 0.8, 0.08)
		if later < 10*(len(names)-unknown) {
			t.Errorf("%s: %d attempts on %d names that exist", id, later, len(names)-unknown)
		}
	}
}

func TestWorkloadBrute(t *testing.T) {
	s := play(t, "workload-brute", 30, nil)
	codes := map[Code]int{}
	for _, a := range s.all {
		codes[a.Code]++
		if a.Client.Protocol != signin.Workload || (a.Person == nil) != (a.Code == UnknownApp) {
			t.Fatalf("%s: %d over %s", a.Account, a.Code, a.Client.Protocol)
		}
	}
	if codes[UnknownApp] == 0 || codes[WrongSecret] == 0 || codes[Locked] != 0 {
		t.Errorf("codes %v", codes)
	}
	if n := s.outcomes(); n[outcome.Succeeded] != 1 || n[outcome.PasswordConfirmed] != 0 {
		t.Errorf("outcomes %v, want one succeeded", n)
	}
}

// TestMFAFatigue wants at least five requests within an hour on each account,
// with a password that is right.
func TestMFAFatigue(t *testing.T) {
	s := play(t, "mfa-fatigue", 60, nil)
	declined := 0
	byAccount := map[string][]*Attempt{}
	for _, a := range s.all {
		byAccount[a.Account] = append(byAccount[a.Account], a)
		if a.Code != MFAFailed && a.Code != Accepted {
			t.Fatalf("%s is answered %d", a.Account, a.Code)
		}
		if a.declined {
			declined++
		}
	}
	for account, tries := range byAccount {
		if took := tries[len(tries)-1].Time.Sub(tries[0].Time); len(tries) < 6 || took > time.Hour || !tries[0].Person.MFA {
			t.Errorf("%s: %d requests in %s", account, len(tries), took)
		}
		if tries[0].Code == Accepted {
			t.Errorf("%s accepts the first request", account)
		}
	}
	near(t, "share declined", float64(declined)/float64(len(s.all)), 0.67, 0.12)
	if n := s.outcomes(); n[outcome.Succeeded] != 1 || n[outcome.PasswordConfirmed] != len(byAccount)-1 {
		t.Errorf("outcomes %v, want one succeeded and %d confirmed", n, len(byAccount)-1)
	}
}

// TestTakeoverActs wants what an intruder does in the logs that have acts, and
// there alone, read back by the decoder.
func TestTakeoverActs(t *testing.T) {
	for format, want := range map[string][]string{
		"m365-audit": {"MailItemsAccessed", "New-InboxRule", "User registered security info", "Set-Mailbox", "Consent to application", "Add OAuth2PermissionGrant"},
		"entra-csv":  nil,
	} {
		spec, err := Single("takeover", format, 3, 0, 4)
		if err != nil {
			t.Fatal(err)
		}
		spec.Background.SignIns = 0.1
		w := newWorld(spec)
		acts := map[string]int{}
		for _, o := range w.Orgs {
			f, _ := LookupFormat(format)
			var file bytes.Buffer
			if _, err := f.Write(&file, o, inOrder(t.Context(), live(w, o, newCampaigns(w, spec.Campaigns)), f.Newest)); err != nil {
				t.Fatal(err)
			}
			for ev, err := range read(t, f.Signin, &file) {
				if err != nil {
					t.Fatal(err)
				}
				if ev.Class == signin.ClassActivity {
					acts[strings.Clone(strings.TrimSuffix(ev.Action, "."))]++
				}
			}
		}
		for _, act := range want {
			if acts[act] < 3 {
				t.Errorf("%s: %s stands %d times in the logs, want it at three organisations", format, act, acts[act])
			}
		}
		if len(acts) != len(want) {
			t.Errorf("%s: acts %v", format, acts)
		}
	}
}

// TestScenariosRunEverywhere runs every scenario in a tenant and on hosts:
// something must happen, inside its time, and what was to be found is found.
func TestScenariosRunEverywhere(t *testing.T) {
	for _, sc := range Scenarios() {
		for _, format := range []string{"entra-monitor", "sshd"} {
			if sc.Tenant && format == "sshd" {
				continue
			}
			t.Run(sc.Name+"/"+format, func(t *testing.T) {
				spec, err := Single(sc.Name, format, 0, 0, 5)
				if err != nil {
					t.Fatal(err)
				}
				spec.Background.SignIns, spec.Background.HostNoise = 0.1, 1
				spec.Orgs = spec.Orgs[:min(3, len(spec.Orgs))]
				for i := range spec.Orgs {
					spec.Orgs[i].Accounts = 220
				}
				w := newWorld(spec)
				campaigns := newCampaigns(w, spec.Campaigns)
				c := campaigns[0]
				end := c.spec.Start.Add(time.Duration(c.spec.Days * 24 * float64(time.Hour)))
				found := map[outcome.Outcome]int{}
				for _, o := range w.Orgs {
					truth := newTruth()
					for _, a := range live(w, o, campaigns) {
						if a.Cause == CauseCampaign {
							truth.add(&a)
						}
					}
					if truth.attempts == 0 {
						continue
					}
					if truth.first.Before(c.spec.Start) || truth.last.After(end) {
						t.Errorf("%s: attempts from %s to %s, allowed %s to %s", o.ID, truth.first, truth.last, c.spec.Start, end)
					}
					for _, a := range truth.accounts {
						found[a.Outcome]++
					}
				}
				if len(found) == 0 {
					t.Fatal("nothing happened")
				}
				want := sc.Succeed
				if format == "sshd" {
					want += sc.Confirm // a host has no second factor
				}
				if sc.Answer == nil && found[outcome.Succeeded] != want {
					t.Errorf("outcomes %v, want %d succeeded", found, want)
				}
			})
		}
	}
}
