package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/signin"
	"pgregory.net/rapid"
)

// The equalities of docs/architecture.md: what is remembered does not depend
// on order, batching or the number of workers.

var start = time.Date(2026, 9, 1, 0, 0, 0, 0, time.UTC)

// drawEvents draws sign-ins that collide often: few accounts, addresses and
// clients, records that occur twice, tries of several records.
func drawEvents(t *rapid.T) []signin.Event {
	classes := []signin.Class{signin.OK, signin.OKInterrupt, signin.BadPassword, signin.UnknownUser, signin.Locked, signin.MFARequired, signin.Other, signin.ClassActivity, signin.TokenLifecycle}
	event := rapid.Custom(func(t *rapid.T) signin.Event {
		id := rapid.IntRange(0, 300).Draw(t, "id")
		// All fields follow from the id: one record always says the same.
		r := rand.New(rand.NewPCG(uint64(id), 7))
		ev := signin.Event{
			ID: fmt.Sprint("id-", id), Key: signin.Key("id", fmt.Sprint(id)),
			Time:    start.Add(time.Duration(r.IntN(40*24*3600)) * time.Second),
			Line:    int64(id) + 1,
			Account: fmt.Sprintf("user%d@hospital.example", r.IntN(6)),
			Addr:    netip.AddrFrom4([4]byte{192, 0, 2, byte(r.IntN(5))}),
			ASN:     uint32(r.IntN(2)), Country: []string{"", "FR"}[r.IntN(2)],
			UserAgent: []string{"", "Mozilla/5.0", "curl/8"}[r.IntN(3)],
			Class:     classes[r.IntN(len(classes))],
			Code:      fmt.Sprint(50000 + r.IntN(3)),
			Strength:  signin.Strength(r.IntN(3)),
		}
		if r.IntN(2) == 0 {
			ev.Try = uint64(r.IntN(4) + 1)
		}
		if r.IntN(4) == 0 {
			ev.Account, ev.Host = "root", "ssh1"
		}
		if ev.Class == signin.ClassActivity {
			ev.Action = "New-InboxRule"
		}
		return ev
	})
	return rapid.SliceOfN(event, 0, 400).Draw(t, "events")
}

func build(b Budget, events ...signin.Event) *Ledger {
	l := New(b)
	for i := range events {
		l.Add(&events[i], "log")
	}
	return l
}

// same fails unless both hold the same facts, bit by bit.
func same(t *rapid.T, want, got *Ledger) {
	t.Helper()
	a, err := want.Encode()
	if err != nil {
		t.Fatal(err)
	}
	b, err := got.Encode()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a, b) {
		t.Fatalf("ledgers differ: %d and %d refusals, %d and %d successes", len(want.refusals.list), len(got.refusals.list), len(want.successes.list), len(got.successes.list))
	}
}

// budgets are drawn small as well, so that forgetting is part of what must not
// depend on order.
func drawBudget(t *rapid.T) Budget {
	return Budget{Entries: rapid.SampledFrom([]int{0, 10, 40}).Draw(t, "entries"), Successes: rapid.SampledFrom([]int{0, 8, 30}).Draw(t, "successes")}
}

func TestShuffledEqualsSorted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, events := drawBudget(t), drawEvents(t)
		same(t, build(b, events...), build(b, rapid.Permutation(events).Draw(t, "shuffled")...))
	})
}

func TestSplitAndMergedEqualsWhole(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, events := drawBudget(t), drawEvents(t)
		var parts [3][]signin.Event
		for _, ev := range events {
			i := rapid.IntRange(0, 2).Draw(t, "part")
			parts[i] = append(parts[i], ev)
		}
		whole := build(b, events...)

		left := build(b, parts[0]...)
		left.Merge(build(b, parts[1]...))
		left.Merge(build(b, parts[2]...))
		same(t, whole, left)

		right := build(b, parts[2]...)
		right.Merge(build(b, parts[1]...))
		ab := build(b, parts[0]...)
		ab.Merge(right)
		same(t, whole, ab)
	})
}

func TestTwiceEqualsOnce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, events := drawBudget(t), drawEvents(t)
		once := build(b, events...)
		same(t, once, build(b, slices.Concat(events, events)...))
		twice := build(b, events...)
		twice.Merge(once)
		same(t, once, twice)
	})
}

func TestEncodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := build(drawBudget(t), drawEvents(t)...)
		data, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(data, l.budget)
		if err != nil {
			t.Fatal(err)
		}
		same(t, l, back)
	})
}

// A store is a file: damaged bytes must be an error, not a panic.
func FuzzDecode(f *testing.F) {
	ev := signin.Event{Time: start, Key: 1, Account: "a@b.example", Class: signin.BadPassword, Addr: netip.MustParseAddr("192.0.2.1")}
	data, err := build(Budget{}, ev).Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("not a ledger"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if l, err := Decode(data, Budget{}); err == nil {
			l.View() // whatever decodes can be judged
		}
	})
}

