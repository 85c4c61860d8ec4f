package report

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/detect"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// Withheld is something that an edition does not tell, and why. It belongs to
// the private side.
type Withheld struct {
	What string `json:"what"`
	Why  string `json:"why"`
}

// Compile makes the next edition. What it withholds is listed beside it; if
// the edition would still let an outsider prove a number of 1 to k-1, alone or
// together with the editions of the ledger, there is no edition but an error.
// Once released, the edition has to be added to the ledger ([Ledger.With]).
func Compile(in Input) (Edition, []Withheld, error) {
	e, withheld, err := compile(in)
	if err != nil {
		return Edition{}, nil, fmt.Errorf("compiling edition %d: %w", in.Number, err)
	}
	return e, withheld, nil
}

func compile(in Input) (Edition, []Withheld, error) {
	kinds, err := readKinds()
	if err != nil {
		return Edition{}, nil, err
	}
	if err := in.check(); err != nil {
		return Edition{}, nil, err
	}
	var withheld []Withheld
	withhold := func(what, why string) { withheld = append(withheld, Withheld{what, why}) }

	targets, period, err := in.covered(withhold)
	if err != nil {
		return Edition{}, nil, err
	}
	victims := in.victims(targets)
	e := Edition{
		Schema: Schema, Number: in.Number, TLP: "TLP:CLEAR",
		Released: in.Released.UTC().Format(time.DateOnly), Period: period,
		Publisher: in.Publisher,
		Rules:     Rules{K: in.Policy.K, Universe: in.Policy.Universe, Places: in.Policy.Places},
		Norms:     listed(in.Norms), Responses: listed(in.Responses), Prose: in.Prose, Corrections: listed(in.Corrections),
		Total: in.Ledger.total(len(victims), in.Policy.K),
	}
	if e.ID, err = randomID(in.Random); err != nil {
		return Edition{}, nil, err
	}
	tables, notNamed, err := tabulate(in.Policy, kinds, victims)
	if err != nil {
		return Edition{}, nil, err
	}
	e.Tables, withheld = listed(tables), append(withheld, notNamed...)
	e.Kinds = described(tables, kinds)
	if err := e.addCampaigns(in, targets, withhold); err != nil {
		return Edition{}, nil, err
	}
	e.Indicators = in.indicators(targets, withhold)
	if breaches := Audit(e, in.Ledger); len(breaches) > 0 {
		var errs []error
		for _, b := range breaches {
			errs = append(errs, errors.New(b.String()))
		}
		return Edition{}, nil, errors.Join(errs...)
	}
	return e, withheld, nil
}

// listed returns a list that JSON writes as [] rather than null.
func listed[T any](s []T) []T { return append([]T{}, s...) }

// covered returns the targets that the edition is about and its period.
func (in Input) covered(withhold func(what, why string)) ([]outcome.Target, Period, error) {
	known := map[string]bool{}
	for _, c := range in.Campaigns {
		known[c.ID] = true
	}
	period := in.Period
	open := period == Period{}
	var targets []outcome.Target
	for _, t := range in.Targets {
		first, last := HalfOf(t.First), HalfOf(t.Last)
		switch {
		case !known[t.Campaign]:
			return nil, Period{}, fmt.Errorf("target of %q belongs to campaign %q, which is not given", t.Org, t.Campaign)
		case t.Org == org.Unassigned:
			withhold("a target of campaign "+t.Campaign, "its owner is not known")
			continue
		case !open && (last.before(period.From) || period.To.before(first)):
			withhold(fmt.Sprintf("campaign %s at %s", t.Campaign, t.Org), "outside of the period")
			continue
		}
		if open {
			if len(targets) == 0 || first.before(period.From) {
				period.From = first
			}
			if len(targets) == 0 || period.To.before(last) {
				period.To = last
			}
		}
		targets = append(targets, t)
	}
	if period == (Period{}) { // nothing to tell of: the half-year of the release
		h := HalfOf(in.Released)
		period = Period{h, h}
	}
	return targets, period, nil
}

// victims returns the attacked organisations. An organisation that several
// campaigns reached counts once, with the worst of what was not refused.
func (in Input) victims(targets []outcome.Target) []victim {
	known := map[org.ID]org.Organisation{}
	for _, o := range in.Organisations {
		known[o.ID] = o
	}
	by := map[org.ID]*victim{}
	for _, t := range targets {
		v := by[t.Org]
		if v == nil {
			o := known[t.Org]
			v = &victim{country: o.Country, sector: o.Sector, kinds: map[detect.Kind]bool{}, outcome: t.Outcome}
			by[t.Org] = v
		}
		v.outcome = outcome.Further(v.outcome, t.Outcome)
		for _, k := range in.kindsOf(t) {
			v.kinds[k] = true
		}
	}
	var out []victim
	for _, v := range by {
		out = append(out, *v)
	}
	return out
}

// kindsOf returns what a target was attacked with; where it does not say, what
// its campaign did.
func (in Input) kindsOf(t outcome.Target) []detect.Kind {
	if len(t.Kinds) > 0 {
		return t.Kinds
	}
	i := slices.IndexFunc(in.Campaigns, func(c campaign.Campaign) bool { return c.ID == t.Campaign })
	return in.Campaigns[i].Kinds
}

