package outcome

import (
	"fmt"
	"testing"

	"github.com/pumphandle/pumphandle/ledger"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/signin"
)

// judgeRotating takes every refusal of the accounts p00 to p05 from a new
// address for the campaign's.
func (l *log) judgeRotating(t *testing.T) Target {
	t.Helper()
	book := ledger.New(ledger.Budget{})
	for i := range l.events {
		book.Add(&l.events[i], "audit.json")
	}
	s := detect.NewScene("clinic.example", book.View())
	m := campaign.Member{Org: s.Org}
	for i := range uint32(s.Len()) {
		if s.Novelty[i].Is(detect.Orphan) {
			m.Attempts = append(m.Attempts, i)
		}
	}
	return Judge(campaign.Campaign{ID: "PH-2026-0001", Confidence: 0.99, Members: []campaign.Member{m}}, m, s)
}

// An attacker with everybody's browser and an address for each try is known by
// where the tries end; where people sign in from new places all the time,
// nobody can tell.
func TestAccessByWhereTriesEnd(t *testing.T) {
	for _, tt := range []struct {
		why     string
		restive bool // people sign in from ever new places
		after   bool // the tries go on after the sign-in
		want    Outcome
	}{
		{"the tries end with a sign-in from a strange place", false, false, Succeeded},
		{"they go on after it: it was the owner's", false, true, Blocked},
		{"everybody signs in from strange places: nobody can tell", true, false, Undetermined},
	} {
		l := house60()
		n := 0
		strange := func() string { n++; return fmt.Sprintf("203.%d.%d.9", n/200, n%200) }
		for k := range 24 {
			for i := range 6 {
				if i == 2 && k > 12 && !tt.after {
					continue
				}
				l.add(float64(k)/4, fmt.Sprintf("p%02d", i), strange(), browser, signin.BadPassword, "50126")
			}
		}
		l.add(12.0/4+0.2, "p02", strange(), browser, signin.OK, "0")
		if tt.restive {
			for d := range 20 {
				for i := 10; i < 50; i++ {
					l.add(float64(d-18)*24+3, fmt.Sprintf("p%02d", i), strange(), browser, signin.OK, "0")
				}
			}
		}
		got := l.judgeRotating(t)
		for _, a := range got.Accounts {
			if a.Account == "p02@clinic.example" && a.Outcome != tt.want {
				t.Errorf("%s: %s, want %s (%s)", tt.why, a.Outcome, tt.want, a.Why)
			}
			if a.Account != "p02@clinic.example" && a.Outcome != Blocked {
				t.Errorf("%s: %s is %s", tt.why, a.Account, a.Outcome)
			}
		}
	}
}

// On the first day of a log every place is new to everybody: nobody is taken
// for an intruder for that.
func TestFirstDayOfALog(t *testing.T) {
	l := &log{}
	for i := range 60 {
		who := fmt.Sprintf("p%02d", i)
		l.add(float64(i)/60, who, house, browser, signin.BadPassword, "50126")
		l.add(float64(i)/60+0.05, who, house, browser, signin.OK, "0")
		l.add(float64(i)/60+9, who, fmt.Sprintf("100.64.%d.9", i), browser, signin.OK, "0")
	}
	l.spray(8, signin.BadPassword, "50126")
	for _, a := range l.judge(t).Accounts {
		if a.Outcome != Blocked {
			t.Errorf("%s is %s: %s", a.Account, a.Outcome, a.Why)
		}
	}
}
