package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var pingOne = Format{
	Name:  "pingone",
	Title: "PingOne audit activities",
	Doc:   "JSON of the platform API (/environments/ID/activities) or of a webhook in the Ping activity format.",
	Blind: "addresses and user agents, in exports that leave out source; names that do not exist",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, pingOneFields, pingOneScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		return jsonRecords(r, pingOneFields, readPingOne)
	},
}

// The fields of an activity:
// https://developer.pingidentity.com/pingone-api/platform/audit-activities.html.
const (
	pingOneID = iota
	pingOneRecorded
	pingOneCreated
	pingOneType
	pingOneUser
	pingOneUserEnvironment
	pingOneClient
	pingOneResource
	pingOneResourceEnvironment
	pingOneStatus
	pingOneDescription
	pingOneIP
	pingOneAgent
	pingOneCorrelation
)

var pingOneFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists("activities"),
	Mark:    []int{pingOneType},
}, pingOnePaths...)

var pingOnePaths = []string{
	"id", "recordedAt", "createdAt", "action.type", "actors.user.name", "actors.user.environment.id", "actors.client.name",
	"resources[type=USER].name", "resources[0].environment.id", "result.status", "result.description", "source.ipAddress",
	"source.userAgent", "correlationId",
}

var (
	pingOneCodes = mustCodes("pingone")
	pingOneActs  = mustActs("pingone")
)

func pingOneScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	if has(pingOneRecorded) && strings.Contains(rec.Text(pingOneType), ".") && has(pingOneStatus) {
		return 90
	}
	return 0
}

func readPingOne(rec *jsonscan.Record, ev *Event) error {
	kind := rec.Text(pingOneType)
	class, ok := pingOneCodes.Find(kind, rec.Text(pingOneDescription), "")
	switch {
	case ok && (!class.Succeeded() || strings.EqualFold(rec.Text(pingOneStatus), "SUCCESS")):
		ev.Class, ev.Code = class, kind
	case pingOneActs.has(kind, rec, 0) && strings.EqualFold(rec.Text(pingOneStatus), "SUCCESS"):
		ev.Class, ev.Action = ClassActivity, kind
	default:
		return nil
	}
	ev.Tenant = firstText(rec.Text(pingOneUserEnvironment), rec.Text(pingOneResourceEnvironment))
	ev.Account = firstText(rec.Text(pingOneUser), rec.Text(pingOneResource))
	if ev.Class == BadPassword && ev.Account != "" {
		ev.Known = Yes
	}
	ev.Addr = ParseAddr(rec.Text(pingOneIP))
	ev.UserAgent = rec.Text(pingOneAgent)
	ev.App = rec.Text(pingOneClient)
	ev.Protocol = Interactive
	if strings.HasPrefix(kind, "USER.KERBEROS") {
		ev.Protocol = Federated
	}
	ev.ID = rec.Text(pingOneID)
	ev.Try = tryOf("pingone", rec.Text(pingOneCorrelation))
	if strings.EqualFold(kind, "USER.LOCKED") {
		ev.Strength = Hint // the refusal before it is the try
	}
	return finish(ev, "pingone", firstText(rec.Text(pingOneRecorded), rec.Text(pingOneCreated)), nil)
}
