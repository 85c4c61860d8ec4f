package mail

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// node is a stream, or a storage where it has children.
type node struct {
	name string
	data []byte
	in   []node
}

// compoundOf writes a compound file ([MS-CFB]): enough for a message, with one
// allocation table of at most 109 sectors.
func compoundOf(root ...node) []byte {
	const size, none, end = 512, 0xffffffff, 0xfffffffe
	type entry struct {
		node
		kind               byte
		right, child, from uint32
		length             int
	}
	entries := []entry{{node: node{name: "Root Entry"}, kind: 5, right: none, child: none}}
	var place func(parent int, list []node)
	place = func(parent int, list []node) {
		last := -1
		for _, n := range list {
			at := len(entries)
			kind := byte(2)
			if n.in != nil {
				kind = 1
			}
			entries = append(entries, entry{node: n, kind: kind, right: none, child: none, from: end, length: len(n.data)})
			if last < 0 {
				entries[parent].child = uint32(at)
			} else {
				entries[last].right = uint32(at)
			}
			last = at
			place(at, n.in)
		}
	}
	place(0, root)
	var fat, mini []uint32
	var sectors, small []byte
	store := func(b []byte) uint32 {
		if len(b) == 0 {
			return end
		}
		from := uint32(len(fat))
		for ; len(b) > 0; b = b[min(size, len(b)):] {
			sectors = append(sectors, append(bytes.Clone(b[:min(size, len(b))]), make([]byte, size-min(size, len(b)))...)...)
			fat = append(fat, uint32(len(fat))+1)
		}
		fat[len(fat)-1] = end
		return from
	}
	for i := range entries {
		e := &entries[i]
		switch {
		case e.length >= 4096:
			e.from = store(e.data)
		case e.length > 0:
			e.from = uint32(len(mini))
			for b := e.data; len(b) > 0; b = b[min(64, len(b)):] {
				small = append(small, append(bytes.Clone(b[:min(64, len(b))]), make([]byte, 64-min(64, len(b)))...)...)
				mini = append(mini, uint32(len(mini))+1)
			}
			mini[len(mini)-1] = end
		}
	}
	entries[0].from, entries[0].length = store(small), len(small)
	numbers := func(list []uint32) (b []byte) {
		for _, n := range list {
			b = binary.LittleEndian.AppendUint32(b, n)
		}
		return b
	}
	for len(mini)%(size/4) != 0 {
		mini = append(mini, none)
	}
	miniAt := store(numbers(mini))
	var dir []byte
	for _, e := range entries {
		b := make([]byte, 128)
		units := utf16.Encode([]rune(e.name))
		for i, u := range units {
			binary.LittleEndian.PutUint16(b[2*i:], u)
		}
		binary.LittleEndian.PutUint16(b[64:], uint16(2*len(units)+2))
		b[66], b[67] = e.kind, 1
		binary.LittleEndian.PutUint32(b[68:], none)
		binary.LittleEndian.PutUint32(b[72:], e.right)
		binary.LittleEndian.PutUint32(b[76:], e.child)
		binary.LittleEndian.PutUint32(b[116:], e.from)
		binary.LittleEndian.PutUint32(b[120:], uint32(e.length))
		dir = append(dir, b...)
	}
	dirAt := store(dir)
	tables := 1
	for (len(fat)+tables+size/4-1)/(size/4) > tables {
		tables++
	}
	tableAt := len(fat)
	for range tables {
		fat = append(fat, 0xfffffffd)
	}
	for len(fat)%(size/4) != 0 {
		fat = append(fat, none)
	}
	head := make([]byte, size)
	copy(head, cfbMagic)
	for at, v := range map[int]uint16{24: 0x3e, 26: 3, 28: 0xfffe, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(tables), 48: dirAt, 56: 4096, 60: miniAt, 64: uint32(len(mini) / (size / 4)), 68: end} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := range 109 {
		v := uint32(none)
		if i < tables {
			v = uint32(tableAt + i)
		}
		binary.LittleEndian.PutUint32(head[76+4*i:], v)
	}
	return append(append(head, sectors...), numbers(fat)...)
}

