package simulate

import (
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/org"
)

var september = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// quiet is a month at one organisation, without a campaign if none is added.
func quiet(t *testing.T, change func(*Spec)) (*World, *Org, []Attempt) {
	t.Helper()
	s := Spec{
		Seed: 21, Start: september, Days: 30, Background: DefaultBackground(),
		Orgs: []OrgSpec{{ID: "quiet", Name: "Quiet", Country: "FR", Sector: org.Hospital, Accounts: 800, Exports: []Export{{Format: "entra-graph"}}}},
	}
	if change != nil {
		change(&s)
	}
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	w := newWorld(s)
	return w, w.Orgs[0], live(w, w.Orgs[0], newCampaigns(w, s.Campaigns))
}

func byCause(attempts []Attempt) map[Cause][]*Attempt {
	m := map[Cause][]*Attempt{}
	for i := range attempts {
		m[attempts[i].Cause] = append(m[attempts[i].Cause], &attempts[i])
	}
	return m
}

// TestBackgroundRates wants the rates of background.yaml.
func TestBackgroundRates(t *testing.T) {
	_, o, attempts := quiet(t, nil)
	b, days := DefaultBackground(), 30.0
	causes := byCause(attempts)

	perDay := float64(len(causes[CauseSignIn])) / days / float64(len(o.People))
	if perDay < 0.5*b.SignIns || perDay > b.SignIns { // weekends and absences
		t.Errorf("%.2f sign-ins per person and day, parameter %.2f per day of work", perDay, b.SignIns)
	}
	typed := float64(len(causes[CauseTypo])) / float64(len(causes[CauseSignIn]))
	near(t, "typos per sign-in", typed, b.TypoAlpha/(b.TypoAlpha+b.TypoBeta)*(1+b.TypoAgain), 0.012)
	apps := float64(b.Apps) * days * 24 * float64(time.Hour) / float64(b.AppEvery)
	near(t, "attempts of misconfigured applications", float64(len(causes[CauseApp])), apps, 0.02*apps)

	noise := b.NoiseBase + b.NoisePerAccount*float64(len(o.People))
	daily := make([]float64, 30)
	known := 0.0
	for _, a := range causes[CauseNoise] {
		daily[int(a.Time.Sub(september).Hours()/24)]++
		if a.Person != nil {
			known++
		}
	}
	mean, variance := moments(daily)
	// Poisson with a gamma factor: variance = mean + mean²/shape.
	wide := math.Sqrt((noise + noise*noise/b.NoiseShape) / days)
	near(t, "commodity failures per day", mean, noise, 3*wide)
	if variance < 2*mean {
		t.Errorf("commodity failures: variance %.1f at mean %.1f; days must differ more than by chance", variance, mean)
	}
	near(t, "share of commodity failures on accounts that exist", known/float64(len(causes[CauseNoise])), b.NoiseKnown, 0.1)
}

func moments(x []float64) (mean, variance float64) {
	for _, v := range x {
		mean += v / float64(len(x))
	}
	for _, v := range x {
		variance += (v - mean) * (v - mean) / float64(len(x)-1)
	}
	return mean, variance
}

// TestOrphanResidue applies the rules of an orphan novel failure (signin.md,
// 4.1) by hand: what is left of a quiet month must be about the commodity
// noise, or no detector could work on it.
func TestOrphanResidue(t *testing.T) {
	_, o, attempts := quiet(t, nil)
	type pair struct {
		account string
		net     netip.Prefix
	}
	net := func(a *Attempt) netip.Prefix {
		p, _ := a.From.Addr.Prefix(24)
		return p
	}
	everOK, clientOK := map[pair]bool{}, map[string]bool{}
	lastTry := map[string]time.Time{}
	residue := 0
	for i := range attempts {
		a := &attempts[i]
		agent := a.Account + "\x00" + a.Client.UserAgent
		if a.Code == Accepted {
			everOK[pair{a.Account, net(a)}], clientOK[agent] = true, true
			continue
		}
		again := a.Time.Sub(lastTry[agent]) < 20*time.Hour
		lastTry[agent] = a.Time
		if !passwordWrong(a.Code) || again || everOK[pair{a.Account, net(a)}] || clientOK[agent] {
			continue
		}
		followed := false
		for k := i + 1; k < len(attempts) && attempts[k].Time.Sub(a.Time) < 15*time.Minute; k++ {
			followed = followed || attempts[k].Code == Accepted && attempts[k].Account == a.Account && net(&attempts[k]) == net(a)
		}
		if !followed {
			residue++
		}
	}
	b := DefaultBackground()
	noise := b.NoiseBase + b.NoisePerAccount*float64(len(o.People))
	if perDay := float64(residue) / 30; perDay < 0.5*noise || perDay > 3*noise {
		t.Errorf("%.1f orphan failures per day, want about the commodity noise of %.1f", perDay, noise)
	}
}

