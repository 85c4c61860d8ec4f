package signin

import (
	"cmp"
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var entraMonitor = Format{
	Name:  "entra-monitor",
	Title: "Microsoft Entra sign-ins and audit log, Azure Monitor",
	Doc:   "JSON of Entra diagnostic settings: an Event Hub, a storage account, or rows of the Log Analytics tables.",
	Blind: "non-interactive and legacy sign-ins, unless NonInteractiveUserSignInLogs was exported too: sprays go there",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, monitorFields, monitorScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		var m monitorReader
		return jsonRecords(r, monitorFields, m.read)
	},
}

// A record has the fields of Graph under "properties" and these around it:
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/adfssigninlogs and its siblings.
// A row of Log Analytics has them all at the top.
const (
	monitorTime = graphFieldCount + iota
	monitorCategory
	monitorTenant
	monitorResult
	monitorDescription
	monitorCallerIP
	monitorLocation
	monitorResource
	monitorProperties
	rowTime
	rowType
	rowTenant
	rowStatus
	rowGraph // the fields of Graph, at the top
)

// monitorFields reads the outer fields and both places for those of Graph.
var monitorFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true, // Log Analytics writes TimeGenerated, some collectors all in lower case
	Wrap:    []string{"records", "value"},
	Mark:    []int{monitorTime, rowTime},
}, monitorPaths()...)

func monitorPaths() []string {
	var paths []string
	for _, p := range graphPaths[:graphFieldCount] {
		paths = append(paths, "properties."+p)
	}
	paths = append(paths,
		"time", "category", "tenantId", "resultType", "resultDescription", "callerIpAddress", "location", "resourceId", "properties",
		"TimeGenerated", "Type", "AADTenantId", "Status")
	return append(paths, graphPaths[:graphFieldCount]...)
}

func monitorScore(rec *jsonscan.Record) int {
	_, signIns := parseEntraLog(monitorLog(rec))
	outer := rec.Kind(monitorTime) != jsonscan.Missing && rec.Kind(monitorProperties) == jsonscan.Object
	row := rec.Kind(rowTime) != jsonscan.Missing
	switch {
	case signIns && (outer || row && rec.Kind(monitorResult) != jsonscan.Missing), monitorAudit(rec) && (outer || row):
		return 95
	case outer && rec.Kind(monitorCategory) == jsonscan.String:
		return 60 // another log of the same pipe
	}
	return 0
}

// monitorLog names the log that a record belongs to.
func monitorLog(rec *jsonscan.Record) string {
	return cmp.Or(rec.Text(monitorCategory), rec.Text(rowType))
}

// monitorAudit reports whether a record is of the audit log. The category of a row
// is that of the act.
func monitorAudit(rec *jsonscan.Record) bool {
	return strings.EqualFold(rec.Text(monitorCategory), "AuditLogs") || strings.EqualFold(rec.Text(rowType), "AuditLogs")
}

// monitorReader reads the records of one input.
type monitorReader struct {
	status jsonscan.Record // of a row whose Status is JSON in a string
	audit  jsonscan.Record // a record of the audit log
}

func (m *monitorReader) read(rec *jsonscan.Record, ev *Event) error {
	if monitorAudit(rec) {
		return m.readAudit(rec, ev)
	}
	log, ok := parseEntraLog(monitorLog(rec))
	if !ok {
		return nil
	}
	var s entraSignIn
	if rec.Kind(monitorProperties) == jsonscan.Object {
		s = graphSignIn(rec, 0)
		s.Time = cmp.Or(s.Time, rec.Text(monitorTime))
		s.Tenant = rec.Text(monitorTenant)
	} else {
		s = graphSignIn(rec, rowGraph)
		s.Time = cmp.Or(s.Time, rec.Text(rowTime), rec.Text(monitorTime))
		s.Tenant = rec.Text(rowTenant) // TenantId of a row is that of the workspace
		m.readStatus(rec, &s)
	}
	s.Code = cmp.Or(s.Code, rec.Text(monitorResult))
	s.Reason = cmp.Or(s.Reason, rec.Text(monitorDescription))
	s.IP = cmp.Or(s.IP, rec.Text(monitorCallerIP))
	if rec.Kind(monitorLocation) == jsonscan.String {
		s.Country = cmp.Or(s.Country, rec.Text(monitorLocation))
	}
	s.setLog(log)
	if s.Code == "" {
		return errNoCode
	}
	return s.event(ev, nil)
}

// readAudit reads a record of the audit log, which shares the pipe with sign-ins.
func (m *monitorReader) readAudit(rec *jsonscan.Record, ev *Event) error {
	if rec.Kind(monitorProperties) != jsonscan.Object { // a row, whose objects are JSON in strings
		if err := directoryFields.Scan(directoryNames.ofJSON(rec.Raw()), &m.audit); err != nil {
			return err
		}
		return readDirectory(&m.audit, ev, "", "")
	}
	if err := directoryFields.Scan(rec.Bytes(monitorProperties), &m.audit); err != nil {
		return err
	}
	tenant := cmp.Or(rec.Text(monitorTenant), resourceTenant(rec.Text(monitorResource)))
	return readDirectory(&m.audit, ev, tenant, rec.Text(monitorCallerIP))
}

// statusFields are those of Status where it is JSON inside a string.
var statusFields = jsonscan.Compile(jsonscan.Config{AnyCase: true}, "errorCode", "failureReason", "additionalDetails")

// readStatus takes what a Status in a string adds; one that cannot be read
// adds nothing, as ResultType and ResultDescription say nearly the same.
func (m *monitorReader) readStatus(rec *jsonscan.Record, s *entraSignIn) {
	if rec.Kind(rowStatus) != jsonscan.String {
		return
	}
	if err := statusFields.Scan(rec.Bytes(rowStatus), &m.status); err != nil {
		return
	}
	s.Code = cmp.Or(s.Code, m.status.Text(0))
	s.Reason = cmp.Or(s.Reason, m.status.Text(1))
	s.Details = cmp.Or(s.Details, m.status.Text(2))
}
