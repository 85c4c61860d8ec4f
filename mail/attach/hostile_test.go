package attach

import (
	"bytes"
	"encoding/base64"
	"encoding/binary"
	"hash/crc32"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/mail"
)

// rawZip writes one entry of stored or deflated data with the sizes as given:
// archive/zip would not lie for us.
func rawZip(name string, packed []byte, method uint16, size uint32, entries int) []byte {
	le := binary.LittleEndian
	head := func(b []byte, central bool) []byte {
		if central {
			b = append(b, "PK\x01\x02\x14\x00\x14\x00\x00\x00"...)
		} else {
			b = append(b, "PK\x03\x04\x14\x00\x00\x00"...)
		}
		b = le.AppendUint16(b, method)
		b = append(b, 0, 0, 0, 0)
		b = le.AppendUint32(b, 0)
		b = le.AppendUint32(b, uint32(len(packed)))
		b = le.AppendUint32(b, size)
		b = le.AppendUint16(b, uint16(len(name)))
		b = le.AppendUint16(b, 0)
		if central {
			b = append(b, make([]byte, 10)...)
			b = le.AppendUint32(b, 0)
		}
		return append(b, name...)
	}
	b := append(head(nil, false), packed...)
	start := len(b)
	for range entries {
		b = head(b, true)
	}
	size32 := uint32(len(b) - start)
	b = append(b, "PK\x05\x06\x00\x00\x00\x00"...)
	b = le.AppendUint16(b, uint16(entries))
	b = le.AppendUint16(b, uint16(entries))
	b = le.AppendUint32(b, size32)
	b = le.AppendUint32(b, uint32(start))
	return append(b, 0, 0)
}

// hugePNG declares a picture of w by h.
func hugePNG(w, h uint32) []byte {
	chunk := func(kind string, data []byte) []byte {
		b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		b = append(append(b, kind...), data...)
		return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
	}
	head := binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(nil, w), h)
	b := append([]byte("\x89PNG\r\n\x1a\n"), chunk("IHDR", append(head, 16, 6, 0, 0, 0))...)
	return append(b, chunk("IDAT", []byte(zlibOf("\x00")))...)
}

// nested puts archives into archives, two on each level: 2^n members at the end,
// as 42.zip does with sixteen. A quine is only the endless case of it.
func nested(levels int, inner []byte) []byte {
	for range levels {
		inner = zipOf(file{"a.zip", string(inner)}, file{"b.zip", string(inner)})
	}
	return inner
}

