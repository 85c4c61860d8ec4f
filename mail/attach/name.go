package attach

import (
	"path"
	"strings"
	"unicode"
)

// The classes of kinds between which a wrong name is a lie. A .jpg that is a
// PNG, or a .doc that is a .docx, is everyday mail.
const (
	classImage      = "image"
	classMedia      = "media"
	classDocument   = "document"
	classPage       = "page" // html
	classArchive    = "archive"
	classDisk       = "disk"
	classExecutable = "executable"
	classScript     = "script"
	classShortcut   = "shortcut"
	classText       = "text"
	classMail       = "mail"
)

var kindClass = table(map[string]string{
	classImage:      "png jpeg gif webp bmp heic tiff ico svg",
	classMedia:      "audio video font",
	classDocument:   "pdf ole doc xls ppt docx docm xlsx xlsm xlsb pptx pptm odf rtf one ooxml_encrypted",
	classPage:       "html",
	classArchive:    "zip 7z rar gz bz2 xz zst tar cab ace arj lzh",
	classDisk:       "iso udf img vhd vhdx dmg",
	classExecutable: "pe elf macho msi jar apk class",
	classScript:     "js vbs wsf hta bat ps1 sh reg",
	classShortcut:   "lnk url webloc desktop library-ms search-ms settingcontent-ms",
	classText:       "text xml ics vcf json csv",
	classMail:       "eml msg",
})

var extensionClass = table(map[string]string{
	classImage:      "png jpg jpeg jpe jfif gif webp bmp heic heif tif tiff ico svg",
	classMedia:      "mp3 wav ogg m4a flac mp4 mov avi mkv webm ttf otf woff woff2",
	classDocument:   "pdf doc dot docx docm dotx dotm xls xlt xlsx xlsm xlsb xltx xltm ppt pps pptx pptm ppsx potx odt ods odp odg rtf one wps",
	classPage:       "html htm shtml xhtml xht mht mhtml",
	classArchive:    "zip 7z rar gz tgz bz2 xz zst tar cab ace arj lzh",
	classDisk:       "iso img vhd vhdx dmg udf",
	classExecutable: "exe scr com pif cpl dll ocx sys drv msi msp mst appx msix appinstaller xll jar apk app bin deb rpm application gadget",
	classScript:     "js jse vbs vbe wsf wsh wsc sct hta bat cmd ps1 psm1 psc1 sh reg py pyw command scpt msc ws",
	classShortcut:   "lnk url webloc website desktop library-ms search-ms searchconnector-ms settingcontent-ms inetloc fileloc",
	classText:       "txt csv log xml ics ical vcs vcf json md",
	classMail:       "eml msg",
})

// table turns "class: words" into word: class.
func table(classes map[string]string) map[string]string {
	m := map[string]string{}
	for class, words := range classes {
		for w := range strings.FieldsSeq(words) {
			m[w] = class
		}
	}
	return m
}

// opens are the classes that act on a double click.
var opens = map[string]bool{classExecutable: true, classScript: true, classShortcut: true, classDisk: true, classPage: true}

// extension is what follows the last dot, lower case, as Windows reads it:
// trailing dots and spaces do not count.
func extension(name string) string {
	name = strings.TrimRight(name, ". \u00a0")
	ext := strings.ToLower(strings.TrimPrefix(path.Ext(name), "."))
	return strings.TrimFunc(ext, invisible)
}

// invisible are the characters that change how a name is seen but not what it
// is: bidirectional controls (UAX 9 §2), zero-width characters, fillers.
func invisible(r rune) bool {
	switch {
	case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069, r == 0x061C:
		return true
	case r >= 0x200B && r <= 0x200F, r == 0x2060, r == 0xFEFF, r == 0x00AD, r == 0x180E, r == 0x3164, r == 0x115F, r == 0x1160, r == 0xFFA0:
		return true
	}
	return false
}

// name judges the name alone.
func (x *examiner) name(s subject) {
	ext := extension(s.name)
	class := extensionClass[ext]
	if why := hides(s.name, class); why != "" {
		x.find("hidden_name", s, why+": "+s.name)
	}
	if opens[class] {
		before := strings.TrimRight(strings.TrimSuffix(strings.TrimRight(s.name, ". "), path.Ext(strings.TrimRight(s.name, ". "))), " _\u00a0")
		switch extensionClass[extension(before)] {
		case classDocument, classImage, classMedia, classText:
			// "report.pdf.html" and "notes.txt.url" are how people are told that they open a document
			x.find("double_extension", s, s.name)
		}
	}
}

