package ledger

import (
	"fmt"
	"net/netip"
	"slices"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/signin"
	"pgregory.net/rapid"
)

// What the ledgers of one pool forget depends on the events of all of them,
// and not on their order.
func TestPoolForgetsWhateverTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b, events := drawBudget(t), drawEvents(t)
		// Organisations of unequal size: the first has most of the events.
		owner := func(ev *signin.Event) int { return [...]int{0, 0, 0, 0, 1, 1, 2, 3}[ev.Key%8] }
		fill := func(events []signin.Event) []*Ledger {
			p, ledgers := NewPool(b), make([]*Ledger, 4)
			for i := range events {
				o := owner(&events[i])
				if ledgers[o] == nil {
					ledgers[o] = p.New()
				}
				ledgers[o].Add(&events[i], "log")
			}
			return ledgers
		}
		want := fill(events)
		got := fill(rapid.Permutation(events).Draw(t, "shuffled"))
		for o := range want {
			if (want[o] == nil) != (got[o] == nil) {
				t.Fatal("an organisation is missing")
			}
			if want[o] != nil {
				same(t, want[o], got[o])
			}
		}
	})
}

// A pool keeps to its budget, and whoever needs less than seven eighths of an equal
// share of it forgets nothing, whatever is written into the log of another. Six
// floods have 24 shares, as sign-ins have two; 13 refusals are 4.2 KB.
func TestPoolSharesFairly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const limit = 128 << 10
		p := NewPool(Budget{Bytes: limit})
		small := p.New()
		kept := rapid.IntRange(1, 13).Draw(t, "small")
		for i := range kept {
			small.Add(refusal(i, "small"), "log")
		}
		others := rapid.IntRange(1, 6).Draw(t, "others")
		for o := range others {
			l := p.New()
			for i := range rapid.IntRange(0, 2000).Draw(t, "flood") {
				ev := refusal(i, fmt.Sprint("flood", o))
				switch i % 7 {
				case 0:
					ev.Class = signin.OK
				case 1:
					ev.Class, ev.Account = signin.MFARequired, fmt.Sprint("u", i%50)
				}
				l.Add(ev, "log")
			}
		}
		total := int64(0)
		for _, l := range p.ledgers {
			for _, f := range l.sets() {
				total += f.budget().size()
			}
		}
		if total > limit+limit/4 {
			t.Errorf("%d bytes are held, the budget is %d", total, limit)
		}
		if n := small.View().Len(); n != kept {
			t.Errorf("%d of %d refusals of the small organisation are kept: %s", n, kept, levels(small))
		}
	})
}

// refusal is the i-th of refusals that have nothing in common.
func refusal(i int, log string) *signin.Event {
	return &signin.Event{
		ID: fmt.Sprintf("%s-%d", log, i), Key: signin.Key(log, fmt.Sprint(i)), Time: start.Add(time.Duration(i) * time.Minute),
		Account: fmt.Sprintf("u%d@%s.example", i, log), UserAgent: fmt.Sprint("tool/", i), Code: fmt.Sprint(i),
		Addr: netip.AddrFrom4([4]byte{198, byte(i >> 16), byte(i >> 8), byte(i)}), Class: signin.BadPassword,
	}
}

// The last proof of an account and a network is not drowned in others.
func TestProofsAreNotDrowned(t *testing.T) {
	proof := func(i, account int, addr netip.Addr) *signin.Event {
		ev := refusal(i, "log")
		ev.Class, ev.Account, ev.Addr, ev.UserAgent, ev.Code = signin.MFARequired, fmt.Sprintf("u%d@h.example", account), addr, "Mozilla/5.0", "50074"
		return ev
	}
	l := New(Budget{Bytes: 128 << 10})
	const few = 250
	for i := range few {
		l.Add(proof(i, i, netip.MustParseAddr("192.0.2.1")), "log")
	}
	for i := few; i < 50_000; i++ {
		l.Add(proof(i, 7, netip.MustParseAddr("203.0.113.1")), "log")
	}
	v := l.View()
	proven := map[uint32]bool{}
	for i := range uint32(v.Len()) {
		if a := v.Attempt(i); v.Addr(a.Addr) == netip.MustParseAddr("192.0.2.1") {
			proven[a.Account] = true
		}
	}
	if len(proven) != few {
		t.Errorf("of %d accounts whose password was proven right, %d are still known: %s", few, len(proven), levels(l))
	}
	if l.proofs.level == 0 || l.proofs.size() > l.pool.cap {
		t.Errorf("the flood did not fill the budget: %s", levels(l))
	}
}

// Levels of sign-ins: what is merged keeps its first and last time, and the
// record of the first.
func TestSignInsGrowCoarse(t *testing.T) {
	l := New(Budget{})
	for d := range 64 {
		for k := range 4 {
			at := start.Add(time.Duration(d)*24*time.Hour + time.Duration(k)*7*time.Minute)
			l.Add(&signin.Event{
				ID: fmt.Sprintf("%d-%d", d, k), Time: at, Account: "a@h.example", Class: signin.OK, Line: int64(10*d + k),
				Addr: netip.AddrFrom4([4]byte{192, 0, 2, byte(d % 2)}),
			}, "log")
		}
	}
	for level, want := range []int{128, 64, 17, 4, 2} {
		l.visits.level = uint8(level)
		l.visits.thin(l)
		l.tidy()
		v := l.View()
		var all []Success
		v.Successes(0, func(x Success) bool { all = append(all, x); return true })
		if len(all) != want {
			t.Errorf("level %d: %d sign-ins, want %d", level, len(all), want)
		}
		first := slices.MinFunc(all, func(a, b Success) int { return int(a.First - b.First) })
		last := slices.MaxFunc(all, func(a, b Success) int { return int(a.Last - b.Last) })
		if ref := v.SuccessRef(first); first.First != start.UnixMilli() || ref.ID != "0-0" || ref.File != "log" {
			t.Errorf("level %d: the first is at %d, of record %+v", level, first.First, ref)
		}
		if want := start.Add(63*24*time.Hour + 21*time.Minute).UnixMilli(); last.Last != want {
			t.Errorf("level %d: the last is at %d, want %d", level, last.Last, want)
		}
	}
}
