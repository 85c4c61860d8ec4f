package attach

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode"
)

// All samples are made here and inert: they have the form of the real thing
// and nothing that runs.

type file struct{ name, body string }

func zipOf(files ...file) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, f := range files {
		p, _ := w.Create(f.name)
		p.Write([]byte(f.body))
	}
	w.Close()
	return b.Bytes()
}

func gzipOf(name string, body []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Name = name
	w.Write(body)
	w.Close()
	return b.Bytes()
}

func tarOf(files ...file) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		w.WriteHeader(&tar.Header{Name: f.name, Size: int64(len(f.body)), Mode: 0o644, Typeflag: tar.TypeReg})
		w.Write([]byte(f.body))
	}
	w.Close()
	return b.Bytes()
}

func zlibOf(body string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	w.Write([]byte(body))
	w.Close()
	return b.String()
}

func deflateZeros(n int) []byte {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	block := make([]byte, 1<<20)
	for ; n > 0; n -= len(block) {
		w.Write(block[:min(n, len(block))])
	}
	w.Close()
	return b.Bytes()
}

const relsHead = `<?xml version="1.0" encoding="UTF-8"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`

func docxOf(rels string, more ...file) []byte {
	return zipOf(append([]file{
		{"[Content_Types].xml", "<Types/>"},
		{"word/document.xml", `<w:document><w:p><w:t>Senior Engineer &amp; more</w:t></w:p></w:document>`},
		{"word/_rels/settings.xml.rels", relsHead + rels + `</Relationships>`},
	}, more...)...)
}

func relationship(kind, target string) string {
	return `<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/` + kind + `" Target="` + target + `" TargetMode="External"/>`
}

func pdfOf(objects ...string) []byte {
	var b strings.Builder
	b.WriteString("%PDF-1.7\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer << /Root 1 0 R >>\n%%EOF\n")
	return []byte(b.String())
}

func pdfStreamOf(dict, body string) string {
	return fmt.Sprintf("<< /Length %d %s >>\nstream\n%s\nendstream", len(body), dict, body)
}

// isoOf writes an ISO 9660 image with a Joliet tree of one folder.
func isoOf(files ...file) []byte {
	b := make([]byte, 20*isoSector)
	le := binary.LittleEndian
	record := func(name []byte, sector, size uint32, flags byte) []byte {
		r := make([]byte, 33+len(name)+(1-len(name)%2))
		r[0] = byte(len(r))
		le.PutUint32(r[2:], sector)
		le.PutUint32(r[10:], size)
		r[25], r[32] = flags, byte(len(name))
		copy(r[33:], name)
		return r
	}
	for i, kind := range []byte{1, 2, 255} {
		d := b[(16+i)*isoSector:]
		d[0] = kind
		copy(d[1:], "CD001\x01")
		if kind == 2 {
			copy(d[88:], "%/E")
		}
		copy(d[156:], record([]byte{0}, 19, isoSector, 2))
	}
	folder := append(record([]byte{0}, 19, isoSector, 2), record([]byte{1}, 19, isoSector, 2)...)
	for _, f := range files {
		var name []byte
		for _, u := range utf16.Encode([]rune(f.name + ";1")) {
			name = append(name, byte(u>>8), byte(u))
		}
		folder = append(folder, record(name, uint32(len(b)/isoSector), uint32(len(f.body)), 0)...)
		b = append(b, make([]byte, (len(f.body)+isoSector-1)/isoSector*isoSector)...)
		copy(b[len(b)-(len(f.body)+isoSector-1)/isoSector*isoSector:], f.body)
	}
	copy(b[19*isoSector:], folder)
	return b
}

func lnkOf(target, arguments string) string {
	b := make([]byte, 76)
	copy(b, "L\x00\x00\x00\x01\x14\x02\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46")
	binary.LittleEndian.PutUint32(b[20:], 1<<3|1<<5|0x80)
	for _, s := range []string{target, arguments} {
		u := utf16.Encode([]rune(s))
		b = binary.LittleEndian.AppendUint16(b, uint16(len(u)))
		for _, c := range u {
			b = binary.LittleEndian.AppendUint16(b, c)
		}
	}
	return string(b)
}

