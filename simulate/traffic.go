package simulate

import (
	"math"
	"math/rand/v2"
	"time"
)

// traffic is what happens at one organisation without any campaign.
type traffic struct {
	w    *World
	o    *Org
	b    Background
	r    *rand.Rand
	emit func(Attempt)
}

// newTraffic prepares the organisation's traffic; emit takes each attempt, in
// no order.
func newTraffic(w *World, o *Org, emit func(Attempt)) *traffic {
	return &traffic{w: w, o: o, b: w.background, r: stream(w.Seed, "traffic", string(o.ID)), emit: emit}
}

func (t *traffic) run() {
	for _, p := range t.o.People {
		t.person(p)
	}
	t.staleDevices()
	t.apps()
	t.workloads()
	t.scanners()
	t.noise()
}

// person lets somebody live through all days.
func (t *traffic) person(p *Person) {
	home, abroad, back := p.home, Endpoint{}, -1
	for day := range t.w.Days {
		if chance(t.r, t.b.NewAddress) {
			home = home.Net.host(t.r.Uint64())
		}
		if day > back && chance(t.r, t.b.Travel) {
			abroad, back = t.w.Net.residential(t.r, ""), day+1+t.r.IntN(4)
		}
		midnight := t.w.Start.AddDate(0, 0, day)
		if !t.works(p, midnight) {
			continue
		}
		for range poisson(t.r, t.b.SignIns) {
			at := t.moment(p, midnight)
			where := t.seat(p, home)
			if day <= back && !where.tor {
				where = seat{from: abroad, client: p.browser}
			}
			t.signIn(p, at, where)
		}
		if t.rotates(midnight) && chance(t.r, t.b.RotationShare) {
			t.rotation(p, midnight)
		}
	}
}

func (t *traffic) works(p *Person, midnight time.Time) bool {
	switch weekday := midnight.Weekday(); {
	case p.shifts || p.Mailbox:
		return chance(t.r, 0.7)
	case weekday == time.Saturday || weekday == time.Sunday:
		return chance(t.r, t.b.Weekend)
	}
	return chance(t.r, 0.9)
}

// moment draws a time of the local working day; a third of all sign-ins fall
// into its first hour.
func (t *traffic) moment(p *Person, midnight time.Time) time.Time {
	start, length := p.start, 9.5
	if p.shifts {
		start = between(t.r, 0, 24)
	}
	if chance(t.r, 0.33) {
		length = 1
	}
	hours := start + t.r.Float64()*length
	_, offset := midnight.In(t.o.Where.Zone).Zone()
	return t.within(midnight.Add(time.Duration(hours*float64(time.Hour)) - time.Duration(offset)*time.Second))
}

