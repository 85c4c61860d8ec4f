package signin

import (
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var okta = Format{
	Name:  "okta",
	Title: "Okta System Log",
	Doc:   "JSON of the System Log API (/api/v1/logs), a log stream, or a collector: an array or one event on each line.",
	Blind: "whose organisation it is (only the account's domain tells), and sign-ins served by a directory behind Okta",
	Sniff: func(head []byte) int { return sniffJSON(head, oktaFields, oktaScore) },
	Decode: func(r io.Reader, _ Options) iter.Seq2[*Event, error] {
		return joinSteps(jsonSteps(r, oktaFields, readOkta))
	},
}

// The fields of a LogEvent:
// https://developer.okta.com/docs/reference/api/system-log/ (LogEvent).
const (
	oktaID = iota
	oktaTime
	oktaType
	oktaResult
	oktaReason
	oktaActor
	oktaActorID
	oktaActorType
	oktaTargetUser
	oktaTargetApp
	oktaIP
	oktaChainIP
	oktaAgent
	oktaBrowser
	oktaOS
	oktaCountry
	oktaASN
	oktaTransaction
	oktaSession
	oktaFactor
	oktaURI
)

var oktaFields = jsonscan.Compile(jsonscan.Config{
	AnyCase: true, // collectors write eventtype
	Wrap:    lists(),
	Mark:    []int{oktaType},
}, oktaPaths...)

var oktaPaths = []string{
	"uuid", "published", "eventType", "outcome.result", "outcome.reason",
	"actor.alternateId", "actor.id", "actor.type", "target[type=User].alternateId", "target[type=AppInstance].alternateId",
	"client.ipAddress", "request.ipChain[0].ip", "client.userAgent.rawUserAgent", "client.userAgent.browser", "client.userAgent.os",
	"client.geographicalContext.country", "securityContext.asNumber", "transaction.id", "authenticationContext.externalSessionId",
	"debugContext.debugData.factor", "debugContext.debugData.requestUri",
}

var (
	oktaCodes = mustCodes("okta")
	oktaActs  = mustActs("okta")
)

func oktaScore(rec *jsonscan.Record) int {
	has := func(field int) bool { return rec.Kind(field) != jsonscan.Missing }
	switch {
	case !strings.Contains(rec.Text(oktaType), ".") || !has(oktaResult) || !has(oktaActor):
		return 0
	case has(oktaTime):
		return 95
	}
	return 80
}

// readOkta fills ev from a LogEvent, and the kind and session of step.
func readOkta(rec *jsonscan.Record, ev *Event, step *stepRecord) error {
	kind, result := rec.Text(oktaType), rec.Text(oktaResult)
	if oktaActs.has(kind, rec, 0) && strings.EqualFold(result, "SUCCESS") {
		ev.Class, ev.Action = ClassActivity, kind
	} else if step.kind = oktaClassify(rec, ev, kind, result); ev.Class == ClassNone {
		return nil
	}
	ev.Account = oktaAccount(rec)
	if ev.Class == IPBlocked && ev.Account == "" {
		*ev, step.kind = Event{Line: ev.Line}, plainStep // security.threat.detected names no account: nobody's door
		return nil
	}
	if strings.EqualFold(rec.Text(oktaActorID), "unknown") && ev.Class != ClassActivity {
		ev.Known = No
	}
	ev.Addr = firstAddr(rec.Text(oktaIP), rec.Text(oktaChainIP))
	ev.ASN = parseASN(rec.Text(oktaASN))
	ev.Country = countryOf(rec.Text(oktaCountry))
	ev.UserAgent = firstText(rec.Text(oktaAgent), browserAgent(firstText(rec.Text(oktaBrowser)), firstText(rec.Text(oktaOS))))
	ev.Client = oktaClient(rec.Text(oktaURI))
	ev.App = rec.Text(oktaTargetApp)
	ev.Protocol = oktaProtocol(kind, rec.Text(oktaURI))
	ev.ID = rec.Text(oktaID)
	ev.Try = tryOf("okta", rec.Text(oktaTransaction))
	step.session = tryOf("okta session", rec.Text(oktaSession))
	return finish(ev, "okta", rec.Text(oktaTime), nil)
}

// oktaClassify reads the result into ev, whose class stays none where the
// record is none of a sign-in. The table is asked for type and result, then for
// the type alone.
func oktaClassify(rec *jsonscan.Record, ev *Event, kind, result string) (step stepKind) {
	reason, details := rec.Text(oktaReason), rec.Text(oktaFactor)
	if strings.EqualFold(rec.Text(oktaActorID), "unknown") {
		details += " actor unknown"
	}
	details += " result " + result
	if firstText(reason) == "" {
		details += " no reason"
	}
	succeeded := strings.EqualFold(result, "SUCCESS")
	password := strings.EqualFold(kind, "user.authentication.auth_via_mfa") && containsFold(details, "password")
	if succeeded && (password || oktaAgentVerified(kind)) {
		ev.Class, ev.Strength, ev.Code = MFARequired, Hint, kind
		return verifiedNow
	}
	class, ok := oktaCodes.Find(kind+" "+result, reason, details)
	if !ok {
		class, ok = oktaCodes.Find(kind, reason, details)
	}
	if !ok || class == ClassNone {
		return plainStep
	}
	ev.Class, ev.Code = class, firstText(reason)
	if class.Succeeded() {
		ev.Code = firstText(reason, result)
		return succeededNow
	}
	if ev.Code == "" { // result says that the event succeeded, not the sign-in: a push was denied
		ev.Code = kind
		if class == Other {
			ev.Code += " " + result // what the table does not know
		}
	}
	ev.Strength = oktaStrength(kind)
	if strings.EqualFold(kind, "policy.evaluate_sign_on") {
		return deniedNow
	}
	return plainStep
}

// oktaAgentVerified reports whether an event says that a directory behind Okta
// found the password right, which a session that begins says by itself.
func oktaAgentVerified(kind string) bool {
	return strings.EqualFold(kind, "user.authentication.auth_via_AD_agent") || strings.EqualFold(kind, "user.authentication.auth_via_LDAP_agent")
}

// oktaStrength ranks the records of one transaction. A refused session and a
// denied push each are a try; the steps beside them say the same again.
func oktaStrength(kind string) Strength {
	switch strings.ToLower(kind) {
	case "user.session.start", "user.mfa.okta_verify.deny_push", "user.mfa.okta_verify.deny_push_upgrade_needed", "user.authentication.auth_via_radius", "user.authentication.auth_via_richclient":
		return Full
	case "policy.evaluate_sign_on", "user.account.lock", "user.account.lock.limit", "security.threat.detected":
		return Hint
	}
	return Part
}

// oktaAccount returns who signs in: the actor, or the target where the actor is
// Okta itself, an address, or an administrator's tool.
func oktaAccount(rec *jsonscan.Record) string {
	actor, target := firstText(rec.Text(oktaActor)), firstText(rec.Text(oktaTargetUser))
	switch kind := rec.Text(oktaActorType); {
	case strings.EqualFold(kind, "SystemPrincipal"), strings.EqualFold(kind, "IP address"), ParseAddr(actor).IsValid():
		return target
	case actor == "":
		return target
	}
	return actor
}

// oktaClient returns the beginning of the request's path, which tells a browser
// (/idp/idx/…) from a script (/api/v1/authn); the rest may be the id of a
// factor or an application.
func oktaClient(uri string) string {
	uri, _, _ = strings.Cut(uri, "?")
	end := 0
	for range 3 {
		i := strings.IndexByte(uri[min(end+1, len(uri)):], '/')
		if i < 0 {
			return uri
		}
		end += 1 + i
	}
	return uri[:end]
}

func oktaProtocol(kind, uri string) Protocol {
	uri, _, _ = strings.Cut(uri, "?")
	switch {
	// The active endpoint of WS-Federation takes a password from mail clients
	// without modern authentication.
	case strings.EqualFold(kind, "user.authentication.auth_via_richclient"), strings.HasSuffix(uri, "/sso/wsfed/active"):
		return Legacy
	case strings.EqualFold(kind, "user.authentication.auth_via_IDP"), strings.EqualFold(kind, "user.authentication.auth_via_inbound_SAML"), strings.EqualFold(kind, "user.authentication.auth_via_social"):
		return Federated
	}
	return Interactive
}
