package ledger

import (
	"bytes"
	"cmp"
	"net/netip"
	"slices"
	"strings"
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
	known  []said                 // by account
	lookup func(netip.Addr) Place // of places that the log does not tell; may be nil
	tries  []uint32               // refusals that stand for a try, by time; see entry

	ofAccount grouping // visits, by network and time within an account
	ofAddr    grouping // visits
	newcomers []newcomer
	ofNet     []uint32 // those of network n are newcomers[ofNet[n]:ofNet[n+1]], by time

	netOf   []uint32 // network number by address
	nets    []uint32 // an address of each network
	inOrder []uint32 // addresses, sorted
	acts    []uint32 // by time
	hours   []int32
	mail    mailIndex
	byName  map[string]uint32 // accounts, where there are mails
}

// grouping lists positions by a number: those of n are at[start[n]:start[n+1]].
type grouping struct{ start, at []uint32 }

func (g *grouping) of(n uint32) []uint32 { return g.at[g.start[n]:g.start[n+1]] }

// group sorts all visits by a number below limit (a counting sort).
func (v *View) group(limit int, number func(x *visit) uint32) grouping {
	g := grouping{make([]uint32, limit+1), make([]uint32, v.l.visits.rows.n)}
	v.l.visits.rows.each(func(_ uint32, x *visit) { g.start[number(x)+1]++ })
	for k := 1; k <= limit; k++ {
		g.start[k] += g.start[k-1]
	}
	v.l.visits.rows.each(func(i uint32, x *visit) {
		k := number(x)
		g.at[g.start[k]] = i
		g.start[k]++
	})
	copy(g.start[1:], g.start) // each start has moved to the next
	g.start[0] = 0
	return g
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
	row         uint32
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
	l.pool.settle(l)
	v := &View{l: l, known: l.known(), hours: l.hours.list()}
	v.numberNetworks()
	v.joinTries()
	for _, x := range [...]*index{&l.refusals.index, &l.proofs.index, &l.acts.index, &l.visits.index} {
		x.release() // a view does not look for records, and judgement needs the memory
	}
	v.acts = byTime(&l.acts)
	v.ofAccount = v.group(len(l.accounts.list), func(x *visit) uint32 { return x.account })
	v.ofAddr = v.group(len(l.addrs.word), func(x *visit) uint32 { return x.addr })
	for a := range uint32(len(l.accounts.list)) {
		if of := v.ofAccount.of(a); len(of) > 1 {
			slices.SortFunc(of, func(i, j uint32) int {
				x, y := l.visits.rows.at(i), l.visits.rows.at(j)
				return cmp.Or(cmp.Compare(v.netOf[x.addr], v.netOf[y.addr]), cmp.Compare(x.first, y.first), cmp.Compare(i, j))
			})
		}
	}
	v.findNewcomers()
	v.indexMails()
	return v
}

// numberNetworks finds the network of every address.
func (v *View) numberNetworks() {
	t := &v.l.addrs
	var wide []uint32
	v.inOrder = make([]uint32, 0, len(t.word))
	four := make([]uint64, 0, len(t.word))
	for i, kind := range t.kind {
		switch kind { // as netip.Addr.Compare has it: none, IPv4, IPv6
		case noAddr:
			v.inOrder = append(v.inOrder, uint32(i))
		case ipv4:
			four = append(four, uint64(t.word[i])<<32|uint64(i))
		default:
			wide = append(wide, uint32(i))
		}
	}
	slices.Sort(four)
	for _, x := range four {
		v.inOrder = append(v.inOrder, uint32(x))
	}
	slices.SortFunc(wide, func(a, b uint32) int { return bytes.Compare(t.six[t.word[a]][:], t.six[t.word[b]][:]) })
	v.inOrder = append(v.inOrder, wide...)

	v.netOf = make([]uint32, len(t.word))
	for _, i := range v.inOrder { // addresses of one network lie together
		if n := len(v.nets); n == 0 || !v.sameNetwork(v.nets[n-1], i) {
			v.nets = append(v.nets, i)
		}
		v.netOf[i] = uint32(len(v.nets) - 1)
	}
}

