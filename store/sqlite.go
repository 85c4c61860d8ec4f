package store

import (
	"context"
	"database/sql"
	"embed"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

// applicationID marks the file as ours (PRAGMA application_id; "PHdl").
const applicationID = 0x5048646c

// busyTimeout is how long a writer waits for another one.
const busyTimeout = 10 * time.Second

// Open opens the SQLite store in the file path, creates it with mode 0600 if
// it is not there, and brings it to the schema of this program. Where a person
// can do something about an error, of Open or later, it is an *OpenError.
func Open(ctx context.Context, path string) (*Store, error) {
	schema, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return nil, err
	}
	return open(ctx, path, busyTimeout, schema)
}

func open(ctx context.Context, path string, busy time.Duration, schema fs.FS) (*Store, error) {
	ours, err := checkFile(path)
	if err != nil {
		return nil, err
	}
	s := &Store{explain: func(err error) error { return explainSQLite(path, err) }}
	if !ours {
		if err := claimFile(ctx, path, dsn(path, busy)); err != nil {
			return nil, s.explain(err)
		}
	}
	if s.db, err = sql.Open("sqlite", dsn(path, busy)+"&_journal_mode=WAL"); err != nil {
		return nil, s.explain(err)
	}
	s.db.SetMaxOpenConns(4) // one writes, the others read
	if err := migrate(ctx, path, s.db, schema); err != nil {
		return nil, s.explain(errors.Join(err, s.db.Close()))
	}
	return s, nil
}

// checkFile sees to it that path is a file that can be written and may be a
// store, before SQLite touches it and its companions. It reports whether it
// is marked as ours.
func checkFile(path string) (ours bool, err error) {
	fail := func(err error, why, hint string) (bool, error) {
		return false, &OpenError{Path: path, Why: why, hint: hint, Err: err}
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		dir := filepath.Dir(path)
		return fail(err, fmt.Sprintf("the folder %q does not exist", dir), "mkdir -p "+shellQuote(dir))
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		return fail(err, "it may not be written", "name a file that you may write, or copy it to a place where you may")
	case err != nil:
		return fail(err, err.Error(), "--store names one file, such as pumphandle.db")
	}
	defer f.Close()
	// https://www.sqlite.org/fileformat.html 1.3: the header begins with this
	// and has the application id at 68.
	const magic = "SQLite format 3\x00"
	header := make([]byte, 100)
	n, err := io.ReadFull(f, header)
	switch {
	case errors.Is(err, io.EOF): // new, or an empty file that somebody made for us
		return false, nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return fail(err, err.Error(), "--store names one file, such as pumphandle.db")
	case n < len(header) || string(header[:len(magic)]) != magic:
		return fail(nil, "it is not a database", "--store names the file in which results are kept; it is made if it is not there")
	}
	return binary.BigEndian.Uint32(header[68:]) == applicationID, nil
}

// dsn is the database's name for the driver. It leaves out the journal mode:
// to set it writes to the file, which may be another program's.
func dsn(path string, busy time.Duration) string {
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	path = filepath.ToSlash(path)
	if !strings.HasPrefix(path, "/") {
		path = "/" + path // Windows: /C:/…
	}
	query := url.Values{
		"_busy_timeout": {fmt.Sprint(busy.Milliseconds())},
		"_foreign_keys": {"1"},
		"_synchronous":  {"FULL"},      // a scan that was reported as kept is kept, also when the power fails
		"_txlock":       {"immediate"}, // writers queue at their beginning, where waiting cannot fail
		"_defensive":    {"1"},
		"_dqs":          {"0"},
		"_error_rc":     {"1"},
		"_pragma":       {"trusted_schema(0)"}, // the file may have come from somebody else
	}
	return (&url.URL{Scheme: "file", Path: path, RawQuery: query.Encode()}).String()
}

