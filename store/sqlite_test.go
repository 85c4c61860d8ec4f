package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"
)

var day = time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)

// generation is a scan whose every part says which commit it is of, so that a
// mixture of two would show. It is large enough to fill many pages.
func generation(n int64) Scan {
	record := json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))
	scan := Scan{
		Base: n - 1, At: day, Who: "test", Statistics: record,
		Campaigns: []Campaign{{ID: "PH-2026-0001", Year: 2026, Number: 1, First: day, Last: day, Keys: []uint64{uint64(n)}, Record: record}},
	}
	for i := range 20 {
		org := fmt.Sprintf("org-%02d", i)
		scan.Facts = append(scan.Facts, Facts{Org: org, Version: int(n), Encoded: bytes.Repeat([]byte{byte(n)}, 20_000)})
		scan.Targets = append(scan.Targets, Target{Campaign: "PH-2026-0001", Org: org, Record: record})
	}
	return scan
}

// checkGeneration fails unless all that is in the store is of one commit.
func checkGeneration(t *testing.T, s *Store) int64 {
	t.Helper()
	state, err := s.Load(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	n := state.Revision
	if n == 0 {
		return 0
	}
	detail, err := s.Campaign(t.Context(), "PH-2026-0001")
	if err != nil {
		t.Fatal(err)
	}
	trail, err := s.Trail(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{"n":%d}`, n)
	whole := len(state.Facts) == 20 && len(detail.Targets) == 20 && len(trail) == int(n) &&
		len(detail.Keys) == 1 && detail.Keys[0] == uint64(n) && string(detail.Record) == want
	for i := range state.Facts {
		whole = whole && int64(state.Facts[i].Version) == n && string(detail.Targets[i].Record) == want
	}
	if !whole {
		t.Fatalf("the store at revision %d is a mixture: %+v", n, detail)
	}
	return n
}

func TestFileIsPrivate(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a b%20?#ü.db") // as awkward as a URI can have it
	s := mustOpen(t, path)
	if err := s.Commit(t.Context(), generation(1)); err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join(filepath.Dir(path), "*"))
	if err != nil || len(files) < 2 { // the store and its write-ahead log
		t.Fatalf("files %q, %v", files, err)
	}
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v, %v", f, info.Mode(), err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if files, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(files) != 1 || files[0] != path {
		t.Errorf("a closed store is one file of the given name, not %q", files)
	}
}

func TestOpenErrors(t *testing.T) {
	tests := []struct {
		why  string
		make func(t *testing.T, path string) string // returns the path to open
		want string
		hint string
	}{
		{
			"folder missing", func(_ *testing.T, path string) string { return filepath.Join(path, "it's", "store.db") },
			"does not exist", `mkdir -p '`,
		},
		{
			"a folder", func(t *testing.T, path string) string { return filepath.Dir(path) },
			"is a directory", "--store names one file",
		},
		{
			"a log given as store", func(t *testing.T, path string) string {
				writeFile(t, path, []byte("Oct  1 00:00:00 mx1 sshd[1]: Failed password\n"))
				return path
			}, "it is not a database", "--store names the file",
		},
		{
			"a file shorter than a header", func(t *testing.T, path string) string {
				writeFile(t, path, []byte("SQLite"))
				return path
			}, "it is not a database", "--store names the file",
		},
		{
			"only a header", func(t *testing.T, path string) string {
				writeFile(t, path, append([]byte("SQLite format 3\x00"), make([]byte, 5000)...))
				return path
			}, "not a database", "restore",
		},
		{
			"another program's database", func(t *testing.T, path string) string {
				db := rawDB(t, path)
				mustExec(t, db, `CREATE TABLE bookmarks (url TEXT)`)
				return path
			}, "database of another program", "name another file",
		},
		{
			"first page overwritten", func(t *testing.T, path string) string {
				filled(t, path)
				overwrite(t, path, 100, 3000)
				return path
			}, "damaged", "restore",
		},
		{
			"cut off", func(t *testing.T, path string) string {
				filled(t, path)
				if err := os.Truncate(path, 6000); err != nil {
					t.Fatal(err)
				}
				return path
			}, "damaged", "restore",
		},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			path := tt.make(t, filepath.Join(t.TempDir(), "store.db"))
			before, _ := os.ReadFile(path)
			s, err := Open(t.Context(), path)
			if err == nil {
				_, err = s.Load(t.Context()) // damage may lie where only reading finds it
				s.Close()
			}
			checkOpenError(t, err, tt.want, tt.hint)
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
		})
	}
}

