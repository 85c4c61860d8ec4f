package export

import (
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pumphandle/pumphandle/org"
	"github.com/pumphandle/pumphandle/outcome"
)

// victims knows by what an organisation that was hit, or is protected, could
// be recognised. It holds back single texts from a bundle for analysts; the
// independent check of what is published is package report/leak.
type victims struct {
	names map[string]bool // lower case
	nets  []netip.Prefix
}

func newVictims(targets []outcome.Target, protected []org.Organisation) victims {
	v := victims{names: map[string]bool{}}
	for _, t := range targets {
		v.add(string(t.Org))
		for _, a := range t.Accounts {
			v.add(org.AccountDomain(a.Account)) // the whole account holds it, too
		}
	}
	for _, o := range protected {
		v.add(string(o.ID), o.Name)
		v.add(o.Aliases...)
		v.add(o.Domains...)
		v.add(o.Tenants...)
		for _, c := range o.Contacts {
			v.add(c.Name, c.Email, c.Phone)
		}
		v.nets = append(v.nets, o.Netblocks...)
	}
	return v
}

func (v victims) add(names ...string) {
	for _, n := range names {
		if n = strings.ToLower(strings.TrimSpace(n)); n != "" {
			v.names[n] = true
		}
	}
}

// in reports whether a text holds one of the names as a word of its own.
func (v victims) in(text string) bool {
	text = strings.ToLower(text)
	for name := range v.names {
		for from := 0; ; {
			i := strings.Index(text[from:], name)
			if i < 0 {
				break
			}
			start, end := from+i, from+i+len(name)
			before, _ := utf8.DecodeLastRuneInString(text[:start])
			after, _ := utf8.DecodeRuneInString(text[end:])
			if !wordRune(before) && !wordRune(after) {
				return true
			}
			_, size := utf8.DecodeRuneInString(text[start:])
			from = start + size
		}
	}
	return false
}

func wordRune(r rune) bool { return r != utf8.RuneError && (unicode.IsLetter(r) || unicode.IsDigit(r)) }

// owns reports whether an address lies in a protected organisation's network.
func (v victims) owns(a netip.Addr) bool {
	for _, p := range v.nets {
		if p.Contains(a) {
			return true
		}
	}
	return false
}
