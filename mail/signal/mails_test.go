package signal_test

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/mail/lure"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// examiner is what the program uses, with no organisations file.
func examiner(t *testing.T) *signal.Examiner {
	t.Helper()
	words, err := lure.Load(signal.Fold)
	if err != nil {
		t.Fatal(err)
	}
	return &signal.Examiner{Names: identity.New(), Lures: words, Model: content.Default(), Auth: auth.Options{Receivers: []string{"mx.lakeside-hospital.example"}}}
}

// testdata/mails.txt says what must be held of each of its mails.
func TestMails(t *testing.T) {
	text, err := os.ReadFile("testdata/mails.txt")
	if err != nil {
		t.Fatal(err)
	}
	e := examiner(t)
	blocks := strings.Split(string(text), "\n=== ")[1:]
	if len(blocks) < 40 {
		t.Fatalf("%d mails, some are lost", len(blocks))
	}
	for _, block := range blocks {
		title, written, _ := strings.Cut(block, "\n")
		head, name, ok := strings.Cut(title, " : ")
		want, kind, ok2 := strings.Cut(head, " ")
		if !ok || !ok2 {
			t.Fatalf("%q is no title", title)
		}
		t.Run(strings.ReplaceAll(name, "/", "-"), func(t *testing.T) {
			v := signal.Judge(e.Examine(read(t, written)), signal.History{})
			var kinds []string
			for _, c := range v.Composites {
				kinds = append(kinds, c.Kind)
			}
			bad := v.Alert != (want == "alert") || want == "quiet" && len(kinds) > 0 || kind != "-" && !slices.Contains(kinds, kind)
			if bad {
				t.Errorf("alert %v, score %.2f, stories %v; want %s %s", v.Alert, v.Score, v.Composites, want, kind)
				for _, r := range v.Reasons {
					t.Logf("%+.1f %s", r.Weight, r.Text)
				}
			}
		})
	}
}

// read makes a mail of a block.
func read(t *testing.T, written string) *mail.Message {
	t.Helper()
	var lines, files []string
	for line := range strings.Lines(strings.TrimSpace(written)) {
		if name, ok := strings.CutPrefix(line, "File: "); ok {
			files = append(files, strings.TrimSpace(name))
		} else {
			lines = append(lines, line)
		}
	}
	head, body, _ := strings.Cut(strings.Join(lines, ""), "\n\n")
	head += "\nReceived: from a (a [192.0.2.9]) by mx.lakeside-hospital.example; Mon, 3 Aug 2026 10:00:00 +0000" +
		"\nTo: lee@lakeside-hospital.example\nDate: Mon, 3 Aug 2026 10:00:00 +0000\nMessage-ID: <77@example>\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8\n\n"
	format, ok := mail.Lookup("eml")
	if !ok {
		t.Fatal("no format eml")
	}
	var m *mail.Message
	for item, err := range format.Decode(strings.NewReader(strings.ReplaceAll(head+body+"\n", "\n", "\r\n")), mail.Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		m = item.Message
	}
	for _, f := range files {
		content := fileContents[f[strings.LastIndexByte(f, '.')+1:]]
		m.Attachments = append(m.Attachments, mail.Attachment{Name: f, Content: content, Size: int64(len(content))})
		m.Evidence |= mail.HasAttachments
	}
	return m
}

// fileContents are files of our own by the ending of their names.
var fileContents = map[string][]byte{
	"html": []byte(`<html><form action="https://kit.example/post"><input type="password" name="p"></form></html>`),
	"pdf":  []byte("%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"),
	"zip":  sealed(),
}

// sealed is an archive with one member that says it is encrypted (APPNOTE 4.4.4, bit 0).
func sealed() []byte {
	var b bytes.Buffer
	local := "PK\x03\x04\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00a.pdf0123456789abcdef"
	b.WriteString(local)
	b.WriteString("PK\x01\x02\x14\x00\x14\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x10\x00\x00\x00\x04\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00a.pdf")
	size := b.Len() - len(local)
	b.Write([]byte{'P', 'K', 5, 6, 0, 0, 0, 0, 1, 0, 1, 0, byte(size), 0, 0, 0, byte(len(local)), 0, 0, 0, 0, 0})
	return b.Bytes()
}
