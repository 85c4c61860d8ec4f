package signin

import (
	"cmp"
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var entraAudit = Format{
	Name:  "entra-audit",
	Title: "Microsoft Entra audit log",
	Doc:   "JSON of the Graph directoryAudit resource, or CSV of the Entra portal's audit logs or of AuditLogs in Log Analytics.",
	Blind: "sign-ins, what services and applications did, and in Graph's JSON and the portal's CSV whose tenant it is",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, directoryFields, directoryScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		var g graphReader // a file may hold sign-ins, too
		return jsonRecords(r, graphFields, g.read)
	},
}

// The fields of a record of the audit log, in Graph and under "properties" in
// Azure Monitor: https://learn.microsoft.com/graph/api/resources/directoryaudit.
// Rows have those of the table AuditLogs beside them:
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/auditlogs.
const (
	directoryRecordID = iota
	directoryTime
	directoryActivity
	directoryResult
	directoryService
	directoryCorrelation
	directoryUPN
	directoryUserID
	directoryIP
	directoryUserAgent
	directoryAgentDetail
	directoryTenant
	directoryResource
	directoryActs // the conditions of acts
)

var directoryActTable = mustActs("entra", "entra-audit")

var directoryPaths = append([]string{
	directoryRecordID:    "id",
	directoryTime:        "activityDateTime",
	directoryActivity:    "activityDisplayName",
	directoryResult:      "result",
	directoryService:     "loggedByService",
	directoryCorrelation: "correlationId",
	directoryUPN:         "initiatedBy.user.userPrincipalName",
	directoryUserID:      "initiatedBy.user.id",
	directoryIP:          "initiatedBy.user.ipAddress",
	directoryUserAgent:   "userAgent",
	directoryAgentDetail: "additionalDetails[key=User-Agent].value",
	directoryTenant:      "AADTenantId",
	directoryResource:    "resourceId",
}, directoryActTable.paths...)

var directoryFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true, // rows have ActivityDateTime
	Wrap:    lists(),
	Mark:    []int{directoryTime},
}, directoryPaths...)

// directoryNames finds the place of a column of AuditLogs and of the portal's
// CSV. ActorObjectId of the latter is left out: it may be of an application.
var directoryNames = newFlatNames(directoryPaths, map[string]string{
	"timegenerated": "activityDateTime", "operationname": "activityDisplayName",
	"date": "activityDateTime", "activity": "activityDisplayName", "service": "loggedByService",
	"actoruserprincipalname": "initiatedBy.user.userPrincipalName", "ipaddress": "initiatedBy.user.ipAddress",
})

func directoryScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	if has(directoryTime) && has(directoryActivity) && (has(directoryUPN) || has(directoryService) && has(directoryCorrelation)) {
		return 92 // more than entra-graph is of a row of AuditLogs, which has TimeGenerated and ResultType, too
	}
	return 0
}

// readDirectory fills ev from a record of the audit log: an act of a person that
// is listed, or nothing. Services and applications have no account to which a
// sign-in could be joined. tenant and addr are what is around the record.
func readDirectory(rec *jsonscan.Record, ev *Event, tenant, addr string) error {
	account := auditAccount(cmp.Or(rec.Text(directoryUPN), rec.Text(directoryUserID)))
	operation, result := rec.Text(directoryActivity), cmp.Or(rec.Text(directoryResult), "success") // a query may leave it out
	if account == "" || !directoryActTable.has(operation, rec, directoryActs) || !strings.EqualFold(result, "success") {
		return nil
	}
	if rec.Text(directoryTime) == "" {
		return errNoTime
	}
	at, err := parseStamp(rec.Text(directoryTime), nil) // always UTC
	if err != nil {
		return err
	}
	ev.Class, ev.Action = ClassActivity, clip(bareOperation(operation))
	ev.Time = at
	ev.Tenant = NormalAccount(cmp.Or(tenant, rec.Text(directoryTenant), resourceTenant(rec.Text(directoryResource))))
	ev.Account, ev.Known = account, Yes
	ev.Addr = firstAddr(rec.Text(directoryIP), addr)
	ev.UserAgent = clip(cmp.Or(rec.Text(directoryAgentDetail), rec.Text(directoryUserAgent)))
	ev.App = clip(rec.Text(directoryService))
	ev.ID = NormalAccount(rec.Text(directoryRecordID))
	ev.Key = entraKey(ev)
	return nil
}

// resourceTenant returns the tenant in "/tenants/ID/providers/Microsoft.aadiam".
func resourceTenant(resource string) string {
	const begin = "/tenants/"
	if len(resource) < len(begin) || !strings.EqualFold(resource[:len(begin)], begin) {
		return ""
	}
	tenant, _, _ := strings.Cut(resource[len(begin):], "/")
	return tenant
}
