package letter

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"mime"
	"mime/quotedprintable"
	"strings"
)

// Bytes is the mail (RFC 5322, RFC 2045), lines ending in \n, as a receiver
// keeps it: with the lines that servers put above, and the line
// X-Pumphandle-Synthetic, which every mail of ours has.
func (l *Letter) Bytes() []byte {
	l.r = rand.New(rand.NewPCG(l.seed, 0)) // the same bytes at every call
	contentHeader, body := l.content()
	var b bytes.Buffer
	l.trace(&b, body)
	field := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, value)
		}
	}
	field("From", address(l.From, l.tricks["base64"]))
	if l.tricks["undisclosed"] {
		field("To", "undisclosed-recipients:;")
	} else {
		field("To", addresses(l.To))
	}
	field("Cc", addresses(l.Cc))
	if l.ReplyTo.Email != "" {
		field("Reply-To", address(l.ReplyTo, false))
	}
	field("Subject", word(l.Subject, l.tricks["base64"]))
	field("Date", l.Time.In(zone(l.From.Email)).Format("Mon, 02 Jan 2006 15:04:05 -0700"))
	field("Message-ID", "<"+l.MessageID+">")
	if l.InReplyTo != "" {
		field("In-Reply-To", "<"+l.InReplyTo+">")
		field("References", "<"+strings.Join(l.References, ">\n <")+">")
	}
	l.software(field)
	field("X-Pumphandle-Synthetic", string(l.Family.Class))
	field("MIME-Version", "1.0")
	b.WriteString(contentHeader)
	b.WriteByte('\n')
	b.WriteString(body)
	return b.Bytes()
}

func address(a Address, base64 bool) string {
	if a.Name == "" {
		return "<" + a.Email + ">"
	}
	name := word(a.Name, base64 || strings.ContainsAny(a.Name, ",|()@<>\"")) // Q would leave these as they are
	if name == a.Name && strings.ContainsAny(name, `,|()@.<>"`) {
		name = `"` + strings.NewReplacer(`"`, `\"`, `\`, `\\`).Replace(name) + `"`
	}
	return name + " <" + a.Email + ">"
}

func addresses(all []Address) string {
	var s []string
	for _, a := range all {
		s = append(s, address(a, false))
	}
	return strings.Join(s, ",\n ")
}

// word encodes a header's text where it needs to be (RFC 2047).
func word(s string, base64 bool) string {
	e := mime.QEncoding
	if base64 {
		e = mime.BEncoding
	}
	return strings.ReplaceAll(e.Encode("utf-8", s), "?= =?", "?=\n =?")
}

// content makes the header lines of the content and the body.
func (l *Letter) content() (header, body string) {
	var p []string
	plain := func() string { return l.textPart("text/plain", l.Plain()) }
	html := func() string { return l.textPart("text/html", l.HTML()) }
	switch l.Form {
	case "plain":
		p = []string{plain()}
	case "both":
		p = []string{plain(), html()}
	case "news", "heavy", "notice":
		if !l.Family.Class.Hostile() && !l.tricks["html_alone"] || l.Family.Class.Hostile() && l.r.IntN(2) == 0 {
			p = []string{plain(), html()}
		} else {
			p = []string{html()}
		}
	default:
		p = []string{html()}
	}
	whole := p[0]
	if len(p) > 1 {
		whole = l.multipart("alternative", p)
	}
	if len(l.attached) > 0 {
		kind, parts := "mixed", []string{whole}
		for _, a := range l.attached {
			if a.inline {
				kind = "related"
			}
			parts = append(parts, a.part())
		}
		whole = l.multipart(kind, parts)
	}
	header, body, _ = strings.Cut(whole, "\n\n")
	return header + "\n", body
}

func (l *Letter) multipart(kind string, parts []string) string {
	edge := []string{"_000_" + strings.ToUpper(token(l.r, 20)) + "_", "0000000000" + hexes(l.r, 18), "----=_Part_" + fmt.Sprint(l.r.IntN(1e8)), "------------" + token(l.r, 24)}[l.r.IntN(4)]
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: multipart/%s; boundary=\"%s\"\n\n", kind, edge)
	for _, p := range parts {
		fmt.Fprintf(&b, "--%s\n%s\n", edge, strings.TrimSuffix(p, "\n"))
	}
	fmt.Fprintf(&b, "--%s--\n", edge)
	return b.String()
}

