package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Load returns what a scan continues from, as of one moment: facts by
// organisation, campaigns and notices by id.
func (s *Store) Load(ctx context.Context) (State, error) {
	var state State
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		if err := tx.QueryRowContext(ctx, `SELECT number FROM revision`).Scan(&state.Revision); err != nil {
			return err
		}
		if state.Facts, err = readFacts(ctx, tx); err != nil {
			return err
		}
		if state.Campaigns, err = readCampaigns(ctx, tx, ``); err != nil {
			return err
		}
		if state.Notices, err = readNotices(ctx, tx, ``); err != nil {
			return err
		}
		if state.Assessments, err = readAssessments(ctx, tx, latest); err != nil {
			return err
		}
		state.Decisions, err = readDecisions(ctx, tx)
		return err
	})
	if err != nil {
		return State{}, fmt.Errorf("read store: %w", err)
	}
	return state, nil
}

// NextNumber returns the number of the next campaign of a year, from 1. It is
// taken only when a campaign with it is committed, and Commit sees to it that
// no other run took it meanwhile.
func (s *Store) NextNumber(ctx context.Context, year int) (int, error) {
	var last int
	err := s.db.QueryRowContext(ctx, `SELECT COALESCE(MAX(number), 0) FROM campaign WHERE year = $1`, year).Scan(&last)
	if err != nil {
		return 0, fmt.Errorf("next campaign number: %w", s.explain(err))
	}
	return last + 1, nil
}

// Detail is one campaign with all that belongs to it.
type Detail struct {
	Campaign
	Targets  []Target  // by organisation
	Findings []Finding // by id
	Notices  []Notice  // by id
}

// Campaign returns the campaign of that id, or ErrNotFound.
func (s *Store) Campaign(ctx context.Context, id string) (Detail, error) {
	var d Detail
	err := s.inSnapshot(ctx, func(tx *sql.Tx) error {
		found, err := readCampaigns(ctx, tx, ` WHERE id = $1`, id)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			return ErrNotFound
		}
		d.Campaign = found[0]
		d.Targets, err = rows(ctx, tx, `SELECT campaign, org, record FROM target WHERE campaign = $1 ORDER BY org`, []any{id},
			func(r *sql.Rows, t *Target) error { return r.Scan(&t.Campaign, &t.Org, (*[]byte)(&t.Record)) })
		if err != nil {
			return err
		}
		if d.Findings, err = readFindings(ctx, tx, ` WHERE campaign = $1`, id); err != nil {
			return err
		}
		d.Notices, err = readNotices(ctx, tx, ` WHERE campaign = $1`, id)
		return err
	})
	if err != nil {
		return Detail{}, fmt.Errorf("campaign %q: %w", id, err)
	}
	return d, nil
}

// Finding returns the finding of that id, or ErrNotFound.
func (s *Store) Finding(ctx context.Context, id string) (Finding, error) {
	return one(ctx, s, "finding", id, readFindings)
}

// Notice returns the notice of that id, or ErrNotFound.
func (s *Store) Notice(ctx context.Context, id string) (Notice, error) {
	return one(ctx, s, "notice", id, readNotices)
}

// Match is something in the store whose id begins as asked.
type Match struct {
	Kind string // "campaign", "finding" or "notice"
	ID   string
}

// MaxMatches is how many matches Find returns.
const MaxMatches = 100

// Find returns what has an id that begins with prefix, in upper or lower
// case, by id; at most MaxMatches.
func (s *Store) Find(ctx context.Context, prefix string) ([]Match, error) {
	var found []Match
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		found, err = rows(ctx, tx, `
			SELECT kind, id FROM (
				SELECT 'campaign' AS kind, id FROM campaign
				UNION ALL SELECT 'finding', id FROM finding
				UNION ALL SELECT 'notice', id FROM notice
			) AS everything
			WHERE LOWER(SUBSTR(id, 1, LENGTH($1))) = LOWER($1) ORDER BY id, kind LIMIT $2`,
			[]any{prefix, MaxMatches},
			func(r *sql.Rows, m *Match) error { return r.Scan(&m.Kind, &m.ID) })
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("find %q: %w", prefix, err)
	}
	return found, nil
}

// Run is one scan of the past.
type Run struct {
	Revision   int64
	At         time.Time
	Arguments  []string
	Statistics json.RawMessage
}

