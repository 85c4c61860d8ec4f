package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"
)

// Outside is what one file of others says.
type Outside struct {
	SHA256   string // of the file's content, in hex: by it the file is known again
	Name     string // of the file, as it was given
	Format   string
	Source   string // who says it
	Grade    string // Admiralty code, such as B2; F6 where nobody has judged it
	TLP      string
	Dated    time.Time // when they said it; zero if they do not say
	Imported time.Time
	Record   json.RawMessage // all of it but its indicators

	Indicators int // how many it has; given by the store
}

// OutsideIndicator is one value that a file of others names.
type OutsideIndicator struct {
	Outside string // SHA-256 of the file
	Kind    string
	Value   string
	Record  json.RawMessage
}

// PutOutside keeps what a file says together with the entry that says who
// imported it. It reports false, and changes nothing, where the file is there
// already. Two files that say different things of one object are both kept:
// none takes the place of another.
func (s *Store) PutOutside(ctx context.Context, o Outside, indicators []OutsideIndicator, entry Entry) (added bool, err error) {
	if o.SHA256 == "" || o.Imported.IsZero() || !json.Valid(o.Record) {
		return false, fmt.Errorf("keep %q: it needs a hash, a time and a JSON record", o.Name)
	}
	for _, i := range indicators {
		if i.Kind == "" || i.Value == "" || !json.Valid(i.Record) {
			return false, fmt.Errorf("keep %q: indicator %q needs a kind, a value and a JSON record", o.Name, i.Value)
		}
	}
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		dated := ""
		if !o.Dated.IsZero() {
			dated = formatTime(o.Dated)
		}
		result, err := tx.ExecContext(ctx, `
			INSERT INTO outside (sha256, name, format, source, grade, tlp, dated, imported, record) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
			ON CONFLICT (sha256) DO NOTHING`,
			o.SHA256, o.Name, o.Format, o.Source, o.Grade, o.TLP, dated, formatTime(o.Imported), string(o.Record))
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil || n == 0 {
			return err
		}
		added = true
		err = each(ctx, tx, indicators, `INSERT INTO outside_indicator (outside, kind, value, record) VALUES ($1, $2, $3, $4)`,
			func(i OutsideIndicator) (string, []any) {
				return "indicator " + i.Value, []any{o.SHA256, i.Kind, i.Value, string(i.Record)}
			})
		if err != nil {
			return err
		}
		return appendEntry(ctx, tx, entry)
	})
	if err != nil {
		return false, fmt.Errorf("keep %q: %w", o.Name, err)
	}
	return added, nil
}

// Outside returns what others said, in the order in which it was imported.
func (s *Store) Outside(ctx context.Context) ([]Outside, error) {
	var all []Outside
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		all, err = rows(ctx, tx, `
			SELECT sha256, name, format, source, grade, tlp, dated, imported, record,
				(SELECT COUNT(*) FROM outside_indicator WHERE outside = sha256)
			FROM outside ORDER BY imported, sha256`, nil,
			func(r *sql.Rows, o *Outside) error {
				var dated, imported string
				if err := r.Scan(&o.SHA256, &o.Name, &o.Format, &o.Source, &o.Grade, &o.TLP, &dated, &imported, (*[]byte)(&o.Record), &o.Indicators); err != nil {
					return err
				}
				if dated != "" {
					if err := parseTime(dated, &o.Dated); err != nil {
						return err
					}
				}
				return parseTime(imported, &o.Imported)
			})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what others say: %w", err)
	}
	return all, nil
}

// OutsideIndicators returns the indicators of a kind and value that others
// name, by file.
func (s *Store) OutsideIndicators(ctx context.Context, kind, value string) ([]OutsideIndicator, error) {
	var found []OutsideIndicator
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		found, err = rows(ctx, tx, `SELECT outside, kind, value, record FROM outside_indicator WHERE kind = $1 AND value = $2 ORDER BY outside, record`, []any{kind, value},
			func(r *sql.Rows, i *OutsideIndicator) error {
				return r.Scan(&i.Outside, &i.Kind, &i.Value, (*[]byte)(&i.Record))
			})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read what others say of %q: %w", value, err)
	}
	return found, nil
}

// EachIndicator gives f the indicators of these kinds that others name, in the
// order in which their files were imported, without holding them all.
func (s *Store) EachIndicator(ctx context.Context, kinds []string, f func(OutsideIndicator) error) error {
	err := s.inSnapshot(ctx, func(tx *sql.Tx) error {
		for _, kind := range kinds {
			_, err := rows(ctx, tx, `
				SELECT outside, kind, value, outside_indicator.record FROM outside_indicator JOIN outside ON outside = sha256
				WHERE kind = $1 ORDER BY imported, outside, value`, []any{kind},
				func(r *sql.Rows, _ *struct{}) error {
					var i OutsideIndicator
					if err := r.Scan(&i.Outside, &i.Kind, &i.Value, (*[]byte)(&i.Record)); err != nil {
						return err
					}
					return f(i)
				})
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("read the indicators of others: %w", err)
	}
	return nil
}
