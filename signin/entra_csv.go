package signin

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"iter"
	"regexp"
	"strings"
	"time"

	"github.com/pumphandle/pumphandle/internal/csvscan"
	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var entraCSV = Format{
	Name:   "entra-csv",
	Title:  "Microsoft Entra sign-ins (CSV)",
	Doc:    "Sign-in logs downloaded as CSV from the Entra portal, or exported from Log Analytics, Sentinel or Defender.",
	Blind:  "non-interactive and legacy sign-ins, unless that table or file was exported too: sprays go there",
	Sniff:  sniffEntraCSV,
	Decode: decodeEntraCSV,
}

// sniffEntraCSV looks for a header in the first rows: people put a title above.
func sniffEntraCSV(head []byte) int {
	rows := csvscan.NewReader(bytes.NewReader(head), len(head))
	for range 5 {
		row, _, err := rows.Next()
		var bad *csvscan.RecordError
		if err != nil && !errors.As(err, &bad) {
			return 0
		}
		if _, ok := newEntraSheet(row); ok {
			return 90
		}
	}
	return 0
}

// decodeEntraCSV takes the columns from the header, in whatever order they
// are. A second header inside the file, as in exports put together, begins
// another sheet; rows before any header are no sign-ins.
func decodeEntraCSV(r io.Reader, opt Options) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		var sheet *entraSheet
		var ev Event
		for row, err := range scanRows(r, MaxRecord) {
			if err != nil {
				if !yield(nil, err) {
					return
				}
				continue
			}
			if next, ok := sheet.next(row.cells); ok {
				sheet = next
				continue
			}
			ev = Event{Line: row.line}
			if !yieldRead(yield, &ev, sheet.event(row.cells, &ev, opt.Zone)) {
				return
			}
		}
	}
}

// entraColumn is what a column of an export holds.
type entraColumn int

const (
	colTime entraColumn = iota
	colID
	colLog
	colEventTypes
	colInteractive
	colTenant
	colHomeTenant
	colResourceTenant
	colUserType
	colUPN
	colIdentifier
	colUserID
	colSPName
	colSPID
	colIP
	colASN
	colCountry
	colLocation
	colUserAgent
	colBrowser
	colOS
	colDevice
	colClientApp
	colAppID
	colAppName
	colProtocol
	colCode
	colReason
	colDetails
	colStatus
	entraColumnCount
)

// entraColumnNames has the names of each column, folded as [columnName] does,
// the best first: where it is empty in a row the next one is taken. They are
// those of
//   - Log Analytics and Sentinel: learn.microsoft.com/azure/azure-monitor/reference/tables/signinlogs,
//     aadnoninteractiveusersigninlogs, aadserviceprincipalsigninlogs, aadmanagedidentitysigninlogs;
//   - the CSV download of the Entra portal, 2018 to 2026;
//   - Defender advanced hunting: AADSignInEventsBeta, EntraIdSignInEvents;
//   - the Graph resource signIn made flat ("status.errorCode", "status_errorCode").
//
// TimeGenerated is last of the times because it is when the row was written:
// Log Analytics writes the same sign-in again, minutes later, under another
// TimeGenerated. TenantId is not the tenant but the workspace.
var entraColumnNames = [entraColumnCount][]string{
	colTime:           {"createddatetime", "date", "timestamp", "timegenerated"},
	colID:             {"id", "requestid"},
	colLog:            {"category", "type", "table"},
	colEventTypes:     {"signineventtypes", "logontype"},
	colInteractive:    {"isinteractive"},
	colTenant:         {"aadtenantid"},
	colHomeTenant:     {"hometenantid"},
	colResourceTenant: {"resourcetenantid"},
	colUserType:       {"usertype"},
	colUPN:            {"userprincipalname", "username", "accountupn"},
	colIdentifier:     {"signinidentifier", "alternatesigninname"},
	colUserID:         {"userid", "accountobjectid"},
	colSPName:         {"serviceprincipalname"},
	colSPID:           {"serviceprincipalid"},
	colIP:             {"ipaddress"},
	colASN:            {"autonomoussystemnumber"},
	colCountry:        {"country", "countryorregion", "locationcountryorregion"},
	colLocation:       {"location", "locationdetails"},
	colUserAgent:      {"useragent"},
	colBrowser:        {"browser", "devicedetailbrowser"},
	colOS:             {"operatingsystem", "devicedetailoperatingsystem", "osplatform"},
	colDevice:         {"devicedetail"},
	colClientApp:      {"clientappused", "clientapp"},
	colAppID:          {"appid", "applicationid"},
	colAppName:        {"appdisplayname", "application"},
	colProtocol:       {"authenticationprotocol"},
	colCode:           {"resulttype", "signinerrorcode", "statuserrorcode", "errorcode"},
	colReason:         {"failurereason", "statusfailurereason", "resultdescription"},
	colDetails:        {"statusadditionaldetails", "multifactorauthenticationresult", "mfaresult"},
	colStatus:         {"status"},
}

