package mail

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/pumphandle/pumphandle/internal/golden"
)

// show writes a message for people to check: what is not shown is not set.
func show(m *Message) string {
	var b strings.Builder
	line := func(name string, format string, args ...any) {
		if s := fmt.Sprintf(format, args...); s != "" && s != "[]" && s != `""` {
			fmt.Fprintf(&b, "%s: %s\n", name, s)
		}
	}
	fmt.Fprintf(&b, "%s line %d offset %d\n", m.Format, m.Line, m.Offset)
	if !m.Time.IsZero() {
		line("time", "%s", m.Time.Format(time.RFC3339))
	}
	if !m.Arrived.IsZero() {
		line("arrived", "%s", m.Arrived.Format(time.RFC3339))
	}
	line("from", "%q", m.From)
	if m.Sender != (Address{}) {
		line("sender", "%q", m.Sender)
	}
	line("reply-to", "%q", m.ReplyTo)
	line("return-path", "%s", m.ReturnPath)
	line("to", "%q", m.To)
	line("cc", "%q", m.Cc)
	line("delivered-to", "%q", m.DeliveredTo)
	line("subject", "%q", m.Subject)
	line("id", "%s", m.MessageID)
	line("in-reply-to", "%q", m.InReplyTo)
	line("references", "%q", m.References)
	for _, h := range m.Hops {
		line("hop", "from %s addr %v by %s at %s", h.From, h.Addr, h.By, h.Time.Format(time.RFC3339))
	}
	for _, f := range m.Header {
		line("field", "%s: %q", f.Name, f.Value)
	}
	for _, t := range m.Texts {
		line("text", "html=%v charset=%q cut=%v depth=%d %q", t.HTML, t.Charset, t.Cut, t.Depth, t.Content)
	}
	for _, a := range m.Attachments {
		line("attachment", "%q %s id=%q inline=%v depth=%d size=%d sha256=%.8s %.60q", a.Name, a.Type, a.ContentID, a.Inline, a.Depth, a.Size, a.SHA256, a.Content)
	}
	for _, p := range m.Problems {
		line("problem", "%s", p.Code)
	}
	return b.String()
}

func decode(f Format, r io.Reader, opt Options) string {
	var b strings.Builder
	for it, err := range f.Decode(r, opt) {
		if err != nil {
			fmt.Fprintf(&b, "error: %v\n", err)
			continue
		}
		b.WriteString(show(it.Message))
	}
	return b.String()
}

// The samples are written by us; the name says what is wrong with each.
func TestGolden(t *testing.T) {
	for _, pattern := range []string{"testdata/eml/*.eml*", "testdata/mbox/*.mbox"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatal(pattern, err)
		}
		for _, file := range files {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, ".golden") {
				continue
			}
			f, ok := Detect(b)
			if !ok {
				t.Errorf("%s: not recognised", file)
				continue
			}
			got := decode(f, bytes.NewReader(b), Options{})
			if slow := decode(f, iotest.OneByteReader(bytes.NewReader(b)), Options{}); slow != got {
				t.Errorf("%s: read byte by byte it differs:\n%s", file, cmp.Diff(got, slow))
			}
			golden.File(t, file+".golden", []byte(got))
		}
	}
}

// An mbox of the samples must give what the samples give, from whatever mail
// one begins again.
func TestMboxIsItsMails(t *testing.T) {
	files, err := filepath.Glob("testdata/eml/*.eml")
	if err != nil || len(files) < 10 {
		t.Fatal(files, err)
	}
	var box bytes.Buffer
	var want []string
	body := func(m *Message) string {
		s := show(m)
		return s[strings.IndexByte(s, '\n'):]
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		raw, _, _ := stripEnvelope(b)
		if !bytes.HasSuffix(raw, []byte("\n")) {
			raw = append(raw, '\n')
		}
		want = append(want, body(newParser().parse(raw, false)))
		writeMbox(&box, raw)
	}
	type place struct{ line, offset int64 }
	var places []place
	n := 0
	for it, err := range mbox.Decode(bytes.NewReader(box.Bytes()), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		if got := body(it.Message); n < len(want) && got != want[n] {
			t.Errorf("%s: in an mbox it differs:\n%s", files[n], cmp.Diff(want[n], got))
		}
		places = append(places, place{it.Message.Line, it.Message.Offset})
		n++
	}
	if n != len(want) {
		t.Fatalf("%d mails, want %d", n, len(want))
	}
	for i, at := range places {
		if lines := int64(bytes.Count(box.Bytes()[:at.offset], []byte("\n"))) + 1; lines != at.line {
			t.Errorf("mail %d: line %d, but its offset is in line %d", i, at.line, lines)
		}
		rest := i
		for it := range mbox.Decode(bytes.NewReader(box.Bytes()[at.offset:]), Options{Offset: at.offset, Line: at.line}) {
			if got := (place{it.Message.Line, it.Message.Offset}); got != places[rest] || body(it.Message) != want[rest] {
				t.Errorf("from mail %d on, mail %d: at %v, want %v", i, rest, got, places[rest])
			}
			rest++
		}
		if rest != len(want) {
			t.Errorf("from mail %d on there are %d, want %d", i, rest-i, len(want)-i)
		}
	}
}

