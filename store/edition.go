package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// EditionLedger returns the ledger of public editions; nil where none was
// ever published.
func (s *Store) EditionLedger(ctx context.Context) (json.RawMessage, error) {
	var ledger json.RawMessage
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		ledger, err = readLedger(ctx, tx)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read edition ledger: %w", err)
	}
	return ledger, nil
}

// UpdateEditionLedger replaces the ledger of public editions by what change
// makes of it, together with the entry that says who did it. Nobody else
// changes it meanwhile: an edition that two runs publish at once must be
// audited against the other one.
func (s *Store) UpdateEditionLedger(ctx context.Context, entry Entry, change func(json.RawMessage) (json.RawMessage, error)) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := advance(ctx, tx); err != nil { // first: it locks the store before the ledger is read
			return err
		}
		old, err := readLedger(ctx, tx)
		if err != nil {
			return err
		}
		ledger, err := change(old)
		if err != nil {
			return err
		}
		if !json.Valid(ledger) {
			return errors.New("the new ledger is not JSON")
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO edition_ledger (one, record) VALUES (1, $1)
			ON CONFLICT (one) DO UPDATE SET record = excluded.record`, string(ledger))
		if err != nil {
			return err
		}
		return appendEntry(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("change edition ledger: %w", err)
	}
	return nil
}

func readLedger(ctx context.Context, tx *sql.Tx) (json.RawMessage, error) {
	var ledger []byte
	err := tx.QueryRowContext(ctx, `SELECT record FROM edition_ledger`).Scan(&ledger)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return ledger, err
}
