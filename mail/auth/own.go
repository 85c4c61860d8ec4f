package auth

import (
	"errors"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// checkOwn evaluates SPF and DMARC where a resolver is given and no trusted
// receiver has said anything of them. DNS of today speaks of mail of the past
// only as far as the domain has not changed its records since.
func (c *check) checkOwn() {
	if c.opt.Resolver == nil {
		return
	}
	if c.opt.SPF != nil && !c.said("spf") && c.res.SenderIP.IsValid() && c.m.ReturnPath != "" {
		sender := c.m.ReturnPath
		if sender == "<>" {
			sender = "" // RFC 7208 §2.4: the HELO name stands for it
		}
		domain := domainOf(sender)
		if domain == "" {
			domain = domainOf(c.trace.helo)
		}
		v := c.opt.SPF(c.res.SenderIP, c.trace.helo, sender, c.opt.Resolver)
		c.own(statement{method: "spf", result: word(v), props: []prop{{"smtp.mailfrom", domain}}}, v)
	}
	if !c.said("dkim") && len(c.m.Raw) > 0 && !c.has("DKIM-Signature") {
		c.own(statement{method: "dkim", result: "none"}, mail.AuthNone)
	}
	if !c.said("dmarc") && c.from != "" && len(c.m.From) == 1 {
		v := c.dmarc()
		c.own(statement{method: "dmarc", result: word(v), props: []prop{{"header.from", c.from}}}, v)
	}
}

// said reports whether somebody else who is trusted has spoken of a method.
func (c *check) said(method string) bool {
	for _, s := range c.res.Trail {
		if s.Trusted && s.By != "own" && s.Method == method && !strings.HasPrefix(s.By, "arc:") &&
			verdict(method, s.Result) != mail.AuthUnknown {
			return true
		}
	}
	return false
}

// own adds a result of our own.
func (c *check) own(st statement, v mail.Verdict) {
	if v == mail.AuthUnknown {
		return
	}
	c.say("own", st, true)
	c.take("own", st)
}

// word is the inverse of [verdict].
func word(v mail.Verdict) string {
	switch v {
	case mail.AuthNone:
		return "none"
	case mail.AuthPass:
		return "pass"
	case mail.AuthFail:
		return "fail"
	case mail.AuthSoft:
		return "neutral"
	}
	return ""
}

// dmarc evaluates RFC 7489 §6.6.2 with what is known of SPF and DKIM, whoever
// said it. It is unknown while one of them is, unless the other one passes.
func (c *check) dmarc() mail.Verdict {
	policy, err := lookupPolicy(c.opt.Resolver, c.from)
	if errors.Is(err, ErrNoRecord) {
		return mail.AuthNone
	}
	if err != nil {
		return mail.AuthUnknown
	}
	aligned := func(domain string, strict bool) bool {
		if strict {
			return domain == c.from
		}
		return sameOrganisation(domain, c.from)
	}
	a := c.res.Auth
	if a.SPF == mail.AuthPass && aligned(c.spfDomain, policy["aspf"] == "s") {
		return mail.AuthPass
	}
	for _, d := range c.dkims {
		if d.verdict == mail.AuthPass && aligned(d.domain, policy["adkim"] == "s") {
			return mail.AuthPass
		}
	}
	if a.SPF == mail.AuthUnknown || a.DKIM == mail.AuthUnknown {
		return mail.AuthUnknown
	}
	return mail.AuthFail
}

// lookupPolicy finds the DMARC record of a domain or its organisation: RFC 7489
// §6.6.3.
func lookupPolicy(r Resolver, domain string) (map[string]string, error) {
	names := []string{domain}
	if org := organisation(domain); org != domain {
		names = append(names, org)
	}
	for _, name := range names {
		texts, err := r.TXT("_dmarc." + name)
		if err != nil && !errors.Is(err, ErrNoRecord) {
			return nil, err
		}
		var found map[string]string
		n := 0
		for _, text := range texts {
			if tags := parseTags(text); tags["v"] == "DMARC1" {
				found = tags
				n++
			}
		}
		if n == 1 { // several are as none
			return found, nil
		}
	}
	return nil, ErrNoRecord
}
