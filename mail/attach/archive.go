package attach

import (
	"archive/tar"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"strings"
	"unicode/utf16"
)

// gzip examines what a gzip file holds: one member, named in its header or
// after the file.
func (x *examiner) gzip(s subject) string {
	r, err := gzip.NewReader(bytesReader(s.body))
	if err != nil {
		x.problem("archive_unreadable", "gzip: "+s.path)
		return ""
	}
	name := r.Name
	if name == "" {
		name = unpackedName(s.name, ".gz", ".tgz")
	}
	b, whole := x.inflate(s, r, int64(len(s.body)), 0)
	x.member(s, name, b, int64(len(b)), whole)
	x.release(b)
	return ""
}

// maxBzip2 is how much of a bzip2 file is inflated: it gives 10 to 20 MB a second.
const maxBzip2 = 4 << 20

func (x *examiner) bzip2(s subject) string {
	b, whole := x.inflate(s, io.LimitReader(bzip2.NewReader(bytesReader(s.body)), maxBzip2), int64(len(s.body)), 0)
	x.member(s, unpackedName(s.name, ".bz2", ".tbz"), b, int64(len(b)), whole && len(b) < maxBzip2)
	x.release(b)
	return ""
}

func unpackedName(name string, packed, tarred string) string {
	name = fileName(name)
	low := strings.ToLower(name)
	switch {
	case strings.HasSuffix(low, packed) && len(name) == len(low):
		return name[:len(name)-len(packed)]
	case strings.HasSuffix(low, tarred) && len(name) == len(low):
		return name[:len(name)-len(tarred)] + ".tar"
	}
	return name + "!content"
}

func (x *examiner) tar(s subject) string {
	r := tar.NewReader(bytesReader(s.body))
	for range maxFiles {
		h, err := r.Next()
		if err == io.EOF {
			return ""
		}
		if err != nil {
			x.problem("archive_unreadable", "tar: "+s.path)
			return ""
		}
		if h.Typeflag != tar.TypeReg {
			continue
		}
		// Holes of sparse files come out of nothing: the ratio of a member is
		// held against the whole tar.
		b, whole := x.inflate(s, r, int64(len(s.body)), min(h.Size, int64(len(s.body))))
		x.member(s, cut(h.Name, maxPathBytes), b, h.Size, whole)
		x.release(b)
	}
	x.stop("too_many_files", "more attachments and members than are looked at")
	return ""
}

// cab lists a cabinet (MS-CAB 2.1 to 2.3); it is not unpacked.
func (x *examiner) cab(s subject) string {
	b := s.body
	if len(b) < 36 {
		return ""
	}
	at, n := int(le32(b, 16)), int(le16(b, 28))
	for range min(n, maxFiles) {
		if at < 0 || at+17 > len(b) {
			x.problem("archive_unreadable", "cab: "+s.path)
			return ""
		}
		size := int64(le32(b, at))
		end := bytes.IndexByte(b[at+16:min(len(b), at+16+257)], 0)
		if end < 0 {
			return ""
		}
		x.member(s, string(b[at+16:at+16+end]), nil, size, false)
		at += 16 + end + 1
	}
	return ""
}

// sevenZip says whether a 7z archive is encrypted and lists its names where
// the header is not compressed (7zFormat.txt of the LZMA SDK).
func (x *examiner) sevenZip(s subject) string {
	b := s.body
	if len(b) < 32 {
		return ""
	}
	off, size := 32+int64(le32(b, 12))+int64(le32(b, 16))<<32, int64(le32(b, 20))+int64(le32(b, 24))<<32
	if off < 32 || size <= 0 || off > int64(len(b)) || size > int64(len(b))-off {
		x.problem("archive_unreadable", "7z: header beyond the end: "+s.path)
		return ""
	}
	header := b[off : off+size]
	if bytes.Contains(header, []byte{0x06, 0xF1, 0x07, 0x01}) { // coder 7zAES
		x.encrypted("encrypted_archive", s, "")
	}
	if header[0] != 0x01 {
		return "" // compressed: names are not to be had without LZMA
	}
	// kNames: 0x11, size, 0 (not external), then UTF-16 names, each ended by a zero.
	for at := 1; at+3 < len(header); at++ {
		if header[at] != 0x11 {
			continue
		}
		n, skip := int(header[at+1]), 2
		if n >= 0x80 && n < 0xC0 {
			n, skip = (n&0x3f)<<8|int(header[at+2]), 3
		}
		if at+skip+n > len(header) || n < 3 || n%2 == 0 || header[at+skip] != 0 {
			continue
		}
		for _, name := range utf16Names(header[at+skip+1 : at+skip+n]) {
			x.member(s, name, nil, 0, false)
		}
		return ""
	}
	return ""
}