// entraSheet is the rows under one header.
type entraSheet struct {
	width    int
	columns  [entraColumnCount][]int // where the columns stand, the best first
	utc      []bool                  // by position: the header says that its times are UTC
	workload bool                    // no column for a user
	cells    []string                // by position: the last short text, which most often is the next one, too
}

// newEntraSheet returns the sheet under that header; false if it is not one of
// sign-ins. AuditLogs has no address, OfficeActivity no result code, and
// the portal's *_AuthDetails files have neither.
func newEntraSheet(header [][]byte) (*entraSheet, bool) {
	if len(header) < 4 {
		return nil, false
	}
	t := &entraSheet{width: len(header), utc: make([]bool, len(header)), cells: make([]string, len(header))}
	position := map[string]int{}
	for i, cell := range header {
		name, utc := columnName(cell)
		t.utc[i] = utc
		if _, twice := position[name]; !twice { // "Incoming token type" of the portal
			position[name] = i
		}
	}
	for column, names := range entraColumnNames {
		for _, name := range names {
			if i, ok := position[name]; ok {
				t.columns[column] = append(t.columns[column], i)
			}
		}
	}
	user := t.has(colUPN) || t.has(colUserID)
	t.workload = !user
	result := t.has(colCode) || t.has(colStatus) && (t.has(colReason) || t.has(colAppID) || t.has(colAppName))
	return t, t.has(colTime) && t.has(colIP) && result && (user || t.has(colSPID) || t.has(colSPName))
}

func (t *entraSheet) has(c entraColumn) bool { return len(t.columns[c]) > 0 }

// columnName folds the name of a column to lower-case letters and digits
// ("IP address", "IPAddress", "Autonomous system  number") without the zone,
// and reports whether that is UTC ("TimeGenerated [UTC]", "Date (UTC)").
func columnName(cell []byte) (name string, utc bool) {
	if len(cell) > MaxField {
		return "", false
	}
	text := strings.ToLower(strings.TrimSpace(string(cell)))
	for _, mark := range []string{"[utc]", "(utc)"} {
		if rest, found := strings.CutSuffix(text, mark); found {
			text, utc = rest, true
		}
	}
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, text), utc
}

// next returns the sheet that begins with that row, if it is a header.
func (t *entraSheet) next(row [][]byte) (*entraSheet, bool) {
	if t != nil && len(row) == t.width {
		if at := row[t.columns[colTime][0]]; len(at) > 0 && isDigit(at[0]) {
			return nil, false // a row like most: it has a time, not the name of that column
		}
	}
	return newEntraSheet(row)
}

