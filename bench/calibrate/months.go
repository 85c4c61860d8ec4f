package main

import (
	"fmt"

	"github.com/pumphandle/pumphandle/simulate"
)

// month is one simulated time at some organisations.
type month struct {
	name, scenario string
	spec           simulate.Spec
	blind          bool // neither user agents nor places
}

// months are what is learned from: every scenario at one, three and ten
// organisations, with other seeds, backgrounds and missing fields; and months
// without any campaign, half of all organisation-weeks.
func months() []month {
	var out []month
	add := func(scenario string, n int, seed uint64, blind bool, change func(*simulate.Spec)) {
		name := scenario
		if scenario == "quiet" {
			scenario = "real-a"
		}
		spec, err := simulate.Single(scenario, "entra-graph", n, 0, seed)
		if err != nil {
			panic(err) // the list below is ours
		}
		if name == "quiet" {
			spec.Campaigns, spec.Days = nil, 28
		}
		if change != nil {
			change(&spec)
		}
		out = append(out, month{fmt.Sprintf("%s, %d organisations, seed %d", name, n, seed), name, spec, blind})
	}
	seed := uint64(1000)
	for _, s := range simulate.Scenarios() {
		for _, n := range []int{1, 3, 10} {
			seed++
			add(s.Name, n, seed, false, variety(seed))
		}
		seed++
		add(s.Name, 6, seed, true, variety(seed))
	}
	for i, rate := range []float64{0.05, 0.2, 0.5, 1, 2, 5, 20, 100} { // slower and faster than published
		for _, imitate := range []bool{false, true} {
			seed++
			change := variety(seed)
			add("quad7", []int{1, 3, 10, 20}[(i+i/4)%4], seed, false, func(s *simulate.Spec) {
				change(s)
				s.Campaigns[0].Rate, s.Campaigns[0].Imitate, s.Campaigns[0].Accounts = rate, imitate, []int{4, 12, 40}[seed%3]
				s.Campaigns[0].Days = min(14, max(2, 20/rate))
			})
		}
	}
	for _, days := range []float64{1, 2, 4} { // on the first days there is little to see
		for _, n := range []int{5, 10, 20} {
			for _, imitate := range []bool{false, true} {
				seed++
				change := variety(seed)
				add("quad7", n, seed, false, func(s *simulate.Spec) {
					change(s)
					s.Campaigns[0].Rate, s.Campaigns[0].Imitate, s.Campaigns[0].Accounts, s.Campaigns[0].Days = 1, imitate, 4, days
				})
			}
		}
	}
	for i := range 24 {
		seed++
		add("quiet", []int{1, 4, 10, 22}[i%4], seed, i%8 == 7, variety(seed))
	}
	return out
}

// variety makes the background of a month another one: quieter or noisier,
// with more typing errors, scanners, people behind Tor, a day on which all
// passwords had to be changed.
func variety(seed uint64) func(*simulate.Spec) {
	return func(s *simulate.Spec) {
		b := &s.Background
		b.NoiseBase *= []float64{0.3, 1, 2, 4}[seed%4]
		b.NoisePerAccount *= []float64{1, 3}[seed/4%2]
		b.NoiseShape *= []float64{0.5, 1, 2}[seed%3]
		b.SignIns *= []float64{0.7, 1, 1.6}[seed/2%3]
		b.TypoAgain = []float64{0.1, 0.3}[seed%2]
		b.NewAddress *= []float64{1, 3}[seed/3%2]
		if seed%3 == 0 { // a hard one
			b.Gateway, b.Relay, b.LongTail = 0.4, 0.12, 0.3
			b.Joiners, b.Leavers, b.Guests = 0.05, 0.05, 0.05
			b.Outages, b.BridgeOutages, b.Workloads = 3, 3, 10
			b.Apps, b.StaleShare = 5, 0.04
		}
		for i := range s.Orgs {
			o := &s.Orgs[i]
			k := uint64(i) + seed
			o.Accounts = []int{150, 400, 400, 900}[k%4]
			o.ScannerRuns = int(k % 3)
			o.TorUsers = []int{0, 0, 4}[k%3]
			if k%5 == 0 {
				o.Rotation = s.Start.AddDate(0, 0, int(3+k%10))
			}
		}
	}
}
