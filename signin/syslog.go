package signin

import "strings"

// syslogLine is a line of syslog taken apart. Its strings point into the line.
type syslogLine struct {
	whole   string // from the stamp on; "" for a journal entry
	stamp   string // the time as written
	host    string // "" where the line names none
	tagged  string // all after the host: program, process and message
	program string
	pid     string
	message string
	dated   bool // there is no header: the message has the time
}

// parseSyslog takes a line apart, whichever of these headers it has:
//
//	Mar  1 10:00:00 host sshd[7]: message                     RFC 3164 as files keep it
//	<38>Mar  1 10:00:00 host sshd[7]: message                 as it is sent
//	<38>1 2026-03-01T10:00:00Z host sshd 7 - - message        RFC 5424
//	2026-03-01T10:00:00.123456+01:00 host sshd[7]: message    rsyslog, systemd (short-iso)
//	2026-03-01 10:00:00.123456-0700  host sshd[7]: message    macOS
//	Sun 2026-03-01 10:00:00 CET host sshd[7]: message         systemd (short-full)
//	1772355600.123456 host sshd[7]: message                   systemd (short-unix)
//	Mar  1 10:00:00 host sshd[7]: [ID 800047 auth.notice] message    Solaris
//	Mar  1 10:00:00 <auth.info> host sshd[7]: message         FreeBSD with -v
//	Mar  1 10:00:00 sshd[7]: message                          without a host
//	Mar  1 10:00:00 [sshd] message                            metalog
//	Mar  1 10:00:00 relay Mar  1 10:00:00 host sshd[7]: message    by a relay
//	[Mar  1 10:00:00] host sshd[7]: message                   a stamp in brackets
//
// It reports false where there is no such header.
func parseSyslog(text string, l *syslogLine) bool {
	priority, rest := cutPriority(text)
	if after, ok := strings.CutPrefix(rest, "1 "); ok && priority {
		return l.read5424(after)
	}
	if priority {
		rest = strings.TrimPrefix(rest, ":") // Cisco's EMBLEM
	}
	n := stampLength(rest)
	if n == 0 {
		return l.readBracketed(rest) || l.readSSHDLog(rest)
	}
	l.whole, l.stamp = rest, rest[:n]
	if rest[4] == ' ' && isDigit(rest[0]) { // OSSEC: the line as it was may have a header of its own
		if from, inner, ok := strings.Cut(rest[n:min(len(rest), n+maxOSSEC)], "->"); ok && isOSSECAgent(from) {
			if i := strings.IndexByte(inner, ' '); i >= 0 && parseSyslog(rest[n+strings.Index(rest[n:], "->")+len("->")+i+1:], l) {
				return true
			}
		}
	}
	rest = skipZoneName(l.stamp, rest[n:])
	if strings.HasPrefix(rest, "<") {
		if _, after, ok := strings.Cut(rest, "> "); ok {
			rest = trimSpaces(after)
		}
	}
	l.host, l.tagged = cutHost(rest)
	if s := l.tagged; len(s) > 16 && (isShortStamp(s) || s[4] == '-' && isDigit(s[0])) { // a relay wrote a header before the header
		if n := stampLength(s); n > 0 && s[n] == ' ' && strings.IndexByte(l.host, '\t') < 0 {
			if !isDigit(l.stamp[0]) || isDigit(s[0]) { // a stamp with a year and a zone says more than one without
				l.stamp = s[:n]
			}
			l.host, l.tagged = cutHost(trimSpaces(s[n:]))
		}
	}
	l.readTag()
	return true
}

// isOSSECAgent reports whether s is what OSSEC writes before the name of a log: "
// host", or " (agent) address". In another line the arrow may have been typed.
func isOSSECAgent(s string) bool {
	s = strings.TrimPrefix(s, " ")
	if strings.HasPrefix(s, "(") {
		_, s, _ = strings.Cut(s, ") ")
	}
	return s != "" && strings.IndexByte(s, ' ') < 0
}

// readBracketed takes a line whose stamp stands in brackets.
func (l *syslogLine) readBracketed(text string) bool {
	if !strings.HasPrefix(text, "[") {
		return false
	}
	end := strings.IndexByte(text[:min(len(text), maxTime+2)], ']')
	if end < 2 || stampLength(text[1:end]+" ") != end-1 {
		return false
	}
	l.whole, l.stamp = text, text[1:end]
	l.host, l.tagged = cutHost(trimSpaces(text[end+1:]))
	l.readTag()
	return true
}

// readSSHDLog takes a line of sshd.log of OpenSSH for Windows, in which nobody else
// writes: "4711 2026-03-01 10:00:00.123 MESSAGE".
func (l *syslogLine) readSSHDLog(text string) bool {
	pid, rest, ok := strings.Cut(text[:min(len(text), 48)], " ")
	if !ok || len(pid) > 7 || !allDigits(pid) || len(rest) < 20 || rest[4] != '-' {
		return false
	}
	rest = text[len(pid)+1:]
	n := isoLength(rest)
	if n == 0 || n == len(rest) {
		return false
	}
	l.whole, l.stamp, l.program, l.pid = text, rest[:n], "sshd", pid
	l.message = trimSpaces(rest[n:])
	l.tagged = l.message
	return true
}