// A changed byte in the facts is not seen by SQLite, which has no checksums.
func TestDamagedFacts(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(data, bytes.Repeat([]byte{1}, 4092)) // an overflow page: its number of the next, then only content
	if i%4096 != 4 {
		t.Fatalf("no overflow page at %d", i)
	}
	data[i+1000] ^= 0x10
	writeFile(t, path, data)
	_, err = mustOpen(t, path).Load(t.Context())
	checkOpenError(t, err, "it is damaged: facts of", "restore")
}

func TestDamagedPages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	for offset := int64(4096); offset < info.Size(); offset += 8 * 4096 {
		damaged := filepath.Join(t.TempDir(), "store.db")
		data, _ := os.ReadFile(path)
		writeFile(t, damaged, data)
		overwrite(t, damaged, offset, 4096)
		s, err := Open(t.Context(), damaged)
		if err == nil {
			// What is hit may not be asked for; what is asked for is whole or an error.
			if _, err = s.Load(t.Context()); err == nil {
				checkGeneration(t, s)
			}
			s.Close()
		}
		var open *OpenError
		if err != nil && !errors.As(err, &open) {
			t.Errorf("page at %d overwritten: no plain words for %v", offset, err)
		}
	}
}

func TestLockedByAnother(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	s, err := open(t.Context(), path, 50*time.Millisecond, schema(t))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	other, err := rawDB(t, path).Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), `BEGIN IMMEDIATE`); err != nil {
		t.Fatal(err)
	}
	checkOpenError(t, s.Commit(t.Context(), generation(2)), "another process is writing", "try again")
	if n := checkGeneration(t, s); n != 1 { // reading goes on meanwhile
		t.Errorf("revision %d", n)
	}
	reader, err := open(t.Context(), path, 50*time.Millisecond, schema(t)) // as does opening
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()

	patient := mustOpen(t, path)
	done := make(chan error, 1)
	go func() { done <- patient.Commit(t.Context(), generation(2)) }()
	if _, err := other.ExecContext(t.Context(), `ROLLBACK`); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Errorf("a writer that waited: %v", err)
	}
}

func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	newer := fstest.MapFS{"00900_more.sql": {Data: []byte("-- +goose Up\nALTER TABLE scan ADD COLUMN note TEXT NOT NULL DEFAULT '';\n")}}
	ours, err := fs.Glob(schema(t), "*.sql")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range ours {
		data, err := fs.ReadFile(schema(t), name)
		if err != nil {
			t.Fatal(err)
		}
		newer[name] = &fstest.MapFile{Data: data}
	}

	for range 2 { // upgraded, then reopened
		s, err := open(t.Context(), path, time.Second, newer)
		if err != nil {
			t.Fatal(err)
		}
		if n := checkGeneration(t, s); n != 1 {
			t.Errorf("revision %d after the upgrade", n)
		}
		if _, err := s.db.Exec(`SELECT note FROM scan`); err != nil {
			t.Errorf("not upgraded: %v", err)
		}
		s.Close()
	}
	_, err = Open(t.Context(), path)
	checkOpenError(t, err, "written by a newer version of this program (schema 900, this one knows ", "use the newer version")

	broken := maps.Clone(newer)
	broken["00901_broken.sql"] = &fstest.MapFile{Data: []byte("-- +goose Up\nDROP TABLE facts;\nSELECT nonsense;\n")}
	if s, err := open(t.Context(), path, time.Second, broken); err == nil {
		s.Close()
		t.Error("a broken migration went through")
	}
	s, err := open(t.Context(), path, time.Second, newer)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if n := checkGeneration(t, s); n != 1 {
		t.Errorf("revision %d after a migration that broke off", n)
	}
}

