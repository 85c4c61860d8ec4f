package ledger

import (
	"cmp"
	"net/netip"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/signin"
)

// View is a ledger made ready for judgement: refusals in order of time, the
// records of one try joined, and an index of what was familiar when. It is
// read-only and stands for the facts as they were when it was made.
//
// Accounts, addresses and clients are numbers that are valid within one view.
type View struct {
	l      *Ledger
	lookup func(netip.Addr) Place // of places that the log does not tell; may be nil
	tries  []uint32               // positions in the refusals, by time

	cellsOf   []uint32 // successes of account a are cells[cellsOf[a]:cellsOf[a+1]]
	fromOf    []uint32 // successes from address a are cells[from[i]], i in [fromOf[a], fromOf[a+1])
	from      []uint32
	netOf     []uint32              // network number by address
	nets      []netip.Prefix        // all networks of addresses, sorted
	inOrder   []uint32              // addresses, sorted
	newcomers map[uint32][]newcomer // by network, by time
}

// newcomer is the first sign-in of an account from a network.
type newcomer struct {
	at      int64
	account uint32
}

// Attempt is one refused try.
type Attempt struct {
	At      int64 // milliseconds since 1970
	Account uint32
	Addr    uint32
	Net     uint32
	Client  uint32
	Class   signin.Class
	Tries   int // how many tries the record stands for, at least 1
}

// Time returns when the attempt was, UTC.
func (a Attempt) Time() time.Time { return time.UnixMilli(a.At).UTC() }

// Success is the fact that an account signed in from an address with a client
// in some stretch of time.
type Success struct {
	First, Last int64 // milliseconds since 1970
	Account     uint32
	Addr        uint32
	Net         uint32
	Client      uint32
	cell        uint32
}

// Ref points at a record of the input.
type Ref struct {
	File  string
	Line  int64
	ID    string
	Time  time.Time
	Class signin.Class
	Code  string
}

// View makes the ledger ready for judgement.
func (l *Ledger) View() *View {
	l.seal()
	v := &View{l: l, newcomers: map[uint32][]newcomer{}}
	v.joinTries()
	v.numberNetworks()
	v.cellsOf = make([]uint32, len(l.accounts.list)+1)
	for _, s := range l.successes.list {
		v.cellsOf[s.account+1]++
	}
	for a := range l.accounts.list {
		v.cellsOf[a+1] += v.cellsOf[a]
		firsts := map[uint32]int64{}
		for _, s := range v.cells(uint32(a)) {
			n := v.netOf[s.addr]
			if t, ok := firsts[n]; !ok || s.first < t {
				firsts[n] = s.first
			}
		}
		for n, t := range firsts {
			v.newcomers[n] = append(v.newcomers[n], newcomer{t, uint32(a)})
		}
	}
	v.indexByAddr()
	for _, list := range v.newcomers {
		slices.SortFunc(list, func(a, b newcomer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.account, b.account)) })
	}
	return v
}

// numberNetworks finds the network of every address.
func (v *View) numberNetworks() {
	addrs := v.l.addrs.list
	order := make([]uint32, len(addrs))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(a, b uint32) int { return addrs[a].Compare(addrs[b]) })
	v.netOf = make([]uint32, len(addrs))
	v.inOrder = order
	for _, i := range order { // addresses of one network lie together
		net := Network(addrs[i])
		if n := len(v.nets); n == 0 || v.nets[n-1] != net {
			v.nets = append(v.nets, net)
		}
		v.netOf[i] = uint32(len(v.nets) - 1)
	}
}

// indexByAddr sorts the positions of successes by address (a counting sort).
func (v *View) indexByAddr() {
	all := v.l.successes.list
	v.fromOf = make([]uint32, len(v.l.addrs.list)+1)
	for _, s := range all {
		v.fromOf[s.addr+1]++
	}
	for a := 1; a < len(v.fromOf); a++ {
		v.fromOf[a] += v.fromOf[a-1]
	}
	v.from = make([]uint32, len(all))
	next := slices.Clone(v.fromOf)
	for i, s := range all {
		v.from[next[s.addr]] = uint32(i)
		next[s.addr]++
	}
}

