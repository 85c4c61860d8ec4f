package outcome

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/signin"
)

var begin = time.Date(2026, 9, 14, 8, 0, 0, 0, time.UTC)

const (
	browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/139.0.0.0 Safari/537.36"
	tool    = "python-requests/2.31"
	bad     = "198.51.100.66" // the attacker's address
	house   = "192.0.2.10"    // where everybody works
)

// log is a month of a house of sixty people, and what else a test adds.
type log struct{ events []signin.Event }

func (l *log) add(hours float64, who, from, ua string, class signin.Class, code string) {
	l.events = append(l.events, signin.Event{
		Time: begin.Add(time.Duration(hours * float64(time.Hour))), Key: signin.Key(fmt.Sprint(len(l.events))), ID: fmt.Sprint("id-", len(l.events)),
		Line: int64(len(l.events) + 1), Account: who + "@clinic.example", Tenant: "t", Addr: netip.MustParseAddr(from),
		UserAgent: ua, Client: "Browser", Class: class, Code: code,
	})
}

func house60() *log {
	l := &log{}
	for d := range 25 {
		for i := range 60 {
			l.add(float64(d-20)*24+float64(i)/60, fmt.Sprintf("p%02d", i), house, browser, signin.OK, "0")
		}
	}
	return l
}

// judge takes every refusal with the attacker's tool or address for the
// campaign's.
func (l *log) judge(t *testing.T) Target {
	t.Helper()
	book := ledger.New(ledger.Budget{})
	for i := range l.events {
		book.Add(&l.events[i], "audit.json")
	}
	s := detect.NewScene("clinic.example", book.View())
	m := campaign.Member{Org: s.Org}
	for i := range uint32(s.Len()) {
		a := s.Attempt(i)
		if s.Client(a.Client).UserAgent == tool || s.Addr(a.Addr).String() == bad || s.Addr(a.Addr).String() == "203.0.113.50" {
			m.Attempts = append(m.Attempts, i)
		}
	}
	return Judge(campaign.Campaign{ID: "PH-2026-0001", Confidence: 0.99, Members: []campaign.Member{m}}, m, s)
}

// spray tries p00 to p09 once an hour each, n times.
func (l *log) spray(n int, class signin.Class, code string) {
	for k := range n {
		for i := range 10 {
			l.add(float64(k)+float64(i)/100, fmt.Sprintf("p%02d", i), bad, tool, class, code)
		}
	}
}

func TestLadder(t *testing.T) {
	for _, tt := range []struct {
		why  string
		add  func(l *log)
		want Outcome // of p03, and of the target
	}{
		{"every try refused", func(l *log) { l.spray(4, signin.BadPassword, "50126") }, Blocked},
		{"only answers that say nothing", func(l *log) { l.spray(4, signin.IPBlocked, "50053") }, Undetermined},
		{"refusals, then a lock", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(5, "p03", bad, tool, signin.Locked, "50053")
		}, Blocked},
		{"only codes nobody knows", func(l *log) { l.spray(4, signin.Other, "999999") }, Attempted},
		{"a refusal that proves the password", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(5, "p03", bad, tool, signin.MFARequired, "50076")
		}, PasswordConfirmed},
		{"the owner on the road, asked for the second factor", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(3.5, "p03", "203.0.113.50", browser, signin.MFARequired, "50074")
		}, Blocked},
		{"in from the attacker's address", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(5, "p03", bad, tool, signin.OK, "0")
		}, Succeeded},
		{"in from the attacker's address, with a browser", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(5, "p03", bad, browser, signin.OK, "0")
		}, Succeeded},
		{"in from a fresh address with the attacker's tool", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(5, "p03", "203.0.113.99", tool, signin.OK, "0")
		}, Succeeded},
		{"the owner at the office next morning", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(24.5, "p03", house, browser, signin.OK, "0")
		}, Blocked},
		{"the owner on the road with the own browser", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(30, "p03", "203.0.113.50", browser, signin.OK, "0")
		}, Blocked},
		{"the owner at the office with an updated browser", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(24.5, "p03", house, strings.Replace(browser, "139", "140", 1), signin.OK, "0")
		}, Blocked},
		{"the attacker's sign-in came before his tries", func(l *log) {
			l.spray(4, signin.BadPassword, "50126")
			l.add(-30, "p03", bad, tool, signin.OK, "0")
		}, Blocked},
	} {
		l := house60()
		tt.add(l)
		target := l.judge(t)
		var got Account
		for _, a := range target.Accounts {
			if a.Account == "p03@clinic.example" {
				got = a
			}
		}
		if got.Outcome != tt.want {
			t.Errorf("%s: p03 is %s (%s), want %s", tt.why, got.Outcome, got.Why, tt.want)
		}
		if target.Outcome != tt.want {
			t.Errorf("%s: the target is %s, want %s", tt.why, target.Outcome, tt.want)
		}
		if got.Why == "" || len(got.Evidence) == 0 || got.Evidence[0].File != "audit.json" {
			t.Errorf("%s: no reason or no record: %+v", tt.why, got)
		}
	}
}

