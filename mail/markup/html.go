package markup

import (
	"bytes"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// maxDepth is how many open elements are kept. Browsers stop at 512
// (Chromium's kMaximumHTMLParserDOMTreeDepth) and go on without nesting, too.
const maxDepth = 512

// reader follows the open elements of a page, as far as the HTML Standard's
// tree construction (§13.2.6) decides which element a text is in.
type reader struct {
	page  *Page
	sheet sheet
	late  bool // a style element stood below text
	seen  places
	open  []frame
	last  [nKinds]int32 // index of the innermost open element of each kind; -1
	visible,
	hidden folder
	own    []byte
	rest   bool // all that follows is quoted
	link   *Link
	form   *Form
	shape  similarity
	styles map[string]cached
	fixed  bool // the style sheets were read before
}

type cached struct{ normal, important declared }

// frame is an open element.
type frame struct {
	kind    kind
	unnamed uint32 // hash of the name, for kinds without one
	says    declared
	look    look
	quoted  bool
	before  int32 // last[kind] before this one
	scope   int32 // index of the innermost element that end tags do not reach across
	special int32 // ... that those of inline elements do not reach across
}

func readHTML(p *Page, parts []string, seen places) {
	r := &reader{page: p, seen: seen, styles: map[string]cached{}}
	r.run(parts)
	if r.late && r.sheet.rules != nil {
		// A style sheet below the text that it hides: read again, knowing it.
		clear(seen)
		*p = Page{HTML: true, Cut: p.Cut}
		again := &reader{page: p, seen: seen, styles: map[string]cached{}, sheet: r.sheet, fixed: true}
		again.run(parts)
	}
}

func (r *reader) run(parts []string) {
	p := r.page
	r.visible.limit, r.hidden.limit = MaxVisible, MaxHidden
	room := 0 // a mail is a tenth to a fifth text
	for _, s := range parts {
		room += len(s) / 8
	}
	room = min(room, MaxVisible)
	r.visible.buf, r.own = make([]byte, 0, room), make([]byte, 0, room)
	for _, s := range parts {
		r.open = r.open[:0]
		for i := range r.last {
			r.last[i] = -1
		}
		r.link, r.form, r.rest = nil, nil, false
		r.read(s)
		r.endLink()
		r.visible.line()
	}
	p.Visible, p.VisibleBytes = r.visible.string(), r.visible.total
	p.Words, p.ZeroWidth = r.visible.words, r.visible.zero
	p.Hidden, p.HiddenBytes = r.hidden.string(), r.hidden.total
	p.Own = strings.TrimSpace(string(r.own))
	p.Shape = r.shape.sum()
	slices.Sort(p.Smuggling)
	p.Smuggling = slices.Compact(p.Smuggling)
}

func (r *reader) read(s string) {
	z := html.NewTokenizer(strings.NewReader(s))
	var raw kind // what the text that follows belongs to, if it is not for the reader
	for {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.TextToken:
			switch raw {
			case none:
				r.text(z.Text())
			case styleTag:
				if !r.fixed {
					r.late = r.late || r.visible.total > 0
					r.sheet.read(z.Text())
				}
			case scriptTag:
				r.script(z.Text())
			case title, iframe:
				r.hide(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, more := z.TagName()
			raw = r.start(z, name, more)
		case html.EndTagToken:
			raw = none
			name, _ := z.TagName()
			r.end(name)
		case html.CommentToken:
			r.comment(z.Text())
		}
	}
}

func (r *reader) look() look {
	if len(r.open) == 0 {
		return page
	}
	return r.open[len(r.open)-1].look
}

// fostered is the index of the element that text and elements go to which have
// no place directly in a table: they are shown before it (§13.2.6.1).
func (r *reader) fostered() int {
	top := len(r.open) - 1
	if top >= 0 && inTable(r.open[top].kind) && r.last[table] >= 0 {
		return int(r.last[table]) - 1
	}
	return top
}

func (r *reader) text(b []byte) {
	l, quoted := page, r.rest
	if top := r.fostered(); top >= 0 {
		l = r.open[top].look
		quoted = quoted || r.open[top].quoted
	}
	if l.hidden() {
		r.hide(b)
		return
	}
	from := len(r.visible.buf)
	r.visible.text(b)
	added := r.visible.buf[from:]
	if len(added) == 0 {
		return
	}
	if quoted {
		r.page.Quoted = true
	} else {
		r.own = append(r.own, added...)
	}
	if r.link != nil && len(r.link.Text) < MaxAnchor {
		r.link.Text = cut(r.link.Text+string(added), MaxAnchor)
	}
}

func (r *reader) hide(b []byte) {
	r.hidden.text(b)
	if r.link != nil && len(bytes.TrimSpace(b)) > 0 && r.link.Area == InBody {
		r.link.hidden = true
	}
}

// start handles a start tag and returns its kind if the text that follows is
// raw and not shown.
func (r *reader) start(z *html.Tokenizer, name []byte, more bool) kind {
	k := kinds[string(name)]
	var unnamed uint32
	if k == none {
		unnamed = hash32(name)
	}
	p := r.page
	p.Tags++

	a := attributes{}
	if more {
		r.attributes(z, &a, k)
	}
	switch k {
	case script:
		p.Scripts = true
		return scriptTag
	case styleTag, title:
		return k
	case iframe, embed, object:
		p.Frames++
		r.address(a.src)
		if k == iframe {
			return k
		}
	case head:
		return none // ended by the first element that has no place in it
	case body, htmlTag:
		if r.last[k] >= 0 || len(r.open) > 1 {
			return none // a second one opens nothing
		}
	case br:
		r.line()
		return none
	case base:
		if p.Base == "" {
			p.Base = cut(a.href, MaxURL)
		}
		return none
	case meta:
		if strings.EqualFold(a.equiv, "refresh") {
			if _, to, ok := strings.Cut(a.content, "="); ok && p.MetaRefresh == "" {
				p.MetaRefresh = cut(strings.Trim(to, " \"'"), MaxURL)
				r.addLink(Link{Href: p.MetaRefresh, Area: InRefresh})
			}
		}
		return none
	case area:
		r.addLink(Link{Href: a.href, Area: InBody, Image: true, Alt: cut(a.alt, MaxAnchor)})
		return none
	case input, selectTag, textarea:
		r.field(&a)
		if k == input {
			return none
		}
	}

	r.closeImplied(k)
	says := r.says(&a, k, name)
	parent, quoted := page, false
	at := len(r.open) - 1
	if !inTable(k) && k != td && k != caption {
		at = r.fostered()
	}
	if at >= 0 {
		parent, quoted = r.open[at].look, r.open[at].quoted
	}
	l := parent.within(says)
	if k == img {
		r.image(&a, l)
		return none
	}
	if void(k) {
		return none
	}
	if blocks(k) {
		r.line()
	}
	if quotes(k, &a) {
		quoted = true
	}
	if quotesRest(&a) {
		r.rest = true
	}
	switch k {
	case anchor:
		r.endLink()
		if a.href != "" {
			area := InBody
			if quoted || r.rest {
				area = InQuoted
			}
			r.link = &Link{Href: a.href, Area: area, Download: a.download, hidden: false}
			if says.has&hasColor == 0 && a.href != "" {
				l.color = 0x0000EE // links have a colour of their own, not the parent's
			}
		}
	case form:
		if len(p.Forms) < MaxForms {
			p.Forms = append(p.Forms, Form{Action: cut(a.action, MaxURL)})
			r.form = &p.Forms[len(p.Forms)-1]
			r.addLink(Link{Href: a.action, Area: InForm})
		}
	default:
		if a.href != "" { // VML buttons, SVG links
			r.addLink(Link{Href: a.href, Area: InBody})
		}
	}
	r.push(frame{kind: k, unnamed: unnamed, says: says, look: l, quoted: quoted})
	return none
}

func (r *reader) line() {
	if r.visible.gap != '\n' && r.visible.total > 0 && len(r.own) > 0 && r.own[len(r.own)-1] != '\n' && !r.rest {
		r.own = append(r.own, '\n')
	}
	r.visible.line()
	r.hidden.space()
}

func (r *reader) end(name []byte) {
	k := kinds[string(name)]
	n := len(r.open)
	if blocks(k) {
		r.line()
	}
	if n == 0 {
		return
	}
	top := &r.open[n-1]
	switch {
	case k == none:
		h := hash32(name)
		for i := n - 1; i > int(top.special) && i > n-32; i-- {
			if r.open[i].kind == none && r.open[i].unnamed == h {
				r.closeTo(int32(i))
				return
			}
		}
	case k == body || k == htmlTag:
		// What follows is still shown as a part of the body.
	case inTable(k) || k == td || k == caption:
		if i := r.last[k]; i >= 0 && (k == table || i > r.last[table]) {
			r.closeTo(i)
		}
	case formats(k):
		// Adoption agency (§13.2.6.4.7): only the formatting ends; what was opened
		// in it stays open.
		i := r.last[k]
		if i <= top.scope || n-int(i) > 64 {
			return
		}
		var keep []frame
		for int32(len(r.open)) > i+1 {
			keep = append(keep, r.open[len(r.open)-1])
			r.pop()
		}
		r.pop()
		r.reopen(keep)
	case inline(k):
		if i := r.last[k]; i > top.special {
			r.closeTo(i)
		}
	default:
		if i := r.last[k]; i > top.scope || i >= 0 && k == object {
			r.closeTo(i)
		}
	}
}

// comment reads what stands in a conditional comment: Outlook shows it
// ([if mso]), and its links can be clicked there. Texts are not taken; they
// say again what the others see.
func (r *reader) comment(b []byte) {
	t := bytes.TrimSpace(b)
	if !bytes.HasPrefix(t, []byte("[if")) {
		r.hidden.text(b)
		return
	}
	z := html.NewTokenizer(bytes.NewReader(t))
	for n := 0; n < 5000; n++ {
		switch z.Next() {
		case html.ErrorToken:
			return
		case html.StartTagToken, html.SelfClosingTagToken:
			if name, more := z.TagName(); more {
				a := attributes{}
				k := kinds[string(name)]
				r.attributes(z, &a, k)
				if a.href != "" && k != base && string(name) != "link" {
					r.addLink(Link{Href: a.href, Area: InOutlook})
				}
			}
		}
	}
}

// smugglers are the calls with which a page builds a file on the machine that
// shows it: ATT&CK T1027.006, HTML Smuggling.
var smugglers = []string{"atob(", "Blob(", "createObjectURL", "msSaveBlob", "msSaveOrOpenBlob", "fromCharCode", "unescape(", "eval("}

func (r *reader) script(b []byte) {
	for _, s := range smugglers {
		if bytes.Contains(b, []byte(s)) {
			r.page.Smuggling = append(r.page.Smuggling, strings.TrimSuffix(s, "("))
		}
	}
	if len(r.page.Smuggling) > 64 {
		slices.Sort(r.page.Smuggling)
		r.page.Smuggling = slices.Compact(r.page.Smuggling)
	}
}

// address counts URIs that carry their content.
func (r *reader) address(uri string) {
	u := strings.ToLower(strings.TrimSpace(cut(uri, 64)))
	switch {
	case strings.HasPrefix(u, "data:"):
		r.page.DataURIs++
		if strings.Contains(u, "html") || strings.Contains(u, "svg") || strings.Contains(u, "octet") || strings.Contains(u, "zip") {
			r.smuggles("data URI")
		}
	case strings.HasPrefix(u, "blob:"):
		r.smuggles("blob URI")
	case strings.HasPrefix(u, "javascript:"), strings.HasPrefix(u, "vbscript:"):
		r.page.Scripts = true
	}
}

func (r *reader) smuggles(how string) {
	if !slices.Contains(r.page.Smuggling, how) {
		r.page.Smuggling = append(r.page.Smuggling, how)
	}
}

func (r *reader) endLink() {
	if r.link == nil {
		return
	}
	l := *r.link
	r.link = nil
	l.Text = strings.TrimSpace(l.Text)
	if l.hidden && l.Text == "" && !l.Image {
		l.Area = InHidden
	}
	r.addLink(l)
}

func (r *reader) addLink(l Link) {
	if l.Href = clean(l.Href); l.Href == "" || l.Href[0] == '#' {
		return
	}
	r.address(l.Href)
	if l.Download {
		r.smuggles("download attribute")
	}
	r.page.add(l, r.seen)
}
