package report

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Input is what an edition is compiled from. Everything in it but the
// publisher, the prose and the norms is private.
type Input struct {
	Number    int       // of the edition, from 1, ascending
	Released  time.Time // its day counts
	Period    Period    // zero: the half-years in which the targets were attacked
	Publisher Publisher
	Policy    Policy
	Ledger    Ledger // what earlier editions published

	Organisations []org.Organisation
	Campaigns     []campaign.Campaign
	Targets       []outcome.Target
	Assessments   map[string]attribute.Assessment // by campaign
	Domains       []SeenDomain                    // domains that the attackers used, from mail

	Norms       []Norm
	Responses   []Response
	Prose       Prose
	Corrections []Correction

	Random io.Reader // for the published ids: crypto/rand outside of tests
}

// SeenDomain is a domain that attackers used and the organisations that saw
// it.
type SeenDomain struct {
	Name string
	Orgs []org.ID
}

// Policy is how much an edition may tell.
type Policy struct {
	K        int    // smallest count told apart from none, at least 2
	Universe int    // smallest declared universe of a place or sector that is named
	Places   Places // how finely places are told apart

	// How many organisations of the kind that is protected there are, known
	// to the public or not, by country (ISO 3166-1) and by sector. What is
	// not declared is not named.
	Countries map[string]int
	Sectors   map[org.Sector]int
}

// Places is the finest place that is named.
type Places string

// The values of Places.
const (
	Countries Places = "countries"
	Regions   Places = "regions" // of the United Nations (M49): Africa, Americas, Asia, Europe, Oceania
)

// Default is the policy for a handful of targets among many organisations.
func Default() Policy { return Policy{K: 3, Universe: 20, Places: Countries} }

// Sector is the policy for a sector's CERT with dozens of targets.
func Sector() Policy { return Policy{K: 5, Universe: 20, Places: Countries} }

// Strict comes near to the threshold of health statistics, with regions only.
func Strict() Policy { return Policy{K: 10, Universe: 20, Places: Regions} }

func (in Input) check() error {
	var errs []error
	if in.Number < 1 {
		errs = append(errs, fmt.Errorf("edition number %d: they count from 1", in.Number))
	}
	if in.Released.IsZero() {
		errs = append(errs, errors.New("the edition has no date"))
	}
	if in.Random == nil {
		errs = append(errs, errors.New("no source of random ids"))
	}
	if in.Publisher.Name == "" {
		errs = append(errs, errors.New("the publisher has no name"))
	}
	if u, err := url.Parse(in.Publisher.Site); err != nil || u.Scheme != "https" || u.Host == "" {
		errs = append(errs, fmt.Errorf("publisher's site %q: an https address is meant", in.Publisher.Site))
	}
	if in.Policy.K < 2 {
		errs = append(errs, fmt.Errorf("policy k = %d: 2 is the least that protects anybody", in.Policy.K))
	}
	if p := in.Policy.Places; p != Countries && p != Regions {
		errs = append(errs, fmt.Errorf("policy places %q are none of %q", p, []Places{Countries, Regions}))
	}
	if in.Period.To.before(in.Period.From) {
		errs = append(errs, fmt.Errorf("period from %v to %v ends before it begins", in.Period.From, in.Period.To))
	}
	return errors.Join(append(errs, in.Ledger.accepts(in.Number, in.Policy.K), checkResponses(in.Responses, in.Corrections))...)
}

func checkResponses(responses []Response, corrections []Correction) error {
	var errs []error
	day := func(what, s string, optional bool) {
		if _, err := time.Parse(time.DateOnly, s); err != nil && !(optional && s == "") {
			errs = append(errs, fmt.Errorf("%s %q: write YYYY-MM-DD", what, s))
		}
	}
	for _, r := range responses {
		if _, ok := responseWords[r.Kind]; !ok {
			errs = append(errs, fmt.Errorf("response of kind %q", r.Kind))
		}
		day("response asked for on", r.Asked, true)
		day("response received on", r.Received, true)
	}
	for _, c := range corrections {
		day("correction of", c.Date, false)
	}
	return errors.Join(errs...)
}
