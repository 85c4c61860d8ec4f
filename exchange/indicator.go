package exchange

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
)

// Kind is what the value of an indicator is.
type Kind string

// The kinds of indicator.
const (
	Address   Kind = "address" // IPv4 or IPv6
	Network   Kind = "network" // a prefix of either
	Domain    Kind = "domain"
	URL       Kind = "url"
	Email     Kind = "email" // an address that sends
	UserAgent Kind = "user_agent"
	MD5       Kind = "md5" // of a file
	SHA1      Kind = "sha1"
	SHA256    Kind = "sha256"
	FileName  Kind = "file_name"
	Subject   Kind = "subject" // of a mail

	// Rules that are kept as they are.
	Pattern Kind = "pattern" // STIX patterning
	Sigma   Kind = "sigma"
	YARA    Kind = "yara"
	Snort   Kind = "snort"
)

var kinds = []Kind{Address, Network, Domain, URL, Email, UserAgent, MD5, SHA1, SHA256, FileName, Subject, Pattern, Sigma, YARA, Snort}

// longest is how many bytes a value may have; a rule is longer than a value.
const (
	longestValue = 4 << 10
	longestRule  = 64 << 10
)

// NewIndicator returns an indicator with its value in the one form in which
// values are compared: addresses as [netip] writes them, domains in lower case
// and ASCII, hashes in lower case. It reports false where the value is none of
// its kind.
func NewIndicator(kind Kind, value string) (Indicator, bool) {
	value, ok := normal(kind, value)
	return Indicator{Kind: kind, Value: value}, ok
}

func normal(kind Kind, v string) (string, bool) {
	limit := longestValue
	if kind.rule() {
		limit = longestRule
	}
	if v == "" || len(v) > limit || !utf8.ValidString(v) {
		return "", false
	}
	if kind.rule() { // may have lines
		return v, !strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' })
	}
	if v != strings.TrimSpace(v) || strings.ContainsFunc(v, func(r rune) bool { return unicode.IsControl(r) || r == utf8.RuneError }) {
		return "", false
	}
	switch kind {
	case Address:
		a, err := netip.ParseAddr(v)
		return a.Unmap().String(), err == nil && a.Zone() == ""
	case Network:
		p, err := netip.ParsePrefix(v)
		return p.Masked().String(), err == nil
	case Domain:
		d, err := idna.Lookup.ToASCII(strings.TrimSuffix(v, "."))
		return d, err == nil && len(d) <= 253 && domainName.MatchString(d)
	case URL:
		u, err := url.Parse(v)
		return v, err == nil && u.Scheme != "" && u.Host != "" && !strings.ContainsAny(v, " '\"<>")
	case Email:
		local, domain, _ := strings.Cut(v, "@")
		_, ok := normal(Domain, domain)
		return strings.ToLower(v), ok && local != "" && !strings.ContainsAny(local, ` "'<>(),:;\[]`)
	case MD5, SHA1, SHA256:
		raw, err := hex.DecodeString(v)
		return strings.ToLower(v), err == nil && len(raw) == map[Kind]int{MD5: 16, SHA1: 20, SHA256: 32}[kind]
	case UserAgent, FileName, Subject:
		return v, true
	}
	return "", false
}

// domainName is at least two labels of what domain names are made of in the
// DNS; services have underscores.
var domainName = regexp.MustCompile(`^([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)+[a-z]([a-z0-9-]{0,61}[a-z0-9])$`)

func (k Kind) rule() bool { return k == Pattern || k == Sigma || k == YARA || k == Snort }

// Classify says what a bare value of a list is, after taking back what people
// do to keep it from being clicked (192.0.2[.]7, hxxp://). It knows addresses,
// networks, URLs, mail addresses, hashes and, last, domains.
func Classify(value string) (Indicator, bool) {
	value = refang.Replace(strings.TrimSpace(value))
	if rest, ok := strings.CutPrefix(value, "hxxp"); ok {
		value = "http" + rest
	}
	for _, k := range []Kind{Address, Network, URL, Email, MD5, SHA1, SHA256, Domain} {
		if i, ok := NewIndicator(k, value); ok {
			return i, true
		}
	}
	return Indicator{}, false
}

var refang = strings.NewReplacer("[.]", ".", "(.)", ".", "[dot]", ".", "[:]", ":", "[@]", "@", "[at]", "@", "[://]", "://")