// readDated takes a line that has no header but its own date, as firewalls send
// and store them:
//
//	<189>date=2026-03-01 time=10:00:00 devname="fw1" …        FortiGate
//	1,2026/03/01 10:00:00,001801000000,GLOBALPROTECT,0,…      Palo Alto
//	host⇥MSWinEventLog⇥1⇥Security⇥…                           Snare
func (l *syslogLine) readDated(text string) bool {
	_, rest := cutPriority(text)
	*l = syslogLine{whole: rest, tagged: rest, message: rest, dated: true}
	if number, after, ok := strings.Cut(rest[:min(len(rest), 16)], ": "); ok && allDigits(number) { // as FortiGate displays its log
		*l = syslogLine{whole: after + rest[min(len(rest), 16):], dated: true}
		l.tagged, l.message = l.whole, l.whole
	}
	return isFortiOS(l.tagged) || strings.HasPrefix(l.tagged, "CEF:") || strings.HasPrefix(l.tagged, "LEEF:") || isAnyPaloAlto(l) || isBareSnare(rest)
}

// cutPriority removes "<PRI>" (RFC 3164 4.1.1).
func cutPriority(text string) (found bool, rest string) {
	if len(text) < 3 || text[0] != '<' {
		return false, text
	}
	end := strings.IndexByte(text[:min(len(text), 5)], '>')
	if end < 2 || !allDigits(text[1:end]) {
		return false, text
	}
	return true, text[end+1:]
}

// read5424 reads what follows "<PRI>1 " (RFC 5424 6).
func (l *syslogLine) read5424(text string) bool {
	n := stampLength(text)
	if n == 0 {
		return false
	}
	l.whole, l.stamp = text, text[:n]
	rest := trimSpaces(text[n:])
	l.host, rest, _ = strings.Cut(rest, " ")
	l.tagged = rest
	l.program, rest, _ = strings.Cut(rest, " ")
	l.pid, rest, _ = strings.Cut(rest, " ")
	_, rest, _ = strings.Cut(rest, " ") // MSGID
	l.message = strings.TrimPrefix(trimSpaces(skipStructured(rest)), "\ufeff")
	l.host, l.program, l.pid = notNil(l.host), notNil(l.program), notNil(l.pid)
	if l.program == "" && l.message != "" { // a relay that took a line with its header for a message
		if inner := (syslogLine{}); parseSyslog(l.message, &inner) && inner.program != "" {
			*l = inner
		}
	}
	return true
}

// notNil replaces the NILVALUE (RFC 5424 6) by nothing.
func notNil(s string) string {
	if s == "-" {
		return ""
	}
	return s
}

// skipStructured skips "-" or "[id name="value" …][…]" (RFC 5424 6.3).
func skipStructured(s string) string {
	if !strings.HasPrefix(s, "[") {
		return strings.TrimPrefix(s, "-")
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == ']' && !quoted && !strings.HasPrefix(s[i+1:], "["):
			return s[i+1:]
		}
	}
	return ""
}

// skipZoneName skips the name of a zone that systemd writes behind a local
// time; parseStamp knows only UTC and GMT by name.
func skipZoneName(stamp, rest string) string {
	rest = trimSpaces(rest)
	if isDigit(stamp[0]) || len(stamp) < 5 || !isDigit(stamp[4]) {
		return rest
	}
	name, after, ok := strings.Cut(rest, " ")
	if !ok || len(name) < 3 || len(name) > 5 || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		return rest
	}
	return trimSpaces(after)
}

// cutHost splits the host from the tag. What ends like a tag is no host.
func cutHost(rest string) (host, tagged string) {
	host, tagged, ok := strings.Cut(rest, " ")
	if !ok || strings.HasSuffix(host, ":") || isBracketTag(host) || isLastRepeated(rest) {
		return "", rest
	}
	return host, trimSpaces(tagged)
}

// isBracketTag reports whether a word is a program as metalog writes it, not the
// address of a host in brackets.
func isBracketTag(s string) bool {
	return len(s) > 2 && s[0] == '[' && s[len(s)-1] == ']' && isLetter(s[1]) && strings.IndexByte(s, ':') < 0
}

// readTag splits tagged into "program[pid]: message". A line without a tag is
// all message.
func (l *syslogLine) readTag() {
	s := l.tagged
	if len(s) > 2 && s[0] == '[' && isLetter(s[1]) { // metalog, which may have the process behind: [sshd][7]
		if program, rest, ok := strings.Cut(s[1:], "]"); ok && len(program) <= maxTag && strings.IndexByte(program, ' ') < 0 {
			if pid, after, ok := strings.Cut(strings.TrimPrefix(rest, "["), "]"); ok && allDigits(pid) && strings.HasPrefix(rest, "[") {
				l.pid, rest = pid, after
			}
			l.program, l.message = program, trimSpaces(strings.TrimPrefix(rest, ":"))
			return
		}
	}
	end := 0
	for end < len(s) && s[end] != '[' && s[end] != ':' && s[end] != ' ' {
		end++
	}
	if end == len(s) || end > maxTag || s[end] == ' ' {
		l.message = s
		return
	}
	l.program = s[:end]
	rest := s[end:]
	if rest[0] == '[' {
		closing := strings.IndexByte(rest[:min(len(rest), maxTag)], ']')
		if closing < 0 {
			l.program, l.message = "", s
			return
		}
		l.pid, rest = rest[1:closing], rest[closing+1:]
	}
	l.message = trimSpaces(strings.TrimPrefix(rest, ":"))
	if strings.HasPrefix(l.message, "[ID ") { // Solaris: message id, facility and level
		if _, after, ok := strings.Cut(l.message, "] "); ok {
			l.message = after
		}
	}
}

// maxTag is the longest program name or process id that is believed.
const maxTag = 128

// trimSpaces removes leading spaces; there is mostly none or one.
func trimSpaces(s string) string {
	for len(s) > 0 && s[0] == ' ' {
		s = s[1:]
	}
	return s
}

func allDigits(s string) bool {
	for i := range len(s) {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}
