package spray

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/simulate"
)

// Case is one world that is attacked, or not, and measured.
type Case struct {
	Group string  `json:"group"`           // scenarios, quiet, or the sweep that it is a point of
	Name  string  `json:"name"`            // unique
	About string  `json:"about,omitempty"` // what is special
	X     float64 `json:"x,omitempty"`     // in a sweep: what is varied
	Label string  `json:"label,omitempty"` // in a sweep over names: X in words
	spec  func(seed uint64) (simulate.Spec, error)
	mask  Mask
}

// The groups that are no sweep.
const (
	Scenarios = "scenarios"
	Quiet     = "quiet"
)

// Sweep says what varies in a group of cases.
type Sweep struct {
	Group string `json:"group"`
	Title string `json:"title"`
	Axis  string `json:"axis"`
	Log   bool   `json:"-"` // X is a quantity, drawn on a logarithmic axis; otherwise a name
}

// Sweeps lists the groups in which one thing varies.
func Sweeps() []Sweep {
	return []Sweep{
		{"tempo", "Tempo", "attempts per account and day", true},
		{"imitation", "Tempo of an attacker who imitates the organisation's clients and hours", "attempts per account and day", true},
		{"reuse", "Reuse of addresses", "attempts from each address", true},
		{"organisations", "Number of organisations attacked and pooled", "organisations", true},
		{"fields", "Missing fields", "what the log leaves out", false},
	}
}

// Options say what is run.
type Options struct {
	Scenarios []string // cases by name; nil: all
	Seeds     int      // how many
	Seed      uint64   // the first
	Orgs      int      // organisations attacked; 0: at least 10, as the scenario has it
	Accounts  int      // of each organisation; 0: 400
	Quick     bool     // few and small cases
	Sweeps    bool
	Rivals    bool
	Workers   int // 0: one for each processor

	Progress func(done, total int) // may be called from several goroutines
}

func (o Options) withDefaults() Options {
	if o.Seeds == 0 {
		o.Seeds = 5
		if o.Quick {
			o.Seeds = 2
		}
	}
	if o.Accounts == 0 {
		o.Accounts = 400
		if o.Quick {
			o.Accounts = 80
		}
	}
	if o.Orgs == 0 && o.Quick {
		o.Orgs = 5
	}
	return o
}

// maxPeople bounds the accounts of one world, and with them its memory: about
// 20 KB for each.
const maxPeople = 50_000

// check returns what is wrong with the options for these cases.
func (o Options) check(cases []Case) error {
	if o.Seeds < 0 || o.Orgs < 0 || o.Accounts < 0 || o.Workers < 0 {
		return errors.New("seeds, organisations and accounts cannot be negative")
	}
	for _, c := range cases {
		spec, err := c.spec(o.Seed)
		if err != nil {
			return err
		}
		people := 0
		for _, t := range spec.Orgs {
			people += t.Accounts
		}
		if people > maxPeople {
			return fmt.Errorf("%s has %d accounts at %d organisations: up to %d are simulated at a time", c.Name, people, len(spec.Orgs), maxPeople)
		}
	}
	return nil
}

// Cases returns the matrix: what is run. An unknown name is an error, and a
// world that is too large.
func Cases(o Options) ([]Case, error) {
	o = o.withDefaults()
	all := o.scenarios()
	all = append(all, o.quiet())
	if o.Sweeps {
		all = append(all, o.sweeps()...)
	}
	if len(o.Scenarios) == 0 {
		return all, o.check(all)
	}
	var chosen []Case
	for _, name := range o.Scenarios {
		before := len(chosen)
		for _, c := range all {
			if c.Name == name || c.Group == name {
				chosen = append(chosen, c)
			}
		}
		if len(chosen) == before {
			return nil, fmt.Errorf("unknown case %q; there are %s", name, names(all))
		}
	}
	return chosen, o.check(chosen)
}

func names(all []Case) string {
	var list []string
	for _, c := range all {
		list = append(list, c.Name)
	}
	return strings.Join(list, ", ")
}

// quickly are the scenarios of a quick run.
var quickly = map[string]bool{"quad7": true, "planted-500": true, "slow-one-source": true}

