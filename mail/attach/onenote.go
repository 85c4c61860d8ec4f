package attach

import (
	"bytes"
	"fmt"
)

// fileData begins an embedded file in a OneNote store: GUID
// {BDE316E7-2665-4511-A4C4-8D4D0B7A9EAC} (MS-ONESTORE 2.6.13).
var fileData = []byte("\xe7\x16\xe3\xbd\x65\x26\x11\x45\xa4\xc4\x8d\x4d\x0b\x7a\x9e\xac")

// oneNote examines the files embedded in a OneNote section. Pictures of the
// page are such files, too.
func (x *examiner) oneNote(s subject) string {
	b := s.body
	for n := 1; n <= 50; n++ {
		at := bytes.Index(b, fileData)
		if at < 0 || at+36 > len(b) {
			break
		}
		size := uint64(le32(b, at+16)) | uint64(le32(b, at+20))<<32
		data := b[at+36:]
		whole := size <= uint64(len(data))
		if whole {
			data = data[:size]
		}
		if kind := kindOf("", data); kindClass[kind] != classImage {
			x.find("onenote_embedded", s, kind)
		}
		x.member(s, fmt.Sprintf("file%d", n), data, int64(min(size, 1<<40)), whole)
		b = b[at+36:]
		if whole {
			b = b[len(data):]
		}
	}
	return ""
}
