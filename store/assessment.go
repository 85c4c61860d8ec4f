package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Assessment is what was said, at one time, of who is behind a campaign.
type Assessment struct {
	Campaign string
	Version  int // 1, 2, 3 … of the campaign
	At       time.Time
	Base     string // digest of the knowledge it was made with
	Record   json.RawMessage
}

// Decision is what a person decided of it.
type Decision struct {
	Campaign string
	Seq      int // 1, 2, 3 … of the campaign; given by the store
	At       time.Time
	Who      string
	Verb     string
	Record   json.RawMessage
}

// Assessments returns the history of a campaign, oldest first; of all
// campaigns, by id, if none is named.
func (s *Store) Assessments(ctx context.Context, campaign string) ([]Assessment, error) {
	var out []Assessment
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		out, err = readAssessments(ctx, tx, ` WHERE $1 = '' OR campaign = $1`, campaign)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read assessments: %w", err)
	}
	return out, nil
}

// Decide keeps a decision together with its entry in the audit trail. A
// campaign that is not in the store is ErrNotFound.
func (s *Store) Decide(ctx context.Context, d Decision) error {
	if d.Campaign == "" || d.Who == "" || d.Verb == "" || d.At.IsZero() || !json.Valid(d.Record) {
		return errors.New("keep decision: it needs a campaign, who, what, when and a JSON record")
	}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := advance(ctx, tx); err != nil {
			return err
		}
		found, err := readCampaigns(ctx, tx, ` WHERE id = $1`, d.Campaign)
		if err == nil && len(found) == 0 {
			err = ErrNotFound
		}
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO decision (campaign, seq, at, who, verb, record)
			VALUES ($1, (SELECT COALESCE(MAX(seq), 0) + 1 FROM decision WHERE campaign = $1), $2, $3, $4, $5)`,
			d.Campaign, formatTime(d.At), d.Who, d.Verb, string(d.Record))
		if err != nil {
			return err
		}
		return appendEntry(ctx, tx, Entry{At: d.At, Who: d.Who, Action: "attribution " + d.Verb, Subject: d.Campaign, Detail: string(d.Record)})
	})
	if err != nil {
		return fmt.Errorf("keep decision on %q: %w", d.Campaign, err)
	}
	return nil
}

func readAssessments(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]Assessment, error) {
	return rows(ctx, tx, `SELECT campaign, version, at, base, record FROM assessment`+where+` ORDER BY campaign, version`, args,
		func(r *sql.Rows, a *Assessment) error {
			var at string
			if err := r.Scan(&a.Campaign, &a.Version, &at, &a.Base, (*[]byte)(&a.Record)); err != nil {
				return err
			}
			return parseTime(at, &a.At)
		})
}

// latest selects the newest assessment of each campaign.
const latest = ` WHERE version = (SELECT MAX(version) FROM assessment AS newer WHERE newer.campaign = assessment.campaign)`

func readDecisions(ctx context.Context, tx *sql.Tx) ([]Decision, error) {
	return rows(ctx, tx, `SELECT campaign, seq, at, who, verb, record FROM decision ORDER BY campaign, seq`, nil,
		func(r *sql.Rows, d *Decision) error {
			var at string
			if err := r.Scan(&d.Campaign, &d.Seq, &at, &d.Who, &d.Verb, (*[]byte)(&d.Record)); err != nil {
				return err
			}
			return parseTime(at, &d.At)
		})
}

func writeAssessments(ctx context.Context, tx *sql.Tx, list []Assessment) error {
	return each(ctx, tx, list, `INSERT INTO assessment (campaign, version, at, base, record) VALUES ($1, $2, $3, $4, $5)`,
		func(a Assessment) (string, []any) {
			return fmt.Sprintf("assessment %d of %s", a.Version, a.Campaign), []any{a.Campaign, a.Version, formatTime(a.At), a.Base, string(a.Record)}
		})
}
