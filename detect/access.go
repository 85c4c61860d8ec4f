package detect

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/ledger"
)

// Access is a sign-in that may be an intruder's.
type Access struct {
	ledger.Success
	Sure bool // a network that nobody here uses, another provider's than the account's, and another kind of client
}

// accessWithin is how long after a click a sign-in may be by whoever has the
// credentials now: they are used at once or within days.
const accessWithin = 72 * hour

// AccessAfter returns the sign-ins of an account within three days after t from
// a network from which it had never signed in before, in order of time. Of an
// account that moves around, or whose past is not known, none is sure.
func (s *Scene) AccessAfter(account uint32, t int64) []Access {
	var out []Access
	kinds := map[uint32]bool{}
	numbers := map[uint32]bool{}
	past := 0
	s.Successes(account, func(x ledger.Success) bool {
		if x.First < t {
			kinds[s.Kind(x.Client)] = true
			numbers[s.Place(x.Addr).ASN] = true
			past++
		}
		return true
	})
	roams := s.Roams(account, t)
	s.Successes(account, func(x ledger.Success) bool {
		if x.First < t || x.First > t+accessWithin || s.SignedInFrom(account, x.Net, 0, t) {
			return true
		}
		a := Access{Success: x}
		asn := s.Place(x.Addr).ASN
		stranger := s.UsersOf(x.Net, t) == 0
		// Owners go on the road with their own machines: a new place alone is one
		// in a hundred of those who are asked in three days.
		a.Sure = past >= accessLeast && !roams && stranger && !kinds[s.Kind(x.Client)] && (asn == 0 || !numbers[asn])
		out = append(out, a)
		return true
	})
	slices.SortFunc(out, func(a, b Access) int {
		return cmp.Or(cmp.Compare(a.First, b.First), cmp.Compare(a.Addr, b.Addr), cmp.Compare(a.Client, b.Client))
	})
	return out
}

// accessLeast is how many sign-ins (by place, client and quarter of an hour)
// must be known of an account before one can be unlike them.
const accessLeast = 5
