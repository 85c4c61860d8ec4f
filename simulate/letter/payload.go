package letter

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"time"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// payloads are what a letter may carry. All are inert: what would act is named
// in form only, and its names end in .example.
var payloads = []string{
	"none",
	"pdf",   // with a link; of a twin with one to the sender's pages
	"docx",  // of a lure with a remote template (ATT&CK T1221), of a twin without
	"iso",   // with a shortcut in it that leads nowhere
	"zip",   // with the encryption flag and random bytes, password in the text
	"html",  // with a form
	"ics",   // an invitation
	"qr",    // an image of a link
	"share", // a link to a share
	"link",  // a link
	"csv",
	"png",
}

type attachment struct {
	name, mime string
	inline     bool
	content    []byte
}

const imageID = "image001.png@01DC0000.00000000"

// fileName is drawn from the words file_PAYLOAD of the family or language.
func (l *Letter) fileName(sc *scope) string {
	switch l.Payload {
	case "pdf", "docx", "iso", "zip", "html", "csv":
		return sc.word("filename", false) + "." + l.Payload
	}
	return ""
}

// attach builds the payload, and the picture of a letter that embeds one.
func (l *Letter) attach(sc *scope) {
	add := func(name, mime string, content []byte) {
		l.attached = append(l.attached, attachment{name: name, mime: mime, content: content})
	}
	file, link := sc.set["file"], sc.set["url"]
	switch l.Payload {
	case "pdf":
		add(file, "application/pdf", pdf(l.Subject, link))
	case "docx":
		remote := ""
		if l.Family.Class.Hostile() {
			remote = "http://" + letters(l.r, 6) + ".template-host.example/" + letters(l.r, 4) + ".dotm"
		}
		add(file, "application/vnd.openxmlformats-officedocument.wordprocessingml.document", docx(l.Subject, remote))
	case "iso":
		add(file, "application/x-iso9660-image", iso(strings.ToUpper(letters(l.r, 8))))
	case "zip":
		add(file, "application/zip", sealedZip(strings.TrimSuffix(file, ".zip")+".pdf", l.noise(900)))
	case "html":
		add(file, "text/html", []byte(fmt.Sprintf("<html><body><!-- inert --><form action=\"%s\" method=\"post\"><input name=\"u\" value=\"%s\"><input type=\"password\" name=\"p\"><button>OK</button></form></body></html>\n", link, l.scene.To.Email)))
	case "ics":
		add("invite.ics", "text/calendar; method=REQUEST; charset=UTF-8", l.invitation(link))
		l.URL = link
	case "qr":
		l.attached = append(l.attached, attachment{imageID, "image/png", true, qr(link)})
		l.tricks["inline"] = true
		l.URL = link
		if l.Form == "plain" {
			l.Form = "both"
		}
	case "csv":
		add(file, "text/csv", []byte("item;quantity;unit\nA-100;12;box\nA-220;4;box\n"))
	case "png":
		l.attached = append(l.attached, attachment{imageID, "image/png", true, dot()})
		l.tricks["inline"] = true
	}
	if l.Payload == "pdf" || l.Payload == "html" {
		l.URL = link
	}
}

func (l *Letter) noise(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(l.r.Uint32())
	}
	return b
}

