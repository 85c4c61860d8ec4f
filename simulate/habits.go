package simulate

import (
	"math/rand/v2"
	"time"
)

// habits are what sets some people apart from most: how they reach the
// Internet, what they use, when they come and go.
type habits struct {
	gateway bool     // goes out through a secure web gateway that many organisations share
	relay   bool     // hides the home behind a privacy relay
	v6      *Network // has IPv6 at home; nil: not
	lag     float64  // how late a new version of the browser arrives, as a share of the roll-out
	joined  time.Time
	left    time.Time // zero: stays; then the account is disabled
}

// newHabits draws from a stream of its own, so that the people stay who they
// are whatever their habits.
func (w *World) newHabits(o *Org, p *Person, r *rand.Rand) {
	b := w.background
	p.lag = r.Float64()
	p.gateway = chance(r, b.Gateway)
	p.relay = chance(r, b.Relay)
	v6, tail := chance(r, b.IPv6Homes), pick(r, w.clients.tail)
	if v6 {
		p.v6 = w.Net.v6Homes[o.Where.Code]
	}
	joins, leaves := chance(r, b.Joiners*float64(w.Days)/30), chance(r, b.Leavers*float64(w.Days)/30)
	when := w.Start.Add(time.Duration(r.Float64() * float64(w.end().Sub(w.Start)))).Truncate(time.Hour)
	if chance(r, b.LongTail) {
		p.browser = tail
	}
	switch {
	case p.Mailbox || o.Hosts != nil: // it has always been there
	case joins:
		p.joined = when
	case leaves:
		p.left = when
	}
}

// employed reports whether somebody works there on that day.
func (p *Person) employed(midnight time.Time) bool {
	return !midnight.Before(p.joined) && (p.left.IsZero() || midnight.Before(p.left))
}

// disabled reports whether the account was closed by then.
func (p *Person) disabled(at time.Time) bool { return !p.left.IsZero() && !at.Before(p.left) }

// browserAt is the browser that somebody has by then: every few weeks a new
// version comes to everybody within some days.
func (w *World) browserAt(p *Person, at time.Time) *Client {
	c := p.browser
	for _, day := range w.rollouts {
		if c.newer == nil || at.Before(day.Add(time.Duration(p.lag*w.background.RolloutDays*24*float64(time.Hour)))) {
			break
		}
		c = c.newer
	}
	return c
}

// newRollouts returns the days on which new versions come out.
func (w *World) newRollouts() []time.Time {
	if w.background.Rollout <= 0 {
		return nil
	}
	every := time.Duration(w.background.Rollout * 24 * float64(time.Hour))
	var days []time.Time
	first := w.Start.Add(time.Duration(stream(w.Seed, "rollouts").Float64() * float64(every)))
	for at := first; at.Before(w.end()); at = at.Add(every) {
		days = append(days, at)
	}
	return days
}

// atHome returns the address of a home on that day, or for one sign-in that of
// the relay before it.
func (t *traffic) atHome(p *Person, home Endpoint, day int) Endpoint {
	switch {
	case p.relay:
		return t.w.Net.relays[t.o.Where.Code].host(t.r.Uint64())
	case p.v6 != nil:
		return p.v6.private(hashText(home.Addr.String()), day)
	}
	return home
}

// throughGateway replaces an address by one of the few that a gateway has in
// the country.
func (t *traffic) throughGateway(from Endpoint) Endpoint {
	if chance(t.r, 0.8) {
		return t.w.Net.gateways[t.o.Where.Code].host(uint64(1 + t.r.IntN(24)))
	}
	return from
}

// firstDay is somebody who has a password on a slip of paper.
func (t *traffic) firstDay(p *Person, midnight time.Time) {
	at := t.moment(p, midnight)
	a := Attempt{Time: at, Account: p.Account, Person: p, From: t.o.egress(p.ID[0]), Client: t.w.browserAt(p, at), Cause: CauseSignIn, answered: true}
	for range 1 + t.r.IntN(3) {
		t.before(a, WrongPassword, CauseTypo)
		a.Time = t.within(a.Time.Add(20 * time.Second))
	}
	t.getIn(a)
}

// leavers are the devices of those who left: they go on trying an account that
// is disabled.
func (t *traffic) leavers() {
	r := stream(t.w.Seed, "leavers", string(t.o.ID))
	for _, p := range t.o.People {
		if p.left.IsZero() {
			continue
		}
		client := pick(r, []*Client{p.phone, p.desktop})
		end := p.left.Add(time.Duration(between(r, 0.2, t.b.LeaverDays) * 24 * float64(time.Hour)))
		for at := p.left.Add(jitter(r, t.b.StaleEvery, 1)); at.Before(end) && at.Before(t.w.end()); at = at.Add(jitter(r, t.b.StaleEvery, 0.3)) {
			from := p.home
			if chance(r, 0.3) {
				from = p.mobile
			}
			t.emit(Attempt{Time: at, Account: p.Account, Person: p, From: from, Client: client, Code: UserDisabled, Cause: CauseLeaver, answered: true})
		}
	}
}
