package spray

import (
	"fmt"
	"net/netip"
	"testing"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/signin"
	"github.com/pumphandle/pumphandle/simulate"
)

const hour, minute = day / 24, day / 24 / 60

// begin is some midnight in UTC.
const begin = 20_000 * day

// planned is a sign-in of a hand-made world.
type planned struct {
	at       int64 // after begin
	org      org.ID
	account  string
	addr     string
	campaign string // "": innocent
}

// made builds a world of failed sign-ins, with the labels that follow from it.
func made(t *testing.T, plan ...planned) *world {
	t.Helper()
	w := &world{byKey: map[uint64]int32{}, weeks: 2}
	labels := map[string]*simulate.Label{}
	for i, p := range plan {
		m := mark{innocent, simulate.CauseTypo}
		if p.campaign != "" {
			m = mark{int16(index(&w.campaigns, p.campaign)), simulate.CauseCampaign}
			key := p.campaign + " " + string(p.org)
			l := labels[key]
			if l == nil {
				w.labels = append(w.labels, simulate.Label{})
				l = &simulate.Label{Campaign: p.campaign, Org: p.org}
				labels[key] = l
			}
			l.Attempts++
			l.Sources = append(l.Sources, netip.MustParseAddr(p.addr))
			if n := len(l.Accounts); n == 0 || l.Accounts[n-1].Account != p.account {
				l.Accounts = append(l.Accounts, simulate.LabelAccount{Account: p.account, Outcome: outcome.Blocked})
			}
		}
		index(&w.orgs, p.org)
		w.events = append(w.events, failure(p.at, p.org, p.account, p.addr, uint64(i)))
		w.truth = append(w.truth, m)
	}
	w.labels = w.labels[:0]
	for _, n := range w.campaigns {
		for _, o := range w.orgs {
			if l := labels[n+" "+string(o)]; l != nil {
				w.labels = append(w.labels, *l)
			}
		}
	}
	return w
}

func index[T comparable](list *[]T, x T) int {
	for i, y := range *list {
		if x == y {
			return i
		}
	}
	*list = append(*list, x)
	return len(*list) - 1
}

func failure(at int64, id org.ID, account, addr string, key uint64) Event {
	return Event{
		At: begin + at, Org: id, Account: account, Addr: netip.MustParseAddr(addr), Key: key, Country: "US", ASN: 64500,
		Client: &ledger.Client{UserAgent: "tool/1.0", App: "app"}, Code: "50126", Class: signin.BadPassword,
	}
}

// says is a claim about the sign-ins at these positions.
func (w *world) says(at int64, events ...int32) claim {
	return w.alerted([]alert{{key: fmt.Sprint(events), at: begin + at, events: events}})[0]
}

func spread(campaign string, at int64, orgs ...org.ID) []planned {
	var all []planned
	for i, o := range orgs {
		for k := range 2 {
			all = append(all, planned{at + int64(k)*hour, o, fmt.Sprintf("user%d@%s", k, o), fmt.Sprintf("192.0.2.%d", 10*i+k+1), campaign})
		}
	}
	return all
}

// A campaign of two accounts at each of two organisations, and four mistyped
// passwords of others: positions 0 to 3 and 4 to 7.
func twoOrgs(t *testing.T) *world {
	plan := spread("spray", 0, "a", "b")
	for i := range 4 {
		plan = append(plan, planned{3 * hour, "a", fmt.Sprintf("typist%d@a", i), fmt.Sprintf("198.51.100.%d", i+1), ""})
	}
	return made(t, plan...)
}

func TestScore(t *testing.T) {
	for _, test := range []struct {
		name   string
		events [][]int32 // one claim each
		want   string    // organisations, accounts, sources, clean; campaigns, false, false parts, splits, merges
	}{
		{"nothing is said", nil, "0/2 0/4 0/4 0/0; 0 0 0 0 0"},
		{"all and only the truth", [][]int32{{0, 1, 2, 3}}, "2/2 4/4 4/4 4/4; 1 0 0 0 0"},
		{"half of the accounts of one organisation", [][]int32{{0}}, "1/2 1/4 1/4 1/1; 1 0 0 0 0"},
		{"one claim for each organisation is a split", [][]int32{{0, 1}, {2, 3}}, "2/2 4/4 4/4 4/4; 2 0 0 1 0"},
		{"half innocent is still true", [][]int32{{0, 1, 4, 5}}, "1/2 2/4 2/4 2/4; 1 0 0 0 0"},
		{"more than half innocent is false and finds nothing", [][]int32{{0, 1, 4, 5, 6}}, "0/2 0/4 0/4 2/5; 0 1 0 0 0"},
		{"an organisation told for somebody's typing errors", [][]int32{{0, 4, 5, 6, 1, 2, 3}}, "2/2 4/4 4/4 4/7; 1 0 1 0 0"},
	} {
		w := twoOrgs(t)
		if test.name == "an organisation told for somebody's typing errors" {
			for i := 4; i < 8; i++ {
				w.events[i].Org = "c"
			}
		}
		var claims []claim
		for _, e := range test.events {
			claims = append(claims, w.says(4*hour, e...))
		}
		s := w.score(claims, false)
		got := fmt.Sprintf("%d/%d %d/%d %d/%d %d/%d; %d %d %d %d %d", s.Orgs.Found, s.Orgs.Of, s.Accounts.Found, s.Accounts.Of,
			s.Sources.Found, s.Sources.Of, s.Clean.Found, s.Clean.Of, s.Campaigns, s.False, s.FalseParts, s.Splits, s.Merges)
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if s.Benign != 4 || s.Weeks != 2 || s.Outcomes != nil {
			t.Errorf("%s: %d benign sign-ins, %g weeks, outcomes %v", test.name, s.Benign, s.Weeks, s.Outcomes)
		}
	}
}

