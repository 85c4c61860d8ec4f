package markup

import (
	"bytes"
	"strconv"
	"strings"
)

// declared is what the style rules of one element say, as far as it decides
// whether its text can be seen. The zero value says nothing.
type declared struct {
	has    property
	none   bool // display: none
	unseen bool // visibility: hidden or collapse
	size   float32
	unit   byte   // of size: 'p' pixels, 'e' times the parent's
	color  colour // of the text
	back   colour // behind it
	clear  bool   // opacity so small that nothing is seen
	flat   bool   // a height or width of 0
	clips  bool   // overflow: hidden
	away   bool   // moved off the screen, clipped or scaled to nothing
	out    bool   // position: absolute or fixed
}

type property uint16

const (
	hasDisplay property = 1 << iota
	hasVisibility
	hasSize
	hasColor
	hasBack
	hasOpacity
	hasFlat
	hasOverflow
	hasAway
	hasPosition
)

// over puts what d says over what was said before.
func (d declared) over(before declared) declared {
	r := before
	r.has |= d.has
	if d.has&hasDisplay != 0 {
		r.none = d.none
	}
	if d.has&hasVisibility != 0 {
		r.unseen = d.unseen
	}
	if d.has&hasSize != 0 {
		r.size, r.unit = d.size, d.unit
	}
	if d.has&hasColor != 0 {
		r.color = d.color
	}
	if d.has&hasBack != 0 {
		r.back = d.back
	}
	if d.has&hasOpacity != 0 {
		r.clear = d.clear
	}
	if d.has&hasFlat != 0 {
		r.flat = d.flat
	}
	if d.has&hasOverflow != 0 {
		r.clips = d.clips
	}
	if d.has&hasAway != 0 {
		r.away = d.away
	}
	if d.has&hasPosition != 0 {
		r.out = d.out
	}
	return r
}

// look is how text inside an element looks.
type look struct {
	gone   bool    // nothing inside can be seen, whatever it says
	unseen bool    // visibility: hidden; an element inside may undo it
	size   float32 // pixels
	color  colour
	back   colour
}

var page = look{size: 16, color: 0x000000, back: 0xFFFFFF}

// within is the look of an element that declares d inside one that looks like l.
func (l look) within(d declared) look {
	if d.has == 0 {
		return l
	}
	if d.none || d.clear || d.away || d.flat && d.clips {
		l.gone = true
	}
	if d.has&hasVisibility != 0 {
		l.unseen = d.unseen
	}
	if d.has&hasSize != 0 {
		if d.unit == 'e' {
			l.size *= d.size
		} else {
			l.size = d.size
		}
	}
	if d.has&hasColor != 0 {
		l.color = d.color
	}
	if d.has&hasBack != 0 && d.back != transparent {
		l.back = d.back
	}
	return l
}

// hidden says that text of this look cannot be read.
func (l look) hidden() bool {
	return l.gone || l.unseen || l.size <= 2 || l.color == transparent || near(l.color, l.back)
}

// colour is 0xRRGGBB or one of the two below.
type colour uint32

const (
	transparent colour = 1<<24 + iota
	unknown            // a picture, a gradient, a name that is not in the list
)

// near says that nobody can tell the two apart. The limit is 10 of 255 in each
// channel: #f6f6f6 on white is used to hide, #eeeeee to decorate.
func near(a, b colour) bool {
	if a >= transparent || b >= transparent {
		return false
	}
	for shift := 0; shift <= 16; shift += 8 {
		d := int(a>>shift&0xFF) - int(b>>shift&0xFF)
		if d > 10 || d < -10 {
			return false
		}
	}
	return true
}

// declarations reads the text of a style attribute or the inside of a rule's
// braces: CSS Syntax Module Level 3 as far as mail programs keep it. What says
// !important is returned apart.
func declarations(css []byte) (normal, important declared) {
	if bytes.IndexByte(css, '\\') >= 0 {
		css = unescapeCSS(css)
	}
	if bytes.Contains(css, []byte("/*")) {
		css = dropComments(css)
	}
	for len(css) > 0 {
		end, depth := 0, 0
		var quote byte
	scan:
		for ; end < len(css); end++ {
			switch c := css[end]; {
			case quote != 0:
				if c == quote {
					quote = 0
				}
			case c == '"' || c == '\'':
				quote = c
			case c == '(':
				depth++
			case c == ')':
				depth--
			case c == ';' && depth <= 0:
				break scan
			}
		}
		one := css[:end]
		css = css[min(end+1, len(css)):]
		name, value, ok := bytes.Cut(one, []byte(":"))
		if !ok {
			continue
		}
		name = bytes.TrimSpace(name)
		if len(name) > 24 || len(value) > 400 || !interesting(name) {
			continue
		}
		v := strings.ToLower(string(bytes.TrimSpace(value)))
		if w, ok := strings.CutSuffix(v, "important"); ok {
			if w, ok = strings.CutSuffix(strings.TrimSpace(w), "!"); ok {
				important.declare(strings.ToLower(string(name)), strings.TrimSpace(w))
				continue
			}
		}
		normal.declare(strings.ToLower(string(name)), v)
	}
	return normal, important
}