// event fills ev from a row. A nil sheet is that of rows before any header.
func (t *entraSheet) event(row [][]byte, ev *Event, zone *time.Location) error {
	if t == nil {
		return nil
	}
	if len(row) != t.width {
		return fmt.Errorf("row has %d columns, its header %d", len(row), t.width)
	}
	name := t.text(row, colLog)
	log, ok := parseEntraLog(name)
	if name != "" && !ok {
		return nil // a row of AuditLogs or another table in a union
	}
	s := entraSignIn{
		ID:             t.text(row, colID),
		Tenant:         t.text(row, colTenant),
		HomeTenant:     t.text(row, colHomeTenant),
		ResourceTenant: t.text(row, colResourceTenant),
		UserType:       t.text(row, colUserType),
		UPN:            t.text(row, colUPN),
		Identifier:     t.text(row, colIdentifier),
		UserID:         t.text(row, colUserID),
		SPName:         t.text(row, colSPName),
		SPID:           t.text(row, colSPID),
		IP:             t.text(row, colIP),
		ASN:            t.text(row, colASN),
		UserAgent:      t.text(row, colUserAgent),
		ClientApp:      t.text(row, colClientApp),
		AppID:          t.text(row, colAppID),
		AppName:        t.text(row, colAppName),
		AuthProtocol:   protocolName(t.text(row, colProtocol)),
	}
	s.Time, zone = t.time(row, zone)
	t.kind(row, &s)
	if name != "" {
		s.setLog(log)
	}
	t.place(row, &s)
	t.client(row, &s)
	if err := t.result(row, &s); err != nil {
		return err
	}
	return s.event(ev, zone)
}

// text returns the text of the first column of that kind that is not empty.
func (t *entraSheet) text(row [][]byte, c entraColumn) string {
	for _, i := range t.columns[c] {
		if len(row[i]) > 0 {
			return t.cell(row, i)
		}
	}
	return ""
}

func (t *entraSheet) cell(row [][]byte, i int) string {
	if len(row[i]) > MaxField {
		return string(row[i])
	}
	if t.cells[i] != string(row[i]) { // compares without allocating
		t.cells[i] = string(row[i])
	}
	return t.cells[i]
}

func (t *entraSheet) time(row [][]byte, zone *time.Location) (string, *time.Location) {
	for _, i := range t.columns[colTime] {
		switch {
		case len(row[i]) == 0:
		case t.utc[i]:
			return t.cell(row, i), time.UTC
		default:
			return t.cell(row, i), zone
		}
	}
	return "", zone
}

// protocolName drops what the portal puts in for people: "Device code",
// "SAML 2.0", "WS-Federation".
func protocolName(s string) string { return protocolSpelling.Replace(s) }

var protocolSpelling = strings.NewReplacer(" ", "", "-", "", ".", "")

// kind says who signed in and how. The portal writes interactive and
// non-interactive sign-ins into files that differ in their name only, so there
// it stays open.
func (t *entraSheet) kind(row [][]byte, s *entraSignIn) {
	types := t.text(row, colEventTypes) // ["nonInteractiveUser"]
	s.Workload = t.workload || containsFold(types, "serviceprincipal") || containsFold(types, "managedidentity")
	s.Interactive = parseTri(t.text(row, colInteractive))
	switch {
	case s.Interactive != Unstated:
	case containsFold(types, "noninteractiveuser"):
		s.Interactive = No
	case containsFold(types, "interactiveuser"):
		s.Interactive = Yes
	}
}

// place reads the country: a column of its own, a code ("US"), the end of
// "City, State, US", or an object.
func (t *entraSheet) place(row [][]byte, s *entraSignIn) {
	s.Country = t.text(row, colCountry)
	for _, i := range t.columns[colLocation] {
		if s.Country != "" {
			return
		}
		text := t.cell(row, i)
		if isObject(text) {
			s.Country = parseCountry(parseObject(text)[objectCountry])
		} else {
			s.Country = parseCountry(text[strings.LastIndexByte(text, ',')+1:])
		}
	}
}

func (t *entraSheet) client(row [][]byte, s *entraSignIn) {
	if s.UserAgent != "" {
		return
	}
	s.Browser, s.OS = t.text(row, colBrowser), t.text(row, colOS)
	if s.Browser+s.OS != "" {
		return
	}
	device := parseObject(t.text(row, colDevice))
	s.Browser, s.OS = device[objectBrowser], device[objectOS]
}

