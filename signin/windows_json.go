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
	Doc:    "Events of Winlogbeat or Elastic Agent, NXLog, Wazuh, EvtxECmd, PowerShell, or of a converter that keeps System and EventData.",
	Blind:  "As for windows-evtx; agents are often told to send some events only.",
	Sniff:  sniffWindowsJSON,
	Decode: decodeWindowsJSON,
}

// winShapes are the ways in which programs write an event.
var winShapes = [...]struct {
	system [winProcess + 1]string
	data   string // before the Name of a Data
	value  string // behind it
	param  string // before the place of a Data without one; "": they cannot be read
}{
	// Winlogbeat 7 and later, Elastic Agent, and their documents in Elasticsearch;
	// see winElsewhere.
	{winSystem("winlog.provider_name", "winlog.event_id", "@timestamp", "winlog.record_id", "winlog.channel", "winlog.computer_name",
		"winlog.process.pid"), "winlog.event_data.", "", "winlog.event_data.param"},
	{winSystem("_source.winlog.provider_name", "_source.winlog.event_id", "_source.@timestamp", "_source.winlog.record_id",
		"_source.winlog.channel", "_source.winlog.computer_name", "_source.winlog.process.pid"),
		"_source.winlog.event_data.", "", "_source.winlog.event_data.param"},
	// Winlogbeat 6.
	{winSystem("source_name", "event_id", "@timestamp", "record_number", "log_name", "computer_name", "process_id"),
		"event_data.", "", "event_data.param"},
	// NXLog and others that write all fields side by side.
	{winSystem("SourceName", "EventID", "EventTime", "RecordNumber", "Channel", "Hostname", "ExecutionProcessID"), "", "", "Data_"},
	// Get-WinEvent | ConvertTo-Json, which keeps the text alone.
	{winSystem("ProviderName", "Id", "TimeCreated", "RecordId", "LogName", "MachineName", "ProcessId"), "", "", ""},
	// The diagnostics extension of Azure, likewise.
	{winSystem("properties.ProviderName", "properties.EventId", "time", "", "properties.Channel", "properties.RoleInstance", "properties.Pid"), "", "", ""},
	// Wazuh: an alert, and what its agent sends.
	{winSystem("data.win.system.providerName", "data.win.system.eventID", "data.win.system.systemTime", "data.win.system.eventRecordID",
		"data.win.system.channel", "data.win.system.computer", "data.win.system.processID"), "data.win.eventdata.", "", ""},
	{winSystem("win.system.providerName", "win.system.eventID", "win.system.systemTime", "win.system.eventRecordID", "win.system.channel",
		"win.system.computer", "win.system.processID"), "win.eventdata.", "", ""},
	// Converters of EVTX files and of the XML of events.
	{winSystem("Event.System.Provider.@Name", "Event.System.EventID", "Event.System.TimeCreated.@SystemTime", "Event.System.EventRecordID",
		"Event.System.Channel", "Event.System.Computer", "Event.System.Execution.@ProcessID"), "Event.EventData.Data[@Name=", "].#text", ""},
	{winSystem("Event.System.Provider.Name", "Event.System.EventID.value", "Event.System.TimeCreated.SystemTime", "Event.System.EventRecordID",
		"Event.System.Channel", "Event.System.Computer", "Event.System.Execution.ProcessID"), "Event.EventData.Data.", "", ""},
	{winSystem("Event.System.Provider_attributes.Name", "Event.System.EventID", "Event.System.TimeCreated_attributes.SystemTime",
		"Event.System.EventRecordID", "Event.System.Channel", "Event.System.Computer", "Event.System.Execution_attributes.ProcessID"),
		"Event.EventData.", "", ""}, // evtx_dump with attributes apart, Chainsaw
	{winSystem("document.data.Event.System.Provider_attributes.Name", "document.data.Event.System.EventID",
		"document.data.Event.System.TimeCreated_attributes.SystemTime", "document.data.Event.System.EventRecordID",
		"document.data.Event.System.Channel", "document.data.Event.System.Computer", "document.data.Event.System.Execution_attributes.ProcessID"),
		"document.data.Event.EventData.", "", ""}, // what Chainsaw finds
	{winSystem("System.Provider.Name", "System.EventID.Value", "System.TimeCreated.SystemTime", "System.EventRecordID", "System.Channel",
		"System.Computer", "System.Execution.ProcessID"), "EventData.", "", ""}, // Velociraptor
	{winSystem("Event.System.Provider.#attributes.Name", "Event.System.EventID", "Event.System.TimeCreated.#attributes.SystemTime",
		"Event.System.EventRecordID", "Event.System.Channel", "Event.System.Computer", "Event.System.Execution.#attributes.ProcessID"),
		"Event.EventData.", "", ""},
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
	winTime:     {"TimeCreated", "TimeCreated.value", "TimeGenerated", "@timestamp", "EventReceivedTime", "timestamp", "time"},
	winComputer: {"Computer", "host.name"},
	winProvider: {"EventSourceName", "ProviderName", "Provider"},
	winRecord:   {"EventRecordID"},

	// Winlogbeat's module and Elastic's integrations take the address of an event
	// and the name of the client out of its data; "-" they leave there.
	winIP:              {"source.ip", "_source.source.ip"},
	winWorkstationName: {"source.domain", "_source.source.domain"},
}