func wide(id uint32, s string) node {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return node{name: fmt.Sprintf("__substg1.0_%04X001F", id), data: b}
}

func blob(id uint32, b string) node {
	return node{name: fmt.Sprintf("__substg1.0_%04X0102", id), data: []byte(b)}
}

// fixedOf writes the list of fixed properties behind a head of n bytes.
func fixedOf(n int, tagsAndValues ...uint64) node {
	b := make([]byte, n)
	for i := 0; i < len(tagsAndValues); i += 2 {
		b = binary.LittleEndian.AppendUint32(b, uint32(tagsAndValues[i]))
		b = binary.LittleEndian.AppendUint32(b, 6)
		b = binary.LittleEndian.AppendUint64(b, tagsAndValues[i+1])
	}
	return node{name: propertyStream, data: b}
}

func filetime(t time.Time) uint64 { return uint64(t.Unix()+11644473600) * 10_000_000 }

const rtfOfHTML = `{\rtf1\ansi\ansicpg949\fromhtml1 \deff0{\fonttbl {\f0\fswiss Arial;}}` +
	`{\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 \'be\'c8\'b3\'e7 \u9786? \{x\}{\*\htmltag84 <b>}\htmlrtf {\b\htmlrtf0 bold{\*\htmltag92 </b>}\htmlrtf }\htmlrtf0 {\*\htmltag72 </p>}}`

func rawRTF(s string) string {
	b := binary.LittleEndian.AppendUint32(nil, uint32(len(s)+12))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(s)))
	return string(b) + "MELA\x00\x00\x00\x00" + s
}

func sampleMsg() []byte {
	when := filetime(time.Date(2026, 10, 5, 7, 11, 2, 0, time.UTC))
	recipient := func(n int, kind uint64, name, smtp, exchange string) node {
		return node{name: fmt.Sprintf("__recip_version1.0_#%08X", n), in: []node{
			wide(0x3001, name), wide(0x39fe, smtp), wide(0x3003, exchange), fixedOf(8, 0x0c150003, kind),
		}}
	}
	return compoundOf(
		fixedOf(32, 0x00390040, when, 0x0e060040, when+90_000_000, 0x3fde0003, 1252),
		wide(0x0037, "Stellenbeschreibung"), wide(0x0c1a, "Jane Doe"), wide(0x0c1f, "/O=EXCHANGE/CN=JANE"), wide(0x5d01, "Jane@Sender.example"),
		wide(0x1035, "<1@sender.example>"), wide(0x1000, "plain text"), blob(0x1013, "<p>Gr\xfc\xdfe</p>"),
		recipient(0, 1, "Lab", "lab@hospital.example", "/O=X"), recipient(1, 2, "c@hospital.example", "c@hospital.example", ""),
		node{name: "__attach_version1.0_#00000000", in: []node{
			fixedOf(8, 0x37050003, 1), wide(0x3704, "JOBDES~1.DOC"), wide(0x3707, "job description.docm"), wide(0x370e, "application/vnd.ms-word"),
			blob(0x3701, strings.Repeat("content ", 1000)),
		}},
		node{name: "__attach_version1.0_#00000001", in: []node{
			fixedOf(8, 0x37050003, 5), wide(0x3001, "inner"),
			{name: "__substg1.0_3701000D", in: []node{
				fixedOf(24), wide(0x0037, "inner subject"), blob(0x1009, rawRTF(rtfOfHTML)),
				{name: "__attach_version1.0_#00000000", in: []node{fixedOf(8, 0x37050003, 1), wide(0x3707, "a.iso"), blob(0x3701, "CD001")}},
			}},
		}},
	)
}

