package auth

import (
	"bytes"
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/subtle"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/mail"
)

// Signatures are checked here and not by a library, because the library asks
// the clock whether a signature has expired, refuses to look at the body
// before it has the key, and starts goroutines.

// maxSignatures is how many of a mail are looked at: each may want the body
// hashed in its own way.
const maxSignatures = 8

// signature is a DKIM-Signature field: RFC 6376 §3.5.
type signature struct {
	raw              []byte // the field as it stands
	algorithm        string
	domain, selector string
	headerRelaxed    bool
	bodyRelaxed      bool
	length           int64 // l=; -1: the whole body
	bodyHash, sign   []byte
	fields           []string // h=
	expires          time.Time
}

// checkSignatures compares the body hashes, which needs nothing but the mail.
// With a resolver it verifies the signatures whose hash matches.
func (c *check) checkSignatures() {
	header, body := splitRaw(c.m.Raw)
	if header == nil {
		return
	}
	fields := rawFields(header)
	var matched, checked, seen int
	var altered []string
	hashes := map[bodyForm][]byte{}
	for _, f := range fields {
		if !f.is("dkim-signature") {
			continue
		}
		if seen++; seen > maxSignatures {
			c.problem("dkim_many_signatures", "more than "+strconv.Itoa(maxSignatures)+" DKIM signatures: the others are not looked at")
			break
		}
		s, err := parseSignature(f.raw)
		if err != nil {
			c.problem("dkim_malformed", "a DKIM signature cannot be read: "+err.Error())
			continue
		}
		form := bodyForm{s.bodyRelaxed, s.length}
		h, known := hashes[form]
		if !known {
			w := newBodyHash(s.length)
			canonicalBody(w, body, s.bodyRelaxed)
			h = w.sum.Sum(nil)
			hashes[form] = h
			if s.length >= 0 && w.total > s.length {
				c.problem("dkim_partial_body", "the DKIM signature of "+quote(s.domain)+" covers the first "+strconv.FormatInt(s.length, 10)+
					" of "+strconv.FormatInt(w.total, 10)+" bytes: anybody may have added the rest")
			}
		}
		checked++
		if subtle.ConstantTimeCompare(h, s.bodyHash) != 1 {
			altered = append(altered, s.domain)
			if c.opt.Resolver != nil && !c.said("dkim") { // fails whatever the key is
				c.own(s.statement(mail.AuthFail), mail.AuthFail)
			}
			continue
		}
		matched++
		c.verify(s, fields)
	}
	if checked == 0 || len(altered) == 0 {
		return
	}
	// A list that changes a mail and signs it anew leaves the old signature
	// broken and its own one whole.
	c.res.Auth.BodyAltered = matched == 0
	text := "the body is not the one that " + quote(altered[0]) + " signed"
	if c.has("List-Id") || c.has("List-Post") {
		text += "; mailing lists that add a footer cause this"
	} else {
		text += "; gateways that add a notice cause this, too"
	}
	c.problem("body_hash_mismatch", text)
}

func (c *check) has(name string) bool {
	for _, f := range c.m.Header {
		if strings.EqualFold(f.Name, name) {
			return true
		}
	}
	return false
}

// verify checks the signature over the header with the signer's key, where a
// resolver is given and no trusted receiver has said anything of DKIM.
func (c *check) verify(s signature, fields []rawField) {
	if c.opt.Resolver == nil || c.said("dkim") {
		return
	}
	key, err := lookupKey(c.opt.Resolver, s)
	v := mail.AuthUnknown
	switch {
	case errors.Is(err, ErrNoRecord):
		v = mail.AuthSoft // keys are taken away some months after use
		c.problem("dkim_key_gone", "the key of the DKIM signature of "+quote(s.domain)+" is not published any more")
	case errors.Is(err, errKey):
		v = mail.AuthSoft
		c.problem("dkim_key_unusable", "the key of the DKIM signature of "+quote(s.domain)+": "+err.Error())
	case err != nil: // temporary: nothing is known
	case !s.expires.IsZero() && !c.at().IsZero() && c.at().After(s.expires):
		v = mail.AuthSoft
		c.problem("dkim_expired", "the DKIM signature of "+quote(s.domain)+" had expired when the mail came")
	case verifySignature(s, fields, key):
		v = mail.AuthPass
	default:
		v = mail.AuthFail
	}
	c.own(s.statement(v), v)
}

func (s signature) statement(v mail.Verdict) statement {
	return statement{method: "dkim", result: word(v), props: []prop{{"header.d", s.domain}, {"header.s", s.selector}}}
}

var errTag = errors.New("a tag is missing or wrong")

