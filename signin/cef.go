package signin

import (
	"strings"
	"time"
)

// cefRecord is a message in the Common Event Format of ArcSight, in which
// products of many makers can write their logs:
//
//	CEF:0|Fortinet|Fortigate|v7.4.3|39426|event:vpn ssl-login-fail|7|deviceExternalId=… src=192.0.2.1 duser=ana
//
// Its keys are in part those of the format, in part those of the product, with a
// prefix (ArcSight Common Event Format, Implementation Standard).
type cefRecord struct {
	vendor string
	event  string // the number of the event, or what the product has in its place
	name   string
	pairs  string
}

// maxCEF is how far from the beginning of a line the record begins: before it
// stands at most the header of syslog.
const maxCEF = 256

// isCEF reports whether the line is a record of a vendor. It is asked of every
// line that is of no program before, so it looks at the beginning alone.
func isCEF(l *syslogLine, vendor string) bool {
	text := cefText(l)
	return text != "" && strings.HasPrefix(text[strings.IndexByte(text, '|')+1:], vendor)
}

// cefText returns the record in a line, "" where there is none.
func cefText(l *syslogLine) string {
	if text := recordAt(l, "CEF:", maxCEF); strings.IndexByte(text, '|') >= 0 {
		return text
	}
	return ""
}

// parseCEF takes a record apart.
func parseCEF(text string) (c cefRecord, ok bool) {
	var head [8]string
	for i := range head[:7] {
		end := cefEnd(text, '|')
		if end < 0 {
			return c, false
		}
		head[i], text = text[:end], text[end+1:]
	}
	return cefRecord{vendor: head[1], event: head[4], name: head[5], pairs: text}, true
}

// cefEnd returns where the first mark stands that no backslash escapes, or -1.
func cefEnd(s string, mark byte) int {
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case mark:
			return i
		}
	}
	return -1
}

// each gives every pair to take. A value ends where a key follows a space; an
// equals sign in a value is escaped.
func (c *cefRecord) each(take func(key, value string)) {
	s := strings.TrimLeft(c.pairs, " ")
	for s != "" {
		eq := cefEnd(s, '=')
		if eq < 0 {
			return
		}
		key, rest := s[strings.LastIndexByte(s[:eq], ' ')+1:eq], s[eq+1:]
		end := len(rest)
		if next := cefEnd(rest, '='); next >= 0 {
			if end = strings.LastIndexByte(rest[:next], ' '); end < 0 { // one sign after another: no key
				end = len(rest)
			}
		}
		take(key, cefUnescape(strings.TrimRight(rest[:end], " ")))
		s = strings.TrimLeft(rest[end:], " ")
	}
}

func cefUnescape(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	return cefEscapes.Replace(s)
}

var cefEscapes = strings.NewReplacer(`\\`, `\`, `\=`, `=`, `\|`, `|`, `\n`, "\n", `\r`, "\r")

// cefTime reads a time as the format writes it, "Mar 01 2026 10:00:00[.123][ UTC]"
// or milliseconds since 1970, and as products do.
func cefTime(s string, zone *time.Location) (time.Time, error) {
	stamp, used, ok := parseBSDStamp(s)
	if !ok || stamp.year == 0 {
		return parseStamp(s, zone)
	}
	if name := strings.TrimSpace(s[used:]); name == "UTC" || name == "GMT" || zone == nil {
		zone = time.UTC
	}
	return stamp.in(stamp.year, zone).UTC(), nil
}

// leefText returns the record of a vendor in LEEF, the Log Event Extended Format of
// QRadar, in a line, "" where there is none:
//
//	LEEF:1.0|Palo Alto Networks|PAN-OS Syslog Integration|10.1.5|auth-fail|cat=SYSTEM|…
func leefText(l *syslogLine, vendor string) string {
	text := recordAt(l, "LEEF:", maxCEF)
	if _, rest, ok := strings.Cut(text, "|"); !ok || !strings.HasPrefix(rest, vendor) {
		return ""
	}
	return text
}

// parseLEEF takes a record apart: the event, and the pairs by key in lower case.
// Pairs stand between tabs, or between what version 2 says, or as Palo Alto has it
// between the bars of the header.
func parseLEEF(text string) (event string, pairs map[string]string, ok bool) {
	parts := strings.SplitN(text, "|", 6)
	if len(parts) < 6 {
		return "", nil, false
	}
	rest, between := parts[5], "\t"
	if strings.HasPrefix(parts[0], "LEEF:2") {
		if mark, after, ok := strings.Cut(rest, "|"); ok && !strings.Contains(mark, "=") {
			rest = after
			switch {
			case strings.EqualFold(mark, "x7C"), strings.EqualFold(mark, "0x7C"):
				between = "|"
			case len(mark) == 1:
				between = mark
			}
		}
	}
	if !strings.Contains(rest, between) && strings.Contains(rest, "|") {
		between = "|"
	}
	pairs = map[string]string{}
	for pair := range strings.SplitSeq(rest, between) {
		if key, value, ok := strings.Cut(pair, "="); ok {
			if key = strings.ToLower(strings.TrimSpace(key)); pairs[key] == "" { // as in CEF the first counts
				pairs[key] = strings.TrimSpace(value)
			}
		}
	}
	return parts[4], pairs, true
}
