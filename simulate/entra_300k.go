package simulate

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
)

const (
	benchmarkTenants = 40
	benchmarkStaff   = 250 // accounts of a tenant
)

// Entra300k writes the benchmark log entra_300k.ndjson: Azure Monitor records
// of 40 tenants with 250 accounts each within 24 hours. Of the sign-ins that
// are not planted 5 % have a wrong password, and 10 % come from an address
// anywhere. Planted are
//
//	C   500 addresses in 4 countries with one try each on 25 accounts at 25
//	    tenants, 4 per account and hour for 5 hours; the last one gets in
//	D1  one address on 300 users of all tenants, every 10 seconds
//	D2  200 tries on one user within 10 minutes
//
// whose labels are returned.
func Entra300k(w io.Writer, events int, seed uint64) ([]Label, error) {
	return tenantLog{entraMonitor.Name, "entra-300k", func(buf []byte, o *Org, a *Attempt) []byte {
		return append(appendMonitor(buf, o, a), '\n')
	}}.write(w, events, seed)
}

// OktaBench writes so many sign-ins at the same tenants, with C, D1 and D2
// planted, as Okta's System Log: two or three records for one that succeeds.
func OktaBench(w io.Writer, signins int, seed uint64) ([]Label, error) {
	return tenantLog{okta.Name, "okta bench", appendOkta}.write(w, signins, seed)
}

// CloudTrailBench writes the same as sign-ins to the AWS console, one record on
// each line, as a collector keeps what a trail delivers.
func CloudTrailBench(w io.Writer, signins int, seed uint64) ([]Label, error) {
	return tenantLog{awsCloudTrail.Name, "cloudtrail bench", func(buf []byte, o *Org, a *Attempt) []byte {
		return append(appendTrail(buf, o, a), '\n')
	}}.write(w, signins, seed)
}

// WindowsBench writes the same as logons at the tenants' hosts, as Winlogbeat
// ships them.
func WindowsBench(w io.Writer, logons int, seed uint64) ([]Label, error) {
	return tenantLog{windowsJSON.Name, "windows bench", func(buf []byte, o *Org, a *Attempt) []byte {
		return append(appendWindows(buf, o, a), '\n')
	}}.write(w, logons, seed)
}

// tenantLog is the benchmark log of one format.
type tenantLog struct {
	format string
	stream string // its own random numbers
	record func(buf []byte, o *Org, a *Attempt) []byte
}

func (l tenantLog) write(w io.Writer, events int, seed uint64) ([]Label, error) {
	if events < 10_000 {
		return nil, fmt.Errorf("%s: at least 10,000 events are needed", l.stream)
	}
	b := newTenantBench(l, seed)
	planted := b.planted()
	out := bufio.NewWriterSize(w, 1<<16)
	background := events - len(planted)
	var buf []byte
	write := func(t tenantTry) error {
		t.ID = newGUID(b.r)
		buf = l.record(buf[:0], t.org, &t.Attempt)
		_, err := out.Write(buf)
		return err
	}
	next := 0
	for i := range background {
		at := benchmarkDay.Add(ofDay(i, background)).Truncate(time.Millisecond)
		for ; next < len(planted) && !planted[next].Time.After(at); next++ {
			if err := write(planted[next]); err != nil {
				return nil, err
			}
		}
		if err := write(b.background(at)); err != nil {
			return nil, err
		}
	}
	for _, t := range planted[next:] {
		if err := write(t); err != nil {
			return nil, err
		}
	}
	return b.labels(planted), out.Flush()
}

// tenantTry is an attempt at one of the tenants.
type tenantTry struct {
	Attempt
	org  *Org
	name string // of the campaign
}

// tenantBench draws the sign-ins.
type tenantBench struct {
	r *rand.Rand
	w *World
}

func newTenantBench(l tenantLog, seed uint64) *tenantBench {
	spec := Spec{Seed: seed, Start: benchmarkDay, Days: 1, Background: DefaultBackground()}
	for i := range benchmarkTenants {
		spec.Orgs = append(spec.Orgs, OrgSpec{
			ID: org.ID(fmt.Sprintf("t%02d", i+1)), Country: []string{"US", "FR", "IN", "KR", "CA"}[i%5],
			Accounts: benchmarkStaff, Exports: []Export{{Format: l.format}},
		})
	}
	return &tenantBench{stream(seed, l.stream), newWorld(spec)}
}

