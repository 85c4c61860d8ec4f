package ledger

import (
	"cmp"
	"fmt"
	"net/netip"
)

// visit is the fact that an account signed in from an address with a client in
// a bin of time: the first and the last time, and the record of the first.
type visit struct {
	first   int64  // milliseconds since 1970
	span    uint32 // until the last, milliseconds: no bin is longer than 49
	account uint32
	addr    uint32
	client  uint32
	file    uint32
	line    uint32
}

// visitBytes is what a visit takes beside its id: 32 bytes, its slot in the
// index, and two positions in a view.
const visitBytes = 32 + 6 + 8

// visits is a set of visits. Its level says how coarse they are.
type visits struct {
	share
	rows  rows[visit]
	ids   ids
	index index // by account, address, client and bin
}

// The bins at level 0, 1, 2, 3 and above. A quarter of an hour is what
// judgement asks for ("did it succeed within 15 minutes after?"): first and
// last of such bins answer it exactly.
var binWidth = [...]int64{15 * minuteMillis, dayMillis, 8 * dayMillis, 48 * dayMillis}

const (
	minuteMillis = 60 * 1000
	dayMillis    = 24 * 60 * minuteMillis

	byNetwork = 4 // from this level on an address is the first of its network
)

// newVisits returns an empty set. What was familiar is worth more than one more
// refusal of a flood, so it has twice the share.
func newVisits(mark uint8) visits {
	return visits{share: share{mark: mark, width: visitBytes, weight: 2}}
}

func (s *visits) budget() *share  { return &s.share }
func (s *visits) coarsest() uint8 { return byNetwork + maxSample }

// bin returns the bin of a time, at the present level.
func (s *visits) bin(at int64) int64 {
	return floorDiv(at, binWidth[min(int(s.level), len(binWidth)-1)])
}

func (s *visits) hash(v *visit, l *Ledger) uint64 {
	return l.mix(uint64(v.account)<<32|uint64(v.addr)) ^ l.mix(uint64(v.client)<<32|uint64(uint32(s.bin(v.first))))*0xC2B2AE3D27D4EB4F
}

// keeps reports whether the sample of the present level has the visits of an
// account from an address. All from one network are kept or forgotten
// together.
func (s *visits) keeps(n Name, a netip.Addr) bool {
	return s.level <= byNetwork || rank(pairHash(n, a)) >= s.level-byNetwork
}

// coarse says how visits are remembered, or "" while nothing is forgotten.
func (s *visits) coarse() string {
	switch {
	case s.level == 0:
		return ""
	case s.level == 1:
		return "by day"
	case s.level < byNetwork:
		return fmt.Sprintf("by %d days", binWidth[s.level]/dayMillis)
	case s.level == byNetwork:
		return "by network and 48 days"
	}
	return fmt.Sprintf("by network and 48 days, one in %d", int64(1)<<(s.level-byNetwork))
}

// put adds one visit, whose address is that of the present level. It returns
// the row whose id must be set: that of v, where v is the first of its bin.
func (s *visits) put(v visit, l *Ledger) (row uint32, stands bool) {
	s.index.reserve(func(i uint32) uint64 { return s.hash(s.rows.at(i), l) })
	bin := s.bin(v.first)
	k, tag := s.index.begin(s.hash(&v, l))
	for ; s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		row = s.index.row(k)
		x := s.rows.at(row)
		if x.account != v.account || x.addr != v.addr || x.client != v.client || s.bin(x.first) != bin {
			continue
		}
		last := max(x.first+int64(x.span), v.first+int64(v.span))
		if c := cmp.Compare(v.first, x.first); c < 0 || c == 0 && l.comparePlaces(v.file, v.line, x.file, x.line) < 0 {
			*x, stands = v, true
		}
		x.span = uint32(last - x.first)
		return row, stands
	}
	row = uint32(s.rows.n)
	s.rows.add(v)
	s.index.put(k, tag, row)
	s.share.rows++
	return row, true
}

// thin puts all visits anew, into the bins of the present level.
func (s *visits) thin(l *Ledger) {
	old, oldIDs := s.rows, s.ids
	s.rows, s.ids, s.index = rows[visit]{}, ids{}, index{}
	s.share.rows = 0
	for part := range old.parts {
		for k, v := range old.parts[part] {
			if !s.keeps(l.accounts.name(v.account), l.addrs.addr(v.addr)) {
				continue
			}
			if s.level >= byNetwork {
				v.addr = l.networkAddr(v.addr)
			}
			if row, stands := s.put(v, l); stands {
				s.ids.take(row, &oldIDs, uint32(part*chunk+k), s.rows.n)
			}
		}
		old.parts[part] = nil // it is not there twice
	}
	l.recount(&s.share, func(mark func(account, addr, client, code uint32)) {
		s.rows.each(func(_ uint32, v *visit) { mark(v.account, v.addr, v.client, noRow) })
	})
}

// networkAddr returns the number of the first address of an address's network.
func (l *Ledger) networkAddr(addr uint32) uint32 {
	a := l.addrs.addr(addr)
	if !a.IsValid() {
		return addr
	}
	net := l.addrs.at(Network(a).Addr(), l.seed, l.mix)
	l.place(net, l.placeOf(addr))
	return net
}
