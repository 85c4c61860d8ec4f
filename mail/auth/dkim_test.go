package auth

import (
	"bytes"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-msgauth/dkim"
	"github.com/pumphandle/pumphandle/mail"
)

const plain = "From: WHO <info@who.example>\r\nTo: a@hospital.example\r\nSubject:  Two\r\n\tlines\r\nX-Empty:\r\n\r\n Hello   there \t\r\n\r\nsecond\tline\r\n\r\n\r\n"

type signer struct {
	options dkim.SignOptions
	records *Recorded
}

// signers has a key of each kind in each canonicalisation; go-msgauth, which
// shares no code with ours, signs.
func signers(t *testing.T) []signer {
	t.Helper()
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	pub, priv, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKIXPublicKey(&rsaKey.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	records := &Recorded{}
	records.Record("r._domainkey.who.example", "TXT", []string{"v=DKIM1; k=rsa; p=" + base64.StdEncoding.EncodeToString(der)})
	records.Record("e._domainkey.who.example", "TXT", []string{"v=DKIM1; k=ed25519; p=" + base64.StdEncoding.EncodeToString(pub)})
	records.Record("gone._domainkey.who.example", "TXT", nil)
	records.Record("_dmarc.who.example", "TXT", []string{"v=DMARC1; p=reject"})
	var all []signer
	for _, header := range []dkim.Canonicalization{dkim.CanonicalizationSimple, dkim.CanonicalizationRelaxed} {
		for _, body := range []dkim.Canonicalization{dkim.CanonicalizationSimple, dkim.CanonicalizationRelaxed} {
			o := dkim.SignOptions{Domain: "who.example", HeaderCanonicalization: header, BodyCanonicalization: body, HeaderKeys: []string{"From", "Subject", "To", "Cc", "Subject"}}
			r, e := o, o
			r.Selector, r.Signer = "r", rsaKey
			e.Selector, e.Signer = "e", priv
			all = append(all, signer{r, records}, signer{e, records})
		}
	}
	return all
}

func sign(t *testing.T, raw string, o dkim.SignOptions) string {
	t.Helper()
	var out bytes.Buffer
	if err := dkim.Sign(&out, strings.NewReader(raw), &o); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestVerifyWhatAnotherSigned(t *testing.T) {
	for _, s := range signers(t) {
		signed := sign(t, plain, s.options)
		got := Check(message(signed), Options{Resolver: s.records})
		if got.Auth.DKIM != mail.AuthPass || got.Auth.DMARC != mail.AuthPass || !got.Auth.Aligned || got.Auth.BodyAltered || got.Auth.By != "own" {
			t.Errorf("%s %s/%s: %+v %v", s.options.Selector, s.options.HeaderCanonicalization, s.options.BodyCanonicalization, got.Auth, got.Problems)
		}
		// Unix mailboxes keep mails with LF.
		got = Check(message(strings.ReplaceAll(signed, "\r\n", "\n")), Options{Resolver: s.records})
		if got.Auth.DKIM != mail.AuthPass {
			t.Errorf("with LF: %+v", got.Auth)
		}
	}
}

func TestVerifyAltered(t *testing.T) {
	for _, s := range signers(t) {
		signed := sign(t, plain, s.options)
		for why, c := range map[string]struct {
			old, new string
			dkim     mail.Verdict
			altered  bool
		}{
			"body":                    {"second", "Second", mail.AuthFail, true},
			"subject":                 {"Two", "Six", mail.AuthFail, false},
			"a second From on top":    {"DKIM-Signature:", "From: x@evil.example\r\nDKIM-Signature:", mail.AuthPass, false},
			"a second signed Subject": {"Subject:  Two", "Subject: x\r\nSubject:  Two", mail.AuthFail, false},
			"key gone":                {"s=" + s.options.Selector, "s=gone", mail.AuthSoft, false},
			"key never asked for":     {"s=" + s.options.Selector, "s=other", mail.AuthUnknown, false},
		} {
			raw := strings.Replace(signed, c.old, c.new, 1)
			if raw == signed {
				t.Fatalf("%s: nothing replaced in %q", why, signed)
			}
			got := Check(message(raw), Options{Resolver: s.records})
			if got.Auth.DKIM != c.dkim || got.Auth.BodyAltered != c.altered {
				t.Errorf("%s: %+v %v", why, got.Auth, got.Problems)
			}
			offline := Check(message(raw), Options{}).Auth
			if want := (mail.Auth{BodyAltered: c.altered}); offline != want {
				t.Errorf("%s, offline: %+v", why, offline)
			}
		}
	}
}

func TestVerifyExpired(t *testing.T) {
	s := signers(t)[0]
	s.options.Expiration = time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	m := message(sign(t, plain, s.options))
	for at, want := range map[time.Time]mail.Verdict{
		s.options.Expiration.AddDate(0, 0, -1): mail.AuthPass, // however long ago that was
		s.options.Expiration.AddDate(0, 0, 1):  mail.AuthSoft,
	} {
		m.Arrived = at
		if got := Check(m, Options{Resolver: s.records}); got.Auth.DKIM != want {
			t.Errorf("%v: %+v", at, got)
		}
	}
}

// The bodies of RFC 6376 §3.4.5 and §3.4.4, and their hashes.
func TestCanonicalBody(t *testing.T) {
	for _, tt := range []struct {
		body    string
		relaxed bool
		want    string
	}{
		{"", false, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="},
		{"", true, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
		{"\r\n \r\n", true, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="},
	} {
		w := newBodyHash(-1)
		canonicalBody(w, []byte(tt.body), tt.relaxed)
		if got := base64.StdEncoding.EncodeToString(w.sum.Sum(nil)); got != tt.want {
			t.Errorf("%q relaxed %v: %s", tt.body, tt.relaxed, got)
		}
	}
}

// A signature over a part of the body passes whatever is added: that must be
// said, and what is not covered must not count as altered.
func TestPartialBody(t *testing.T) {
	w := newBodyHash(7)
	canonicalBody(w, []byte("Hello\r\n"), false)
	bh := base64.StdEncoding.EncodeToString(w.sum.Sum(nil))
	raw := "DKIM-Signature: v=1; a=rsa-sha256; c=simple/simple; d=who.example; s=r; h=from; l=7; bh=" + bh + "; b=AAAA\r\nFrom: a@who.example\r\n\r\nHello\r\n"
	if got := Check(message(raw), Options{}); len(got.Problems) != 0 || got.Auth.BodyAltered {
		t.Errorf("whole: %+v", got)
	}
	got := Check(message(raw+"Send your password.\r\n"), Options{})
	if len(got.Problems) != 1 || got.Problems[0].Code != "dkim_partial_body" || got.Auth.BodyAltered {
		t.Errorf("with an addition: %+v", got)
	}
}

// What a list adds breaks the author's signature; the list's own is whole.
func TestBodyAlteredByList(t *testing.T) {
	s := signers(t)[0]
	first := sign(t, plain, s.options)
	changed := strings.TrimRight(first, "\r\n") + "\r\n-- \r\nlist footer\r\n"
	if got := Check(message("List-Id: <x.example>\r\n"+changed), Options{}); !got.Auth.BodyAltered || !strings.Contains(got.Problems[0].Text, "footer") {
		t.Errorf("%+v", got)
	}
	s.options.Domain = "lists.example"
	if got := Check(message(sign(t, changed, s.options)), Options{}); got.Auth.BodyAltered || len(got.Problems) != 1 {
		t.Errorf("signed anew: %+v", got)
	}
}
