package simulate

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/org"
)

// World is the organisations, people and networks of a simulation, as they
// are before anything happens. It never changes once built.
type World struct {
	Seed  uint64
	Start time.Time
	Days  int
	Orgs  []*Org
	Net   *Internet

	background Background
	clients    *catalogue
}

// Org is one simulated organisation.
type Org struct {
	OrgSpec
	Domain string
	Tenant GUID
	Where  *Country
	Office *Network
	People []*Person // by account

	Workloads []*Person // in a tenant: service principals
	Hosts     []string  // of an organisation that exports syslog; nil: its accounts are those of a tenant
}

// Person is an account of an organisation and whoever uses it.
type Person struct {
	Account string // user@domain, or the bare name on hosts
	Display string
	ID      GUID
	MFA     bool
	Mailbox bool // a mailbox of a function, with one factor
	Tor     bool // works through Tor

	Workload bool // a service principal: its secret is the password
	Host     string

	home    Endpoint
	mobile  Endpoint
	browser *Client
	desktop *Client
	phone   *Client
	typo    float64 // share of typed passwords that are wrong
	start   float64 // hour of the working day, local time
	shifts  bool    // works any day at any hour
}

// newWorld builds the world of a specification that has been checked.
func newWorld(s Spec) *World {
	codes := make([]string, len(s.Orgs))
	for i, o := range s.Orgs {
		codes[i] = o.Country
	}
	w := &World{
		Seed: s.Seed, Start: s.Start, Days: s.Days,
		Net: newInternet(s.Seed, codes), background: s.Background, clients: newCatalogue(),
	}
	for i, spec := range s.Orgs {
		w.Orgs = append(w.Orgs, w.newOrg(spec, w.Net.offices[i]))
	}
	return w
}

// org returns the organisation of that id, which must be one of the world.
func (w *World) org(id org.ID) *Org {
	return w.Orgs[slices.IndexFunc(w.Orgs, func(o *Org) bool { return o.ID == id })]
}

func (w *World) end() time.Time { return w.Start.AddDate(0, 0, w.Days) }

func (w *World) newOrg(spec OrgSpec, office *Network) *Org {
	r := stream(w.Seed, "org", string(spec.ID))
	o := &Org{
		OrgSpec: spec, Domain: string(spec.ID) + ".example", Tenant: newGUID(r),
		Where: office.Country, Office: office,
	}
	if spec.hosts() {
		for i := range 1 + spec.Accounts/100 {
			o.Hosts = append(o.Hosts, fmt.Sprintf("ssh%02d", i+1))
		}
	}
	taken := map[string]int{}
	for i := range spec.Accounts {
		o.People = append(o.People, w.newPerson(o, i, taken, r))
	}
	for i := range min(spec.TorUsers, len(o.People)) {
		o.People[len(o.People)-1-i].Tor = true // the mailboxes are at the beginning
	}
	if o.Hosts == nil {
		apart := stream(w.Seed, "workloads of", string(spec.ID))
		for i := range w.background.Workloads {
			o.Workloads = append(o.Workloads, newWorkload(w, i, apart))
		}
	}
	slices.SortFunc(o.People, func(a, b *Person) int { return strings.Compare(a.Account, b.Account) })
	return o
}

// mailboxShare is how many of the accounts are mailboxes of a function.
const mailboxShare = 0.02

func (w *World) newPerson(o *Org, i int, taken map[string]int, r *rand.Rand) *Person {
	b, c := w.background, w.clients
	p := &Person{
		ID:      newGUID(r),
		MFA:     chance(r, b.MFAShare),
		home:    w.Net.residential(r, o.Where.Code),
		mobile:  w.Net.mobiles[o.Where.Code].host(r.Uint64()),
		browser: common(r, c.browsers),
		desktop: common(r, c.desktop),
		phone:   common(r, c.phones),
		typo:    beta(r, b.TypoAlpha, b.TypoBeta),
		start:   8.3 + r.NormFloat64(),
		shifts:  chance(r, b.ShiftShare),
	}
	name := o.personName(p, i, r)
	if taken[name]++; taken[name] > 1 {
		name = fmt.Sprintf("%s%d", name, taken[name])
	}
	p.Account = o.account(name)
	if o.Hosts != nil {
		p.MFA, p.Host = false, o.host(p.Account)
	}
	return p
}

// personName draws a name; every organisation begins with a few mailboxes.
func (o *Org) personName(p *Person, i int, r *rand.Rand) string {
	book := namesOf(o.Where.Code)
	given, family := pick(r, book.given), pick(r, book.family)
	switch {
	case o.Hosts != nil:
		p.Display = given + " " + family
		return given[:1] + family
	case i < max(1, int(mailboxShare*float64(o.Accounts))):
		p.MFA, p.Mailbox = false, true
		p.Display = mailboxes[i%len(mailboxes)]
		return p.Display
	}
	p.Display = strings.ToUpper(given[:1]) + given[1:] + " " + strings.ToUpper(family[:1]) + family[1:]
	return given + "." + family
}

// account returns the account that goes by a bare name.
func (o *Org) account(name string) string {
	if o.Hosts != nil {
		return name
	}
	return name + "@" + o.Domain
}

// host returns the host on which an account is tried.
func (o *Org) host(account string) string {
	return o.Hosts[hashText(account)%uint64(len(o.Hosts))]
}

func (o *Org) netblock() netip.Prefix { return o.Office.Prefix }

// egress returns one of the few addresses through which the office goes out.
func (o *Org) egress(i uint64) Endpoint { return o.Office.host(2 + i%3) }

// common picks with probabilities 1/2, 1/4 … so that the first is the most
// common.
func common(r *rand.Rand, of []*Client) *Client {
	for _, c := range of[:len(of)-1] {
		if chance(r, 0.5) {
			return c
		}
	}
	return of[len(of)-1]
}
