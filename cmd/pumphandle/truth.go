package main

import (
	"fmt"
	"io"
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
	sources  int // of the label's sources, how many were found
	wrong    []string
}

// truth is a whole scan held against the labels of its input.
type truth struct {
	verdicts  []verdict
	unplanted []string // campaigns that no label explains
}

// compare holds a result against labels.
func compare(labels []simulate.Label, r *run.Result) truth {
	var t truth
	explained := map[string]bool{}
	for _, l := range labels {
		v := verdict{label: l}
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
		if v.campaign == "" || v.outcome != v.label.Outcome || len(v.wrong) > 0 {
			return false
		}
	}
	return len(t.unplanted) <= 1
}

func (t truth) write(w io.Writer) {
	fmt.Fprintln(w, "WHAT WAS PLANTED AND WHAT WAS FOUND")
	fmt.Fprintf(w, "  %-18s %-22s %-13s %9s %9s  %s\n", "planted", "at", "found as", "accounts", "sources", "outcome")
	for _, v := range t.verdicts {
		found := v.campaign
		if found == "" {
			found = "MISSED"
		}
		verdict := strings.ReplaceAll(v.outcome.String(), "_", " ")
		if v.outcome != v.label.Outcome {
			verdict += " WRONG: " + v.label.Outcome.String()
		}
		fmt.Fprintf(w, "  %-18s %-22s %-13s %9s %9s  %s\n", v.label.Campaign, v.label.Org, found,
			fmt.Sprintf("%d/%d", v.accounts, len(v.label.Accounts)), fmt.Sprintf("%d/%d", v.sources, len(v.label.Sources)), verdict)
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
	fmt.Fprintf(w, "  accounts reported that were not hit: %d; campaigns that were not planted: %d\n", total, len(t.unplanted))
}