// described returns the kinds that the tables show to have reached k
// organisations. What is told of them comes from the list of kinds: a
// campaign's own techniques could betray a kind that has no number.
func described(tables []Table, kinds []kindInfo) []Kind {
	out := []Kind{}
	for _, t := range tables {
		if t.Dimension != ByKind {
			continue
		}
		for _, r := range t.Rows {
			i := slices.IndexFunc(kinds, func(k kindInfo) bool { return string(k.Kind) == r.Value })
			if r.Count.AtLeast > 0 {
				out = append(out, Kind{kinds[i].Kind, kinds[i].Techniques})
			}
		}
	}
	return out
}

// addCampaigns adds the campaigns that reached k organisations, in the order
// of their random ids.
func (e *Edition) addCampaigns(in Input, targets []outcome.Target, withhold func(what, why string)) error {
	e.Campaigns = []Campaign{}
	attempts, accounts := 0, 0
	for _, c := range in.Campaigns {
		reached := map[org.ID]bool{}
		byKind := map[detect.Kind]map[org.ID]bool{}
		for _, t := range targets {
			if t.Campaign != c.ID {
				continue
			}
			reached[t.Org] = true
			for _, k := range in.kindsOf(t) {
				if byKind[k] == nil {
					byKind[k] = map[org.ID]bool{}
				}
				byKind[k][t.Org] = true
			}
		}
		if len(reached) < in.Policy.K {
			if len(reached) > 0 {
				withhold("campaign "+c.ID, fmt.Sprintf("it reached fewer than %d organisations", in.Policy.K))
			}
			continue
		}
		id, err := randomID(in.Random)
		if err != nil {
			return err
		}
		published := Campaign{ID: id, Kinds: []detect.Kind{}, Habits: habits(c.Features)}
		for _, k := range e.Kinds {
			if len(byKind[k.Kind]) >= in.Policy.K {
				published.Kinds = append(published.Kinds, k.Kind)
			}
		}
		if published.Attribution, err = attribution(in.Assessments[c.ID]); err != nil {
			return fmt.Errorf("assessment of campaign %s: %w", c.ID, err)
		}
		e.Campaigns = append(e.Campaigns, published)
		attempts += c.Features.Attempts + c.Features.Mails
		accounts += c.Features.Accounts
	}
	e.Volume = Volume{magnitudeOf(attempts), magnitudeOf(accounts)}
	slices.SortFunc(e.Campaigns, func(a, b Campaign) int { return strings.Compare(a.ID, b.ID) })
	return nil
}

// habits turns measures into words of a fixed list: user agents and names are
// typed by the attacker and may hold anything.
func habits(f campaign.Features) []Habit {
	out := []Habit{}
	switch {
	case f.PerAccountHour <= 0: // not measured, as in mail
	case f.PerAccountHour < 1:
		out = append(out, Slow)
	case f.PerAccountHour <= 10:
		out = append(out, Steady)
	default:
		out = append(out, Fast)
	}
	switch {
	case f.AddressPerAttempt <= 0:
	case f.AddressPerAttempt >= 0.8:
		out = append(out, Rotating)
	case f.AddressPerAttempt <= 0.05:
		out = append(out, FewAddresses)
	}
	if f.Alphabetical {
		out = append(out, Alphabetical)
	}
	if f.UnknownNames >= 0.5 {
		out = append(out, Guessed)
	}
	return out
}

// attribution says who only if two people confirmed it and the evidence carries
// it (attribute.Assessment.Publishable). Of the evidence it tells the classes:
// the texts speak of victims.
func attribution(a attribute.Assessment) (Attribution, error) {
	if a.Status != attribute.Confirmed || !a.Publishable {
		return Attribution{}, nil
	}
	if len(a.Candidates) == 0 {
		return Attribution{}, errors.New("confirmed, but no actor is given")
	}
	best := a.Candidates[0]
	out := Attribution{Attributed: true, Names: best.Names, Likelihood: best.Likelihood, Confidence: a.Confidence}
	if len(out.Names) == 0 {
		return Attribution{}, fmt.Errorf("actor %q has no name", best.Actor)
	}
	if _, ok := likelihoods[out.Likelihood]; !ok {
		return Attribution{}, fmt.Errorf("likelihood %q is no term of ICD 203", out.Likelihood)
	}
	if _, ok := confidences[out.Confidence]; !ok {
		return Attribution{}, fmt.Errorf("confidence %q is none of low, moderate, high", out.Confidence)
	}
	for _, w := range best.Evidence {
		if _, ok := basisWords[w.Class]; !ok {
			return Attribution{}, fmt.Errorf("evidence of class %q", w.Class)
		}
		if !slices.Contains(out.Basis, w.Class) {
			out.Basis = append(out.Basis, w.Class)
		}
	}
	slices.Sort(out.Basis)
	return out, nil
}

// randomID returns a UUID of version 4 (RFC 9562 5.4).
func randomID(random io.Reader) (string, error) {
	var b [16]byte
	if _, err := io.ReadFull(random, b[:]); err != nil {
		return "", fmt.Errorf("random id: %w", err)
	}
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[0:4], b[4:6], b[6:8], b[8:10], b[10:16]), nil
}