// hostile has inputs that are made to exhaust or to break the examiner.
func hostile() map[string][]byte {
	zeros := deflateZeros(16 << 20)
	pages := func(n int, one string) string { return strings.Repeat(one, n) }
	many := map[string][]byte{
		"bomb.zip":                            rawZip("a.txt", deflateZeros(100<<20), 8, 1, 1),
		"overlap.zip":                         rawZip("a.txt", zeros, 8, 64<<20, 2000),
		"overlap-stored.zip":                  rawZip("a.txt", bytes.Repeat([]byte("x1y2"), 4<<20), 0, 16<<20, 1000),
		"42.zip":                              nested(4, zipOf(file{"0.dll", strings.Repeat("\x00", 16<<20)})),
		"deep.zip":                            nested(12, []byte("x")),
		"bomb.gz":                             gzipOf("", bytes.Repeat([]byte{0}, 64<<20)),
		"members.zip":                         rawZip("a.html", []byte("<html>x"), 0, 7, 60000),
		"ends.zip":                            bytes.Repeat([]byte("PK\x05\x06\xff\xff\xff\xff"), 1<<20),
		"locals.zip":                          bytes.Repeat([]byte("PK\x03\x04"), 2<<20),
		"no-end.pdf":                          []byte("%PDF-1.4\n" + pages(200000, "1 0 obj << /Filter /FlateDecode >> stream\n")),
		"bombs.pdf":                           pdfOf(strings.Split(pages(300, pdfStreamOf("/Type /ObjStm /Filter /FlateDecode", zlibOf(strings.Repeat("/A ", 1<<20)))+"|"), "|")...),
		"parens.pdf":                          []byte("%PDF-1.4\n" + pages(3<<20, "(")),
		"angles.pdf":                          []byte("%PDF-1.4\n" + pages(1<<20, "<4")),
		"names.pdf":                           []byte("%PDF-1.4\n" + pages(1<<20, "/a#")),
		"links.pdf":                           []byte("%PDF-1.4\n" + pages(100000, "/URI(http://a.example/)")),
		"image.pdf":                           pdfOf(pdfStreamOf("/Subtype /Image /Width 1000 /Height 1000 /BitsPerComponent 8 /Filter /FlateDecode", zlibOf(strings.Repeat("ab", 500000)))),
		"huge.png":                            hugePNG(1<<30, 1<<30),
		"large.png":                           hugePNG(2000, 2000),
		"loop.iso":                            loopingISO(),
		"same.iso":                            sharedISO(),
		"pages.html":                          []byte("<html>" + pages(1<<20, "<a href=http://a.example/")),
		"attributes.html":                     []byte("<html><a " + pages(1<<19, "a=b ")),
		"script.html":                         []byte("<html><script>" + pages(1<<20, "location=")),
		"entities.svg":                        []byte("<svg>" + pages(1<<20, "<a onclick=b>")),
		"objects.rtf":                         []byte(`{\rt` + pages(1<<20, `\objdata`)),
		"template.rtf":                        []byte(`{\rt\*\template ` + pages(1<<20, `\u1`)),
		"fold.ics":                            []byte("BEGIN:VCALENDAR\n" + pages(1<<20, "URL:http://a.example/\n")),
		"files.one":                           append(oneNoteOf(""), bytes.Repeat(fileData, 1<<18)...),
		"signature.cab":                       append([]byte("MSCF\x00\x00\x00\x00"), bytes.Repeat([]byte{0xff}, 1<<20)...),
		"directory.xls":                       loopingCFB(),
		"relationships.docx":                  docxOf(strings.Repeat(relationship("image", "http://a.example/"), 20000)),
		"entities.docx":                       docxOf(`<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>&b;`),
		"page.jpg.html":                       []byte("<html>" + pages(1<<18, "x=new Blob(atob())") + pages(1<<18, "<script>eval(unescape(1,2,")),
		"nested-data.html":                    nestedData(),
		"spaces" + pages(1<<16, " ") + ".exe": []byte("MZ"),
	}
	many["bomb.tar.gz"] = gzipOf("", tarOf(file{"a", strings.Repeat("\x00", 40<<20)}))
	return many
}

// loopingISO has a folder that lists itself and its parent a thousand times.
func loopingISO() []byte {
	b := isoOf(file{"a", "x"})
	r := bytes.Clone(b[19*isoSector : 19*isoSector+34])
	r[33], r[25] = 'z', 2
	folder := bytes.Repeat(r, 60)
	for n := range 900 { // each in a sector of its own, all alike
		b = append(b, make([]byte, isoSector)...)
		for i := range 60 {
			binary.LittleEndian.PutUint32(folder[i*34+2:], uint32(20+(n*60+i)%900))
		}
		copy(b[len(b)-isoSector:], folder)
	}
	copy(b[19*isoSector:], folder)
	return b
}

// sharedISO has 1,000 files that are all the same 15 MB.
func sharedISO() []byte {
	b := isoOf(file{"a.bin", strings.Repeat("x", 15<<20)})
	r := bytes.Clone(b[19*isoSector+68:][:int(b[19*isoSector+68])])
	extra := make([]byte, 0, 1<<16)
	for range 1000 {
		if len(extra)%isoSector+len(r) > isoSector {
			extra = append(extra, make([]byte, isoSector-len(extra)%isoSector)...)
		}
		extra = append(extra, r...)
	}
	sector := uint32(len(b) / isoSector)
	b = append(b, extra...)
	for i := range 2 {
		binary.LittleEndian.PutUint32(b[(16+i)*isoSector+158:], sector)
		binary.LittleEndian.PutUint32(b[(16+i)*isoSector+166:], uint32(len(extra)))
	}
	return b
}

// loopingCFB has a FAT in which everything leads to itself.
func loopingCFB() []byte {
	b := cfbOf(file{"Workbook", strings.Repeat("x", 1<<20)}, file{"VBA/", ""}, file{"M", vbaOf("Attribute VB_Name")})
	for i := range 128 {
		binary.LittleEndian.PutUint32(b[512+4*i:], uint32(i))
	}
	return b
}

// nestedData is a page in a data: address of a page, and so on.
func nestedData() []byte {
	b := []byte("<html>" + strings.Repeat("x", 300))
	for range 12 {
		b = []byte(`<html><a href="data:text/html;base64,` + base64.StdEncoding.EncodeToString(b) + `">`)
	}
	return b
}

