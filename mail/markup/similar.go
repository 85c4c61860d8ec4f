package markup

import (
	"math/bits"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/cespare/xxhash/v2"
)

// similarity is a simhash in the making (Charikar 2002): sets of features that
// share much give hashes that differ in few bits. Each feature counts as often
// as it comes.
type similarity struct {
	// votes in planes: plane[i] holds bit i of 64 counters, so that a feature is
	// added in a few operations rather than 64. Every 255 features the planes are
	// emptied into count.
	plane [8]uint64
	n     int // in the planes
	all   int
	count [64]int32
}

func (s *similarity) add(h uint64) {
	carry := h
	for i := 0; carry != 0 && i < len(s.plane); i++ {
		s.plane[i], carry = s.plane[i]^carry, s.plane[i]&carry
	}
	s.all++
	if s.n++; s.n == 255 {
		s.flush()
	}
}

func (s *similarity) flush() {
	for i, p := range s.plane {
		for p != 0 {
			b := bits.TrailingZeros64(p)
			s.count[b] += 1 << i
			p &= p - 1
		}
	}
	s.plane = [8]uint64{}
	s.n = 0
}

// sum is the simhash; 0 if there was nothing.
func (s *similarity) sum() uint64 {
	s.flush()
	if s.all == 0 {
		return 0
	}
	var h uint64
	for i, c := range s.count {
		if 2*int(c) > s.all {
			h |= 1 << i
		}
	}
	if h == 0 {
		h = 1
	}
	return h
}

// minSimilar is how many words a text must have for a simhash to mean anything.
const minSimilar = 12

// Simhash is a 64-bit simhash of a text's word 3-grams in lower case, digits
// masked as #, addresses and links masked as a whole, so that copies of one
// mail to several people agree. Texts that share nearly all words differ in 0
// to 6 bits or so, others in 20 to 44. Han, kana and Thai characters count as
// words, because those scripts have no spaces. text is to be folded already if
// disguised letters are to agree (mail/identity). 0: fewer than 12 words.
func Simhash(text string) uint64 {
	var s similarity
	var w1, w2 uint64
	n := 0
	word := func(h uint64) {
		n++
		if n >= 3 {
			s.add(mix(w1*3 + w2*5 + h*7))
		}
		w1, w2 = w2, h
	}
	const seed, prime = 14695981039346656037, 1099511628211
	for i := 0; i < len(text); {
		r, size := rune(text[i]), 1
		if r >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(text[i:])
		}
		if !inWord(r) {
			i += size
			continue
		}
		if alone(r) {
			word(uint64(r) * prime)
			i += size
			continue
		}
		end := i
		h := uint64(seed)
		masked, digits := false, false
		for end < len(text) {
			r, size := rune(text[end]), 1
			if r >= utf8.RuneSelf {
				r, size = utf8.DecodeRuneInString(text[end:])
			}
			switch {
			case r == '@' || r == ':' && strings.HasPrefix(text[end:], "://"):
				masked = true
			case r == ' ' || r == '\n':
				goto done
			case !inWord(r) || alone(r):
				if !masked && !joins(r) {
					goto done
				}
			}
			if r >= '0' && r <= '9' {
				if digits {
					end += size
					continue
				}
				r = '#'
			}
			digits = r == '#'
			if r < utf8.RuneSelf {
				if r >= 'A' && r <= 'Z' {
					r += 'a' - 'A'
				}
			} else {
				r = unicode.ToLower(r)
			}
			h = (h ^ uint64(r)) * prime
			end += size
		}
	done:
		if masked {
			h = '@'
		}
		word(h)
		i = max(end, i+1)
	}
	if n < minSimilar {
		return 0
	}
	return s.sum()
}

func inWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= '0' && r <= '9' || r|0x20 >= 'a' && r|0x20 <= 'z'
	}
	return unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r)
}

// joins are characters inside of words, addresses and hosts.
func joins(r rune) bool {
	switch r {
	case '.', '-', '_', '\'', '’', '+':
		return true
	}
	return false
}

func alone(r rune) bool {
	return r >= 0x3040 && r <= 0x30FF || r >= 0x3400 && r <= 0x9FFF || r >= 0x0E00 && r <= 0x0E7F
}

func mix(h uint64) uint64 {
	h ^= h >> 33
	h *= 0xFF51AFD7ED558CCD
	h ^= h >> 33
	h *= 0xC4CEB9FE1A85EC53
	return h ^ h>>33
}

func hash32(b []byte) uint32 { return uint32(xxhash.Sum64(b)) }

// PathShape is a hash of what the path and the query of a URL look like: digits
// count as #, tokens of 16 characters or more with digits and letters as one
// sign, values of parameters as nothing. Links of one kit agree, whoever they
// are made out to. 0: no path and no query.
func PathShape(u string) uint64 {
	h := parse(u)
	path, query, _ := strings.Cut(strings.ReplaceAll(h.path, `\`, "/"), "?")
	path, _, _ = strings.Cut(path, "#")
	query, _, _ = strings.Cut(query, "#")
	path = strings.Trim(path, "/")
	if path == "" && query == "" {
		return 0
	}
	var b strings.Builder
	for part := range strings.SplitSeq(cut(path, 1000), "/") {
		b.WriteByte('/')
		mask(&b, part)
	}
	for pair := range strings.SplitSeq(cut(query, 1000), "&") {
		name, _, _ := strings.Cut(pair, "=")
		b.WriteByte('?')
		mask(&b, name)
	}
	return xxhash.Sum64String(b.String()) | 1
}

func mask(b *strings.Builder, s string) {
	if isToken(s, 16) || strings.Contains(s, "@") || strings.Contains(s, "%40") {
		b.WriteByte('*')
		return
	}
	last := byte(0)
	for i := range len(s) {
		c := s[i]
		if c >= '0' && c <= '9' {
			c = '#'
		}
		if c != '#' || last != '#' {
			b.WriteByte(c)
		}
		last = c
	}
}

// isToken says that s looks like a key and not like words: at least n
// characters with digits among letters, or changes of case.
func isToken(s string, n int) bool {
	if len(s) < n {
		return false
	}
	digits, letters, changes := 0, 0, 0
	upper := false
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9':
			digits++
		case c >= 'A' && c <= 'Z':
			letters++
			if !upper {
				changes++
			}
			upper = true
			continue
		case c >= 'a' && c <= 'z':
			letters++
			if upper {
				changes++
			}
		case c == '-' || c == '_' || c == '=' || c == '+' || c == '.':
		default:
			return false
		}
		upper = false
	}
	return digits >= 3 && letters >= 3 || changes >= 6 || digits >= n
}