// Runs returns the scans that were kept, oldest first.
func (s *Store) Runs(ctx context.Context) ([]Run, error) {
	var runs []Run
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		runs, err = rows(ctx, tx, `SELECT revision, at, arguments, statistics FROM scan ORDER BY revision`, nil,
			func(r *sql.Rows, run *Run) error {
				var at string
				var arguments []byte
				if err := r.Scan(&run.Revision, &at, &arguments, (*[]byte)(&run.Statistics)); err != nil {
					return err
				}
				return errors.Join(parseTime(at, &run.At), json.Unmarshal(arguments, &run.Arguments))
			})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read scans: %w", err)
	}
	return runs, nil
}

func readFacts(ctx context.Context, tx *sql.Tx) ([]Facts, error) {
	return rows(ctx, tx, `SELECT org, version, encoded, sha256 FROM facts ORDER BY org`, nil,
		func(r *sql.Rows, f *Facts) error {
			var sum []byte
			if err := r.Scan(&f.Org, &f.Version, &f.Encoded, &sum); err != nil {
				return err
			}
			if got := sha256.Sum256(f.Encoded); !bytes.Equal(got[:], sum) {
				return fmt.Errorf("facts of %q: %w", f.Org, errDamaged)
			}
			return nil
		})
}

// readCampaigns reads the campaigns that a condition on their id selects.
func readCampaigns(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]Campaign, error) {
	campaigns, err := rows(ctx, tx, `SELECT id, year, number, first, last, record FROM campaign`+where+` ORDER BY id`, args,
		func(r *sql.Rows, c *Campaign) error {
			var first, last string
			if err := r.Scan(&c.ID, &c.Year, &c.Number, &first, &last, (*[]byte)(&c.Record)); err != nil {
				return err
			}
			return errors.Join(parseTime(first, &c.First), parseTime(last, &c.Last))
		})
	if err != nil {
		return nil, err
	}
	for i := range campaigns {
		c := &campaigns[i]
		c.Keys, err = rows(ctx, tx, `SELECT key FROM campaign_key WHERE campaign = $1 ORDER BY key < 0, key`, []any{c.ID},
			func(r *sql.Rows, key *uint64) error {
				var signed int64
				err := r.Scan(&signed)
				*key = uint64(signed) // negative ones are the upper half, which the query puts last
				return err
			})
		if err != nil {
			return nil, err
		}
	}
	return campaigns, nil
}

func readFindings(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]Finding, error) {
	return rows(ctx, tx, `SELECT id, COALESCE(campaign, ''), org, record FROM finding`+where+` ORDER BY id`, args,
		func(r *sql.Rows, f *Finding) error { return r.Scan(&f.ID, &f.Campaign, &f.Org, (*[]byte)(&f.Record)) })
}

func readNotices(ctx context.Context, tx *sql.Tx, where string, args ...any) ([]Notice, error) {
	return rows(ctx, tx, `SELECT id, campaign, org, record FROM notice`+where+` ORDER BY id`, args,
		func(r *sql.Rows, n *Notice) error { return r.Scan(&n.ID, &n.Campaign, &n.Org, (*[]byte)(&n.Record)) })
}

// one returns what a reader finds under one id.
func one[T any](ctx context.Context, s *Store, what, id string, read func(context.Context, *sql.Tx, string, ...any) ([]T, error)) (T, error) {
	var found []T
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		found, err = read(ctx, tx, ` WHERE id = $1`, id)
		return err
	})
	if err == nil && len(found) == 0 {
		err = ErrNotFound
	}
	if err != nil {
		var none T
		return none, fmt.Errorf("%s %q: %w", what, id, err)
	}
	return found[0], nil
}

// rows runs a query and scans each row into a T.
func rows[T any](ctx context.Context, tx *sql.Tx, query string, args []any, scan func(*sql.Rows, *T) error) ([]T, error) {
	r, err := tx.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []T
	for r.Next() {
		var t T
		if err := scan(r, &t); err != nil {
			return nil, err
		}
		out = append(out, t)
	}
	return out, r.Err()
}

func parseTime(s string, into *time.Time) error {
	t, err := time.Parse(stamp, s)
	if err != nil {
		return fmt.Errorf("time %q: %w", s, errDamaged)
	}
	*into = t.UTC()
	return nil
}
