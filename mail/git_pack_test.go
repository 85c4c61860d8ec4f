package mail

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// inbox makes a public-inbox repository with git and returns its pack and the
// subjects of its mails.
func inbox(t testing.TB) (packed []byte, subjects []string) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("git is not here: packs are not read")
	}
	dir := t.TempDir()
	git := func(args ...string) {
		t.Helper()
		c := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=x", "-c", "user.email=x@lists.example"}, args...)...)
		c.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_SYSTEM=/dev/null")
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	text := strings.Repeat("The same paragraph stands in each of them, so that git keeps only what differs.\n", 40)
	for i := range 25 {
		subject := fmt.Sprintf("Minutes of week %d", i)
		m := fmt.Sprintf("From: Ana <ana@lists.example>\nTo: list@lists.example\nSubject: %s\nDate: Mon, 2 Nov 2026 10:%02d:00 +0000\nMessage-ID: <%d@lists.example>\n\n%s%d\n", subject, i, i, text, i)
		if err := os.WriteFile(filepath.Join(dir, "m"), []byte(m), 0o600); err != nil {
			t.Fatal(err)
		}
		git("add", "m")
		git("commit", "-q", "-m", subject)
		subjects = append(subjects, subject)
	}
	git("gc", "-q")
	packs, err := filepath.Glob(filepath.Join(dir, ".git/objects/pack/*.pack"))
	if err != nil || len(packs) != 1 {
		t.Fatalf("packs %v, %v", packs, err)
	}
	if packed, err = os.ReadFile(packs[0]); err != nil {
		t.Fatal(err)
	}
	return packed, subjects
}

func TestGitPack(t *testing.T) {
	packed, want := inbox(t)
	if f, ok := Detect(packed); !ok || f.Name != "git-pack" {
		t.Errorf("a pack is taken for %q", f.Name)
	}
	var got []string
	for item, err := range gitPack.Decode(bytes.NewReader(packed), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, strings.Clone(item.Message.Subject))
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("subjects %q, want %q", got, want)
	}
}

// A pack that ends early says so, and what came before is read.
func TestGitPackCutOff(t *testing.T) {
	packed, want := inbox(t)
	var mails int
	var last error
	for item, err := range gitPack.Decode(bytes.NewReader(packed[:len(packed)*3/4]), Options{}) {
		if err != nil {
			last = err
		} else if item.Message != nil {
			mails++
		}
	}
	var bad *RecordError
	if last == nil || errors.As(last, &bad) || mails == 0 || mails >= len(want) {
		t.Errorf("%d mails, then %v", mails, last)
	}
}

// A change of a blob that is not kept any more is an error, not silence.
func TestGitPackNamesWhatItCannotRead(t *testing.T) {
	p := pack{recent: map[int64][]byte{}}
	for i := range int64(8) {
		p.blobs = append(p.blobs, i)
		p.keep(i, make([]byte, maxRecent/4))
	}
	if len(p.recent) != 4 || p.bytes > maxRecent {
		t.Errorf("%d objects of %d bytes are kept", len(p.recent), p.bytes)
	}
	for _, delta := range [][]byte{nil, {1}, {1, 1, 0}, {1, 2, 0x91, 0, 2}, {9, 1, 1, 'x'}} {
		if _, err := applyDelta([]byte("a"), delta); err == nil {
			t.Errorf("%v is taken for a change", delta)
		}
	}
}

func FuzzGitPack(f *testing.F) {
	packed, _ := inbox(f)
	f.Add(packed)
	f.Fuzz(func(t *testing.T, data []byte) {
		n := 0
		for range gitPack.Decode(bytes.NewReader(data), Options{}) {
			if n++; n > 1000 {
				break
			}
		}
	})
}
