package auth

import (
	"net/netip"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// google is the one receiver known to write its results below its own trace
// field and not above it.
const google = "mx.google.com"

// exchangeOnlineNetworks are those within which Exchange Online hands a mail
// on: the mail-flow ranges of learn.microsoft.com/microsoft-365/enterprise/urls-and-ip-address-ranges
// and the datacentre range of its internal hops.
var exchangeOnlineNetworks = []netip.Prefix{
	netip.MustParsePrefix("2603:1000::/24"),
	netip.MustParsePrefix("2a01:111:f400::/48"),
	netip.MustParsePrefix("2a01:111:f403::/48"),
}

// trace is what the Received fields say, read from the top: each was written
// by the host above it in the chain, and is worth believing as long as all
// those above it were written by own hosts.
type trace struct {
	sender      netip.Addr // of the first host that is not ours
	helo        string     // what it said it is
	by          string     // the own host that took the mail from it
	border      int        // number of that Received field, from 1; 0: there is none
	borderField int        // its position in the header; beyond the end if there is none
	header      []mail.Field
}

// readTrace finds the first hop from outside.
func readTrace(header []mail.Field, own []netip.Prefix) trace {
	t := trace{borderField: len(header), header: header}
	hop := 0
	for i, f := range header {
		if !strings.EqualFold(f.Name, "Received") {
			continue
		}
		hop++
		if hop > 100 { // RFC 5321 §6.3: a loop, or a flood
			break
		}
		r := parseReceived(f.Value)
		if !r.addr.IsValid() || isOwn(r.addr, own) {
			continue // handed on within one host or the own network
		}
		t.sender, t.helo, t.by, t.border, t.borderField = r.addr, r.helo, r.by, hop, i
		return t
	}
	return t
}

// within reports whether a statement stands where only own hosts write: above
// the trace field of the first hop from outside, or for Google directly below
// it. Without any such hop nothing says where the sender's part begins: the
// file lost its trace, and what stands above the first Received is taken.
func (t trace) within(s statements, by string) bool {
	if s.field < t.borderField {
		return true
	}
	if by != google || s.hop != t.border || t.by != google {
		return false
	}
	results := 0
	for _, f := range t.header[t.borderField+1 : s.field] {
		switch strings.ToLower(f.Name) {
		case "received-spf", "return-path":
		case "authentication-results":
			results++
		default:
			return false
		}
	}
	return results == 0 || s.spf && results == 1
}

func isOwn(a netip.Addr, own []netip.Prefix) bool {
	if a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() {
		return true
	}
	for _, p := range own {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

func (c *check) ownNetworks() []netip.Prefix {
	if !named(c.opt.Receivers, ExchangeOnline) {
		return c.opt.Networks
	}
	return append(append([]netip.Prefix{}, exchangeOnlineNetworks...), c.opt.Networks...)
}

// received is one trace field: RFC 5321 §4.4, as it is written in the field.
type received struct {
	helo string // what the sender called itself
	addr netip.Addr
	by   string
}

// parseReceived reads who gave the mail and who took it. Of the addresses in
// the from clause, the one in brackets in the comment is what the taking host
// saw (Postfix, Sendmail, Google); then a bare one in a comment (Exchange,
// qmail); then one in brackets in place of the name (Exim). What the sender
// said of itself (HELO, certificate names in quotes) is passed over.
func parseReceived(value string) (r received) {
	value = value[:min(len(value), maxValue)]
	var inBrackets, bare, outside netip.Addr
	depth, bracket, clause := 0, false, ""
	heloNext := false
	for pos := 0; pos < len(value); {
		switch c := value[pos]; c {
		case '(':
			depth++
			pos++
			continue
		case ')':
			depth = max(depth-1, 0)
			heloNext = false
			pos++
			continue
		case '[':
			bracket = true
			pos++
			continue
		case ']':
			bracket = false
			pos++
			continue
		case '"':
			end := strings.IndexByte(value[pos+1:], '"')
			if end < 0 {
				return r
			}
			pos += end + 2
			continue
		case ';':
			if depth == 0 {
				pos = len(value)
				continue
			}
			pos++
			continue
		case ' ', '\t', '\r', '\n', ',':
			pos++
			continue
		}
		end := strings.IndexAny(value[pos:], "()[]\"; \t\r\n,")
		if end < 0 {
			end = len(value) - pos
		}
		word := value[pos : pos+end]
		pos += end
		lower := strings.ToLower(word)
		if depth == 0 {
			switch lower {
			case "from", "by", "with", "id", "for", "via":
				clause = lower
				continue
			}
			if clause == "by" && r.by == "" {
				r.by = strings.TrimSuffix(lower, ".")
			}
			if clause == "from" && r.helo == "" {
				r.helo = word
			}
		}
		if clause != "from" {
			continue
		}
		if depth > 0 && (lower == "helo" || lower == "ehlo") {
			heloNext = true
			continue
		}
		if heloNext || strings.HasPrefix(lower, "helo=") || strings.HasPrefix(lower, "ehlo=") {
			// "helo=[192.0.2.1]" goes on behind the bracket.
			heloNext = word == "helo=" || word == "ehlo="
			continue
		}
		a, err := netip.ParseAddr(strings.TrimPrefix(lower, "ipv6:"))
		if err != nil {
			continue
		}
		a = a.Unmap().WithZone("")
		switch {
		case depth > 0 && bracket && !inBrackets.IsValid():
			inBrackets = a
		case depth > 0 && !bracket:
			bare = a
		case depth == 0 && bracket && !outside.IsValid():
			outside = a
		}
	}
	for _, a := range []netip.Addr{outside, bare, inBrackets} {
		if a.IsValid() {
			r.addr = a
		}
	}
	return r
}

// readARC takes what a configured sealer said before the mail was handed on,
// where the own receiver found the chain good: RFC 8617. It speaks only where
// the own receiver's verdict is a failure, which is what forwarding does.
func (c *check) readARC() {
	sealer, instance := "", ""
	results := map[string]statements{}
	n := 0
	for _, f := range c.m.Header {
		switch strings.ToLower(f.Name) {
		case "arc-seal":
			tags := parseTags(f.Value)
			if sealer == "" { // the topmost is the youngest
				sealer, instance = strings.ToLower(tags["d"]), tags["i"]
			}
		case "arc-authentication-results":
			if n++; n > maxFields {
				return
			}
			i, rest, ok := strings.Cut(f.Value, ";")
			i = strings.TrimSpace(i)
			if _, twice := results[i]; ok && strings.HasPrefix(i, "i=") && !twice {
				results[strings.TrimPrefix(i, "i=")] = parseResults(rest)
			}
		}
	}
	s, ok := results[instance]
	if !ok || sealer == "" {
		return
	}
	trusted := named(c.opt.Sealers, sealer)
	for _, st := range s.results {
		c.say("arc:"+sealer, st, trusted)
		if !trusted || st.method != "dmarc" || st.result != "pass" || c.res.Auth.DMARC == mail.AuthPass {
			continue
		}
		if about := domainOf(st.prop("header.from")); about == "" || sameOrganisation(about, c.from) {
			c.res.Auth.DMARC, c.res.Auth.By = mail.AuthPass, "arc:"+sealer
		}
	}
}
