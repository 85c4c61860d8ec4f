package spray

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Detail says in words what pumphandle missed and what it claimed wrongly in
// one world: for whoever works on the detectors.
type Detail []string

const (
	maxNames  = 4 // of accounts in a line
	maxClaims = 20
)

func (w *world) detail(claims []claim) Detail {
	var d Detail
	add := func(format string, args ...any) { d = append(d, fmt.Sprintf(format, args...)) }
	told := w.toldIn(claims)
	said := map[account]outcome.Outcome{}
	w.credited(claims, func(_ *claim, p *part) {
		for name, o := range p.accounts {
			said[account{p.org, name}] = max(said[account{p.org, name}], o)
		}
	})
	gone := map[string][]string{} // by campaign: where all of it was missed
	for _, l := range w.labels {
		if !told[target{int16(slices.Index(w.campaigns, l.Campaign)), l.Org}] {
			gone[l.Campaign] = append(gone[l.Campaign], fmt.Sprintf("%s (%d accounts, %d tries, %d addresses)", l.Org, len(l.Accounts), l.Attempts, len(l.Sources)))
			continue
		}
		var missed, wrong []string
		for _, a := range l.Accounts {
			o, ok := said[account{l.Org, a.Account}]
			switch {
			case !ok:
				missed = append(missed, fmt.Sprintf("%s (%d tries)", a.Account, a.Attempts))
			case o != a.Outcome:
				wrong = append(wrong, fmt.Sprintf("%s is %s, found %s", a.Account, a.Outcome, o))
			}
		}
		if len(missed) > 0 {
			add("accounts  %s at %s: %d of %d missed: %s", l.Campaign, l.Org, len(missed), len(l.Accounts), some(missed))
		}
		if len(wrong) > 0 {
			add("outcome   %s at %s: %s", l.Campaign, l.Org, some(wrong))
		}
	}
	for _, name := range w.campaigns {
		if n := len(gone[name]); n > 0 {
			add("missed    %s at %d organisations: %s", name, n, some(gone[name]))
		}
	}
	d = append(d, w.strangers(claims, said)...)
	shown := 0
	for _, c := range claims {
		covered := c.covered()
		what := "extra     "
		switch {
		case !w.truthful(covered):
			what = "unplanted "
		case !slices.ContainsFunc(c.parts, func(p part) bool { return !w.truthful(p.events) }):
			continue
		}
		if shown++; shown > maxClaims {
			continue
		}
		add("%s%s at %s: %s", what, c.name, w.places(c), w.causes(covered))
		for _, why := range c.why {
			add("            %s", why)
		}
	}
	if shown > maxClaims {
		add("and %d more claims", shown-maxClaims)
	}
	return d
}

// strangers says which accounts true claims name although nobody tried them,
// and what the sign-ins were that were taken for the attacker's.
func (w *world) strangers(claims []claim, said map[account]outcome.Outcome) Detail {
	hit := map[account]bool{}
	for _, l := range w.labels {
		for _, a := range l.Accounts {
			hit[account{l.Org, a.Account}] = true
		}
	}
	names := map[org.ID][]string{}
	for a, o := range said {
		if !hit[a] {
			names[a.org] = append(names[a.org], fmt.Sprintf("%s (%s)", a.name, o))
		}
	}
	causes := map[org.ID][]int32{}
	w.credited(claims, func(_ *claim, p *part) {
		for _, i := range p.events {
			if w.truth[i].campaign == innocent {
				causes[p.org] = append(causes[p.org], i)
			}
		}
	})
	var d Detail
	for _, id := range slices.Sorted(maps.Keys(names)) {
		slices.Sort(names[id])
		d = append(d, fmt.Sprintf("strangers %d accounts at %s were not tried (%s): %s", len(names[id]), id, w.causes(causes[id]), some(names[id])))
	}
	return d
}

func some(list []string) string {
	if len(list) > maxNames {
		return strings.Join(list[:maxNames], ", ") + ", …"
	}
	return strings.Join(list, ", ")
}

// places says where a claim is, and which of its parts are not so.
func (w *world) places(c claim) string {
	var list []string
	for _, p := range c.parts {
		note := ""
		if !w.truthful(p.events) {
			note = " (not hit)"
		}
		list = append(list, string(p.org)+note)
	}
	return strings.Join(list, ", ")
}

// causes says what the covered sign-ins were.
func (w *world) causes(events []int32) string {
	n := map[string]int{}
	for _, i := range events {
		n[w.truth[i].cause.String()]++
	}
	return counts(n)
}

// counts writes counts by name, in order of the names.
func counts(n map[string]int) string {
	var list []string
	for _, k := range slices.Sorted(maps.Keys(n)) {
		list = append(list, fmt.Sprintf("%d %s", n[k], k))
	}
	return strings.Join(list, ", ")
}