// interesting says by the first letter and the length whether the property can
// be one that is read: most are not.
func interesting(name []byte) bool {
	if len(name) < 3 {
		return false
	}
	switch name[0] | 0x20 {
	case 'b', 'c', 'd', 'f', 'h', 'l', 'm', 'o', 'p', 't', 'v', 'w':
		return true
	}
	return false
}

func (d *declared) declare(name, v string) {
	switch name {
	case "display":
		d.has |= hasDisplay
		d.none = v == "none"
	case "visibility":
		d.has |= hasVisibility
		d.unseen = v == "hidden" || v == "collapse"
	case "font-size":
		d.setSize(v)
	case "font":
		for w := range strings.FieldsSeq(v) {
			w, _, _ = strings.Cut(w, "/")
			if w != "" && (w[0] >= '0' && w[0] <= '9' || w[0] == '.') && (w == "0" || !plainNumber(w)) {
				d.setSize(w)
				break
			}
		}
	case "color":
		if c, ok := parseColour(v); ok {
			d.has |= hasColor
			d.color = c
		}
	case "background", "background-color", "background-image":
		c, ok := unknown, true
		if !strings.Contains(v, "url(") && !strings.Contains(v, "gradient(") {
			if c, ok = parseColour(v); !ok && name == "background" {
				c, ok = firstColour(v)
			}
		} else if first, found := firstColour(v); found && name == "background" && strings.Contains(v, "url()") {
			c = first
		}
		if ok && (name != "background-image" || c == unknown) {
			d.has |= hasBack
			d.back = c
		}
	case "opacity":
		if x, ok := number(v); ok {
			d.has |= hasOpacity
			d.clear = x <= 0.05
		}
	case "filter":
		if strings.Contains(strings.ReplaceAll(v, " ", ""), "opacity(0)") {
			d.has |= hasOpacity
			d.clear = true
		}
	case "height", "max-height", "width", "max-width":
		if x, _, ok := length(v); ok {
			// A height of 0 beside a max-height that is not is no contradiction:
			// any of the four makes the box flat.
			d.has |= hasFlat
			d.flat = d.flat || x <= 1
		} else if v == "auto" || v == "none" {
			d.has |= hasFlat
		}
	case "overflow", "overflow-y", "overflow-x":
		d.has |= hasOverflow
		d.clips = strings.HasPrefix(v, "hidden") || v == "clip"
	case "text-indent":
		if x, unit, ok := length(v); ok {
			d.setAway(far(x, unit))
		}
	case "position":
		d.has |= hasPosition
		d.out = v == "absolute" || v == "fixed"
	case "left", "top", "margin-left", "margin-top", "bottom":
		if x, unit, ok := length(v); ok && far(x, unit) {
			d.setAway(true)
		}
	case "clip":
		d.setAway(strings.HasPrefix(strings.ReplaceAll(v, " ", ""), "rect(0") && !strings.Contains(v, "auto") && zeroRect(v))
	case "clip-path":
		if strings.Contains(v, "inset(50%") || strings.Contains(v, "inset(100%") || strings.Contains(v, "circle(0") {
			d.setAway(true)
		}
	case "transform":
		if strings.Contains(strings.ReplaceAll(v, " ", ""), "scale(0)") {
			d.setAway(true)
		}
	}
}

func (d *declared) setAway(away bool) {
	d.has |= hasAway
	d.away = d.away || away
}

// far says that something moved by x is off the screen.
func far(x float32, unit byte) bool {
	return unit == 'p' && x <= -500 || unit == 'e' && x <= -40 || unit == '%' && x <= -100
}

// zeroRect: rect(0 0 0 0), rect(0px, 0px, 1px, 1px).
func zeroRect(v string) bool {
	for f := range strings.FieldsFuncSeq(v, func(r rune) bool { return r == '(' || r == ')' || r == ',' || r == ' ' }) {
		if x, _, ok := length(f); ok && x > 1 {
			return false
		}
	}
	return true
}

