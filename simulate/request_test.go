package simulate

import (
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/org"
)

func TestRequestPlacesScenarios(t *testing.T) {
	spec, err := Request{Scenarios: []string{"quad7", "midnight", "peach-2023"}, Formats: []string{"entra-graph"}, Orgs: 4, Shared: 1, Bystanders: 2}.Spec()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]org.ID{{"org-01", "org-02", "org-03", "org-04"}, {"org-04", "org-05", "org-06", "org-07"}, {"org-07", "org-08", "org-09", "org-10"}}
	for i, c := range spec.Campaigns {
		if !slices.Equal(c.Orgs, want[i]) {
			t.Errorf("%s is at %v, want %v", c.Scenario, c.Orgs, want[i])
		}
	}
	if len(spec.Orgs) != 12 || spec.Days != daysBefore+15+daysAfter {
		t.Errorf("%d organisations for %d days", len(spec.Orgs), spec.Days)
	}
}

// TestMixesRun opens every mix and wants each of its parts to have happened.
func TestMixesRun(t *testing.T) {
	for _, m := range Mixes() {
		spec, err := Request{Seed: 3, Scenarios: []string{m.Name}, Formats: []string{"entra-graph", "m365-audit"}, Accounts: 60}.Spec()
		if err != nil {
			t.Fatal(err)
		}
		spec.Background.SignIns = 0.1
		w := newWorld(spec)
		campaigns := newCampaigns(w, spec.Campaigns)
		labels := map[string]int{}
		for _, o := range w.Orgs {
			attempts, tally := live(w, o, campaigns), newTally(o)
			for i := range attempts {
				tally.add(&attempts[i])
			}
			for _, l := range tally.labels(campaigns) {
				labels[l.Campaign]++
			}
		}
		for i, p := range m.Parts {
			if n := len(spec.Campaigns[i].Orgs); labels[p.Scenario] != n || n == 0 {
				t.Errorf("%s: %s left %d labels, want %d", m.Name, p.Scenario, labels[p.Scenario], n)
			}
		}
	}
}

func TestRequestIsChecked(t *testing.T) {
	for want, r := range map[string]Request{
		"no format is given":            {},
		"no format is called":           {Formats: []string{"papyrus"}},
		"no scenario is called":         {Formats: []string{"sshd"}, Scenarios: []string{"moonlight"}},
		"up to 500 organisations":       {Formats: []string{"sshd"}, Scenarios: []string{"quad7", "midnight"}, Orgs: 300},
		"accounts: between 1 and":       {Formats: []string{"sshd"}, Scenarios: []string{"quad7"}, Accounts: -1},
		"up to 300 can be simulated":    {Formats: []string{"sshd"}, Days: 301},
		"stands twice":                  {Formats: []string{"sshd"}, Scenarios: []string{"shared-tor", "dev-0343"}},
		"cannot share -1 organisations": {Formats: []string{"sshd"}, Shared: -1},
	} {
		if _, err := r.Spec(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v gives %v, want %q", r, err, want)
		}
	}
}
