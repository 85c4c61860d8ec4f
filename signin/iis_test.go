package signin

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

var serverSamples = map[string]string{"iis": "u_ex260302.log", "exchange-mail": "imap.log"}

func TestServerLogsGolden(t *testing.T) {
	for name, file := range serverSamples {
		format, _ := Lookup(name)
		t.Run(name, func(t *testing.T) { goldenEvents(t, format, filepath.Join("testdata", name, file), Options{}) })
		if got, _ := Detect(readSample(t, name, file)); got.Name != name {
			t.Errorf("%s is taken for %q", file, got.Name)
		}
	}
}

// Exchange writes who tried to sign in on a row before the refusal.
func TestSMTPNames(t *testing.T) {
	goldenEvents(t, exchangeMail, filepath.Join("testdata", "exchange-mail", "smtp.log"), Options{})
}

// The end of a log has no directives.
func TestBareIIS(t *testing.T) {
	goldenEvents(t, iis, filepath.Join("testdata", "iis", "tail.log"), Options{})
	if got, _ := Detect(readSample(t, "iis", "tail.log")); got.Name != "iis" {
		t.Errorf("taken for %q", got.Name)
	}
}

// A changed byte costs the line that it is in.
func TestServerLogsDamage(t *testing.T) {
	for name, file := range serverSamples {
		format, _ := Lookup(name)
		text := readSample(t, name, file)
		whole, _ := decodeAll(t, format, text)
		for i := bytes.Index(text, []byte("\n2026")); i < len(text); i += 13 {
			if line := bytes.LastIndexByte(text[:i], '\n') + 1; text[line] == '#' || text[i] == '\n' {
				continue // what a directive says holds for all lines behind it
			}
			damaged := slices.Clone(text)
			damaged[i] ^= 1 << (i % 7)
			got, _ := decodeAll(t, format, damaged)
			if lost := missing(whole, got); lost > 2 {
				t.Fatalf("%s: byte %d lost %d", name, i, lost)
			}
		}
	}
}

func FuzzIIS(f *testing.F)          { fuzzServerLog(f, iis) }
func FuzzExchangeMail(f *testing.F) { fuzzServerLog(f, exchangeMail) }

func fuzzServerLog(f *testing.F, format Format) {
	for _, file := range samplesOf(f, format.Name) {
		f.Add(readSample(f, format.Name, file))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		decodeAll(t, format, text)
		format.Sniff(text)
	})
}

func TestExternalExchange(t *testing.T) {
	for path, want := range map[string]int{
		"exchange-imap-bf/exchange-imap-bf.log": 7, "exchange-imap-logs/exchange-imap-logs.log": 1,
		"exchange-pop-logs/exchange-pop-logs.log": 1, "exchange-smtp-logs/exchange-smtp-logs.log": 1,
	} {
		text, err := os.ReadFile(external(t, "crowdsec/"+path))
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := Detect(text); got.Name != "exchange-mail" {
			t.Errorf("%s is taken for %q", path, got.Name)
		}
		n, keys := 0, map[uint64]bool{}
		for ev, err := range exchangeMail.Decode(bytes.NewReader(text), Options{}) {
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if ev.Class != BadPassword || !ev.Addr.IsValid() {
				t.Errorf("%s: %+v", path, ev)
			}
			n++
			keys[ev.Key] = true
		}
		if n != want || len(keys) != n {
			t.Errorf("%s: %d tries with %d keys, want %d", path, n, len(keys), want)
		}
	}
}
