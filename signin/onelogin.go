package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var oneLogin = Format{
	Name:  "onelogin",
	Title: "OneLogin events",
	Doc:   "JSON of the Events API (/api/1/events, {\"data\":[…]}), of the event broadcaster, or one event on each line.",
	Blind: "which factor was wrong (one type for all failed sign-ins), user agents, and accounts other than by the person's name",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, oneLoginFields, oneLoginScore) },
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return jsonRecords(r, oneLoginFields, func(rec *jsonscan.Record, ev *Event) error { return readOneLogin(rec, ev, opt) })
	},
}

// The fields of an event: https://developers.onelogin.com/api-docs/1/events/event-resource.
const (
	oneLoginID = iota
	oneLoginUUID
	oneLoginCreated
	oneLoginStamp
	oneLoginType
	oneLoginUser
	oneLoginUserID
	oneLoginActor
	oneLoginIP
	oneLoginAccount
	oneLoginApp
	oneLoginNotes
	oneLoginMessage
	oneLoginError
	oneLoginFingerprint
)

var oneLoginFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists(),
	Mark:    []int{oneLoginType},
}, oneLoginPaths...)

var oneLoginPaths = []string{
	"id", "uuid", "created_at", "event_timestamp", "event_type_id", "user_name", "user_id", "actor_user_name", "ipaddr", "account_id",
	"app_name", "notes", "custom_message", "error_description", "browser_fingerprint",
}

var (
	oneLoginCodes = mustCodes("onelogin")
	oneLoginActs  = mustActs("onelogin")
)

func oneLoginScore(rec *jsonscan.Record) int {
	if rec.Kind(oneLoginType) != jsonscan.Missing && (rec.Kind(oneLoginUser) != jsonscan.Missing || rec.Kind(oneLoginActor) != jsonscan.Missing) {
		return 90
	}
	return 0
}

func readOneLogin(rec *jsonscan.Record, ev *Event, opt Options) error {
	kind := rec.Text(oneLoginType)
	why := rec.Text(oneLoginError) + " " + rec.Text(oneLoginMessage) + " " + rec.Text(oneLoginNotes)
	class, ok := oneLoginCodes.Find(kind, why, "")
	switch {
	case ok:
		ev.Class, ev.Code = class, kind
	case oneLoginActs.has(kind, rec, 0):
		ev.Class, ev.Action = ClassActivity, "event type "+kind
	default:
		return nil
	}
	ev.Tenant = rec.Text(oneLoginAccount)
	ev.Account = firstText(rec.Text(oneLoginUser), rec.Text(oneLoginActor), rec.Text(oneLoginUserID))
	if ev.Class == BadPassword && firstText(rec.Text(oneLoginUserID)) != "" && rec.Text(oneLoginUserID) != "0" {
		ev.Known = Yes
	}
	ev.Addr = ParseAddr(rec.Text(oneLoginIP))
	ev.App = rec.Text(oneLoginApp)
	ev.Protocol = oneLoginProtocol(kind)
	ev.ID = firstText(rec.Text(oneLoginUUID), rec.Text(oneLoginID))
	return finish(ev, "onelogin", firstText(rec.Text(oneLoginCreated), rec.Text(oneLoginStamp)), opt.Zone)
}

// oneLoginProtocol reads the protocol from the type, where it is one of a
// protocol.
func oneLoginProtocol(kind string) Protocol {
	switch strings.TrimSpace(kind) {
	case "122", "123":
		return ROPC // the password itself, sent to the API
	case "129", "130":
		return Legacy // an LDAP bind
	case "140", "141", "118":
		return Federated
	}
	return Interactive
}
