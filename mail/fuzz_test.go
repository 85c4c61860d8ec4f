package mail

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

func seeds(f *testing.F, pattern string) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		b, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
}

// sound checks what is true of every message, however broken the mail.
func sound(t *testing.T, m *Message) {
	check := func(what, s string) {
		if !utf8.ValidString(s) {
			t.Errorf("%s is no UTF-8: %q", what, s)
		}
	}
	check("subject", m.Subject)
	check("return path", m.ReturnPath)
	check("id", m.MessageID)
	for _, list := range [][]Address{m.From, m.ReplyTo, m.To, m.Cc, {m.Sender}} {
		if len(list) > MaxAddresses {
			t.Errorf("%d addresses", len(list))
		}
		for _, a := range list {
			check("name", a.Name)
			check("address", a.Email)
		}
	}
	if len(m.Header) > MaxFields || len(m.Texts) > MaxTexts || len(m.Attachments) > MaxAttachments || len(m.References) > MaxReferences || len(m.Raw) > MaxRaw {
		t.Errorf("more than the bounds: %d fields, %d texts, %d attachments", len(m.Header), len(m.Texts), len(m.Attachments))
	}
	for _, x := range m.Texts {
		check("text", x.Content)
		if len(x.Content) > MaxText {
			t.Errorf("a text of %d bytes", len(x.Content))
		}
	}
	for _, a := range m.Attachments {
		check("name", a.Name)
		check("type", a.Type)
		check("content id", a.ContentID)
		if int64(len(a.Content)) > a.Size {
			t.Errorf("%d bytes of %d", len(a.Content), a.Size)
		}
	}
	for _, s := range append(append([]string(nil), m.References...), m.DeliveredTo...) {
		check("reference or recipient", s)
	}
	for _, h := range m.Hops {
		check("server", h.From)
		check("server", h.By)
	}
}

func FuzzDecodeEML(f *testing.F) {
	seeds(f, "testdata/eml/*.eml*")
	f.Fuzz(func(t *testing.T, b []byte) {
		sniffEML(b)
		for it, err := range eml.Decode(bytes.NewReader(b), Options{}) {
			if err == nil {
				sound(t, it.Message)
			}
		}
	})
}

// Whatever it holds, an mbox is split into mails in order, at exact lines.
func FuzzDecodeMbox(f *testing.F) {
	seeds(f, "testdata/mbox/*.mbox")
	f.Fuzz(func(t *testing.T, b []byte) {
		sniffMbox(b)
		var next, mails int64
		for it, err := range mbox.Decode(bytes.NewReader(b), Options{}) {
			if err != nil {
				t.Fatal(err)
			}
			m := it.Message
			sound(t, m)
			if m.Offset < next || m.Line != int64(bytes.Count(b[:m.Offset], []byte("\n")))+1 {
				t.Errorf("offset %d line %d after %d", m.Offset, m.Line, next)
			}
			if mails == 0 && len(bytes.Trim(b[:m.Offset], "\r\n")) > 0 {
				t.Errorf("lost %q", b[:m.Offset])
			}
			next = m.Offset + int64(len(m.Raw))
			mails++
		}
		if len(bytes.Trim(b, "\r\n")) > 0 && mails == 0 {
			t.Error("no mail at all")
		}
	})
}

func FuzzDecodeMsg(f *testing.F) {
	f.Add(sampleMsg())
	f.Fuzz(func(t *testing.T, b []byte) {
		sniffMsg(b)
		for it, err := range msg.Decode(bytes.NewReader(b), Options{}) {
			if err == nil {
				sound(t, it.Message)
			}
		}
	})
}

func FuzzRTF(f *testing.F) {
	f.Add([]byte(rtfOfHTML))
	f.Add([]byte(rawRTF(rtfOfHTML)))
	f.Fuzz(func(t *testing.T, b []byte) {
		unpacked, _ := unpackRTF(b)
		var codes charsets
		for _, rtf := range [][]byte{b, unpacked} {
			if text, _ := codes.rtfText(rtf); !utf8.ValidString(text) {
				t.Errorf("no UTF-8: %q", text)
			}
		}
	})
}

// Dates, addresses and Received fields are read alone as well: they find more
// of their branches so.
func FuzzFields(f *testing.F) {
	f.Add(`"a, b" <c@d.example>, G: e@f.example; (x)`)
	f.Add("from a (b [192.0.2.1]) by c; Thu, 22 Aug 2002 12:45:53 -0400 (EDT)")
	f.Add("Thu Aug 22 17:45:53 GMT+0200 2002")
	f.Add(`attachment; filename*0*=utf-8''%C3; filename*1="b"`)
	f.Add("=?utf-8?Q?a?= =?utf-8?B?w6Q?=")
	f.Fuzz(func(t *testing.T, s string) {
		var codes charsets
		list, _ := codes.addresses(nil, s, "", MaxAddresses)
		for _, a := range list {
			if !utf8.ValidString(a.Name) || !utf8.ValidString(a.Email) {
				t.Errorf("%q: no UTF-8: %q", s, a)
			}
		}
		if d, _, ok := ParseDate(s); ok && (d.Year() < 1969 || d.Year() > 2200) {
			t.Errorf("%q: year %d", s, d.Year())
		}
		parseReceived(s)
		p := parseParams(s)
		if name := codes.param(&p, "filename", ""); !utf8.ValidString(name) {
			t.Errorf("%q: name %q", s, name)
		}
	})
}
