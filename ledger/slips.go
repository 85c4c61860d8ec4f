package ledger

import (
	"bytes"
	"cmp"
	"slices"
)

// slip is one packed record: what a reading of a mail says, that a mail went
// to somebody, that somebody clicked.
type slip struct {
	key     uint64 // what it is about, and by what it is sampled: a mail, for most
	variant uint64 // tells apart what is said of one key
	at      int64  // milliseconds since 1970
	file    uint32
	line    uint32
	notable bool
	text    []byte // packed
}

// slipBytes is what a slip takes beside its text: 72 bytes, its slot in the
// index, and two positions in a view.
const slipBytes = 72 + 6 + 8

// slips is a set of slips. Where the budget is short those that are not
// notable are sampled, by what they are about; only from level lastDull on the
// notable ones are, too, so that nobody can drown the mail that matters in
// others of his making, unless all of them are as suspicious.
type slips struct {
	share
	rows  rows[slip]
	index index // by key and variant
}

const lastDull = 20

func newSlips() slips { return slips{share: share{width: slipBytes, weight: 1}} }

func (s *slips) budget() *share  { return &s.share }
func (s *slips) coarsest() uint8 { return lastDull + maxSample }

func (s *slips) keeps(key uint64, notable bool) bool {
	switch {
	case s.level == 0 || notable && s.level <= lastDull:
		return true
	case notable:
		return rank(spread(key)) >= s.level-lastDull
	}
	return rank(spread(key)) >= min(s.level, maxSample)
}

func (x *slip) hash(l *Ledger) uint64 { return l.mix(x.key) ^ l.mix(x.variant)*0xC2B2AE3D27D4EB4F }

// identity is the variant with whether the slip is notable in it: what is
// forgotten earlier must not stand for what is kept longer.
func identity(variant uint64, notable bool) uint64 {
	if notable {
		return variant | 1
	}
	return variant &^ 1
}

// put adds a slip. Of two that say the same of the same the first in time
// stands, then by text and place.
func (s *slips) put(x slip, l *Ledger) {
	s.index.reserve(func(i uint32) uint64 { return s.rows.at(i).hash(l) })
	k, tag := s.index.begin(x.hash(l))
	for ; s.index.slots[k] != 0; k = s.index.next(k) {
		if !s.index.may(k, tag) {
			continue
		}
		if old := s.rows.at(s.index.row(k)); old.key == x.key && old.variant == x.variant {
			if l.compareSlips(&x, old) < 0 {
				s.names += int64(len(x.text) - len(old.text))
				x.text = bytes.Clone(x.text)
				*old = x
			}
			return
		}
	}
	x.text = bytes.Clone(x.text)
	s.index.put(k, tag, uint32(s.rows.n))
	s.rows.add(x)
	s.share.rows++
	s.names += int64(len(x.text))
}

func (l *Ledger) compareSlips(a, b *slip) int {
	if c := cmp.Or(cmp.Compare(a.at, b.at), bytes.Compare(a.text, b.text)); c != 0 {
		return c
	}
	return l.comparePlaces(a.file, a.line, b.file, b.line)
}

func (s *slips) thin(l *Ledger) {
	old := s.rows
	s.rows, s.index = rows[slip]{}, index{}
	s.share.rows, s.names = 0, 0
	for part := range old.parts {
		for k := range old.parts[part] {
			if x := &old.parts[part][k]; s.keeps(x.key, x.notable) {
				s.put(*x, l)
			}
		}
		old.parts[part] = nil // it is not there twice
	}
}

// inOrder returns the positions of all slips by time, then by what they are
// about.
func (s *slips) inOrder() []uint32 {
	order := make([]uint32, s.rows.n)
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortFunc(order, func(i, j uint32) int {
		a, b := s.rows.at(i), s.rows.at(j)
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.key, b.key), cmp.Compare(a.variant, b.variant))
	})
	return order
}
