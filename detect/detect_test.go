package detect

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// town is a small organisation whose days can be written down: people with a
// home, an office and clients of their own.
type town struct {
	r      *rand.Rand
	people int
	events []signin.Event
}

var monday = time.Date(2026, 9, 7, 0, 0, 0, 0, time.UTC)

const (
	chrome  = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/139.0.0.0 Safari/537.36"
	firefox = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:142.0) Gecko/20100101 Firefox/142.0"
	tool    = "python-requests/2.31"
)

func newTown(seed uint64, people int) *town {
	return &town{r: rand.New(rand.NewPCG(seed, 1)), people: people}
}

func account(i int) string { return fmt.Sprintf("p%04d@hospital.example", i) }

// home and office are networks that people sign in from; anywhere is one that
// nobody does.
func home(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{100, 64 + byte(i/250), byte(i % 250), 10})
}

var office = netip.MustParseAddr("192.0.2.20")

func (w *town) anywhere() netip.Addr {
	return netip.AddrFrom4([4]byte{203, byte(w.r.IntN(256)), byte(w.r.IntN(256)), byte(w.r.IntN(256))})
}

func (w *town) event(at time.Time, who string, from netip.Addr, ua string, class signin.Class) {
	ev := signin.Event{Time: at, Account: who, Addr: from, UserAgent: ua, Client: "Browser", Tenant: "t", Class: class, Key: w.r.Uint64() | 1, Line: int64(len(w.events) + 1)}
	if class == signin.UnknownUser {
		ev.Known = signin.No
	}
	w.events = append(w.events, ev)
}

// live lets people work for some days: they sign in at the office and at home,
// mistype and come back, and now and then give up; strangers try a few names.
func (w *town) live(days int) {
	for d := range days {
		day := monday.AddDate(0, 0, d)
		for i := range w.people {
			if wd := day.Weekday(); wd == time.Saturday || wd == time.Sunday {
				continue
			}
			at := day.Add(7*time.Hour + time.Duration(w.r.IntN(3*3600))*time.Second)
			if w.r.IntN(20) == 0 {
				w.event(at.Add(-time.Minute), account(i), office, chrome, signin.BadPassword)
			}
			w.event(at, account(i), office, chrome, signin.OK)
			if w.r.IntN(3) == 0 {
				w.event(at.Add(12*time.Hour), account(i), home(i), firefox, signin.OK)
			}
			if w.r.IntN(200) == 0 { // on the road, gave up
				w.event(at.Add(5*time.Hour), account(i), w.anywhere(), chrome, signin.BadPassword)
			}
		}
		for range 3 + w.r.IntN(6) { // commodity noise
			w.event(day.Add(time.Duration(w.r.IntN(86400))*time.Second), account(w.r.IntN(w.people)), w.anywhere(), "okhttp/4."+fmt.Sprint(w.r.IntN(20)), signin.BadPassword)
		}
	}
}

func (w *town) scene() *Scene {
	l := ledger.New(ledger.Budget{})
	w.r.Shuffle(len(w.events), func(i, j int) { w.events[i], w.events[j] = w.events[j], w.events[i] })
	for i := range w.events {
		l.Add(&w.events[i], "log")
	}
	return NewScene("hospital.example", l.View())
}

func alerts(found []Finding) []Finding {
	return slices.DeleteFunc(slices.Clone(found), func(f Finding) bool { return f.Score < Alert })
}

func by(found []Finding, detector string) []Finding {
	return slices.DeleteFunc(alerts(found), func(f Finding) bool { return f.Detector != detector })
}

// A month in which nothing happens must stay quiet, whatever the dice say.
func TestQuietMonths(t *testing.T) {
	for seed := range uint64(8) {
		w := newTown(seed, 400)
		w.live(28)
		for _, f := range alerts(Run([]*Scene{w.scene()})) {
			t.Errorf("seed %d: %s %s %s to %s score %v: %v", seed, f.Detector, f.Subject, f.First, f.Last, f.Score, f.Evidence)
		}
	}
}

// One record of another year among them changes nothing: where nothing is
// logged, nothing is known.
func TestQuietMonthWithStrayRecord(t *testing.T) {
	for seed := range uint64(4) {
		w := newTown(seed, 400)
		w.live(28)
		w.event(monday.AddDate(-3, 0, 0), account(1), office, chrome, signin.OK)
		for _, f := range alerts(Run([]*Scene{w.scene()})) {
			t.Errorf("seed %d: %s %s score %v: %v", seed, f.Detector, f.Subject, f.Score, f.Evidence)
		}
	}
}

func TestSlowSpray(t *testing.T) {
	w := newTown(1, 400)
	w.live(14)
	from := netip.MustParseAddr("198.51.100.7")
	for i := range 60 { // a try every five minutes: no rule that counts per hour sees it
		w.event(monday.AddDate(0, 0, 8).Add(time.Duration(i)*5*time.Minute), account(i*3), from, tool, signin.BadPassword)
	}
	found := by(Run([]*Scene{w.scene()}), "source_spray")
	if len(found) != 1 || len(found[0].Attempts) != 60 || found[0].Kind != PasswordSpray {
		t.Fatalf("found %+v, want one spray of 60 attempts", found)
	}
}

