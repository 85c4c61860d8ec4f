package simulate

import (
	"math/rand/v2"

	"github.com/pumphandle/pumphandle/signin"
)

// GUID is an identifier as Microsoft writes it, version 4 of RFC 9562.
type GUID [2]uint64

func newGUID(r *rand.Rand) GUID { return GUID{r.Uint64(), r.Uint64()} }

// derive returns another identifier that belongs to this one, so that it need
// not be kept.
func (g GUID) derive(what uint64) GUID { return GUID{mix(g[0], what), mix(g[1], what)} }

func (g GUID) String() string { return string(g.append(nil)) }

func (g GUID) append(buf []byte) []byte {
	const hex = "0123456789abcdef"
	hi := g[0]&^0xf000 | 0x4000            // version
	lo := g[1]&^(0b11<<62) | uint64(1)<<63 // variant
	for shift := 60; shift >= 0; shift -= 4 {
		buf = append(buf, hex[hi>>shift&15])
		if shift == 32 || shift == 16 {
			buf = append(buf, '-')
		}
	}
	buf = append(buf, '-')
	for shift := 60; shift >= 0; shift -= 4 {
		buf = append(buf, hex[lo>>shift&15])
		if shift == 48 {
			buf = append(buf, '-')
		}
	}
	return buf
}

// hashText is the hash of a text, for choices that hang on it alone.
func hashText(s string) uint64 { return signin.Key(s) }
