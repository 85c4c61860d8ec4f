package detect

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/org"
)

// The tree counts what a loop counts: dominance in every dimension.
func TestRankingCountsDominated(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	rank := newRanking(1, 0)
	type seen struct {
		at int64
		v  vector
	}
	var all []seen
	at := int64(0)
	for range 600 {
		at += r.Int64N(4 * hour)
		var v vector
		for k := range v {
			v[k] = uint8(r.IntN(steps))
		}
		want, n := 0, 0
		for _, x := range all {
			if x.at <= at-rankWindow {
				continue
			}
			n++
			no := true
			for k := range v {
				no = no && v[k] <= x.v[k]
			}
			if no {
				want++
			}
		}
		got, _ := rank.rank(at, v)
		if n > 0 && got != float64(want)/float64(n) {
			t.Fatalf("dominates %v of %d, want %d", got, n, want)
		}
		all = append(all, seen{at, v})
	}
}

// The budget holds over any month, and the one mail that is unlike the others
// is in it.
func TestRankingKeepsToTheBudget(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	rank := newRanking(2, 0)
	in := 0
	const days = 90
	for n := range days * 200 {
		at := int64(n) * day / 200
		v := vector{5, 5, 5, 5, uint8(2 + r.IntN(3))}
		for k := range v {
			if r.IntN(5) == 0 {
				v[k] = uint8(r.IntN(steps))
			}
		}
		strange := n%2000 == 1999
		if strange {
			v = vector{}
		}
		_, inBudget := rank.rank(at, v)
		if strange && !inBudget {
			t.Errorf("the strangest mail, on day %d, is not in the budget", n/200)
		}
		if inBudget {
			in++
		}
	}
	if in > 2*days*11/10 {
		t.Errorf("%d in the budget in %d days of 2", in, days)
	}
	in, rank = 0, newRanking(2, 0)
	for n := range days * 200 { // more and more becomes familiar: strangers stand out more each day
		v := vector{}
		for k := range v {
			v[k] = uint8(min(steps-1, r.IntN(1+n/3000)))
		}
		if _, inBudget := rank.rank(int64(n)*day/200, v); inBudget {
			in++
		}
	}
	if in > 2*days*13/10 {
		t.Errorf("%d in the budget in %d days of 2, as familiarity grows", in, days)
	}
	flat := newRanking(10, 0)
	for n := range 1000 {
		if _, in := flat.rank(int64(n)*hour, vector{}); in {
			t.Fatal("of mails that are all alike one is before the others")
		}
	}
}

func mailScene(id org.ID, list ...*mail.Facts) *Scene {
	l := ledger.New(ledger.Budget{})
	for _, f := range list {
		l.AddMail(f, false)
	}
	return NewScene(id, l.View())
}

// Whom others have known for a month is no stranger, whom they met yesterday
// is one: a campaign must not vouch for itself.
func TestHistoryOfOthersCounts(t *testing.T) {
	at := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	from := func(n int, when time.Time) *mail.Facts {
		return &mail.Facts{Key: uint64(n), MessageID: fmt.Sprint(n), Time: when, From: mail.Address{Email: "a@b.example"}, Domain: "b.example", Direction: mail.Inbound}
	}
	key := ledger.TraitKey(ledger.TraitDomain, "b.example")
	scenes := []*Scene{
		mailScene("one", from(1, at)),
		mailScene("two", from(2, at.AddDate(0, 0, -31))),
		mailScene("three", from(3, at.AddDate(0, 0, -1))),
	}
	all := pooled(scenes, ledger.TraitDomain)
	if n := all.others(key, 0, at.UnixMilli()); n != 1 {
		t.Errorf("known at %d others, want 1", n)
	}
	if n := all.others(key, 1, at.UnixMilli()); n != 0 {
		t.Errorf("an organisation vouches for itself: %d", n)
	}
	if h := scenes[0].history(scenes[0].Mail(0)); h.SenderDays != 0 || h.Days != 0 {
		t.Errorf("a mail made its own sender familiar: %+v", h)
	}
}

func BenchmarkRanking(b *testing.B) {
	r := rand.New(rand.NewPCG(7, 8))
	rank := newRanking(10, 0)
	at := int64(0)
	for b.Loop() {
		at += 2 * second
		var v vector
		for k := range v {
			v[k] = uint8(r.IntN(steps))
		}
		rank.rank(at, v)
	}
}
