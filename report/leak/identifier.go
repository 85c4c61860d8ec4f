package leak

import (
	_ "embed"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"github.com/pumphandle/pumphandle/org"
)

// Identifier is one string by which somebody could recognise a protected
// organisation.
type Identifier struct {
	Text string `json:"text"`
	Kind Kind   `json:"kind"`
	Org  org.ID `json:"org"`
}

// Kind says what an identifier is.
type Kind string

// The kinds of identifier.
const (
	Name     Kind = "name"
	Alias    Kind = "alias"
	Acronym  Kind = "acronym"
	Domain   Kind = "domain"
	Tenant   Kind = "tenant"
	Netblock Kind = "netblock"
	Account  Kind = "account"
	Mailbox  Kind = "mailbox"
	Person   Kind = "person"
	Phone    Kind = "phone"

	MessageID Kind = "message_id"
)

// FromOrganisations returns what names an organisation: everything its entry
// in the organisations file says, and what follows from it: the registered
// label of a domain, the part of a mailbox before the "@", the initials of a
// long name. What is too short or too common to point at anybody is not
// derived; what the file says is taken as it is.
func FromOrganisations(orgs []org.Organisation) []Identifier {
	generic := genericWords()
	var ids []Identifier
	seen := map[Identifier]bool{}
	for _, o := range orgs {
		add := func(kind Kind, text string) {
			id := Identifier{Text: text, Kind: kind, Org: o.ID}
			if text != "" && !seen[id] {
				seen[id] = true
				ids = append(ids, id)
			}
		}
		derive := func(kind Kind, text string) {
			if letters := canonical(text); utf8.RuneCountInString(letters) >= 4 && !generic.all(text) {
				add(kind, text)
			}
		}
		add(Name, o.Name)
		derive(Name, string(o.ID))
		add(Acronym, initials(o.Name))
		for _, a := range o.Aliases {
			add(Alias, a)
			add(Acronym, initials(a))
		}
		for _, d := range o.Domains {
			add(Domain, d)
			if registered, err := publicsuffix.EffectiveTLDPlusOne(d); err == nil {
				label, _, _ := strings.Cut(registered, ".")
				derive(Domain, label)
			}
		}
		for _, t := range o.Tenants {
			add(Tenant, t)
		}
		for _, n := range o.Netblocks {
			add(Netblock, n.String())
		}
		for _, person := range o.People {
			derive(Person, person.Name)
			for _, mailbox := range person.Email {
				add(Mailbox, mailbox)
			}
		}
		for _, c := range o.Contacts {
			derive(Person, c.Name)
			if c.Email != "" {
				add(Mailbox, c.Email)
				local, _, _ := strings.Cut(c.Email, "@")
				derive(Mailbox, local)
			}
			if digits := strings.Map(onlyDigits, c.Phone); len(digits) >= 7 {
				add(Phone, digits[max(0, len(digits)-9):]) // the country code may be written or not
			}
		}
	}
	return ids
}

func onlyDigits(r rune) rune {
	if r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// initials returns the first letters of the capitalised words of a name, or
// "" where they are fewer than four: shorter ones mean too many things and
// have to be declared as aliases.
func initials(name string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }) {
		if r, _ := utf8.DecodeRuneInString(w); unicode.IsUpper(r) && w != strings.ToUpper(w) {
			b.WriteRune(r)
		}
	}
	if utf8.RuneCountInString(b.String()) < 4 {
		return ""
	}
	return b.String()
}

//go:embed words.txt
var wordList string

// words is a set of words that many organisations share.
type words map[string]bool

func genericWords() words {
	w := words{}
	for line := range strings.Lines(wordList) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		for word := range strings.FieldsSeq(line) {
			w[word] = true
		}
	}
	return w
}

// all reports whether a text is made of generic words, numbers and single
// letters alone.
func (w words) all(text string) bool {
	for _, t := range tokens(text) {
		if !w[t] && utf8.RuneCountInString(t) > 1 && strings.Trim(t, "0123456789") != "" {
			return false
		}
	}
	return true
}

