package attach

import (
	"bytes"
	"strings"
)

// Class ids that name what an object is, as they lie in the file.
const (
	classEquation = "02ce020000000000c000000000000046" // Equation.3, CVE-2017-11882
	classPackage  = "0c00030000000000c000000000000046" // Package
	classMSI      = "84100c0000000000c000000000000046"
)

// ole examines a compound file: what program wrote it, its macros and objects.
func (x *examiner) ole(s subject) (kind string) {
	c := openCompound(s.body)
	if c == nil {
		x.problem("document_unreadable", "compound file: "+s.path)
		return ""
	}
	vba := false
	objects := 0
	for i := range c.entries {
		e := &c.entries[i]
		low := strings.ToLower(e.name)
		switch {
		case e.class == classMSI:
			kind = "msi"
			if s.depth > 0 {
				x.find("executable_in_archive", s, "msi")
			} else {
				x.find("executable", s, "msi")
			}
		case e.class == classEquation, low == "equation native":
			x.find("equation_object", s, e.name)
		case e.class == classPackage:
			x.find("ole_package", s, e.name)
		}
		if e.folder {
			vba = vba || low == "vba" || low == "_vba_project_cur" || low == "macros"
			continue
		}
		switch {
		case low == "worddocument":
			kind = "doc"
		case low == "workbook" || low == "book":
			kind = "xls"
			x.biff(s, x.search(c.stream(e, maxSearch-1)))
		case low == "powerpoint document":
			kind = "ppt"
		case strings.HasPrefix(low, "__properties_version1"):
			kind = "msg"
			x.find("nested_mail", s, "")
		case low == "encryptedpackage":
			kind = "ooxml_encrypted"
			x.encrypted("encrypted_document", s, "")
		case low == "_vba_project" || low == "dir" && vba:
			vba = true
		case low == "\x01ole10native":
			if objects++; objects <= 20 {
				x.olePackage(s, c.stream(e, maxMember))
			}
		}
	}
	if vba {
		x.macros(s, c)
	}
	return kind
}

// olePackage examines a file that was embedded by the Packager (OLE 1 native
// data): size, two bytes, label, source path, eight bytes, temporary path,
// size, data.
func (x *examiner) olePackage(s subject, b []byte) {
	x.find("ole_package", s, "")
	if len(b) < 8 {
		return
	}
	r := b[6:]
	label, r, ok := bytes.Cut(r, []byte{0})
	if !ok {
		return
	}
	_, r, ok = bytes.Cut(r, []byte{0})
	if !ok || len(r) < 8 {
		return
	}
	_, r, ok = bytes.Cut(r[8:], []byte{0})
	if !ok || len(r) < 4 {
		return
	}
	n := int(le32(r, 0))
	data := r[4:]
	x.member(s, cut(string(label), maxPathBytes), data[:min(n, len(data))], int64(n), n <= len(data))
}

// biff looks for Excel 4.0 macro sheets in the BoundSheet8 records
// (MS-XLS 2.4.28: dt 1 is a macro sheet).
func (x *examiner) biff(s subject, b []byte) {
	for range 20000 {
		if len(b) < 4 {
			return
		}
		kind, n := le16(b, 0), int(le16(b, 2))
		b = b[4:]
		if n > len(b) {
			return
		}
		switch {
		case kind == 0x85 && n >= 6 && b[5] == 1:
			x.find("macro_sheet", s, "")
		case kind == 0x2f: // FilePass: what follows is encrypted
			x.encrypted("encrypted_document", s, "")
			return
		}
		b = b[n:]
	}
}

// autoNames are procedures that Office runs by itself when a document is
// opened or closed (Microsoft: "Auto Macros", "Workbook events").
var autoNames = []string{
	"autoopen", "autoexec", "autoclose", "autonew", "auto_open", "auto_close", "document_open", "document_close", "document_new",
	"workbook_open", "workbook_activate", "workbook_beforeclose", "inkpicture", "_layout", "_gotfocus", "_painted", "_onconnecting",
}

// dangerous are calls that macros of documents rarely need.
var dangerous = []string{
	"shell(", "wscript.shell", "createobject(", "getobject(", "urldownloadtofile", "xmlhttp", "powershell", "adodb.stream", "virtualalloc",
	"environ(", "callbyname(", "winmgmts", "shellexecute", "rtlmovememory", "createthread",
}

// macros reads the source of the VBA modules.
func (x *examiner) macros(s subject, c *compound) {
	var auto, calls []string
	for i := range c.entries {
		e := &c.entries[i]
		if e.folder || e.size < 16 {
			continue
		}
		if x.searched >= maxSearched {
			break // entries may share one stream
		}
		raw := x.search(c.stream(e, maxSearch-1))
		// A module's stream is performance cache, then the compressed source,
		// which begins with "Attribute VB_Name" as literal tokens (MS-OVBA
		// 2.3.4.3): 0x01, two bytes of chunk header, a flag byte of zero, text.
		at := bytes.Index(raw, []byte("\x00Attribut"))
		if at < 3 || raw[at-3] != 1 {
			continue
		}
		source := strings.ToLower(string(decompressVBA(raw[at-3:], 512<<10)))
		x.searched += len(source)
		auto = appendFound(auto, source, autoNames)
		calls = appendFound(calls, source, dangerous)
		for _, u := range urlsIn(source, 20) {
			x.link(u)
		}
	}
	x.find("macro", s, strings.Join(calls, " "))
	if len(auto) > 0 {
		x.find("macro_auto", s, strings.Join(auto, " "))
	}
}

// appendFound adds the words that stand in text.
func appendFound(list []string, text string, words []string) []string {
	for _, w := range words {
		if len(list) < 10 && strings.Contains(text, w) {
			list = append(list, w)
		}
	}
	return list
}

// decompressVBA opens a compressed container (MS-OVBA 2.4.1), up to limit
// bytes; what cannot be read ends it.
func decompressVBA(b []byte, limit int) []byte {
	if len(b) < 3 || b[0] != 1 {
		return nil
	}
	var out []byte
	for b = b[1:]; len(b) >= 2 && len(out) < limit; {
		header := le16(b, 0)
		size := int(header&0xfff) + 3
		if header>>12&7 != 3 {
			break
		}
		chunk := b[2:min(size, len(b))]
		b = b[min(size, len(b)):]
		if header&0x8000 == 0 { // not compressed
			out = append(out, chunk...)
			continue
		}
		begin := len(out)
		for len(chunk) > 0 {
			flags := chunk[0]
			chunk = chunk[1:]
			for bit := 0; bit < 8 && len(chunk) > 0; bit++ {
				if flags>>bit&1 == 0 {
					out = append(out, chunk[0])
					chunk = chunk[1:]
					continue
				}
				if len(chunk) < 2 {
					return out
				}
				token := int(le16(chunk, 0))
				chunk = chunk[2:]
				// 2.4.1.3.19.1: the offset takes as many bits as the chunk so
				// far needs, at least four.
				bits := 4
				for 1<<bits < len(out)-begin {
					bits++
				}
				if bits > 12 {
					return out
				}
				length, offset := token&(0xffff>>bits)+3, token>>(16-bits)+1
				if offset > len(out)-begin {
					return out
				}
				for range length {
					out = append(out, out[len(out)-offset])
				}
			}
			if len(out)-begin > 4096 {
				break
			}
		}
	}
	return out
}
