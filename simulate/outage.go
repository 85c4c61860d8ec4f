package simulate

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/outcome"
)

// Outages are stretches in which nobody can be told whether a password is
// right: of the provider, at all organisations at once, and of the bridge by
// which one organisation's passwords are checked on its own premises.

// newOutages draws stretches of about that length, so many in 30 days.
func (w *World) newOutages(r *rand.Rand, each30 float64, length time.Duration) []window {
	var all []window
	for range poisson(r, each30*float64(w.Days)/30) {
		from := w.Start.Add(time.Duration(r.Float64() * float64(w.end().Sub(w.Start)))).Truncate(time.Minute)
		all = append(all, window{from, from.Add(jitter(r, length, 0.6))})
	}
	return all
}

// during returns the stretch that covers a time.
func during(stretches []window, at time.Time) (window, bool) {
	for _, w := range stretches {
		if !at.Before(w.from) && at.Before(w.to) {
			return w, true
		}
	}
	return window{}, false
}

// unavailable lets somebody try in vain and come back when it is over. It
// reports whether there is an outage at that time.
func (t *traffic) unavailable(a Attempt) bool {
	codes, cause := []Code{Unavailable, Unavailable, IssuanceError}, CauseOutage
	w, down := during(t.o.providerDown, a.Time)
	if !down {
		if w, down = during(t.o.bridgeDown, a.Time); !down {
			return false
		}
		codes, cause = []Code{OnPremiseTimeout, OnPremiseTimeout, OnPremiseDown, OnPremiseDown, OnPremiseBroken}, CauseBridge
	}
	for tries := 1 + t.r.IntN(5); tries > 0 && a.Time.Before(w.to); tries-- {
		a.Code, a.Cause = pick(t.r, codes), cause
		t.emit(a)
		a.Time = a.Time.Add(time.Duration(between(t.r, 4, 150) * float64(time.Second)))
	}
	if a.Time.Before(w.to) {
		a.Time = w.to
	}
	a.Time = a.Time.Add(time.Duration(t.r.ExpFloat64() * float64(10*time.Minute)))
	if a.Time.Before(t.w.end()) {
		a.Code, a.Cause = Accepted, CauseSignIn
		t.getIn(a)
	}
	return true
}

// getIn is a sign-in with the right password, which an outage may put off.
func (t *traffic) getIn(a Attempt) {
	if t.o.Hosts != nil || !t.unavailable(a) {
		t.emit(a)
	}
}

// down is the answer to a wrong password while nobody can check it.
func (o *Org) down(at time.Time) (Code, bool) {
	if _, down := during(o.providerDown, at); down {
		return IssuanceError, true
	}
	_, down := during(o.bridgeDown, at)
	return OnPremiseTimeout, down
}

// gapLength is how much an export misses at a time.
const gapLength = 30 * time.Hour

// newGaps draws the stretches that an organisation's exports miss, besides
// those of the specification.
func (w *World) newGaps(o *Org) []outcome.Gap {
	gaps := slices.Clone(o.OrgSpec.Gaps)
	r := stream(w.Seed, "gaps", string(o.ID))
	for day := range w.Days {
		if chance(r, w.background.Gaps) {
			from := w.Start.Add(time.Duration(24*day+r.IntN(24)) * time.Hour)
			gaps = append(gaps, outcome.Gap{From: from, To: from.Add(gapLength)})
		}
	}
	return gaps
}

// missing reports whether the organisation's exports miss what happened then.
func (o *Org) missing(at time.Time) bool {
	for _, g := range o.gaps {
		if !at.Before(g.From) && at.Before(g.To) {
			return true
		}
	}
	return false
}
