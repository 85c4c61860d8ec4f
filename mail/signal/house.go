package signal

import (
	"slices"
	"strings"
	"unicode"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
)

// house lists the registrable domains of those who received the mail: what is
// known of the own organisation even where no file names it. Envelope
// recipients are believed before the header, which the sender wrote. A mail
// that is passed on was received by who passes it on.
func (x *exam) house() []string {
	if x.domains != nil {
		return x.domains
	}
	x.domains = []string{}
	add := func(address string) {
		if d := identity.Registrable(domainOf(strings.ToLower(address))); d != "" && len(x.domains) < 8 && !identity.Freemail(d) && !slices.Contains(x.domains, d) {
			x.domains = append(x.domains, d)
		}
	}
	for _, a := range x.m.DeliveredTo {
		add(a)
	}
	if x.forwarded {
		add(x.f.From.Email)
	}
	if len(x.domains) == 0 {
		for _, list := range [][]mail.Address{x.m.To, x.m.Cc} {
			for _, a := range list {
				add(a.Email)
			}
		}
	}
	return x.domains
}

// ownClaims adds to the claims what follows from the house: whoever writes from
// it may speak as one of its desks, and whoever bears its name from outside
// claims to be it.
func (x *exam) ownClaims(claims []mail.Claim, from mail.Address, domain string) []mail.Claim {
	inside := slices.Contains(x.house(), domain) && x.f.Auth.DMARC != mail.AuthFail
	for i := range claims {
		if claims[i].Class == "own_function" && inside {
			claims[i].Genuine = true
		}
	}
	if inside {
		return claims
	}
	if at := addressIn(from.Name); at != "" && slices.Contains(x.house(), identity.Registrable(domainOf(strings.ToLower(at)))) {
		return append(claims, mail.Claim{Identity: "domain:" + identity.Registrable(domainOf(strings.ToLower(at))), Class: "own", Where: "display_name", As: cut(from.Name, maxDetail), Strength: .9})
	}
	for _, own := range x.house() {
		label, _, _ := strings.Cut(own, ".")
		if s := bears(from.Name, label); s > 0 {
			return append(claims, mail.Claim{Identity: "domain:" + own, Class: "own", Where: "display_name", As: cut(from.Name, maxDetail), Strength: s})
		}
	}
	return claims
}

// bears says how much a display name claims to be the house whose domain's
// label is given: .9 if the name and words such as support are all there is of
// it, .4 if somebody adds it to his own name, as people do in private mail, 0
// if it is not there. A short label counts only as a word in capitals beside
// such words.
func bears(name, label string) float64 {
	words := strings.FieldsFunc(cut(name, 200), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	label = strings.ReplaceAll(label, "-", "")
	if len(label) < 3 {
		return 0
	}
	same := identity.Skeleton(label)
	for i := range words {
		joined := ""
		for j := i; j < len(words) && len(joined) < len(label); j++ {
			joined += words[j]
			if len(joined) < len(label) || identity.Skeleton(joined) != same {
				continue
			}
			rest := slices.Concat(words[:i], words[j+1:])
			roles := !slices.ContainsFunc(rest, func(w string) bool { return !identity.Role(w) })
			switch {
			case len(label) < 6:
				if roles && len(rest) > 0 && joined == strings.ToUpper(joined) {
					return .9
				}
			case roles:
				return .9
			default:
				return .4
			}
		}
	}
	return 0
}
