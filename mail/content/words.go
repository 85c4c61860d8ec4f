package content

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// maxWords bounds how much of a text is looked at: the first lines say what a
// mail wants, and attackers pad.
const maxWords = 400

// eachWord calls f with the bucket of every distinct-enough term of a sample:
// words and pairs of neighbours of the text and, apart, of the subject. Numbers
// are one word whatever they are. A term that comes again soon is counted
// once.
func eachWord(s Sample, mask uint32, f func(bucket uint32)) {
	var seen [1 << 10]uint32 // the last bucket by its low bits: forgets, but bounded
	add := func(h uint64) {
		b := uint32(h>>32) & mask
		if at := &seen[b&(1<<10-1)]; *at != b+1 {
			*at = b + 1
			f(b)
		}
	}
	terms(s.Subject, 0x9e3779b97f4a7c15, add)
	terms(s.Text, 0xc2b2ae3d27d4eb4f, add)
}

// terms hashes words and pairs of words of a text.
func terms(text string, seed uint64, add func(uint64)) {
	var last, h uint64
	n, length, digits := 0, 0, false
	flush := func() {
		if length == 0 {
			return
		}
		if digits {
			h = 0x5bd1e995
		}
		if length > 1 || digits {
			add(mix(h ^ seed))
			if last != 0 {
				add(mix(bits.RotateLeft64(last, 17) ^ h ^ seed))
			}
			n++
		}
		last, h, length, digits = h, 0, 0, false
	}
	for i := 0; i < len(text) && n < maxWords; {
		r, size := utf8.DecodeRuneInString(text[i:])
		i += size
		switch {
		case wide(r): // scripts without spaces: every letter is a word, pairs are what tells
			flush()
			h, length = mix(uint64(r)), 2
			flush()
		case unicode.IsLetter(r) || unicode.Is(unicode.M, r):
			if length < 32 {
				h = mix(h ^ uint64(r))
				length++
			}
		case unicode.IsDigit(r):
			length, digits = length+1, true
		case r == '\'' || r == '’':
		default:
			flush()
		}
	}
	flush()
}

func wide(r rune) bool {
	return r >= 0x3040 && r < 0xa000 || r >= 0x20000 && r < 0x40000
}

// mix is the finaliser of MurmurHash3.
func mix(x uint64) uint64 {
	x ^= x >> 33
	x *= 0xff51afd7ed558ccd
	x ^= x >> 33
	x *= 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}
