// Package ledger remembers sign-in events of one organisation as facts that
// do not depend on the order in which the events came.
//
// Three kinds of fact are kept. A refusal is an entry keyed by its record, so
// that the same record read twice is one. A success is a first and a last
// time per account, address, client and quarter of an hour. An act after
// sign-in (a mailbox rule, a consent) is an entry like a refusal. Beside them
// stand mails (see [Ledger.AddMail]): what was found in each and what became of
// it, and on which days whom and what the organisation's mail has known.
//
// Merging two ledgers is associative, commutative and idempotent: replay equals
// live, a shuffled file equals a sorted one, and two workers equal one.
//
// Memory is a budget with a forgetting policy ([Budget], [Pool]), not an
// outcome; what is forgotten is a function of the set of events, never of
// their order.
//
// Start with [Ledger.Add], then [Ledger.View], which is what judgement reads.
package ledger

import (
	"hash/maphash"
	"strings"

	"github.com/pumphandle/pumphandle/signin"
)

// Ledger holds the facts of one organisation. It is not safe for concurrent
// use, and neither are two ledgers of one [Pool].
type Ledger struct {
	pool *Pool
	seed maphash.Seed // of the indexes; no result depends on it
	odd  uint64

	accounts  accountTable
	addrs     addrTable
	clients   clientTable
	codes     stringTable
	files     stringTable
	countries stringTable

	refusals entries // that do not prove a password right
	proofs   proofs  // that do
	acts     entries
	visits   visits
	hours    hours

	mails      slips  // what was found in each mail, by reading
	copies     slips  // to whom it went and how far it came
	mailActs   slips  // clicks, removals
	habits     habits // who and what is known in mail since when
	onces      onces
	mailHours  hours
	clickHours hours
}

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

// New returns an empty ledger with a budget of its own.
func New(b Budget) *Ledger { return NewPool(b).New() }

func newLedger() *Ledger {
	l := &Ledger{
		seed:     maphash.MakeSeed(),
		refusals: newEntries(1), proofs: newProofs(2), acts: newEntries(4), visits: newVisits(8),
		mails: newSlips(), copies: newSlips(), mailActs: newSlips(), habits: newHabits(), onces: newOnces(),
	}
	l.odd = maphash.String(l.seed, "") | 1
	return l
}

// mix spreads a number over the slots of an index (multiplicative hashing with
// a secret factor).
func (l *Ledger) mix(x uint64) uint64 { return (x ^ x>>32) * l.odd }

// sets lists all sets of facts; the first three are entries.
func (l *Ledger) sets() [9]facts {
	return [...]facts{&l.refusals, &l.proofs, &l.acts, &l.visits, &l.mails, &l.copies, &l.mailActs, &l.habits, &l.onces}
}

// slipSets lists the sets of slips.
func (l *Ledger) slipSets() [3]*slips { return [...]*slips{&l.mails, &l.copies, &l.mailActs} }

// Add remembers one event, read from the named file. It does not keep ev or
// its strings. Records that are no sign-in, and failures that tried no
// password, leave no trace but the hour in which they fell.
func (l *Ledger) Add(ev *signin.Event, file string) {
	if ev.Class == signin.ClassNone || ev.Time.IsZero() {
		return
	}
	l.hours.add(ev.Time.Unix())
	switch {
	case ev.Class.Succeeded():
		l.addVisit(ev, file)
	case ev.Class == signin.ClassActivity:
		l.addEntry(&l.acts, &l.acts, ev, file, ev.Action)
	case ev.Class.ConfirmsPassword():
		l.addEntry(&l.proofs.entries, &l.proofs, ev, file, ev.Code)
	case ev.Class.Refused(), ev.Class == signin.Other:
		l.addEntry(&l.refusals, &l.refusals, ev, file, ev.Code)
	}
}

func (l *Ledger) addEntry(to *entries, set facts, ev *signin.Event, file, code string) {
	before := to.size()
	id := newRecordID(ev.ID)
	to.idWidth = max(to.idWidth, id.bytes())
	if try := uint32(ev.Try ^ ev.Try>>32); to.lazy || to.keeps(ev.Key, try) { // else nothing of it is remembered
		e := entry{
			key:     ev.Key,
			at:      ev.Time.UnixMilli(),
			try:     try,
			account: l.accounts.at(nameOf(ev), l.seed),
			addr:    l.addrs.at(ev.Addr, l.seed, l.mix),
			client:  l.client(ev),
			code:    l.codes.at(code),
			file:    l.files.at(file),
			line:    lineOf(ev),
			class:   ev.Class,
			says:    saidOf(ev),
			repeat:  uint16(min(max(ev.Repeat, 1), 1<<16-1)),
		}
		l.note(&to.share, e.account, e.addr, e.client, e.code)
		l.place(e.addr, Place{ev.ASN, ev.Country})
		if row, stands := to.put(e, l); stands {
			to.ids.set(row, &id, to.rows.n)
		}
	}
	if to.size() != before {
		l.pool.grown(l, set)
	}
}

