package signin

import (
	"io"
	"iter"
	"slices"
	"strconv"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var windowsJSON = Format{
	Name:   "windows-json",
	Title:  "Windows events as JSON",
	Doc:    "Events of Winlogbeat or Elastic Agent, of NXLog, or of a converter that keeps System and EventData.",
	Blind:  "As for windows-evtx; agents are often told to send some events only.",
	Sniff:  sniffWindowsJSON,
	Decode: decodeWindowsJSON,
}

// winShapes are the ways in which programs write an event.
var winShapes = [...]struct {
	system [winProcess + 1]string
	data   string // before the Name of a Data
	param  string // before the place of a Data without one; "": they cannot be read
}{
	// Winlogbeat 7 and later, Elastic Agent, and their documents in Elasticsearch.
	{winSystem("winlog.provider_name", "winlog.event_id", "@timestamp", "winlog.record_id", "winlog.channel", "winlog.computer_name",
		"winlog.process.pid"), "winlog.event_data.", "winlog.event_data.param"},
	{winSystem("_source.winlog.provider_name", "_source.winlog.event_id", "_source.@timestamp", "_source.winlog.record_id",
		"_source.winlog.channel", "_source.winlog.computer_name", "_source.winlog.process.pid"),
		"_source.winlog.event_data.", "_source.winlog.event_data.param"},
	// Winlogbeat 6.
	{winSystem("source_name", "event_id", "@timestamp", "record_number", "log_name", "computer_name", "process_id"),
		"event_data.", "event_data.param"},
	// NXLog and others that write all fields side by side.
	{winSystem("SourceName", "EventID", "EventTime", "RecordNumber", "Channel", "Hostname", "ExecutionProcessID"), "", "Data_"},
	// Converters of EVTX files.
	{winSystem("Event.System.Provider.#attributes.Name", "Event.System.EventID", "Event.System.TimeCreated.#attributes.SystemTime",
		"Event.System.EventRecordID", "Event.System.Channel", "Event.System.Computer", "Event.System.Execution.#attributes.ProcessID"),
		"Event.EventData.", ""},
}

func winSystem(provider, id, at, record, channel, computer, process string) [winProcess + 1]string {
	return [...]string{
		winProvider: provider, winID: id, winTime: at, winRecord: record, winChannel: channel, winComputer: computer, winProcess: process,
	}
}

// winElsewhere is where else fields may be, in the order in which they are
// believed: a collector may have renamed them (SecurityEvent of Log Analytics),
// or have the time only as that of its own.
var winElsewhere = [winFields][]string{
	winID:       {"Event.System.EventID.#text"}, // where it has attributes
	winTime:     {"TimeCreated", "TimeGenerated", "@timestamp", "EventReceivedTime", "timestamp"},
	winComputer: {"Computer", "host.name"},
	winProvider: {"EventSourceName", "ProviderName"},
	winRecord:   {"EventRecordID"},
}

// winJSON is the fields of all shapes compiled: slots[s] are those of shape s,
// -1 for what it does not have.
var winJSON = func() (j struct {
	fields    *jsonscan.Fields
	slots     [len(winShapes)][winFields]int
	elsewhere [winFields][]int
}) {
	var paths []string
	slot := func(path string) int {
		if path == "" {
			return -1
		}
		if i := slices.Index(paths, path); i >= 0 {
			return i
		}
		paths = append(paths, path)
		return len(paths) - 1
	}
	for field, paths := range winElsewhere {
		for _, path := range paths {
			j.elsewhere[field] = append(j.elsewhere[field], slot(path))
		}
	}
	mark := slices.Clone(j.elsewhere[winID])
	for s, shape := range winShapes {
		for field := range winFields {
			path := ""
			switch {
			case field <= winProcess:
				path = shape.system[field]
			case winNames[field] != "":
				path = shape.data + winNames[field]
			case shape.param != "":
				path = shape.param + strconv.Itoa(field-winData1+1)
			}
			j.slots[s][field] = slot(path)
		}
		mark = append(mark, j.slots[s][winID])
	}
	j.fields = jsonscan.Compile(jsonscan.Config{AnyCase: true, Wrap: []string{"events", "records", "hits"}, Mark: mark}, paths...)
	return j
}()

// winJSONRecord is an event in JSON.
type winJSONRecord struct {
	rec   *jsonscan.Record
	slots *[winFields]int
}

// of finds out the shape of a record. It reports false where it has none.
func (w *winJSONRecord) of(rec *jsonscan.Record) bool {
	w.rec = rec
	for s := range winShapes {
		w.slots = &winJSON.slots[s]
		if w.text(winID) != "" && (w.text(winComputer) != "" || w.text(winChannel) != "" || w.text(winProvider) != "") {
			return true
		}
	}
	return false
}

// text returns a field.
func (w *winJSONRecord) text(field int) string {
	if slot := w.slots[field]; slot >= 0 && w.rec.Kind(slot) != jsonscan.Object {
		if text := w.rec.Text(slot); text != "" {
			return text
		}
	}
	for _, slot := range winJSON.elsewhere[field] {
		if text := w.rec.Text(slot); text != "" && w.rec.Kind(slot) != jsonscan.Object {
			return text
		}
	}
	return ""
}

func sniffWindowsJSON(head []byte) int {
	return sniffJSON(head, winJSON.fields, func(rec *jsonscan.Record) int {
		if new(winJSONRecord).of(rec) {
			return 93
		}
		return 0
	})
}

func decodeWindowsJSON(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	var record winJSONRecord
	w := windowsReader{text: record.text, zone: opt.Zone}
	return jsonRecords(r, winJSON.fields, func(rec *jsonscan.Record, ev *Event) error {
		if !record.of(rec) {
			return nil
		}
		return w.event(ev)
	})
}