// textPart encodes a text as its writer's program would.
func (l *Letter) textPart(kind, s string) string {
	charset := "utf-8"
	if l.tricks["charset"] {
		charset = "iso-8859-1"
		if latin, ok := latin1(s); ok {
			s = latin
		} else {
			charset = pick(l.r, []string{"us-ascii", "windows-1251", "unknown-8bit", "utf8"})
		}
	}
	var b strings.Builder
	fmt.Fprintf(&b, "Content-Type: %s; charset=%s\n", kind, []string{charset, `"` + strings.ToUpper(charset) + `"`, `"` + charset + `"`}[len(l.Subject)%3])
	route := senders[l.Sender].route
	switch {
	case l.tricks["base64"] || !ascii(s) && (l.Family.Language == "ko" || l.Family.Language == "hi" || route == viaM365 && l.Form != "plain"):
		b.WriteString("Content-Transfer-Encoding: base64\n\n")
		writeBase64(&b, []byte(s))
	case ascii(s) && longest(s) < 900:
		b.WriteString("Content-Transfer-Encoding: 7bit\n\n")
		b.WriteString(s)
	default:
		b.WriteString("Content-Transfer-Encoding: quoted-printable\n\n")
		var q bytes.Buffer
		w := quotedprintable.NewWriter(&q)
		_, _ = w.Write([]byte(s)) // a bytes.Buffer does not fail
		_ = w.Close()
		b.WriteString(strings.ReplaceAll(q.String(), "\r\n", "\n"))
	}
	return b.String()
}

func (a attachment) part() string {
	var b strings.Builder
	name := mime.BEncoding.Encode("utf-8", a.name)
	if a.inline {
		fmt.Fprintf(&b, "Content-Type: %s; name=\"image001.png\"\nContent-ID: <%s>\nContent-Disposition: inline; filename=\"image001.png\"\n", a.mime, a.name)
	} else {
		fmt.Fprintf(&b, "Content-Type: %s; name=\"%s\"\nContent-Disposition: attachment; filename=\"%s\"\n", a.mime, name, name)
	}
	b.WriteString("Content-Transfer-Encoding: base64\n\n")
	writeBase64(&b, a.content)
	return b.String()
}

func writeBase64(b *strings.Builder, content []byte) {
	s := base64.StdEncoding.EncodeToString(content)
	for len(s) > 76 {
		b.WriteString(s[:76])
		b.WriteByte('\n')
		s = s[76:]
	}
	b.WriteString(s)
	b.WriteByte('\n')
}

func ascii(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= 0x80 {
			return false
		}
	}
	return true
}

func longest(s string) int {
	n := 0
	for line := range strings.SplitSeq(s, "\n") {
		n = max(n, len(line))
	}
	return n
}

func latin1(s string) (string, bool) {
	b := make([]byte, 0, len(s))
	for _, c := range s {
		if c > 0xff {
			return "", false
		}
		b = append(b, byte(c))
	}
	return string(b), true
}

// bodyHash is bh= of a DKIM signature with the relaxed body (RFC 6376 §3.4.4),
// so that a reader who checks it finds the mail unaltered.
func bodyHash(body string) string {
	var b bytes.Buffer
	empty := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(body, "\n"), "\n") {
		line = strings.TrimRight(line, " \t\r")
		if line == "" {
			empty++
			continue
		}
		for ; empty > 0; empty-- {
			b.WriteString("\r\n")
		}
		blank := false
		for i := 0; i < len(line); i++ {
			c := line[i]
			if c == ' ' || c == '\t' {
				blank = true
				continue
			}
			if blank {
				b.WriteByte(' ')
				blank = false
			}
			b.WriteByte(c)
		}
		b.WriteString("\r\n")
	}
	sum := sha256.Sum256(b.Bytes())
	return base64.StdEncoding.EncodeToString(sum[:])
}

// Attachment is a file of a letter, as a gateway's log names it.
type Attachment struct {
	Name, Type, SHA256 string
	Size               int
}

// Attachments are the files of the letter.
func (l *Letter) Attachments() []Attachment {
	var all []Attachment
	for _, a := range l.attached {
		sum := sha256.Sum256(a.content)
		kind, _, _ := strings.Cut(a.mime, ";")
		all = append(all, Attachment{a.name, kind, fmt.Sprintf("%x", sum), len(a.content)})
	}
	return all
}
