package simulate

import (
	"context"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// What is watched is what the labels say: each campaign's attempts, by
// organisation, and nobody else's.
func TestWatchSeesWhatLabelsSay(t *testing.T) {
	spec, err := Single("planted-500", "entra-graph", 3, 0, 5)
	if err != nil {
		t.Fatal(err)
	}
	attempts := map[org.ID]int{}
	after := map[org.ID]int{}
	signIns, last := 0, map[org.ID]time.Time{}
	m, err := Watch(context.Background(), spec, func(s Seen) {
		if s.Event.Time.Before(last[s.Org].Truncate(time.Second)) {
			t.Errorf("%s: %s comes after %s", s.Org, s.Event.Time, last[s.Org])
		}
		last[s.Org] = s.Event.Time
		switch {
		case s.Campaign == "planted-500" && s.Cause == CauseCampaign:
			attempts[s.Org]++
			if s.Event.UserAgent != "BAV2ROPC" || s.Event.Protocol != signin.ROPC {
				t.Errorf("an attempt came with %q over %s", s.Event.UserAgent, s.Event.Protocol)
			}
		case s.Campaign == "planted-500":
			after[s.Org]++
		case s.Cause == CauseSignIn && s.Event.Class.Succeeded():
			signIns++
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Labels) != 3 || signIns < 3000 {
		t.Fatalf("%d labels, %d sign-ins of people", len(m.Labels), signIns)
	}
	for _, l := range m.Labels {
		if attempts[l.Org] != l.Attempts || after[l.Org] != l.After {
			t.Errorf("%s: watched %d attempts and %d of an intruder, the label has %d and %d", l.Org, attempts[l.Org], after[l.Org], l.Attempts, l.After)
		}
	}
}
