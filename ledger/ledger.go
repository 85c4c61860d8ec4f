// Package ledger remembers sign-in events of one organisation as facts that
// do not depend on the order in which the events came.
//
// Three kinds of fact are kept. A refusal is an entry keyed by its record, so
// that the same record read twice is one. A success is a first and a last
// time per account, address, client and day. An act after sign-in (a mailbox
// rule, a consent) is an entry like a refusal. Merging two ledgers is
// associative, commutative and idempotent: replay equals live, a shuffled
// file equals a sorted one, and two workers equal one.
//
// Memory is a budget with a forgetting policy ([Budget]), not an outcome; what
// is forgotten is a function of the set of events, never of their order.
//
// Start with [Ledger.Add], then [Ledger.View], which is what judgement reads.
package ledger

import (
	"strings"

	"github.com/pumphandle/pumphandle/signin"
)

// Ledger holds the facts of one organisation. It is not safe for concurrent
// use: give each worker its own and [Ledger.Merge] them.
type Ledger struct {
	budget Budget

	accounts table[Name]
	known    []knowledge // by account index
	addrs    addrTable
	places   map[uint32]Place // by address index, where a log says it
	clients  table[Client]
	codes    table[string]
	files    table[string]
	ids      table[string] // provider's record ids of entries, as evidence

	refusals  entries
	acts      entries
	successes successes
	hours     map[int32]struct{} // hours since 1970 in which the log has any sign-in: where none are is a gap
}

// Budget bounds the memory of one ledger. A zero field takes its default.
type Budget struct {
	// Entries is how many refusals are kept exactly. Above it only those
	// whose hash falls below a limit are kept: a sample of 1 in 2, 4, 8 …
	// that is the same whatever the order. Refusals that prove a password
	// right are always kept. Default 4 million (about 60 bytes each).
	Entries int
	// Successes is how many (account, address, client, day) cells are kept
	// exactly. Above it days become weeks, then two months, then addresses
	// become networks, then half of the cells go, and half again. Default
	// 4 million (about 60 bytes each).
	Successes int
}

const defaultBudget = 4 << 20

// Name is an account as the log knows it. Host is set for accounts that are
// local to a host and empty for accounts of an identity provider.
type Name struct{ User, Host string }

// String returns user@domain, or user@host for a local account.
func (n Name) String() string {
	if n.Host == "" {
		return n.User
	}
	return n.User + "@" + n.Host
}

// Client is what an attempt came with: the fingerprint of the tool.
type Client struct {
	UserAgent string
	Client    string // clientAppUsed, RequestType, sshd method
	App       string
	Protocol  signin.Protocol
}

// Place is where an address is, as the log or a database says.
type Place struct {
	ASN     uint32
	Country string
}

// knowledge is whether an account exists. Both may have been said.
type knowledge uint8

const (
	saidYes knowledge = 1 << iota
	saidNo
)

// New returns an empty ledger with that budget.
func New(b Budget) *Ledger {
	if b.Entries <= 0 {
		b.Entries = defaultBudget
	}
	if b.Successes <= 0 {
		b.Successes = defaultBudget
	}
	return &Ledger{budget: b, places: map[uint32]Place{}, hours: map[int32]struct{}{}}
}

// Add remembers one event, read from the named file. It does not keep ev or
// its strings. Records that are no sign-in, and failures that tried no
// password, leave no trace but the hour in which they fell.
func (l *Ledger) Add(ev *signin.Event, file string) {
	if ev.Class == signin.ClassNone || ev.Time.IsZero() {
		return
	}
	l.hours[int32(floorDiv(ev.Time.Unix(), 3600))] = struct{}{}
	switch {
	case ev.Class.Succeeded():
		l.addSuccess(ev, file)
	case ev.Class == signin.ClassActivity:
		l.addEntry(&l.acts, ev, file, ev.Action)
	case ev.Class.Refused(), ev.Class.ConfirmsPassword(), ev.Class == signin.Other:
		l.addEntry(&l.refusals, ev, file, ev.Code)
	}
}

func (l *Ledger) addEntry(to *entries, ev *signin.Event, file, code string) {
	try := uint32(ev.Try ^ ev.Try>>32)
	if !to.keeps(entry{key: ev.Key, try: try, class: ev.Class}) {
		return // before anything of it is remembered
	}
	to.add(entry{
		key:      ev.Key,
		at:       ev.Time.UnixMilli(),
		try:      try,
		account:  l.account(ev),
		addr:     l.addr(ev),
		client:   l.client(ev),
		code:     l.codes.at(code, strings.Clone),
		file:     l.files.at(file, strings.Clone),
		line:     uint32(min(ev.Line, 1<<32-1)),
		id:       l.ids.at(ev.ID, strings.Clone),
		class:    ev.Class,
		strength: ev.Strength,
		repeat:   uint16(min(max(ev.Repeat, 1), 1<<16-1)),
	}, l)
}

func (l *Ledger) addSuccess(ev *signin.Event, file string) {
	at := ev.Time.UnixMilli()
	l.successes.add(success{
		account: l.account(ev),
		addr:    l.addr(ev),
		client:  l.client(ev),
		bin:     int32(floorDiv(at, dayMillis)),
		first:   at,
		last:    at,
		key:     ev.Key,
		file:    l.files.at(file, strings.Clone),
		line:    uint32(min(ev.Line, 1<<32-1)),
		id:      l.ids.at(ev.ID, strings.Clone),
	}, l)
}

// account returns the index of the event's account and notes what the log
// says about its existence. An account that signs in exists.
func (l *Ledger) account(ev *signin.Event) uint32 {
	n := Name{User: ev.Account}
	if ev.Tenant == "" && ev.Host != "" && !strings.Contains(ev.Account, "@") {
		n.Host = ev.Host
	}
	i := l.accounts.at(n, func(n Name) Name { return Name{strings.Clone(n.User), strings.Clone(n.Host)} })
	if int(i) == len(l.known) {
		l.known = append(l.known, 0)
	}
	switch {
	case ev.Known == signin.Yes, ev.Class.Succeeded(), ev.Class.ConfirmsPassword():
		l.known[i] |= saidYes
	case ev.Known == signin.No:
		l.known[i] |= saidNo
	}
	return i
}

func (l *Ledger) addr(ev *signin.Event) uint32 {
	i := l.addrs.at(ev.Addr)
	if ev.ASN != 0 || ev.Country != "" {
		l.place(i, Place{ev.ASN, ev.Country})
	}
	return i
}

// place notes where an address is. The larger value wins, so that order does
// not matter where logs differ.
func (l *Ledger) place(addr uint32, said Place) {
	p := l.places[addr]
	p.ASN = max(p.ASN, said.ASN)
	if said.Country > p.Country {
		p.Country = strings.Clone(said.Country)
	}
	l.places[addr] = p
}

func (l *Ledger) client(ev *signin.Event) uint32 {
	return l.clients.at(Client{ev.UserAgent, ev.Client, ev.App, ev.Protocol}, func(c Client) Client {
		return Client{strings.Clone(c.UserAgent), strings.Clone(c.Client), strings.Clone(c.App), c.Protocol}
	})
}

// Sampled returns of how many refusals one is kept: 1 while the budget holds.
func (l *Ledger) Sampled() int { return 1 << l.refusals.level }

const dayMillis = 24 * 60 * 60 * 1000

// floorDiv divides rounding down, also for times before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// KnownAccounts calls f for every account that the log showed to exist.
func (l *Ledger) KnownAccounts(f func(Name)) {
	for i, n := range l.accounts.list {
		if l.known[i]&saidYes != 0 {
			f(n)
		}
	}
}
