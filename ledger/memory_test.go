package ledger

import (
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"os"
	"runtime"
	"strconv"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/signin"
)

// month is thirty days of sign-ins at organisations of 5,000 accounts each: one
// on most working days of each account, from one to three networks with one to
// three clients, some of them the office's; one in fifty refused, and one in
// ten of these after a right password. Beside it strangers guess at names, one
// guess for ten sign-ins, from an address of their own with a tool of their
// own.
type month struct {
	accounts int
	key      uint64
	proofs   int
	sink     func(*signin.Event) // where not nil, it gets the events instead of the ledgers
}

const perOrg = 5_000

// add writes the month into the ledgers of a pool.
func (m *month) add(p *Pool) []*Ledger {
	ledgers := make([]*Ledger, (m.accounts+perOrg-1)/perOrg)
	for i := range ledgers {
		ledgers[i] = p.New()
	}
	names := make([]string, m.accounts)
	for a := range names {
		names[a] = "first.last" + strconv.Itoa(a) + "@hospital" + strconv.Itoa(a/perOrg) + ".example"
	}
	agents := [40]string{}
	for i := range agents {
		agents[i] = fmt.Sprintf("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/%d.0.0.0 Safari/537.36", 100+i)
	}
	for day := range 30 {
		if day%7 >= 5 {
			continue
		}
		r := rand.New(rand.NewPCG(1, uint64(day)))
		for a := range m.accounts {
			l := ledgers[a/perOrg]
			ev := signin.Event{
				Time:    start.Add(time.Duration(day)*24*time.Hour + time.Duration(r.IntN(10*3600))*time.Second),
				Account: names[a], Tenant: "t", Addr: home(a, r.IntN(1+a%3)), UserAgent: agents[(a+r.IntN(1+a/3%3))%len(agents)],
				Client: "Browser", Protocol: signin.Interactive, Class: signin.OK,
			}
			if r.IntN(50) == 0 {
				ev.Class, ev.Code = signin.BadPassword, "50126"
				if r.IntN(10) == 0 {
					ev.Class, ev.Code = signin.MFARequired, "50074"
					m.proofs++
				}
			}
			m.write(l, &ev)
			if r.IntN(10) == 0 {
				ev.Account = "guess" + strconv.FormatUint(r.Uint64N(1<<30), 36) + "@hospital.example"
				ev.Addr = netip.AddrFrom4([4]byte{240, byte(r.IntN(256)), byte(r.IntN(256)), byte(r.IntN(256))})
				ev.UserAgent = "tool/" + strconv.FormatUint(r.Uint64N(1<<30), 36)
				ev.Class, ev.Code = signin.UnknownUser, "50034"
				m.write(l, &ev)
			}
		}
	}
	return ledgers
}

func (m *month) write(l *Ledger, ev *signin.Event) {
	m.key++
	ev.ID = guidOf(spread(m.key))
	ev.Key = signin.Key(ev.ID)
	ev.Line = int64(m.key)
	if m.sink != nil {
		m.sink(ev)
		return
	}
	l.Add(ev, "signins.ndjson")
}

func guidOf(x uint64) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:], x)
	binary.BigEndian.PutUint64(b[8:], ^x)
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// home is the address of one of an account's networks: the last of three is an
// office of fifty.
func home(a, net int) netip.Addr {
	if net == 2 {
		return netip.AddrFrom4([4]byte{198, 18, byte(a / 50 >> 8), byte(a / 50)})
	}
	n := uint32(10<<24 | (2*a+net)<<3)
	return netip.AddrFrom4([4]byte{byte(n >> 24), byte(n >> 16), byte(n >> 8), byte(n)})
}

// quality is how much of a month is still known.
type quality struct {
	familiar float64 // share of the pairs of account and network that are known as familiar at the end
	proofs   int
	written  int   // proofs that there were
	sampled  int   // of how many refusals one is kept, at the organisation that fares worst
	level    uint8 // of sign-ins, where it is highest
	heap     int64 // bytes that the ledgers and their views hold
}

func measure(accounts int, b Budget) quality {
	before := heapBytes()
	m := month{accounts: accounts}
	ledgers := m.add(NewPool(b))
	q := quality{written: m.proofs, sampled: 1}
	views := make([]*View, len(ledgers))
	for i, l := range ledgers {
		views[i] = l.View()
	}
	q.heap = heapBytes() - before
	end := start.Add(30 * 24 * time.Hour).UnixMilli()
	known, pairs := 0, 0
	for o, v := range views {
		q.sampled, q.level = max(q.sampled, v.Sampled()), max(q.level, ledgers[o].visits.level)
		for i := range uint32(v.Len()) {
			if v.Attempt(i).Class.ConfirmsPassword() {
				q.proofs++
			}
		}
		net := map[netip.Prefix]uint32{}
		for i := range uint32(v.Addrs()) {
			net[Network(v.Addr(i))] = v.NetOf(i)
		}
		account := map[string]uint32{}
		for i := range uint32(v.Accounts()) {
			account[v.Account(i).User] = i
		}
		for a := o * perOrg; a < min(accounts, (o+1)*perOrg); a++ {
			// The first of an account's networks is one that it surely used.
			n, seen := net[Network(home(a, 0))]
			i, there := account[fmt.Sprintf("first.last%d@hospital%d.example", a, o)]
			pairs++
			if seen && there && v.SignedInFrom(i, n, start.UnixMilli(), end) {
				known++
			}
		}
	}
	q.familiar = float64(known) / float64(pairs)
	runtime.KeepAlive(ledgers)
	return q
}

func heapBytes() int64 {
	runtime.GC()
	var s runtime.MemStats
	runtime.ReadMemStats(&s)
	return int64(s.HeapAlloc)
}

// Thirty days of 100,000 accounts fit into 512 MB with nothing forgotten; at
// ten times that load the memory is the same and the quality falls as
// docs/architecture.md says: sign-ins are known by the day, by the week, by the
// network; refusals are a sample; no proof is lost. PUMPHANDLE_FULL=1 runs it
// at full size (bench/run.sh memory), else it is a fiftieth of it in a
// fiftieth of the budget.
func TestMemoryOfAMonth(t *testing.T) {
	accounts, b := 2_000, Budget{Bytes: DefaultBytes / 50}
	if os.Getenv("PUMPHANDLE_FULL") != "" {
		accounts, b = 100_000, Budget{}
	}
	limit := NewPool(b).limit
	show := func(load int, q quality) {
		t.Logf("%d times %d accounts: %d MB of %d; %.1f %% of the accounts known at their usual network; sign-ins at level %d; 1 in %d refusals, %d proofs",
			load, accounts, q.heap>>20, limit>>20, 100*q.familiar, q.level, q.sampled, q.proofs)
	}

	once := measure(accounts, b)
	show(1, once)
	if once.heap > limit {
		t.Errorf("%d bytes are held, the budget is %d", once.heap, limit)
	}
	if once.sampled != 1 || once.level != 0 || once.familiar < 0.999 {
		t.Errorf("at the load it is made for it forgets: %+v", once)
	}

	ten := measure(10*accounts, b)
	show(10, ten)
	if ten.heap > limit {
		t.Errorf("%d bytes are held under ten times the load, the budget is %d", ten.heap, limit)
	}
	if ten.proofs != ten.written {
		t.Errorf("%d of %d proofs of a right password are kept", ten.proofs, ten.written)
	}
	if ten.familiar < 0.2 {
		t.Errorf("only %.0f %% of the accounts are known at their usual network", 100*ten.familiar)
	}
}
