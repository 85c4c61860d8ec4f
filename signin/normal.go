package signin

import (
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// Key returns the hash by which a record or a try is known: of the provider's
// id alone, or of all fields that tell one record from another. It is stable
// over runs and machines because stores keep it. It is never 0.
func Key(parts ...string) uint64 {
	var d xxhash.Digest
	d.Reset()
	for _, p := range parts {
		d.WriteString(p)
		d.Write([]byte{0}) // so that ("ab","c") and ("a","bc") differ
	}
	if k := d.Sum64(); k != 0 {
		return k
	}
	return 1
}

// ParseAddr reads an address as logs write it: plain, with a port
// ("192.0.2.1:443", "[2001:db8::1]:443", and the other five ways of RFC 5952
// 6), IPv4-mapped, with a zone, in brackets or quotes ("[192.0.2.1]:443" of the
// Microsoft 365 audit log, too), or first in a list separated by commas. The result is unmapped and has no zone; it is invalid
// where s holds no address.
func ParseAddr(s string) netip.Addr {
	if n := len(s); n > 0 && n <= len("255.255.255.255") && isDigit(s[0]) && isDigit(s[n-1]) { // plain, as nearly all are
		if a, err := netip.ParseAddr(s); err == nil {
			return a.Unmap().WithZone("")
		}
	}
	s, _, _ = strings.Cut(s, ",")
	s = strings.Trim(s, " \t\"'")
	if !mayBeAddr(s) {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("")
	}
	if ap, err := netip.ParseAddrPort(s); err == nil {
		return ap.Addr().Unmap().WithZone("")
	}
	if inner, rest, ok := strings.Cut(strings.TrimPrefix(s, "["), "]"); ok && s[0] == '[' && (rest == "" || rest[0] == ':' && allDigits(rest[1:])) {
		if a, err := netip.ParseAddr(inner); err == nil {
			return a.Unmap().WithZone("")
		}
	}
	if a, err := netip.ParseAddr(cutPort(s)); err == nil {
		return a.Unmap().WithZone("")
	}
	return netip.Addr{}
}

// mayBeAddr tells most names from addresses by how they begin: what fails to
// parse costs an error, and fields of addresses hold names as well.
func mayBeAddr(s string) bool {
	if s == "" {
		return false
	}
	switch c := s[0]; {
	case isDigit(c), c == ':', c == '[':
		return true
	case c|0x20 >= 'a' && c|0x20 <= 'f':
		return strings.IndexByte(s, ':') >= 0
	}
	return false
}

// cutPort takes the port off an IPv6 address to which it is glued without
// brackets: 2001:db8::1.443, 2001:db8::1#443, 2001:db8::1p443, "2001:db8::1
// port 443", and behind eight groups a ninth. It returns "" where it sees no
// such port, as in a host name that begins like an address.
func cutPort(s string) string {
	digits := strings.TrimRight(s, "0123456789")
	if len(digits) == len(s) || strings.Count(s, ":") < 2 {
		return ""
	}
	for _, mark := range [...]string{".", "#", "p", " port "} {
		if addr, ok := strings.CutSuffix(digits, mark); ok {
			return addr
		}
	}
	if addr, ok := strings.CutSuffix(digits, ":"); ok && strings.Count(addr, ":") == 7 && !strings.Contains(addr, "::") {
		return addr
	}
	return ""
}

// MaxField is the longest text that is kept of one field, in bytes; what is
// longer was not typed by a person.
const MaxField = 512

// NormalAccount returns an account name in the form all steps use: lower
// case, without surrounding space, valid UTF-8, at most MaxField bytes.
func NormalAccount(s string) string {
	s = strings.TrimSpace(s)
	if isPlain(s) {
		return s[:min(len(s), MaxField)]
	}
	return clip(strings.ToLower(s))
}

// isPlain reports whether a text is ASCII without capital letters, as nearly
// all names and ids are: lower case and valid as it stands.
func isPlain(s string) bool {
	const ones, tops = 0x0101010101010101, 0x8080808080808080
	for len(s) >= 8 {
		w := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 |
			uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
		// Of bytes below 0x80, what takes 'A' to 0x80 takes all from there on to
		// their top bit and none beyond a byte; likewise '[', which follows 'Z'.
		low := w &^ tops
		capital := (low + ones*(0x80-'A')) &^ (low + ones*(0x80-'['))
		if (w|capital)&tops != 0 {
			return false
		}
		s = s[8:]
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] >= 'A' && s[i] <= 'Z' {
			return false
		}
	}
	return true
}

// clip cuts s to MaxField bytes at a character's edge and replaces bytes that
// are not UTF-8. It allocates only where it must change something.
func clip(s string) string {
	s = cut(s)
	if !utf8.ValidString(s) {
		s = cut(strings.ToValidUTF8(s, "\uFFFD")) // which takes three bytes in place of one
	}
	return s
}

func cut(s string) string {
	if len(s) <= MaxField {
		return s
	}
	end := MaxField
	for end > 0 && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