// An attacker with an IPv6 range is one source, at whatever width.
func TestSprayFromIPv6Range(t *testing.T) {
	for _, tt := range []struct {
		width string
		from  func(i int) string
	}{
		{"/64", func(i int) string { return fmt.Sprintf("2001:db8:5:6::%x", i+1) }},
		{"/48", func(i int) string { return fmt.Sprintf("2001:db8:5:%x::1", i+1) }},
		{"/32", func(i int) string { return fmt.Sprintf("2001:db8:%x:1::1", i+1) }},
	} {
		w := newTown(2, 200)
		w.live(7)
		for i := range 20 {
			w.event(monday.AddDate(0, 0, 3).Add(time.Duration(i)*time.Minute), account(i*5), netip.MustParseAddr(tt.from(i)), tool, signin.BadPassword)
		}
		found := by(Run([]*Scene{w.scene()}), "source_spray")
		if len(found) != 1 || !strings.HasSuffix(found[0].Subject, tt.width) || len(found[0].Attempts) != 20 {
			t.Errorf("%s: found %+v, want one source of that width with 20 attempts", tt.width, found)
		}
	}
}

// The real spray B: four accounts, five tries each, from an address where
// somebody of the organisation signs in.
func TestEvenSprayFromFamiliarAddress(t *testing.T) {
	w := newTown(3, 60)
	w.live(14)
	begin := monday.AddDate(0, 0, 9).Add(12 * time.Hour)
	for k := range 5 {
		for i := range 4 {
			class := signin.BadPassword
			if k == 4 && i == 0 {
				class = signin.OK
			}
			w.event(begin.Add(time.Duration(k*4+i)*30*time.Second), account(i), office, tool, class)
		}
	}
	if found := by(Run([]*Scene{w.scene()}), "familiar_spray"); len(found) != 1 || len(found[0].Attempts) != 19 {
		t.Errorf("found %+v, want one spray of 19 refused attempts", found)
	}
}

// A password rotation: a third of the house fails in one morning, from the
// office, with its own client, and then gets in.
func TestPasswordRotationIsNoSpray(t *testing.T) {
	w := newTown(4, 300)
	w.live(14)
	morning := monday.AddDate(0, 0, 14).Add(8 * time.Hour)
	for i := range 100 {
		at := morning.Add(time.Duration(w.r.IntN(7200)) * time.Second)
		for k := range 1 + w.r.IntN(4) {
			w.event(at.Add(time.Duration(k)*20*time.Second), account(i*3), office, chrome, signin.BadPassword)
		}
		w.event(at.Add(3*time.Minute), account(i*3), office, chrome, signin.OK)
	}
	if found := alerts(Run([]*Scene{w.scene()})); len(found) != 0 {
		t.Errorf("a password rotation was taken for %+v", found)
	}
}

func TestBruteForceOnOneAccount(t *testing.T) {
	for _, tt := range []struct {
		why     string
		tries   int
		every   time.Duration
		rotate  bool
		found   bool
		comment string
	}{
		{"one address, fast", 40, 2 * time.Second, false, true, ""},
		{"a new address for each try", 40, 10 * time.Minute, true, true, ""},
		{"somebody who forgot the password", 6, time.Minute, false, false, ""},
		{"a device on the road with an old password", 96, time.Hour, false, false, "steady, one address, for days"},
	} {
		w := newTown(5, 100)
		w.live(14)
		from := netip.MustParseAddr("198.51.100.9")
		for k := range tt.tries {
			if tt.rotate {
				from = w.anywhere()
			}
			w.event(monday.AddDate(0, 0, 7).Add(time.Duration(k)*tt.every), account(7), from, tool, signin.BadPassword)
		}
		found := by(Run([]*Scene{w.scene()}), "account_brute")
		if got := len(found) > 0; got != tt.found {
			t.Errorf("%s (%s): found %v, want %v: %+v", tt.why, tt.comment, got, tt.found, found)
		}
	}
}

// Strontium's tempo at one organisation: four tries an hour on each account,
// each from a new address, with a browser the organisation uses itself.
func TestDistributedSprayAtOneOrganisation(t *testing.T) {
	w := newTown(6, 400)
	w.live(21)
	begin := monday.AddDate(0, 0, 10)
	planted := 0
	for h := range 48 {
		for i := range 20 {
			for range 4 {
				w.event(begin.Add(time.Duration(h)*time.Hour+time.Duration(w.r.IntN(3600))*time.Second), account(i*11), w.anywhere(), chrome, signin.BadPassword)
				planted++
			}
		}
	}
	found := by(Run([]*Scene{w.scene()}), "org_change")
	if len(found) != 1 {
		t.Fatalf("found %d changes, want 1: %+v", len(found), found)
	}
	if n := len(found[0].Attempts); n < planted*9/10 || n > planted*11/10 {
		t.Errorf("%d attempts belong to it, %d were planted", n, planted)
	}
}