// scenarios are the published campaigns, and forms of the planted ones.
func (o Options) scenarios() []Case {
	var all []Case
	for _, s := range simulate.Scenarios() {
		if o.Quick && !quickly[s.Name] {
			continue
		}
		c := Case{Group: Scenarios, Name: s.Name}
		if s.Orgs == 1 {
			c.About = "made for one organisation: each has a campaign of its own"
		}
		c.spec = func(seed uint64) (simulate.Spec, error) { return o.attacked(seed, attack{scenario: s}) }
		all = append(all, c)
	}
	if o.Quick {
		return all
	}
	vary := func(name, scenario, about string, days float64, change func(*simulate.CampaignSpec)) {
		s, _ := simulate.Lookup(scenario)
		all = append(all, Case{
			Group: Scenarios, Name: name, About: about,
			spec: func(seed uint64) (simulate.Spec, error) {
				return o.attacked(seed, attack{scenario: s, days: days, change: change})
			},
		})
	}
	vary("planted-500+slow", "planted-500", "4 tries per account and day for 5 days", 5, func(c *simulate.CampaignSpec) { c.Rate = 4 })
	vary("planted-500+reuse", "planted-500", "5 tries from each address", 0, func(c *simulate.CampaignSpec) { c.Reuse = 5 })
	vary("planted-500+imitate", "planted-500", "with the organisation's own clients in its own hours", 0, func(c *simulate.CampaignSpec) { c.Imitate = true })
	vary("planted-hard+wide", "planted-hard", "20 accounts at each organisation", 0, func(c *simulate.CampaignSpec) { c.Accounts = 20 })
	vary("planted-hard+imitate", "planted-hard", "with the organisation's own clients in its own hours", 0, func(c *simulate.CampaignSpec) { c.Imitate = true })
	all = append(all, Case{
		Group: Scenarios, Name: "two-hands", About: "quad7 and peach-2023 at the same organisations at the same time",
		spec: func(seed uint64) (simulate.Spec, error) {
			first, _ := simulate.Lookup("quad7")
			spec, err := o.attacked(seed, attack{scenario: first})
			if err != nil {
				return spec, err
			}
			second := spec.Campaigns[0]
			second.Scenario, second.Days, second.Start = "peach-2023", 4, second.Start.AddDate(0, 0, 5)
			spec.Campaigns = append(spec.Campaigns, second)
			return spec, nil
		},
	})
	return all
}

// sweepOrgs is how many organisations a sweep attacks where it does not vary
// them, sweepAccounts how many accounts of each.
const sweepOrgs, sweepAccounts = 10, 20

// sweeps are one spray (Quad7's tool and homes, on 20 accounts at each of ten
// organisations) with one thing varied.
func (o Options) sweeps() []Case {
	var all []Case
	add := func(group, label string, x float64, orgs int, days float64, mask Mask, change func(*simulate.CampaignSpec)) {
		base, _ := simulate.Lookup("quad7")
		name := fmt.Sprintf("%s=%g", group, x)
		if label != "" {
			name = group + "=" + strings.ReplaceAll(label, " ", "-")
		}
		if o.Orgs > 0 && group != "organisations" {
			orgs = o.Orgs
		}
		all = append(all, Case{
			Group: group, Name: name, X: x, Label: label, mask: mask,
			spec: func(seed uint64) (simulate.Spec, error) {
				return o.attacked(seed, attack{scenario: base, orgs: orgs, days: days, change: func(c *simulate.CampaignSpec) {
					c.Accounts, c.Rate = sweepAccounts, 4
					change(c)
				}})
			},
		})
	}
	tempos := []float64{0.05, 0.2, 1, 4, 24, 96, 300}
	imitated := []float64{1, 4, 24, 96}
	reuses := []float64{1, 10, 30, 100, 300}
	counts := []int{1, 3, 10, 30}
	if o.Quick {
		tempos, imitated, reuses, counts = []float64{1, 24}, []float64{24}, []float64{10}, []int{3}
	}
	for _, x := range tempos {
		add("tempo", "", x, sweepOrgs, daysAt(x), Mask{}, func(c *simulate.CampaignSpec) { c.Rate = x })
	}
	for _, x := range imitated {
		add("imitation", "", x, sweepOrgs, daysAt(x), Mask{}, func(c *simulate.CampaignSpec) { c.Rate, c.Imitate = x, true })
	}
	for _, x := range reuses {
		add("reuse", "", x, sweepOrgs, daysAt(4), Mask{}, func(c *simulate.CampaignSpec) { c.Reuse = int(x) })
	}
	for _, n := range counts {
		add("organisations", "", float64(n), n, daysAt(1), Mask{}, func(c *simulate.CampaignSpec) { c.Rate = 1 })
	}
	for i, f := range []struct {
		label string
		mask  Mask
	}{
		{"nothing", Mask{}},
		{"user agent", Mask{Client: true}},
		{"network data", Mask{Network: true}},
		{"both", Mask{Client: true, Network: true}},
	} {
		if o.Quick && f.label != "both" {
			continue
		}
		add("fields", f.label, float64(i), sweepOrgs, daysAt(4), f.mask, func(*simulate.CampaignSpec) {})
	}
	return all
}

