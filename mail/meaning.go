package mail

import (
	"strings"
	"unicode/utf8"
)

// meaning reads the fields of the mail's own header. Of a field that may stand
// once only the first counts (RFC 5322 §3.6); that it stands twice is noted,
// because programs differ in which one they show.
func (p *parser) meaning() {
	m := &p.msg
	var seen struct{ from, subject, date, id, sender, to, replyTo, returnPath, inReplyTo, references bool }
	once := func(had *bool, name string) bool {
		if *had {
			p.problem(name+"_twice", "the mail has more than one "+name+" field: the first counts")
			return false
		}
		*had = true
		return true
	}
	dated := false
	for i := range m.Header {
		name, value := m.Header[i].Name, m.Header[i].Value
		switch lowerName(name) {
		case "from":
			if once(&seen.from, "from") {
				m.From = p.list(m.From, value)
			}
		case "subject":
			if once(&seen.subject, "subject") {
				m.Subject = p.codes.decodeWords(value, p.unknown)
			}
		case "date":
			if once(&seen.date, "date") {
				var odd bool
				if m.Time, odd, dated = ParseDate(value); odd {
					p.problem("odd_date", "the date has a wrong weekday or an impossible zone")
				}
			}
		case "message-id":
			if once(&seen.id, "message_id") {
				m.MessageID = messageID(p.codes.plain(value, p.unknown))
			}
		case "sender":
			if once(&seen.sender, "sender") {
				if list, _ := p.codes.addresses(nil, value, p.unknown, 1); len(list) > 0 {
					m.Sender = list[0]
				}
			}
		case "reply-to":
			if once(&seen.replyTo, "reply_to") {
				m.ReplyTo = p.list(m.ReplyTo, value)
			}
		case "to":
			if seen.to {
				p.problem("to_twice", "the mail has more than one to field")
			}
			seen.to = true
			m.To = p.list(m.To, value) // harmless, and all are recipients
		case "cc":
			m.Cc = p.list(m.Cc, value)
		case "return-path":
			if !seen.returnPath { // each server on the way may leave one
				seen.returnPath = true
				m.ReturnPath = p.envelope(value)
			}
		case "delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to":
			if a := p.envelope(value); a != "" && a != "<>" && len(m.DeliveredTo) < MaxAddresses && !contains(m.DeliveredTo, a) {
				m.DeliveredTo = append(m.DeliveredTo, a)
			}
		case "in-reply-to":
			if once(&seen.inReplyTo, "in_reply_to") {
				m.InReplyTo = p.ids(m.InReplyTo, value)
			}
		case "references":
			if once(&seen.references, "references") {
				m.References = p.ids(m.References, value)
			}
		case "received":
			if len(m.Hops) == maxHops {
				p.problem("too_many_hops", "more than a hundred servers have passed the mail on")
				break
			}
			if h, ok := parseReceived(value); ok {
				h.Field = i
				m.Hops = append(m.Hops, h)
			}
		}
	}
	if len(m.Hops) > 0 {
		m.Arrived = m.Hops[0].Time
	}
	if m.Time.IsZero() && !dated {
		if seen.date {
			p.problem("bad_date", "the date cannot be read")
		}
		m.Time = m.Arrived
	}
	if !seen.from {
		p.problem("no_from", "the mail does not say who it is from")
	}
}

// lowerName returns a short name in lower case, without an allocation for
// those that are looked for.
func lowerName(name string) string {
	if len(name) > 16 {
		return ""
	}
	for _, known := range [...]string{
		"received", "from", "to", "subject", "date", "message-id", "cc", "sender", "reply-to", "return-path",
		"delivered-to", "x-original-to", "envelope-to", "x-envelope-to", "x-delivered-to", "in-reply-to", "references",
	} {
		if isName(name, known) {
			return known
		}
	}
	return ""
}

func (p *parser) list(into []Address, value string) []Address {
	list, more := p.codes.addresses(into, value, p.unknown, MaxAddresses)
	if more {
		p.problem("too_many_addresses", "more addresses than are read")
	}
	return list
}

// envelope reads the address of a field that a server wrote, in lower case.
func (p *parser) envelope(value string) string {
	if strings.TrimSpace(value) == "<>" {
		return "<>"
	}
	list, _ := p.codes.addresses(nil, value, p.unknown, 1)
	if len(list) == 0 {
		return ""
	}
	return strings.ToLower(list[0].Email)
}

// ids reads message ids (RFC 5322 §3.6.4) and keeps the first and the newest.
func (p *parser) ids(into []string, value string) []string {
	value = p.codes.plain(value, p.unknown)
	for {
		open := strings.IndexByte(value, '<')
		if open < 0 {
			break
		}
		size := strings.IndexByte(value[open:], '>')
		if size < 0 {
			break
		}
		if id := onLine(squeeze(value[open+1 : open+size])); id != "" {
			if len(into) == MaxReferences {
				copy(into[1:], into[2:])
				into = into[:MaxReferences-1]
			}
			into = append(into, id)
		}
		value = value[open+size+1:]
	}
	if len(into) == 0 && !strings.ContainsAny(value, " \t<") && strings.Contains(value, "@") {
		into = append(into, onLine(value))
	}
	return into
}

// maxLine is how many bytes of a name, an address or a message id are kept: what
// fits on a line (RFC 5322 §2.1.1).
const maxLine = 998

// onLine cuts a text to what fits on a line, between letters.
func onLine(s string) string {
	if len(s) <= maxLine {
		return s
	}
	n := maxLine
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

func messageID(value string) string {
	value = strings.TrimSpace(value)
	if open := strings.IndexByte(value, '<'); open >= 0 {
		if size := strings.IndexByte(value[open:], '>'); size > 0 {
			return onLine(strings.TrimSpace(value[open+1 : open+size]))
		}
	}
	return onLine(strings.Trim(value, "<>"))
}

func contains(list []string, s string) bool {
	for _, v := range list {
		if v == s {
			return true
		}
	}
	return false
}
