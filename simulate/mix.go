package simulate

import "time"

// Mix is several scenarios that are simulated together under one name, for
// what one of them alone does not show.
type Mix struct {
	Name  string // as a user writes it
	What  string // what is hard about it
	Parts []Part
}

// Part is one scenario of a mix or request: a campaign of its own.
type Part struct {
	Scenario string
	Orgs     int           // how many organisations; 0: as the scenario has it
	Shared   int           // how many of them it has in common with the parts before
	Days     float64       // 0: as the scenario has it
	After    time.Duration // by how much it begins after the first
}

// Mixes lists every mix, one line each.
func Mixes() []Mix {
	return []Mix{
		{
			Name: "shared-tor",
			What: "Two campaigns at the same time through the same Tor exits, at twelve organisations of which four are attacked by both: " +
				"shared addresses do not make one hand of them.",
			Parts: []Part{
				{Scenario: "strontium-spray", Orgs: 8},
				{Scenario: "dev-0343", Orgs: 8, Shared: 4, Days: 5, After: 7 * time.Hour},
			},
		},
		{
			Name: "slow-and-loud",
			What: "A fast spray at the organisations at which a slow one goes on: the loud one must not hide the quiet one.",
			Parts: []Part{
				{Scenario: "quad7", Orgs: 8},
				{Scenario: "strontium-spray", Orgs: 8, Shared: 8, Days: 2, After: 4 * 24 * time.Hour},
			},
		},
	}
}

// LookupMix returns the mix of that name.
func LookupMix(name string) (Mix, bool) {
	for _, m := range Mixes() {
		if m.Name == name {
			return m, true
		}
	}
	return Mix{}, false
}
