package spray

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/run"
)

// Ours is the name of the system that is measured.
const Ours = "pumphandle"

// Result is what was measured.
type Result struct {
	Seeds    []uint64   `json:"seeds"`
	Accounts int        `json:"accounts"` // of each organisation
	Quick    bool       `json:"quick,omitempty"`
	Missing  int        `json:"missing,omitempty"` // cases that were not complete when the run was interrupted
	Rivals   []Rival    `json:"rivals"`
	Sweeps   []Sweep    `json:"sweeps"`
	Cases    []Measured `json:"cases"`
}

// Measured is one case and how each system did in it.
type Measured struct {
	Case
	Events  []int    `json:"events"`  // sign-ins, by seed
	Systems []System `json:"systems"` // pumphandle first, then the rivals in their order
	Details []Detail `json:"-"`       // of pumphandle, by seed
}

// System is how one system did in one case.
type System struct {
	Name   string  `json:"name"`
	Median Figures `json:"median"`
	Worst  Figures `json:"worst"`
	Scores []Score `json:"scores"` // by seed
}

// Ours returns how pumphandle did.
func (m *Measured) Ours() *System { return &m.Systems[0] }

// Run measures every case once for each seed, as many at a time as there are
// workers, each of which holds one world in memory. If it is interrupted the
// result has the cases that are complete.
func Run(ctx context.Context, o Options) (*Result, error) {
	o = o.withDefaults()
	cases, err := Cases(o)
	if err != nil {
		return nil, err
	}
	r := &Result{Accounts: o.Accounts, Quick: o.Quick, Rivals: []Rival{}, Sweeps: []Sweep{}}
	if o.Rivals {
		r.Rivals = Rivals()
	}
	if o.Sweeps {
		r.Sweeps = Sweeps()
	}
	for i := range o.Seeds {
		r.Seeds = append(r.Seeds, o.Seed+uint64(i))
	}
	seen, err := r.measure(ctx, cases, o)
	for i, c := range cases {
		all := seen[i*o.Seeds : (i+1)*o.Seeds]
		if slices.ContainsFunc(all, func(one observed) bool { return one.scores == nil }) {
			r.Missing++
			continue
		}
		r.Cases = append(r.Cases, r.gather(c, all))
	}
	return r, err
}

// observed is one case with one seed.
type observed struct {
	events int
	scores []Score // pumphandle first
	detail Detail
}

// measure runs every case with every seed. The first error ends the others.
func (r *Result) measure(ctx context.Context, cases []Case, o Options) ([]observed, error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	workers := o.Workers
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	seen := make([]observed, len(cases)*o.Seeds)
	var next, done atomic.Int64
	var wg sync.WaitGroup
	for range min(workers, len(seen)) {
		wg.Go(func() {
			for i := int(next.Add(1) - 1); i < len(seen) && ctx.Err() == nil; i = int(next.Add(1) - 1) {
				c, seed := cases[i/o.Seeds], r.Seeds[i%o.Seeds]
				one, err := observe(ctx, c, seed, r.Rivals)
				if err != nil {
					cancel(fmt.Errorf("%s with seed %d: %w", c.Name, seed, err))
					return
				}
				seen[i] = one
				if n := int(done.Add(1)); o.Progress != nil {
					o.Progress(n, len(seen))
				}
			}
		})
	}
	wg.Wait()
	return seen, context.Cause(ctx)
}

// observe lives through one case and lets every system judge it.
func observe(ctx context.Context, c Case, seed uint64, rivals []Rival) (observed, error) {
	spec, err := c.spec(seed)
	if err != nil {
		return observed{}, err
	}
	w, err := live(ctx, spec, c.mask)
	if err != nil {
		return observed{}, err
	}
	one := observed{events: len(w.events)}

	facts := map[org.ID]*ledger.Ledger{}
	w.add(facts, 0, len(w.events))
	claims := w.claims(run.Judge(run.Config{Orgs: w.directory}, facts))
	s := w.score(claims, true)
	when, err := w.replay(ctx, claims)
	if err != nil {
		return observed{}, err
	}
	s.Delay = w.delay(when)
	one.scores = append(one.scores, s)
	one.detail = w.detail(claims)

	logs := w.byOrg()
	for _, rival := range rivals {
		if err := ctx.Err(); err != nil {
			return observed{}, err
		}
		claims := rival.claims(w, logs)
		s := w.score(claims, false)
		s.Delay = w.delay(w.alertedAt(claims))
		one.scores = append(one.scores, s)
	}
	return one, nil
}

// gather sums one case up over its seeds.
func (r *Result) gather(c Case, seen []observed) Measured {
	m := Measured{Case: c}
	names := []string{Ours}
	for _, rival := range r.Rivals {
		names = append(names, rival.Name)
	}
	for i, name := range names {
		s := System{Name: name}
		for _, one := range seen {
			s.Scores = append(s.Scores, one.scores[i])
		}
		s.Median, s.Worst = sumUp(s.Scores)
		m.Systems = append(m.Systems, s)
	}
	for _, one := range seen {
		m.Events = append(m.Events, one.events)
		m.Details = append(m.Details, one.detail)
	}
	return m
}
