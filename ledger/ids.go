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

// recordID is an id made ready to be kept.
type recordID struct {
	shortID
	text string // where the kind is inMap
}

func newRecordID(s string) recordID {
	id := recordID{}
	switch {
	case s == "":
	case len(s) <= len(id.shortID.text):
		id.kind = uint8(len(s) + 1)
		copy(id.shortID.text[:], s)
	default:
		if id.shortID.text, id.kind = parseGUID(s); id.kind == inMap {
			id.text = s
		}
	}
	return id
}

// bytes is what an id takes where others of its set are as long.
func (id *recordID) bytes() int64 {
	switch id.kind {
	case 0:
		return 0
	case inMap:
		return shortBytes + longBytes + int64(len(id.text))
	}
	return shortBytes
}

// set gives a row its id; rows is how many there are.
func (d *ids) set(row uint32, id *recordID, rows int) {
	if id.kind == 0 && d.short.n == 0 {
		return
	}
	d.fill(rows)
	x := d.short.at(row)
	if x.kind == inMap {
		delete(d.long, row)
	}
	if *x = id.shortID; x.kind == inMap {
		if d.long == nil {
			d.long = map[uint32]string{}
		}
		d.long[row] = strings.Clone(id.text)
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
	id := recordID{}
	if int(at) < from.short.n {
		id.shortID = *from.short.at(at)
		if id.kind == inMap {
			id.text = from.long[at]
		}
	}
	d.set(row, &id, rows)
}

// fill gives all rows an id, if an empty one.
func (d *ids) fill(rows int) {
	for d.short.n < rows {
		d.short.add(shortID{})
	}
}

// parseGUID returns the bytes of a GUID in lower case, as [ids] gives it back,
// and the kind guid; or inMap where s is none.
func parseGUID(s string) (b [16]byte, kind uint8) {
	if len(s) != 36 || s[8] != '-' || s[13] != '-' || s[18] != '-' || s[23] != '-' {
		return b, inMap
	}
	wrong := uint8(0) // the digits of the bytes, all together: above 15 where one is none
	for i, at := range guidPlaces {
		high, low := hexDigits[s[at]], hexDigits[s[at+1]]
		b[i] = high<<4 | low
		wrong |= high | low
	}
	if wrong > 15 {
		return [16]byte{}, inMap
	}
	return b, guid
}

// guidPlaces is where the two digits of each byte stand in the text of a GUID.
var guidPlaces = [16]uint8{0, 2, 4, 6, 9, 11, 14, 16, 19, 21, 24, 26, 28, 30, 32, 34}

// hexDigits holds the values of the hexadecimal digits in lower case, and 255
// for all other bytes.
var hexDigits = func() (values [256]uint8) {
	for i := range values {
		values[i] = 255
	}
	for i, c := range []byte("0123456789abcdef") {
		values[c] = uint8(i)
	}
	return values
}()
