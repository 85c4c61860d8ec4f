package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/detect"
)

// Scenario is how one campaign works. Each is one file and one line in
// [Scenarios].
type Scenario struct {
	Name      string // as a user writes it
	Kind      detect.Kind
	Also      []detect.Kind // what it does besides
	Published string        // what was published, with its figures
	Source    string        // where
	Assumed   string        // what nobody published and we chose

	Tenant    bool    // it attacks what only a tenant has: second factors, workloads
	Orgs      int     // how many organisations a simulation of it has by default
	Days      float64 // how long it lasts by default
	Accounts  chooser // which accounts of an organisation are tried
	Guessed   float64 // share of the tried names that do not exist
	Sorted    bool    // the accounts are tried in alphabetical order
	Workloads bool    // it tries workloads, not people
	Pushes    bool    // it has the passwords: each attempt is a request for the second factor
	Tempo     tempo   // when
	Hours     hours   // the hours in which somebody works; zero: all
	Pool      func(w *World, r *rand.Rand) pool
	Clients   []*Client // one is drawn for each attempt; often one is all there is

	// Answer gives the provider's answer where its mix was published; nil
	// leaves it to the provider.
	Answer func(r *rand.Rand) Code

	// Succeed and Confirm are how many passwords are found by default, with
	// access and without. FoundAt is how far into the campaign that happens, 0
	// to 1; 0 is 0.6.
	Succeed, Confirm int
	FoundAt          float64

	Stay []string // what an intruder does besides reading mail and hiding what arrives
}

// Lookup returns the scenario of that name.
func Lookup(name string) (Scenario, bool) {
	for _, s := range Scenarios() {
		if s.Name == name {
			return s, true
		}
	}
	return Scenario{}, false
}
