package identity

import (
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// displayName: who the reader is told the mail is from.
func (c *claimant) displayName(name string) {
	c.person(name)
	// "Anna via WHO list": what follows is a list or a service.
	before, after, via := strings.Cut(name, " via ")
	for part, factor := range map[string]float64{before: 1, after: 0.5} {
		if part == "" || factor < 1 && !via {
			continue
		}
		if local, domain, ok := strings.Cut(part, "@"); ok && Freemail(strings.Trim(domain, " >)\"'")) {
			part = local // an address in place of a name claims no provider
		}
		f := foldText(part, true)
		all := c.mentions(&f)
		for _, m := range all {
			rest := around(&f, m, all)
			c.mentioned(m, inDisplayName, part, factor*c.displayStrength(m, rest, part))
		}
		if len(all) == 0 {
			c.misspelt(part)
		}
	}
}

// misspelt: "Microsft Support". One edit in a long name that is no word.
func (c *claimant) misspelt(name string) {
	words := strings.Fields(Plain(name))
	for _, w := range words[:min(len(words), 8)] {
		f := foldLabel(w)
		if len(f) < 7 || len(f) > 40 || role(Skeleton(w)) {
			continue
		}
		if h, ok := c.edited(w, f, ""); ok && h.Distance == 1 {
			if own, _ := c.owner(h.Domain); own != nil && foldLabel(strings.ReplaceAll(Registrable(h.Domain), "-", ""))[0] == f[0] {
				c.claim(own[0], inDisplayName, name, 0.4, true)
			}
		}
	}
}

func (c *claimant) displayStrength(m mention, rest []string, name string) float64 {
	roles := 0
	for _, w := range rest {
		if role(w) {
			roles++
		}
	}
	only := roles == len(rest)
	switch m.how {
	case function:
		// "HR department" and nothing else is the reader's own; "Acme HR" is Acme's.
		switch {
		case !only:
			return 0
		case Freemail(c.host):
			return 0.7
		default:
			return 0.5
		}
	case distinct:
		switch {
		case len(rest) == 0:
			return 1
		case only:
			return 0.95
		default:
			return 0.8
		}
	case acronym:
		switch {
		case only:
			return 0.9
		case strings.HasPrefix(name, m.as) || strings.HasSuffix(name, m.as) || strings.HasSuffix(name, m.as+")"):
			return 0.6
		default:
			return 0.4
		}
	default:
		switch {
		case only && strings.HasPrefix(name, m.as): // "Ledger", "Ledger Support"
			return 0.9
		case only: // "Soporte Apple", but also "Tech Ledger": before a word a role may only say what sort of one
			return 0.45
		case roles > 0 || setApart(name, m.as):
			return 0.4
		default:
			return 0 // Chase Miller
		}
	}
}

// setApart says that a word stands behind a person's name as his company does:
// "Jane Doe | Chase", "Jane Doe (Chase)", "Jane Doe, Chase"; not "Doe, Chase".
func setApart(name, as string) bool {
	before, ok := strings.CutSuffix(strings.TrimRight(name, " )"), as)
	before = strings.TrimRight(before, " ")
	return ok && before != "" && strings.ContainsRune("|(,", rune(before[len(before)-1])) && len(strings.Fields(before)) > 1
}

// around gives the words of a text beside a mention, those of other mentions
// left out.
func around(f *folded, m mention, all []mention) []string {
	var b []byte
	at := 0
	for _, x := range all {
		b = append(b, f.skel[at:x.from]...)
		b = append(b, ' ')
		at = x.to
	}
	b = append(b, f.skel[at:]...)
	return strings.Fields(string(b))
}

// person: somebody of the own organisation, from an address that is not his.
func (c *claimant) person(name string) {
	for _, ref := range c.people[personKey(name)] {
		e := c.entries[ref.entry]
		p := e.people[ref.person]
		genuine := c.belongs(c.host, ref.entry) && c.in.Auth.DMARC != mail.AuthFail
		for _, a := range p.Addresses {
			if strings.EqualFold(a, c.in.From.Email) {
				genuine = c.in.Auth.DMARC != mail.AuthFail
			}
		}
		c.best[claimKey{"person:" + p.Name, inDisplayName}] = mail.Claim{Identity: "person:" + p.Name, Class: "person",
			Where: inDisplayName, As: cutAt(name, 100), Strength: 1, Genuine: genuine}
	}
}
