package ledger

import "math/bits"

// Budget bounds the memory of facts.
type Budget struct {
	// Bytes is how much the facts of a [Pool] may take, the index of a [View]
	// included; 0 stands for DefaultBytes. Judgement takes more beside it
	// (docs/operations.md has figures).
	Bytes int64
}

// DefaultBytes is the budget where none is given.
const DefaultBytes = 512 << 20

// Pool shares one budget among all ledgers of a scan, however many
// organisations there are and whatever an attacker writes into the log of one.
//
// Each set of facts (an organisation's refusals, its proofs, its acts, its
// sign-ins) may take as much as it needs up to a cap, sign-ins up to twice the
// cap, and the cap is the largest under which all together keep to the budget.
// So whoever needs less than seven eighths of an equal share (the cap falls by
// eighths) forgets nothing. A set that needs more is made coarser, level by level,
// until it keeps to its cap.
//
// What is forgotten is a function of the set of events, never of their order:
//
//   - A set claims min(cap, what it would take with nothing forgotten). Both
//     grow with events only, so the sum of the claims does, and the cap, the
//     first of a fixed row of numbers under which the sum keeps to the budget,
//     only falls.
//   - The level of a set is the lowest at which it keeps to the cap. What it
//     takes at a level grows with events only and the cap only falls, so a
//     level once reached is no higher than the last one.
//   - Levels nest: what level 3 keeps of everything is what it keeps of what
//     level 2 kept. So it does not matter when a level was reached.
//
// A pool and its ledgers are not safe for concurrent use.
type Pool struct {
	limit   int64
	cap     int64
	claimed int64
	ledgers []*Ledger
}

// NewPool returns an empty pool with that budget.
func NewPool(b Budget) *Pool {
	if b.Bytes <= 0 {
		b.Bytes = DefaultBytes
	}
	return &Pool{limit: b.Bytes, cap: b.Bytes}
}

// New returns an empty ledger of the pool.
func (p *Pool) New() *Ledger {
	l := newLedger()
	p.Take(l)
	return l
}

// Take moves a ledger into the pool.
func (p *Pool) Take(l *Ledger) {
	for _, f := range l.sets() {
		f.budget().claim = 0
	}
	l.pool = p
	p.ledgers = append(p.ledgers, l)
	p.settle(l)
}

// facts is one set of facts of one kind.
type facts interface {
	budget() *share
	coarsest() uint8
	// thin brings the set to its level, and counts anew what it takes.
	thin(l *Ledger)
}

// share is what one set takes of the budget.
type share struct {
	mark    uint8 // its bit in the marks of the tables
	level   uint8 // how coarse it is; 0: nothing is forgotten
	lazy    bool  // it does not keep to its level by itself
	weight  int64 // how many caps it may take
	rows    int64
	width   int64 // bytes a row
	idWidth int64 // of the longest record id
	names   int64 // bytes of the names, addresses, clients and codes its rows brought
	claim   int64
}

func (s *share) size() int64 { return s.rows*(s.width+s.idWidth) + s.names }

// grown is called after a set of l took more.
func (p *Pool) grown(l *Ledger, f facts) {
	s := f.budget()
	most := p.most(s)
	if s.lazy && s.level > 0 {
		most += most / 4 // thinning costs as much as the set is large
	}
	if s.size() > most {
		p.fit(l, f)
	}
	p.claim(s)
	p.lower()
}

// settle brings all sets of l to what the budget allows.
func (p *Pool) settle(l *Ledger) {
	for _, f := range l.sets() {
		s := f.budget()
		if s.lazy && s.level > 0 {
			f.thin(l)
		}
		if s.size() > p.most(s) {
			p.fit(l, f)
		}
		p.claim(s)
	}
	p.lower()
}

// most returns what a set may take.
func (p *Pool) most(s *share) int64 { return p.cap * s.weight }

// claim enters what a set claims.
func (p *Pool) claim(s *share) {
	claim := p.most(s)
	if s.level == 0 {
		claim = s.size()
	}
	p.claimed += claim - s.claim
	s.claim = claim
}

// fit makes a set as coarse as it must be to keep to the cap.
func (p *Pool) fit(l *Ledger, f facts) {
	s := f.budget()
	if s.level > 0 {
		f.thin(l)
	}
	for s.size() > p.most(s) && s.level < f.coarsest() {
		s.level++
		f.thin(l)
	}
	p.claim(s)
	l.tidy()
}

// lower lowers the cap until the claims keep to the budget.
func (p *Pool) lower() {
	for p.claimed > p.limit && p.cap > 1 {
		p.cap -= max(1, p.cap/8)
		for _, l := range p.ledgers {
			for _, f := range l.sets() {
				if s := f.budget(); s.size() > p.most(s) {
					p.fit(l, f)
				} else {
					p.claim(s)
				}
			}
		}
	}
}

// rank is the level up to which a sample keeps what has this hash: one in two
// has rank 1 or more, one in four 2 or more.
func rank(hash uint64) uint8 { return uint8(bits.LeadingZeros64(hash)) }

// spread makes a hash whose top bits are as good as its others (Fibonacci
// hashing).
func spread(hash uint64) uint64 { return hash * 0x9E3779B97F4A7C15 }
