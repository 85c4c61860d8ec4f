package auth

import (
	"net/netip"
	"strconv"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// google is the one receiver known to write its results below its own trace
// field and not above it.
const google = "mx.google.com"

// exchangeOnlineNetworks are those within which Exchange Online hands a mail
// on after it came in. Those from which it sends to others
// (outbound.protection.outlook.com) are no part of it: every tenant, also an
// attacker's, sends from there.
var exchangeOnlineNetworks = []netip.Prefix{
	netip.MustParsePrefix("2603:1000::/24"),
}

// trace is what the Received fields say, read from the top: each was written
// by the host above it in the chain, and is worth believing as long as all
// those above it were written by own hosts.
type trace struct {
	sender      netip.Addr // of the first host that is not ours
	helo        string     // what it said it is
	by          string     // the own host that took the mail from it
	border      bool       // there is such a hop
	borderField int        // where its Received field stands in the header; beyond the end if there is none
	header      []mail.Field
}

// readTrace finds the first hop from outside.
func readTrace(m *mail.Message, own []netip.Prefix) trace {
	t := trace{borderField: len(m.Header), header: m.Header}
	for _, h := range m.Hops {
		if !h.Addr.IsValid() || isOwn(h.Addr, own) {
			continue // handed on within one host or the own network
		}
		t.sender, t.helo, t.by, t.border, t.borderField = h.Addr, h.From, h.By, true, h.Field
		break
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
	if by != google || t.by != google {
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

// maxInstances is how often a mail may be sealed: RFC 8617 §4.2.1.
const maxInstances = 50

// readARC takes what a configured sealer said before the mail was handed on,
// where the own receiver found the chain good: RFC 8617. It speaks only where
// the own receiver's verdict is a failure, which is what forwarding does.
//
// Only the newest set counts, by its number and not by its place: a good chain
// of an attacker may hold older sets that were taken from another mail. Sets
// above the border are those of the own receiver.
func (c *check) readARC() {
	sealers, results := map[int]string{}, map[int]statements{}
	newest := 0
	for at, f := range c.m.Header {
		if c.trace.border && at < c.trace.borderField {
			continue
		}
		switch strings.ToLower(f.Name) {
		case "arc-seal":
			tags := parseTags(f.Value)
			i, err := strconv.Atoi(tags["i"])
			if _, twice := sealers[i]; twice || err != nil || i < 1 || i > maxInstances {
				return
			}
			sealers[i] = strings.ToLower(tags["d"])
			newest = max(newest, i)
		case "arc-authentication-results":
			set, rest, _ := strings.Cut(f.Value, ";")
			number, found := strings.CutPrefix(strings.Join(strings.Fields(set), ""), "i=")
			i, err := strconv.Atoi(number)
			if _, twice := results[i]; twice || !found || err != nil || i < 1 || i > maxInstances {
				return
			}
			results[i] = parseResults(rest)
		}
	}
	sealer := sealers[newest]
	trusted := named(c.opt.Sealers, sealer)
	for _, st := range results[newest].results {
		c.say("arc:"+sealer, st, trusted)
		if !trusted || st.method != "dmarc" || st.result != "pass" || c.res.Auth.DMARC == mail.AuthPass {
			continue
		}
		if about := domainOf(st.prop("header.from")); about == "" || sameOrganisation(about, c.from) {
			c.res.Auth.DMARC, c.res.Auth.By = mail.AuthPass, "arc:"+sealer
		}
	}
}