// One tool, one try per account, four accounts a day at each of ten
// organisations: no single one sees enough.
func TestSharedClientOverOrganisations(t *testing.T) {
	var scenes []*Scene
	for k := range uint64(10) {
		w := newTown(20+k, 150)
		w.live(21)
		for d := range 7 {
			for i := range 4 {
				w.event(monday.AddDate(0, 0, 9+d).Add(time.Duration(w.r.IntN(86400))*time.Second), account(d*4+i), w.anywhere(), "BAV2ROPC", signin.BadPassword)
			}
		}
		s := w.scene()
		s.Org = org.ID(fmt.Sprintf("hospital-%d.example", k))
		scenes = append(scenes, s)
	}
	hit := map[string]int{}
	for _, f := range by(Run(scenes), "shared_client") {
		if f.Subject == "BAV2ROPC" {
			hit[string(f.Org)] += len(f.Attempts)
		}
	}
	if len(hit) != 10 {
		t.Errorf("found at %d of 10 organisations: %v", len(hit), hit)
	}
	for o, n := range hit {
		if n < 24 || n > 28 {
			t.Errorf("%s: %d attempts of 28", o, n)
		}
	}
}

// Each of the five conditions must do its part.
func TestNovelty(t *testing.T) {
	at := monday.AddDate(0, 0, 1)
	stranger := netip.MustParseAddr("203.0.113.5")
	for _, tt := range []struct {
		why   string
		from  netip.Addr
		ua    string
		lacks Novelty
		also  func(w *town)
	}{
		{why: "a stranger's try has all five", from: stranger, ua: tool},
		{why: "own network", from: home(0), ua: tool, lacks: NewNetwork},
		{why: "a network of two colleagues", from: office, ua: tool, lacks: ForeignNetwork},
		{why: "own browser, updated", from: stranger, ua: strings.Replace(chrome, "139", "140", 1), lacks: NewClient},
		{why: "came back in five minutes, next door", from: stranger, ua: tool, lacks: Unresolved, also: func(w *town) {
			w.event(at.Add(5*time.Minute), account(0), netip.MustParseAddr("203.0.113.99"), tool, signin.OK)
		}},
		{why: "the same device an hour ago", from: stranger, ua: "old phone", lacks: Fresh, also: func(w *town) {
			w.event(at.Add(-time.Hour), account(0), stranger, "old phone", signin.BadPassword)
		}},
	} {
		w := newTown(9, 3)
		w.event(monday, account(0), home(0), chrome, signin.OK)
		w.event(monday, account(1), office, chrome, signin.OK)
		w.event(monday, account(2), office, chrome, signin.OK)
		if tt.also != nil {
			tt.also(w)
		}
		w.event(at, account(0), tt.from, tt.ua, signin.BadPassword)
		key := w.events[len(w.events)-1].Key
		s := w.scene()
		for i := range uint32(s.Len()) {
			if want := OrphanNovel &^ tt.lacks; s.Key(i) == key && s.Novelty[i] != want {
				t.Errorf("%s: novelty %05b, want %05b", tt.why, s.Novelty[i], want)
			}
		}
	}
}

func TestAlphabetical(t *testing.T) {
	sorted := strings.Fields("adm anna bart carl dora emil fritz gina hans ines jan kurt")
	if z := alphabetical(sorted); z < 5 {
		t.Errorf("twelve sorted names are %.1f deviations from chance, want more than 5", z)
	}
	r := rand.New(rand.NewPCG(1, 1))
	high := 0
	for range 2000 {
		r.Shuffle(len(sorted), func(i, j int) { sorted[i], sorted[j] = sorted[j], sorted[i] })
		if alphabetical(sorted) >= inOrder {
			high++
		}
	}
	if high > 1 {
		t.Errorf("%d of 2000 shuffled lists were taken for alphabetical, want none", high)
	}
}

// The mean time between false alarms is what the threshold promises.
func TestWatcherFalseAlarms(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 3))
	alarms := 0
	const hours, runs = 24 * 28, 60
	for range runs {
		counts := make([]float64, hours)
		for i := range counts { // mean 0.5 per hour in bursts
			for r.Float64() < 1.0/3 {
				counts[i]++
			}
		}
		alarms += len(newWatcher(0.5, 1.5, 18).watch(counts, func(int) bool { return true }))
	}
	if alarms > 3 {
		t.Errorf("%d false alarms in %d months, want at most 3", alarms, runs)
	}
}

// A detector file that is in no list finds nothing.
func TestEveryDetectorIsListed(t *testing.T) {
	listed := map[string]bool{}
	for _, d := range Detectors() {
		if d.Doc == "" || d.Blind == "" || d.Find == nil {
			t.Errorf("%s: a detector says what it finds and what it is blind to", d.Name)
		}
		listed[d.Name] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		src, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(src)) {
			if name, ok := strings.CutPrefix(strings.TrimSpace(line), `Name:  "`); ok && !listed[strings.TrimSuffix(name, "\",")] {
				t.Errorf("%s declares a detector that is not in the list: %s", f, name)
			}
		}
	}
}
