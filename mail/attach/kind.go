package attach

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"
)

// magic is a kind's first bytes at a fixed place. Where one is the beginning
// of another, the longer stands first.
var magic = []struct {
	at    int
	bytes string
	kind  string
}{
	{0, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "ole"},
	{0, "PK\x03\x04", "zip"}, {0, "PK\x05\x06", "zip"}, {0, "PK\x07\x08PK", "zip"},
	{0, "7z\xbc\xaf\x27\x1c", "7z"},
	{0, "Rar!\x1a\x07", "rar"},
	{0, "\x1f\x8b\x08", "gz"},
	{0, "BZh", "bz2"},
	{0, "\xfd7zXZ\x00", "xz"},
	{0, "\x28\xb5\x2f\xfd", "zst"},
	{0, "MSCF\x00\x00\x00\x00", "cab"},
	{7, "**ACE**", "ace"},
	{0, "\x60\xea", "arj"},
	{2, "-lh5-", "lzh"},
	{257, "ustar", "tar"},
	{32769, "CD001", "iso"},
	{32769, "BEA01", "udf"},
	{0, "conectix", "vhd"}, {0, "vhdxfile", "vhdx"},
	{0, "L\x00\x00\x00\x01\x14\x02\x00", "lnk"}, // MS-SHLLINK 2.1
	{0, "\x7fELF", "elf"},
	{0, "\xfe\xed\xfa\xce", "macho"}, {0, "\xfe\xed\xfa\xcf", "macho"}, {0, "\xce\xfa\xed\xfe", "macho"}, {0, "\xcf\xfa\xed\xfe", "macho"},
	{0, "\xca\xfe\xba\xbe", "class"}, // Java, and Mach-O for several processors: both are programs
	{0, "\x89PNG\r\n\x1a\n", "png"},
	{0, "\xff\xd8\xff", "jpeg"},
	{0, "GIF87a", "gif"}, {0, "GIF89a", "gif"},
	{8, "WEBP", "webp"},
	{0, "II*\x00", "tiff"}, {0, "MM\x00*", "tiff"},
	{0, "\x00\x00\x01\x00", "ico"},
	{4, "ftypheic", "heic"}, {4, "ftypmif1", "heic"}, {4, "ftyp", "video"},
	{0, "ID3", "audio"}, {0, "OggS", "audio"}, {0, "fLaC", "audio"}, {8, "WAVE", "audio"}, {8, "AVI ", "video"}, {0, "\x1aE\xdf\xa3", "video"},
	{0, "wOFF", "font"}, {0, "wOF2", "font"}, {0, "OTTO", "font"}, {0, "\x00\x01\x00\x00\x00", "font"},
	{0, "ITSF", "chm"},
	{0, "\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3", "one"}, // MS-ONESTORE 2.3.1
	{0, "{\\rt", "rtf"}, // Word asks for no more than this
	{0, "-----BEGIN PGP", "pgp"},
}

// kindOf names what b is, by content; among texts that look alike the name
// decides. "" is unknown. It looks at the first 64 KiB, at the directory of
// zips and OLE files, and at the places of disk image headers.
func kindOf(name string, b []byte) string {
	for i := range magic {
		m := &magic[i]
		if len(b) >= m.at+len(m.bytes) && string(b[m.at:m.at+len(m.bytes)]) == m.bytes {
			switch m.kind {
			case "zip":
				return zipKind(b)
			}
			return m.kind
		}
	}
	// A PDF header may stand anywhere in the first 1,024 bytes (ISO 32000 annex
	// H, implementation note 13): "junk first" is a way around scanners.
	if head := b[:min(len(b), 1024)]; bytes.Contains(head, []byte("%PDF-")) {
		return "pdf"
	}
	switch {
	case len(b) > 64 && b[0] == 'M' && b[1] == 'Z':
		return "pe"
	case len(b) > 26 && b[0] == 'B' && b[1] == 'M' && binary.LittleEndian.Uint32(b[6:]) == 0:
		return "bmp"
	case len(b) > 512 && string(b[len(b)-512:len(b)-504]) == "conectix":
		return "vhd"
	case len(b) > 512 && string(b[len(b)-512:len(b)-508]) == "koly":
		return "dmg"
	case len(b) > 1024 && b[510] == 0x55 && b[511] == 0xAA && (string(b[54:57]) == "FAT" || string(b[82:85]) == "FAT" || string(b[3:7]) == "NTFS" || b[0] == 0x33):
		return "img"
	case len(b) > 20 && b[0] == 0x30 && b[1] >= 0x80 && b[1] <= 0x84:
		if bytes.Contains(b[:min(len(b), 1<<16)], []byte("PayloadType")) {
			return "mobileconfig" // signed
		}
		return "der"
	case len(b) > 4 && b[0] == 0xff && b[1]&0xe0 == 0xe0 && b[1] != 0xff && b[1] != 0xfe:
		return "audio"
	}
	return textKind(name, b)
}

