package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/campaign"
	"github.com/pumphandle/pumphandle/ledger"
	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/store"
)

// Memory is a store that carries facts and campaigns from one scan to the
// next.
type Memory struct {
	store    *store.Store
	revision int64
	cfg      *Config
}

// OpenMemory opens the store in the file, creating it if it is not there, and
// puts what it remembers into cfg.
func OpenMemory(ctx context.Context, file string, cfg *Config) (*Memory, error) {
	s, err := store.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	m := &Memory{store: s, cfg: cfg}
	if err := m.recall(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return m, nil
}

// Close ends the use of the store.
func (m *Memory) Close() error { return m.store.Close() }

func (m *Memory) recall(ctx context.Context) error {
	state, err := m.store.Load(ctx)
	if err != nil {
		return err
	}
	m.revision = state.Revision
	m.cfg.Facts = map[org.ID]*ledger.Ledger{}
	for _, f := range state.Facts {
		if f.Version != ledger.EncodingVersion {
			return fmt.Errorf("the facts of %q are in form %d, this program reads form %d", f.Org, f.Version, ledger.EncodingVersion)
		}
		l, err := ledger.Decode(f.Encoded, m.cfg.Budget)
		if err != nil {
			return fmt.Errorf("the facts of %q: %w", f.Org, err)
		}
		m.cfg.Facts[org.ID(f.Org)] = l
	}
	if err := m.recallAssessments(state); err != nil {
		return err
	}
	if m.cfg.Hearsay, err = recallHearsay(ctx, m.store); err != nil {
		return err
	}
	m.cfg.Known = nil
	for _, c := range state.Campaigns {
		m.cfg.Known = append(m.cfg.Known, campaign.Known{ID: c.ID, Year: c.Year, No: c.Number, Keys: c.Keys})
	}
	return nil
}

// Keep writes a result to the store, all or nothing. If another run has
// changed the store meanwhile, what that one learned is merged in and judged
// with it; the logs are not read again. r is then the joint result.
func (m *Memory) Keep(ctx context.Context, r *Result) error {
	for {
		scan, err := m.scan(r)
		if err != nil {
			return err
		}
		err = m.store.Commit(ctx, scan)
		if !errors.Is(err, store.ErrChanged) {
			return err
		}
		mine := r.Facts
		if err := m.recall(ctx); err != nil {
			return err
		}
		for id, l := range m.cfg.Facts {
			if own, ok := mine[id]; ok {
				own.Merge(l)
			} else {
				mine[id] = l
			}
		}
		stats := r.Stats
		*r = *Judge(*m.cfg, mine)
		r.Stats = stats
	}
}

// scan is the result in the form the store keeps.
func (m *Memory) scan(r *Result) (store.Scan, error) {
	stats, err := json.Marshal(r.Stats)
	if err != nil {
		return store.Scan{}, fmt.Errorf("keeping statistics: %w", err)
	}
	now := time.Now().UTC()
	assessments, err := m.assessments(r, now) // first: it dates those that the records of the campaigns hold
	if err != nil {
		return store.Scan{}, err
	}
	scan := store.Scan{Base: m.revision, At: now, Who: "scan", Assessments: assessments, Arguments: m.cfg.Paths, Statistics: stats}
	for _, id := range slices.Sorted(maps.Keys(r.Facts)) {
		data, err := r.Facts[id].Encode()
		if err != nil {
			return store.Scan{}, err
		}
		scan.Facts = append(scan.Facts, store.Facts{Org: string(id), Version: ledger.EncodingVersion, Encoded: data})
	}
	for i, c := range r.Campaigns {
		record, err := json.Marshal(r.campaignRecord(i))
		if err != nil {
			return store.Scan{}, fmt.Errorf("keeping %s: %w", c.ID, err)
		}
		year, no := idParts(c.ID)
		scan.Campaigns = append(scan.Campaigns, store.Campaign{ID: c.ID, Year: year, Number: no, First: c.First, Last: c.Last, Keys: r.Keys[i], Record: record})
		for _, t := range r.Targets[i] {
			record, err := json.Marshal(targetRecord{1, "target", t})
			if err != nil {
				return store.Scan{}, fmt.Errorf("keeping %s: %w", c.ID, err)
			}
			scan.Targets = append(scan.Targets, store.Target{Campaign: c.ID, Org: string(t.Org), Record: record})
		}
		for _, f := range c.Findings {
			record, err := json.Marshal(findingRecord{f.ID, f.Detector, f.Kind, f.Org, f.Subject, f.Score})
			if err != nil {
				return store.Scan{}, fmt.Errorf("keeping %s: %w", f.ID, err)
			}
			scan.Findings = append(scan.Findings, store.Finding{ID: f.ID, Campaign: c.ID, Org: string(f.Org), Record: record})
		}
	}
	return scan, nil
}

// idParts reads year and number from a campaign id.
func idParts(id string) (year, no int) {
	parts := strings.Split(id, "-")
	if len(parts) == 3 {
		year, _ = strconv.Atoi(parts[1]) // ids are ours: campaign.FormatID
		no, _ = strconv.Atoi(parts[2])
	}
	return year, no
}
