package run

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
	"github.com/pumphandle/pumphandle/mail/signal"
)

// dangerous are the marks with which text leaves its place on a terminal.
const dangerous = "\x1b[2J\x1b]0;x\a\x9b31m\u202e\u2066\u200b\u2028\u2029\r\n\t\b\x00\x7f\u0085\ufeff"

// FuzzExamine reads, examines, judges and shows whatever comes: nothing panics,
// the facts are within their bounds, and what is shown is harmless.
func FuzzExamine(f *testing.F) {
	for _, pattern := range []string{"../mail/testdata/eml/*.eml*", "../mail/testdata/mbox/*.mbox"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatal(pattern, len(files), err)
		}
		for _, name := range files {
			b, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(b)
		}
	}
	for _, b := range dangerousMails() {
		f.Add(b)
	}
	examiner, err := NewExaminer(nil, auth.Options{Receivers: []string{"mx.clinic.example"}}, content.Default())
	if err != nil {
		f.Fatal(err)
	}
	format, _ := mail.Lookup("eml")
	f.Fuzz(func(t *testing.T, raw []byte) {
		for item, err := range format.Decode(bytes.NewReader(raw), mail.Options{}) {
			var bad *mail.RecordError
			if err != nil && !errors.As(err, &bad) {
				t.Fatal(err)
			}
			if err == nil && item.Message != nil {
				facts := examiner.Examine(item.Message)
				withinBounds(t, facts)
				shown(t, newMailVerdict(facts, signal.Judge(facts, signal.History{Days: 30, ThreadKnown: true, ThreadStranger: true, InBudget: true})))
			}
		}
	})
}

// dangerousMails hold what is dangerous to a terminal wherever text can stand.
func dangerousMails() [][]byte {
	d := dangerous
	coded := "=?utf-8?Q?" + strings.Map(func(r rune) rune {
		if r < '!' || r > '~' || r == '=' || r == '?' || r == '_' {
			return '_'
		}
		return r
	}, d) + "=1B=5B2J=E2=80=AE=0D=0A=E2=80=A8=C2=9B?="
	var all [][]byte
	for _, x := range []string{d, coded} {
		head := "From: \"PayPal " + x + "\" <a" + x + "@paypa1.example>\nReply-To: \"" + x + "\" <" + x + "@gmail.com>\nTo: a@clinic.example\nSubject: RE: " + x + " 12345678\nMessage-ID: <" + x + "@x.example>\n"
		body := "verify your account at http://evil.example/" + d + " and <a@gmail.com" + d + ">\n"
		all = append(all,
			[]byte(head+"\n"+body),
			[]byte(head+"Content-Type: text/html; charset="+d+"\n\n<a href=\"http://evil.example/&#27;[2J&#8238;"+d+"\">http://www.who.int/"+d+"</a><a href='javascript:"+d+"'>x</a><a href='http://u"+d+"@evil&#8238;.example'>x"+d+"</a>"),
			[]byte(head+"Content-Type: multipart/mixed; boundary=B\n\n--B\nContent-Type: application/octet-stream; name=\""+x+".exe\"\n\nMZ\n--B\nContent-Disposition: attachment; filename*=utf-8''a%1B%5B2J%E2%80%AEgpj%0A.exe\n\nMZ\n--B--\n"),
		)
	}
	return all
}