// within keeps a time inside the simulation: what would fall before its
// beginning or after its end is moved by a day.
func (t *traffic) within(at time.Time) time.Time {
	for at.Before(t.w.Start) {
		at = at.AddDate(0, 0, 1)
	}
	for !at.Before(t.w.end()) {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

// seat is where somebody sits and what they use there.
type seat struct {
	from   Endpoint
	client *Client
	tor    bool
}

func (t *traffic) seat(p *Person, home Endpoint) seat {
	if p.Tor && chance(t.r, 0.6) {
		return seat{pick(t.r, t.w.Net.tor), t.w.clients.torified, true}
	}
	switch x := t.r.Float64(); {
	case x < t.b.Mobile:
		return seat{from: p.mobile, client: p.phone}
	case x < t.b.Mobile+t.b.Home:
		return seat{from: home, client: p.atDesk(t.r)}
	}
	return seat{from: t.o.egress(p.ID[0]), client: p.atDesk(t.r)}
}

// atDesk draws what somebody uses at a desk.
func (p *Person) atDesk(r *rand.Rand) *Client {
	if chance(r, 0.45) {
		return p.desktop
	}
	return p.browser
}

// signIn is one sign-in that succeeds, with what may come before it.
func (t *traffic) signIn(p *Person, at time.Time, where seat) {
	a := Attempt{Time: at, Account: p.Account, Person: p, From: where.from, Client: where.client, Cause: CauseSignIn, answered: true}
	if where.tor {
		a.Cause = CauseTor
	}
	switch x := t.r.Float64(); {
	case t.o.Hosts != nil:
	case x < t.b.Interrupts/2:
		t.before(a, KeepMeSignedIn, a.Cause)
	case x < t.b.Interrupts:
		t.before(a, NoSession, a.Cause)
	case p.MFA && x < t.b.Interrupts+t.b.MFAMissed:
		t.before(a, MFAFailed, CauseMFA)
	}
	if chance(t.r, p.typo) {
		t.before(a, WrongPassword, CauseTypo)
		if chance(t.r, t.b.TypoAgain) {
			a.Time = a.Time.Add(20 * time.Second)
			t.before(a, WrongPassword, CauseTypo)
		}
	}
	t.emit(a)
}

// before emits a failure a few seconds before a sign-in.
func (t *traffic) before(a Attempt, code Code, cause Cause) {
	a.Time = a.Time.Add(-time.Duration(between(t.r, 3, 18) * float64(time.Second)))
	if a.Time.Before(t.w.Start) {
		return
	}
	a.Code, a.Cause = code, cause
	if code == WrongPassword && t.o.Hosts != nil {
		c := *a.Client
		c.Method = "password" // a key is not mistyped
		a.Client = &c
	}
	t.emit(a)
}

func (t *traffic) rotates(midnight time.Time) bool { return t.o.Rotation.Equal(midnight) }

// rotation is somebody who learns in the morning that the password was
// changed: the old one a few times, then the new one.
func (t *traffic) rotation(p *Person, midnight time.Time) {
	at := t.moment(p, midnight)
	where := t.seat(p, p.home)
	a := Attempt{Time: at, Account: p.Account, Person: p, From: where.from, Client: where.client, answered: true}
	for range 1 + t.r.IntN(3) {
		a.Code, a.Cause = WrongPassword, CauseRotation
		t.emit(a)
		a.Time = t.within(a.Time.Add(time.Duration(between(t.r, 8, 90)) * time.Second))
	}
	a.Code, a.Cause = Accepted, CauseSignIn
	t.emit(a)
}

// staleDevices are phones and tablets that go on with the password of
// yesterday.
func (t *traffic) staleDevices() {
	if t.o.Hosts != nil {
		return
	}
	phone := t.w.clients.phones[1] // Exchange ActiveSync, which asks nobody before it tries again
	for _, p := range t.o.People {
		if !chance(t.r, t.b.StaleShare) {
			continue
		}
		from := p.home
		at := t.w.Start.Add(time.Duration(t.r.Float64() * float64(t.w.end().Sub(t.w.Start))))
		end := at.Add(time.Duration(between(t.r, 0.3, t.b.StaleDays) * 24 * float64(time.Hour)))
		old := t.r.Uint32() | 1
		for ; at.Before(end) && at.Before(t.w.end()); at = at.Add(jitter(t.r, t.b.StaleEvery, 0.2)) {
			t.emit(Attempt{Time: at, Account: p.Account, Person: p, From: from, Client: phone, Cause: CauseStale, secret: old})
		}
	}
}

// apps are scheduled jobs whose configuration has a wrong password.
func (t *traffic) apps() {
	if t.o.Hosts != nil {
		return
	}
	for range t.b.Apps {
		p := pick(t.r, t.o.People)
		from, wrong := t.o.egress(t.r.Uint64()), t.r.Uint32()|1
		at := t.w.Start.Add(jitter(t.r, t.b.AppEvery, 1))
		for ; at.Before(t.w.end()); at = at.Add(jitter(t.r, t.b.AppEvery, 0.01)) {
			t.emit(Attempt{Time: at, Account: p.Account, Person: p, From: from, Client: t.w.clients.app, Cause: CauseApp, secret: wrong})
		}
	}
}

// scanners look for common names from one address for some minutes.
func (t *traffic) scanners() {
	for range t.o.ScannerRuns {
		from, client := pick(t.r, t.w.Net.scanners), pick(t.r, t.w.clients.weak)
		at := t.w.Start.Add(time.Duration(t.r.Float64() * float64(t.w.end().Sub(t.w.Start)-time.Hour)))
		for range 30 + t.r.IntN(50) {
			t.emit(Attempt{
				Time: at, Account: t.o.account(t.o.guess(t.r)), From: from, Client: client,
				Cause: CauseScanner, secret: t.r.Uint32() | 1,
			})
			at = at.Add(time.Duration(between(t.r, 0.7, 3) * float64(time.Second)))
		}
	}
}

// noise is the botnets that try everybody, more on some days than on others.
func (t *traffic) noise() {
	mean := t.b.NoiseBase + t.b.NoisePerAccount*float64(len(t.o.People))
	if t.o.Hosts != nil {
		mean = t.b.HostNoise * float64(len(t.o.Hosts))
	}
	for day := range t.w.Days {
		burst := gamma(t.r, t.b.NoiseShape) / t.b.NoiseShape
		for range poisson(t.r, mean*burst) {
			a := Attempt{
				Time: t.w.Start.Add(time.Duration((float64(day) + t.r.Float64()) * 24 * float64(time.Hour))),
				From: pick(t.r, t.w.Net.botnet), Client: pick(t.r, t.w.clients.weak),
				Cause: CauseNoise, secret: t.r.Uint32() | 1,
			}
			switch {
			case t.o.Hosts != nil:
				// Of 130 attacking addresses on a real host 114 tried once
				// (docs/simulation.md): the address is drawn anew each time.
				a.Account, a.Host = pick(t.r, hostGuesses), pick(t.r, t.o.Hosts)
			case chance(t.r, t.b.NoiseKnown):
				a.Person = pick(t.r, t.o.People)
				a.Account = a.Person.Account
			default:
				a.Account = t.o.account(t.o.guess(t.r))
			}
			t.emit(a)
		}
	}
}

// guess returns a name that does not exist: a common one that the organisation
// has not, or one of a person who never worked there.
func (o *Org) guess(r *rand.Rand) string {
	common := guesses
	if o.Hosts != nil {
		common = hostGuesses
	}
	if chance(r, 0.4) {
		return pick(r, common)
	}
	book := namesOf(o.Where.Code)
	return pick(r, book.given) + "_" + pick(r, book.family)
}

// jitter returns about d, by a share more or less.
func jitter(r *rand.Rand, d time.Duration, share float64) time.Duration {
	return time.Duration(math.Max(1, float64(d)*(1+share*(2*r.Float64()-1))))
}
