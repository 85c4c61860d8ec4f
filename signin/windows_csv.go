package signin

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/csvscan"
	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var windowsCSV = Format{
	Name:   "windows-csv",
	Title:  "Windows events as CSV",
	Doc:    "SecurityEvent of Log Analytics, EvtxECmd, Get-WinEvent | Export-Csv, Save All Events As CSV in the Event Viewer, or Kibana.",
	Blind:  "As for windows-evtx; the Event Viewer writes no computer, and of texts that are not English some fields are missing.",
	Sniff:  sniffWindowsCSV,
	Decode: decodeWindowsCSV,
}

// winColumns are the columns beside those that are named as Data is, in lower
// case.
var winColumns = map[string]int{
	"eventid": winID, "event id": winID, "id": winID, "instanceid": winID, "event_id": winID,
	"@timestamp": winTime, "timecreated": winTime, "timegenerated": winTime, "timegenerated [utc]": winTime, "date and time": winTime, "eventtime": winTime,
	"providername": winProvider, "provider_name": winProvider, "provider": winProvider, "eventsourcename": winProvider, "source": winProvider,
	"channel": winChannel, "logname": winChannel,
	"computer": winComputer, "machinename": winComputer, "hostname": winComputer, "computer_name": winComputer, "host.name": winComputer,
	"eventrecordid": winRecord, "eventrecordnumber": winRecord, "recordid": winRecord, "record_id": winRecord,
	"process.pid": winProcess,
	"param1":      winData1, "param2": winData2, "param3": winData3, "param4": winData4, "param5": winData5, "param6": winData6,
	"source.ip": winIP, "source.domain": winWorkstationName, // see winElsewhere
	"message": winText, "description": winText,
}

// winPrefixes stand before the names of columns where Kibana writes documents of
// Winlogbeat or Elastic Agent.
var winPrefixes = [...]string{"winlog.event_data.", "winlog."}

// errNoEventColumns is for a header that does not say what an event is.
var errNoEventColumns = errors.New("no columns of Windows events")

// winPayloadColumn is a column of EvtxECmd: the data of an event as JSON.
const winPayloadColumn = "payload"

var winPayloadFields = func() *jsonscan.Fields {
	paths := make([]string, winFields)
	for i, name := range winNames {
		paths[i] = fmt.Sprintf("EventData.Data[@Name=%s].#text", cmp.Or(name, fmt.Sprintf("no name %d", i)))
	}
	return jsonscan.Compile(jsonscan.Config{}, paths...)
}()

// winCSV is what the header says.
type winCSV struct {
	fields  []int // of each column, -1 for what is not read
	payload int   // the column with the data as JSON, -1 without
	beyond  bool  // the Event Viewer names all columns but the last, which has the text
}

func newWinCSV(header [][]byte) (c winCSV, ok bool) {
	c.payload = -1
	var has [winFields]bool
	for i, raw := range header {
		column := strings.ToLower(strings.TrimSpace(string(raw)))
		name := column
		for _, prefix := range winPrefixes {
			name = strings.TrimPrefix(name, prefix)
		}
		field, known := winColumns[name]
		if !known {
			field = -1
			for f, data := range winNames {
				if data != "" && strings.EqualFold(data, name) {
					field = f
				}
			}
		}
		if column == winPayloadColumn {
			c.payload, field = i, -1
		}
		if field >= 0 {
			has[field] = true
		}
		c.fields = append(c.fields, field)
	}
	c.beyond = !has[winText] && has[winProvider] && len(header) == 5
	return c, has[winID] && has[winTime] && (c.payload >= 0 || c.beyond || has[winText] || has[winTargetUser])
}

func sniffWindowsCSV(head []byte) int {
	header, _, err := csvscan.NewReader(bytes.NewReader(head), len(head)+1).Next()
	if err != nil {
		return 0
	}
	if _, ok := newWinCSV(header); !ok {
		return 0
	}
	return 75
}

func decodeWindowsCSV(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var c *winCSV
		var fields [winFields]string
		var payload jsonscan.Record
		w := windowsReader{text: func(field int) string { return fields[field] }, zone: opt.Zone}
		var ev Event
		for row, err := range scanRows(r, MaxRecord) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if c == nil {
				header, ok := newWinCSV(row.cells)
				if !ok {
					yield(nil, errNoEventColumns)
					return
				}
				c = &header
				continue
			}
			ev = Event{Line: row.line}
			err = c.row(row.cells, &fields, &payload)
			if err == nil {
				err = w.event(&ev)
			}
			if !yieldRead(yield, &ev, err) {
				return
			}
		}
	}
}

// row reads the fields of a row.
func (c *winCSV) row(row [][]byte, fields *[winFields]string, payload *jsonscan.Record) error {
	*fields = [winFields]string{}
	width := len(c.fields)
	if len(row) != width && (!c.beyond || len(row) != width+1) {
		return fmt.Errorf("row has %d columns, its header %d", len(row), width)
	}
	for i, field := range c.fields { // several may give one field: the first that does is believed
		if field >= 0 && (fields[field] == "" || fields[field] == "-") {
			fields[field] = string(row[i])
		}
	}
	if c.beyond && len(row) > width {
		fields[winText] = string(row[width])
	}
	if c.payload < 0 || len(bytes.TrimSpace(row[c.payload])) == 0 {
		return nil
	}
	if err := winPayloadFields.Scan(row[c.payload], payload); err != nil {
		return err
	}
	for i, name := range winNames {
		if name != "" {
			fields[i] = payload.Text(i)
		}
	}
	return nil
}
