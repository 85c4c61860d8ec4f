package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var jumpCloud = Format{
	Name:  "jumpcloud",
	Title: "JumpCloud Directory Insights",
	Doc:   "JSON of the Directory Insights API (/insights/directory/v1/events), an array or one event on each line.",
	Blind: "raw user agents (only browser and system), and of RADIUS and LDAP the address of the person behind the server that asks",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, jumpCloudFields, jumpCloudScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		return jsonRecords(r, jumpCloudFields, readJumpCloud)
	},
}

// The fields of an event:
// https://docs.jumpcloud.com/api/insights/directory/1.0/index.html.
const (
	jumpID = iota
	jumpTime
	jumpType
	jumpSuccess
	jumpToken
	jumpError
	jumpUser
	jumpActorUser
	jumpActorEmail
	jumpActorID
	jumpIP
	jumpSourceIP
	jumpCountry
	jumpBrowser
	jumpOS
	jumpOrganization
	jumpService
	jumpApp
	jumpPassword
	jumpMetaPassword
	jumpProtect
	jumpDuo
	jumpTOTP
	jumpWebAuthn
	jumpProvider
)

var jumpCloudFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true,
	Wrap:    lists(),
	Mark:    []int{jumpType},
}, jumpCloudPaths...)

var jumpCloudPaths = []string{
	"id", "timestamp", "event_type", "success", "sso_token_success", "error_message", "username", "initiated_by.username",
	"initiated_by.email", "initiated_by.id", "client_ip", "src_ip", "geoip.country_code", "useragent.name", "useragent.os", "organization",
	"service", "application.name", "auth_context.auth_methods.password.success", "auth_meta.auth_methods.password.success",
	"auth_context.auth_methods.jumpcloud_protect.success", "auth_context.auth_methods.duo.success",
	"auth_context.auth_methods.totp.success", "auth_context.auth_methods.webauthn.success", "provider",
}

var (
	jumpCloudCodes = mustCodes("jumpcloud")
	jumpCloudActs  = mustActs("jumpcloud")
)

func jumpCloudScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	if has(jumpType) && has(jumpTime) && has(jumpService) && has(jumpOrganization) {
		return 90
	}
	return 0
}

func readJumpCloud(rec *jsonscan.Record, ev *Event) error {
	kind := rec.Text(jumpType)
	result := " failed"
	if strings.EqualFold(firstText(rec.Text(jumpSuccess), rec.Text(jumpToken)), "true") {
		result = " ok"
	}
	class, ok := jumpCloudCodes.Find(kind+result, rec.Text(jumpError), jumpFactors(rec))
	switch {
	case ok:
		ev.Class, ev.Code = class, firstText(rec.Text(jumpError), kind+result)
	case jumpCloudActs.has(kind, rec, 0) && !strings.EqualFold(rec.Text(jumpSuccess), "false"):
		ev.Class, ev.Action = ClassActivity, kind
	default:
		return nil
	}
	ev.Tenant = rec.Text(jumpOrganization)
	ev.Account = firstText(rec.Text(jumpActorEmail), rec.Text(jumpActorUser), rec.Text(jumpUser))
	if ev.Class == BadPassword && firstText(rec.Text(jumpActorID)) != "" {
		ev.Known = Yes
	}
	ev.Addr = firstAddr(rec.Text(jumpIP), rec.Text(jumpSourceIP))
	ev.Country = parseCountry(rec.Text(jumpCountry))
	ev.UserAgent = browserAgent(firstText(rec.Text(jumpBrowser)), firstText(rec.Text(jumpOS)))
	ev.Client = rec.Text(jumpService)
	ev.App = rec.Text(jumpApp)
	switch {
	case strings.EqualFold(kind, "ldap_bind"):
		ev.Protocol = Legacy
	case firstText(rec.Text(jumpProvider)) != "":
		ev.Protocol = Federated
	default:
		ev.Protocol = Interactive
	}
	ev.ID = rec.Text(jumpID)
	return finish(ev, "jumpcloud", rec.Text(jumpTime), nil)
}

// jumpFactors says which factors were right and wrong, for the table's splits.
func jumpFactors(rec *jsonscan.Record) string {
	said := func(field int, value string) bool { return strings.EqualFold(rec.Text(field), value) }
	var s string
	if said(jumpPassword, "true") || said(jumpMetaPassword, "true") {
		s = "password right"
	}
	for _, factor := range [...]int{jumpProtect, jumpDuo, jumpTOTP, jumpWebAuthn} {
		if said(factor, "false") {
			return s + " factor wrong"
		}
	}
	return s
}