// The budget holds whatever comes, and what proves a password right is never
// forgotten.
func TestBudgetHolds(t *testing.T) {
	b := Budget{Entries: 1000, Successes: 1000}
	l := New(b)
	proofs := 0
	for i := range 300_000 {
		ev := signin.Event{
			ID: fmt.Sprint("id-", i), UserAgent: fmt.Sprint("tool/", i), Key: signin.Key(fmt.Sprint(i)), Time: start.Add(time.Duration(i) * time.Minute), Account: fmt.Sprintf("u%d@h.example", i%500),
			Addr: netip.AddrFrom4([4]byte{198, 51, byte(i % 7), byte(i % 250)}), Class: signin.BadPassword,
		}
		switch {
		case i%3000 == 0:
			ev.Class = signin.MFARequired
			proofs++
		case i%3 == 0:
			ev.Class = signin.OK
		}
		l.Add(&ev, "log")
		if n := len(l.refusals.list); n > 2*b.Entries {
			t.Fatalf("after %d events %d refusals are held, the budget is %d", i, n, b.Entries)
		}
	}
	if n := len(l.ids.list) + len(l.accounts.list) + len(l.clients.list) + len(l.addrs.list); n > 4*(1<<14+4*b.Entries) {
		t.Errorf("%d names, addresses, clients and ids are remembered under a budget of %d entries", n, b.Entries)
	}
	v := l.View()
	kept := 0
	for i := range v.Len() {
		if v.Attempt(i).Class == signin.MFARequired {
			kept++
		}
	}
	if kept != proofs {
		t.Errorf("%d of %d proofs of a right password are kept", kept, proofs)
	}
	if n := v.Len(); n > b.Entries {
		t.Errorf("%d refusals are kept, the budget is %d", n, b.Entries)
	}
	if l.Sampled() < 2 {
		t.Errorf("Sampled() = %d, want more than 1: the ledger must say that it forgot", l.Sampled())
	}
	if l.successes.level == 0 || len(l.successes.list) > b.Successes {
		t.Errorf("%d success cells at level %d, the budget is %d", len(l.successes.list), l.successes.level, b.Successes)
	}
}

func TestTriesAreJoined(t *testing.T) {
	at := func(s int, strength signin.Strength, try uint64) signin.Event {
		return signin.Event{
			Key: signin.Key(fmt.Sprint(s, strength, try)), Time: start.Add(time.Duration(s) * time.Second), Try: try, Strength: strength,
			Account: "admin", Host: "ssh1", Class: signin.BadPassword, Addr: netip.MustParseAddr("192.0.2.9"),
		}
	}
	for _, tt := range []struct {
		why    string
		events []signin.Event
		want   int
	}{
		{"an announcement, a PAM line and a failure are one try", []signin.Event{at(0, signin.Hint, 1), at(1, signin.Part, 1), at(2, signin.Full, 1)}, 1},
		{"three failures of one connection are three tries", []signin.Event{at(0, signin.Hint, 1), at(1, signin.Full, 1), at(2, signin.Full, 1), at(3, signin.Full, 1)}, 3},
		{"two hints of one connection are one try", []signin.Event{at(0, signin.Hint, 1), at(1, signin.Hint, 1)}, 1},
		{"PAM lines alone count each", []signin.Event{at(0, signin.Part, 1), at(1, signin.Part, 1)}, 2},
		{"a process number used again an hour later is another try", []signin.Event{at(0, signin.Full, 1), at(3600, signin.Hint, 1)}, 2},
		{"records without a try stand alone", []signin.Event{at(0, signin.Hint, 0), at(1, signin.Full, 0)}, 2},
	} {
		if got := build(Budget{}, tt.events...).View().Len(); got != tt.want {
			t.Errorf("%s: %d attempts, want %d", tt.why, got, tt.want)
		}
	}
}

// Only what came before is familiar, in whatever order the records arrive.
func TestFamiliarityLooksBack(t *testing.T) {
	addr := netip.MustParseAddr("2001:db8:1:2::5")
	ok := signin.Event{Key: 1, Time: start.Add(time.Hour), Account: "a@h.example", Addr: addr, Class: signin.OK}
	fail := signin.Event{Key: 2, Time: start, Account: "a@h.example", Addr: addr, Class: signin.BadPassword}
	for _, events := range [][]signin.Event{{ok, fail}, {fail, ok}} {
		v := build(Budget{}, events...).View()
		a := v.Attempt(0)
		if v.SignedInFrom(a.Account, a.Net, 0, a.At) {
			t.Error("a later success made an earlier failure familiar")
		}
		if v.UsersOf(a.Net, a.At) != 0 || v.UsersOf(a.Net, a.At+2*3600_000) != 1 {
			t.Error("UsersOf counts sign-ins that were not before the time asked for")
		}
	}
	neighbour := netip.MustParseAddr("2001:db8:1:2:ffff::1")
	if Network(addr) != Network(neighbour) || Network(addr) == Network(netip.MustParseAddr("2001:db8:1:3::5")) {
		t.Error("an IPv6 network is a /64")
	}
}