func TestManyOpenANewStore(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			s, err := Open(t.Context(), path)
			if err != nil {
				t.Error(err)
				return
			}
			defer s.Close()
			if _, err := s.Load(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

func TestCancelledInTheMiddle(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	s := mustOpen(t, path)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if err := write(ctx, tx, generation(2)); err != nil {
			return err
		}
		cancel() // all is written, nothing is committed
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if n := checkGeneration(t, s); n != 1 {
		t.Errorf("revision %d, want the former", n)
	}
	if err := s.Commit(t.Context(), generation(2)); err != nil {
		t.Errorf("next commit: %v", err)
	}
}

func TestAuditCannotBeChanged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	s := mustOpen(t, path)
	for range 3 {
		if err := s.Audit(t.Context(), Entry{At: day, Who: "analyst", Action: "notice sent"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, statement := range []string{`UPDATE audit SET who = 'nobody' WHERE seq = 2`, `DELETE FROM audit WHERE seq = 2`} {
		if _, err := s.db.Exec(statement); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", statement, err)
		}
	}
	// Who may write to the file can drop the triggers; the chain still shows it.
	mustExec(t, s.db, `DROP TRIGGER audit_no_update`)
	mustExec(t, s.db, `DROP TRIGGER audit_no_delete`)
	for _, statement := range []string{
		`UPDATE audit SET who = 'nobody' WHERE seq = 2`, `UPDATE audit SET at = '2020-01-01T00:00:00.000000000Z' WHERE seq = 1`,
		`DELETE FROM audit WHERE seq = 2`, `UPDATE audit SET who = 'analyst2', action = 'otice sent' WHERE seq = 3`,
		`UPDATE audit SET hash = x'00' WHERE seq = 3`,
	} {
		trail, err := s.trailAfter(t, statement)
		if err == nil {
			t.Errorf("%s: not seen in %v", statement, trail)
		}
	}
	if trail, err := s.Trail(t.Context()); len(trail) != 3 || err != nil {
		t.Errorf("the trail as written: %v, %v", trail, err)
	}
}

// trailAfter reads the trail of a copy of the store in which a statement ran.
func (s *Store) trailAfter(t *testing.T, statement string) ([]Entry, error) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "copy.db")
	if _, err := s.db.Exec(`VACUUM INTO $1`, path); err != nil {
		t.Fatal(err)
	}
	forged := mustOpen(t, path)
	mustExec(t, forged.db, statement)
	return forged.Trail(t.Context())
}

func mustOpen(t *testing.T, path string) *Store {
	t.Helper()
	s, err := Open(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// filled makes a store with one commit and closes it.
func filled(t *testing.T, path string) {
	t.Helper()
	s := mustOpen(t, path)
	if err := s.Commit(t.Context(), generation(1)); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
}

func schema(t *testing.T) fs.FS {
	t.Helper()
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func checkOpenError(t *testing.T, err error, want, hint string) {
	t.Helper()
	var open *OpenError
	if !errors.As(err, &open) {
		t.Fatalf("error %v is no *OpenError", err)
	}
	if !strings.Contains(err.Error(), want) || !strings.Contains(open.Hint(), hint) {
		t.Errorf("got  %v\nhint %s\nwant %q with hint %q", err, open.Hint(), want, hint)
	}
}

func rawDB(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func mustExec(t *testing.T, db *sql.DB, statement string) {
	t.Helper()
	if _, err := db.Exec(statement); err != nil {
		t.Fatal(err)
	}
}

func writeFile(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func overwrite(t *testing.T, path string, offset int64, n int) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteAt(bytes.Repeat([]byte{0xA5}, n), offset); err != nil {
		t.Fatal(err)
	}
}
