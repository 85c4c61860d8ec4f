package simulate

import (
	"math/rand/v2"
	"time"
)

// What a campaign does that imitates the organisation it attacks: it comes
// from homes of its country, with its people's clients, while they work.

// neighbours gives each attempt a home in the organisation's own country.
func neighbours(w *World, seed uint64) pool {
	return func(o *Org, t try) Endpoint {
		h := mix(seed^uint64(t.at.UnixNano()), t.account)
		nets := w.Net.homes[o.Where.Code]
		return nets[h%uint64(len(nets))].host(h >> 16)
	}
}

// officeHours are the hours in which most of an organisation's people sign in:
// 8 to 18 o'clock from Monday to Friday, by its own clock.
func officeHours(o *Org) hours {
	_, offset := time.Time{}.In(o.Where.Zone).Zone()
	return hours{
		from: 8 * time.Hour, to: 18 * time.Hour, days: allBut(time.Saturday, time.Sunday),
		ahead: time.Duration(offset) * time.Second,
	}
}

// next returns the time from which work goes on: the given one, or the
// beginning of the next day of work.
func (h hours) next(at time.Time) time.Time {
	for _, w := range h.windows(at, at.AddDate(0, 0, 8)) {
		if at.Before(w.to) {
			if at.Before(w.from) {
				return w.from
			}
			return at
		}
	}
	return at
}

// include reports whether somebody works at that time.
func (h hours) include(at time.Time) bool {
	local := at.Add(h.ahead)
	hour := local.Sub(local.Truncate(24 * time.Hour))
	return h.to == 0 || h.on(local.Weekday()) && hour >= h.from && hour < h.to
}

// clientOfSomebody draws what somebody of the organisation would sign in with:
// each client as often as its people use it.
func (w *World) clientOfSomebody(o *Org, r *rand.Rand) *Client {
	p := pick(r, o.People)
	if chance(r, w.background.Mobile) {
		return p.phone
	}
	return p.atDesk(r)
}
