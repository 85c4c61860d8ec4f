package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// What one machine serves another one gets, keeps, and has no victim in it.
func TestTaxiiServeAndGet(t *testing.T) {
	dir := t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	var log strings.Builder
	for i := range 12 {
		fmt.Fprintf(&log, "Sep 14 08:%02d:01 ssh.clinic.example sshd[%d]: Failed password for user%d from 198.51.100.7 port 4101 ssh2\n", 5*i, 100+i, i)
	}
	for name, text := range map[string]string{"auth.log": log.String(), "keys": "reader:correct horse battery\n", "wrong": "reader:correct horse\n"} {
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	call := func(want int, args ...string) (out, err string) {
		t.Helper()
		var o, e bytes.Buffer
		if got := start(t.Context(), args, streams{strings.NewReader(""), &o, &e}); got != want {
			t.Fatalf("%q: exit code %d\n%s%s", args, got, &o, &e)
		}
		return o.String(), e.String()
	}
	call(exitFound, "scan", "--year", "2026", "--store", file("ph.db"), file("auth.log"))

	ctx, stop := context.WithCancel(t.Context())
	said, says := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		ended <- start(ctx, []string{"taxii", "serve", "--store", file("ph.db"), "--listen", "127.0.0.1:0", "--keys", file("keys")}, streams{strings.NewReader(""), io.Discard, says})
		says.Close()
	}()
	line := make([]byte, 4096)
	n, err := said.Read(line)
	if err != nil {
		t.Fatal(err)
	}
	at := regexp.MustCompile(`http://127\.0\.0\.1:\d+`).FindString(string(line[:n]))
	if at == "" {
		t.Fatalf("it does not say where: %s", line[:n])
	}

	if out, _ := call(0, "taxii", "list", at, "--key", file("keys")); !strings.Contains(out, "Campaigns (readable)") {
		t.Errorf("list: %s", out)
	}
	if _, err := call(exitFailed, "taxii", "list", at, "--key", file("wrong")); !strings.Contains(err, "401 Unauthorized") {
		t.Errorf("a wrong key: %s", err)
	}
	call(exitFailed, "taxii", "get", at, "nothing", "--key", file("keys"), "--out", file("got.json"))
	if _, err := os.Stat(file("got.json")); err == nil {
		t.Error("a collection that is not there was written")
	}
	call(0, "taxii", "get", at, "campaigns", "--key", file("keys"), "--out", file("got.json"))
	got, err := os.ReadFile(file("got.json"))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(got), "198.51.100.7") || strings.Contains(string(got), "clinic.example") {
		t.Errorf("got %s", got)
	}
	if out, _ := call(0, "import", "--store", file("other.db"), "--grade", "A2", file("got.json")); !strings.Contains(out, "graded A2; kept") || !strings.Contains(out, "campaigns 1,") {
		t.Errorf("import: %s", out)
	}
	stop()
	select {
	case code := <-ended:
		if code != 0 {
			t.Errorf("an interrupt ends it with %d", code)
		}
	case <-time.After(10 * time.Second):
		t.Error("it does not end")
	}
}
