package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var duo = Format{
	Name:  "duo",
	Title: "Duo authentication and administrator logs",
	Doc:   "JSON of the Admin API (/admin/v2/logs/authentication, older /admin/v1 logs), as written by Duolog Sync or a collector.",
	Blind: "wrong passwords: Duo is asked after a right one; read the log of what stands before it too",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, duoFields, duoScore) },
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		var d duoReader
		return jsonRecords(r, duoFields, func(rec *jsonscan.Record, ev *Event) error { return d.read(rec, ev, opt) })
	},
}

// The fields of authentication log version 2 (first), of version 1, and of the
// administrator log: https://duo.com/docs/adminapi#authentication-logs.
const (
	duoID = iota
	duoISOTime
	duoTime
	duoKind
	duoResult
	duoReason
	duoFactor
	duoUser
	duoEmail
	duoAlias
	duoIP
	duoCountry
	duoBrowser
	duoOS
	duoApp
	duoUserName
	duoOldIP
	duoOldApp
	duoOldCountry
	duoHost
	duoAction
	duoDescription
	duoCredits // of the telephony log, which has no sign-ins
	duoPhone
)

var duoFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists("authlogs"),
	Mark:    []int{duoResult, duoAction, duoCredits},
}, duoPaths...)

var duoPaths = []string{
	"txid", "isotimestamp", "timestamp", "event_type", "result", "reason", "factor", "user.name", "email", "alias",
	"access_device.ip", "access_device.location.country", "access_device.browser", "access_device.os", "application.name",
	"username", "ip", "integration", "location.country", "host", "action", "description", "credits", "phone",
}

// duoDescription is a text that holds these as JSON.
var duoDescriptionFields = jsonscan.Compile(jsonscan.Config{AnyCase: true}, "ip_address", "email", "error", "message")

var duoCodes = mustCodes("duo")

func duoScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	switch {
	case has(duoFactor) && has(duoResult) && has(duoReason) && (has(duoIP) || has(duoUser)):
		return 95
	case has(duoFactor) && has(duoResult) && has(duoOldApp) && has(duoUserName):
		return 90
	case has(duoAction) && has(duoDescription) && (has(duoISOTime) || has(duoTime)) && has(duoUserName):
		return 85
	case has(duoCredits) && has(duoPhone):
		return 60
	}
	return 0
}

// duoReader reads the records of one input.
type duoReader struct{ description jsonscan.Record }

func (d *duoReader) read(rec *jsonscan.Record, ev *Event, opt Options) error {
	if rec.Kind(duoAction) == jsonscan.String && rec.Kind(duoFactor) == jsonscan.Missing {
		return d.readAdmin(rec, ev, opt)
	}
	kind := rec.Text(duoKind)
	if rec.Kind(duoResult) == jsonscan.Missing || kind != "" && !strings.EqualFold(kind, "authentication") {
		return nil // an enrolment, telephony, an activity
	}
	result, reason := duoWord(rec.Text(duoResult)), duoWord(rec.Text(duoReason))
	ev.Code = firstText(reason, result)
	if result == "success" {
		ev.Class = OK
	} else if class, ok := duoCodes.Find(ev.Code, "", ""); ok {
		ev.Class = class
	} else if ev.Class, ok = duoCodes.Find(result, "", ""); ok && result == "denied" {
		ev.Class = Other // a reason that the table does not know
	}
	ev.Account = duoAccount(rec)
	ev.Addr = firstAddr(rec.Text(duoIP), rec.Text(duoOldIP))
	ev.Country = countryOf(firstText(rec.Text(duoCountry), rec.Text(duoOldCountry)))
	ev.UserAgent = browserAgent(firstText(rec.Text(duoBrowser)), firstText(rec.Text(duoOS)))
	ev.Client = duoWord(rec.Text(duoFactor))
	ev.App = firstText(rec.Text(duoApp), rec.Text(duoOldApp))
	ev.Protocol = Interactive
	ev.ID = rec.Text(duoID)
	return d.finish(rec, ev, opt)
}

// readAdmin reads a sign-in to Duo's own administration.
func (d *duoReader) readAdmin(rec *jsonscan.Record, ev *Event, opt Options) error {
	action := rec.Text(duoAction)
	var address, email, why string
	if err := duoDescriptionFields.Scan(rec.Bytes(duoDescription), &d.description); err == nil {
		address, email = d.description.Text(0), d.description.Text(1)
		why = firstText(d.description.Text(2), d.description.Text(3))
	} else {
		why = rec.Text(duoDescription) // some records hold text that only looks like JSON
	}
	class, ok := duoCodes.Find(action, why, "")
	if !ok {
		return nil
	}
	ev.Class, ev.Code = class, action
	ev.Account = firstText(email, rec.Text(duoUserName))
	ev.Addr = ParseAddr(address)
	ev.App = "Duo Admin Panel"
	ev.Protocol = Interactive
	return d.finish(rec, ev, opt)
}

// finish completes the event. Older records have the time in seconds alone, and
// tools that copied records have spoilt the other one ("11: 44: 09+00: 00").
func (d *duoReader) finish(rec *jsonscan.Record, ev *Event, opt Options) error {
	at := firstText(rec.Text(duoISOTime), rec.Text(duoTime))
	if _, err := parseStamp(at, opt.Zone); err != nil {
		at = firstText(rec.Text(duoTime), at)
	}
	return finish(ev, "duo", at, opt.Zone)
}

// duoAccount prefers a name with a domain: it says whose account it is.
func duoAccount(rec *jsonscan.Record) string {
	name := firstText(rec.Text(duoUser), rec.Text(duoUserName))
	if strings.Contains(name, "@") {
		return name
	}
	return firstText(rec.Text(duoEmail), name, rec.Text(duoAlias))
}

// duoWord writes a value of version 1 ("User marked fraud", "FAILURE") as
// version 2 does.
func duoWord(s string) string {
	s = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), " ", "_")
	if s == "failure" {
		return "denied"
	}
	return s
}