// zipKind tells office files, programs and plain archives apart by the names
// of the first members.
func zipKind(b []byte) string {
	kind := "zip"
	for _, e := range listZip(b, 40).entries {
		n := strings.TrimPrefix(strings.ReplaceAll(e.name, `\`, "/"), "/")
		switch {
		case strings.HasPrefix(n, "word/"):
			return "docx"
		case strings.HasPrefix(n, "xl/"):
			return "xlsx"
		case strings.HasPrefix(n, "ppt/"):
			return "pptx"
		case n == "AndroidManifest.xml":
			return "apk"
		case n == "META-INF/MANIFEST.MF":
			kind = "jar"
		case n == "mimetype" && bytes.Contains(b[:min(len(b), 200)], []byte("application/vnd.oasis.opendocument")):
			return "odf"
		}
	}
	return kind
}

// scriptExtensions gives the kind of a text by its extension, where content of
// that kind has no sure mark.
var scriptExtensions = map[string]string{
	"js": "js", "jse": "js", "vbs": "vbs", "vbe": "vbs", "wsf": "wsf", "wsc": "wsf", "sct": "wsf", "wsh": "wsf", "hta": "hta",
	"bat": "bat", "cmd": "bat", "ps1": "ps1", "psm1": "ps1", "sh": "sh", "command": "sh", "reg": "reg",
	"rdp": "rdp", "ics": "ics", "vcf": "vcf", "desktop": "desktop", "webloc": "webloc", "library-ms": "library-ms",
	"search-ms": "search-ms", "settingcontent-ms": "settingcontent-ms", "eml": "eml", "url": "url", "website": "url",
}

// shapes are marks of texts, looked for in the first 4 KiB in lower case. All
// of a shape's words must be there.
var shapes = []struct {
	kind  string
	words []string
}{
	{"mobileconfig", []string{"<plist", "payloadtype"}},
	{"webloc", []string{"<plist", "<key>url</key>"}},
	{"settingcontent-ms", []string{"<searchableconten"}},
	{"library-ms", []string{"<librarydescription"}},
	{"search-ms", []string{"<searchconnectordescription"}},
	{"hta", []string{"<hta:application"}},
	{"wsf", []string{"<job", "<script"}},
	{"wsf", []string{"<scriptlet"}},
	{"ics", []string{"begin:vcalendar"}},
	{"vcf", []string{"begin:vcard"}},
	{"url", []string{"[internetshortcut]"}},
	{"desktop", []string{"[desktop entry]"}},
	{"rdp", []string{"full address:s:"}},
	{"reg", []string{"windows registry editor"}},
	{"js", []string{"activexobject("}},
	{"js", []string{"wscript.", "function"}},
	{"vbs", []string{"createobject(", "dim "}},
	{"vbs", []string{"createobject(", "set "}},
	{"ps1", []string{"new-object ", "$"}},
	{"ps1", []string{"invoke-expression"}},
	{"bat", []string{"@echo off"}},
	{"eml", []string{"\nreceived: ", "\nfrom: "}},
	{"eml", []string{"\nmime-version: ", "\nsubject: "}},
}

func textKind(name string, b []byte) string {
	head := string(decodeHead(b))
	if head == "" {
		return ""
	}
	low := strings.ToLower(strings.TrimLeft(head, " \t\r\n\ufeff"))
	byName := scriptExtensions[extension(name)]
	if byName == "hta" && strings.Contains(low, "<") {
		return "hta"
	}
	for i := range shapes {
		all := true
		for _, w := range shapes[i].words {
			if !strings.Contains("\n"+low, w) {
				all = false
				break
			}
		}
		if all && !(shapes[i].kind == "js" && strings.HasPrefix(low, "<")) {
			return shapes[i].kind
		}
	}
	switch {
	case strings.HasPrefix(low, "<svg"), strings.HasPrefix(low, "<?xml") && strings.Contains(low, "<svg"), strings.HasPrefix(low, "<!doctype svg"):
		return "svg"
	case strings.Contains(low, "<html"), strings.Contains(low, "<!doctype html"), strings.Contains(low, "<script"), strings.Contains(low, "<body"), strings.Contains(low, "<meta http-equiv"):
		return "html"
	case extension(name) == "svg" && strings.Contains(low, "<svg"):
		return "svg"
	case extensionClass[extension(name)] == classPage && strings.Contains(low, "<"):
		return "html"
	case strings.HasPrefix(low, "#!"):
		return "sh"
	case byName != "":
		return byName
	case strings.HasPrefix(low, "<?xml"):
		return "xml"
	}
	return "text"
}

// decodeHead gives the first 4 KiB of a text as UTF-8, or nil if it is none.
func decodeHead(b []byte) []byte {
	b = b[:min(len(b), 4096)]
	if len(b) >= 2 && (b[0] == 0xff && b[1] == 0xfe || b[0] == 0xfe && b[1] == 0xff) {
		return utf16Text(b[2:], b[0] == 0xfe)
	}
	bad := 0
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r < 0x20 && r != '\n' && r != '\r' && r != '\t' && r != '\f' && r != 0x1b {
			bad += 4
		} else if r == utf8.RuneError && n == 1 {
			bad++ // other charsets are texts, too
		}
		i += n
	}
	if bad*4 > len(b) || bytes.IndexByte(b, 0) >= 0 {
		return nil
	}
	return b
}

func utf16Text(b []byte, bigEndian bool) []byte {
	out := make([]byte, 0, len(b)/2)
	for ; len(b) >= 2; b = b[2:] {
		r := rune(b[0]) | rune(b[1])<<8
		if bigEndian {
			r = rune(b[1]) | rune(b[0])<<8
		}
		out = utf8.AppendRune(out, r)
	}
	return out
}
