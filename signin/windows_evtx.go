package signin

import (
	"errors"
	"io"
	"iter"

	"github.com/pumphandle/pumphandle/internal/evtx"
)

var windowsEVTX = Format{
	Name:   "windows-evtx",
	Title:  "Windows event log",
	Doc:    "An .evtx file of the Security log: from winevt\\Logs, wevtutil epl, or Save All Events As in the Event Viewer.",
	Blind:  "4776 and 4740 name no address; 4648 does not say how it ended; a host that audits no failures has none.",
	Sniff:  sniffEVTX,
	Decode: decodeEVTX,
}

var windowsFields = evtx.Compile(winPaths[:]...)

func sniffEVTX(head []byte) int {
	if evtx.IsEVTX(head) {
		return 100
	}
	return 0
}

func decodeEVTX(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return windowsRecords(evtx.NewReader(r, windowsFields), opt)
}

// windowsRecords decodes what a reader of Windows events gives.
func windowsRecords(r interface {
	Next() (*evtx.Record, error)
}, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var rec *evtx.Record
		w := windowsReader{text: func(field int) string { return rec.Text(field) }, zone: opt.Zone}
		var ev Event
		for {
			var err error
			rec, err = r.Next()
			var bad *evtx.RecordError
			switch {
			case err == io.EOF:
				return
			case errors.As(err, &bad):
				if !yield(nil, &RecordError{bad.At, bad.Err}) {
					return
				}
				continue
			case err != nil:
				yield(nil, err)
				return
			}
			ev = Event{Line: rec.At}
			if !yieldRead(yield, &ev, w.event(&ev)) {
				return
			}
		}
	}
}
