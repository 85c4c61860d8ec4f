package mail_test

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/signin"
)

// Mail and sign-in logs are given together, so neither may be taken for the
// other: the samples of each are shown to the other's sniffers.
func TestMailAndLogsAreToldApart(t *testing.T) {
	n := 0
	walk := func(dir string, look func(file string, head []byte)) {
		err := filepath.WalkDir(dir, func(file string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || strings.Contains(file, ".golden") || strings.HasSuffix(file, ".yaml") || strings.Contains(file, "fuzz") {
				return err
			}
			b, err := os.ReadFile(file)
			n++
			look(file, b[:min(len(b), 64<<10)])
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	walk("../signin/testdata", func(file string, head []byte) {
		for _, f := range mail.Formats() {
			if s := f.Sniff(head); s > 0 {
				t.Errorf("%s: the mail format %s is %d sure of it", file, f.Name, s)
			}
		}
	})
	for _, dir := range []string{"testdata/eml", "testdata/mbox"} {
		walk(dir, func(file string, head []byte) {
			for _, f := range signin.Formats() {
				if s := f.Sniff(head); s > 0 {
					t.Errorf("%s: the log format %s is %d sure of it", file, f.Name, s)
				}
			}
		})
	}
	if n < 80 {
		t.Errorf("only %d samples", n)
	}
}

// Texts that have a colon in each line are not mail.
func TestNotMail(t *testing.T) {
	for _, s := range []string{
		"", "\n\n", "Name: x\nVersion: 1\nLicense: MIT\n", "From the beginning: nothing\nthe end\n",
		"title: a page\ndate: 2020-01-01\n---\ntext\n", "date,from,to,subject\n1,2,3,4\n",
		"{\"from\": \"a@b.example\",\n\"to\": \"c\",\n\"subject\": \"x\"}\n", "12345\n12346\n", "HTTP/1.1 200 OK\nDate: x\nContent-Type: y\n\n",
		"From a@b.example Mon Oct  5 09:11:02 2026\n", "dovecot.index\x00\x01",
	} {
		if f, ok := mail.Detect([]byte(s)); ok {
			if got := f.Sniff([]byte(s)); got > 20 {
				t.Errorf("%q: %s is %d sure", s, f.Name, got)
			}
		}
	}
}

// Each file that defines a format must be in the list.
func TestEveryFormatIsListed(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	list, err := os.ReadFile("list.go")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]bool{}
	for _, f := range mail.Formats() {
		if names[f.Name] || f.Title == "" || f.Doc == "" || f.Blind == "" || f.Sniff == nil || f.Decode == nil {
			t.Errorf("format %q is there twice or lacks something", f.Name)
		}
		names[f.Name] = true
		if got, ok := mail.Lookup(f.Name); !ok || got.Name != f.Name {
			t.Errorf("Lookup(%q) finds nothing", f.Name)
		}
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range bytes.Lines(src) {
			name, value, ok := strings.Cut(strings.TrimSpace(string(line)), " = ")
			if ok && value == "Format{" && strings.HasPrefix(name, "var ") && !bytes.Contains(list, []byte("\t"+name[4:]+",\n")) {
				t.Errorf("%s: %s is not in the list", file, name[4:])
			}
		}
	}
}