// Two campaigns in one claim are a merge, unless one is a trace: less than a
// tenth of the claim and less than half of itself.
func TestMerge(t *testing.T) {
	plan := spread("one", 0, "a", "b", "c", "d", "e", "f")
	plan = append(plan, spread("two", hour, "a", "b", "c")...)
	w := made(t, plan...)
	first := []int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}
	if s := w.score([]claim{w.says(0, append(first, 12)...)}, false); s.Merges != 0 || s.Orgs.Found != 7 {
		t.Errorf("one stray sign-in: %d merges, %d targets found", s.Merges, s.Orgs.Found)
	}
	if s := w.score([]claim{w.says(0, append(first, 12, 13)...)}, false); s.Merges != 1 || s.Splits != 0 {
		t.Errorf("two of fourteen: %d merges, %d splits", s.Merges, s.Splits)
	}
}

// A rule that goes on saying the same falsehood is counted once a day; the
// same at another key is another.
func TestFalseAlarmsOfOneKeyCountOnceADay(t *testing.T) {
	w := twoOrgs(t)
	var claims []claim
	for _, at := range []int64{0, hour, 23 * hour, 25 * hour, 26 * hour} {
		claims = append(claims, claim{name: "192.0.2.1", at: at, parts: w.says(0, 4, 5).parts})
	}
	claims = append(claims, claim{name: "192.0.2.2", at: hour, parts: w.says(0, 6).parts})
	if s := w.score(claims, false); s.False != 3 {
		t.Errorf("%d false alarms, want 3", s.False)
	}
}

func TestOutcomes(t *testing.T) {
	w := twoOrgs(t)
	w.labels[0].Accounts[0].Outcome = outcome.Succeeded
	c := w.says(0, 0, 1, 4)
	c.parts[0].accounts["user0@a"] = outcome.Succeeded
	c.parts[0].accounts["user1@a"] = outcome.Undetermined
	c.parts[0].accounts["typist0@a"] = outcome.Blocked
	s := w.score([]claim{c}, true)
	want := Confusion{}
	want[outcome.Succeeded][outcome.Succeeded] = 1
	want[outcome.Blocked][outcome.Undetermined] = 1
	want[outcome.Blocked][nobody] = 2 // at the organisation that was not found
	want[nobody][outcome.Blocked] = 1
	if *s.Outcomes != want {
		t.Errorf("got  %v\nwant %v", *s.Outcomes, want)
	}
	if r := s.Outcomes.Right(); r != (Share{Found: 1, Of: 2}) {
		t.Errorf("right outcomes %v, want 1 of 2", r)
	}
}

func TestDelay(t *testing.T) {
	w := made(t,
		planned{0, "a", "user0@a", "192.0.2.1", "spray"}, planned{0, "b", "user0@b", "192.0.2.2", "spray"},
		planned{hour, "a", "user1@a", "192.0.2.3", "spray"}, planned{hour, "b", "user1@b", "192.0.2.4", "spray"})
	early, late := w.says(30*minute, 0, 2), w.says(3*hour, 0, 1, 2, 3)
	d := w.delay(w.alertedAt([]claim{late, early}))
	// a is named after 30 minutes and one try, b after three hours and two; of
	// two the lower is the median. The campaign had two tries by then.
	if want := (Delay{0.5, 1, 0.5, 2}); d != want {
		t.Errorf("%+v", d)
	}
	if d, want := w.delay(w.alertedAt(nil)), (Delay{never, never, never, never}); d != want {
		t.Errorf("nothing found: %+v", d)
	}
	if m := lowerMedian([]float64{5, 1}, 3); m != never {
		t.Errorf("the median of 1, 5 and three that never come is %v", m)
	}
}

func TestSumUpShowsTheWorseMiddleAndTheWorst(t *testing.T) {
	scores := make([]Score, 4)
	for i := range scores {
		scores[i] = Score{Orgs: Share{i, 3}, False: i, Weeks: 1, Delay: Delay{Figure(i), never, none, none}}
	}
	median, worst := sumUp(scores)
	if median.Orgs != (Share{1, 3}).Ratio() || worst.Orgs != 0 || median.False != 2 || worst.False != 3 {
		t.Errorf("median %+v\nworst %+v", median, worst)
	}
	if median.Hours != 2 || median.Tries != never || median.FirstHours.Applies() || median.FalsePerWeek != 2 {
		t.Errorf("median %+v", median)
	}
}