// Issue 5: 64 MB and one second a mail.
func TestHostileAttachmentsStayWithinBounds(t *testing.T) {
	if testing.Short() {
		t.Skip("builds large samples")
	}
	const limit = 64 << 20
	for name, body := range hostile() {
		part := mail.Attachment{Name: name, Content: body[:min(len(body), mail.MaxAttachment)], Size: int64(len(body)), SHA256: "x"}
		parts := slices.Repeat([]mail.Attachment{part}, max(1, min(20, mail.MaxRaw/len(part.Content))))
		begin := cpuTime(t)
		Examine(parts, "password: x")
		took := cpuTime(t) - begin

		r, used := leastLive(limit, func() Result { return Examine(parts, "password: x") })
		short := name[:min(len(name), 24)]
		t.Logf("%-24s %8.1f ms %6.1f MB, %d files, %d findings, cut %v", short, float64(took.Microseconds())/1000, float64(used)/(1<<20), len(r.Files), len(r.Findings), r.Cut)
		if took > time.Second {
			t.Errorf("%s took %v", short, took)
		}
		if used > limit {
			t.Errorf("%s used %d MB, three times", short, used>>20)
		}
		if len(r.Files) > maxFiles || len(r.Findings) > maxFindings || len(r.Links) > maxLinks {
			t.Errorf("%s: result beyond the bounds", short)
		}
	}
}

// leastLive is the least of three peaks of the live heap while f runs, above
// what there was before; one within the limit is enough. What is allocated while
// the collector marks counts as live to it, so a single peak says too much.
func leastLive(limit int64, f func() Result) (r Result, least int64) {
	defer debug.SetGCPercent(debug.SetGCPercent(15)) // so that what is seen is what is needed
	for range 3 {
		runtime.GC()
		before := liveHeap()
		done := make(chan struct{})
		peak := make(chan uint64)
		go func() {
			var most uint64
			for {
				select {
				case <-done:
					peak <- most
					return
				case <-time.After(2 * time.Millisecond):
					most = max(most, liveHeap())
				}
			}
		}()
		r = f()
		close(done)
		least = max(0, int64(<-peak)-int64(before))
		if least <= limit {
			break
		}
	}
	return r, least
}

// liveHeap is what the last collection found in use. What is allocated since
// says how far the collector is behind, on a busy machine far.
func liveHeap() uint64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return live[0].Value.Uint64()
}

