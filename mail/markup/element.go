package markup

import "strings"

// kind is an element, or a group of elements that end in the same way.
type kind uint8

const (
	none kind = iota
	htmlTag
	body
	table
	tbody
	tr
	td
	caption
	para
	block // ends open paragraphs
	list
	li
	blockquote
	form
	object
	anchor
	font
	bold // b, i, u and the other formatting elements
	italic
	underline
	strong
	em
	code
	strike
	small
	big
	span
	label
	template
	button
	textarea
	selectTag
	head
	// without content
	br
	base
	meta
	area
	img
	input
	other // link, hr, col ...
	// with content that is no markup
	script
	scriptTag
	styleTag
	title
	iframe
	embed
	nKinds
)

var kinds = map[string]kind{
	"html": htmlTag, "body": body, "head": head,
	"table": table, "tbody": tbody, "thead": tbody, "tfoot": tbody, "tr": tr, "td": td, "th": td, "caption": caption,
	"p": para, "div": block, "center": block, "section": block, "article": block, "header": block, "footer": block,
	"main": block, "nav": block, "aside": block, "address": block, "fieldset": block, "figure": block, "figcaption": block,
	"details": block, "summary": block, "pre": block, "h1": block, "h2": block, "h3": block, "h4": block, "h5": block,
	"h6": block, "dialog": block, "hgroup": block, "search": block, "dl": list, "ul": list, "ol": list, "menu": list,
	"dir": list, "li": li, "dd": li, "dt": li, "blockquote": blockquote, "form": form, "object": object, "marquee": object,
	"a": anchor, "font": font, "b": bold, "i": italic, "u": underline, "strong": strong, "em": em, "code": code, "tt": code,
	"s": strike, "strike": strike, "nobr": strike, "small": small, "big": big, "span": span, "label": label,
	"template": template, "button": button, "textarea": textarea, "select": selectTag,
	"br": br, "base": base, "meta": meta, "area": area, "img": img, "image": img, "input": input,
	"link": other, "hr": other, "col": other, "param": other, "source": other, "track": other, "wbr": other, "bgsound": other,
	"basefont": other, "frame": other, "keygen": other,
	"script": script, "style": styleTag, "title": title, "noembed": title, "noframes": title, "iframe": iframe, "embed": embed,
}

// inTable are elements in which text has no place.
func inTable(k kind) bool { return k == table || k == tbody || k == tr }

func blocks(k kind) bool {
	return k >= table && k <= form || k == body || k == htmlTag
}

func formats(k kind) bool { return k >= anchor && k <= big }

func inline(k kind) bool { return k >= anchor && k <= label }

func void(k kind) bool { return k >= br && k <= other || k == embed }

// never are elements whose content no mail program shows.
func never(k kind) bool { return k == template }

// quotes are the elements in which mail programs put what they quote.
func quotes(k kind, a *attributes) bool {
	if k == blockquote {
		return true
	}
	if a.class == "" && a.id == "" {
		return false
	}
	for _, mark := range [...]string{"gmail_quote", "gmail_attr", "yahoo_quoted", "moz-cite-prefix", "moz-forward-container",
		"protonmail_quote", "tutanota_quote", "zmail_extra", "ms-outlook-mobile-reference-message", "mail-editor-reference-message-container"} {
		if strings.Contains(a.class, mark) || strings.HasSuffix(a.id, mark) {
			return true
		}
	}
	return false
}

// quotesRest are the elements after which Outlook quotes without an element
// around it.
func quotesRest(a *attributes) bool {
	if a.class == "" && a.id == "" {
		return false
	}
	return strings.Contains(a.class, "OutlookMessageHeader") || strings.HasSuffix(a.id, "divRplyFwdMsg") ||
		strings.HasSuffix(a.id, "appendonsend") || strings.HasSuffix(a.id, "OLK_SRC_BODY_SECTION")
}
