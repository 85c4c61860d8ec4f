package attach

import (
	"bytes"
	"encoding/xml"
	"path"
	"strings"
)

// ooxml examines an Office Open XML or OpenDocument file: a zip whose parts
// are read by what they are for (ECMA-376 part 2, OPC).
func (x *examiner) ooxml(s subject) string {
	l := listZip(s.body, maxFiles)
	x.zipForm(s, l)
	macros := false
	media := 0
	for i := range l.entries {
		e := &l.entries[i]
		if e.folder || l.overlap { // a bomb is named, not lit
			continue
		}
		name := strings.TrimPrefix(strings.ReplaceAll(e.name, `\`, "/"), "/")
		low := strings.ToLower(name)
		base := path.Base(low)
		switch {
		case e.encrypted:
			x.encrypted("encrypted_document", s, name)
		case base == "vbaproject.bin", strings.HasPrefix(low, "basic/") && strings.HasSuffix(low, ".xml") && !strings.HasPrefix(base, "script-"):
			macros = true
			x.part(s, e, func(b []byte, _ bool) {
				if c := openCompound(b); c != nil {
					x.macros(s, c)
					return
				}
				x.find("macro", s, name)
			})
		case strings.HasPrefix(low, "xl/macrosheets/"):
			macros = true
			x.find("macro_sheet", s, name)
		case strings.HasSuffix(low, ".rels"):
			x.part(s, e, func(b []byte, _ bool) { x.relationships(s, b) })
		case strings.Contains(low, "/embeddings/"), strings.Contains(low, "/activex/") && strings.HasSuffix(low, ".bin"):
			x.find("ole_object", s, name)
			x.part(s, e, func(b []byte, whole bool) { x.member(s, name, b, e.size, whole) })
		case low == "word/document.xml", low == "word/footnotes.xml", strings.HasPrefix(low, "word/header"), strings.HasPrefix(low, "word/footer"), low == "xl/sharedstrings.xml", strings.HasPrefix(low, "ppt/slides/slide"), low == "content.xml":
			x.part(s, e, func(b []byte, _ bool) { x.bodyPart(s, b) })
		case strings.HasPrefix(low, "xl/externallinks/"):
			x.part(s, e, func(b []byte, _ bool) {
				if at := bytes.Index(b, []byte("ddeService")); at >= 0 {
					x.find("external_link_dde", s, string(b[at:min(len(b), at+120)]))
				}
			})
		case strings.Contains(low, "/media/") || strings.HasPrefix(low, "pictures/"):
			if media++; media <= maxImages && x.images > 0 && e.size < 2<<20 {
				x.part(s, e, func(b []byte, whole bool) {
					m := subject{path: s.path + "!" + name, name: base, kind: kindOf(base, b), body: b}
					if whole && (m.kind == "png" || m.kind == "jpeg" || m.kind == "gif") {
						x.image(m)
					}
				})
			}
		}
	}
	if macros && len(s.kind) == 4 && strings.HasSuffix(s.kind, "x") {
		return s.kind[:3] + "m"
	}
	return ""
}

// part inflates one part and gives its memory back after use.
func (x *examiner) part(s subject, e *zipEntry, use func(b []byte, whole bool)) {
	if b, whole := x.entry(s, e); b != nil {
		use(b, whole)
		x.release(b)
	}
}

// loaded are the relationship types whose external target is fetched when the
// document is opened (ECMA-376 part 1 §11.3, §12.3; ATT&CK T1221).
var loaded = map[string]string{
	"attachedTemplate": "remote_template", "oleObject": "remote_template", "frame": "remote_template", "subDocument": "remote_template",
	"externalLinkPath": "remote_template", "afChunk": "remote_template", "aFChunk": "remote_template", "package": "remote_template",
	"slideMaster": "remote_template", "customUI": "remote_template", "control": "remote_template", "mailMergeSource": "remote_template",
	"image": "remote_image", "video": "remote_image", "audio": "remote_image", "media": "remote_image",
}

// maxRelations is how many tokens of .rels parts of one mail are read; encoding/xml
// takes about a microsecond for each.
const maxRelations = 50_000

// relationships reads a .rels part: what the document refers to outside.
func (x *examiner) relationships(s subject, b []byte) {
	d := xml.NewDecoder(bytesReader(x.search(asUTF8(b))))
	d.Strict = false
	d.CharsetReader = keepCharset
	for ; x.relations < maxRelations; x.relations++ {
		t, err := d.RawToken()
		if err != nil {
			return
		}
		e, ok := t.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" {
			continue
		}
		var kind, target, mode string
		for _, a := range e.Attr {
			switch a.Name.Local {
			case "Type":
				kind = path.Base(a.Value)
			case "Target":
				target = strings.TrimSpace(a.Value)
			case "TargetMode":
				mode = a.Value
			}
		}
		if !strings.EqualFold(mode, "External") || target == "" {
			continue
		}
		isLink := x.link(target)
		if code, ok := loaded[kind]; ok && isLink {
			x.find(code, s, kind+" "+target)
		}
	}
	x.stop("search_cut", "more text than is searched")
}

// bodyPart takes text and fields from the main part of a document.
func (x *examiner) bodyPart(s subject, b []byte) {
	b = x.search(b)
	for rest, n := b, 0; n < 100; n++ {
		at := bytes.Index(rest, []byte("DDE"))
		if at < 0 {
			break
		}
		// in a field instruction: <w:instrText>DDEAUTO c:\...
		if tag := bytes.LastIndexByte(rest[:at], '<'); tag >= 0 {
			if name := rest[tag:at]; bytes.HasPrefix(name, []byte("<w:instrText")) || bytes.Contains(name, []byte("w:instr=")) {
				x.find("external_link_dde", s, stripTags(rest[at:min(len(rest), at+400)], 200))
				break
			}
		}
		rest = rest[at+3:]
	}
	if bytes.Contains(b, []byte("xlink:href=\"http")) {
		for _, u := range urlsIn(string(b[:min(len(b), 256<<10)]), 20) {
			if !strings.Contains(u, "openxmlformats.org") && !strings.Contains(u, "w3.org") && !strings.Contains(u, "oasis-open.org") && !strings.Contains(u, "openoffice.org") {
				x.link(u)
			}
		}
	}
	if left := maxTextBytes - x.textBytes; left > 200 {
		if t := stripTags(b[:min(len(b), 256<<10)], left); t != "" {
			x.textBytes += len(t)
			x.Texts = append(x.Texts, t)
		}
	}
}

// stripTags gives the text between tags, paragraphs as lines.
func stripTags(b []byte, limit int) string {
	var out strings.Builder
	for len(b) > 0 && out.Len() < limit {
		open := bytes.IndexByte(b, '<')
		if open < 0 {
			open = len(b)
		}
		out.Write(b[:open])
		b = b[open:]
		end := bytes.IndexByte(b, '>')
		if end < 0 {
			break
		}
		if tag := b[:end]; bytes.HasPrefix(tag, []byte("</w:p")) && len(tag) == 5 || bytes.HasPrefix(tag, []byte("</a:p")) && len(tag) == 5 || bytes.HasPrefix(tag, []byte("</si")) || bytes.HasPrefix(tag, []byte("</text:p")) {
			out.WriteByte('\n')
		}
		b = b[end+1:]
	}
	return cut(strings.TrimSpace(entities.Replace(out.String())), limit)
}

var entities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&apos;", "'")