func TestMsg(t *testing.T) {
	b := sampleMsg()
	if f, ok := Detect(b); !ok || f.Name != "msg" {
		t.Fatalf("recognised as %q", f.Name)
	}
	want := `msg line 1 offset 0
time: 2026-10-05T07:11:02Z
arrived: 2026-10-05T07:11:11Z
from: [{"Jane Doe" "Jane@sender.example"}]
to: [{"Lab" "lab@hospital.example"}]
cc: [{"" "c@hospital.example"}]
subject: "Stellenbeschreibung"
id: 1@sender.example
text: html=false charset="utf-8" cut=false depth=0 "plain text"
text: html=true charset="windows-1252" cut=false depth=0 "<p>Grüße</p>"
text: html=true charset="utf-8" cut=false depth=1 "<p>안녕 ☺ {x}<b>bold</b></p>"
attachment: "job description.docm" application/vnd.ms-word id="" inline=false depth=0 size=8000 sha256=748acea7 "content content content content content content content cont"
attachment: "inner" application/vnd.ms-outlook id="" inline=false depth=0 size=0 sha256= ""
attachment: "a.iso" application/octet-stream id="" inline=false depth=1 size=5 sha256=6d4e9dd3 "CD001"
`
	got := decode(msg, bytes.NewReader(b), Options{})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// With a header the mail is read as it was sent, and Exchange's names are not
// needed.
func TestMsgWithHeader(t *testing.T) {
	b := compoundOf(
		fixedOf(32), wide(0x0037, "other"), wide(0x5d01, "other@x.example"),
		wide(0x007d, "Received: from a.example (a.example [192.0.2.1]) by b.example; Mon, 5 Oct 2026 07:11:09 +0000\r\nFrom: \"A\" <a@b.example>\r\nSubject: =?utf-8?Q?=C3=A4?=\r\nDate: Mon, 5 Oct 2026 07:11:02 +0000\r\n\r\n"),
		node{name: "__attach_version1.0_#00000000", in: []node{
			fixedOf(8, 0x37050003, 1), wide(0x3707, "smime.p7m"), wide(0x370e, "multipart/signed"),
			blob(0x3701, "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nsigned text\r\n--b\r\nContent-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx\r\n--b--\r\n"),
		}},
	)
	for it, err := range msg.Decode(bytes.NewReader(b), Options{}) {
		if err != nil {
			t.Fatal(err)
		}
		m := it.Message
		if m.Subject != "ä" || m.From[0] != (Address{"A", "a@b.example"}) || len(m.Hops) != 1 || m.Evidence&HasHeader == 0 {
			t.Errorf("header: %s", show(m))
		}
		if len(m.Texts) != 1 || m.Texts[0].Content != "signed text" || len(m.Attachments) != 1 || m.Attachments[0].Name != "smime.p7s" {
			t.Errorf("signed body: %s", show(m))
		}
	}
}

func TestOldOfficeDocumentIsNoMail(t *testing.T) {
	b := compoundOf(node{name: "WordDocument", data: []byte("x")})
	if f, ok := Detect(b); ok {
		t.Errorf("recognised as %s", f.Name)
	}
	for _, err := range msg.Decode(bytes.NewReader(b), Options{}) {
		if err == nil {
			t.Error("read as a mail")
		}
	}
}

// The example of [MS-OXRTFCP] §4.1: its output is {\rtf1\ansi\ansicpg1252\pard hello world}.
func TestUnpackRTF(t *testing.T) {
	packed := []byte{
		0x2d, 0x00, 0x00, 0x00, 0x2b, 0x00, 0x00, 0x00, 0x4c, 0x5a, 0x46, 0x75, 0xf1, 0xc5, 0xc7, 0xa7,
		0x03, 0x00, 0x0a, 0x00, 0x72, 0x63, 0x70, 0x67, 0x31, 0x32, 0x35, 0x42, 0x32, 0x0a, 0xf3, 0x20, 0x68, 0x65, 0x6c,
		0x09, 0x00, 0x20, 0x62, 0x77, 0x05, 0xb0, 0x6c, 0x64, 0x7d, 0x0a, 0x80, 0x0f, 0xa0,
	}
	out, ok := unpackRTF(packed)
	if want := "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"; !ok || string(out) != want {
		t.Errorf("got %q, want %q", out, want)
	}
	var codes charsets
	if text, html := codes.rtfText(out); strings.TrimSpace(text) != "hello world" || html {
		t.Errorf("text %q html=%v", text, html)
	}
}
