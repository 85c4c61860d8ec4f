package signin

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"
)

// entraSignIn is one Microsoft Entra sign-in as text, whichever export it came
// from. All Entra formats go through it, so that one sign-in gives the same
// event and the same key in each of them.
type entraSignIn struct {
	ID   string // the request id: Graph id, "Request ID" of the portal
	Time string

	Tenant         string // whose log this is, where the export says it
	HomeTenant     string // of the user
	ResourceTenant string // of what was signed in to
	UserType       string // "member" or "guest" of the tenant that wrote the log

	UPN        string // userPrincipalName
	Identifier string // signInIdentifier: what was typed
	UserID     string
	SPName     string // servicePrincipalName, for workloads
	SPID       string

	IP, ASN, Country string

	UserAgent, Browser, OS string
	ClientApp              string // clientAppUsed
	AppID, AppName         string

	Code, Reason, Details string // status.errorCode, failureReason, additionalDetails

	AuthProtocol string // authenticationProtocol
	Interactive  Tri
	Workload     bool // a service principal or managed identity
}

// errNoTime is the reason for a sign-in without a time: no later step could
// place it.
var errNoTime = errors.New("sign-in has no time")

// errNoCode is the reason for a sign-in without a result.
var errNoCode = errors.New("sign-in has no result code")

// event fills ev, except for its Line. Stamps without a zone are in zone.
func (s *entraSignIn) event(ev *Event, zone *time.Location) error {
	if s.Time == "" {
		return errNoTime
	}
	at, err := parseStamp(s.Time, zone)
	if err != nil {
		return err
	}
	ev.Time = at
	ev.Code = clip(strings.TrimPrefix(strings.TrimSpace(s.Code), "AADSTS"))
	ev.Class = entraCodes.Class(ev.Code, s.Reason, s.Details)
	ev.Tenant = NormalAccount(s.tenant())
	ev.Account = NormalAccount(s.account())
	ev.Known = knownAccount(ev.Class, s.UserID)
	ev.Addr = ParseAddr(s.IP)
	ev.ASN = parseASN(s.ASN)
	ev.Country = parseCountry(s.Country)
	ev.UserAgent = clip(s.userAgent())
	ev.Client = clip(s.ClientApp)
	ev.App = clip(cmp.Or(s.AppID, s.AppName))
	ev.Protocol = s.protocol()
	ev.ID = NormalAccount(s.ID)
	ev.Key = entraKey(ev)
	return nil
}

// entraKey is the key of an Entra or audit-log record: of its id, which all
// exports share, else of all that tells it from another.
func entraKey(ev *Event) uint64 {
	if ev.ID != "" {
		return Key(ev.ID)
	}
	return Key("entra", ev.Time.Format(time.RFC3339Nano), ev.Tenant, ev.Account, ev.Addr.String(), ev.App, ev.Client,
		ev.UserAgent, ev.Code, ev.Action)
}

// tenant says whose record it is. A sign-in across tenants is written to the
// logs of both; the one in which the user is a guest is that of the resource.
func (s *entraSignIn) tenant() string {
	switch {
	case s.Tenant != "":
		return s.Tenant
	case s.ResourceTenant != "" && (strings.EqualFold(s.UserType, "guest") || s.HomeTenant == ""):
		return s.ResourceTenant
	}
	return s.HomeTenant
}

func (s *entraSignIn) account() string {
	if s.Workload {
		return cmp.Or(s.SPName, s.SPID, s.AppID)
	}
	return cmp.Or(s.UPN, s.Identifier, knownGUID(s.UserID))
}

// knownAccount says whether the provider knows the account: by the result, or
// because the record carries its object id.
func knownAccount(class Class, id string) Tri {
	switch {
	case class == UnknownUser || class == UnknownTenant:
		return No
	case class.Succeeded(), class.ConfirmsPassword(), class == Disabled, class == ClassActivity, knownGUID(id) != "":
		return Yes
	}
	return Unstated
}

