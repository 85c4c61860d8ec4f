// Package auth says what is known of a mail's authentication: what receivers
// that are trusted wrote into its header, what a gateway's record says, what
// can be checked offline (DKIM body hashes), and, where a [Resolver] is given,
// what SPF, DKIM and DMARC give today.
//
// Everything below the header fields of the own receiver was written by the
// sender. So a statement counts only if its authserv-id is configured (RFC
// 8601 §5) and it stands above the trace field of the host that handed the
// mail in. What nobody trusted has said is unknown, and unknown never scores.
//
// Start with [Check].
package auth

import (
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/mail"
	"golang.org/x/net/publicsuffix"
)

// Options says whom to believe. With none of it set only DKIM body hashes are
// looked at.
type Options struct {
	// Receivers are the authserv-ids whose Authentication-Results are
	// believed: those of the own receivers and of nobody else. "*.example.org"
	// is any name below example.org. [ExchangeOnline] stands for the form
	// without an authserv-id that Exchange Online writes.
	Receivers []string

	// Sealers are the domains whose ARC seal is believed, where the own
	// receiver found the chain good: list servers, forwarding universities.
	Sealers []string

	// Networks are those of the own relays: the first host in the trace that
	// is in none of them handed the mail in. Private addresses are always own.
	Networks []netip.Prefix

	Resolver Resolver // nil: nothing is looked up
	SPF      SPF      // evaluates SPF with the resolver; nil: SPF is not evaluated
}

// ExchangeOnline is the name in [Options] for the receiver that writes none.
const ExchangeOnline = "exchange-online"

// SPF evaluates RFC 7208 check_host for the host addr, the envelope sender and
// the HELO name. It is a parameter because the library for it speaks package
// net; internal/maildns has it.
type SPF func(addr netip.Addr, helo, sender string, r Resolver) mail.Verdict

// Result is what is known of one mail.
type Result struct {
	Auth     mail.Auth
	SenderIP netip.Addr     // of the host that handed the mail in; invalid: not known
	Problems []mail.Problem // what is odd about signatures and statements

	// Forged are statements in the name of a configured receiver that stand
	// where only the sender can have put them, or that an earlier one
	// contradicts. An honest one is left over where a mail left the
	// organisation and came back.
	Forged []string

	Trail []Statement // everything that was said, believed or not, for people; at most 50
}

// Statement is one thing that somebody said about a mail's authentication.
type Statement struct {
	By      string // authserv-id, "own", "record", "" where it says none
	Method  string // spf, dkim, dmarc, arc, compauth ...
	Result  string // as written; attackers' text unless Trusted
	Detail  string // the domain it is about
	Trusted bool
}

const (
	maxTrail  = 50
	maxForged = 20
)

// Check judges a mail or record. It uses Header, Hops, Raw, Verdicts, From,
// ReturnPath, SenderIP, Time and Arrived of m, and changes nothing.
func Check(m *mail.Message, opt Options) Result {
	c := check{m: m, opt: opt}
	if len(m.From) > 0 {
		c.from = domainOf(m.From[0].Email)
	}
	c.res.SenderIP = m.SenderIP
	c.readRecord()
	c.readHeader()
	c.checkSignatures()
	c.checkOwn()
	c.align()
	return c.res
}

// check is the state of one Check.
type check struct {
	m     *mail.Message
	opt   Options
	from  string // domain of From, lower case
	trace trace

	spfDomain string       // that passed or was asked
	dkims     []dkimResult // of trusted statements or own verification
	res       Result
}

type dkimResult struct {
	verdict          mail.Verdict
	domain, selector string
}

// readRecord takes the verdicts of a gateway's log. The log is the gateway's
// own word and needs no authserv-id.
func (c *check) readRecord() {
	for _, f := range c.m.Verdicts {
		method := strings.ToLower(f.Name)
		switch method {
		case "spf", "dkim", "dmarc", "arc", "compauth":
		default:
			continue
		}
		st := statement{method: method, result: strings.ToLower(f.Value)}
		switch method {
		case "spf":
			st.props = []prop{{"smtp.mailfrom", c.m.ReturnPath}}
		case "dmarc":
			st.props = []prop{{"header.from", c.from}}
		}
		c.say("record", st, true)
		c.take("record", st)
	}
}

