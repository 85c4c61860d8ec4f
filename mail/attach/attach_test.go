package attach

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/pumphandle/pumphandle/mail"
)

func examineOne(name string, body []byte, text string) Result {
	return Examine([]mail.Attachment{{Name: name, Content: body, Size: int64(len(body))}}, text)
}

func (r Result) has(code string) bool {
	return slices.ContainsFunc(r.Findings, func(f Finding) bool { return f.Code == code })
}

// inert stands for programs: the first two bytes are all that is looked at.
const inert = "MZ inert: this is no program. It is here so that a test has something to find.      "

func TestFindings(t *testing.T) {
	image := pdfStreamOf("/Type /XObject /Subtype /Image", "xx")
	calendar := "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nORGANIZER;CN=\"A: B\":MAILTO:Events@Host.example\r\n" +
		"DESCRIPTION:Join at https://meet.exa\r\n mple/a\\,b\\nor not\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
	vba := vbaOf("Attribute VB_Name = \"M\"\r\nSub AutoOpen()\r\n' Shell(\"none\")\r\nEnd Sub\r\n")
	word := cfbOf(file{"WordDocument", "x"}, file{"Macros/", ""}, file{"VBA/", ""}, file{"_VBA_PROJECT", "x"}, file{"M", vba})
	cases := []struct {
		sample string
		name   string
		body   []byte
		kind   string
		want   string // codes, in the order of the table's words; all there are
		link   string
	}{
		// ordinary mail
		{"text", "notes.txt", []byte("hello"), "text", "", ""},
		{"office file", "report.docx", docxOf(""), "docx", "", ""},
		{"hyperlink", "report.docx", docxOf(relationship("hyperlink", "https://www.example/a")), "docx", "", "https://www.example/a"},
		{"zip of documents", "papers.zip", zipOf(file{"a/b.docx", string(docxOf(""))}, file{"c.txt", "x"}), "zip", "", ""},
		{"calendar", "invite.ics", []byte(calendar), "ics", "ics_link", "https://meet.example/a,b"},
		{"office file called doc", "old.doc", docxOf(""), "docx", "", ""},
		{"png called jpg", "logo.jpg", []byte("\x89PNG\r\n\x1a\n"), "png", "", ""},
		{"Hebrew name with a mark", "\u05d3\u05d5\u05d7\u200f.pdf", pdfOf("<< >>"), "pdf", "", ""},
		{"version in a name", "minutes v1.2.pdf", pdfOf("<< >>"), "pdf", "", ""},
		{"no OpenAction that acts", "a.pdf", pdfOf("<< /Type /Catalog /OpenAction [3 0 R /FitH null] >>", "<< >>", "<< /Type /Page >>"), "pdf", "", ""},

		// programs and names
		{"program", "setup.exe", []byte(inert), "pe", "executable", ""},
		{"program under a false name", "photo.jpg", []byte(inert), "pe", "type_mismatch executable", ""},
		{"double extension", "offer.pdf.exe", []byte(inert), "pe", "double_extension executable", ""},
		{"right-to-left override", "offer\u202efdp.exe", []byte(inert), "pe", "hidden_name executable", ""},
		{"spaces", "offer.pdf              .scr", []byte(inert), "pe", "hidden_name double_extension executable", ""},
		{"add-in", "salary.xll", []byte(inert), "pe", "executable", ""},
		{"script", "offer.js", []byte("var a = new ActiveXObject('x');"), "js", "script", ""},
		{"script by name", "run.cmd", []byte("dir"), "bat", "script", ""},
		{"shortcut", "Offer.lnk", []byte(lnkOf(`..\cmd.exe`, `/c   echo http://host.example/x`)), "lnk", "shortcut shortcut", "http://host.example/x"},
		{"internet shortcut", "a.url", []byte("[InternetShortcut]\r\nURL=file://host.example/share/a.exe\r\n"), "url", "shortcut shortcut", "file://host.example/share/a.exe"},
		{"remote desktop", "meeting.rdp", []byte("full address:s:host.example\r\ndrivestoredirect:s:*\r\n"), "rdp", "rdp_file", ""},
		{"profile", "wifi.mobileconfig", []byte("<?xml version=\"1.0\"?><plist><key>PayloadType</key></plist>"), "mobileconfig", "mobileconfig", ""},
		{"web query", "list.iqy", []byte("WEB\r\n1\r\nhttps://host.example/q"), "text", "web_query", ""},

		// archives
		{"program in zip", "a.zip", zipOf(file{"x/setup.exe", inert}), "zip", "executable_in_archive", ""},
		{"shortcut in iso in zip", "a.zip", zipOf(file{"job.iso", string(isoOf(file{"Offer.lnk", lnkOf("x", "y")}, file{"hidden.dll", inert}))}), "zip",
			"disk_image lnk_in_archive shortcut executable_in_archive", ""},
		{"program in tar.gz", "a.tar.gz", gzipOf("", tarOf(file{"setup.exe", inert})), "gz", "executable_in_archive", ""},
		{"encrypted", "a.zip", zipCryptoSample, "zip", "encrypted_archive", ""},
		{"7z, names hidden", "a.7z", sevenZipSample, "7z", "encrypted_archive", ""},
		{"7z, names shown", "a.7z", sevenZipNames, "7z", "encrypted_archive", ""},
		{"rar", "a.rar", rar5Of("offer.exe", false), "rar", "executable_in_archive", ""},
		{"rar, encrypted", "a.rar", rar5Of("", true), "rar", "encrypted_archive", ""},

		// documents
		{"remote template", "jd.docx", docxOf(relationship("attachedTemplate", "https://host.example/t.dotm")), "docx", "remote_template", "https://host.example/t.dotm"},
		{"template on a file server", "jd.docx", docxOf(relationship("oleObject", `\\host.example\a`)), "docx", "remote_template", `\\host.example\a`},
		{"local template", "jd.docx", docxOf(relationship("attachedTemplate", "file:///C:/Users/a/Normal.dotm")), "docx", "", ""},
		{"remote image", "cv.docx", docxOf(relationship("image", "https://host.example/i.png")), "docx", "remote_image", "https://host.example/i.png"},
		{"macros", "jd.docm", docxOf("", file{"word/vbaProject.bin", string(word)}), "docm", "macro macro_auto", ""},
		{"macros in old format", "jd.doc", word, "doc", "macro macro_auto", ""},
		{"macro sheet", "a.xls", cfbOf(file{"Workbook", "\x85\x00\x08\x00\x00\x00\x00\x00\x00\x01\x00A"}), "xls", "macro_sheet", ""},
		{"encrypted office file", "a.docx", cfbOf(file{"EncryptedPackage", "x"}), "ooxml_encrypted", "encrypted_document", ""},
		{"mail", "a.msg", cfbOf(file{"__properties_version1.0", "x"}), "msg", "nested_mail", ""},
		{"dde", "a.docx", docxOf("", file{"word/footnotes.xml", `<w:instrText xml:space="preserve">DDEAUTO c:\\x</w:instrText>`}), "docx", "external_link_dde", ""},
		{"dde after a word", "a.docx", docxOf("", file{"word/header1.xml", `<w:t>EMBEDDED</w:t><w:instrText>DDE x</w:instrText>`}), "docx", "external_link_dde", ""},
		{"jar", "a.jar", zipOf(file{"META-INF/MANIFEST.MF", "x"}, file{"a.class", "\xca\xfe\xba\xbe"}), "jar", "executable", ""},
		{"rtf", "a.rtf", []byte(`{\rtf1{\object\objupdate{\*\objdata 0105000002000000 0b000000 4571756174696f6e2e3300}}}`), "rtf", "equation_object rtf_object rtf_object", ""},
		{"rtf template", "a.doc", []byte(`{\rtf1{\*\template \u104?ttp://host.example/\'61}}`), "rtf", "remote_template", "http://host.example/a"},
		{"onenote", "a.one", oneNoteOf("WScript.Echo(1); function a(){}"), "one", "onenote_embedded script", ""},

		// PDF
		{"link", "a.pdf", pdfOf(`<< /Subtype /Link /A << /S /URI /URI (https://host.example/a\(b\)\057c) >> >>`), "pdf", "pdf_uri", "https://host.example/a(b)/c"},
		{"link in hex, names escaped", "a.pdf", pdfOf(`<< /A << /S /U#52I /U#52I <687474703a2f2f 612e6578616d706c65> >> >>`), "pdf", "pdf_uri", "http://a.example"},
		{"link by reference", "a.pdf", pdfOf(`<< /A << /S /URI /URI 2 0 R >> >>`, `(http://b.example/x)`), "pdf", "pdf_uri", "http://b.example/x"},
		{"link in an object stream", "a.pdf", pdfOf(pdfStreamOf("/Type /ObjStm /N 1 /First 4 /Filter /FlateDecode", zlibOf("7 0 << /S /URI /URI (http://c.example/) >>"))), "pdf", "pdf_uri", "http://c.example/"},
		{"only an image", "a.pdf", pdfOf(`<< /S /URI /URI (http://d.example/) >>`, image, pdfStreamOf("/Filter /FlateDecode", zlibOf("q /Im0 Do Q"))), "pdf", "pdf_uri pdf_image_only_link", "http://d.example/"},
		{"image and text", "a.pdf", pdfOf(`<< /S /URI /URI (http://d.example/) >>`, image, pdfStreamOf("/Filter /FlateDecode", zlibOf("BT (x) Tj ET"))), "pdf", "pdf_uri", "http://d.example/"},
		{"script on opening", "a.pdf", pdfOf(`<< /OpenAction 2 0 R >>`, `<< /S /JavaScript /JS (app.alert\(1\)) >>`), "pdf", "pdf_javascript pdf_javascript pdf_openaction", ""},
		{"launch", "a.pdf", pdfOf(`<< /S /Launch /Win << /F (cmd.exe) >> >>`), "pdf", "pdf_launch pdf_launch", ""},
		{"form", "a.pdf", pdfOf(`<< /S /SubmitForm /F << /FS /URL /F (https://host.example/post) >> >>`), "pdf", "pdf_form_submit pdf_form_submit", "https://host.example/post"},
		{"file in a pdf", "a.pdf", pdfOf(pdfStreamOf("/Type /EmbeddedFile", inert)), "pdf", "pdf_embedded_file executable_in_archive", ""},

		// pages
		{"smuggling", "a.html", []byte(`<html><script>var b=new Blob([atob("x")]);var a=document.createElement("a");a.href=URL.createObjectURL(b);a.download="a.zip";a.click()</script>`), "html", "html_attachment html_smuggling", ""},
		{"smuggling by address", "a.htm", []byte(`<html><a href="data:application/zip;base64,UEs=" download="a.zip">x</a>`), "html", "html_attachment html_smuggling", ""},
		{"login page", "a.html", []byte(`<html><form action="https://host.example/p"><input type="password" name=p></form>`), "html", "html_attachment html_form_password", "https://host.example/p"},
		{"redirects", "a.html", []byte(`<html><meta http-equiv=refresh content="0; URL='https://a.example/'"><script>location.href = "https://b.example/"</script>`), "html", "html_attachment html_redirect html_redirect", "https://b.example/"},
		{"hidden script", "a.shtml", []byte(`<html><script>document.write(unescape("%3c"))</script>`), "html", "html_attachment html_obfuscated", ""},
		{"image with script", "a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><script>window.location.href = 'https://s.example/x'</script></svg>`), "svg", "svg_script html_redirect", "https://s.example/x"},
		{"innocent image", "a.svg", []byte(`<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>`), "svg", "", ""},

		// QR codes
		{"qr code", "scan.png", qrOf(t, "https://qr.example/login?id=1", 180, false), "png", "qr_code", "https://qr.example/login?id=1"},
		{"light qr code", "scan.png", qrOf(t, "https://qr.example/inverted", 300, true), "png", "qr_code", "https://qr.example/inverted"},
		{"large qr code", "scan.png", qrOf(t, "https://qr.example/large", 1200, false), "png", "qr_code", "https://qr.example/large"},
	}
	for _, c := range cases {
		t.Run(c.sample, func(t *testing.T) {
			r := examineOne(c.name, c.body, "")
			if r.Files[0].Kind != c.kind {
				t.Errorf("kind %q, want %q", r.Files[0].Kind, c.kind)
			}
			var got []string
			for _, f := range r.Findings {
				got = append(got, f.Code)
			}
			want := strings.Fields(c.want)
			slices.Sort(got)
			slices.Sort(want)
			if !slices.Equal(got, want) {
				t.Errorf("findings %v, want %v\n%+v", got, want, r.Findings)
			}
			if c.link != "" && !slices.Contains(r.Links, c.link) {
				t.Errorf("links %q, want %q", r.Links, c.link)
			}
			if c.link == "" && len(r.Links) > 0 && c.want == "" {
				t.Errorf("links %q, want none", r.Links)
			}
			if again := examineOne(c.name, c.body, ""); !reflect.DeepEqual(r, again) {
				t.Error("a second examination says something else")
			}
		})
	}
}

func TestMembersAreListedByPath(t *testing.T) {
	r := examineOne("a.zip", zipOf(file{"job/x.iso", string(isoOf(file{"Descriptif détaillé.lnk", lnkOf("x", "y")}))}), "")
	var paths []string
	for _, f := range r.Files {
		paths = append(paths, f.Name+" "+f.Kind)
	}
	want := []string{"a.zip zip", "a.zip!job/x.iso iso", "a.zip!job/x.iso!Descriptif détaillé.lnk lnk"}
	if !slices.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
}

func TestCalendarOrganizer(t *testing.T) {
	r := examineOne("a.ics", []byte("BEGIN:VCALENDAR\nORGANIZER;CN=\"A: B\":MAILTO:Events@Host.example\nEND:VCALENDAR\n"), "")
	if want := []string{"events@host.example"}; !slices.Equal(r.Organizers, want) {
		t.Errorf("got %q, want %q", r.Organizers, want)
	}
}

func TestDocumentText(t *testing.T) {
	r := examineOne("a.docx", docxOf(""), "")
	if want := []string{"Senior Engineer & more"}; !slices.Equal(r.Texts, want) {
		t.Errorf("got %q, want %q", r.Texts, want)
	}
}

// The passwords of the samples are announced as people do it.
func TestPasswordInText(t *testing.T) {
	for _, c := range []struct{ text, opened string }{
		{"The password is: Sommer-2026.", "yes"},
		{"Das Passwort lautet Sommer-2026", "yes"},
		{"Mot de passe\u00a0: «\u00a0Sommer-2026\u00a0»", "yes"},
		{"비밀번호: Sommer-2026", "yes"},
		{"पासवर्ड: Sommer-2026", "yes"},
		{"Senha: Sommer-2026", "yes"},
		{"Your password is: wrong", ""},
		{"no such word", ""},
	} {
		for name, body := range map[string][]byte{"crypto.zip": zipCryptoSample, "aes.zip": zipAESSample} {
			r := examineOne(name, body, c.text)
			opened := len(r.Files) == 2 && r.Files[1].SHA256 != "" && r.Files[1].Kind == "text"
			if opened != (c.opened != "") {
				t.Errorf("%s, %q: opened %v: %+v", name, c.text, opened, r.Files)
			}
			if len(r.Files) != 2 {
				t.Errorf("%s: the encrypted member is not listed", name)
			}
			if announced := strings.Contains(c.text, ":") || opened; r.has("password_in_text") != announced && c.text != "no such word" {
				t.Errorf("%s, %q: %+v", name, c.text, r.Findings)
			}
		}
	}
}

func TestOrdinaryTalkOfPasswordsAnnouncesNone(t *testing.T) {
	for _, text := range []string{"Please do not share your password with anybody.", "I forgot the password again"} {
		if p := passwordsIn(text); len(p) > 0 {
			t.Errorf("%q: %q", text, p)
		}
	}
}

// Two names for one member: a scanner that trusts the local header sees a
// picture, the person gets a program.
func TestZipWithTwoTruths(t *testing.T) {
	b := zipOf(file{"setup.exe", inert})
	i := strings.Index(string(b), "setup.exe")
	copy(b[i:], "photo.png")
	r := examineOne("a.zip", b, "")
	if !r.has("archive_inconsistent") || !r.has("executable_in_archive") {
		t.Errorf("%+v", r.Findings)
	}
}

func TestZipWithoutDirectoryIsRead(t *testing.T) {
	b := zipOf(file{"setup.exe", inert}, file{"b.txt", "x"})
	r := examineOne("a.zip", b[:strings.Index(string(b), "PK\x01\x02")], "")
	if !r.has("executable_in_archive") {
		t.Errorf("%+v %+v", r.Files, r.Findings)
	}
}

func TestRecordsAreJudgedByName(t *testing.T) {
	r := Examine([]mail.Attachment{{Name: "offer.pdf.iso", Size: 10, SHA256: "ab"}}, "")
	if !r.has("double_extension") || len(r.Files) != 1 || r.Files[0].SHA256 != "ab" {
		t.Errorf("%+v", r)
	}
}

// Every code that is used has a line in the table, and every line is used and
// documented.
func TestCodesAreTheTable(t *testing.T) {
	used := map[string]bool{}
	files, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	literal := regexp.MustCompile(`(?:find|link|encrypted)\("([a-z_]+)"|"(pdf_[a-z_]+|remote_[a-z]+)"`)
	for _, f := range files {
		if strings.HasSuffix(f.Name(), "_test.go") || !strings.HasSuffix(f.Name(), ".go") || f.Name() == "codes.go" {
			continue
		}
		b, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range literal.FindAllStringSubmatch(string(b), -1) {
			used[m[1]+m[2]] = true
		}
	}
	doc, err := os.ReadFile("../../docs/detection/mail-attachments.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range Codes() {
		if !used[c.ID] {
			t.Errorf("%s is never found", c.ID)
		}
		delete(used, c.ID)
		if row := "| `" + c.ID + "` | " + c.Text + " | " + c.Technique; !strings.Contains(string(doc), row) {
			t.Errorf("docs/detection/mail-attachments.md lacks the line\n%s |", row)
		}
	}
	for id := range used {
		t.Errorf("%s is not in the table", id)
	}
}
