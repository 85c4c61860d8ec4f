package leak

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"unicode/utf16"

	"golang.org/x/net/idna"
	"pgregory.net/rapid"

	"github.com/pumphandle/pumphandle/org"
)

var protected = []org.Organisation{
	{
		ID: "hopital-exemple", Name: "Hôpital Exemple", Aliases: []string{"HEX", "Exemple Research Hospital"},
		Country: "FR", Domains: []string{"hopital-exemple.fr"}, Tenants: []string{"3f0c2a11-7d5e-4b7a-9c1f-0a2b3c4d5e6f"},
		Netblocks: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24"), netip.MustParsePrefix("2001:db8:77::/48")},
		Contacts:  []org.Contact{{Name: "Amélie Quatremer", Email: "amelie.quatremer@hopital-exemple.fr", Phone: "+33 1 99 00 12 34"}},
	},
	{ID: "zymovax", Name: "Zymovax", Domains: []string{"zymovax.example"}},
	{ID: "muster", Name: "Universität Musterstadt", Domains: []string{"uni-müsterstadt.example"}},
	{ID: "seoul", Name: "가나다라병원"},
}

// variant is one spelling and the identifier kinds of which one must be
// found.
type variant struct {
	what, text string
	kinds      []Kind
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func utf16le(s string) string {
	b := []byte{0xff, 0xfe}
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

func qp(s string) string {
	var b strings.Builder
	w := quotedprintable.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

// ascii returns the form in punycode (RFC 3492).
func ascii(domain string) string {
	s, err := idna.Punycode.ToASCII(domain)
	if err != nil || s == domain {
		panic(domain)
	}
	return s
}

func packGzip(s string) string {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

func packZlib(s string) string {
	var b bytes.Buffer
	w := zlib.NewWriter(&b)
	io.WriteString(w, s)
	w.Close()
	return b.String()
}

var variants = []variant{
	{"plain", "Hôpital Exemple", []Kind{Name}},
	{"without accents", "Hopital Exemple", []Kind{Name}},
	{"decomposed (NFD)", "Ho\u0302pital Exemple", []Kind{Name}},
	{"upper case", "HÔPITAL EXEMPLE", []Kind{Name}},
	{"joined words", "HopitalExemple", []Kind{Name}},
	{"other separators", "hopital_exemple", []Kind{Name}},
	{"line wrap", "Hôpital\r\n  Exemple", []Kind{Name}},
	{"hyphenated at a line end", "Hôpital Exem-\nple", []Kind{Name}},
	{"spaced out", "H ô p i t a l  E x e m p l e", []Kind{Name}},
	{"zero-width space", "Zy\u200bmovax", []Kind{Name}},
	{"soft hyphen", "Zymo\u00advax", []Kind{Name}},
	{"full width", "Ｚｙｍｏｖａｘ", []Kind{Name}},
	{"Cyrillic look-alikes", "Zуmоvах", []Kind{Name}},
	{"Greek look-alikes", "Ζγmοναχ", []Kind{Name}},
	{"mathematical letters", "𝐙𝐲𝐦𝐨𝐯𝐚𝐱", []Kind{Name}},
	{"inside a word", "getzymovaxlogin", []Kind{Name}},
	{"reversed", "xavomyZ", []Kind{Name}},
	{"character references", "Zym&#111;v&#x61;x", []Kind{Name}},
	{"named references", "H&ocirc;pital&nbsp;Exemple", []Kind{Name}},
	{"references twice", "Zym&amp;#111;vax", []Kind{Name}},
	{"split by tags", "Zym<b>ova</b>x", []Kind{Name}},
	{"words in tags", "<i>Hôpital</i><br/><b>Exemple</b>", []Kind{Name}},
	{"split by a comment", "Zym<!-- - -->ovax", []Kind{Name}},
	{"percent encoding", url.QueryEscape("Hôpital Exemple"), []Kind{Name}},
	{"percent encoding of all", "%5A%79%6D%6F%76%61%78", []Kind{Name}},
	{"JSON escapes", `Z\u0079m\u006fvax`, []Kind{Name}},
	{"surrogate pairs", `\ud835\udc19ymovax`, []Kind{Name}},
	{"C escapes", `\x5a\x79\x6d\x6f\x76\x61\x78`, []Kind{Name}},
	{"CSS escapes", `\5a ymo\76 ax`, []Kind{Name}},
	{"quoted-printable", qp("Das ist Hôpital Exemple, und noch viel mehr Text steht in dieser Zeile, Zymovax"), []Kind{Name}},
	{"MIME encoded words", "Subject: =?utf-8?Q?H=C3=B4pital_Exe?=\r\n =?utf-8?B?bXBsZQ==?=", []Kind{Name}},
	{"base64", b64("Bonjour, Hôpital Exemple."), []Kind{Name}},
	{"base64 of URLs", base64.RawURLEncoding.EncodeToString([]byte("??>>Zymovax>>??")), []Kind{Name}},
	{"base64 of UTF-16", b64(utf16le("Zymovax")), []Kind{Name}},
	{"base64 twice", b64(b64("Hello Zymovax")), []Kind{Name}},
	{"base64 of gzip", b64(packGzip("Hello Zymovax")), []Kind{Name}},
	{"base64 of zlib", b64(packZlib("Hello Zymovax")), []Kind{Name}},
	{"base64 in lines", "aGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gd29ybGQgaGVsbG8gWnlt\r\nb3ZheCE=", []Kind{Name}},
	{"hexadecimal", hex.EncodeToString([]byte("Zymovax!")), []Kind{Name}},
	{"hexadecimal by byte", "5a:79:6d:6f:76:61:78", []Kind{Name}},
	{"hexadecimal as an array", "0x5a, 0x79, 0x6d, 0x6f, 0x76, 0x61, 0x78", []Kind{Name}},
	{"alias in capitals", "an attack on HEX, they say", []Kind{Alias}},
	{"alias with dots", "an attack on H.E.X., they say", []Kind{Alias}},
	{"id", "hopital-exemple", []Kind{Name}},
	{"ß and umlaut as two letters", "Universitaet Musterstadt", []Kind{Name}},
	{"umlaut without marks", "Universitat Musterstadt", []Kind{Name}},
	{"Hangul", "가나다라병원은", []Kind{Name}},
	{"Hangul decomposed", "가나다라병원", []Kind{Name}},
	{"domain", "https://login.hopital-exemple.fr/x", []Kind{Domain, Name}},
	{"domain defanged", "hxxp://hopital-exemple[.]fr", []Kind{Domain, Name}},
	{"domain with ideographic dot", "zymovax。example", []Kind{Domain, Name}},
	{"label of a domain", "hopital-exemple-login.com", []Kind{Domain, Name}},
	{"domain in punycode", ascii("uni-müsterstadt.example"), []Kind{Domain}},
	{"look-alike in punycode", ascii("zуmоvах.example"), []Kind{Name, Domain}},
	{"domain in Unicode", "uni-müsterstadt.example", []Kind{Domain}},
	{"mailbox", "amelie.quatremer@hopital-exemple.fr", []Kind{Mailbox}},
	{"mailbox spoken", "amelie dot quatremer (at) hopital-exemple dot fr", []Kind{Mailbox}},
	{"mailbox in brackets", "amelie[dot]quatremer[at]hopital-exemple[dot]fr", []Kind{Mailbox}},
	{"mailbox, local part", "amelie.quatremer", []Kind{Mailbox, Person}},
	{"person", "Amelie QUATREMER", []Kind{Person}},
	{"person the other way", "QUATREMER, Amélie", []Kind{Person}},
	{"phone", "01 99 00 12 34", []Kind{Phone}},
	{"phone, international", "+33-199001234", []Kind{Phone}},
	{"tenant", "3F0C2A11-7D5E-4B7A-9C1F-0A2B3C4D5E6F", []Kind{Tenant}},
	{"tenant without hyphens", "3f0c2a117d5e4b7a9c1f0a2b3c4d5e6f", []Kind{Tenant}},
	{"address", "from 198.51.100.7.", []Kind{Netblock}},
	{"address defanged", "198[.]51[.]100[.]7", []Kind{Netblock}},
	{"address defanged otherwise", "198.51.100(.)7", []Kind{Netblock}},
	{"address spoken", "198 dot 51 dot 100 dot 7", []Kind{Netblock}},
	{"address in full width", "１９８．５１．１００．７", []Kind{Netblock}},
	{"address padded", "198.051.100.007", []Kind{Netblock}},
	{"address in octal", "0306.063.0144.07", []Kind{Netblock}},
	{"address in hexadecimal parts", "0xC6.0x33.0x64.0x07", []Kind{Netblock}},
	{"address in decimal", "http://3325256711/", []Kind{Netblock}},
	{"address in hexadecimal", "0xC6336407", []Kind{Netblock}},
	{"address in bare hexadecimal", "C6336407:0016", []Kind{Netblock}},
	{"address of three parts", "198.51.25607", []Kind{Netblock}},
	{"address with a port", "198.51.100.7:443", []Kind{Netblock}},
	{"address with hyphens", "ip-198-51-100-7.example.net", []Kind{Netblock}},
	{"address glued to a word", "host198-51-100-7.example.net", []Kind{Netblock}},
	{"address in a PTR name", "7.100.51.198.in-addr.arpa", []Kind{Netblock}},
	{"network in a PTR zone", "100.51.198.in-addr.arpa", []Kind{Netblock}},
	{"network", "198.51.100.0/24", []Kind{Netblock}},
	{"network inside", "198.51.100.64/26", []Kind{Netblock}},
	{"network around", "198.51.0.0/16", []Kind{Netblock}},
	{"network with a star", "198.51.100.*", []Kind{Netblock}},
	{"IPv6", "2001:db8:77::7", []Kind{Netblock}},
	{"IPv6 expanded", "2001:0db8:0077:0000:0000:0000:0000:0007", []Kind{Netblock}},
	{"IPv6 defanged", "2001[:]db8[:]77[:][:]7", []Kind{Netblock}},
	{"IPv6 in brackets", "http://[2001:DB8:77::7]:8080/", []Kind{Netblock}},
	{"IPv6 without colons", "20010db8007700000000000000000007", []Kind{Netblock}},
	{"IPv6 in a PTR name", "7.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.7.7.0.0.8.b.d.0.1.0.0.2.ip6.arpa", []Kind{Netblock}},
	{"IPv6 network", "2001:db8:77:1::/64", []Kind{Netblock}},
	{"IPv4 mapped", "::ffff:198.51.100.7", []Kind{Netblock}},
	{"IPv4 mapped, in hexadecimal", "::ffff:c633:6407", []Kind{Netblock}},
	{"6to4", "2002:c633:6407::1", []Kind{Netblock}},
	{"NAT64", "64:ff9b::c633:6407", []Kind{Netblock}},
}

// artefacts put a text into a file of each kind that is opened.
var artefacts = []struct {
	name string
	make func(text string) []byte
}{
	{"index.html", func(s string) []byte { return []byte("<!doctype html><title>Report</title><p>Seen: " + s + " .</p>") }},
	{"comment.html", func(s string) []byte { return []byte("<!doctype html><p>Report</p>\n<!-- Seen: " + s + " . -->") }},
	{"report.json", func(s string) []byte { return []byte("{\"note\":\"Seen: " + s + " .\"}") }},
	{"chart.svg", func(s string) []byte {
		return []byte("<svg xmlns='http://www.w3.org/2000/svg'><title>Seen: " + s + " .</title></svg>")
	}},
	{"style.css", func(s string) []byte { return []byte("/* Seen: " + s + " . */\nbody{color:red}") }},
	{"utf16.txt", func(s string) []byte { return []byte(utf16le("Seen: " + s + " .")) }},
	{"log.gz", func(s string) []byte { return []byte(packGzip("Seen: " + s + " .")) }},
	{"bundle.zip", func(s string) []byte {
		return packZip(map[string]string{"word/document.xml": "<w:t>" + s + "</w:t>"}, "")
	}},
	{"comment.zip", func(s string) []byte { return packZip(map[string]string{"a.txt": "nothing"}, "Seen: "+s+" .") }},
	{"nested.zip", func(s string) []byte {
		return packZip(map[string]string{"inner.gz": packGzip(string(packZip(map[string]string{"x.txt": s}, "")))}, "")
	}},
	{"paper.pdf", func(s string) []byte { return packPDF("Report", s) }},
	{"title.pdf", func(s string) []byte { return packPDF(s, "Report") }},
}

func packZip(files map[string]string, comment string) []byte {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		f, _ := w.Create(name)
		io.WriteString(f, content)
	}
	w.SetComment(comment)
	w.Close()
	return b.Bytes()
}

// packPDF writes a page whose text is in a compressed stream, shown through a
// composite font with a map to Unicode, and a title as UTF-16.
func packPDF(title, text string) []byte {
	codes := map[rune]int{}
	var shown, cmap strings.Builder
	for _, r := range text {
		if codes[r] == 0 {
			codes[r] = len(codes) + 1
			var u string
			for _, x := range utf16.Encode([]rune{r}) {
				u += fmt.Sprintf("%04X", x)
			}
			fmt.Fprintf(&cmap, "1 beginbfchar <%04X> <%s> endbfchar\n", codes[r], u)
		}
		fmt.Fprintf(&shown, "<%04X> -20 ", codes[r])
	}
	stream := func(dict, body string) string {
		packed := packZlib(body)
		return fmt.Sprintf("<< %s /Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", dict, len(packed), packed)
	}
	var titleHex string
	for _, u := range utf16.Encode([]rune(title)) {
		titleHex += fmt.Sprintf("%04X", u)
	}
	objects := []string{
		"<< /Type /Catalog /Pages 2 0 R >>",
		"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
		"<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
		stream("", "BT /F1 12 Tf 72 720 Td ["+shown.String()+"] TJ ET"),
		"<< /Type /Font /Subtype /Type0 /Encoding /Identity-H /ToUnicode 6 0 R >>",
		stream("", "/CIDInit /ProcSet findresource begin begincmap\n"+cmap.String()+"endcmap"),
		"<< /Title <FEFF" + titleHex + "> >>",
	}
	var b strings.Builder
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	for i, o := range objects {
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	b.WriteString("trailer << /Root 1 0 R /Info 7 0 R >>\n%%EOF\n")
	return []byte(b.String())
}

func TestEveryVariantInEveryArtefact(t *testing.T) {
	s := New(FromOrganisations(protected))
	for _, v := range variants {
		for _, a := range artefacts {
			text := v.text
			if a.name == "bundle.zip" || a.name == "nested.zip" {
				text = " " + text + " "
			}
			leaks, err := s.Bytes(a.name, a.make(text))
			if err != nil {
				t.Errorf("%s in %s: %v", v.what, a.name, err)
			}
			if !slices.ContainsFunc(leaks, func(l Leak) bool { return slices.Contains(v.kinds, l.Identifier.Kind) }) {
				t.Errorf("%s in %s: %q is not found (found: %v)", v.what, a.name, v.text, leaks)
			}
		}
	}
}

func TestCleanArtefacts(t *testing.T) {
	s := New(FromOrganisations(protected))
	for _, text := range []string{
		"Seven organisations in five countries were attacked; most attempts were blocked.",
		"hexadecimal and hex dumps in a modern attack: 0x1f 0x8b", // HEX is an alias, hex is not
		"an example of a hospital, un exemple à l'hôpital",
		"198.51.101.7, 198.52.0.0/16, 3325256967, 2001:db8:78::1, version 1.198.51.100",
		b64("\x78\x9c\xff\x01 a signature that begins like zlib \xff\xfe\x80"),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
	} {
		for _, a := range artefacts {
			if leaks, err := s.Bytes(a.name, a.make(text)); err != nil || len(leaks) > 0 {
				t.Errorf("%s: %q: leaks %+v, error %v", a.name, text, leaks, err)
			}
		}
	}
}

func TestShortAndCommonNames(t *testing.T) {
	for _, c := range []struct {
		name string
		text string
		leak bool
	}{
		{"MSD", "at MSD, they said", true},
		{"MSD", "at msd, they said", false},
		{"MSD", "the MSDOS prompt", false},
		{"Roche", "Roche was hit", true},
		{"Roche", "une nouvelle approche", false},
		{"Roche", "rochester", false},
		{"Moderna", "a modern attack", false},
		{"Moderna", "the modernatx portal", true},
		{"Mercy", "they had no mercy", false},
		{"Mercy", "at Mercy in spring", true},
		{"General Hospital", "the General Hospital", true},
		{"General Hospital", "hospitals in general hospitality", false},
		{"UCB", "BUCB", false},
		{"X2", "the X2 unit", true},
	} {
		s := New([]Identifier{{Text: c.name, Kind: Alias, Org: "o"}})
		leaks, err := s.Bytes("a.txt", []byte(c.text))
		if err != nil || len(leaks) > 0 != c.leak {
			t.Errorf("%q in %q: leaks %v, error %v", c.name, c.text, leaks, err)
		}
	}
}

func TestFromOrganisations(t *testing.T) {
	ids := FromOrganisations([]org.Organisation{{
		ID: "soc", Name: "General Institute of Health Research", Domains: []string{"health.org", "sub.kerbax.co.uk"},
		Contacts: []org.Contact{{Role: "security", Name: "Security Team", Email: "security@kerbax.co.uk"}},
	}})
	got := map[Identifier]bool{}
	for _, id := range ids {
		got[Identifier{Text: id.Text, Kind: id.Kind}] = true
	}
	for _, want := range []Identifier{
		{Text: "General Institute of Health Research", Kind: Name},
		{Text: "GIHR", Kind: Acronym},
		{Text: "health.org", Kind: Domain},
		{Text: "kerbax", Kind: Domain},
		{Text: "security@kerbax.co.uk", Kind: Mailbox},
	} {
		if !got[want] {
			t.Errorf("not derived: %+v", want)
		}
	}
	for _, not := range []Identifier{{Text: "soc", Kind: Name}, {Text: "health", Kind: Domain}, {Text: "security", Kind: Mailbox}, {Text: "Security Team", Kind: Person}} {
		if got[not] {
			t.Errorf("derived, although it points at nobody: %+v", not)
		}
	}
}

func TestFailsClosed(t *testing.T) {
	s := New(FromOrganisations(protected))
	hidden := packZip(map[string]string{"a.txt": "nothing"}, "")
	renamed := bytes.Replace(bytes.Clone(hidden), []byte("a.txt"), []byte("b.txt"), 1)
	for name, data := range map[string][]byte{
		"image":                 []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR"),
		"binary":                {0, 1, 2, 3, 4, 5, 6, 0xff},
		"Latin-1":               []byte("H\xf4pital"),
		"control characters":    []byte("a\x1b[0mb"),
		"cut gzip":              []byte(packGzip(strings.Repeat("text ", 100)))[:40],
		"gzip and more":         []byte(packGzip("text") + "trailing"),
		"zip behind bytes":      append([]byte("PK\x03\x04hidden"), hidden...),
		"zip, two names":        renamed,
		"image in base64":       []byte("<img src=\"data:image/png;base64," + b64("\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR") + "\">"),
		"image in a zip":        packZip(map[string]string{"a.png": "\x89PNG\r\n\x1a\n\x00\x00"}, ""),
		"encrypted PDF":         []byte("%PDF-1.7\ntrailer << /Encrypt 5 0 R >>\n%%EOF"),
		"image in a PDF":        []byte("%PDF-1.7\n1 0 obj\n<< /Subtype /Image /Length 3 >>\nstream\nabc\nendstream\nendobj\n"),
		"unknown PDF filter":    []byte("%PDF-1.7\n1 0 obj\n<< /Filter /LZWDecode /Length 3 >>\nstream\nabc\nendstream\nendobj\n"),
		"broken PDF stream":     []byte("%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode /Length 3 >>\nstream\nabc\nendstream\nendobj\n"),
		"PDF stream, odd start": []byte("%PDF-1.7\n1 0 obj\n<< /Filter /FlateDecode >> % x\nstream\nabc\nendstream\nendobj\n"),
		"PDF without map":       []byte("%PDF-1.7\n1 0 obj\n<< /Type /Font /Subtype /Type0 >>\nendobj\n"),
	} {
		if _, err := s.Bytes("file", data); err == nil {
			t.Errorf("%s: passed as checked", name)
		}
	}
	bomb := strings.Repeat("\x00", 10)
	for range 3 {
		bomb = packGzip(strings.Repeat(bomb, 1<<14))
	}
	if _, err := s.Bytes("bomb.gz", []byte(bomb)); err == nil {
		t.Error("a file that decodes without end passed as checked")
	}
	if _, err := New(nil).Bytes("a.txt", []byte("text")); err == nil {
		t.Error("a scan for nothing passed as checked")
	}
	if _, err := New([]Identifier{{Text: "☃", Kind: Name, Org: "o"}}).Bytes("a.txt", []byte("text")); err == nil {
		t.Error("an identifier that cannot be looked for was passed over")
	}
}

func TestFS(t *testing.T) {
	s := New(FromOrganisations(protected))
	tree := fstest.MapFS{
		"index.html":                {Data: []byte("<p>clean</p>")},
		"zymovax/report.txt":        {Data: []byte("clean")},
		"notes/hopital-exemple.txt": {Data: nil},
		"notes/page.txt":            {Data: []byte("twelve bytes then Zymovax")},
		"logo.png":                  {Data: []byte("\x89PNG\r\n\x1a\n\x00")},
		"link":                      {Mode: 1 << 27}, // a symbolic link
	}
	r, err := s.FS(tree)
	if err != nil {
		t.Fatal(err)
	}
	if r.Clean() {
		t.Error("the tree is said to be clean")
	}
	by := map[string]File{}
	for _, f := range r.Files {
		by[f.Name] = f
	}
	if f := by["index.html"]; len(f.Leaks) > 0 || f.Unchecked != "" || len(f.SHA256) != 64 {
		t.Errorf("index.html: %+v", f)
	}
	for _, name := range []string{"zymovax/report.txt", "notes/hopital-exemple.txt"} {
		if len(by[name].Leaks) == 0 {
			t.Errorf("the name of %s is not seen", name)
		}
	}
	if f := by["notes/page.txt"]; len(f.Leaks) == 0 || f.Leaks[0].Offset != 18 {
		t.Errorf("notes/page.txt: %+v", f)
	} else if got := f.Leaks[0].String(); strings.Contains(strings.ToLower(got), "zymovax") || !strings.Contains(got, "notes/page.txt, byte 18: ") {
		t.Errorf("public form of a leak: %s", got)
	}
	for _, name := range []string{"logo.png", "link"} {
		if by[name].Unchecked == "" {
			t.Errorf("%s counts as checked", name)
		}
	}
	if r, err := s.FS(fstest.MapFS{}); err != nil || r.Clean() {
		t.Errorf("an empty tree is clean: %+v, %v", r, err)
	}
}

// Any identifier, in any supported encoding, one or two deep, in any artefact.
func TestAnyIdentifierIsFound(t *testing.T) {
	encodings := map[string]func(s string) string{
		"none":    func(s string) string { return s },
		"percent": func(s string) string { return "%" + strings.Join(hexBytes(s), "%") },
		"base64":  func(s string) string { return b64("well: " + s + " .") },
		"hex":     func(s string) string { return hex.EncodeToString([]byte("well: " + s + " .")) },
		"qp":      func(s string) string { return "=" + strings.Join(hexBytes(s), "=") },
		"references": func(s string) string {
			return each(s, func(r rune) string { return "&#" + strconv.Itoa(int(r)) + ";" })
		},
		"unicode escapes": func(s string) string {
			return each(s, func(r rune) string { return fmt.Sprintf(`\u%04x`, r) })
		},
		"tags":       func(s string) string { return each(s, func(r rune) string { return string(r) + "<wbr>" }) },
		"zero width": func(s string) string { return each(s, func(r rune) string { return string(r) + "\u200d" }) },
		"full width": func(s string) string {
			return each(s, func(r rune) string {
				if r > ' ' && r < 0x7f {
					return string(r + 0xfee0)
				}
				return string(r)
			})
		},
	}
	names := slices.Sorted(func(yield func(string) bool) {
		for n := range encodings {
			if !yield(n) {
				return
			}
		}
	})
	rapid.Check(t, func(t *rapid.T) {
		id := Identifier{Kind: Name, Org: "o", Text: rapid.StringMatching(`[A-Zéöа-я][a-zàçß]{4,9}( [A-Z][a-zéü]{2,8}){0,2}`).Draw(t, "name")}
		text := id.Text
		var used []string
		for range rapid.IntRange(1, 2).Draw(t, "depth") {
			e := rapid.SampledFrom(names).Draw(t, "encoding")
			used = append(used, e)
			text = encodings[e](text)
		}
		a := rapid.SampledFrom(artefacts).Draw(t, "artefact")
		leaks, err := New([]Identifier{id}).Bytes(a.name, a.make(" "+text+" "))
		if err != nil || len(leaks) == 0 {
			t.Fatalf("%q through %q in %s: %v, %v", id.Text, used, a.name, leaks, err)
		}
	})
}

func each(s string, f func(rune) string) string {
	var b strings.Builder
	for _, r := range s {
		b.WriteString(f(r))
	}
	return b.String()
}

func hexBytes(s string) (out []string) {
	for _, c := range []byte(s) {
		out = append(out, fmt.Sprintf("%02X", c))
	}
	return out
}

func FuzzBytes(f *testing.F) {
	for _, v := range variants {
		f.Add([]byte(v.text))
	}
	for _, a := range artefacts {
		f.Add(a.make("Zymovax"))
	}
	s := New(FromOrganisations(protected))
	f.Fuzz(func(t *testing.T, data []byte) {
		leaks, _ := s.Bytes("x", data)
		for _, l := range leaks {
			if l.Offset < 0 || l.File != "x" {
				t.Errorf("%+v", l)
			}
		}
	})
}

func BenchmarkScan(b *testing.B) {
	r := rand.New(rand.NewPCG(1, 2))
	word := func() string {
		w := make([]byte, 2+r.IntN(9))
		for i := range w {
			w[i] = "etaoinshrdlucmfwypvbgkjqxz"[min(r.IntN(26), r.IntN(26))]
		}
		return string(w)
	}
	var ids []Identifier
	for i := range 10_000 {
		ids = append(ids, Identifier{Text: strings.ToUpper(word()[:1]) + word() + " " + word() + word(), Kind: Name, Org: "o"})
		if i%20 == 0 {
			ids = append(ids, Identifier{Text: fmt.Sprintf("203.%d.%d.0/24", r.IntN(256), r.IntN(256)), Kind: Netblock, Org: "o"})
		}
	}
	var page bytes.Buffer
	page.WriteString("<!doctype html><title>Report</title>\n")
	for page.Len() < 5<<20 {
		page.WriteString("<p class=\"x\">")
		for range 40 {
			page.WriteString(word())
			page.WriteByte(' ')
		}
		page.WriteString("caf&eacute; 192.0.2." + strconv.Itoa(r.IntN(256)) + "</p>\n")
	}
	b.Run("build", func(b *testing.B) {
		for b.Loop() {
			New(ids)
		}
	})
	b.Run("page", func(b *testing.B) {
		s := New(ids)
		b.SetBytes(int64(page.Len()))
		for b.Loop() {
			if _, err := s.Bytes("page.html", page.Bytes()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
