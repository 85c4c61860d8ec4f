package detect

import (
	"cmp"
	"math"
	"slices"
	"sort"
)

// accountBrute finds one account under many tries, from one source or many.
var accountBrute = Detector{
	Name:  "account_brute",
	Doc:   "one account tried many times within a day from networks it never signed in from, from one address or many",
	Blind: "fewer than about fifteen tries a day on an account; tries from the account's own networks; a stale password in a device that roams is told apart only by its steady client and pace",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findAccountBrutes(scenes[0]) },
}

const (
	accountGap   = 24 * hour
	accountPrior = -7.0
	minTries     = 10
	// manyEpisodes is how many accounts must be under fire before their median
	// says what is usual and not who is attacked.
	manyEpisodes = 20
	// alongside is how near to the tries from new networks those from the
	// account's own network are taken for the same guessing: an attacker may
	// sit behind the same provider or in the same house.
	alongside = hour
	// weatherFrom is how many refusals a day an organisation has where it has
	// weather at all: below, a busy day is an event and no storm.
	weatherFrom = 50
)

func findAccountBrutes(s *Scene) []Finding {
	type episode struct {
		account  uint32
		attempts []uint32
		tries    int
	}
	var episodes []episode
	for a := range uint32(s.Accounts()) {
		var strange []uint32
		for _, i := range s.unresolved(a) {
			if s.Novelty[i].Is(NewNetwork | NewClient) {
				strange = append(strange, i)
			}
		}
		for _, attempts := range s.episodes(strange, accountGap) {
			e := episode{a, attempts, 0}
			for _, i := range attempts {
				e.tries += s.Attempt(i).Tries
			}
			episodes = append(episodes, e)
		}
	}
	if len(episodes) == 0 {
		return nil
	}
	// By time, because the numbers of accounts are nobody's order.
	slices.SortFunc(episodes, func(x, y episode) int { return cmp.Compare(x.attempts[0], y.attempts[0]) })
	// What an account of this organisation has to bear anyway: an exposed host
	// has its weather.
	counts := make([]int, len(episodes))
	for i, e := range episodes {
		counts[i] = e.tries
	}
	slices.Sort(counts)
	usual := 1.0
	if len(counts) >= manyEpisodes {
		usual = float64(counts[len(counts)/2])
	}

	var found []Finding
	for _, e := range episodes {
		if e.tries >= minTries {
			all := s.unresolved(e.account)
			attempts := s.withAlongside(s.core(e.attempts, 12, 5), all)
			found = append(found, s.judgeAccount(e.account, attempts, max(usual, s.outside(attempts, all))*s.storm(attempts)))
		}
	}
	return found
}

// unresolved returns the tries on an account that nobody came back for, in
// order of time.
func (s *Scene) unresolved(account uint32) []uint32 {
	of := s.byAccount.of(account)
	out := make([]uint32, 0, len(of))
	for _, i := range of {
		if s.Novelty[i].Is(Unresolved) && s.guesses[i] {
			out = append(out, i)
		}
	}
	return out
}

// withAlongside adds those of the account's unresolved tries that lie among the
// given ones, from whatever network.
func (s *Scene) withAlongside(attempts, unresolved []uint32) []uint32 {
	from, to := s.AttemptAt(attempts[0])-alongside, s.AttemptAt(attempts[len(attempts)-1])+alongside
	lo := sort.Search(len(unresolved), func(k int) bool { return s.AttemptAt(unresolved[k]) >= from })
	hi := sort.Search(len(unresolved), func(k int) bool { return s.AttemptAt(unresolved[k]) > to })
	return slices.Clone(unresolved[lo:hi])
}

// outside returns how many tries a day the account has to bear outside the
// episode: some names are guessed at everywhere, every day.
func (s *Scene) outside(episode, all []uint32) float64 {
	length := s.AttemptAt(episode[len(episode)-1]) - s.AttemptAt(episode[0])
	rest := float64(s.span[1]-s.span[0]-length) / float64(day)
	if rest < 3 {
		return 0 // the log is too short to know
	}
	tries := 0
	for _, i := range all {
		tries += s.Attempt(i).Tries
	}
	for _, i := range episode {
		tries -= s.Attempt(i).Tries
	}
	return float64(tries) / rest
}

// storm returns how many times more tries than on its average day the rest of
// the organisation bears during the episode, at least 1: noise comes in bursts
// that hit everybody, and a name that is always guessed at gets its share.
func (s *Scene) storm(episode []uint32) float64 {
	first, last := s.AttemptAt(episode[0]), s.AttemptAt(episode[len(episode)-1])
	lo := sort.Search(s.Len(), func(i int) bool { return s.AttemptAt(uint32(i)) >= first })
	hi := sort.Search(s.Len(), func(i int) bool { return s.AttemptAt(uint32(i)) > last })
	days := max(1, float64(last-first)/float64(day))
	rest := float64(s.span[1]-s.span[0])/float64(day) - days
	if rest < 3 {
		return 1
	}
	inside := float64(max(0, hi-lo-len(episode))) / days
	outside := float64(max(1, s.Len()-(hi-lo))) / rest
	if outside < weatherFrom {
		return 1
	}
	return max(1, inside/outside)
}

