package ledger

import (
	"cmp"
	"slices"
)

// keyed is a set of rows of which no two have one key, at level n a sample of
// one key in 2ⁿ, by hash. What is not in the sample is not known: it is no
// reason to take it for new.
type keyed[T any, R keyedRow[T]] struct {
	share
	rows  rows[T]
	index index // by key
}

// keyedRow is a row of such a set.
type keyedRow[T any] interface {
	*T
	id() uint64 // the key: a hash that is the same in every ledger
	merge(*T)   // takes in what another row of this key says
}

func newKeyed[T any, R keyedRow[T]](width, weight int64) keyed[T, R] {
	return keyed[T, R]{share: share{width: width, weight: weight}}
}

func (s *keyed[T, R]) budget() *share  { return &s.share }
func (s *keyed[T, R]) coarsest() uint8 { return maxSample }

// keeps reports whether the sample of the present level has a key.
func (s *keyed[T, R]) keeps(key uint64) bool { return s.level == 0 || rank(spread(key)) >= s.level }

// find returns the row of a key, or nil.
func (s *keyed[T, R]) find(key uint64, l *Ledger) *T {
	if s.rows.n == 0 {
		return nil
	}
	for k, tag := s.index.begin(l.mix(key)); s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		if x := s.rows.at(s.index.row(k)); R(x).id() == key {
			return x
		}
	}
	return nil
}

// put adds a row, or merges it into that of its key.
func (s *keyed[T, R]) put(x T, l *Ledger) {
	key := R(&x).id()
	if old := s.find(key, l); old != nil {
		R(old).merge(&x)
		return
	}
	s.index.reserve(func(i uint32) uint64 { return l.mix(R(s.rows.at(i)).id()) })
	k, tag := s.index.begin(l.mix(key))
	for s.index.slots[k] != 0 {
		k = s.index.next(k)
	}
	s.index.put(k, tag, uint32(s.rows.n))
	s.rows.add(x)
	s.share.rows++
}

// add puts a row of a record that is read, if the sample has its key.
func (s *keyed[T, R]) add(x T, l *Ledger) {
	if !s.keeps(R(&x).id()) {
		return
	}
	before := s.size()
	s.put(x, l)
	if s.size() != before {
		l.pool.grown(l, s)
	}
}

// merge puts the rows of another ledger's set.
func (s *keyed[T, R]) merge(other *keyed[T, R], l *Ledger) {
	l.meet(s, other.share)
	other.rows.each(func(_ uint32, x *T) {
		if s.keeps(R(x).id()) {
			s.put(*x, l)
		}
	})
}

func (s *keyed[T, R]) thin(l *Ledger) {
	old := s.rows
	s.rows, s.index = rows[T]{}, index{}
	s.share.rows = 0
	for part := range old.parts {
		for k := range old.parts[part] {
			if x := &old.parts[part][k]; s.keeps(R(x).id()) {
				s.put(*x, l)
			}
		}
		old.parts[part] = nil // it is not there twice
	}
}

// inOrder returns the positions of all rows by key.
func (s *keyed[T, R]) inOrder() []uint32 {
	order := make([]uint32, s.rows.n)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int {
		return cmp.Compare(R(s.rows.at(i)).id(), R(s.rows.at(j)).id())
	})
	return order
}
