package spray

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/run"
)

// claim is one thing that a system says: a campaign of pumphandle, an alert of
// a rule. It names the sign-ins that it is about, so that the truth of it can
// be asked.
type claim struct {
	name  string // the campaign's id, or the rule's key: what alerts of one rule have in common
	at    int64  // when it is said: of a rule the time of the sign-in that set it off; 0 for a campaign, which a scan says at its end
	parts []part // by organisation
	why   []string
}

// part is a claim's part at one organisation.
type part struct {
	org      org.ID
	events   []int32                    // the sign-ins it covers, by position in the world
	accounts map[string]outcome.Outcome // who it says was tried
	sources  map[netip.Addr]bool        // from where
}

func newPart(id org.ID) part {
	return part{org: id, accounts: map[string]outcome.Outcome{}, sources: map[netip.Addr]bool{}}
}

// claims turns what a scan found into claims.
func (w *world) claims(r *run.Result) []claim {
	all := make([]claim, 0, len(r.Campaigns))
	for i, c := range r.Campaigns {
		out := claim{name: c.ID, why: reasons(c)}
		for k, m := range c.Members {
			p := newPart(m.Org)
			scene := r.Scenes[m.Org]
			for _, a := range m.Attempts {
				if at, ok := w.byKey[scene.Key(a)]; ok {
					p.events = append(p.events, at)
				}
			}
			for _, a := range r.Targets[i][k].Accounts {
				p.accounts[a.Account] = a.Outcome
			}
			for _, s := range r.Targets[i][k].Sources {
				p.sources[s] = true
			}
			out.parts = append(out.parts, p)
		}
		all = append(all, out)
	}
	return all
}

// reasons says in words why a campaign is one.
func reasons(c campaign.Campaign) []string {
	var kinds []string
	for _, k := range c.Kinds {
		kinds = append(kinds, string(k))
	}
	detectors := map[string]int{}
	for _, f := range c.Findings {
		detectors[f.Detector]++
	}
	why := []string{strings.Join(kinds, ", ") + " by " + counts(detectors)}
	for _, e := range c.Evidence {
		why = append(why, fmt.Sprintf("%+.1f %s", e.Weight, e.Text))
	}
	return why
}

// alert is what a rule says: which sign-ins it is about, when it said so, and
// by which key (an address, an account) later alerts are known to be the same.
type alert struct {
	key    string
	at     int64
	events []int32
}

// alerted turns alerts into claims. A rule that names an event names its
// account and its address.
func (w *world) alerted(alerts []alert) []claim {
	all := make([]claim, 0, len(alerts))
	for _, a := range alerts {
		c := claim{name: a.key, at: a.at}
		for _, i := range a.events {
			e := &w.events[i]
			k := slices.IndexFunc(c.parts, func(p part) bool { return p.org == e.Org })
			if k < 0 {
				k = len(c.parts)
				c.parts = append(c.parts, newPart(e.Org))
			}
			p := &c.parts[k]
			p.events = append(p.events, i)
			p.accounts[e.Account] = outcome.Attempted
			if e.Addr.IsValid() {
				p.sources[e.Addr] = true
			}
		}
		all = append(all, c)
	}
	return all
}

// planted is how many of the sign-ins are any campaign's.
func (w *world) planted(events []int32) int {
	n := 0
	for _, i := range events {
		if w.truth[i].campaign != innocent {
			n++
		}
	}
	return n
}

// truthful reports whether at least half of what is covered is of campaigns.
func (w *world) truthful(events []int32) bool {
	n := w.planted(events)
	return n > 0 && 2*n >= len(events)
}

// covered is all that a claim is about.
func (c *claim) covered() []int32 {
	var all []int32
	for _, p := range c.parts {
		all = append(all, p.events...)
	}
	return all
}

// day is how long a rule's alerts of one key count as one false alarm.
const day = int64(24 * time.Hour / time.Millisecond)
