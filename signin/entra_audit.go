package signin

import (
	"cmp"
	"io"
	"iter"
	"slices"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var entraAudit = Format{
	Name:  "entra-audit",
	Title: "Microsoft Entra audit log",
	Doc:   "Directory audit records: Graph's auditLogs/directoryAudits, rows of AuditLogs of Log Analytics and Sentinel, CSV of the portal. In JSON of diagnostic settings they are read beside sign-ins, as entra-monitor.",
	Blind: "sign-ins: only what was done after them",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, entraAuditFields, entraAuditScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		return jsonRecords(r, entraAuditFields, func(rec *jsonscan.Record, ev *Event) error {
			return readEntraAct(rec, 0, rec.Text(actID), rec.Text(actTenant), "", ev)
		})
	},
}

// The fields of a directory audit record:
// https://learn.microsoft.com/graph/api/resources/directoryaudit.
const (
	actTime = iota
	actOperation
	actResult
	actService
	actUser
	actUserID
	actIP
	actAgent
	actFieldCount

	actConditions = actFieldCount // those of the acts
)

var entraActs = mustActs("entra-audit")

var entraActPaths = append([]string{
	actTime:      "activityDateTime",
	actOperation: "activityDisplayName",
	actResult:    "result",
	actService:   "loggedByService",
	actUser:      "initiatedBy.user.userPrincipalName",
	actUserID:    "initiatedBy.user.id",
	actIP:        "initiatedBy.user.ipAddress",
	actAgent:     "additionalDetails[key=User-Agent].value",
}, entraActs.paths...)

// The format reads the id as well, and the tenant, which only rows of Log
// Analytics have there.
var (
	actID           = len(entraActPaths)
	actTenant       = actID + 1
	entraAuditPaths = slices.Concat(entraActPaths, []string{"id", "aadTenantId"})

	entraAuditFields = jsonscan.Compile(jsonscan.Config{
		AnyCase: true, // rows of Log Analytics begin each name with a capital
		Wrap:    lists(),
		Mark:    []int{actTime},
	}, entraAuditPaths...)
)

func entraAuditScore(rec *jsonscan.Record) int {
	if rec.Text(actTime) != "" && rec.Text(actOperation) != "" && rec.Kind(actResult) != jsonscan.Missing {
		return 90
	}
	return 0
}

// readEntraAct fills ev from a record whose fields begin at first: an act that is
// listed, that did not fail, and that a person did; or nothing. tenant and ip are
// what stands around the record.
func readEntraAct(rec *jsonscan.Record, first int, id, tenant, ip string, ev *Event) error {
	operation := strings.TrimSpace(rec.Text(first + actOperation))
	if !entraActs.has(operation, rec, first+actConditions) || !strings.EqualFold(rec.Text(first+actResult), "success") {
		return nil
	}
	account := auditAccount(cmp.Or(rec.Text(first+actUser), rec.Text(first+actUserID)))
	if account == "" {
		return nil // a service did it
	}
	if rec.Text(first+actTime) == "" {
		return errNoTime
	}
	at, err := parseStamp(rec.Text(first+actTime), nil) // always UTC
	if err != nil {
		return err
	}
	ev.Time, ev.Class, ev.Action = at, ClassActivity, clip(strings.TrimSuffix(operation, "."))
	ev.Tenant, ev.Account, ev.Known = NormalAccount(tenant), account, Yes
	ev.Addr = firstAddr(rec.Text(first+actIP), ip)
	ev.UserAgent = clip(rec.Text(first + actAgent))
	ev.App = clip(rec.Text(first + actService))
	ev.ID = NormalAccount(id)
	ev.Key = entraKey(ev)
	return nil
}
