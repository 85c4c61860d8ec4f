package outcome

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/signin"
)

// chain runs everything from facts to outcomes and returns it as JSON.
func (l *log) chain(t *testing.T) string {
	t.Helper()
	book := ledger.New(ledger.Budget{})
	for i := range l.events {
		book.Add(&l.events[i], "audit.json")
	}
	scenes := []*detect.Scene{detect.NewScene("clinic.example", book.View())}
	campaigns, _ := campaign.Cluster(scenes, detect.Run(scenes))
	var all []any
	for _, c := range campaigns {
		all = append(all, c.Kinds, c.First, c.Last, c.Confidence, c.Features)
		for _, m := range c.Members {
			all = append(all, Judge(c, m, scenes[0]))
		}
	}
	text, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// A log read in another order gives the same campaigns and the same outcomes:
// accounts, addresses and clients are numbered as they come, and nothing may
// depend on that.
func TestOrderChangesNothing(t *testing.T) {
	l := house60()
	n := 0
	strange := func() string { n++; return fmt.Sprintf("203.0.%d.%d", n/200, 1+n%200) }
	for i := range 40 { // people on the road, among them those who come first by name
		for d := range 12 {
			l.add(float64(d-14)*24+5, fmt.Sprintf("p%02d", 20+i), strange(), browser, signin.OK, "0")
		}
	}
	for k := range 30 { // ten addresses, one tool, then others with browsers
		for i := range 12 {
			l.add(float64(k)/3, fmt.Sprintf("p%02d", i), fmt.Sprintf("198.51.100.%d", 10+(k+i)%10), tool, signin.BadPassword, "50126")
			l.add(float64(k)/3+0.1, fmt.Sprintf("p%02d", 20+i), strange(), browser, signin.BadPassword, "50126")
		}
	}
	l.add(11, "p00", "198.51.100.99", tool, signin.OK, "0")
	l.add(11, "p01", "198.51.100.12", "Mozilla/5.0 (X11) Firefox/142.0", signin.OK, "0")
	l.add(11, "p21", strange(), browser, signin.OK, "0")
	want := l.chain(t)
	if len(want) < 200 {
		t.Fatalf("nothing was found: %s", want)
	}
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 9))
		r.Shuffle(len(l.events), func(i, j int) { l.events[i], l.events[j] = l.events[j], l.events[i] })
		if got := l.chain(t); got != want {
			t.Fatalf("seed %d:\n%s\nwant\n%s", seed, got, want)
		}
	}
}

// A person who types a code wrong eight times in a hotel, and then right, is
// nobody's campaign.
func TestWrongCodesInAHotel(t *testing.T) {
	l := house60()
	for k := range 8 {
		l.add(10+float64(k)/20, "p07", "203.0.113.9", browser, signin.MFAFailed, "500121")
	}
	l.add(10.5, "p07", "203.0.113.9", browser, signin.OK, "0")
	if got := l.chain(t); got != "null" {
		t.Errorf("found %s", got)
	}
}

// Two who fall at one address do not make it a home.
func TestTwoWhoFall(t *testing.T) {
	l := house60()
	for k := range 8 {
		for i := range 6 {
			l.add(float64(k)+float64(i)/100, fmt.Sprintf("p%02d", i), bad, tool, signin.BadPassword, "50126")
		}
	}
	l.add(9, "p00", bad, tool, signin.OK, "0")
	l.add(9.1, "p01", bad, tool, signin.OK, "0")
	for _, a := range l.judge(t).Accounts {
		if want := a.Account == "p00@clinic.example" || a.Account == "p01@clinic.example"; (a.Outcome == Succeeded) != want {
			t.Errorf("%s is %s", a.Account, a.Outcome)
		}
	}
	if got := l.chain(t); got == "null" {
		t.Error("no campaign")
	}
}

// A new kind of client of somebody nobody tried is no victim of an attack that
// shows many.
func TestNewTabletIsNoVictim(t *testing.T) {
	l := house60()
	const tablet = "Mozilla/5.0 (iPad; CPU OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile/15E148 Safari/604.1"
	agents := []string{tablet, "Mozilla/5.0 (X11; Linux x86_64) Firefox/142.0", tool}
	for k := range 24 {
		for i := range 10 {
			l.add(float64(k)/4, fmt.Sprintf("p%02d", i), fmt.Sprintf("198.18.%d.%d", k, 10+i), agents[(k+i)%3], signin.BadPassword, "50126")
		}
	}
	l.add(72, "p40", "100.64.40.9", tablet, signin.OK, "0")
	for _, a := range l.judgeRotating(t).Accounts {
		if a.Account == "p40@clinic.example" || a.Outcome != Blocked {
			t.Errorf("%s is %s: %s", a.Account, a.Outcome, a.Why)
		}
	}
}