func (v *View) sameNetwork(a, b uint32) bool {
	t := &v.l.addrs
	if t.kind[a] == ipv4 && t.kind[b] == ipv4 {
		return t.word[a]>>8 == t.word[b]>>8 // the quick way to what Network says
	}
	return Network(t.addr(a)) == Network(t.addr(b))
}

// findNewcomers finds who first signed in from each network when.
func (v *View) findNewcomers() {
	visits := &v.l.visits.rows
	firsts := func(f func(net uint32, x *visit)) {
		for a := range uint32(len(v.l.accounts.list)) {
			last := noRow
			for _, i := range v.ofAccount.of(a) {
				x := visits.at(i)
				if net := v.netOf[x.addr]; net != last { // by network and time: this is the first
					f(net, x)
					last = net
				}
			}
		}
	}
	v.ofNet = make([]uint32, len(v.nets)+1)
	firsts(func(net uint32, _ *visit) { v.ofNet[net+1]++ })
	for n := 1; n < len(v.ofNet); n++ {
		v.ofNet[n] += v.ofNet[n-1]
	}
	v.newcomers = make([]newcomer, v.ofNet[len(v.nets)])
	firsts(func(net uint32, x *visit) {
		v.newcomers[v.ofNet[net]] = newcomer{x.first, x.account}
		v.ofNet[net]++
	})
	copy(v.ofNet[1:], v.ofNet)
	v.ofNet[0] = 0
	for n := range uint32(len(v.nets)) {
		slices.SortFunc(v.newcomersOf(n), func(a, b newcomer) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.account, b.account)) })
	}
}

func (v *View) newcomersOf(net uint32) []newcomer { return v.newcomers[v.ofNet[net]:v.ofNet[net+1]] }

// entry returns a refusal by its position: the proofs follow the others.
func (v *View) entry(i uint32) *entry {
	if n := uint32(v.l.refusals.rows.n); i >= n {
		return v.l.proofs.rows.at(i - n)
	}
	return v.l.refusals.rows.at(i)
}

// Len returns the number of attempts.
func (v *View) Len() int { return len(v.tries) }

// Attempt returns attempt i; attempts are in order of time.
func (v *View) Attempt(i uint32) Attempt {
	e := v.entry(v.tries[i])
	return Attempt{e.at, e.account, e.addr, v.netOf[e.addr], e.client, e.class, int(e.repeat)}
}

// AttemptAt returns when attempt i was. It and its likes are Attempt for who
// goes through many and asks one thing of each.
func (v *View) AttemptAt(i uint32) int64 { return v.entry(v.tries[i]).at }

// AttemptAccount returns the account of attempt i.
func (v *View) AttemptAccount(i uint32) uint32 { return v.entry(v.tries[i]).account }

// AttemptAddr returns the address of attempt i.
func (v *View) AttemptAddr(i uint32) uint32 { return v.entry(v.tries[i]).addr }

// AttemptClient returns the client of attempt i.
func (v *View) AttemptClient(i uint32) uint32 { return v.entry(v.tries[i]).client }

// Ref returns the record of attempt i.
func (v *View) Ref(i uint32) Ref { return v.ref(v.tries[i]) }

// Key returns the hash by which the record of attempt i is known in every
// ledger and every run.
func (v *View) Key(i uint32) uint64 { return v.entry(v.tries[i]).key }

func (v *View) ref(i uint32) Ref {
	if n := uint32(v.l.refusals.rows.n); i >= n {
		return v.l.ref(&v.l.proofs.entries, i-n)
	}
	return v.l.ref(&v.l.refusals, i)
}

func (l *Ledger) ref(s *entries, i uint32) Ref {
	e := s.rows.at(i)
	return Ref{l.files.list[e.file], int64(e.line), s.ids.get(i), time.UnixMilli(e.at).UTC(), e.class, l.codes.list[e.code]}
}

// Accounts returns how many accounts the view numbers.
func (v *View) Accounts() int { return len(v.l.accounts.list) }

// AccountNumber returns the number of an account by its name, as
// [Name.String] writes it. It knows them where there are mails: recipients are
// accounts.
func (v *View) AccountNumber(name string) (uint32, bool) {
	n, ok := v.byName[strings.ToLower(name)]
	return n, ok
}