func (d *declared) setSize(v string) {
	x, unit, ok := length(v)
	switch {
	case ok && unit == '%':
		d.size, d.unit = x/100, 'e'
	case ok:
		d.size, d.unit = x, unit
	case v == "smaller" || v == "larger":
		d.size, d.unit = 1, 'e'
	case strings.HasSuffix(v, "small") || strings.HasSuffix(v, "large") || v == "medium" || v == "initial":
		d.size, d.unit = 13, 'p'
	default:
		return
	}
	d.has |= hasSize
}

// length reads a CSS length; unit is 'p' (pixels), 'e' (em and rem) or '%'.
func length(v string) (x float32, unit byte, ok bool) {
	i := 0
	for i < len(v) && (v[i] >= '0' && v[i] <= '9' || v[i] == '.' || i == 0 && (v[i] == '-' || v[i] == '+')) {
		i++
	}
	x, ok = number(v[:i])
	if !ok {
		return 0, 0, false
	}
	switch v[i:] {
	case "", "px":
		return x, 'p', true
	case "pt":
		return x * 4 / 3, 'p', true
	case "pc":
		return x * 16, 'p', true
	case "in":
		return x * 96, 'p', true
	case "cm":
		return x * 37.8, 'p', true
	case "mm":
		return x * 3.78, 'p', true
	case "em", "rem", "ex", "ch":
		return x, 'e', true
	case "%":
		return x, '%', true
	case "vh", "vw":
		return x * 10, 'p', true
	}
	return 0, 0, false
}

func number(v string) (float32, bool) {
	if v == "" || len(v) > 32 {
		return 0, false
	}
	x, err := strconv.ParseFloat(v, 32)
	return float32(x), err == nil
}

func plainNumber(v string) bool { _, ok := number(v); return ok }

// parseColour reads one colour of CSS Color Module Level 4 as mails write it.
func parseColour(v string) (colour, bool) {
	v = strings.TrimSpace(v)
	switch {
	case v == "":
		return 0, false
	case v == "inherit" || v == "currentcolor" || v == "unset" || v == "auto":
		return 0, false
	case v == "transparent" || v == "none" || v == "initial":
		return transparent, true
	case v[0] == '#':
		return hexColour(v[1:])
	case strings.HasPrefix(v, "rgb"):
		_, args, ok := strings.Cut(v, "(")
		if !ok {
			return 0, false
		}
		var c colour
		n := 0
		for f := range strings.FieldsFuncSeq(strings.TrimSuffix(args, ")"), func(r rune) bool { return r == ',' || r == ' ' || r == '/' }) {
			x, unit, ok := length(f)
			if !ok {
				return 0, false
			}
			if n == 3 {
				if x <= 0.05 {
					return transparent, true
				}
				break
			}
			if unit == '%' {
				x *= 2.55
			}
			c = c<<8 | colour(min(max(x, 0), 255))
			n++
		}
		return c, n == 3
	}
	if c, ok := named(v); ok {
		return c, true
	}
	if len(v) == 6 || len(v) == 3 { // without #, as attributes have it
		return hexColour(v)
	}
	return 0, false
}

func firstColour(v string) (colour, bool) {
	if strings.Contains(v, "rgb") {
		return parseColour(v[strings.Index(v, "rgb"):][:strings.IndexByte(v[strings.Index(v, "rgb"):]+")", ')')+min(1, strings.Count(v, ")"))])
	}
	for w := range strings.FieldsSeq(v) {
		if c, ok := parseColour(w); ok && w != "none" && w != "initial" {
			return c, true
		}
	}
	return 0, false
}

func hexColour(v string) (colour, bool) {
	x, err := strconv.ParseUint(v, 16, 32)
	if err != nil {
		return 0, false
	}
	switch len(v) {
	case 3:
		return colour(x>>8&0xF*0x110000 | x>>4&0xF*0x1100 | x&0xF*0x11), true
	case 4:
		if x&0xF == 0 {
			return transparent, true
		}
		x >>= 4
		return colour(x>>8&0xF*0x110000 | x>>4&0xF*0x1100 | x&0xF*0x11), true
	case 6:
		return colour(x), true
	case 8:
		if x&0xFF <= 12 {
			return transparent, true
		}
		return colour(x >> 8), true
	}
	return 0, false
}

