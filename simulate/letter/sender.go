package letter

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// Address is a mailbox with its display name.
type Address struct{ Name, Email string }

// senderForm is one way in which a sender stands to the one that a letter is
// from, or claims to be from.
type senderForm struct {
	hostile bool
	route   route
	make    func(c *casting) (from, replyTo Address)
	auth    auth
}

// casting is what a sender is drawn from.
type casting struct {
	r     *rand.Rand
	scene *Scene
	brand Brand
	named string  // the brand's name in the letter's language
	who   Address // an invented person of the letter's language; the address is only a local part
}

// auth is what the receiver says of a sender.
type auth struct{ spf, dkim, dmarc string }

var (
	passes = auth{"pass", "pass", "pass"}
	spoofs = auth{"softfail", "none", "fail"}
	bare   = auth{"pass", "none", "bestguesspass"} // no signature, no policy
)

// senders are the forms by name. Hostile ones authenticate with their own
// domain, as most real phish does; only spoof does not.
var senders = map[string]senderForm{
	// Freemail: local parts with a hyphen and digits, which gmail.com does not give out.
	"freemail": {true, viaFreemail, func(c *casting) (Address, Address) {
		desk := pick(c.r, []string{"hr", "talent", "careers", "office", "desk", "contact"})
		return Address{c.titled(), fmt.Sprintf("%s-%s-%04d@%s", c.who.Email, desk, c.r.IntN(10000), c.freemail())}, Address{}
	}, passes},
	"lookalike": {true, viaPostfix, func(c *casting) (Address, Address) {
		return Address{c.titled(), c.who.Email + "@" + c.lookalike()}, Address{}
	}, passes},
	"lookalike_desk": {true, viaPostfix, func(c *casting) (Address, Address) {
		return Address{c.named, pick(c.r, []string{"info", "no-reply", "notification", "secretariat", "service"}) + "@" + c.lookalike()}, Address{}
	}, passes},
	"esp": {true, viaESP, func(c *casting) (Address, Address) {
		return Address{c.titled(), c.who.Email + "@" + c.token() + pick(c.r, []string{"-mail", "-news", "-connect"}) + ".example"},
			Address{"", fmt.Sprintf("%s-%04d@%s", c.who.Email, c.r.IntN(10000), c.freemail())}
	}, passes},
	"university": {true, viaM365, func(c *casting) (Address, Address) {
		return Address{c.who.Name, c.who.Email + "@" + pick(c.r, []string{"northvale-university", "uni-harlingen", "univ-belcastel", "kestrel-college", "saraswati-institute", "hanbit-univ"}) + ".example"},
			Address{c.titled(), fmt.Sprintf("%s-%04d@%s", c.who.Email, c.r.IntN(10000), c.freemail())}
	}, passes},
	"spoof": {true, viaBot, func(c *casting) (Address, Address) {
		return Address{c.named, c.brand.Mailbox + "@" + c.brand.Domain}, Address{c.named, fmt.Sprintf("%s-desk-%04d@%s", c.token(), c.r.IntN(10000), c.freemail())}
	}, spoofs},
	"hacked": {true, viaM365, func(c *casting) (Address, Address) {
		return Address{c.named, c.who.Email + "@" + business(c.r) + ".example"}, Address{}
	}, passes},
	"random": {true, viaBot, func(c *casting) (Address, Address) {
		return Address{c.named, pick(c.r, []string{"info", "noreply", "support", "no-reply", "service", "account", "team", "mail", "contact", "update"}) + "@" + randomDomain(c.r)}, Address{}
	}, bare},
	"random_esp": {true, viaESP, func(c *casting) (Address, Address) {
		return Address{c.named, pick(c.r, []string{"info", "newsletter", "deals", "hello", "reply", "msg"}) + "@" + randomDomain(c.r)}, Address{}
	}, passes},
	"crook": {true, viaFreemail, func(c *casting) (Address, Address) {
		from := fmt.Sprintf("%s-%04d@%s", c.who.Email, c.r.IntN(10000), c.freemail())
		return Address{c.who.Name, from}, Address{c.who.Name, fmt.Sprintf("%s-private-%03d@%s", c.who.Email, c.r.IntN(1000), c.freemail())}
	}, passes},
	"crook_hacked": {true, viaBot, func(c *casting) (Address, Address) {
		return Address{c.who.Name, pick(c.r, []string{"info", "sales", "admin", "web"}) + "@" + business(c.r) + ".example"},
			Address{"", fmt.Sprintf("%s-%04d@%s", c.who.Email, c.r.IntN(10000), c.freemail())}
	}, bare},
	"desk": {true, viaPostfix, func(c *casting) (Address, Address) {
		own := strings.TrimSuffix(c.scene.Org.Domain, ".example")
		return Address{pick(c.r, []string{"IT Service Desk", "IT Helpdesk " + c.scene.Org.Name, c.scene.Org.Name, "Mail Administrator"}),
			pick(c.r, []string{"helpdesk", "it", "service", "no-reply"}) + "@" + pick(c.r, []string{own + "-it", own + "-helpdesk", "portal-" + own, own + "-support"}) + ".example"}, Address{}
	}, passes},
	"hacked_desk": {true, viaM365, func(c *casting) (Address, Address) {
		return Address{pick(c.r, []string{"IT Service Desk", c.scene.Org.Name + " IT", "Webmail Team"}), c.who.Email + "@" + business(c.r) + ".example"}, Address{}
	}, passes},
	"freemail_desk": {true, viaFreemail, func(c *casting) (Address, Address) {
		return Address{pick(c.r, []string{"Human Resources", c.scene.Org.Name + " HR", "IT Desk"}), fmt.Sprintf("hr-desk-%05d@%s", c.r.IntN(100000), c.freemail())}, Address{}
	}, passes},
	"taken_colleague": {true, viaInternal, func(c *casting) (Address, Address) { return c.scene.Colleague, Address{} }, passes},
	"thread_lookalike": {true, viaPostfix, func(c *casting) (Address, Address) {
		local, domain, _ := strings.Cut(c.scene.Partner.Email, "@")
		return Address{c.scene.Partner.Name, local + "@" + nearly(c.r, strings.TrimSuffix(domain, ".example")) + ".example"}, Address{}
	}, passes},

	// Genuine senders.
	"genuine": {false, viaESP, func(c *casting) (Address, Address) {
		return Address{c.named, c.brand.Mailbox + "@" + c.brand.Domain}, Address{}
	}, passes},
	"person": {false, viaM365, func(c *casting) (Address, Address) {
		return Address{c.titled(), c.who.Email + "@" + c.brand.Domain}, Address{}
	}, passes},
	// ats and ats_person write through an applicant system, which is who signs.
	"ats": {false, viaESP, func(c *casting) (Address, Address) {
		return Address{c.named + " Recruiting", "no-reply@" + pick(c.r, []string{"us.greenhouse-mail.io", "myworkday.com", "hire.lever.co"})}, Address{}
	}, passes},
	"ats_person": {false, viaESP, func(c *casting) (Address, Address) {
		return Address{c.titled(), c.who.Email + "@" + c.brand.Domain}, Address{}
	}, passes},
	"own": {false, viaInternal, func(c *casting) (Address, Address) {
		return Address{pick(c.r, []string{"IT Service Desk", "Human Resources", "Facilities", "Communications", c.scene.Org.Name}), pick(c.r, []string{"it", "hr", "facilities", "news", "servicedesk", "noreply"}) + "@" + c.scene.Org.Domain}, Address{}
	}, passes},
	"own_it": {false, viaInternal, func(c *casting) (Address, Address) {
		return Address{pick(c.r, []string{"IT Service Desk", "IT Helpdesk", "IT Operations"}), pick(c.r, []string{"it", "servicedesk", "helpdesk"}) + "@" + c.scene.Org.Domain}, Address{}
	}, passes},
	"forwarded": {false, viaInternal, func(c *casting) (Address, Address) { return c.scene.To, Address{} }, passes}, // made by vary
	"colleague": {false, viaInternal, func(c *casting) (Address, Address) { return c.scene.Colleague, Address{} }, passes},
	"partner":   {false, viaM365, func(c *casting) (Address, Address) { return c.scene.Partner, Address{} }, passes},
	"shop": {false, viaESP, func(c *casting) (Address, Address) {
		b := business(c.r)
		return Address{title(b), pick(c.r, []string{"hello", "news", "orders", "no-reply", "service", "team"}) + "@" + pick(c.r, []string{"", "mail.", "e.", "news."}) + b + ".example"}, Address{}
	}, passes},
	"friend": {false, viaFreemail, func(c *casting) (Address, Address) {
		return Address{c.who.Name, fmt.Sprintf("%s-%02d@%s", c.who.Email, c.r.IntN(100), c.freemail())}, Address{}
	}, passes},
	"list": {false, viaList, func(c *casting) (Address, Address) {
		host := pick(c.r, []string{"gmail.com", business(c.r) + ".example", business(c.r) + ".example", c.scene.Org.Domain})
		if host == "gmail.com" {
			return Address{c.who.Name, fmt.Sprintf("%s-%02d@gmail.com", c.who.Email, c.r.IntN(100))}, Address{}
		}
		return Address{c.who.Name, c.who.Email + "@" + host}, Address{}
	}, auth{"pass", "pass", "none"}},
	"friend_list": {false, viaList, func(c *casting) (Address, Address) {
		return Address{c.who.Name, c.who.Email + "@" + business(c.r) + ".example"}, Address{}
	}, auth{"pass", "pass", "none"}},
	"genuine_shop": {false, viaESP, func(c *casting) (Address, Address) {
		b := business(c.r)
		return Address{title(b), "no-reply@" + b + ".example"}, Address{}
	}, passes},
	"genuine_health": {false, viaESP, func(c *casting) (Address, Address) {
		return Address{"Grants Office", "grants@" + pick(c.r, []string{"health-foundation.example", "science-fund.example"})}, Address{}
	}, passes},
	"forge": {false, viaPostfix, func(c *casting) (Address, Address) {
		return Address{c.who.Name, pick(c.r, []string{"notifications", "ci", "gerrit", "bugzilla", "noreply"}) + "@" + pick(c.r, []string{"forge.example", "review.forge.example", "ci.buildfarm.example", "tracker.example"})}, Address{}
	}, passes},
	"daemon": {false, viaPostfix, func(c *casting) (Address, Address) {
		return Address{"Mail Delivery Subsystem", "MAILER-DAEMON@" + "mx." + pick(c.r, []string{business(c.r) + ".example", c.scene.Org.Domain})}, Address{}
	}, bare},
}