// daysAt is how long a spray of that tempo lasts in a sweep: slow ones take
// their time, fast ones would only be longer.
func daysAt(rate float64) float64 {
	switch {
	case rate <= 1:
		return 14
	case rate <= 4:
		return 7
	case rate <= 24:
		return 3
	}
	return 2
}

// attack is one scenario at some organisations.
type attack struct {
	scenario simulate.Scenario
	orgs     int     // 0: as the options or the scenario have it, at least 10
	days     float64 // 0: as the scenario has it
	change   func(*simulate.CampaignSpec)
}

// attacked is a world with one attack, two organisations that are not
// attacked, and what resembles attacks everywhere.
func (o Options) attacked(seed uint64, a attack) (simulate.Spec, error) {
	n := a.orgs
	if n == 0 {
		n = o.Orgs
	}
	if n == 0 {
		n = max(10, a.scenario.Orgs)
	}
	spec, err := simulate.Single(a.scenario.Name, "entra-graph", n, a.days, seed)
	if err != nil {
		return spec, err
	}
	for i := range spec.Orgs {
		spec.Orgs[i].Accounts = o.Accounts
	}
	o.decoys(&spec, spec.Campaigns[0].Start)
	if a.change != nil {
		a.change(&spec.Campaigns[0])
	}
	if a.scenario.Orgs == 1 {
		whole := spec.Campaigns[0]
		spec.Campaigns = nil
		for i, id := range whole.Orgs {
			own := whole
			own.Name = whole.Scenario + "@" + string(id)
			own.Orgs = []org.ID{id}
			own.Start = whole.Start.Add(time.Duration(i) * time.Hour)
			spec.Campaigns = append(spec.Campaigns, own)
		}
	}
	return spec, nil
}

// quiet is a month of organisations of three sizes that nobody attacks.
func (o Options) quiet() Case {
	orgs, days := 24, 28
	if o.Quick {
		orgs, days = 6, 20
	}
	c := Case{Group: Quiet, Name: "quiet", About: fmt.Sprintf("%d organisations, %d days, no campaign", orgs, days)}
	c.spec = func(seed uint64) (simulate.Spec, error) {
		spec, err := simulate.Single("quad7", "entra-graph", orgs-2, 0, seed) // it adds two that are not attacked
		if err != nil {
			return spec, err
		}
		spec.Campaigns, spec.Days = nil, days
		for i := range spec.Orgs {
			spec.Orgs[i].Accounts = []int{max(1, o.Accounts/4), o.Accounts, 3 * o.Accounts}[i%3]
		}
		o.decoys(&spec, spec.Start.AddDate(0, 0, 14))
		return spec, nil
	}
	return c
}

// decoys gives organisations what resembles an attack beside the noise that
// all have: scanners, people who work through Tor, a day on which every
// password had to be changed.
func (o Options) decoys(spec *simulate.Spec, about time.Time) {
	for i := range spec.Orgs {
		t := &spec.Orgs[i]
		switch i % 6 {
		case 0, 3:
			t.ScannerRuns = 1
		case 1:
			t.TorUsers = 3
		case 4:
			t.Rotation = about.Truncate(24*time.Hour).AddDate(0, 0, 1)
		}
	}
}