// mismatch holds the name against the content, once that is known exactly.
func (x *examiner) mismatch(s subject) {
	ext := extension(s.name)
	class, is := extensionClass[ext], kindClass[s.kind]
	if class == "" || is == "" || is == class || agree[[2]string{class, is}] || ext == "bin" {
		return
	}
	x.find("type_mismatch", s, "."+ext+" is "+s.kind)
}

// agree are pairs of class of the name and class of the content that differ in
// ordinary mail: XML office files are zips, programs and scripts are texts.
var agree = map[[2]string]bool{
	{classScript, classText}: true, {classText, classScript}: true, {classShortcut, classText}: true,
	{classPage, classText}: true, {classMail, classText}: true, {classText, classMail}: true,
	{classPage, classMail}:          true,                                        // mht is a mail in form
	{classExecutable, classArchive}: true, {classArchive, classExecutable}: true, // installers, jar
	{classImage, classText}:        true, // svg, xpm as text
	{classExecutable, classScript}: true,
	{classDisk, classArchive}:      true,
	{classText, classPage}:         true, // xml that is xhtml
}

// hides says how a name hides what it is; "" if it does not.
func hides(name, class string) string {
	spaces := 0
	for i, r := range name {
		switch {
		case r >= 0x202A && r <= 0x202E, r >= 0x2066 && r <= 0x2069:
			// Arabic and Hebrew names carry marks of direction, but overrides
			// and isolates in front of a Latin extension turn it around.
			if r == 0x202E || r == 0x202D || strings.IndexFunc(name, rightToLeft) < 0 {
				return "bidirectional control"
			}
		case invisible(r) && r != 0x200F && r != 0x200E && r != 0x200C && r != 0x200D && i > 0:
			return "invisible character"
		case r < 0x20:
			return "control character"
		}
		if unicode.IsSpace(r) || r == 0x2800 {
			if spaces++; spaces >= 8 {
				return "many spaces"
			}
		} else {
			spaces = 0
		}
	}
	if strings.HasSuffix(strings.TrimRight(name, " "), ".") && opens[class] {
		return "dot at the end"
	}
	return ""
}

func rightToLeft(r rune) bool {
	return unicode.In(r, unicode.Arabic, unicode.Hebrew, unicode.Syriac, unicode.Thaana)
}

// mediaKinds are disk images (ATT&CK T1553.005).
var mediaKinds = map[string]bool{"iso": true, "udf": true, "img": true, "vhd": true, "vhdx": true, "dmg": true}

// danger says what kinds of file are a danger by what they are. Where the
// content is unknown or plain text, the name decides, as it does for Windows.
func (x *examiner) danger(s subject) {
	ext := extension(s.name)
	class, what := kindClass[s.kind], s.kind
	if class == "" || class == classText || class == classScript {
		if c := extensionClass[ext]; opens[c] && c != classPage {
			class, what = c, ext
		}
	}
	if s.kind == "zip" && (ext == "jar" || ext == "apk" || ext == "msix" || ext == "appx") {
		class, what = classExecutable, ext
	}
	switch {
	case class == classExecutable && s.kind == "pe" && ext == "xll":
		what = "xll"
		fallthrough
	case class == classExecutable:
		if s.depth > 0 {
			x.find("executable_in_archive", s, what)
		} else {
			x.find("executable", s, what)
		}
	case class == classScript:
		x.find("script", s, what)
	case class == classDisk:
		x.find("disk_image", s, what)
	case what == "lnk" && s.depth > 0:
		x.find("lnk_in_archive", s, "")
	case class == classShortcut:
		x.find("shortcut", s, what)
	case s.kind == "html":
		if !s.inline {
			x.find("html_attachment", s, "")
		}
	case s.kind == "chm" || s.kind == "" && ext == "chm":
		x.find("help_file", s, "")
	case (ext == "iqy" || ext == "slk") && (s.kind == "text" || s.kind == ""):
		x.find("web_query", s, ext)
	case s.kind == "eml":
		x.find("nested_mail", s, "")
	}
}
