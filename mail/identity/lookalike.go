package identity

import (
	"math/bits"
	"strings"

	"golang.org/x/net/idna"
)

// Hit is a domain that looks like one that is protected.
type Hit struct {
	Identity string // whose domain it looks like
	Class    string
	Domain   string // the genuine one
	How      How
	Distance int    // edits between the labels; 0 where nothing was edited
	Weak     bool   // the name is so short or ordinary that somebody honest may well bear it: who.net, dhk.com
	Detail   string // what was seen of it: attackers' text
}

// How is the trick by which one domain looks like another.
type How string

// The tricks, in the words of dnstwist where it has one.
const (
	Homoglyph  How = "homoglyph"  // other characters of ASCII that look alike: rn for m, 0 for o
	IDN        How = "idn"        // letters of other scripts
	Bitsquat   How = "bitsquat"   // one bit of one character flipped
	Typo       How = "typo"       // characters added, left out, replaced, swapped, doubled
	Hyphen     How = "hyphen"     // hyphens put in or taken out
	Combosquat How = "combosquat" // the name and a word: who-covid19.org
	TLDSwap    How = "tld_swap"   // the same label under another suffix
	Glued      How = "glued"      // the name and its suffix in one label: whoint.org
	Subdomain  How = "subdomain"  // the genuine domain, or its label, in front of another: who.int.example.net
)

// target is a label that is looked for: that of a protected domain, or a name
// written without spaces.
type target struct {
	label  string // as registered: "boehringer-ingelheim", or the name's letters
	bare   string // without hyphens
	folded string // see foldLabel
	domain string // the genuine domain
	suffix string // of it, without dots: "int", "gouvfr"
	under  string // the suffix as it is
	entry  int32
	state  string // the suffix with its dots if only an authority gives out names below it, else empty
	set    uint64 // letters of folded
	weak   bool   // short, or an ordinary word: counts only where nothing is left open
	name   bool   // is a name, not a domain
	alone  bool   // means nothing beside other words, as "web" and an organisation's own "hospital"
	core   bool   // of the classes that target the people whom this is for: see coreClasses
}

// minTypo is the shortest label in which one edit is looked for, minTypo2 that for two
// (docs/detection/mail-identity.md says what is given up below).
// In labels one shorter letters may be swapped or doubled, not replaced.
const (
	minTypo  = 6
	minTypo2 = 10
	minToken = 4 // the shortest label that is found inside a word together with an affix
)

// LookAlike says whether a host is made to look like a protected domain; the
// hit says by Weak that it may be an honest namesake's. Hosts
// that belong to a protected identity, or that are known to be somebody else's
// (others.txt) or mail providers', are not. Below a suffix that is all an
// authority's (gouv.fr) only what looks like one of its own names is.
func (t *Table) LookAlike(host string) (Hit, bool) {
	host = normal(host)
	if len(host) > 253 || !strings.Contains(host, ".") {
		return Hit{}, false
	}
	if own, d := t.owner(host); own != nil {
		// Below gouv.fr all is the state's, yet santee.gouv.fr is no ministry: a name
		// made up by somebody who forges.
		if !hosts().authorities[d] || host == d || below(others(), host) {
			return Hit{}, false
		}
		return t.forged(strings.TrimSuffix(host, "."+d), d)
	}
	domain := Registrable(host)
	if others()[domain] || Freemail(domain) {
		return Hit{}, false
	}
	label, suffix, _ := strings.Cut(domain, ".")
	return t.like(label, suffix, strings.TrimSuffix(strings.TrimSuffix(host, domain), "."))
}

// forged: below the suffix of an authority, a name looks like one of its names.
func (t *Table) forged(sub, suffix string) (Hit, bool) {
	label := sub[strings.LastIndexByte(sub, '.')+1:]
	h, ok := t.like(label, suffix, "")
	whole := strings.ReplaceAll(sub, ".", "")
	for i := range t.targets {
		x := &t.targets[i]
		switch {
		case x.state != suffix:
		case whole == x.label && label != sub:
			return t.hit(int32(i), Subdomain, 1, sub), true // wh.o.int
		case ok && (t.entries[x.entry].ID == h.Identity || strings.HasPrefix(Registrable(h.Domain), x.label+".")):
			return t.hit(int32(i), h.How, h.Distance, h.Detail), true
		}
	}
	return Hit{}, false
}

