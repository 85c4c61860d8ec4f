package attach

import (
	"bytes"
	"encoding/binary"
	"io"
	"path"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"
)

// A zip is read by its central directory, as Windows and Office do, and the
// local headers are held against it (APPNOTE.TXT 4.3): where they differ,
// somebody wants a scanner to see something else than the person.

// bytesReader gives decompressors a ByteReader, so that they do not read ahead.
func bytesReader(b []byte) *bytes.Reader { return bytes.NewReader(b) }

type zipEntry struct {
	name      string
	method    uint16
	encrypted bool
	aes       zipAES
	check     byte   // that the password check of ZipCrypto must give
	packed    []byte // as it lies there; nil if it is not within the file
	size      int64  // as stated, to be believed by nobody
	folder    bool
}

// zipAES is the extra field 0x9901 of WinZip; the zero value is no AES.
type zipAES struct {
	strength byte // 1, 2, 3: 128, 192, 256 bits
	method   uint16
}

type zipList struct {
	entries []zipEntry
	cut     bool   // there are more
	lies    string // how the directory and what lies in the file differ
	overlap bool   // entries share bytes
	noDir   bool   // no central directory: read by local headers
}

const (
	zipLocal   = 0x04034b50
	zipCentral = 0x02014b50
)

// listZip lists at most limit entries.
func listZip(b []byte, limit int) zipList {
	// The end record is in the last 64 KiB; a comment may hold a false one, so
	// the last one counts whose directory is really there.
	low := max(0, len(b)-65557)
	zip64 := false
	for at := len(b) - 22; at >= low; at-- {
		if b[at] != 'P' || string(b[at:at+4]) != "PK\x05\x06" {
			continue
		}
		size, off := int(binary.LittleEndian.Uint32(b[at+12:])), int(binary.LittleEndian.Uint32(b[at+16:]))
		// Bytes before the archive (self-extractors, polyglots) move everything.
		base := at - size - off
		if base < 0 || size > at || off == 0xffffffff {
			base = 0
		}
		start := base + off
		if size == 0 && at == off {
			return zipList{} // an empty archive
		}
		if start+4 <= at && start >= 0 && binary.LittleEndian.Uint32(b[start:]) == zipCentral {
			return zipByDirectory(b, start, base, at, limit)
		}
		if off == 0xffffffff && !zip64 {
			zip64 = true // the first directory entry is looked for once: this may be long
			if i := bytes.Index(b[:at], []byte("PK\x01\x02")); i > 0 {
				return zipByDirectory(b, i, 0, at, limit)
			}
		}
	}
	return zipByHeaders(b, limit)
}

func zipByDirectory(b []byte, at, base, end, limit int) (l zipList) {
	total := 0
	for at+46 <= end && binary.LittleEndian.Uint32(b[at:]) == zipCentral {
		h := b[at:]
		nameLen, extraLen, commentLen := int(le16(h, 28)), int(le16(h, 30)), int(le16(h, 32))
		next := at + 46 + nameLen + extraLen + commentLen
		if next > end {
			l.lies = "a directory entry beyond the end"
			break
		}
		if len(l.entries) >= limit {
			l.cut = true
			break
		}
		flags := le16(h, 8)
		e := zipEntry{
			name: zipName(h[46:46+nameLen], flags), method: le16(h, 10), encrypted: flags&1 != 0,
			size: int64(le32(h, 24)), check: h[19],
		}
		if flags&8 != 0 {
			e.check = h[13] // high byte of the time, where the checksum comes after the data
		}
		e.readExtra(h[46+nameLen : 46+nameLen+extraLen])
		e.folder = strings.HasSuffix(e.name, "/")
		packed, local := int(le32(h, 20)), base+int(le32(h, 42))
		if lie := e.locate(b, local, packed, h[46:46+nameLen], flags); lie != "" && l.lies == "" {
			l.lies = lie + ": " + e.name
		}
		total += len(e.packed)
		l.entries = append(l.entries, e)
		at = next
	}
	// Entries that share data (Fifield 2019, "A better zip bomb") have more
	// packed bytes than the file has.
	l.overlap = total > len(b)
	return l
}

// locate finds the entry's data by its local header, and says how the two
// headers differ.
func (e *zipEntry) locate(b []byte, at, packed int, rawName []byte, flags uint16) string {
	if at < 0 || at+30 > len(b) || le32(b[at:], 0) != zipLocal {
		return "no local header"
	}
	h := b[at:]
	nameLen, extraLen := int(le16(h, 26)), int(le16(h, 28))
	data := at + 30 + nameLen + extraLen
	if data > len(b) {
		return "local header beyond the end"
	}
	if packed == 0xffffffff || packed > len(b)-data {
		packed = len(b) - data
	}
	e.packed = b[data : data+packed]
	switch {
	case !bytes.Equal(b[at+30:at+30+nameLen], rawName):
		return "two names"
	case le16(h, 8) != e.method:
		return "two methods"
	case le16(h, 6)&1 != flags&1:
		return "encrypted in one header only"
	}
	return ""
}

