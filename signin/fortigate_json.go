package signin

import (
	"cmp"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var fortiGateJSON = Format{
	Name:   "fortigate-json",
	Title:  "FortiGate as JSON",
	Doc:    "Event log of FortiGate as JSON, from the device (set format json) or a collector that kept its keys.",
	Blind:  fortiGate.Blind,
	Sniff:  func(head []byte) int { return sniffJSON(head, fortiJSON, fortiScore) },
	Decode: decodeFortiGateJSON,
}

// fortiKind is the key that every record has beside those of an event.
const fortiKind = fortiKeys

var fortiJSON = jsonscan.Compile(jsonscan.Config{Wrap: lists(), Mark: []int{fortiLogID}}, append(fortiNames[:], "type")...)

func fortiScore(rec *jsonscan.Record) int {
	if rec.Text(fortiLogID) != "" && rec.Text(fortiKind) != "" && rec.Text(fortiSubtype) != "" {
		return 85
	}
	return 0
}

func decodeFortiGateJSON(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return jsonRecords(r, fortiJSON, func(rec *jsonscan.Record, ev *Event) error {
		if rec.Text(fortiKind) != "event" {
			return nil
		}
		var v [fortiKeys]string
		for i := range v {
			v[i] = rec.Text(i)
		}
		line := ev.Line
		if !fortiEvent(&v, ev) {
			*ev = Event{Line: line}
			return nil
		}
		var err error
		if ev.Time, err = fortiMoment(&v, time.Time{}, opt.Zone); err != nil {
			return err
		}
		ev.Host = NormalAccount(cmp.Or(v[fortiDevice], v[fortiDeviceID]))
		ev.Key = Key("fortigate", strings.Join(v[:], "\x00"))
		return nil
	})
}
