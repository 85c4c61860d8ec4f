package signin

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/csvscan"
	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var m365Audit = Format{
	Name:   "m365-audit",
	Title:  "Microsoft 365 unified audit log",
	Doc:    "Management Activity API JSON; CSV with an AuditData column: Search-UnifiedAuditLog, a Purview audit search; rows of Sentinel's OfficeActivity.",
	Blind:  "networks and countries, and sign-ins that renew a token",
	Apart:  true,
	Sniff:  sniffAudit,
	Decode: decodeAudit,
}

// The fields of an audit record:
// https://learn.microsoft.com/office/office-365-management-api/office-365-management-activity-api-schema.
const (
	auditID = iota
	auditTime
	auditStart
	auditOperation
	auditRecordType
	auditTenant
	auditResult
	auditUser
	auditUserKey
	auditIP
	auditMailboxIP
	auditActorIP
	auditApp
	auditMailboxApp
	auditObject
	auditUserAgent
	auditClientInfo
	auditRequestType
	auditErrorNumber
	auditLogonError
	auditData
	auditActs // the conditions of acts
)

var m365Acts = mustActs("m365", "entra")

var auditPaths = append([]string{
	auditID:          "Id",
	auditTime:        "CreationTime",
	auditStart:       "Start_Time", // of OfficeActivity
	auditOperation:   "Operation",
	auditRecordType:  "RecordType",
	auditTenant:      "OrganizationId",
	auditResult:      "ResultStatus",
	auditUser:        "UserId",
	auditUserKey:     "UserKey",
	auditIP:          "ClientIP",
	auditMailboxIP:   "ClientIPAddress", // mailbox items
	auditActorIP:     "ActorIpAddress",
	auditApp:         "ApplicationId",
	auditMailboxApp:  "ClientAppId",
	auditObject:      "ObjectId",
	auditUserAgent:   "ExtendedProperties[Name=UserAgent].Value",
	auditClientInfo:  "ClientInfoString",
	auditRequestType: "ExtendedProperties[Name=RequestType].Value",
	auditErrorNumber: "ErrorNumber",
	auditLogonError:  "LogonError",
	auditData:        "AuditData", // the record itself, where the cmdlet's or Graph's output was kept as JSON
}, m365Acts.paths...)

var auditFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true, // Graph writes operation and auditData
	Wrap:    []string{"value", "records"},
	Mark:    []int{auditTime, auditData},
}, auditPaths...)

func sniffAudit(head []byte) int {
	if looksLikeJSON(head) {
		return sniffJSON(head, auditFields, auditScore)
	}
	if header, _, err := csvscan.NewReader(bytes.NewReader(head), len(head)+1).Next(); err == nil && auditColumn(header) >= 0 {
		return 95
	}
	return 0
}

func auditScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	switch {
	case has(auditData):
		return 90
	case has(auditTime) && has(auditOperation) && (has(auditRecordType) || has(auditTenant)):
		return 90
	}
	return 0
}

func decodeAudit(r io.Reader, _ Options) iter.Seq2[*Event, error] {
	var a auditReader
	if jsonscan.IsShared(r) {
		return jsonRecords(r, auditFields, a.read)
	}
	head := bufio.NewReader(r)
	start, _ := head.Peek(256) // an error of the source comes again when it is read
	if looksLikeJSON(start) {
		return jsonRecords(head, auditFields, a.read)
	}
	return a.rows(head)
}

// auditReader reads the records of one input.
type auditReader struct {
	inner jsonscan.Record // of AuditData
}

// read reads a record that is one or holds one.
func (a *auditReader) read(rec *jsonscan.Record, ev *Event) error {
	if kind := rec.Kind(auditData); kind == jsonscan.String || kind == jsonscan.Object {
		return a.readData(rec.Bytes(auditData), ev)
	}
	return readAudit(rec, ev)
}

// readData reads the record in an AuditData.
func (a *auditReader) readData(text []byte, ev *Event) error {
	if err := auditFields.Scan(text, &a.inner); err != nil {
		return fmt.Errorf("AuditData: %w", err) // older cmdlets cut it short
	}
	return readAudit(&a.inner, ev)
}

var errNoAuditData = errors.New("no column AuditData")

// rows decodes a CSV file by its AuditData column; the other columns repeat
// parts of it, and exports differ in which they have.
func (a *auditReader) rows(r io.Reader) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		column := -1
		var ev Event
		for row, err := range scanRows(r, MaxRecord) {
			more := true
			switch {
			case err != nil:
				more = yield(nil, err)
			case column < 0:
				if column = auditColumn(row.cells); column < 0 {
					yield(nil, errNoAuditData)
					return
				}
			case column >= len(row.cells):
				more = yield(nil, &RecordError{row.line, errNoAuditData})
			default:
				ev = Event{Line: row.line}
				more = yieldRead(yield, &ev, a.readData(row.cells[column], &ev))
			}
			if !more {
				return
			}
		}
	}
}

