// Package attach looks into the attachments of a mail without running or
// fetching anything: what each really is (by content, never by name), what lies
// in archives and documents, which links they carry, and what of it is a known
// way to get code or a password out of a person.
//
// [Examine] is the whole interface; the findings it can make are listed in
// [Codes]. All content is written by attackers: bytes inflated, members, depth,
// pixels and text searched are bounded for the mail as a whole, so that a bomb
// in one attachment ends the examination early and says so. The bounds and the
// blind spots are in docs/detection/mail-attachments.md.
package attach

import (
	"crypto/sha256"
	"encoding/hex"
	"path"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
)

// The bounds for all attachments of one mail together, unless said otherwise.
const (
	maxDepth     = 5        // archives in archives
	maxFiles     = 1000     // attachments and members
	maxInflated  = 64 << 20 // bytes out of all decompressors
	maxLive      = 24 << 20 // inflated bytes held at one time
	maxMember    = 12 << 20 // bytes of one member
	maxWork      = 96 << 20 // bytes of attachments and members hashed and examined: members may share bytes
	bombSize     = 4 << 20  // a member this large ...
	bombRatio    = 100      // ... and this many times its packed size is a bomb
	maxSearched  = 8 << 20  // bytes of text and structure searched
	maxSearch    = 2 << 20  // ... of one file
	maxLinks     = 200
	maxLinkBytes = 2048
	maxFindings  = 300
	maxPerCode   = 5  // findings of one code in one file
	maxPerMail   = 40 // ... in all
	maxDetail    = 300
	maxTextBytes = 8 << 10
	maxPathBytes = 500
)

// Result is what was found in the attachments of one mail.
type Result struct {
	// Files are the attachments and what lies in them, outer before inner, the
	// path of a member as "a.zip!b/c.docx". Kind "" says that the content is
	// not there (records) or is of no known kind.
	Files      []mail.File
	Findings   []Finding
	Links      []string       // distinct, as written; the findings say where the telling ones stand
	Organizers []string       // addresses of calendar organizers, lower case: to be held against the sender
	Texts      []string       // of office documents, for identity claims; at most 8 KiB in all
	Cut        bool           // a bound was reached: there is more than was looked at
	Problems   []mail.Problem // what could not be read, and why
}

// Finding is one thing found in one file.
type Finding struct {
	Code      string // one of Codes
	File      string // path, as in Result.Files
	Detail    string // what was found, cut; attackers' text
	Technique string // ATT&CK id; "" none
}

// Examine looks into the attachments of one mail. text is what the mail shows
// its reader, where passwords of encrypted archives are announced. It does not
// keep parts and gives the same result for the same input.
func Examine(parts []mail.Attachment, text string) Result {
	x := &examiner{text: text, images: maxImages, seen: map[string]bool{}, counts: map[[2]string]int{}}
	for i := range parts {
		x.attachment(&parts[i])
	}
	return x.Result
}

// examiner is one examination: the result so far and what is left of the bounds.
type examiner struct {
	Result
	text      string // of the mail
	passwords []string
	asked     bool // passwords were looked for

	inflated, live, searched, work         int
	spare                                  []byte // an inflated file that is done with
	textBytes                              int
	images, tags, relations, calendarLines int
	read                                   int               // pixels that the decoder of codes was given
	seen                                   map[string]bool   // links
	counts                                 map[[2]string]int // findings of a code in a file
}

// subject is one file under examination.
type subject struct {
	path   string // a.zip!b/c.docx
	name   string // the last element, as the person sees it
	kind   string
	body   []byte
	inline bool // shown in the text, not opened
	depth  int  // archives around it
	media  bool // an ancestor is a disk image: the mark of the web is lost
}

func (x *examiner) attachment(a *mail.Attachment) {
	s := subject{path: cut(a.Name, maxPathBytes), name: a.Name, inline: a.Inline, body: a.Content}
	if len(x.Files) >= maxFiles {
		x.stop("too_many_files", "more attachments and members than are looked at")
		return
	}
	if a.Content == nil {
		x.Files = append(x.Files, mail.File{Name: s.path, SHA256: a.SHA256, Size: a.Size})
		x.name(s)
		return
	}
	if a.Size > int64(len(a.Content)) {
		x.stop("attachment_cut", "the attachment is larger than what is looked at: "+s.path)
	}
	x.file(s, a.SHA256, a.Size, true)
}

// file lists and examines one file. sum is its hash if that is known. If the
// body is not the whole of it there is no hash: it would name something that
// does not exist. What is there is examined all the same.
func (x *examiner) file(s subject, sum string, size int64, whole bool) {
	if x.work += len(s.body); x.work > maxWork {
		x.Files = append(x.Files, mail.File{Name: s.path, SHA256: sum, Size: max(size, int64(len(s.body)))})
		x.name(s)
		x.danger(s)
		x.stop("too_much_content", "more content than is looked at")
		return
	}
	s.kind = kindOf(s.name, s.body)
	if sum == "" && whole {
		h := sha256.Sum256(s.body)
		sum = hex.EncodeToString(h[:])
	}
	at := len(x.Files)
	x.Files = append(x.Files, mail.File{Name: s.path, Kind: s.kind, SHA256: sum, Size: max(size, int64(len(s.body)))})
	x.name(s)
	x.danger(s)
	if s.depth >= maxDepth && containers[s.kind] {
		x.find("archive_too_deep", s, "")
		x.stop("archive_too_deep", "archives in archives beyond the bound: "+s.path)
		x.mismatch(s)
		return
	}
	if refined := x.look(s); refined != "" {
		s.kind = refined
		x.Files[at].Kind = refined
	}
	x.mismatch(s)
}