func (l *Ledger) addVisit(ev *signin.Event, file string) {
	to := &l.visits
	before := to.size()
	id := newRecordID(ev.ID)
	to.idWidth = max(to.idWidth, id.bytes())
	name, addr := nameOf(ev), ev.Addr
	if to.level >= byNetwork && addr.IsValid() {
		addr = Network(addr).Addr()
	}
	if to.keeps(name, addr) { // else nothing of it is remembered
		v := visit{
			first:   ev.Time.UnixMilli(),
			account: l.accounts.at(name, l.seed),
			addr:    l.addrs.at(addr, l.seed, l.mix),
			client:  l.client(ev),
			file:    l.files.at(file),
			line:    lineOf(ev),
		}
		l.note(&to.share, v.account, v.addr, v.client, noRow)
		l.place(v.addr, Place{ev.ASN, ev.Country})
		if row, stands := to.put(v, l); stands {
			to.ids.set(row, &id, to.rows.n)
		}
	}
	if to.size() != before {
		l.pool.grown(l, to)
	}
}

func nameOf(ev *signin.Event) Name {
	n := Name{User: ev.Account}
	if ev.Tenant == "" && ev.Host != "" && !strings.Contains(ev.Account, "@") {
		n.Host = ev.Host
	}
	return n
}

func lineOf(ev *signin.Event) uint32 { return uint32(min(ev.Line, 1<<32-1)) }

func saidOf(ev *signin.Event) said {
	s := said(ev.Strength) & strengthBits
	switch ev.Known {
	case signin.Yes:
		s |= saidYes
	case signin.No:
		s |= saidNo
	}
	return s
}

func (l *Ledger) client(ev *signin.Event) uint32 {
	return l.clients.at(Client{ev.UserAgent, ev.Client, ev.App, ev.Protocol}, l.seed)
}

// place notes where an address is. The larger value wins, so that order does
// not matter where records differ. (Places are no facts: of an address that a
// log places in two ways, what was said by records that are forgotten since
// may stand or not.)
func (l *Ledger) place(addr uint32, said Place) {
	if said == (Place{}) {
		return
	}
	t := &l.addrs
	if len(t.place) == 0 {
		t.place = make([]place, len(t.word))
	}
	p := &t.place[addr]
	p.asn = max(p.asn, said.ASN)
	if said.Country == "" {
		return
	}
	if len(l.countries.list) == 0 {
		l.countries.at("") // number 0 is none
	}
	if c := l.countries.at(said.Country); said.Country > l.countries.list[p.country] {
		p.country = c
	}
}

// placeOf returns where the log says that an address is.
func (l *Ledger) placeOf(addr uint32) Place {
	if len(l.addrs.place) == 0 {
		return Place{}
	}
	p := l.addrs.place[addr]
	if p.country == 0 {
		return Place{ASN: p.asn}
	}
	return Place{p.asn, l.countries.list[p.country]}
}

// Sampled returns of how many refusals one is kept: 1 while the budget holds.
func (l *Ledger) Sampled() int { return 1 << l.refusals.level }

// known returns what the rows say of the existence of each account. An account
// that signs in exists.
func (l *Ledger) known() []said {
	known := make([]said, len(l.accounts.list))
	l.refusals.rows.each(func(_ uint32, e *entry) { known[e.account] |= e.says })
	l.proofs.rows.each(func(_ uint32, e *entry) { known[e.account] |= saidYes })
	l.acts.rows.each(func(_ uint32, e *entry) { known[e.account] |= e.says })
	l.visits.rows.each(func(_ uint32, v *visit) { known[v.account] |= saidYes })
	return known
}

// KnownAccounts calls f for every account that the log showed to exist.
func (l *Ledger) KnownAccounts(f func(Name)) {
	for i, k := range l.known() {
		if k&saidYes != 0 {
			f(l.accounts.name(uint32(i)))
		}
	}
}

// floorDiv divides rounding down, also for times before 1970.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
