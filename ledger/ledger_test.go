package ledger

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
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
			Time:      start.Add(time.Duration(r.IntN(40*24*3600)) * time.Second),
			Line:      int64(id) + 1,
			Account:   fmt.Sprintf("user%d@hospital.example", r.IntN(6)),
			Known:     signin.Tri(r.IntN(3)),
			UserAgent: []string{"", "Mozilla/5.0", "curl/8"}[r.IntN(3)],
			Class:     classes[r.IntN(len(classes))],
			Code:      fmt.Sprint(50000 + r.IntN(3)),
			Strength:  signin.Strength(r.IntN(3)),
		}
		// An address is where it is, whichever record says so.
		net, host := byte(r.IntN(3)), byte(r.IntN(5))
		ev.Addr = netip.AddrFrom4([4]byte{192, 0, net, host})
		ev.ASN, ev.Country = uint32(net), []string{"", "FR", "DE"}[net]
		if net == 2 && host == 0 {
			ev.Addr = netip.MustParseAddr("2001:db8::1")
		}
		switch r.IntN(4) {
		case 0:
			ev.ID = ""
		case 1:
			ev.ID = fmt.Sprintf("%08x-0000-4000-8000-%012x", id, id)
		case 2:
			ev.ID = fmt.Sprint("an id that is no GUID and longer than sixteen bytes ", id)
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
		t.Fatalf("ledgers differ:\n%s\n%s", levels(want), levels(got))
	}
}

// levels tells the sets of a ledger.
func levels(l *Ledger) string {
	var b strings.Builder
	for _, f := range l.sets() {
		s := f.budget()
		fmt.Fprintf(&b, "level %d, %d rows, %d bytes; ", s.level, s.rows, s.size())
	}
	return b.String()
}

// budgets are drawn small as well, so that forgetting is part of what must not
// depend on order: 2 KB are about twenty rows.
func drawBudget(t *rapid.T) Budget {
	return Budget{Bytes: rapid.SampledFrom([]int64{0, 2_000, 4_000, 8_000, 16_000}).Draw(t, "bytes")}
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

// A view gives the indexes back, which what comes later needs again.
func TestAViewChangesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, events := drawBudget(t), drawEvents(t)
		n := rapid.IntRange(0, len(events)).Draw(t, "seen")
		l := build(b, events[:n]...)
		before := l.View().Len()
		for i := range events {
			l.Add(&events[i], "log")
		}
		same(t, build(b, events...), l)
		if again := build(b, events[:n]...).View(); again.Len() != before {
			t.Fatalf("%d tries, then %d", before, again.Len())
		}
	})
}

func TestEncodeRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := build(drawBudget(t), drawEvents(t)...)
		data, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		back, err := Decode(data, Budget{Bytes: l.pool.limit})
		if err != nil {
			t.Fatal(err)
		}
		same(t, l, back)
	})
}

// Where all that was placed is forgotten, a ledger is as one that never had places.
func TestForgottenPlaces(t *testing.T) {
	placed := signin.Event{Time: start, Key: 1, Account: "a@b.example", Class: signin.BadPassword, Addr: netip.MustParseAddr("192.0.2.1"), ASN: 64500}
	bare := signin.Event{Time: start, Key: 2, Account: "a@b.example", Class: signin.BadPassword, Addr: netip.MustParseAddr("192.0.2.2")}
	l := build(Budget{}, placed, bare)
	l.refusals.filter(l, func(_ uint32, e *entry) bool { return e.key == bare.Key })
	got, _ := l.Encode()
	want, _ := build(Budget{}, bare).Encode()
	if !bytes.Equal(got, want) {
		t.Error("the ledgers differ")
	}
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
