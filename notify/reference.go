package notify

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"slices"
)

// crockford has no I, L, O and U: a mark is read out on the phone.
var crockford = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

// mark returns a short name of a notice, such as 7F3K-2QX9: 40 bits of a keyed
// hash of its organisation, its campaigns in any order, and its revision.
func mark(key []byte, purpose string, n Notice) string {
	h := hmac.New(sha256.New, key)
	for _, s := range slices.Concat([]string{purpose, string(n.Org)}, slices.Sorted(slices.Values(n.Campaigns))) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s)))) // or "ab"+"c" were "a"+"bc"
		h.Write([]byte(s))
	}
	h.Write(binary.BigEndian.AppendUint64(nil, uint64(n.Revision)))
	code := crockford.EncodeToString(h.Sum(nil)[:5])
	return code[:4] + "-" + code[4:]
}
