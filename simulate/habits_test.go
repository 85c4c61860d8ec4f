package simulate

import (
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Each cause of false alarms must be there, look as it does, and go away when
// its parameter is 0.

func onlyWith(change func(*Background)) func(*Spec) {
	return func(s *Spec) {
		b := &s.Background
		b.Gateway, b.Relay, b.IPv6Homes, b.LongTail, b.Rollout, b.Joiners, b.Leavers, b.Guests = 0, 0, 0, 0, 0, 0, 0, 0
		b.Outages, b.BridgeOutages, b.Gaps, b.Pentests, b.Workloads = 0, 0, 0, 0, 0
		change(b)
	}
}

func TestGatewayIsShared(t *testing.T) {
	s := Spec{Seed: 5, Start: september, Days: 10, Background: DefaultBackground()}
	for _, id := range []org.ID{"one", "two"} {
		s.Orgs = append(s.Orgs, OrgSpec{ID: id, Country: "FR", Sector: org.Hospital, Accounts: 300, Exports: []Export{{Format: "entra-graph"}}})
	}
	w := newWorld(s)
	used := map[netip.Addr]map[org.ID]bool{}
	people := map[*Person]bool{}
	for _, o := range w.Orgs {
		for _, a := range live(w, o, nil) {
			if a.From.Net != w.Net.gateways["FR"] {
				continue
			}
			if used[a.From.Addr] == nil {
				used[a.From.Addr] = map[org.ID]bool{}
			}
			used[a.From.Addr][o.ID], people[a.Person] = true, true
		}
	}
	both := 0
	for _, orgs := range used {
		if len(orgs) == 2 {
			both++
		}
	}
	if len(used) > 24 || both < 15 {
		t.Errorf("%d addresses of the gateway, %d of them at both organisations", len(used), both)
	}
	near(t, "people behind it", float64(len(people))/600, DefaultBackground().Gateway, 0.04)
}

// TestHomesThatMove wants a relay's address to be new at every sign-in and a
// home's IPv6 address every day, within one /64.
func TestHomesThatMove(t *testing.T) {
	w, _, attempts := quiet(t, onlyWith(func(b *Background) { b.Relay, b.IPv6Homes, b.NewAddress, b.Travel = 0.1, 0.3, 0, 0 }))
	relayed, relays := 0, map[netip.Addr]bool{}
	type day struct {
		account string
		day     time.Time
	}
	addresses, prefixes := map[day]map[netip.Addr]bool{}, map[string]map[netip.Prefix]bool{}
	for _, a := range attempts {
		switch {
		case a.From.Net == w.Net.relays["FR"] && a.Cause == CauseSignIn:
			relayed++
			relays[a.From.Addr] = true
		case a.From.Addr.Is6():
			k := day{a.Account, a.Time.Add(2 * time.Hour).Truncate(24 * time.Hour)} // the day by the people's clock
			if addresses[k] == nil {
				addresses[k] = map[netip.Addr]bool{}
			}
			addresses[k][a.From.Addr] = true
			if prefixes[a.Account] == nil {
				prefixes[a.Account] = map[netip.Prefix]bool{}
			}
			prefix, _ := a.From.Addr.Prefix(64)
			prefixes[a.Account][prefix] = true
		}
	}
	if relayed < 500 || float64(len(relays)) < 0.9*float64(relayed) {
		t.Errorf("%d sign-ins by %d addresses of relays", relayed, len(relays))
	}
	all := map[netip.Addr]bool{}
	for _, of := range addresses {
		for a := range of {
			all[a] = true
		}
	}
	if len(prefixes) < 150 || len(all) < 5*len(prefixes) {
		t.Errorf("%d homes with IPv6 have %d addresses", len(prefixes), len(all))
	}
	for account, of := range prefixes {
		if len(of) > 1 {
			t.Errorf("%s has %d /64", account, len(of))
		}
	}
}

// TestRollout wants everybody's browser to be new within days, and its device
// to stay the same.
func TestRollout(t *testing.T) {
	w, o, attempts := quiet(t, onlyWith(func(b *Background) { b.Rollout, b.RolloutDays = 40, 4 }))
	if len(w.rollouts) != 1 {
		t.Fatalf("%d roll-outs in 30 days", len(w.rollouts))
	}
	before, after := map[string]bool{}, map[string]bool{}
	for _, a := range byCause(attempts)[CauseSignIn] {
		if a.Client.kind() != a.Person.browser || a.Client.kind().newer == nil {
			continue
		}
		if a.Time.Before(w.rollouts[0]) {
			before[a.Client.Browser] = true
		} else if a.Time.After(w.rollouts[0].AddDate(0, 0, 4)) {
			after[a.Client.Browser] = true
		}
		if _, ok := managed(a); !ok {
			t.Fatalf("%s lost the device with %s", a.Account, a.Client.Browser)
		}
	}
	for name := range before {
		if after[name] && name != "Edge 140.0.0" { // who was a version late has it now
			t.Errorf("%s is still there after the roll-out", name)
		}
	}
	if len(before) < 4 || len(after) < 4 || len(o.People) != 800 {
		t.Errorf("before %v, after %v", before, after)
	}
}

func TestComersAndGoers(t *testing.T) {
	_, o, attempts := quiet(t, onlyWith(func(b *Background) { b.Joiners, b.Leavers = 0.1, 0.1 }))
	joined, left, devices, wrong := 0, 0, 0, 0
	for _, p := range o.People {
		if !p.joined.IsZero() {
			joined++
		}
		if !p.left.IsZero() {
			left++
		}
	}
	for _, a := range attempts {
		switch p := a.Person; {
		case p == nil:
		case a.Cause == CauseSignIn && (a.Time.Before(p.joined.Add(-24*time.Hour)) || a.Code == Accepted && p.disabled(a.Time.Add(-36*time.Hour))):
			t.Fatalf("%s signs in at %s, begins %s, leaves %s", a.Account, a.Time, p.joined, p.left)
		case a.Cause == CauseLeaver:
			devices++
			if a.Code != UserDisabled {
				t.Fatalf("a device of %s, who left, is answered %d", a.Account, a.Code)
			}
		case a.Cause == CauseTypo && !p.joined.IsZero():
			wrong++
		}
	}
	if joined < 40 || left < 40 || devices < 5*left || wrong < joined {
		t.Errorf("%d begin with %d wrong passwords, %d leave and their devices try %d times", joined, wrong, left, devices)
	}
}

func TestGuestsAndWorkloads(t *testing.T) {
	_, o, attempts := quiet(t, onlyWith(func(b *Background) { b.Guests, b.Workloads, b.WorkloadExpired = 0.1, 10, 0.5 }))
	causes := byCause(attempts)
	guests := 0
	for _, a := range causes[CauseSignIn] {
		if a.Person.Guest {
			guests++
		}
	}
	if len(o.Guests) != 80 || guests < 200 || len(causes[CauseGuest]) == 0 {
		t.Errorf("%d guests sign in %d times, %d unknown ones try", len(o.Guests), guests, len(causes[CauseGuest]))
	}
	if len(causes[CauseWorkload]) < 2000 || len(causes[CauseSecret]) < 20 {
		t.Errorf("workloads sign in %d times, %d times with a secret that is no longer good", len(causes[CauseWorkload]), len(causes[CauseSecret]))
	}
}

// TestOutages wants people to get in after an outage, and nobody during it.
func TestOutages(t *testing.T) {
	_, o, attempts := quiet(t, onlyWith(func(b *Background) { b.Outages, b.OutageLength, b.BridgeOutages = 10, 4*time.Hour, 10 }))
	stretches := append(slices.Clone(o.providerDown), o.bridgeDown...)
	failed, nets := map[*Person]bool{}, map[*Network]bool{}
	for _, a := range attempts {
		_, down := during(stretches, a.Time)
		if (a.Cause == CauseOutage || a.Cause == CauseBridge) && a.Person != nil {
			failed[a.Person], nets[a.From.Net] = true, true
		}
		if down && a.Cause == CauseSignIn && a.Code == Accepted && !a.Person.Guest {
			t.Fatalf("%s got in at %s", a.Account, a.Time)
		}
		if a.Code.outage() && !down {
			t.Fatalf("an outage at %s, in none of %v", a.Time, stretches)
		}
	}
	if len(failed) < 200 || len(nets) < 4 {
		t.Errorf("%d people from %d networks notice the outages", len(failed), len(nets))
	}
}

func TestPentest(t *testing.T) {
	_, o, attempts := quiet(t, onlyWith(func(b *Background) { b.Pentests = 1 }))
	sources, accounts := map[netip.Addr]bool{}, map[string]int{}
	for _, a := range byCause(attempts)[CausePentest] {
		sources[a.From.Addr] = true
		accounts[a.Account]++
	}
	if len(sources) != 1 || len(accounts) < len(o.People)*2/5 {
		t.Errorf("a test from %d addresses on %d accounts", len(sources), len(accounts))
	}
}

// TestGapMakesDoubt wants nothing of a gap in the log, and labels that say that
// nobody can know what happened in it.
func TestGapMakesDoubt(t *testing.T) {
	gap := outcome.Gap{From: september.AddDate(0, 0, 8), To: september.AddDate(0, 0, 10)}
	outcomes := map[bool]Label{}
	for _, missing := range []bool{false, true} {
		w, o, attempts := quiet(t, func(s *Spec) {
			s.Campaigns = []CampaignSpec{{Scenario: "quad7", Start: september.AddDate(0, 0, 7), Days: 5, Accounts: 50, Breaches: []Breach{}}}
			if missing {
				s.Orgs[0].Gaps = []outcome.Gap{gap}
			}
		})
		tally := newTally(o)
		for i := range attempts {
			if a := &attempts[i]; missing && !a.Time.Before(gap.From) && a.Time.Before(gap.To) {
				t.Fatalf("a record of %s in the gap", a.Time)
			}
			tally.add(&attempts[i])
		}
		_ = w
		outcomes[missing] = tally.labels(newCampaigns(w, []CampaignSpec{{Scenario: "quad7"}}))[0]
	}
	whole, part := outcomes[false], outcomes[true]
	if whole.Outcome != outcome.Blocked || part.Outcome != outcome.Undetermined || len(part.Gaps) != 1 || part.Gaps[0] != gap || len(whole.Gaps) != 0 {
		t.Errorf("with the whole log %s, with a gap %s, gaps %v", whole.Outcome, part.Outcome, part.Gaps)
	}
	near(t, "attempts seen of those made", float64(part.Attempts)/float64(whole.Attempts), 3.0/5, 0.05)
}
