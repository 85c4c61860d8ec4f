package detect

import (
	"cmp"
	"slices"

	"github.com/pumphandle/pumphandle/signin"
)

// mfaFatigue finds pushes or calls sent to one person again and again until one
// is answered (MITRE ATT&CK T1621): refusals of the second factor, each of
// which proves that the password is known already.
var mfaFatigue = Detector{
	Name:  "mfa_fatigue",
	Doc:   "five refused or unanswered second factors of one account within an hour, from where it never signed in",
	Blind: "fewer than five requests an hour; logs that do not tell a refused second factor from an asked one; requests from the account's own networks",
	Key:   ByOrganisation,
	Find:  func(scenes []*Scene) []Finding { return findFatigue(scenes[0]) },
}

const (
	fatigueLeast  = 5
	fatigueWithin = hour
	fatiguePrior  = -7.0
)

func findFatigue(s *Scene) []Finding {
	var found []Finding
	for a := range uint32(s.Accounts()) {
		var refused []uint32
		for _, i := range s.byAccount.of(a) {
			if c := s.Attempt(i).Class; c == signin.MFAFailed || c == signin.MFADenied {
				refused = append(refused, i)
			}
		}
		for _, episode := range s.episodes(refused, fatigueWithin) {
			if most := s.mostWithin(episode, fatigueWithin); most >= fatigueLeast {
				found = append(found, s.judgeFatigue(a, episode, most))
			}
		}
	}
	slices.SortFunc(found, func(a, b Finding) int { return cmp.Compare(a.Attempts[0], b.Attempts[0]) })
	return found
}

// mostWithin returns the largest number of tries within any stretch of that
// length.
func (s *Scene) mostWithin(attempts []uint32, length int64) int {
	most, from, n := 0, 0, 0
	for _, i := range attempts {
		a := s.Attempt(i)
		n += a.Tries
		for a.At-s.AttemptAt(attempts[from]) > length {
			n -= s.Attempt(attempts[from]).Tries
			from++
		}
		most = max(most, n)
	}
	return most
}

func (s *Scene) judgeFatigue(account uint32, episode []uint32, most int) Finding {
	strange, elsewhere, denied := 0, 0, 0
	for _, i := range episode {
		n := s.Novelty[i]
		if n.Is(NewNetwork) {
			strange++
		}
		if n.Is(NewNetwork | NewClient) {
			elsewhere++
		}
		if s.Attempt(i).Class == signin.MFADenied {
			denied++
		}
	}
	share := float64(strange) / float64(len(episode))
	strength := min(6, 1.2*float64(most-fatigueLeast+1))
	if denied == 0 { // a person may type a code wrong as often
		strength = min(strength, 3)
	}
	evidence := []Evidence{
		weigh("requests", float64(most), strength, "%d second factors refused or unanswered within an hour", most),
		weigh("new_network", share, damp(10*(share-0.5), 5), "%d of %d from networks the account never signed in from", strange, len(episode)),
	}
	if elsewhere > 0 {
		evidence = append(evidence, weigh("new_client", float64(elsewhere), 1.5, "%d of %d with a kind of client new to the account, too", elsewhere, len(episode)))
	}
	if denied > 0 {
		evidence = append(evidence, weigh("declined", float64(denied), min(4, 2*float64(denied)), "%s the person declined or reported the request", times(denied)))
	}
	return s.finding("mfa_fatigue", MFAFatigue, s.Account(account).String(), episode, fatiguePrior, evidence)
}
