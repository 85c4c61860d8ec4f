package ledger

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// Trait is something by which a mail's sender may be known.
type Trait uint8

// The traits.
const (
	TraitSender  Trait = iota + 1 // From address
	TraitDomain                   // registrable domain of it
	TraitName                     // display name, folded by the caller
	TraitPair                     // that name with that address
	TraitLink                     // host of a link
	TraitReplyTo                  // Reply-To address
)

// maxDays is of how many distinct days a habit remembers each: who wrote on
// sixteen is no stranger.
const maxDays = 16

// habit is on which days a trait was seen: the earliest ones.
type habit struct {
	key   uint64 // hash of trait and value, the same in every ledger
	first int64  // milliseconds since 1970
	last  int32  // day since 1970
	days  [maxDays]int32
	n     uint8
	trait Trait
}

const habitBytes = 96 + 6 + 8

// habits is the set of habits, at level n of one trait in 2ⁿ, by hash. What is
// not in the sample is not known: it is no reason to take it for new.
type habits struct {
	share
	rows  rows[habit]
	index index // by key
}

func newHabits() habits { return habits{share: share{width: habitBytes, weight: 2}} }

func (s *habits) budget() *share  { return &s.share }
func (s *habits) coarsest() uint8 { return maxSample }

func (s *habits) keeps(key uint64) bool { return s.level == 0 || rank(spread(key)) >= s.level }

func (s *habits) find(key uint64, l *Ledger) *habit {
	if s.rows.n == 0 {
		return nil
	}
	for k, tag := s.index.begin(l.mix(key)); s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		if x := s.rows.at(s.index.row(k)); x.key == key {
			return x
		}
	}
	return nil
}

func (s *habits) put(x habit, l *Ledger) {
	if old := s.find(x.key, l); old != nil {
		old.merge(&x)
		return
	}
	s.index.reserve(func(i uint32) uint64 { return l.mix(s.rows.at(i).key) })
	k, tag := s.index.begin(l.mix(x.key))
	for s.index.slots[k] != 0 {
		k = s.index.next(k)
	}
	s.index.put(k, tag, uint32(s.rows.n))
	s.rows.add(x)
	s.share.rows++
}

// merge adds the days of another reading: the earliest of both.
func (h *habit) merge(o *habit) {
	h.first, h.last = min(h.first, o.first), max(h.last, o.last)
	h.trait = max(h.trait, o.trait) // hashes that collide
	for _, d := range o.days[:o.n] {
		h.day(d)
	}
}

func (h *habit) day(d int32) {
	i, found := slices.BinarySearch(h.days[:h.n], d)
	if found || i == maxDays {
		return
	}
	if h.n < maxDays {
		h.n++
	}
	copy(h.days[i+1:h.n], h.days[i:])
	h.days[i] = d
}

func (s *habits) thin(l *Ledger) {
	old := s.rows
	s.rows, s.index = rows[habit]{}, index{}
	s.share.rows = 0
	for part := range old.parts {
		for k := range old.parts[part] {
			if x := &old.parts[part][k]; s.keeps(x.key) {
				s.put(*x, l)
			}
		}
		old.parts[part] = nil
	}
}

func (s *habits) inOrder() []uint32 {
	order := make([]uint32, s.rows.n)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int { return cmp.Compare(s.rows.at(i).key, s.rows.at(j).key) })
	return order
}

// TraitKey returns the hash of a trait's value, which is the same in every
// ledger. An empty value has none: 0.
func TraitKey(t Trait, value string) uint64 {
	if value == "" {
		return 0
	}
	return signin.Key(string(rune('a'+t)), value)
}

// once is when something was seen first: a message id, somebody taking part in
// a thread, a person of the organisation writing to an address.
type once struct {
	key   uint64
	first int64 // milliseconds since 1970
}

const onceBytes = 16 + 6

// onces is a set of first times, at level n of one in 2ⁿ, by hash.
type onces struct {
	share
	rows  rows[once]
	index index
}

func newOnces() onces { return onces{share: share{width: onceBytes, weight: 1}} }

func (s *onces) budget() *share  { return &s.share }
func (s *onces) coarsest() uint8 { return maxSample }

func (s *onces) keeps(key uint64) bool { return s.level == 0 || rank(spread(key)) >= s.level }

func (s *onces) find(key uint64, l *Ledger) *once {
	if s.rows.n == 0 {
		return nil
	}
	for k, tag := s.index.begin(l.mix(key)); s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		if x := s.rows.at(s.index.row(k)); x.key == key {
			return x
		}
	}
	return nil
}

func (s *onces) put(x once, l *Ledger) {
	if old := s.find(x.key, l); old != nil {
		old.first = min(old.first, x.first)
		return
	}
	s.index.reserve(func(i uint32) uint64 { return l.mix(s.rows.at(i).key) })
	k, tag := s.index.begin(l.mix(x.key))
	for s.index.slots[k] != 0 {
		k = s.index.next(k)
	}
	s.index.put(k, tag, uint32(s.rows.n))
	s.rows.add(x)
	s.share.rows++
}

func (s *onces) thin(l *Ledger) {
	old := s.rows
	s.rows, s.index = rows[once]{}, index{}
	s.share.rows = 0
	for part := range old.parts {
		for k := range old.parts[part] {
			if x := &old.parts[part][k]; s.keeps(x.key) {
				s.put(*x, l)
			}
		}
		old.parts[part] = nil
	}
}

func (s *onces) inOrder() []uint32 {
	order := make([]uint32, s.rows.n)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int { return cmp.Compare(s.rows.at(i).key, s.rows.at(j).key) })
	return order
}