func (b *tenantBench) background(at time.Time) tenantTry {
	o := pick(b.r, b.w.Orgs)
	p := pick(b.r, o.People)
	a := Attempt{Time: at, Account: p.Account, Person: p, From: o.egress(p.ID[0]), Client: p.browser}
	switch x := b.r.Float64(); {
	case x < 0.10:
		a.From = b.w.Net.residential(b.r, "")
	case x < 0.30:
		a.From, a.Client = p.mobile, p.phone
	case x < 0.50:
		a.From, a.Client = p.home, p.desktop
	}
	if chance(b.r, 0.05) {
		a.Code, a.Cause = WrongPassword, CauseTypo
	}
	if o.Hosts != nil {
		a.Host = o.host(a.Account)
	}
	return tenantTry{Attempt: a, org: o}
}

// planted returns the attempts of C, D1 and D2 in order of time, as the
// provider answers them: most of D2 meets a locked account.
func (b *tenantBench) planted() []tenantTry {
	var all []tenantTry
	try := func(name string, o *Org, p *Person, at time.Duration, from Endpoint, c *Client, secret uint32) {
		a := Attempt{Time: benchmarkDay.Add(at), Account: p.Account, Person: p, From: from, Client: c, Cause: CauseCampaign, secret: secret}
		if o.Hosts != nil {
			a.Host = o.host(a.Account)
		}
		all = append(all, tenantTry{a, o, name})
	}
	orgs, tool := b.w.Orgs, ropc(exchangeOnline, exchangeOnline, "BAV2ROPC", "")
	pool := distinct(500, func() Endpoint { return b.w.Net.residential(b.r, pick(b.r, []string{"BR", "VN", "US", "RO"})) })
	for i, from := range pool {
		secret := uint32(1 + i/25)
		if i == len(pool)-1 {
			secret = 0 // the right one
		}
		o := orgs[i%25]
		try("C", o, o.single(), 10*time.Hour+time.Duration(i)*15*time.Minute/25, from, tool, secret)
	}
	one, browse := b.w.Net.hosted(b.r), browser(chrome, "Chrome 140.0.0", "Windows10")
	for i := range 300 {
		o := orgs[i%len(orgs)]
		try("D1", o, o.People[20+i/len(orgs)], 10*time.Hour+time.Duration(i)*10*time.Second, one, browse, 1)
	}
	two := b.w.Net.hosted(b.r)
	for i := range 200 {
		try("D2", orgs[30], orgs[30].People[100], 15*time.Hour+time.Duration(i)*3*time.Second, two, browse, uint32(1+i))
	}
	slices.SortStableFunc(all, func(x, y tenantTry) int { return x.Time.Compare(y.Time) })
	providers := map[*Org]*provider{}
	for i := range all {
		o := all[i].org
		if providers[o] == nil {
			providers[o] = newProvider(o, b.w.background)
		}
		providers[o].answer(&all[i].Attempt)
	}
	return all
}

// single returns the last account with one factor; D1 and D2 are about others.
func (o *Org) single() *Person {
	for _, p := range slices.Backward(o.People) {
		if !p.MFA {
			return p
		}
	}
	return o.People[0]
}

func (b *tenantBench) labels(planted []tenantTry) []Label {
	var all []Label
	for _, name := range []string{"C", "D1", "D2"} {
		kind := detect.PasswordSpray
		if name == "D2" {
			kind = detect.BruteForce
		}
		for _, o := range b.w.Orgs {
			t := newTruth()
			for i := range planted {
				if planted[i].name == name && planted[i].org == o {
					t.add(&planted[i].Attempt)
				}
			}
			if t.attempts > 0 {
				all = append(all, t.label(name, kind, org.ID(o.Domain))) // the account's domain, as a scan infers it
			}
		}
	}
	return all
}