// cfbOf writes a compound file whose streams are all kept in whole sectors
// (padded to 4,096 bytes, the least that is not in the mini stream).
func cfbOf(entries ...file) []byte {
	le := binary.LittleEndian
	const sector = 512
	b := make([]byte, sector)
	copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
	le.PutUint16(b[26:], 3)
	le.PutUint16(b[30:], 9)
	le.PutUint32(b[56:], 4096)
	le.PutUint32(b[60:], 0xfffffffe)
	le.PutUint32(b[68:], 0xfffffffe)
	for i := range 109 {
		le.PutUint32(b[76+4*i:], 0xffffffff)
	}
	fat := []uint32{0xfffffffd} // sector 0 is the FAT
	le.PutUint32(b[76:], 0)
	body := make([]byte, sector) // of the FAT
	entry := func(name string, kind byte, start, size uint32) []byte {
		d := make([]byte, 128)
		for i, u := range utf16.Encode([]rune(name)) {
			le.PutUint16(d[2*i:], u)
		}
		le.PutUint16(d[64:], uint16(2*len(utf16.Encode([]rune(name)))+2))
		d[66] = kind
		le.PutUint32(d[116:], start)
		le.PutUint32(d[120:], size)
		return d
	}
	directory := entry("Root Entry", 5, 0xfffffffe, 0)
	add := func(data []byte) uint32 {
		start := uint32(len(fat))
		for len(data)%sector != 0 {
			data = append(data, 0)
		}
		for i := 0; i < len(data)/sector; i++ {
			fat = append(fat, uint32(len(fat)+1))
		}
		fat[len(fat)-1] = 0xfffffffe
		body = append(body, data...)
		return start
	}
	for _, e := range entries {
		if strings.HasSuffix(e.name, "/") {
			directory = append(directory, entry(strings.TrimSuffix(e.name, "/"), 1, 0, 0)...)
			continue
		}
		data := append([]byte(e.body), make([]byte, max(0, 4096-len(e.body)))...)
		directory = append(directory, entry(e.name, 2, add(data), uint32(len(data)))...)
	}
	le.PutUint32(b[48:], add(directory))
	for i, n := range fat {
		le.PutUint32(body[4*i:], n)
	}
	return append(b, body...)
}

// vbaOf compresses a module as literal tokens only (MS-OVBA 2.4.1), after some
// bytes of performance cache.
func vbaOf(source string) string {
	var chunk []byte
	for i := 0; i < len(source); i += 8 {
		chunk = append(chunk, 0)
		chunk = append(chunk, source[i:min(i+8, len(source))]...)
	}
	head := binary.LittleEndian.AppendUint16(nil, uint16(len(chunk)-1)|0xb000)
	return "cache cache\x01" + string(head) + string(chunk)
}

