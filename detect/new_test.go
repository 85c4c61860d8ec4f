package detect

import (
	"fmt"
	"math"
	"net/netip"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// hospitals are n organisations of one month, each lived by a town of its own
// with what attack adds.
func hospitals(n int, attack func(k int, w *town)) []*Scene {
	var scenes []*Scene
	for k := range n {
		w := newTown(uint64(100+k), 120)
		w.live(21)
		attack(k, w)
		s := w.scene()
		s.Org = org.ID(fmt.Sprintf("hospital-%02d.example", k))
		scenes = append(scenes, s)
	}
	return scenes
}

// One try a day on one account, each from another network, with the browser that
// everybody uses: no rate is ever unusual. A person who fails now and then on
// the road is no attack.
func TestSlowAccount(t *testing.T) {
	w := newTown(31, 300)
	w.live(21)
	for d := range 12 {
		w.event(monday.AddDate(0, 0, 6+d).Add(time.Duration(w.r.IntN(86400))*time.Second), account(77), w.anywhere(), firefox, signin.BadPassword)
	}
	for _, d := range []int{2, 9, 16} {
		w.event(monday.AddDate(0, 0, d).Add(13*time.Hour), account(78), w.anywhere(), chrome, signin.BadPassword)
	}
	found := by(Run([]*Scene{w.scene()}), "account_slow")
	if len(found) != 1 || found[0].Subject != account(77) || len(found[0].Attempts) < 10 {
		t.Errorf("found %+v, want the one account tried for twelve days", found)
	}
}

// An account that signs in from ever new networks, behind a privacy relay, fails
// from ever new networks, too.
func TestWhoRoamsIsNotTriedSlowly(t *testing.T) {
	w := newTown(32, 300)
	w.live(21)
	for d := range 20 {
		at := monday.AddDate(0, 0, d).Add(9 * time.Hour)
		for k := range 3 {
			w.event(at.Add(time.Duration(k)*time.Hour), account(500), w.anywhere(), firefox, signin.OK)
		}
		w.event(at.Add(5*time.Hour), account(500), w.anywhere(), firefox, signin.BadPassword)
	}
	if found := by(Run([]*Scene{w.scene()}), "account_slow"); len(found) != 0 {
		t.Errorf("somebody behind a relay was taken for %+v", found)
	}
}

// A tool that comes up at one organisation, a try on each account and day.
func TestNewClient(t *testing.T) {
	w := newTown(33, 300)
	w.live(21)
	for d := range 8 {
		for i := range 12 {
			w.event(monday.AddDate(0, 0, 9+d).Add(time.Duration(w.r.IntN(86400))*time.Second), account(i*7), w.anywhere(), "axios/1.7.9", signin.BadPassword)
		}
	}
	found := by(Run([]*Scene{w.scene()}), "new_client")
	if len(found) != 1 || found[0].Subject != "axios/1.7.9" || len(found[0].Attempts) < 90 {
		t.Errorf("found %+v, want the tool with its 96 tries", found)
	}
}

// A new release of everybody's browser is a new client on many accounts, which
// also mistype with it.
func TestNewBrowserIsNoTool(t *testing.T) {
	w := newTown(34, 300)
	w.live(21)
	const next = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	for d := range 6 {
		for i := range 60 {
			at := monday.AddDate(0, 0, 14+d).Add(8*time.Hour + time.Duration(w.r.IntN(7200))*time.Second)
			if w.r.IntN(8) == 0 {
				w.event(at.Add(-time.Minute), account(i), office, next, signin.BadPassword)
			}
			w.event(at, account(i), office, next, signin.OK)
		}
	}
	for _, f := range alerts(Run([]*Scene{w.scene()})) {
		t.Errorf("%s %s score %v: %v", f.Detector, f.Subject, f.Score, f.Evidence)
	}
}

// A pool of exits that names no client: at each organisation a try on six
// accounts an hour, from addresses that are at work at all of them.
func TestSharedNetworks(t *testing.T) {
	exits := make([]netip.Addr, 80)
	for i := range exits {
		exits[i] = netip.AddrFrom4([4]byte{198, 18, byte(i), 9})
	}
	scenes := hospitals(6, func(_ int, w *town) {
		for h := range 24 {
			for i := range 6 {
				w.event(monday.AddDate(0, 0, 11).Add(time.Duration(h)*time.Hour+time.Duration(w.r.IntN(3600))*time.Second), account(i*5), exits[w.r.IntN(80)], "", signin.BadPassword)
			}
		}
	})
	hit := map[org.ID]bool{}
	whole := map[string]bool{}
	for _, f := range by(Run(scenes), "shared_network") {
		hit[f.Org] = true
		whole[f.Whole] = true
	}
	if len(hit) != 6 || len(whole) != 1 || whole[""] {
		t.Errorf("found at %d of 6 organisations as %d candidates, want one", len(hit), len(whole))
	}
}

// One address, two accounts at each of twelve organisations: too few for any
// of them. Where somebody signs in from it, it is a proxy.
func TestSharedSource(t *testing.T) {
	from := netip.MustParseAddr("198.51.100.77")
	for _, familiar := range []bool{false, true} {
		scenes := hospitals(12, func(k int, w *town) {
			for i := range 2 {
				w.event(monday.AddDate(0, 0, 10).Add(time.Duration(k*10+i)*time.Minute), account(i*9+k), from, tool, signin.BadPassword)
			}
			if familiar {
				w.event(monday.AddDate(0, 0, 3), account(50), from, chrome, signin.OK)
				w.event(monday.AddDate(0, 0, 3), account(51), from, chrome, signin.OK)
			}
		})
		hit := map[org.ID]bool{}
		for _, f := range by(Run(scenes), "shared_source") {
			hit[f.Org] = true
		}
		if want := map[bool]int{false: 12, true: 0}[familiar]; len(hit) != want {
			t.Errorf("signed in from before: %v: found at %d organisations, want %d", familiar, len(hit), want)
		}
	}
}

// Requests for the second factor until somebody gives in, and a person who
// misses a few at the own desk.
func TestFatigue(t *testing.T) {
	w := newTown(35, 80)
	w.live(14)
	from := w.anywhere()
	for k := range 9 {
		class := signin.MFADenied
		if k%3 == 2 {
			class = signin.MFAFailed
		}
		w.event(monday.AddDate(0, 0, 8).Add(22*time.Hour+time.Duration(k)*4*time.Minute), account(4), from, tool, class)
	}
	for k := range 6 {
		w.event(monday.AddDate(0, 0, 8).Add(9*time.Hour+time.Duration(k)*5*time.Minute), account(5), office, chrome, signin.MFAFailed)
	}
	found := by(Run([]*Scene{w.scene()}), "mfa_fatigue")
	if len(found) != 1 || found[0].Subject != account(4) || found[0].Kind != MFAFatigue {
		t.Errorf("found %+v, want the account that nine requests were sent to", found)
	}
}

// The secret of a service principal is guessed; that of another has expired.
func TestWorkloads(t *testing.T) {
	w := newTown(36, 80)
	w.live(14)
	add := func(at time.Time, who string, from netip.Addr, code string) {
		w.event(at, who, from, "", signin.BadPassword)
		ev := &w.events[len(w.events)-1]
		ev.Protocol, ev.Code = signin.Workload, code
	}
	home := w.anywhere()
	for k := range 60 {
		add(monday.AddDate(0, 0, 6).Add(time.Duration(k)*time.Minute), "backup-agent", w.anywhere(), "7000215")
		add(monday.AddDate(0, 0, 6).Add(time.Duration(k)*7*time.Minute+time.Duration(w.r.IntN(200))*time.Second), "lab-sync", home, "7000222")
	}
	found := by(Run([]*Scene{w.scene()}), "account_brute")
	if len(found) != 1 || found[0].Subject != "backup-agent" || found[0].Kind != WorkloadBruteForce {
		t.Errorf("found %+v, want the guessing at backup-agent", found)
	}
}

// Tools that take turns on the same accounts are one hand; tools that go for
// others, or at another time, are two.
func TestHands(t *testing.T) {
	for _, tt := range []struct {
		why   string
		other func(i int) int // which account the second tool goes for
		later time.Duration
		want  int
	}{
		{"by turns", func(i int) int { return i }, 0, 1},
		{"other accounts", func(i int) int { return i + 100 }, 0, 2},
		{"the same accounts, days later", func(i int) int { return i }, 6 * 24 * time.Hour, 2},
	} {
		w := newTown(37, 300)
		for k := range 10 {
			for i := range 20 {
				at := monday.Add(time.Duration(k)*time.Hour + time.Duration(i)*time.Minute)
				w.event(at, account(i), w.anywhere(), "axios/1.7", signin.BadPassword)
				w.event(at.Add(tt.later+30*time.Minute), account(tt.other(i)), w.anywhere(), "curl/8.5", signin.BadPassword)
			}
		}
		s := w.scene()
		all := make([]uint32, s.Len())
		for i := range all {
			all[i] = uint32(i)
		}
		if got := hands([]*Scene{s}, [][]uint32{all}); len(got) != tt.want {
			t.Errorf("%s: %d hands, want %d", tt.why, len(got), tt.want)
		}
	}
}

// An intruder's success must not make his tool a usual one for the failures
// before it.
func TestSuccessDoesNotMakeAToolUsual(t *testing.T) {
	w := newTown(38, 100)
	w.live(10)
	for i := range 30 {
		w.event(monday.AddDate(0, 0, 6).Add(time.Duration(i)*time.Minute), account(i), w.anywhere(), tool, signin.BadPassword)
		w.event(monday.AddDate(0, 0, 7).Add(time.Duration(i)*time.Minute), account(i), w.anywhere(), tool, signin.OK)
	}
	s := w.scene()
	if s.common(tool, monday.AddDate(0, 0, 6).UnixMilli()) || !s.common(tool, monday.AddDate(0, 0, 8).UnixMilli()) {
		t.Error("the tool is usual before its first success, or not after thirty")
	}
}

// The dispersion of a Poisson variable that is not zero, against its definition.
func TestTruncatedDispersion(t *testing.T) {
	for _, rate := range []float64{0.5, 1, 3, 20} {
		sum, squares, p := 0.0, 0.0, math.Exp(-rate)
		norm := 1 - p
		for k := 1; k < 200; k++ {
			p *= rate / float64(k)
			sum += float64(k) * p / norm
			squares += float64(k*k) * p / norm
		}
		want := (squares - sum*sum) / sum
		if got := truncatedDispersion(sum); math.Abs(got-want) > 0.01 {
			t.Errorf("rate %v: %v, want %v", rate, got, want)
		}
	}
}

// Weights that would turn evidence around, or name what is not there, are
// refused.
func TestParseWeights(t *testing.T) {
	for text, good := range map[string]bool{
		"trained: x\ndetectors: {org_change: {prior: -3, terms: {rise: 0.5}}}": true,
		"trained: x\ndetectors: {org_change: {prior: -3, terms: {rise: -1}}}":  false,
		"trained: x\nweights: {}": false,
		"trained: [":              false,
	} {
		if _, err := ParseWeights([]byte(text)); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
	names := map[string]bool{}
	for _, d := range Detectors() {
		names[d.Name] = true
	}
	for name := range DefaultWeights().Detectors {
		if !names[name] {
			t.Errorf("there are weights for %q, which is no detector", name)
		}
	}
}

// Of tens of thousands of attempts on a few accounts, whatever they are called,
// some are always looked at, and every score is a number.
func TestManyAttemptsOnFewAccounts(t *testing.T) {
	w := newTown(39, 60)
	w.live(10)
	for i := range 6 {
		for k := range 8000 {
			w.event(monday.AddDate(0, 0, 7).Add(time.Duration(k)*5*time.Second), fmt.Sprintf("x%d@hospital.example", i*3), w.anywhere(), tool, signin.BadPassword)
		}
	}
	found := Run([]*Scene{w.scene()})
	for _, f := range found {
		if math.IsNaN(f.Score) {
			t.Errorf("%s %s has no score: %v", f.Detector, f.Subject, f.Evidence)
		}
	}
	if len(alerts(found)) == 0 {
		t.Error("nothing was found")
	}
}

// Thousands of tools and thousands of clients of one account cost no more than
// their number.
func TestManyTools(t *testing.T) {
	w := newTown(40, 60)
	w.live(3)
	for k := range 20_000 {
		at := monday.AddDate(0, 0, 1).Add(time.Duration(k) * time.Second)
		w.event(at, account(k%50), w.anywhere(), fmt.Sprintf("tool%d/1.0", k), signin.BadPassword)
		w.event(at, account(7), home(7), fmt.Sprintf("client%d/1.0", k), signin.OK)
	}
	begin := time.Now()
	Run([]*Scene{w.scene()})
	if took := time.Since(begin); took > 30*time.Second {
		t.Errorf("it took %s", took)
	}
}

// One list of names that went to two organisations shows by its order; two that
// were shuffled do not.
func TestSameOrder(t *testing.T) {
	for _, shuffled := range []bool{false, true} {
		var scenes []*Scene
		for k := range uint64(2) {
			w := newTown(50+k, 40)
			order := []int{7, 3, 21, 14, 1, 30, 25, 9, 18, 2, 33, 12, 5, 28, 16, 11, 36, 8}
			if shuffled {
				w.r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
			}
			for n, i := range order {
				w.event(monday.Add(time.Duration(n)*7*time.Minute), fmt.Sprintf("p%04d@h%d.example", i, k), w.anywhere(), tool, signin.BadPassword)
			}
			scenes = append(scenes, w.scene())
		}
		members := make([][]uint32, 2)
		for k, s := range scenes {
			for i := range uint32(s.Len()) {
				members[k] = append(members[k], i)
			}
		}
		if got := sameOrder(newCandidate(scenes, members)); (len(got) == 1) == shuffled {
			t.Errorf("shuffled %v: %v", shuffled, got)
		}
	}
}