// tryWindow is how far apart the records of one try may lie: sshd gives up on
// a connection that has not signed in after LoginGraceTime, two minutes by
// default (sshd_config(5)), and process numbers are used again.
const tryWindow = 10 * 60 * 1000

// joinTries finds the refusals that stand for a try by themselves. Of the
// records of one try only those of the highest strength count; several hints
// are one try (signin.Event.Try).
func (v *View) joinTries() {
	all := v.l.refusals.list
	drop := make(map[uint32]struct{})
	var joined []uint64 // try and position, so that plain sorting brings tries together in order of time
	for i, e := range all {
		if e.try != 0 {
			joined = append(joined, uint64(e.try)<<32|uint64(i))
		}
	}
	slices.Sort(joined)
	at := func(k int) *entry { return &all[uint32(joined[k])] }
	for len(joined) > 0 {
		n := 1
		for n < len(joined) && at(n).try == at(0).try && at(n).at-at(n-1).at <= tryWindow {
			n++
		}
		group := joined[:n]
		joined = joined[n:]
		if n == 1 {
			continue
		}
		best := signin.Hint
		for _, g := range group {
			best = min(best, all[uint32(g)].strength)
		}
		kept := false
		for _, g := range group {
			i := uint32(g)
			if all[i].strength > best || best == signin.Hint && kept {
				drop[i] = struct{}{}
				continue
			}
			kept = true
		}
	}
	v.tries = make([]uint32, 0, len(all)-len(drop))
	for i := range all {
		if _, gone := drop[uint32(i)]; !gone {
			v.tries = append(v.tries, uint32(i))
		}
	}
}

// Len returns the number of attempts.
func (v *View) Len() int { return len(v.tries) }

// Attempt returns attempt i; attempts are in order of time.
func (v *View) Attempt(i int) Attempt {
	e := &v.l.refusals.list[v.tries[i]]
	return Attempt{e.at, e.account, e.addr, v.netOf[e.addr], e.client, e.class, int(e.repeat)}
}

// Ref returns the record of attempt i.
func (v *View) Ref(i int) Ref { return v.ref(&v.l.refusals.list[v.tries[i]]) }

// Key returns the hash by which the record of attempt i is known in every
// ledger and every run.
func (v *View) Key(i int) uint64 { return v.l.refusals.list[v.tries[i]].key }

func (v *View) ref(e *entry) Ref {
	return Ref{v.l.files.list[e.file], int64(e.line), v.l.ids.list[e.id], time.UnixMilli(e.at).UTC(), e.class, v.l.codes.list[e.code]}
}

// Accounts returns how many accounts the view numbers.
func (v *View) Accounts() int { return len(v.l.accounts.list) }

// Account returns the name of an account.
func (v *View) Account(a uint32) Name { return v.l.accounts.list[a] }

// Exists says whether the log said that the account exists.
func (v *View) Exists(a uint32) signin.Tri {
	switch k := v.l.known[a]; {
	case k&saidYes != 0:
		return signin.Yes
	case k&saidNo != 0:
		return signin.No
	}
	return signin.Unstated
}

// Addrs returns how many addresses the view numbers.
func (v *View) Addrs() int { return len(v.l.addrs.list) }

// AddrsInOrder returns the numbers of all addresses in the order of the
// addresses, so that those of a prefix of any width lie together. It must not
// be changed.
func (v *View) AddrsInOrder() []uint32 { return v.inOrder }

// Addr returns an address; invalid where the log gave none.
func (v *View) Addr(i uint32) netip.Addr { return v.l.addrs.list[i] }

// Place returns where an address is: as the log said, else as [View.Locate]
// was told.
func (v *View) Place(addr uint32) Place {
	p := v.l.places[addr]
	if v.lookup != nil && v.Addr(addr).IsValid() && (p.ASN == 0 || p.Country == "") {
		found := v.lookup(v.Addr(addr))
		if p.ASN == 0 {
			p.ASN = found.ASN
		}
		if p.Country == "" {
			p.Country = found.Country
		}
	}
	return p
}