func qrOf(t testing.TB, text string, size int, light bool) []byte {
	t.Helper()
	m, err := qrcode.NewQRCodeWriter().Encode(text, gozxing.BarcodeFormat_QR_CODE, size, size, nil)
	if err != nil {
		t.Fatal(err)
	}
	// in a corner of a larger picture, as in a mail
	p := image.NewNRGBA(image.Rect(0, 0, size+150, size+90))
	for y := range p.Rect.Dy() {
		for x := range p.Rect.Dx() {
			dark := x >= 40 && y >= 30 && x < 40+size && y < 30+size && m.Get(x-40, y-30)
			if dark != light {
				p.Set(x, y, color.NRGBA{20, 30, 60, 255})
			} else {
				p.Set(x, y, color.NRGBA{250, 250, 250, 255})
			}
		}
	}
	var b bytes.Buffer
	if err := png.Encode(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func oneNoteOf(body string) []byte {
	b := []byte("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3 page ")
	b = append(b, fileData...)
	b = binary.LittleEndian.AppendUint64(b, uint64(len(body)))
	b = append(b, make([]byte, 12)...)
	return append(b, body...)
}

func unbase64(s string) []byte {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		panic(err)
	}
	return b
}

// Archives written by other programs: Info-ZIP's zip -P and 7-Zip, password
// Sommer-2026 (7z: x1).
var (
	zipCryptoSample = unbase64("UEsDBAoACQAAAA4Mel3FmWumIQAAABUAAAAJABwAc2V0dXAudHh0VVQJAAMrjAdrK4wHa3V4CwABBAAAAAAEAAAAAOEcR14rTpZa02PxWglNckwhmpz3AGvDH1iu4FnhdM/qqlBLBwjFmWumIQAAABUAAABQSwECHgMKAAkAAAAODHpdxZlrpiEAAAAVAAAACQAYAAAAAAABAAAApIEAAAAAc2V0dXAudHh0VVQFAAMrjAdrdXgLAAEEAAAAAAQAAAAAUEsFBgAAAAABAAEATwAAAHQAAAAAAA==")
	zipAESSample    = unbase64("UEsDBDMAAQBjAB0Mel0AAAAAOQAAACEAAAAOAAsAb2ZmZXIvbGlzdC50eHQBmQcAAgBBRQMIALiqItqY9nZ46uMeWDQNBh+2yMusAyjlxXErY7f5vo4Aq8iti+l4rkgoYK7yJQXb/uD5FkprVG2++1BLAQI/AzMAAQBjAB0Mel0AAAAAOQAAACEAAAAOAC8AAAAAAAAAIICkgQAAAABvZmZlci9saXN0LnR4dAoAIAAAAAAAAQAYAJWtJBFGfd0BAAAAAAAAAAAAAAAAAAAAAAGZBwACAEFFAwgAUEsFBgAAAAABAAEAawAAAHAAAAAAAA==")
	sevenZipSample  = unbase64("N3q8ryccAAS8ist1oAAAAAAAAAAvAAAAAAAAAB+LWUP0tV/XYDXBVz3mvkcnmSpibP2FvnaJOPtaCtjrYBXPSjqWu/YPs41lj1ThL2CHs79u0ZK0oVb8WoQZfqUoCplIi/w6cPtHLW8YMBtYttL3tIcBpcjSlwHe5pgGHKo2zgigZuFSYVaRWXGS8f7tVOgYeE7gID8JoT/YmVuN5ViywvzJZzJ+TRxRxTGQ+edGdznUaSPAfdHzj3YTlOm38+K/FwYgAQmAgAAHCwEAASQG8QcBElMPh/oTSkYkLc3nZjv9chCU9gx6CgHy3V8oAAA=")
	sevenZipNames   = unbase64("N3q8ryccAASoAD4vIAAAAAAAAAB6AAAAAAAAAErfuG6bkJaJALgYb77S1ePtNaweD72PeCC3IQVArzjId8WqVQEEBgABCSAABwsBAAIkBvEHARJTDz5JqyK3Z2q++qZNy4mUNl0hIQEAAQAMGyEACAoB5l0maAAABQEZAQARHwBvAGYAZgBlAHIALwBsAGkAcwB0AC4AdAB4AHQAAAAZBAAAAAAUCgEAla0kEUZ93QEVBgEAIICkgQAA")
)

// rar5Of writes an archive of one file that is not packed.
func rar5Of(name string, encrypted bool) []byte {
	block := func(kind byte, rest []byte) []byte {
		b := append([]byte{kind, 0}, rest...)
		return append([]byte{1, 2, 3, 4, byte(len(b))}, b...)
	}
	b := []byte("Rar!\x1a\x07\x01\x00")
	b = append(b, block(1, []byte{0})...)
	if encrypted {
		return append(b, block(4, []byte{0, 0, 15})...)
	}
	return append(b, block(2, append([]byte{0, 5, 0, 0, 0, byte(len(name))}, name...))...)
}
