package mail

import (
	"net/netip"
	"strings"
)

// maxHops bounds the Received fields that are read; RFC 5321 §6.3 lets servers
// refuse a mail with a hundred.
const maxHops = 100

// parseReceived reads a Received field (RFC 5321 §4.4) as the servers write it.
// ok is false where there is neither a time nor a server in it.
func parseReceived(value string) (h Hop, ok bool) {
	way := value
	if i := strings.LastIndexByte(value, ';'); i >= 0 {
		way = value[:i]
		h.Time, _, _ = ParseDate(value[i+1:])
	}
	if len(way) > 2000 {
		way = way[:2000]
	}
	from, by := cutBy(way)
	if len(from) > 5 && isName(from[:4], "from") {
		from = strings.TrimLeft(from[5:], " \t")
		h.From, _ = hostToken(from)
		h.Addr = senderAddr(from)
	}
	h.By, _ = hostToken(by)
	return h, !h.Time.IsZero() || h.By != "" || h.From != ""
}

// cutBy splits at the word by, outside of comments.
func cutBy(s string) (from, by string) {
	depth := 0
	for i := 0; i+3 <= len(s); i++ {
		switch s[i] {
		case '(':
			depth++
		case ')':
			depth = max(0, depth-1)
		case 'b', 'B':
			if depth == 0 && isName(s[i:i+2], "by") && isBlank(s[i+2]) && (i == 0 || isBlank(s[i-1])) {
				return s[:i], strings.TrimLeft(s[i+3:], " \t")
			}
		}
	}
	return s, ""
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// hostToken returns the name that s begins with, in lower case.
func hostToken(s string) (host, rest string) {
	i := strings.IndexAny(s, " \t(;")
	if i < 0 {
		i = len(s)
	}
	return strings.ToLower(strings.ToValidUTF8(strings.TrimSuffix(s[:i], "."), "\ufffd")), s[i:]
}

// senderAddr finds the address from which the receiver got the mail. What
// stands in the comment was seen by the receiver, what stands before it, or
// after HELO, was said by the sender.
func senderAddr(from string) netip.Addr {
	var said netip.Addr
	depth, helo := 0, false
	start := -1
	for i := 0; i <= len(from); i++ {
		c := byte(' ')
		if i < len(from) {
			c = from[i]
		}
		if c == '.' || c == ':' || isDigit(c) || c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-' || c == '%' {
			if start < 0 {
				start = i
			}
			continue
		}
		if start >= 0 {
			token := from[start:i]
			start = -1
			if isName(token, "helo") || isName(token, "ehlo") {
				helo = true
			} else if a, ok := parseAddr(token); ok {
				switch {
				case depth > 0 && !helo:
					return a
				case !said.IsValid() && depth == 0:
					said = a
				}
				helo = false
			} else if c == ' ' || c == '\t' {
				helo = false
			}
		}
		switch c {
		case '(':
			depth++
			helo = false
		case ')':
			depth = max(0, depth-1)
			helo = false
		}
	}
	return said
}

// parseAddr reads an address as it stands in Received: with or without the
// tag of an address literal (RFC 5321 §4.1.3).
func parseAddr(s string) (netip.Addr, bool) {
	if len(s) > 5 && isName(s[:5], "ipv6:") {
		s = s[5:]
	}
	s = strings.TrimRight(s, ".:")
	if len(s) < 3 || strings.IndexByte(s, '.') < 0 && strings.IndexByte(s, ':') < 0 {
		return netip.Addr{}, false
	}
	if last := s[len(s)-1] | 0x20; !isDigit(s[len(s)-1]) && (last < 'a' || last > 'f') && !strings.Contains(s, "::") {
		return netip.Addr{}, false // a host name: no need to try
	}
	a, err := netip.ParseAddr(s)
	if err != nil || a.Zone() != "" {
		return netip.Addr{}, false
	}
	return a.Unmap(), true
}
