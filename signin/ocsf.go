package signin

import (
	"cmp"
	"io"
	"iter"
	"strings"

	"github.com/pumphandle/pumphandle/internal/jsonscan"
)

var ocsf = Format{
	Name:  "ocsf",
	Title: "OCSF Authentication (3002)",
	Doc:   "JSON of the Open Cybersecurity Schema Framework, class Authentication, versions 1.0-rc to 1.6, of any product.",
	Blind: "what the product that wrote it left out; status_detail and status_code are free text, so many results are known only as failures",
	Apart: true,
	Sniff: func(head []byte) int { return sniffJSON(head, ocsfFields, ocsfScore) },
	Decode: func(r io.Reader, opt Options) iter.Seq2[*Event, error] {
		return jsonRecords(r, ocsfFields, func(rec *jsonscan.Record, ev *Event) error { return readOCSF(rec, ev, opt) })
	},
}

// The attributes of the class: https://schema.ocsf.io/1.5.0/classes/authentication.
const (
	ocsfClass = iota
	ocsfCategory
	ocsfActivity
	ocsfTime
	ocsfTimeDT
	ocsfStatusID
	ocsfStatus
	ocsfStatusCode
	ocsfStatusDetail
	ocsfMessage
	ocsfUser
	ocsfEmail
	ocsfUID
	ocsfActor
	ocsfActorEmail
	ocsfIP
	ocsfChainIP
	ocsfCountry
	ocsfASN
	ocsfAgent
	ocsfProtocolID
	ocsfProtocol
	ocsfLogonType
	ocsfMFA
	ocsfService
	ocsfDestination
	ocsfDestinationService
	ocsfDevice
	ocsfMetaUID
	ocsfTenant
	ocsfCloud
	ocsfOldCloud
	ocsfActorCloud
	ocsfUserCloud
	ocsfSubStatus
	ocsfOperation
	ocsfErrorMessage
	ocsfUnmappedError
	ocsfType
	ocsfClassName
	ocsfActivityName
	ocsfDomain
	ocsfActorDomain
	ocsfDeviceName
	ocsfDestinationName
)

var ocsfFields = jsonscan.Compile(jsonscan.Config{
	Wrap: lists(),
	Mark: []int{ocsfClass, ocsfType, ocsfClassName},
},
	"class_uid", "category_uid", "activity_id", "time", "time_dt", "status_id", "status", "status_code", "status_detail", "message",
	"user.name", "user.email_addr", "user.uid", "actor.user.name", "actor.user.email_addr",
	"src_endpoint.ip", "src_endpoint.intermediate_ips[0]", "src_endpoint.location.country", "src_endpoint.autonomous_system.number",
	"http_request.user_agent", "auth_protocol_id", "auth_protocol", "logon_type_id", "is_mfa", "service.name", "dst_endpoint.hostname",
	"dst_endpoint.svc_name", "device.hostname", "metadata.uid", "metadata.tenant_uid", "cloud.account.uid", "cloud.account_uid",
	"actor.user.account.uid", "user.account.uid", "unmapped.Failure Information.Sub Status", "api.operation", "api.response.message",
	"unmapped.errorMessage", "type_uid", "class_name", "activity_name", "user.domain", "actor.user.domain", "device.name", "dst_endpoint.name",
)

var ocsfCodes = mustCodes("ocsf")

func ocsfScore(rec *jsonscan.Record) int {
	switch class, _ := ocsfKind(rec); {
	case class == "3002":
		return 95
	case rec.Kind(ocsfClass) == jsonscan.Number && rec.Kind(ocsfCategory) == jsonscan.Number:
		return 50 // another class of the same pipe
	}
	return 0
}

// ocsfKind returns the class and the activity. Where a product left them out, the
// type says both (it is class*100+activity), or their names do.
func ocsfKind(rec *jsonscan.Record) (class, activity string) {
	class, activity = rec.Text(ocsfClass), rec.Text(ocsfActivity)
	if kind := rec.Text(ocsfType); len(kind) == len("300201") {
		class = cmp.Or(class, kind[:4])
		activity = cmp.Or(activity, strings.TrimLeft(kind[4:], "0"))
	}
	if class == "" && rec.Kind(ocsfCategory) != jsonscan.Missing && strings.EqualFold(rec.Text(ocsfClassName), "Authentication") {
		class = "3002"
	}
	if activity == "" && strings.EqualFold(rec.Text(ocsfActivityName), "Logon") {
		activity = "1"
	}
	return class, activity
}

