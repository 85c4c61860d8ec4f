package spray

import (
	"context"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/run"
	"github.com/pumphandle/pumphandle/simulate"
)

// Delay is how long it took until a targeted organisation could have been
// told. Where fewer than half of them were found it is never.
type Delay struct {
	// From the first try at an organisation until it is in a true claim, and how
	// many tries it had had by then: the median over the targeted organisations.
	Hours Figure `json:"hours"`
	Tries Figure `json:"tries"`
	// From a campaign's first try anywhere until the first organisation is in a
	// true claim, and its tries at all organisations by then: the median over
	// the campaigns.
	FirstHours Figure `json:"first_hours"`
	FirstTries Figure `json:"first_tries"`
}

// target is one campaign at one organisation.
type target struct {
	campaign int16
	org      org.ID
}

// steps are the distances from the first try of all at which a scan is
// repeated. The resolution of a delay is the distance between two steps.
func steps() []time.Duration {
	var all []time.Duration
	grid := []struct{ every, until time.Duration }{
		{time.Hour, 6 * time.Hour},
		{2 * time.Hour, 12 * time.Hour},
		{6 * time.Hour, 48 * time.Hour},
		{12 * time.Hour, 7 * 24 * time.Hour},
		{24 * time.Hour, 35 * 24 * time.Hour},
	}
	at := time.Duration(0)
	for _, g := range grid {
		for at+g.every <= g.until {
			at += g.every
			all = append(all, at)
		}
	}
	return all
}

// replay finds when each organisation could have been told first: it scans
// what had happened by each step, with nothing of what came later. What the
// whole log does not show is not looked for earlier.
func (w *world) replay(ctx context.Context, whole []claim) (map[target]int64, error) {
	waiting := w.toldIn(whole)
	when := map[target]int64{}
	first := w.firstTry()
	facts := map[org.ID]*ledger.Ledger{}
	done := 0
	for _, step := range steps() {
		if len(waiting) == 0 || done == len(w.events) {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		cut := first + step.Milliseconds()
		next, _ := slices.BinarySearchFunc(w.events, cut, func(e Event, cut int64) int { return int(e.At - cut) })
		w.add(facts, done, next)
		done = next
		for t := range w.toldIn(w.claims(run.Judge(run.Config{Orgs: w.directory}, facts))) {
			if waiting[t] {
				when[t] = cut
				delete(waiting, t)
			}
		}
	}
	return when, nil
}

// toldIn returns which targets are in a true claim.
func (w *world) toldIn(claims []claim) map[target]bool {
	told := map[target]bool{}
	w.credited(claims, func(_ *claim, p *part) {
		for _, i := range p.events {
			if n := w.truth[i].campaign; n != innocent {
				told[target{n, p.org}] = true
			}
		}
	})
	return told
}

// alertedAt returns when the first true alert named each target.
func (w *world) alertedAt(claims []claim) map[target]int64 {
	when := map[target]int64{}
	w.credited(claims, func(c *claim, p *part) {
		for _, i := range p.events {
			n := w.truth[i].campaign
			if n == innocent {
				continue
			}
			t := target{n, p.org}
			if at, ok := when[t]; !ok || c.at < at {
				when[t] = c.at
			}
		}
	})
	return when
}

func (w *world) firstTry() int64 {
	for i, t := range w.truth {
		if t.cause == simulate.CauseCampaign {
			return w.events[i].At
		}
	}
	return 0
}

// delay sums up when targets were found.
func (w *world) delay(when map[target]int64) Delay {
	tries := map[target][]int64{} // times, in order
	campaigns := make([][]int64, len(w.campaigns))
	for i, t := range w.truth {
		if t.cause == simulate.CauseCampaign {
			e := &w.events[i]
			key := target{t.campaign, e.Org}
			tries[key] = append(tries[key], e.At)
			campaigns[t.campaign] = append(campaigns[t.campaign], e.At)
		}
	}
	var here, anywhere waits
	earliest := map[int16]int64{}
	for key, times := range tries {
		at, found := when[key]
		here.add(times, at, found)
		if was, ok := earliest[key.campaign]; found && (!ok || at < was) {
			earliest[key.campaign] = at
		}
	}
	for n, times := range campaigns {
		at, found := earliest[int16(n)]
		anywhere.add(times, at, found)
	}
	var d Delay
	d.Hours, d.Tries = here.medians()
	d.FirstHours, d.FirstTries = anywhere.medians()
	return d
}

// waits are how long, and how many tries, it took; those never found wait
// longer than all others.
type waits struct {
	hours, tries []float64
	never        int
}

func (w *waits) add(times []int64, at int64, found bool) {
	if !found {
		w.never++
		return
	}
	n, _ := slices.BinarySearch(times, at+1)
	w.hours = append(w.hours, float64(max(0, at-times[0]))/float64(time.Hour.Milliseconds()))
	w.tries = append(w.tries, float64(n))
}

func (w *waits) medians() (hours, tries Figure) {
	return lowerMedian(w.hours, w.never), lowerMedian(w.tries, w.never)
}

// lowerMedian is the median of the values and of that many more that are
// beyond all of them: never if it is one of those.
func lowerMedian(values []float64, beyond int) Figure {
	n := len(values) + beyond
	switch {
	case n == 0:
		return none
	case (n-1)/2 >= len(values):
		return never
	}
	return Figure(slices.Sorted(slices.Values(values))[(n-1)/2])
}
