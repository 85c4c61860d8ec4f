package exchange

import (
	"crypto/sha1"
	"encoding/binary"
	"fmt"
)

// uuid is a name-based UUID (RFC 9562 5.5, version 5), so that the same thing
// has the same id in every bundle of its producer. STIX reserves its own
// namespace for observables (2.1, 2.9); ours is derived from our address.
type uuid [16]byte

// productIDs is version 5 of our address in the namespace for URLs.
var productIDs = uuid{0x6b, 0xa7, 0xb8, 0x11, 0x9d, 0xad, 0x11, 0xd1, 0x80, 0xb4, 0x00, 0xc0, 0x4f, 0xd4, 0x30, 0xc8}.version5([]byte("https://github.com/pumphandle/pumphandle"))

// NewID returns the UUID of what the parts name: the same parts, the same id.
func NewID(parts ...string) string { return productIDs.child(parts...).String() }

func (u uuid) version5(name []byte) uuid {
	h := sha1.New()
	h.Write(u[:])
	h.Write(name)
	var out uuid
	copy(out[:], h.Sum(nil))
	out[6] = out[6]&0x0f | 0x50
	out[8] = out[8]&0x3f | 0x80
	return out
}

// child returns the id of what the parts name. No two lists of parts that
// differ have the same name.
func (u uuid) child(parts ...string) uuid {
	var name []byte
	for _, p := range parts {
		name = binary.AppendUvarint(name, uint64(len(p)))
		name = append(name, p...)
	}
	return u.version5(name)
}

func (u uuid) String() string {
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}