// auditColumn returns the index of the AuditData column, or -1.
func auditColumn(header [][]byte) int {
	return slices.IndexFunc(header, func(name []byte) bool {
		return bytes.EqualFold(bytes.TrimSpace(name), []byte("AuditData"))
	})
}

// readAudit fills ev from a record: a sign-in, an act that is listed, or
// nothing.
func readAudit(rec *jsonscan.Record, ev *Event) error {
	operation := rec.Text(auditOperation)
	switch {
	case operation == "UserLoggedIn" || operation == "UserLoginFailed":
		ev.Class, ev.Code = auditClass(rec, operation == "UserLoginFailed")
		ev.Protocol = requestProtocol(rec.Text(auditRequestType), rec.Text(auditUserAgent))
		ev.Client = clip(rec.Text(auditRequestType))
		ev.App = clip(cmp.Or(rec.Text(auditApp), rec.Text(auditObject)))
	case m365Acts.has(operation, rec, auditActs) && !actFailed(rec.Text(auditResult)):
		ev.Class, ev.Action = ClassActivity, clip(operation)
		ev.App = clip(cmp.Or(rec.Text(auditApp), rec.Text(auditMailboxApp)))
	default:
		return nil
	}
	at, err := auditMoment(rec)
	if err != nil {
		return err
	}
	ev.Time = at
	ev.Tenant = NormalAccount(rec.Text(auditTenant))
	ev.Account = auditAccount(rec.Text(auditUser))
	ev.Known = knownAccount(ev.Class, directoryID(rec.Text(auditUserKey)))
	ev.Addr = firstAddr(rec.Text(auditIP), rec.Text(auditMailboxIP), rec.Text(auditActorIP))
	ev.UserAgent = clip(cmp.Or(rec.Text(auditUserAgent), rec.Text(auditClientInfo)))
	ev.ID = NormalAccount(rec.Text(auditID))
	ev.Key = entraKey(ev)
	return nil
}

// auditMoment returns when a record was, always UTC, with or without a Z. Of the
// rows of OfficeActivity a spreadsheet may have left the time of day ("12:36 PM")
// where it was in TimeGenerated; Start_Time is some minutes later.
func auditMoment(rec *jsonscan.Record) (time.Time, error) {
	text := rec.Text(auditTime)
	if text == "" {
		return time.Time{}, errNoTime
	}
	at, err := parseStamp(text, nil)
	if start := rec.Text(auditStart); err != nil && start != "" {
		at, err = parseStamp(start, nil)
	}
	return at, err
}

// auditClass reads ErrorNumber, else the name in LogonError. ResultStatus is
// not looked at: it is "Success" on most failures.
func auditClass(rec *jsonscan.Record, failed bool) (class Class, code string) {
	number, name := rec.Text(auditErrorNumber), rec.Text(auditLogonError)
	given := number != "" && number != "0"
	switch {
	case given:
		return entraCodes.Class(number, name, ""), clip(number)
	case !failed:
		return OK, clip(number)
	case name == "":
		return Other, clip(number)
	}
	return entraCodes.Class(entraCodes.Code(name), name, ""), clip(name)
}

// requestProtocol reads the RequestType of a sign-in. OAuth2:Token is the token
// endpoint; a sign-in with a password that is written there is ROPC.
func requestProtocol(request, userAgent string) Protocol {
	endpoint, _, _ := strings.Cut(request, ":")
	switch {
	case userAgent == "BAV2ROPC" || userAgent == "CBAInPROD":
		return Legacy // Exchange Online on behalf of an IMAP, POP, SMTP or ActiveSync client
	case strings.EqualFold(request, "OAuth2:Token"):
		return ROPC
	case strings.EqualFold(endpoint, "OrgIdWsTrust2"):
		return Legacy // WS-Trust with a password
	case strings.EqualFold(endpoint, "Saml2"), strings.EqualFold(endpoint, "WsFed"):
		return Federated
	case request != "":
		return Interactive
	}
	return ProtocolUnknown
}

// actFailed reports whether the result of an act is a failure: "Failed" in the
// directory, "False" in Exchange.
func actFailed(result string) bool {
	return strings.EqualFold(result, "Failed") || strings.EqualFold(result, "Failure") || strings.EqualFold(result, "False")
}

// auditAccount returns the account in a UserId, which for names that the
// directory does not know is a placeholder.
func auditAccount(user string) string {
	if strings.EqualFold(user, "Not Available") || strings.EqualFold(user, "Unknown") {
		return ""
	}
	return NormalAccount(knownGUID(user))
}

// directoryID returns a UserKey that is an object id; others are "Not
// Available" or a number of the older directory.
func directoryID(key string) string {
	if len(key) != 36 || strings.Count(key, "-") != 4 {
		return ""
	}
	return key
}

// firstAddr returns the first of texts that is an address: the fields of
// records are at times empty or "<null>".
func firstAddr(texts ...string) netip.Addr {
	for _, text := range texts {
		if a := ParseAddr(text); a.IsValid() {
			return a
		}
	}
	return netip.Addr{}
}