// cpuTime is what this process has used: the clock on the wall would measure
// what else the machine does.
func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Skip("no CPU time here: ", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func TestBombsAreNamed(t *testing.T) {
	for _, c := range []struct {
		name string
		body []byte
		code string
	}{
		{"bomb.zip", rawZip("a.txt", deflateZeros(20<<20), 8, 1, 1), "archive_bomb"},
		{"overlap.zip", rawZip("a.txt", bytes.Repeat([]byte("x"), 100), 0, 100, 200), "archive_bomb"},
		{"deep.zip", nested(8, []byte("x")), "archive_too_deep"},
	} {
		if r := examineOne(c.name, c.body, ""); !r.has(c.code) || !r.Cut {
			t.Errorf("%s: cut %v, %+v", c.name, r.Cut, r.Findings)
		}
	}
}

// Whatever is cut off at whatever place, the rest is read without a panic.
func TestTruncated(t *testing.T) {
	for name, body := range seeds(t) {
		step := max(1, len(body)/60)
		for n := 0; n < len(body); n += step {
			examineOne(name, body[:n], "password: x")
		}
	}
}

// seeds has a small one of each kind.
func seeds(t testing.TB) map[string][]byte {
	vba := vbaOf("Attribute VB_Name = \"M\"\r\nSub AutoOpen()\r\nEnd Sub\r\n")
	return map[string][]byte{
		"a.zip": zipOf(file{"a.exe", inert}, file{"b.js", "var a"}), "crypto.zip": zipCryptoSample, "aes.zip": zipAESSample,
		"a.7z": sevenZipNames, "b.7z": sevenZipSample, "a.rar": rar5Of("a.exe", false), "a.gz": gzipOf("a", []byte("x")),
		"a.tar": tarOf(file{"a.exe", inert}), "a.iso": isoOf(file{"a.lnk", lnkOf("a", "b")}),
		"a.docx": docxOf(relationship("attachedTemplate", "http://a.example/")),
		"a.doc":  cfbOf(file{"WordDocument", "x"}, file{"VBA/", ""}, file{"M", vba}, file{"\x01Ole10Native", "\x00\x00\x00\x00\x02\x00a.exe\x00c\x00\x00\x00\x00\x00\x00\x00\x00\x00c\x00\x02\x00\x00\x00MZ"}),
		"a.rtf":  []byte(`{\rtf1{\*\template \'61\u104?ttp}{\object{\*\objdata 0105000002000000 0b000000 4571}}}`),
		"a.one":  oneNoteOf("x"), "a.pdf": pdfOf(`<< /S /URI /URI (http://a.example/\101) >>`, pdfStreamOf("/Type /ObjStm /Filter /FlateDecode", zlibOf("7 0 (http://a.example)"))),
		"i.pdf":  pdfOf(pdfStreamOf("/Subtype /Image /Width 80 /Height 80 /BitsPerComponent 8 /Filter /FlateDecode", zlibOf(strings.Repeat("\x02ab", 80*27)))),
		"a.html": []byte(`<html><a href="data:application/zip;base64,UEs="><script>eval(atob("x"))</script>`), "a.svg": []byte(`<svg onload=a><script>`),
		"a.ics": []byte("BEGIN:VCALENDAR\nORGANIZER:mailto:a@b.example\nURL:http://a.example\n"),
		"a.lnk": []byte(lnkOf("a", "b")), "a.url": []byte("[InternetShortcut]\nURL=http://a.example"), "a.rdp": []byte("full address:s:a.example"),
		"a.png": qrOf(t, "https://a.example/", 100, false), "a.cab": []byte("MSCF\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x24\x00\x00\x00\x00\x00\x00\x00\x03\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00a.exe\x00"),
	}
}

func FuzzExamine(f *testing.F) {
	for name, body := range seeds(f) {
		f.Add(name, body)
	}
	f.Fuzz(func(t *testing.T, name string, body []byte) {
		r := examineOne(name, body, "password: Sommer-2026")
		if len(r.Files) == 0 {
			t.Error("an attachment is not listed")
		}
	})
}

// fuzzAs fuzzes one kind: what has another kind by its content is passed over.
func fuzzAs(f *testing.F, examine func(*examiner, subject) string, kinds ...string) {
	for name, body := range seeds(f) {
		for _, k := range kinds {
			if strings.HasSuffix(name, "."+k) {
				f.Add(body)
			}
		}
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		x := &examiner{images: maxImages, seen: map[string]bool{}, counts: map[[2]string]int{}}
		examine(x, subject{path: "a", name: "a", kind: kinds[0], body: body})
	})
}

func FuzzPDF(f *testing.F)      { fuzzAs(f, (*examiner).pdf, "pdf") }
func FuzzOOXML(f *testing.F)    { fuzzAs(f, (*examiner).ooxml, "docx") }
func FuzzISO(f *testing.F)      { fuzzAs(f, (*examiner).iso, "iso") }
func FuzzICS(f *testing.F)      { fuzzAs(f, (*examiner).calendar, "ics") }
func FuzzZip(f *testing.F)      { fuzzAs(f, (*examiner).zip, "zip") }
func FuzzCompound(f *testing.F) { fuzzAs(f, (*examiner).ole, "doc") }
func FuzzRAR(f *testing.F)      { fuzzAs(f, (*examiner).rar, "rar") }
func FuzzHTML(f *testing.F)     { fuzzAs(f, (*examiner).html, "html", "svg") }

func FuzzVBA(f *testing.F) {
	f.Add([]byte(vbaOf("Attribute VB_Name")[11:]))
	f.Fuzz(func(t *testing.T, b []byte) {
		if out := decompressVBA(b, 1<<16); len(out) > 1<<16+2*4096+4098 {
			t.Errorf("%d bytes", len(out))
		}
	})
}

// This is the example of MS-OVBA 3.2.3, with back references.
func TestVBABackReferences(t *testing.T) {
	b := []byte{0x01, 0x2F, 0xB0, 0x00, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66, 0x00, 0x70, 0x61, 0x67, 0x68, 0x69, 0x6A, 0x01, 0x38, 0x08, 0x61, 0x6B, 0x6C, 0x00, 0x30, 0x6D, 0x6E, 0x6F, 0x70, 0x06, 0x71, 0x02, 0x70, 0x04, 0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7A, 0x00, 0x3C}
	if got := string(decompressVBA(b, 4096)); got != "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa" {
		t.Errorf("got %q", got)
	}
}

func BenchmarkQR(b *testing.B) {
	b.ReportAllocs()
	body := qrOf(b, "https://qr.example/login?id=1", 300, false)
	for b.Loop() {
		examineOne("a.png", body, "")
	}
}