// like: what was registered as label below suffix, with sub in front, looks like
// a protected domain.
func (t *Table) like(label, suffix, sub string) (Hit, bool) {
	shown := label
	if strings.HasPrefix(label, "xn--") {
		if u, err := idna.Punycode.ToUnicode(label); err == nil {
			shown = u
		}
	}
	folded := foldLabel(shown)
	if h, ok := t.sameLabel(label, shown, folded, suffix); ok {
		return h, true
	}
	if sub != "" {
		if h, ok := t.inFront(sub, label, folded, suffix); ok {
			return h, true
		}
	}
	if h, ok := t.edited(shown, folded, suffix); ok {
		return h, true
	}
	if h, ok := t.combined(shown, folded, suffix); ok {
		return h, true
	}
	return t.slipped(shown, suffix)
}

func (t *Table) hit(i int32, how How, distance int, detail string) Hit {
	x := t.targets[i]
	return Hit{Identity: t.entries[x.entry].ID, Class: t.entries[x.entry].Class, Domain: x.domain, How: how, Distance: distance, Detail: detail}
}

// sameLabel: the label reads like a protected one.
func (t *Table) sameLabel(label, shown, folded, suffix string) (Hit, bool) {
	for _, i := range t.equal[folded] {
		x := &t.targets[i]
		switch {
		case x.name && shown == label && Plain(strings.ReplaceAll(shown, "-", "")) == x.label:
			return t.hit(i, Combosquat, 0, shown), true // apple-support, worldhealthorganization
		case shown == x.label && x.weak:
			// chase.org may be anybody's, and cdc.org; usps.top is nobody's but a thief's.
			if dictionary()[x.folded] || x.alone || len(folded) < 3 || !CheapSuffix(suffix) {
				if !weakSwap(x, suffix) {
					continue
				}
				return t.weakHit(i, TLDSwap, 0, suffix), true
			}
			return t.hit(i, TLDSwap, 0, suffix), true
		case shown == x.label && !x.core && !open(suffix):
			continue // a shop's or bank's branch in another country
		case shown == x.label:
			return t.hit(i, TLDSwap, 0, suffix), true
		case shown != label:
			return t.hit(i, IDN, 0, shown), true
		case strings.ReplaceAll(shown, "-", "") == strings.ReplaceAll(x.label, "-", ""):
			if x.weak && len(folded) < minTypo && !strings.Contains(x.label, "-") && !sameSuffix(suffix, x) {
				continue
			}
			return t.hit(i, Hyphen, 1, shown), true
		case len(folded) < 4 && !sameSuffix(suffix, x):
			continue
		default:
			return t.hit(i, Homoglyph, 0, shown), true
		}
	}
	return Hit{}, false
}

func (t *Table) weakHit(i int32, how How, distance int, detail string) Hit {
	h := t.hit(i, how, distance, detail)
	h.Weak = true
	return h
}

func sameSuffix(suffix string, x *target) bool { return x.under == suffix }

// inFront: the genuine domain stands in front of the one that was registered.
func (t *Table) inFront(sub, label, folded, suffix string) (Hit, bool) {
	domain := label + "." + suffix
	// The genuine domain itself: who.int.example.net, with what stands before it.
	front := sub
	if at := strings.LastIndexByte(label, '-'); at >= 0 {
		front += "." + label[:at] // cdc.gov-portal.org
	}
	for rest := strings.ReplaceAll(front, "-", "."); rest != ""; {
		for head := rest; head != ""; {
			if o, ok := t.owners[head]; ok && strings.Contains(head, ".") {
				if i, ok := t.targetOf(o[0], head); ok {
					return t.hit(i, Subdomain, 0, head), true
				}
				return Hit{Identity: t.entries[o[0]].ID, Class: t.entries[o[0]].Class, Domain: head, How: Subdomain, Detail: head}, true
			}
			cut := strings.LastIndexByte(head, '.')
			if cut < 0 {
				break
			}
			head = head[:cut]
		}
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			break
		}
		rest = after
	}
	// A label cut by dots: micro.soft.com.
	joined := foldLabel(strings.ReplaceAll(sub, ".", "")) + folded
	for _, i := range t.equal[joined] {
		if !t.targets[i].name && !t.targets[i].weak && len(joined) >= minTypo {
			return t.hit(i, Subdomain, 1, sub+"."+domain), true
		}
	}
	if near := t.slips[suffix]; near != nil && len(sub)+len(label) < maxSlips {
		for _, i := range near[sub+label] {
			if t.targets[i].label == sub+label {
				return t.weakHit(i, Subdomain, 1, sub+"."+domain), true // wh.o.int
			}
		}
	}
	if tenantHost(domain) {
		return Hit{}, false
	}
	// A word that reads like a protected label, with a look-alike spelling or an affix:
	// paypal-login.example.net, login.paypal.example.net.
	labels := strings.Split(sub, ".")
	for _, l := range labels {
		if u, err := idna.Punycode.ToUnicode(l); err == nil {
			l = u
		}
		f := foldLabel(l)
		if h, ok := t.combined(l, f, suffix); ok {
			h.How, h.Detail = Subdomain, l+"."+domain
			return h, true
		}
		for _, i := range t.equal[f] {
			if x := &t.targets[i]; !x.weak && (l != x.label || allAffixes(labels, l)) {
				return t.hit(i, Subdomain, 0, l+"."+domain), true
			}
		}
	}
	return Hit{}, false
}

