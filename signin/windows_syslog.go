package signin

import (
	"io"
	"iter"
	"strings"
	"time"
)

var windowsSyslog = Format{
	Name:  "windows-syslog",
	Title: "Windows events as syslog",
	Doc:   "Lines of agents that send events of Windows by syslog: Snare, NXLog, OSSEC and Wazuh, evtsys, Log Insight.",
	Blind: "As for windows-evtx; only texts that are English, or whose line breaks were kept, are read.",
	Sniff: func(head []byte) int { return sniffSyslog(head, isWindowsLine) },
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return decodeSyslog(r, opt)
	},
}

// The ways in which agents write an event on a line:
//
//	host MSWinEventLog⇥1⇥Security⇥4711⇥Mon Mar 02 08:00:01 2026⇥4625⇥Microsoft-Windows-Security-Auditing⇥…⇥host⇥Logon⇥⇥TEXT⇥4711    Snare
//	WinEvtLog: Security: AUDIT_FAILURE(4625): Microsoft-Windows-Security-Auditing: (no user): no domain: host: TEXT                 OSSEC
//	host Security-Auditing: 4625: AUDIT_FAILURE TEXT                                                                                evtsys
//	host Microsoft-Windows-Security-Auditing[712]: TEXT                                                                             NXLog
//
// In TEXT line breaks and tabs became spaces, or #012 and #011 (rsyslog).
const (
	snareMark = "MSWinEventLog"
	ossecMark = "WinEvtLog: "
)

func isWindowsLine(l *syslogLine) bool {
	if isSnare(l) || ossecBegin(l.tagged) >= 0 || winSentence(l.message) != "" {
		return true
	}
	return isSecurityProvider(l.program) && l.message != "" && isDigit(l.message[0])
}

// ossecBegin returns where the event of a line of OSSEC begins, or -1.
func ossecBegin(s string) int {
	if i := strings.Index(s[:min(len(s), maxOSSEC)], ossecMark); i >= 0 && isHeader(s[:i]) {
		return i
	}
	return -1
}

// isSnare knows Snare's lines also where a tab stands behind the host.
func isSnare(l *syslogLine) bool {
	return strings.HasPrefix(l.tagged, snareMark) || strings.HasPrefix(l.message, snareMark) || strings.Contains(l.host, snareMark) ||
		l.dated && isBareSnare(l.whole)
}

// isBareSnare knows a line of Snare that has no header.
func isBareSnare(text string) bool {
	return strings.Contains(text[:min(len(text), maxHost)], snareMark+"\t")
}

// maxOSSEC is how far from its beginning a line of OSSEC has the mark: before it
// are the agent and the time at the agent.
const maxOSSEC = 160

// windowsLine is the event of a line.
type windowsLine struct {
	fields [winFields]string
	reader windowsReader
}

// windowsLine reads an event.
func (d *syslogDecoder) windowsLine(l *syslogLine, ev *Event) bool {
	if d.windows == nil {
		w := new(windowsLine)
		w.reader = windowsReader{text: func(field int) string { return w.fields[field] }, zone: d.clock.calendar.zone}
		d.windows = w
	}
	w := d.windows
	w.fields = [winFields]string{winComputer: l.host}
	at := ev.Time
	switch i := ossecBegin(l.tagged); {
	case isSnare(l):
		_, record, ok := strings.Cut(l.whole, snareMark)
		if !ok { // an entry of the journal is its message
			_, record, _ = strings.Cut(l.message, snareMark)
		}
		stamp := w.snare(record)
		if at.IsZero() {
			at, d.err = d.clock.time(stamp)
		}
	case i >= 0:
		w.ossec(l.tagged[i+len(ossecMark):])
	default:
		w.plain(l.message)
	}
	if d.err != nil {
		return false
	}
	w.fields[winTime], w.fields[winText] = at.Format(time.RFC3339Nano), unescapeSyslog(w.fields[winText])
	d.err = w.reader.event(ev)
	return ev.Class != ClassNone
}

// unescapeSyslog puts line breaks and tabs back that rsyslog escaped.
func unescapeSyslog(s string) string {
	if strings.IndexByte(s, '#') < 0 {
		return s
	}
	return syslogEscapes.Replace(s)
}

var syslogEscapes = strings.NewReplacer("#015#012", "\n", "#012", "\n", "#015", "\n", "#011", "\t")

// snare reads what stands between tabs behind the mark, and returns the time among it.
func (w *windowsLine) snare(s string) (stamp string) {
	s = strings.ReplaceAll(s, "#011", "\t")
	parts := strings.SplitN(s, "\t", 14)
	if len(parts) < 14 {
		return ""
	}
	w.fields[winChannel], w.fields[winID], w.fields[winProvider] = parts[2], parts[5], parts[6]
	w.fields[winComputer] = parts[10]
	w.fields[winText] = parts[13]
	if i := strings.LastIndexByte(parts[13], '\t'); i >= 0 && allDigits(strings.TrimSpace(parts[13][i+1:])) {
		w.fields[winText], w.fields[winRecord] = parts[13][:i], strings.TrimSpace(parts[13][i+1:])
	}
	return parts[4]
}

// ossec reads "LOG: TYPE(NUMBER): PROVIDER: USER: DOMAIN: COMPUTER: TEXT". The
// user is that of the system's context, not who signed in.
func (w *windowsLine) ossec(s string) {
	parts := strings.SplitN(s, ": ", 7)
	if len(parts) < 7 {
		return
	}
	w.fields[winChannel], w.fields[winProvider], w.fields[winComputer], w.fields[winText] = parts[0], parts[2], parts[5], parts[6]
	_, id, _ := strings.Cut(parts[1], "(")
	w.fields[winID], _, _ = strings.Cut(id, ")")
}

// plain reads "TEXT" or "NUMBER: [TYPE ]TEXT".
func (w *windowsLine) plain(s string) {
	if id, rest, ok := strings.Cut(s, ": "); ok && len(id) <= maxWinID && allDigits(id) {
		if kind, text, ok := strings.Cut(rest, " "); ok && strings.HasPrefix(kind, "AUDIT_") {
			rest = text
		}
		w.fields[winID], w.fields[winText] = id, rest
		return
	}
	w.fields[winID], w.fields[winText] = winSentence(s), s
}
