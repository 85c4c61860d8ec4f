package ledger

import (
	"encoding/hex"
	"strings"
)

// ids holds the provider's record ids of a set of rows, by position. Nearly
// all are GUIDs and nearly all differ, so nothing is shared: a GUID lies in 16
// bytes. A set whose log has no ids (sshd) has none here either.
type ids struct {
	short rows[shortID]
	long  map[uint32]string // what fits nowhere else
}

// shortID is a kind and up to 16 bytes.
type shortID struct {
	kind uint8
	text [16]byte
}

// The kinds of a shortID: none, or the length of the text + 1, or
const (
	guid  = 0x20 // the 16 bytes of a GUID in lower case
	inMap = 0x21 // in the map
)

const (
	shortBytes = 17
	longBytes  = 64 // of an entry of the map, beside its text
)

// idBytes is what an id takes where others of its set are as long.
func idBytes(s string) int64 {
	switch {
	case s == "":
		return 0
	case len(s) <= 16 || len(s) == 36 && isGUID(s):
		return shortBytes
	}
	return shortBytes + longBytes + int64(len(s))
}

// set gives a row its id; rows is how many there are.
func (d *ids) set(row uint32, s string, rows int) {
	if s == "" && d.short.n == 0 {
		return
	}
	d.fill(rows)
	x := d.short.at(row)
	if x.kind == inMap {
		delete(d.long, row)
	}
	*x = shortID{}
	switch {
	case s == "":
	case len(s) <= len(x.text):
		x.kind = uint8(len(s) + 1)
		copy(x.text[:], s)
	case len(s) == 36 && isGUID(s):
		x.kind = guid
		_, _ = hex.Decode(x.text[:], []byte(s[:8]+s[9:13]+s[14:18]+s[19:23]+s[24:]))
	default:
		x.kind = inMap
		if d.long == nil {
			d.long = map[uint32]string{}
		}
		d.long[row] = strings.Clone(s)
	}
}

func (d *ids) get(row uint32) string {
	if int(row) >= d.short.n {
		return ""
	}
	switch x := d.short.at(row); x.kind {
	case 0:
		return ""
	case guid:
		h := hex.EncodeToString(x.text[:])
		return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
	case inMap:
		return d.long[row]
	default:
		return string(x.text[:x.kind-1])
	}
}

// take gives a row the id that a row of another set has; rows is how many
// there are here.
func (d *ids) take(row uint32, from *ids, at uint32, rows int) {
	if int(at) >= from.short.n {
		d.set(row, "", rows)
		return
	}
	x := *from.short.at(at)
	if x.kind == inMap {
		d.set(row, from.long[at], rows)
		return
	}
	d.set(row, "", rows)
	if x.kind != 0 {
		d.fill(rows)
		*d.short.at(row) = x
	}
}

// fill gives all rows an id, if an empty one.
func (d *ids) fill(rows int) {
	for d.short.n < rows {
		d.short.add(shortID{})
	}
}

// isGUID reports whether s, of 36 bytes, is a GUID as [ids] gives it back.
func isGUID(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case i == 8 || i == 13 || i == 18 || i == 23:
			if c != '-' {
				return false
			}
		case (c < '0' || c > '9') && (c < 'a' || c > 'f'):
			return false
		}
	}
	return true
}
