package markup

import (
	"bytes"
	"slices"
	"strconv"
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

func (r *reader) push(f frame) {
	n := len(r.open)
	h := uint64(f.kind)<<32 | uint64(f.unnamed)
	for i := 1; i <= 3 && i <= n; i++ {
		h = h*0x9E3779B97F4A7C15 + uint64(r.open[n-i].kind)
	}
	r.shape.add(mix(h))
	if n >= maxDepth {
		r.page.Deep = true
		return
	}
	f.before = r.last[f.kind]
	f.scope, f.special = -1, -1
	if n > 0 {
		f.scope, f.special = r.open[n-1].scope, r.open[n-1].special
	}
	if f.kind == table || f.kind == td || f.kind == caption || f.kind == object {
		f.scope = int32(n)
	}
	if f.kind != none && !inline(f.kind) {
		f.special = int32(n)
	}
	r.last[f.kind] = int32(n)
	r.open = append(r.open, f)
}

// pop closes the innermost element.
func (r *reader) pop() {
	f := &r.open[len(r.open)-1]
	r.last[f.kind] = f.before
	if f.kind == anchor {
		r.endLink()
	}
	if f.kind == form {
		r.form = nil
	}
	r.open = r.open[:len(r.open)-1]
}

// closeTo closes all elements down to and with index i. Formatting elements
// in between stay in force, as browsers do it (§13.2.4.3, "reconstruct the
// active formatting elements"): a hidden font element is not ended by the end
// of the block around it.
func (r *reader) closeTo(i int32) {
	var keep []frame
	for int32(len(r.open)) > i {
		f := r.open[len(r.open)-1]
		if formats(f.kind) && int32(len(r.open)-1) > i && len(keep) < 8 && (f.says.has != 0) {
			keep = append(keep, f)
		}
		if f.kind == td || f.kind == table {
			keep = keep[:0]
		}
		r.pop()
	}
	r.reopen(keep)
}

// reopen opens frames again, the last one first, with the look of where they
// stand now.
func (r *reader) reopen(keep []frame) {
	for _, f := range slices.Backward(keep) {
		f.look = r.look().within(f.says)
		f.quoted = len(r.open) > 0 && r.open[len(r.open)-1].quoted
		r.push(f)
	}
}

// closeImplied closes what the start of an element k ends without an end tag.
func (r *reader) closeImplied(k kind) {
	scope := int32(-1)
	if n := len(r.open); n > 0 {
		scope = r.open[n-1].scope
	}
	switch k {
	case td:
		if i := r.last[td]; i > r.last[table] {
			r.closeTo(i)
		}
	case tr:
		if i := max(r.last[tr], r.last[td]); i > r.last[table] {
			if r.last[tr] > r.last[table] {
				i = r.last[tr]
			}
			r.closeTo(i)
		}
	case tbody:
		if i := r.last[tbody]; i > r.last[table] {
			r.closeTo(i)
		} else if i := r.last[tr]; i > r.last[table] {
			r.closeTo(i)
		}
	case li:
		if i := r.last[li]; i > r.last[list] && i > scope {
			r.closeTo(i)
		}
	case anchor:
		if i := r.last[anchor]; i > scope {
			r.closeTo(i)
		}
	}
	if blocks(k) && k != td && k != tr {
		if i := r.last[para]; i > scope {
			r.closeTo(i)
		}
	}
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

// attributes are those of one tag that matter. The first of a name counts.
type attributes struct {
	href, src, action, alt, equiv, content, typ, name string
	class, id                                         string
	style                                             []byte
	color, bgcolor, size                              string
	width, height                                     string
	background, hidden, download                      bool
}

func (r *reader) attributes(z *html.Tokenizer, a *attributes, k kind) {
	for n := 0; n < 200; n++ {
		key, value, more := z.TagAttr()
		switch string(key) {
		case "href", "xlink:href":
			first(&a.href, value, 2*MaxURL)
		case "src":
			first(&a.src, value, 2*MaxURL)
		case "data":
			if k == object {
				first(&a.src, value, 2*MaxURL)
			}
		case "action", "formaction":
			first(&a.action, value, 2*MaxURL)
		case "alt":
			first(&a.alt, value, 1000)
		case "http-equiv":
			first(&a.equiv, value, 40)
		case "content":
			if k == meta {
				first(&a.content, value, 2*MaxURL)
			}
		case "type":
			first(&a.typ, value, 40)
		case "name", "placeholder", "autocomplete":
			if len(a.name) < 200 {
				a.name += " " + cut(string(value), 80)
			}
		case "class":
			first(&a.class, value, 400)
		case "id":
			first(&a.id, value, 200)
		case "style":
			if a.style == nil && len(value) > 0 {
				a.style = append([]byte(nil), value[:min(len(value), 4000)]...)
			}
		case "color":
			first(&a.color, value, 40)
		case "bgcolor":
			first(&a.bgcolor, value, 40)
		case "size":
			first(&a.size, value, 10)
		case "width":
			first(&a.width, value, 20)
		case "height":
			first(&a.height, value, 20)
		case "background":
			a.background = true
		case "hidden":
			a.hidden = true
		case "download":
			a.download = true
		default:
			if len(key) > 4 && key[0] == 'o' && key[1] == 'n' {
				r.page.Scripts = true
				r.script(value)
			}
		}
		if !more {
			break
		}
	}
}

func first(to *string, value []byte, most int) {
	if *to == "" {
		*to = string(value[:min(len(value), most)])
	}
}

// says gathers what style sheet, attributes and style of an element say, the
// later over the earlier.
func (r *reader) says(a *attributes, k kind, name []byte) declared {
	var d, important declared
	if a.bgcolor != "" {
		if c, ok := parseColour(strings.ToLower(a.bgcolor)); ok {
			d = declared{has: hasBack, back: c}.over(d)
		}
	}
	if a.background {
		d = declared{has: hasBack, back: unknown}.over(d)
	}
	if k == font {
		if c, ok := parseColour(strings.ToLower(a.color)); ok {
			d = declared{has: hasColor, color: c}.over(d)
		}
		if a.size != "" { // 1 to 7: never unreadable, and ends an outer size of 0
			d = declared{has: hasSize, size: 13, unit: 'p'}.over(d)
		}
	}
	if r.sheet.rules != nil {
		look := func(key string) {
			if v, ok := r.sheet.rules[key]; ok {
				d = v.over(d)
			}
			if v, ok := r.sheet.important[key]; ok {
				important = v.over(important)
			}
		}
		look(string(name))
		if a.class != "" {
			n := 0
			for c := range strings.FieldsSeq(a.class) {
				if n++; n > 16 {
					break
				}
				look("." + c)
				look(string(name) + "." + c)
			}
		}
		if a.id != "" {
			look("#" + a.id)
		}
	}
	if a.style != nil {
		c, ok := r.styles[string(a.style)]
		if !ok {
			c.normal, c.important = declarations(a.style)
			if len(r.styles) < 1000 {
				r.styles[string(a.style)] = c
			}
		}
		d = c.normal.over(d)
		important = c.important.over(important)
	}
	d = important.over(d)
	if a.hidden && d.has&hasDisplay == 0 || never(k) {
		d.has |= hasDisplay
		d.none = true
	}
	if d.back == unknown && d.has&hasBack != 0 {
		r.page.Background = true
	}
	return d
}

func (r *reader) image(a *attributes, l look) {
	p := r.page
	src := strings.TrimSpace(a.src)
	im := Image{Alt: cut(strings.ToValidUTF8(a.alt, "\uFFFD"), MaxAnchor), Width: pixels(a.width), Height: pixels(a.height)}
	lower := strings.ToLower(cut(src, 8))
	switch {
	case strings.HasPrefix(lower, "cid:"):
		im.CID = cut(src[4:], 200)
	case strings.HasPrefix(lower, "data:"):
		p.DataURIs++
		src = cut(src, 200)
	case strings.HasPrefix(lower, "http") || strings.HasPrefix(lower, "//") || p.Base != "" && src != "":
		im.Remote = true
	}
	im.Src = cut(strings.ToValidUTF8(src, "\uFFFD"), MaxURL)
	small := func(n int, s string) bool { return n > 0 && n <= 2 || strings.TrimSpace(s) == "0" }
	im.Pixel = l.gone || l.unseen || small(im.Width, a.width) && small(im.Height, a.height)
	if r.link != nil {
		r.link.Image = true
		if r.link.Alt == "" {
			r.link.Alt = im.Alt
		}
	}
	if len(p.Images) < MaxLinks {
		p.Images = append(p.Images, im)
	}
}

func pixels(s string) int {
	n, err := strconv.Atoi(strings.TrimSuffix(strings.TrimSpace(s), "px"))
	if err != nil || n < 0 {
		return 0
	}
	return n
}

func (r *reader) field(a *attributes) {
	typ, name := strings.ToLower(a.typ), strings.ToLower(a.name)
	if typ == "hidden" || typ == "submit" || typ == "button" || typ == "image" || typ == "checkbox" || typ == "radio" {
		return
	}
	p := r.page
	if r.form == nil {
		if len(p.Forms) >= MaxForms {
			return
		}
		p.Forms = append(p.Forms, Form{})
		r.form = &p.Forms[len(p.Forms)-1]
	}
	r.form.Fields++
	if typ == "password" || strings.Contains(name, "passw") || strings.Contains(name, "pwd") {
		r.form.Password = true
	}
	if typ == "email" || strings.Contains(name, "email") || strings.Contains(name, "user") || strings.Contains(name, "login") {
		r.form.Email = true
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