// zipByHeaders reads what has lost its directory, or never had one.
func zipByHeaders(b []byte, limit int) (l zipList) {
	l.noDir = true
	for at := 0; at+30 <= len(b); {
		if le32(b[at:], 0) != zipLocal {
			i := bytes.Index(b[at+1:], []byte("PK\x03\x04"))
			if i < 0 {
				return l
			}
			at += 1 + i
			continue
		}
		h := b[at:]
		nameLen, extraLen := int(le16(h, 26)), int(le16(h, 28))
		data := at + 30 + nameLen + extraLen
		if data > len(b) {
			return l
		}
		if len(l.entries) >= limit {
			l.cut = true
			return l
		}
		flags := le16(h, 6)
		e := zipEntry{name: zipName(b[at+30:at+30+nameLen], flags), method: le16(h, 8), encrypted: flags&1 != 0, size: int64(le32(h, 22)), check: h[17]}
		if flags&8 != 0 {
			e.check = h[11]
		}
		e.readExtra(b[at+30+nameLen : data])
		e.folder = strings.HasSuffix(e.name, "/")
		packed := int(le32(h, 18))
		if flags&8 != 0 && packed == 0 || packed > len(b)-data {
			packed = len(b) - data // the decompressor knows where it ends
			if i := bytes.Index(b[data:], []byte("PK\x03\x04")); i >= 0 {
				packed = i
			}
		}
		e.packed = b[data : data+packed]
		l.entries = append(l.entries, e)
		at = data + packed
	}
	return l
}

func (e *zipEntry) readExtra(b []byte) {
	for len(b) >= 4 {
		id, n := le16(b, 0), int(le16(b, 2))
		if n > len(b)-4 {
			return
		}
		if id == 0x9901 && n >= 7 && string(b[6:8]) == "AE" {
			e.aes = zipAES{strength: b[8], method: le16(b, 9)}
		}
		b = b[4+n:]
	}
}

// zipName decodes a name: UTF-8 by flag bit 11 or by its look, else code page 437.
func zipName(b []byte, flags uint16) string {
	b = b[:min(len(b), maxPathBytes)]
	if flags&0x800 == 0 && !utf8.Valid(b) {
		if s, err := charmap.CodePage437.NewDecoder().Bytes(b); err == nil {
			b = s
		}
	}
	return strings.ToValidUTF8(string(b), "�")
}

// open gives an entry's content. ok is false for methods that are not known.
func (e *zipEntry) open(packed []byte, method uint16) (io.Reader, bool) {
	switch method {
	case 0:
		return bytesReader(packed), true
	case 8:
		return deflated(packed), true
	}
	return nil, false
}

// zip examines the members of an archive.
func (x *examiner) zip(s subject) string {
	l := listZip(s.body, maxFiles)
	x.zipForm(s, l)
	encrypted := false
	for i := range l.entries {
		e := &l.entries[i]
		if e.folder {
			continue
		}
		if e.encrypted {
			if !encrypted {
				encrypted = true
				x.encrypted("encrypted_archive", s, "")
			}
			x.decrypt(s, e)
			continue
		}
		var b []byte
		whole := false
		if !l.overlap { // a bomb is listed, not lit
			b, whole = x.entry(s, e)
		}
		if b == nil {
			x.member(s, e.name, nil, e.size, false)
			continue
		}
		x.member(s, e.name, b, e.size, whole)
		x.release(b)
	}
	return ""
}

// entry inflates one entry that is not encrypted.
func (x *examiner) entry(s subject, e *zipEntry) ([]byte, bool) {
	r, ok := e.open(e.packed, e.method)
	if !ok || e.packed == nil {
		return nil, false
	}
	return x.inflate(s, r, int64(len(e.packed)), e.size)
}

func (x *examiner) zipForm(s subject, l zipList) {
	if l.lies != "" {
		x.find("archive_inconsistent", s, l.lies)
	}
	if l.overlap {
		x.find("archive_bomb", s, "members share bytes")
		x.Cut = true
	}
	if l.noDir {
		x.problem("zip_without_directory", "a zip without its directory: cut off, or made so: "+s.path)
	}
	if l.cut {
		x.stop("too_many_files", "more attachments and members than are looked at")
	}
}

// fileName is the last element of a path in an archive.
func fileName(p string) string { return path.Base(strings.ReplaceAll(p, `\`, "/")) }

func le16(b []byte, at int) uint16 { return binary.LittleEndian.Uint16(b[at:]) }
func le32(b []byte, at int) uint32 { return binary.LittleEndian.Uint32(b[at:]) }