// allAffixes: beside l there is at least one label, and all others are words
// such as login and secure.
func allAffixes(labels []string, l string) bool {
	n := 0
	for _, x := range labels {
		if x == l || x == "www" {
			continue
		}
		if !segmented(foldLabel(x)) {
			return false
		}
		n++
	}
	return n > 0
}

func (t *Table) targetOf(entry int32, domain string) (int32, bool) {
	for i := range t.targets {
		if t.targets[i].entry == entry && t.targets[i].domain == domain && !t.targets[i].name {
			return int32(i), true
		}
	}
	return 0, false
}

// edited: the label is one or two edits from a protected one.
func (t *Table) edited(shown, folded, suffix string) (Hit, bool) {
	if len(folded) < minTypo-2 || dictionary()[folded] {
		return Hit{}, false
	}
	set := letters(folded)
	bare := strings.ReplaceAll(shown, "-", "")
	closed := suffix != "" && !open(suffix)
	best, bestAt := 3, int32(-1)
	for n := max(minTypo-1, len(folded)-2); n <= min(len(folded)+2, 63); n++ {
		for _, i := range t.byLen[n] {
			x := &t.targets[i]
			most := 1
			switch {
			case x.name && n < minTypo2:
				continue
			case n >= minTypo2 && !x.name && !x.weak:
				most = 2
			}
			most = min(most, best-1)
			if most < 1 || x.alone || x.weak && n < 7 {
				continue
			}
			if closed && n < 8 && x.under != suffix {
				continue // driver.kg is no copy of criver.com
			}
			// An edit may make or break an rn or vv, which were folded.
			if len(bare) != len(folded) || len(x.bare) != len(x.folded) {
				if d := distance(bare, x.bare, most); d <= most && d < best && plausible(bare, x.bare, d) {
					best, bestAt = d, i
				}
			}
			if bits.OnesCount64(set^x.set) > 2*most {
				continue
			}
			if n < minTypo && (set != x.set || folded[0] != x.folded[0]) {
				continue // avast and acast are two firms, adboe is none
			}
			if d := distance(folded, x.folded, most); 0 < d && d <= most && d < best && plausible(folded, x.folded, d) {
				best, bestAt = d, i
			}
		}
	}
	if bestAt < 0 {
		return Hit{}, false
	}
	how := Typo
	if best == 1 && flipped(shown, t.targets[bestAt].label) {
		how = Bitsquat
	}
	return t.hit(bestAt, how, best, shown), true
}

// plausible says that what was edited is not another word: pcloud.com is no
// misspelling of icloud.com, nor is metservice.com one of facebook's. Where one
// edit changes only the beginning, what is left must not be an ordinary word;
// two edits must leave the first and last letters.
func plausible(folded, label string, d int) bool {
	if d > 1 {
		return folded[:2] == label[:2] && folded[len(folded)-1] == label[len(label)-1]
	}
	tail := label[1:]
	return !dictionary()[tail] || !strings.HasSuffix(folded, tail)
}

// flipped says that a and b differ in one bit of one byte.
func flipped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	n := 0
	for i := range len(a) {
		n += bits.OnesCount8(a[i] ^ b[i])
	}
	return n == 1
}