// TestShownIsHarmless holds that nothing that stands in a mail reaches the
// terminal as more than letters, at every place where text of the mail is
// shown.
func TestShownIsHarmless(t *testing.T) {
	d := "a" + dangerous + "b\xff\xfe" + strings.Repeat("\u0301", 30)
	f := &mail.Facts{
		File: d, Line: 7, MessageID: d, From: mail.Address{Name: d, Email: d}, ReplyTo: d, Recipients: []string{d, d}, Subject: d, Excerpt: d, Language: d,
		Auth:   mail.Auth{By: d},
		Claims: []mail.Claim{{Identity: d, Class: d, Where: d, As: d, Strength: 1}},
		Links:  []mail.Link{{URL: "https://" + d, Host: d, Domain: d}, {URL: d}},
		Files:  []mail.File{{Name: d, Kind: d, SHA256: d}},
	}
	for _, def := range signal.Defs() {
		f.Signals = append(f.Signals, mail.Signal{ID: def.ID, Value: 1, Weight: 1, Detail: d}, mail.Signal{ID: def.ID, Value: 1, Weight: -1, Detail: d})
	}
	shown(t, newMailVerdict(f, signal.Judge(f, signal.History{})))
	for _, raw := range dangerousMails() {
		format, _ := mail.Lookup("eml")
		examiner, err := NewExaminer(nil, auth.Options{}, content.Default())
		if err != nil {
			t.Fatal(err)
		}
		for item := range format.Decode(bytes.NewReader(raw), mail.Options{}) {
			facts := examiner.Examine(item.Message)
			withinBounds(t, facts)
			shown(t, newMailVerdict(facts, signal.Judge(facts, signal.History{})))
		}
	}
}

// shown checks both forms in which a verdict is shown.
func shown(t *testing.T, v MailVerdict) {
	t.Helper()
	var b bytes.Buffer
	if err := v.WriteText(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	if !utf8.ValidString(text) {
		t.Errorf("no UTF-8: %q", text)
	}
	for _, r := range text {
		if r != '\n' && unsafe(r) {
			t.Fatalf("%U is shown: %q", r, text)
		}
	}
	// Every line is one of ours: what a mail says never begins one.
	for line := range strings.Lines(text) {
		if line != "\n" && !strings.HasPrefix(line, "  ") && !strings.HasPrefix(line, v.word()) {
			t.Errorf("a line of somebody else: %q", line)
		}
	}
	b.Reset()
	if err := v.WriteJSON(&b); err != nil {
		t.Fatal(err)
	}
	if !json.Valid(b.Bytes()) || !utf8.Valid(b.Bytes()) || bytes.Count(b.Bytes(), []byte("\n")) != 1 {
		t.Errorf("no line of JSON: %q", b.Bytes())
	}
	for _, r := range b.String() {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) {
			t.Fatalf("%U stands in JSON as it is: %q", r, b.Bytes())
		}
	}
	if b.Len() > 256<<10 {
		t.Errorf("%d bytes of JSON", b.Len())
	}
}

// withinBounds checks the bounds of what is remembered.
func withinBounds(t *testing.T, f *mail.Facts) {
	t.Helper()
	if len(f.Recipients) > mail.MaxRecipients || len(f.Links) > mail.MaxLinks || len(f.Files) > mail.MaxFiles || len(f.Threads) > 10 || len(f.Claims) > 24 {
		t.Errorf("more than the bounds: %d recipients, %d links, %d files, %d threads, %d claims", len(f.Recipients), len(f.Links), len(f.Files), len(f.Threads), len(f.Claims))
	}
	if len(f.Signals) > 2*len(signal.Defs()) {
		t.Errorf("%d signals", len(f.Signals))
	}
	check := func(what, s string, most int) {
		if len(s) > most {
			t.Errorf("%s of %d bytes", what, len(s))
		}
		if !utf8.ValidString(s) {
			t.Errorf("%s is no UTF-8: %q", what, s)
		}
	}
	check("subject", f.Subject, mail.MaxSubject)
	check("excerpt", f.Excerpt, mail.MaxExcerpt)
	check("message id", f.MessageID, 1000)
	for _, s := range append([]string{f.From.Name, f.From.Email, f.Domain, f.Origin.Name, f.Origin.Email, f.ReplyTo, f.Auth.By, f.Auth.DKIMDomain, f.Auth.DKIMSelector}, f.Recipients...) {
		check("name or address", s, 1000)
	}
	for _, s := range f.Signals {
		check(s.ID, s.Detail, 120)
		if s.Value < 0 || s.Value > 1 || s.Value != s.Value {
			t.Errorf("%s has value %v", s.ID, s.Value)
		}
	}
	for _, c := range f.Claims {
		check("claim", c.As, 120)
	}
	for _, l := range f.Links {
		check("link", l.URL, 300)
		check("host", l.Host, 253)
	}
	for _, x := range f.Files {
		check("file", x.Name, 2000)
	}
}
