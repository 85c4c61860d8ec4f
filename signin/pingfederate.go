package signin

import (
	"errors"
	"io"
	"iter"
	"strings"
	"time"
)

var pingFederate = Format{
	Name:  "pingfederate",
	Title: "PingFederate audit log",
	Doc:   "audit.log with its columns between bars, the key=\"value\" lines of splunk-audit.log, or the CEF of both.",
	Blind: "user agents, whether an account exists, and names while they are typed (subject stays empty until somebody is known)",
	Sniff: sniffPingFederate,
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return joinSteps(pingSteps(r, opt.Zone))
	},
}

var pingFederateCodes = mustCodes("pingfederate")

// pingEvent is an audit event: the attributes that are used of it.
type pingEvent struct {
	Time, TrackingID, TransactionID, Event, Subject, IP, App, Connection, Protocol, Host, Role, Status, Adapter, Description, Grant string
}

// pingColumns are the columns of audit.log, as log4j2.xml of the product sets
// them: https://docs.pingidentity.com/pingfederate/latest/administrators_reference_guide/pf_audit_logging.html.
const pingColumns = 14

// parsePing reads a line of any form, and reports whether it is one. Its stamp
// stands before the tracking id, behind what syslog may have put there.
func parsePing(line string) (p pingEvent, ok bool) {
	if before, event, cef := strings.Cut(line, "CEF:0|Ping Identity|PingFederate|"); cef && strings.IndexByte(before, '|') < 0 && strings.IndexByte(before, '"') < 0 {
		return parsePingCEF(event)
	}
	head := strings.Index(line[:min(len(line), maxPingHead)], "tid:")
	if head < 0 {
		head = min(len(line), 64)
	}
	p.Time = stampIn(line[:head])
	if p.Time == "" {
		return p, false
	}
	if cells := strings.Split(line, "|"); len(cells) >= pingColumns && !strings.Contains(cells[0], `="`) {
		for i, to := range [...]*string{nil, &p.TrackingID, &p.Event, &p.Subject, &p.IP, &p.App, &p.Connection, &p.Protocol, &p.Host, &p.Role, &p.Status, &p.Adapter, &p.Description} {
			if to != nil {
				*to = strings.TrimSpace(cells[i])
			}
		}
		return p, p.Event != "" && p.Role != ""
	}
	from := strings.Index(line, `trackingid="`)
	if from < 0 {
		return p, false
	}
	for rest := line[from:]; rest != ""; {
		name, value, found := strings.Cut(rest, "=")
		if !found {
			break
		}
		if quoted, is := strings.CutPrefix(value, `"`); is {
			value, rest = unquote(quoted)
		} else {
			value, rest, _ = strings.Cut(value, " ") // virtualserverid has no quotes
		}
		if to := p.field(strings.TrimSpace(name)); to != nil && *to == "" {
			*to = value
		}
	}
	return p, p.Event != ""
}

// maxPingHead is how far into a line the tracking id may begin, in bytes.
const maxPingHead = 512

// parsePingCEF reads the rest of a line that log4j2.xml of the product writes as
// CEF: the version, the event twice and a severity between bars, and keys with
// values in which "=" has a backslash.
func parsePingCEF(text string) (p pingEvent, ok bool) {
	parts := strings.SplitN(text, "|", 5)
	if len(parts) < 5 {
		return p, false
	}
	p.Event = parts[1]
	(&cefRecord{pairs: parts[4]}).each(func(key, value string) {
		if key == "rt" {
			if at, err := time.Parse("Jan _2 2006 15:04:05.000", value); err == nil {
				p.Time = at.Format("2006-01-02T15:04:05.000") // without a zone, as it is written
			}
		} else if to := p.field(pingCEFKeys[key]); to != nil {
			*to = value
		}
	})
	return p, p.Event != "" && p.Time != ""
}