// titled is the person, as a sender from a company shows: alone or with it.
func (c *casting) titled() string {
	if c.named == "" {
		return c.who.Name
	}
	switch c.r.IntN(4) {
	case 0:
		return c.who.Name + " | " + c.named
	case 1:
		return c.who.Name + " (" + c.named + ")"
	case 2:
		return c.who.Name + ", " + c.named
	}
	return c.who.Name
}

func (c *casting) freemail() string {
	return pick(c.r, []string{"gmail.com", "gmail.com", "outlook.com", "protonmail.com"})
}

// token is the first label of the brand's domain.
func (c *casting) token() string {
	t, _, _ := strings.Cut(c.brand.Domain, ".")
	if t == "" {
		return business(c.r)
	}
	return t
}

// lookalike is a name under .example that reads like the brand's own.
func (c *casting) lookalike() string {
	t := c.token()
	var words []string
	switch c.brand.Class {
	case "health":
		words = []string{"health", "covid19", "int", "donations", "guidance", "response"}
	case "login":
		words = []string{"login", "secure", "account", "notice", "files"}
	default:
		words = []string{"careers", "jobs", "talent", "hr", "recruitment"}
	}
	w := pick(c.r, words)
	return pick(c.r, []string{t + "-" + w, w + "-" + t, t + w, strings.ReplaceAll(c.brand.Domain, ".", "-"), c.brand.Domain + "." + w + "-portal", nearly(c.r, t)}) + ".example"
}

