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
	exists := func(i int) bool { return p.targets[i].person != nil }
	c.Tempo(stage{windows, working.length(), len(p.targets), r, exists, at}, func(when time.Time, i, round int) {
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
	client  *Client // of a workload: it shows which one is tried
}

func (c *campaign) targets(o *Org, r *rand.Rand) []target {
	n := c.spec.Accounts
	if n == 0 {
		n = c.Accounts(o, r)
	}
	n = max(1, n)
	people := c.reachable(o)
	r.Shuffle(len(people), func(i, k int) { people[i], people[k] = people[k], people[i] })
	c.favour(o, people)
	list := make([]target, 0, n)
	for _, p := range people[:min(n, len(people))] {
		list = append(list, target{account: p.Account, person: p})
	}
	for c.Guessed > 0 && len(list) < n && !c.Workloads { // more names than people
		list = append(list, target{})
	}
	c.guess(o, list, r)
	if c.Workloads {
		for i := range list {
			list[i].client = workloadOf(list[i])
		}
	}
	list = sorted(slices.DeleteFunc(list, func(t target) bool { return t.account == "" }))
	if !c.Sorted {
		r.Shuffle(len(list), func(i, k int) { list[i], list[k] = list[k], list[i] })
	}
	return list
}

func sorted(list []target) []target {
	slices.SortFunc(list, func(a, b target) int { return strings.Compare(a.account, b.account) })
	return list
}

// reachable returns whom a campaign may try.
func (c *campaign) reachable(o *Org) []*Person {
	switch {
	case c.Workloads:
		return slices.Clone(o.Workloads)
	case c.Pushes:
		return slices.DeleteFunc(slices.Clone(o.People), func(p *Person) bool { return !p.MFA })
	}
	return slices.Clone(o.People)
}

// workloadOf is what an attempt on a workload shows: its application, or one
// that the tenant does not have.
func workloadOf(t target) *Client {
	if t.person != nil {
		return t.person.browser
	}
	return secretClient(App{"", t.account})
}

// guess replaces a share of the accounts, not the first, by names that do not
// exist, and fills with such names what has none yet.
func (c *campaign) guess(o *Org, list []target, r *rand.Rand) {
	tried := map[string]bool{}
	for i := len(c.spec.Breaches); i < len(list); i++ {
		if list[i].person != nil && !chance(r, c.Guessed) {
			continue
		}
		for range 20 { // some names are guessed often
			name := o.account(o.guess(r))
			if c.Workloads {
				name = newGUID(r).String()
			}
			if !tried[name] {
				tried[name] = true
				list[i] = target{account: name}
				break
			}
		}
	}
}

// attempt is one try with a wrong password. All accounts are tried with the
// same password in one round, as a spray does.
func (c *campaign) attempt(o *Org, t target, how try, r *rand.Rand) Attempt {
	a := Attempt{
		Time: how.at, Account: t.account, Person: t.person, Client: c.client(o, t, r), From: c.pool(o, how),
		Cause: CauseCampaign, campaign: c.index, secret: uint32(mix(uint64(how.round), 1)) | 1,
	}
	if c.Pushes {
		a.Code, a.answered, a.secret, a.declined = MFAFailed, true, 0, chance(r, 0.67)
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
func (c *campaign) client(o *Org, t target, r *rand.Rand) *Client {
	if t.client != nil {
		return t.client
	}
	if c.spec.Imitate {
		return c.w.clientOfSomebody(o, r)
	}
	return pick(r, c.Clients)
}