// named are the names of colours that are used to hide text, and the common
// others, so that a background is known.
func named(v string) (colour, bool) {
	switch v {
	case "white":
		return 0xFFFFFF, true
	case "snow":
		return 0xFFFAFA, true
	case "ghostwhite":
		return 0xF8F8FF, true
	case "whitesmoke":
		return 0xF5F5F5, true
	case "ivory":
		return 0xFFFFF0, true
	case "floralwhite":
		return 0xFFFAF0, true
	case "mintcream":
		return 0xF5FFFA, true
	case "azure":
		return 0xF0FFFF, true
	case "aliceblue":
		return 0xF0F8FF, true
	case "black", "windowtext":
		return 0x000000, true
	case "gray", "grey":
		return 0x808080, true
	case "lightgray", "lightgrey":
		return 0xD3D3D3, true
	case "silver":
		return 0xC0C0C0, true
	case "red":
		return 0xFF0000, true
	case "green":
		return 0x008000, true
	case "blue":
		return 0x0000FF, true
	case "navy":
		return 0x000080, true
	case "orange":
		return 0xFFA500, true
	case "yellow":
		return 0xFFFF00, true
	case "window":
		return 0xFFFFFF, true
	}
	return 0, false
}

func dropComments(css []byte) []byte {
	var out []byte
	for {
		before, rest, ok := bytes.Cut(css, []byte("/*"))
		out = append(out, before...)
		if !ok {
			return out
		}
		if _, css, ok = bytes.Cut(rest, []byte("*/")); !ok {
			return out
		}
	}
}

// unescapeCSS decodes backslash escapes: "d\69 splay" is "display".
func unescapeCSS(css []byte) []byte {
	out := make([]byte, 0, len(css))
	for i := 0; i < len(css); i++ {
		if css[i] != '\\' {
			out = append(out, css[i])
			continue
		}
		j := i + 1
		for j < len(css) && j < i+7 && isHex(css[j]) {
			j++
		}
		if x, err := strconv.ParseUint(string(css[i+1:j]), 16, 32); err == nil && x > 0 && x < 0x80 {
			out = append(out, byte(x))
			if j < len(css) && css[j] == ' ' {
				j++
			}
		}
		i = max(j-1, i)
	}
	return out
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'f'
}

// sheet is what style elements say of tags, classes and ids. Rules for one
// element, class or id only: those that depend on ancestors or on the screen
// are left out, which at worst shows text that some readers do not see.
type sheet struct {
	rules     map[string]declared // by "tag", ".class", "tag.class", "#id"
	important map[string]declared
	n         int
}

const maxRules = 2000

func (s *sheet) read(css []byte) {
	css = dropComments(css)
	for len(css) > 0 && s.n < maxRules {
		open := bytes.IndexByte(css, '{')
		if open < 0 {
			return
		}
		selector := bytes.TrimSpace(css[:open])
		if i := bytes.LastIndexByte(selector, ';'); i >= 0 { // @import ...; @charset ...;
			selector = bytes.TrimSpace(selector[i+1:])
		}
		selector = bytes.TrimSpace(bytes.TrimPrefix(selector, []byte("<!--")))
		body := css[open+1:]
		if len(selector) > 0 && selector[0] == '@' {
			if bytes.EqualFold(selector, []byte("@media all")) || bytes.EqualFold(selector, []byte("@media screen")) {
				css = body // its rules hold for every reader; the brace left over ends nothing
				continue
			}
			css = body[blockEnd(body):]
			continue
		}
		end := bytes.IndexByte(body, '}')
		if end < 0 {
			end = len(body)
		}
		css = body[min(end+1, len(body)):]
		normal, important := declarations(body[:end])
		if normal.has|important.has == 0 {
			continue
		}
		for one := range bytes.SplitSeq(selector, []byte(",")) {
			s.n++
			if key := simple(one); key != "" && s.n < maxRules {
				if s.rules == nil {
					s.rules, s.important = map[string]declared{}, map[string]declared{}
				}
				if normal.has != 0 {
					s.rules[key] = normal.over(s.rules[key])
				}
				if important.has != 0 {
					s.important[key] = important.over(s.important[key])
				}
			}
		}
	}
}

// blockEnd is the length of a block up to and with its closing brace.
func blockEnd(css []byte) int {
	depth := 1
	for i, c := range css {
		switch c {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
	return len(css)
}

// simple is the key of a selector that names one element, class or id; "" for
// all others.
func simple(selector []byte) string {
	s := strings.TrimLeft(strings.TrimSpace(string(selector)), "}")
	s = strings.TrimSpace(s)
	if s == "" || len(s) > 100 || strings.ContainsAny(s, " >+~:[*\t\n\r") || strings.Count(s, ".")+strings.Count(s, "#") > 1 {
		return ""
	}
	if i := strings.IndexAny(s, ".#"); i > 0 {
		if s[i] == '#' {
			return s[i:]
		}
		return strings.ToLower(s[:i]) + s[i:]
	} else if i < 0 {
		return strings.ToLower(s)
	}
	return s
}
