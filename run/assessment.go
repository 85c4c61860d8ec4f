package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/pumphandle/pumphandle/attribute"
	"github.com/pumphandle/pumphandle/store"
)

// Reassessed is an assessment that says something else than the one before.
type Reassessed struct {
	Campaign string
	Before   attribute.Assessment
	After    attribute.Assessment
}

// String says in one line what changed.
func (r Reassessed) String() string {
	return fmt.Sprintf("%s: %s, now %s", r.Campaign, standing(r.Before), standing(r.After))
}

func standing(a attribute.Assessment) string {
	if len(a.Candidates) == 0 {
		return fmt.Sprintf("%s (version %d)", a.Status, a.Version)
	}
	return fmt.Sprintf("%s, %s first at P %.2f (version %d)", a.Status, a.Candidates[0].Actor, a.Candidates[0].P, a.Version)
}

// dated gives an assessment the version and time of the last one if it says
// the same.
func dated(a, last attribute.Assessment) attribute.Assessment {
	if last.Version > 0 && sameWords(a, last) {
		a.Version, a.At = last.Version, last.At
	}
	return a
}

// sameWords reports whether two assessments say the same, whenever they were
// made.
func sameWords(a, b attribute.Assessment) bool {
	a.Version, a.At, b.Version, b.At = 0, time.Time{}, 0, time.Time{}
	x, err := json.Marshal(a)
	y, err2 := json.Marshal(b)
	return err == nil && err2 == nil && string(x) == string(y)
}

// recallAssessments puts what was said and decided into the configuration.
func (m *Memory) recallAssessments(state store.State) error {
	m.cfg.Assessed = map[string]attribute.Assessment{}
	for _, kept := range state.Assessments {
		var a attribute.Assessment
		if err := json.Unmarshal(kept.Record, &a); err != nil {
			return fmt.Errorf("assessment %d of %s: %w", kept.Version, kept.Campaign, err)
		}
		a.Version, a.At = kept.Version, kept.At
		m.cfg.Assessed[kept.Campaign] = a
	}
	m.cfg.Decisions = map[string][]attribute.Decision{}
	for _, kept := range state.Decisions {
		var d attribute.Decision
		if err := json.Unmarshal(kept.Record, &d); err != nil {
			return fmt.Errorf("decision %d on %s: %w", kept.Seq, kept.Campaign, err)
		}
		m.cfg.Decisions[kept.Campaign] = append(m.cfg.Decisions[kept.Campaign], d)
	}
	return nil
}

// assessments dates what is now said otherwise than the last time and returns
// it as the store keeps it.
func (m *Memory) assessments(r *Result, now time.Time) ([]store.Assessment, error) {
	var out []store.Assessment
	r.Reassessed = nil
	for i, c := range r.Campaigns {
		a, last := &r.Assessments[i], m.cfg.Assessed[c.ID]
		if last.Version > 0 && sameWords(*a, last) {
			continue
		}
		a.Version, a.At = last.Version+1, now
		record, err := json.Marshal(a)
		if err != nil {
			return nil, fmt.Errorf("keeping the assessment of %s: %w", c.ID, err)
		}
		out = append(out, store.Assessment{Campaign: c.ID, Version: a.Version, At: now, Base: a.Base, Record: record})
		if last.Version > 0 && changed(last, *a) {
			r.Reassessed = append(r.Reassessed, Reassessed{c.ID, last, *a})
		}
	}
	return out, nil
}

// changed reports whether an assessment says something else of who it was:
// the status, the order of the candidates, or a probability as it is printed.
func changed(a, b attribute.Assessment) bool {
	short := func(a attribute.Assessment) (out []string) {
		out = append(out, string(a.Status))
		for _, h := range a.Candidates {
			out = append(out, fmt.Sprintf("%s %.2f %s", h.Actor, h.P, h.Decided))
		}
		return out
	}
	return !reflect.DeepEqual(short(a), short(b))
}

// Decide keeps a decision of a person on a campaign's assessment. It takes
// effect in the next judgement, and for good.
func (m *Memory) Decide(ctx context.Context, campaign string, d attribute.Decision) error {
	if err := d.Valid(); err != nil {
		return err
	}
	record, err := json.Marshal(d)
	if err != nil {
		return fmt.Errorf("keeping a decision: %w", err)
	}
	err = m.store.Decide(ctx, store.Decision{Campaign: campaign, At: d.At, Who: d.Who, Verb: string(d.Verb), Record: record})
	if errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("there is no campaign %q in the store: %w", campaign, err)
	}
	if err != nil {
		return err
	}
	return m.recall(ctx)
}

// History returns what was said of a campaign, oldest first.
func (m *Memory) History(ctx context.Context, campaign string) ([]attribute.Assessment, error) {
	kept, err := m.store.Assessments(ctx, campaign)
	if err != nil {
		return nil, err
	}
	out := make([]attribute.Assessment, len(kept))
	for i, k := range kept {
		if err := json.Unmarshal(k.Record, &out[i]); err != nil {
			return nil, fmt.Errorf("assessment %d of %s: %w", k.Version, k.Campaign, err)
		}
	}
	return out, nil
}
