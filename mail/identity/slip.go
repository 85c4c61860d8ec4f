package identity

import (
	"math/bits"
	"slices"
	"strings"
)

// slip is how one label may become another by a single mistake of hand, eye or
// memory, in the words of dnstwist.
type slip uint8

const (
	noSlip        slip = iota
	omission           // a character left out
	repetition         // a character doubled
	addition           // a character put behind
	insertion          // a key beside struck as well, or an s as of a plural
	transposition      // neighbours swapped
	replacement        // a key beside struck instead
	vowelSwap          // another vowel
	bitFlip            // one bit of one character
	otherEdit          // any other single edit: the least typical, and the most often another word
)

// coreClasses are what the people whom this is for are lured with. For them more
// doubtful names are worth a look than for shops and banks.
var coreClasses = map[string]bool{"health_authority": true, "health_body": true, "ministry": true, "pharma": true,
	"recruiter": true, "login_brand": true, "own": true}

// indexSlips notes a label under itself and all that is left when one character is left
// out. Two labels that one edit parts share one of these.
func (t *Table) indexSlips(label, suffix string, target int32) {
	near := t.slips[suffix]
	if near == nil {
		near = map[string][]int32{}
		t.slips[suffix] = near
	}
	for i := -1; i < len(label); i++ {
		s := label
		if i >= 0 {
			s = label[:i] + label[i+1:]
		}
		if !slices.Contains(near[s], target) {
			near[s] = append(near[s], target)
		}
	}
}

// maxSlips is the longest label that is compared with short and ordinary ones.
const maxSlips = 24

// slipped: the label is one edit from a short or an ordinary one under the same
// suffix. Beside the names of authorities nobody registers; elsewhere the names
// around short ones are taken, so that what is found is weak, and only what hands
// and eyes do by mistake counts: other letters make other firms' names.
func (t *Table) slipped(label, suffix string) (Hit, bool) {
	near := t.slips[suffix]
	if near == nil || len(label) > maxSlips || len(label) == 0 || label[0] == 'x' && strings.HasPrefix(label, "xn--") {
		return Hit{}, false
	}
	best, bestAt := noSlip, int32(-1)
	var buf [maxSlips]byte
	for at := -1; at < len(label); at++ {
		lacks := buf[:copy(buf[:], label)]
		if at >= 0 {
			lacks = append(lacks[:at], label[at+1:]...)
		}
		for _, i := range near[string(lacks)] {
			x := &t.targets[i]
			e := slipOf(label, x.label)
			if e == noSlip || x.state == "" && !typical(e, x) || bestAt >= 0 && best <= e {
				continue
			}
			best, bestAt = e, i
		}
	}
	if bestAt >= 0 && t.targets[bestAt].state == "" && dictionary()[foldLabel(label)] {
		return Hit{}, false // a word
	}
	if bestAt < 0 {
		return Hit{}, false
	}
	how := Typo
	if best == bitFlip {
		how = Bitsquat
	}
	h := t.hit(bestAt, how, 1, label)
	h.Weak = t.targets[bestAt].state == ""
	return h, true
}

// typical says that an edit of a short or ordinary label is rather a copy of it
// than another name; the figures are in docs/detection/mail-identity.md.
func typical(e slip, x *target) bool {
	n := len(x.label)
	switch {
	case n < 3:
		return x.core && n == 2 && e != otherEdit
	case e != otherEdit:
		return true
	default:
		return x.core && n >= 4 && !dictionary()[x.folded]
	}
}

// weakSwap says that the same short or ordinary label under another suffix is
// worth a look.
func weakSwap(x *target, suffix string) bool {
	return len(x.label) >= 3 && !x.alone && open(suffix)
}

// open says that anybody anywhere registers under a suffix. Under those of
// countries a name is a branch's or a local namesake's more often than a copy.
func open(suffix string) bool { return hosts().generic[suffix] || CheapSuffix(suffix) }

// slipOf says how seen came about from the label that was meant; noSlip if it takes
// none or more than one.
func slipOf(seen, meant string) slip {
	i := 0
	for i < len(seen) && i < len(meant) && seen[i] == meant[i] {
		i++
	}
	switch len(seen) - len(meant) {
	case -1:
		if seen[i:] == meant[i+1:] {
			return omission
		}
	case 1:
		if seen[i+1:] != meant[i:] {
			break
		}
		switch c := seen[i]; {
		case i > 0 && seen[i-1] == c:
			return repetition // also of the next, by the choice of i
		case i == len(meant):
			return addition
		case c == 's' && i > 0 || beside(c, meant[i]) || i > 0 && beside(c, meant[i-1]):
			return insertion // or a plural
		}
		return otherEdit
	case 0:
		if i == len(seen) {
			break
		}
		if i+1 < len(seen) && seen[i] == meant[i+1] && seen[i+1] == meant[i] && seen[i+2:] == meant[i+2:] {
			return transposition
		}
		if seen[i+1:] != meant[i+1:] {
			break
		}
		switch a, b := seen[i], meant[i]; {
		case bits.OnesCount8(a^b) == 1:
			return bitFlip
		case beside(a, b):
			return replacement
		case strings.IndexByte("aeiou", a) >= 0 && strings.IndexByte("aeiou", b) >= 0:
			return vowelSwap
		}
		return otherEdit
	}
	return noSlip
}

// beside says that two keys touch on one of the keyboards in use: QWERTY,
// QWERTZ, AZERTY.
func beside(a, b byte) bool { return strings.IndexByte(keysBeside[a], b) >= 0 }

var keysBeside = func() (t [256]string) {
	for _, rows := range [][4]string{
		{"1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"},
		{"1234567890", "qwertzuiop", "asdfghjkl", "yxcvbnm"},
		{"1234567890", "azertyuiop", "qsdfghjklm", "wxcvbn"},
	} {
		for y, row := range rows {
			for x := range len(row) {
				key := row[x]
				near := func(y, x int) {
					if y >= 0 && y < len(rows) && x >= 0 && x < len(rows[y]) && strings.IndexByte(t[key], rows[y][x]) < 0 {
						t[key] += rows[y][x : x+1]
					}
				}
				// Each row lies half a key to the right of the one above.
				near(y, x-1)
				near(y, x+1)
				near(y-1, x)
				near(y-1, x+1)
				near(y+1, x-1)
				near(y+1, x)
			}
		}
	}
	return t
}()
