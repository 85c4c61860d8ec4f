package simulate

import (
	"bufio"
	"context"
	"encoding/json"
	netmail "net/mail"
	"os"
	"path/filepath"
	"testing"

	"github.com/pumphandle/pumphandle/simulate/letter"
)

// Fails if a label does not say what its file is, or if a mail has none.
func TestMailCorpusLabels(t *testing.T) {
	dir, n := t.TempDir(), 1200
	if err := MailCorpus(context.Background(), dir, 3, n, nil); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, MailLabelsFile))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	seen := map[string]bool{}
	for s := bufio.NewScanner(f); s.Scan(); {
		var l letter.Label
		if err := json.Unmarshal(s.Bytes(), &l); err != nil {
			t.Fatal(err)
		}
		m, err := os.Open(filepath.Join(dir, filepath.FromSlash(l.File)))
		if err != nil {
			t.Fatal(err)
		}
		got, err := netmail.ReadMessage(m)
		m.Close()
		if err != nil {
			t.Fatalf("%s: %v", l.File, err)
		}
		if got.Header.Get("X-Pumphandle-Synthetic") != string(l.Class) || got.Header.Get("Message-ID") != "<"+l.MessageID+">" {
			t.Errorf("%s is not the mail of its label", l.File)
		}
		seen[l.File] = true
	}
	if len(seen) != n {
		t.Errorf("%d labels of %d mails", len(seen), n)
	}
}
