package signin

import (
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var paloAltoJSON = Format{
	Name:   "palo-alto-json",
	Title:  "Palo Alto GlobalProtect as JSON",
	Doc:    "GlobalProtect and System logs of Strata Logging Service (Cortex Data Lake), which forwards and exports them as JSON.",
	Blind:  paloAlto.Blind,
	Sniff:  func(head []byte) int { return sniffJSON(head, panJSON.fields, panScore) },
	Decode: decodePaloAltoJSON,
}

// panNames are the keys for the columns of a log, in the order in which they are
// believed.
var panNames = map[int][]string{
	panReceived: {"TimeReceived", "LogTime"}, panSerial: {"DeviceSN", "LogSourceID"}, panType: {"LogType"}, panSubtype: {"Subtype", "LogSubtype"},
	panGenerated: {"TimeGeneratedHighResolution", "TimeGenerated", "EventTime"}, panEvent: {"EventIDValue", "EventName"}, panStage: {"Stage"},
	panMethod: {"AuthMethod"}, panUser: {"SourceUserName", "SourceUser"}, panRegion: {"SourceRegion"}, panPublicIP: {"PublicIPv4"},
	panPublicIPv6: {"PublicIPv6"}, panVersion: {"GlobalProtectClientVersion"}, panOS: {"EndpointOSVersion"}, panRepeat: {"CountOfRepeats"},
	panReason: {"AuthFailureReason"}, panError: {"ConnectionError"}, panDescription: {"Description"}, panStatus: {"EventStatus"},
	panPortal: {"Portal", "GlobalProtectGatewayLocation"}, panDevice: {"LogSourceName", "DeviceName"},
}

// Columns that rows do not have, or have elsewhere.
const (
	panDevice  = -1
	panMessage = -2
)

// panJSON is the fields with their slots by column.
var panJSON = func() (j struct {
	fields *jsonscan.Fields
	slots  map[int][]int
}) {
	var paths []string
	j.slots = map[int][]int{}
	for column, names := range panNames {
		for _, name := range names {
			j.slots[column] = append(j.slots[column], len(paths))
			paths = append(paths, name)
		}
	}
	j.slots[panMessage] = []int{len(paths)}
	paths = append(paths, "EventDescription")
	j.fields = jsonscan.Compile(jsonscan.Config{Wrap: lists(), Mark: j.slots[panType]}, paths...)
	return j
}()

// panText gives the columns of a record. The text of a System log stands in a
// column that in the other log is the machine.
func panText(rec *jsonscan.Record) func(int) string {
	return func(column int) string {
		if column == panSystemText {
			column = panMessage
		}
		for _, slot := range panJSON.slots[column] {
			if s := rec.Text(slot); s != "" {
				return s
			}
		}
		return ""
	}
}

func panScore(rec *jsonscan.Record) int {
	text := panText(rec)
	if kind := text(panType); (kind == "GLOBALPROTECT" || kind == "SYSTEM") && text(panEvent) != "" && text(panSerial) != "" {
		return 85
	}
	return 0
}

func decodePaloAltoJSON(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return jsonRecords(r, panJSON.fields, func(rec *jsonscan.Record, ev *Event) error {
		text := panText(rec)
		line := ev.Line
		ok, err := panLog(text, ev, opt.Zone)
		if !ok || err != nil {
			*ev = Event{Line: line}
			return err
		}
		ev.Host = NormalAccount(firstText(text(panDevice), text(panSerial)))
		ev.Key = Key("palo-alto", text(panSerial), text(panGenerated), ev.Account, ev.Addr.String(), ev.Client, ev.Code, text(panEvent))
		return nil
	})
}
