package letter

import (
	"fmt"
	"html"
	"math/rand/v2"
	"strings"
)

// HTML is the form for programs that show it, as one of the programs that
// write it would have.
func (l *Letter) HTML() string {
	var b strings.Builder
	w := &htmlWriter{b: &b, l: l, r: rand.New(rand.NewPCG(uint64(len(l.Subject)), uint64(l.Time.Unix())))}
	switch l.Form {
	case "news":
		w.newsletter()
	case "heavy":
		w.heavy()
	case "notice":
		w.notice()
	default:
		w.letter()
	}
	return b.String()
}

type htmlWriter struct {
	b *strings.Builder
	l *Letter
	r *rand.Rand
}

func (w *htmlWriter) f(format string, args ...any) { fmt.Fprintf(w.b, format, args...) }

// letter is what a person's mail program writes.
func (w *htmlWriter) letter() {
	switch w.r.IntN(3) {
	case 0:
		w.f("<div dir=\"ltr\">")
		w.blocks("<div>%s</div><div><br></div>\n")
		w.f("</div>\n")
	case 1:
		w.f("<html xmlns:o=\"urn:schemas-microsoft-com:office:office\"><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">\n<style><!--\np.MsoNormal {margin:0cm; font-size:11.0pt; font-family:\"Calibri\",sans-serif;}\n--></style></head><body lang=\"%s\" link=\"#0563C1\"><div class=\"WordSection1\">\n", w.l.Family.Language)
		w.blocks("<p class=\"MsoNormal\">%s<o:p></o:p></p><p class=\"MsoNormal\"><o:p>&nbsp;</o:p></p>\n")
		w.f("</div></body></html>\n")
	default:
		w.f("<html><head>\n<meta http-equiv=\"content-type\" content=\"text/html; charset=UTF-8\">\n</head>\n<body>\n")
		w.blocks("<p>%s</p>\n")
		w.f("</body>\n</html>\n")
	}
	w.hidden()
}

var colours = []string{"#0a66c2", "#1a73e8", "#005ea5", "#c8102e", "#2e7d32", "#6a1b9a", "#222222", "#0093d5", "#e65100", "#00796b"}

// notice is a card with a line of colour, as services send it.
func (w *htmlWriter) notice() {
	c := pick(w.r, colours)
	w.f("<!DOCTYPE html><html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"><title>%s</title></head>\n<body style=\"margin:0;background:#f4f4f4;font-family:Arial,Helvetica,sans-serif\">\n", w.l.Family.Language, html.EscapeString(w.l.Subject))
	w.hidden()
	w.f("<table role=\"presentation\" width=\"100%%\" cellpadding=\"0\" cellspacing=\"0\"><tr><td align=\"center\">\n<table role=\"presentation\" width=\"%d\" style=\"background:#ffffff;border-top:4px solid %s;margin:24px 0\"><tr><td style=\"padding:24px\">\n", 520+20*w.r.IntN(6), c)
	if w.r.IntN(2) == 0 {
		w.f("<img src=\"%s/logo.png\" alt=\"%s\" width=\"120\" style=\"display:block;margin-bottom:16px\">\n", w.home(), html.EscapeString(w.l.From.Name))
	} else {
		w.f("<div style=\"font-size:20px;font-weight:bold;color:%s;padding-bottom:12px\">%s</div>\n", c, html.EscapeString(w.l.From.Name))
	}
	w.blocks("<p style=\"font-size:15px;line-height:22px;color:#333333\">%s</p>\n")
	w.f("</td></tr></table>\n</td></tr></table>\n")
	w.pixel()
	w.f("</body></html>\n")
}

// newsletter has a preheader, columns and a foot.
func (w *htmlWriter) newsletter() {
	c := pick(w.r, colours)
	w.f("<!doctype html>\n<html lang=\"%s\" xmlns=\"http://www.w3.org/1999/xhtml\"><head><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"><title>%s</title>\n<style type=\"text/css\">body{margin:0;padding:0}img{border:0;display:block}a{color:%s}.pre{display:none!important;font-size:1px;max-height:0;overflow:hidden}@media only screen and (max-width:600px){.w{width:100%%!important}}</style></head><body bgcolor=\"#eeeeee\">\n", w.l.Family.Language, html.EscapeString(w.l.Subject), c)
	w.f("<span class=\"pre\">%s</span>\n", html.EscapeString(first(w.l.blocks)))
	w.hidden()
	w.f("<table class=\"w\" width=\"640\" align=\"center\" bgcolor=\"#ffffff\" cellpadding=\"0\" cellspacing=\"0\">\n<tr><td bgcolor=\"%s\" style=\"padding:18px\"><img src=\"%s/img/header-%d.png\" width=\"600\" alt=\"%s\"></td></tr>\n", c, w.home(), w.r.IntN(1000), html.EscapeString(w.l.From.Name))
	w.blocks("<tr><td style=\"padding:12px 24px;font-family:Georgia,'Times New Roman',serif;font-size:16px;line-height:1.5\">%s</td></tr>\n")
	w.f("</table>\n")
	w.pixel()
	w.f("</body></html>\n")
}

// heavy is what marketing programs and some phishing kits write: style sheets,
// conditional comments and tables in tables, much longer than its text.
func (w *htmlWriter) heavy() {
	w.f("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Transitional//EN\" \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-transitional.dtd\">\n<html><head><!--[if gte mso 9]><xml><o:OfficeDocumentSettings><o:AllowPNG/><o:PixelsPerInch>96</o:PixelsPerInch></o:OfficeDocumentSettings></xml><![endif]--><meta http-equiv=\"Content-Type\" content=\"text/html; charset=UTF-8\"/>\n<style type=\"text/css\">\n")
	for range 20 + w.r.IntN(80) {
		w.f(".c%s{padding:%dpx %dpx;margin:0;color:#%06x;font-size:%dpx;line-height:%d%%;mso-line-height-rule:exactly}\n", letters(w.r, 4), w.r.IntN(40), w.r.IntN(40), w.r.IntN(1<<24), 10+w.r.IntN(20), 100+w.r.IntN(60))
	}
	w.f("</style></head><body style=\"width:100%%\">\n")
	w.hidden()
	n := 2 + w.r.IntN(4)
	for range n {
		w.f("<table border=\"0\" cellpadding=\"0\" cellspacing=\"0\" width=\"100%%\" class=\"c%s\"><tbody><tr><td valign=\"top\" style=\"mso-table-lspace:0pt\">", letters(w.r, 4))
	}
	w.blocks("<table width=\"100%%\"><tbody><tr><td class=\"mcnTextContent\" style=\"word-break:break-word;color:#202020;font-family:Helvetica;font-size:16px\">%s</td></tr></tbody></table>\n")
	for range n {
		w.f("</td></tr></tbody></table>")
	}
	w.pixel()
	w.f("</body></html>\n")
}

// blocks writes the text, each paragraph within the given frame.
func (w *htmlWriter) blocks(frame string) {
	for _, bl := range w.l.blocks {
		var s string
		text := w.links(html.EscapeString(w.l.veil(bl.text)))
		switch bl.kind {
		case list:
			s = "<ul><li>" + strings.ReplaceAll(text, "\n", "</li><li>") + "</li></ul>"
		case quote:
			w.f("<blockquote style=\"border-left:1px solid #ccc;padding-left:1ex\">%s</blockquote>\n", strings.ReplaceAll(text, "\n", "<br>\n"))
			continue
		case button:
			s = fmt.Sprintf("<a href=\"%s\" style=\"background:%s;color:#ffffff;padding:12px 24px;border-radius:4px;text-decoration:none;display:inline-block\">%s</a>", html.EscapeString(bl.url), pick(w.r, colours), text)
			if w.l.Form == "both" || w.l.Form == "html" {
				s = fmt.Sprintf("<a href=\"%s\">%s</a>", html.EscapeString(bl.url), text)
			}
		case picture:
			src := fmt.Sprintf("%s/img/%s.jpg", w.home(), letters(w.r, 6))
			if w.l.tricks["inline"] {
				src = "cid:" + imageID
			}
			s = fmt.Sprintf("<img src=\"%s\" alt=\"%s\" width=\"%d\">", src, text, 200+w.r.IntN(400))
			if w.l.URL != "" {
				s = fmt.Sprintf("<a href=\"%s\">%s</a>", html.EscapeString(w.l.URL), s)
			}
		case rule:
			s = "<hr>"
		case small:
			s = "<span style=\"font-size:11px;color:#888888\">" + strings.ReplaceAll(text, "\n", "<br>") + "</span>"
		case heading:
			s = "<h1 style=\"font-size:22px\">" + text + "</h1>"
		case verbatim:
			s = "<pre>" + text + "</pre>"
		case rows:
			s = "<table><tr><td>" + strings.NewReplacer(";", "</td><td>", "\n", "</td></tr>\n<tr><td>").Replace(text) + "</td></tr></table>"
		default:
			s = strings.ReplaceAll(text, "\n", "<br>\n")
		}
		w.f(frame, s)
	}
}

// links makes addresses of pages clickable.
func (w *htmlWriter) links(s string) string {
	if !strings.Contains(s, "://") {
		return s
	}
	words := strings.FieldsFunc(s, func(c rune) bool { return c == ' ' || c == '\n' })
	for _, x := range words {
		if u := strings.TrimRight(x, ".,;)"); strings.HasPrefix(u, "http://") || strings.HasPrefix(u, "https://") {
			s = strings.Replace(s, u, "<a href=\""+u+"\">"+u+"</a>", 1)
		}
	}
	return s
}

func (w *htmlWriter) home() string {
	u := w.l.URL
	if u == "" {
		return "https://img." + business(w.r) + ".example"
	}
	i := strings.IndexByte(u[8:], '/')
	if i < 0 {
		return u
	}
	return u[:8+i]
}

func (w *htmlWriter) pixel() {
	w.f("<img src=\"%s/o/%s.gif\" width=\"1\" height=\"1\" alt=\"\">\n", w.home(), token(w.r, 20))
}

// hidden writes what only filters read.
func (w *htmlWriter) hidden() {
	if w.l.tricks["search_box"] {
		w.f("<form action=\"%s/search\" method=\"get\"><input type=\"text\" name=\"q\"><input type=\"submit\" value=\"Search\"></form>\n", w.home())
	}
	if w.l.tricks["ld_json"] {
		w.f("<script type=\"application/ld+json\">{\"@context\":\"https://schema.org\",\"@type\":\"EmailMessage\"}</script>\n")
	}
	pad := w.l.padding()
	if pad == "" {
		return
	}
	w.f("<div style=\"%s\">%s</div>\n", pick(w.r, []string{"display:none", "font-size:0px;line-height:0", "color:#ffffff;font-size:1px", "max-height:0;overflow:hidden;opacity:0", "visibility:hidden;position:absolute;left:-9999px"}), html.EscapeString(pad))
}

func first(blocks []block) string {
	for _, b := range blocks {
		if b.kind == paragraph && len(b.text) > 20 {
			return b.text
		}
	}
	return ""
}