// winJSONTexts are where the text of an event may be. It is long, and only events
// without data need it, so it is looked for in those alone.
var winJSONTexts = jsonscan.Compile(jsonscan.Config{AnyCase: true}, "Message", "Description", "data.win.system.message", "properties.Description")

// winJSON is the fields of all shapes compiled: slots[s] are those of shape s,
// -1 for what it does not have.
var winJSON = func() (j struct {
	fields    *jsonscan.Fields
	slots     [len(winShapes)][winFields]int
	elsewhere [winFields][]int
	payload   int // EvtxECmd has the data as a text that is JSON again
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
	j.payload = slot(winPayloadColumn)
	mark := slices.Clone(j.elsewhere[winID])
	for s, shape := range winShapes {
		for field := range winFields {
			path := ""
			switch {
			case field <= winProcess:
				path = shape.system[field]
			case winNames[field] != "":
				path = shape.data + winNames[field] + shape.value
			case shape.param != "":
				path = shape.param + strconv.Itoa(field-winData1+1)
			}
			j.slots[s][field] = slot(path)
		}
		mark = append(mark, j.slots[s][winID])
	}
	j.fields = jsonscan.Compile(jsonscan.Config{AnyCase: true, Wrap: lists("hits", "expected"), Mark: mark}, paths...)
	return j
}()

// winJSONRecord is an event in JSON.
type winJSONRecord struct {
	rec   *jsonscan.Record
	slots *[winFields]int

	data    jsonscan.Record // of EvtxECmd
	hasData bool

	texts jsonscan.Record
}

// maxWinID is the length of the longest number of an event.
const maxWinID = len("65535")

// of finds out the shape of a record: that which has most of what stands beside
// the data. Records of a log have one shape, so that of the one before is tried
// first. It reports false where the record has none.
func (w *winJSONRecord) of(rec *jsonscan.Record) bool {
	w.rec = rec
	w.hasData = rec.Kind(winJSON.payload) == jsonscan.String && winPayloadFields.Scan([]byte(rec.Text(winJSON.payload)), &w.data) == nil
	if w.slots != nil && w.has(w.slots) > winProcess {
		return w.isEvent()
	}
	most := 0
	for s := range winShapes {
		if n := w.has(&winJSON.slots[s]); n > most {
			most, w.slots = n, &winJSON.slots[s]
		}
	}
	return most > 0 && w.isEvent()
}

// has counts what a shape finds beside the data; without the number of the event
// it is nothing.
func (w *winJSONRecord) has(slots *[winFields]int) (n int) {
	for _, slot := range slots[:winProcess+1] {
		if slot >= 0 && w.rec.Kind(slot) != jsonscan.Missing && w.rec.Kind(slot) != jsonscan.Object {
			n++
		}
	}
	if slot := slots[winID]; slot < 0 || w.rec.Kind(slot) == jsonscan.Missing {
		return 0
	}
	return n
}

func (w *winJSONRecord) isEvent() bool {
	id := w.text(winID)
	return len(id) <= maxWinID && allDigits(id) && (w.text(winComputer) != "" || w.text(winChannel) != "" || w.text(winProvider) != "")
}

// text returns a field.
func (w *winJSONRecord) text(field int) string {
	if field == winText {
		return w.message()
	}
	if w.hasData && winNames[field] != "" {
		if text := w.data.Text(field); text != "" {
			return text
		}
	}
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

// message returns the text of the event.
func (w *winJSONRecord) message() string {
	if winJSONTexts.Scan(w.rec.Raw(), &w.texts) != nil {
		return ""
	}
	for i := range 4 {
		if text := w.texts.Text(i); text != "" {
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