// result reads code, reason and details. Status is an object in Log Analytics
// and a word in the portal, which has "None" or nothing for the code of a
// success.
func (t *entraSheet) result(row [][]byte, s *entraSignIn) error {
	s.Code, s.Reason, s.Details = t.text(row, colCode), t.text(row, colReason), t.text(row, colDetails)
	if s.Code == "None" {
		s.Code = ""
	}
	status := t.text(row, colStatus)
	refused := strings.EqualFold(status, "Failure") || strings.EqualFold(status, "Interrupted")
	switch {
	case s.Code == "0" && refused:
		s.Code = "" // the two disagree: do not claim a success
	case s.Code == "0": // nothing else matters
	case isObject(status):
		object := parseObject(status)
		s.Code = cmp.Or(s.Code, object[objectCode])
		s.Reason = cmp.Or(s.Reason, object[objectReason])
		s.Details = cmp.Or(s.Details, object[objectDetails])
	case s.Code == "":
		s.Code = deriveCode(status, s.Reason)
	}
	if s.Code == "" && !refused {
		return errNoCode
	}
	return nil
}

var aadstsCode = regexp.MustCompile(`AADSTS([0-9]{4,8})`)

// deriveCode finds the code of a portal row that has none: from the status if
// that is a success, from a code inside the reason, or from a reason that
// Microsoft documents for one code only. Anything else stays without.
func deriveCode(status, reason string) string {
	if strings.EqualFold(status, "Success") {
		return "0"
	}
	if m := aadstsCode.FindStringSubmatch(reason); m != nil {
		return m[1]
	}
	for _, known := range reasonCodes {
		if containsFold(reason, known.phrase) {
			return known.code
		}
	}
	return ""
}

// reasonCodes are reasons as the portal words them, after
// MicrosoftDocs/azure-docs articles/active-directory/reports-monitoring/reference-sign-ins-error-codes.md
// (2018) and MicrosoftDocs/entra-docs docs/identity-platform/reference-error-codes.md (2024).
var reasonCodes = []struct{ phrase, code string }{
	{"invalid username or password", "50126"},
	{"entered expired password", "50055"},
	{"tried to sign in too many times with an incorrect user id or password", "50053"},
	{"ip address with malicious activity", "50053"},
	{"user account is disabled", "50057"},
	{"did not pass the mfa challenge (non interactive)", "50076"},
	{"did not pass the mfa challenge", "50074"},
	{"blocked due to conditional access policies", "53003"},
	{"blocked by conditional access policies", "53003"},
}

// isObject reports whether a cell holds an object, in JSON or as PowerShell's
// Export-Csv writes one.
func isObject(cell string) bool {
	return strings.HasPrefix(cell, "{") || strings.HasPrefix(cell, "@{")
}

// objectFields are the members that are read of an object in a cell: of a
// Status, of LocationDetails, of DeviceDetail.
var objectFields = jsonscan.Compile(jsonscan.Config{AnyCase: true}, objectNames[:]...)

const (
	objectCode = iota
	objectReason
	objectDetails
	objectCountry
	objectBrowser
	objectOS
	objectFieldCount
)

var objectNames = [objectFieldCount]string{
	objectCode:    "errorCode",
	objectReason:  "failureReason",
	objectDetails: "additionalDetails",
	objectCountry: "countryOrRegion",
	objectBrowser: "browser",
	objectOS:      "operatingSystem",
}

// parseObject reads an object: {"errorCode":50126,…} or @{errorCode=50126; …}.
// What cannot be read is empty.
func parseObject(cell string) (object [objectFieldCount]string) {
	if inner, ok := strings.CutPrefix(cell, "@{"); ok {
		for member := range strings.SplitSeq(strings.TrimSuffix(inner, "}"), "; ") {
			name, value, _ := strings.Cut(member, "=")
			for i := range object {
				if strings.EqualFold(name, objectNames[i]) {
					object[i] = cmp.Or(object[i], value) // the first, as a text may hold "; name="
				}
			}
		}
		return object
	}
	var rec jsonscan.Record
	if objectFields.Scan([]byte(cell), &rec) != nil {
		return object
	}
	for i := range object {
		object[i] = rec.Text(i)
	}
	return object
}