// Locate gives the view a source for places that the log does not tell. It is
// asked anew in each view and not remembered in the ledger: what the log said
// and what a database said stay apart.
func (v *View) Locate(lookup func(netip.Addr) Place) { v.lookup = lookup }

// NetOf returns the number of an address's network.
func (v *View) NetOf(addr uint32) uint32 { return v.netOf[addr] }

// Net returns the network with that number.
func (v *View) Net(n uint32) netip.Prefix { return v.nets[n] }

// Client returns a client.
func (v *View) Client(i uint32) Client { return v.l.clients.list[i] }

// Clients returns how many clients the view numbers.
func (v *View) Clients() int { return len(v.l.clients.list) }

// Successes calls f for every success of the account, in no order of time.
func (v *View) Successes(account uint32, f func(Success) bool) {
	for i := v.cellsOf[account]; i < v.cellsOf[account+1]; i++ {
		if !f(v.success(i)) {
			return
		}
	}
}

// SuccessesFrom calls f for every success from the address.
func (v *View) SuccessesFrom(addr uint32, f func(Success) bool) {
	for _, i := range v.from[v.fromOf[addr]:v.fromOf[addr+1]] {
		if !f(v.success(i)) {
			return
		}
	}
}

func (v *View) cells(account uint32) []success {
	return v.l.successes.list[v.cellsOf[account]:v.cellsOf[account+1]]
}

func (v *View) success(cell uint32) Success {
	s := &v.l.successes.list[cell]
	return Success{s.first, s.last, s.account, s.addr, v.netOf[s.addr], s.client, cell}
}

// SuccessRef returns the record of a success's first time.
func (v *View) SuccessRef(x Success) Ref {
	s := &v.l.successes.list[x.cell]
	return Ref{v.l.files.list[s.file], int64(s.line), v.l.ids.list[s.id], time.UnixMilli(s.first).UTC(), signin.OK, ""}
}

// Act is what an account did after a sign-in: a mailbox rule, a consent.
type Act struct {
	At      int64
	Account uint32
	Addr    uint32
	Net     uint32
	Action  string
	Ref     Ref
}

// Acts calls f for every act, in order of time.
func (v *View) Acts(f func(Act) bool) {
	for i := range v.l.acts.list {
		e := &v.l.acts.list[i]
		ref := v.ref(e)
		if !f(Act{e.at, e.account, e.addr, v.netOf[e.addr], ref.Code, ref}) {
			return
		}
	}
}

// SignedInFrom reports whether the account signed in from the network in
// [from, to). Only what came before counts as familiar, so callers give the
// time of the attempt as to: an intruder's success must not make his own
// earlier failures look familiar.
func (v *View) SignedInFrom(account, net uint32, from, to int64) bool {
	for _, s := range v.cells(account) {
		if s.first < to && s.last >= from && v.netOf[s.addr] == net {
			return true
		}
	}
	return false
}

// UsersOf returns how many accounts had signed in from the network before t.
func (v *View) UsersOf(net uint32, t int64) int {
	n, _ := slices.BinarySearchFunc(v.newcomers[net], t, func(c newcomer, t int64) int { return cmp.Compare(c.at, t) })
	return n
}

// PeopleAt reports whether any account but those of except ever signed in
// from the network: whether it is also somebody's own.
func (v *View) PeopleAt(net uint32, except func(account uint32) bool) bool {
	return slices.ContainsFunc(v.newcomers[net], func(c newcomer) bool { return !except(c.account) })
}

// Hours returns the hours (since 1970) in which the log has any sign-in,
// ascending.
func (v *View) Hours() []int32 {
	hours := make([]int32, 0, len(v.l.hours))
	for h := range v.l.hours {
		hours = append(hours, h)
	}
	slices.Sort(hours)
	return hours
}

// Sampled returns of how many refusals one is kept: 1 while the budget holds.
func (v *View) Sampled() int { return v.l.Sampled() }

// Label names a client for people: its user agent, else how it spoke.
func (c Client) Label() string {
	switch {
	case c.UserAgent != "" && c.Client != "":
		return c.Client + " (" + c.UserAgent + ")"
	case c.UserAgent != "":
		return c.UserAgent
	case c.Client != "":
		return c.Client
	}
	return "an unnamed client"
}
