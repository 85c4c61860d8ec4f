package detect

import "github.com/pumphandle/pumphandle/ledger"

// Novelty says what is unfamiliar about an attempt. Together the flags make
// the orphan novel failure, the atom of detection (docs/detection/README.md):
// a failure from a network and a client that never worked for this account,
// not followed by a success, and not a stale device repeating itself.
type Novelty uint8

// The five conditions.
const (
	NewNetwork     Novelty = 1 << iota // the account has not signed in from the /24 or /64 in 30 days
	ForeignNetwork                     // fewer than two accounts of the organisation have signed in from it
	NewClient                          // the account has not signed in with this family of client in 30 days, or the log names no client
	Unresolved                         // no success of the account from the network with this kind of client within 15 minutes
	Fresh                              // not a repeat of the same account, client and network within 20 hours

	// Orphan is a failure nobody came back for, whatever it came with.
	Orphan = NewNetwork | ForeignNetwork | Unresolved
	// OrphanNovel is the atom: all five.
	OrphanNovel = Orphan | NewClient | Fresh
)

const (
	familiarFor  = 30 * day
	resolvedIn   = 15 * minute
	repeatWithin = 20 * hour
)

// Is reports whether all flags of want hold.
func (n Novelty) Is(want Novelty) bool { return n&want == want }

// novelties judges every attempt, and notes which are guesses. Only what came before counts as familiar.
func (s *Scene) novelties() []Novelty {
	out := make([]Novelty, s.Len())
	s.guesses = make([]bool, s.Len())
	for i := range out {
		a := s.Attempt(uint32(i))
		s.guesses[i] = s.guess(a)
		var n Novelty
		if !s.SignedInFrom(a.Account, a.Net, a.At-familiarFor, a.At) {
			n |= NewNetwork
		}
		if s.UsersOf(a.Net, a.At) < 2 {
			n |= ForeignNetwork
		}
		if s.Client(a.Client).UserAgent == "" || !s.signedInWith(a.Account, s.families[a.Client], a.At) {
			n |= NewClient
		}
		if !s.resolved(a) {
			n |= Unresolved
		}
		out[i] = n
	}
	s.markFresh(out)
	return out
}

// markFresh finds the tries that are no repeats. A device with an old password
// repeats itself from where it is. Tries on one account from ever other
// networks are no repeats: rotation is what distributed attacks are made of.
func (s *Scene) markFresh(out []Novelty) {
	type source struct{ client, net uint32 }
	last := map[source]int64{}
	for account := range uint32(s.Accounts()) {
		clear(last)
		for _, i := range s.byAccount.of(account) {
			a := s.Attempt(i)
			k := source{a.Client, a.Net}
			if t, ok := last[k]; !ok || a.At-t > repeatWithin {
				out[i] |= Fresh
			}
			last[k] = a.At
		}
	}
}

// resolved reports whether the account got in soon after, from the same network
// and with the same kind of client: whether somebody mistyped. A success with
// another client is none of this one's.
func (s *Scene) resolved(a ledger.Attempt) bool {
	found := false
	s.Successes(a.Account, func(x ledger.Success) bool {
		soon := x.First >= a.At && x.First <= a.At+resolvedIn || x.Last >= a.At && x.Last <= a.At+resolvedIn
		found = soon && x.Net == a.Net && s.Kind(x.Client) == s.Kind(a.Client)
		return !found
	})
	return found
}
