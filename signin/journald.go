package signin

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

// journalReader reads the entries that journalctl -o json writes, one object on
// each line (systemd.journal-fields(7), "Journal JSON Format" of systemd.io).
type journalReader struct {
	line []byte
	rec  jsonscan.Record
}

// The fields of an entry that are read.
const (
	journalTime = iota
	journalHost
	journalIdentifier
	journalCommand
	journalPID
	journalSyslogPID
	journalMessage
)

var journalFields = jsonscan.Compile(jsonscan.Config{}, "__REALTIME_TIMESTAMP", "_HOSTNAME", "SYSLOG_IDENTIFIER", "_COMM", "_PID",
	"SYSLOG_PID", "MESSAGE")

var (
	errNoHeader   = errors.New("no syslog header")
	errNotJournal = errors.New("no journal entry: __REALTIME_TIMESTAMP is missing")
)

// read takes an entry apart as if it were a line. What it returns is valid
// until the next call.
func (j *journalReader) read(text string, l *syslogLine) (err error) {
	j.line = append(j.line[:0], text...)
	if err := journalFields.Scan(j.line, &j.rec); err != nil {
		return err
	}
	l.stamp = strings.Clone(j.rec.Text(journalTime)) // syslogClock keeps it
	if l.stamp == "" {
		return errNotJournal
	}
	l.host, l.program, l.pid = j.rec.Text(journalHost), j.rec.Text(journalIdentifier), j.rec.Text(journalPID)
	if l.program == "" {
		l.program = j.rec.Text(journalCommand)
	}
	if l.pid == "" {
		l.pid = j.rec.Text(journalSyslogPID)
	}
	l.message, err = j.message()
	return err
}

// message returns the text of an entry. journalctl writes what is not UTF-8 or
// holds control characters as an array of bytes, and what is very long as null.
func (j *journalReader) message() (string, error) {
	switch j.rec.Kind(journalMessage) {
	case jsonscan.String:
		return j.rec.Text(journalMessage), nil
	case jsonscan.Array:
		var text []byte
		// Not []byte: encoding/json takes that for base64.
		var bytes []uint16
		if err := json.Unmarshal(j.rec.Bytes(journalMessage), &bytes); err != nil {
			return "", fmt.Errorf("MESSAGE is no array of bytes: %w", err)
		}
		for _, b := range bytes {
			text = append(text, byte(b))
		}
		return string(text), nil
	}
	return "", nil
}
