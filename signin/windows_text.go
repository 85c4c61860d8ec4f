package signin

import (
	"errors"
	"io"
	"iter"
	"strings"
	"time"
)

var windowsText = Format{
	Name:   "windows-text",
	Title:  "Windows events as text",
	Doc:    "Events as a person reads them, over several lines: Splunk's WinEventLog, wevtutil /f:text, Get-WinEvent | Format-List.",
	Blind:  "As for windows-evtx; of texts that are not English some fields, where Windows changed their order.",
	Sniff:  sniffWindowsText,
	Decode: decodeWindowsText,
}

// winHeads are what stands before the text of an event, as Splunk ("EventCode=4625"),
// wevtutil ("  Event ID: 4625") and PowerShell ("Id : 4625") name it.
var winHeads = map[string]int{
	"LogName": winChannel, "EventCode": winID, "SourceName": winProvider, "ComputerName": winComputer, "RecordNumber": winRecord, "Message": winText,
	"Log Name": winChannel, "Event ID": winID, "Source": winProvider, "Computer": winComputer, "Date": winTime, "Description": winText,
	"Id": winID, "ProviderName": winProvider, "MachineName": winComputer, "RecordId": winRecord, "TimeCreated": winTime,
	"EventID": winID, "InstanceId": winID, "Index": winRecord, "TimeGenerated": winTime, "EntryType": winTextRest,
}

// winTextRest is a head that is known and says nothing.
const winTextRest = -1

// winHead reads a head. Lines of the text begin with a tab or hold one; what is
// indented by more than wevtutil does goes on with the line before.
func winHead(line string) (field int, value string, ok bool) {
	at := strings.IndexAny(line, "=:")
	if at < 0 || line[0] == '\t' || strings.HasPrefix(line, "   ") {
		return 0, "", false
	}
	field, ok = winHeads[strings.Trim(line[:at], " ")]
	return field, strings.Trim(line[at+1:], " \t"), ok
}

// winBlock is an event as its lines come.
type winBlock struct {
	line   int64
	fields [winFields]string
	text   strings.Builder
	inText bool
}

func decodeWindowsText(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var b winBlock
		w := windowsReader{text: func(field int) string { return b.fields[field] }, zone: opt.Zone}
		var ev Event
		flush := func() bool {
			if b.line == 0 {
				return true
			}
			b.fields[winText] = b.text.String()
			ev = Event{Line: b.line}
			more := yieldRead(yield, &ev, w.event(&ev))
			b = winBlock{}
			return more
		}
		stamp, stampLine := "", int64(0) // Splunk puts the time on a line of its own before an event
		lines := newLineReader(r, MaxRecord)
		for {
			line, err := lines.next()
			var bad *RecordError
			switch {
			case errors.As(err, &bad):
				if !yield(nil, bad) {
					return
				}
				continue
			case err == io.EOF:
				flush()
				return
			case err != nil:
				yield(nil, err)
				return
			}
			line = strings.TrimPrefix(line, "\ufeff")
			field, value, head := 0, "", false
			if line != "" {
				field, value, head = winHead(line)
			}
			begins := strings.HasPrefix(line, "Event[")
			if head && field >= 0 {
				begins = b.inText || b.fields[field] != "" || b.line == 0
			}
			if begins && !flush() {
				return
			}
			switch {
			case begins && stamp != "" && stampLine == lines.line-1 && b.line == 0:
				b.line, b.fields[winTime] = stampLine, stamp
			case begins:
				b.line = lines.line
			}
			switch {
			case head && field == winText:
				b.inText = true
				b.text.WriteString(value + "\n")
			case head && field >= 0:
				b.fields[field] = strings.Clone(value)
			case isTextStamp(line):
				stamp, stampLine = strings.Clone(line), lines.line
			case b.inText && b.text.Len() < MaxRecord:
				b.text.WriteString(line + "\n")
			}
		}
	}
}

// isTextStamp reports whether a line is a time and no more: "03/02/2026 08:00:01 AM".
func isTextStamp(line string) bool {
	if len(line) < len("3/2/2026 8:00:01") || len(line) > len("03/02/2026 08:00:01.000 AM") || !isDigit(line[0]) {
		return false
	}
	_, err := parseStamp(line, time.UTC)
	return err == nil
}

func sniffWindowsText(head []byte) int {
	var seen [winFields]bool
	first := true
	for line := range strings.Lines(strings.TrimPrefix(string(head), "\ufeff")) {
		if line = strings.TrimRight(line, "\r\n"); line == "" {
			continue
		}
		field, _, ok := winHead(line)
		if first && !ok && !isTextStamp(line) && !strings.HasPrefix(line, "Event[") {
			return 0 // such texts stand in tables, too
		}
		if first = false; ok && field >= 0 {
			seen[field] = true
		}
		if seen[winID] && seen[winText] && seen[winProvider] && (seen[winChannel] || seen[winComputer]) {
			return 70
		}
	}
	return 0
}
