package ledger

import (
	"cmp"
	"net/netip"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// entry is one record worth keeping by itself: a refusal or an act.
type entry struct {
	key     uint64 // signin.Event.Key: the same record has one key
	at      int64  // milliseconds since 1970
	try     uint32 // folded signin.Event.Try
	account uint32
	addr    uint32
	client  uint32
	code    uint32
	file    uint32
	line    uint32
	class   signin.Class
	says    said
	repeat  uint16
}

// said is what else a record says: its strength in the low two bits, and
// whether the account exists.
type said uint8

const (
	strengthBits said = 3
	saidYes      said = 4
	saidNo       said = 8
)

func (s said) strength() signin.Strength { return signin.Strength(s & strengthBits) }

// entryBytes is what an entry takes beside its id: 48 bytes, its slot in the
// index, and its place in a view.
const entryBytes = 48 + 6 + 4

// entries is a set of entries, keyed by record. Above level 0 it is a sample:
// at level n one record in 2ⁿ, by hash. All records of one try have one hash,
// so that a try is kept or forgotten whole.
type entries struct {
	share
	rows  rows[entry]
	ids   ids
	index index // by key
}

const maxSample = 40 // no set survives so many halvings

func newEntries(mark uint8) entries {
	return entries{share: share{mark: mark, width: entryBytes, weight: 1}}
}

func (s *entries) budget() *share  { return &s.share }
func (s *entries) coarsest() uint8 { return maxSample }

// ticket is the hash by which an entry is sampled.
func ticket(key uint64, try uint32) uint64 {
	if try != 0 {
		return spread(uint64(try))
	}
	return spread(key)
}

// keeps reports whether the sample of the present level has an entry.
func (s *entries) keeps(key uint64, try uint32) bool {
	return s.level == 0 || rank(ticket(key, try)) >= s.level
}

// put adds one entry. It returns the row whose id must be set: that of e,
// where e is the reading of its record that stands.
func (s *entries) put(e entry, l *Ledger) (row uint32, stands bool) {
	s.index.reserve(func(i uint32) uint64 { return l.mix(s.rows.at(i).key) })
	k, tag := s.index.begin(l.mix(e.key))
	for ; s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		row = s.index.row(k)
		if x := s.rows.at(row); x.key == e.key {
			if l.compareTwins(&e, x) < 0 {
				*x, stands = e, true
			}
			return row, stands
		}
	}
	row = uint32(s.rows.n)
	s.rows.add(e)
	s.index.put(k, tag, row)
	s.share.rows++
	return row, true
}

// find returns the row of a record, or noRow.
func (s *entries) find(key uint64, l *Ledger) uint32 {
	if s.rows.n == 0 {
		return noRow
	}
	s.index.reserve(func(i uint32) uint64 { return l.mix(s.rows.at(i).key) })
	for k, tag := s.index.begin(l.mix(key)); s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		if row := s.index.row(k); s.rows.at(row).key == key {
			return row
		}
	}
	return noRow
}

// compareTwins orders two readings of one record; the first stands. Exports
// round times differently and cut what a try is joined by; whatever a sample
// keeps longer comes first, so that a sample of twins is a twin of the sample.
func (l *Ledger) compareTwins(a, b *entry) int {
	if c := cmp.Compare(ticket(a.key, a.try), ticket(b.key, b.try)); c != 0 {
		return c
	}
	if c := cmp.Compare(a.at, b.at); c != 0 {
		return c
	}
	return l.comparePlaces(a.file, a.line, b.file, b.line)
}

// comparePlaces orders two places of the input by file name and line.
func (l *Ledger) comparePlaces(fileA, lineA, fileB, lineB uint32) int {
	if fileA != fileB {
		if c := cmp.Compare(l.files.list[fileA], l.files.list[fileB]); c != 0 {
			return c
		}
	}
	return cmp.Compare(lineA, lineB)
}

func (s *entries) thin(l *Ledger) {
	s.filter(l, func(_ uint32, e *entry) bool { return s.keeps(e.key, e.try) })
}

// filter drops all entries but those to keep, and counts anew.
func (s *entries) filter(l *Ledger, keep func(i uint32, e *entry) bool) {
	old, oldIDs := s.rows, s.ids
	s.rows, s.ids = rows[entry]{}, ids{}
	for part := range old.parts {
		for k := range old.parts[part] {
			e, i := &old.parts[part][k], uint32(part*chunk+k)
			if keep(i, e) {
				s.rows.add(*e)
				s.ids.take(uint32(s.rows.n-1), &oldIDs, i, s.rows.n)
			}
		}
		old.parts[part] = nil // it is not there twice
	}
	s.share.rows = int64(s.rows.n)
	s.index.rebuild(s.rows.n, func(i uint32) uint64 { return l.mix(s.rows.at(i).key) })
	l.recount(&s.share, func(mark func(account, addr, client, code uint32)) {
		s.rows.each(func(_ uint32, e *entry) { mark(e.account, e.addr, e.client, e.code) })
	})
}

// proofs is the set of refusals that prove a password right. They have a
// budget of their own, and where that is short a sample of them is kept as of
// other refusals, but always one at least of each account and network: nobody
// can drown the one that matters in others of his making. Only from level
// lastProof on do accounts and networks go, half of them at each level.
type proofs struct{ entries }

const lastProof = 20

func newProofs(mark uint8) proofs {
	p := proofs{newEntries(mark)}
	p.lazy = true
	return p
}

func (s *proofs) coarsest() uint8 { return lastProof + maxSample }

func (s *proofs) thin(l *Ledger) {
	if s.level == 0 {
		s.filter(l, func(uint32, *entry) bool { return true })
		return
	}
	// The first of each account and network by its hash stays, whatever it is.
	type at struct {
		pair, ticket, key uint64
		row               uint32
	}
	order := make([]at, 0, s.rows.n)
	s.rows.each(func(i uint32, e *entry) {
		order = append(order, at{pairHash(l.accounts.name(e.account), l.addrs.addr(e.addr)), ticket(e.key, e.try), e.key, i})
	})
	slices.SortFunc(order, func(a, b at) int {
		return cmp.Or(cmp.Compare(a.pair, b.pair), cmp.Compare(a.ticket, b.ticket), cmp.Compare(a.key, b.key))
	})
	kept := make([]bool, s.rows.n)
	for k, x := range order {
		first := k == 0 || order[k-1].pair != x.pair
		kept[x.row] = (first || rank(x.ticket) >= s.level) && (s.level <= lastProof || rank(x.pair) >= s.level-lastProof)
	}
	s.filter(l, func(i uint32, _ *entry) bool { return kept[i] })
}

// pairHash is a hash of an account and a network that is the same in every
// ledger.
func pairHash(n Name, a netip.Addr) uint64 {
	if a.IsValid() {
		a = Network(a).Addr()
	}
	return spread(signin.Key(n.User, n.Host, a.String()))
}