// Account returns the name of an account.
func (v *View) Account(a uint32) Name { return v.l.accounts.name(a) }

// Exists says whether the log said that the account exists.
func (v *View) Exists(a uint32) signin.Tri {
	switch k := v.known[a]; {
	case k&saidYes != 0:
		return signin.Yes
	case k&saidNo != 0:
		return signin.No
	}
	return signin.Unstated
}

// Addrs returns how many addresses the view numbers.
func (v *View) Addrs() int { return len(v.l.addrs.word) }

// AddrsInOrder returns the numbers of all addresses in the order of the
// addresses, so that those of a prefix of any width lie together. It must not
// be changed.
func (v *View) AddrsInOrder() []uint32 { return v.inOrder }

// Addr returns an address; invalid where the log gave none.
func (v *View) Addr(i uint32) netip.Addr { return v.l.addrs.addr(i) }

// Place returns where an address is: as the log said, else as [View.Locate]
// was told.
func (v *View) Place(addr uint32) Place {
	p := v.l.placeOf(addr)
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

// Nets returns how many networks the view numbers.
func (v *View) Nets() int { return len(v.nets) }

// Net returns the network with that number.
func (v *View) Net(n uint32) netip.Prefix { return Network(v.l.addrs.addr(v.nets[n])) }

// Client returns a client.
func (v *View) Client(i uint32) Client { return v.l.clients.list[i] }

// Clients returns how many clients the view numbers.
func (v *View) Clients() int { return len(v.l.clients.list) }

// Successes calls f for every success of the account, in no order of time.
func (v *View) Successes(account uint32, f func(Success) bool) {
	for _, i := range v.ofAccount.of(account) {
		if !f(v.success(i)) {
			return
		}
	}
}

// SuccessesFrom calls f for every success from the address.
func (v *View) SuccessesFrom(addr uint32, f func(Success) bool) {
	for _, i := range v.ofAddr.of(addr) {
		if !f(v.success(i)) {
			return
		}
	}
}

func (v *View) success(row uint32) Success {
	x := v.l.visits.rows.at(row)
	return Success{x.first, x.first + int64(x.span), x.account, x.addr, v.netOf[x.addr], x.client, row}
}

// SuccessRef returns the record of a success's first time.
func (v *View) SuccessRef(x Success) Ref {
	s := v.l.visits.rows.at(x.row)
	return Ref{v.l.files.list[s.file], int64(s.line), v.l.visits.ids.get(x.row), time.UnixMilli(s.first).UTC(), signin.OK, ""}
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
	for _, i := range v.acts {
		e, ref := v.l.acts.rows.at(i), v.l.ref(&v.l.acts, i)
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
	of := v.ofAccount.of(account)
	at, _ := slices.BinarySearchFunc(of, net, func(i, net uint32) int { return cmp.Compare(v.netOf[v.l.visits.rows.at(i).addr], net) })
	for _, i := range of[at:] {
		x := v.l.visits.rows.at(i)
		if v.netOf[x.addr] != net || x.first >= to { // by network and time
			return false
		}
		if x.first+int64(x.span) >= from {
			return true
		}
	}
	return false
}

// UsersOf returns how many accounts had signed in from the network before t.
func (v *View) UsersOf(net uint32, t int64) int {
	n, _ := slices.BinarySearchFunc(v.newcomersOf(net), t, func(c newcomer, t int64) int { return cmp.Compare(c.at, t) })
	return n
}

// PeopleAt reports whether any account but those of except ever signed in
// from the network: whether it is also somebody's own.
func (v *View) PeopleAt(net uint32, except func(account uint32) bool) bool {
	return slices.ContainsFunc(v.newcomersOf(net), func(c newcomer) bool { return !except(c.account) })
}

// Hours returns the hours (since 1970) in which the log has any sign-in,
// ascending. They must not be changed.
func (v *View) Hours() []int32 { return v.hours }

// Sampled returns of how many refusals one is kept: 1 while the budget holds.
func (v *View) Sampled() int { return v.l.Sampled() }

// Coarse says how sign-ins are remembered where the budget does not hold them
// all ("by day", "by network and 48 days"); "" while it does.
func (v *View) Coarse() string { return v.l.visits.coarse() }

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
