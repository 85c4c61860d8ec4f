package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"mime"
	"mime/multipart"
	netmail "net/mail"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var noon = time.Date(2026, 9, 1, 9, 0, 0, 0, time.UTC)

func open(t testing.TB) *Book {
	t.Helper()
	b, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// every calls f with letters of every family, sender and payload.
func every(t *testing.T, b *Book, f func(l *Letter, raw []byte)) {
	t.Helper()
	for i := range b.Families {
		fam := &b.Families[i]
		payloads := fam.Payloads
		if len(payloads) == 0 {
			payloads = []string{"none"}
		}
		for _, s := range fam.Senders {
			for j, p := range payloads {
				r := rand.New(rand.NewPCG(uint64(i), uint64(j)))
				l := b.Write(r, fam, b.Scene(r, noon, fam.Language), Choice{Sender: s, Payload: p})
				f(l, l.Bytes())
			}
		}
	}
}

// Fails if a text has a word that is not filled in, an alternative whose brace
// is lost, or a mail that the standard library cannot read.
func TestEveryFamilyRenders(t *testing.T) {
	b, n := open(t), 0
	holes := regexp.MustCompile(`\$\+?[a-z]|[{}]|%!`)
	every(t, b, func(l *Letter, raw []byte) {
		n++
		text := l.Subject + "\n" + l.Plain()
		if !strings.HasPrefix(l.Family.ID, "list-") && l.Family.Kind != "patch" && l.Family.Kind != "ci_notice" { // code has braces
			if hole := holes.FindString(text); hole != "" {
				t.Errorf("%s: %q is left in\n%s", l.Family.ID, hole, text)
			}
		}
		if strings.TrimSpace(l.Subject) == "" || len(l.blocks) == 0 {
			t.Errorf("%s has no subject or no text", l.Family.ID)
		}
		m, err := netmail.ReadMessage(bytes.NewReader(raw))
		if err != nil {
			t.Fatalf("%s: %v\n%s", l.Family.ID, err, raw)
		}
		if got := m.Header.Get("X-Pumphandle-Synthetic"); got != string(l.Family.Class) {
			t.Errorf("%s says it is %q", l.Family.ID, got)
		}
		if strings.TrimSpace(l.From.Name) != l.From.Name || l.From.Name == "" {
			t.Errorf("%s is from %q", l.Family.ID, l.From.Name)
		}
		if _, err := m.Header.AddressList("From"); err != nil {
			t.Errorf("%s: From %q: %v", l.Family.ID, m.Header.Get("From"), err)
		}
		if err := parts(m.Header.Get("Content-Type"), m.Body); err != nil {
			t.Errorf("%s: %v", l.Family.ID, err)
		}
	})
	t.Logf("%d families, %d forms", len(b.Families), n)
}

func parts(contentType string, body io.Reader) error {
	kind, p, err := mime.ParseMediaType(contentType)
	if err != nil {
		return fmt.Errorf("%q: %w", contentType, err)
	}
	if !strings.HasPrefix(kind, "multipart/") {
		_, err := io.Copy(io.Discard, body)
		return err
	}
	r := multipart.NewReader(body, p["boundary"])
	for {
		part, err := r.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := parts(part.Header.Get("Content-Type"), part); err != nil {
			return err
		}
	}
}

// Fails if a hostile mail could lead anybody to a place that exists, or if an
// innocent one links to a name that is neither reserved nor its brand's.
func TestLinksLeadNowhere(t *testing.T) {
	b := open(t)
	host := regexp.MustCompile(`(?i)https?://([^/\s"'<>)]+)`)
	every(t, b, func(l *Letter, _ []byte) {
		text := l.Subject + l.Plain() + l.HTML() + l.URL
		for _, a := range l.attached {
			text += string(a.content)
		}
		for _, m := range host.FindAllStringSubmatch(text, -1) {
			h := strings.TrimRight(m[1], ".,;\\")
			switch {
			case strings.HasSuffix(h, ".example"):
			case h == "schemas.openxmlformats.org" || h == "www.w3.org": // names of XML, not links
			case !l.Family.Class.Hostile() && slices.ContainsFunc(b.Brands, func(x Brand) bool { return h == "www."+x.Domain }):
			case !l.Family.Class.Hostile() && l.Sender == "ats" && (strings.HasSuffix(h, "greenhouse-mail.io") || strings.HasSuffix(h, "myworkday.com") || strings.HasSuffix(h, "hire.lever.co")):
			default:
				t.Errorf("%s from %s links to %s", l.Family.ID, l.Sender, h)
			}
		}
	})
}

// Fails if the re-enactments become fewer than what is promised, or one has
// no twin in form.
func TestLuresHaveTwins(t *testing.T) {
	b := open(t)
	variants, languages := 0, map[string]bool{}
	for i := range b.Families {
		f := &b.Families[i]
		if f.Class != Lure {
			continue
		}
		variants += len(f.Senders) * max(1, len(f.Payloads))
		languages[f.Language] = true
		if f.Source == "" {
			t.Errorf("%s does not say where such a mail was published", f.ID)
		}
		twin := b.TwinOf(f)
		if twin.Class != Twin {
			t.Errorf("the twin of %s is %s", f.ID, twin.Class)
		}
		if twin.Language != f.Language {
			t.Errorf("%s has no twin in its language", f.ID)
		}
		if heldOut(f.group()) != heldOut(twin.group()) {
			t.Errorf("%s and its twin are on two sides", f.ID)
		}
	}
	if variants < 60 || len(languages) < 7 {
		t.Errorf("%d variants in %d languages", variants, len(languages))
	}
	t.Logf("%d lure variants in %d languages", variants, len(languages))
}

// Fails if anything in a mail depends on more than the seed.
func TestSameSeedSameBytes(t *testing.T) {
	sum := func() string {
		h := sha256.New()
		for s := range open(t).Corpus(7, 1500) {
			h.Write(s.Mail)
			h.Write(s.Letter.Bytes()) // a second call gives the same
		}
		return hex.EncodeToString(h.Sum(nil))
	}
	if a, b := sum(), sum(); a != b {
		t.Errorf("%s, then %s", a, b)
	}
}

// Fails if the corpus repeats itself or lacks a class, language or side.
func TestCorpusIsVaried(t *testing.T) {
	b := open(t)
	texts, seen := map[string]bool{}, map[string]int{}
	n := 0
	for s := range b.Corpus(1, 6000) {
		n++
		l := s.Letter.Label("x")
		texts[s.Letter.Subject+s.Letter.Plain()] = true
		seen["class "+string(l.Class)]++
		seen["language "+l.Language]++
		seen["split "+l.Split]++
		seen["kind "+l.Kind]++
		if len(s.Mail) > 200_000 {
			t.Errorf("%s has %d bytes", l.Family, len(s.Mail))
		}
	}
	if len(texts) < n*97/100 {
		t.Errorf("%d different texts of %d", len(texts), n)
	}
	for _, want := range []string{"class ham", "class twin", "class lure", "class phish", "class spam", "language en", "language fr", "language de", "language es", "language pt", "language nl", "language ko", "language hi", "split train", "split test"} {
		if seen[want] < n/200 {
			t.Errorf("%s: %d of %d", want, seen[want], n)
		}
	}
	t.Logf("%d texts; %v", len(texts), seen)
}

// Fails if own verification of a body hash would call our mails altered.
func TestBodyHash(t *testing.T) {
	// RFC 6376 §3.4.4: the empty body, relaxed.
	if got := bodyHash(""); got != "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=" {
		t.Errorf("empty body: %s", got)
	}
	if bodyHash("a  b \n\n\n") != bodyHash("a b\n") {
		t.Error("white space is not relaxed")
	}
}

func TestParseText(t *testing.T) {
	for _, bad := range []string{"{a|b", "a}", "$", "{a|{b}"} {
		if _, err := parseText(bad); err == nil {
			t.Errorf("%q is taken", bad)
		}
	}
}

func BenchmarkCorpus(b *testing.B) {
	book := open(b)
	n := 0
	b.ReportAllocs()
	for b.Loop() {
		for s := range book.Corpus(1, 1000) {
			n += len(s.Mail)
		}
	}
	b.ReportMetric(float64(b.N)*1000/b.Elapsed().Seconds(), "mails/s")
}
