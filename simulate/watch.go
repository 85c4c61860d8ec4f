package simulate

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/signin"
)

// Seen is one sign-in as whoever reads the organisation's log sees it, with
// the truth about it.
type Seen struct {
	Org      org.ID
	Event    *signin.Event // valid until the call returns
	Cause    Cause
	Campaign string // with CauseCampaign and CauseIntruder: its name in the labels
}

// Watch lives through a specification in memory and calls each for every
// sign-in, organisation by organisation, in order of time within one. What is
// seen is what the Graph export of Entra holds, whatever the organisations
// export: every attempt is written in it and read again, so that nothing is
// seen that a log would not have. The manifest has labels and decoys, and no
// files.
func Watch(ctx context.Context, spec Spec, each func(Seen)) (Manifest, error) {
	if spec.Background == (Background{}) {
		spec.Background = DefaultBackground()
	}
	if err := errors.Join(spec.check(), spec.Background.check()); err != nil {
		return Manifest{}, err
	}
	w := newWorld(spec)
	campaigns := newCampaigns(w, spec.Campaigns)
	results := make([]orgResult, len(w.Orgs))
	for i, o := range w.Orgs {
		if o.Hosts != nil {
			return Manifest{}, fmt.Errorf("organisation %q has hosts and no tenant: only tenants can be watched", o.ID)
		}
		attempts := live(w, o, campaigns)
		t := newTally(o)
		for k := range attempts {
			t.add(&attempts[k])
		}
		results[i] = orgResult{labels: t.labels(campaigns), decoys: t.decoyRecords()}
		if err := watchOrg(ctx, o, attempts, campaigns, each); err != nil {
			return Manifest{}, fmt.Errorf("organisation %q: %w", o.ID, err)
		}
	}
	return merge(results, campaigns), nil
}

// atOnce is how many records are written before they are read.
const atOnce = 512

func watchOrg(ctx context.Context, o *Org, attempts []Attempt, campaigns []*campaign, each func(Seen)) error {
	format, _ := signin.Lookup("entra-graph")
	var text bytes.Buffer
	var line []byte
	var batch []*Attempt
	flush := func() error {
		k := 0
		for ev, err := range format.Decode(&text, signin.Options{}) {
			if err != nil {
				return err
			}
			a := batch[k]
			k++
			seen := Seen{Org: o.ID, Event: ev, Cause: a.Cause}
			if a.Cause == CauseCampaign || a.Cause == CauseIntruder {
				seen.Campaign = campaigns[a.campaign].spec.Name
			}
			each(seen)
		}
		if k != len(batch) {
			return fmt.Errorf("%d of %d records were read", k, len(batch))
		}
		batch = batch[:0]
		return ctx.Err()
	}
	for i := range attempts {
		a := &attempts[i]
		if !entraGraph.records(a) {
			continue
		}
		line = append(appendGraph(line[:0], o, a), '\n')
		text.Write(line)
		if batch = append(batch, a); len(batch) == atOnce {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
