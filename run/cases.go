package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/export"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
	"github.com/pumphandle/pumphandle/store"
)

// Kept is what an earlier scan left in a store or a result directory.
type Kept struct {
	Cases []export.Case
	Orgs  []org.Organisation // all that were seen, by id only
	At    time.Time          // when the last scan was
}

// StoredCases returns the campaigns of a store.
func StoredCases(ctx context.Context, s *store.Store) (Kept, error) {
	state, err := s.Load(ctx)
	if err != nil {
		return Kept{}, err
	}
	runs, err := s.Runs(ctx)
	if err != nil {
		return Kept{}, err
	}
	k := keeper{}
	for _, f := range state.Facts {
		k.see(org.ID(f.Org))
	}
	for _, c := range state.Campaigns {
		detail, err := s.Campaign(ctx, c.ID)
		if err != nil {
			return Kept{}, err
		}
		if err := k.record(c.Record); err != nil {
			return Kept{}, fmt.Errorf("campaign %s in the store: %w", c.ID, err)
		}
		for _, t := range detail.Targets {
			if err := k.record(t.Record); err != nil {
				return Kept{}, fmt.Errorf("target %s of %s in the store: %w", t.Org, c.ID, err)
			}
		}
	}
	out := k.kept()
	if len(runs) > 0 {
		out.At = runs[len(runs)-1].At
	}
	return out, nil
}

// ResultCases returns the campaigns of a result directory that scan --out
// wrote.
func ResultCases(dir string) (Kept, error) {
	f, err := os.Open(filepath.Join(dir, campaignsFile))
	if err != nil {
		return Kept{}, fmt.Errorf("reading the result: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return Kept{}, fmt.Errorf("reading the result: %w", err)
	}
	k := keeper{}
	dec := json.NewDecoder(f)
	for n := 1; ; n++ {
		var raw json.RawMessage
		err := dec.Decode(&raw)
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = k.record(raw)
		}
		if err != nil {
			return Kept{}, fmt.Errorf("%s: record %d: %w", f.Name(), n, err)
		}
	}
	out := k.kept()
	out.At = info.ModTime().UTC()
	return out, nil
}

// keeper collects records: each campaign is followed by its targets.
type keeper struct {
	cases []export.Case
	orgs  map[org.ID]bool
}

func (k *keeper) see(id org.ID) {
	if k.orgs == nil {
		k.orgs = map[org.ID]bool{}
	}
	if id != org.Unassigned {
		k.orgs[id] = true
	}
}

func (k *keeper) record(raw json.RawMessage) error {
	var head struct {
		V    int    `json:"v"`
		Type string `json:"type"`
		Org  org.ID `json:"org"`
	}
	if err := json.Unmarshal(raw, &head); err != nil {
		return err
	}
	if head.V != 1 {
		return fmt.Errorf("version %d, this program reads version 1", head.V)
	}
	if head.Org != "" {
		k.see(head.Org)
	}
	switch head.Type {
	case "campaign":
		var r campaignRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		k.cases = append(k.cases, export.Case{Campaign: r.campaign(), Assessment: r.Assessment})
	case "target":
		var r targetRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		last := len(k.cases) - 1
		if last < 0 || k.cases[last].Campaign.ID != r.Target.Campaign {
			return fmt.Errorf("a target of %q without its campaign", r.Target.Campaign)
		}
		c := &k.cases[last]
		c.Targets = append(c.Targets, r.Target)
		c.Campaign.Members = append(c.Campaign.Members, campaign.Member{Org: r.Target.Org})
	}
	return nil
}

func (k *keeper) kept() Kept {
	out := Kept{Cases: k.cases}
	for _, id := range slices.Sorted(maps.Keys(k.orgs)) {
		out.Orgs = append(out.Orgs, Publication{}.organisation(id))
	}
	return out
}

// campaign is what a record holds of a campaign: what attribution and exports
// need, but not the records behind it, nor the hours of the day.
func (r campaignRecord) campaign() campaign.Campaign {
	f := r.Features
	return campaign.Campaign{
		ID: r.ID, Kinds: r.Kinds, Techniques: r.Techniques, First: r.First, Last: r.Last, Confidence: r.Confidence, Evidence: r.Evidence,
		Features: campaign.Features{
			Attempts: r.Attempts, Accounts: r.Accounts, Sources: r.Sources, Clients: f.Clients, Protocols: f.Protocols, Networks: f.Networks,
			PerAccountHour: f.PerAccountHour, AddressPerAttempt: f.AddressPerAttempt, Alphabetical: f.Alphabetical, UnknownNames: f.UnknownNames,
			Mails: f.Mails, Languages: f.Languages, SendingDomains: f.SendingDomains, FileKinds: f.FileKinds,
		},
	}
}

var _ json.Unmarshaler = (*targetRecord)(nil)

// UnmarshalJSON reads the record's own fields; the embedded target's are all
// the others.
func (r *targetRecord) UnmarshalJSON(data []byte) error {
	var t outcome.Target
	if err := json.Unmarshal(data, &t); err != nil {
		return err
	}
	*r = targetRecord{1, "target", t}
	return nil
}
