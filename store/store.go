// Package store keeps between runs what was learned and what was concluded:
// the facts of every organisation, campaigns with their targets, findings and
// notices, the ledger of public editions, and an audit trail. Raw events never
// go into it, nor is there a query for one.
//
// It knows nothing of the meaning of what it keeps: facts are bytes in the
// ledger's own encoding, everything else is JSON. Start with [Open],
// [Store.Load] and [Store.Commit].
package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"time"
)

// Store is an open store. It may be used by many goroutines, and several
// processes may have the same one open.
//
// The SQL in this package is what SQLite and PostgreSQL have in common; what
// differs is in sqlite.go and in the engine's folder of migrations. A second
// engine must pass the suite in store/storetest.
type Store struct {
	db      *sql.DB
	explain func(error) error // gives an engine's error its plain words and its hint
}

// Close ends the use of the store.
func (s *Store) Close() error { return s.db.Close() }

// State is what a scan continues from.
type State struct {
	Revision  int64 // counts the changes to the store; see [Scan]
	Facts     []Facts
	Campaigns []Campaign
	Notices   []Notice

	Assessments []Assessment // the newest of each campaign
	Decisions   []Decision   // all, by campaign, oldest first
}

// Facts is what is remembered of one organisation.
type Facts struct {
	Org     string
	Version int    // of the ledger's encoding
	Encoded []byte // as the ledger encodes it
}

// Campaign is a campaign as it was last judged.
type Campaign struct {
	ID     string // PH-2026-0001
	Year   int
	Number int
	First  time.Time
	Last   time.Time
	Keys   []uint64 // by what it is recognised when it is seen again; ascending
	Record json.RawMessage
}

// Target is one campaign at one organisation.
type Target struct {
	Campaign string
	Org      string
	Record   json.RawMessage
}

// Finding is one finding at one organisation.
type Finding struct {
	ID       string
	Campaign string // "" where it was joined to none
	Org      string
	Record   json.RawMessage
}

// Notice is what one organisation is told of one campaign, and how far the
// telling got.
type Notice struct {
	ID       string
	Campaign string
	Org      string
	Record   json.RawMessage
}

// Scan is everything that one scan changes. Facts replace those of their
// organisation; campaigns, targets, findings and notices replace those of the
// same id and leave all others as they are.
type Scan struct {
	Base int64 // the State.Revision from which it went out

	At         time.Time
	Who        string
	Arguments  []string
	Statistics json.RawMessage

	Facts     []Facts
	Campaigns []Campaign
	Targets   []Target
	Findings  []Finding
	Notices   []Notice

	Assessments []Assessment // new versions; those before stay
}

// ErrChanged is returned where somebody else changed the store after it was
// read. Nothing was written. Load again, merge the facts, judge and commit
// again: the logs need not be read twice.
var ErrChanged = errors.New("the store was changed by another run since it was read")

// ErrNotFound is returned where there is nothing of that id.
var ErrNotFound = errors.New("not in the store")

// inTx runs f in one transaction that writes: all of it happens or nothing.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	return s.tx(ctx, nil, f)
}

// inSnapshot runs f in one transaction that only reads, and sees one state.
func (s *Store) inSnapshot(ctx context.Context, f func(*sql.Tx) error) error {
	return s.tx(ctx, &sql.TxOptions{ReadOnly: true, Isolation: sql.LevelDefault}, f)
}

func (s *Store) tx(ctx context.Context, opt *sql.TxOptions, f func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, opt)
	if err != nil {
		return s.explain(err)
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return s.explain(err)
	}
	return s.explain(tx.Commit())
}

// advance counts a change, and returns the revision that it makes.
func advance(ctx context.Context, tx *sql.Tx) (revision int64, err error) {
	err = tx.QueryRowContext(ctx, `UPDATE revision SET number = number + 1 RETURNING number`).Scan(&revision)
	return revision, err
}

// stamp is the form of times in the store: of fixed width, so that text sorts
// as time does.
const stamp = "2006-01-02T15:04:05.000000000Z"

func formatTime(t time.Time) string { return t.UTC().Format(stamp) }