// userAgent falls back to browser and system: the raw user agent is in Graph
// beta and newer exports only.
func (s *entraSignIn) userAgent() string {
	switch {
	case s.UserAgent != "":
		return s.UserAgent
	case s.Browser == "" || s.OS == "":
		return s.Browser + s.OS
	}
	return s.Browser + "; " + s.OS
}

// entraLog is one of the logs in which Entra keeps sign-ins.
type entraLog uint8

const (
	interactiveLog entraLog = iota
	nonInteractiveLog
	workloadLog
	adfsLog
)

// parseEntraLog recognises a log by its diagnostic category or its Log Analytics
// table (SignInLogs, AADNonInteractiveUserSignInLogs, …):
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/adfssigninlogs and its siblings.
func parseEntraLog(name string) (log entraLog, ok bool) {
	const suffix = "signinlogs"
	if len(name) < len(suffix) || !strings.EqualFold(name[len(name)-len(suffix):], suffix) {
		return 0, false
	}
	switch {
	case containsFold(name, "noninteractive"):
		return nonInteractiveLog, true
	case containsFold(name, "serviceprincipal"), containsFold(name, "managedidentity"):
		return workloadLog, true
	case containsFold(name, "adfs"):
		return adfsLog, true
	}
	return interactiveLog, true
}

// setLog adds what the log says in which the sign-in stands. The log called
// SignInLogs says nothing: older exports have all kinds there.
func (s *entraSignIn) setLog(log entraLog) {
	switch {
	case log == workloadLog:
		s.Workload = true
	case log == nonInteractiveLog && s.Interactive == Unstated:
		s.Interactive = No
	case log == adfsLog && (s.AuthProtocol == "" || s.AuthProtocol == "none"):
		s.AuthProtocol = "wsFederation"
	}
}

// protocol reads the signs from the surest to the vaguest.
func (s *entraSignIn) protocol() Protocol {
	switch {
	case s.Workload:
		return Workload
	case strings.EqualFold(s.AuthProtocol, "ropc"):
		return ROPC
	case strings.EqualFold(s.AuthProtocol, "deviceCode"):
		return DeviceCode
	case strings.EqualFold(s.AuthProtocol, "saml20"), strings.EqualFold(s.AuthProtocol, "wsFederation"):
		return Federated
	case legacyClient(s.ClientApp):
		return Legacy
	case s.Interactive == No:
		return NonInteractive
	case s.Interactive == Yes:
		return Interactive
	}
	return ProtocolUnknown
}

// legacyClient reports whether clientAppUsed names a client of legacy
// authentication. The signIn resource of Graph counts Exchange ActiveSync,
// IMAP, MAPI, SMTP, POP and other clients; the rest of the names are those of
// the filter in the Entra portal.
func legacyClient(name string) bool {
	for _, prefix := range [...]string{
		"Other clients", "Exchange", "IMAP", "POP", "SMTP", "MAPI", "Authenticated SMTP", "AutoDiscover", "Offline Address Book",
		"Outlook Anywhere", "Outlook Service", "Reporting Web Services", "Universal Outlook",
	} {
		if len(name) >= len(prefix) && strings.EqualFold(name[:len(prefix)], prefix) {
			return true
		}
	}
	return false
}

// knownGUID returns an object id, or "" for the id of nobody that Entra writes
// for names it does not know.
func knownGUID(id string) string {
	if strings.Trim(id, "0-") == "" {
		return ""
	}
	return id
}

func parseASN(s string) uint32 {
	n, err := strconv.ParseUint(strings.TrimSpace(s), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(n)
}

// parseCountry returns an ISO 3166-1 alpha-2 code in upper case, or "".
func parseCountry(s string) string {
	if s = strings.TrimSpace(s); len(s) != 2 || !isLetter(s[0]) || !isLetter(s[1]) {
		return ""
	}
	return strings.ToUpper(s)
}

func isLetter(b byte) bool { return b|0x20 >= 'a' && b|0x20 <= 'z' }
