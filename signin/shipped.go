package signin

import (
	"strings"
	"time"
)

// shipped is a line of a log as a shipper wraps it: whole, or with what it took
// off the line in fields of their own.
type shipped struct {
	raw     string // the line, or the message alone
	part    bool   // it is surely the message alone
	program string // may hold the process: "sshd[7]:"
	pid     string
	host    string
	at      time.Time // zero where the shipper does not say
}

// maxOthers is how many programs are remembered whose lines are of no format.
const maxOthers = 1024

// formatOf returns the format of what was shipped, and the text to decode: the
// line as it is, a line of syslog made of its parts, or a line whose stamp has no
// year with the shipper's time in place of it. Lines of one source have one
// format, so that of the one before is tried first.
func (d *ecsDecoder) formatOf(s shipped) (Format, string, bool) {
	raw := strings.TrimRight(s.raw, "\r\n")
	if raw == "" {
		return Format{}, "", false
	}
	if d.format.Sniff != nil && d.format.Name != sshd.Name && d.format.Sniff([]byte(raw[:min(len(raw), 64<<10)])) >= 80 {
		return d.format, raw, true
	}
	var l syslogLine
	headed := raw[0] != '{' && raw[0] != '[' && !strings.ContainsRune(raw, '\n') && (parseSyslog(raw, &l) || l.readDated(raw))
	if headed && isHostLine(&l) {
		return sshd, redate(raw, &l, s.at), true
	}
	if s.program != "" && !s.at.IsZero() && (!headed || l.program == "") {
		if l = s.line(); isHostLine(&l) {
			return sshd, l.whole, true
		}
	}
	if s.part || d.others[l.program] {
		return Format{}, "", false
	}
	f, ok := Detect([]byte(raw[:min(len(raw), 64<<10)]))
	if ok = ok && !isWrapper(f.Name); !ok && l.program != "" {
		if d.others == nil || len(d.others) >= maxOthers {
			d.others = map[string]bool{}
		}
		d.others[strings.Clone(l.program)] = true
	}
	return f, raw, ok
}

// isWrapper reports whether a format holds lines of others: an original is none.
func isWrapper(name string) bool { return name == "ecs" || name == shippedJSON || name == shippedCSV }

// The names of the formats of shippers.
const (
	shippedJSON = "shipped-json"
	shippedCSV  = "shipped-csv"
)

// isHostLine reports whether a line is of a program that the syslog formats read.
func isHostLine(l *syslogLine) bool {
	if isSSHD(l.program) || isPAM(l.program, l.message) {
		return true
	}
	for i := range syslogKinds {
		if syslogKinds[i](l) {
			return true
		}
	}
	return false
}

// syslogKinds are what the services are known by; syslogServices would make the
// list of formats depend on itself.
var syslogKinds = [...]func(*syslogLine) bool{isDovecot, isPostfix, isASA, isFortiGate, isPaloAlto, isWindowsLine}

// line makes a line of syslog.
func (s *shipped) line() (l syslogLine) {
	program, pid := strings.TrimSuffix(strings.TrimSpace(s.program), ":"), s.pid
	if name, rest, ok := strings.Cut(program, "["); ok && strings.HasSuffix(rest, "]") {
		program, pid = name, strings.TrimSuffix(rest, "]")
	}
	host := strings.TrimSpace(s.host)
	if strings.ContainsAny(program, " []:") || strings.ContainsAny(pid, " []") || strings.ContainsAny(host, " []") {
		return l
	}
	var b strings.Builder
	b.WriteString(s.at.UTC().Format(time.RFC3339Nano))
	for _, part := range [...]string{" ", host, " ", program} {
		if part != " " || b.Len() > 0 {
			b.WriteString(part)
		}
	}
	if pid != "" {
		b.WriteString("[" + pid + "]")
	}
	// What was a line has no breaks.
	b.WriteString(": " + strings.NewReplacer("\r", " ", "\n", " ").Replace(s.raw))
	text := b.String()
	if host == "" {
		text = strings.Replace(text, "  ", " ", 1)
	}
	if !parseSyslog(text, &l) {
		return syslogLine{}
	}
	return l
}

// redate puts the shipper's time in the place of a stamp without a year, where it
// is that of the line: zones differ by a day at most.
func redate(raw string, l *syslogLine, at time.Time) string {
	stamp, used, ok := parseBSDStamp(l.stamp)
	if at.IsZero() || !ok || stamp.year != 0 || used != len(l.stamp) || l.whole == "" {
		return raw
	}
	for year := at.Year() - 1; year <= at.Year()+1; year++ {
		if d := stamp.in(year, time.UTC).Sub(at); d.Abs() <= shippedWithin {
			return at.UTC().Format(time.RFC3339Nano) + l.whole[len(l.stamp):]
		}
	}
	return raw
}

// shippedWithin is how far a line's own stamp, of an unknown zone, may be from the
// time that the shipper says.
const shippedWithin = 26 * time.Hour
