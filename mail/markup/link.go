package markup

import (
	"encoding/hex"
	"net/netip"
	"net/url"
	"strconv"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// Link is a place that a mail sends its reader to.
type Link struct {
	Href   string // as written, without white space and controls
	URL    string // where it leads: Href without what filters and redirectors put around it, at most MaxURL bytes
	Scheme string // of URL, lower case
	Host   string // of URL: lower case, ASCII (IDNA), without port; an address in its usual form; "" if there is none
	Domain string // registrable domain of Host (public suffix list); Host itself for an address

	Text     string // the anchor text that can be seen
	Alt      string // of the first image in it
	Image    bool   // an image can be clicked
	Area     Area
	Download bool // <a download>
	Defanged bool // written as hxxp or with [.]: an analyst's text, not a link

	Via      []string // names of what was unwrapped, outermost first: see redirectors.txt
	Guarded  bool     // wrapped by a mail filter (Safe Links, URL Defense ...)
	Bounced  bool     // sent through an open redirector
	UserInfo bool     // https://paypal.com@evil.example/: a name before @
	Address  bool     // the host is an IP address
	Odd      bool     // the address is written as one number, in hex or octal, or the host has escapes
	Punycode bool     // the host has letters beyond ASCII
	Port     string   // if it is stated and not the scheme's own

	hidden bool
}

// Area is the part of a mail in which a link stands.
type Area uint8

// The areas.
const (
	InBody    Area = iota // an element that can be clicked
	InQuoted              // in what is quoted
	InHidden              // without anything to click on
	InText                // in the visible text, without an element
	InPlain               // in the plain alternative of an HTML mail
	InOutlook             // in a conditional comment
	InForm                // where a form is sent to
	InRefresh             // where the mail goes by itself
)

// places are the links of a page that are known already, by Href and area.
type places map[string]int

func (p *Page) add(l Link, seen places) {
	key := l.Href
	if i, ok := seen[key]; ok {
		old := &p.Links[i]
		switch {
		case old.Text == "" && l.Text != "":
			old.Text = l.Text
		case !old.Mismatch() && l.Text != "" && old.Text != l.Text:
			l.URL, l.Scheme, l.Host, l.Domain, l.Via = old.URL, old.Scheme, old.Host, old.Domain, old.Via
			if l.Mismatch() {
				old.Text = l.Text
			}
		}
		old.Image = old.Image || l.Image
		if old.Alt == "" {
			old.Alt = l.Alt
		}
		old.Area = min(old.Area, l.Area)
		old.Download = old.Download || l.Download
		return
	}
	if len(p.Links) >= MaxLinks {
		p.LinksMore++
		return
	}
	l.resolve(p.Base)
	if l.Scheme == "mailto" {
		to, _, _ := strings.Cut(l.URL[len("mailto:"):], "?")
		if v, err := url.PathUnescape(to); err == nil {
			to = v
		}
		for one := range strings.SplitSeq(strings.ToLower(to), ",") {
			if one = strings.TrimSpace(one); strings.Contains(one, "@") && len(p.Mailtos) < 50 && !contains(p.Mailtos, one) {
				p.Mailtos = append(p.Mailtos, strings.ToValidUTF8(cut(one, 320), "\uFFFD"))
			}
		}
		return
	}
	seen[key] = len(p.Links)
	p.Links = append(p.Links, l)
}

func contains(list []string, s string) bool {
	for _, x := range list {
		if x == s {
			return true
		}
	}
	return false
}

// clean does what browsers do before they parse (WHATWG URL §4.4): spaces and
// controls at the ends and all tabs and line breaks go.
func clean(href string) string {
	href = strings.TrimFunc(href, func(r rune) bool { return r <= ' ' || r == 0x7f || r == 0xA0 || invisible(r) })
	if strings.ContainsAny(href, "\t\r\n\x00") {
		href = strings.NewReplacer("\t", "", "\r", "", "\n", "", "\x00", "").Replace(href)
	}
	return strings.ToValidUTF8(cut(href, MaxURL), "\uFFFD")
}

// resolve fills in what follows from Href.
func (l *Link) resolve(base string) {
	target := l.Href
	if base != "" && !strings.Contains(cut(target, 12), ":") {
		target = against(base, target)
	}
	if l.Scheme, _, _ = split(target); l.Scheme == "data" {
		target = cut(target, 200)
		l.Href = cut(l.Href, 200)
	}
	l.take(target)
	var ways []Redirector
	if l.URL, ways = unwrapAll(target); len(ways) > 0 {
		for _, w := range ways {
			l.Via = append(l.Via, w.Name)
			l.Guarded = l.Guarded || w.Guard
			l.Bounced = l.Bounced || !w.Guard
		}
		l.take(l.URL)
	}
}

func (l *Link) take(target string) {
	h := parse(target)
	l.Scheme, l.Host, l.Port = h.scheme, h.name, h.port
	l.UserInfo, l.Address, l.Odd, l.Punycode = h.user, h.address, h.odd, h.puny
	l.Domain = registrable(h.name)
}

// against resolves a reference that has no scheme.
func against(base, ref string) string {
	scheme, rest, ok := split(base)
	if !ok || !special(scheme) {
		return ref
	}
	host, path := authority(rest)
	if path == "" || path[0] != '/' {
		path = "/" + path
	}
	ref = strings.ReplaceAll(ref, `\`, "/")
	switch {
	case strings.HasPrefix(ref, "//"):
		return scheme + ":" + ref
	case strings.HasPrefix(ref, "/"):
		return scheme + "://" + host + ref
	}
	path, _, _ = strings.Cut(path, "?")
	return scheme + "://" + host + path[:strings.LastIndexByte(path, '/')+1] + ref
}

// split cuts the scheme off: RFC 3986 §3.1.
func split(u string) (scheme, rest string, ok bool) {
	for i := 0; i < len(u) && i < 32; i++ {
		switch c := u[i]; {
		case c|0x20 >= 'a' && c|0x20 <= 'z':
		case i > 0 && (c >= '0' && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':' && i > 0:
			return strings.ToLower(u[:i]), u[i+1:], true
		default:
			return "", u, false
		}
	}
	return "", u, false
}

// special are the schemes in which \ is / and the number of slashes does not
// matter: WHATWG URL §3.1.
func special(scheme string) bool {
	switch scheme {
	case "http", "https", "ftp", "ws", "wss", "hxxp", "hxxps":
		return true
	}
	return false
}

// authority cuts what follows "https:" into host (with user and port) and the
// rest.
func authority(rest string) (host, path string) {
	rest = strings.TrimLeft(rest, `/\`)
	if i := strings.IndexAny(rest, `/\?#`); i >= 0 {
		return rest[:i], rest[i:]
	}
	return rest, ""
}

type host struct {
	scheme, name, port, path string
	user, address, odd, puny bool
}

// parse finds where a browser would go: WHATWG URL §4.4, as far as the host.
func parse(u string) host {
	var h host
	scheme, rest, ok := split(u)
	if !ok {
		if !strings.HasPrefix(strings.ReplaceAll(u, `\`, "/"), "//") {
			return h
		}
		scheme, rest = "https", u
	}
	h.scheme = strings.Replace(scheme, "hxxp", "http", 1)
	if !special(scheme) {
		return h
	}
	var where string
	where, h.path = authority(rest)
	if i := strings.LastIndexByte(where, '@'); i >= 0 {
		where, h.user = where[i+1:], true
	}
	if strings.HasPrefix(where, "[") {
		if i := strings.IndexByte(where, ']'); i > 0 {
			if a, err := netip.ParseAddr(where[1:i]); err == nil {
				h.name, h.address = a.Unmap().WithZone("").String(), true
				h.port = strings.TrimPrefix(where[i+1:], ":")
			}
		}
		return h
	}
	if i := strings.LastIndexByte(where, ':'); i >= 0 {
		where, h.port = where[:i], cut(where[i+1:], 8)
		if h.scheme == "http" && h.port == "80" || h.scheme == "https" && h.port == "443" {
			h.port = ""
		}
	}
	if strings.IndexByte(where, '%') >= 0 {
		if v, err := url.PathUnescape(where); err == nil {
			where, h.odd = v, true
		}
	}
	h.name, h.puny = ascii(where)
	if a, odd, ok := address(h.name); ok {
		h.name, h.address, h.odd = a, true, h.odd || odd
	}
	return h
}

// ascii is the host in lower case and IDNA form; hosts that are none are left
// as they are in lower case, so that they can be shown.
func ascii(name string) (string, bool) {
	name = strings.ToLower(strings.TrimSuffix(name, "."))
	plain := !strings.Contains(name, "xn--")
	for i := 0; i < len(name) && plain; i++ {
		plain = name[i] < 0x80
	}
	if plain {
		return cut(name, 253), false
	}
	if a, err := idna.Lookup.ToASCII(cut(name, 1000)); err == nil {
		return cut(a, 253), strings.Contains(a, "xn--")
	}
	if a, err := idna.Punycode.ToASCII(cut(name, 1000)); err == nil {
		return cut(a, 253), strings.Contains(a, "xn--")
	}
	return cut(strings.ToValidUTF8(name, "\uFFFD"), 253), true
}

// address reads IPv4 in all the forms that browsers take: one to four parts,
// decimal, octal or hexadecimal (WHATWG URL §3.5). odd: not the usual form.
func address(name string) (usual string, odd, ok bool) {
	parts := strings.Split(name, ".")
	if n := len(parts); n > 4 || name == "" {
		return "", false, false
	}
	var value uint64
	for i, p := range parts {
		base, digits := 10, p
		switch {
		case strings.HasPrefix(p, "0x"):
			base, digits = 16, p[2:]
		case len(p) > 1 && p[0] == '0':
			base, digits = 8, p[1:]
		}
		if digits == "" && base == 16 {
			digits = "0"
		}
		x, err := strconv.ParseUint(digits, base, 32)
		if err != nil || digits[0] == '+' {
			return "", false, false
		}
		odd = odd || base != 10
		if last := i == len(parts)-1; !last {
			if x > 255 {
				return "", false, false
			}
			value |= x << (24 - 8*i)
		} else {
			if x >= 1<<(32-8*i) {
				return "", false, false
			}
			value |= x
		}
	}
	a := netip.AddrFrom4([4]byte{byte(value >> 24), byte(value >> 16), byte(value >> 8), byte(value)})
	return a.String(), odd || len(parts) != 4, true
}

// registrable is the domain that somebody registered of a host in lower case
// ASCII: its public suffix and one label; the host itself for an address, a
// suffix or a name without a dot.
func registrable(host string) string {
	if d, err := publicsuffix.EffectiveTLDPlusOne(host); err == nil {
		if _, err := netip.ParseAddr(host); err != nil {
			return d
		}
	}
	return host
}

// Mismatch says that the link's text names another domain than the one that
// the link leads to. Senders who count clicks do that, too, through a host of
// their mailing service.
func (l Link) Mismatch() bool {
	if l.Host == "" || l.Scheme == "mailto" {
		return false
	}
	shown := hostIn(l.Text)
	return shown != "" && registrable(shown) != l.Domain
}

// hostIn is the host that a link's text names: it is a URL or a host as a
// whole, or has one with a scheme or "www." in it. "" if it names none.
func hostIn(text string) string {
	for w := range strings.FieldsSeq(text) {
		w = strings.Trim(w, `"'()<>,;.!`)
		lower := strings.ToLower(cut(w, 300))
		if strings.HasPrefix(lower, "http://") || strings.HasPrefix(lower, "https://") {
			if h := parse(lower); known(h.name) || h.address {
				return h.name
			}
		}
		if strings.HasPrefix(lower, "www.") {
			if h := parse("https://" + lower); known(h.name) {
				return h.name
			}
		}
	}
	one := strings.ToLower(strings.Trim(strings.TrimSpace(text), `"'()<>,;.!`))
	if len(one) > 253 || strings.ContainsAny(one, " @\n\t") || !strings.Contains(one, ".") {
		return ""
	}
	h := parse("https://" + one)
	if i := strings.LastIndexByte(h.name, '.'); h.address || !known(h.name) || i < 0 || fileLike[h.name[i+1:]] {
		return ""
	}
	return h.name
}

// fileLike are top-level domains that are far more often the end of a file's
// name where they stand in a text by themselves.
var fileLike = map[string]bool{"zip": true, "mov": true, "md": true, "sh": true, "py": true, "rs": true, "pl": true,
	"ps": true, "cc": true, "so": true, "app": true, "net": true, "js": true}

// known says that a host ends in a suffix that is registered at ICANN.
func known(host string) bool {
	if !strings.Contains(host, ".") {
		return false
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	return suffix != host && (icann || strings.Contains(suffix, "."))
}

// Names says that the URL carries one of these addresses, which are in lower
// case: in plain text, with escapes, in base64 or in hex. Newsletters do that to
// unsubscribe, phishing kits to fill in the form.
func (l Link) Names(addresses []string) bool {
	for _, u := range [2]string{l.Href, l.URL} {
		if carries(u, addresses) {
			return true
		}
		if strings.IndexByte(u, '%') >= 0 {
			if v, err := url.PathUnescape(u); err == nil && carries(v, addresses) {
				return true
			}
		}
		if l.URL == l.Href {
			break
		}
	}
	return false
}

func carries(u string, addresses []string) bool {
	if containsAddress(u, addresses) {
		return true
	}
	var buf [MaxURL]byte
	for i := 0; i < len(u); {
		if !inToken[u[i]] {
			i++
			continue
		}
		from := i
		for i < len(u) && inToken[u[i]] {
			i++
		}
		t := u[from:i]
		if len(t) < minAddress*4/3 || len(t) > len(buf) {
			continue
		}
		if n, err := hex.Decode(buf[:], []byte(t)); err == nil && containsAddress(string(buf[:n]), addresses) {
			return true
		}
		for skip := range 4 { // the token may begin before the encoded part
			if b := base64Bytes(buf[:0], t[skip:]); containsAddress(string(b), addresses) {
				return true
			}
		}
	}
	return false
}

// minAddress is the length of the shortest address that is looked for.
const minAddress = 6

// containsAddress says that s, in whatever case, contains one of the addresses.
func containsAddress(s string, addresses []string) bool {
	if strings.IndexByte(s, '@') < 0 {
		return false
	}
	s = strings.ToLower(s)
	for _, a := range addresses {
		if len(a) >= minAddress && strings.IndexByte(a, '@') >= 0 && strings.Contains(s, a) {
			return true
		}
	}
	return false
}

// base64Bytes appends what a run of either base64 alphabet (RFC 4648 §4, §5)
// decodes to.
func base64Bytes(b []byte, s string) []byte {
	var bits uint32
	for i := range len(s) {
		bits = bits<<6 | uint32(base64Value[s[i]])
		switch i & 3 {
		case 1:
			b = append(b, byte(bits>>4))
		case 2:
			b = append(b, byte(bits>>2))
		case 3:
			b = append(b, byte(bits))
		}
	}
	return b
}

// inToken are the characters of both base64 alphabets that are no part of a
// path.
var inToken, base64Value = func() (in [256]bool, value [256]uint8) {
	for i := range 64 {
		const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
		value[alphabet[i]] = uint8(i)
		in[alphabet[i]] = alphabet[i] != '/'
	}
	value['-'], value['_'] = 62, 63
	in['-'], in['_'] = true, true
	return in, value
}()
