package simulate

import (
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/outcome"
)

// campaign is one part of a campaign, ready to run. Parts of one name have
// pools of one seed.
type campaign struct {
	Scenario
	spec  CampaignSpec
	index int // of the first part of that name: what labels go by
	w     *World
	pool  pool
	spent *spentPool // of a campaign that leaves its addresses after some attempts; nil: it does not
}

// newCampaigns prepares all campaigns of a specification that has been checked.
func newCampaigns(w *World, specs []CampaignSpec) []*campaign {
	first := map[string]int{}
	var all []*campaign
	for i, spec := range specs {
		s, _ := Lookup(spec.Scenario)
		c := &campaign{Scenario: s, spec: spec.withDefaults(w, s), w: w}
		if _, ok := first[c.spec.Name]; !ok {
			first[c.spec.Name] = i
		}
		c.index = first[c.spec.Name]
		c.pool = s.Pool(w, stream(w.Seed, "pool", c.spec.Name))
		if c.spec.Imitate {
			c.pool = neighbours(w, stream(w.Seed, "pool", c.spec.Name).Uint64())
		}
		if c.spec.Rate > 0 {
			c.Tempo = atRate(c.spec.Rate)
		}
		if c.spec.Reuse > 0 {
			c.spent = newSpentPool(c)
		}
		all = append(all, c)
	}
	return all
}

func (spec CampaignSpec) withDefaults(w *World, s Scenario) CampaignSpec {
	if spec.Name == "" {
		spec.Name = s.Name
	}
	if spec.Days == 0 {
		spec.Days = s.Days
	}
	if spec.Start.IsZero() {
		spec.Start = w.Start
	}
	if spec.Orgs == nil {
		for _, o := range w.Orgs[:min(s.Orgs, len(w.Orgs))] {
			spec.Orgs = append(spec.Orgs, o.ID)
		}
	}
	if spec.Breaches == nil {
		for i := range s.Succeed + s.Confirm {
			as := outcome.Succeeded
			if i >= s.Succeed {
				as = outcome.PasswordConfirmed
			}
			spec.Breaches = append(spec.Breaches, Breach{spec.Orgs[i%len(spec.Orgs)], as})
		}
	}
	return spec
}

// run calls emit for every attempt at an organisation, in no order. It does
// nothing where the campaign does not go.
func (c *campaign) run(o *Org, emit func(Attempt)) {
	at := slices.Index(c.spec.Orgs, o.ID)
	if at < 0 || c.Tenant && o.Hosts != nil {
		return
	}
	p := c.plan(o, at)
	doors := c.doors(o, p.targets)
	for n, t := range p.tries {
		how := try{t.at, hashText(p.targets[t.target].account), at, t.round}
		a := c.attempt(o, p.targets[t.target], how, p.r)
		if c.spent != nil {
			a.From = c.spent.address(at, n)
		}
		if d := doors[t.target]; d != nil {
			d.tries = append(d.tries, a)
			continue
		}
		emit(a)
	}
	for i := range p.targets { // in order: a map would give other bytes each time
		if d := doors[i]; d != nil {
			d.open(c, o, p.r, emit)
		}
	}
}

// plan is who is tried when at one organisation.
type plan struct {
	targets []target
	tries   []plannedTry // in no order
	r       *rand.Rand   // for what follows
}

type plannedTry struct {
	at            time.Time
	target, round int
}

// plan returns the plan for an organisation at that position of the campaign:
// the same each time.
func (c *campaign) plan(o *Org, at int) plan {
	r := stream(c.w.Seed, "campaign", c.spec.Name, c.spec.Scenario, string(o.ID))
	p := plan{targets: c.targets(o, r), r: r}
	working := c.Hours
	from := c.spec.Start.Add(time.Duration(at) * c.spec.Stagger)
	if c.spec.Imitate {
		working = officeHours(o)
		from = working.next(from)
	}
	to := from.Add(time.Duration(c.spec.Days * 24 * float64(time.Hour)))
	if end := c.w.end(); to.After(end) {
		to = end
	}
	windows := working.windows(from, to)
	if len(windows) == 0 || len(p.targets) == 0 {
		return p
	}
	c.Tempo(stage{windows, working.length(), len(p.targets), r, at}, func(when time.Time, i, round int) {
		if when.Before(from) || !when.Before(to) || c.spec.Imitate && !working.include(when) {
			return
		}
		p.tries = append(p.tries, plannedTry{when, i, round})
	})
	return p
}

// target is an account that is tried.
type target struct {
	account string
	person  *Person // nil: it does not exist
}

func (c *campaign) targets(o *Org, r *rand.Rand) []target {
	n := c.spec.Accounts
	if n == 0 {
		n = c.Accounts(o, r)
	}
	n = max(1, n)
	order := r.Perm(len(o.People))
	people := make([]*Person, len(order))
	for i, k := range order {
		people[i] = o.People[k]
	}
	c.favour(o, people)
	list := make([]target, 0, n)
	for i := range min(n, len(people)) {
		list = append(list, target{people[i].Account, people[i]})
	}
	c.guess(o, list, r)
	slices.SortFunc(list, func(a, b target) int { return strings.Compare(a.account, b.account) })
	if !c.Sorted {
		r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	}
	return list
}

// guess replaces a share of the accounts, not the first, by names that do not
// exist.
func (c *campaign) guess(o *Org, list []target, r *rand.Rand) {
	tried := map[string]bool{}
	for i := len(c.spec.Breaches); i < len(list); i++ {
		if !chance(r, c.Guessed) {
			continue
		}
		if name := o.account(o.guess(r)); !tried[name] {
			tried[name] = true
			list[i] = target{account: name}
		}
	}
}

// attempt is one try with a wrong password. All accounts are tried with the
// same password in one round, as a spray does.
func (c *campaign) attempt(o *Org, t target, how try, r *rand.Rand) Attempt {
	a := Attempt{
		Time: how.at, Account: t.account, Person: t.person, Client: c.client(o, r), From: c.pool(o, how),
		Cause: CauseCampaign, campaign: c.index, secret: uint32(mix(uint64(how.round), 1)) | 1,
	}
	if c.Answer != nil {
		a.Code, a.answered = c.Answer(r), true
		if t.person == nil {
			a.Code = UserNotFound
		}
	}
	return a
}

// client is what an attempt shows itself as.
func (c *campaign) client(o *Org, r *rand.Rand) *Client {
	if c.spec.Imitate {
		return c.w.clientOfSomebody(o, r)
	}
	return pick(r, c.Clients)
}
