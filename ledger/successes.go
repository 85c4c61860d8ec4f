package ledger

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// success is the fact that an account signed in from an address with a client
// in a bin of time: the first and the last time, and the record of the first.
type success struct {
	account uint32
	addr    uint32
	client  uint32
	bin     int32 // days since 1970, divided by 1, 8 or 64 as the level says
	first   int64 // milliseconds since 1970
	last    int64
	key     uint64 // the record of first
	file    uint32
	line    uint32
	id      uint32
}

// successes is a set of success facts. Its level says how coarse the cells
// are: 0 by day, 1 by eight days, 2 by 64 days, 3 by 64 days and network.
type successes struct {
	list   []success
	sealed int
	level  uint8
}

const (
	byNetwork = 3  // from this level on cells are by network
	maxLevel  = 40 // no set of cells survives so many halvings
)

func (s *successes) add(x success, l *Ledger) {
	s.list = append(s.list, x)
	if tail := len(s.list) - s.sealed; tail > 1<<15 && tail > s.sealed {
		s.seal(l)
		l.tidy()
	}
}

// seal merges equal cells and coarsens until the budget holds.
func (s *successes) seal(l *Ledger) {
	if s.sealed == len(s.list) {
		return
	}
	if s.level > 0 {
		s.coarsen(l, s.sealed)
	}
	s.compact(l)
	for len(s.list) > l.budget.Successes && s.level < maxLevel {
		s.level++
		s.coarsen(l, 0)
		s.compact(l)
	}
	s.sealed = len(s.list)
}

// coarsen puts the cells from position on into the bins of the present level.
// It can be done again without effect.
func (s *successes) coarsen(l *Ledger, from int) {
	width := int64(dayMillis) << (3 * min(s.level, 2))
	kept := s.list[:from]
	for _, x := range s.list[from:] {
		x.bin = int32(floorDiv(x.first, width))
		if s.level >= byNetwork {
			x.addr = l.networkAddr(x.addr)
		}
		if s.level <= byNetwork || l.ticket(x)>>(64-(s.level-byNetwork)) == 0 {
			kept = append(kept, x)
		}
	}
	s.list = kept
}

// networkAddr returns the number of the first address of an address's network.
func (l *Ledger) networkAddr(addr uint32) uint32 {
	a := l.addrs.list[addr]
	if !a.IsValid() {
		return addr
	}
	return l.addrs.at(Network(a).Addr())
}

// ticket is a hash of a cell that is the same in every ledger.
func (l *Ledger) ticket(x success) uint64 {
	n, a := l.accounts.list[x.account], l.addrs.list[x.addr]
	return signin.Key(n.User, n.Host, a.String())
}

func (s *successes) compact(l *Ledger) {
	slices.SortFunc(s.list, l.compareSuccesses)
	out := s.list[:0]
	for _, x := range s.list {
		if n := len(out); n > 0 && sameCell(out[n-1], x) {
			out[n-1].last = max(out[n-1].last, x.last) // first is the smaller already: it sorted first
			continue
		}
		out = append(out, x)
	}
	s.list = out
}

func sameCell(a, b success) bool {
	return a.account == b.account && a.addr == b.addr && a.client == b.client && a.bin == b.bin
}

func (l *Ledger) compareSuccesses(a, b success) int {
	if c := cmp.Compare(a.account, b.account); c != 0 {
		return c
	}
	if c := cmp.Compare(a.addr, b.addr); c != 0 {
		return c
	}
	if c := cmp.Compare(a.client, b.client); c != 0 {
		return c
	}
	if c := cmp.Compare(a.bin, b.bin); c != 0 {
		return c
	}
	if c := cmp.Compare(a.first, b.first); c != 0 {
		return c
	}
	if c := cmp.Compare(a.key, b.key); c != 0 {
		return c
	}
	return l.comparePlaces(a.file, a.line, b.file, b.line)
}
