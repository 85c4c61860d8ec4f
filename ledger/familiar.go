package ledger

import (
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

// TraitKey returns the hash of a trait's value, which is the same in every
// ledger. An empty value has none: 0.
func TraitKey(t Trait, value string) uint64 {
	if value == "" {
		return 0
	}
	return signin.Key(string(rune('a'+t)), value)
}

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

// habits is what is known of each trait's value.
type habits = keyed[habit, *habit]

func newHabits() habits { return newKeyed[habit](habitBytes, 2) }

func (h *habit) id() uint64 { return h.key }

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

// once is when something was seen first: a message id, somebody taking part in
// a thread, a person of the organisation writing to an address.
type once struct {
	key   uint64
	first int64 // milliseconds since 1970
}

const onceBytes = 16 + 6

// onces is a set of first times.
type onces = keyed[once, *once]

func newOnces() onces { return newKeyed[once](onceBytes, 1) }

func (o *once) id() uint64        { return o.key }
func (o *once) merge(other *once) { o.first = min(o.first, other.first) }
