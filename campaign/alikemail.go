package campaign

import (
	_ "embed"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/cespare/xxhash/v2"
	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
	"github.com/pumphandle/pumphandle/org"
)

//go:embed shared.txt
var sharedFile string

var sharedDomains = sync.OnceValue(func() map[string]bool {
	m := map[string]bool{}
	for line := range strings.Lines(sharedFile) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' {
			m[line] = true
		}
	}
	return m
})

// SharedDomain reports whether everybody uses a domain, or one above it, so
// that it tells no hand from another.
func SharedDomain(domain string) bool {
	for domain != "" {
		if sharedDomains()[domain] {
			return true
		}
		_, domain, _ = strings.Cut(domain, ".")
	}
	return false
}

// family is a way in which two mails may be alike. Families are independent:
// whoever copies one need not have the others.
type family uint8

const (
	words     family = 1 << iota // visible text, subject
	structure                    // HTML
	link                         // where it leads
	file                         // what it carries
	origin                       // from where it comes
)

var familyNames = []struct {
	of   family
	name string
}{{words, "text"}, {structure, "form"}, {link, "links"}, {file, "attachments"}, {origin, "sender"}}

func (f family) String() string {
	var list []string
	for _, n := range familyNames {
		if f&n.of != 0 {
			list = append(list, n.name)
		}
	}
	return strings.Join(list, ", ")
}

// independent counts the families that are not of one making: text and form
// come together from a template, which two hands may use.
func (f family) independent() int {
	if f&words != 0 {
		f &^= structure
	}
	return bits.OnesCount8(uint8(f))
}

// mark is one thing by which a mail may be alike to others.
type mark struct {
	hash   uint64
	family family
	strong bool // alone enough
}

func newMark(f family, strong bool, what string, parts ...string) mark {
	return mark{xxhash.Sum64String(what + "\x00" + strings.Join(parts, "\x00")), f, strong}
}

// letter is a mail as it is compared with others.
type letter struct {
	org    org.ID
	mail   int // position in the organisation's mails
	at     int64
	domain uint64
	sim    uint64
	marks  []mark
}

// likeText is in how many bits the simhashes of the same text differ at most:
// with four bands of 16 bits one at least is equal (Manku, Jain, Das Sarma,
// "Detecting Near-Duplicates for Web Crawling", WWW 2007).
const likeText = 3

// smallFile is from how many bytes on a file tells hands apart. Below it lie
// what everybody's programs write alike: empty files, shortcuts and parts of
// documents without content.
const smallFile = 512

// newLetter reads the marks of a mail. known says that its sender is known to
// the organisation: then the address is no mark of an attacker.
func newLetter(id org.ID, i int, f *mail.Facts, known bool) letter {
	x := letter{org: id, mail: i, at: f.Time.UnixMilli(), domain: xxhash.Sum64String(f.Domain), sim: f.Sim}
	add := func(m mark) {
		if !slices.Contains(x.marks, m) {
			x.marks = append(x.marks, m)
		}
	}
	for k := range 4 {
		if f.Sim != 0 {
			add(mark{xxhash.Sum64String("band" + string(rune('0'+k)) + string(rune(f.Sim>>(16*k)&0xffff|0x10000))), 0, false})
		}
	}
	if s := subjectTemplate(f.Subject); len(s) >= 12 {
		add(newMark(words, false, "subject", s))
	}
	if f.Shape != 0 {
		add(mark{xxhash.Sum64String("shape") ^ f.Shape, structure, false})
	}
	for _, l := range f.Links {
		if SharedDomain(l.Domain) || l.Domain == "" || l.Domain == f.Domain && known || identity.Shortener(l.Host) {
			continue
		}
		if identity.FreeHosting(l.Host) || identity.FileShare(l.Host) { // a name below it is somebody's, the domain is everybody's
			add(newMark(link, false, "host", l.Host))
		} else {
			add(newMark(link, false, "domain", l.Domain))
		}
		if l.Path != 0 {
			add(mark{xxhash.Sum64String("path\x00"+l.Host) ^ l.Path, link, true})
		}
	}
	for _, a := range f.Files {
		if a.SHA256 != "" && !Picture(a.Kind) && (a.Size == 0 || a.Size >= smallFile) {
			add(newMark(file, true, "file", a.SHA256))
		}
	}
	if f.From.Email != "" && f.Direction == mail.Internal {
		add(newMark(origin, false, "from", f.From.Email)) // a taken mailbox goes on writing what its owner writes
		return x
	}
	if !known && f.From.Email != "" {
		add(newMark(origin, true, "from", f.From.Email))
	}
	if f.Domain != "" && !SharedDomain(f.Domain) {
		add(newMark(origin, false, "sender", f.Domain))
	}
	if d := f.Auth.DKIMDomain; d != "" && !SharedDomain(d) {
		add(newMark(origin, false, "dkim", d, f.Auth.DKIMSelector))
	}
	if f.SenderIP.IsValid() && !f.SenderIP.IsPrivate() {
		add(newMark(origin, false, "ip", f.SenderIP.String()))
	}
	return x
}

// Picture reports whether a kind of attachment is a picture, such as a logo that
// everybody copies.
func Picture(kind string) bool {
	switch kind {
	case "png", "jpeg", "jpg", "gif", "bmp", "webp", "image", "svg":
		return true
	}
	return false
}

// likeness says in what two mails are alike, and in what so that it is enough.
func likeness(a, b *letter, shared map[uint64]bool) (f, strong family) {
	for _, m := range a.marks {
		if m.family != 0 && !shared[m.hash] && slices.Contains(b.marks, m) {
			f |= m.family
			if m.strong {
				strong |= m.family
			}
		}
	}
	if a.sim != 0 && b.sim != 0 && bits.OnesCount64(a.sim^b.sim) <= likeText {
		f |= words
	}
	return f, strong
}

// subjectTemplate is what stays of a subject from one mail of a campaign to the
// next: lower case, digits masked, without marks of an answer.
func subjectTemplate(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	for {
		cut := s
		for _, p := range []string{"re:", "fw:", "fwd:", "aw:", "wg:", "tr:", "sv:", "res:", "enc:"} {
			cut = strings.TrimSpace(strings.TrimPrefix(cut, p))
		}
		if cut == s {
			break
		}
		s = cut
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '#'
		}
		return r
	}, strings.Join(strings.Fields(s), " "))
}
