package org

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
	"golang.org/x/net/publicsuffix"
	"golang.org/x/text/language"
)

// One method for each kind of value in the file: it returns the value in its
// normal form, or reports why it is bad and returns "".

var (
	sectors = []string{
		string(Hospital), string(ResearchHospital), string(Pharma), string(VaccineResearch), string(ClinicalResearch),
		string(Diagnostics), string(University), string(PublicHealth), string(OtherSector),
	}
	roles = []string{"security", "24x7", "dpo", "exec", "relay"}
)

// idForm keeps ids safe as file names, in URLs and in shell commands.
var idForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func (p *parser) id(n *yaml.Node) string {
	s, ok := p.scalar(n)
	switch {
	case !ok:
		return ""
	case idForm.MatchString(strings.ToLower(s)) && s != strings.ToLower(s):
		p.errorf(n.Line, "bad id %q: ids are lower case: did you mean %q?", s, strings.ToLower(s))
	case !idForm.MatchString(s):
		p.errorf(n.Line, "bad id %q: 1 to 64 of a-z, 0-9, %q, beginning with a letter or digit", s, "._-")
	case ID(s) == Unassigned:
		p.errorf(n.Line, "bad id %q: it is kept for records of unknown owner", s)
	case p.claimed(n, "id", s):
		return s
	}
	return ""
}

// claimed notes that one organisation has this value, and reports the second
// that says so.
func (p *parser) claimed(n *yaml.Node, kind, value string) bool {
	if line, taken := p.claims[claim{kind, value}]; taken {
		p.errorf(n.Line, "duplicate %s %q: it is already on line %d", kind, value, line)
		return false
	}
	p.claims[claim{kind, value}] = n.Line
	return true
}

// MaxText is the longest text of one value in the organisations file, in bytes.
const MaxText = 300

func (p *parser) text(n *yaml.Node) string {
	s, ok := p.scalar(n)
	switch {
	case !ok:
		return ""
	case s == "":
		p.errorf(n.Line, "empty value: leave the key out instead")
	case len(s) > MaxText:
		p.errorf(n.Line, "text of %d bytes: at most %d", len(s), MaxText)
		return ""
	case !utf8.ValidString(s) || strings.ContainsFunc(s, unicode.IsControl):
		p.errorf(n.Line, "bad text %q: control characters and line breaks are not allowed", s)
		return ""
	}
	return s
}

func (p *parser) oneOf(n *yaml.Node, what string, valid []string) string {
	s, ok := p.scalar(n)
	if ok && !slices.Contains(valid, s) {
		p.errorf(n.Line, "unknown %s %q: %s", what, s, meant(s, valid))
		return ""
	}
	return s
}

func (p *parser) country(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok || isCountry(s) {
		return s
	}
	switch upper := strings.ToUpper(s); {
	case isCountry(upper):
		p.errorf(n.Line, "bad country %q: did you mean %q?", s, upper)
	case upper == "UK": // reserved in ISO 3166-1 at the request of the United Kingdom, whose code is GB
		p.errorf(n.Line, "bad country %q: did you mean %q?", s, "GB")
	case upper == "EL": // the European Union's own code of Greece
		p.errorf(n.Line, "bad country %q: did you mean %q?", s, "GR")
	default:
		p.errorf(n.Line, "bad country %q: two letters as in ISO 3166-1, such as FR, KR or US", s)
	}
	return ""
}

// shared are mail and tenant domains under which unrelated people have
// accounts and which the public suffix list does not hold.
var shared = []string{
	"onmicrosoft.com", "mail.onmicrosoft.com", "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com",
	"yahoo.com", "icloud.com", "proton.me", "protonmail.com", "gmx.net", "web.de", "mail.ru", "qq.com", "163.com",
}

func (p *parser) domain(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok {
		return ""
	}
	domain := normalDomain(s)
	if domain == "" {
		p.errorf(n.Line, "bad domain %q: %s", s, domainHint(s))
		return ""
	}
	if suffix, _ := publicsuffix.PublicSuffix(domain); suffix == domain || slices.Contains(shared, domain) {
		p.errorf(n.Line, "domain %q is shared by many organisations: write the organisation's own name below it", s)
		return ""
	}
	if !p.claimed(n, "domain", domain) {
		return ""
	}
	return domain
}