// look does what is done with each kind that is looked into. It returns a more
// exact kind, or "".
func (x *examiner) look(s subject) string {
	switch s.kind {
	case "zip": // the classes of a jar are no news: it is a program
		return x.zip(s)
	case "docx", "xlsx", "pptx", "odf":
		return x.ooxml(s)
	case "gz":
		return x.gzip(s)
	case "bz2":
		return x.bzip2(s)
	case "tar":
		return x.tar(s)
	case "7z":
		return x.sevenZip(s)
	case "rar":
		return x.rar(s)
	case "cab":
		return x.cab(s)
	case "iso":
		return x.iso(s)
	case "ole":
		return x.ole(s)
	case "rtf":
		return x.rtf(s)
	case "one":
		return x.oneNote(s)
	case "pdf":
		return x.pdf(s)
	case "html", "svg":
		return x.html(s)
	case "ics":
		return x.calendar(s)
	case "lnk":
		return x.shellLink(s)
	case "url":
		return x.internetShortcut(s)
	case "rdp":
		return x.remoteDesktop(s)
	case "mobileconfig":
		return x.profile(s)
	case "png", "jpeg", "gif":
		return x.image(s)
	}
	return ""
}

// containers are the kinds that count as a level of nesting.
var containers = map[string]bool{
	"zip": true, "gz": true, "bz2": true, "tar": true, "iso": true,
	"docx": true, "xlsx": true, "pptx": true, "odf": true, "ole": true, "one": true,
}

// member examines what lies in s. body is nil if it cannot be read; then only
// its name speaks. size is what the archive states.
func (x *examiner) member(s subject, name string, body []byte, size int64, whole bool) {
	if len(x.Files) >= maxFiles {
		x.stop("too_many_files", "more attachments and members than are looked at")
		return
	}
	m := subject{
		path: cut(s.path+"!"+name, maxPathBytes), name: path.Base(strings.ReplaceAll(name, `\`, "/")),
		body: body, depth: s.depth + 1, media: s.media || mediaKinds[s.kind],
	}
	if body == nil {
		x.Files = append(x.Files, mail.File{Name: m.path, Size: size})
		x.name(m)
		x.danger(m)
		return
	}
	if whole {
		size = int64(len(body)) // whatever the archive states
	}
	x.file(m, "", size, whole)
}

// find adds a finding, unless there are enough of its code in this file.
func (x *examiner) find(code string, s subject, detail string) {
	key, all := [2]string{code, s.path}, [2]string{code, "\x00"}
	if len(x.Findings) >= maxFindings || x.counts[key] >= maxPerCode || x.counts[all] >= maxPerMail {
		return
	}
	detail = cut(strings.TrimSpace(detail), maxDetail)
	for i := range x.Findings {
		if f := &x.Findings[i]; x.counts[key] > 0 && f.Code == code && f.File == s.path && f.Detail == detail {
			return
		}
	}
	x.counts[key]++
	x.counts[all]++
	x.Findings = append(x.Findings, Finding{Code: code, File: s.path, Detail: detail, Technique: codeTable[code].Technique})
}

// link keeps a link and says whether it is one: http, https or ftp, or a path
// to a file server.
func (x *examiner) link(u string) bool {
	u = strings.TrimSpace(u)
	if !remote(u) || len(u) > maxLinkBytes {
		return false
	}
	if x.seen[u] {
		return true
	}
	if len(x.Links) >= maxLinks {
		x.Cut = true
		return true
	}
	u = strings.Clone(u)
	x.seen[u] = true
	x.Links = append(x.Links, u)
	return true
}

// schemes of links that lead out of the file, with // or what stands for it.
var schemes = []string{"http://", "https://", "ftp://", "file://", `\\`, "mhtml:http", "ms-msdt:", "search-ms:", "webdav:"}

func remote(u string) bool {
	for _, s := range schemes {
		if len(u) > len(s)+1 && strings.EqualFold(u[:len(s)], s) {
			return !strings.HasPrefix(strings.ToLower(u), "file:///") || strings.HasPrefix(strings.ToLower(u), `file:///\\`)
		}
	}
	return false
}

// search gives the part of b that may be searched within the bounds.
func (x *examiner) search(b []byte) []byte {
	n := min(len(b), maxSearch, maxSearched-x.searched)
	if n < len(b) {
		x.stop("search_cut", "more text than is searched")
	}
	x.searched += n
	return b[:n]
}

// stop says that something was left out.
func (x *examiner) stop(code, text string) {
	x.Cut = true
	x.problem(code, text)
}

func (x *examiner) problem(code, text string) {
	for i := range x.Problems {
		if x.Problems[i].Code == code {
			return // once is enough: attackers would fill pages with it
		}
	}
	x.Problems = append(x.Problems, mail.Problem{Code: code, Text: cut(text, maxDetail)})
}

// cut gives at most n bytes of s as valid UTF-8, not holding on to s.
func cut(s string, n int) string {
	if len(s) > n {
		s = s[:n]
	}
	return strings.Clone(strings.ToValidUTF8(s, ""))
}