// pdf is one page with a title and a link annotation (ISO 32000-1 §12.6.4.7).
func pdf(title, link string) []byte {
	var b bytes.Buffer
	var at []int
	object := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	object("<< /Type /Catalog /Pages 2 0 R >>")
	object("<< /Type /Pages /Kids [3 0 R] /Count 1 >>")
	object(fmt.Sprintf("<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Annots [<< /Type /Annot /Subtype /Link /Rect [72 600 300 620] /A << /S /URI /URI (%s) >> >>] >>", link))
	text := "BT /F1 12 Tf 72 760 Td (" + strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || strings.ContainsRune(`()\`, c) {
			return ' '
		}
		return c
	}, title) + ") Tj ET"
	object(fmt.Sprintf("<< /Length %d >>\nstream\n%s\nendstream", len(text), text))
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, start)
	return b.Bytes()
}

var documentTime = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// docx is a document of one line; remote, if not empty, is its attached
// template (ECMA-376 part 1 §17.15.1.6), the method of Operation North Star.
func docx(line, remote string) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	const head = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	const relations = "http://schemas.openxmlformats.org/package/2006/relationships"
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	const word = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	add := func(name, content string) {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Deflate, Modified: documentTime})
		if err == nil {
			_, _ = w.Write([]byte(head + content)) // a bytes.Buffer does not fail
		}
	}
	add("[Content_Types].xml", `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/><Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/></Types>`)
	add("_rels/.rels", `<Relationships xmlns="`+relations+`"><Relationship Id="rId1" Type="`+office+`/officeDocument" Target="word/document.xml"/></Relationships>`)
	add("word/document.xml", `<w:document xmlns:w="`+word+`"><w:body><w:p><w:r><w:t>`+strings.NewReplacer("&", "&amp;", "<", "&lt;").Replace(line)+`</w:t></w:r></w:p></w:body></w:document>`)
	add("word/_rels/document.xml.rels", `<Relationships xmlns="`+relations+`"><Relationship Id="rId1" Type="`+office+`/settings" Target="settings.xml"/></Relationships>`)
	if remote == "" {
		add("word/settings.xml", `<w:settings xmlns:w="`+word+`"/>`)
	} else {
		add("word/settings.xml", `<w:settings xmlns:w="`+word+`" xmlns:r="`+office+`"><w:attachedTemplate r:id="rId1"/></w:settings>`)
		add("word/_rels/settings.xml.rels", `<Relationships xmlns="`+relations+`"><Relationship Id="rId1" Type="`+office+`/attachedTemplate" Target="`+remote+`" TargetMode="External"/></Relationships>`)
	}
	_ = z.Close()
	return b.Bytes()
}

// sealedZip says that its member is encrypted (bit 0 of the flags, APPNOTE
// §4.4.4); the member is random bytes.
func sealedZip(member string, content []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	h := &zip.FileHeader{Name: member, Method: zip.Store, Flags: 1, CompressedSize64: uint64(len(content)), UncompressedSize64: uint64(len(content) - 12)}
	if w, err := z.CreateRaw(h); err == nil {
		_, _ = w.Write(content)
	}
	_ = z.Close()
	return b.Bytes()
}

// iso is an ISO 9660 image (ECMA-119) with one file: the first bytes of a
// shortcut (MS-SHLLINK §2.1) with no target.
func iso(name string) []byte {
	const sector = 2048
	image := make([]byte, 20*sector)
	both32 := func(at int, v uint32) {
		binary.LittleEndian.PutUint32(image[at:], v)
		binary.BigEndian.PutUint32(image[at+4:], v)
	}
	record := func(at, extent, size int, flags byte, id string) int {
		n := 33 + len(id)
		n += n % 2
		image[at] = byte(n)
		both32(at+2, uint32(extent))
		both32(at+10, uint32(size))
		image[at+25] = flags
		binary.LittleEndian.PutUint16(image[at+28:], 1)
		binary.BigEndian.PutUint16(image[at+30:], 1)
		image[at+32] = byte(len(id))
		copy(image[at+33:], id)
		return n
	}
	pvd := 16 * sector
	copy(image[pvd:], "\x01CD001\x01")
	copy(image[pvd+40:], "INERT")
	both32(pvd+80, 20)
	binary.LittleEndian.PutUint16(image[pvd+128:], sector)
	binary.BigEndian.PutUint16(image[pvd+130:], sector)
	record(pvd+156, 18, sector, 2, "\x00")
	copy(image[17*sector:], "\xffCD001\x01")
	root := 18 * sector
	root += record(root, 18, sector, 2, "\x00")
	root += record(root, 18, sector, 2, "\x01")
	link := append([]byte("L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00F"), make([]byte, 56)...)
	record(root, 19, len(link), 0, name+".LNK;1")
	copy(image[19*sector:], link)
	return image
}

// qr is a code that holds a link.
func qr(link string) []byte {
	m, err := qrcode.NewQRCodeWriter().Encode(link, gozxing.BarcodeFormat_QR_CODE, 0, 0, nil)
	if err != nil {
		return dot()
	}
	const scale = 4
	img := image.NewPaletted(image.Rect(0, 0, m.GetWidth()*scale, m.GetHeight()*scale), color.Palette{color.White, color.Black})
	for y := range m.GetHeight() * scale {
		for x := range m.GetWidth() * scale {
			if m.Get(x/scale, y/scale) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	return encodePNG(img)
}

func dot() []byte {
	return encodePNG(image.NewPaletted(image.Rect(0, 0, 120, 40), color.Palette{color.RGBA{20, 90, 160, 255}}))
}

func encodePNG(img image.Image) []byte {
	var b bytes.Buffer
	_ = png.Encode(&b, img) // a bytes.Buffer does not fail
	return b.Bytes()
}

// invitation is a calendar request (RFC 5546 §3.2.2).
func (l *Letter) invitation(link string) []byte {
	start := l.Time.Add(time.Duration(24+l.r.IntN(200)) * time.Hour).Truncate(time.Hour)
	form := "20060102T150405Z"
	return []byte(strings.ReplaceAll(fmt.Sprintf("BEGIN:VCALENDAR\nPRODID:-//Example//Calendar//EN\nVERSION:2.0\nMETHOD:REQUEST\nBEGIN:VEVENT\nUID:%s\nDTSTAMP:%s\nDTSTART:%s\nDTEND:%s\nORGANIZER;CN=%q:mailto:%s\nATTENDEE;RSVP=TRUE:mailto:%s\nSUMMARY:%s\nLOCATION:%s\nDESCRIPTION:%s\nEND:VEVENT\nEND:VCALENDAR\n",
		hexes(l.r, 32), l.Time.Format(form), start.Format(form), start.Add(time.Hour).Format(form), l.From.Name, l.From.Email, l.scene.To.Email, l.Subject, link, link), "\n", "\r\n"))
}
