package input

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"golang.org/x/text/encoding/unicode"
)

var written = time.Date(2026, 10, 5, 9, 11, 2, 0, time.UTC)

func gz(t testing.TB, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.ModTime = written
	if _, err := w.Write(text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zst(t testing.TB, text []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(text, nil)
}

// entry is a member of an archive.
type entry struct{ name, text string }

func zipped(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for _, e := range entries {
		m, err := w.CreateHeader(&zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: written})
		if err == nil {
			_, err = io.WriteString(m, e.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func tarred(t testing.TB, entries ...entry) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, e := range entries {
		err := w.WriteHeader(&tar.Header{Name: e.name, Mode: 0o600, Size: int64(len(e.text)), ModTime: written})
		if err == nil {
			_, err = io.WriteString(w, e.text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// bz2 is "hello\n" as bzip2 packs it; no library here writes that.
const bz2 = "BZh91AY&SY\xc1\xc0\x80\xe2\x00\x00\x01A\x00\x00\x10\x02D\xa0\x000\xcd\x00\xc3F)\x97\x17rE8P\x90\xc1\xc0\x80\xe2"

func utf16(t testing.TB, text string, endian unicode.Endianness, mark unicode.BOMPolicy) string {
	t.Helper()
	out, err := unicode.UTF16(endian, mark).NewEncoder().String(text)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// place writes files below a new directory and goes there, so that names are
// as short as they were written.
func place(t *testing.T, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// readAll reads everything below the paths and gives "name (rel): text" for
// each input and "! name: why" for what could not be read. It asks of each
// input that Head is how the text begins and Tail how it ends.
func readAll(t testing.TB, stdin io.Reader, paths ...string) (got []string) {
	t.Helper()
	bad := func(err error) {
		var e *Error
		if !errors.As(err, &e) {
			t.Fatalf("not an *Error: %v", err)
		}
		got = append(got, "! "+err.Error())
	}
	for f, err := range Files(t.Context(), paths, stdin) {
		if err != nil {
			bad(err)
			continue
		}
		for in, err := range f.Inputs(t.Context()) {
			if err != nil {
				bad(err)
				continue
			}
			head, tail := bytes.Clone(in.Head()), in.Tail()
			text, err := io.ReadAll(in)
			if err != nil {
				bad(err)
			}
			got = append(got, fmt.Sprintf("%s (%s): %s", in.Name, in.Rel, text))
			if want := text[:min(len(text), window)]; !bytes.Equal(head, want) {
				t.Errorf("%s: the head is %.80q, want %.80q", in.Name, head, want)
			}
			if want := text[max(0, len(text)-window):]; !bytes.HasSuffix(want, tail) || len(tail) < len(want)/2 {
				t.Errorf("%s: the tail is %.80q, want %.80q", in.Name, tail, want)
			}
		}
	}
	return got
}

func check(t *testing.T, got []string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestContainers(t *testing.T) {
	one, two := entry{"one.log", "1\n"}, entry{"d/two.log", "2\n"}
	str := func(b []byte) string { return string(b) }
	place(t, map[string]string{
		"a.txt":      "hello\n",
		"b.gz":       str(gz(t, []byte("hello\n"))),
		"b2.gz":      str(gz(t, []byte("hello\n"))) + str(gz(t, []byte("again\n"))),
		"c.zst":      str(zst(t, []byte("hello\n"))),
		"d.bz2":      bz2,
		"e.zip":      str(zipped(t, one, two, entry{"dir/", ""})),
		"f.tar":      str(tarred(t, one, two)),
		"g.tar.gz":   str(gz(t, tarred(t, one, two))),
		"h.gz":       str(gz(t, zipped(t, one))),
		"i.zip":      str(zipped(t, entry{"in.zip", str(zipped(t, one, entry{"x.gz", str(gz(t, []byte("deep\n")))}))}, two)),
		"j.zst":      str(zst(t, tarred(t, entry{"in.zip", str(zipped(t, one))}))),
		"k.log":      "",
		"l.gz":       str(gz(t, nil)),
		"m.zip":      str(zipped(t)),
		"wrong.xlsx": str(gz(t, []byte("a name says nothing\n"))),
	})
	check(t, readAll(t, nil, "."),
		"./a.txt (a.txt): hello\n",
		"./b.gz (b.gz): hello\n",
		"./b2.gz (b2.gz): hello\nagain\n",
		"./c.zst (c.zst): hello\n",
		"./d.bz2 (d.bz2): hello\n",
		"./e.zip!one.log (e.zip/one.log): 1\n",
		"./e.zip!d/two.log (e.zip/d/two.log): 2\n",
		"./f.tar!one.log (f.tar/one.log): 1\n",
		"./f.tar!d/two.log (f.tar/d/two.log): 2\n",
		"./g.tar.gz!one.log (g.tar.gz/one.log): 1\n",
		"./g.tar.gz!d/two.log (g.tar.gz/d/two.log): 2\n",
		"./h.gz!one.log (h.gz/one.log): 1\n",
		"./i.zip!in.zip!one.log (i.zip/in.zip/one.log): 1\n",
		"./i.zip!in.zip!x.gz (i.zip/in.zip/x.gz): deep\n",
		"./i.zip!d/two.log (i.zip/d/two.log): 2\n",
		"./j.zst!in.zip!one.log (j.zst/in.zip/one.log): 1\n",
		"./k.log (k.log): ",
		"./l.gz (l.gz): ",
		"./wrong.xlsx (wrong.xlsx): a name says nothing\n",
	)
	// An archive that is named is the directory to which its members belong.
	check(t, readAll(t, nil, "e.zip"), "e.zip!one.log (one.log): 1\n", "e.zip!d/two.log (d/two.log): 2\n")
	for name, want := range map[string]string{
		"a.txt": "- (-): hello\n", "b.gz": "- (-): hello\n", "h.gz": "-!one.log (one.log): 1\n", "e.zip": "-!one.log (one.log): 1\n",
	} {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		if got := readAll(t, f, "-"); got[0] != want {
			t.Errorf("%s on standard input: %q, want %q", name, got, want)
		}
		f.Close()
	}
}

func TestMemberNames(t *testing.T) {
	place(t, map[string]string{
		"x.zip": string(zipped(t, entry{"../../etc/passwd", "1"}, entry{`w\in.log`, "2"}, entry{"/abs", "3"})),
		"x.tar": string(tarred(t, entry{"../../etc/passwd", "1"})),
	})
	check(t, readAll(t, nil, "x.zip", "x.tar"),
		"x.zip!../../etc/passwd (etc/passwd): 1", `x.zip!w\in.log (w/in.log): 2`, "x.zip!/abs (abs): 3",
		"x.tar!../../etc/passwd (etc/passwd): 1")
}

func TestModTime(t *testing.T) {
	place(t, map[string]string{
		"a.gz": string(gz(t, []byte("x"))), "b.zip": string(zipped(t, entry{"m", "x"})), "c.tar": string(tarred(t, entry{"m", "x"})), "d": "x",
	})
	copied := written.AddDate(0, 1, 0)
	for _, name := range []string{"a.gz", "b.zip", "c.tar", "d"} {
		if err := os.Chtimes(name, copied, copied); err != nil {
			t.Fatal(err)
		}
		want := written
		if name == "d" {
			want = copied
		}
		for f := range Files(t.Context(), []string{name}, nil) {
			for in, err := range f.Inputs(t.Context()) {
				if err != nil || !in.ModTime.Equal(want) {
					t.Errorf("%s: %v, %v", name, in.ModTime, err)
				}
			}
		}
	}
}

func TestEncodings(t *testing.T) {
	const text = "zeile 1 \U0001F512\r\nzeile 2 ü\n"
	bom, none := unicode.UseBOM, unicode.IgnoreBOM
	place(t, map[string]string{
		"a": text,
		"b": "\uFEFF" + text,
		"c": utf16(t, text, unicode.LittleEndian, bom),
		"d": utf16(t, text, unicode.BigEndian, bom),
		"e": utf16(t, text, unicode.LittleEndian, none),
		"f": utf16(t, text, unicode.BigEndian, none),
		"g": string(zipped(t, entry{"x", utf16(t, text, unicode.LittleEndian, bom)})),
		"h": "caf\xe9 in Latin-1\n",
		"i": utf16(t, text, unicode.LittleEndian, bom) + "x", // cut in the middle
		"j": "\xff\xfea\x00\x00\xd8b\x00",                    // half of a pair
		"k": "after a crash\n" + strings.Repeat("\x00", 40) + strings.Repeat("the log goes on\n", 9),
		"l": "\xff\xfe",
	})
	got := readAll(t, nil, ".")
	for i, name := range strings.Fields("a b c d e f g!x h i j k l") {
		file, _, _ := strings.Cut(name, "!")
		want := "./" + name + " (" + strings.Replace(name, "!", "/", 1) + "): "
		switch file {
		case "h":
			want += "caf\xe9 in Latin-1\n"
		case "i":
			want += text + "\uFFFD"
		case "j":
			want += "a\uFFFDb"
		case "k":
			want += "after a crash\n" + strings.Repeat("\x00", 40) + strings.Repeat("the log goes on\n", 9)
		case "l":
		default:
			want += text
		}
		if got[i] != want {
			t.Errorf("%q, want %q", got[i], want)
		}
	}
}

func TestBinary(t *testing.T) {
	random := make([]byte, 5000)
	seed := uint32(1)
	for i := range random {
		seed = seed*1664525 + 1013904223
		random[i] = byte(seed >> 24)
	}
	place(t, map[string]string{
		"a.evtx": "ElfFile\x00\x00\x00",
		"b.7z":   "7z\xbc\xaf\x27\x1c\x00\x04",
		"c.xz":   "\xfd7zXZ\x00\x00",
		"d":      string(random),
		"e":      strings.Repeat("\x00", 100),
		"f.xlsx": string(zipped(t, entry{"[Content_Types].xml", "<x/>"}, entry{"xl/sheet.xml", "<x/>"})),
		"g":      "\xff\xfe\x00\x00a\x00\x00\x00",
		"h.zip":  string(zipped(t, entry{"a.pdf", "%PDF-1.7"}, entry{"b.log", "text\n"})),
		"i":      "a bell \x07 is no sign\n",
	})
	check(t, readAll(t, nil, "."),
		"./a.evtx (a.evtx): ElfFile\x00\x00\x00",
		"! ./b.7z: 7z archive: unpack it first",
		"! ./c.xz: xz file: unpack it first",
		"! ./d: not a text",
		"! ./e: not a text",
		"! ./f.xlsx: Office document: export it as CSV",
		"! ./g: text in UTF-32: convert it to UTF-8",
		"! ./h.zip!a.pdf: PDF document",
		"./h.zip!b.log (h.zip/b.log): text\n",
		"./i (i): a bell \x07 is no sign\n",
	)
}

// Mail may hold anything behind its header, and Outlook's is a compound file,
// as old Office documents are.
func TestMail(t *testing.T) {
	binaryMail := "From: a@b.example\nSubject: x\nContent-Transfer-Encoding: binary\n\n" + strings.Repeat("\x00\x01\x02a", 5000)
	korean := "Received: from x\r\nFrom: \xbe\xc8 <a@b.example>\r\nSubject: \xb3\xe7\r\n\r\n\xbe\xc8\xb3\xe7\r\n"
	// Zeros at every second place: not UTF-16, whatever it looks like.
	zeros := "From a@b.example Mon Oct  5 09:11:02 2026\nFrom: a@b.example\nTo: c@d.example\n\n" + strings.Repeat("a\x00", 9000)
	compound := func(directory byte, name string) string {
		b := make([]byte, 2000)
		copy(b, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
		b[30], b[48] = 9, directory
		copy(b[512:], utf16(t, name, unicode.LittleEndian, unicode.IgnoreBOM))
		return string(b)
	}
	message, far := compound(0, "__properties_version1.0"), compound(200, "")
	place(t, map[string]string{
		"a.eml": binaryMail, "b.eml": korean, "c.mbox": zeros, "d.msg": message, "e.msg": far,
		"f.doc": compound(0, "WordDocument"), "g.zip": string(zipped(t, entry{"x.msg", message})),
		"h.pst": "!BDN\x00\x00", "i.txt": "From: a\n" + strings.Repeat("\x00\x01\x02a", 5000),
	})
	check(t, readAll(t, nil, "."),
		"./a.eml (a.eml): "+binaryMail, "./b.eml (b.eml): "+korean, "./c.mbox (c.mbox): "+zeros,
		"./d.msg (d.msg): "+message, "./e.msg (e.msg): "+far,
		"! ./f.doc: Office document of the old kind",
		"./g.zip!x.msg (g.zip/x.msg): "+message,
		"! ./h.pst: Outlook mailbox (PST): export it as mbox",
		"! ./i.txt: not a text",
	)
}

// The files of a mail server beside the mails of a maildir are not spoken of.
func TestMaildir(t *testing.T) {
	place(t, map[string]string{
		"m/cur/1:2,S": "read", "m/new/2": "new", "m/tmp/3": "half", "m/dovecot.index": "\x07\x03\x78\x00" + strings.Repeat("\x00", 99),
		"m/dovecot-uidlist": "3 V1", "m/.Sent/cur/4": "sent", "m/.Sent/new/5": "", "m/.Sent/tmp/6": "", "m/.Sent/maildirfolder": "",
		"n/cur/7": "only a directory of that name", "n/x": "log",
	})
	check(t, readAll(t, nil, "m", "n", "m/dovecot-uidlist"),
		"m/.Sent/cur/4 (.Sent/cur/4): sent", "m/.Sent/new/5 (.Sent/new/5): ", "m/cur/1:2,S (cur/1:2,S): read", "m/new/2 (new/2): new",
		"n/cur/7 (cur/7): only a directory of that name", "n/x (x): log", "m/dovecot-uidlist (dovecot-uidlist): 3 V1")
}

// What is cut off is read as far as it goes, and the error names the file.
func TestTruncated(t *testing.T) {
	var lines strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&lines, "line %d of a long log %x\n", i, i*i*7919)
	}
	text := lines.String()
	for name, whole := range map[string][]byte{
		"a.gz":   gz(t, []byte(text)),
		"b.zst":  zst(t, []byte(text)),
		"c.tgz":  gz(t, tarred(t, entry{"m", text})),
		"d.tar":  tarred(t, entry{"m", text}),
		"e.tzst": zst(t, tarred(t, entry{"m", text})),
	} {
		place(t, map[string]string{name: string(whole[:len(whole)/2])})
		got := readAll(t, nil, name)
		if len(got) < 2 || !strings.HasPrefix(got[0], "! "+name) {
			t.Errorf("%s: %.100q", name, got)
			continue
		}
		_, read, _ := strings.Cut(got[1], "): ")
		if len(read) < len(text)/4 || !strings.HasPrefix(text, read) {
			t.Errorf("%s: read %d of %d bytes", name, len(read), len(text))
		}
	}
	place(t, map[string]string{"x.zip": string(zipped(t, entry{"m", text})[:5000])})
	check(t, readAll(t, nil, "x.zip"), "! x.zip: zip: not a valid zip file")
	place(t, map[string]string{"y.gz": "\x1f\x8b\x08"})
	check(t, readAll(t, nil, "y.gz"), "! y.gz: unexpected EOF")
}

// A failing source gives its text first, too.
func TestStdinFails(t *testing.T) {
	broken := errors.New("broken pipe")
	got := readAll(t, io.MultiReader(strings.NewReader("one\n"), iotest.ErrReader(broken)), "-")
	check(t, got, "! -: broken pipe", "- (-): one\n")
}

func TestDepth(t *testing.T) {
	text := []byte("x\n")
	for range MaxDepth {
		text = gz(t, text)
	}
	place(t, map[string]string{"ok.gz": string(text), "deep.gz": string(gz(t, text))})
	check(t, readAll(t, nil, "ok.gz", "deep.gz"), "ok.gz (ok.gz): x\n", "! deep.gz: "+ErrTooDeep.Error())
}

func TestEncrypted(t *testing.T) {
	packed := zipped(t, entry{"secret", "x"}, entry{"open", "y"})
	for _, header := range []struct {
		magic string
		flags int
	}{{"PK\x03\x04", 6}, {"PK\x01\x02", 8}} { // APPNOTE.TXT 4.3.7, 4.3.12
		packed[bytes.Index(packed, []byte(header.magic))+header.flags] |= 1
	}
	place(t, map[string]string{"a.zip": string(packed)})
	check(t, readAll(t, nil, "a.zip"), "! a.zip!secret: "+ErrEncrypted.Error(), "a.zip!open (open): y")
}

func TestTooManyMembers(t *testing.T) {
	for name, want := range map[string]error{"%d": ErrTooMany, strings.Repeat("x", 200) + "%d": errDirectory} {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for i := range MaxMembers + 1 {
			if _, err := w.CreateRaw(&zip.FileHeader{Name: fmt.Sprintf(name, i)}); err != nil {
				t.Fatal(err)
			}
		}
		w.Close()
		place(t, map[string]string{"a.zip": b.String()})
		for f := range Files(t.Context(), []string{"a.zip"}, nil) {
			n, last := 0, error(nil)
			for _, err := range f.Inputs(t.Context()) {
				if last = err; err == nil {
					n++
				}
			}
			if !errors.Is(last, want) || want == ErrTooMany && n != MaxMembers {
				t.Errorf("%d members, %v", n, last)
			}
		}
	}
}

// zeros gives n bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.n))
	for i := range p[:n] {
		p[i] = 'a'
	}
	z.n -= int64(n)
	return n, nil
}

// Files that unpack to a thousand times their size and more are given up: a
// zstd of one letter, one inside another, and a zip of members.
func TestBombs(t *testing.T) {
	var b bytes.Buffer
	w, err := zstd.NewWriter(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(w, &zeros{1 << 30}); err != nil {
		t.Fatal(err)
	}
	w.Close()
	bomb := b.String()
	var many []entry
	for i := range 20 {
		many = append(many, entry{fmt.Sprint(i), bomb})
	}
	place(t, map[string]string{"a.zst": bomb, "b.zip": string(zipped(t, many...)), "c.tar.gz": string(gz(t, tarred(t, many...)))})
	for f := range Files(t.Context(), []string{"a.zst", "b.zip", "c.tar.gz"}, nil) {
		read, bad := int64(0), 0
		for in, err := range f.Inputs(t.Context()) {
			if err == nil {
				var n int64
				n, err = io.Copy(io.Discard, in)
				read += n
			}
			if errors.Is(err, ErrTooBig) {
				bad++
			}
		}
		if limit := freeBytes + maxRatio*f.Size; bad == 0 || read > limit+window {
			t.Errorf("%s of %d bytes: %d read, %d errors", f.Name, f.Size, read, bad)
		}
	}
}

// Twenty times smaller is what logs pack to; a hundred times is no bomb.
func TestRatioIsGenerous(t *testing.T) {
	text := bytes.Repeat([]byte("Oct  5 09:11:02 host sshd[4711]: Failed password for root from 192.0.2.1 port 4711 ssh2\n"), 2<<20)
	packed := gz(t, text)
	place(t, map[string]string{"a.gz": string(packed)})
	for f := range Files(t.Context(), []string{"a.gz"}, nil) {
		for in, err := range f.Inputs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if n, err := io.Copy(io.Discard, in); err != nil || n != int64(len(text)) {
				t.Errorf("1:%d is given up: %d of %d, %v", len(text)/len(packed), n, len(text), err)
			}
		}
	}
}

func TestWalk(t *testing.T) {
	place(t, map[string]string{"d/b": "b", "d/a/z": "z", "d/c": "c", "other/x": "x"})
	for link, to := range map[string]string{"d/loop": "../d", "d/e": "../other/x", "d/dangling": "nowhere", "named": "d"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatal(err)
		}
	}
	check(t, readAll(t, nil, "d", "d/", "missing", "named/a", "other/x"),
		"d/a/z (a/z): z", "d/b (b): b", "d/c (c): c", "! d/dangling: no such file or directory", "d/e (e): x",
		"d/a/z (a/z): z", "d/b (b): b", "d/c (c): c", "! d/dangling: no such file or directory", "d/e (e): x",
		"! missing: no such file or directory", "named/a/z (z): z", "other/x (x): x")
}

func TestUnreadable(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("skipped: unreadable files, which root reads")
	}
	place(t, map[string]string{"d/a/z": "z", "d/b": "b", "d/c": "c"})
	for _, name := range []string{"d/a", "d/b"} {
		if err := os.Chmod(name, 0); err != nil {
			t.Fatal(err)
		}
	}
	check(t, readAll(t, nil, "d"), "! d/a: permission denied", "! d/b: permission denied", "d/c (c): c")
	if err := os.Chmod("d/a", 0o700); err != nil { // so that it can be removed
		t.Fatal(err)
	}
}

func TestDevice(t *testing.T) {
	check(t, readAll(t, nil, os.DevNull), os.DevNull+" (null): ")
}

// A text that is longer than the window, through each way of finding its end.
func TestTail(t *testing.T) {
	var lines strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&lines, "line %d é\n", i)
	}
	text := lines.String()
	le := utf16(t, text, unicode.LittleEndian, unicode.UseBOM)
	place(t, map[string]string{
		"a": text, "b": le, "b2": le + "x", "c.gz": string(gz(t, []byte(text))), "d.zip": string(zipped(t, entry{"m", le})),
		"e.tar": string(tarred(t, entry{"m", text}, entry{"n", text})), "f.tar.zst": string(zst(t, tarred(t, entry{"m", text}, entry{"n", le}))),
	})
	if got := readAll(t, strings.NewReader(text), ".", "-"); len(got) != 10 {
		t.Errorf("%d inputs", len(got))
	}
	for f := range Files(t.Context(), []string{"c.gz"}, nil) {
		for in := range f.Inputs(t.Context()) {
			first := bytes.Clone(in.Tail())
			io.Copy(io.Discard, in)
			if !bytes.Equal(first, in.Tail()) || !strings.HasSuffix(text, string(first)) || len(first) != window {
				t.Error("the tail is another one after reading")
			}
		}
	}
}

func TestTemporaryFilesAreRemoved(t *testing.T) {
	tmp := t.TempDir()
	t.Setenv("TMPDIR", tmp)
	readAll(t, bytes.NewReader(gz(t, zipped(t, entry{"x.tar.gz", string(gz(t, tarred(t, entry{"m", "text"})))}))), "-")
	left, err := os.ReadDir(tmp)
	if err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}

func TestConsumed(t *testing.T) {
	place(t, map[string]string{"a": strings.Repeat("x", 1000), "b.zip": string(zipped(t, entry{"m", "x"}))})
	for f := range Files(t.Context(), []string{"a", "b.zip"}, nil) {
		if f.Consumed() != 0 {
			t.Errorf("%s: %d before it is opened", f.Name, f.Consumed())
		}
		for in := range f.Inputs(t.Context()) {
			io.Copy(io.Discard, in)
		}
		if f.Consumed() != f.Size {
			t.Errorf("%s: %d of %d", f.Name, f.Consumed(), f.Size)
		}
	}
}

func TestCancel(t *testing.T) {
	place(t, map[string]string{"a": strings.Repeat("x", 1<<20), "b.zip": string(zipped(t, entry{"m", "x"}, entry{"n", "y"}))})
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	for f := range Files(t.Context(), []string{"a"}, nil) {
		for in := range f.Inputs(ctx) {
			in.Head()
			cancel()
			if _, err := io.Copy(io.Discard, in); !errors.Is(err, context.Canceled) {
				t.Errorf("reading goes on: %v", err)
			}
		}
	}
	for f := range Files(t.Context(), []string{"b.zip"}, nil) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		n := 0
		for in, err := range f.Inputs(ctx) { // cancelled at the first member
			if err == nil {
				in.Head()
				cancel()
				continue
			}
			if n++; n > 1 || !errors.Is(err, context.Canceled) {
				t.Errorf("%d: %v", n, err)
			}
		}
	}
	for _, err := range Files(ctx, []string{"."}, nil) {
		if !errors.Is(err, context.Canceled) {
			t.Errorf("the walk goes on: %v", err)
		}
	}
}

// Leaving a sequence early must close what is open and not panic.
func TestBreak(t *testing.T) {
	place(t, map[string]string{"a.zip": string(zipped(t, entry{"m", "x"}, entry{"n", "y"})), "b.tar": string(tarred(t, entry{"m", "x"}, entry{"n", "y"})), "c": "x"})
	for f := range Files(t.Context(), []string{"."}, nil) {
		for range f.Inputs(t.Context()) {
			break
		}
	}
	for range Files(t.Context(), []string{".", "-", "c"}, nil) {
		break
	}
}

func FuzzInputs(f *testing.F) {
	seeds := [][]byte{
		gz(f, []byte("hello\n")), zst(f, []byte("hello\n")), []byte(bz2), zipped(f, entry{"a", "x"}, entry{"b.gz", string(gz(f, []byte("y")))}),
		tarred(f, entry{"a", "x"}), gz(f, tarred(f, entry{"a", "x"})), []byte("\xff\xfea\x00"), zipped(f, entry{"z.zip", string(zipped(f, entry{"a", "x"}))}),
	}
	for _, seed := range seeds {
		f.Add(seed, uint16(0))
		f.Add(seed, uint16(77))
	}
	f.Fuzz(func(t *testing.T, packed []byte, flip uint16) {
		packed = bytes.Clone(packed)
		if flip > 0 && len(packed) > 0 {
			packed[int(flip/8)%len(packed)] ^= 1 << (flip % 8)
		}
		total := int64(0)
		for file, err := range Files(t.Context(), []string{"-"}, bytes.NewReader(packed)) {
			if err != nil {
				t.Fatal(err)
			}
			for in, err := range file.Inputs(t.Context()) {
				if err != nil {
					var e *Error
					if !errors.As(err, &e) || !strings.HasPrefix(e.Name, "-") {
						t.Fatalf("%v", err)
					}
					continue
				}
				in.Head()
				n, _ := io.Copy(io.Discard, in)
				total += n
			}
		}
		if total > freeBytes+maxRatio*int64(len(packed))+window {
			t.Fatalf("%d bytes out of %d", total, len(packed))
		}
	})
}

// Of a git repository the packs are read: public-inbox keeps mails in them.
func TestGitRepository(t *testing.T) {
	dir := t.TempDir()
	for _, f := range []string{"HEAD", "config", "refs/heads/main", "objects/ab/cdef", "objects/pack/p.pack", "objects/pack/p.idx", "hooks/x.sample"} {
		if err := os.MkdirAll(filepath.Join(dir, "all.git", filepath.Dir(f)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, "all.git", f), []byte("PACK\x00\x00\x00\x02"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var got []string
	for f, err := range Files(context.Background(), []string{dir}, nil) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, f.Rel)
	}
	if want := []string{"all.git/objects/pack/p.pack"}; !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
}