// nearly changes a name so that the eye passes over it.
func nearly(r *rand.Rand, name string) string {
	type swap struct{ old, with string }
	var fits []swap
	for _, s := range []swap{{"m", "rn"}, {"l", "1"}, {"o", "0"}, {"i", "l"}, {"w", "vv"}, {"e", "3"}, {"a", "aa"}, {"n", "nn"}} {
		if strings.Contains(name, s.old) {
			fits = append(fits, s)
		}
	}
	if len(fits) == 0 || len(name) < 4 {
		return name + "-int"
	}
	s := pick(r, fits)
	return strings.Replace(name, s.old, s.with, 1)
}

// business is the first label of an invented company's domain.
func business(r *rand.Rand) string {
	return pick(r, []string{"north", "blue", "oak", "river", "alpine", "cedar", "harbor", "silver", "maple", "stone", "bright", "granite", "summit", "coastal", "prairie", "lumen", "vector", "delta", "orchid", "amber"}) +
		pick(r, []string{"wood", "line", "field", "works", "gate", "point", "bridge", "crest", "forge", "labs", "mark", "path", "hill", "stack", "supply", "market", "data", "freight", "print", "energy"})
}

// randomDomain is a name of the kind that is registered for a day.
func randomDomain(r *rand.Rand) string {
	word := func() string {
		return pick(r, []string{"secure", "portal", "update", "mail", "online", "service", "verify", "cloud", "web", "store", "promo", "gift", "deal", "health", "trust", "info", "alert", "track", "view", "pay"})
	}
	switch r.IntN(5) {
	case 0:
		return fmt.Sprintf("%s-%s-%s%d.example", word(), word(), letters(r, 3), r.IntN(100))
	case 1:
		return fmt.Sprintf("%s%d.example", letters(r, 8), r.IntN(1000))
	case 2:
		return fmt.Sprintf("%s.%s-%s.example", letters(r, 6), word(), word())
	case 3:
		return fmt.Sprintf("%s.%s.example", letters(r, 10), business(r))
	}
	return fmt.Sprintf("%s%s.example", business(r), word())
}

func letters(r *rand.Rand, n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "abcdefghijklmnopqrstuvwxyz"[r.IntN(26)]
	}
	return string(b)
}

func title(s string) string {
	if s == "" {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}

func pick[T any](r *rand.Rand, of []T) T { return of[r.IntN(len(of))] }
