package attach

import (
	"encoding/base64"
	"regexp"
	"strings"

	"golang.org/x/net/html"
)

// Marks of HTML smuggling in script (ATT&CK T1027.006; Microsoft, "HTML
// smuggling surges", Nov 2021): content is decoded, made a file in the
// browser, and handed to the reader as a download.
var (
	decodes   = []string{"atob(", "fromcharcode", "unescape(", "uint8array", "charcodeat", "decodeuricomponent(", "parseint("}
	builds    = []string{"new blob", "new file(", "createobjecturl", "mssaveblob", "mssaveoropenblob", "data:application/", "showsavefilepicker"}
	hands     = []string{".download", "mssaveblob", "mssaveoropenblob", "createobjecturl", ".click()", "'download'", "\"download\""}
	hidden    = []string{"eval(unescape", "eval(atob", "document.write(unescape", "document.write(atob", "document.write(decodeuricomponent", "eval(string.fromcharcode", "eval(function(p,a,c,k,e", "document.write(string.fromcharcode", "innerhtml=atob(", "innerhtml = atob("}
	redirects = regexp.MustCompile(`(?:location(?:\.href)?\s*=|location\.(?:replace|assign)\s*\(|window\.open\s*\()\s*["'` + "`" + `](https?:[^"'` + "`" + `]{4,500})`)
	numbers   = regexp.MustCompile(`(?:\d{1,3}\s*,\s*){60}`)
)

// maxTags is how many elements are read in the pages of one mail.
const maxTags = 100_000

// maxScript is how much script of a page is searched.
const maxScript = 512 << 10

// html examines a web page or an SVG image.
func (x *examiner) html(s subject) string {
	b := x.search(asUTF8(s.body))
	p := page{x: x, s: s}
	p.read(b)
	p.script(p.scripts.String())
	return ""
}

// page is what is known of a page so far.
type page struct {
	x       *examiner
	s       subject
	scripts strings.Builder
}

func (p *page) read(b []byte) {
	z := html.NewTokenizer(bytesReader(b))
	z.SetMaxBuf(maxSearch)
	inScript := false
	a := map[string]string{}
	for p.x.tags < maxTags {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			if inScript && p.scripts.Len() < maxScript {
				p.scripts.Write(z.Text())
				p.scripts.WriteByte('\n')
			}
		case html.EndTagToken:
			inScript = false
		case html.StartTagToken, html.SelfClosingTagToken:
			raw, more := z.TagName()
			tag := string(raw)
			p.x.tags++
			clear(a)
			for n := 0; more && n < 50; n++ {
				var k, v []byte
				k, v, more = z.TagAttr()
				a[string(k)] = string(v)
			}
			inScript = tag == "script"
			p.tag(tag, a)
		}
	}
	p.x.stop("search_cut", "more text than is searched")
}

// tag judges one element.
func (p *page) tag(tag string, a map[string]string) {
	svg := p.s.kind == "svg"
	switch {
	case tag == "script" && svg:
		p.x.find("svg_script", p.s, "script "+a["src"]+a["href"]+a["xlink:href"])
	case tag == "foreignobject" && svg:
		p.x.find("svg_script", p.s, "foreignObject")
	case tag == "input" && strings.EqualFold(a["type"], "password"):
		p.x.find("html_form_password", p.s, a["name"])
	case tag == "meta" && strings.EqualFold(a["http-equiv"], "refresh"):
		if _, to, ok := strings.Cut(strings.ToLower(a["content"]), "url="); ok {
			to = strings.Trim(a["content"][len(a["content"])-len(to):], ` '"`)
			p.x.link(to)
			p.x.find("html_redirect", p.s, to)
		}
	case (tag == "a" || tag == "embed" || tag == "object" || tag == "iframe") && downloads(a):
		p.x.find("html_smuggling", p.s, "data: address")
	}
	for k, v := range a {
		if len(v) == 0 {
			continue
		}
		low := strings.ToLower(v[:min(len(v), 40)])
		switch {
		case strings.HasPrefix(k, "on"):
			if svg {
				p.x.find("svg_script", p.s, k)
			}
			p.inline(v)
		case strings.HasPrefix(low, "javascript:"):
			if svg {
				p.x.find("svg_script", p.s, "javascript:")
			}
			p.inline(v)
		}
	}
	// in this order, not the map's, so that the result is always the same
	for _, k := range []string{"href", "src", "action", "formaction", "data", "xlink:href", "content"} {
		if v := a[k]; v != "" && (k != "content" || tag == "meta" && strings.HasPrefix(v, "http")) {
			p.x.link(v)
			p.embedded(k, v)
		}
	}
}

// inline keeps script that stands in an attribute.
func (p *page) inline(v string) {
	if p.scripts.Len() < maxScript {
		p.scripts.WriteString(v)
		p.scripts.WriteByte('\n')
	}
}

// downloads says that an element is a file in a data: address rather than an
// image or a font.
func downloads(a map[string]string) bool {
	for _, k := range []string{"href", "src", "data"} {
		v := strings.ToLower(a[k][:min(len(a[k]), 60)])
		if strings.HasPrefix(v, "data:application/") || strings.HasPrefix(v, "data:text/html") || strings.HasPrefix(v, "data:") && a["download"] != "" {
			return true
		}
	}
	return false
}

// embedded examines a file in a data: address. Pictures are looked at for QR
// codes, the rest is a member.
func (p *page) embedded(attribute, v string) {
	head, data, ok := strings.Cut(v, ",")
	if !ok || len(v) < 200 || len(head) > 100 || !strings.HasPrefix(strings.ToLower(head), "data:") || !strings.HasSuffix(strings.ToLower(head), ";base64") {
		return
	}
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(data), ""))
	if err != nil {
		return
	}
	m := subject{path: p.s.path + "!" + attribute, name: "", kind: kindOf("", b), body: b, depth: p.s.depth + 1}
	switch {
	case m.kind == "png" || m.kind == "jpeg" || m.kind == "gif":
		p.x.image(m)
	case m.kind != "" && kindClass[m.kind] != classMedia && kindClass[m.kind] != classImage && p.s.depth < maxDepth:
		p.x.member(p.s, attribute+"."+m.kind, b, int64(len(b)), true)
	}
}

// script judges the scripts of a page together: the steps of smuggling are
// often in different elements.
func (p *page) script(text string) {
	text = text[:min(len(text), maxScript)]
	low := strings.ToLower(text)
	squeezed := strings.Join(strings.Fields(low), "")
	d := appendFound(nil, low, decodes)
	b := appendFound(nil, low, builds)
	h := appendFound(nil, low, hands)
	if len(b) > 0 && len(h) > 0 && (len(d) > 0 || strings.Contains(low, "base64")) {
		p.x.find("html_smuggling", p.s, strings.Join(append(append(d, b...), h...), " "))
	}
	if f := appendFound(nil, squeezed, hidden); len(f) > 0 {
		p.x.find("html_obfuscated", p.s, strings.Join(f, " "))
	} else if strings.Contains(low, "fromcharcode") && numbers.MatchString(low) {
		p.x.find("html_obfuscated", p.s, "a list of character codes")
	}
	for _, m := range redirects.FindAllStringSubmatch(text, 5) {
		p.x.link(m[1])
		p.x.find("html_redirect", p.s, m[1])
	}
	for _, u := range urlsIn(text, 30) {
		if !strings.Contains(u, "www.w3.org/") {
			p.x.link(u)
		}
	}
}
