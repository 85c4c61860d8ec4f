package outcome

import (
	"cmp"
	"math"
	"slices"
	"time"

	"github.com/cespare/xxhash/v2"
	"github.com/pumphandle/pumphandle/ledger"
)

// An attacker who shows a browser that everybody uses, from an address that he
// never uses again, gives himself away by what is strange about the sign-in and
// by his tries, which end with it. Both happen by chance, too: people travel,
// and lists change. So a sign-in is taken for his only where hardly any such
// is to be expected by chance in the whole campaign at the organisation.

// mostByChance is how many strange sign-ins may be expected by chance where one
// is still taken for the attacker's. Up to doubtByChance nobody can say whose it
// was, so that it is not right to call the account blocked either.
const (
	mostByChance  = 0.05
	doubtByChance = 0.5
)

// chance is how often what gives an attacker away happens without one.
type chance struct {
	strange float64 // strange sign-ins on an account and day, of accounts that were not attacked
	ending  float64 // share of the attacked accounts on which the tries end early
	days    float64 // account-days of the attack
}

// outOfCharacter reports whether a sign-in from a place that the account never
// used, amid the tries on it, is the attacker's: the tries end with it, and at
// most so many such are to be expected by chance.
func (j *judge) outOfCharacter(x ledger.Success, tried []uint32, most float64) bool {
	if len(tried) < 3 || !j.strange(x) {
		return false
	}
	last, wait := j.s.AttemptAt(tried[len(tried)-1]), j.wait(tried)
	return last < x.First && x.First-last <= dueWithin*wait && j.expected(tried) <= most
}

// strange reports whether the account's sign-in is from a network in which
// nobody had signed in and from an autonomous system or country that the account
// never used, as far as the log places it.
func (j *judge) strange(x ledger.Success) bool {
	if j.s.SignedInFrom(x.Account, x.Net, 0, x.First) || j.s.UsersOf(x.Net, x.First) > 0 {
		return false
	}
	at := j.s.Place(x.Addr)
	known, since := false, x.First
	j.s.Successes(x.Account, func(y ledger.Success) bool {
		p := j.s.Place(y.Addr)
		since = min(since, y.First)
		if y.First < x.First {
			known = at.ASN != 0 && p.ASN == at.ASN || at.ASN == 0 && at.Country != "" && p.Country == at.Country
		}
		return !known
	})
	return !known && since < x.First
}

// wait is the median time between the tries on an account, milliseconds.
func (j *judge) wait(tried []uint32) int64 {
	var waits []int64
	for k := 1; k < len(tried); k++ {
		waits = append(waits, j.s.AttemptAt(tried[k])-j.s.AttemptAt(tried[k-1]))
	}
	slices.Sort(waits)
	return max(waits[len(waits)/2], 1)
}

// dueWithin is within how many waits after the last try the next was due.
const dueWithin = 3

// expected returns how many strange sign-ins are to be expected by chance, over
// all accounts of the campaign at this organisation, that stand to the tries on
// their account as they do on this one: the tries end early and with them, or
// the next was due when the campaign ended.
func (j *judge) expected(tried []uint32) float64 {
	if j.chance == nil {
		j.chance = j.measureChance()
	}
	c := j.chance
	wait := j.wait(tried)
	if j.last.UnixMilli()-j.s.AttemptAt(tried[len(tried)-1]) > dueWithin*wait {
		return c.strange * c.days * c.ending
	}
	return c.strange * float64(len(j.attempts)) * float64(dueWithin*wait) / (24 * 60 * 60 * 1000)
}

// sampled is how many accounts are looked at to know what happens by chance.
const sampled = 1000

// bystanders returns accounts that sign in and were not attacked, of many those
// whose names have the lowest hashes: the same in every run.
func (j *judge) bystanders() []uint32 {
	type ranked struct {
		hash    uint64
		account uint32
	}
	var list []ranked
	for a := range uint32(j.s.Accounts()) {
		if _, attacked := j.attempts[a]; attacked {
			continue
		}
		j.s.Successes(a, func(ledger.Success) bool {
			list = append(list, ranked{xxhash.Sum64String(j.s.Account(a).String()), a})
			return false
		})
	}
	slices.SortFunc(list, func(a, b ranked) int { return cmp.Or(cmp.Compare(a.hash, b.hash), cmp.Compare(a.account, b.account)) })
	var out []uint32
	for _, r := range list[:min(len(list), sampled)] {
		out = append(out, r.account)
	}
	return out
}

func (j *judge) measureChance() *chance {
	var c chance
	strange, accounts := 0, 0
	for _, a := range j.bystanders() {
		first := int64(math.MaxInt64)
		j.s.Successes(a, func(x ledger.Success) bool {
			first = min(first, x.First)
			return true
		})
		j.s.Successes(a, func(x ledger.Success) bool {
			if x.First > first && j.strange(x) {
				strange++
			}
			return true
		})
		accounts++
	}
	days := float64(max(1, j.s.LoggedDays()))
	c.strange = (float64(strange) + 0.5) / (float64(accounts)*days + 10)

	ended, judged := -0.5, 1.0 // one of those that end is the account in question
	under := int64(0)          // milliseconds: a sum of whole numbers does not depend on order
	for _, tried := range j.attempts {
		if len(tried) < 3 {
			continue
		}
		begin, end := j.s.AttemptAt(tried[0]), j.s.AttemptAt(tried[len(tried)-1])
		under += end - begin + time.Hour.Milliseconds()
		judged++
		if j.last.UnixMilli()-end > dueWithin*j.wait(tried) {
			ended++
		}
	}
	c.days = float64(under) / (24 * 60 * 60 * 1000)
	c.ending = max(ended, 0.5) / judged
	return &c
}
