package simulate

import (
	"cmp"
	"net/netip"
	"slices"
)

// spentPool is the addresses of a campaign that uses each of them for a number
// of attempts, one after the other over all organisations, and then leaves it.
// They are those of the scenario's own pool, and when these are spent others
// of the same networks.
type spentPool struct {
	addresses []Endpoint
	numbers   [][]int32 // by organisation of the campaign and try of its plan: which address
}

// newSpentPool plans the whole campaign: which attempts follow each other is
// known only when all are.
func newSpentPool(c *campaign) *spentPool {
	type attempt struct {
		plannedTry
		org, n int
	}
	var all []attempt
	p := &spentPool{numbers: make([][]int32, len(c.spec.Orgs))}
	plans := make([]plan, len(c.spec.Orgs))
	for i, id := range c.spec.Orgs {
		plans[i] = c.plan(c.w.org(id), i)
		p.numbers[i] = make([]int32, len(plans[i].tries))
		for n, t := range plans[i].tries {
			all = append(all, attempt{t, i, n})
		}
	}
	slices.SortFunc(all, func(a, b attempt) int {
		return cmp.Or(a.at.Compare(b.at), cmp.Compare(a.org, b.org), cmp.Compare(a.n, b.n))
	})
	used := map[netip.Addr]bool{}
	for k, a := range all {
		if k%c.spec.Reuse == 0 {
			o := c.w.org(c.spec.Orgs[a.org])
			account := hashText(plans[a.org].targets[a.target].account)
			p.addresses = append(p.addresses, c.unused(o, try{a.at, account, a.org, a.round}, used))
		}
		p.numbers[a.org][a.n] = int32(len(p.addresses) - 1)
	}
	return p
}

func (p *spentPool) address(org, n int) Endpoint { return p.addresses[p.numbers[org][n]] }

// unused returns an address for a try that no try before it had: what the
// scenario's pool gives, or another of that network, or, when so small a
// network is used up, one of a home, in its country as long as there are some.
func (c *campaign) unused(o *Org, t try, used map[netip.Addr]bool) Endpoint {
	e := c.pool(o, t)
	r := stream(c.w.Seed, "unused", c.spec.Name, e.Addr.String(), t.at.String())
	for draw := 0; used[e.Addr]; draw++ {
		switch {
		case draw < 1000:
			e = e.Net.host(r.Uint64())
		case draw < 2000:
			e = c.w.Net.residential(r, e.Net.Country.Code)
		default:
			e = c.w.Net.residential(r, "")
		}
	}
	used[e.Addr] = true
	return e
}
