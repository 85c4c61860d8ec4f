package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// The sentences of an edition are made of its published numbers alone. They
// can say nothing that the numbers do not, so that they need no audit of
// their own (G6).

var sectorWords = map[string]string{
	string(org.Hospital):         "Hospitals",
	string(org.ResearchHospital): "Research hospitals",
	string(org.Pharma):           "Pharmaceutical companies",
	string(org.VaccineResearch):  "Vaccine research",
	string(org.ClinicalResearch): "Clinical research",
	string(org.Diagnostics):      "Diagnostics",
	string(org.University):       "Universities",
	string(org.PublicHealth):     "Public health",
}

var outcomeWords = map[string]string{
	outcome.Blocked.String():           "Every attempt was refused",
	outcome.PasswordConfirmed.String(): "A password was right, no access was seen",
	outcome.Succeeded.String():         "Attackers gained access",
}

var habitWords = map[Habit]string{
	Slow:         "less than one attempt per account and hour",
	Steady:       "one to ten attempts per account and hour",
	Fast:         "more than ten attempts per account and hour",
	Rotating:     "a new network address for nearly every attempt",
	FewAddresses: "many attempts from each network address",
	Alphabetical: "accounts tried in alphabetical order",
	Guessed:      "most of the names tried belong to nobody",
}

var responseWords = map[ResponseKind]string{
	Denial:        "denies it",
	Confirmation:  "confirms it",
	NoComment:     "declined to comment",
	NoReply:       "was asked and did not reply",
	OtherResponse: "replied",
}

// likelihoods are the terms of Intelligence Community Directive 203 (2015) and
// the probabilities that they stand for, with a space that does not break.
var likelihoods = map[string]string{
	"almost no chance": "1 to 5 %", "remote": "1 to 5 %",
	"very unlikely": "5 to 20 %", "highly improbable": "5 to 20 %",
	"unlikely": "20 to 45 %", "improbable": "20 to 45 %",
	"roughly even chance": "45 to 55 %", "roughly even odds": "45 to 55 %",
	"likely": "55 to 80 %", "probable": "55 to 80 %",
	"very likely": "80 to 95 %", "highly probable": "80 to 95 %",
	"almost certain": "95 to 99 %", "almost certainly": "95 to 99 %", "nearly certain": "95 to 99 %",
}

var confidences = map[string]string{
	"low":      "the evidence is thin or of uncertain origin",
	"moderate": "the evidence is plausible and from more than one source, but leaves room for other readings",
	"high":     "the evidence is of good quality and from independent sources; it may still be wrong",
}

var basisWords = map[string]string{
	"technique":      "techniques used",
	"software":       "programs used",
	"infrastructure": "servers and networks used",
	"habit":          "habits of working",
	"victim":         "choice of targets",
	"lure":           "content of messages",
	"assessment":     "assessments of others",
}

// label returns a row's value in words.
func (t Table) label(value string, kinds []kindInfo) string {
	switch t.Dimension {
	case ByCountry:
		if r, err := language.ParseRegion(value); err == nil {
			return display.English.Regions().Name(r)
		}
	case BySector:
		return cmp.Or(sectorWords[value], value)
	case ByOutcome:
		return cmp.Or(outcomeWords[value], value)
	case ByKind:
		return kindTitle(detect.Kind(value), kinds)
	}
	return value
}

func kindTitle(k detect.Kind, kinds []kindInfo) string {
	if i := slices.IndexFunc(kinds, func(i kindInfo) bool { return i.Kind == k }); i >= 0 {
		return kinds[i].Title
	}
	return string(k)
}

func (e Edition) table(d Dimension) (Table, bool) {
	i := slices.IndexFunc(e.Tables, func(t Table) bool { return t.Dimension == d })
	if i < 0 {
		return Table{}, false
	}
	return e.Tables[i], true
}

// summary tells the edition in a few sentences.
func (e Edition) summary(kinds []kindInfo) []string {
	if e.Total.AtLeast == 0 {
		return []string{fmt.Sprintf("In %s, %s organisations that keep people healthy, possibly none, were found to be under attack. "+
			"Nothing more is told of so few.", e.Period, unbroken(e.Total))}
	}
	opening := fmt.Sprintf("In %s, %s organisations that keep people healthy were found to be under attack through sign-ins and mail.", e.Period, unbroken(e.Total))
	if e.Volume.Attempts != magnitudes[0] {
		opening += fmt.Sprintf(" The campaigns described here made %s of attempts.", e.Volume.Attempts)
	}
	out := []string{opening}
	var where []string
	for _, d := range []Dimension{ByCountry, ByRegion} {
		t, _ := e.table(d)
		for _, r := range t.sorted() {
			if r.Count.AtLeast > 0 {
				where = append(where, withArticle(t.label(r.Value, kinds))+" ("+unbroken(r.Count)+")")
			}
		}
	}
	if len(where) > 0 {
		out = append(out, "Those that can be placed without being exposed are in "+list(where)+".")
	}
	var what []string
	for _, k := range e.Kinds {
		what = append(what, inSentence(kindTitle(k.Kind, kinds)))
	}
	if len(what) > 0 {
		out = append(out, "The attackers used "+list(what)+".")
	}
	if sentences := e.outcomeSentences(); len(sentences) > 0 {
		out = append(out, strings.Join(sentences, " "))
	}
	return out
}

// outcomeSentences tells the outcomes. "Most" means that the published numbers
// prove more than half; "some" means at least k.
func (e Edition) outcomeSentences() []string {
	t, _ := e.table(ByOutcome)
	var out []string
	for _, r := range t.Rows {
		n := "In some of them (" + unbroken(r.Count) + "),"
		if 2*r.Count.AtLeast > e.Total.AtMost {
			n = "In most of them (" + unbroken(r.Count) + "),"
		}
		known := r.Count.AtLeast > 0
		switch {
		case r.Value == outcome.Blocked.String() && known:
			out = append(out, n+" every attempt was refused.")
		case r.Value == outcome.PasswordConfirmed.String() && known:
			out = append(out, n+" an attacker had a right password, and no access was seen.")
		case r.Value == outcome.Succeeded.String() && known:
			out = append(out, n+" attackers gained access.")
		case r.Value == outcome.Succeeded.String():
			out = append(out, fmt.Sprintf("Whether attackers gained access to any of them is not told here: the number is %s, which may be none.", unbroken(r.Count)))
		}
	}
	return out
}

// unbroken writes a number so that no line ends inside it.
func unbroken(c Count) string { return strings.ReplaceAll(c.String(), " ", "\u00a0") }

// sorted returns the rows, largest first.
func (t Table) sorted() []Row {
	rows := slices.Clone(t.Rows)
	slices.SortStableFunc(rows, func(a, b Row) int { return b.Count.AtLeast - a.Count.AtLeast })
	return rows
}

// withArticle writes the name of a place as it stands in a sentence.
func withArticle(place string) string {
	for _, s := range []string{"United ", "Netherlands", "Philippines", "Bahamas", "Maldives", "Dominican ", "Central ", "Americas"} {
		if strings.HasPrefix(place, s) {
			return "the " + place
		}
	}
	return place
}

func list(items []string) string {
	if len(items) < 2 {
		return strings.Join(items, "")
	}
	return strings.Join(items[:len(items)-1], ", ") + " and " + items[len(items)-1]
}

func inSentence(title string) string { return strings.ToLower(title[:1]) + title[1:] }
