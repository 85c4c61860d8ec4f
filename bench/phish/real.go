package phish

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/mail/signal"
)

// The receiver that every mail in neutral form names.
const neutralReceiver = "mx.research-hospital.example"

// Real is what is found of real phish, and flagged of real ham.
type Real struct {
	Forms  []Form  `json:"forms"`
	Splits []Split `json:"splits"` // of the first form
}

// Form is the sets in one form.
type Form struct {
	Name   string      `json:"name"`
	About  string      `json:"about"`
	At     []Operating `json:"at"`
	Alerts []Named     `json:"alerts"` // by set: share that raises an alert by itself, nothing of the past being known
}

// Operating is what is found at one threshold.
type Operating struct {
	Ham        string  `json:"ham"`  // on which the threshold was chosen
	Rate       float64 `json:"rate"` // false alarms allowed there
	Threshold  float64 `json:"threshold"`
	Chosen     Share   `json:"chosen"` // false alarms on that ham
	Recall     Share   `json:"recall"`
	Clusters   Share   `json:"clusters"` // recall with one mail of each cluster of near-duplicates, the first
	Categories []Named `json:"categories"`
	Years      []Named `json:"years"`
	Others     []Named `json:"others"` // share flagged of the other sets
}

// The names of the parts of the sets.
const (
	phishSet = "phish"
	listHam  = "modern ham"
	bulkHam  = "bulk list ham"
	easyHam  = "2002 ham, easy"
	hardHam  = "2002 ham, hard"
	oldSpam  = "2002 spam"
	greySpam = "spam"
)

var parts = []string{phishSet, listHam, bulkHam, easyHam, hardHam, oldSpam, greySpam}

// part says to which part a mail belongs.
func part(m *Mail) string {
	switch {
	case m.Label == "phish":
		return phishSet
	case m.Set == "ham-bulk-dev":
		return bulkHam
	case m.Label == "ham" && m.Set != "sa2002-dev":
		return listHam
	case m.Label == "ham" && strings.Contains(m.File, "hard"):
		return hardHam
	case m.Label == "ham":
		return easyHam
	case m.Set == "sa2002-dev":
		return oldSpam
	}
	return greySpam
}

func of(names ...string) func(*judged) bool {
	return func(j *judged) bool { return slices.Contains(names, part(&j.Mail)) }
}

// measureReal measures the sets in all forms.
func measureReal(with, without *signal.Examiner, sets, bulk []Mail) *Real {
	asIs := func(b []byte) []byte { return b }
	both := func(e *signal.Examiner) []judged {
		return slices.Concat(judge(e, sets, Neutral), judge(e, bulk, asIs))
	}
	first := both(with)
	r := &Real{Splits: splits(first)}
	r.Forms = append(r.Forms,
		newForm("neutral", "artefacts of the corpora removed; the receiver's verdict on authentication is believed", first),
		newForm("neutral, nobody believed", "the same without any verdict on authentication", both(without)),
		newForm("raw", "as received, nobody believed: part of what is found here is the corpus, not the attack", judge(without, sets, asIs)))
	return r
}

func newForm(name, about string, all []judged) Form {
	f := Form{Name: name, About: about}
	bases := [][]string{{listHam}}
	if slices.ContainsFunc(all, func(j judged) bool { return j.Set == "ham-bulk-dev" }) {
		bases = append(bases, []string{listHam, bulkHam})
	}
	for _, base := range bases {
		for _, rate := range rates {
			f.At = append(f.At, operate(all, strings.Join(base, " and "), of(base...), rate))
		}
	}
	for _, p := range parts {
		if s := alerts(all, of(p)); s.N > 0 {
			f.Alerts = append(f.Alerts, Named{p, s})
		}
	}
	return f
}

// operate chooses a threshold on some ham and measures everything else at it.
func operate(all []judged, name string, ham func(*judged) bool, rate float64) Operating {
	o := Operating{Ham: name, Rate: rate}
	chosen := scores(all, ham)
	o.Threshold = threshold(chosen, rate)
	o.Chosen = above(chosen, o.Threshold)
	o.Recall = above(scores(all, of(phishSet)), o.Threshold)
	seen := map[string]bool{}
	o.Clusters = above(scores(all, func(j *judged) bool {
		if j.Label != "phish" || seen[j.Cluster] && j.Cluster != "" {
			return false
		}
		seen[j.Cluster] = true
		return true
	}), o.Threshold)
	o.Categories = by(all, o.Threshold, func(j *judged) string {
		if j.Label != "phish" {
			return ""
		}
		return j.Category
	})
	o.Years = by(all, o.Threshold, func(j *judged) string {
		if j.Label != "phish" {
			return ""
		}
		return yearText(j.Year)
	})
	for _, p := range parts[2:] {
		if s := above(scores(all, of(p)), o.Threshold); s.N > 0 {
			o.Others = append(o.Others, Named{p, s})
		}
	}
	return o
}

// yearText puts the few of the first years together.
func yearText(year int) string {
	switch {
	case year < 2023:
		return "to 2022"
	case year == 2023:
		return "2023"
	}
	return "2024"
}

// by measures each group of mails at a threshold; "" is none. The largest
// group comes first.
func by(all []judged, limit float64, group func(*judged) string) []Named {
	found := map[string][]float64{}
	for i := range all {
		if g := group(&all[i]); g != "" {
			found[g] = append(found[g], all[i].score)
		}
	}
	var out []Named
	for g, s := range found {
		out = append(out, Named{g, above(s, limit)})
	}
	slices.SortFunc(out, func(a, b Named) int { return cmp.Or(cmp.Compare(b.N, a.N), cmp.Compare(a.Name, b.Name)) })
	return out
}
