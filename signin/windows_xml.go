package signin

import (
	"bytes"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/evtx"
)

var windowsXML = Format{
	Name:   "windows-xml",
	Title:  "Windows events as XML",
	Doc:    "wevtutil qe Security /f:xml, Save All Events As XML in the Event Viewer, or an agent that sends the XML of events.",
	Blind:  "As for windows-evtx.",
	Sniff:  sniffWindowsXML,
	Decode: decodeWindowsXML,
}

func decodeWindowsXML(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return windowsRecords(evtx.NewXMLReader(r, windowsFields, MaxRecord), opt)
}

// sniffWindowsXML looks for an event early in the text: it may be quoted in
// JSON, which is of another format, and there its quotes are escaped.
func sniffWindowsXML(head []byte) int {
	if looksLikeJSON(head) || !bytes.Contains(head, []byte("<Event")) {
		return 0
	}
	records := evtx.NewXMLReader(bytes.NewReader(head), windowsFields, len(head)+1)
	for range sniffed {
		rec, err := records.Next()
		if err == io.EOF {
			break
		}
		if err == nil && rec.Has(winID) && (rec.Has(winComputer) || rec.Has(winChannel) || rec.Has(winTime)) {
			return 95
		}
	}
	return 0
}