// readHeader takes what trusted receivers wrote.
func (c *check) readHeader() {
	c.trace = readTrace(c.m, c.ownNetworks())
	if !c.res.SenderIP.IsValid() {
		c.res.SenderIP = c.trace.sender
	}
	first := map[string]int{} // by authserv-id: how many Received stand above its topmost statement
	said := map[string]spoken{}
	arcPassed := false
	for _, s := range readStatements(c.m.Header) {
		by, known := c.receiver(s)
		trusted := known && c.trace.within(s, by)
		if hop, again := first[by]; trusted && again && s.hop > hop && (!c.trace.border || s.field > c.trace.borderField) {
			trusted = false
		}
		if known && !trusted {
			c.forged(by + ": " + s.text)
		}
		if _, again := first[by]; trusted && !again {
			first[by] = s.hop
		}
		for _, st := range s.results {
			key := by + " " + st.method
			earlier, again := said[key]
			ok := trusted && (!again || earlier.joined(st, s, c.trace.border))
			if trusted && !ok && earlier.result != st.result {
				c.forged(by + ": " + st.method + "=" + st.result + ", after " + earlier.result)
			}
			if ok {
				if !again {
					said[key] = spoken{st.result, s.field, s.hop}
				}
				arcPassed = arcPassed || st.method == "arc" && st.result == "pass"
				c.take(by, st)
			}
			c.say(by, st, ok)
		}
	}
	if arcPassed {
		c.readARC()
	}
}

// spoken is the topmost thing that a receiver said of a method.
type spoken struct {
	result     string
	field, hop int
}

// joined reports whether another result of the same receiver and method may
// stand beside that one. Only DKIM has several, one for each signature: within
// one field, or in fields that the same host wrote. Where the trace is lost
// the next field may be the sender's.
func (e spoken) joined(st statement, s statements, border bool) bool {
	return st.method == "dkim" && (s.field == e.field || border && s.hop == e.hop)
}

// receiver returns the name under which a statement's author is configured.
func (c *check) receiver(s statements) (name string, known bool) {
	name = s.id
	if name == "" {
		name = ExchangeOnline
	}
	return name, named(c.opt.Receivers, name)
}

// named reports whether a list of names and "*.suffix" patterns has name.
func named(list []string, name string) bool {
	name = strings.TrimSuffix(strings.ToLower(name), ".")
	for _, n := range list {
		n = strings.TrimSuffix(strings.ToLower(n), ".")
		if suffix, ok := strings.CutPrefix(n, "*."); ok {
			if strings.HasSuffix(name, "."+suffix) {
				return true
			}
		} else if n != "" && n == name {
			return true
		}
	}
	return false
}

// take folds a trusted result into what is known. The first that says
// anything of a method wins: fields are read from the top.
func (c *check) take(by string, st statement) {
	a := &c.res.Auth
	v := verdict(st.method, st.result)
	if v == mail.AuthUnknown {
		return
	}
	switch st.method {
	case "spf":
		if a.SPF != mail.AuthUnknown {
			return
		}
		a.SPF = v
		c.spfDomain = domainOf(st.prop("smtp.mailfrom"))
		if c.spfDomain == "" {
			c.spfDomain = domainOf(st.prop("smtp.helo"))
		}
	case "dkim":
		d := st.prop("header.d")
		if d == "" {
			d = domainOf(st.prop("header.i"))
		}
		c.dkims = append(c.dkims, dkimResult{v, strings.ToLower(d), st.prop("header.s")})
		a.DKIM = betterDKIM(a.DKIM, v)
	case "dmarc":
		if a.DMARC != mail.AuthUnknown {
			return
		}
		about := domainOf(st.prop("header.from"))
		if v == mail.AuthPass && about != "" && !sameOrganisation(about, c.from) {
			c.problem("auth_other_from", "the receiver checked the sender domain "+quote(about)+", but the sender shown is of "+quote(c.from))
			v = mail.AuthSoft
		}
		a.DMARC = v
	case "arc":
		if a.ARC == mail.AuthUnknown {
			a.ARC = v
		}
		return // says nothing of the sender, and is nobody's verdict on it
	default:
		return
	}
	if a.By == "" {
		a.By = by
	}
}

