package attach

import "strings"

// maxCalendarLines is how many lines with links are read in the calendars of one mail.
const maxCalendarLines = 2000

// calendar examines an iCalendar object (RFC 5545): its links and organizers.
func (x *examiner) calendar(s subject) string {
	text := string(x.search(asUTF8(s.body)))
	// unfold, §3.1
	text = strings.NewReplacer("\r\n ", "", "\r\n\t", "", "\n ", "", "\n\t", "").Replace(text)
	for line := range strings.SplitSeq(text, "\n") {
		line = strings.TrimRight(line, "\r")
		head, value, ok := cutProperty(line)
		if !ok {
			continue
		}
		name, params, _ := strings.Cut(head, ";")
		switch strings.ToUpper(name) {
		case "ORGANIZER":
			x.organizer(value)
		case "ATTACH":
			if strings.Contains(strings.ToUpper(params), "ENCODING=BASE64") {
				continue
			}
			x.calendarLinks(s, value)
		case "URL", "DESCRIPTION", "SUMMARY", "LOCATION", "COMMENT", "CONTACT", "CONFERENCE", "X-ALT-DESC", "STYLED-DESCRIPTION",
			"X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "X-MICROSOFT-ONLINEMEETINGEXTERNALLINK":
			x.calendarLinks(s, value)
		}
	}
	return ""
}

// cutProperty divides a content line at the first colon outside quotes.
func cutProperty(line string) (head, value string, ok bool) {
	quoted := false
	for i := range len(line) {
		switch line[i] {
		case '"':
			quoted = !quoted
		case ':':
			if !quoted {
				return line[:i], line[i+1:], true
			}
		}
		if i > 4096 {
			break
		}
	}
	return "", "", false
}

func (x *examiner) organizer(value string) {
	if len(value) > 7 && strings.EqualFold(value[:7], "mailto:") {
		value = value[7:]
	}
	value = cut(strings.ToLower(strings.TrimSpace(value)), maxPathBytes)
	if !strings.Contains(value, "@") || len(x.Organizers) >= 20 {
		return
	}
	for _, o := range x.Organizers {
		if o == value {
			return
		}
	}
	x.Organizers = append(x.Organizers, value)
}

// unescapeText undoes the escapes of TEXT values, RFC 5545 §3.3.11.
var unescapeText = strings.NewReplacer(`\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\\`, `\`)

func (x *examiner) calendarLinks(s subject, value string) {
	if len(x.Links) >= maxLinks || !strings.Contains(value, "://") {
		return
	}
	if x.calendarLines++; x.calendarLines > maxCalendarLines {
		x.stop("search_cut", "more text than is searched")
		return
	}
	for _, u := range urlsIn(entities.Replace(unescapeText.Replace(value)), 20) {
		if x.link(u) {
			x.find("ics_link", s, u)
		}
	}
}
