package markup

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

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
