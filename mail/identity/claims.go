package identity

import (
	"cmp"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// Input is what of a mail says who it is from.
type Input struct {
	From      mail.Address
	Sender    mail.Address
	ReplyTo   []mail.Address
	Subject   string
	Visible   string                        // text that the reader sees; the first MaxVisible bytes are read
	Signature string                        // its last lines; empty: [SignatureOf] of Visible
	Alts      []string                      // what images are called: alternative texts, names of logos
	Links     []string                      // hosts
	LookAlike func(host string) (Hit, bool) // [Table.LookAlike], for callers who keep its answers; nil: it is asked itself
	Auth      mail.Auth
}

// The bounds of what is read.
const (
	MaxVisible = 4000
	maxShort   = 500 // bytes of a display name, a subject, an alternative text
	maxAlts    = 20
	maxHosts   = 50
	maxClaims  = 24

	maxIntroductions = 8 // mentions of a text that are asked whether somebody introduces himself
)

// The places of a claim (mail.Claim.Where), the strongest first.
const (
	inDisplayName = "display_name"
	inDomain      = "domain"   // of From, Sender or Reply-To
	inReplyTo     = "reply_to" // the display name there, if it is another than From's
	inAddress     = "address"
	inSignature   = "signature"
	inLogo        = "logo"
	inLink        = "link" // a look-alike host
	inSubject     = "subject"
	inText        = "text"
)

// A mention that claims nothing is no more than this: newsletters quote everybody.
const mereMention = 0.2

// claimant gathers the claims of one mail.
type claimant struct {
	*Table
	in    Input
	local string // of From
	host  string // of From
	other bool   // the sender is plainly somebody else: see standing
	best  map[claimKey]mail.Claim
}

type claimKey struct{ identity, where string }

// Claims gives what a mail says about who it is from, the strongest statement
// of each place for each identity, the strongest first; at most 24. Strength
// falls from the display name over address and domain, subject and signature to
// a mere mention. Quoted and forwarded parts do not count. It looks at the mail
// alone.
func (t *Table) Claims(in Input) []mail.Claim {
	c := &claimant{Table: t, in: in, best: map[claimKey]mail.Claim{}}
	if at := strings.LastIndexByte(in.From.Email, '@'); at >= 0 {
		c.local, c.host = strings.ToLower(in.From.Email[:at]), normal(in.From.Email[at+1:])
	}
	c.domains()
	name := in.From.Name
	if c.host == "" {
		name += " " + in.From.Email // what stands there without being an address is read as a name
	}
	c.displayName(cutAt(name, maxShort))
	c.address()
	c.other = c.standing(cutAt(name, maxShort))
	c.subject(cutAt(in.Subject, maxShort))
	c.text(unquoted(cutAt(in.Visible, MaxVisible)))
	signature := in.Signature
	if signature == "" {
		signature = SignatureOf(cutAt(in.Visible, MaxVisible))
	}
	c.signature(cutAt(signature, maxSignature))
	for _, alt := range in.Alts[:min(len(in.Alts), maxAlts)] {
		c.logo(cutAt(alt, maxShort))
	}
	c.crowds()
	return c.sorted()
}

func (c *claimant) sorted() []mail.Claim {
	all := make([]mail.Claim, 0, len(c.best))
	for _, x := range c.best {
		all = append(all, x)
	}
	slices.SortFunc(all, func(a, b mail.Claim) int {
		return cmp.Or(cmp.Compare(b.Strength, a.Strength), strings.Compare(a.Identity, b.Identity), strings.Compare(a.Where, b.Where))
	})
	return all[:min(len(all), maxClaims)]
}

// genuine says that From is a mailbox of entry i, or of a service that may be
// believed when it speaks for it; known, that it is some service that writes for
// others.
func (c *claimant) genuine(i int32) (genuine, known bool) {
	if c.in.Auth.DMARC == mail.AuthFail || c.host == "" {
		return false, false
	}
	if e := c.entries[i]; e.Lapsed && !below(set(e.Also), c.host) {
		return false, false
	}
	if c.belongs(c.host, i) && (!Freemail(c.host) || reserved(c.local)) && !FreeHosting(c.host) {
		return true, false
	}
	known, vouched := relayFor(c.host, c.entries[i].Class)
	return vouched, known
}

// reserved local parts are kept by providers for themselves.
func reserved(local string) bool {
	l := strings.NewReplacer("-", "", "_", "", ".", "").Replace(local)
	return l == "noreply" || l == "donotreply" || l == "postmaster" || l == "mailerdaemon"
}

// claim notes one statement.
func (c *claimant) claim(i int32, where, as string, strength float64, disguised bool) {
	e := c.entries[i]
	genuine, known := c.genuine(i)
	if known && !genuine {
		strength /= 2
	}
	if disguised {
		strength = min(1, strength+0.2) // nobody writes his own name so
	}
	key := claimKey{e.ID, where}
	if old, ok := c.best[key]; ok && old.Strength >= strength {
		return
	}
	c.best[key] = mail.Claim{Identity: e.ID, Class: e.Class, Where: where, As: cutAt(as, 100), Strength: strength, Genuine: genuine, Disguised: disguised}
}

// mentioned notes a mention for the identity whose name it is. Of several that
// share it, the one that the mail is really from.
func (c *claimant) mentioned(m mention, where, as string, strength float64) {
	if strength <= 0 {
		return
	}
	if c.other && strength > mereMention && where != inDisplayName && where != inAddress {
		strength /= 2
	}
	who := m.entries[0]
	for _, i := range m.entries {
		if ok, _ := c.genuine(i); ok {
			who = i
			break
		}
	}
	c.claim(who, where, as, strength, m.disguised)
}

// domains: where the mail says it comes from, and looks alike.
func (c *claimant) domains() {
	own, d := c.owner(c.host)
	for _, i := range own {
		if Freemail(c.host) && !reserved(c.local) || FreeHosting(c.host) {
			break
		}
		if slices.Contains(c.entries[i].Domains, d) {
			c.claim(i, inDomain, c.host, 1, false)
		}
	}
	ask := c.in.LookAlike
	if ask == nil {
		ask = c.LookAlike
	}
	look := func(host, where string, strength float64) {
		h, ok := ask(host)
		if !ok {
			return
		}
		for i, e := range c.entries {
			if e.ID == h.Identity {
				if h.Weak {
					strength *= 0.4
				}
				c.claim(int32(i), where, cutAt(host, 100), strength, false)
				return
			}
		}
	}
	for _, a := range c.in.ReplyTo[:min(len(c.in.ReplyTo), 3)] {
		if a.Name != "" && a.Name != c.in.From.Name {
			f := foldText(cutAt(a.Name, maxShort), true)
			all := c.mentions(&f)
			for _, m := range all {
				c.mentioned(m, inReplyTo, a.Name, 0.8*c.displayStrength(m, around(&f, m, all), a.Name))
			}
		}
	}
	look(c.host, inDomain, 0.9)
	for _, a := range append([]mail.Address{c.in.Sender}, c.in.ReplyTo[:min(len(c.in.ReplyTo), maxHosts)]...) {
		if at := strings.LastIndexByte(a.Email, '@'); at >= 0 {
			look(a.Email[at+1:], inDomain, 0.7)
		}
	}
	for _, l := range c.in.Links[:min(len(c.in.Links), maxHosts)] {
		look(l, inLink, 0.6)
	}
}

// address: paypal.support@gmail.com.
func (c *claimant) address() {
	local := cutAt(c.local, 64)
	if local == "" {
		return
	}
	f := foldText(local, true)
	all := c.mentions(&f)
	for _, m := range all {
		if m.how == distinct {
			c.mentioned(m, inAddress, c.in.From.Email, 0.6)
		}
	}
	label := strings.Map(func(r rune) rune {
		if r == '.' || r == '_' || r == '+' {
			return '-'
		}
		return r
	}, local)
	if h, ok := c.combined(label, foldLabel(label), ""); ok && !h.Weak {
		for i, e := range c.entries {
			if e.ID == h.Identity && e.Class != "own_function" {
				c.claim(int32(i), inAddress, c.in.From.Email, 0.5, false)
				break
			}
		}
	}
}

func (c *claimant) subject(s string) {
	strength := 1.0
	lower := strings.ToLower(strings.TrimSpace(s))
	for _, p := range []string{"re:", "fw:", "fwd:", "aw:", "wg:", "tr:", "rv:", "res:", "enc:", "[", "답장:", "전달:"} {
		if strings.HasPrefix(lower, p) {
			strength = 0.5 // somebody else's subject, or a list's
		}
	}
	f := foldText(s, true)
	all := c.mentions(&f)
	if len(identities(all)) > 1 || related(f.skel) {
		strength /= 2 // "Pfizer and BioNTech announce ..."
	}
	for _, m := range all {
		beside := besideRole(&f, m)
		base := 0.0
		switch m.how {
		case distinct:
			base = 0.4
		case acronym:
			base = 0.3
		case function:
			base = 0.15
		}
		if beside && m.how != function {
			base += 0.15
		}
		c.mentioned(m, inSubject, s, strength*base)
	}
}

// besideRole says that the word before or after a mention is a role: "Apple
// support", "security alert, Chase".
func besideRole(f *folded, m mention) bool {
	before, after := strings.TrimRight(string(f.skel[max(0, m.from-20):m.from]), " "), strings.Fields(string(f.skel[m.to:min(len(f.skel), m.to+20)]))
	if i := strings.LastIndexByte(before, ' '); len(before) > i+3 && role(before[i+1:]) {
		return true
	}
	return len(after) > 0 && len(after[0]) > 2 && role(after[0])
}

// text: a letterhead, an introduction, a mere mention.
func (c *claimant) text(s string) {
	head, n := 0, 0
	for line := range strings.Lines(s) {
		if strings.TrimSpace(line) == "" {
			n += len(line)
			continue
		}
		if head++; head > 3 || len(line) > 100 {
			break
		}
		c.line(line, inText, 0.6, 0.5, 0.3)
		n += len(line)
	}
	f := foldText(s, true)
	for n, m := range c.mentions(&f) {
		strength := 0.0
		switch m.how {
		case distinct:
			strength = mereMention
		case acronym:
			strength = mereMention / 2
		}
		if n < maxIntroductions && m.how != function && introduces(&f, m) {
			strength = [...]float64{distinct: 0.6, acronym: 0.55, ordinary: 0.4}[m.how]
		}
		c.mentioned(m, inText, m.as, strength)
	}
}

// line notes the names that fill a line of their own, with roles at most, by
// their wording.
func (c *claimant) line(line, where string, strong, short, word float64) {
	if len(strings.Fields(line)) > 9 || aboutOthers(line) {
		return // a sentence, or "Client: Pfizer"
	}
	f := foldText(line, true)
	switch n := len(identities(c.mentions(&f))); {
	case n > 2 || n > 0 && related(f.skel):
		return // banks at which to pay, sponsors
	case n == 2:
		strong, short, word = strong*0.6, short*0.6, word*0.6
	}
	for part := range strings.FieldsFuncSeq(line, func(r rune) bool { return r == ',' || r == '|' || r == '·' || r == '•' || r == '\n' || r == ';' }) {
		f := foldText(part, true)
		all := c.mentions(&f)
		for _, m := range all {
			only := !slices.ContainsFunc(around(&f, m, all), func(w string) bool { return !role(w) })
			if only && m.how != function {
				c.mentioned(m, where, strings.TrimSpace(line), [...]float64{distinct: strong, acronym: short, ordinary: word}[m.how])
			}
		}
	}
}

// identities are those whose names are mentioned; of a desk's none.
func identities(all []mention) []int32 {
	var who []int32
	for _, m := range all {
		if m.how != function && !slices.ContainsFunc(m.entries, func(i int32) bool { return slices.Contains(who, i) }) {
			who = append(who, m.entries[0])
		}
	}
	return who
}

// introduces: the sentence of a mention has somebody say who he is: "I am a
// recruiter with ...".
func introduces(f *folded, m mention) bool {
	begin := max(0, m.from-120)
	window := f.skel[begin:m.from]
	at := -1
	for i := range window {
		if i == 0 && begin == 0 || i > 0 && window[i-1] == ' ' {
			each(introductions(), window[i:], func(int, int32) bool { at = i; return false })
		}
	}
	if at < 0 {
		return false
	}
	// In the same sentence of the text.
	source := f.text[f.at[begin+at]:f.at[m.from]]
	if strings.ContainsAny(source, "!?\n") || strings.Contains(source, ". ") && !strings.Contains(source, "Dr. ") {
		return false
	}
	after := f.text[f.at[m.to]:f.at[min(len(f.skel), m.to+40)]]
	if at := strings.IndexAny(after, ".!?\n"); at >= 0 {
		after = after[:at]
	}
	if around := foldText(source+" , "+after, false); related(around.skel) {
		return false // my client is Pfizer
	}
	for w := range strings.FieldsSeq(string(window[at:])) {
		if len(w) > 2 && role(w) && w != "the" && w != "for" {
			return true
		}
	}
	next := strings.Fields(string(f.skel[m.to:min(len(f.skel), m.to+80)])) // a word of Hindi takes 30 bytes
	return slices.ContainsFunc(next[:min(len(next), 3)], func(w string) bool { return len(w) > 3 && role(w) })
}

func (c *claimant) signature(s string) {
	for line := range strings.Lines(s) {
		if len(line) > 160 {
			continue
		}
		c.line(line, inSignature, 0.7, 0.6, 0.4)
		low := strings.ToLower(line)
		if strings.ContainsAny(line, "©") || strings.Contains(low, "copyright") || strings.Contains(low, "all rights reserved") || strings.Contains(low, "alle rechte") {
			f := foldText(line, true)
			for _, m := range c.mentions(&f) {
				if m.how == distinct || m.how == ordinary {
					c.mentioned(m, inSignature, strings.TrimSpace(line), 0.5)
				}
			}
		}
	}
}

func (c *claimant) logo(alt string) {
	f := foldText(alt, true)
	all := c.mentions(&f)
	for _, m := range all {
		if m.how == function {
			continue
		}
		rest := around(&f, m, all)
		if !slices.ContainsFunc(rest, func(w string) bool { return !role(w) && w != "logo" && w != "lcon" && w != "png" }) {
			c.mentioned(m, inLogo, alt, 0.5)
		} else if m.how == distinct {
			c.mentioned(m, inLogo, alt, 0.2)
		}
	}
}
