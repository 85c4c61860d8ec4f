package mail

import (
	"encoding/binary"
	"encoding/hex"
	"strings"
	"unicode/utf16"
)

// tnef lists what a winmail.dat holds ([MS-OXTNEF] §2.1): Outlook packs the
// attachments of a mail in it, where nothing else would see them. The bodies
// that it may hold besides are not read.
func (p *parser) tnef(packed *Attachment) {
	b := packed.Content
	if len(b) < 6 || binary.LittleEndian.Uint32(b) != 0x223e9f78 {
		p.problem("bad_tnef", "a winmail.dat is none")
		return
	}
	const (
		inAttachment = 2
		rendering    = 0x00069002 // begins an attachment
		title        = 0x00018010
		data         = 0x0006800f
		properties   = 0x00069005
	)
	depth := packed.Depth
	var a *Attachment
	for b = b[6:]; len(b) >= 9; {
		level, id, size := b[0], binary.LittleEndian.Uint32(b[1:]), int64(binary.LittleEndian.Uint32(b[5:]))
		b = b[9:]
		if level != 1 && level != inAttachment || size > int64(len(b)) {
			p.problem("bad_tnef", "a winmail.dat is damaged")
			return
		}
		value := b[:size]
		if b = b[size:]; len(b) >= 2 {
			b = b[2:] // a sum of its bytes
		}
		if level != inAttachment {
			continue
		}
		if id == rendering {
			if len(p.msg.Attachments) >= MaxAttachments {
				p.problem("too_many_attachments", "more attachments than are read")
				return
			}
			p.msg.Attachments = append(p.msg.Attachments, Attachment{Type: "application/octet-stream", Depth: depth})
			a = &p.msg.Attachments[len(p.msg.Attachments)-1]
		}
		if a == nil {
			continue
		}
		switch id {
		case title:
			if a.Name == "" {
				a.Name = p.codes.plain(strings.TrimRight(string(value), "\x00"), "")
			}
		case data:
			p.hash.Reset()
			p.hash.Write(value)
			a.Content, a.Size, a.SHA256 = value, size, hex.EncodeToString(p.hash.Sum(nil))
		case properties:
			if name := tnefName(value); name != "" {
				a.Name = name
			}
		}
	}
}

// tnefName finds PidTagAttachLongFilename in a list of properties
// ([MS-OXTNEF] §2.1.3.4).
func tnefName(b []byte) string {
	const longFilename, named = 0x3707, 0x8000
	next := func(n int) []byte {
		if n < 0 || n > len(b) {
			b = nil
			return nil
		}
		v := b[:n]
		b = b[n:]
		return v
	}
	number := func() int {
		if v := next(4); v != nil {
			return int(binary.LittleEndian.Uint32(v))
		}
		return 0
	}
	for count := min(number(), 1000); count > 0 && len(b) >= 4; count-- {
		tag := number()
		kind, id := tag&0xffff, tag>>16
		if id >= named {
			next(16)
			if number() == 0 {
				number()
			} else {
				next((number() + 3) &^ 3)
			}
		}
		values := 1
		variable := kind&^0x1000 == 0x1e || kind&^0x1000 == 0x1f || kind&^0x1000 == 0x102 || kind == 0x0d
		if variable || kind&0x1000 != 0 {
			values = min(number(), 1000)
		}
		for ; values > 0 && len(b) > 0; values-- {
			if !variable {
				next(fixedSize(kind &^ 0x1000))
				continue
			}
			size := number()
			v := next((size + 3) &^ 3)
			if id == longFilename && size <= len(v) {
				if kind == 0x1f {
					return fromUTF16(v[:size])
				}
				return strings.TrimRight(strings.ToValidUTF8(string(v[:size]), "\ufffd"), "\x00")
			}
		}
	}
	return ""
}

// fixedSize is the size of a property's value, padded to four bytes.
func fixedSize(kind int) int {
	switch kind {
	case 0x05, 0x06, 0x07, 0x14, 0x40:
		return 8
	case 0x48:
		return 16
	}
	return 4
}

// fromUTF16 reads little-endian UTF-16 without its final zeros.
func fromUTF16(b []byte) string {
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}
