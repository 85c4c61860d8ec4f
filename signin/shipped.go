package signin

import (
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// shipped is a line of a log as a shipper wraps it: whole, or with what it took
// off the line in fields of their own.
type shipped struct {
	raw     string // the line, or the message alone
	part    bool   // it is surely the message alone
	output  bool   // it is what a program in a container wrote to its output
	program string // may hold the process: "sshd[7]:"
	pid     string
	host    string
	at      time.Time // zero where the shipper does not say
	format  *Format   // of the line, where that is known
}

// maxOthers is how many programs are remembered whose lines are of no format.
const maxOthers = 1024

// hostLine returns what was shipped as a line of syslog that is read here; "" where
// it is none. program is what wrote it, as far as it shows.
func (s *shipped) hostLine() (line, program string) {
	raw := s.raw
	var l syslogLine
	headed := raw[0] != '{' && raw[0] != '[' && !strings.ContainsRune(raw, '\n') && (parseSyslog(raw, &l) || l.readDated(raw))
	if headed && isHostLine(&l) {
		return redate(raw, &l, s.at), l.program
	}
	if !headed && s.program == "" && s.output && isBareSSHD(raw) {
		s.program = "sshd"
	}
	if !s.at.IsZero() && (!headed || l.program == "") {
		if made := s.line(); isHostLine(&made) {
			return made.whole, made.program
		} else if s.program != "" {
			l = made
		}
	}
	return "", l.program
}

// isBareSSHD reports whether a text is a message of sshd that nobody else writes
// so: in a container sshd writes to its standard error, without a header.
func isBareSSHD(message string) bool {
	for _, begin := range [...]string{"Failed ", "Accepted ", "Invalid user ", "Connection closed by ", "Disconnected from "} {
		if strings.HasPrefix(message, begin) {
			var try hostTry
			return readSSHD(strings.TrimSuffix(message, " [preauth]"), &try)
		}
	}
	return false
}

// shipsRecords reports whether what is shipped in the first records of head are
// records of JSON themselves.
func shipsRecords(head []byte) (yes bool) {
	take := func(s shipped) bool {
		yes = yes || looksLikeJSON([]byte(s.raw[:min(len(s.raw), 64)]))
		return yes
	}
	sniffJSON(head, shippedFields.fields, func(rec *jsonscan.Record) int {
		shippedTexts(rec, take)
		return 0
	})
	sniffShippedRows(head, func(c *shippedColumns, row [][]byte) { c.texts(row, take) })
	return yes
}

// isWrapper reports whether a format holds lines of others: an original is none.
func isWrapper(name string) bool { return name == "ecs" || isShipped(name) }

func isShipped(name string) bool { return name == shippedJSON || name == shippedCSV }

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

// line makes a line of syslog. Without a program the message must say what wrote
// it: "%ASA-6-113005: …".
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
	b.WriteString(s.at.UTC().Format(time.RFC3339Nano) + " ")
	if host != "" {
		b.WriteString(host + " ")
	}
	if program != "" {
		b.WriteString(program)
		if pid != "" {
			b.WriteString("[" + pid + "]")
		}
		b.WriteString(": ")
	}
	b.WriteString(strings.TrimLeft(shippedBreaks.Replace(s.raw), " "))
	if !parseSyslog(b.String(), &l) {
		return syslogLine{}
	}
	return l
}

// shippedBreaks: what was a line has no breaks.
var shippedBreaks = strings.NewReplacer("\r", " ", "\n", " ")

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

// cefColumns are the columns of CommonSecurityLog of Log Analytics by the keys of
// CEF that they hold. What has no column of its own is in AdditionalExtensions.
var cefColumns = [...]struct{ column, key string }{
	{"DeviceAction", "act"}, {"EventOutcome", "outcome"}, {"DestinationUserName", "duser"}, {"SourceUserName", "suser"}, {"SourceIP", "src"},
	{"Reason", "reason"}, {"DeviceExternalID", "deviceExternalId"}, {"DeviceName", "dvchost"}, {"DeviceEventCategory", "cat"},
	{"SourceProcessName", "sproc"}, {"RequestClientApplication", "requestClientApplication"}, {"Message", "msg"},
}

// cefOfColumns makes a record in CEF of CommonSecurityLog again, "" where the
// columns are none of it. at is its time.
func cefOfColumns(text func(column string) string, at time.Time) string {
	vendor := text("DeviceVendor")
	if !strings.EqualFold(vendor, "Fortinet") && !strings.EqualFold(vendor, "Palo Alto Networks") {
		return ""
	}
	var b strings.Builder
	b.WriteString("CEF:0")
	for _, column := range [...]string{"DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Activity", "LogSeverity"} {
		b.WriteString("|" + cefQuoteHead.Replace(text(column)))
	}
	b.WriteString("|")
	if !at.IsZero() {
		stamp := at.UTC().Format("Jan 02 2006 15:04:05") + " UTC"
		b.WriteString("rt=" + stamp + " start=" + stamp)
	}
	for _, c := range cefColumns {
		if value := text(c.column); value != "" {
			b.WriteString(" " + c.key + "=" + cefQuote.Replace(value))
		}
	}
	// key=value;key=value, in which a value may hold a semicolon.
	for part := range strings.SplitSeq(text("AdditionalExtensions"), ";") {
		if key, value, ok := strings.Cut(part, "="); ok && strings.IndexByte(key, ' ') < 0 {
			b.WriteString(" " + key + "=" + cefQuote.Replace(value))
		} else {
			b.WriteString(";" + cefQuote.Replace(part))
		}
	}
	return b.String()
}

var (
	cefQuoteHead = strings.NewReplacer(`\`, `\\`, `|`, `\|`, "\n", " ", "\r", " ")
	cefQuote     = strings.NewReplacer(`\`, `\\`, `=`, `\=`, "\n", " ", "\r", " ")
)
