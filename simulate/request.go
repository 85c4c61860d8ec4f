package simulate

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/org"
)

// Request is what somebody wants simulated, in few words: scenarios mixed in
// one background. [Request.Spec] makes organisations and days of it.
type Request struct {
	Seed      uint64
	Scenarios []string // names of [Scenarios], [Mixes] and [MailScenarios]; none: a background and nothing else
	Formats   []string // names of [Formats]: the organisations export one each, in turn

	Orgs       int     // attacked by each scenario; 0: as many as it has. Without a scenario: all there are
	Shared     int     // how many of them a scenario has in common with the one before
	Bystanders int     // organisations that nobody attacks
	Accounts   int     // of each organisation; 0: 400
	Days       float64 // for which each scenario lasts; 0: as long as it has. Without a scenario: all days; 0: 30

	Start      time.Time  // the first day; zero: 31 August 2026, a Monday
	Background Background // zero: the default, with one sign-in a person and day

	Rate    float64 // as in CampaignSpec, for every scenario
	Reuse   int
	Imitate bool
}

// Days of background around the campaigns: what is familiar must have been
// seen before.
const (
	daysBefore = 14
	daysAfter  = 3
)

// maxOrgs is how many organisations a request may have.
const maxOrgs = 500

// RequestBackground is the background of a request that has none of its own:
// the default with fewer sign-ins, so that all is written in seconds.
func RequestBackground() Background {
	b := DefaultBackground()
	b.SignIns = 1
	return b
}

// Spec returns the specification of a request. Its errors are in the words of
// who asks.
func (r Request) Spec() (Spec, error) {
	if err := r.check(); err != nil {
		return Spec{}, err
	}
	spec := Spec{Seed: r.Seed, Start: r.Start, Background: r.Background}
	if spec.Start.IsZero() {
		spec.Start = time.Date(2026, 8, 31, 0, 0, 0, 0, time.UTC)
	}
	if spec.Background == (Background{}) {
		spec.Background = RequestBackground()
	}
	mails := r.takeMails()
	parts, err := r.parts()
	if err != nil {
		return spec, err
	}
	places, orgs, err := r.places(parts)
	if err != nil {
		return spec, err
	}
	if len(mails) > 0 {
		orgs = r.mailOrgs(mails, len(parts) > 0, orgs)
	}
	for i := range orgs {
		spec.Orgs = append(spec.Orgs, r.organisation(i))
	}
	spec.Days = r.days(parts)
	r.addMails(&spec, mails, len(parts) > 0)
	for i, p := range parts {
		c := CampaignSpec{
			Scenario: p.Scenario, Start: spec.Start.AddDate(0, 0, daysBefore).Add(p.After), Days: p.Days,
			Rate: r.Rate, Reuse: r.Reuse, Imitate: r.Imitate,
		}
		for _, at := range places[i] {
			c.Orgs = append(c.Orgs, spec.Orgs[at].ID)
		}
		spec.Campaigns = append(spec.Campaigns, c)
	}
	return spec, errors.Join(spec.check(), spec.Background.check())
}

func (r Request) check() error {
	switch {
	case len(r.Formats) == 0:
		return errors.New("no format is given")
	case r.Orgs < 0 || r.Orgs > maxOrgs || r.Bystanders < 0 || r.Bystanders > maxOrgs:
		return fmt.Errorf("up to %d organisations can be simulated", maxOrgs)
	case !(r.Days >= 0 && r.Days <= 300):
		return fmt.Errorf("%g days: up to 300 can be simulated", r.Days)
	case r.Shared < 0:
		return fmt.Errorf("scenarios cannot share %d organisations", r.Shared)
	}
	for _, f := range r.Formats {
		if _, ok := LookupFormat(f); !ok {
			return fmt.Errorf("no format is called %q", f)
		}
	}
	return nil
}