// betterDKIM folds the results of several signatures: one that passes is
// enough (RFC 6376 §6.1), and a failure says more than nothing.
func betterDKIM(a, b mail.Verdict) mail.Verdict {
	for _, v := range []mail.Verdict{mail.AuthPass, mail.AuthFail, mail.AuthSoft, mail.AuthNone} {
		if a == v || b == v {
			return v
		}
	}
	return mail.AuthUnknown
}

// verdict folds a result of RFC 8601 §2.7. DMARC's "bestguesspass" of Exchange
// Online means that the domain publishes no policy and would have passed.
func verdict(method, result string) mail.Verdict {
	switch result {
	case "pass":
		return mail.AuthPass
	case "fail", "hardfail":
		return mail.AuthFail
	case "none", "bestguesspass":
		return mail.AuthNone
	case "softfail", "neutral", "policy", "temperror", "permerror", "not passed", "tempfail", "permfail", "softpass":
		return mail.AuthSoft
	}
	return mail.AuthUnknown
}

// align says whether what passed belongs to the sender that is shown, and
// chooses the signature that is named.
func (c *check) align() {
	a := &c.res.Auth
	best := -1
	for i, d := range c.dkims {
		switch {
		case best < 0,
			d.verdict == mail.AuthPass && c.dkims[best].verdict != mail.AuthPass,
			d.verdict == mail.AuthPass && sameOrganisation(d.domain, c.from) && !sameOrganisation(c.dkims[best].domain, c.from):
			best = i
		}
	}
	if best >= 0 {
		a.DKIMDomain, a.DKIMSelector = c.dkims[best].domain, c.dkims[best].selector
		a.Aligned = c.dkims[best].verdict == mail.AuthPass && sameOrganisation(a.DKIMDomain, c.from)
	}
	a.Aligned = a.Aligned || a.SPF == mail.AuthPass && sameOrganisation(c.spfDomain, c.from) || a.DMARC == mail.AuthPass
	if len(c.m.From) > 1 {
		// RFC 7489 §6.6.1: which of them was checked is anybody's guess.
		a.Aligned = false
	}
}

func (c *check) say(by string, st statement, trusted bool) {
	if len(c.res.Trail) == maxTrail {
		return
	}
	detail := ""
	for _, name := range []string{"header.d", "header.i", "header.from", "smtp.mailfrom", "smtp.helo", "reason"} {
		if v := st.prop(name); v != "" {
			detail = v
			break
		}
	}
	c.res.Trail = append(c.res.Trail, Statement{cut(by), cut(st.method), cut(st.result), cut(detail), trusted})
}

func (c *check) forged(text string) {
	if len(c.res.Forged) < maxForged {
		c.res.Forged = append(c.res.Forged, cut(text))
	}
}

func (c *check) problem(code, text string) {
	for _, p := range c.res.Problems {
		if p.Code == code {
			return
		}
	}
	c.res.Problems = append(c.res.Problems, mail.Problem{Code: code, Text: text})
}

// at is the moment at which a signature must have been valid: when the mail
// came, so that the same mail is judged the same in ten years.
func (c *check) at() time.Time {
	if !c.m.Arrived.IsZero() {
		return c.m.Arrived
	}
	return c.m.Time
}

// domainOf returns what stands behind the last @, or a text without one, lower
// case.
func domainOf(address string) string {
	address = strings.Trim(strings.ToLower(strings.TrimSpace(address)), "<>")
	return strings.TrimSuffix(address[strings.LastIndexByte(address, '@')+1:], ".")
}

// sameOrganisation is relaxed alignment: RFC 7489 §3.1.
func sameOrganisation(a, b string) bool {
	a, b = strings.TrimSuffix(strings.ToLower(a), "."), strings.TrimSuffix(strings.ToLower(b), ".")
	return a != "" && b != "" && (a == b || organisation(a) == organisation(b))
}

// organisation returns the organisational domain, or the name itself where it
// has none, as a public suffix.
func organisation(domain string) string {
	if org, err := publicsuffix.EffectiveTLDPlusOne(domain); err == nil {
		return org
	}
	return domain
}

const maxShown = 200

// cut bounds a text that is shown.
func cut(s string) string {
	if len(s) > maxShown {
		s = s[:maxShown]
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

func quote(s string) string { return strconv.Quote(cut(s)) }