func domainHint(s string) string {
	bare := s
	if _, rest, ok := strings.Cut(bare, "://"); ok {
		bare = rest
	}
	if i := strings.LastIndexByte(bare, '@'); i >= 0 {
		bare = bare[i+1:]
	}
	bare, _, _ = strings.Cut(bare, "/")
	bare, _, _ = strings.Cut(bare, ":")
	bare = strings.Trim(bare, "*.")
	switch {
	case bare != s && normalDomain(bare) != "":
		return `did you mean "` + bare + `"? (subdomains are included)`
	case !strings.Contains(s, "."):
		return "it needs at least two labels, such as example.org; bind the logs of bare host names with sources"
	default:
		return "a DNS name is meant, such as example.org"
	}
}

var tenantForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,127}$`)

func (p *parser) tenant(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok {
		return ""
	}
	s = strings.ToLower(s)
	if !tenantForm.MatchString(s) {
		p.errorf(n.Line, "bad tenant %q: the id that the identity provider shows, such as 00000000-0000-0000-0000-000000000000", s)
		return ""
	}
	if !p.claimed(n, "tenant", s) {
		return ""
	}
	return s
}

func (p *parser) netblock(n *yaml.Node) netip.Prefix {
	s, ok := p.scalar(n)
	if !ok {
		return netip.Prefix{}
	}
	prefix, err := netip.ParsePrefix(s)
	addr, addrErr := netip.ParseAddr(s)
	switch {
	case addrErr == nil && addr.Zone() == "":
		p.errorf(n.Line, "bad netblock %q: did you mean %q?", s, netip.PrefixFrom(addr, addr.BitLen()))
	case err != nil:
		p.errorf(n.Line, "bad netblock %q: write address/length, such as 192.0.2.0/24 or 2001:db8::/32", s)
	case prefix.Bits() == 0:
		p.errorf(n.Line, "bad netblock %q: it holds every address there is", s)
	case prefix != prefix.Masked():
		p.errorf(n.Line, "bad netblock %q: did you mean %q?", s, prefix.Masked())
	default:
		return prefix
	}
	return netip.Prefix{}
}

func (p *parser) language(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok {
		return ""
	}
	tag, err := language.Parse(s)
	if err != nil || tag == language.Und {
		p.errorf(n.Line, "bad language %q: a BCP 47 tag is meant, such as fr, ko or en-GB", s)
		return ""
	}
	return s
}

// emailLocal is the part before the "@" as a dot-atom (RFC 5322 3.2.3); quoted
// forms are not accepted: nobody has one, and quoting goes wrong on the way.
var emailLocal = regexp.MustCompile("^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(\\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*$")

func isEmail(s string) bool {
	local, domain, _ := strings.Cut(s, "@")
	return len(local) <= 64 && emailLocal.MatchString(local) && normalDomain(domain) != ""
}

func (p *parser) email(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok || isEmail(s) {
		return s
	}
	hint := "an address is meant, such as soc@example.org"
	if _, rest, ok := strings.Cut(s, "<"); ok {
		if bare := strings.TrimSuffix(rest, ">"); isEmail(bare) {
			hint = `did you mean "` + bare + `"?`
		}
	}
	p.errorf(n.Line, "bad e-mail %q: %s", s, hint)
	return ""
}

// receiver is an authserv-id: a name such as a host's, with "*." for all below
// one, or exchange-online for the receiver that writes none.
func (p *parser) receiver(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok || s != "" && !strings.ContainsAny(s, " \t;\"()<>@,") && s != "*" {
		return strings.ToLower(s)
	}
	p.errorf(n.Line, "bad receiver %q: the first word of its Authentication-Results is meant, such as mx.example.org", s)
	return ""
}

func (p *parser) date(n *yaml.Node) string {
	s, ok := p.scalar(n)
	if !ok {
		return ""
	}
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		p.errorf(n.Line, "bad date %q: write YYYY-MM-DD", s)
		return ""
	}
	return s
}

func (p *parser) pattern(n *yaml.Node) string {
	s := p.text(n)
	if s == "" {
		return ""
	}
	if reason := badPattern(s); reason != "" {
		p.errorf(n.Line, "bad path %q: %s", s, reason)
		return ""
	}
	if !p.claimed(n, "path", s) {
		return ""
	}
	return s
}

func (p *parser) token(n *yaml.Node) string {
	s := p.text(n)
	if s == "" || !p.claimed(n, "token", s) {
		return ""
	}
	return s
}