func readOCSF(rec *jsonscan.Record, ev *Event, opt Options) error {
	class, activity := ocsfKind(rec)
	// Logon, and the Kerberos ticket that stands for one; a log-off or the
	// ticket of a service is no sign-in.
	if class != "3002" || activity != "1" && activity != "3" && activity != "99" {
		return nil
	}
	why := []string{
		rec.Text(ocsfSubStatus), rec.Text(ocsfStatusCode), rec.Text(ocsfStatusDetail), rec.Text(ocsfStatus), rec.Text(ocsfErrorMessage),
		rec.Text(ocsfUnmappedError), rec.Text(ocsfMessage),
	}
	ev.Class, ev.Code = ocsfResult(rec.Text(ocsfStatusID), rec.Text(ocsfStatus), rec.Text(ocsfMFA), why)
	ev.Tenant = firstText(rec.Text(ocsfTenant), rec.Text(ocsfCloud), rec.Text(ocsfOldCloud), rec.Text(ocsfActorCloud), rec.Text(ocsfUserCloud))
	host := NormalAccount(firstText(rec.Text(ocsfDestination), rec.Text(ocsfDevice), rec.Text(ocsfDestinationName), rec.Text(ocsfDeviceName)))
	ev.Account = firstText(rec.Text(ocsfEmail), withDomain(rec.Text(ocsfUser), rec.Text(ocsfDomain), host), rec.Text(ocsfActorEmail),
		withDomain(rec.Text(ocsfActor), rec.Text(ocsfActorDomain), host), rec.Text(ocsfUID))
	if ev.Tenant == "" && !strings.Contains(ev.Account, "@") {
		ev.Host = host
	}
	ev.Addr = firstAddr(rec.Text(ocsfIP), rec.Text(ocsfChainIP))
	ev.ASN = parseASN(rec.Text(ocsfASN))
	ev.Country = countryOf(rec.Text(ocsfCountry))
	ev.UserAgent = rec.Text(ocsfAgent)
	ev.Client = firstText(rec.Text(ocsfProtocol), rec.Text(ocsfOperation))
	ev.App = firstText(rec.Text(ocsfService), rec.Text(ocsfDestinationService))
	ev.Protocol = ocsfProtocolOf(rec)
	ev.ID = rec.Text(ocsfMetaUID)
	return finish(ev, "ocsf", firstText(rec.Text(ocsfTime), rec.Text(ocsfTimeDT)), opt.Zone)
}

// ocsfResult returns the class of a result. The codes and texts are those of
// the product: each is looked up as a code of ours, as a code of Entra, and at
// last for words.
func ocsfResult(id, status, mfa string, why []string) (Class, string) {
	code := firstText(why...)
	switch {
	case id == "1" || id == "" && strings.EqualFold(status, "success"):
		return OK, firstText(status, "Success")
	case id != "2" && id != "99" && !strings.EqualFold(status, "failure"):
		return Other, code
	}
	for _, s := range why {
		if class, ok := ocsfCodes.Find(strings.TrimSpace(s), "", ""); ok && s != "" {
			return class, s
		}
		if class, ok := ocsfHex(s); ok {
			return class, s
		}
		if s = strings.TrimPrefix(strings.TrimSpace(s), "AADSTS"); len(s) >= 5 && strings.Trim(s, "0123456789") == "" {
			if class, ok := entraCodes.Find(s, strings.Join(why, " "), ""); ok {
				return class, s
			}
		}
	}
	return ocsfCodes.Class("*", strings.Join(why, " "), "mfa="+mfa), code
}

// withDomain returns user@domain, or the name alone where the domain is the host
// itself or is not said. What has a domain keeps it.
func withDomain(user, domain, host string) string {
	short, _, _ := strings.Cut(host, ".")
	if user == "" || domain == "" || domain == "-" || strings.ContainsAny(user, `@\`) || strings.EqualFold(domain, short) || strings.EqualFold(domain, host) {
		return user
	}
	return user + "@" + domain
}

// ocsfHex returns what a hexadecimal number means: an NTSTATUS, or where it is
// short an error of Kerberos (4768, 4771).
func ocsfHex(s string) (Class, bool) {
	hex, ok := strings.CutPrefix(strings.ToLower(strings.TrimSpace(s)), "0x")
	status, valid := parseStatus(s)
	switch {
	case !ok || !valid || status == 0:
		return ClassNone, false
	case len(hex) == 8:
		return windowsCodes.Find(hex, "", "")
	}
	return kerberosCodes.Find(strings.TrimLeft(hex, "0"), "", "")
}

// ocsfProtocolOf reads auth_protocol_id and logon_type_id.
func ocsfProtocolOf(rec *jsonscan.Record) Protocol {
	switch rec.Text(ocsfProtocolID) {
	case "5":
		return Federated // SAML
	case "11", "12":
		return Legacy // basic authentication, an LDAP bind
	}
	switch rec.Text(ocsfLogonType) {
	case "2", "11": // at the machine, with cached credentials
		return Interactive
	case "10", "12":
		return RemoteDesktop
	case "4", "5": // batch, service
		return Workload
	}
	switch rec.Text(ocsfProtocolID) {
	case "1":
		return NTLM
	case "2":
		return Kerberos
	}
	if rec.Text(ocsfAgent) != "" {
		return Interactive
	}
	return ProtocolUnknown
}
