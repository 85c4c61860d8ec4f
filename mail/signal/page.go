package signal

import (
	"fmt"
	"strings"
)

// shown notes how the mail is made: what its reader sees and does not see.
func (x *exam) shown() {
	p := x.page
	html, plain := p.HTML, p.Plain != "" || !p.HTML
	switch {
	case html && !plain:
		x.note("html_only", 1, "")
	case !html && len(x.m.Texts) > 0:
		x.note("plain_only", 1, "")
	}
	if p.ImageOnly {
		x.note("image_only", 1, "")
	}
	if p.HiddenBytes > 300 && p.HiddenBytes*4 > p.VisibleBytes {
		share := float64(p.HiddenBytes) / float64(p.HiddenBytes+p.VisibleBytes)
		x.note("hidden_text", min(1, 1.5*share), fmt.Sprintf("%.0f %%", 100*share))
	}
	if p.Diverges > .6 {
		x.note("texts_differ", p.Diverges, "")
	}
	if p.Words < 8 && !p.ImageOnly {
		x.note("no_text", 1, "")
	}
	if len(p.Forms) > 0 {
		x.note("form", 1, "")
	}
	for _, f := range p.Forms {
		if f.Password {
			x.note("password_field", 1, "")
			break
		}
	}
	if p.Scripts {
		x.note("script", 1, "")
	}
	if len(p.Smuggling) > 1 {
		x.note("smuggling", 1, "")
	}
	for _, to := range x.people() {
		if strings.Contains(x.lower, to) {
			x.note("names_recipient", 1, to)
			break
		}
	}
	if p.Quoted && !x.forwarded && !x.imitates && (len(x.m.InReplyTo) > 0 || len(x.m.References) > 0) {
		x.note("quoted_thread", 1, "")
	}
}
