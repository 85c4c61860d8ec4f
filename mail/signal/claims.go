package signal

import (
	"maps"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
)

// claims notes whom the mail claims to be from, held against its sender.
func (x *exam) claims() {
	from, domain := x.from()
	input := identity.Input{
		From: from, Sender: x.m.Sender, ReplyTo: x.m.ReplyTo, Subject: x.m.Subject,
		LookAlike: x.lookAlike, Visible: cut(x.text(), identity.MaxVisible), Signature: identity.SignatureOf(x.text()), Auth: x.f.Auth,
	}
	for _, im := range x.page.Images {
		if im.Alt != "" {
			input.Alts = append(input.Alts, im.Alt)
		}
	}
	for _, l := range x.f.Links {
		if !slices.Contains(input.Links, l.Host) {
			input.Links = append(input.Links, l.Host)
		}
	}
	x.f.Claims = x.ownClaims(x.e.Names.Claims(input), from, domain)

	strongest := map[string]mail.Claim{} // of those that are contradicted, by signal
	var genuine mail.Claim
	for _, c := range x.f.Claims {
		if c.Genuine {
			if c.Strength > genuine.Strength {
				genuine = c
			}
			continue
		}
		if c.Where == "link" {
			continue // lookalike_link says so
		}
		if id := claimSignal(c.Class); c.Strength > strongest[id].Strength {
			strongest[id] = c
		}
	}
	// A mail that is genuinely from somebody may speak of others: of partners,
	// of customers, of whom the news is about. What stands in its name or
	// domain still counts.
	if genuine.Strength > 0 {
		maps.DeleteFunc(strongest, func(_ string, c mail.Claim) bool {
			return c.Where != "display_name" && c.Where != "reply_to" && c.Where != "domain" && c.Where != "address"
		})
	}
	for _, id := range listed(strongest) {
		x.note(id, strongest[id].Strength, strongest[id].As)
	}
	switch left := x.answersLeave(); {
	case genuine.Strength == 0:
	case left != "":
		x.note(left, 1, genuine.As)
	default:
		x.note("genuine_identity", genuine.Strength, genuine.As)
	}
	if hit, ok := x.lookAlike(domainOf(from.Email)); ok {
		x.note("lookalike_sender", likeness(hit), domainOf(from.Email)+" for "+hit.Domain)
	}
	x.lookalikeOfOthers(domain)
	for _, l := range x.f.Links {
		if l.Domain == domain {
			continue
		}
		if hit, ok := x.lookAlike(l.Host); ok {
			x.note("lookalike_link", likeness(hit), l.Host+" for "+hit.Domain)
			break
		}
	}
}

// likeness is the value of a look-alike: of a short or ordinary name somebody
// honest may well bear one that is like it.
func likeness(hit identity.Hit) float64 {
	if hit.Weak {
		return .4
	}
	return 1
}

// lookAlike asks the table of names once for each host of the mail.
func (x *exam) lookAlike(host string) (identity.Hit, bool) {
	if hit, ok := x.looks[host]; ok {
		return hit, hit.Domain != ""
	}
	hit, _ := x.e.Names.LookAlike(host)
	if x.looks == nil {
		x.looks = map[string]identity.Hit{}
	}
	x.looks[host] = hit
	return hit, hit.Domain != ""
}

// answersLeave returns the signal that a mail from the domain of an authority or
// an employer, which nobody has proved, wants its answers at a free mailbox. That
// is what is left to whoever writes another's address into From. Services with
// accounts are not meant, nor those that write for an employer: they pass on
// what their customers write.
func (x *exam) answersLeave() string {
	if x.f.Auth.Aligned || x.f.ReplyTo == "" || !identity.Freemail(domainOf(x.f.ReplyTo)) {
		return ""
	}
	for _, c := range x.f.Claims {
		if !c.Genuine || c.Where != "domain" {
			continue
		}
		switch claimSignal(c.Class) {
		case "claims_health_authority":
			return "genuine_answers_leave"
		case "claims_recruiter":
			return "employer_answers_leave"
		}
	}
	return ""
}

// lookalikeOfOthers notes that the sender's domain is made to look like the
// recipient's own, or like one that takes part in the conversation.
func (x *exam) lookalikeOfOthers(domain string) {
	if domain == "" || identity.Freemail(domain) || slices.Contains(x.house(), domain) {
		return
	}
	for _, own := range x.house() {
		switch how := identity.Alike(domain, own); how {
		case "":
		case identity.TLDSwap: // or a branch of theirs
			x.note("lookalike_own", .5, domain+" for "+own)
			return
		default:
			x.imitates = true
			x.note("lookalike_own", 1, domain+" for "+own)
			return
		}
	}
	for _, other := range x.conversation() {
		switch identity.Alike(domain, other) {
		case identity.Homoglyph, identity.Typo, identity.Hyphen, identity.Glued:
			x.imitates = true
			x.note("lookalike_thread", 1, domain+" for "+other)
			return
		}
	}
}

// conversation lists the domains of who took part before, as the mail itself
// tells: its other recipients, the ids that it refers to, what it quotes.
func (x *exam) conversation() []string {
	var domains []string
	add := func(address string) {
		if d := identity.Registrable(domainOf(strings.ToLower(address))); d != "" && len(domains) < mail.MaxRecipients && !identity.Freemail(d) && !slices.Contains(domains, d) {
			domains = append(domains, d)
		}
	}
	for _, list := range [][]mail.Address{x.m.To, x.m.Cc} {
		for _, a := range list {
			add(a.Email)
		}
	}
	for _, list := range [][]string{x.m.InReplyTo, x.m.References} {
		for _, id := range list {
			add(id)
		}
	}
	if x.page.Quoted {
		eachAddress(x.page.Visible, func(a string) bool { add(a); return true })
	}
	return domains
}

// claimSignal returns the signal of a contradicted claim of a class.
func claimSignal(class string) string {
	switch class {
	case "health_authority", "health_body", "ministry":
		return "claims_health_authority"
	case "pharma", "recruiter", "employer":
		return "claims_recruiter"
	case "login_brand":
		return "claims_login_brand"
	case "own":
		return "claims_own"
	case "own_function":
		return "claims_own_function"
	case "person":
		return "claims_person"
	}
	return "claims_brand"
}

// freemailInBody returns an address at a free mailbox that the mail asks to
// write to and that is not its sender's.
func (x *exam) freemailInBody() string {
	for _, a := range x.page.Mailtos {
		if identity.Freemail(domainOf(a)) && a != x.f.From.Email {
			return a
		}
	}
	found := ""
	eachAddress(x.text(), func(a string) bool {
		if identity.Freemail(domainOf(a)) && a != x.f.From.Email {
			found = a
		}
		return found == ""
	})
	return found
}

// eachAddress calls yield with the first twenty mail addresses of a text, lower
// case, until it returns false.
func eachAddress(text string, yield func(string) bool) {
	for range 20 {
		at := strings.IndexByte(text, '@')
		if at < 0 {
			return
		}
		from := strings.LastIndexFunc(text[:at], notAddress) + 1
		to := strings.IndexFunc(text[at+1:], notAddress)
		if to < 0 {
			to = len(text) - at - 1
		}
		if from < at && to > 0 && !yield(strings.ToLower(strings.TrimRight(text[from:at+1+to], "."))) {
			return
		}
		text = text[at+1:]
	}
}

func notAddress(r rune) bool {
	return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == '_' || r == '+')
}