// pattern is one canonical spelling to look for.
type pattern struct {
	identifier int
	key        string // letters and digits only, canonical
	rule       rule
	breaks     []int // with rule whole: where in key the identifier's own tokens begin, after the first
}

// rule says where a pattern counts.
type rule uint8

const (
	anywhere rule = iota
	inside        // inside one token, or from token start to token end
	aligned       // from token start to token end
	whole         // as aligned, with breaks between tokens only where the identifier has them
	capitals      // as whole, and no letter of it in lower case: MSD, not msd
	initial       // as whole, and the first letter in upper case: Mercy, not mercy
)

// short is the number of letters below which a name is looked for as a whole
// token only, long the number from which on it counts even across token
// borders. Measured on 1,643 incident texts: of the hits of short names as
// substrings nearly all are false ("approche" holds "Roche"), and "modern
// attack" holds "Moderna".
const (
	short = 6
	long  = 10
)

func patternsOf(id Identifier, generic words) []pattern {
	var out []pattern
	spellings := []string{id.Text}
	if t := transliterate(id.Text); t != id.Text {
		spellings = append(spellings, t)
	}
	if id.Kind == Domain || id.Kind == Mailbox || id.Kind == Account {
		if u, err := idna.ToUnicode(id.Text); err == nil {
			spellings = append(spellings, u, transliterate(u))
		}
		if a, err := idna.ToASCII(id.Text); err == nil {
			spellings = append(spellings, a)
		}
	}
	if w := strings.Fields(id.Text); id.Kind == Person && len(w) > 1 { // family name first
		spellings = append(spellings, w[len(w)-1]+" "+strings.Join(w[:len(w)-1], " "))
	}
	seen := map[string]bool{}
	for _, s := range spellings {
		toks := tokens(s)
		key := strings.Join(toks, "")
		if key == "" || seen[key] {
			continue
		}
		seen[key] = true
		p := pattern{key: key}
		for i, n := 0, 0; i < len(toks)-1; i++ {
			n += len(toks[i])
			p.breaks = append(p.breaks, n)
		}
		p.rule = ruleOf(id, s, toks, generic)
		out = append(out, p)
		if back := reverse(key); p.rule <= inside && back != key {
			out = append(out, pattern{key: back, rule: p.rule})
		}
	}
	return out
}

func ruleOf(id Identifier, text string, toks []string, generic words) rule {
	runes, limit := utf8.RuneCountInString(strings.Join(toks, "")), short
	if strings.ContainsFunc(text, func(r rune) bool {
		return unicode.In(r, unicode.Han, unicode.Hangul, unicode.Hiragana, unicode.Katakana, unicode.Thai)
	}) {
		limit = 2 // scripts that set no space between a name and what follows
	}
	named := id.Kind == Name || id.Kind == Alias || id.Kind == Acronym || id.Kind == Person
	switch {
	case named && runes < limit && text == strings.ToUpper(text):
		return capitals
	case named && len(toks) == 1 && generic[toks[0]]:
		return initial
	case runes < limit:
		return whole
	case id.Kind == Phone:
		return anywhere
	case generic.all(text):
		return aligned
	case runes < long:
		return inside
	}
	return anywhere
}

func reverse(s string) string {
	r := []rune(s)
	slices.Reverse(r)
	return string(r)
}

// transliterate writes the letters that have a usual spelling of two letters
// as those: Universitaet for Universität. The canonical form drops the marks
// instead, so both spellings are looked for.
func transliterate(s string) string {
	return strings.NewReplacer("ä", "ae", "ö", "oe", "ü", "ue", "Ä", "Ae", "Ö", "Oe", "Ü", "Ue", "å", "aa", "Å", "Aa", "ø", "oe", "Ø", "Oe").Replace(s)
}
