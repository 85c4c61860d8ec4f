package ledger

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// entry is one record worth keeping by itself: a refusal or an act.
type entry struct {
	key      uint64 // signin.Event.Key: the same record has one key
	at       int64  // milliseconds since 1970
	try      uint32 // folded signin.Event.Try
	account  uint32
	addr     uint32
	client   uint32
	code     uint32
	file     uint32
	line     uint32
	id       uint32
	class    signin.Class
	strength signin.Strength
	repeat   uint16
}

// entries is a set of entries, keyed by record.
type entries struct {
	list   []entry
	sealed int   // list[:sealed] is sorted by (at, key) and holds no key twice
	level  uint8 // only entries whose ticket has this many leading zero bits are kept
}

// add adds one entry and, over the budget, forgets once the unsealed tail is
// half as long as the rest.
func (s *entries) add(e entry, l *Ledger) {
	s.list = append(s.list, e)
	if len(s.list) > l.budget.Entries && len(s.list)-s.sealed > s.sealed/2 {
		s.seal(l)
		l.tidy()
	}
}

// seal sorts by time, drops what is there twice, and samples down to the
// budget.
func (s *entries) seal(l *Ledger) {
	if s.sealed == len(s.list) && len(s.list) <= l.budget.Entries {
		return
	}
	if s.level > 0 { // a merge may have raised the level
		s.list = slices.DeleteFunc(s.list, func(e entry) bool { return !s.keeps(e) })
	}
	if s.hasRepeats() {
		slices.SortFunc(s.list, func(a, b entry) int {
			if c := cmp.Compare(a.key, b.key); c != 0 {
				return c
			}
			if c := cmp.Compare(a.at, b.at); c != 0 { // exports round times differently: the earliest stands
				return c
			}
			return l.comparePlaces(a.file, a.line, b.file, b.line)
		})
		s.list = slices.CompactFunc(s.list, func(a, b entry) bool { return a.key == b.key })
	}
	for len(s.list) > l.budget.Entries && s.level < 32 && slices.ContainsFunc(s.list, entry.mayGo) {
		s.level++
		s.list = slices.DeleteFunc(s.list, func(e entry) bool { return !s.keeps(e) })
	}
	slices.SortFunc(s.list, func(a, b entry) int {
		if c := cmp.Compare(a.at, b.at); c != 0 {
			return c
		}
		return cmp.Compare(a.key, b.key)
	})
	s.sealed = len(s.list)
}

// hasRepeats reports whether a record is there twice. Most logs have none, and
// sorting the hashes alone is much faster than sorting the entries.
func (s *entries) hasRepeats() bool {
	keys := make([]uint64, len(s.list))
	for i, e := range s.list {
		keys[i] = e.key
	}
	slices.Sort(keys)
	for i := 1; i < len(keys); i++ {
		if keys[i] == keys[i-1] {
			return true
		}
	}
	return false
}

// mayGo reports whether the forgetting policy may drop e: not where it proves
// that a password was right.
func (e entry) mayGo() bool { return !e.class.ConfirmsPassword() }

// keeps reports whether the sample of the present level holds e. All records
// of one try share a ticket, so that a try is kept or forgotten whole.
func (s *entries) keeps(e entry) bool {
	if s.level == 0 || !e.mayGo() {
		return true
	}
	ticket := uint64(e.try)
	if ticket == 0 {
		ticket = e.key
	}
	ticket *= 0x9E3779B97F4A7C15 // Fibonacci hashing: spreads what is already a hash over the top bits
	return ticket>>(64-s.level) == 0
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
