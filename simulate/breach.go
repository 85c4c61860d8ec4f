package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/signin"
)

// favour puts the accounts whose password will be found first, so that they
// are among those tried: one with a single factor for access, one with two for
// a password that is only confirmed.
func (c *campaign) favour(o *Org, people []*Person) {
	front := 0
	for _, b := range c.spec.Breaches {
		if b.Org != o.ID {
			continue
		}
		for i := front; i < len(people); i++ {
			if c.opens(o, people[i], b.As) {
				people[front], people[i] = people[i], people[front]
				front++
				break
			}
		}
	}
}

// opens reports whether an account can fall that way: a second factor stops
// whoever has the password, where one is asked for and nobody accepts.
func (c *campaign) opens(o *Org, p *Person, as outcome.Outcome) bool {
	switch {
	case o.Hosts != nil || c.Pushes || p.Workload:
		return true
	}
	return p.MFA == (as == outcome.PasswordConfirmed)
}

// door is an account whose password will be found.
type door struct {
	as    outcome.Outcome
	tries []Attempt
}

func (c *campaign) doors(o *Org, targets []target) map[int]*door {
	doors := map[int]*door{}
	for _, b := range c.spec.Breaches {
		if b.Org != o.ID {
			continue
		}
		for i, t := range targets {
			if t.person != nil && c.opens(o, t.person, b.As) && doors[i] == nil {
				doors[i] = &door{as: b.As}
				break
			}
		}
	}
	return doors
}

// open finds the password: the tries before that fail, those after it are not
// made any more, and an intruder who has access uses it.
func (d *door) open(c *campaign, o *Org, r *rand.Rand, emit func(Attempt)) {
	slices.SortFunc(d.tries, func(a, b Attempt) int { return a.Time.Compare(b.Time) })
	if len(d.tries) == 0 {
		return
	}
	at := c.FoundAt
	if at == 0 {
		at = 0.6
	}
	k := min(int(at*float64(len(d.tries))), len(d.tries)-1)
	for _, a := range d.tries[:k] {
		emit(a)
	}
	found := d.tries[k]
	found.secret, found.answered = 0, false
	switch {
	case c.Pushes && d.as == outcome.Succeeded: // somebody accepts
		found.Code, found.declined, found.answered = Accepted, false, true
	case c.Pushes:
		found.answered = true
	case d.as == outcome.PasswordConfirmed:
		found.Client = modern(c.Clients, found.Client)
	}
	emit(found)
	if d.as == outcome.Succeeded {
		c.intrude(o, found, r, emit)
	}
}

// modern returns a client whose protocol asks for a second factor: legacy
// authentication would be let in.
func modern(of []*Client, otherwise *Client) *Client {
	for _, c := range of {
		if c.Protocol != signin.Legacy {
			return c
		}
	}
	return otherwise
}

// intrude is what was reported of intruders into mailboxes: they come back
// within minutes to hours, read, and hide what arrives.
func (c *campaign) intrude(o *Org, found Attempt, r *rand.Rand, emit func(Attempt)) {
	a := found
	a.Cause = CauseIntruder
	step := func(least, most float64, action string) {
		a.Time = a.Time.Add(time.Duration(between(r, least, most) * float64(time.Minute)))
		a.Action = action
		if a.Time.Before(c.w.end()) {
			emit(a)
		}
	}
	if o.Hosts == nil && !c.Workloads {
		a.Client = browser(firefox2021, "Firefox 91.0", "Windows10")
	}
	a.Code, a.answered = Accepted, true // the session counts as having its second factor
	step(3, 9, "")
	if o.Hosts != nil || c.Workloads {
		return
	}
	step(0.5, 2, "MailItemsAccessed")
	step(2, 8, "New-InboxRule")
	for _, act := range c.Stay {
		step(1, 15, act)
	}
	a.From = c.pool(o, try{at: a.Time, account: hashText(a.Account)})
	step(300, 600, "")
	step(1, 3, "MailItemsAccessed")
}