// TestTypoIsFollowedBySuccess fails if a mistyped password could be left
// standing, which would be an orphan failure that no botnet made.
func TestTypoIsFollowedBySuccess(t *testing.T) {
	_, _, attempts := quiet(t, nil)
	open := map[string]time.Time{}
	for i := range attempts {
		a := &attempts[i]
		switch {
		case a.Cause == CauseTypo || a.Cause == CauseMFA:
			open[a.Account+a.From.Addr.String()] = a.Time
		case a.Code == Accepted:
			delete(open, a.Account+a.From.Addr.String())
		}
		for who, since := range open {
			if a.Time.Sub(since) > 2*time.Minute {
				t.Fatalf("%s mistyped at %s and did not get in within two minutes", who, since)
			}
		}
	}
}

func TestRotationStorm(t *testing.T) {
	day := time.Date(2026, 9, 15, 0, 0, 0, 0, time.UTC)
	_, _, attempts := quiet(t, func(s *Spec) { s.Orgs[0].Rotation = day })
	storm := byCause(attempts)[CauseRotation]
	if len(storm) < 300 {
		t.Fatalf("%d wrong passwords at 800 accounts, want a storm", len(storm))
	}
	for _, a := range storm {
		if a.Time.Before(day.Add(-12*time.Hour)) || a.Time.After(day.Add(36*time.Hour)) {
			t.Errorf("a wrong old password on %s", a.Time)
		}
	}
}

func TestTorUsersSucceed(t *testing.T) {
	w, _, attempts := quiet(t, func(s *Spec) { s.Orgs[0].TorUsers = 5 })
	exits := map[netip.Addr]bool{}
	for _, e := range w.Net.tor {
		exits[e.Addr] = true
	}
	good := map[string]int{}
	for _, a := range byCause(attempts)[CauseTor] {
		if !exits[a.From.Addr] {
			t.Fatalf("%s is no exit", a.From.Addr)
		}
		if a.Code == Accepted {
			good[a.Account]++
		}
	}
	if len(good) != 5 {
		t.Errorf("%d people succeed through Tor, want 5", len(good))
	}
}

// TestAddressesAccuseNobody fails if an address outside the reserved blocks
// could get into a log.
func TestAddressesAccuseNobody(t *testing.T) {
	reserved := []netip.Prefix{netip.MustParsePrefix("240.0.0.0/4"), netip.MustParsePrefix("3fff::/20")}
	ok := func(a netip.Addr) bool { return reserved[0].Contains(a) || reserved[1].Contains(a) }
	for _, sc := range Scenarios() {
		spec, err := Single(sc.Name, "entra-graph", 0, 0, 9)
		if err != nil {
			t.Fatal(err)
		}
		spec.Orgs = spec.Orgs[:1]
		spec.Orgs[0].Accounts = 30
		w := newWorld(spec)
		for _, a := range live(w, w.Orgs[0], newCampaigns(w, spec.Campaigns)) {
			if !ok(a.From.Addr) || a.From.Net.ASN < 4_200_000_000 || a.From.Addr == netip.MustParseAddr("255.255.255.255") {
				t.Fatalf("%s: address %s, AS%d", sc.Name, a.From.Addr, a.From.Net.ASN)
			}
		}
	}
}
