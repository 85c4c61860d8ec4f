package simulate

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Spec is what is simulated.
type Spec struct {
	Seed       uint64
	Start      time.Time // the first day, at 00:00 UTC
	Days       int
	Background Background // zero: DefaultBackground
	Orgs       []OrgSpec
	Campaigns  []CampaignSpec
	Mail       MailSpec // without campaigns there is no mail
}

// OrgSpec is one organisation.
type OrgSpec struct {
	ID       org.ID
	Name     string
	Country  string // CA, FR, IN, KR or US
	Sector   org.Sector
	Accounts int      // people and mailboxes
	Exports  []Export // the logs that it hands over; the same sign-ins in each

	BlocksLegacy bool          // policy refuses legacy authentication, whatever the password
	TorUsers     int           // researchers who work through Tor
	ScannerRuns  int           // how often in the simulation a scanner comes by
	Gaps         []outcome.Gap // what its exports miss
	Rotation     time.Time     // the day on which everybody's password had to be changed; zero: none
}

// Export is one log of an organisation.
type Export struct {
	Format   string // a name of Formats
	Compress string // "", gzip or zstd
}

// CampaignSpec is one part of a campaign: a scenario at some organisations
// for some time. Parts of one name are one hand: they share addresses, and
// their truth is one label for each organisation.
type CampaignSpec struct {
	Name     string // as it stands in the labels; "": that of the scenario
	Scenario string
	Orgs     []org.ID // nil: the first of the specification, as many as the scenario has
	Start    time.Time
	Stagger  time.Duration // by how much each organisation begins after the one before
	Days     float64       // 0: as the scenario has it
	Accounts int           // 0: as the scenario chooses
	Rate     float64       // attempts on each account and day of work, also below 1; 0: as the scenario has it
	Reuse    int           // how many attempts, over all organisations, come from each address before it is left; 0: as the scenario has it
	Imitate  bool          // the clients of the organisation's own people, from homes in its country, in its working hours
	Breaches []Breach      // where a password is found
}

// Breach is a password found: at one organisation, with what follows. As is
// outcome.Succeeded (an account with one factor) or outcome.PasswordConfirmed
// (the second factor stops it).
type Breach struct {
	Org org.ID
	As  outcome.Outcome
}

// maxRate is one attempt on each account a second.
const maxRate = 86_400

// check returns what is wrong with a specification, in the words of its writer.
func (s *Spec) check() error {
	if s.Days < 1 || s.Days > 400 {
		return fmt.Errorf("%d days: between 1 and 400 can be simulated", s.Days)
	}
	if s.Start != s.Start.Truncate(24*time.Hour) || s.Start.IsZero() {
		return fmt.Errorf("start %s is not the beginning of a day in UTC", s.Start.Format(time.RFC3339))
	}
	if len(s.Orgs) == 0 {
		return errors.New("there is no organisation")
	}
	seen, hosts := map[org.ID]bool{}, map[org.ID]bool{}
	for _, o := range s.Orgs {
		if err := o.check(); err != nil {
			return fmt.Errorf("organisation %q: %w", o.ID, err)
		}
		if seen[o.ID] {
			return fmt.Errorf("organisation %q stands twice", o.ID)
		}
		seen[o.ID], hosts[o.ID] = true, o.hosts()
	}
	if err := s.Mail.check(seen); err != nil {
		return err
	}
	for _, c := range s.Campaigns {
		scenario, ok := Lookup(c.Scenario)
		if !ok {
			return fmt.Errorf("unknown scenario %q", c.Scenario)
		}
		if c.Days < 0 || c.Accounts < 0 || c.Reuse < 0 || !(c.Rate >= 0 && c.Rate <= maxRate) {
			return fmt.Errorf("scenario %q: days, accounts and reuse cannot be negative, and a rate is between 0 and %d attempts on each account and day", c.Scenario, maxRate)
		}
		for _, id := range c.Orgs {
			if !seen[id] {
				return fmt.Errorf("scenario %q is to run at %q, which is no organisation of the specification", c.Scenario, id)
			}
			if scenario.Tenant && hosts[id] {
				return fmt.Errorf("scenario %q needs a tenant, and %q has hosts", c.Scenario, id)
			}
		}
		for _, b := range c.Breaches {
			if !seen[b.Org] || (len(c.Orgs) > 0 && !slices.Contains(c.Orgs, b.Org)) {
				return fmt.Errorf("scenario %q is to find a password at %q, where it does not run", c.Scenario, b.Org)
			}
		}
	}
	return nil
}

// hosts reports whether the accounts are those of hosts.
func (o *OrgSpec) hosts() bool {
	return o.platform() == sshHosts || o.platform() == windowsDomain
}

// idForm keeps an id a folder's name and a domain's label.
var idForm = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

func (o *OrgSpec) check() error {
	if !idForm.MatchString(string(o.ID)) {
		return errors.New("its id is not 1 to 63 of a-z, 0-9 and -")
	}
	if !slices.Contains([]string{"CA", "FR", "IN", "KR", "US"}, o.Country) {
		return fmt.Errorf("country %q: people live in CA, FR, IN, KR and US", o.Country)
	}
	if o.Accounts < 1 || o.Accounts > 100_000 {
		return fmt.Errorf("%d accounts: between 1 and 100,000 can be simulated", o.Accounts)
	}
	if len(o.Exports) == 0 {
		return fmt.Errorf("it exports no log")
	}
	for _, e := range o.Exports {
		f, ok := LookupFormat(e.Format)
		if !ok {
			return fmt.Errorf("unknown format %q", e.Format)
		}
		if f.Platform != o.platform() {
			return fmt.Errorf("its exports %q and %q are the records of different products", o.Exports[0].Format, e.Format)
		}
		if !slices.Contains([]string{"", "gzip", "zstd"}, e.Compress) {
			return fmt.Errorf("unknown compression %q", e.Compress)
		}
	}
	return nil
}
