package signin

import (
	"io"
	"iter"
	"slices"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// shippedLines is a function because the lines may be of any format.
func shippedLines() Format {
	return Format{
		Name:    shippedJSON,
		Title:   "Lines of a log in JSON",
		Doc:     "JSON of a shipper that holds lines of another log: Fluent Bit, rsyslog, syslog-ng, Vector, Graylog, Loki, Splunk, CloudWatch, journalctl -o json-pretty.",
		Blind:   "as the log whose lines they are",
		Sniff:   func(head []byte) int { return sniffShipped(head, newInside()) },
		sniffIn: sniffShipped,
		Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
			return decodeCarried(r, shippedFields.fields, carriers{originals: shippedTexts}, opt)
		},
	}
}

// The parts of what is shipped, by the names that shippers give them, in the order
// in which they are believed.
const (
	shippedRaw = iota
	shippedProgram
	shippedPID
	shippedHost
	shippedTime
	shippedParts
)

var shippedNames = [shippedParts][]string{
	shippedRaw: {"_raw", "full_log", "@rawstring", "raw_log", "rawlog", "raw_message", "rawMessage", "raw", "log.original", "original", "@message",
		"Message", "textPayload", "SyslogMessage", "syslog_message", "syslogMessage", "message", "MESSAGE", "msg", "log", "line", "short_message", "full_message",
		"body.stringValue", "event.original", "event"},
	shippedProgram: {"program", "PROGRAM", "process.name", "ident", "appname", "app_name", "appName", "application_name", "APP-NAME", "syslog_program",
		"SYSLOG_IDENTIFIER", "_COMM", "ProcessName", "processName", "programname", "program_name", "syslogtag", "syslog_tag", "tag", "facility_program", "process",
		"predecoder.program_name", "log.syslog.appname"},
	shippedPID: {"pid", "PID", "process.pid", "procid", "proc_id", "procId", "syslog_pid", "ProcessID", "processId", "process_id", "_PID", "SYSLOG_PID", "PROCID",
		"log.syslog.procid"},
	shippedHost: {"hostname", "HOST", "host.hostname", "host.name", "host", "HostName", "logsource", "syslog_hostname", "_HOSTNAME", "Computer",
		"predecoder.hostname", "FROMHOST", "fromhost", "source", "computer", "log.syslog.hostname"},
	shippedTime: {"@timestamp", "timestamp", "time", "TimeGenerated", "EventTime", "eventTime", "datetime", "date", "ts", "ISODATE", "DATE", "timereported",
		"syslog_timestamp", "_time", "__REALTIME_TIMESTAMP", "timegenerated", "@t", "TimeCreated", "event_time", "ingestionTime", "receiveTimestamp"},
}

// shippedFields are the names as fields, at the top and where exports of Splunk
// ("result") and of an index ("_source") put them.
var shippedFields = func() (f struct {
	fields *jsonscan.Fields
	slots  [shippedParts][]int
	output []int          // of lines that a program in a container wrote to its output: Docker's log, and Fluent Bit's from it
	cef    map[string]int // the columns of CommonSecurityLog
}) {
	var paths []string
	for _, prefix := range [...]string{"", "result.", "_source."} {
		for part, names := range shippedNames {
			for _, name := range names {
				f.slots[part] = append(f.slots[part], len(paths))
				if part == shippedRaw && name == "log" {
					f.output = append(f.output, len(paths))
				}
				paths = append(paths, prefix+name)
			}
		}
	}
	f.cef = map[string]int{}
	columns := []string{"DeviceVendor", "DeviceProduct", "DeviceVersion", "DeviceEventClassID", "Activity", "LogSeverity", "AdditionalExtensions"}
	for _, c := range cefColumns {
		columns = append(columns, c.column)
	}
	for _, column := range columns {
		i := slices.Index(paths, column)
		if i < 0 {
			i = len(paths)
			paths = append(paths, column)
		}
		f.cef[column] = i
	}
	f.fields = jsonscan.Compile(jsonscan.Config{Wrap: lists("hits", "results", "entries", "logEvents", "messages"), Mark: f.slots[shippedRaw]}, paths...)
	return f
}()

// shippedTexts gives what a record may have as its line, one after the other.
func shippedTexts(rec *jsonscan.Record, take func(shipped) bool) {
	text := func(part int) string {
		for _, slot := range shippedFields.slots[part] {
			if k := rec.Kind(slot); k == jsonscan.String || k == jsonscan.Number {
				if s := rec.Text(slot); s != "" {
					return s
				}
			}
		}
		return ""
	}
	s := shipped{program: text(shippedProgram), pid: text(shippedPID), host: text(shippedHost)}
	s.at, _ = cefTime(text(shippedTime), nil)
	if s.raw = cefOfColumns(func(column string) string { return rec.Text(shippedFields.cef[column]) }, s.at); s.raw != "" && take(s) {
		return
	}
	for _, slot := range shippedFields.slots[shippedRaw] {
		if rec.Kind(slot) != jsonscan.String {
			continue
		}
		s.output = slices.Contains(shippedFields.output, slot)
		if s.raw = rec.Text(slot); s.raw != "" && take(s) {
			return
		}
	}
}

func sniffShipped(head []byte, u *unwrapper) int {
	return sniffJSON(head, shippedFields.fields, func(rec *jsonscan.Record) int {
		d := originals{unwrap: u}
		if format, _ := d.firstOf(func(take func(shipped) bool) { shippedTexts(rec, take) }, nil); format != nil {
			return shippedSure
		}
		return 0
	})
}

// shippedSure is less than any format that knows the record.
const shippedSure = 35