func (s *Scene) judgeAccount(account uint32, attempts []uint32, usual float64) Finding {
	t, addrs := s.tally(attempts), s.addrsOf(attempts)
	begin, end := s.Attempt(attempts[0]), s.Attempt(attempts[len(attempts)-1])
	days := math.Max(1, float64(end.At-begin.At)/float64(day))
	perDay := float64(t.tries) / days
	evidence := []Evidence{
		weigh("tries", float64(t.tries), damp(0.5*(perDay-4*usual), 12),
			"%d tries in %s, from networks this account never signed in from; %.0f a day are usual for it or for accounts here", t.tries, lasting(end.At-begin.At), usual),
	}
	if n := len(addrs); n > 1 {
		evidence = append(evidence, weigh("addresses", float64(n), min(5, float64(n-1)), "from %d different addresses", n))
	}
	if t.locked > 0 {
		evidence = append(evidence, weigh("lockouts", float64(t.locked), 1, "%s the account was locked", times(t.locked)))
	}
	if len(addrs) == 1 && end.At-begin.At > day/2 {
		if cv := s.pacing(attempts); cv >= 0 && cv < 0.2 {
			evidence = append(evidence, weigh("steady_pace", cv, -6, "one address, steady as a clock over %s: this is what a device with an old password does", lasting(end.At-begin.At)))
		}
	}
	home := 0
	for _, addr := range addrs {
		if s.Home(addr.number) {
			home += addr.n
		}
	}
	if share := float64(home) / float64(t.tries); share > 0.5 {
		evidence = append(evidence, weigh("from_home", share, -8*share, "%d of the %d tries came from where people of the house sign in: a device or a job with an old password", home, t.tries))
	}
	if s.doesNotExist(account) {
		evidence = append(evidence, weigh("no_such_account", 1, -8, "the account does not exist: there is nothing to guess"))
	}
	if t.proofs > 0 {
		evidence = append(evidence, weigh("passwords_confirmed", float64(t.proofs), 1, "%s a refusal proved that the password was right", times(t.proofs)))
	}
	if e, ok := s.everybodys(addrs, t.tries); ok {
		evidence = append(evidence, e)
	}
	kind := BruteForce
	if 2*s.ofWorkloads(t) > t.tries {
		kind = WorkloadBruteForce
		if expired := s.expired(attempts); 2*expired > len(attempts) {
			evidence = append(evidence, weigh("expired_secret", float64(expired), -10,
				"%d of %d refusals say that the secret has expired: a job that nobody renewed, and nothing to guess", expired, len(attempts)))
		}
	}
	return s.finding("account_brute", kind, s.Account(account).String(), attempts, accountPrior, evidence)
}

// everybodys weighs that an account is tried by many addresses that each go
// through many names: root of an exposed host is guessed at by everybody, and
// who does is judged as a source.
func (s *Scene) everybodys(addrs []counted, tries int) (Evidence, bool) {
	const (
		many  = 12 // addresses
		names = 4  // accounts that an address tries
	)
	if len(addrs) <= many {
		return Evidence{}, false
	}
	from := 0
	for _, addr := range addrs {
		if s.triesAtLeast(addr.number, names) {
			from += addr.n
		}
	}
	share := float64(from) / float64(tries)
	if share < 0.5 {
		return Evidence{}, false
	}
	return weigh("everybodys_name", share, -14*share, "%d of %d tries came from addresses that each went through many names: a name that everybody guesses", from, tries), true
}

// triesAtLeast reports whether that many accounts were tried from an address.
func (s *Scene) triesAtLeast(addr uint32, n int) bool {
	attempts := s.byAddr.of(addr)
	if len(attempts) < n {
		return false
	}
	seen := make([]uint32, 0, n)
	for _, i := range attempts {
		if account := s.AttemptAccount(i); !slices.Contains(seen, account) {
			if seen = append(seen, account); len(seen) >= n {
				return true
			}
		}
	}
	return false
}

// expired counts the refusals of a secret for its age: AADSTS7000222
// (learn.microsoft.com/entra/identity-platform/reference-error-codes).
func (s *Scene) expired(attempts []uint32) int {
	n := 0
	for _, i := range attempts {
		if s.Ref(i).Code == "7000222" {
			n++
		}
	}
	return n
}
