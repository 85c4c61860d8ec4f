package main

import (
	"context"
	"fmt"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/simulate"
)

// atom prints how many failures of a quiet month are left after each condition
// of the atom of detection, per organisation and day, and of what cause.
func atom() error {
	spec, err := simulate.Single("real-a", "entra-graph", 22, 0, 77)
	if err != nil {
		return err
	}
	spec.Campaigns, spec.Days = nil, 28
	facts := map[org.ID]*ledger.Ledger{}
	causes := map[truthKey]simulate.Cause{}
	if _, err := simulate.Watch(context.Background(), spec, func(s simulate.Seen) {
		if facts[s.Org] == nil {
			facts[s.Org] = ledger.New(ledger.Budget{})
		}
		causes[truthKey{s.Org, s.Event.Key}] = s.Cause
		facts[s.Org].Add(s.Event, "log")
	}); err != nil {
		return err
	}
	steps := []struct {
		name string
		want detect.Novelty
	}{
		{"all refused tries of a credential", 0},
		{"and new network", detect.NewNetwork},
		{"and foreign network", detect.NewNetwork | detect.ForeignNetwork},
		{"and unresolved", detect.Orphan},
		{"and new client", detect.Orphan | detect.NewClient},
		{"and fresh", detect.OrphanNovel},
	}
	total := make([]int, len(steps))
	by := make([]map[simulate.Cause]int, len(steps))
	for k := range by {
		by[k] = map[simulate.Cause]int{}
	}
	for _, o := range spec.Orgs {
		s := detect.NewScene(o.ID, facts[o.ID].View())
		for i, n := range s.Novelty {
			if c := s.Attempt(uint32(i)).Class; !c.Refused() && !c.ConfirmsPassword() {
				continue
			}
			for k, step := range steps {
				if n.Is(step.want) {
					total[k]++
					by[k][causes[truthKey{o.ID, s.Key(uint32(i))}]]++
				}
			}
		}
	}
	days := float64(len(spec.Orgs) * spec.Days)
	for k, step := range steps {
		fmt.Printf("%-36s %7.2f a day ", step.name, float64(total[k])/days)
		for c := simulate.CauseSignIn; int(c) < 32; c++ {
			if n := by[k][c]; n > 0 {
				fmt.Printf("  %s %.2f", c, float64(n)/days)
			}
		}
		fmt.Println()
	}
	return nil
}
