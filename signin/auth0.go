package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var auth0 = Format{
	Name:  "auth0",
	Title: "Auth0 tenant logs",
	Doc:   "JSON of the Management API (/api/v2/logs) or of a log stream ({\"log_id\":…,\"data\":{…}}), an array or one event on each line.",
	Blind: "single tries behind a block, and refusals at enterprise connections",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, auth0Fields, auth0Score) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		return jsonRecords(r, auth0Fields, readAuth0)
	},
}

// The fields of a log event: https://github.com/auth0/auth0-log-schemas.
const (
	auth0Time = iota
	auth0Type
	auth0Description
	auth0Error
	auth0IP
	auth0Agent
	auth0UserID
	auth0UserName
	auth0LogID
	auth0Client
	auth0ClientName
	auth0Tenant
	auth0OldTenant
	auth0Hostname
	auth0Country
	auth0Strategy
	auth0StrategyType
	auth0FieldCount
)

var auth0Paths = []string{
	"date", "type", "description", "details.error.message", "ip", "user_agent", "user_id", "user_name", "log_id", "client_id", "client_name",
	"tenant_name", "tenant", "hostname", "location_info.country_code", "strategy", "strategy_type",
}

// auth0Fields reads them at the top and, from auth0FieldCount on, under "data".
var auth0Fields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists(),
	Mark:    []int{auth0LogID, auth0FieldCount + auth0LogID},
}, append(auth0Paths[:auth0FieldCount:auth0FieldCount], prefixed("data.", auth0Paths)...)...)

// prefixed returns paths with a prefix.
func prefixed(prefix string, paths []string) (out []string) {
	for _, p := range paths {
		out = append(out, prefix+p)
	}
	return out
}

var auth0Codes = mustCodes("auth0")

// auth0Base is where the fields of a record begin.
func auth0Base(rec *jsonscan.Record) int {
	if rec.Kind(auth0FieldCount+auth0Type) != jsonscan.Missing {
		return auth0FieldCount
	}
	return 0
}

func auth0Score(rec *jsonscan.Record) int {
	base := auth0Base(rec)
	has := func(field int) bool { return rec.Kind(base+field) != jsonscan.Missing }
	logID := has(auth0LogID) || rec.Kind(auth0LogID) != jsonscan.Missing // of the stream around data, too
	if has(auth0Type) && has(auth0Time) && logID && len(rec.Text(base+auth0Type)) < 64 {
		return 90
	}
	return 0
}

// readAuth0 reads a log event; types that the table does not have are no
// sign-ins.
func readAuth0(rec *jsonscan.Record, ev *Event) error {
	base := auth0Base(rec)
	text := func(field int) string { return rec.Text(base + field) }
	kind := text(auth0Type)
	reason := firstText(text(auth0Description), text(auth0Error))
	class, ok := auth0Codes.Find(kind, reason, "")
	if !ok {
		return nil
	}
	ev.Class, ev.Code = class, kind
	ev.Tenant = firstText(text(auth0Tenant), text(auth0OldTenant), text(auth0Hostname))
	ev.Account = firstText(text(auth0UserName), text(auth0UserID))
	if ev.Class == BadPassword && firstText(text(auth0UserID)) != "" {
		ev.Known = Yes
	}
	ev.Addr = ParseAddr(text(auth0IP))
	ev.Country = parseCountry(text(auth0Country))
	ev.UserAgent = text(auth0Agent)
	ev.Client = text(auth0Strategy)
	ev.App = firstText(text(auth0Client), text(auth0ClientName))
	ev.Protocol = auth0Protocol(kind, text(auth0StrategyType))
	if ev.Protocol == Workload {
		ev.Account = firstText(ev.Account, ev.App)
	}
	if ev.Class == IPBlocked && ev.Account == "" {
		*ev = Event{Line: ev.Line} // limit_mu may name no account: nobody's door
		return nil
	}
	ev.ID = firstText(text(auth0LogID), rec.Text(auth0LogID))
	return finish(ev, "auth0", text(auth0Time), nil)
}

// auth0Protocol reads the grant in the type of an exchange (sepft: success,
// exchange, password for token), else where the user's account lives.
func auth0Protocol(kind, strategyType string) Protocol {
	switch strings.ToLower(kind) {
	case "sepft", "fepft", "seotpft", "feotpft", "seoobft", "feoobft", "sercft", "fercft":
		return ROPC
	case "seccft", "feccft":
		return Workload
	case "sede", "fede":
		return DeviceCode
	case "sens", "fens", "secte", "fecte":
		return Federated
	case "sertft", "fertft", "ssa", "fsa":
		return NonInteractive
	}
	switch strings.ToLower(strategyType) {
	case "social", "enterprise":
		return Federated
	}
	return Interactive
}
