package signal

import (
	"regexp"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/mail"
	"github.com/pumphandle/pumphandle/mail/identity"
)

// forwardMarks are how mail programs begin the subject of a forwarded mail.
var forwardMarks = []string{"fw:", "fwd:", "wg:", "tr:", "rv:", "enc:", "i:", "vb:", "doorst:", "전달:", "fw：", "转发:", "轉寄:"}

// forwardedFrom is the line of a forwarded mail's head that names its sender,
// as mail programs of our languages write it.
var forwardedFrom = regexp.MustCompile(`(?mi)^[ \t>*]*(?:from|von|de|da|van|från|fra|보낸 ?사람|보낸이|प्रेषक|差出人|发件人|寄件者)[ \t*]*:[ \t*]*(.{3,300})$`)

// forward finds out whether the mail only passes on another, as people do who
// ask whether it is real. Then the other is what is judged: its text, its links
// and the sender that its head names, which nobody has proved.
func (x *exam) forward() {
	marked := beginsWithAny(strings.ToLower(strings.TrimSpace(x.m.Subject)), forwardMarks)
	if !marked || !x.page.Quoted && !x.attachedMail() || len(strings.Fields(x.page.Own)) > 60 && len(x.page.Own) < len(x.page.Visible) {
		return
	}
	x.forwarded = true
	if m := forwardedFrom.FindStringSubmatch(x.page.Visible); m != nil {
		if at := addressIn(m[1]); at != "" {
			name := strings.Trim(strings.SplitN(m[1], "<", 2)[0], ` "'*[`)
			if strings.Contains(name, at) {
				name = ""
			}
			x.f.Origin = mail.Address{Name: cut(name, maxDetail), Email: strings.ToLower(at)}
		}
	}
}

// attachedMail reports whether texts of an attached message are shown.
func (x *exam) attachedMail() bool {
	return slices.ContainsFunc(x.m.Texts, func(t mail.Text) bool { return t.Depth > 0 })
}

// text is what the mail itself says, or the mail that it passes on.
func (x *exam) text() string {
	if x.forwarded {
		return x.page.Visible
	}
	return x.page.Own
}

// from is who is judged: the sender, or whom a forwarded mail names as its own.
func (x *exam) from() (a mail.Address, domain string) {
	if x.forwarded && x.f.Origin.Email != "" {
		return x.f.Origin, identity.Registrable(domainOf(x.f.Origin.Email))
	}
	return x.f.From, x.f.Domain
}
