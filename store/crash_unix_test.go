//go:build unix

package store

import (
	"bufio"
	"context"
	"database/sql"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// These tests run this test binary again as another process, told by
// STORE_CHILD what to be and by STORE_PATH where.
func TestMain(m *testing.M) {
	path := os.Getenv("STORE_PATH")
	switch os.Getenv("STORE_CHILD") {
	case "":
		os.Exit(m.Run())
	case "halfway":
		childHalfway(path)
	case "commit":
		childCommit(path)
	case "open":
		if s, err := Open(context.Background(), path); err != nil {
			fmt.Println(err)
		} else {
			s.Close()
			fmt.Println("opened")
		}
	}
}

// childHalfway writes everything of a scan and then waits before the commit.
func childHalfway(path string) {
	ctx := context.Background()
	s, err := Open(ctx, path)
	if err == nil {
		err = s.inTx(ctx, func(tx *sql.Tx) error {
			if err := write(ctx, tx, generation(2)); err != nil {
				return err
			}
			fmt.Println("written")
			time.Sleep(time.Hour)
			return nil
		})
	}
	fmt.Println(err)
}

// childCommit commits one scan after the other until it is killed.
func childCommit(path string) {
	ctx := context.Background()
	s, err := Open(ctx, path)
	for err == nil {
		var state State
		if state, err = s.Load(ctx); err == nil {
			err = s.Commit(ctx, generation(state.Revision+1))
		}
		fmt.Println("commit", state.Revision+1)
	}
	fmt.Println(err)
}

func startChild(t *testing.T, role, path string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), "STORE_CHILD="+role, "STORE_PATH="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { kill(cmd) })
	return cmd, bufio.NewScanner(out)
}

// kill ends a child and waits for its end, which by a signal is an "error".
func kill(cmd *exec.Cmd) {
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
}

func TestKilledHalfway(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	cmd, lines := startChild(t, "halfway", path)
	if !lines.Scan() || lines.Text() != "written" {
		t.Fatalf("child says %q", lines.Text())
	}
	kill(cmd)
	s := mustOpen(t, path)
	if n := checkGeneration(t, s); n != 1 {
		t.Errorf("revision %d, want the former", n)
	}
	if err := s.Commit(t.Context(), generation(2)); err != nil {
		t.Errorf("the dead process still holds the store: %v", err)
	}
}

// Killed at any moment, the store is whole and has every commit that was
// reported.
func TestKilledAtAnyMoment(t *testing.T) {
	path := filepath.Join(t.TempDir(), "store.db")
	filled(t, path)
	for round := range 8 {
		cmd, lines := startChild(t, "commit", path)
		if !lines.Scan() {
			t.Fatal("child says nothing")
		}
		time.AfterFunc(time.Duration(round*7)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		var reported, n int64
		for ok := true; ok; ok = lines.Scan() {
			if _, err := fmt.Sscanf(lines.Text(), "commit %d", &n); err != nil {
				t.Fatalf("child says %q", lines.Text())
			}
			reported = n
		}
		kill(cmd)
		s := mustOpen(t, path)
		if n := checkGeneration(t, s); n < reported || n > reported+1 {
			t.Errorf("revision %d, but %d was reported as kept", n, reported)
		}
		s.Close()
	}
}

// Root may write to everything, so as root the file is opened by a process
// of another user.
func TestReadOnlyFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "store.db")
	filled(t, path)
	if err := os.Chmod(path, 0o444); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() != 0 {
		_, err := Open(t.Context(), path)
		checkOpenError(t, err, "it may not be written", "name a file that you may write")
		return
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	child := filepath.Join(dir, "child") // the other user may not enter where go test builds
	copyFile(t, self, child)
	for _, d := range []string{dir, filepath.Dir(dir)} {
		if err := os.Chmod(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(child)
	cmd.Dir = dir
	cmd.Env = []string{"STORE_CHILD=open", "STORE_PATH=" + path}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	out, err := cmd.CombinedOutput()
	if want := "store " + path + ": it may not be written\n"; string(out) != want || err != nil {
		t.Errorf("got %q, %v, want %q", out, err, want)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}