// claimFile marks a new database as ours and refuses one of another program.
func claimFile(ctx context.Context, path, dsn string) error {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	var id, tables int
	if err := tx.QueryRowContext(ctx, `PRAGMA application_id`).Scan(&id); err != nil || id == applicationID {
		return err // another process was faster
	}
	if err := tx.QueryRowContext(ctx, `SELECT COUNT(*) FROM sqlite_schema`).Scan(&tables); err != nil {
		return err
	}
	if id != 0 || tables > 0 {
		return &OpenError{Path: path, Why: "it is the database of another program", hint: "name another file: it is made if it is not there"}
	}
	if _, err := tx.ExecContext(ctx, fmt.Sprintf(`PRAGMA application_id = %d`, applicationID)); err != nil {
		return err
	}
	return tx.Commit()
}

// migrate brings the database to the newest schema.
func migrate(ctx context.Context, path string, db *sql.DB, schema fs.FS) error {
	// Goose has no lock for SQLite: of two processes that upgrade at once one
	// does it, and the other fails, first perhaps to make goose's own table and
	// then to run the migration; the third time it finds it done.
	for attempt := 1; ; attempt++ {
		provider, err := goose.NewProvider(goose.DialectSQLite3, db, schema, goose.WithDisableGlobalRegistry(true))
		if err != nil {
			return err
		}
		have, want, err := provider.GetVersions(ctx)
		if err == nil && have > want {
			return &OpenError{
				Path: path, Why: fmt.Sprintf("it was written by a newer version of this program (schema %d, this one knows %d)", have, want),
				hint: "use the newer version, or name another file",
			}
		}
		if err == nil && have == want {
			return nil
		}
		if err == nil {
			if _, err = provider.Up(ctx); err == nil {
				return nil
			}
		}
		var verdict string
		if db.QueryRowContext(ctx, `PRAGMA quick_check(1)`).Scan(&verdict) == nil && verdict != "ok" {
			return fmt.Errorf("%w: %s", errDamaged, verdict)
		}
		if attempt == 3 {
			return fmt.Errorf("bring the schema from version %d to %d: %w", have, want, err)
		}
	}
}

// explainSQLite turns what SQLite says into what a person can act on.
func explainSQLite(path string, err error) error {
	var open *OpenError
	var lite *sqlite.Error
	if err == nil || errors.As(err, &open) {
		return err
	}
	fail := func(why, hint string) error { return &OpenError{Path: path, Why: why, hint: hint, Err: err} }
	if errors.Is(err, errDamaged) {
		return fail("it is damaged: "+err.Error(), restoreHint)
	}
	if !errors.As(err, &lite) {
		return err
	}
	switch lite.Code() & 0xff { // the upper bits say more precisely what the lowest eight say (https://www.sqlite.org/rescode.html)
	case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
		return fail("another process is writing to it", "try again when that run has ended")
	case sqlite3.SQLITE_NOTADB:
		return fail("it is not a database, or encrypted or damaged", restoreHint)
	case sqlite3.SQLITE_CORRUPT:
		return fail("it is damaged: "+err.Error(), restoreHint)
	case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN:
		return fail("it, or a file beside it, may not be written: "+err.Error(), "the folder must be writable, too: SQLite keeps -wal and -shm files there")
	case sqlite3.SQLITE_FULL:
		return fail("the disk is full", "make room and run it again: nothing of this run was kept")
	}
	return err
}

const restoreHint = "restore a copy, or move the file away and scan again: a store can be made anew from the logs"

var errDamaged = errors.New("what is read is not what was written")

// OpenError says why a store could not be used.
type OpenError struct {
	Path string
	Why  string // in plain words
	Err  error  // what the system said; may be nil

	hint string
}

func (e *OpenError) Error() string { return fmt.Sprintf("store %s: %s", e.Path, e.Why) }
func (e *OpenError) Unwrap() error { return e.Err }

// Hint says what to do about it.
func (e *OpenError) Hint() string { return e.hint }

// shellQuote quotes a path for a hint that may be pasted into a shell.
func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }
