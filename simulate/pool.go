package simulate

import (
	"math/rand/v2"
	"net/netip"
	"slices"
	"time"
)

// pool is where a campaign's attempts come from. It remembers nothing, so that
// all organisations may be simulated at the same time.
type pool func(*Org, try) Endpoint

// try is what an address is chosen for.
type try struct {
	at      time.Time
	account uint64 // hash of the account
	org     int    // position of the organisation in the campaign, from 0
	round   int    // of the tempo
}

// rotating is a pool of that many addresses of which some are replaced every
// day; it moves on about once a second.
func rotating(universe []Endpoint, size, replaced int, seed uint64) pool {
	return func(_ *Org, t try) Endpoint {
		day := int(t.at.Unix() / 86400)
		i := mix(seed^uint64(t.at.Unix()), t.account) % uint64(size)
		return universe[(day*replaced+int(i))%len(universe)]
	}
}

// drawn gives each attempt one of a fixed list.
func drawn(list []Endpoint, seed uint64) pool {
	return func(_ *Org, t try) Endpoint {
		return list[mix(seed^uint64(t.at.UnixMilli()), t.account)%uint64(len(list))]
	}
}

// perDay gives each account one of a list for a day.
func perDay(list []Endpoint, seed uint64) pool {
	return func(_ *Org, t try) Endpoint {
		return list[mix(seed^t.account, uint64(t.at.Unix()/86400))%uint64(len(list))]
	}
}

// hourly gives each account so many of a list to draw from in an hour.
func hourly(list []Endpoint, size int, seed uint64) pool {
	return func(_ *Org, t try) Endpoint {
		first := mix(seed^t.account, uint64(t.at.Unix()/3600))
		i := mix(first, uint64(t.at.UnixMilli())) % uint64(size)
		return list[(first%uint64(len(list))+i)%uint64(len(list))]
	}
}

// fresh gives each attempt an address of its own, drawn from the attempt's hash.
func fresh(seed uint64, draw func(h uint64) Endpoint) pool {
	return func(_ *Org, t try) Endpoint { return draw(mix(seed^uint64(t.at.UnixMilli()), t.account)) }
}

// constant is a single address.
func constant(e Endpoint) pool { return func(*Org, try) Endpoint { return e } }

// office is the address through which the organisation's own people go out.
func office(o *Org, _ try) Endpoint { return o.egress(0) }

// distinct draws until it has so many different addresses.
func distinct(n int, draw func() Endpoint) []Endpoint {
	seen := map[netip.Addr]bool{}
	list := make([]Endpoint, 0, n)
	for len(list) < n {
		if e := draw(); !seen[e.Addr] {
			seen[e.Addr] = true
			list = append(list, e)
		}
	}
	return list
}

// torMostly returns addresses of which the share are Tor exits and the others
// rented machines at hosting companies.
func torMostly(w *World, r *rand.Rand, n int, share float64) []Endpoint {
	exits := slices.Clone(w.Net.tor)
	r.Shuffle(len(exits), func(i, k int) { exits[i], exits[k] = exits[k], exits[i] })
	list := exits[:min(len(exits), int(share*float64(n)))]
	for len(list) < n {
		list = append(list, w.Net.hosted(r))
	}
	r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	return list
}

// homes returns addresses of homes and small offices in many countries; the
// weights name countries, and "" is any.
func homes(w *World, r *rand.Rand, n int, countries ...string) []Endpoint {
	list := make([]Endpoint, n)
	for i := range list {
		list[i] = w.Net.residential(r, pick(r, countries))
	}
	return list
}