func utf16Names(b []byte) []string {
	var list []string
	var units []uint16
	for ; len(b) >= 2; b = b[2:] {
		u := le16(b, 0)
		if u == 0 {
			list = append(list, string(utf16.Decode(units)))
			units = units[:0]
			continue
		}
		if len(units) < maxPathBytes {
			units = append(units, u)
		}
	}
	return list
}

// rar lists a RAR archive of version 4 or 5; it is not unpacked.
func (x *examiner) rar(s subject) string {
	if len(s.body) < 8 {
		return ""
	}
	if s.body[6] == 1 {
		x.rar5(s, s.body[8:])
	} else {
		x.rar4(s, s.body[7:])
	}
	return ""
}

// rar4 reads blocks of crc(2) type(1) flags(2) size(2) [added size(4)]
// (technote.txt of RAR 4).
func (x *examiner) rar4(s subject, b []byte) {
	for range 2 * maxFiles {
		if len(b) < 7 {
			return
		}
		kind, flags, size := b[2], le16(b, 3), int64(le16(b, 5))
		if size < 7 || size > int64(len(b)) {
			return
		}
		skip := size
		switch {
		case kind == 0x73 && flags&0x80 != 0: // archive header: what follows is encrypted
			x.encrypted("encrypted_archive", s, "")
			return
		case kind == 0x74 && size >= 32: // file
			skip += int64(le32(b, 7))
			n := int(le16(b, 26))
			at := 32
			if flags&0x100 != 0 {
				at += 8
			}
			if flags&4 != 0 {
				x.encrypted("encrypted_archive", s, "")
			}
			if at+n <= int(size) && flags&0xe0 != 0xe0 {
				name, _, _ := bytes.Cut(b[at:at+n], []byte{0}) // then the packed Unicode name
				x.member(s, strings.ToValidUTF8(string(name), "�"), nil, int64(le32(b, 11)), false)
			}
		case flags&0x8000 != 0 && size >= 11:
			skip += int64(le32(b, 7))
		}
		if skip > int64(len(b)) {
			return
		}
		b = b[skip:]
	}
}

// rar5 reads blocks of crc32, then variable-length integers: size, type, flags,
// extra size, data size (rarlab.com/technote.htm).
func (x *examiner) rar5(s subject, b []byte) {
	for range 2 * maxFiles {
		if len(b) < 7 {
			return
		}
		r := varints{b: b[4:]}
		size := r.next()
		if r.bad || size > uint64(len(r.b)) {
			return
		}
		rest := r.b[size:]
		r.b = r.b[:size]
		kind, flags := r.next(), r.next()
		var extra, data uint64
		if flags&1 != 0 {
			extra = r.next()
		}
		if flags&2 != 0 {
			data = r.next()
		}
		switch kind {
		case 4: // encryption header
			x.encrypted("encrypted_archive", s, "")
			return
		case 2: // file
			fileFlags := r.next()
			unpacked := r.next()
			r.next() // attributes
			if fileFlags&2 != 0 {
				r.skip(4)
			}
			if fileFlags&4 != 0 {
				r.skip(4)
			}
			r.next() // compression
			r.next() // system
			name := r.take(r.next())
			if extra > 0 && extra <= uint64(len(r.b)) {
				e := varints{b: r.b[uint64(len(r.b))-extra:]}
				for !e.bad && len(e.b) > 0 {
					record := varints{b: e.take(e.next())}
					if !record.bad && len(record.b) > 0 && record.next() == 1 {
						x.encrypted("encrypted_archive", s, "")
					}
				}
			}
			if !r.bad && fileFlags&1 == 0 {
				x.member(s, strings.ToValidUTF8(string(name[:min(len(name), maxPathBytes)]), "�"), nil, int64(unpacked), false)
			}
		}
		if data > uint64(len(rest)) {
			return
		}
		b = rest[data:]
	}
}

// varints reads RAR5's integers, seven bits a byte, lowest first.
type varints struct {
	b   []byte
	bad bool
}

func (r *varints) next() (v uint64) {
	for i := range min(len(r.b), 10) {
		v |= uint64(r.b[i]&0x7f) << (7 * i)
		if r.b[i] < 0x80 {
			r.b = r.b[i+1:]
			return v
		}
	}
	r.bad, r.b = true, nil
	return 0
}

func (r *varints) take(n uint64) []byte {
	if n > uint64(len(r.b)) {
		r.bad, r.b = true, nil
		return nil
	}
	t := r.b[:n]
	r.b = r.b[n:]
	return t
}

func (r *varints) skip(n uint64) { r.take(n) }
