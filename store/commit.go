package store

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/json"
	"fmt"
)

// Commit keeps what a scan changed, all or nothing, and enters it into the
// audit trail. It returns ErrChanged if the store is no longer at scan.Base.
func (s *Store) Commit(ctx context.Context, scan Scan) error {
	if err := check(scan); err != nil {
		return fmt.Errorf("keep scan: %w", err)
	}
	if err := s.inTx(ctx, func(tx *sql.Tx) error { return write(ctx, tx, scan) }); err != nil {
		return fmt.Errorf("keep scan: %w", err)
	}
	return nil
}

// check refuses what the database would keep but nobody could read again.
func check(scan Scan) error {
	if !json.Valid(scan.Statistics) {
		return fmt.Errorf("statistics are not JSON")
	}
	for _, c := range scan.Campaigns {
		if c.ID == "" || c.Year <= 0 || c.Number <= 0 || !json.Valid(c.Record) {
			return fmt.Errorf("campaign %q needs an id, a year, a number and a JSON record", c.ID)
		}
	}
	for _, t := range scan.Targets {
		if t.Org == "" || !json.Valid(t.Record) {
			return fmt.Errorf("target of %q at %q needs an organisation and a JSON record", t.Campaign, t.Org)
		}
	}
	for _, f := range scan.Findings {
		if f.ID == "" || !json.Valid(f.Record) {
			return fmt.Errorf("finding %q needs an id and a JSON record", f.ID)
		}
	}
	for _, n := range scan.Notices {
		if n.ID == "" || !json.Valid(n.Record) {
			return fmt.Errorf("notice %q needs an id and a JSON record", n.ID)
		}
	}
	for _, a := range scan.Assessments {
		if a.Version <= 0 || a.At.IsZero() || !json.Valid(a.Record) {
			return fmt.Errorf("assessment of %q needs a version, a time and a JSON record", a.Campaign)
		}
	}
	return nil
}

func write(ctx context.Context, tx *sql.Tx, scan Scan) error {
	revision, err := advance(ctx, tx)
	if err != nil {
		return err
	}
	if revision != scan.Base+1 {
		return ErrChanged
	}
	if err := writeFacts(ctx, tx, scan.Facts); err != nil {
		return err
	}
	if err := writeCampaigns(ctx, tx, scan.Campaigns); err != nil {
		return err
	}
	if err := writeTargets(ctx, tx, scan.Targets); err != nil {
		return err
	}
	if err := writeFindings(ctx, tx, scan.Findings); err != nil {
		return err
	}
	if err := writeNotices(ctx, tx, scan.Notices); err != nil {
		return err
	}
	if err := writeAssessments(ctx, tx, scan.Assessments); err != nil {
		return err
	}
	arguments, err := json.Marshal(scan.Arguments)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO scan (revision, at, arguments, statistics) VALUES ($1, $2, $3, $4)`,
		revision, formatTime(scan.At), string(arguments), string(scan.Statistics))
	if err != nil {
		return fmt.Errorf("scan: %w", err)
	}
	return appendEntry(ctx, tx, Entry{
		At: scan.At, Who: scan.Who, Action: "scan", Subject: fmt.Sprintf("revision %d", revision),
		Detail: fmt.Sprintf("%d organisations, %d campaigns", len(scan.Facts), len(scan.Campaigns)),
	})
}

func writeFacts(ctx context.Context, tx *sql.Tx, facts []Facts) error {
	return each(ctx, tx, facts, `
		INSERT INTO facts (org, version, encoded, sha256) VALUES ($1, $2, $3, $4)
		ON CONFLICT (org) DO UPDATE SET version = excluded.version, encoded = excluded.encoded, sha256 = excluded.sha256`,
		func(f Facts) (string, []any) {
			sum := sha256.Sum256(f.Encoded)
			encoded := f.Encoded
			if encoded == nil {
				encoded = []byte{} // nil would be NULL
			}
			return "facts of " + f.Org, []any{f.Org, f.Version, encoded, sum[:]}
		})
}

func writeCampaigns(ctx context.Context, tx *sql.Tx, campaigns []Campaign) error {
	err := each(ctx, tx, campaigns, `
		INSERT INTO campaign (id, year, number, first, last, record) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (id) DO UPDATE SET first = excluded.first, last = excluded.last, record = excluded.record`,
		func(c Campaign) (string, []any) {
			return "campaign " + c.ID, []any{c.ID, c.Year, c.Number, formatTime(c.First), formatTime(c.Last), string(c.Record)}
		})
	if err != nil {
		return err
	}
	type pair struct {
		campaign string
		key      int64
	}
	var pairs []pair
	for _, c := range campaigns {
		if _, err := tx.ExecContext(ctx, `DELETE FROM campaign_key WHERE campaign = $1`, c.ID); err != nil {
			return fmt.Errorf("keys of %s: %w", c.ID, err)
		}
		for _, k := range c.Keys {
			pairs = append(pairs, pair{c.ID, int64(k)})
		}
	}
	return each(ctx, tx, pairs, `INSERT INTO campaign_key (campaign, key) VALUES ($1, $2) ON CONFLICT DO NOTHING`,
		func(p pair) (string, []any) { return "keys of " + p.campaign, []any{p.campaign, p.key} })
}

func writeTargets(ctx context.Context, tx *sql.Tx, targets []Target) error {
	return each(ctx, tx, targets, `
		INSERT INTO target (campaign, org, record) VALUES ($1, $2, $3)
		ON CONFLICT (campaign, org) DO UPDATE SET record = excluded.record`,
		func(t Target) (string, []any) {
			return fmt.Sprintf("target %s of %s", t.Org, t.Campaign), []any{t.Campaign, t.Org, string(t.Record)}
		})
}

func writeFindings(ctx context.Context, tx *sql.Tx, findings []Finding) error {
	return each(ctx, tx, findings, `
		INSERT INTO finding (id, campaign, org, record) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET campaign = excluded.campaign, org = excluded.org, record = excluded.record`,
		func(f Finding) (string, []any) {
			campaign := sql.NullString{String: f.Campaign, Valid: f.Campaign != ""}
			return "finding " + f.ID, []any{f.ID, campaign, f.Org, string(f.Record)}
		})
}

func writeNotices(ctx context.Context, tx *sql.Tx, notices []Notice) error {
	return each(ctx, tx, notices, `
		INSERT INTO notice (id, campaign, org, record) VALUES ($1, $2, $3, $4)
		ON CONFLICT (id) DO UPDATE SET campaign = excluded.campaign, org = excluded.org, record = excluded.record`,
		func(n Notice) (string, []any) {
			return "notice " + n.ID, []any{n.ID, n.Campaign, n.Org, string(n.Record)}
		})
}

// each runs one prepared statement for each row; row gives its name, for
// errors, and its values.
func each[T any](ctx context.Context, tx *sql.Tx, rows []T, statement string, row func(T) (string, []any)) error {
	if len(rows) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, statement)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for _, r := range rows {
		name, values := row(r)
		if _, err := stmt.ExecContext(ctx, values...); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
