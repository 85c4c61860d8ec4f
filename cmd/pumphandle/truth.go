package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/simulate"
)

// verdict is one label held against what was found.
type verdict struct {
	label    simulate.Label
	campaign string // the campaign that found most of its accounts; "" if none
	outcome  outcome.Outcome
	accounts int // of the label's accounts, how many were found
	clean    int // of the accounts reported, how many were the label's
	reported int
	sources  int // of the label's sources, how many were found; of mails, how many of the mails
	of       int // ... and how many there are
	parts    int // campaigns that hold its mails: senders with nothing in common are as many
	wrong    []string
	asked    []string // accounts taken after a mail, where the sign-in is shown and its owner is to be asked
}

// truth is a whole scan held against the labels of its input.
type truth struct {
	verdicts  []verdict
	unplanted []string // campaigns that no label explains
}

// compare holds a result against the truth of its input.
func compare(world simulate.Manifest, r *run.Result) truth {
	var t truth
	explained := map[string]bool{}
	mails := map[[2]string]map[string]bool{} // campaign and organisation: message ids
	for _, m := range world.Mails {
		k := [2]string{m.Campaign, m.Org}
		if mails[k] == nil {
			mails[k] = map[string]bool{}
		}
		mails[k][m.MessageID] = true
	}
	for _, l := range world.Labels {
		if sent := mails[[2]string{l.Campaign, string(l.Org)}]; sent != nil {
			t.verdicts = append(t.verdicts, compareMail(l, sent, r, explained))
			continue
		}
		v := verdict{label: l, of: len(l.Sources)}
		want := map[string]outcome.Outcome{}
		for _, a := range l.Accounts {
			want[a.Account] = a.Outcome
		}
		for i, c := range r.Campaigns {
			for _, target := range r.Targets[i] {
				if target.Org != l.Org {
					continue
				}
				found := 0
				for _, a := range target.Accounts {
					if _, ok := want[a.Account]; ok {
						found++
					}
				}
				if found == 0 || found <= v.accounts {
					continue
				}
				v.campaign, v.outcome, v.accounts, v.reported = c.ID, target.Outcome, found, len(target.Accounts)
				v.clean = found
				v.wrong = nil
				for _, a := range target.Accounts {
					if o, ok := want[a.Account]; ok && o != a.Outcome {
						v.wrong = append(v.wrong, fmt.Sprintf("%s is %s, found %s", a.Account, o, a.Outcome))
					}
				}
				v.sources = common(l, target)
			}
		}
		explained[v.campaign] = true
		t.verdicts = append(t.verdicts, v)
	}
	for _, c := range r.Campaigns {
		if !explained[c.ID] {
			t.unplanted = append(t.unplanted, c.ID)
		}
	}
	return t
}

// compareMail holds a label of mails against every campaign that has one of
// them: a hand whose senders share nothing is found as several.
func compareMail(l simulate.Label, sent map[string]bool, r *run.Result, explained map[string]bool) verdict {
	v := verdict{label: l, of: len(sent), outcome: outcome.Blocked}
	want, got := map[string]outcome.Outcome{}, map[string]outcome.Account{}
	for _, a := range l.Accounts {
		want[a.Account] = a.Outcome
	}
	for i, c := range r.Campaigns {
		for _, target := range r.Targets[i] {
			n := 0
			for _, m := range target.Mails {
				if target.Org == l.Org && sent[m.MessageID] {
					n++
				}
			}
			if n == 0 {
				continue
			}
			if n == len(target.Mails) {
				n += target.MoreMails // the list ends, all of it was planted
			}
			explained[c.ID] = true
			v.sources += n
			v.parts++
			v.campaign = cmp.Or(v.campaign, c.ID)
			v.outcome = outcome.Further(v.outcome, target.Outcome)
			for _, a := range target.Accounts {
				if old, seen := got[a.Account]; !seen || outcome.Further(old.Outcome, a.Outcome) != old.Outcome {
					got[a.Account] = a
				}
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(got)) {
		a := got[name]
		v.reported++
		o, planted := want[name]
		if !planted {
			continue
		}
		v.accounts++
		v.clean++
		if _, ask := a.OwnerToAsk(); o == outcome.Succeeded && ask {
			v.asked = append(v.asked, name)
		} else if o != a.Outcome {
			v.wrong = append(v.wrong, fmt.Sprintf("%s is %s, found %s", name, o, a.Outcome))
		}
	}
	return v
}

func common(l simulate.Label, t outcome.Target) int {
	found := map[string]bool{}
	for _, a := range t.Sources {
		found[a.String()] = true
	}
	n := 0
	for _, a := range l.Sources {
		if found[a.String()] {
			n++
		}
	}
	return n
}

// right reports whether all that was planted was found with the right outcomes
// and at most one campaign was not planted.
func (t truth) right() bool {
	for _, v := range t.verdicts {
		if v.campaign == "" || v.outcome != v.label.Outcome && len(v.asked) == 0 || len(v.wrong) > 0 {
			return false
		}
	}
	return len(t.unplanted) <= 1
}

func (t truth) write(w io.Writer) {
	fmt.Fprintln(w, "WHAT WAS PLANTED AND WHAT WAS FOUND")
	fmt.Fprintf(w, "  %-18s %-22s %-16s %8s %9s  %s\n", "planted", "at", "found as", "accounts", "sources*", "outcome")
	for _, v := range t.verdicts {
		found := v.campaign
		if found == "" {
			found = "MISSED"
		}
		if v.parts > 1 {
			found += fmt.Sprintf(" +%d", v.parts-1)
		}
		verdict := strings.ReplaceAll(v.outcome.String(), "_", " ")
		if v.outcome != v.label.Outcome && len(v.asked) == 0 {
			verdict += " WRONG: " + v.label.Outcome.String()
		}
		fmt.Fprintf(w, "  %-18s %-22s %-16s %8s %9s  %s\n", v.label.Campaign, v.label.Org, found,
			fmt.Sprintf("%d/%d", v.accounts, len(v.label.Accounts)), fmt.Sprintf("%d/%d", v.sources, v.of), verdict)
		for _, name := range v.asked {
			fmt.Fprintf(w, "    taken, and its owner is to be asked: %s\n", run.Safe(name))
		}
		for _, what := range v.wrong {
			fmt.Fprintf(w, "    wrong: %s\n", run.Safe(what))
		}
	}
	extra := map[org.ID]int{}
	for _, v := range t.verdicts {
		extra[v.label.Org] += v.reported - v.clean
	}
	total := 0
	for _, n := range extra {
		total += n
	}
	fmt.Fprintln(w, "  * of mail: how many of the mails")
	fmt.Fprintf(w, "  accounts reported that were not hit: %d; campaigns that were not planted: %d\n", total, len(t.unplanted))
}
