package simulate

import (
	"fmt"
	"math/rand/v2"
	"time"
)

// Guests are people of other organisations who were invited. Their provider
// checks the password, so that only what it let through is in the log.

func (w *World) newGuest(o *Org, i int, r *rand.Rand) *Person {
	country := o.Where.Code
	if chance(r, 0.5) {
		country = pick(r, w.Net.countries).Code
	}
	book := namesOf(country)
	given, family := pick(r, book.given), pick(r, book.family)
	p := &Person{
		Account: fmt.Sprintf("%s.%s%d@partner-%02d.example", given, family, i, r.IntN(20)), Display: given + " " + family,
		ID: newGUID(r), Guest: true, HomeTenant: newGUID(r), MFA: chance(r, 0.5),
		home: w.Net.residential(r, country), browser: common(r, w.clients.browsers), start: 8 + r.NormFloat64(),
	}
	p.lag = r.Float64()
	return p
}

// guests sign in now and then; somebody who was not invited is not known.
func (t *traffic) guests() {
	r := stream(t.w.Seed, "guests", string(t.o.ID))
	for _, p := range t.o.Guests {
		for day := range t.w.Days {
			if !chance(r, 0.2) {
				continue
			}
			at := t.within(t.w.Start.Add(time.Duration((float64(24*day) + p.start + 9*r.Float64()) * float64(time.Hour))))
			a := Attempt{Time: at, Account: p.Account, Person: p, From: p.home, Client: t.w.browserAt(p, at), Cause: CauseSignIn, answered: true}
			if chance(r, 0.03) {
				a.Account = fmt.Sprintf("visitor%d@partner-%02d.example", r.IntN(1000), r.IntN(20))
				a.Person, a.Code, a.Cause = nil, GuestUnknown, CauseGuest
			}
			t.emit(a)
		}
	}
}

// pentest is a test that the organisation ordered: a day on which one address
// tries two passwords on a good part of the accounts.
func (t *traffic) pentest() {
	r := stream(t.w.Seed, "pentest", string(t.o.ID))
	if !chance(r, t.b.Pentests) {
		return
	}
	from, client := pick(r, t.w.Net.scanners), t.w.clients.tester
	begin := t.w.Start.AddDate(0, 0, r.IntN(t.w.Days)).Add(9 * time.Hour)
	for range 2 {
		wrong, at := r.Uint32()|1, begin
		for _, i := range r.Perm(len(t.o.People))[:1+len(t.o.People)*2/5] {
			p := t.o.People[i]
			if at = at.Add(time.Duration(between(r, 2, 20) * float64(time.Second))); at.Before(t.w.end()) {
				t.emit(Attempt{Time: at, Account: p.Account, Person: p, From: from, Client: client, Cause: CausePentest, secret: wrong})
			}
		}
		begin = begin.Add(4 * time.Hour)
	}
}