// parts opens mixes and fills in what scenarios have by default.
func (r Request) parts() ([]Part, error) {
	var parts []Part
	for i, name := range r.Scenarios {
		if s, ok := Lookup(name); ok {
			p := Part{Scenario: s.Name}
			if i > 0 {
				p.Shared = r.Shared
			}
			parts = append(parts, p)
		} else if m, ok := LookupMix(name); ok {
			parts = append(parts, m.Parts...)
		} else {
			return nil, fmt.Errorf("no scenario is called %q", name)
		}
	}
	seen := map[string]bool{}
	for i := range parts {
		p := &parts[i]
		if seen[p.Scenario] {
			return nil, fmt.Errorf("scenario %q stands twice", p.Scenario)
		}
		seen[p.Scenario] = true
		s, _ := Lookup(p.Scenario)
		if r.Orgs > 0 {
			p.Orgs = r.Orgs
		} else if p.Orgs == 0 {
			p.Orgs = s.Orgs
		}
		if r.Days > 0 {
			p.Days = r.Days
		} else if p.Days == 0 {
			p.Days = s.Days
		}
	}
	return parts, nil
}

// places says which organisations each part attacks, and how many there are.
func (r Request) places(parts []Part) (places [][]int, orgs int, err error) {
	if len(parts) == 0 {
		if r.Orgs == 0 {
			return nil, 12, nil
		}
		return nil, r.Orgs, nil
	}
	for _, p := range parts {
		s, _ := Lookup(p.Scenario)
		var at []int
		for i := max(0, orgs-p.Shared); len(at) < p.Orgs; i++ {
			if i >= maxOrgs {
				if !slices.ContainsFunc(r.Formats, s.seenIn) {
					return nil, 0, fmt.Errorf("scenario %q cannot be seen in the format %s", s.Name, strings.Join(r.Formats, ", "))
				}
				return nil, 0, fmt.Errorf("up to %d organisations can be simulated", maxOrgs)
			}
			if s.seenIn(r.Formats[i%len(r.Formats)]) {
				at = append(at, i)
			}
		}
		places = append(places, at)
		orgs = max(orgs, at[len(at)-1]+1)
	}
	if orgs += r.Bystanders; orgs > maxOrgs {
		return nil, 0, fmt.Errorf("up to %d organisations can be simulated", maxOrgs)
	}
	return places, orgs, nil
}

func (r Request) days(parts []Part) int {
	if len(parts) == 0 {
		if r.Days == 0 {
			return 30
		}
		return int(math.Ceil(r.Days))
	}
	longest := 0.0
	for _, p := range parts {
		longest = max(longest, p.Days+p.After.Hours()/24)
	}
	days := daysBefore + int(longest+1) + daysAfter
	if r.Imitate {
		days += 2 // what would begin on a Saturday begins on Monday
	}
	return days
}

func (r Request) organisation(i int) OrgSpec {
	home := []string{"US", "FR", "IN", "KR", "CA"}
	sectors := []org.Sector{org.VaccineResearch, org.Hospital, org.ClinicalResearch, org.ResearchHospital, org.Diagnostics, org.PublicHealth}
	accounts := r.Accounts
	if accounts == 0 {
		accounts = 400
	}
	return OrgSpec{
		ID: org.ID(fmt.Sprintf("org-%02d", i+1)), Name: fmt.Sprintf("Organisation %d", i+1), Country: home[i%len(home)],
		Sector: sectors[i%len(sectors)], Accounts: accounts, Exports: []Export{{Format: r.Formats[i%len(r.Formats)]}},
	}
}

// Single is one scenario at that many organisations for that many days, 0
// meaning as the scenario has by default, all exporting in one format, with two
// organisations that nobody attacks and a background before, during and after it.
func Single(scenario, format string, orgs int, days float64, seed uint64) (Spec, error) {
	return Request{Seed: seed, Scenarios: []string{scenario}, Formats: []string{format}, Orgs: orgs, Bystanders: 2, Days: days}.Spec()
}
