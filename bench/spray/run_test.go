package spray

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
)

// The same options give the same bytes, with one worker or several; what is
// measured makes sense.
func TestRunIsDeterministic(t *testing.T) {
	var texts [2]bytes.Buffer
	for i, workers := range []int{1, 3} {
		r, err := Run(context.Background(), Options{
			Scenarios: []string{"planted-500", "quiet", "fields=both"}, Seeds: 2, Seed: 4, Orgs: 2, Accounts: 12,
			Quick: true, Sweeps: true, Rivals: true, Workers: workers,
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.WriteJSON(&texts[i]), r.WriteText(&texts[i]), r.WriteDetails(&texts[i])); err != nil {
			t.Fatal(err)
		}
		for _, c := range r.Cases {
			for _, one := range c.Ours().Scores { // what is found at the end was found at some step
				if early := one.Delay.Hours > 0 && one.Delay.Hours < 24*14; c.Name == "planted-500" && early != (2*one.Orgs.Found >= one.Orgs.Of) {
					t.Errorf("%d of %d found after %v hours", one.Orgs.Found, one.Orgs.Of, one.Delay.Hours)
				}
			}
			for _, s := range c.Systems {
				for _, one := range s.Scores {
					quiet := c.Group == Quiet
					if (one.Orgs.Of == 0) != quiet || one.Orgs.Found > one.Orgs.Of || one.Accounts.Found > one.Accounts.Of ||
						one.Sources.Found > one.Sources.Of || one.Benign == 0 || one.Weeks == 0 {
						t.Errorf("%s, %s: %+v", c.Name, s.Name, one)
					}
				}
			}
		}
	}
	if texts[0].String() != texts[1].String() {
		t.Error("one worker and three differ")
	}
	for i, line := range strings.Split(texts[0].String(), "\n") {
		if n := len([]rune(line)); i > 0 && n > 80 && !strings.HasPrefix(line, "  ") {
			t.Errorf("%d characters: %s", n, line)
		}
	}
}

func TestRunIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	o := Options{Scenarios: []string{"planted-500", "quad7", "quiet"}, Quick: true, Orgs: 1, Accounts: 10, Seeds: 1, Workers: 1}
	o.Progress = func(int, int) { cancel() }
	r, err := Run(ctx, o)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want an interrupted run", err)
	}
	if len(r.Cases) != 1 || r.Missing != 2 {
		t.Errorf("%d cases are complete and %d missing, want 1 and 2", len(r.Cases), r.Missing)
	}
}

func TestCases(t *testing.T) {
	all, err := Cases(Options{Sweeps: true})
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	groups := map[string]bool{Scenarios: true, Quiet: true}
	for _, s := range Sweeps() {
		groups[s.Group] = true
	}
	for _, c := range all {
		if seen[c.Name] || !groups[c.Group] {
			t.Errorf("%q of group %q: it stands twice or its group is unknown", c.Name, c.Group)
		}
		seen[c.Name] = true
		if _, err := c.spec(1); err != nil {
			t.Errorf("%s: %v", c.Name, err)
		}
	}
	for _, o := range []Options{{Seeds: -1}, {Orgs: 201}, {Accounts: 2000}, {Orgs: 198, Accounts: 251}, {Accounts: 4000, Scenarios: []string{"quiet"}}} {
		if _, err := Cases(o); err == nil {
			t.Errorf("%+v is taken", o)
		}
	}
	if _, err := Cases(Options{Accounts: 4000, Scenarios: []string{"quad7"}}); err != nil {
		t.Error(err)
	}
	if _, err := Cases(Options{Scenarios: []string{"quad8"}}); err == nil || !strings.Contains(err.Error(), "quad7") {
		t.Errorf("an unknown name: %v", err)
	}
}