// The first try may be right: then the account has no refusal at all.
func TestSuccessWithoutRefusal(t *testing.T) {
	l := house60()
	l.spray(3, signin.BadPassword, "50126")
	l.add(1.5, "p40", bad, tool, signin.OK, "0")
	l.add(1.6, "p41", bad, browser, signin.OK, "0") // behind the same proxy, with the own browser: not claimed
	target := l.judge(t)
	got := map[string]Outcome{}
	for _, a := range target.Accounts {
		got[a.Account] = a.Outcome
	}
	if got["p40@clinic.example"] != Succeeded {
		t.Error("an account whose first try was right is missed")
	}
	if _, claimed := got["p41@clinic.example"]; claimed {
		t.Error("somebody behind the same address is claimed for the attack")
	}
}

// What the intruder did belongs to the evidence, not to the attempts.
func TestActsAfterAccess(t *testing.T) {
	l := house60()
	l.spray(4, signin.BadPassword, "50126")
	l.add(5, "p03", bad, tool, signin.OK, "0")
	l.add(6, "p03", bad, "", signin.ClassActivity, "")
	l.events[len(l.events)-1].Action = "New-InboxRule"
	l.add(6, "p03", house, "", signin.ClassActivity, "") // the owner's own rule
	l.events[len(l.events)-1].Action = "Set-Mailbox"
	target := l.judge(t)
	a := target.Accounts[0]
	if a.Attempts != 5 {
		t.Errorf("%d attempts, want 4 refused and the one that succeeded", a.Attempts)
	}
	var acts []string
	for _, e := range a.Evidence {
		if rest, ok := strings.CutPrefix(e.What, "then "); ok {
			acts = append(acts, rest)
		}
	}
	if len(acts) != 1 || acts[0] != "New-InboxRule" {
		t.Errorf("acts %v, want the intruder's rule only", acts)
	}
	if want := begin.Add(6 * time.Hour); !target.Last.Equal(want) {
		t.Errorf("last is %v, want the last act %v", target.Last, want)
	}
}

// A log that is silent where it should not be cannot show that all was blocked.
func TestGaps(t *testing.T) {
	l := &log{}
	for d := range 30 {
		for h := 0; h < 24; h += 2 {
			if d == 21 || d == 22 {
				continue // two days are missing
			}
			l.add(float64(d-20)*24+float64(h), fmt.Sprintf("p%02d", h), house, browser, signin.OK, "0")
		}
	}
	for k := range 8 {
		l.add(float64(k)*12+0.5, "p03", bad, tool, signin.BadPassword, "50126")
		l.add(float64(k)*12+0.6, "p04", bad, tool, signin.BadPassword, "50126")
	}
	l.events = append(l.events[:0:0], l.events...)
	kept := l.events[:0]
	for _, ev := range l.events { // nothing at all is logged on the missing days
		if d := ev.Time.Sub(begin.AddDate(0, 0, -20)).Hours() / 24; d < 21 || d >= 23 {
			kept = append(kept, ev)
		}
	}
	l.events = kept
	target := l.judge(t)
	if target.Outcome != Undetermined || len(target.Gaps) != 1 || target.Undetermined != 2 {
		t.Errorf("outcome %s, gaps %v, %d undetermined; want undetermined for one gap and two accounts", target.Outcome, target.Gaps, target.Undetermined)
	}
}

// A log that is thin by nature has silences and no gaps.
func TestThinLogHasNoGaps(t *testing.T) {
	var hours []int32
	for d := int32(0); d < 90; d++ {
		hours = append(hours, d*72+9) // one sign-in every three days
	}
	if g := gaps(hours, time.Unix(0, 0), time.Unix(90*72*3600, 0)); len(g) != 0 {
		t.Errorf("gaps %v in a log that is always thin", g)
	}
}
