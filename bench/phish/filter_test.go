package phish

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Fails if what a filter says is read wrongly or held against the wrong mail.
func TestReadFilter(t *testing.T) {
	for name, c := range map[string]struct {
		said string
		own  string
	}{
		"pumphandle": {`{"file":"m/phish~a.eml","score":0.9,"alert":true}
{"file":"m/phish~b.eml","score":0.2,"alert":false}
{"file":"m/modern_ham~c.eml","score":0.3,"alert":false}
{"file":"m/2002_ham,_hard~d.eml","score":0.95,"alert":true}
`, "alert"},
		"rspamd": {`Results for file: m/phish~a.eml (0.004 seconds)
[Metric: default]
Score: 7.50 / 15.00
Symbol: X (1.00)

Results for file: m/phish~b.eml (0.004 seconds)
Score: 1.00 / 15.00
Results for file: m/modern_ham~c.eml (0.004 seconds)
Score: 3.40 / 15.00
Results for file: m/2002_ham,_hard~d.eml (0.004 seconds)
Score: 8.00 / 15.00
`, "6 or more"},
		"spamassassin": {"9.1\tphish~a.eml\n1.0\tphish~b.eml\n2\tmodern_ham~c.eml\n5.000\t2002_ham,_hard~d.eml\n", "5 or more"},
	} {
		f, err := ReadFilter(name, strings.NewReader(c.said))
		if err != nil {
			t.Fatal(err)
		}
		if f.Mails != 4 || f.Own != c.own || f.At[0].Recall.K != 1 || f.At[0].Recall.N != 2 || f.At[0].HamHard.K != 1 {
			t.Errorf("%s: %+v", name, f)
		}
		if l := f.Limit; len(l) != 3 || l[0].K != 1 || l[1].K != 0 || l[2].K != 1 {
			t.Errorf("%s at its own limit: %+v", name, l)
		}
	}
	if _, err := ReadFilter("nothing", strings.NewReader("")); err == nil {
		t.Error("a filter that said nothing has figures")
	}
}

// Fails if a sample has another size than was asked for or holds spam.
func TestWriteSample(t *testing.T) {
	data := t.TempDir()
	writeSets(t, data)
	for most, want := range map[int]int{0: 180, 7: 7, 179: 179, 1000: 180} {
		dir := filepath.Join(t.TempDir(), "out")
		n, err := WriteSample(data, dir, most)
		files, _ := os.ReadDir(dir)
		if err != nil || n != want || len(files) != want {
			t.Errorf("at most %d: %d mails, %d files, %v", most, n, len(files), err)
		}
	}
}

func TestWriteFilters(t *testing.T) {
	f, err := ReadFilter("SpamAssassin", strings.NewReader("9.1\tphish~a.eml\n1.0\tmodern_ham~b.eml\n"))
	if err != nil {
		t.Fatal(err)
	}
	f.Cost(4, 120e6, 1.5)
	var text bytes.Buffer
	if err := WriteFilters(&text, []*Filter{f}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"100.0 [2.5, 100.0]", "0.5                 120", "SpamAssassin lacks here: DNS lists"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, &text)
		}
	}
}
