package attach

import "strings"

const (
	isoSector  = 2048
	isoRecords = 4000 // directory records read, so that loops of directories end
)

// iso lists an ISO 9660 image and examines its files, by the Joliet names if
// there are any (ECMA-119 §8, §9; Joliet specification 1995). What only UDF
// describes is not seen.
func (x *examiner) iso(s subject) string {
	var root []byte
	joliet := false
	for at := 16 * isoSector; at+isoSector <= len(s.body) && at < 80*isoSector; at += isoSector {
		d := s.body[at : at+isoSector]
		if string(d[1:6]) != "CD001" || d[0] == 255 {
			break
		}
		switch {
		case d[0] == 1 && root == nil:
			root = d[156:190]
		case d[0] == 2 && d[88] == '%' && d[89] == '/' && (d[90] == '@' || d[90] == 'C' || d[90] == 'E'):
			root, joliet = d[156:190], true
		}
	}
	if root == nil {
		x.problem("image_unreadable", "no volume descriptor: "+s.path)
		return ""
	}
	w := isoWalk{x: x, s: s, joliet: joliet, left: isoRecords, been: map[uint32]bool{}}
	w.folder("", le32(root, 2), le32(root, 10), 0)
	return ""
}

type isoWalk struct {
	x      *examiner
	s      subject
	joliet bool
	left   int
	been   map[uint32]bool
}

func (w *isoWalk) folder(prefix string, sector, size uint32, depth int) {
	if depth > 8 || w.been[sector] {
		return
	}
	w.been[sector] = true
	b := extent(w.s.body, sector, size)
	for at := 0; at+34 <= len(b); {
		n := int(b[at])
		if n == 0 { // records do not cross sectors
			at = (at/isoSector + 1) * isoSector
			continue
		}
		if n < 34 || at+n > len(b) {
			return
		}
		if w.left--; w.left < 0 {
			w.x.stop("too_many_files", "more attachments and members than are looked at")
			return
		}
		r := b[at : at+n]
		at += n
		nameLen := int(r[32])
		if 33+nameLen > len(r) || nameLen == 0 || nameLen == 1 && r[33] <= 1 { // . and ..
			continue
		}
		name := string(r[33 : 33+nameLen])
		if w.joliet {
			name = string(utf16Text(r[33:33+nameLen], true))
		}
		name, _, _ = strings.Cut(strings.ToValidUTF8(name, "�"), ";")
		at, size := le32(r, 2), le32(r, 10)
		if r[25]&2 != 0 {
			w.folder(prefix+name+"/", at, size, depth+1)
			continue
		}
		body := extent(w.s.body, at, size)
		whole := uint32(len(body)) == size
		if !whole && len(body) == 0 {
			body = nil
		}
		w.x.member(w.s, prefix+name, body, int64(size), whole)
	}
}

// extent is what of a file lies within the image; not nil for empty files.
func extent(b []byte, sector, size uint32) []byte {
	from := min(int64(sector)*isoSector, int64(len(b)))
	return b[from:min(from+int64(size), int64(len(b)))]
}
