package run

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"context"
	"encoding/base64"
	"flag"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/auth"
	"github.com/pumphandle/pumphandle/mail/content"
)

// The bounds of issue 5: what one mail may cost, whatever it is.
const (
	hostileTime   = time.Second
	hostileMemory = 64 << 20
)

var hostileDir = flag.String("hostile", "", "also write the hostile mails into this directory, to be given to the program itself")

// hostile is one kind of mail that is made to exhaust who examines it.
type hostile struct {
	name string
	make func() []byte
}

// The header that all of them begin with unless they are about the header.
const hostileHead = "From: Hr Team <hr@who-careers.example>\r\nTo: a@clinic.example\r\nSubject: x\r\nDate: Mon, 2 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@who-careers.example>\r\n"

// htmlMail, textMail and fileMail wrap what is hostile into a mail.
func htmlMail(page string) []byte {
	return []byte(hostileHead + "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n" + page)
}

func textMail(text string) []byte {
	return []byte(hostileHead + "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text)
}

func fileMail(name string, file ...[]byte) []byte {
	var b bytes.Buffer
	b.WriteString(hostileHead + "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=B\r\n\r\n--B\r\nContent-Type: text/plain\r\n\r\nthe password is 1234\r\n")
	for i, f := range file {
		fmt.Fprintf(&b, "--B\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=%q\r\nContent-Transfer-Encoding: base64\r\n\r\n", fmt.Sprintf("%d%s", i, name))
		e := base64.NewEncoder(base64.StdEncoding, &b)
		e.Write(f)
		e.Close()
		b.WriteString("\r\n")
	}
	b.WriteString("--B--\r\n")
	return b.Bytes()
}

func headMail(fields string) []byte {
	return []byte(hostileHead + fields + "\r\nPlease review your account.\r\n")
}

// numbered repeats a text n times with its number in the place of %d.
func numbered(format string, n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}

func noise(n int) []byte {
	r := rand.NewChaCha8([32]byte{7})
	b := make([]byte, n)
	r.Read(b)
	return b
}

func zipOf(members int, size int, name string, inner func(i int) []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i := range members {
		w, _ := z.Create(fmt.Sprintf(name, i))
		if inner != nil {
			w.Write(inner(i))
			continue
		}
		zero := make([]byte, 1<<20)
		for left := size; left > 0; left -= len(zero) {
			w.Write(zero[:min(left, len(zero))])
		}
	}
	z.Close()
	return b.Bytes()
}

func pngOf(width, height int, noisy bool) []byte {
	img := image.NewGray(image.Rect(0, 0, width, height))
	if noisy {
		for i, x := range noise(len(img.Pix)) {
			img.Pix[i] = -(x & 1)
		}
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

// finderPNG is full of the marks at the corners of QR codes.
func finderPNG(size int) []byte {
	img := image.NewGray(image.Rect(0, 0, size, size))
	for y := range size {
		for x := range size {
			u, v := x%9, y%9
			ring := max(max(u-4, 4-u), max(v-4, 4-v))
			if ring == 2 || ring == 4 {
				img.Pix[y*size+x] = 255
			}
		}
	}
	var b bytes.Buffer
	png.Encode(&b, img)
	return b.Bytes()
}

// lyingPNG states a size that nobody has memory for.
func lyingPNG() []byte {
	b := pngOf(8, 8, false)
	b[16], b[17], b[20], b[21] = 0x7f, 0xff, 0x7f, 0xff
	sum := crc32.ChecksumIEEE(b[12:29])
	b[29], b[30], b[31], b[32] = byte(sum>>24), byte(sum>>16), byte(sum>>8), byte(sum)
	return b
}

func pdfBomb(streams, size int) []byte {
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	line := bytes.Repeat([]byte("/URI (http://evil.example/a) /OpenAction /JS "), 1000)
	for left := size; left > 0; left -= len(line) {
		z.Write(line)
	}
	z.Close()
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n")
	for i := range streams {
		fmt.Fprintf(&b, "%d 0 obj\n<< /Type /ObjStm /N 100 /First 800 /Filter /FlateDecode /Length %d >>\nstream\n", i+1, packed.Len())
		b.Write(packed.Bytes())
		b.WriteString("\nendstream\nendobj\n")
	}
	b.WriteString("trailer << /Root 1 0 R >>\n%%EOF")
	return b.Bytes()
}

func multipartDepth(n int) []byte {
	var b strings.Builder
	b.WriteString(hostileHead)
	for i := range n {
		fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
	}
	b.WriteString("\r\nhello\r\n")
	return []byte(b.String())
}

// hostiles are the kinds of mail that are tried, each as large as its kind
// makes sense.
var hostiles = []hostile{
	{"plain", func() []byte { return textMail("Dear colleague,\r\nsee you on Monday.\r\n") }}, // the baseline
	{"depth", func() []byte { return multipartDepth(10_000) }},
	{"rfc822-depth", func() []byte {
		return []byte(hostileHead + strings.Repeat("Content-Type: message/rfc822\r\n\r\nFrom: a@b.example\r\n", 20_000) + "\r\nhello")
	}},
	{"part-100MB", func() []byte {
		return fileMail(".bin", bytes.Repeat([]byte("0123456789abcdef"), 75<<20/16))
	}},
	{"text-100MB", func() []byte {
		return textMail(strings.Repeat("Verify your account at http://evil.example/x now.\r\n", 2<<20))
	}},
	{"noise-40MB", func() []byte { return fileMail(".bin", noise(30<<20)) }},
	{"delimiters", func() []byte {
		return []byte(hostileHead + "Content-Type: multipart/mixed; boundary=B\r\n\r\n" + strings.Repeat("--B\n\n", 7<<20))
	}},
	{"near-delimiters", func() []byte {
		head := hostileHead
		b := strings.Repeat("x", 60)
		for i := range 24 {
			head += fmt.Sprintf("Content-Type: multipart/mixed; boundary=%s%02d\r\n\r\n--%s%02d\r\n", b, i, b, i)
		}
		return []byte(head + strings.Repeat("\n--"+b, 500_000))
	}},
	{"header-fields", func() []byte { return headMail(numbered("X-%d: y\r\n", 1_000_000)) }},
	{"header-long", func() []byte { return headMail("X-A: " + strings.Repeat("a ", 10<<20) + "\r\n") }},
	{"header-folded", func() []byte { return headMail("X-A: a\r\n" + strings.Repeat(" b\r\n", 5<<20)) }},
	{"part-headers", func() []byte {
		return []byte(hostileHead + "Content-Type: multipart/mixed; boundary=B\r\n\r\n" + strings.Repeat("--B\r\n"+numbered("X-%d: y\r\n", 1500)+"\r\n\r\n", 1900))
	}},
	{"params", func() []byte {
		return headMail("Content-Type: multipart/mixed; " + numbered("boundary*%d=\"x\"; ", 40_000) + "\r\n")
	}},
	{"encoded-words", func() []byte { return headMail("Subject: " + strings.Repeat("=?utf-8?Q?=C3=A4?= ", 50_000) + "\r\n") }},
	{"links", func() []byte {
		return htmlMail(numbered("<a href='http://h%d.example/p?u=a@clinic.example'>x</a>", 100_000))
	}},
	{"links-text", func() []byte { return textMail(numbered("see http://a%d.example/x\r\n", 100_000)) }},
	{"links-long", func() []byte {
		return htmlMail(strings.Repeat("<a href='http://h.example/"+strings.Repeat("YUBjbGluaWM-", 4000)+"'>x</a>", 60) + numbered("<a href='http://h%d.example/"+strings.Repeat("YUBjbGluaWM_", 340)+"'>x</a>", 500))
	}},
	{"links-percent", func() []byte {
		return htmlMail(numbered("<a href='http://h%d.example/"+strings.Repeat("%%41", 1300)+"'>x</a>", 900))
	}},
	{"recipients-links", func() []byte {
		return []byte("From: a@b.example\r\nTo: " + numbered("a%d@clinic.example, ", 1000) + "z@clinic.example\r\nSubject: x\r\nContent-Type: text/html\r\n\r\n" +
			numbered("<a href='http://h%d.example/"+strings.Repeat("YUBjbGluaWMuZXhhbXBsZQ-", 180)+"'>x</a>", 500))
	}},
	{"attachments", func() []byte {
		return []byte(hostileHead + "Content-Type: multipart/mixed; boundary=B\r\n\r\n" + numbered("--B\r\nContent-Disposition: attachment; filename=a%d.exe\r\n\r\nMZ\r\n", 100_000))
	}},
	{"nested-tables", func() []byte {
		return []byte(hostileHead + "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
			base64.StdEncoding.EncodeToString([]byte(strings.Repeat("<table><tr><td>", 100_000))))
	}},
	{"nested-fonts", func() []byte {
		return htmlMail(strings.Repeat("<font style='color:red'><b><i>x", 60_000) + strings.Repeat("</b></font></div>", 40_000))
	}},
	{"reopened", func() []byte {
		return htmlMail(strings.Repeat("<font color=red>", 400) + strings.Repeat("<p style='color:blue'><b style='x:y'><i style='color:red'>x</p></b>", 12_000))
	}},
	{"unknown-tags", func() []byte { return htmlMail(numbered("<x%d>", 100_000) + numbered("</y%d>", 100_000)) }},
	{"attributes", func() []byte {
		return htmlMail("<a " + numbered("a%d='b' ", 100_000) + ">" + strings.Repeat("<p style='a:b;color:red' class='a b c d e f g h'>", 18_000))
	}},
	{"style-sheet", func() []byte {
		return htmlMail("<p>x<style>" + numbered(".c%d{color:red}", 70_000) + "</style>" + strings.Repeat("<p class='c1 c2 c3 c4 c5 c6'>x", 3000))
	}},
	{"style-comments", func() []byte {
		return htmlMail("<style>" + strings.Repeat("/**/", 200_000) + "</style>" + "<p style='" + strings.Repeat("/**/", 1000) + "'>")
	}},
	{"style-selectors", func() []byte {
		return htmlMail("<style>" + numbered("p.c%d,", 100_000) + "a{color:red}</style><p class=c1>x")
	}},
	{"styles-many", func() []byte { return htmlMail(numbered("<p style='color:#%06x;font-size:1px;left:-900px'>x", 19_000)) }},
	{"entities", func() []byte { return htmlMail(strings.Repeat("&amp;", 210_000)) }},
	{"entities-long", func() []byte { return htmlMail(strings.Repeat("&CounterClockwiseContourIntegral;", 31_000)) }},
	{"entity-words", func() []byte { return htmlMail(strings.Repeat("&#x202e;&#x200b;a ", 60_000)) }},
	{"comments", func() []byte { return htmlMail(strings.Repeat("<!--[if mso]><a href=http://x.example/>-->", 25_000)) }},
	{"scripts", func() []byte {
		return htmlMail("<script>" + strings.Repeat("atob(Blob(eval(", 70_000) + "</script>" + strings.Repeat("<p onclick='eval(1)'>", 30_000))
	}},
	{"open-quote", func() []byte { return htmlMail(strings.Repeat("<a href='", 110_000)) }},
	{"lt", func() []byte { return htmlMail(strings.Repeat("<", 1<<20)) }},
	{"html-64-parts", func() []byte {
		return []byte(hostileHead + "Content-Type: multipart/mixed; boundary=B\r\n\r\n" + strings.Repeat("--B\r\nContent-Type: text/html\r\n\r\n"+strings.Repeat("<p><a href=http://a.example/x>verify your account</a>", 1200)+"<style>p{color:red}</style>\r\n", 64))
	}},
	{"subject-marks", func() []byte { return headMail("Subject: " + strings.Repeat("a\u0301\u0300\u202e", 100_000) + "\r\n") }},
	{"name-marks", func() []byte {
		return []byte("From: \"" + strings.Repeat("W\u200bH\u0301O\u202e", 80_000) + "\" <a@b.example>\r\nTo: a@clinic.example\r\n\r\nx")
	}},
	{"name-words", func() []byte {
		return []byte("From: \"" + strings.Repeat("Microsft Suport ", 60_000) + "\" <a@b.example>\r\nTo: a@clinic.example\r\n\r\nx")
	}},
	{"recipients", func() []byte { return headMail("Cc: " + numbered("a%d@clinic.example, ", 100_000) + "b@c.example\r\n") }},
	{"references", func() []byte { return headMail("References: " + numbered("<%d@x.example> ", 10_000) + "\r\n") }},
	{"comments-depth", func() []byte {
		return headMail("Cc: " + strings.Repeat("(", 100_000) + strings.Repeat(")", 100_000) + " a@b.example\r\n")
	}},
	{"groups", func() []byte {
		return headMail("Cc: " + strings.Repeat("g:", 200_000) + strings.Repeat(";", 200_000) + "\r\n")
	}},
	{"quoted-address", func() []byte {
		return headMail("Cc: " + strings.Repeat("\"\\", 200_000) + "\r\nReply-To: " + strings.Repeat("<", 200_000) + "\r\n")
	}},
	{"dates", func() []byte {
		return []byte("Date: " + strings.Repeat("(Mon, ", 150_000) + "\r\nFrom: a@b.example\r\n\r\nx")
	}},
	{"received", func() []byte {
		return headMail(strings.Repeat("Received: from a (b [192.0.2.1]) by c; "+strings.Repeat("(", 480)+"\r\n", 1900))
	}},
	{"auth-results", func() []byte {
		return headMail(strings.Repeat("Authentication-Results: mx.example; "+strings.Repeat("dkim=pass (", 900)+"\r\n", 90) + "Authentication-Results: mx.example; " + strings.Repeat("spf=pass smtp.mailfrom=a@b.example; ", 2000) + "\r\n")
	}},
	{"dkim", func() []byte {
		sig := "DKIM-Signature: v=1; a=rsa-sha256; d=x.example; s=a; c=relaxed/relaxed; bh=AAAA; b=AAAA; h=from\r\n"
		return append(headMail(strings.Repeat(sig, 10_000)), strings.Repeat("a \t b\r\n", 30<<20/7)...)
	}},
	{"dkim-kinds", func() []byte {
		sig := ""
		for i := range 1900 {
			sig += fmt.Sprintf("DKIM-Signature: v=1; a=rsa-sha%d; d=x%d.example; s=a; c=%s; l=%d; bh=AAAA; b=AAAA; h=from\r\n", []int{1, 256}[i%2], i, []string{"relaxed/relaxed", "simple/simple"}[i/2%2], 20<<20+i)
		}
		return append(headMail(sig), strings.Repeat("a \t b\r\n", 30<<20/7)...)
	}},
	{"arc", func() []byte {
		return headMail(numbered("ARC-Seal: i=%d; d=x.example; cv=pass; b=A\r\nARC-Authentication-Results: i=1; mx.example; dkim=pass\r\n", 900))
	}},
	{"quotes-depth", func() []byte {
		return textMail(strings.Repeat(">", 100_000) + "x\r\n" + strings.Repeat("> > > x\r\n", 100_000))
	}},
	{"quotes-html", func() []byte { return htmlMail(strings.Repeat("<blockquote>x", 70_000)) }},
	{"wrote", func() []byte { return textMail(strings.Repeat("On 2 Nov 2026 somebody\r\n", 40_000)) }},
	{"forwards", func() []byte { return textMail(strings.Repeat("From: a\r\n", 100_000)) }},
	{"hosts", func() []byte { return textMail(numbered("http://micros0ft-login%d.example-verify.example/ ", 20_000)) }},
	{"hosts-deep", func() []byte {
		return htmlMail(numbered("<a href='http://%d."+strings.Repeat("who-login.micros0ft.", 12)+"x.example/'>verify</a>", 500))
	}},
	{"hosts-idn", func() []byte {
		return htmlMail(numbered("<a href='http://mісrоsоft%d."+strings.Repeat("xn--e1afmkfd.", 15)+"example/'>www.who.int</a>", 500))
	}},
	{"links-attached", func() []byte {
		return fileMail(".html", []byte(numbered("<a href='http://paypal-secure-login%d.who-int.example/'>x</a>", 30_000)))
	}},
	{"lures", func() []byte {
		return textMail(strings.Repeat("verify your account your account has been suspended click here ", 16_000))
	}},
	{"lures-spaced", func() []byte {
		return textMail(strings.Repeat("your mailbox is almost your account will be we noticed ", 1000) + "\r\n")
	}},
	{"names", func() []byte {
		return textMail(strings.Repeat("I am a recruiter with World Health Organization WHO Microsoft PayPal ", 14_000))
	}},
	{"names-html", func() []byte {
		return htmlMail(strings.Repeat("<img alt='World Health Organization Microsoft PayPal'>", 19_000))
	}},
	{"one-word", func() []byte { return textMail(strings.Repeat("a", 1<<20)) }},
	{"digits", func() []byte { return textMail(strings.Repeat("1", 1<<20)) }},
	{"money", func() []byte { return textMail(strings.Repeat("1,000,", 170_000)) }},
	{"at-signs", func() []byte { return textMail(strings.Repeat("@", 1<<20)) }},
	{"phones", func() []byte { return textMail(strings.Repeat("+1 (2) 3 4 ", 90_000)) }},
	{"devanagari", func() []byte { return textMail(strings.Repeat("क्ष ", 100_000)) }},
	{"hangul", func() []byte { return textMail(strings.Repeat("계정을 확인하십시오 ", 35_000)) }},
	{"ligatures", func() []byte { return textMail(strings.Repeat("ﷺ𝕎𝓗𝑶ﬃ", 50_000)) }},
	{"zip-bomb", func() []byte { return fileMail(".zip", zipOf(4, 200<<20, "%d.txt", nil)) }},
	{"zip-members", func() []byte { return fileMail(".zip", zipOf(10_000, 1, "%d.exe", nil)) }},
	{"zip-nested", func() []byte {
		b := zipOf(1, 8<<20, "%d.txt", nil)
		for range 40 {
			inner := b
			b = zipOf(10, 0, "%d.zip", func(int) []byte { return inner })
			if len(b) > 4<<20 {
				break
			}
		}
		return fileMail(".zip", b)
	}},
	{"zip-of-html", func() []byte {
		page := []byte(strings.Repeat("<script>eval(atob('YQ=='))</script><a href=http://x.example>", 20_000))
		return fileMail(".zip", zipOf(200, 0, "%d.html", func(int) []byte { return page }))
	}},
	{"zip-of-pdf", func() []byte {
		b := pdfBomb(20, 8<<20)
		return fileMail(".zip", zipOf(50, 0, "%d.pdf", func(int) []byte { return b }))
	}},
	{"zips", func() []byte {
		b := zipOf(1, 12<<20, "%d.txt", nil)
		all := make([][]byte, 250)
		for i := range all {
			all[i] = b
		}
		return fileMail(".zip", all...)
	}},
	{"gzip-bomb", func() []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		for range 1024 {
			w.Write(make([]byte, 1<<20))
		}
		w.Close()
		return fileMail(".gz", b.Bytes())
	}},
	{"pdf-bomb", func() []byte { return fileMail(".pdf", pdfBomb(200, 4<<20)) }},
	{"pdf-objects", func() []byte {
		return fileMail(".pdf", []byte("%PDF-1.4\n"+numbered("%d 0 obj << /A << /URI (http://x.example) >> endobj\n", 200_000)))
	}},
	{"pdf-nested", func() []byte { return fileMail(".pdf", []byte("%PDF-1.4\n1 0 obj "+strings.Repeat("<<[(", 1<<20))) }},
	{"image-huge", func() []byte { return fileMail(".png", pngOf(12_000, 12_000, false)) }},
	{"image-lying", func() []byte { return fileMail(".png", lyingPNG()) }},
	{"image-noise", func() []byte { b := pngOf(1500, 1500, true); return fileMail(".png", b, b, b, b, b, b) }},
	{"image-finders", func() []byte { b := finderPNG(1400); return fileMail(".png", b, b, b, b, b, b) }},
	{"images-many", func() []byte {
		b := finderPNG(400)
		all := make([][]byte, 250)
		for i := range all {
			all[i] = b
		}
		return fileMail(".png", all...)
	}},
	{"rtf", func() []byte {
		return fileMail(".rtf", []byte("{\\rtf1 "+strings.Repeat("{\\object\\objdata d0cf11e0", 200_000)))
	}},
	{"html-file", func() []byte { return fileMail(".html", []byte(strings.Repeat("<a href='http://x.example/", 300_000))) }},
	{"svg-file", func() []byte {
		return fileMail(".svg", []byte("<svg xmlns='x'>"+strings.Repeat("<g onload=eval(1)>", 300_000)))
	}},
	{"ics", func() []byte {
		return fileMail(".ics", []byte("BEGIN:VCALENDAR\r\n"+numbered("ATTENDEE:mailto:a%d@x.example\r\nURL:http://x.example\r\n", 200_000)))
	}},
	{"base64-junk", func() []byte {
		return []byte(hostileHead + "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n" + strings.Repeat("!=A", 10<<20))
	}},
	{"qp-junk", func() []byte {
		return []byte(hostileHead + "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("= ", 16<<20))
	}},
	{"qp-blanks", func() []byte {
		return []byte(hostileHead + "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + strings.Repeat("="+strings.Repeat(" ", 40_000)+"x", 800))
	}},
	{"charsets", func() []byte {
		return []byte(hostileHead + "Content-Type: multipart/mixed; boundary=B\r\n\r\n" + strings.Repeat("--B\r\nContent-Type: text/plain; charset=iso-2022-jp\r\n\r\n"+strings.Repeat("\x1b$B\x1b(B", 10_000)+"\r\n", 64))
	}},
	{"utf7", func() []byte {
		return []byte(hostileHead + "Content-Type: text/plain; charset=utf-7\r\n\r\n" + strings.Repeat("+", 1<<20))
	}},
	{"tnef", func() []byte {
		return fileMail(".dat", append([]byte{0x78, 0x9f, 0x3e, 0x22, 0, 0}, bytes.Repeat([]byte{1, 2, 0x80, 1, 0, 0, 0, 0, 0, 0, 0}, 300_000)...))
	}},
	{"bare-cr", func() []byte {
		return []byte(strings.ReplaceAll(string(textMail(strings.Repeat("x\r", 10<<20))), "\r\n", "\r"))
	}},
	{"uuencode", func() []byte { return textMail(strings.Repeat("begin 644 a.exe\r\n#0V%T\r\n`\r\nend\r\n", 60_000)) }},
	{"mbox", func() []byte { return []byte(strings.Repeat("From \n", 1_000_000)) }},
	{"mbox-mails", func() []byte {
		return []byte(strings.Repeat("From a@b.example Mon Nov  2 10:00:00 2026\nFrom: a@b.example\n\nx\n\n", 2_000))
	}},
}

// TestHostileMails holds what one mail may cost, in processor time and in
// memory, to the bounds of issue 5. Time is that of the process, collector and
// all; memory is what is reachable at the worst moment, above what is there
// before the mail is read.
func TestHostileMails(t *testing.T) {
	if testing.Short() {
		t.Skip("hostile mails are tried without -short")
	}
	examiner, err := NewExaminer(nil, auth.Options{Receivers: []string{"mx.example"}}, content.Default())
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if *hostileDir != "" {
		dir = *hostileDir
	}
	check := func(file string) (n int) {
		name := "eml" // what is broken in its head would not be taken for a mail
		if strings.HasPrefix(filepath.Base(file), "mbox") {
			name = "mbox"
		}
		format, _ := mail.Lookup(name)
		cfg := MailConfig{Paths: []string{file}, Examiner: examiner, Workers: 1, Format: &format}
		_, err := CheckMail(context.Background(), cfg, func(v MailVerdict) error { n++; return nil })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	for i, h := range hostiles {
		t.Run(h.name, func(t *testing.T) {
			file := filepath.Join(dir, h.name+".eml")
			if err := os.WriteFile(file, h.make(), 0o600); err != nil {
				t.Fatal(err)
			}
			if i == 0 {
				check(file) // tables are made when they are first needed
			}
			debug.FreeOSMemory()
			before := processTime(t)
			n := check(file)
			took := processTime(t) - before
			most := liveMemory(func() { check(file) })
			// What is allocated while the collector marks counts as live to it, so
			// a single peak may say too much.
			for try := 0; try < 2 && most > hostileMemory; try++ {
				most = min(most, liveMemory(func() { check(file) }))
			}
			t.Logf("%-16s %4d ms %3d MB, %d verdicts", h.name, took.Milliseconds(), most>>20, n)
			if n == 0 {
				t.Error("no verdict")
			}
			if limit := time.Duration(1+n/1000) * hostileTime; took > limit { // an mbox is many mails
				t.Errorf("%d ms of processor time", took.Milliseconds())
			}
			if most > hostileMemory {
				t.Errorf("%d MB of memory", most>>20)
			}
			if *hostileDir == "" {
				os.Remove(file)
			}
		})
	}
}

// liveMemory is how much more memory than before is in use at the worst moment
// of f, as seen with a collector that runs all the time.
func liveMemory(f func()) int64 {
	percent := debug.SetGCPercent(15)
	defer debug.SetGCPercent(percent)
	runtime.GC()
	base := live()
	var most atomic.Int64
	stop, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-stop:
				return
			case <-time.After(2 * time.Millisecond):
				most.Store(max(most.Load(), live()-base))
			}
		}
	}()
	f()
	close(stop)
	<-done
	return most.Load()
}

// live is what the last collection found in use, and the stacks. What is
// allocated since says how far the collector is behind, on a busy machine far.
func live() int64 {
	now := []metrics.Sample{{Name: "/gc/heap/live:bytes"}, {Name: "/memory/classes/heap/stacks:bytes"}}
	metrics.Read(now)
	return int64(now[0].Value.Uint64() + now[1].Value.Uint64())
}

func processTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
