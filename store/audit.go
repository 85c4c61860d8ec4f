package store

import (
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
)

// Entry is one line of the audit trail.
type Entry struct {
	Seq     int64 // 1, 2, 3 …; given by the store
	At      time.Time
	Who     string
	Action  string // such as "scan", "notice sent", "edition approved"
	Subject string // what it was done to
	Detail  string
	Hash    [sha256.Size]byte // of this entry and the hash before it; given by the store
}

// Audit appends an entry to the audit trail.
func (s *Store) Audit(ctx context.Context, entry Entry) error {
	if err := s.inTx(ctx, func(tx *sql.Tx) error { return appendEntry(ctx, tx, entry) }); err != nil {
		return fmt.Errorf("audit: %w", err)
	}
	return nil
}

// Trail returns the whole audit trail, oldest first, after checking that each
// entry holds on to the one before it.
//
// The chain shows that an entry was changed, taken out or put in. It cannot
// show that the end was cut off or all of it written anew: who must be sure
// of that keeps the last Hash elsewhere.
func (s *Store) Trail(ctx context.Context) ([]Entry, error) {
	var trail []Entry
	err := s.inSnapshot(ctx, func(tx *sql.Tx) (err error) {
		trail, err = rows(ctx, tx, `SELECT seq, at, who, action, subject, detail, hash FROM audit ORDER BY seq`, nil, scanEntry)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit trail: %w", err)
	}
	var before [sha256.Size]byte
	for i, e := range trail {
		if e.Seq != int64(i)+1 || e.Hash != chain(before, e) {
			return nil, fmt.Errorf("audit trail: entry %d is not what was written there: it or one near it was changed", i+1)
		}
		before = e.Hash
	}
	return trail, nil
}

func appendEntry(ctx context.Context, tx *sql.Tx, e Entry) error {
	if e.Who == "" || e.Action == "" || e.At.IsZero() {
		return errors.New("an audit entry needs who, what and when")
	}
	last, err := rows(ctx, tx, `SELECT seq, at, who, action, subject, detail, hash FROM audit ORDER BY seq DESC LIMIT 1`, nil, scanEntry)
	if err != nil {
		return err
	}
	var before [sha256.Size]byte
	e.Seq = 1
	if len(last) == 1 {
		before, e.Seq = last[0].Hash, last[0].Seq+1
	}
	e.Hash = chain(before, e)
	_, err = tx.ExecContext(ctx, `INSERT INTO audit (seq, at, who, action, subject, detail, hash) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		e.Seq, formatTime(e.At), e.Who, e.Action, e.Subject, e.Detail, e.Hash[:])
	return err
}

// chain is SHA-256 over the hash before, then every field as its length in
// bytes (8, big endian) and its text, in the order of the table's columns.
func chain(before [sha256.Size]byte, e Entry) (sum [sha256.Size]byte) {
	h := sha256.New()
	h.Write(before[:])
	for _, field := range []string{fmt.Sprint(e.Seq), formatTime(e.At), e.Who, e.Action, e.Subject, e.Detail} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		h.Write(length[:])
		h.Write([]byte(field))
	}
	h.Sum(sum[:0])
	return sum
}

func scanEntry(r *sql.Rows, e *Entry) error {
	var at string
	var hash []byte
	if err := r.Scan(&e.Seq, &at, &e.Who, &e.Action, &e.Subject, &e.Detail, &hash); err != nil {
		return err
	}
	if copy(e.Hash[:], hash) != len(e.Hash) || !bytes.Equal(e.Hash[:], hash) {
		return fmt.Errorf("hash of audit entry %d: %w", e.Seq, errDamaged)
	}
	return parseTime(at, &e.At)
}
