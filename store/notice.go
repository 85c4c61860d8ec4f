package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
)

// PutNotice keeps a notice whose state changed (sent, acknowledged …) together
// with the entry that says who did it.
func (s *Store) PutNotice(ctx context.Context, n Notice, entry Entry) error {
	if n.ID == "" || !json.Valid(n.Record) {
		return fmt.Errorf("notice %q needs an id and a JSON record", n.ID)
	}
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := advance(ctx, tx); err != nil {
			return err
		}
		if err := writeNotices(ctx, tx, []Notice{n}); err != nil {
			return err
		}
		return appendEntry(ctx, tx, entry)
	})
	if err != nil {
		return fmt.Errorf("keep notice: %w", err)
	}
	return nil
}