// pingCEFKeys are the keys of CEF by the names that the other logs have for what
// the product puts there.
var pingCEFKeys = map[string]string{
	"duid": "subject", "src": "ip", "msg": "status", "cs1": "app", "cs2": "connectionid", "cs3": "protocol", "cs4": "role",
	"dvchost": "host", "externalId": "trackingid",
}

// field returns the place of a field by its name; nil where it is not wanted.
func (p *pingEvent) field(name string) *string {
	switch strings.ToLower(name) {
	case "trackingid":
		return &p.TrackingID
	case "transactionid":
		return &p.TransactionID
	case "event":
		return &p.Event
	case "subject":
		return &p.Subject
	case "ip":
		return &p.IP
	case "app":
		return &p.App
	case "connectionid":
		return &p.Connection
	case "protocol":
		return &p.Protocol
	case "host", "pfhost":
		return &p.Host
	case "role":
		return &p.Role
	case "status":
		return &p.Status
	case "adapterid", "authenticationsourceid":
		return &p.Adapter
	case "description":
		return &p.Description
	case "granttype":
		return &p.Grant
	}
	return nil
}

func sniffPingFederate(head []byte) int {
	n := 0
	for line := range strings.Lines(string(head[:min(len(head), 32<<10)])) {
		if p, ok := parsePing(strings.TrimRight(line, "\r\n")); ok && (p.Role != "" || p.Protocol != "") && strings.HasPrefix(p.TrackingID, "tid:") {
			return 95
		}
		if n++; n == 50 {
			break
		}
	}
	return 0
}

// pingSteps reads the lines of a log with the steps they are.
func pingSteps(r io.Reader, zone *time.Location) iter.Seq[*stepRecord] {
	return func(yield func(*stepRecord) bool) {
		lines := newLineReader(r, MaxRecord)
		for {
			line, err := lines.next()
			var bad *RecordError
			if err == io.EOF {
				return
			}
			step := stepRecord{err: err}
			if err == nil {
				step.Line = lines.line
				if p, ok := parsePing(line); ok {
					if err := p.event(&step, zone); err != nil {
						step.err = &RecordError{lines.line, err}
					}
				}
			}
			if !yield(&step) || err != nil && !errors.As(err, &bad) {
				return
			}
		}
	}
}

// event fills step. An adapter that found a person is a step: others may follow
// it, and access is what SSO and OAuth give.
func (p *pingEvent) event(step *stepRecord, zone *time.Location) error {
	ev := &step.Event
	details := "adapter=" + p.Adapter + " grant=" + p.Grant
	class, ok := pingFederateCodes.Find(p.Event+" "+p.Status, p.Description, details)
	switch attempt := strings.EqualFold(p.Event, "AUTHN_ATTEMPT"); {
	case !ok || attempt && strings.EqualFold(p.Status, "success") && firstText(p.Subject) == "":
		return nil
	case attempt && class == MFARequired:
		step.kind, ev.Strength = verifiedNow, Hint
	case class.Succeeded():
		step.kind = succeededNow
	case !attempt:
		ev.Strength = Part
	}
	ev.Class, ev.Code = class, firstText(p.Description, p.Event+" "+p.Status)
	ev.Host = NormalAccount(p.Host)
	ev.Account = firstText(p.Subject)
	ev.Addr = ParseAddr(p.IP)
	ev.Client = firstText(p.Adapter)
	ev.App = firstText(p.App, p.Connection)
	switch {
	case strings.EqualFold(p.Grant, "password"):
		ev.Protocol = ROPC
	case strings.EqualFold(p.Grant, "client_credentials"):
		ev.Protocol = Workload
	case strings.EqualFold(p.Event, "SSO"):
		ev.Protocol = Federated
	default:
		ev.Protocol = Interactive
	}
	ev.Try = tryOf("pingfederate", p.TrackingID)
	if err := finish(ev, "pingfederate", p.Time, zone); err != nil {
		return err
	}
	ev.Key = Key("pingfederate", p.Time, p.TrackingID, p.TransactionID, p.Event, p.Status, p.Subject, p.IP, p.Connection, p.Adapter)
	return nil
}