// Each of these once cost a mail reader somewhere its memory or its time.
func TestHardMailIsBounded(t *testing.T) {
	rep := func(s string, n int) string { return strings.Repeat(s, n) }
	nested := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		return b.String()
	}
	for _, c := range []struct{ name, mail, problem string }{
		{"nested multiparts", "From: a@b.example\n" + nested(10_000), "nested_too_deep"},
		{"nested messages", "From: a@b.example\n" + rep("Content-Type: message/rfc822\n\n", 100_000), "nested_too_deep"},
		{"many parts", "Content-Type: multipart/mixed; boundary=b\n\n" + rep("--b\n\nx\n", 2_000_000), "too_many_parts"},
		{"many attachments", "Content-Type: multipart/mixed; boundary=b\n\n" + rep("--b\nContent-Disposition: attachment\n\nx\n", 1000), "too_many_attachments"},
		{"many near delimiters", "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + nested(20) + rep("--\n", 10<<20), ""},
		{"many nearer delimiters", "Content-Type: multipart/mixed; boundary=b\n\n--b\n" + nested(20) + rep("--bx\n", 7<<20), ""},
		{"header flood", rep("a: b\n", 7_000_000), "cut_header"},
		{"header floods in nested messages", rep("a: b\n", 10) + rep("Content-Type: message/rfc822\n"+rep("a:b\n", 1<<18)+"\n", 24), "cut_header"},
		{"one header line", "Subject: " + rep("x", 35<<20), "cut_header"},
		{"one body line", "From: a@b.example\n\n" + rep("x", 35<<20), "cut_text"},
		{"too long", "From: a@b.example\n\n" + rep("x\n", 50<<20), "cut_mail"},
		{"large base64", "From: a@b.example\nContent-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" + rep(rep("QUJD", 19)+"\n", 460_000), "cut_attachment"},
		{"large junk base64", "Content-Type: application/zip\nContent-Transfer-Encoding: base64\n\n" + rep("Q*=", 12<<20), "bad_base64"},
		{"large texts", "Content-Type: multipart/mixed; boundary=b\n\n" + rep("--b\nContent-Type: text/plain; charset=gb18030\n\n"+rep("\xc4\xe3", 256<<10)+"\n", 70), "too_many_texts"},
		{"encoded messages", "Content-Type: multipart/mixed; boundary=b\n\n" + rep("--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"+rep(rep("QUJD", 19)+"\n", 40_000)+"\n", 11), "too_much_encoded"},
		{"soft breaks", "Content-Transfer-Encoding: quoted-printable\n\n" + rep("=\n", 17<<20), ""},
		{"blanks after soft breaks", "Content-Transfer-Encoding: quoted-printable\n\n" + rep("= ", 17<<20), ""},
		{"parameters", "Content-Type: text/plain" + rep("; a*1=b", 140_000), ""},
		{"received", rep("Received: from a ((((((( by (by b; Mon\n", 2000), "too_many_hops"},
		{"zero bytes", rep("\x00", 35<<20), ""},
		{"references", "References: " + rep("<a> ", 250_000), ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			start := cpuTime(t)
			found := c.problem == ""
			n := 0
			for it, err := range eml.Decode(strings.NewReader(c.mail), Options{}) {
				if err != nil {
					t.Fatal(err)
				}
				n++
				for _, p := range it.Message.Problems {
					found = found || p.Code == c.problem
				}
				if !found {
					t.Errorf("no problem %s in %v", c.problem, it.Message.Problems)
				}
			}
			took := cpuTime(t) - start
			t.Logf("%v", took)
			if n != 1 {
				t.Errorf("%d mails", n)
			}
			if took > 3*time.Second { // the aim is one; with the collector's time and a shared machine
				t.Errorf("took %v", took)
			}
		})
	}
}