// parseSignature reads what is needed of the tags. A signature that does not
// cover From is none (RFC 6376 §5.4), and neither is one with SHA-1 (RFC 8301).
func parseSignature(raw []byte) (s signature, err error) {
	_, value, _ := bytes.Cut(raw, []byte(":"))
	tags := parseTags(string(value))
	s = signature{raw: raw, length: -1, domain: strings.ToLower(tags["d"]), selector: tags["s"]}
	s.algorithm = strings.ToLower(tags["a"])
	if s.algorithm != "rsa-sha256" && s.algorithm != "ed25519-sha256" {
		return s, errors.New("algorithm " + strconv.Quote(cut(s.algorithm)))
	}
	header, body, _ := strings.Cut(strings.ToLower(tags["c"]), "/")
	s.headerRelaxed, s.bodyRelaxed = header == "relaxed", body == "relaxed"
	if l, given := tags["l"]; given {
		if s.length, err = strconv.ParseInt(l, 10, 64); err != nil || s.length < 0 {
			return s, errTag
		}
	}
	if x, given := tags["x"]; given {
		n, err := strconv.ParseInt(x, 10, 64)
		if err != nil || n < 0 || n > 1<<36 {
			return s, errTag
		}
		s.expires = time.Unix(n, 0).UTC()
	}
	if s.bodyHash, err = base64.StdEncoding.DecodeString(tags["bh"]); err != nil || len(s.bodyHash) != sha256.Size {
		return s, errTag
	}
	if s.sign, err = base64.StdEncoding.DecodeString(tags["b"]); err != nil {
		return s, errTag
	}
	fromSigned := false
	for name := range strings.SplitSeq(strings.ToLower(tags["h"]), ":") {
		fromSigned = fromSigned || name == "from"
		s.fields = append(s.fields, name)
	}
	if tags["v"] != "1" || s.domain == "" || s.selector == "" || !fromSigned || len(s.fields) > 500 {
		return s, errTag
	}
	return s, nil
}

// parseTags reads a tag list, RFC 6376 §3.2, all white space taken out of the
// values: none that is used here may hold any. Of duplicates the first counts.
func parseTags(value string) map[string]string {
	tags := map[string]string{}
	for tag := range strings.SplitSeq(value[:min(len(value), 1<<16)], ";") {
		name, text, ok := strings.Cut(tag, "=")
		name = strings.TrimSpace(name)
		if _, twice := tags[name]; !ok || twice || len(tags) > 50 {
			continue
		}
		tags[name] = strings.Join(strings.Fields(text), "")
	}
	return tags
}

// errKey is for a key record that is there and cannot be used.
var errKey = errors.New("unusable key")

// lookupKey asks for the key: RFC 6376 §3.6.1, RFC 8463.
func lookupKey(r Resolver, s signature) (crypto.PublicKey, error) {
	texts, err := r.TXT(s.selector + "._domainkey." + s.domain)
	if err != nil {
		return nil, err
	}
	if len(texts) == 0 {
		return nil, ErrNoRecord
	}
	tags := parseTags(texts[0])
	kind := strings.ToLower(tags["k"])
	if kind == "" {
		kind = "rsa"
	}
	if v, given := tags["v"]; given && v != "DKIM1" || !strings.HasPrefix(s.algorithm, kind+"-") {
		return nil, errKey
	}
	if tags["p"] == "" {
		return nil, ErrNoRecord // revoked
	}
	der, err := base64.StdEncoding.DecodeString(tags["p"])
	if err != nil {
		return nil, errKey
	}
	if kind == "ed25519" {
		if len(der) != ed25519.PublicKeySize {
			return nil, errKey
		}
		return ed25519.PublicKey(der), nil
	}
	if key, err := x509.ParsePKIXPublicKey(der); err == nil {
		if key, ok := key.(*rsa.PublicKey); ok && usable(key) {
			return key, nil
		}
		return nil, errKey
	}
	if key, err := x509.ParsePKCS1PublicKey(der); err == nil && usable(key) {
		return key, nil
	}
	return nil, errKey
}

// usable refuses keys that anybody can factor (RFC 8301 §3.2), and such as
// cost minutes to use.
func usable(key *rsa.PublicKey) bool { n := key.N.BitLen(); return n >= 1024 && n <= 8192 }

// verifySignature hashes the signed fields, RFC 6376 §3.7, and checks the
// signature.
func verifySignature(s signature, fields []rawField, key crypto.PublicKey) bool {
	h := sha256.New()
	used := map[string]int{} // how many of each name, from the bottom
	for _, name := range s.fields {
		skip := used[name]
		for i := len(fields) - 1; i >= 0; i-- {
			if !fields[i].is(name) {
				continue
			}
			if skip == 0 {
				h.Write(canonicalField(fields[i].raw, s.headerRelaxed))
				h.Write(crlf)
				break
			}
			skip--
		}
		used[name]++
	}
	h.Write(canonicalField(withoutSignature(s.raw), s.headerRelaxed))
	sum := h.Sum(nil)
	switch key := key.(type) {
	case *rsa.PublicKey:
		return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum, s.sign) == nil
	case ed25519.PublicKey:
		return ed25519.Verify(key, sum, s.sign)
	}
	return false
}

// withoutSignature returns the field with the value of its b= taken out.
func withoutSignature(raw []byte) []byte {
	colon := bytes.IndexByte(raw, ':') + 1
	out := append([]byte{}, raw[:colon]...)
	for i, tag := range bytes.Split(raw[colon:], []byte(";")) {
		if i > 0 {
			out = append(out, ';')
		}
		name, _, ok := bytes.Cut(tag, []byte("="))
		if ok && string(bytes.TrimSpace(name)) == "b" {
			tag = tag[:len(name)+1]
		}
		out = append(out, tag...)
	}
	return out
}
